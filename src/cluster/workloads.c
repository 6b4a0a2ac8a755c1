/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which pods stand for what. The pods of a deployment are alike, so one of each revision is judged,
 * under the deployment's name; where no pod runs its template is. A pod that differs in what is
 * judged (somebody put a container into it, or made it by hand with that owner) is judged as well.
 */
#include "cluster/collect.h"

#include "engine/fields.h"

#include <stdlib.h>
#include <string.h>

enum { HOPS = 4 };

/* ---- what runs a pod in the end ---- */

static int by_from(const void *a, const void *b)
{
    return pl_str_cmp(((const pl_edge *)a)->from, ((const pl_edge *)b)->from);
}

static const pl_edge *edge_from(const pl_collecting *c, pl_str name)
{
    const pl_edge key = {.from = name};

    return c->n_edges ? bsearch(&key, c->edges, c->n_edges, sizeof(key), by_from) : NULL;
}

/* Without the list of replica sets the name says it: NAME-HASH, with the hash in the pod's label.
 */
static pl_str guess(pl_collecting *c, const pl_candidate *k, pl_str name)
{
    const pl_str set = PL_S("ReplicaSet/");
    pl_str rest = k->revision, revision;
    (void)pl_str_cut(&rest, ' ', &revision);
    size_t tail = revision.n + 1;

    if (!revision.n || !pl_str_starts(name, set) || name.n <= set.n + tail ||
        !pl_str_ends(name, revision) || name.p[name.n - tail] != '-')
        return name;
    return pl_collecting_text(c, "Deployment/%.*s",
                              PL_F(pl_str_sub(name, set.n, name.n - set.n - tail)));
}

static pl_str top_of(pl_collecting *c, const pl_candidate *k)
{
    pl_str name = k->runs_it;

    if (!name.n)
        return k->name;
    const pl_edge *e = edge_from(c, name);
    if (!e)
        return guess(c, k, name);
    for (int i = 0; e && i < HOPS; i++) {
        name = e->to;
        e = edge_from(c, name);
    }
    return name;
}

/* ---- which are judged ---- */

struct choice {
    const pl_candidate *k;
    pl_str top;
};

static bool is_pod(const pl_candidate *k)
{
    return pl_str_starts(k->name, PL_S("Pod/"));
}

static int by_top(const void *pa, const void *pb)
{
    const struct choice *a = pa, *b = pb;
    int order = pl_str_cmp(a->top, b->top);

    if (!order)
        order = (int)is_pod(b->k) - (int)is_pod(a->k);
    if (!order)
        order = pl_str_cmp(a->k->runs_it, b->k->runs_it);
    if (!order)
        order = pl_str_cmp(a->k->revision, b->k->revision);
    return order ? order : pl_str_cmp(a->k->name, b->k->name);
}

/* Whether it is represented by the one before it, in the order of by_top. */
static bool is_like(const struct choice *a, const struct choice *b)
{
    return pl_str_eq(a->top, b->top) &&
           (!is_pod(b->k) || pl_str_eq(a->k->name, b->k->name) ||
            (pl_str_eq(a->k->runs_it, b->k->runs_it) && pl_str_eq(a->k->revision, b->k->revision)));
}

static pl_rc used_up(pl_err *err)
{
    return pl_fail(err, PL_LIMIT, "the cluster is larger than one audit can hold");
}

static pl_rc add_container(pl_collecting *c, const pl_contained *from, pl_str owner, pl_str top,
                           pl_err *err)
{
    pl_cluster_facts *f = c->facts;
    size_t n = f->n_containers;
    pl_str name = pl_collecting_text(c, "%.*s/%.*s", PL_F(owner), PL_F(from->name));
    pl_subject *s = &f->containers[n];

    if (!name.n)
        return used_up(err);
    pl_set_str(from->rec, PL_F_CONTAINER_NAME, name);
    pl_set_str(from->rec, PL_F_CONTAINER_SERVICE,
               pl_collecting_text(c, "kubernetes:%.*s/%.*s", PL_F(top), PL_F(from->name)));
    *s = (pl_subject){.rec = from->rec,
                      .kind = PL_S("container"),
                      .name = name,
                      .key = pl_collecting_text(c, "%.*s/%.*s", PL_F(f->cluster.key), PL_F(name)),
                      .klass = pl_collecting_text(c, "%.*s/%.*s/%.*s", PL_F(f->cluster.klass),
                                                  PL_F(top), PL_F(from->name))};
    f->documents[n] = from->document;
    f->n_containers++;
    return s->key.n && s->klass.n ? PL_OK : used_up(err);
}

static pl_rc keep_workload(pl_collecting *c, const struct choice *choice, pl_str name, pl_err *err)
{
    pl_gathered *g = &c->gathered[PL_CE_WORKLOAD];
    pl_record **to = pl_collecting_push(c, (void **)&g->v, &g->n, &g->room, sizeof(pl_record *));
    const pl_candidate *k = choice->k;
    pl_rc rc = PL_OK;

    if (!to)
        return used_up(err);
    *to = k->rec;
    pl_set_str(k->rec, PL_F_WORKLOAD_NAME, name);
    for (size_t i = 0; !rc && i < k->n; i++) {
        if (c->facts->n_containers == PL_CLUSTER_CONTAINERS)
            return PL_OK;
        rc = add_container(c, &c->containers[k->first + i], name, choice->top, err);
    }
    return rc;
}

static pl_rc choose(pl_collecting *c, const struct choice *v, size_t n, pl_err *err)
{
    const struct choice *last = NULL;
    pl_rc rc = PL_OK;

    for (size_t i = 0; !rc && i < n; i++) {
        if (last && is_like(last, &v[i]))
            continue;
        bool is_second = last && pl_str_eq(last->top, v[i].top);
        pl_str name = v[i].top;
        if (is_second)
            name = pl_collecting_text(c, "%.*s (%.*s)", PL_F(v[i].top), PL_F(v[i].k->name));
        rc = keep_workload(c, &v[i], name, err);
        last = &v[i];
    }
    return rc;
}

pl_rc pl_collecting_workloads(pl_collecting *c, pl_err *err)
{
    PL_AUTO_FREE struct choice *v = calloc(c->n_candidates + 1, sizeof(*v));
    size_t room = c->n_containers < PL_CLUSTER_CONTAINERS ? c->n_containers : PL_CLUSTER_CONTAINERS;
    pl_cluster_facts *f = c->facts;

    f->containers = pl_arena_calloc(c->arena, room + 1, sizeof(*f->containers));
    f->documents = pl_arena_calloc(c->arena, room + 1, sizeof(*f->documents));
    if (!v || !f->containers || !f->documents)
        return used_up(err);
    if (c->n_edges)
        qsort(c->edges, c->n_edges, sizeof(*c->edges), by_from);
    for (size_t i = 0; i < c->n_candidates; i++)
        v[i] = (struct choice){&c->candidates[i], top_of(c, &c->candidates[i])};
    if (c->n_candidates)
        qsort(v, c->n_candidates, sizeof(*v), by_top);
    pl_rc rc = choose(c, v, c->n_candidates, err);
    if (!rc && f->n_containers == PL_CLUSTER_CONTAINERS)
        rc = pl_collecting_gap(c, PL_S("containers"), "limit:containers",
                               PL_S("more than one audit judges"), "container", err);
    return rc;
}
