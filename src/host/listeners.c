/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Listening TCP and bound UDP sockets of the host's network namespace (proc_pid_net(5)), with the
 * process that holds each. Sockets held for published container ports are marked: docker-proxy, or
 * the engine itself where it has no proxy.
 */
#include "host/facts.h"
#include "host/limits.h"
#include "host/processes.h"

#include <arpa/inet.h>
#include <string.h>

typedef struct holder {
    pl_str inode;
    int64_t pid;
} holder;

struct table {
    pl_host_reading *f;
    pl_host_recs list;
    pl_processes processes;
    pl_host_seen sockets_state;
    const char *sockets_reason;
    holder *holders;
    size_t n_holders;
    bool is_partial; /* some processes could not be looked into */
};

static void read_holders(struct table *t)
{
    const pl_snap_entry *e = pl_snap_read(t->f->snap, PL_S("@sockets"));
    pl_str text, line, inode;
    size_t n = 0;

    t->sockets_state = pl_host_state(e);
    if (t->sockets_state != PL_SEEN_OK) {
        t->sockets_reason = e ? pl_host_reason(e) : NULL;
        return;
    }
    for (text = e->bytes; pl_host_line(&text, &line);)
        n++;
    t->holders = n <= PL_HOST_SOCKET_FDS ? pl_arena_calloc(t->f->a, n + 1, sizeof(holder)) : NULL;
    if (!t->holders) {
        t->sockets_state = PL_SEEN_FAILED;
        t->sockets_reason = "limit:sockets";
        return;
    }
    for (text = e->bytes; pl_host_line(&text, &line);) {
        if (!pl_str_cut(&line, '\t', &inode) || !pl_str_i64(line, &t->holders[t->n_holders].pid))
            continue;
        if (pl_str_eq(inode, PL_S("?")))
            t->is_partial = true;
        else
            t->holders[t->n_holders++].inode = inode;
    }
}

/* The first holder: a socket handed down (by systemd, to a worker) has several. */
static const pl_process *holder_of(const struct table *t, pl_str inode)
{
    const pl_process *best = NULL;
    for (size_t i = 0; i < t->n_holders; i++) {
        if (!pl_str_eq(t->holders[i].inode, inode))
            continue;
        const pl_process *p = pl_process_by_pid(&t->processes, t->holders[i].pid);
        if (p && (!best || best->pid == 1))
            best = p;
    }
    return best;
}

/* "0100007F:0016": address words in host byte order, port in hex. */
static bool parse_address(pl_str s, bool is_v6, char text[INET6_ADDRSTRLEN], uint64_t *ret_port)
{
    unsigned char bytes[16];
    pl_str hex;
    size_t words = is_v6 ? 4 : 1;

    if (!pl_str_cut(&s, ':', &hex) || hex.n != words * 8 || !pl_str_u64_base(s, 16, ret_port))
        return false;
    for (size_t i = 0; i < words; i++) {
        uint64_t v;
        if (!pl_str_u64_base(pl_str_sub(hex, i * 8, 8), 16, &v))
            return false;
        uint32_t word = (uint32_t)v;
        memcpy(bytes + i * 4, &word, 4);
    }
    return inet_ntop(is_v6 ? AF_INET6 : AF_INET, bytes, text, INET6_ADDRSTRLEN) != NULL;
}

static bool is_loopback(pl_str address)
{
    return pl_str_starts(address, PL_S("127.")) || pl_str_eq(address, PL_S("::1")) ||
           pl_str_starts(address, PL_S("::ffff:127."));
}

static bool is_wildcard(pl_str address)
{
    return pl_str_eq(address, PL_S("0.0.0.0")) || pl_str_eq(address, PL_S("::"));
}

/* The engine, or its proxy, on an address and port of a container that runs. Anybody may call his
 * process so, but nobody can bind what the engine has bound. */
static bool is_published(const struct table *t, const pl_process *p, const char *protocol,
                         pl_str on, uint64_t port)
{
    if (!p || !(pl_str_eq(p->comm, PL_S("docker-proxy")) || pl_str_eq(p->comm, PL_S("dockerd"))))
        return false;
    for (size_t i = 0; i < t->f->hints->n_published; i++) {
        pl_str rest = t->f->hints->published[i], proto, address, number;
        uint64_t v;
        /* One socket of IPv6 may serve both families. */
        if (pl_host_word(&rest, &proto) && pl_host_word(&rest, &address) &&
            pl_host_word(&rest, &number) && pl_str_u64(number, &v) && v == port &&
            pl_str_eq(proto, pl_str_c(protocol)) &&
            (pl_str_eq(address, on) || (is_wildcard(address) && is_wildcard(on))))
            return true;
    }
    return false;
}

static void set_holder(const struct table *t, pl_record *r, const char *protocol, pl_str on,
                       uint64_t port, pl_str inode)
{
    static const int fields[] = {PL_F_LISTENER_PID, PL_F_LISTENER_PROCESS, PL_F_LISTENER_UNIT};
    const pl_process *p = holder_of(t, inode);
    pl_str unit = p ? pl_process_unit(p) : (pl_str){"", 0};

    /* Without a holder it is a socket of the kernel, or of a process that nobody may look into. */
    const char *reason = t->sockets_state == PL_SEEN_FAILED ? t->sockets_reason
                         : !p && t->is_partial              ? "denied"
                                                            : NULL;
    for (size_t i = 0; i < PL_COUNT(fields); i++)
        if (reason)
            pl_set_unreadable(r, fields[i], reason);
        else
            pl_set_absent(r, fields[i]);
    if (reason)
        pl_set_unreadable(r, PL_F_LISTENER_PUBLISHED, reason);
    else
        pl_set_bool(r, PL_F_LISTENER_PUBLISHED, is_published(t, p, protocol, on, port));
    if (!p)
        return;
    pl_set_int(r, PL_F_LISTENER_PID, p->pid);
    pl_set_str(r, PL_F_LISTENER_PROCESS, p->comm);
    if (unit.n)
        pl_set_str(r, PL_F_LISTENER_UNIT, unit);
}

static void add(struct table *t, const char *protocol, const char *address, uint64_t port,
                pl_str inode)
{
    pl_record *r = pl_host_recs_new(&t->list, PL_HE_LISTENER);
    pl_str text = pl_arena_str(t->f->a, pl_str_c(address));
    const pl_process *p = holder_of(t, inode);
    pl_str unit = p ? pl_process_unit(p) : (pl_str){"", 0};

    pl_set_str(r, PL_F_LISTENER_ENTRY,
               pl_host_fmt(t->f->a, "%s/%llu %s %.*s", protocol, (unsigned long long)port, address,
                           PL_F(unit.n ? unit : PL_S("-"))));
    pl_set_str(r, PL_F_LISTENER_SERVICE,
               pl_host_fmt(t->f->a, "%s/%llu", protocol, (unsigned long long)port));
    pl_set_str(r, PL_F_LISTENER_ADDRESS, text);
    pl_set_int(r, PL_F_LISTENER_PORT, (int64_t)port);
    pl_set_bool(r, PL_F_LISTENER_LOOPBACK, is_loopback(text));
    set_holder(t, r, protocol, text, port, inode);
}

/* State 0A is LISTEN; a bound UDP socket without a peer is 07. Connected ones serve nobody new. */
static void add_line(struct table *t, pl_str line, const char *protocol, bool is_v6)
{
    pl_str w[10];
    char address[INET6_ADDRSTRLEN];
    uint64_t port;
    size_t n = 0;

    while (n < PL_COUNT(w) && pl_host_word(&line, &w[n]))
        n++;
    if (n < PL_COUNT(w) || !parse_address(w[1], is_v6, address, &port))
        return;
    const char *waiting = strcmp(protocol, "tcp") == 0 ? "0A" : "07";
    if (pl_str_eq(w[3], pl_str_c(waiting)))
        add(t, protocol, address, port, w[9]);
}

void pl_host_facts_listeners(pl_host_reading *f)
{
    static const struct {
        const char *path, *protocol;
        bool is_v6;
    } tables[] = {{"/proc/1/net/tcp", "tcp", false},
                  {"/proc/1/net/tcp6", "tcp", true},
                  {"/proc/1/net/udp", "udp", false},
                  {"/proc/1/net/udp6", "udp", true}};
    struct table t = {.f = f, .list = {.arena = f->a}, .processes = pl_processes_read(f)};
    bool is_waiting = t.processes.state == PL_SEEN_WAIT;

    read_holders(&t);
    is_waiting |= t.sockets_state == PL_SEEN_WAIT;
    for (size_t i = 0; i < PL_COUNT(tables); i++) {
        const pl_snap_entry *e = pl_snap_read(f->snap, pl_str_c(tables[i].path));
        pl_str text, line;
        is_waiting |= !e;
        if (pl_host_state(e) == PL_SEEN_FAILED || (i == 0 && pl_host_state(e) == PL_SEEN_NONE)) {
            pl_set_unreadable(f->host, PL_F_HOST_LISTENERS, pl_host_reason(e));
            return;
        }
        for (text = pl_host_state(e) == PL_SEEN_OK ? e->bytes : (pl_str){"", 0};
             pl_host_line(&text, &line);)
            add_line(&t, line, tables[i].protocol, tables[i].is_v6);
    }
    if (!is_waiting)
        pl_host_recs_set(&t.list, f->host, PL_F_HOST_LISTENERS);
}

/* ---- units ---- */

void pl_host_facts_units(pl_host_reading *f)
{
    pl_processes p = pl_processes_read(f);
    pl_host_strs list = {.arena = f->a};

    if (p.state == PL_SEEN_FAILED)
        pl_set_unreadable(f->host, PL_F_HOST_UNITS, p.reason);
    if (p.state != PL_SEEN_OK)
        return;
    for (size_t i = 0; i < p.n; i++) {
        pl_str unit = pl_process_unit(&p.v[i]);
        if (pl_str_ends(unit, PL_S(".service")) && !pl_process_is_contained(&p.v[i]))
            pl_host_strs_add_once(&list, unit);
    }
    pl_host_strs_set(&list, f->host, PL_F_HOST_UNITS);
}
