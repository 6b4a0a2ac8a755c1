/* SPDX-License-Identifier: Apache-2.0 */
#include "image/hashed.h"

#include "core/beside.h"
#include "core/sha_side.h"

enum { BUFFERS = 3 };

struct pl_hashed {
    pl_in in;
    pl_in *from;
    pl_sha_side *sha;
    pl_hashed *rider; /* whose pieces wait for one of ours; NULL: nobody's */
    bool rides;       /* so do its own */
    size_t piece;
    uint64_t total;
    size_t n, next; /* buffers that there are, and the one to be filled next */
    struct buffer {
        unsigned char *p;
        pl_str bytes;         /* that are hashed */
        struct buffer *other; /* that is hashed beside it, and whose it is */
        pl_hashed *whose;
        uint64_t job;
    } buffers[BUFFERS];
    struct buffer *waiting; /* for a piece to ride with */
    uint64_t last;          /* job */
    pl_rc rc;               /* of what comes behind bytes that were lent before it */
    pl_err why;
};

static void add(void *arg, const void *p, size_t n)
{
    pl_sha_side_add(arg, (pl_str){p, n});
}

static void add_two(void *arg, const void *p, size_t n)
{
    pl_hashed *h = arg;
    const struct buffer *b = p;

    (void)n;
    pl_sha_side_add_two(h->sha, b->bytes, b->whose->sha, b->other->bytes);
}

/* A piece that waited for one to ride with goes alone. */
static void give_waiting(pl_hashed *h)
{
    struct buffer *b = h->waiting;

    if (b)
        h->last = b->job = pl_beside_give(add, h->sha, b->bytes.p, b->bytes.n);
    h->waiting = NULL;
}

/* Pieces of one stream are hashed in their order: a rider has one that waits, at most. */
static void give(pl_hashed *h, struct buffer *b)
{
    pl_hashed *r = h->rider;

    if (h->rides) {
        give_waiting(h);
        h->waiting = b;
        return;
    }
    if (!r || !r->waiting) {
        h->last = b->job = pl_beside_give(add, h->sha, b->bytes.p, b->bytes.n);
        return;
    }
    b->other = r->waiting;
    b->whose = r;
    h->last = b->job = pl_beside_give(add_two, h, b, 0);
    r->last = r->waiting->job = b->job;
    r->waiting = NULL;
}

/* As much as there is room for, so that few jobs are given. An error waits until the bytes before
 * it were seen. */
static pl_rc fill(pl_hashed *h, unsigned char *buf, size_t *ret_n)
{
    *ret_n = 0;
    while (!h->rc && *ret_n < h->piece) {
        size_t got = 0;
        h->rc = pl_in_read(h->from, buf + *ret_n, h->piece - *ret_n, &got, &h->why);
        if (h->rc || got == 0)
            break;
        *ret_n += got;
    }
    return *ret_n ? PL_OK : h->rc;
}

static pl_rc hashed_lend(pl_in *in, pl_str *ret, pl_err *err)
{
    pl_hashed *h = (pl_hashed *)in;
    struct buffer *b = &h->buffers[h->next];
    size_t n = 0;

    if (h->waiting == b)
        give_waiting(h);
    pl_beside_wait(b->job);
    pl_rc rc = fill(h, b->p, &n);
    if (rc)
        return pl_fail(err, rc, "%s", h->why.text);
    *ret = b->bytes = (pl_str){(char *)b->p, n};
    if (n == 0)
        return PL_OK;
    give(h, b);
    h->total += n;
    h->next = (h->next + 1) % h->n;
    return PL_OK;
}

/* The reader's own memory: it is hashed before the reader has it. */
static pl_rc hashed_read(pl_in *in, void *buf, size_t n, size_t *ret_n, pl_err *err)
{
    pl_hashed *h = (pl_hashed *)in;

    if (h->rc)
        return pl_fail(err, h->rc, "%s", h->why.text);
    pl_rc rc = pl_in_read(h->from, buf, n, ret_n, err);
    if (rc)
        return rc;
    give_waiting(h);
    h->last = pl_beside_give(add, h->sha, buf, *ret_n);
    pl_beside_wait(h->last);
    h->total += *ret_n;
    return PL_OK;
}

static void drop_buffers(pl_hashed *h)
{
    give_waiting(h);
    pl_beside_wait(h->last);
    for (size_t i = 0; i < h->n; i++)
        free(h->buffers[i].p);
    h->n = h->next = 0;
    h->last = 0;
}

pl_hashed *pl_hashed_new(size_t piece)
{
    pl_hashed *h = calloc(1, sizeof(*h));

    if (!h)
        return NULL;
    h->in = (pl_in){hashed_read, hashed_lend};
    h->piece = piece;
    h->sha = pl_sha_side_new();
    if (h->sha)
        return h;
    free(h);
    return NULL;
}

void pl_hashed_free(pl_hashed *h)
{
    if (!h)
        return;
    drop_buffers(h);
    pl_sha_side_free(h->sha);
    free(h);
}

void pl_hashed_ride(pl_hashed *h, pl_hashed *rider)
{
    h->rider = rider;
    rider->rides = true;
}

pl_rc pl_hashed_begin(pl_hashed *h, pl_in *from, pl_err *err)
{
    size_t wanted = pl_beside_is_there() ? BUFFERS : 1;

    drop_buffers(h);
    h->from = from;
    h->total = 0;
    h->rc = PL_OK;
    pl_sha_side_start(h->sha);
    for (; h->n < wanted; h->n++) {
        h->buffers[h->n] = (struct buffer){.p = malloc(h->piece)};
        if (!h->buffers[h->n].p)
            return pl_fail(err, PL_NOMEM, "layer");
    }
    return PL_OK;
}

pl_in *pl_hashed_in(pl_hashed *h)
{
    return &h->in;
}

void pl_hashed_end(pl_hashed *h, char hex[PL_SHA256_HEX], uint64_t *ret_bytes)
{
    unsigned char raw[PL_SHA256];

    drop_buffers(h);
    pl_sha_side_end(h->sha, raw);
    pl_hex(raw, sizeof(raw), hex);
    *ret_bytes = h->total;
}
