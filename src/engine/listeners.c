/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/listeners.h"

#include "engine/limits.h"
#include "engine/probe.h"

#include <fcntl.h>
#include <string.h>

struct sockets {
    pl_proc_listener *items;
    size_t n;
};

/* All listeners of a network namespace: read once where both processes share it. */
struct table {
    uint64_t ns;
    struct sockets all;
};

static bool read_table(pl_live *l, int64_t pid, struct table *t)
{
    uint64_t ns = 0;

    if (pl_proc_namespace(&l->proc, pid, "net", &ns, NULL) != PL_OK)
        return false;
    if (t->ns == ns)
        return true;
    t->ns = ns;
    return pl_proc_listeners(&l->proc, pid, false, &t->all.items, &t->all.n, NULL) == PL_OK;
}

/* Listening TCP sockets that the process itself holds. */
static bool sockets_of(pl_live *l, int64_t pid, struct table *t, struct sockets *ret)
{
    uint64_t *inodes;
    size_t n_inodes;

    if (pl_proc_sockets(&l->proc, pid, &inodes, &n_inodes, NULL) != PL_OK || !read_table(l, pid, t))
        return false;
    ret->n = 0;
    ret->items = pl_arena_calloc(l->c->arena, t->all.n + 1, sizeof(*ret->items));
    for (size_t i = 0; ret->items && i < t->all.n; i++)
        if (pl_proc_has_socket(inodes, n_inodes, t->all.items[i].inode))
            ret->items[ret->n++] = t->all.items[i];
    return ret->items && ret->n <= PL_ENGINE_LISTENERS_MAX;
}

static bool is_wildcard(pl_str address)
{
    return !address.n || pl_str_eq(address, PL_S("0.0.0.0")) || pl_str_eq(address, PL_S("::"));
}

/* With the userland proxy off the engine itself holds every published port. Of a container that
 * does not run it holds none, so what listens there is something else. */
static bool is_published(const pl_live *l, const pl_proc_listener *s)
{
    const pl_engine_facts *f = l->c->facts;

    for (size_t i = 0; i < f->n_containers; i++) {
        const pl_value *ports = pl_get(f->containers[i].rec, PL_F_CONTAINER_PORTS);
        if (!pl_record_true(f->containers[i].rec, PL_F_CONTAINER_RUNNING))
            continue;
        for (size_t k = 0; ports->state == PL_PRESENT && k < ports->n; k++) {
            const pl_record *p = ports->u.recs[k];
            const pl_value *at = pl_get(p, PL_F_PORT_HOST_PORT);
            pl_str address = pl_record_text(p, PL_F_PORT_HOST_IP);
            if (pl_record_true(p, PL_F_PORT_PUBLISHED) && at->state == PL_PRESENT &&
                at->u.i == s->port &&
                pl_str_eq(pl_record_text(p, PL_F_PORT_PROTOCOL), PL_S("tcp")) &&
                (pl_str_eq(address, s->address) ||
                 (is_wildcard(address) && is_wildcard(s->address))))
                return true;
        }
    }
    return false;
}

static bool is_metrics(const pl_live *l, int64_t port)
{
    char tail[24];
    (void)snprintf(tail, sizeof(tail), ":%lld", (long long)port);
    return pl_str_ends(pl_record_text(l->c->engine, PL_F_ENGINE_METRICS_ADDRESS), pl_str_c(tail));
}

static bool is_swarm(const pl_live *l, int64_t port)
{
    pl_str state = pl_record_text(l->c->engine, PL_F_ENGINE_SWARM_STATE);
    return (port == 2377 || port == 7946) && state.n && !pl_str_eq(state, PL_S("inactive"));
}

static bool is_loopback(pl_str address)
{
    return pl_str_starts(address, PL_S("127.")) || pl_str_eq(address, PL_S("::1")) ||
           pl_str_starts(address, PL_S("::ffff:127."));
}

pl_record *pl_listener_record(pl_live *l, const pl_proc_listener *s, const char *role,
                              pl_str holder)
{
    pl_record *r = pl_record_new(l->c->arena, &pl_kind_api_listener);
    char text[96];
    bool is_v6 = memchr(s->address.p, ':', s->address.n);

    (void)snprintf(text, sizeof(text), is_v6 ? "[%.*s]:%lld" : "%.*s:%lld", PL_F(s->address),
                   (long long)s->port);
    pl_set_str(r, PL_F_API_LISTENER_ADDRESS, pl_arena_str(l->c->arena, pl_str_c(text)));
    pl_set_int(r, PL_F_API_LISTENER_PORT, s->port);
    pl_set_str(r, PL_F_API_LISTENER_ROLE, pl_str_c(role));
    pl_set_str(r, PL_F_API_LISTENER_HOLDER, holder);
    pl_set_bool(r, PL_F_API_LISTENER_LOOPBACK, is_loopback(s->address));
    return r;
}

/* ---- probing ---- */

static const char *host_of(pl_arena *a, pl_str address)
{
    char text[64];

    if (pl_str_eq(address, PL_S("0.0.0.0")))
        return "127.0.0.1";
    if (pl_str_eq(address, PL_S("::")))
        return "::1";
    if (!pl_str_to_c(address, text, sizeof(text)))
        return "127.0.0.1";
    return pl_arena_str(a, (pl_str){text, address.n + 1}).p;
}

static void set_answer(pl_record *r, int field, pl_answer answer)
{
    if (answer == PL_ANSWER_UNKNOWN)
        pl_set_unreadable(r, field, "timeout");
    else
        pl_set_bool(r, field, answer == PL_ANSWER_YES);
}

static void set_probe(pl_record *r, const pl_probe *p)
{
    set_answer(r, PL_F_API_LISTENER_PLAIN, p->plain);
    set_answer(r, PL_F_API_LISTENER_ANONYMOUS, p->anonymous);
    set_answer(r, PL_F_API_LISTENER_TLS, p->tls);
    if (p->tls == PL_ANSWER_NO) {
        pl_set_absent(r, PL_F_API_LISTENER_OLD_TLS);
        pl_set_absent(r, PL_F_API_LISTENER_CIPHERS);
        return;
    }
    set_answer(r, PL_F_API_LISTENER_OLD_TLS, p->old_tls);
    if (p->ciphers)
        pl_set_strs(r, PL_F_API_LISTENER_CIPHERS, p->ciphers, p->n_ciphers);
}

static int netns_of(int64_t pid)
{
    char path[64];
    (void)snprintf(path, sizeof(path), "/proc/%lld/ns/net", (long long)pid);
    return open(path, O_RDONLY | O_CLOEXEC);
}

void pl_listener_probe(pl_live *l, int64_t pid, pl_record *const *items, const pl_proc_listener *s,
                       size_t n)
{
    pl_probe *probes = pl_arena_calloc(l->c->arena, n + 1, sizeof(*probes));
    pl_err why = {0};

    if (!probes || l->c->where->no_probes || !pl_root_is_live(&l->running->root))
        return;
    for (size_t i = 0; i < n; i++) {
        pl_str role = pl_record_text(items[i], PL_F_API_LISTENER_ROLE);
        probes[i] = (pl_probe){.host = host_of(l->c->arena, s[i].address),
                               .port = s[i].port,
                               .is_doubtful = pl_str_eq(role, PL_S("swarm")) ||
                                              pl_str_eq(role, PL_S("metrics"))};
        if (!probes[i].host)
            return;
    }
    PL_AUTO_FD int netns = netns_of(pid);
    if (netns < 0)
        return;
    if (pl_probe_run(netns, l->c->arena, probes, n, &why) != PL_OK) {
        pl_collection_problem(l->c, "probes of the engine's listeners", (pl_str){"", 0}, &why);
        return;
    }
    for (size_t i = 0; i < n; i++)
        set_probe(items[i], &probes[i]);
}

/* ---- both processes ---- */

static const char *role_of(const pl_live *l, int64_t port)
{
    if (is_swarm(l, port))
        return "swarm";
    return is_metrics(l, port) ? "metrics" : "api";
}

/* What serves the API is the API, whichever port it has. */
static void correct_role(pl_record *r)
{
    if (pl_record_true(r, PL_F_API_LISTENER_PLAIN) ||
        pl_record_true(r, PL_F_API_LISTENER_ANONYMOUS))
        pl_set_str(r, PL_F_API_LISTENER_ROLE, PL_S("api"));
}

static void read_engine(pl_live *l, struct table *t)
{
    struct sockets s;
    size_t n = 0;

    if (!sockets_of(l, l->running->pid, t, &s))
        return;
    pl_record **items = pl_arena_calloc(l->c->arena, s.n + 1, sizeof(pl_record *));
    pl_proc_listener *kept = pl_arena_calloc(l->c->arena, s.n + 1, sizeof(*kept));
    for (size_t i = 0; items && kept && i < s.n; i++) {
        /* The address is the engine's name service inside containers. */
        if (is_published(l, &s.items[i]) || pl_str_eq(s.items[i].address, PL_S("127.0.0.11")))
            continue;
        if (!(items[n] =
                  pl_listener_record(l, &s.items[i], role_of(l, s.items[i].port), PL_S("engine"))))
            return;
        kept[n++] = s.items[i];
    }
    if (!items || !kept)
        return;
    if (n)
        pl_listener_probe(l, l->running->pid, items, kept, n);
    for (size_t i = 0; i < n; i++)
        correct_role(items[i]);
    pl_set_recs(l->c->engine, PL_F_ENGINE_API_LISTENERS, items, n);
}

static void read_containerd(pl_live *l, struct table *t)
{
    struct sockets s;
    size_t n = 0;

    if (!sockets_of(l, l->running->containerd_pid, t, &s))
        return;
    pl_str *items = pl_arena_calloc(l->c->arena, s.n + 1, sizeof(*items));
    for (size_t i = 0; items && i < s.n; i++) {
        pl_record *r = pl_listener_record(l, &s.items[i], "containerd", PL_S("containerd"));
        if (!r)
            return;
        if (!pl_record_true(r, PL_F_API_LISTENER_LOOPBACK))
            items[n++] = pl_record_text(r, PL_F_API_LISTENER_ADDRESS);
    }
    if (items)
        pl_set_strs(l->c->engine, PL_F_ENGINE_CONTAINERD_OPEN_ADDRESSES, items, n);
}

void pl_listeners_read(pl_live *l)
{
    struct table t = {0};

    if (l->has_host && l->running->pid)
        read_engine(l, &t);
    if (l->has_host && l->running->containerd_pid)
        read_containerd(l, &t);
    else if (l->has_host && l->running->pid)
        pl_set_strs(l->c->engine, PL_F_ENGINE_CONTAINERD_OPEN_ADDRESSES, NULL, 0);
}
