/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/signature_key.h"

#include "core/pem.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <string.h>

enum { RSA_BITS_MIN = 2048 };

PL_DEFINE_CLEANUP(auto_pkey_, EVP_PKEY *, EVP_PKEY_free, NULL)
PL_DEFINE_CLEANUP(auto_md_, EVP_MD_CTX *, EVP_MD_CTX_free, NULL)
PL_DEFINE_CLEANUP(auto_bio_, BIO *, BIO_free_all, NULL)

/* ---- one key ---- */

/* The digest that its signatures are over; false: a key of another kind. */
static bool digest_of(const EVP_PKEY *key, const EVP_MD **ret)
{
    *ret = EVP_sha256();
    switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_EC:
        return EVP_PKEY_get_bits(key) == 256 || EVP_PKEY_get_bits(key) == 384;
    case EVP_PKEY_RSA:
        return EVP_PKEY_get_bits(key) >= RSA_BITS_MIN;
    case EVP_PKEY_ED25519:
        *ret = NULL;
        return true;
    default:
        return false;
    }
}

static pl_rc take_key(EVP_PKEY *key, pl_arena *a, pl_signature_key *to, pl_err *err)
{
    const EVP_MD *md = NULL;
    unsigned char *der = NULL, sum[PL_SHA256];

    if (!digest_of(key, &md))
        return pl_fail(err, PL_UNSUPPORTED,
                       "is no key for signatures of images: ECDSA on P-256 or P-384, Ed25519, or "
                       "RSA from 2048 bits");
    int n = i2d_PUBKEY(key, &der);
    if (n > 0)
        to->der = pl_arena_str(a, (pl_str){(const char *)der, (size_t)n});
    OPENSSL_free(der);
    if (n <= 0 || !to->der.p)
        return pl_fail(err, PL_NOMEM, "public key");
    pl_sha256_of(to->der, sum);
    pl_hex(sum, sizeof(sum), to->id);
    return PL_OK;
}

static pl_rc read_file(const char *path, pl_arena *a, pl_signature_key *to, pl_err *err)
{
    PL_AUTO_BUF pl_buf text = {0};
    pl_rc rc = pl_pem_read(path, &text, err);

    if (rc)
        return rc;
    PL_CLEANUP(auto_bio_)
    BIO *in = text.n <= INT_MAX ? BIO_new_mem_buf(text.p, (int)text.n) : NULL;
    PL_CLEANUP(auto_pkey_) EVP_PKEY *key = in ? PEM_read_bio_PUBKEY(in, NULL, NULL, NULL) : NULL;
    ERR_clear_error();
    rc = key ? take_key(key, a, to, err)
             : pl_fail(err, PL_FORMAT, "holds no PUBLIC KEY in PEM; cosign.pub is such a file");
    return pl_wrap(err, rc, "key of image signatures %s", path);
}

/* ---- whose ---- */

static bool is_scope(pl_str s)
{
    pl_str host, rest = s;

    (void)pl_str_cut(&rest, '/', &host);
    return pl_registry_is_host(host) &&
           (rest.n ? pl_registry_is_repository(rest) : !memchr(s.p, '/', s.n));
}

/* One registry has one spelling: in small letters, and without the port that is meant anyway. Else
 * an image named REGISTRY.example:443/app would escape the keys of registry.example/app. */
static pl_str spell(pl_str name, pl_arena *a)
{
    PL_AUTO_BUF pl_buf b = {0};
    char lower[PL_REGISTRY_HOST_MAX + 1];
    size_t n = 0;

    while (n < name.n && n < sizeof(lower) - 1 && name.p[n] != '/') {
        char c = name.p[n];
        lower[n++] = (char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
    }
    pl_str host = {lower, n};
    if (pl_str_ends(host, PL_S(":443")))
        host.n -= 4;
    pl_buf_str(&b, pl_registry_known_host(host));
    pl_buf_str(&b, pl_str_sub(name, n, name.n));
    return pl_buf_ok(&b) ? pl_arena_str(a, pl_buf_view(&b)) : (pl_str){NULL, 0};
}

static pl_rc read_key(pl_str word, pl_arena *a, pl_signature_key *to, pl_err *err)
{
    pl_str file = word, scope = {"", 0};
    char path[4096];

    /* A path may hold an equals sign of its own. */
    if (word.p[0] != '/' && word.p[0] != '.' && memchr(word.p, '=', word.n))
        (void)pl_str_cut(&file, '=', &scope);
    if (scope.n ? !is_scope(scope) || !file.n : file.n != word.n)
        return pl_fail(err, PL_USAGE, "key of image signatures \"%.*s\": is [HOST[/PATH]=]FILE",
                       PL_F(pl_str_sub(word, 0, 200)));
    to->scope = spell(scope, a);
    to->file = pl_arena_str(a, file);
    if (!to->scope.p || !to->file.p)
        return pl_fail(err, PL_LIMIT, "keys of image signatures");
    if (!pl_str_to_c(file, path, sizeof(path)))
        return pl_fail(err, PL_USAGE, "key of image signatures %.*s: no file name",
                       PL_F(pl_str_sub(file, 0, 200)));
    pl_rc rc = read_file(path, a, to, err);
    if (rc == PL_NOTFOUND || rc == PL_DENIED || rc == PL_FORMAT || rc == PL_UNSUPPORTED) {
        rc = PL_USAGE;
        if (err)
            err->rc = rc;
    }
    return rc;
}

pl_rc pl_signature_keys_read(const char *words, pl_arena *a, pl_signature_keys *ret, pl_err *err)
{
    pl_signature_keys to = {0};
    pl_str rest = pl_str_c(words), word;
    pl_rc rc = PL_OK;

    to.items = pl_arena_calloc(a, PL_REGISTRY_KEYS, sizeof(*to.items));
    if (!to.items)
        return pl_fail(err, PL_LIMIT, "keys of image signatures");
    while (!rc && pl_str_cut(&rest, ',', &word)) {
        word = pl_str_trim(word);
        if (!word.n)
            continue;
        if (to.n == PL_REGISTRY_KEYS)
            return pl_fail(err, PL_USAGE, "over %d keys of image signatures", PL_REGISTRY_KEYS);
        rc = read_key(word, a, &to.items[to.n++], err);
    }
    if (!rc)
        *ret = to;
    return rc;
}

/* Whether the text lies in the scope: it is it, or goes on behind a slash. */
static bool lies_in(pl_str text, pl_str scope)
{
    return !scope.n ||
           (pl_str_starts(text, scope) && (text.n == scope.n || text.p[scope.n] == '/'));
}

pl_rc pl_signature_keys_for(const pl_signature_keys *all, const pl_reference *r, pl_arena *a,
                            pl_signature_keys *ret, pl_err *err)
{
    char text[PL_REFERENCE_TEXT];
    pl_signature_keys to = {0};
    size_t longest = 0;

    (void)snprintf(text, sizeof(text), "%s/%s", r->host, r->repository);
    pl_str name = spell(pl_str_c(text), a);
    to.items = pl_arena_calloc(a, all->n ? all->n : 1, sizeof(*to.items));
    if (!to.items || !name.p)
        return pl_fail(err, PL_LIMIT, "keys of image signatures");
    for (size_t i = 0; i < all->n; i++)
        if (lies_in(name, all->items[i].scope) && all->items[i].scope.n > longest)
            longest = all->items[i].scope.n;
    for (size_t i = 0; i < all->n; i++)
        if (lies_in(name, all->items[i].scope) && all->items[i].scope.n == longest)
            to.items[to.n++] = all->items[i];
    *ret = to;
    return PL_OK;
}

/* ---- signatures ---- */

bool pl_signature_holds(pl_str der, pl_str signature, pl_str bytes)
{
    const unsigned char *p = (const unsigned char *)der.p;
    PL_CLEANUP(auto_pkey_)
    EVP_PKEY *key = der.n <= INT_MAX ? d2i_PUBKEY(NULL, &p, (long)der.n) : NULL;
    PL_CLEANUP(auto_md_) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    const EVP_MD *md = NULL;

    bool holds = key && ctx && digest_of(key, &md) &&
                 EVP_DigestVerifyInit(ctx, NULL, md, NULL, key) == 1 &&
                 EVP_DigestVerify(ctx, (const unsigned char *)signature.p, signature.n,
                                  (const unsigned char *)bytes.p, bytes.n) == 1;
    ERR_clear_error();
    return holds;
}
