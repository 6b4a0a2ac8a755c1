/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who else lets TCP peers reach the engine: a program whose command line names the engine's socket
 * and that listens on TCP (socat and its like), and a container that has the socket mounted. What
 * they listen on is asked the same questions as the engine's own listeners. A relay that takes the
 * path from a file of its own and runs outside containers is not recognised.
 */
#include "engine/listeners.h"

#include "engine/limits.h"

#include <string.h>

struct relays {
    pl_live *l;
    pl_record **items; /* what pl_listeners_read found, then relays */
    size_t n, room;
    uint64_t *seen; /* inodes of sockets that are listed */
    size_t n_seen;
};

/* /var/run leads to /run, and a command line may have either. */
static pl_str short_path(pl_str path)
{
    return pl_str_starts(path, PL_S("/var/run/")) ? pl_str_sub(path, 4, path.n) : path;
}

static bool names_socket(const pl_live *l, int64_t pid)
{
    const pl_value *hosts = pl_get(l->c->engine, PL_F_ENGINE_HOSTS);
    const char *own = pl_engine_socket(l->c->client);
    PL_AUTO_BUF pl_buf line = {0};

    if (pl_proc_read(&l->proc, pid, "cmdline", &line, NULL) != PL_OK || line.n == 0)
        return false;
    if (own && pl_str_has(pl_buf_view(&line), short_path(pl_str_c(own))))
        return true;
    for (size_t i = 0; hosts->state == PL_PRESENT && i < hosts->n; i++) {
        pl_str host = hosts->u.strs[i];
        if (pl_str_starts(host, PL_S("unix://")) &&
            pl_str_has(pl_buf_view(&line), short_path(pl_str_sub(host, 7, host.n))))
            return true;
    }
    return false;
}

static bool is_listed(struct relays *r, uint64_t inode)
{
    for (size_t i = 0; i < r->n_seen; i++)
        if (r->seen[i] == inode)
            return true;
    r->seen[r->n_seen++] = inode;
    return false;
}

/* The records of these sockets, asked from within the network namespace of pid. */
static void add(struct relays *r, int64_t pid, pl_str holder, const pl_proc_listener *s, size_t n)
{
    pl_proc_listener *kept = pl_arena_calloc(r->l->c->arena, n + 1, sizeof(*kept));
    size_t from = r->n;

    for (size_t i = 0; kept && i < n && r->n < r->room; i++) {
        /* The latter is the engine's name service inside containers. */
        if (strcmp(s[i].protocol, "tcp") != 0 || pl_str_eq(s[i].address, PL_S("127.0.0.11")) ||
            is_listed(r, s[i].inode))
            continue;
        pl_record *item = pl_listener_record(r->l, &s[i], "relay", holder);
        if (!item)
            return;
        kept[r->n - from] = s[i];
        r->items[r->n++] = item;
    }
    if (kept && r->n > from)
        pl_listener_probe(r->l, pid, r->items + from, kept, r->n - from);
}

static pl_str holder_of(const pl_live *l, const char *what, pl_str name)
{
    PL_AUTO_BUF pl_buf b = {0};

    pl_buf_fmt(&b, "%s %.*s", what, PL_F(name));
    pl_str s = pl_arena_str(l->c->arena, pl_buf_view(&b));
    return s.p ? s : pl_str_c(what);
}

/* ---- programs ---- */

static void look_at_process(struct relays *r, int64_t pid, pl_str name)
{
    uint64_t *inodes;
    pl_proc_listener *all, *own;
    size_t n_inodes, n_all, n = 0;

    if (!names_socket(r->l, pid) ||
        pl_proc_sockets(&r->l->proc, pid, &inodes, &n_inodes, NULL) != PL_OK || !n_inodes ||
        pl_proc_listeners(&r->l->proc, pid, false, &all, &n_all, NULL) != PL_OK)
        return;
    own = pl_arena_calloc(r->l->c->arena, n_all + 1, sizeof(*own));
    for (size_t i = 0; own && i < n_all; i++)
        if (pl_proc_has_socket(inodes, n_inodes, all[i].inode))
            own[n++] = all[i];
    if (n)
        add(r, pid, holder_of(r->l, "process", name), own, n);
}

/* ---- containers ---- */

static bool reaches_engine(const pl_record *container)
{
    const pl_value *mounts = pl_get(container, PL_F_CONTAINER_MOUNTS);

    for (size_t i = 0; mounts->state == PL_PRESENT && i < mounts->n; i++)
        if (pl_get(mounts->u.recs[i], PL_F_MOUNT_CONTROL_SOCKET)->state == PL_PRESENT)
            return true;
    return false;
}

/* In the host's namespace the listeners are everybody's; its own are found by their processes. */
static bool has_own_network(const pl_record *container)
{
    const pl_value *host = pl_get(container, PL_F_CONTAINER_NS_HOST_NET);
    return host->state == PL_PRESENT && !host->u.b;
}

static void look_at_container(struct relays *r, const pl_subject *c)
{
    const pl_value *pid = pl_get(c->rec, PL_F_CONTAINER_PID);
    pl_proc_listener *all;
    size_t n;

    if (pl_record_true(c->rec, PL_F_CONTAINER_RUNNING) && pid->state == PL_PRESENT &&
        reaches_engine(c->rec) && has_own_network(c->rec) &&
        pl_proc_listeners(&r->l->proc, pid->u.i, false, &all, &n, NULL) == PL_OK && n)
        add(r, pid->u.i, holder_of(r->l, "container", c->name), all, n);
}

void pl_relays_read(pl_live *l)
{
    const pl_engine_facts *f = l->c->facts;
    const pl_value *known = pl_get(l->c->engine, PL_F_ENGINE_API_LISTENERS);
    struct relays r = {.l = l, .room = PL_ENGINE_LISTENERS_MAX};

    if (known->state != PL_PRESENT || known->n > r.room)
        return;
    r.items = pl_arena_calloc(l->c->arena, r.room + 1, sizeof(pl_record *));
    r.seen = pl_arena_calloc(l->c->arena, r.room + 1, sizeof(*r.seen));
    if (!r.items || !r.seen)
        return;
    if (known->n)
        memcpy(r.items, known->u.recs, known->n * sizeof(pl_record *));
    r.n = known->n;
    for (size_t i = 0; i < l->running->n_pids && r.n < r.room; i++)
        if (l->running->pids[i] != l->running->pid)
            look_at_process(&r, l->running->pids[i], l->running->names[i]);
    for (size_t i = 0; i < f->n_containers && r.n < r.room; i++)
        look_at_container(&r, &f->containers[i]);
    if (r.n == r.room)
        pl_set_unreadable(l->c->engine, PL_F_ENGINE_API_LISTENERS, "limit:listeners");
    else if (r.n > known->n)
        pl_set_recs(l->c->engine, PL_F_ENGINE_API_LISTENERS, r.items, r.n);
}
