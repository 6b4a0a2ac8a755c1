/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel's audit state and its loaded rules (linux/audit.h), printed in auditctl's words.
 *
 * A rule in /etc/audit/rules.d says nothing about what is loaded, so only the kernel is asked.
 * Watches are printed in their long form ("-F dir=", "-F path="), which tells a watched file from
 * a watched directory.
 */
#include "host/audit_names.h"
#include "host/live.h"
#include "host/netlink.h"

#include <linux/audit.h>
#include <linux/netlink.h>
#include <string.h>

static pl_rc print_status(uint16_t type, pl_str body, void *arg, pl_err *err)
{
    pl_buf *out = arg;
    struct audit_status s = {0};

    if (type != AUDIT_GET)
        return pl_fail(err, PL_FORMAT, "audit status: message of type %u", type);
    memcpy(&s, body.p, body.n < sizeof(s) ? body.n : sizeof(s));
    pl_buf_fmt(out, "enabled %u\nfailure %u\npid %u\nbacklog_limit %u\nlost %u\n", s.enabled,
               s.failure, s.pid, s.backlog_limit, s.lost);
    return PL_OK;
}

pl_rc pl_live_audit_status(pl_buf *out, pl_err *err)
{
    const pl_netlink_question q = {
        .what = "audit status", .protocol = NETLINK_AUDIT, .type = AUDIT_GET, .is_single = true};
    return pl_netlink_ask(&q, print_status, out, err);
}

/* ---- rules ---- */

static const char *list_name(uint32_t flags)
{
    switch (flags & 0x07u) {
    case AUDIT_FILTER_USER:
        return "user";
    case AUDIT_FILTER_TASK:
        return "task";
    case AUDIT_FILTER_EXIT:
        return "exit";
    case AUDIT_FILTER_EXCLUDE:
        return "exclude";
    case AUDIT_FILTER_FS:
        return "filesystem";
    default:
        return "other";
    }
}

static const char *operator(uint32_t flags)
{
    switch (flags & AUDIT_OPERATORS) {
    case AUDIT_NOT_EQUAL:
        return "!=";
    case AUDIT_LESS_THAN:
        return "<";
    case AUDIT_LESS_THAN_OR_EQUAL:
        return "<=";
    case AUDIT_GREATER_THAN:
        return ">";
    case AUDIT_GREATER_THAN_OR_EQUAL:
        return ">=";
    case AUDIT_BIT_MASK:
        return "&";
    case AUDIT_BIT_TEST:
        return "&=";
    default:
        return "=";
    }
}

static void print_perm(uint32_t v, pl_buf *out)
{
    static const struct {
        uint32_t bit;
        char letter;
    } perms[] = {{AUDIT_PERM_READ, 'r'},
                 {AUDIT_PERM_WRITE, 'w'},
                 {AUDIT_PERM_EXEC, 'x'},
                 {AUDIT_PERM_ATTR, 'a'}};
    for (size_t i = 0; i < PL_COUNT(perms); i++)
        if (v & perms[i].bit)
            pl_buf_ch(out, perms[i].letter);
}

/* A string field's text stands in the rule's buffer, its length in the value. */
static bool print_text_field(const char *name, uint32_t n, pl_str *buf, pl_buf *out)
{
    if (n > buf->n)
        return false;
    pl_buf_fmt(out, "%s", name);
    for (uint32_t i = 0; i < n; i++)
        pl_buf_add(out, (unsigned char)buf->p[i] <= ' ' ? "?" : buf->p + i, 1);
    *buf = pl_str_sub(*buf, n, buf->n);
    return true;
}

static bool is_text(uint32_t field)
{
    switch (field) {
    case AUDIT_SUBJ_USER:
    case AUDIT_SUBJ_ROLE:
    case AUDIT_SUBJ_TYPE:
    case AUDIT_SUBJ_SEN:
    case AUDIT_SUBJ_CLR:
    case AUDIT_OBJ_USER:
    case AUDIT_OBJ_ROLE:
    case AUDIT_OBJ_TYPE:
    case AUDIT_OBJ_LEV_LOW:
    case AUDIT_OBJ_LEV_HIGH:
    case AUDIT_WATCH:
    case AUDIT_DIR:
    case AUDIT_FILTERKEY:
    case AUDIT_EXE:
        return true;
    default:
        return false;
    }
}

static bool print_field(uint32_t field, uint32_t value, uint32_t flags, pl_str *buf, pl_buf *out)
{
    char name[32];

    pl_buf_c(out, " -F ");
    if (field == AUDIT_WATCH)
        return print_text_field("path=", value, buf, out);
    if (field == AUDIT_DIR)
        return print_text_field("dir=", value, buf, out);
    if (field == AUDIT_FILTERKEY)
        return print_text_field("key=", value, buf, out);
    if (is_text(field)) {
        snprintf(name, sizeof(name), "field%u%s", field, operator(flags));
        return print_text_field(name, value, buf, out);
    }
    if (field == AUDIT_PERM) {
        pl_buf_c(out, "perm=");
        print_perm(value, out);
    } else if (field == AUDIT_ARCH) {
        pl_buf_fmt(out, "arch%s%s", operator(flags), value & __AUDIT_ARCH_64BIT ? "b64" : "b32");
    } else {
        pl_buf_fmt(out, "field%u%s%u", field, operator(flags), value);
    }
    return true;
}

static bool has_syscall(const struct audit_rule_data *r, unsigned nr)
{
    return nr / 32 < AUDIT_BITMASK_SIZE && (r->mask[nr / 32] & (1u << (nr % 32)));
}

/* All bits set means every system call; else the ones that checks ask for are named. */
static void print_syscalls(const struct audit_rule_data *r, bool is_64bit, pl_buf *out)
{
    size_t set = 0;

    for (size_t i = 0; i < AUDIT_BITMASK_SIZE - 1; i++)
        set += r->mask[i] == UINT32_MAX;
    if (set == AUDIT_BITMASK_SIZE - 1) {
        pl_buf_c(out, " -S all");
        return;
    }
    pl_buf_c(out, " -S some");
    for (size_t i = 0; i < pl_kaudit_syscall_count; i++) {
        const pl_kaudit_syscall *s = &pl_kaudit_syscalls[i];
        if (has_syscall(r, is_64bit ? s->nr64 : s->nr32))
            pl_buf_fmt(out, ",%s", s->name);
    }
}

static bool is_64bit(const struct audit_rule_data *r)
{
    for (uint32_t i = 0; i < r->field_count && i < AUDIT_MAX_FIELDS; i++)
        if (r->fields[i] == AUDIT_ARCH)
            return (r->values[i] & __AUDIT_ARCH_64BIT) != 0;
    return true;
}

static pl_rc print_rule(uint16_t type, pl_str body, void *arg, pl_err *err)
{
    pl_buf *out = arg;
    struct audit_rule_data r;

    if (type != AUDIT_LIST_RULES || body.n < sizeof(r))
        return pl_fail(err, PL_FORMAT, "audit rules: message of type %u, %zu bytes", type, body.n);
    memcpy(&r, body.p, sizeof(r));
    if (r.field_count > AUDIT_MAX_FIELDS)
        return pl_fail(err, PL_FORMAT, "audit rules: rule with %u fields", r.field_count);

    pl_str buf = pl_str_sub(body, sizeof(r), r.buflen);
    pl_buf_fmt(out, "-a %s,%s", r.action == AUDIT_NEVER ? "never" : "always", list_name(r.flags));
    print_syscalls(&r, is_64bit(&r), out);
    for (uint32_t i = 0; i < r.field_count; i++)
        if (!print_field(r.fields[i], r.values[i], r.fieldflags[i], &buf, out))
            return pl_fail(err, PL_FORMAT, "audit rules: a text is longer than its rule");
    pl_buf_ch(out, '\n');
    return PL_OK;
}

pl_rc pl_live_audit_rules(pl_buf *out, pl_err *err)
{
    const pl_netlink_question q = {
        .what = "audit rules", .protocol = NETLINK_AUDIT, .type = AUDIT_LIST_RULES};
    pl_rc rc = pl_netlink_ask(&q, print_rule, out, err);
    if (!rc && !pl_buf_ok(out))
        return pl_fail(err, PL_NOMEM, "audit rules: out of memory");
    return rc;
}
