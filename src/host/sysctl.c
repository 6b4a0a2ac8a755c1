/* SPDX-License-Identifier: Apache-2.0 */
/* Kernel settings below /proc/sys, and what the kernel makes of those that exist per interface. */
#include "host/facts.h"
#include "host/limits.h"

#include <string.h>

static const struct {
    const char *path;
    int field;
} settings[] = {
    {"/proc/sys/net/ipv4/tcp_syncookies", PL_F_HOST_TCP_SYNCOOKIES},
    {"/proc/sys/net/ipv4/icmp_echo_ignore_broadcasts", PL_F_HOST_ICMP_ECHO_IGNORE_BROADCASTS},
    {"/proc/sys/net/ipv4/ip_forward", PL_F_HOST_IP_FORWARD},
    {"/proc/sys/kernel/randomize_va_space", PL_F_HOST_RANDOMIZE_VA_SPACE},
    {"/proc/sys/kernel/kptr_restrict", PL_F_HOST_KPTR_RESTRICT},
    {"/proc/sys/kernel/dmesg_restrict", PL_F_HOST_DMESG_RESTRICT},
    {"/proc/sys/kernel/yama/ptrace_scope", PL_F_HOST_PTRACE_SCOPE},
    {"/proc/sys/kernel/unprivileged_bpf_disabled", PL_F_HOST_UNPRIVILEGED_BPF_DISABLED},
    {"/proc/sys/net/core/bpf_jit_harden", PL_F_HOST_BPF_JIT_HARDEN},
    {"/proc/sys/kernel/perf_event_paranoid", PL_F_HOST_PERF_EVENT_PARANOID},
    {"/proc/sys/fs/protected_hardlinks", PL_F_HOST_PROTECTED_HARDLINKS},
    {"/proc/sys/fs/protected_symlinks", PL_F_HOST_PROTECTED_SYMLINKS},
    {"/proc/sys/fs/protected_fifos", PL_F_HOST_PROTECTED_FIFOS},
    {"/proc/sys/fs/protected_regular", PL_F_HOST_PROTECTED_REGULAR},
    {"/proc/sys/fs/suid_dumpable", PL_F_HOST_SUID_DUMPABLE},
};

static void set_number(pl_host_reading *f, pl_str path, int field)
{
    pl_str line;
    int64_t v;

    if (!pl_host_first_line(f, path, field, &line))
        return;
    if (pl_str_i64(line, &v))
        pl_set_int(f->host, field, v);
    else
        pl_set_unreadable(f->host, field, "unreadable");
}

/* ---- interfaces ---- */

typedef struct setting {
    pl_host_seen state;
    const char *reason; /* PL_SEEN_FAILED */
    int64_t v;
} setting;

static setting read_setting(pl_host_reading *f, const char *family, pl_str iface, const char *name)
{
    pl_str path = pl_host_fmt(f->a, "/proc/sys/net/%s/conf/%.*s/%s", family, PL_F(iface), name);
    const pl_snap_entry *e = pl_snap_read(f->snap, path);
    setting s = {.state = pl_host_state(e)};

    if (s.state == PL_SEEN_FAILED)
        s.reason = pl_host_reason(e);
    if (s.state == PL_SEEN_OK && !pl_str_i64(pl_str_trim(e->bytes), &s.v))
        s = (setting){PL_SEEN_FAILED, "unreadable", 0};
    return s;
}

static int64_t both(int64_t a, int64_t b)
{
    return a && b;
}

static int64_t either(int64_t a, int64_t b)
{
    return a || b;
}

static int64_t greater(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t lesser(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

typedef int64_t (*combine)(int64_t all, int64_t own);

static void set_combined(pl_record *r, int field, setting all, setting own, combine how)
{
    if (all.state == PL_SEEN_FAILED || own.state == PL_SEEN_FAILED)
        pl_set_unreadable(r, field, all.state == PL_SEEN_FAILED ? all.reason : own.reason);
    else if (all.state == PL_SEEN_NONE || own.state == PL_SEEN_NONE)
        pl_set_absent(r, field);
    else if (all.state == PL_SEEN_OK && own.state == PL_SEEN_OK)
        pl_set_int(r, field, how(all.v, own.v));
}

/*
 * How `all` and the interface's own value combine: linux/inetdevice.h (IN_DEV_ANDCONF, ORCONF,
 * MAXCONF). Redirects are accepted when either says so on a host, but only when both do on a
 * router, and forwarding is on where containers run.
 */
static void set_v4(pl_host_reading *f, pl_str iface, pl_record *r)
{
    static const struct {
        const char *name;
        int field;
        combine how;
    } rows[] = {
        {"secure_redirects", PL_F_INTERFACE_SECURE_REDIRECTS, either},
        {"send_redirects", PL_F_INTERFACE_SEND_REDIRECTS, either},
        {"accept_source_route", PL_F_INTERFACE_SOURCE_ROUTE, both},
        {"rp_filter", PL_F_INTERFACE_RP_FILTER, greater},
    };
    const pl_str all = PL_S("all");

    for (size_t i = 0; i < PL_COUNT(rows); i++)
        set_combined(r, rows[i].field, read_setting(f, "ipv4", all, rows[i].name),
                     read_setting(f, "ipv4", iface, rows[i].name), rows[i].how);

    setting forwarding = read_setting(f, "ipv4", iface, "forwarding");
    bool is_router = forwarding.state == PL_SEEN_OK && forwarding.v;
    set_combined(r, PL_F_INTERFACE_ACCEPT_REDIRECTS,
                 read_setting(f, "ipv4", all, "accept_redirects"),
                 read_setting(f, "ipv4", iface, "accept_redirects"), is_router ? both : either);
}

/* IPv6 looks at the interface's accept_redirects alone, and not at all on a router (ndisc.c,
 * route.c); of accept_source_route it takes the smaller (exthdrs.c). */
static void set_v6(pl_host_reading *f, pl_str iface, pl_record *r)
{
    setting own = read_setting(f, "ipv6", iface, "accept_redirects");
    setting forwarding = read_setting(f, "ipv6", iface, "forwarding");

    if (own.state == PL_SEEN_OK && forwarding.state == PL_SEEN_OK && forwarding.v)
        own.v = 0;
    set_combined(r, PL_F_INTERFACE_V6_REDIRECTS, own, own, both);
    set_combined(r, PL_F_INTERFACE_V6_SOURCE_ROUTE,
                 read_setting(f, "ipv6", PL_S("all"), "accept_source_route"),
                 read_setting(f, "ipv6", iface, "accept_source_route"), lesser);
}

/* `all` is no interface of its own, and nothing routes through lo. */
static void set_interfaces(pl_host_reading *f)
{
    const pl_snap_entry *e = pl_snap_list(f->snap, PL_S("/proc/sys/net/ipv4/conf"));
    pl_host_recs list = {.arena = f->a};
    pl_str names, name;

    if (pl_host_state(e) != PL_SEEN_OK) {
        pl_host_missing(f->host, PL_F_HOST_INTERFACES, e);
        return;
    }
    for (names = e->bytes; pl_snap_name(&names, &name);) {
        if (pl_str_eq(name, PL_S("all")) || pl_str_eq(name, PL_S("lo")))
            continue;
        if (list.n == PL_HOST_INTERFACES) {
            pl_set_unreadable(f->host, PL_F_HOST_INTERFACES, "limit:interfaces");
            return;
        }
        pl_record *r = pl_host_recs_new(&list, PL_HE_INTERFACE);
        pl_set_str(r, PL_F_INTERFACE_NAME, name);
        set_v4(f, name, r);
        set_v6(f, name, r);
    }
    pl_host_recs_set(&list, f->host, PL_F_HOST_INTERFACES);
}

/* Each file says "Not affected", "Mitigation: ..." or "Vulnerable...". */
static void set_cpu(pl_host_reading *f)
{
    const pl_str dir = PL_S("/sys/devices/system/cpu/vulnerabilities");
    const pl_snap_entry *e = pl_snap_list(f->snap, dir);
    pl_host_strs list = {.arena = f->a};
    pl_str names, name;

    if (pl_host_state(e) != PL_SEEN_OK) {
        pl_host_missing(f->host, PL_F_HOST_CPU_VULNERABLE, e);
        return;
    }
    for (names = e->bytes; pl_snap_name(&names, &name);) {
        pl_str path = pl_host_fmt(f->a, "%.*s/%.*s", PL_F(dir), PL_F(name));
        const pl_snap_entry *file = pl_snap_read(f->snap, path);
        if (pl_host_state(file) == PL_SEEN_FAILED) {
            pl_host_missing(f->host, PL_F_HOST_CPU_VULNERABLE, file);
            return;
        }
        if (pl_host_state(file) == PL_SEEN_OK && pl_str_starts(file->bytes, PL_S("Vulnerable")))
            pl_host_strs_add(&list, name);
    }
    pl_host_strs_set(&list, f->host, PL_F_HOST_CPU_VULNERABLE);
}

void pl_host_facts_sysctl(pl_host_reading *f)
{
    for (size_t i = 0; i < PL_COUNT(settings); i++)
        set_number(f, pl_str_c(settings[i].path), settings[i].field);
    set_interfaces(f);
    set_cpu(f);
}
