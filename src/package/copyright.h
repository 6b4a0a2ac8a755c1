/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Licences of Debian packages: /usr/share/doc/PACKAGE/copyright, in the machine-readable form 1.0
 * (debian.org/doc/packaging-manuals/copyright-format/1.0, "DEP-5") or as plain text.
 */
#pragma once

#include "core/buf.h"
#include "image/analyser.h"
#include "package/catalog.h"

enum { PL_COPYRIGHT_MAX = 2 << 20, PL_COPYRIGHT_NAMES = 64 };

/*
 * Appends the licences of its paragraphs, each once, with AND between them. Of a plain text those
 * of /usr/share/common-licenses that it names, with a "+" where it speaks of any later version;
 * nothing when it names none. At most PL_COPYRIGHT_NAMES.
 */
void pl_copyright_read(pl_str text, pl_buf *out);

extern const pl_analyser pl_copyright_analyser;

/* Gives the licences to the Debian packages of the catalog, from the notes of the analyser. */
pl_rc pl_copyright_fill(const pl_tree *tree, const pl_analysis *a, pl_arena *arena, pl_catalog *c,
                        pl_err *err) PL_MUST_USE;
