/* SPDX-License-Identifier: Apache-2.0 */
/* From documents to records through the worker. */
#include "engine/collect.h"

#include "core/rd.h"
#include "engine/limits.h"
#include "model/wire.h"

#include <string.h>

void *pl_collection_grow(pl_arena *a, void *items, size_t n, size_t *room, size_t size)
{
    if (n < *room)
        return items;
    size_t more = *room ? *room * 2 : 16;
    void *p = pl_arena_calloc(a, more, size);
    if (!p)
        return NULL;
    if (n)
        memcpy(p, items, n * size);
    *room = more;
    return p;
}

void pl_collection_problem(pl_collection *c, const char *object, pl_str id, const pl_err *why)
{
    pl_str *p =
        pl_collection_grow(c->arena, c->problems, c->n_problems, &c->room_problems, sizeof(*p));
    const char **reasons =
        pl_collection_grow(c->arena, c->reasons, c->n_problems, &c->room_reasons, sizeof(*reasons));
    PL_AUTO_BUF pl_buf b = {0};

    if (!p || !reasons)
        return;
    c->problems = p;
    c->reasons = reasons;
    reasons[c->n_problems] = pl_rc_reason(why->rc);
    pl_buf_c(&b, object);
    pl_buf_c(&b, id.n ? " " : "");
    pl_buf_str(&b, id);
    pl_buf_c(&b, ": ");
    pl_buf_add(&b, why->text, why->len);
    pl_str text = pl_arena_str(c->arena, pl_buf_view(&b));
    if (text.p)
        p[c->n_problems++] = text;
}

/* ---- answers ---- */

struct reading {
    pl_collection *c;
    pl_collection_answer answer;
    const pl_engine_ask *asks;
    size_t n_asks;
};

static pl_rc take_document(struct reading *g, uint32_t index, pl_rd *rd, pl_err *err)
{
    pl_collection *c = g->c;
    pl_engine_facts *f = c->facts;
    uint8_t redaction = pl_rd_u8(rd);
    pl_str json = pl_rd_lstr(rd);
    pl_str original = {"", 0};

    if (!pl_rd_done(rd) || redaction > PL_REDACTION_PAN)
        return pl_fail(err, PL_FORMAT, "worker: document %u", index);
    if (c->where->keep_originals && redaction == PL_REDACTION_SECRET)
        original = pl_arena_str(c->arena, pl_buf_view(&g->asks[index].body));
    pl_engine_document *d =
        pl_collection_grow(c->arena, f->documents, f->n_documents, &c->room_documents, sizeof(*d));
    pl_str copy = pl_arena_str(c->arena, json);

    if (!d || !copy.p || !original.p)
        return pl_fail(err, PL_LIMIT, "document does not fit its budget");
    f->documents = d;
    d[f->n_documents++] = (pl_engine_document){.kind = g->asks[index].kind,
                                               .id = pl_str_c(g->asks[index].id),
                                               .json = copy,
                                               .redaction = (pl_engine_redaction)redaction,
                                               .original = original};
    return PL_OK;
}

static pl_rc take_frame(uint32_t type, pl_str payload, void *arg, pl_err *err)
{
    struct reading *g = arg;
    pl_rd rd = pl_rd_of(payload.p, payload.n);
    uint32_t index = pl_rd_u32le(&rd);
    pl_record *r = NULL;
    pl_err why = {0};

    if (type > PL_EF_DOCUMENT || type == PL_EF_CONTEXT || index >= g->n_asks)
        return pl_fail(err, PL_FORMAT, "worker: frame %u about document %u", type, index);
    if (type == PL_EF_DOCUMENT)
        return take_document(g, index, &rd, err);
    if (type == PL_EF_BAD) {
        pl_rc rc = (pl_rc)pl_rd_u32le(&rd);
        pl_str text = pl_rd_lstr(&rd);
        if (!pl_rd_done(&rd) || rc == PL_OK)
            return pl_fail(err, PL_FORMAT, "worker: failure of document %u", index);
        pl_fail(&why, rc, "%.*s", PL_F(text));
        return g->answer(g->c, index, NULL, &why, err);
    }
    pl_rc rc = pl_record_decode(g->c->schema, g->c->arena, &rd, &r, err);
    if (rc == PL_OK && !pl_rd_done(&rd))
        rc = pl_fail(err, PL_FORMAT, "worker: record of document %u", index);
    return rc == PL_OK ? g->answer(g->c, index, r, NULL, err) : rc;
}

pl_rc pl_collection_read(pl_collection *c, pl_str batch, pl_collection_answer answer,
                         const pl_engine_ask *asks, size_t n_asks, pl_err *err)
{
    struct reading g = {.c = c, .answer = answer, .asks = asks, .n_asks = n_asks};
    PL_AUTO_FD int extra = -1;
    pl_jail_job job = {.kind = c->where->worker ? c->where->worker : "engine",
                       .args = c->where->worker_args,
                       .limits = &pl_jail_document,
                       .frame = take_frame,
                       .frame_arg = &g};

    if (c->where->worker_bytes.n) {
        pl_rc rc = pl_jail_memfd(c->where->worker_bytes, &extra, err);
        if (rc)
            return rc;
        job.fds = &extra;
        job.n_fds = 1;
    }
    return pl_jail_run_bytes(&job, batch, err);
}
