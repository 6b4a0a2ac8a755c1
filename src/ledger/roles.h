/* SPDX-License-Identifier: Apache-2.0 */
/* Which role may write which types of records; the signer asks for every record. Any thread. */
#pragma once

#include "core/str.h"

typedef struct pl_role {
    const char *name; /* also from.via of its records */
    const char *help;
    const char *types; /* blank between them; "scan.*" is every type that starts with "scan." */
} pl_role;

const pl_role *pl_role_find(pl_str name); /* NULL: there is none */
bool pl_role_may(const pl_role *role, pl_str type);

/* All rows, for documents; ends with a NULL name. */
extern const pl_role pl_roles[];
