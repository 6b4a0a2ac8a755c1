/* SPDX-License-Identifier: Apache-2.0 */
/* /proc/PID/net/{tcp,tcp6,udp,udp6,unix}: linux/net/ipv4/tcp_ipv4.c, unix/af_unix.c print them. */
#include "engine/proc.h"

#include "engine/limits.h"

#include <arpa/inet.h>
#include <string.h>

/* Columns are separated by any number of blanks. */
static pl_str column(pl_str line, int which)
{
    pl_str word = {"", 0};

    for (int i = 0; i <= which; i++) {
        line = pl_str_trim(line);
        size_t n = 0;
        while (n < line.n && line.p[n] != ' ' && line.p[n] != '\t')
            n++;
        word = pl_str_sub(line, 0, n);
        line = pl_str_sub(line, n, line.n);
    }
    return word;
}

/* The kernel prints addresses as words in its own byte order: the order of in_addr in memory. */
static bool read_address(pl_arena *a, pl_str hex, pl_str *ret)
{
    unsigned char raw[16];
    char text[INET6_ADDRSTRLEN];

    if (hex.n != 8 && hex.n != 32)
        return false;
    for (size_t w = 0; w < hex.n / 8; w++) {
        uint64_t word;
        if (!pl_str_u64_base(pl_str_sub(hex, w * 8, 8), 16, &word))
            return false;
        uint32_t v = (uint32_t)word;
        memcpy(raw + w * 4, &v, 4);
    }
    if (!inet_ntop(hex.n == 8 ? AF_INET : AF_INET6, raw, text, sizeof(text)))
        return false;
    *ret = pl_arena_str(a, pl_str_c(text));
    return ret->p != NULL;
}

struct table {
    const pl_proc_root *p;
    pl_proc_listener *items;
    size_t n, room;
};

static bool add(struct table *t, const pl_proc_listener *l)
{
    if (t->n == t->room) {
        size_t room = t->room ? t->room * 2 : 16;
        pl_proc_listener *more = room > PL_ENGINE_ELEMENTS_MAX
                                     ? NULL
                                     : pl_arena_calloc(t->p->arena, room, sizeof(*more));
        if (!more)
            return false;
        if (t->n)
            memcpy(more, t->items, t->n * sizeof(*more));
        t->items = more;
        t->room = room;
    }
    t->items[t->n++] = *l;
    return true;
}

/* Columns: slot, local address, remote address, state, ..., inode as the tenth. */
static bool read_socket(struct table *t, pl_str line, const char *protocol, pl_str state)
{
    pl_str local = column(line, 1), hex;
    pl_proc_listener l = {.protocol = protocol};
    uint64_t port;

    if (!pl_str_eq(column(line, 3), state))
        return true;
    if (!pl_str_cut(&local, ':', &hex) || !read_address(t->p->arena, hex, &l.address) ||
        !pl_str_u64_base(local, 16, &port) || !pl_str_u64(column(line, 9), &l.inode))
        return false;
    l.port = (int64_t)port;
    return add(t, &l);
}

static pl_rc read_table(struct table *t, int64_t pid, const char *name, const char *protocol,
                        pl_str state, pl_err *err)
{
    PL_AUTO_BUF pl_buf b = {0};
    pl_str line;
    pl_rc rc = pl_proc_read(t->p, pid, name, &b, err);

    if (rc != PL_OK)
        return rc;
    pl_str rest = pl_buf_view(&b);
    (void)pl_str_cut(&rest, '\n', &line); /* the heading */
    while (pl_str_cut(&rest, '\n', &line))
        if (!read_socket(t, line, protocol, state))
            return pl_fail(err, PL_FORMAT, "/proc/%lld/%s", (long long)pid, name);
    return PL_OK;
}

pl_rc pl_proc_listeners(const pl_proc_root *p, int64_t pid, bool with_udp, pl_proc_listener **ret,
                        size_t *ret_n, pl_err *err)
{
    static const struct {
        const char *name, *protocol, *state; /* 0A: listening, 07: unconnected */
    } tables[] = {{"net/tcp", "tcp", "0A"},
                  {"net/tcp6", "tcp", "0A"},
                  {"net/udp", "udp", "07"},
                  {"net/udp6", "udp", "07"}};
    struct table t = {.p = p};

    for (size_t i = 0; i < (with_udp ? PL_COUNT(tables) : 2); i++) {
        pl_rc rc =
            read_table(&t, pid, tables[i].name, tables[i].protocol, pl_str_c(tables[i].state), err);
        /* A kernel without IPv6 has no tables of it. */
        if (rc != PL_OK && !(rc == PL_NOTFOUND && i % 2 == 1))
            return rc;
    }
    *ret = t.items;
    *ret_n = t.n;
    return PL_OK;
}

/* /var/run is a link to /run on every system that has both. */
static pl_str without_var(pl_str path)
{
    return pl_str_starts(path, PL_S("/var/run/")) ? pl_str_sub(path, 4, path.n) : path;
}

/* Columns: slot, count, protocol, flags, type, state, inode, path. Flag 10000: listening. */
bool pl_proc_unix_serves(const pl_proc_root *p, int64_t pid, pl_str path, const uint64_t *inodes,
                         size_t n)
{
    PL_AUTO_BUF pl_buf b = {0};
    pl_str line;

    if (pl_proc_read(p, pid, "net/unix", &b, NULL) != PL_OK)
        return false;
    pl_str rest = pl_buf_view(&b);
    while (pl_str_cut(&rest, '\n', &line)) {
        uint64_t inode;
        if (pl_str_eq(column(line, 3), PL_S("00010000")) &&
            pl_str_eq(without_var(column(line, 7)), without_var(path)) &&
            pl_str_u64(column(line, 6), &inode) && pl_proc_has_socket(inodes, n, inode))
            return true;
    }
    return false;
}
