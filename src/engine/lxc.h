/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which processes are LXC's containers, by their cgroup: /lxc.payload.NAME (since LXC 4.0) or
 * /lxc/NAME, at the top, where only root may make one.
 */
#pragma once

#include "engine/bundles.h"

/*
 * Gives those of these bundles that LXC started and that run their first process. A container whose
 * configuration does not lie where LXC keeps them is one more, without a configuration.
 */
pl_rc pl_lxc_find(const pl_root *root, pl_arena *a, pl_bundles *b, pl_err *err) PL_MUST_USE;
