/* SPDX-License-Identifier: Apache-2.0 */
#include "image/captures.h"

#include "image/limits.h"

#include <string.h>

#include <zstd.h>

void pl_captures_done(pl_captures *c)
{
    for (size_t i = 0; i < c->n; i++)
        free(c->items[i].packed);
    free(c->items);
    *c = (pl_captures){0};
}

/* Package databases shrink four-fold, and the level costs less than the digests do. */
static pl_rc pack(pl_str content, pl_capture *to, pl_err *err)
{
    size_t room = ZSTD_compressBound(content.n);
    void *packed = malloc(room);

    if (!packed)
        return pl_fail(err, PL_NOMEM, "kept file");
    size_t n = ZSTD_compress(packed, room, content.p, content.n, 1);
    if (ZSTD_isError(n)) {
        free(packed);
        return pl_fail(err, PL_NOMEM, "kept file: %s", ZSTD_getErrorName(n));
    }
    void *fitted = realloc(packed, n);
    to->packed = fitted ? fitted : packed;
    to->packed_bytes = (uint32_t)n;
    return PL_OK;
}

pl_rc pl_captures_add(pl_captures *c, uint32_t entry, pl_str content, bool is_whole, pl_err *err)
{
    if (c->n == c->room) {
        size_t room = c->room ? c->room * 2 : 64;
        pl_capture *items = reallocarray(c->items, room, sizeof(*items));
        if (!items)
            return pl_fail(err, PL_NOMEM, "kept files");
        c->items = items;
        c->room = room;
    }
    pl_capture *to = &c->items[c->n];
    *to = (pl_capture){.entry = entry, .bytes = (uint32_t)content.n};
    if (is_whole) {
        pl_rc rc = pack(content, to, err);
        if (rc)
            return rc;
        if (to->packed_bytes > PL_IMAGE_CAPTURES_MAX - c->total) {
            free(to->packed);
            to->packed = NULL;
        } else {
            c->total += to->packed_bytes;
        }
    }
    c->n++;
    return PL_OK;
}

static const pl_capture *find(const pl_captures *c, uint32_t entry)
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
    return lo < c->n && c->items[lo].entry == entry ? &c->items[lo] : NULL;
}

pl_rc pl_captures_get(const pl_captures *c, uint32_t entry, pl_buf *ret, pl_err *err)
{
    const pl_capture *have = find(c, entry);

    if (!have)
        return pl_fail(err, PL_NOTFOUND, "content was not kept");
    if (!have->packed)
        return pl_fail(err, PL_LIMIT, "file is too large to keep (at most %d MiB, and %d together)",
                       PL_IMAGE_CAPTURE_MAX >> 20, PL_IMAGE_CAPTURES_MAX >> 20);
    PL_AUTO_FREE char *raw = malloc(have->bytes ? have->bytes : 1);
    if (!raw)
        return pl_fail(err, PL_NOMEM, "kept file");
    size_t n = ZSTD_decompress(raw, have->bytes, have->packed, have->packed_bytes);
    if (ZSTD_isError(n))
        return pl_fail(err, PL_FORMAT, "kept file: %s", ZSTD_getErrorName(n));
    pl_buf_add(ret, raw, n);
    return pl_buf_ok(ret) ? PL_OK : pl_fail(err, PL_NOMEM, "kept file");
}
