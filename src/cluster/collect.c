/* SPDX-License-Identifier: Apache-2.0 */
/* Page by page: the client asks, the worker reads, until every list is whole or given up. */
#include "cluster/collect.h"

#include "cluster/worker.h"
#include "core/rd.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    HTTP_OK = 200,
    HTTP_UNAUTHORIZED = 401,
    HTTP_FORBIDDEN = 403,
    HTTP_NOT_FOUND = 404,
    HTTP_GONE = 410,
    HTTP_TOO_MANY = 429,
    NS_PER_MS = 1000000,
    MS_PER_S = 1000,
};

/* ---- what is shared ---- */

void *pl_collecting_push(pl_collecting *c, void **array, size_t *n, size_t *room, size_t size)
{
    if (*n == *room) {
        size_t more = *room ? *room * 2 : 32;
        void *p = pl_arena_calloc(c->arena, more, size);
        if (!p)
            return NULL;
        if (*n)
            memcpy(p, *array, *n * size);
        *array = p;
        *room = more;
    }
    return (char *)*array + size * (*n)++;
}

pl_str pl_collecting_text(pl_collecting *c, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    pl_str text = pl_arena_vtext(c->arena, fmt, args);
    va_end(args);
    return text;
}

pl_rc pl_collecting_gap(pl_collecting *c, pl_str what, const char *reason, pl_str detail,
                        const char *kinds, pl_err *err)
{
    pl_cluster_facts *f = c->facts;
    pl_cluster_gap *to =
        pl_collecting_push(c, (void **)&f->gaps, &f->n_gaps, &f->room_gaps, sizeof(*f->gaps));

    if (!to || !detail.p)
        return pl_fail(err, PL_LIMIT, "gaps of the cluster");
    *to = (pl_cluster_gap){
        .what = pl_collecting_text(c, "%.*s: %.*s", PL_F(c->where->access->server), PL_F(what)),
        .reason = reason,
        .detail = detail,
        .kinds = kinds};
    return PL_OK;
}

/* ---- what an answer means ---- */

static bool is_passing(int status)
{
    return status == HTTP_TOO_MANY || status == 500 || status == 502 || status == 503 ||
           status == 504;
}

const char *pl_collecting_reason(int status)
{
    switch (status) {
    case HTTP_UNAUTHORIZED:
    case HTTP_FORBIDDEN:
        return "denied";
    case HTTP_NOT_FOUND:
        return "unsupported";
    default:
        return "unreadable";
    }
}

static pl_rc give_up(pl_collecting *c, const pl_cluster_question *q, pl_err *err)
{
    pl_str said = pl_str_trim(pl_buf_view(&q->body));
    pl_str detail = pl_collecting_text(c, "HTTP status %d: %.*s", q->status, PL_F(said));

    return pl_collecting_fail(c, q->list, pl_collecting_reason(q->status), detail, err);
}

/* The server's pause, or ours, which doubles; false: it was asked often enough. */
static bool may_wait(pl_listing *l, const pl_cluster_question *q)
{
    uint64_t ms = (uint64_t)PL_CLUSTER_PAUSE_MS << l->tries;

    if (q->retry_after)
        ms = q->retry_after < PL_CLUSTER_PAUSE_MAX_MS ? q->retry_after * MS_PER_S
                                                      : PL_CLUSTER_PAUSE_MAX_MS + 1;
    l->wait_ms = (unsigned)ms;
    return ++l->tries < PL_CLUSTER_TRIES && ms <= PL_CLUSTER_PAUSE_MAX_MS;
}

/* The page has expired: the list has changed too much, and begins again. */
static bool may_restart(pl_collecting *c, const pl_cluster_question *q)
{
    pl_listing *l = &c->lists[q->list];

    if (!l->token.n || ++l->restarts > PL_CLUSTER_RESTARTS)
        return false;
    pl_collecting_forget(c, q->list);
    return true;
}

static pl_rc put_body(const pl_cluster_question *q, pl_buf *batch, pl_err *err)
{
    pl_buf_u32le(batch, q->list);
    pl_buf_ch(batch, q->is_watch ? 1 : 0);
    pl_buf_lstr(batch, pl_buf_view(&q->body));
    return pl_buf_ok(batch) ? PL_OK : pl_fail(err, PL_NOMEM, "pages");
}

/* Pages that came whole go into the batch. */
static pl_rc judge(pl_collecting *c, const pl_cluster_question *q, pl_buf *batch, pl_err *err)
{
    pl_listing *l = &c->lists[q->list];

    l->wait_ms = 0;
    if (q->rc)
        return pl_collecting_fail(c, q->list, pl_rc_reason(q->rc),
                                  (pl_str){q->err.text, q->err.len}, err);
    if (q->status == HTTP_OK)
        return put_body(q, batch, err);
    if (q->status == HTTP_GONE && may_restart(c, q))
        return PL_OK;
    if (is_passing(q->status) && may_wait(l, q))
        return PL_OK;
    return give_up(c, q, err);
}

static pl_rc judge_any(pl_collecting *c, const pl_cluster_question *q, pl_buf *batch, pl_err *err)
{
    bool has_events = false;

    if (!q->is_watch)
        return judge(c, q, batch, err);
    pl_collecting_judge_watch(c, q, &has_events);
    return has_events ? put_body(q, batch, err) : PL_OK;
}

/* ---- rounds ---- */

bool pl_collecting_is_open(const pl_collecting *c, uint32_t list)
{
    const pl_listing *l = list < PL_LIST_COUNT ? &c->lists[list] : NULL;

    if (!l || !c->is_following)
        return l && l->state == PL_LIST_OPEN;
    return l->state == PL_LIST_WHOLE && l->follow.state == PL_FOLLOW_OPEN;
}

/* A worker that fails over pages fails those lists. */
static pl_rc read_batch(pl_collecting *c, const pl_buf *batch, pl_err *err)
{
    pl_err why = {0};
    pl_rd in = pl_rd_of(batch->p, batch->n);

    if (!batch->p || !batch->n)
        return PL_OK;
    pl_rc rc = pl_collecting_read(c, pl_buf_view(batch), &why);
    if (!rc)
        return PL_OK;
    if (rc == PL_NOMEM || rc == PL_USAGE) {
        if (err)
            *err = why;
        return rc;
    }
    rc = PL_OK;
    while (!rc && in.n) {
        uint32_t list = pl_rd_u32le(&in);
        (void)pl_rd_u8(&in);
        (void)pl_rd_lstr(&in);
        if (!pl_collecting_is_open(c, list))
            continue;
        rc = pl_collecting_fail(c, (pl_cluster_list)list, pl_rc_reason(why.rc),
                                (pl_str){why.text, why.len}, err);
    }
    return rc;
}

pl_rc pl_collecting_ask_some(pl_collecting *c, pl_cluster_question *v, size_t n, pl_err *err)
{
    PL_AUTO_BUF pl_buf batch = {.max = PL_CLUSTER_BATCH_BYTES + PL_CLUSTER_PAGE_BYTES};
    pl_rc rc = PL_OK;

    pl_cluster_get(c->client, v, n);
    for (size_t i = 0; !rc && i < n; i++) {
        rc = judge_any(c, &v[i], &batch, err);
        if (!rc && (batch.n >= PL_CLUSTER_BATCH_BYTES || i + 1 == n)) {
            rc = read_batch(c, &batch, err);
            pl_buf_reset(&batch);
        }
    }
    for (size_t i = 0; i < n; i++)
        pl_cluster_question_done(&v[i]);
    return rc;
}

/* Lists that are due; *ret_wait_ms: the shortest pause of those that are not. */
static size_t pick(const pl_collecting *c, pl_cluster_question *v, size_t max,
                   unsigned *ret_wait_ms)
{
    size_t n = 0;

    *ret_wait_ms = 0;
    for (size_t i = 0; i < PL_LIST_COUNT; i++) {
        const pl_listing *l = &c->lists[i];
        if (l->state != PL_LIST_OPEN)
            continue;
        if (l->wait_ms && (!*ret_wait_ms || l->wait_ms < *ret_wait_ms))
            *ret_wait_ms = l->wait_ms;
        if (!l->wait_ms && n < max)
            v[n++] = (pl_cluster_question){.list = (pl_cluster_list)i, .token = l->token};
    }
    return n;
}

static pl_rc pause_for(pl_collecting *c, unsigned ms, pl_err *err)
{
    const struct timespec t = {.tv_sec = ms / MS_PER_S,
                               .tv_nsec = (long)(ms % MS_PER_S) * NS_PER_MS};
    bool may = c->waited_ms + ms <= PL_CLUSTER_WAIT_MS;
    pl_rc rc = PL_OK;

    if (may) {
        c->waited_ms += ms;
        (void)nanosleep(&t, NULL);
    }
    for (size_t i = 0; !rc && i < PL_LIST_COUNT; i++) {
        pl_listing *l = &c->lists[i];
        if (l->state != PL_LIST_OPEN || !l->wait_ms)
            continue;
        l->wait_ms -= l->wait_ms < ms ? l->wait_ms : ms;
        if (!may)
            rc = pl_collecting_fail(c, (pl_cluster_list)i, "timeout",
                                    PL_S("the server asks for too many pauses"), err);
    }
    return rc;
}

static pl_rc stop_all(pl_collecting *c, pl_err *err)
{
    pl_rc rc = PL_OK;

    for (size_t i = 0; !rc && i < PL_LIST_COUNT; i++)
        if (c->lists[i].state == PL_LIST_OPEN)
            rc = pl_collecting_fail(c, (pl_cluster_list)i, "timeout",
                                    PL_S("all lists together take too long"), err);
    return rc;
}

pl_rc pl_collecting_ask(pl_collecting *c, pl_err *err)
{
    pl_cluster_question v[PL_CLUSTER_PAGES_AT_ONCE];
    pl_rc rc = PL_OK;

    while (!rc) {
        if (pl_mono_ns(c->clock) > c->end_ns)
            return stop_all(c, err);
        unsigned wait_ms = 0;
        size_t n = pick(c, v, PL_COUNT(v), &wait_ms);
        if (n)
            rc = pl_collecting_ask_some(c, v, n, err);
        else if (wait_ms)
            rc = pause_for(c, wait_ms, err);
        else
            break;
    }
    return rc;
}

/* The first word: who does not answer it is not asked for lists, and nor is who does not know us.
 */
static pl_rc greet(pl_collecting *c, pl_err *err)
{
    pl_cluster_question q = {.list = PL_LIST_VERSION, .token = {"", 0}};
    PL_AUTO_BUF pl_buf batch = {.max = PL_CLUSTER_PAGE_BYTES + 4096};

    pl_cluster_get(c->client, &q, 1);
    pl_rc rc = q.rc;
    if (rc)
        *err = q.err;
    else if (q.status == HTTP_UNAUTHORIZED)
        rc = pl_fail(err, PL_DENIED,
                     "%.*s: HTTP status 401: the API server does not accept the %s of context %.*s",
                     PL_F(c->where->access->server), c->where->access->means,
                     PL_F(c->where->access->name));
    else
        rc = judge(c, &q, &batch, err);
    if (!rc)
        rc = read_batch(c, &batch, err);
    pl_cluster_question_done(&q);
    return rc;
}

/* ---- the subject ---- */

static pl_str uid_of(const pl_collecting *c)
{
    const pl_gathered *g = &c->gathered[PL_CE_NAMESPACE];

    for (size_t i = 0; i < g->n; i++) {
        const pl_value *name = pl_get(g->v[i], PL_F_NAMESPACE_NAME),
                       *uid = pl_get(g->v[i], PL_F_NAMESPACE_UID);
        if (name->state == PL_PRESENT && pl_str_eq(name->u.s, PL_S("kube-system")) &&
            uid->state == PL_PRESENT)
            return uid->u.s;
    }
    return c->where->access->server;
}

static void fill_subject(pl_collecting *c)
{
    const pl_cluster_access *a = c->where->access;
    pl_str uid = uid_of(c);

    pl_set_str(c->cluster, PL_F_CLUSTER_NAME, pl_arena_str(c->arena, a->cluster));
    pl_set_str(c->cluster, PL_F_CLUSTER_SERVER, pl_arena_str(c->arena, a->server));
    pl_set_bool(c->cluster, PL_F_CLUSTER_IS_VERIFIED, !a->is_unverified);
    pl_set_str(c->cluster, PL_F_CLUSTER_ACCESS, pl_str_c(a->means));
    c->facts->cluster = (pl_subject){.rec = c->cluster,
                                     .kind = pl_str_c(pl_cluster_kind.name),
                                     .key = uid,
                                     .name = pl_arena_str(c->arena, a->cluster),
                                     .klass = uid};
}

static pl_rc run(pl_collecting *c, pl_err *err)
{
    pl_rc rc = pl_cluster_open(c->where->access, &c->client, err);

    if (!rc)
        rc = greet(c, err);
    if (!rc)
        rc = pl_collecting_ask(c, err);
    if (!rc)
        rc = pl_collecting_follow(c, err);
    if (rc)
        return rc;
    c->facts->sandbox = pl_collecting_text(c, "%s%c", pl_cluster_sandbox(c->client), '\0').p;
    fill_subject(c);
    rc = pl_collecting_workloads(c, err);
    return rc ? rc : pl_collecting_join(c, err);
}

pl_rc pl_cluster_collect(const pl_cluster_where *where, const pl_schema *schema,
                         const pl_clock *clock, pl_arena *a, pl_cluster_facts *ret, pl_err *err)
{
    PL_AUTO_FREE pl_collecting *c = calloc(1, sizeof(*c));

    *ret = (pl_cluster_facts){0};
    if (!c)
        return pl_fail(err, PL_NOMEM, "cluster");
    *c = (pl_collecting){.where = where,
                         .schema = schema,
                         .clock = clock,
                         .arena = a,
                         .facts = ret,
                         .of = {.object = PL_NO_OBJECT},
                         .end_ns = pl_mono_ns(clock) + (uint64_t)PL_CLUSTER_ALL_MS * NS_PER_MS,
                         .cluster = pl_record_new(a, &pl_cluster_kind)};
    for (size_t i = 0; i < PL_LIST_COUNT; i++)
        c->lists[i].token = (pl_str){"", 0};
    pl_rc rc = c->cluster ? run(c, err) : pl_fail(err, PL_LIMIT, "cluster");
    pl_cluster_close(c->client);
    return pl_wrap(err, rc, "cluster %.*s", PL_F(where->access->cluster));
}
