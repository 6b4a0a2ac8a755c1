/* SPDX-License-Identifier: Apache-2.0 */
/* A snap's meta/snap.yaml (https://snapcraft.io/docs/snap-format): name, version, architectures,
 * license at its first level. */
#pragma once

#include "package/package.h"

/* As pl_dpkg_parse, for the one package of the file; type is "snap". */
pl_rc pl_snap_parse(pl_str yaml, pl_package_each each, void *arg, pl_package_damage *ret_damage,
                    pl_err *err) PL_MUST_USE;
