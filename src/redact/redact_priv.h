/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of this room share. Nobody else includes this. */
#pragma once

#include "redact/redact.h"

struct pl_redactor {
    pl_secrets *secrets;
    pl_buf form; /* the secrets' written form, for workers */
    unsigned char key[PL_REDACT_KEY];
};

void pl_redact_ref(const pl_redactor *r, pl_str secret, char ret[PL_REDACT_REF]);

/* What is to be done with a value; the ref is the caller's to make. */
typedef struct pl_redact_verdict {
    bool is_redacted;
    pl_str kind;
    size_t n_pans;
} pl_redact_verdict;

pl_rc pl_redact_judge(pl_secrets *s, pl_str name, pl_str value, pl_redact_verdict *ret,
                      pl_err *err);

/* A value's last part of the way out: the ref of a secret is written by whoever has the key. */
typedef struct pl_redact_out {
    pl_secrets *secrets;
    pl_buf *out;
    pl_rc (*ref)(void *arg, pl_str secret, pl_buf *out, pl_err *err);
    void *arg;
} pl_redact_out;

pl_rc pl_redact_walk(const pl_redact_out *o, const json_t *doc, pl_err *err);

/* Text with what is secret replaced where it stands. */
pl_rc pl_redact_spans(const pl_redact_out *o, pl_str text, pl_err *err);
