/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of a credential that go beyond its shape. */
#include "secrets/secrets_priv.h"

#include "core/char.h"
#include "core/hash.h"

#include <jansson.h>
#include <string.h>
#include <zlib.h>

static const struct {
    const char *name;
    pl_secret_test test;
} named[] = {
    {"crc32-base62", PL_SECRET_CRC32_BASE62},
    {"jwt", PL_SECRET_JWT},
    {"key-body", PL_SECRET_KEY_BODY},
    {"aws-account", PL_SECRET_AWS_ACCOUNT},
    {"basic", PL_SECRET_BASIC},
    {"bech32", PL_SECRET_BECH32},
    {"gitlab-crc", PL_SECRET_GITLAB_CRC},
    {"digits-id", PL_SECRET_DIGITS_ID},
    {"mixed", PL_SECRET_MIXED},
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

/* Either alphabet, with or without padding. */
static bool unbase64(pl_str text, pl_buf *out)
{
    PL_AUTO_BUF pl_buf b = {0};

    pl_buf_str(&b, text);
    for (size_t i = 0; i < b.n; i++)
        if (b.p[i] == '-' || b.p[i] == '_')
            b.p[i] = b.p[i] == '-' ? '+' : '/';
    while (b.n % 4 && pl_buf_ok(&b))
        pl_buf_ch(&b, '=');
    return pl_unbase64(pl_buf_view(&b), out);
}

/* RFC 7515 section 4.1.1: the header is a JSON object with "alg". */
static bool is_jwt(pl_str value)
{
    PL_AUTO_BUF pl_buf json = {0};
    pl_str head;

    if (!pl_str_cut(&value, '.', &head) || !unbase64(head, &json))
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

static int base32_digit(char c)
{
    return c >= 'A' && c <= 'Z' ? c - 'A' : c >= '2' && c <= '7' ? c - '2' + 26 : -1;
}

/*
 * The sixteen characters behind the prefix are base32; bits 1 to 40 of them are the account number.
 * Ids that were made before that was so have I or J first.
 */
static bool has_aws_account(pl_str value)
{
    uint64_t bits = 0;

    if (value.n < 20 || value.p[4] == 'I' || value.p[4] == 'J')
        return value.n >= 20;
    for (size_t i = 4; i < 14; i++) {
        if (base32_digit(value.p[i]) < 0)
            return false;
        bits = bits << 5 | (uint64_t)base32_digit(value.p[i]);
    }
    /* 50 bits: one, then 40 of the account, then nine of the rest. */
    return (bits >> 9 & 0xffffffffffu) < 1000000000000u;
}

/* RFC 7617: user and password, printable. */
static bool is_basic(pl_str value)
{
    PL_AUTO_BUF pl_buf text = {0};
    bool has_colon = false;

    if (!unbase64(value, &text))
        return false;
    for (size_t i = 0; i < text.n; i++) {
        if ((unsigned char)text.p[i] < ' ' || text.p[i] == 0x7f)
            return false;
        has_colon |= text.p[i] == ':' && i + 1 < text.n;
    }
    return has_colon;
}

/* BIP 173: the polynomial over the prefix, spread out, and all characters behind the last "1". */
static uint32_t bech32_step(uint32_t sum, uint32_t value)
{
    static const uint32_t generator[] = {0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd,
                                         0x2a1462b3};
    uint32_t top = sum >> 25;

    sum = (sum & 0x1ffffff) << 5 ^ value;
    for (size_t i = 0; i < PL_COUNT(generator); i++)
        if (top >> i & 1)
            sum ^= generator[i];
    return sum;
}

static bool is_bech32(pl_str value)
{
    static const char digits[] = "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L";
    size_t one = value.n;
    uint32_t sum = 1;

    while (one && value.p[one - 1] != '1')
        one--;
    if (one < 2 || value.n - one < 6)
        return false;
    /* Keys are written in capitals; the sum is that of small letters. */
    for (size_t i = 0; i + 1 < one; i++)
        sum = bech32_step(sum, (unsigned char)pl_to_lower(value.p[i]) >> 5);
    sum = bech32_step(sum, 0);
    for (size_t i = 0; i + 1 < one; i++)
        sum = bech32_step(sum, (unsigned char)pl_to_lower(value.p[i]) & 31);
    for (size_t i = one; i < value.n; i++) {
        const char *d = memchr(digits, value.p[i], sizeof(digits) - 1);
        if (!d)
            return false;
        sum = bech32_step(sum, (uint32_t)(d - digits));
    }
    return sum == 1;
}

/* "glpat-PAYLOAD.VV.LLCCCCCCC": the last seven are CRC-32 in base 36 of all before them. */
static bool has_gitlab_crc(pl_str value)
{
    static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";
    enum { SUM = 7, TAIL = 13 };

    if (value.n <= TAIL || value.p[value.n - TAIL] != '.' || value.p[value.n - TAIL + 3] != '.')
        return true;
    uint32_t crc = (uint32_t)crc32(0, (const unsigned char *)value.p, (unsigned)(value.n - SUM));
    for (size_t i = 0; i < SUM; i++, crc /= 36)
        if (value.p[value.n - 1 - i] != digits[crc % 36])
            return false;
    return true;
}

static bool has_digits_id(pl_str value)
{
    PL_AUTO_BUF pl_buf id = {0};
    pl_str head;

    if (!pl_str_cut(&value, '.', &head) || !unbase64(head, &id) || id.n < 17 || id.n > 19)
        return false;
    for (size_t i = 0; i < id.n; i++)
        if (!pl_is_digit(id.p[i]))
            return false;
    return true;
}

/* Letters and digits, or letters of both cases, neither of them rare: in names that people write
 * capitals are. */
static bool is_mixed(pl_str value)
{
    size_t digits = 0;
    size_t lower = 0;
    size_t letters = 0;

    for (size_t i = 0; i < value.n; i++) {
        digits += pl_is_digit(value.p[i]);
        lower += pl_is_lower(value.p[i]);
        letters += pl_is_alpha(value.p[i]);
    }
    return letters && (digits || (4 * lower >= letters && 4 * (letters - lower) >= letters));
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
    case PL_SECRET_AWS_ACCOUNT:
        return has_aws_account(value);
    case PL_SECRET_BASIC:
        return is_basic(value);
    case PL_SECRET_BECH32:
        return is_bech32(value);
    case PL_SECRET_GITLAB_CRC:
        return has_gitlab_crc(value);
    case PL_SECRET_DIGITS_ID:
        return has_digits_id(value);
    case PL_SECRET_MIXED:
        return is_mixed(value);
    case PL_SECRET_NO_TEST:
        break;
    }
    return true;
}
