/* SPDX-License-Identifier: Apache-2.0 */
/* The parent's side of the worker: frames into what is gathered. */
#include "cluster/collect.h"

#include "cluster/worker.h"
#include "core/rd.h"
#include "engine/fields.h"
#include "model/wire.h"

#include <string.h>

/* Of which kind the elements of a list are; PL_CE_COUNT: of none. */
static pl_cluster_element kind_of(pl_cluster_list list)
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

static pl_rc used_up(pl_err *err)
{
    return pl_fail(err, PL_LIMIT, "the cluster is larger than one audit can hold");
}

static pl_rc lied(pl_err *err)
{
    return pl_fail(err, PL_WORKER, "the worker sent a malformed frame");
}

/* ---- elements ---- */

static pl_rc keep(pl_collecting *c, pl_cluster_list list, pl_record *r, pl_err *err)
{
    pl_cluster_element kind = kind_of(list);
    pl_gathered *g = &c->gathered[kind];
    size_t n = g->n, n_owners = g->n;
    pl_record **to = pl_collecting_push(c, (void **)&g->v, &n, &g->room, sizeof(pl_record *));
    pl_cluster_list *owner = pl_collecting_push(c, (void **)&c->owners[kind], &n_owners,
                                                &c->room_owners[kind], sizeof(*owner));

    if (!to || !owner)
        return used_up(err);
    *to = r;
    *owner = list;
    g->n = n;
    return PL_OK;
}

/* True: the list is full, which ends it. */
static bool is_over(pl_collecting *c, pl_cluster_list list)
{
    return c->lists[list].n_items++ >= PL_CLUSTER_ITEMS;
}

static pl_rc decode(pl_collecting *c, const pl_kind *kind, pl_rd *in, pl_record **ret, pl_err *err)
{
    pl_rc rc = pl_record_decode(c->schema, c->arena, in, ret, err);

    return rc || ((*ret)->kind == kind && pl_rd_done(in)) ? rc : lied(err);
}

static pl_rc take_record(pl_collecting *c, pl_cluster_list list, pl_rd *in, pl_err *err)
{
    pl_cluster_element kind = kind_of(list);
    pl_record *r = NULL;

    if (kind == PL_CE_COUNT || kind == PL_CE_WORKLOAD)
        return lied(err);
    if (is_over(c, list))
        return PL_OK;
    pl_rc rc = decode(c, pl_cluster_element_kind(kind), in, &r, err);
    return rc ? rc : keep(c, list, r, err);
}

/* ---- workloads ---- */

static pl_rc take_workload(pl_collecting *c, pl_cluster_list list, pl_rd *in, pl_err *err)
{
    pl_str runs_it = pl_arena_str(c->arena, pl_rd_lstr(in));
    pl_str revision = pl_arena_str(c->arena, pl_rd_lstr(in));
    pl_record *r = NULL;

    if (kind_of(list) != PL_CE_WORKLOAD)
        return lied(err);
    (void)is_over(c, list);
    pl_rc rc = decode(c, pl_cluster_element_kind(PL_CE_WORKLOAD), in, &r, err);
    if (rc)
        return rc;
    pl_candidate *to = PL_COLLECTING_PUSH(c, candidates);
    if (!to || !runs_it.p || !revision.p)
        return used_up(err);
    const pl_value *name = pl_get(r, PL_F_WORKLOAD_NAME);
    if (name->state != PL_PRESENT)
        return lied(err);
    *to = (pl_candidate){.rec = r,
                         .name = name->u.s,
                         .runs_it = runs_it,
                         .revision = revision,
                         .first = c->n_containers};
    return PL_OK;
}

static pl_rc take_container(pl_collecting *c, pl_cluster_list list, pl_rd *in, pl_err *err)
{
    pl_str name = pl_arena_str(c->arena, pl_rd_lstr(in));
    pl_str document = pl_arena_str(c->arena, pl_rd_lstr(in));
    pl_record *r = NULL;

    if (kind_of(list) != PL_CE_WORKLOAD || !c->n_candidates)
        return lied(err);
    pl_rc rc = decode(c, &pl_kind_container, in, &r, err);
    if (rc)
        return rc;
    pl_contained *to = PL_COLLECTING_PUSH(c, containers);
    if (!to || !name.p || !document.p)
        return used_up(err);
    *to = (pl_contained){.name = name, .document = document, .rec = r};
    c->candidates[c->n_candidates - 1].n++;
    return PL_OK;
}

static pl_rc take_edge(pl_collecting *c, pl_rd *in, pl_err *err)
{
    pl_str from = pl_arena_str(c->arena, pl_rd_lstr(in)),
           to = pl_arena_str(c->arena, pl_rd_lstr(in));
    pl_edge *e = PL_COLLECTING_PUSH(c, edges);

    if (!pl_rd_done(in))
        return lied(err);
    if (!e || !from.p || !to.p)
        return used_up(err);
    *e = (pl_edge){from, to};
    return PL_OK;
}

/* ---- the rest ---- */

static pl_rc take_name(pl_collecting *c, pl_cluster_list list, pl_rd *in, pl_err *err)
{
    pl_str name = pl_arena_str(c->arena, pl_rd_lstr(in));

    if (!pl_rd_done(in))
        return lied(err);
    if (!name.p)
        return used_up(err);
    if (list == PL_LIST_VERSION) {
        pl_set_str(c->cluster, PL_F_CLUSTER_VERSION, name);
        return PL_OK;
    }
    if (list != PL_LIST_TOKEN_SECRETS)
        return lied(err);
    if (is_over(c, list))
        return PL_OK;
    pl_str *to = PL_COLLECTING_PUSH(c, secrets);
    if (!to)
        return used_up(err);
    *to = name;
    return PL_OK;
}

static pl_rc keep_unknown(pl_collecting *c, pl_cluster_list list, const char *reason, pl_err *err)
{
    pl_cluster_element kind = kind_of(list);
    pl_record *r =
        kind < PL_CE_COUNT ? pl_record_new(c->arena, pl_cluster_element_kind(kind)) : NULL;

    if (kind == PL_CE_COUNT)
        return PL_OK;
    if (!r)
        return used_up(err);
    for (size_t i = 0; i < r->kind->n; i++)
        pl_set_unreadable(r, (int)i, reason);
    return keep(c, list, r, err);
}

static pl_rc take_gap(pl_collecting *c, pl_cluster_list list, pl_rd *in, pl_err *err)
{
    pl_str what = pl_rd_lstr(in), detail = pl_rd_lstr(in);
    const char *kinds = kind_of(list) == PL_CE_WORKLOAD ? "cluster container" : "cluster";

    if (!pl_rd_done(in))
        return lied(err);
    pl_rc rc = pl_collecting_gap(c,
                                 pl_collecting_text(c, "%s: %.*s", pl_cluster_list_of(list)->what,
                                                    PL_F(pl_str_sub(what, 0, 300))),
                                 "unreadable", pl_arena_str(c->arena, detail), kinds, err);
    /* None of its list is said to be good, for this one may be bad. */
    return rc ? rc : keep_unknown(c, list, "unreadable", err);
}

static pl_rc take_page(pl_collecting *c, pl_cluster_list list, pl_rd *in, pl_err *err)
{
    pl_listing *l = &c->lists[list];
    uint32_t rc = pl_rd_u32le(in);
    pl_str text = pl_rd_lstr(in);
    pl_str token = pl_arena_str(c->arena, pl_rd_lstr(in));

    if (!pl_rd_done(in) ||
        (rc != PL_OK && rc != PL_FORMAT && rc != PL_LIMIT && rc != PL_UNSUPPORTED))
        return lied(err);
    if (!token.p)
        return used_up(err);
    if (rc)
        return pl_collecting_fail(c, list, pl_rc_reason((pl_rc)rc), text, err);
    if (l->n_items > PL_CLUSTER_ITEMS)
        return pl_collecting_fail(c, list, "limit:items", PL_S("more than one audit keeps"), err);
    l->pages++;
    l->tries = 0;
    /* A server that hands out the same token again would never end. */
    bool is_stuck = token.n && pl_str_eq(token, l->token);
    l->token = token;
    if (!token.n)
        l->state = PL_LIST_WHOLE;
    else if (is_stuck || l->pages >= PL_CLUSTER_PAGES)
        return pl_collecting_fail(c, list, "limit:pages", PL_S("the list does not end"), err);
    return PL_OK;
}

static pl_rc take_frame(uint32_t type, pl_str payload, void *arg, pl_err *err)
{
    pl_collecting *c = arg;
    pl_rd in = pl_rd_of(payload.p, payload.n);
    uint32_t number = pl_rd_u32le(&in);

    if (!pl_rd_ok(&in) || number >= PL_LIST_COUNT || c->lists[number].state != PL_LIST_OPEN)
        return lied(err);
    pl_cluster_list list = (pl_cluster_list)number;
    switch (type) {
    case PL_CLUSTER_FRAME_RECORD:
        return take_record(c, list, &in, err);
    case PL_CLUSTER_FRAME_WORKLOAD:
        return take_workload(c, list, &in, err);
    case PL_CLUSTER_FRAME_CONTAINER:
        return take_container(c, list, &in, err);
    case PL_CLUSTER_FRAME_EDGE:
        return take_edge(c, &in, err);
    case PL_CLUSTER_FRAME_NAME:
        return take_name(c, list, &in, err);
    case PL_CLUSTER_FRAME_GAP:
        return take_gap(c, list, &in, err);
    case PL_CLUSTER_FRAME_PAGE:
        return take_page(c, list, &in, err);
    default:
        return lied(err);
    }
}

pl_rc pl_collecting_read(pl_collecting *c, pl_str pages, pl_err *err)
{
    PL_AUTO_BUF pl_buf args = {0};
    PL_AUTO_FD int extra = -1;

    pl_buf_u32le(&args, PL_CLUSTER_JOB_PAGES);
    pl_buf_u32le(&args, sizeof(uint64_t));
    pl_buf_u64le(&args, (uint64_t)pl_now_us(c->clock));
    pl_buf_str(&args, c->where->redact_key);
    if (!pl_buf_ok(&args))
        return pl_fail(err, PL_NOMEM, "pages");
    pl_rc rc = pl_jail_memfd(c->where->worker_bytes, &extra, err);
    if (!rc)
        rc = pl_jail_run_bytes(&(pl_jail_job){.kind = c->where->worker,
                                              .args = pl_buf_view(&args),
                                              .fds = &extra,
                                              .n_fds = 1,
                                              .limits = &pl_jail_document,
                                              .frame = take_frame,
                                              .frame_arg = c},
                               pages, err);
    if (args.p)
        explicit_bzero(args.p, args.n);
    return rc;
}

/* ---- the end of a list ---- */

void pl_collecting_forget(pl_collecting *c, pl_cluster_list list)
{
    pl_cluster_element kind = kind_of(list);
    pl_listing *l = &c->lists[list];
    size_t n = 0;

    for (size_t i = 0; kind < PL_CE_COUNT && i < c->gathered[kind].n; i++) {
        if (c->owners[kind][i] == list)
            continue;
        c->owners[kind][n] = c->owners[kind][i];
        c->gathered[kind].v[n++] = c->gathered[kind].v[i];
    }
    if (kind < PL_CE_COUNT)
        c->gathered[kind].n = n;
    if (list == PL_LIST_TOKEN_SECRETS)
        c->n_secrets = 0;
    /* Pods that come again are told apart by their names. */
    l->n_items = 0;
    l->pages = 0;
    l->token = (pl_str){"", 0};
}

pl_rc pl_collecting_fail(pl_collecting *c, pl_cluster_list list, const char *reason, pl_str detail,
                         pl_err *err)
{
    pl_listing *l = &c->lists[list];
    const char *kinds = kind_of(list) == PL_CE_WORKLOAD ? "container" : NULL;

    l->state = PL_LIST_FAILED;
    l->reason = reason;
    pl_rc rc = pl_collecting_gap(c, pl_str_c(pl_cluster_list_of(list)->what), reason,
                                 pl_arena_str(c->arena, detail), kinds, err);
    return rc ? rc : keep_unknown(c, list, reason, err);
}
