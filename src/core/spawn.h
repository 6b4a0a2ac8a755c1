/* SPDX-License-Identifier: Apache-2.0 */
/*
 * This program started again as a process of ours (jail.h, role.h): with the descriptors that are
 * named and no other, every signal as it is by default, and no environment, in which credentials
 * travel; a sanitizer's options alone are handed on. Any thread.
 */
#pragma once

#include "core/err.h"

#include <spawn.h>
#include <stddef.h>
#include <sys/types.h>

enum { PL_SPAWN_FDS = 32 }; /* the child's numbers are below */

/* Where each descriptor goes. */
typedef struct pl_spawn_plan {
    posix_spawn_file_actions_t actions;
    int held[PL_SPAWN_FDS];
    size_t n;
    int bad; /* the first step that failed; the steps after it do nothing */
} pl_spawn_plan;

pl_rc pl_spawn_init(pl_spawn_plan *p, pl_err *err) PL_MUST_USE;
void pl_spawn_done(pl_spawn_plan *p);

/* The child's descriptor `to` is what `from` is here. */
void pl_spawn_fd(pl_spawn_plan *p, int from, int to);
/* It is /dev/null, opened with these flags. */
void pl_spawn_null(pl_spawn_plan *p, int to, int flags);
/* It is closed. */
void pl_spawn_close(pl_spawn_plan *p, int to);

/*
 * Starts it, with the descriptors from `first_closed` on closed too. A step of the plan that failed
 * is told here.
 */
pl_rc pl_spawn_self(pl_spawn_plan *p, char *const argv[], int first_closed, pid_t *ret,
                    pl_err *err) PL_MUST_USE;
