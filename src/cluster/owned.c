/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is gathered, and of which object each piece is: an object that changed while the cluster was
 * read takes the place of what came of it before, and of one that was deleted nothing stays.
 */
#include "cluster/collect.h"

#include <string.h>

/* ---- kinds ---- */

/* Of which kind the elements of a list are; PL_CE_COUNT: of none. */
pl_cluster_element pl_collecting_kind(pl_cluster_list list)
{
    static const pl_cluster_element kinds[PL_LIST_COUNT] = {
        [PL_LIST_VERSION] = PL_CE_COUNT,
        [PL_LIST_TOKEN_SECRETS] = PL_CE_COUNT,
        [PL_LIST_NAMESPACES] = PL_CE_NAMESPACE,
        [PL_LIST_NODES] = PL_CE_NODE,
        [PL_LIST_PODS] = PL_CE_WORKLOAD,
        [PL_LIST_REPLICATION_CONTROLLERS] = PL_CE_WORKLOAD,
        [PL_LIST_DEPLOYMENTS] = PL_CE_WORKLOAD,
        [PL_LIST_REPLICA_SETS] = PL_CE_WORKLOAD,
        [PL_LIST_STATEFUL_SETS] = PL_CE_WORKLOAD,
        [PL_LIST_DAEMON_SETS] = PL_CE_WORKLOAD,
        [PL_LIST_JOBS] = PL_CE_WORKLOAD,
        [PL_LIST_CRON_JOBS] = PL_CE_WORKLOAD,
        [PL_LIST_SERVICE_ACCOUNTS] = PL_CE_SERVICE_ACCOUNT,
        [PL_LIST_SERVICES] = PL_CE_SERVICE,
        [PL_LIST_INGRESSES] = PL_CE_INGRESS,
        [PL_LIST_ROLES] = PL_CE_ROLE,
        [PL_LIST_CLUSTER_ROLES] = PL_CE_ROLE,
        [PL_LIST_ROLE_BINDINGS] = PL_CE_GRANT,
        [PL_LIST_CLUSTER_ROLE_BINDINGS] = PL_CE_GRANT,
        [PL_LIST_NETWORK_POLICIES] = PL_CE_NETWORK_POLICY,
        [PL_LIST_VALIDATING_WEBHOOKS] = PL_CE_WEBHOOK,
        [PL_LIST_MUTATING_WEBHOOKS] = PL_CE_WEBHOOK,
    };
    return kinds[list];
}

pl_rc pl_collecting_used_up(pl_err *err)
{
    return pl_fail(err, PL_LIMIT, "the cluster is larger than one audit can hold");
}

/* ---- putting away ---- */

pl_rc pl_collecting_keep(pl_collecting *c, pl_cluster_list list, pl_record *r, pl_err *err)
{
    pl_cluster_element kind = pl_collecting_kind(list);
    pl_gathered *g = &c->gathered[kind];
    size_t n = g->n, n_owners = g->n;
    pl_record **to = pl_collecting_push(c, (void **)&g->v, &n, &g->room, sizeof(pl_record *));
    pl_owner *owner = pl_collecting_push(c, (void **)&c->owners[kind], &n_owners,
                                         &c->room_owners[kind], sizeof(*owner));

    if (!to || !owner)
        return pl_collecting_used_up(err);
    *to = r;
    *owner = (pl_owner){list, c->of.list == list ? c->of.object : PL_NO_OBJECT};
    g->n = n;
    return PL_OK;
}

pl_rc pl_collecting_keep_unknown(pl_collecting *c, pl_cluster_list list, const char *reason,
                                 pl_err *err)
{
    pl_cluster_element kind = pl_collecting_kind(list);
    pl_record *r =
        kind < PL_CE_COUNT ? pl_record_new(c->arena, pl_cluster_element_kind(kind)) : NULL;

    if (kind == PL_CE_COUNT)
        return PL_OK;
    if (!r)
        return pl_collecting_used_up(err);
    for (size_t i = 0; i < r->kind->n; i++)
        pl_set_unreadable(r, (int)i, reason);
    return pl_collecting_keep(c, list, r, err);
}

/* ---- throwing away ---- */

/* object: PL_NO_OBJECT for all of the list. */
static bool is_of(const pl_owner *o, pl_cluster_list list, size_t object)
{
    return o->list == list && (object == PL_NO_OBJECT || o->object == object);
}

static size_t drop_records(pl_collecting *c, pl_cluster_list list, size_t object)
{
    pl_cluster_element kind = pl_collecting_kind(list);
    size_t n = 0, all = kind < PL_CE_COUNT ? c->gathered[kind].n : 0;

    for (size_t i = 0; i < all; i++) {
        if (is_of(&c->owners[kind][i], list, object))
            continue;
        c->owners[kind][n] = c->owners[kind][i];
        c->gathered[kind].v[n++] = c->gathered[kind].v[i];
    }
    if (kind < PL_CE_COUNT)
        c->gathered[kind].n = n;
    return all - n;
}

/* Containers stay behind, with nobody to point at them. */
static size_t drop_workloads(pl_collecting *c, pl_cluster_list list, size_t object)
{
    size_t n = 0, n_edges = 0, all = c->n_candidates;

    for (size_t i = 0; i < all; i++)
        if (!is_of(&c->candidates[i].owner, list, object))
            c->candidates[n++] = c->candidates[i];
    c->n_candidates = n;
    for (size_t i = 0; i < c->n_edges; i++)
        if (!is_of(&c->edges[i].owner, list, object))
            c->edges[n_edges++] = c->edges[i];
    c->n_edges = n_edges;
    return all - n;
}

/* A secret is kept by the name of its object. */
static size_t drop_secrets(pl_collecting *c, size_t object)
{
    size_t n = 0, all = c->n_secrets;

    for (size_t i = 0; i < all; i++)
        if (object != PL_NO_OBJECT &&
            !pl_str_eq(c->secrets[i], c->named[PL_LIST_TOKEN_SECRETS].v[object]))
            c->secrets[n++] = c->secrets[i];
    c->n_secrets = n;
    return all - n;
}

static void drop(pl_collecting *c, pl_cluster_list list, size_t object)
{
    size_t n = drop_records(c, list, object);

    if (pl_collecting_kind(list) == PL_CE_WORKLOAD)
        n += drop_workloads(c, list, object);
    if (list == PL_LIST_TOKEN_SECRETS)
        n += drop_secrets(c, object);
    c->lists[list].n_items -= n < c->lists[list].n_items ? n : c->lists[list].n_items;
}

pl_rc pl_collecting_object(pl_collecting *c, pl_cluster_list list, pl_cluster_change change,
                           pl_str name, bool *ret_is_new, pl_err *err)
{
    pl_named *m = &c->named[list];

    *ret_is_new = true;
    for (size_t i = 0; change != PL_CLUSTER_LISTED && i < m->n; i++) {
        if (!name.n || !pl_str_eq(m->v[i], name))
            continue;
        drop(c, list, i);
        m->v[i] = (pl_str){"", 0};
        *ret_is_new = false;
    }
    c->of = (pl_owner){list, PL_NO_OBJECT};
    if (change == PL_CLUSTER_DELETED)
        return PL_OK;
    pl_str *to = pl_collecting_push(c, (void **)&m->v, &m->n, &m->room, sizeof(*to));
    if (!to)
        return pl_collecting_used_up(err);
    *to = name;
    c->of.object = m->n - 1;
    return PL_OK;
}

/* ---- the end of a list ---- */

void pl_collecting_forget(pl_collecting *c, pl_cluster_list list)
{
    pl_listing *l = &c->lists[list];

    drop(c, list, PL_NO_OBJECT);
    c->named[list].n = 0;
    l->n_items = 0;
    l->pages = 0;
    l->token = (pl_str){"", 0};
}

pl_rc pl_collecting_fail(pl_collecting *c, pl_cluster_list list, const char *reason, pl_str detail,
                         pl_err *err)
{
    pl_listing *l = &c->lists[list];
    const char *kinds = pl_collecting_kind(list) == PL_CE_WORKLOAD ? "container" : NULL;

    l->state = PL_LIST_FAILED;
    l->reason = reason;
    c->of = (pl_owner){list, PL_NO_OBJECT};
    pl_rc rc = pl_collecting_gap(c, pl_str_c(pl_cluster_list_of(list)->what), reason,
                                 pl_arena_str(c->arena, detail), kinds, err);
    return rc ? rc : pl_collecting_keep_unknown(c, list, reason, err);
}
