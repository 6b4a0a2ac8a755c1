/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Users and groups: of the live host as the name service lists them (LDAP, SSSD), of a tree from
 * its passwd and group files (passwd(5), group(5)).
 */
#pragma once

#include "host/facts.h"

typedef struct pl_user {
    pl_str name, home, shell;
    int64_t uid, gid;
} pl_user;

typedef struct pl_group {
    pl_str name;
    pl_str members; /* separated by commas */
    int64_t gid;
} pl_group;

typedef struct pl_users {
    pl_host_seen state; /* PL_SEEN_OK: both lists are complete */
    const char *reason;
    pl_user *users;
    size_t n_users;
    pl_group *groups;
    size_t n_groups;
} pl_users;

pl_users pl_users_read(pl_host_reading *f);
const pl_user *pl_user_by_uid(const pl_users *u, int64_t uid);
const pl_user *pl_user_by_name(const pl_users *u, pl_str name);
const pl_group *pl_group_by_gid(const pl_users *u, int64_t gid);
const pl_group *pl_group_by_name(const pl_users *u, pl_str name);

/* Adds those whose primary group it is and those that it lists. */
void pl_group_add_members(const pl_users *u, int64_t gid, pl_host_strs *names);
/* The user's name, or the number. */
pl_str pl_user_name(pl_host_reading *f, const pl_users *u, int64_t uid);
pl_str pl_group_name(pl_host_reading *f, const pl_users *u, int64_t gid);
