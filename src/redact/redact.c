/* SPDX-License-Identifier: Apache-2.0 */
#include "redact/redact_priv.h"

#include "core/hash.h"
#include "protected/card.h"
#include "redact/limits.h"

#include <string.h>

#include <openssl/crypto.h>

void pl_redactor_free(pl_redactor *r)
{
    if (!r)
        return;
    pl_secrets_free(r->secrets);
    pl_buf_done(&r->form);
    OPENSSL_cleanse(r->key, sizeof(r->key));
    free(r);
}

static pl_redactor *new_with(const unsigned char key[PL_REDACT_KEY])
{
    pl_redactor *r = calloc(1, sizeof(*r));
    if (r)
        memcpy(r->key, key, sizeof(r->key));
    return r;
}

pl_rc pl_redactor_new(const pl_content_file *files, const unsigned char key[PL_REDACT_KEY],
                      pl_redactor **ret, pl_err *err)
{
    PL_AUTO_REDACTOR pl_redactor *r = new_with(key);
    pl_rc rc;

    if (!r)
        return pl_fail(err, PL_NOMEM, "redactor");
    if ((rc = pl_secrets_new(files, &r->secrets, err)) ||
        (rc = pl_secrets_write(r->secrets, &r->form, err)))
        return rc;
    *ret = PL_TAKE(r, NULL);
    return PL_OK;
}

void pl_redact_worker_key(const unsigned char own[PL_REDACT_KEY], unsigned char ret[PL_REDACT_KEY])
{
    const pl_str from = {(const char *)own, PL_REDACT_KEY};

    _Static_assert((int)PL_REDACT_KEY == (int)PL_SHA256, "a digest is a key");
    pl_hmac_sha256(from, PL_S("plimsoll worker 1"), ret);
}

pl_rc pl_redactor_write(const pl_redactor *r, pl_buf *out, pl_err *err)
{
    pl_buf_str(out, pl_buf_view(&r->form));
    return pl_buf_ok(out) ? PL_OK : pl_fail(err, PL_NOMEM, "redactor's written form");
}

pl_rc pl_redactor_read(pl_str form, const unsigned char key[PL_REDACT_KEY], pl_redactor **ret,
                       pl_err *err)
{
    PL_AUTO_REDACTOR pl_redactor *r = new_with(key);
    pl_rc rc;

    if (!r)
        return pl_fail(err, PL_NOMEM, "redactor");
    pl_buf_str(&r->form, form);
    if (!pl_buf_ok(&r->form))
        return pl_fail(err, PL_NOMEM, "redactor");
    if ((rc = pl_secrets_read(form, &r->secrets, err)))
        return rc;
    *ret = PL_TAKE(r, NULL);
    return PL_OK;
}

bool pl_redact_has_refs(pl_str key)
{
    unsigned char any = 0;

    for (size_t i = 0; i < key.n; i++)
        any |= (unsigned char)key.p[i];
    return any != 0;
}

void pl_redact_ref(const pl_redactor *r, pl_str secret, char ret[PL_REDACT_REF])
{
    const pl_str key = {(const char *)r->key, sizeof(r->key)};
    unsigned char mac[PL_SHA256] = {0};

    if (pl_redact_has_refs(key))
        pl_hmac_sha256(key, secret, mac);
    pl_hex(mac, 8, ret);
}

static size_t count_pans(pl_str text)
{
    size_t n = 0;
    size_t from = 0;
    size_t len = 0;

    for (size_t at = 0; pl_card_next(text, at, &from, &len); at = from + len)
        n++;
    return n;
}

pl_rc pl_redact_judge(pl_secrets *s, pl_str name, pl_str value, pl_redact_verdict *ret, pl_err *err)
{
    pl_secret_hit hit = {0};
    bool found = false;
    size_t n_pans = count_pans(value);

    /* A digest over a value that holds a card number would be a digest of the card number. */
    if (n_pans) {
        *ret = (pl_redact_verdict){true, PL_S("pan"), n_pans};
        return PL_OK;
    }
    pl_rc rc = pl_secrets_pair(s, name, value, &found, &hit, err);
    if (rc)
        return rc;
    *ret = (pl_redact_verdict){found, hit.kind, 0};
    return PL_OK;
}

pl_rc pl_redact_pair(pl_redactor *r, pl_str name, pl_str value, pl_redaction *ret, pl_err *err)
{
    pl_redact_verdict v;
    pl_rc rc = pl_redact_judge(r->secrets, name, value, &v, err);

    if (rc)
        return rc;
    *ret = (pl_redaction){.is_redacted = v.is_redacted, .kind = v.kind, .n_pans = v.n_pans};
    if (v.is_redacted && v.n_pans == 0)
        pl_redact_ref(r, value, ret->ref);
    return PL_OK;
}

static pl_rc own_ref(void *arg, pl_str secret, pl_buf *out, pl_err *err)
{
    char ref[PL_REDACT_REF];
    (void)err;
    pl_redact_ref(arg, secret, ref);
    pl_buf_c(out, ref);
    return PL_OK;
}

static pl_redact_out own_out(pl_redactor *r, pl_buf *out)
{
    return (pl_redact_out){r->secrets, out, own_ref, r};
}

pl_rc pl_redact_text(pl_redactor *r, pl_str text, pl_buf *out, pl_err *err)
{
    const pl_redact_out o = own_out(r, out);
    pl_rc rc = pl_redact_spans(&o, text, err);
    return rc || pl_buf_ok(out) ? rc : pl_fail(err, PL_NOMEM, "redacted text");
}

pl_rc pl_redact_json(pl_redactor *r, const json_t *doc, pl_buf *out, pl_err *err)
{
    const pl_redact_out o = own_out(r, out);
    pl_rc rc = pl_redact_walk(&o, doc, err);
    return rc || pl_buf_ok(out) ? rc : pl_fail(err, PL_NOMEM, "redacted document");
}

pl_rc pl_redact_tree(pl_redactor *r, json_t *doc, pl_err *err)
{
    PL_AUTO_BUF pl_buf out = {0};
    pl_rc rc = pl_redact_json(r, doc, &out, err);

    if (rc)
        return rc;
    json_auto_t *left = json_loadb(out.p, out.n, JSON_ALLOW_NUL, NULL);
    int bad = left ? 0 : -1;
    if (json_is_object(doc))
        bad = bad || json_object_clear(doc) || json_object_update(doc, left);
    else
        bad = bad || json_array_clear(doc) || json_array_extend(doc, left);
    return bad ? pl_fail(err, PL_NOMEM, "redacted document") : PL_OK;
}
