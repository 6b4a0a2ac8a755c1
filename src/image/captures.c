/* SPDX-License-Identifier: Apache-2.0 */
#include "image/captures.h"

#include "image/limits.h"

#include <string.h>

#include <zstd.h>

enum { CACHED = 16 }; /* 1 MiB of blocks */

struct pl_capture_cache {
    struct {
        size_t block; /* 1 + number; 0: empty */
        uint64_t used;
    } slots[CACHED];
    uint64_t clock;
    char raw[CACHED][PL_CAPTURE_BLOCK];
};

void pl_captures_done(pl_captures *c)
{
    for (size_t i = 0; i < c->n_blocks; i++)
        free(c->blocks[i].packed);
    free(c->blocks);
    free(c->items);
    free(c->fill);
    free(c->cache);
    *c = (pl_captures){0};
}

/* ---- taking ---- */

static pl_rc push_block(pl_captures *c, const pl_capture_block *b, pl_err *err)
{
    if (c->n_blocks == c->room_blocks) {
        size_t room = c->room_blocks ? c->room_blocks * 2 : 64;
        pl_capture_block *blocks = reallocarray(c->blocks, room, sizeof(*blocks));
        if (!blocks)
            return pl_fail(err, PL_NOMEM, "kept files");
        c->blocks = blocks;
        c->room_blocks = room;
    }
    c->blocks[c->n_blocks++] = *b;
    c->total += b->packed_bytes;
    return PL_OK;
}

/* Package databases shrink four-fold, and the level costs less than the digests do. */
static pl_rc pack(const char *raw, size_t n, pl_capture_block *ret, pl_err *err)
{
    size_t room = ZSTD_compressBound(n);
    void *packed = malloc(room);

    if (!packed)
        return pl_fail(err, PL_NOMEM, "kept file");
    size_t got = ZSTD_compress(packed, room, raw, n, 1);
    if (ZSTD_isError(got)) {
        free(packed);
        return pl_fail(err, PL_NOMEM, "kept file: %s", ZSTD_getErrorName(got));
    }
    void *fitted = realloc(packed, got);
    *ret = (pl_capture_block){fitted ? fitted : packed, (uint32_t)got};
    return PL_OK;
}

static void drop_blocks(pl_captures *c, size_t first)
{
    while (c->n_blocks > first) {
        pl_capture_block *b = &c->blocks[--c->n_blocks];
        c->total -= b->packed_bytes;
        free(b->packed);
    }
    free(c->cache); /* numbers of blocks are given anew */
    c->cache = NULL;
}

static pl_capture *last(pl_captures *c)
{
    return &c->items[c->n - 1];
}

static void give_up(pl_captures *c)
{
    last(c)->is_whole = false;
    drop_blocks(c, last(c)->first_block);
    c->n_fill = 0;
}

/* Takes the block's memory over. */
static pl_rc add_block(pl_captures *c, pl_capture_block b, pl_err *err)
{
    pl_rc rc = push_block(c, &b, err);

    if (rc)
        free(b.packed);
    else if (c->total > PL_IMAGE_CAPTURES_MAX)
        give_up(c);
    return rc;
}

static pl_rc flush(pl_captures *c, pl_err *err)
{
    pl_capture_block b;

    if (!c->n_fill)
        return PL_OK;
    pl_rc rc = pack(c->fill, c->n_fill, &b, err);
    c->n_fill = 0;
    return rc ? rc : add_block(c, b, err);
}

pl_rc pl_captures_begin(pl_captures *c, uint32_t entry, uint64_t size, pl_err *err)
{
    if (!c->fill)
        c->fill = malloc(PL_CAPTURE_BLOCK);
    if (c->n == c->room) {
        size_t room = c->room ? c->room * 2 : 64;
        pl_capture *items = reallocarray(c->items, room, sizeof(*items));
        if (!items)
            return pl_fail(err, PL_NOMEM, "kept files");
        c->items = items;
        c->room = room;
    }
    if (!c->fill)
        return pl_fail(err, PL_NOMEM, "kept files");
    c->items[c->n++] = (pl_capture){
        .entry = entry, .is_whole = size <= PL_IMAGE_CAPTURE_MAX, .first_block = c->n_blocks};
    c->n_fill = 0;
    return PL_OK;
}

pl_rc pl_captures_write(pl_captures *c, const void *p, size_t n, pl_err *err)
{
    const char *from = p;
    pl_rc rc = PL_OK;

    while (!rc && n && last(c)->is_whole) {
        size_t part = n < PL_CAPTURE_BLOCK - c->n_fill ? n : PL_CAPTURE_BLOCK - c->n_fill;
        memcpy(c->fill + c->n_fill, from, part);
        c->n_fill += part;
        last(c)->bytes += part;
        from += part;
        n -= part;
        if (c->n_fill == PL_CAPTURE_BLOCK)
            rc = flush(c, err);
    }
    return rc;
}

pl_rc pl_captures_put(pl_captures *c, pl_str packed, size_t raw, pl_err *err)
{
    if (!last(c)->is_whole)
        return PL_OK;
    void *copy = malloc(packed.n ? packed.n : 1);
    if (!copy)
        return pl_fail(err, PL_NOMEM, "kept file");
    if (packed.n)
        memcpy(copy, packed.p, packed.n);
    last(c)->bytes += raw;
    return add_block(c, (pl_capture_block){copy, (uint32_t)packed.n}, err);
}

pl_rc pl_captures_end(pl_captures *c, pl_err *err)
{
    return last(c)->is_whole ? flush(c, err) : PL_OK;
}

void pl_captures_drop(pl_captures *c, uint32_t first_entry)
{
    while (c->n && last(c)->entry >= first_entry) {
        drop_blocks(c, last(c)->first_block);
        c->n--;
    }
}

/* ---- reading ---- */

size_t pl_captures_first(const pl_captures *c, uint32_t entry)
{
    size_t lo = 0;
    size_t hi = c->n;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (c->items[mid].entry < entry)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

static const pl_capture *find(const pl_captures *c, uint32_t entry)
{
    size_t i = pl_captures_first(c, entry);
    return i < c->n && c->items[i].entry == entry ? &c->items[i] : NULL;
}

static pl_rc find_whole(const pl_captures *c, uint32_t entry, const pl_capture **ret, pl_err *err)
{
    *ret = find(c, entry);
    if (!*ret)
        return pl_fail(err, PL_NOTFOUND, "content was not kept");
    if (!(*ret)->is_whole)
        return pl_fail(err, PL_LIMIT,
                       "file is too large to keep (PL_IMAGE_CAPTURE_MAX: %d MiB; "
                       "PL_IMAGE_CAPTURES_MAX: %d MiB of all together, compressed)",
                       PL_IMAGE_CAPTURE_MAX >> 20, PL_IMAGE_CAPTURES_MAX >> 20);
    return PL_OK;
}

static size_t block_bytes(const pl_capture *f, uint64_t block)
{
    uint64_t left = f->bytes - block * PL_CAPTURE_BLOCK;
    return left < PL_CAPTURE_BLOCK ? (size_t)left : PL_CAPTURE_BLOCK;
}

static bool unpack(const pl_capture_block *b, char *to, size_t n)
{
    return ZSTD_decompress(to, n, b->packed, b->packed_bytes) == n;
}

pl_rc pl_captures_get(const pl_captures *c, uint32_t entry, pl_buf *ret, pl_err *err)
{
    const pl_capture *f = NULL;
    pl_rc rc = find_whole(c, entry, &f, err);

    if (rc)
        return rc;
    if (f->bytes > PL_IMAGE_CAPTURE_WHOLE_MAX)
        return pl_fail(err, PL_LIMIT, "file has more than PL_IMAGE_CAPTURE_WHOLE_MAX (%d MiB)",
                       PL_IMAGE_CAPTURE_WHOLE_MAX >> 20);
    size_t bytes = (size_t)f->bytes;
    PL_AUTO_FREE char *raw = malloc(bytes ? bytes : 1);
    if (!raw)
        return pl_fail(err, PL_NOMEM, "kept file");
    for (size_t at = 0, i = 0; at < bytes; at += PL_CAPTURE_BLOCK, i++)
        if (!unpack(&c->blocks[f->first_block + i], raw + at, block_bytes(f, i)))
            return pl_fail(err, PL_FORMAT, "kept file cannot be unpacked");
    if (!ret->p && !ret->max) { /* the usual case needs no second copy */
        *ret = (pl_buf){.p = PL_TAKE(raw, NULL), .n = bytes, .room = bytes ? bytes : 1};
        return PL_OK;
    }
    pl_buf_add(ret, raw, bytes);
    return pl_buf_ok(ret) ? PL_OK : pl_fail(err, PL_NOMEM, "kept file");
}

pl_rc pl_captures_size(const pl_captures *c, uint32_t entry, uint64_t *ret, pl_err *err)
{
    const pl_capture *f = NULL;
    pl_rc rc = find_whole(c, entry, &f, err);

    if (!rc)
        *ret = f->bytes;
    return rc;
}

/* The block in the cache; the one that was used longest ago makes room. NULL: it cannot be
 * unpacked. */
static const char *cached(const pl_captures *c, const pl_capture *f, uint64_t block)
{
    pl_capture_cache *cache = c->cache;
    size_t number = f->first_block + (size_t)block;
    size_t oldest = 0;

    for (size_t i = 0; i < CACHED; i++) {
        if (cache->slots[i].block == number + 1) {
            cache->slots[i].used = ++cache->clock;
            return cache->raw[i];
        }
        if (cache->slots[i].used < cache->slots[oldest].used)
            oldest = i;
    }
    cache->slots[oldest].block = 0;
    if (!unpack(&c->blocks[number], cache->raw[oldest], block_bytes(f, block)))
        return NULL;
    cache->slots[oldest].block = number + 1;
    cache->slots[oldest].used = ++cache->clock;
    return cache->raw[oldest];
}

bool pl_captures_at(pl_captures *c, uint32_t entry, uint64_t at, void *to, size_t n)
{
    const pl_capture *f = find(c, entry);
    char *out = to;

    if (!f || !f->is_whole || at > f->bytes || n > f->bytes - at)
        return false;
    if (!c->cache)
        c->cache = calloc(1, sizeof(*c->cache));
    if (!c->cache)
        return false;
    while (n) {
        uint64_t block = at / PL_CAPTURE_BLOCK;
        size_t skip = (size_t)(at % PL_CAPTURE_BLOCK);
        size_t part = n < PL_CAPTURE_BLOCK - skip ? n : PL_CAPTURE_BLOCK - skip;
        const char *raw = cached(c, f, block);
        if (!raw)
            return false;
        memcpy(out, raw + skip, part);
        out += part;
        at += part;
        n -= part;
    }
    return true;
}
