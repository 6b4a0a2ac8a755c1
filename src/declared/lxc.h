/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The configuration of an LXC container (lxc.container.conf(5)): "key = value" a line. It says what
 * the kernel is asked for. What LXC takes where nothing is said holds; what an included file says
 * is not known, and neither is a value that stands before it and could be set again there.
 */
#pragma once

#include "declared/reading.h"

bool pl_lxc_is(pl_str text);

/* id: the container's name. */
pl_rc pl_lxc_read_as(pl_reading *r, pl_str text, pl_str id, pl_err *err) PL_MUST_USE;
