/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Linux capabilities: names and bits (capability.h of the kernel), and the engine's way of
 * writing them (any case, CAP_ or not, ALL).
 */
#pragma once

#include "core/arena.h"
#include "core/str.h"

/* "sys_admin" and "CAP_SYS_ADMIN" give "CAP_SYS_ADMIN"; "all" gives "ALL"; an unknown name comes
 * back upper-cased with CAP_. p NULL: the arena is used up. */
pl_str pl_cap_name(pl_arena *a, pl_str s);

/* Bit of a name in CAP_ form; false for an unknown one. */
bool pl_cap_bit(pl_str name, unsigned *ret);

/* Name of a bit, borrowed; "CAP_63" where the kernel's list ends. */
pl_str pl_cap_of_bit(pl_arena *a, unsigned bit);

/* The 14 that the Docker engine grants, and Podman's 11. */
uint64_t pl_cap_defaults_docker(void);
uint64_t pl_cap_defaults_podman(void);

/* All that have a name. */
uint64_t pl_cap_all(void);
