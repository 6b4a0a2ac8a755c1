/* SPDX-License-Identifier: Apache-2.0 */
#include "package/sqlite_wal.h"

#include "core/attr.h"
#include "package/bytes.h"
#include "package/limits.h"

#include <stdlib.h>
#include <string.h>

enum { MAGIC = 0x377f0682 }; /* plus 1: checksums over big-endian words */

struct reader {
    const pl_pagefile *f;
    uint32_t page_bytes;
    bool is_big;
    unsigned char salts[8];
    uint32_t sum[2];
    unsigned char *frame; /* owned: header and page */
    pl_wal_page *pages;   /* owned: in the order of the log */
    size_t n, room;
};

static void add_sum(struct reader *r, const unsigned char *p, size_t n)
{
    for (size_t i = 0; i + 8 <= n; i += 8) {
        r->sum[0] += pl_u32of(p + i, r->is_big) + r->sum[1];
        r->sum[1] += pl_u32of(p + i + 4, r->is_big) + r->sum[0];
    }
}

static bool has_sum(const struct reader *r, const unsigned char *p)
{
    return pl_u32be(p) == r->sum[0] && pl_u32be(p + 4) == r->sum[1];
}

static bool read_header(struct reader *r)
{
    unsigned char h[PL_WAL_HEADER];

    if (!pl_pagefile_get(r->f, 0, h, sizeof(h)) || (pl_u32be(h) & ~1U) != MAGIC ||
        pl_u32be(h + 8) != r->page_bytes)
        return false;
    r->is_big = pl_u32be(h) & 1;
    memcpy(r->salts, h + 16, sizeof(r->salts));
    add_sum(r, h, 24);
    return has_sum(r, h + 24);
}

/* False: this frame does not belong to the log any more. */
static bool read_frame(struct reader *r, uint32_t i)
{
    size_t bytes = (size_t)PL_WAL_FRAME + r->page_bytes;

    if (!pl_pagefile_get(r->f, PL_WAL_HEADER + (uint64_t)i * bytes, r->frame, bytes) ||
        memcmp(r->frame + 8, r->salts, sizeof(r->salts)) != 0 || pl_u32be(r->frame) == 0)
        return false;
    add_sum(r, r->frame, 8);
    add_sum(r, r->frame + PL_WAL_FRAME, r->page_bytes);
    return has_sum(r, r->frame + 16);
}

static bool push(struct reader *r, uint32_t page, uint32_t frame)
{
    if (r->n == r->room) {
        size_t room = r->room ? r->room * 2 : 64;
        pl_wal_page *pages = reallocarray(r->pages, room, sizeof(*pages));
        if (!pages)
            return false;
        r->pages = pages;
        r->room = room;
    }
    r->pages[r->n++] = (pl_wal_page){page, frame};
    return true;
}

static int by_page(const void *a, const void *b)
{
    const pl_wal_page *x = a;
    const pl_wal_page *y = b;

    if (x->page != y->page)
        return x->page < y->page ? -1 : 1;
    return x->frame < y->frame ? -1 : x->frame > y->frame;
}

/* Sorted by page, and of each page only its last frame. */
static void keep_last(pl_wal *w)
{
    size_t n = 0;

    if (w->n)
        qsort(w->pages, w->n, sizeof(*w->pages), by_page);
    for (size_t i = 0; i < w->n; i++)
        if (i + 1 == w->n || w->pages[i + 1].page != w->pages[i].page)
            w->pages[n++] = w->pages[i];
    w->n = n;
}

static pl_rc read_frames(struct reader *r, pl_wal *w, pl_err *err)
{
    for (uint32_t i = 0; read_frame(r, i); i++) {
        if (i == PL_SQLITE_WAL_MAX)
            return pl_fail(err, PL_LIMIT,
                           "write-ahead log of more than PL_SQLITE_WAL_MAX (%d) frames",
                           PL_SQLITE_WAL_MAX);
        if (!push(r, pl_u32be(r->frame), i))
            return pl_fail(err, PL_NOMEM, "write-ahead log");
        if (pl_u32be(r->frame + 4)) {
            w->db_pages = pl_u32be(r->frame + 4);
            w->n = r->n;
        }
    }
    return PL_OK;
}

pl_rc pl_wal_open(const pl_pagefile *f, uint32_t page_bytes, pl_wal *ret, pl_err *err)
{
    struct reader r = {.f = f, .page_bytes = page_bytes};
    pl_wal w = {0};

    *ret = w;
    if (!read_header(&r))
        return PL_OK;
    r.frame = malloc((size_t)PL_WAL_FRAME + page_bytes);
    pl_rc rc = r.frame ? read_frames(&r, &w, err) : pl_fail(err, PL_NOMEM, "write-ahead log");
    free(r.frame);
    w.pages = r.pages;
    if (rc) {
        pl_wal_done(&w);
        return rc;
    }
    keep_last(&w);
    *ret = w;
    return PL_OK;
}

void pl_wal_done(pl_wal *w)
{
    free(w->pages);
    *w = (pl_wal){0};
}

bool pl_wal_find(const pl_wal *w, uint32_t page, uint32_t page_bytes, uint64_t *ret_at)
{
    size_t lo = 0;
    size_t hi = w->n;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (w->pages[mid].page < page)
            lo = mid + 1;
        else
            hi = mid;
    }
    if (lo == w->n || w->pages[lo].page != page)
        return false;
    uint64_t frame = (uint64_t)PL_WAL_FRAME + page_bytes;
    *ret_at = PL_WAL_HEADER + w->pages[lo].frame * frame + PL_WAL_FRAME;
    return true;
}
