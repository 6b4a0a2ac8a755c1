/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/record.h"

#include "core/hash.h"
#include "core/json_write.h"
#include "ledger/merkle.h"

#include <string.h>

enum { CHANGED_MAX = 100, LINE_MAX_BYTES = 8192 };

PL_DEFINE_CLEANUP(auto_json_, json_t *, json_decref, NULL)
#define AUTO_JSON PL_CLEANUP(auto_json_)

static json_t *text(pl_str s)
{
    /* jansson refuses what is not UTF-8; the reason for such a name is then all that is kept. */
    json_t *v = json_stringn(s.p ? s.p : "", s.n);
    return v ? v : json_string("(not UTF-8)");
}

static pl_rc append(pl_recorder *r, const pl_ledger_rec *rec, uint64_t *ret_index, pl_err *err)
{
    pl_rc rc = pl_ledger_append(r->log, rec, PL_LEDGER_STORED, ret_index, err);
    return rc ? pl_wrap(err, rc, "evidence log: %s", rec->type) : PL_OK;
}

static pl_rc note_item(pl_recorder *r, const pl_record_doc *doc, uint64_t index, pl_err *err)
{
    unsigned char sum[PL_SHA256];
    char hex[PL_SHA256_HEX];

    if (r->n_items == r->room_items) {
        size_t room = r->room_items ? r->room_items * 2 : 64;
        pl_evidence_item *v = pl_arena_calloc(r->arena, room, sizeof(*v));
        if (!v)
            return pl_fail(err, PL_LIMIT, "list of evidence");
        if (r->n_items)
            memcpy(v, r->items, r->n_items * sizeof(*v));
        r->items = v;
        r->room_items = room;
    }
    pl_sha256_of(doc->bytes, sum);
    pl_hex(sum, sizeof(sum), hex);
    r->items[r->n_items++] = (pl_evidence_item){
        .ledger_index = (int64_t)index,
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

    AUTO_JSON json_t *empty = json_object();
    pl_ledger_subject subj = {0};
    pl_ledger_blob blob = {doc->role, "application/json", doc->bytes};
    uint64_t index = 0;
    if (doc->subject)
        subj = (pl_ledger_subject){doc->subject->kind, doc->subject->key};
    pl_ledger_rec rec = {.type = doc->type,
                         .subj = &subj,
                         .n_subj = doc->subject ? 1 : 0,
                         .body = doc->body ? doc->body : empty,
                         .blobs = &blob,
                         .n_blobs = doc->bytes.n ? 1 : 0};
    pl_rc rc = append(r, &rec, &index, err);
    return rc ? rc : note_item(r, doc, index, err);
}

/* ---- verdicts ---- */

/* One verdict as the line that is hashed: everything that decides, nothing that is only shown. */
static json_t *verdict_line(const pl_finding *f)
{
    json_t *o = json_object();

    json_object_set_new(o, "id", json_string(f->id));
    json_object_set_new(o, "verdict", json_string(pl_verdict_word(f->verdict)));
    json_object_set_new(o, "severity", json_string(pl_severity_word(f->severity)));
    if (f->check) {
        json_object_set_new(o, "check", text(f->check->id));
        json_object_set_new(o, "revision", json_string(f->revision));
    } else {
        json_object_set_new(o, "advisory", text(f->vuln->advisory));
        json_object_set_new(o, "package", text(f->vuln->package));
        json_object_set_new(o, "version", text(f->vuln->version));
        json_object_set_new(o, "fixed_version", text(f->vuln->fixed_version));
    }
    if (f->element.n)
        json_object_set_new(o, "element", text(pl_str_sub(f->element, 0, 256)));
    if (f->reason)
        json_object_set_new(o, "reason", json_string(f->reason));
    if (f->reason_field)
        json_object_set_new(o, "reason_field", json_string(f->reason_field));
    if (f->evidence_hash[0])
        json_object_set_new(o, "evidence_hash", json_string(f->evidence_hash));
    return o;
}

struct verdicts {
    pl_buf lines;    /* NDJSON, one verdict a line */
    json_t *changed; /* array of lines */
    size_t n_changed;
    size_t count[PL_UNKNOWN + 1];
    pl_node *leaves;
};

static pl_rc add_verdict(pl_recorder *r, struct verdicts *v, pl_sha256 *h, pl_finding *f, size_t i,
                         pl_err *err)
{
    bool changed = true;
    pl_rc rc = PL_OK;
    if (r->states)
        rc = pl_findings_db_note(r->states, f, &f->first_seen_us, &changed, err);
    if (rc)
        return rc;

    AUTO_JSON json_t *line = verdict_line(f);
    size_t from = v->lines.n;
    if ((rc = pl_json_canonical(line, &v->lines, err)))
        return rc;
    pl_merkle_leaf(h, (pl_str){v->lines.p + from, v->lines.n - from}, &v->leaves[i]);
    pl_buf_ch(&v->lines, '\n');
    v->count[f->verdict]++;
    if (changed && v->n_changed++ < CHANGED_MAX)
        json_array_append(v->changed, line);
    return PL_OK;
}

static json_t *verdicts_body(const pl_recorder *r, const struct verdicts *v, size_t n,
                             const pl_node *root)
{
    char hex[PL_SHA256_HEX];
    json_t *body = json_object();
    json_t *counts = json_object();

    pl_hex(root->b, sizeof(root->b), hex);
    for (size_t i = 0; i < PL_COUNT(v->count); i++)
        json_object_set_new(
            counts, i == PL_NOT_APPLICABLE ? "not_applicable" : pl_verdict_word((pl_verdict)i),
            json_integer((json_int_t)v->count[i]));
    json_object_set_new(body, "counts", counts);
    json_object_set_new(body, "n", json_integer((json_int_t)n));
    json_object_set_new(body, "root", json_string(hex));
    json_object_set_new(body, "content", json_string(r->content_digest));
    if (r->advisories_digest.n)
        json_object_set_new(body, "advisories", text(r->advisories_digest));
    json_object_set(body, "changed", v->changed);
    json_object_set_new(body, "n_changed", json_integer((json_int_t)v->n_changed));
    return body;
}

pl_rc pl_record_verdicts(pl_recorder *r, const pl_subject *subject, pl_finding *const *findings,
                         size_t n, pl_err *err)
{
    if (!r->log || n == 0)
        return PL_OK;

    PL_AUTO_SHA256 pl_sha256 *h = pl_sha256_new();
    PL_AUTO_FREE pl_node *leaves = calloc(n, sizeof(*leaves));
    AUTO_JSON json_t *changed = json_array();
    struct verdicts v = {.changed = changed, .leaves = leaves};
    pl_node root;
    uint64_t index = 0;
    pl_rc rc = h && leaves && changed ? PL_OK : pl_fail(err, PL_NOMEM, "verdicts");

    for (size_t i = 0; !rc && i < n; i++)
        rc = add_verdict(r, &v, h, findings[i], i, err);
    if (!rc) {
        pl_merkle_root(h, leaves, n, &root);
        AUTO_JSON json_t *body = verdicts_body(r, &v, n, &root);
        rc = pl_record_document(r,
                                &(pl_record_doc){.type = "check.result",
                                                 .collector = "rules",
                                                 .role = "verdicts",
                                                 .subject = subject,
                                                 .bytes = pl_buf_view(&v.lines),
                                                 .body = body},
                                err);
        index = r->n_items ? (uint64_t)r->items[r->n_items - 1].ledger_index : 0;
    }
    for (size_t i = 0; !rc && i < n; i++)
        findings[i]->ledger_index = (int64_t)index;
    pl_buf_done(&v.lines);
    return rc ? pl_wrap(err, rc, "%.*s %.*s", PL_F(subject->kind), PL_F(subject->name)) : PL_OK;
}

pl_rc pl_record_report(pl_recorder *r, pl_str json, uint64_t *ret_index, pl_err *err)
{
    if (!r->log)
        return PL_OK;

    unsigned char sum[PL_SHA256];
    char hex[PL_SHA256_HEX];
    AUTO_JSON json_t *body = json_object();
    pl_ledger_blob blob = {"report", "application/json", json};

    pl_sha256_of(json, sum);
    pl_hex(sum, sizeof(sum), hex);
    json_object_set_new(body, "schema", json_string("plimsoll.audit/1"));
    json_object_set_new(body, "sha256", json_string(hex));
    pl_ledger_rec rec = {.type = "report.issued", .body = body, .blobs = &blob, .n_blobs = 1};
    return append(r, &rec, ret_index, err);
}
