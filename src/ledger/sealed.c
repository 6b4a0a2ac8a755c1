/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/sealed.h"

#include "core/json_write.h"
#include "ledger/crypto.h"

#include <string.h>

enum { SALT = 16, DIGEST_TEXT = 43 };

pl_rc pl_sealed_make(const char *name, pl_str value, pl_buf *out, pl_err *err)
{
    unsigned char salt[SALT];
    PL_AUTO_BUF pl_buf json = {0};

    pl_rc rc = pl_random(salt, sizeof(salt), err);
    if (rc)
        return rc;
    pl_buf_c(&json, "[\"");
    pl_base64url(salt, sizeof(salt), &json);
    pl_buf_ch(&json, '"');
    if (name) {
        pl_buf_ch(&json, ',');
        pl_json_quote(&json, pl_str_c(name));
        pl_buf_ch(&json, ',');
        pl_buf_str(&json, value);
    }
    pl_buf_ch(&json, ']');
    pl_base64url((const unsigned char *)json.p, json.n, out);
    return pl_buf_ok(&json) && pl_buf_ok(out) ? PL_OK : pl_fail(err, PL_NOMEM, "disclosure");
}

void pl_sealed_hash(pl_str disclosure, unsigned char ret[PL_SHA256], pl_buf *out)
{
    pl_sha256_of(disclosure, ret);
    if (out)
        pl_base64url(ret, PL_SHA256, out);
}

bool pl_sealed_digest(pl_str text, unsigned char ret[PL_SHA256])
{
    char standard[DIGEST_TEXT + 1];
    PL_AUTO_BUF pl_buf raw = {.max = PL_SHA256};

    if (text.n != DIGEST_TEXT)
        return false;
    for (size_t i = 0; i < DIGEST_TEXT; i++) {
        char c = text.p[i];
        if (c == '+' || c == '/')
            return false;
        standard[i] = c == '-' ? '+' : c == '_' ? '/' : c;
    }
    standard[DIGEST_TEXT] = '=';
    if (!pl_unbase64((pl_str){standard, sizeof(standard)}, &raw) || raw.n != PL_SHA256)
        return false;
    memcpy(ret, raw.p, PL_SHA256);
    return true;
}
