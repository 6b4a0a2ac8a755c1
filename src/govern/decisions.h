/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Design decisions: the files *.md of a folder, each with a head of YAML between two lines "---"
 * (docs/formats/decisions.md). The folder is the user's own: files are parsed as configuration is.
 * A file that is wrong is told with its name and line, and left out.
 */
#pragma once

#include "core/arena.h"
#include "core/err.h"
#include "model/content.h"

typedef struct pl_decisions {
    pl_decision *v; /* by name of the file */
    size_t n;
    pl_str *problems; /* "0003-x.md:4: ..." */
    size_t n_problems;
} pl_decisions;

/* PL_NOTFOUND: no such folder. PL_LIMIT: too many files. */
pl_rc pl_decisions_read(const char *dir, const pl_content *content, pl_arena *a, pl_decisions *ret,
                        pl_err *err) PL_MUST_USE;

/* One file's text. */
pl_rc pl_decision_parse(pl_str name, pl_str text, const pl_content *content, pl_arena *a,
                        pl_decision *ret, pl_err *err) PL_MUST_USE;

/* The decision that names the change and was taken at most 31 days before it was seen, or since;
 * NULL: none does. */
const pl_decision *pl_decision_of(const pl_decision *v, size_t n, const pl_change *c);
