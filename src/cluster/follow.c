/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What changed while the cluster was read. Each list was whole at a moment of its own; a watch from
 * there on brings all to the moment at which nothing more comes. A watch that says nothing for a
 * while is not waited for: it is the changes up to now that are wanted, not those to come.
 */
#include "cluster/collect.h"

enum { HTTP_OK = 200, HTTP_GONE = 410 };

void pl_collecting_followed(pl_collecting *c, pl_cluster_list list, pl_follow_state state,
                            const char *reason, pl_str detail)
{
    c->lists[list].follow =
        (pl_follow){.state = state, .reason = reason, .detail = pl_arena_str(c->arena, detail)};
}

void pl_collecting_judge_watch(pl_collecting *c, const pl_cluster_question *q, bool *ret_take)
{
    bool is_gone = q->rc ? q->rc == PL_LIMIT : q->status == HTTP_GONE;
    pl_follow_state state = is_gone ? PL_FOLLOW_AGAIN : PL_FOLLOW_FAILED;

    *ret_take = !q->rc && q->status == HTTP_OK;
    if (*ret_take)
        return;
    if (q->rc)
        pl_collecting_followed(c, q->list, state, pl_rc_reason(q->rc),
                               (pl_str){q->err.text, q->err.len});
    else
        pl_collecting_followed(
            c, q->list, state, pl_collecting_reason(q->status),
            pl_collecting_text(c, "HTTP status %d when asked for changes", q->status));
}

static pl_rc follow_all(pl_collecting *c, pl_err *err)
{
    pl_cluster_question v[PL_CLUSTER_AT_ONCE];
    pl_rc rc = PL_OK;
    size_t n = 0;

    for (uint32_t i = 0; !rc && i < PL_LIST_COUNT; i++) {
        pl_cluster_list list = (pl_cluster_list)i;
        bool is_asked = pl_collecting_is_open(c, i) && !pl_cluster_list_of(i)->is_single;
        if (is_asked && !c->lists[i].version.n)
            pl_collecting_followed(c, list, PL_FOLLOW_FAILED, "unsupported",
                                   PL_S("the list says no resourceVersion"));
        else if (is_asked && pl_mono_ns(c->clock) > c->end_ns)
            pl_collecting_followed(c, list, PL_FOLLOW_FAILED, "timeout",
                                   PL_S("reading the lists took too long"));
        else if (is_asked)
            v[n++] =
                (pl_cluster_question){.list = list, .is_watch = true, .token = c->lists[i].version};
        if (n && (n == PL_COUNT(v) || i + 1 == PL_LIST_COUNT)) {
            rc = pl_collecting_ask_some(c, v, n, err);
            n = 0;
        }
    }
    return rc;
}

/* True: there are lists to be read again. */
static bool begin_again(pl_collecting *c)
{
    bool has_some = false;

    for (size_t i = 0; i < PL_LIST_COUNT; i++) {
        pl_listing *l = &c->lists[i];
        if (l->state != PL_LIST_WHOLE || l->follow.state != PL_FOLLOW_AGAIN)
            continue;
        pl_collecting_forget(c, (pl_cluster_list)i);
        l->state = PL_LIST_OPEN;
        l->follow = (pl_follow){0};
        has_some = true;
    }
    return has_some;
}

/* ---- gaps ---- */

static bool is_failed(const pl_listing *l)
{
    return l->state == PL_LIST_WHOLE && !l->follow.is_told &&
           (l->follow.state == PL_FOLLOW_AGAIN || l->follow.state == PL_FOLLOW_FAILED);
}

/* One gap for all lists that failed alike: a right that is missing is missing for all. */
static pl_rc tell_alike(pl_collecting *c, size_t first, pl_err *err)
{
    const pl_follow *f = &c->lists[first].follow;
    const char *between = "changes of ";
    PL_AUTO_BUF pl_buf what = {0};

    for (size_t i = first; i < PL_LIST_COUNT; i++) {
        pl_listing *l = &c->lists[i];
        if (!is_failed(l) || l->follow.reason != f->reason ||
            !pl_str_eq(l->follow.detail, f->detail))
            continue;
        pl_buf_c(&what, between);
        pl_buf_c(&what, pl_cluster_list_of((uint32_t)i)->what);
        between = ", ";
        l->follow.is_told = true;
    }
    return pl_buf_ok(&what)
               ? pl_collecting_gap(c, pl_buf_view(&what), f->reason, f->detail, NULL, err)
               : pl_fail(err, PL_NOMEM, "gap");
}

static pl_rc tell(pl_collecting *c, pl_err *err)
{
    pl_rc rc = PL_OK;

    for (size_t i = 0; !rc && i < PL_LIST_COUNT; i++)
        if (is_failed(&c->lists[i]))
            rc = tell_alike(c, i, err);
    return rc;
}

pl_rc pl_collecting_follow(pl_collecting *c, pl_err *err)
{
    pl_rc rc = PL_OK;

    for (unsigned i = 0; !rc && i < PL_CLUSTER_FOLLOWS; i++) {
        c->is_following = true;
        rc = follow_all(c, err);
        c->is_following = false;
        if (rc || i + 1 == PL_CLUSTER_FOLLOWS || !begin_again(c))
            break;
        rc = pl_collecting_ask(c, err);
    }
    return rc ? rc : tell(c, err);
}
