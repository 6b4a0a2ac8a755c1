/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loaded audit rules in auditctl's words, and what they record of a path (audit.rules(7)).
 *
 * A watch counts only when it records everybody on every ABI: a rule with further conditions
 * (auid, uid, success) or for some system calls is none, one for b64 alone is half of one. The
 * first rule that matches decides, so a "never" rule in front takes away what follows: one for the
 * path, for what lies below it, or for every file, be it of some users alone. A "never,task" rule
 * takes away all.
 */
#pragma once

#include "host/facts.h"

enum { PL_KAUDIT_R = 1, PL_KAUDIT_W = 2, PL_KAUDIT_X = 4, PL_KAUDIT_A = 8 };

typedef struct pl_kaudit_rule {
    bool is_never, is_exit_list, is_task_list;
    bool is_narrowed; /* has conditions beside path, perm, arch and key */
    bool all_syscalls;
    unsigned arch;   /* bit 0: 64 bit, bit 1: 32 bit */
    unsigned perm;   /* PL_AUDIT_* */
    pl_str path;     /* of -F path or -w; empty: none */
    pl_str dir;      /* of -F dir or -w; empty: none */
    pl_str syscalls; /* "a,b,c" */
} pl_kaudit_rule;

typedef struct pl_kaudit_rules {
    pl_host_seen state;
    const char *reason;
    bool is_unsupported; /* the kernel has no audit: state is PL_SEEN_OK, no rules */
    pl_kaudit_rule *v;
    size_t n;
} pl_kaudit_rules;

pl_kaudit_rules pl_kaudit_rules_read(pl_host_reading *f);

/* False: not a rule (a control line such as -D, -b, -e, or nothing we know). */
bool pl_kaudit_rule_parse(pl_str line, pl_kaudit_rule *ret);

/* Which accesses to the path are recorded: PL_AUDIT_*. */
unsigned pl_kaudit_covers(const pl_kaudit_rules *rules, pl_str path);
bool pl_kaudit_records_call(const pl_kaudit_rules *rules, pl_str name);
