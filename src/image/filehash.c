/* SPDX-License-Identifier: Apache-2.0 */
#include "image/filehash.h"

#include <openssl/evp.h>

enum { KINDS = 3 };

static const struct {
    const char *name;
    unsigned bit;
    size_t at;
} kinds[KINDS] = {
    {"MD5", PL_HAS_MD5, offsetof(pl_file_digests, md5)},
    {"SHA1", PL_HAS_SHA1, offsetof(pl_file_digests, sha1)},
    {"SHA256", PL_HAS_SHA256, offsetof(pl_file_digests, sha256)},
};

struct pl_filehash {
    EVP_MD *md[KINDS]; /* NULL: refused */
    EVP_MD_CTX *ctx[KINDS];
    unsigned which; /* are being made */
};

pl_filehash *pl_filehash_new(void)
{
    pl_filehash *h = calloc(1, sizeof(*h));
    if (!h)
        return NULL;
    for (size_t i = 0; i < KINDS; i++) {
        h->md[i] = EVP_MD_fetch(NULL, kinds[i].name, NULL);
        h->ctx[i] = EVP_MD_CTX_new();
        if (!h->ctx[i]) {
            pl_filehash_free(h);
            return NULL;
        }
    }
    return h;
}

void pl_filehash_free(pl_filehash *h)
{
    if (!h)
        return;
    for (size_t i = 0; i < KINDS; i++) {
        EVP_MD_CTX_free(h->ctx[i]);
        EVP_MD_free(h->md[i]);
    }
    free(h);
}

void pl_filehash_begin(pl_filehash *h, unsigned which)
{
    h->which = 0;
    for (size_t i = 0; i < KINDS; i++)
        if ((which & kinds[i].bit) && h->md[i] &&
            EVP_DigestInit_ex2(h->ctx[i], h->md[i], NULL) == 1)
            h->which |= kinds[i].bit;
}

void pl_filehash_add(pl_filehash *h, const void *p, size_t n)
{
    for (size_t i = 0; i < KINDS; i++)
        if ((h->which & kinds[i].bit) && EVP_DigestUpdate(h->ctx[i], p, n) != 1)
            h->which &= ~kinds[i].bit;
}

void pl_filehash_end(pl_filehash *h, pl_file_digests *ret)
{
    *ret = (pl_file_digests){0};
    for (size_t i = 0; i < KINDS; i++)
        if ((h->which & kinds[i].bit) &&
            EVP_DigestFinal_ex(h->ctx[i], (unsigned char *)ret + kinds[i].at, NULL) == 1)
            ret->has |= kinds[i].bit;
}
