/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The filter tables of legacy iptables as the kernel keeps them (linux/netfilter_ipv4/ip_tables.h,
 * linux/netfilter_ipv6/ip6_tables.h). For each family that has one: u32 family, u32 valid hooks,
 * five u32 hook entries, five u32 underflows, the entries with their length. Only a table that
 * /proc/net/ip_tables_names lists is asked for: asking for another would create it.
 */
#include "core/io.h"
#include "host/limits.h"
#include "host/live.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
/* The kernel's header after the C library's: both name the address structures. */
#include <linux/netfilter_ipv4/ip_tables.h>
#include <linux/netfilter_ipv6/ip6_tables.h>

/* The same layout for both families. */
_Static_assert(sizeof(struct ipt_getinfo) == sizeof(struct ip6t_getinfo), "one layout");
_Static_assert(offsetof(struct ipt_get_entries, entrytable) ==
                   offsetof(struct ip6t_get_entries, entrytable),
               "one layout");

static const struct family {
    int number, level, info, entries;
    const char *names;
} families[] = {
    {AF_INET, IPPROTO_IP, IPT_SO_GET_INFO, IPT_SO_GET_ENTRIES, "/proc/self/net/ip_tables_names"},
    {AF_INET6, IPPROTO_IPV6, IP6T_SO_GET_INFO, IP6T_SO_GET_ENTRIES,
     "/proc/self/net/ip6_tables_names"},
};

static pl_rc failed(const struct family *f, pl_err *err)
{
    pl_rc rc = errno == EPERM || errno == EACCES ? PL_DENIED
               : errno == ENOPROTOOPT            ? PL_UNSUPPORTED
                                                 : PL_SYS;
    return pl_fail_at(err, rc, errno, __FILE__, __LINE__, "legacy iptables, %s", f->names);
}

/* A kernel without legacy iptables has no such file. */
static pl_rc has_filter(const struct family *f, bool *ret, pl_err *err)
{
    PL_AUTO_BUF pl_buf text = {0};
    PL_AUTO_FD int fd = open(f->names, O_RDONLY | O_CLOEXEC);
    pl_str line;

    *ret = false;
    if (fd < 0)
        return errno == ENOENT ? PL_OK : failed(f, err);
    pl_rc rc = pl_read_all(fd, PL_HOST_FILE_MAX, &text, err);
    for (pl_str rest = pl_buf_view(&text); !rc && pl_str_cut(&rest, '\n', &line);)
        *ret |= pl_str_eq(line, PL_S("filter"));
    return rc;
}

static void put(const struct family *f, const struct ipt_getinfo *info,
                const struct ipt_get_entries *table, pl_buf *out)
{
    pl_buf_u32le(out, (uint32_t)f->number);
    pl_buf_u32le(out, info->valid_hooks);
    for (size_t i = 0; i < PL_COUNT(info->hook_entry); i++)
        pl_buf_u32le(out, info->hook_entry[i]);
    for (size_t i = 0; i < PL_COUNT(info->underflow); i++)
        pl_buf_u32le(out, info->underflow[i]);
    pl_buf_lstr(out, (pl_str){(const char *)table->entrytable, table->size});
}

static pl_rc dump_family(const struct family *f, pl_buf *out, pl_err *err)
{
    PL_AUTO_FD int fd = socket(f->number, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
    struct ipt_getinfo info = {.name = "filter"};
    socklen_t n = sizeof(info);

    if (fd < 0 || getsockopt(fd, f->level, f->info, &info, &n) != 0)
        return failed(f, err);
    if (info.size > PL_HOST_FW_DUMP)
        return pl_fail(err, PL_LIMIT, "legacy iptables: more than %zu bytes", PL_HOST_FW_DUMP);
    n = (socklen_t)(sizeof(struct ipt_get_entries) + info.size);
    PL_AUTO_FREE struct ipt_get_entries *table = calloc(1, n);
    if (!table)
        return pl_fail(err, PL_NOMEM, "legacy iptables: out of memory");
    memcpy(table->name, "filter", sizeof("filter"));
    table->size = info.size;
    if (getsockopt(fd, f->level, f->entries, table, &n) != 0)
        return failed(f, err);
    put(f, &info, table, out);
    return pl_buf_ok(out) ? PL_OK : pl_fail(err, PL_NOMEM, "legacy iptables: out of memory");
}

pl_rc pl_live_xtables(pl_buf *out, pl_err *err)
{
    pl_rc rc = PL_OK;

    for (size_t i = 0; i < PL_COUNT(families) && !rc; i++) {
        bool is_there;
        rc = has_filter(&families[i], &is_there, err);
        if (!rc && is_there)
            rc = dump_family(&families[i], out, err);
    }
    return rc;
}
