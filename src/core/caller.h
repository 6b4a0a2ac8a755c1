/* SPDX-License-Identifier: Apache-2.0 */
/*
 * On whose behalf we run: the user himself, or who called root by sudo. His files are read with his
 * rights and his programs run as him (user_file.h, user_program.h).
 */
#pragma once

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"

#include <sys/types.h>

typedef struct pl_caller {
    uid_t uid; /* 0: root, on nobody's behalf */
    gid_t gid;
    const char *home, *path; /* NULL: not known */
    bool is_sudo; /* the environment is what sudo left of it: his variables are not ours */
} pl_caller;

/* PL_SYS: SUDO_UID names no user. */
pl_rc pl_caller_find(pl_arena *a, pl_caller *ret, pl_err *err) PL_MUST_USE;

/*
 * Appends a file of his. is_given: he named it, so links are followed, and root reads it as its
 * owner; else root follows no link. Codes of user_file.h.
 */
pl_rc pl_caller_read(const pl_caller *who, const char *path, bool is_given, size_t max,
                     int deadline_ms, pl_buf *ret, pl_err *err) PL_MUST_USE;
