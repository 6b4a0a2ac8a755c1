/* SPDX-License-Identifier: Apache-2.0 */
/* What the parent's and the child's half of the jail share. Nobody else includes this. */
#pragma once

#include "core/jail.h"

/* A worker's descriptors: its settings (closed before it starts to work), what it says, in, out. */
enum { PL_JAIL_SETTINGS_FD = 0, PL_JAIL_SAY_FD = 2, PL_JAIL_IN_FD = 3, PL_JAIL_OUT_FD = 4 };
enum { PL_JAIL_FIRST_FD = 5 }; /* of the extra ones */

enum { PL_JAIL_HEADER = 8 };

/* X(symbol, bit, what a sandbox without it is called; NULL: makes it stronger, is not missed) */
#define PL_JAIL_TAKEN_LIST(X)                                                                      \
    X(UID, 0, "uid kept")                                                                          \
    X(LANDLOCK, 1, "no landlock")                                                                  \
    X(SECCOMP, 2, "no seccomp")                                                                    \
    X(NAMESPACES, 3, NULL)                                                                         \
    X(ROOT, 4, NULL)

enum {
#define X(sym, bit, missing) PL_TAKEN_##sym = 1 << (bit),
    PL_JAIL_TAKEN_LIST(X)
#undef X
};

/* Sent in a memfd: 'PLJ1', u32le parent's pid, cpu_s, extra fds, u64le memory, u32le length, args.
 */
typedef struct pl_jail_settings {
    uint32_t parent; /* pid */
    uint32_t cpu_s;
    uint32_t n_fds;
    uint64_t memory;
    pl_str args;
} pl_jail_settings;

void pl_jail_settings_write(const pl_jail_settings *s, pl_buf *out);
bool pl_jail_settings_parse(pl_str bytes, pl_jail_settings *ret);

/* Gives up everything; *ret_taken says what was to be had. */
pl_rc pl_jail_drop(const pl_jail_settings *s, bool has_beside, uint32_t *ret_taken, pl_err *err);

/* The kind of that name as pl_jail_main was told, NULL when there is none. */
const pl_worker_kind *pl_jail_kind(const char *name);

extern const char pl_jail_probe[]; /* a kind that every program has and that does nothing */
