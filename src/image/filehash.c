/* SPDX-License-Identifier: Apache-2.0 */
#include "image/filehash.h"

#include <openssl/evp.h>

struct pl_filehash {
    EVP_MD *md5, *sha1;
    EVP_MD_CTX *md5_ctx, *sha1_ctx;
};

static bool start(pl_filehash *h)
{
    return EVP_DigestInit_ex2(h->md5_ctx, h->md5, NULL) == 1 &&
           EVP_DigestInit_ex2(h->sha1_ctx, h->sha1, NULL) == 1;
}

pl_filehash *pl_filehash_new(void)
{
    pl_filehash *h = calloc(1, sizeof(*h));
    if (!h)
        return NULL;
    h->md5 = EVP_MD_fetch(NULL, "MD5", NULL);
    h->sha1 = EVP_MD_fetch(NULL, "SHA1", NULL);
    h->md5_ctx = EVP_MD_CTX_new();
    h->sha1_ctx = EVP_MD_CTX_new();
    if (!h->md5 || !h->sha1 || !h->md5_ctx || !h->sha1_ctx || !start(h)) {
        pl_filehash_free(h);
        return NULL;
    }
    return h;
}

void pl_filehash_free(pl_filehash *h)
{
    if (!h)
        return;
    EVP_MD_CTX_free(h->md5_ctx);
    EVP_MD_CTX_free(h->sha1_ctx);
    EVP_MD_free(h->md5);
    EVP_MD_free(h->sha1);
    free(h);
}

void pl_filehash_add(pl_filehash *h, const void *p, size_t n)
{
    (void)EVP_DigestUpdate(h->md5_ctx, p, n);
    (void)EVP_DigestUpdate(h->sha1_ctx, p, n);
}

void pl_filehash_end(pl_filehash *h, pl_file_digests *ret)
{
    (void)EVP_DigestFinal_ex(h->md5_ctx, ret->md5, NULL);
    (void)EVP_DigestFinal_ex(h->sha1_ctx, ret->sha1, NULL);
    (void)start(h);
}
