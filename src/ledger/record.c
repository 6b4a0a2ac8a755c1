/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/record.h"

#include "core/json_write.h"
#include "ledger/limits.h"

static void write_subjects(const pl_ledger_rec *r, pl_buf *out)
{
    pl_buf_ch(out, '[');
    for (size_t i = 0; i < r->n_subj; i++) {
        const pl_ledger_subject *s = &r->subj[i];
        pl_buf_c(out, i ? "," : "");
        pl_buf_c(out, pl_str_eq(s->kind, PL_S("image")) ? "{\"d\":" : "{\"id\":");
        pl_json_quote(out, s->key);
        pl_buf_c(out, ",\"k\":");
        pl_json_quote(out, s->kind);
        pl_buf_ch(out, '}');
    }
    pl_buf_ch(out, ']');
}

static pl_rc add_json(pl_buf *out, const json_t *v, const char *what, pl_err *err)
{
    PL_AUTO_BUF pl_buf text = {.max = PL_MESSAGE_MAX};
    pl_rc rc = pl_json_canonical(v, &text, err);

    pl_buf_lstr(out, pl_buf_view(&text));
    return pl_wrap(err, rc, "%s", what);
}

static pl_rc write_body(const pl_ledger_rec *r, pl_buf *out, pl_err *err)
{
    PL_AUTO_BUF pl_buf subj = {0};

    write_subjects(r, &subj);
    pl_buf_lstr(out, pl_str_c(r->type));
    pl_buf_lstr(out, pl_str_c(r->ret ? r->ret : "pci"));
    pl_buf_lstr(out, pl_buf_view(&subj));
    if (r->body)
        return add_json(out, r->body, "body", err);
    pl_buf_lstr(out, r->body_text);
    return PL_OK;
}

static pl_rc check_record(const pl_ledger_rec *r, pl_err *err)
{
    if (!r->type || (!r->body && r->body_text.n == 0))
        return pl_fail(err, PL_USAGE, "a record needs a type and a body");
    if (r->n_subj > PL_RECORD_SUBJECTS || r->n_blobs > PL_RECORD_BLOBS ||
        r->n_sealed > PL_RECORD_SEALED)
        return pl_fail(err, PL_LIMIT,
                       "%zu subjects, %zu blobs, %zu sealed values; at most %d, %d, %d", r->n_subj,
                       r->n_blobs, r->n_sealed, PL_RECORD_SUBJECTS, PL_RECORD_BLOBS,
                       PL_RECORD_SEALED);
    for (size_t i = 0; i < r->n_blobs; i++)
        if (r->blobs[i].bytes.n > PL_BLOB_MAX)
            return pl_fail(err, PL_LIMIT, "blob %s of %zu bytes; at most %llu", r->blobs[i].role,
                           r->blobs[i].bytes.n, (unsigned long long)PL_BLOB_MAX);
    return PL_OK;
}

pl_rc pl_record_write(const pl_ledger_rec *r, pl_buf *out, pl_err *err)
{
    pl_buf_reset(out);
    pl_rc rc = check_record(r, err);
    if (!rc)
        rc = write_body(r, out, err);
    pl_buf_u32le(out, (uint32_t)r->n_sealed);
    for (size_t i = 0; !rc && i < r->n_sealed; i++) {
        pl_buf_lstr(out, pl_str_c(r->sealed[i].name));
        rc = add_json(out, r->sealed[i].value, r->sealed[i].name, err);
    }
    pl_buf_u32le(out, (uint32_t)r->n_blobs);
    for (size_t i = 0; !rc && i < r->n_blobs; i++) {
        pl_buf_lstr(out, pl_str_c(r->blobs[i].role));
        pl_buf_lstr(out, pl_str_c(r->blobs[i].media));
        pl_buf_u64le(out, r->blobs[i].bytes.n);
    }
    if (!rc && (!pl_buf_ok(out) || out->n > PL_MESSAGE_MAX - 64))
        rc = pl_fail(err, PL_LIMIT, "a record of more than %d bytes", PL_LEAF_MAX);
    return rc;
}
