/* SPDX-License-Identifier: Apache-2.0 */
#include "image/filehash.h"

#include <openssl/evp.h>

enum { KINDS = 2 };

static const struct {
    const char *name;
    unsigned bit;
    size_t at;
} kinds[KINDS] = {
    {"SHA1", PL_HAS_SHA1, offsetof(pl_file_digests, sha1)},
    {"SHA256", PL_HAS_SHA256, offsetof(pl_file_digests, sha256)},
};

/* MD5 of a file. */
struct later {
    pl_md5 md5;
    uint64_t piece; /* with which it is whole */
    uint32_t row;
    struct later *next;
};

struct pl_filehash {
    EVP_MD *md[KINDS]; /* NULL: refused */
    EVP_MD_CTX *ctx[KINDS];
    unsigned which; /* of kinds are being made */
    pl_hashed *layer;
    struct later *now;         /* of the file that passes; owned */
    struct later *first, *end; /* of those before it, the oldest first; owned */
};

pl_filehash *pl_filehash_new(pl_hashed *layer)
{
    pl_filehash *h = calloc(1, sizeof(*h));
    if (!h)
        return NULL;
    h->layer = layer;
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

static struct later *pop(pl_filehash *h)
{
    struct later *l = h->first;

    h->first = l->next;
    if (!h->first)
        h->end = NULL;
    return l;
}

/* A file of which not all was read. */
static void drop_now(pl_filehash *h)
{
    if (h->now)
        pl_hashed_settle(h->layer);
    free(h->now);
    h->now = NULL;
}

void pl_filehash_free(pl_filehash *h)
{
    if (!h)
        return;
    drop_now(h);
    if (h->first)
        pl_hashed_settle(h->layer);
    while (h->first)
        free(pop(h));
    for (size_t i = 0; i < KINDS; i++) {
        EVP_MD_CTX_free(h->ctx[i]);
        EVP_MD_free(h->md[i]);
    }
    free(h);
}

void pl_filehash_begin(pl_filehash *h, unsigned which)
{
    drop_now(h);
    h->now = which & PL_HAS_MD5 ? calloc(1, sizeof(*h->now)) : NULL;
    if (h->now)
        pl_md5_start(&h->now->md5);
    h->which = 0;
    for (size_t i = 0; i < KINDS; i++)
        if ((which & kinds[i].bit) && h->md[i] &&
            EVP_DigestInit_ex2(h->ctx[i], h->md[i], NULL) == 1)
            h->which |= kinds[i].bit;
}

void pl_filehash_add(pl_filehash *h, pl_str bytes)
{
    if (h->now)
        pl_hashed_md5(h->layer, &h->now->md5, bytes);
    for (size_t i = 0; i < KINDS; i++)
        if ((h->which & kinds[i].bit) && EVP_DigestUpdate(h->ctx[i], bytes.p, bytes.n) != 1)
            h->which &= ~kinds[i].bit;
}

static void keep_for_later(pl_filehash *h, uint32_t row)
{
    struct later *l = PL_TAKE(h->now, NULL);

    l->piece = pl_hashed_lent(h->layer);
    l->row = row;
    *(h->first ? &h->end->next : &h->first) = l;
    h->end = l;
}

pl_rc pl_filehash_end(pl_filehash *h, pl_entries *to, uint32_t *ret, pl_err *err)
{
    pl_file_digests d = {.has = h->now ? PL_HAS_MD5 : 0};

    for (size_t i = 0; i < KINDS; i++)
        if ((h->which & kinds[i].bit) &&
            EVP_DigestFinal_ex(h->ctx[i], (unsigned char *)&d + kinds[i].at, NULL) == 1)
            d.has |= kinds[i].bit;
    pl_rc rc = pl_entries_digests(to, &d, ret, err);
    if (!rc && h->now)
        keep_for_later(h, *ret);
    return rc;
}

void pl_filehash_settle(pl_filehash *h, pl_entries *to, bool all)
{
    if (all) {
        drop_now(h);
        pl_hashed_settle(h->layer);
    }
    while (h->first && h->first->piece <= pl_hashed_done(h->layer)) {
        struct later *l = pop(h);
        unsigned char md5[PL_MD5];
        pl_md5_end(&l->md5, md5);
        pl_entries_set_md5(to, l->row, md5);
        free(l);
    }
}
