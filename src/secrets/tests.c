/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of a credential that go beyond its shape. */
#include "secrets/secrets_priv.h"

#include "core/hash.h"

#include <jansson.h>
#include <zlib.h>

static const struct {
    const char *name;
    pl_secret_test test;
} named[] = {
    {"crc32-base62", PL_SECRET_CRC32_BASE62},
    {"jwt", PL_SECRET_JWT},
    {"key-body", PL_SECRET_KEY_BODY},
};

bool pl_secrets_test_named(pl_str name, pl_secret_test *ret)
{
    for (size_t i = 0; i < PL_COUNT(named); i++)
        if (pl_str_eq(name, pl_str_c(named[i].name))) {
            *ret = named[i].test;
            return true;
        }
    return false;
}

/* GitHub and npm: "xxx_", random letters, CRC-32 (IEEE) of those in six digits of base 62. */
static bool has_crc32(pl_str value)
{
    static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    enum { PREFIX = 4, SUM = 6 };

    if (value.n <= PREFIX + SUM)
        return false;
    pl_str body = pl_str_sub(value, PREFIX, value.n - PREFIX - SUM);
    uint32_t crc = (uint32_t)crc32(0, (const unsigned char *)body.p, (unsigned)body.n);
    for (size_t i = 0; i < SUM; i++, crc /= 62)
        if (value.p[value.n - 1 - i] != digits[crc % 62])
            return false;
    return true;
}

/* RFC 7515 section 4.1.1: the header is a JSON object with "alg". */
static bool is_jwt(pl_str value)
{
    PL_AUTO_BUF pl_buf b = {0};
    PL_AUTO_BUF pl_buf json = {0};
    pl_str head;

    if (!pl_str_cut(&value, '.', &head))
        return false;
    pl_buf_str(&b, head);
    for (size_t i = 0; i < b.n; i++)
        if (b.p[i] == '-' || b.p[i] == '_')
            b.p[i] = b.p[i] == '-' ? '+' : '/';
    while (b.n % 4 && pl_buf_ok(&b))
        pl_buf_ch(&b, '=');
    if (!pl_unbase64(pl_buf_view(&b), &json))
        return false;
    json_t *doc = json_loadb(json.p, json.n, 0, NULL);
    bool is_good = json_is_string(json_object_get(doc, "alg"));
    json_decref(doc);
    return is_good;
}

static bool is_base64_digit(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
           c == '/';
}

/* Line ends may be real or, in JSON and shell, written as \n and \r. */
static bool has_key_body(pl_str value)
{
    size_t row = 0;

    /* Keys are text: in a table of headers (mime.cache) a NUL follows. */
    for (size_t i = 0; i < value.n && row < 40 && value.p[i]; i++) {
        if (value.p[i] == '\\' && i + 1 < value.n &&
            (value.p[i + 1] == 'n' || value.p[i + 1] == 'r'))
            i++;
        else if (is_base64_digit(value.p[i]))
            row++;
        else if (value.p[i] != '\n' && value.p[i] != '\r')
            row = 0;
    }
    return row >= 40;
}

bool pl_secrets_test(pl_secret_test test, pl_str value)
{
    switch (test) {
    case PL_SECRET_CRC32_BASE62:
        return has_crc32(value);
    case PL_SECRET_JWT:
        return is_jwt(value);
    case PL_SECRET_KEY_BODY:
        return has_key_body(value);
    case PL_SECRET_NO_TEST:
        break;
    }
    return true;
}
