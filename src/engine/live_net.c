/* SPDX-License-Identifier: Apache-2.0 */
/* What a container listens on; with the host's network its listeners are its published ports. */
#include "engine/live.h"

#include "engine/limits.h"

#include <errno.h>
#include <string.h>

/* Inodes of the sockets of all its processes; false when one of them cannot be looked into. */
static bool own_sockets(pl_live *l, const pl_live_container *k, uint64_t **ret, size_t *ret_n)
{
    *ret = NULL;
    *ret_n = 0;
    for (size_t i = 0; i < k->n_pids; i++) {
        uint64_t *more, *all;
        size_t n;
        pl_err why = {0};
        pl_rc rc = pl_proc_sockets(&l->proc, k->pids[i], &more, &n, &why);
        if (rc == PL_NOTFOUND || why.sys == ESRCH)
            continue;
        all = rc == PL_OK ? pl_arena_calloc(l->c->arena, *ret_n + n + 1, sizeof(*all)) : NULL;
        if (!all)
            return false;
        if (*ret_n)
            memcpy(all, *ret, *ret_n * sizeof(*all));
        if (n)
            memcpy(all + *ret_n, more, n * sizeof(*all));
        *ret = all;
        *ret_n += n;
    }
    return k->is_complete;
}

static bool is_one_of(const uint64_t *inodes, size_t n, uint64_t inode)
{
    for (size_t i = 0; i < n; i++)
        if (inodes[i] == inode)
            return true;
    return false;
}

static pl_record *port_of(pl_arena *a, const pl_proc_listener *s)
{
    pl_record *r = pl_record_new(a, &pl_kind_port);
    char text[96];
    bool is_v6 = s->address.n && memchr(s->address.p, ':', s->address.n);

    (void)snprintf(text, sizeof(text), is_v6 ? "[%.*s]:%lld/%s" : "%.*s:%lld/%s", PL_F(s->address),
                   (long long)s->port, s->protocol);
    pl_set_str(r, PL_F_PORT_BINDING, pl_arena_str(a, pl_str_c(text)));
    pl_set_str(r, PL_F_PORT_HOST_IP, s->address);
    pl_set_int(r, PL_F_PORT_HOST_PORT, s->port);
    pl_set_str(r, PL_F_PORT_PROTOCOL, pl_str_c(s->protocol));
    pl_set_bool(r, PL_F_PORT_PUBLISHED, false);
    pl_set_bool(r, PL_F_PORT_ADDRESS_EXISTS, true);
    pl_set_absent(r, PL_F_PORT_CONTAINER_PORT);
    return r;
}

static void set_none(pl_live_container *k, bool is_host)
{
    pl_set_ints(k->rec, PL_F_CONTAINER_LISTENING_TCP, NULL, 0);
    if (is_host)
        pl_set_recs(k->rec, PL_F_CONTAINER_PORTS, NULL, 0);
}

/* The tables are dear to read, since the kernel walks all buckets of its hash: who has no socket
 * is not looked up. */
void pl_live_net(pl_live *l, pl_live_container *k)
{
    const pl_value *host = pl_get(k->rec, PL_F_CONTAINER_NS_HOST_NET);
    bool is_host = host->state == PL_PRESENT && host->u.b;
    pl_proc_listener *s;
    uint64_t *own = NULL;
    size_t n, n_own = 0, n_tcp = 0, n_ports = 0;

    if (is_host)
        pl_set_unreadable(k->rec, PL_F_CONTAINER_PORTS, "unreadable");
    if (!own_sockets(l, k, &own, &n_own))
        return;
    if (!n_own) {
        set_none(k, is_host);
        return;
    }
    if (pl_proc_listeners(&l->proc, k->pid, is_host, &s, &n, NULL) != PL_OK)
        return;
    int64_t *tcp = pl_arena_calloc(l->c->arena, n + 1, sizeof(*tcp));
    pl_record **ports = pl_arena_calloc(l->c->arena, n + 1, sizeof(pl_record *));
    if (!tcp || !ports)
        return;
    for (size_t i = 0; i < n; i++) {
        if (!is_one_of(own, n_own, s[i].inode))
            continue;
        if (strcmp(s[i].protocol, "tcp") == 0)
            tcp[n_tcp++] = s[i].port;
        ports[n_ports] = port_of(l->c->arena, &s[i]);
        n_ports += ports[n_ports] != NULL;
    }
    pl_set_ints(k->rec, PL_F_CONTAINER_LISTENING_TCP, tcp, n_tcp);
    if (is_host)
        pl_set_recs(k->rec, PL_F_CONTAINER_PORTS, ports, n_ports);
}
