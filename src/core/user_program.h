/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program that somebody's file names (a credential helper, an exec plugin), run as that person
 * and never as root: with PATH, HOME and what the caller adds as its whole environment, in folder
 * /, without new privileges, for a time. It ends with its starter. What it says is not looked at.
 */
#pragma once

#include "core/buf.h"
#include "core/err.h"

#include <sys/types.h>

enum { PL_PROGRAM_WORDS = 64 };

typedef struct pl_user_program {
    const char *program;     /* looked for along path when it has no slash */
    const char *const *args; /* behind argv[0], ending with NULL; NULL: none */
    const char *const *env;  /* "NAME=VALUE", ending with NULL; NULL: none */
    const char *path, *home; /* NULL: /usr/bin:/bin, / */
    uid_t uid;               /* 0 is refused */
    gid_t gid;
    pl_str input; /* its standard input */
    size_t max;   /* bytes that it may say */
    int deadline_ms;
} pl_user_program;

/*
 * Appends what it wrote to standard output. *ret_status: its exit status, -1 when a signal ended
 * it. PL_NOTFOUND: there is no such program; PL_DENIED: it would be run as root; PL_TIMEOUT,
 * PL_LIMIT: its deadline, its room. Errors do not name the program: the caller does.
 */
pl_rc pl_user_program_run(const pl_user_program *p, pl_buf *out, int *ret_status,
                          pl_err *err) PL_MUST_USE;
