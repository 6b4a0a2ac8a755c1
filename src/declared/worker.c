/* SPDX-License-Identifier: Apache-2.0 */
/* In the jail: from the bytes of a file to containers. */
#include "declared/declared.h"

#include "core/io.h"
#include "core/json_write.h"
#include "core/rd.h"
#include "declared/compose.h"
#include "declared/ecs.h"
#include "declared/frames.h"
#include "declared/kube.h"
#include "declared/limits.h"
#include "engine/declare.h"
#include "engine/fields.h"
#include "model/wire.h"

#include <stdarg.h>
#include <stdio.h>

struct work {
    pl_reading reading; /* first: its functions are handed it */
    int out_fd;
    int64_t now_us;
    const pl_engine_hooks *hooks;
    size_t n_containers, n_notes;
};

pl_str pl_reading_text(pl_reading *r, const char *fmt, ...)
{
    PL_AUTO_FREE char *text = NULL;
    va_list args;

    va_start(args, fmt);
    int n = vasprintf(&text, fmt, args);
    va_end(args);
    if (n < 0) {
        text = NULL;
        return (pl_str){"", 0};
    }
    pl_str copy = pl_arena_str(r->arena, (pl_str){text, (size_t)n});
    return copy.p ? copy : (pl_str){"", 0};
}

/* ---- what is told ---- */

/* One place for each field that the value decides. */
struct places {
    const pl_draft_place *at;
    pl_buf *out;
    uint32_t n;
};

static void put_place(int field, void *arg)
{
    struct places *p = arg;

    pl_buf_u32le(p->out, (uint32_t)(field + 1));
    pl_buf_lstr(p->out, p->at->element);
    pl_buf_u32le(p->out, (uint32_t)p->at->line);
    pl_buf_u32le(p->out, (uint32_t)p->at->column);
    p->n++;
}

static uint32_t put_places(const pl_draft *d, pl_buf *out)
{
    struct places p = {.out = out};

    for (size_t i = 0; i < d->n_places; i++) {
        p.at = &d->places[i];
        if (p.at->path[0])
            pl_container_fields_of(pl_str_c(p.at->path), p.at->element, put_place, &p);
        else
            put_place(-1, &p); /* the container itself */
    }
    return p.n;
}

static pl_rc send_container(struct work *w, const pl_draft *d, const pl_record *r, pl_err *err)
{
    PL_AUTO_BUF pl_buf b = {0}, places = {0};

    pl_buf_lstr(&b, d->name);
    pl_buf_lstr(&b, d->service);
    pl_buf_u32le(&b, put_places(d, &places));
    pl_buf_str(&b, pl_buf_view(&places));
    pl_record_encode(r, &b);
    if (!pl_buf_ok(&b) || !pl_buf_ok(&places))
        return pl_fail(err, PL_NOMEM, "container");
    return pl_jail_send(w->out_fd, PL_DECLARED_CONTAINER, pl_buf_view(&b), err);
}

static pl_rc send_document(struct work *w, const pl_draft *d, pl_err *err)
{
    PL_AUTO_BUF pl_buf b = {0};
    pl_engine_redaction redaction = PL_REDACTION_NONE;

    pl_rc rc = w->hooks->document(d->doc, &redaction, w->hooks->arg, err);
    if (rc)
        return rc;
    PL_AUTO_FREE char *json = json_dumps(d->doc, JSON_SORT_KEYS | JSON_COMPACT);
    if (!json)
        return pl_fail(err, PL_NOMEM, "document");
    pl_buf_lstr(&b, pl_str_c(json));
    return pl_jail_send(w->out_fd, PL_DECLARED_DOCUMENT, pl_buf_view(&b), err);
}

static pl_rc take(pl_reading *reading, const pl_draft *d, pl_err *err)
{
    struct work *w = (struct work *)reading;
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(PL_DECLARED_ONE_BUDGET);
    pl_record *r = NULL;

    if (!a)
        return pl_fail(err, PL_NOMEM, "container");
    if (w->n_containers++ == PL_DECLARED_CONTAINERS_MAX)
        return pl_fail(err, PL_LIMIT, "more than %d containers", PL_DECLARED_CONTAINERS_MAX);
    pl_rc rc = pl_draft_record(d, w->now_us, a, &r, err);
    if (!rc)
        rc = w->hooks->record(r, a, w->hooks->arg, err);
    if (!rc)
        rc = send_container(w, d, r, err);
    return rc ? rc : send_document(w, d, err);
}

static pl_rc send_gap(struct work *w, int line, const pl_reading_gap *gap, pl_err *err)
{
    PL_AUTO_BUF pl_buf b = {0};

    if (w->n_notes++ >= PL_DECLARED_NOTES_MAX)
        return PL_OK;
    pl_buf_u32le(&b, (uint32_t)line);
    pl_buf_ch(&b, gap->hides ? 1 : 0);
    pl_buf_lstr(&b, gap->what);
    pl_buf_lstr(&b, pl_str_c(gap->reason));
    pl_buf_lstr(&b, pl_str_c(gap->detail));
    if (!pl_buf_ok(&b))
        return pl_fail(err, PL_NOMEM, "gap");
    return pl_jail_send(w->out_fd, PL_DECLARED_GAP, pl_buf_view(&b), err);
}

static pl_rc note(pl_reading *reading, const pl_yaml *at, const pl_reading_gap *gap, pl_err *err)
{
    return send_gap((struct work *)reading, at->line, gap, err);
}

/* ---- documents ---- */

static const struct {
    bool (*is)(const pl_yaml *doc);
    pl_rc (*read)(pl_reading *r, const pl_yaml *doc, pl_err *err);
} forms[] = {
    {pl_compose_is, pl_compose_read}, {pl_kube_is, pl_kube_read}, {pl_ecs_is, pl_ecs_read}};

static pl_rc read_document(struct work *w, const pl_yaml *doc, bool *ret_known, pl_err *err)
{
    /* What one document says of volumes does not hold for the next. */
    w->reading.world = pl_record_new(w->reading.arena, &pl_kind_engine);
    if (!w->reading.world)
        return pl_fail(err, PL_LIMIT, "document");
    for (size_t i = 0; i < PL_COUNT(forms); i++) {
        if (!forms[i].is(doc))
            continue;
        *ret_known = true;
        return forms[i].read(&w->reading, doc, err);
    }
    return PL_OK;
}

static pl_rc read_all(struct work *w, pl_str text, pl_err *err)
{
    pl_yaml_documents docs = {0};
    pl_err why = {0};
    bool is_known = false;
    pl_rc read = pl_yaml_stream(w->reading.arena, text, &docs, &why);
    pl_rc rc = PL_OK;

    for (size_t i = 0; !rc && i < docs.n; i++)
        rc = read_document(w, &docs.v[i], &is_known, err);
    if (rc)
        return rc;
    if (read && !is_known) {
        *err = why;
        return read;
    }
    if (read)
        return send_gap(
            w, 0,
            &(pl_reading_gap){PL_S("the rest of the file"), pl_rc_reason(read), why.text, true},
            err);
    if (!is_known)
        return pl_fail(err, PL_FORMAT,
                       "is neither a Compose file (services:) nor a Kubernetes manifest "
                       "(apiVersion:, kind:) nor a task definition of ECS "
                       "(containerDefinitions)");
    return PL_OK;
}

pl_str pl_declared_key(pl_str args)
{
    pl_rd in = pl_rd_of(args.p, args.n);

    (void)pl_rd_u64le(&in);
    (void)pl_rd_lstr(&in);
    return pl_rd_bytes(&in, in.n);
}

pl_rc pl_declared_work(int in_fd, int out_fd, pl_str args, const pl_engine_hooks *hooks,
                       pl_err *err)
{
    PL_AUTO_BUF pl_buf text = {0};
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(PL_DECLARED_BUDGET);
    pl_rd in = pl_rd_of(args.p, args.n);
    int64_t now_us = (int64_t)pl_rd_u64le(&in);
    pl_str folder = pl_rd_lstr(&in);
    struct work w = {.reading = {.arena = a, .folder = folder, .take = take, .note = note},
                     .out_fd = out_fd,
                     .now_us = now_us,
                     .hooks = hooks};

    if (!a)
        return pl_fail(err, PL_NOMEM, "declaration");
    pl_rc rc = pl_read_all(in_fd, PL_DECLARED_BYTES_MAX, &text, err);
    return rc ? rc : read_all(&w, pl_buf_view(&text), err);
}
