/* SPDX-License-Identifier: Apache-2.0 */
/* The parent's side of the worker: frames into what is gathered. */
#include "cluster/collect.h"

#include "cluster/worker.h"
#include "core/rd.h"
#include "engine/fields.h"
#include "model/wire.h"

#include <string.h>

static pl_rc lied(pl_err *err)
{
    return pl_fail(err, PL_WORKER, "the worker sent a malformed frame");
}

/* ---- objects ---- */

/* Whose name comes in front of what is of it. */
static bool is_of_object(const pl_collecting *c, pl_cluster_list list)
{
    return c->of.list == list && c->of.object != PL_NO_OBJECT;
}

static pl_rc take_object(pl_collecting *c, pl_cluster_list list, pl_rd *in, pl_err *err)
{
    uint32_t change = pl_rd_u32le(in);
    pl_str name = pl_arena_str(c->arena, pl_rd_lstr(in));
    pl_follow *f = &c->lists[list].follow;
    bool is_new = false;

    if (!pl_rd_done(in) || change >= PL_CLUSTER_CHANGE_COUNT ||
        c->is_following == (change == PL_CLUSTER_LISTED))
        return lied(err);
    if (!name.p)
        return pl_collecting_used_up(err);
    pl_rc rc = pl_collecting_object(c, list, (pl_cluster_change)change, name, &is_new, err);
    if (!rc && change == PL_CLUSTER_DELETED && is_new && !f->stranger.n)
        f->stranger = name;
    return rc;
}

/* ---- elements ---- */

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
    pl_cluster_element kind = pl_collecting_kind(list);
    pl_record *r = NULL;

    if (kind == PL_CE_COUNT || kind == PL_CE_WORKLOAD || !is_of_object(c, list))
        return lied(err);
    if (is_over(c, list))
        return PL_OK;
    pl_rc rc = decode(c, pl_cluster_element_kind(kind), in, &r, err);
    return rc ? rc : pl_collecting_keep(c, list, r, err);
}

/* ---- workloads ---- */

static pl_rc take_workload(pl_collecting *c, pl_cluster_list list, pl_rd *in, pl_err *err)
{
    pl_str runs_it = pl_arena_str(c->arena, pl_rd_lstr(in));
    pl_str revision = pl_arena_str(c->arena, pl_rd_lstr(in));
    pl_record *r = NULL;

    if (pl_collecting_kind(list) != PL_CE_WORKLOAD || !is_of_object(c, list))
        return lied(err);
    (void)is_over(c, list);
    pl_rc rc = decode(c, pl_cluster_element_kind(PL_CE_WORKLOAD), in, &r, err);
    if (rc)
        return rc;
    pl_candidate *to = PL_COLLECTING_PUSH(c, candidates);
    if (!to || !runs_it.p || !revision.p)
        return pl_collecting_used_up(err);
    const pl_value *name = pl_get(r, PL_F_WORKLOAD_NAME);
    if (name->state != PL_PRESENT)
        return lied(err);
    *to = (pl_candidate){.rec = r,
                         .owner = c->of,
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

    if (!is_of_object(c, list) || !c->n_candidates ||
        c->candidates[c->n_candidates - 1].owner.list != list ||
        c->candidates[c->n_candidates - 1].owner.object != c->of.object)
        return lied(err);
    pl_rc rc = decode(c, &pl_kind_container, in, &r, err);
    if (rc)
        return rc;
    pl_contained *to = PL_COLLECTING_PUSH(c, containers);
    if (!to || !name.p || !document.p)
        return pl_collecting_used_up(err);
    *to = (pl_contained){.name = name, .document = document, .rec = r};
    c->candidates[c->n_candidates - 1].n++;
    return PL_OK;
}

static pl_rc take_edge(pl_collecting *c, pl_cluster_list list, pl_rd *in, pl_err *err)
{
    pl_str from = pl_arena_str(c->arena, pl_rd_lstr(in)),
           to = pl_arena_str(c->arena, pl_rd_lstr(in));
    pl_edge *e = PL_COLLECTING_PUSH(c, edges);

    if (!pl_rd_done(in) || !is_of_object(c, list))
        return lied(err);
    if (!e || !from.p || !to.p)
        return pl_collecting_used_up(err);
    *e = (pl_edge){.from = from, .to = to, .owner = c->of};
    return PL_OK;
}

/* ---- the rest ---- */

static pl_rc take_name(pl_collecting *c, pl_cluster_list list, pl_rd *in, pl_err *err)
{
    pl_str name = pl_arena_str(c->arena, pl_rd_lstr(in));

    if (!pl_rd_done(in))
        return lied(err);
    if (!name.p)
        return pl_collecting_used_up(err);
    if (list == PL_LIST_VERSION) {
        pl_set_str(c->cluster, PL_F_CLUSTER_VERSION, name);
        return PL_OK;
    }
    if (list != PL_LIST_TOKEN_SECRETS || !is_of_object(c, list))
        return lied(err);
    if (is_over(c, list))
        return PL_OK;
    pl_str *to = PL_COLLECTING_PUSH(c, secrets);
    if (!to)
        return pl_collecting_used_up(err);
    *to = name;
    return PL_OK;
}

static pl_rc take_gap(pl_collecting *c, pl_cluster_list list, pl_rd *in, pl_err *err)
{
    pl_str what = pl_rd_lstr(in), detail = pl_rd_lstr(in);
    const char *kinds =
        pl_collecting_kind(list) == PL_CE_WORKLOAD ? "cluster container" : "cluster";

    if (!pl_rd_done(in))
        return lied(err);
    pl_rc rc = pl_collecting_gap(c,
                                 pl_collecting_text(c, "%s: %.*s", pl_cluster_list_of(list)->what,
                                                    PL_F(pl_str_sub(what, 0, 300))),
                                 "unreadable", pl_arena_str(c->arena, detail), kinds, err);
    /* None of its list is said to be good, for this one may be bad. */
    return rc ? rc : pl_collecting_keep_unknown(c, list, "unreadable", err);
}

static pl_rc take_page(pl_collecting *c, pl_cluster_list list, pl_rd *in, pl_err *err)
{
    pl_listing *l = &c->lists[list];
    uint32_t rc = pl_rd_u32le(in);
    pl_str text = pl_rd_lstr(in);
    pl_str token = pl_arena_str(c->arena, pl_rd_lstr(in));
    pl_str version = pl_arena_str(c->arena, pl_rd_lstr(in));

    c->of.object = PL_NO_OBJECT;
    if (!pl_rd_done(in) || c->is_following ||
        (rc != PL_OK && rc != PL_FORMAT && rc != PL_LIMIT && rc != PL_UNSUPPORTED))
        return lied(err);
    if (!token.p || !version.p)
        return pl_collecting_used_up(err);
    if (rc)
        return pl_collecting_fail(c, list, pl_rc_reason((pl_rc)rc), text, err);
    if (l->n_items > PL_CLUSTER_ITEMS)
        return pl_collecting_fail(c, list, "limit:items", PL_S("more than one audit keeps"), err);
    /* What changed while the other pages came is told, too. */
    if (!l->pages++)
        l->version = version;
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

static pl_rc take_watched(pl_collecting *c, pl_cluster_list list, pl_rd *in, pl_err *err)
{
    pl_listing *l = &c->lists[list];
    uint32_t rc = pl_rd_u32le(in);
    pl_str text = pl_rd_lstr(in);
    bool is_gone = pl_rd_u32le(in);
    pl_rc code = (pl_rc)rc;

    c->of.object = PL_NO_OBJECT;
    if (!pl_rd_done(in) || !c->is_following ||
        (rc != PL_OK && rc != PL_FORMAT && rc != PL_LIMIT && rc != PL_UNSUPPORTED))
        return lied(err);
    if (l->n_items > PL_CLUSTER_ITEMS)
        return pl_collecting_fail(c, list, "limit:items", PL_S("more than one audit keeps"), err);
    if (is_gone || code == PL_LIMIT)
        pl_collecting_followed(c, list, PL_FOLLOW_AGAIN, is_gone ? "unreadable" : "limit:events",
                               text);
    else if (rc)
        pl_collecting_followed(c, list, PL_FOLLOW_FAILED, pl_rc_reason(code), text);
    else if (l->follow.stranger.n)
        pl_collecting_followed(c, list, PL_FOLLOW_FAILED, "unreadable",
                               pl_collecting_text(c,
                                                  "the server deletes %.*s, which it had not "
                                                  "listed",
                                                  PL_F(pl_str_sub(l->follow.stranger, 0, 300))));
    else
        pl_collecting_followed(c, list, PL_FOLLOW_DONE, NULL, PL_S(""));
    return PL_OK;
}

static pl_rc take_frame(uint32_t type, pl_str payload, void *arg, pl_err *err)
{
    pl_collecting *c = arg;
    pl_rd in = pl_rd_of(payload.p, payload.n);
    uint32_t number = pl_rd_u32le(&in);

    if (!pl_rd_ok(&in) || !pl_collecting_is_open(c, number))
        return lied(err);
    pl_cluster_list list = (pl_cluster_list)number;
    switch (type) {
    case PL_CLUSTER_FRAME_OBJECT:
        return take_object(c, list, &in, err);
    case PL_CLUSTER_FRAME_RECORD:
        return take_record(c, list, &in, err);
    case PL_CLUSTER_FRAME_WORKLOAD:
        return take_workload(c, list, &in, err);
    case PL_CLUSTER_FRAME_CONTAINER:
        return take_container(c, list, &in, err);
    case PL_CLUSTER_FRAME_EDGE:
        return take_edge(c, list, &in, err);
    case PL_CLUSTER_FRAME_NAME:
        return take_name(c, list, &in, err);
    case PL_CLUSTER_FRAME_GAP:
        return take_gap(c, list, &in, err);
    case PL_CLUSTER_FRAME_PAGE:
        return take_page(c, list, &in, err);
    case PL_CLUSTER_FRAME_WATCHED:
        return take_watched(c, list, &in, err);
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
