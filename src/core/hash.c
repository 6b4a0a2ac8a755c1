/* SPDX-License-Identifier: Apache-2.0 */
#include "core/hash.h"

#include <assert.h>
#include <pthread.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

struct pl_sha256 {
    EVP_MD_CTX *ctx;
};

static EVP_MD *sha256_md;

static void fetch(void)
{
    sha256_md = EVP_MD_fetch(NULL, "SHA256", NULL);
    /* Without SHA-256 nothing here can be true, so going on is worse than stopping. */
    if (!sha256_md)
        abort();
}

static const EVP_MD *sha256(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, fetch);
    return sha256_md;
}

static void must(int ok)
{
    if (ok != 1)
        abort();
}

pl_sha256 *pl_sha256_new(void)
{
    pl_sha256 *h = calloc(1, sizeof(*h));
    if (h && !(h->ctx = EVP_MD_CTX_new())) {
        free(h);
        return NULL;
    }
    if (h)
        pl_sha256_start(h);
    return h;
}

void pl_sha256_free(pl_sha256 *h)
{
    if (!h)
        return;
    EVP_MD_CTX_free(h->ctx);
    free(h);
}

void pl_sha256_start(pl_sha256 *h)
{
    must(EVP_DigestInit_ex2(h->ctx, sha256(), NULL));
}

void pl_sha256_add(pl_sha256 *h, const void *p, size_t n)
{
    must(EVP_DigestUpdate(h->ctx, p, n));
}

void pl_sha256_end(pl_sha256 *h, unsigned char ret[PL_SHA256])
{
    must(EVP_DigestFinal_ex(h->ctx, ret, NULL));
    pl_sha256_start(h);
}

void pl_sha256_of(pl_str s, unsigned char ret[PL_SHA256])
{
    must(EVP_Digest(s.p ? s.p : "", s.n, ret, NULL, sha256(), NULL));
}

void pl_hmac_sha256(pl_str key, pl_str s, unsigned char ret[PL_SHA256])
{
    unsigned n = 0;
    if (!HMAC(sha256(), key.p, (int)key.n, (const unsigned char *)(s.p ? s.p : ""), s.n, ret, &n))
        abort();
    assert(n == PL_SHA256);
}

void pl_hex(const unsigned char *p, size_t n, char *ret)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < n; i++) {
        *ret++ = digits[p[i] >> 4];
        *ret++ = digits[p[i] & 15];
    }
    *ret = '\0';
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool pl_unhex(pl_str s, unsigned char *ret, size_t n)
{
    if (s.n != 2 * n)
        return false;
    for (size_t i = 0; i < n; i++) {
        int hi = hex_digit(s.p[2 * i]);
        int lo = hex_digit(s.p[2 * i + 1]);
        if (hi < 0 || lo < 0)
            return false;
        ret[i] = (unsigned char)(hi << 4 | lo);
    }
    return true;
}

/* Writes n bytes as groups of BITS bits through ALPHABET; the last group is filled with zeros. */
static void encode(const unsigned char *p, size_t n, unsigned bits, const char *alphabet,
                   pl_buf *out)
{
    unsigned held = 0;
    unsigned have = 0;
    const unsigned mask = (1u << bits) - 1;

    for (size_t i = 0; i < n; i++) {
        held = (held << 8 | p[i]) & 0xffffu;
        for (have += 8; have >= bits; have -= bits)
            pl_buf_ch(out, alphabet[held >> (have - bits) & mask]);
    }
    if (have)
        pl_buf_ch(out, alphabet[held << (bits - have) & mask]);
}

static const char alphabet64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void pl_base32(const unsigned char *p, size_t n, pl_buf *out)
{
    encode(p, n, 5, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", out);
}

void pl_base64(const unsigned char *p, size_t n, pl_buf *out)
{
    encode(p, n, 6, alphabet64, out);
    for (size_t i = n % 3; i && i < 3; i++)
        pl_buf_ch(out, '=');
}

void pl_base64url(const unsigned char *p, size_t n, pl_buf *out)
{
    encode(p, n, 6, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", out);
}

bool pl_unbase64(pl_str s, pl_buf *out)
{
    unsigned held = 0;
    unsigned have = 0;

    if (s.n % 4)
        return false;
    size_t pad = s.n && s.p[s.n - 1] == '=' ? 1 + (s.p[s.n - 2] == '=') : 0;
    for (size_t i = 0; i < s.n - pad; i++) {
        const char *at = s.p[i] ? strchr(alphabet64, s.p[i]) : NULL;
        if (!at)
            return false;
        held = (held << 6 | (unsigned)(at - alphabet64)) & 0xffffu;
        have += 6;
        if (have >= 8) {
            have -= 8;
            pl_buf_ch(out, (char)(held >> have & 0xff));
        }
    }
    /* The bits that are left over must be zero, else two texts would mean the same bytes. */
    return (held & ((1u << have) - 1)) == 0;
}
