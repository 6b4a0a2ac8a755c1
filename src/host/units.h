/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files of a systemd unit: its fragment and its drop-ins, found in the search path of
 * systemd.unit(5) as the manager does: the first fragment wins, a drop-in hides those of the same
 * name further down, and drop-ins follow the fragment in the order of their names, wherever they
 * lie. No bus is needed, so a tree can be judged as well.
 */
#pragma once

#include "host/facts.h"

/* False: something is not gathered yet. No fragment: the lists stay empty. */
bool pl_unit_files(pl_host_reading *f, pl_str unit, pl_host_strs *ret_paths);
