/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/worker_declared.h"

#include "audit/image_secrets.h"
#include "audit/worker_engine.h"
#include "declared/declared.h"

struct declared_redactor {
    pl_redactor *redactor;
    pl_engine_hooks of; /* the redactor's own */
    pl_str key;
};

static pl_rc redact_record(pl_record *r, pl_arena *a, void *arg, pl_err *err)
{
    const struct declared_redactor *d = arg;
    return d->of.record(r, a, d->of.arg, err);
}

static pl_rc redact_document(json_t *doc, pl_engine_redaction *ret, void *arg, pl_err *err)
{
    const struct declared_redactor *d = arg;
    return d->of.document(doc, ret, d->of.arg, err);
}

static pl_rc redact_text(pl_str text, pl_buf *out, void *arg, pl_err *err)
{
    const struct declared_redactor *d = arg;
    return pl_redact_text(d->redactor, text, out, err);
}

/* The redactor holds the patterns. */
static pl_rc find_secrets(pl_facts *f, void *arg, pl_err *err)
{
    const struct declared_redactor *d = arg;
    PL_AUTO_BUF pl_buf form = {0};
    pl_rc rc = pl_redactor_write(d->redactor, &form, err);

    return rc ? rc : pl_image_secrets_metadata(pl_buf_view(&form), d->key, f, err);
}

pl_rc pl_worker_declared(int in_fd, int out_fd, pl_str args, pl_err *err)
{
    PL_AUTO_REDACTOR pl_redactor *redactor = NULL;
    struct declared_redactor d = {.key = pl_declared_key(args)};
    const pl_declared_hooks hooks = {
        .of = {.record = redact_record, .document = redact_document, .arg = &d},
        .image = find_secrets,
        .text = redact_text};
    pl_rc rc = pl_worker_redactor(d.key, &redactor, &d.of, err);

    d.redactor = redactor;
    return rc ? rc : pl_declared_work(in_fd, out_fd, args, &hooks, err);
}
