/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of passwd(5) and shadow(5). Slices point into the text. */
#pragma once

#include "core/str.h"

typedef struct pl_passwd_line {
    pl_str name, password, shell;
    uint64_t uid, gid;
} pl_passwd_line;

/* Cuts the next line that can be read off *rest. False: no more. */
bool pl_passwd_next(pl_str *rest, pl_passwd_line *ret);

typedef struct pl_shadow_line {
    pl_str name, password;
} pl_shadow_line;

bool pl_shadow_next(pl_str *rest, pl_shadow_line *ret);

/*
 * The user part of an image's User, as container runtimes look it up: the first line whose name
 * is the text, or whose number is when the text is one. So a user called "1000" with number 0 is
 * root. A number that no line has stands for itself. False: a name that no line has.
 */
bool pl_user_lookup(pl_str passwd, pl_str user, uint64_t *ret_uid, uint64_t *ret_gid);
