/* SPDX-License-Identifier: Apache-2.0 */
#include "host/audit_rules.h"

#include "host/limits.h"
#include "host/mounts.h"

enum { B64 = 1, B32 = 2 };

static unsigned perm_bits(pl_str s)
{
    unsigned bits = 0;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bits |= c == 'r' ? PL_KAUDIT_R : 0;
        bits |= c == 'w' ? PL_KAUDIT_W : 0;
        bits |= c == 'x' ? PL_KAUDIT_X : 0;
        bits |= c == 'a' ? PL_KAUDIT_A : 0;
    }
    return bits;
}

static void parse_action(pl_str word, pl_kaudit_rule *r)
{
    pl_str one;
    while (pl_str_cut(&word, ',', &one)) { /* "always,exit" and the older "exit,always" */
        r->is_never |= pl_str_eq(one, PL_S("never"));
        r->is_exit_list |= pl_str_eq(one, PL_S("exit"));
        r->is_task_list |= pl_str_eq(one, PL_S("task"));
    }
}

static void parse_field(pl_str word, pl_kaudit_rule *r)
{
    pl_str key, value;

    if (!pl_host_key_value(word, &key, &value)) {
        r->is_narrowed = true;
        return;
    }
    if (pl_str_eq(key, PL_S("path")))
        r->path = value;
    else if (pl_str_eq(key, PL_S("dir")))
        r->dir = value;
    else if (pl_str_eq(key, PL_S("perm")))
        r->perm = perm_bits(value);
    else if (pl_str_eq(key, PL_S("arch")))
        r->arch = pl_str_eq(value, PL_S("b64")) ? B64 : pl_str_eq(value, PL_S("b32")) ? B32 : 0;
    else if (!pl_str_eq(key, PL_S("key")))
        r->is_narrowed = true;
}

static void parse_syscalls(pl_str word, pl_kaudit_rule *r)
{
    if (pl_str_eq(word, PL_S("all")))
        return;
    r->all_syscalls = false;
    r->syscalls = word;
}

/* -w names a file, or a directory with all below it. */
static void parse_option(pl_str option, pl_str word, pl_kaudit_rule *r)
{
    if (pl_str_eq(option, PL_S("-a")) || pl_str_eq(option, PL_S("-A"))) {
        parse_action(word, r);
    } else if (pl_str_eq(option, PL_S("-w"))) {
        r->is_exit_list = true;
        r->path = r->dir = word;
    } else if (pl_str_eq(option, PL_S("-p"))) {
        r->perm = perm_bits(word);
    } else if (pl_str_eq(option, PL_S("-F")) || pl_str_eq(option, PL_S("-C"))) {
        parse_field(word, r);
    } else if (pl_str_eq(option, PL_S("-S"))) {
        parse_syscalls(word, r);
    } else if (!pl_str_eq(option, PL_S("-k"))) {
        r->is_narrowed = true;
    }
}

bool pl_kaudit_rule_parse(pl_str line, pl_kaudit_rule *ret)
{
    pl_str option, word;

    *ret = (pl_kaudit_rule){.all_syscalls = true,
                            .arch = B64 | B32,
                            .perm = PL_KAUDIT_R | PL_KAUDIT_W | PL_KAUDIT_X | PL_KAUDIT_A};
    while (pl_host_word(&line, &option)) {
        if (option.p[0] != '-' || !pl_host_word(&line, &word))
            return false;
        parse_option(option, word, ret);
    }
    return ret->is_exit_list || ret->is_task_list;
}

pl_kaudit_rules pl_kaudit_rules_read(pl_host_reading *f)
{
    const pl_snap_entry *e = pl_snap_read(f->snap, PL_S("@audit-rules"));
    pl_kaudit_rules rules = {.state = pl_host_state(e)};
    pl_str text, line;
    size_t n = 0;

    if (rules.state == PL_SEEN_FAILED && e->rc == PL_UNSUPPORTED && f->is_live)
        return (pl_kaudit_rules){.state = PL_SEEN_OK, .is_unsupported = true};
    if (rules.state == PL_SEEN_FAILED)
        rules.reason = pl_host_reason(e);
    if (rules.state != PL_SEEN_OK)
        return rules;
    for (text = e->bytes; pl_host_line(&text, &line);)
        n++;
    rules.v = n <= PL_HOST_AUDIT_RULES ? pl_arena_calloc(f->a, n + 1, sizeof(*rules.v)) : NULL;
    if (!rules.v)
        return (pl_kaudit_rules){.state = PL_SEEN_FAILED, .reason = "limit:audit-rules"};
    for (text = e->bytes; pl_host_setting_line(&text, "#", &line);)
        rules.n += pl_kaudit_rule_parse(line, &rules.v[rules.n]);
    return rules;
}

/* A "never" rule without a path is about every file, and one about a file below takes that away. */
static bool takes_away(const pl_kaudit_rule *r, pl_str path)
{
    bool has_path = r->path.n || r->dir.n;

    return r->is_never &&
           (has_path ? pl_host_path_is_below(r->dir.n ? r->dir : r->path, path) : r->all_syscalls);
}

static bool touches(const pl_kaudit_rule *r, pl_str path)
{
    if (r->dir.n && pl_host_path_is_below(path, r->dir))
        return true;
    return r->path.n && pl_str_eq(r->path, path);
}

/* "-a never,task": no process is audited at all, or not each. */
static bool is_switched_off(const pl_kaudit_rules *rules)
{
    for (size_t i = 0; i < rules->n; i++)
        if (rules->v[i].is_never && rules->v[i].is_task_list)
            return true;
    return false;
}

unsigned pl_kaudit_covers(const pl_kaudit_rules *rules, pl_str path)
{
    unsigned seen[2] = {0, 0}, lost[2] = {0, 0};

    if (is_switched_off(rules))
        return 0;
    for (size_t i = 0; i < rules->n; i++) {
        const pl_kaudit_rule *r = &rules->v[i];
        bool is_whole = r->all_syscalls && !r->is_narrowed;
        if (!r->is_exit_list || (!touches(r, path) && !takes_away(r, path)))
            continue;
        for (unsigned abi = 0; abi < 2; abi++) {
            if (!(r->arch & (1u << abi)))
                continue;
            if (r->is_never)
                lost[abi] |= r->perm & ~seen[abi];
            else if (is_whole)
                seen[abi] |= r->perm & ~lost[abi];
        }
    }
    return seen[0] & seen[1];
}

bool pl_kaudit_records_call(const pl_kaudit_rules *rules, pl_str name)
{
    unsigned seen = 0;

    if (is_switched_off(rules))
        return false;
    for (size_t i = 0; i < rules->n; i++) {
        const pl_kaudit_rule *r = &rules->v[i];
        pl_str rest = r->syscalls, one;
        if (!r->is_exit_list || r->is_never || r->is_narrowed || r->path.n || r->dir.n)
            continue;
        if (r->all_syscalls)
            seen |= r->arch;
        while (pl_str_cut(&rest, ',', &one))
            if (pl_str_eq(one, name))
                seen |= r->arch;
    }
    return seen == (B64 | B32);
}
