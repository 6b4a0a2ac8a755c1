/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A nix store: everything installed is a folder nix/store/HASH-NAME-VERSION[-OUTPUT]. The name
 * says all that is known here; a folder without a version in its name is no package (a
 * derivation, a patch, a profile). Format: the Nix manual, "Store path"; where name and version
 * part: builtins.parseDrvName.
 */
#pragma once

#include "core/str.h"

/* "glibc" and "2.37-8" of "3n58xw4373jp0ljirf06d8077j15pc4j-glibc-2.37-8-bin". */
bool pl_nix_split(pl_str folder, pl_str *ret_name, pl_str *ret_version);
