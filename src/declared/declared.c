/* SPDX-License-Identifier: Apache-2.0 */
#include "declared/declared.h"

#include "core/rd.h"
#include "declared/ecs_kinds.h"
#include "declared/frames.h"
#include "engine/fields.h"
#include "image/fields.h"
#include "model/wire.h"

#include <string.h>

struct reading {
    const pl_declared_job *job;
    const pl_schema *schema;
    pl_arena *arena;
    pl_declared_facts *ret;
};

/* One more at the end of an array in the arena; NULL: the budget is used up. */
static void *push(pl_arena *a, void *array, size_t *n, size_t *room, size_t size)
{
    void **items = array;

    if (*n == *room) {
        size_t more = *room ? 2 * *room : 16;
        void *p = pl_arena_calloc(a, more, size);
        if (!p)
            return NULL;
        if (*n)
            memcpy(p, *items, *n * size);
        *items = p;
        *room = more;
    }
    return (char *)*items + (*n)++ * size;
}

static pl_rc full(pl_err *err)
{
    return pl_fail(err, PL_LIMIT, "declaration does not fit its budget");
}

static pl_rc lied(pl_err *err)
{
    return pl_fail(err, PL_WORKER, "worker: malformed frame");
}

/* ---- subjects ---- */

static pl_rc take_places(struct reading *g, pl_rd *in, pl_source *ret, pl_err *err)
{
    uint32_t n = pl_rd_u32le(in);

    /* Each takes 24 bytes at least. */
    if (!pl_rd_ok(in) || n > in->n / 24)
        return lied(err);
    pl_source_place *places = pl_arena_calloc(g->arena, n + 1, sizeof(*places));
    if (!places)
        return full(err);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t field = pl_rd_u32le(in);
        pl_str element = pl_arena_str(g->arena, pl_rd_lstr(in));
        places[i] = (pl_source_place){.field = (int)field - 1,
                                      .element = element,
                                      .at = (long)pl_rd_u32le(in) - 1,
                                      .line = (int)pl_rd_u32le(in),
                                      .column = (int)pl_rd_u32le(in),
                                      .file = pl_arena_str(g->arena, pl_rd_lstr(in))};
        if (!element.p || !places[i].file.p)
            return lied(err);
    }
    *ret = (pl_source){.file = pl_arena_str(g->arena, pl_str_c(g->job->name)), .v = places, .n = n};
    return PL_OK;
}

static pl_str joined(pl_arena *a, pl_str file, pl_str name)
{
    PL_AUTO_BUF pl_buf b = {0};

    pl_buf_fmt(&b, "%.*s#%.*s", PL_F(file), PL_F(name));
    pl_str text = pl_arena_str(a, pl_buf_view(&b));
    return text.p ? text : name;
}

/* Only what a file can declare, with places of fields that it has. */
static bool is_sound(const pl_subject *s)
{
    const pl_kind *kind = s->rec->kind;

    if (kind != &pl_kind_container && kind != &pl_kind_engine && kind != &pl_image_kind &&
        kind != &pl_ecs_kind)
        return false;
    for (size_t i = 0; i < s->source->n; i++)
        if (s->source->v[i].field >= (int)kind->n)
            return false;
    return true;
}

static pl_rc take_subject(struct reading *g, pl_rd *in, pl_err *err)
{
    pl_str name = pl_arena_str(g->arena, pl_rd_lstr(in));
    pl_str service = pl_arena_str(g->arena, pl_rd_lstr(in));
    pl_source *source = PL_NEW(g->arena, pl_source);
    pl_subject *s =
        push(g->arena, &g->ret->subjects, &g->ret->n_subjects, &g->ret->room_subjects, sizeof(*s));

    if (!source || !s || !name.p || !service.p)
        return full(err);
    *s = (pl_subject){.name = name, .source = source};
    pl_rc rc = take_places(g, in, source, err);
    if (!rc)
        rc = pl_record_decode(g->schema, g->arena, in, &s->rec, err);
    if (!rc && (!pl_rd_done(in) || !is_sound(s)))
        rc = lied(err);
    if (rc)
        return rc;
    s->kind = pl_str_c(s->rec->kind->name);
    s->key = joined(g->arena, source->file, name);
    s->klass = s->key;
    return PL_OK;
}

/* ---- frames ---- */

static pl_rc take_gap(struct reading *g, pl_rd *in, pl_err *err)
{
    uint32_t line = pl_rd_u32le(in);
    bool hides = pl_rd_u8(in) != 0;
    pl_str what = pl_rd_lstr(in), reason = pl_rd_lstr(in), detail = pl_rd_lstr(in);
    PL_AUTO_BUF pl_buf b = {0};
    pl_declared_gap *gap =
        push(g->arena, &g->ret->gaps, &g->ret->n_gaps, &g->ret->room_gaps, sizeof(*gap));

    if (!pl_rd_done(in))
        return lied(err);
    pl_buf_c(&b, g->job->name);
    if (line)
        pl_buf_fmt(&b, ":%u", line);
    pl_buf_fmt(&b, ": %.*s", PL_F(what));
    if (!gap)
        return full(err);
    char *code = pl_arena_calloc(g->arena, reason.n + 1, 1);
    if (!code)
        return full(err);
    if (!pl_str_to_c(reason, code, reason.n + 1))
        return lied(err);
    *gap = (pl_declared_gap){.hides = hides,
                             .what = pl_arena_str(g->arena, pl_buf_view(&b)),
                             .reason = code,
                             .detail = pl_arena_str(g->arena, detail)};
    return gap->what.p && gap->detail.p ? PL_OK : full(err);
}

static pl_rc take_document(struct reading *g, pl_rd *in, pl_err *err)
{
    pl_str *to = push(g->arena, &g->ret->documents, &g->ret->n_documents, &g->ret->room_documents,
                      sizeof(*to));
    pl_str text = pl_rd_lstr(in);

    if (!pl_rd_done(in) || g->ret->n_documents > g->ret->n_subjects)
        return lied(err);
    if (!to || !(*to = pl_arena_str(g->arena, text)).p)
        return full(err);
    return PL_OK;
}

static pl_rc take_state(struct reading *g, pl_rd *in, pl_err *err)
{
    pl_runtime_state *to =
        push(g->arena, &g->ret->states, &g->ret->n_states, &g->ret->room_states, sizeof(*to));
    uint64_t pid = pl_rd_u64le(in), start = pl_rd_u64le(in);
    pl_str bundle = pl_rd_lstr(in);

    if (!pl_rd_done(in) || pid > INT32_MAX)
        return lied(err);
    if (!to)
        return full(err);
    *to = (pl_runtime_state){
        .bundle = pl_arena_str(g->arena, bundle), .pid = (int64_t)pid, .start_ticks = start};
    return to->bundle.p ? PL_OK : full(err);
}

static pl_rc take_frame(uint32_t type, pl_str payload, void *arg, pl_err *err)
{
    struct reading *g = arg;
    pl_rd in = pl_rd_of(payload.p, payload.n);

    switch (type) {
    case PL_DECLARED_SUBJECT:
        return take_subject(g, &in, err);
    case PL_DECLARED_DOCUMENT:
        return take_document(g, &in, err);
    case PL_DECLARED_STATE:
        return take_state(g, &in, err);
    case PL_DECLARED_GAP:
        return take_gap(g, &in, err);
    default:
        return lied(err);
    }
}

pl_rc pl_declared_read(const pl_declared_job *job, int fd, const pl_schema *schema, pl_arena *a,
                       pl_declared_facts *ret, pl_err *err)
{
    struct reading g = {.job = job, .schema = schema, .arena = a, .ret = ret};
    PL_AUTO_BUF pl_buf args = {0};
    PL_AUTO_FD int extra = -1;

    *ret = (pl_declared_facts){0};
    pl_buf_u64le(&args, (uint64_t)job->now_us);
    pl_buf_lstr(&args, job->folder);
    pl_buf_lstr(&args, job->path);
    pl_buf_lstr(&args, job->target);
    pl_buf_str(&args, job->redact_key);
    if (!pl_buf_ok(&args))
        return pl_fail(err, PL_NOMEM, "%s", job->name);
    pl_rc rc = pl_jail_memfd(job->worker_bytes, &extra, err);
    if (!rc)
        rc = pl_jail_run(&(pl_jail_job){.kind = job->worker,
                                        .args = pl_buf_view(&args),
                                        .in_fd = fd,
                                        .fds = &extra,
                                        .n_fds = 1,
                                        .limits = &pl_jail_document,
                                        .frame = take_frame,
                                        .frame_arg = &g},
                         err);
    if (args.p)
        explicit_bzero(args.p, args.n);
    return pl_wrap(err, rc, "%s", job->name);
}
