/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Chisel's manifest, which Ubuntu's chiselled images have in place of dpkg's database:
 * var/lib/chisel/manifest.wall, zstd, a JSON object a line. Lines of the kind "package" name what
 * was cut out of, those of the kind "content" which slice (PACKAGE_NAME) brought a path. Format:
 * https://documentation.ubuntu.com/chisel, "Chisel manifest"; version 1.
 */
#pragma once

#include "package/package.h"

/* As pl_dpkg_parse: type is "deb", source and version those of the binary package, for the
 * manifest does not say more. */
pl_rc pl_chisel_parse(pl_str wall, pl_package_each each, void *arg, pl_package_damage *ret_damage,
                      pl_err *err) PL_MUST_USE;

/* One path of one slice; folders end in a slash. */
typedef pl_rc (*pl_chisel_file_each)(pl_str package, pl_str path, void *arg, pl_err *err);
pl_rc pl_chisel_files(pl_str wall, pl_chisel_file_each each, void *arg, pl_err *err) PL_MUST_USE;
