/* SPDX-License-Identifier: Apache-2.0 */
/* The verdicts about one subject as one leaf: root over all, the changed ones in full. */
#include "audit/record.h"

#include "audit/limits.h"
#include "core/hash.h"
#include "core/json_write.h"
#include "ledger/merkle.h"

#include <string.h>

static json_t *text(pl_str s)
{
    /* jansson refuses what is not UTF-8; the reason for such a name is then all that is kept. */
    json_t *v = json_stringn(s.p ? s.p : "", s.n);
    return v ? v : json_string("(not UTF-8)");
}

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
        if (f->vuln->vex_status.n) {
            json_object_set_new(o, "vex_status", text(f->vuln->vex_status));
            json_object_set_new(o, "vex_reason", text(f->vuln->vex_reason));
            json_object_set_new(o, "vex_source", text(f->vuln->vex_source));
        }
    }
    if (f->element.n)
        json_object_set_new(o, "element", text(pl_str_sub(f->element, 0, 256)));
    if (f->reason)
        json_object_set_new(o, "reason", json_string(f->reason));
    if (f->reason_field)
        json_object_set_new(o, "reason_field", json_string(f->reason_field));
    /* Who said what stands in an entry of its own. */
    if (f->statement && f->statement->number >= 0)
        json_object_set_new(o, "statement", json_integer((json_int_t)f->statement->number));
    if (f->statement && f->verdict == PL_WAIVED)
        json_object_set_new(o, "judged", json_string(pl_verdict_word(f->judged)));
    if (f->evidence_hash[0])
        json_object_set_new(o, "evidence_hash", json_string(f->evidence_hash));
    return o;
}

struct verdicts {
    pl_buf lines;    /* NDJSON, one verdict a line */
    json_t *changed; /* array of lines: as many as the leaf has room for */
    size_t n_changed;
    size_t changed_bytes;
    size_t count[PL_UNKNOWN + 1];
    pl_node *leaves;
};

static void note_changed(struct verdicts *v, json_t *line, size_t n)
{
    v->changed_bytes += n;
    if (v->n_changed++ < PL_RECORD_CHANGED && v->changed_bytes <= PL_RECORD_CHANGED_BYTES)
        json_array_append(v->changed, line);
}

static pl_rc add_verdict(pl_recorder *r, struct verdicts *v, pl_sha256 *h, pl_finding *f, size_t i,
                         pl_err *err)
{
    pl_finding_past past = {.is_changed = true};
    pl_rc rc = r->states ? pl_findings_db_note(r->states, f, &past, err) : PL_OK;
    if (rc)
        return rc;
    f->first_seen_us = past.first_seen_us;
    f->grown_us = past.grown_us;

    json_auto_t *line = verdict_line(f);
    size_t from = v->lines.n;
    if ((rc = pl_json_canonical(line, &v->lines, err)))
        return rc;
    pl_merkle_leaf(h, (pl_str){v->lines.p + from, v->lines.n - from}, &v->leaves[i]);
    pl_buf_ch(&v->lines, '\n');
    v->count[f->verdict]++;
    if (past.is_changed)
        note_changed(v, line, v->lines.n - from);
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

static pl_rc record(pl_recorder *r, const pl_subject *subject, struct verdicts *v, pl_sha256 *h,
                    pl_finding *const *findings, size_t n, pl_err *err)
{
    pl_node root;
    pl_merkle_root(h, v->leaves, n, &root);
    json_auto_t *body = verdicts_body(r, v, n, &root);
    pl_finding **kept = pl_arena_calloc(r->arena, n, sizeof(pl_finding *));

    if (!kept)
        return pl_fail(err, PL_LIMIT, "list of verdicts");
    memcpy(kept, findings, n * sizeof(pl_finding *));
    return pl_record_document(r,
                              &(pl_record_doc){.type = "check.result",
                                               .collector = "rules",
                                               .role = "verdicts",
                                               .subject = subject,
                                               .bytes = pl_buf_view(&v->lines),
                                               .body = body,
                                               .findings = kept,
                                               .n_findings = n},
                              err);
}

pl_rc pl_record_verdicts(pl_recorder *r, const pl_subject *subject, pl_finding *const *findings,
                         size_t n, pl_err *err)
{
    if (!r->log || n == 0)
        return PL_OK;

    PL_AUTO_SHA256 pl_sha256 *h = pl_sha256_new();
    PL_AUTO_FREE pl_node *leaves = calloc(n, sizeof(*leaves));
    json_auto_t *changed = json_array();
    struct verdicts v = {.changed = changed, .leaves = leaves};
    pl_rc rc = h && leaves && changed ? PL_OK : pl_fail(err, PL_NOMEM, "verdicts");

    for (size_t i = 0; !rc && i < n; i++)
        rc = add_verdict(r, &v, h, findings[i], i, err);
    if (!rc)
        rc = record(r, subject, &v, h, findings, n, err);
    pl_buf_done(&v.lines);
    return rc ? pl_wrap(err, rc, "%.*s %.*s", PL_F(subject->kind), PL_F(subject->name)) : PL_OK;
}
