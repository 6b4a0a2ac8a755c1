/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Documents from outside are parsed and searched in a worker. It sends the redacted text in
 * pieces; where a ref belongs it sends the secret itself, and the parent, who alone has the key,
 * writes the ref in its place.
 */
#include "redact/redact_priv.h"

#include "core/late.h"
#include "redact/limits.h"

enum { FRAME_TEXT = PL_FRAME_USER, FRAME_SECRET };
enum { FORM_FD = 5 };

/* ---- in the worker ---- */

static pl_rc flush(pl_buf *out, int out_fd, pl_err *err)
{
    if (!pl_buf_ok(out))
        return pl_fail(err, PL_NOMEM, "redacted document");
    pl_rc rc = out->n ? pl_jail_send(out_fd, FRAME_TEXT, pl_buf_view(out), err) : PL_OK;
    pl_buf_reset(out);
    return rc;
}

static pl_rc send_secret(void *arg, pl_str secret, pl_buf *out, pl_err *err)
{
    const int *out_fd = arg;
    pl_rc rc = flush(out, *out_fd, err);
    return rc ? rc : pl_jail_send(*out_fd, FRAME_SECRET, secret, err);
}

static pl_rc parse(pl_str bytes, json_t **ret, pl_err *err)
{
    json_error_t why;

    *ret = json_loadb(bytes.p, bytes.n, JSON_ALLOW_NUL, &why);
    return *ret ? PL_OK : pl_fail(err, PL_FORMAT, "not JSON: line %d: %s", why.line, why.text);
}

static pl_rc work(int in_fd, int out_fd, pl_str args, pl_err *err)
{
    PL_AUTO_SECRETS pl_secrets *s = NULL;
    PL_AUTO_BUF pl_buf form = {0};
    PL_AUTO_BUF pl_buf bytes = {0};
    PL_AUTO_BUF pl_buf out = {0};
    json_auto_t *doc = NULL;
    pl_rc rc;
    (void)args;

    if ((rc = pl_read_all(FORM_FD, PL_REDACT_DOCUMENT, &form, err)) ||
        (rc = pl_secrets_read(pl_buf_view(&form), &s, err)) ||
        (rc = pl_read_all(in_fd, PL_REDACT_DOCUMENT, &bytes, err)) ||
        (rc = parse(pl_buf_view(&bytes), &doc, err)))
        return rc;
    const pl_redact_out o = {s, &out, send_secret, &out_fd};
    rc = pl_redact_walk(&o, doc, err);
    return rc ? rc : flush(&out, out_fd, err);
}

void pl_redact_prepare(pl_str args)
{
    (void)args;
    (void)!pl_late_hs();
}

const pl_worker_kind pl_redact_worker = {"redact", work, pl_redact_prepare};

/* ---- here ---- */

struct answer {
    const pl_redactor *r;
    pl_buf *out;
};

static pl_rc take_frame(uint32_t type, pl_str payload, void *arg, pl_err *err)
{
    struct answer *a = arg;
    char ref[PL_REDACT_REF];

    if (type == FRAME_TEXT) {
        pl_buf_str(a->out, payload);
    } else if (type == FRAME_SECRET) {
        pl_redact_ref(a->r, payload, ref);
        pl_buf_c(a->out, ref);
    } else {
        return pl_fail(err, PL_WORKER, "worker redact sent a frame of type %u", type);
    }
    return pl_buf_ok(a->out) ? PL_OK : pl_fail(err, PL_NOMEM, "redacted document");
}

pl_rc pl_redact_document(pl_redactor *r, pl_str json, pl_buf *out, pl_err *err)
{
    PL_AUTO_FD int form = -1;
    struct answer a = {r, out};
    size_t before = out->n;
    pl_rc rc = pl_jail_memfd(pl_buf_view(&r->form), &form, err);

    if (rc)
        return rc;
    const pl_jail_job job = {.kind = pl_redact_worker.name,
                             .fds = &form,
                             .n_fds = 1,
                             .limits = &pl_jail_document,
                             .frame = take_frame,
                             .frame_arg = &a};
    rc = pl_jail_run_bytes(&job, json, err);
    if (rc)
        out->n = before; /* half a document is none */
    return rc;
}
