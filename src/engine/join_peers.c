/* SPDX-License-Identifier: Apache-2.0 */
/* Who else is on a container's networks, and which ports of the host lead to it. */
#include "engine/join.h"

#include <string.h>

/* The containers of one network. Most containers are on one network only, so that they share the
 * list; each finds itself in it. */
typedef struct members {
    pl_record *network;
    pl_record **peers;
    size_t n, room;
    bool is_hub; /* its containers meet in it: not the network "none" */
} members;

typedef struct meeting {
    pl_arena *arena;
    const pl_live_container *all;
    size_t n;
    members *networks;
    size_t n_networks;
    bool is_short; /* of memory: no list may be believed */
} meeting;

static bool shares_network(const pl_record *r)
{
    return pl_str_starts(pl_record_text(r, PL_F_CONTAINER_NETWORK_MODE), PL_S("container:"));
}

/* Whose network it is in: itself, the one that it names, or NULL when that one is not known. */
static const pl_record *owner_of_network(const meeting *m, const pl_record *r)
{
    pl_str mode = pl_record_text(r, PL_F_CONTAINER_NETWORK_MODE), word;

    if (!shares_network(r))
        return r;
    (void)pl_str_cut(&mode, ':', &word);
    for (size_t i = 0; i < m->n; i++) {
        const pl_record *other = m->all[i].rec;
        bool is_it = pl_str_eq(pl_record_text(other, PL_F_CONTAINER_FULL_ID), mode) ||
                     pl_str_eq(pl_record_text(other, PL_F_CONTAINER_NAME), mode);
        if (is_it)
            return shares_network(other) ? NULL : other;
    }
    return NULL;
}

/* NULL: which networks it is on is not known. */
static const pl_value *networks_of(const meeting *m, const pl_record *r)
{
    const pl_record *owner = owner_of_network(m, r);
    const pl_value *list = owner ? pl_get(owner, PL_F_CONTAINER_NETWORKS) : NULL;

    return list && list->state != PL_UNREADABLE ? list : NULL;
}

static const pl_record *network_at(const pl_value *list, size_t i)
{
    const pl_value *net = pl_get(list->u.recs[i], PL_F_ATTACHMENT_NET);
    return net->state == PL_PRESENT ? net->u.rec : NULL;
}

/* ---- the containers of each network ---- */

static void add_peer(meeting *m, members *to, pl_record *container)
{
    pl_record *p = pl_record_new(m->arena, &pl_kind_peer);

    if (to->n == to->room) {
        size_t room = to->room ? to->room * 2 : 8;
        pl_record **more = pl_arena_calloc(m->arena, room, sizeof(pl_record *));
        if (more && to->n)
            memcpy(more, to->peers, to->n * sizeof(pl_record *));
        to->peers = more;
        to->room = more ? room : 0;
    }
    if (!p || !to->peers) {
        m->is_short = true;
        to->n = 0;
        return;
    }
    to->peers[to->n++] = p;
    pl_set_rec(p, PL_F_PEER_NET, to->network);
    p->v[PL_F_PEER_NETWORK] = *pl_get(to->network, PL_F_NETWORK_NAME);
    if (!container) {
        pl_set_unreadable(p, PL_F_PEER_NAME, "not-observed");
        pl_set_unreadable(p, PL_F_PEER_CONTAINER, "not-observed");
        return;
    }
    p->v[PL_F_PEER_NAME] = *pl_get(container, PL_F_CONTAINER_NAME);
    pl_set_rec(p, PL_F_PEER_CONTAINER, container);
}

/* One whose networks are not known may be on this one. */
static bool may_be_on(const meeting *m, const pl_record *container, const pl_record *network)
{
    const pl_value *list = networks_of(m, container);

    for (size_t i = 0; list && list->state == PL_PRESENT && i < list->n; i++) {
        const pl_record *at = network_at(list, i);
        if (!at || at == network)
            return true;
    }
    return !list;
}

/* A network of a swarm has containers on other machines, which nobody here can see. */
static void fill_network(meeting *m, members *to)
{
    pl_str driver = pl_record_text(to->network, PL_F_NETWORK_DRIVER);
    pl_str scope = pl_record_text(to->network, PL_F_NETWORK_SCOPE);

    to->is_hub = !pl_str_eq(driver, PL_S("null"));
    for (size_t i = 0; to->is_hub && !m->is_short && i < m->n; i++)
        if (may_be_on(m, m->all[i].rec, to->network))
            add_peer(m, to, m->all[i].rec);
    if (to->is_hub && !m->is_short && !pl_str_eq(scope, PL_S("local")))
        add_peer(m, to, NULL);
}

static members *members_of(meeting *m, const pl_record *network)
{
    for (size_t i = 0; i < m->n_networks; i++)
        if (m->networks[i].network == network)
            return &m->networks[i];
    return NULL;
}

/* ---- of one container ---- */

static void set_joined(meeting *m, pl_record *r, const pl_value *list, size_t total)
{
    pl_record **peers = pl_arena_calloc(m->arena, total + 1, sizeof(pl_record *));
    size_t n = 0;

    if (!peers)
        return;
    for (size_t i = 0; i < list->n; i++) {
        const members *at = members_of(m, network_at(list, i));
        for (size_t k = 0; k < at->n; k++)
            peers[n++] = at->peers[k];
    }
    pl_set_recs(r, PL_F_CONTAINER_PEERS, peers, n);
}

static void set_peers(meeting *m, pl_record *r)
{
    const pl_value *list = networks_of(m, r);
    size_t n = list && list->state == PL_PRESENT ? list->n : 0, total = 0;

    pl_set_unreadable(r, PL_F_CONTAINER_PEERS, "not-observed");
    if (!list || m->is_short)
        return;
    for (size_t i = 0; i < n; i++) {
        const members *at = members_of(m, network_at(list, i));
        if (!at)
            return;
        total += at->n;
    }
    if (n == 1) {
        const members *at = members_of(m, network_at(list, 0));
        pl_set_recs(r, PL_F_CONTAINER_PEERS, at->peers, at->n);
    } else {
        set_joined(m, r, list, total);
    }
}

static bool is_behind_ingress(const meeting *m, const pl_record *r)
{
    const pl_value *list = networks_of(m, r);

    for (size_t i = 0; list && list->state == PL_PRESENT && i < list->n; i++) {
        const pl_record *at = network_at(list, i);
        if (at && pl_record_true(at, PL_F_NETWORK_INGRESS))
            return true;
    }
    return false;
}

/* What it opens there is the host's, and nothing has to be published. */
static bool is_on_the_host(const pl_record *owner)
{
    return pl_str_eq(pl_record_text(owner, PL_F_CONTAINER_NETWORK_MODE), PL_S("host")) ||
           pl_record_true(owner, PL_F_CONTAINER_NS_HOST_NET);
}

/* Ports that a swarm's service publishes lead to its tasks by another way, and those of a container
 * on the host's network are not published; neither says which they are. */
static void set_ways_in(meeting *m, pl_record *r)
{
    const pl_record *owner = owner_of_network(m, r);
    const pl_value *ports = owner ? pl_get(owner, PL_F_CONTAINER_PORTS) : NULL;
    size_t n = ports && ports->state == PL_PRESENT ? ports->n : 0;

    if (!ports || ports->state == PL_UNREADABLE) {
        pl_set_unreadable(r, PL_F_CONTAINER_WAYS_IN, ports ? ports->reason : "not-observed");
        return;
    }
    pl_record **ways = pl_arena_calloc(m->arena, n + 1, sizeof(pl_record *));
    if (!ways)
        return;
    if (n)
        memcpy(ways, ports->u.recs, n * sizeof(pl_record *));
    if (is_behind_ingress(m, r) || is_on_the_host(owner)) {
        ways[n] = pl_record_new(m->arena, &pl_kind_port);
        if (!ways[n])
            return;
        for (size_t i = 0; i < pl_kind_port.n; i++)
            pl_set_unreadable(ways[n], (int)i, "not-observed");
        n++;
    }
    pl_set_recs(r, PL_F_CONTAINER_WAYS_IN, ways, n);
}

void pl_join_peers(pl_live *l, const pl_live_container *all, size_t n)
{
    const pl_value *nets = pl_get(l->c->engine, PL_F_ENGINE_NETWORKS);
    const pl_value *ids = pl_get(l->c->engine, PL_F_ENGINE_CONTAINER_IDS);
    meeting m = {.arena = l->c->arena, .all = all, .n = n};

    m.n_networks = nets->state == PL_PRESENT ? nets->n : 0;
    m.networks = pl_arena_calloc(m.arena, m.n_networks + 1, sizeof(*m.networks));
    if (!m.networks)
        return;
    for (size_t i = 0; i < m.n_networks; i++) {
        m.networks[i].network = nets->u.recs[i];
        fill_network(&m, &m.networks[i]);
    }
    m.is_short |= ids->state != PL_PRESENT;
    for (size_t i = 0; i < n; i++) {
        set_peers(&m, all[i].rec);
        set_ways_in(&m, all[i].rec);
    }
}
