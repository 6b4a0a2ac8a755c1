/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/worker.h"

#include "core/json_write.h"
#include "core/rd.h"
#include "engine/fields.h"
#include "engine/json_rows.h"
#include "engine/limits.h"
#include "engine/settings.h"
#include "model/wire.h"

#include <string.h>

struct work {
    int out_fd;
    const pl_engine_hooks *hooks; /* NULL: none */
    int64_t now_us;
    /* What the documents about the engine itself say together. Their trees and this arena live
     * until the end, since the record points into them. */
    pl_arena *engine_arena;
    pl_record *engine;
    json_t *kept; /* array of [index, kind, tree] */
};

/* ---- sending ---- */

static pl_rc send_indexed(struct work *w, pl_engine_frame type, uint32_t index, const pl_buf *rest,
                          pl_err *err)
{
    PL_AUTO_BUF pl_buf b = {0};

    pl_buf_u32le(&b, index);
    pl_buf_str(&b, pl_buf_view(rest));
    if (!pl_buf_ok(&b) || !pl_buf_ok(rest))
        return pl_fail(err, PL_NOMEM, "answer for document %u", index);
    return pl_jail_send(w->out_fd, (uint32_t)type, pl_buf_view(&b), err);
}

static pl_rc send_bad(struct work *w, uint32_t index, const pl_err *why, pl_err *err)
{
    PL_AUTO_BUF pl_buf b = {0};

    pl_buf_u32le(&b, (uint32_t)why->rc);
    pl_buf_lstr(&b, (pl_str){why->text, why->len});
    return send_indexed(w, PL_EF_BAD, index, &b, err);
}

static pl_rc send_record(struct work *w, pl_engine_frame type, uint32_t index, const pl_record *r,
                         pl_err *err)
{
    PL_AUTO_BUF pl_buf b = {0};

    pl_record_encode(r, &b);
    return send_indexed(w, type, index, &b, err);
}

/* ---- redaction ---- */

_Static_assert((int)PL_F_ENV_VALUE == (int)PL_F_SWARM_VALUE_VALUE &&
                   (int)PL_F_ENV_SECRET == (int)PL_F_SWARM_VALUE_SECRET,
               "the two kinds are judged alike");

/* Without a redactor a value could be anything: it stays here. */
static void withhold(pl_record *r)
{
    const pl_value *list = r->kind == &pl_kind_container ? pl_get(r, PL_F_CONTAINER_ENV)
                           : r->kind == &pl_kind_engine  ? pl_get(r, PL_F_ENGINE_SWARM_VALUES)
                                                         : NULL;

    for (size_t i = 0; list && list->state == PL_PRESENT && i < list->n; i++) {
        pl_set_unreadable(list->u.recs[i], PL_F_ENV_VALUE, "needs:redact");
        pl_set_unreadable(list->u.recs[i], PL_F_ENV_SECRET, "needs:redact");
    }
}

static pl_rc redact_record(struct work *w, pl_arena *a, pl_record *r, pl_err *err)
{
    if (w->hooks && w->hooks->record)
        return w->hooks->record(r, a, w->hooks->arg, err);
    withhold(r);
    return PL_OK;
}

static void add_sorted(const json_t *doc, pl_buf *out)
{
    PL_AUTO_FREE char *text = json_dumps(doc, JSON_SORT_KEYS | JSON_COMPACT);
    pl_buf_reset(out);
    pl_buf_c(out, text ? text : "null");
}

static pl_rc send_document(struct work *w, uint32_t index, json_t *doc, pl_err *err)
{
    PL_AUTO_BUF pl_buf text = {0}, b = {0};
    pl_engine_redaction redaction = PL_REDACTION_NONE;

    if (!w->hooks || !w->hooks->document)
        return PL_OK;
    pl_rc rc = w->hooks->document(doc, &redaction, w->hooks->arg, err);
    if (rc != PL_OK)
        return rc;
    if (pl_json_canonical(doc, &text, NULL) != PL_OK)
        add_sorted(doc, &text); /* a document with real numbers has no canonical form */
    pl_buf_ch(&b, (char)redaction);
    pl_buf_lstr(&b, pl_buf_view(&text));
    return send_indexed(w, PL_EF_DOCUMENT, index, &b, err);
}

/* ---- documents ---- */

static pl_rc one_record(struct work *w, pl_engine_doc kind, uint32_t index, const json_t *doc,
                        pl_err *err)
{
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(PL_ENGINE_RECORD_BUDGET);
    bool of_container = kind == PL_DOC_CONTAINER || kind == PL_DOC_CHANGES || kind == PL_DOC_EXEC;
    const pl_kind *of = of_container           ? &pl_kind_container
                        : kind == PL_DOC_IMAGE ? &pl_kind_stored_image
                                               : &pl_kind_engine;
    pl_engine_frame type = of_container           ? PL_EF_CONTAINER
                           : kind == PL_DOC_IMAGE ? PL_EF_IMAGE
                                                  : PL_EF_SETTINGS;
    pl_record *r = a ? pl_record_new(a, of) : NULL;
    bool is_what_it_should = json_is_object(doc);

    if (!r)
        return pl_fail(err, PL_NOMEM, "record");
    if (kind == PL_DOC_CONTAINER)
        is_what_it_should = pl_container_parse(a, doc, w->now_us, r);
    else if (kind == PL_DOC_IMAGE)
        is_what_it_should = pl_stored_image_parse(a, doc, w->now_us, r);
    else if (kind == PL_DOC_CHANGES)
        is_what_it_should = pl_changes_parse(a, doc, r);
    else if (kind == PL_DOC_EXEC)
        is_what_it_should = pl_exec_parse(doc, r);
    else
        pl_settings_parse(a, doc, r);
    if (!is_what_it_should)
        return pl_fail(err, PL_FORMAT, "JSON of another kind than asked for");
    pl_rc rc = redact_record(w, a, r, err);
    return rc == PL_OK ? send_record(w, type, index, r, err) : rc;
}

static pl_rc send_context(struct work *w, uint32_t index, const json_t *doc, pl_err *err)
{
    PL_AUTO_BUF pl_buf b = {0};

    pl_buf_lstr(&b, pl_json_text_at(doc, "currentContext"));
    pl_buf_lstr(&b, pl_json_text_at(doc, "Name"));
    pl_buf_lstr(&b, pl_json_text_at(doc, "Endpoints/docker/Host"));
    pl_buf_ch(&b, json_is_true(pl_json_at(doc, "Endpoints/docker/SkipTLSVerify")) ? 1 : 0);
    return send_indexed(w, PL_EF_CONTEXT, index, &b, err);
}

static bool has_right_shape(pl_engine_doc kind, const json_t *doc)
{
    if (kind == PL_DOC_NETWORKS || kind == PL_DOC_PLUGINS || kind == PL_DOC_IMAGES ||
        kind == PL_DOC_CONTAINERS || (kind >= PL_DOC_NODES && kind <= PL_DOC_TASKS))
        return json_is_array(doc);
    return json_is_object(doc);
}

static pl_rc read_document(struct work *w, pl_engine_doc kind, uint32_t index, pl_str bytes,
                           pl_err *err)
{
    json_error_t where;
    /* Only the answer about changes may be a bare null. A NUL in a value is text like any other; a
     * key given twice would be read in two ways. */
    size_t flags =
        JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES | (kind == PL_DOC_CHANGES ? JSON_DECODE_ANY : 0);
    json_auto_t *doc = json_loadb(bytes.p, bytes.n, flags, &where);

    if (!doc)
        return pl_fail(err, PL_FORMAT, "JSON: line %d: %s", where.line, where.text);
    if (kind == PL_DOC_CONTEXT)
        return send_context(w, index, doc, err);
    if (pl_engine_doc_is_own(kind) && !has_right_shape(kind, doc))
        return pl_fail(err, PL_FORMAT, "JSON of another kind than asked for");
    if (pl_engine_doc_is_own(kind)) {
        json_t *entry = json_pack("[iiO]", (int)index, (int)kind, doc);
        if (!entry || json_array_append_new(w->kept, entry) != 0)
            return pl_fail(err, PL_NOMEM, "document %u", index);
        pl_engine_parse(w->engine_arena, kind, doc, w->engine);
        pl_swarm_parse(w->engine_arena, kind, doc, w->now_us, w->engine);
        return PL_OK;
    }
    pl_rc rc = one_record(w, kind, index, doc, err);
    bool is_evidence = kind == PL_DOC_CONTAINER || kind == PL_DOC_IMAGE;
    return rc == PL_OK && is_evidence ? send_document(w, index, doc, err) : rc;
}

/* The trees that the engine's record points into are changed only after it was sent. */
static pl_rc send_engine(struct work *w, pl_err *err)
{
    pl_rc rc = redact_record(w, w->engine_arena, w->engine, err);
    if (rc == PL_OK)
        rc = send_record(w, PL_EF_ENGINE, 0, w->engine, err);
    for (size_t i = 0; rc == PL_OK && i < json_array_size(w->kept); i++) {
        const json_t *entry = json_array_get(w->kept, i);
        json_t *doc = json_array_get(entry, 2);
        pl_swarm_clean((pl_engine_doc)json_integer_value(json_array_get(entry, 1)), doc);
        rc = send_document(w, (uint32_t)json_integer_value(json_array_get(entry, 0)), doc, err);
    }
    return rc;
}

static pl_rc work_all(struct work *w, pl_rd *in, pl_err *err)
{
    bool has_engine = false;

    w->now_us = (int64_t)pl_rd_u64le(in);
    while (in->n) {
        uint32_t kind = pl_rd_u32le(in), index = pl_rd_u32le(in);
        pl_str bytes = pl_rd_lstr(in);
        pl_err why = {0};
        if (!pl_rd_ok(in) || kind < PL_DOC_VERSION || kind > PL_DOC_SWARM_STATE)
            return pl_fail(err, PL_FORMAT, "batch of documents");
        has_engine |= pl_engine_doc_is_own((pl_engine_doc)kind);
        pl_rc rc = read_document(w, (pl_engine_doc)kind, index, bytes, &why);
        if (rc != PL_OK)
            rc = send_bad(w, index, &why, err);
        if (rc != PL_OK)
            return rc;
    }
    return has_engine ? send_engine(w, err) : PL_OK;
}

pl_rc pl_engine_work(int in_fd, int out_fd, const pl_engine_hooks *hooks, pl_err *err)
{
    PL_AUTO_BUF pl_buf in = {0};
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(PL_ENGINE_RECORD_BUDGET);
    json_auto_t *kept = json_array();
    struct work w = {.out_fd = out_fd, .hooks = hooks, .engine_arena = a, .kept = kept};

    w.engine = a ? pl_record_new(a, &pl_kind_engine) : NULL;
    if (!w.engine || !kept)
        return pl_fail(err, PL_NOMEM, "engine record");
    pl_rc rc = pl_read_all(in_fd, (size_t)PL_ENGINE_BATCH_MAX, &in, err);
    if (rc != PL_OK)
        return rc;
    pl_rd rd = pl_rd_of(in.p, in.n);
    return work_all(&w, &rd, err);
}

pl_rc pl_engine_worker(int in_fd, int out_fd, pl_str args, pl_err *err)
{
    (void)args;
    return pl_engine_work(in_fd, out_fd, NULL, err);
}

/* ---- the sender's side ---- */

void pl_engine_batch_start(pl_buf *batch, int64_t now_us)
{
    pl_buf_reset(batch);
    batch->max = PL_ENGINE_BATCH_MAX;
    pl_buf_u64le(batch, (uint64_t)now_us);
}

bool pl_engine_batch_add(pl_buf *batch, pl_engine_doc kind, uint32_t index, pl_str doc)
{
    if (doc.n > PL_ENGINE_BATCH_MAX - 12 - batch->n)
        return false;
    pl_buf_u32le(batch, (uint32_t)kind);
    pl_buf_u32le(batch, index);
    pl_buf_lstr(batch, doc);
    return pl_buf_ok(batch);
}
