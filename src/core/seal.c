/* SPDX-License-Identifier: Apache-2.0 */
#include "core/seal.h"

#include <limits.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

enum { CHUNK = 64 << 10 };

static inline void auto_cipher_(EVP_CIPHER_CTX **ctx)
{
    EVP_CIPHER_CTX_free(*ctx);
}
#define AUTO_CIPHER PL_CLEANUP(auto_cipher_)

static const unsigned char *bytes(pl_str s)
{
    return (const unsigned char *)s.p;
}

static pl_rc failed(pl_err *err)
{
    ERR_clear_error();
    return pl_fail(err, PL_SYS, "seal: the cryptographic library refuses");
}

static bool start(EVP_CIPHER_CTX *ctx, int enc, const unsigned char key[PL_SEAL_KEY],
                  const unsigned char nonce[PL_SEAL_NONCE], pl_str bound)
{
    int n = 0;

    return ctx && bound.n <= INT_MAX &&
           EVP_CipherInit_ex(ctx, EVP_aes_256_gcm(), NULL, key, nonce, enc) == 1 &&
           EVP_CipherUpdate(ctx, NULL, &n, bytes(bound), (int)bound.n) == 1;
}

/* In pieces, so that no copy of the whole stands beside out. */
static bool run(EVP_CIPHER_CTX *ctx, pl_str in, pl_buf *out)
{
    unsigned char piece[CHUNK];

    for (size_t at = 0; at < in.n && pl_buf_ok(out); at += CHUNK) {
        size_t left = in.n - at;
        int n = 0;
        if (EVP_CipherUpdate(ctx, piece, &n, bytes(in) + at, left < CHUNK ? (int)left : CHUNK) != 1)
            return false;
        pl_buf_add(out, piece, (size_t)n);
    }
    OPENSSL_cleanse(piece, sizeof(piece));
    return true;
}

/* The cipher makes no bytes at its end, but may write as many as a block has. */
static bool end(EVP_CIPHER_CTX *ctx)
{
    unsigned char none[EVP_MAX_BLOCK_LENGTH];
    int n = 0;

    return EVP_CipherFinal_ex(ctx, none, &n) == 1 && n == 0;
}

pl_rc pl_seal(const unsigned char key[PL_SEAL_KEY], pl_str bound, pl_str plain, pl_buf *out,
              pl_err *err)
{
    AUTO_CIPHER EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    unsigned char nonce[PL_SEAL_NONCE], tag[PL_SEAL_TAG];

    if (RAND_bytes(nonce, sizeof(nonce)) != 1)
        return failed(err);
    pl_buf_add(out, nonce, sizeof(nonce));
    if (!start(ctx, 1, key, nonce, bound) || !run(ctx, plain, out) || !end(ctx) ||
        EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, sizeof(tag), tag) != 1)
        return failed(err);
    pl_buf_add(out, tag, sizeof(tag));
    return pl_buf_ok(out) ? PL_OK : pl_fail(err, PL_LIMIT, "seal: more bytes than there is room");
}

pl_rc pl_unseal(const unsigned char key[PL_SEAL_KEY], pl_str bound, pl_str sealed, pl_buf *out,
                pl_err *err)
{
    AUTO_CIPHER EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    const size_t before = out->n, around = PL_SEAL_NONCE + PL_SEAL_TAG;
    unsigned char tag[PL_SEAL_TAG];

    if (sealed.n < around)
        return pl_fail(err, PL_TAMPERED, "sealed bytes do not open");
    pl_str text = {sealed.p + PL_SEAL_NONCE, sealed.n - around};
    memcpy(tag, text.p + text.n, sizeof(tag));
    bool holds = start(ctx, 0, key, bytes(sealed), bound) && run(ctx, text, out) &&
                 EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, sizeof(tag), tag) == 1 && end(ctx);
    ERR_clear_error();
    if (!pl_buf_ok(out))
        return pl_fail(err, PL_LIMIT, "unseal: more bytes than there is room");
    if (holds)
        return PL_OK;
    OPENSSL_cleanse(out->p + before, out->n - before);
    out->n = before;
    return pl_fail(err, PL_TAMPERED, "sealed bytes do not open");
}
