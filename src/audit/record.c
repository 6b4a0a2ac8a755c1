/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/record.h"

#include "audit/limits.h"
#include "core/hash.h"

#include <string.h>

/* A document that waits. */
struct pl_queued {
    const char *type;
    pl_ledger_subject subject; /* kind empty: none */
    pl_ledger_blob blobs[2];   /* their bytes are ours */
    size_t n_blobs;
    json_t *body; /* ours */
    pl_finding *const *findings;
    size_t n_findings;
    size_t item;
};

/* ---- the queue ---- */

static char *copy_of(pl_str s)
{
    char *p = malloc(s.n);

    if (p)
        memcpy(p, s.p, s.n);
    return p;
}

static void queued_done(struct pl_queued *q)
{
    for (size_t i = 0; i < q->n_blobs; i++)
        free((char *)(uintptr_t)q->blobs[i].bytes.p);
    json_decref(q->body);
}

static void drop_queue(pl_recorder *r)
{
    for (size_t i = 0; i < r->n_queued; i++)
        queued_done(&r->queue[i]);
    r->n_queued = 0;
    r->queued_bytes = 0;
}

void pl_recorder_done(pl_recorder *r)
{
    drop_queue(r);
    free(r->queue);
    r->queue = NULL;
}

static void set_index(pl_recorder *r, const struct pl_queued *q, uint64_t index)
{
    if (index == PL_LEDGER_NONE)
        return;
    r->items[q->item].ledger_index = (int64_t)index;
    for (size_t i = 0; i < q->n_findings; i++)
        q->findings[i]->ledger_index = (int64_t)index;
}

static pl_rc flush(pl_recorder *r, pl_ledger_level level, pl_err *err)
{
    if (r->n_queued == 0)
        return PL_OK;

    PL_AUTO_FREE pl_ledger_rec *recs = calloc(r->n_queued, sizeof(*recs));
    PL_AUTO_FREE uint64_t *indices = calloc(r->n_queued, sizeof(*indices));

    if (!recs || !indices)
        return pl_fail(err, PL_NOMEM, "evidence log: %zu documents", r->n_queued);
    for (size_t i = 0; i < r->n_queued; i++) {
        const struct pl_queued *q = &r->queue[i];
        recs[i] = (pl_ledger_rec){.type = q->type,
                                  .subj = &q->subject,
                                  .n_subj = q->subject.kind.n ? 1 : 0,
                                  .body = q->body,
                                  .blobs = q->blobs,
                                  .n_blobs = q->n_blobs};
    }
    pl_rc rc = pl_ledger_append_many(r->log, recs, r->n_queued, level, indices, NULL, err);
    for (size_t i = 0; i < r->n_queued; i++)
        set_index(r, &r->queue[i], indices[i]);
    drop_queue(r);
    return pl_wrap(err, rc, "evidence log");
}

pl_rc pl_record_flush(pl_recorder *r, pl_err *err)
{
    return flush(r, PL_LEDGER_STORED, err);
}

pl_rc pl_record_flush_signed(pl_recorder *r, pl_err *err)
{
    return flush(r, PL_LEDGER_PUBLISHED, err);
}

static pl_rc no_room(pl_err *err)
{
    return pl_fail(err, PL_NOMEM, "evidence log: documents that wait");
}

/* Room for one more of that size. */
static pl_rc make_room(pl_recorder *r, size_t n, pl_err *err)
{
    if (!r->queue && !(r->queue = calloc(PL_RECORD_QUEUE, sizeof(*r->queue))))
        return no_room(err);
    bool is_full = r->n_queued == PL_RECORD_QUEUE ||
                   (r->n_queued && n > PL_RECORD_QUEUE_BYTES - r->queued_bytes);
    return is_full ? pl_record_flush(r, err) : PL_OK;
}

/* An empty document needs no blob. given: the buffer of the bytes, which is left empty. */
static bool add_blob(struct pl_queued *q, const char *role, pl_str bytes, pl_buf *given)
{
    if (bytes.n == 0)
        return true;
    char *p = given ? given->p : copy_of(bytes);
    if (given)
        *given = (pl_buf){.max = given->max};
    if (p)
        q->blobs[q->n_blobs++] = (pl_ledger_blob){role, "application/json", {p, bytes.n}};
    return p;
}

/* At a letter's end: JSON refuses half of one. */
static pl_str cut_name(pl_str s)
{
    size_t n = s.n < PL_RECORD_CONTEXT ? s.n : PL_RECORD_CONTEXT;

    while (n && n < s.n && ((unsigned char)s.p[n] & 0xC0) == 0x80)
        n--;
    return pl_str_sub(s, 0, n);
}

/* Where its subject belongs, in each entry about one. */
static json_t *body_of(const pl_record_doc *doc)
{
    json_t *body = doc->body ? json_incref(doc->body) : json_object();
    json_t *where = json_object();
    pl_subject_context c = {0};

    if (doc->subject)
        pl_subject_context_of(doc->subject, &c);
    for (size_t i = 0; i < PL_CONTEXT_MEMBERS; i++) {
        pl_str v = cut_name(pl_subject_context_get(&c, i));
        if (v.n)
            json_object_set_new(where, pl_subject_context_words[i], json_stringn(v.p, v.n));
    }
    if (json_object_size(where))
        json_object_set(body, "context", where);
    json_decref(where);
    return body;
}

static pl_rc enqueue(pl_recorder *r, const pl_record_doc *doc, pl_err *err)
{
    size_t n = doc->bytes.n + doc->original.n;
    pl_rc rc = make_room(r, n, err);
    if (rc)
        return rc;

    struct pl_queued *q = &r->queue[r->n_queued];
    *q = (struct pl_queued){.type = doc->type,
                            .body = body_of(doc),
                            .findings = doc->findings,
                            .n_findings = doc->n_findings,
                            .item = r->n_items};
    if (doc->subject)
        q->subject = (pl_ledger_subject){doc->subject->kind, doc->subject->key};
    if (!q->body || !add_blob(q, doc->role, doc->bytes, doc->given) ||
        !add_blob(q, PL_RECORD_ORIGINAL, doc->original, NULL)) {
        queued_done(q);
        return no_room(err);
    }
    r->n_queued++;
    r->queued_bytes += n;
    return PL_OK;
}

/* ---- documents ---- */

static pl_evidence_item *new_item(pl_recorder *r)
{
    if (r->n_items == r->room_items) {
        size_t room = r->room_items ? r->room_items * 2 : 64;
        pl_evidence_item *v = pl_arena_calloc(r->arena, room, sizeof(*v));
        if (!v)
            return NULL;
        if (r->n_items)
            memcpy(v, r->items, r->n_items * sizeof(*v));
        r->items = v;
        r->room_items = room;
    }
    return &r->items[r->n_items++];
}

static pl_rc note_item(pl_recorder *r, const pl_record_doc *doc, pl_err *err)
{
    unsigned char sum[PL_SHA256];
    char hex[PL_SHA256_HEX];
    pl_evidence_item *item = new_item(r);

    if (!item)
        return pl_fail(err, PL_LIMIT, "list of evidence");
    pl_sha256_of(doc->bytes, sum);
    pl_hex(sum, sizeof(sum), hex);
    *item = (pl_evidence_item){
        .ledger_index = -1,
        .type = pl_str_c(doc->type),
        .role = pl_str_c(doc->role),
        .subject_key = doc->subject ? doc->subject->key : (pl_str){"", 0},
        .collector = pl_str_c(doc->collector),
        .sha256 = pl_arena_str(r->arena, pl_str_c(hex)),
        .collected_us = pl_now_us(r->clock),
    };
    return PL_OK;
}

pl_rc pl_record_document(pl_recorder *r, const pl_record_doc *doc, pl_err *err)
{
    if (!r->log)
        return PL_OK;
    pl_rc rc = enqueue(r, doc, err);
    return rc ? rc : note_item(r, doc, err);
}

/* ---- the report ---- */

pl_rc pl_record_report(pl_recorder *r, pl_str json, uint64_t *ret_index, pl_err *err)
{
    if (!r->log)
        return PL_OK;

    unsigned char sum[PL_SHA256];
    char hex[PL_SHA256_HEX];
    json_auto_t *body = json_object();
    pl_ledger_blob blob = {"report", "application/json", json};

    pl_sha256_of(json, sum);
    pl_hex(sum, sizeof(sum), hex);
    json_object_set_new(body, "schema", json_string("plimsoll.audit/1"));
    json_object_set_new(body, "sha256", json_string(hex));
    pl_ledger_rec rec = {.type = "report.issued", .body = body, .blobs = &blob, .n_blobs = 1};
    pl_rc rc = pl_record_flush(r, err);
    if (!rc)
        rc = pl_ledger_append_close(PL_TAKE(r->log, NULL), &rec, ret_index, NULL, err);
    return pl_wrap(err, rc, "evidence log: %s", rec.type);
}
