/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/crypto.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

struct pl_ed25519 {
    EVP_PKEY *key;
};

PL_DEFINE_CLEANUP(auto_md_, EVP_MD_CTX *, EVP_MD_CTX_free, NULL)
PL_DEFINE_CLEANUP(auto_cipher_, EVP_CIPHER_CTX *, EVP_CIPHER_CTX_free, NULL)
PL_DEFINE_CLEANUP(auto_pkey_, EVP_PKEY *, EVP_PKEY_free, NULL)

static pl_rc crypto_failed(pl_err *err, const char *what)
{
    char text[160];

    ERR_error_string_n(ERR_get_error(), text, sizeof(text));
    ERR_clear_error();
    return pl_fail(err, PL_UNSUPPORTED, "%s: %s", what, text);
}

pl_rc pl_random(void *p, size_t n, pl_err *err)
{
    return RAND_bytes(p, (int)n) == 1 ? PL_OK : crypto_failed(err, "random bytes");
}

pl_rc pl_ed25519_new(const unsigned char seed[32], pl_ed25519 **ret, unsigned char ret_public[32],
                     pl_err *err)
{
    PL_CLEANUP(auto_pkey_)
    EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, 32);
    size_t n = 32;

    if (!key || EVP_PKEY_get_raw_public_key(key, ret_public, &n) != 1)
        return crypto_failed(err, "Ed25519 key");
    pl_ed25519 *k = calloc(1, sizeof(*k));
    if (!k)
        return pl_fail(err, PL_NOMEM, "Ed25519 key");
    k->key = PL_TAKE(key, NULL);
    *ret = k;
    return PL_OK;
}

void pl_ed25519_free(pl_ed25519 *k)
{
    if (!k)
        return;
    EVP_PKEY_free(k->key);
    free(k);
}

pl_rc pl_ed25519_sign(const pl_ed25519 *k, pl_str text, unsigned char ret[64], pl_err *err)
{
    PL_CLEANUP(auto_md_) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    size_t n = 64;

    if (!ctx || EVP_DigestSignInit(ctx, NULL, NULL, NULL, k->key) != 1 ||
        EVP_DigestSign(ctx, ret, &n, (const unsigned char *)text.p, text.n) != 1)
        return crypto_failed(err, "Ed25519 signature");
    return PL_OK;
}

bool pl_ed25519_holds(const unsigned char public_key[32], pl_str text,
                      const unsigned char signature[64])
{
    PL_CLEANUP(auto_pkey_)
    EVP_PKEY *key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, public_key, 32);
    PL_CLEANUP(auto_md_) EVP_MD_CTX *ctx = EVP_MD_CTX_new();

    bool holds = key && ctx && EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, key) == 1 &&
                 EVP_DigestVerify(ctx, signature, 64, (const unsigned char *)text.p, text.n) == 1;
    ERR_clear_error();
    return holds;
}

/* One run of AES-256 key wrap in either direction; n_out is what must come out. */
static bool wrap(int enc, const unsigned char kek[32], const unsigned char *in, int n_in,
                 unsigned char *out, int n_out)
{
    PL_CLEANUP(auto_cipher_) EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    int n = 0;
    int rest = 0;

    if (!ctx)
        return false;
    EVP_CIPHER_CTX_set_flags(ctx, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
    return EVP_CipherInit_ex(ctx, EVP_aes_256_wrap(), NULL, kek, NULL, enc) == 1 &&
           EVP_CipherUpdate(ctx, out, &n, in, n_in) == 1 &&
           EVP_CipherFinal_ex(ctx, out + n, &rest) == 1 && n + rest == n_out;
}

pl_rc pl_key_wrap(const unsigned char kek[32], const unsigned char key[32],
                  unsigned char ret[PL_WRAPPED_KEY], pl_err *err)
{
    unsigned char out[PL_WRAPPED_KEY + 16];

    if (!wrap(1, kek, key, 32, out, PL_WRAPPED_KEY))
        return crypto_failed(err, "key wrap");
    for (size_t i = 0; i < PL_WRAPPED_KEY; i++)
        ret[i] = out[i];
    return PL_OK;
}

pl_rc pl_key_unwrap(const unsigned char kek[32], const unsigned char wrapped[PL_WRAPPED_KEY],
                    unsigned char ret[32], pl_err *err)
{
    unsigned char out[PL_WRAPPED_KEY + 16];
    bool holds = wrap(0, kek, wrapped, PL_WRAPPED_KEY, out, 32);

    ERR_clear_error();
    if (!holds)
        return pl_fail(err, PL_TAMPERED, "a wrapped key does not open");
    for (size_t i = 0; i < 32; i++)
        ret[i] = out[i];
    OPENSSL_cleanse(out, sizeof(out));
    return PL_OK;
}
