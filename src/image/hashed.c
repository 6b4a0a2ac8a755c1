/* SPDX-License-Identifier: Apache-2.0 */
#include "image/hashed.h"

#include "core/beside.h"
#include "core/sha_side.h"

enum { BUFFERS = 3, PARTS = 128 };

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
        struct buffer *other; /* that is hashed beside it, and whose it is; NULL: none */
        pl_hashed *whose;
        pl_md5_part parts[PARTS];
        size_t n_parts;
        uint64_t job, number; /* the how manieth piece it is */
    } buffers[BUFFERS];
    struct buffer *lent;     /* last; what is to be made beside it is not yet known */
    struct buffer *waiting;  /* for a piece to ride with */
    uint64_t last;           /* job */
    uint64_t n_lent, n_done; /* pieces */
    pl_rc rc;                /* of what comes behind bytes that were lent before it */
    pl_err why;
};

static void add(void *arg, const void *p, size_t n)
{
    pl_sha_side_add(arg, (pl_str){p, n});
}

static void add_all(void *arg, const void *p, size_t which)
{
    pl_hashed *h = arg;
    struct buffer *b = &h->buffers[which];
    pl_str other = b->other ? b->other->bytes : (pl_str){"", 0};

    (void)p;
    pl_sha_side_add_all(h->sha, b->bytes, b->other ? b->whose->sha : NULL, other, b->parts,
                        b->n_parts);
}

/* A piece that waited for one to ride with goes alone. */
static void give_waiting(pl_hashed *h)
{
    struct buffer *b = h->waiting;

    if (b)
        h->last = b->job = pl_beside_give(add, h->sha, b->bytes.p, b->bytes.n);
    h->waiting = NULL;
}

/* The piece that was lent last, of which the reader has seen all. Pieces of one stream are hashed
 * in their order: a rider has one that waits, at most. */
static void give_lent(pl_hashed *h)
{
    pl_hashed *r = h->rider;
    struct buffer *b = h->lent;

    h->lent = NULL;
    if (!b)
        return;
    if (h->rides) {
        give_waiting(h);
        h->waiting = b;
        return;
    }
    struct buffer *other = r ? r->waiting : NULL;
    b->other = other;
    b->whose = r;
    h->last = b->job = pl_beside_give(add_all, h, NULL, (size_t)(b - h->buffers));
    if (!other)
        return;
    r->last = other->job = b->job;
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

    give_lent(h);
    if (h->waiting == b)
        give_waiting(h);
    pl_beside_wait(b->job);
    h->n_done = b->number;
    pl_rc rc = fill(h, b->p, &n);
    if (rc)
        return pl_fail(err, rc, "%s", h->why.text);
    *ret = b->bytes = (pl_str){(char *)b->p, n};
    if (n == 0)
        return PL_OK;
    b->number = ++h->n_lent;
    b->n_parts = 0;
    h->lent = b;
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
    pl_hashed_settle(h);
    h->last = pl_beside_give(add, h->sha, buf, *ret_n);
    pl_beside_wait(h->last);
    h->total += *ret_n;
    return PL_OK;
}

void pl_hashed_settle(pl_hashed *h)
{
    give_lent(h);
    give_waiting(h);
    pl_beside_wait(h->last);
    h->n_done = h->n_lent;
}

/* ---- MD5 beside it ---- */

/* More parts than are kept: those that there are cannot wait for the piece. */
static void add_parts_now(pl_hashed *h)
{
    struct buffer *b = h->lent;

    pl_beside_wait(h->last);
    for (size_t i = 0; i < b->n_parts; i++)
        pl_md5_add(b->parts[i].md5, b->parts[i].bytes);
    b->n_parts = 0;
}

void pl_hashed_md5(pl_hashed *h, pl_md5 *m, pl_str bytes)
{
    struct buffer *b = h->lent;
    pl_md5_part *last = b && b->n_parts ? &b->parts[b->n_parts - 1] : NULL;

    if (!b) {
        pl_beside_wait(h->last);
        pl_md5_add(m, bytes);
        return;
    }
    if (last && last->md5 == m && last->bytes.p + last->bytes.n == bytes.p) {
        last->bytes.n += bytes.n;
        return;
    }
    if (b->n_parts == PARTS)
        add_parts_now(h);
    b->parts[b->n_parts++] = (pl_md5_part){m, bytes};
}

uint64_t pl_hashed_lent(const pl_hashed *h)
{
    return h->n_lent;
}

uint64_t pl_hashed_done(const pl_hashed *h)
{
    return h->n_done;
}

/* ---- open and close ---- */

static void drop_buffers(pl_hashed *h)
{
    pl_hashed_settle(h);
    for (size_t i = 0; i < h->n; i++)
        free(h->buffers[i].p);
    h->n = h->next = 0;
    h->last = h->n_lent = h->n_done = 0;
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
