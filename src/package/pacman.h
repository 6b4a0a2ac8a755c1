/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pacman's database: var/lib/pacman/local/NAME-VERSION/ with desc and files, both made of
 * sections: a line %KEY%, a line a value, an empty line. Format: pacman's
 * lib/libalpm/be_local.c.
 */
#pragma once

#include "core/buf.h"
#include "package/package.h"

/* The one package of a desc file: type "alpm", name, version ("epoch:version-release"), arch,
 * source, source_version, vendor (the packager), license (several with " AND " between them, in
 * text, which the caller owns). */
pl_rc pl_pacman_parse(pl_str desc, pl_buf *text, pl_package_each each, void *arg,
                      pl_package_damage *ret_damage, pl_err *err) PL_MUST_USE;

/* Cuts the next path off *rest, the text of a files file: without a leading slash; folders, which
 * end in one, are passed over. False: no more. */
bool pl_pacman_next_file(pl_str *rest, pl_str *ret);
