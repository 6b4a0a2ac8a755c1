/* SPDX-License-Identifier: Apache-2.0 */
#include "core/attr.h"
#include "core/buf.h"
#include "package/bytes.h"
#include "package/limits.h"
#include "package/rpm_db.h"

#include <stdlib.h>

enum { META = 72, PAGE_HEADER = 26, MIN_PAGE = 512, MAX_PAGE = 65536 };
enum { HASH_MAGIC = 0x061561 };
enum { PAGE_HASH_UNSORTED = 2, PAGE_OVERFLOW = 7, PAGE_HASH_META = 8, PAGE_HASH = 13 };
enum { ITEM_KEYDATA = 1, ITEM_OFFPAGE = 3 };
enum { FLAG_CHECKSUMS = 1 };

struct reader {
    const pl_pagefile *f;
    pl_rpm_each each;
    void *arg;
    bool is_big;
    uint32_t page_bytes, pages;
    bool is_cut;             /* the file has fewer pages than its first one says */
    uint32_t overflow_pages; /* read so far: each belongs to one header */
    unsigned char *page;     /* owned: of the hash */
    unsigned char *overflow; /* owned */
    pl_buf header;
};

static uint32_t u32(const struct reader *r, const unsigned char *p)
{
    return pl_u32of(p, r->is_big);
}

static uint32_t u16(const struct reader *r, const unsigned char *p)
{
    return pl_u16of(p, r->is_big);
}

static bool read_page(const struct reader *r, uint32_t page, unsigned char *to)
{
    return pl_pagefile_get(r->f, (uint64_t)page * r->page_bytes, to, r->page_bytes);
}

/* ---- the first page ---- */

static pl_rc read_meta(struct reader *r, pl_err *err)
{
    unsigned char m[META];

    if (!pl_pagefile_get(r->f, 0, m, sizeof(m)))
        return pl_fail(err, PL_FORMAT, "Berkeley database of %llu bytes",
                       (unsigned long long)r->f->size);
    r->is_big = pl_u32be(m + 12) == HASH_MAGIC;
    if (u32(r, m + 12) != HASH_MAGIC || m[25] != PAGE_HASH_META)
        return pl_fail(err, PL_FORMAT, "no hash of Berkeley DB");
    uint32_t version = u32(r, m + 16);
    if (version < 7 || version > 10 || m[24] || (m[26] & FLAG_CHECKSUMS))
        return pl_fail(err, PL_UNSUPPORTED,
                       "hash of Berkeley DB of version %u, encryption %d, flags %d", version, m[24],
                       m[26]);
    r->page_bytes = u32(r, m + 20);
    if (r->page_bytes < MIN_PAGE || r->page_bytes > MAX_PAGE ||
        (r->page_bytes & (r->page_bytes - 1)) != 0)
        return pl_fail(err, PL_FORMAT, "Berkeley database with pages of %u bytes", r->page_bytes);
    uint64_t there = r->f->size / r->page_bytes;
    uint64_t said = (uint64_t)u32(r, m + 32) + 1;
    r->is_cut = said > there;
    r->pages = (uint32_t)(r->is_cut ? there : said);
    return PL_OK;
}

/* ---- values ---- */

static pl_rc read_overflow_page(struct reader *r, uint32_t *page, uint32_t left, pl_err *err)
{
    if (*page == 0 || *page >= r->pages || !read_page(r, *page, r->overflow) ||
        r->overflow[25] != PAGE_OVERFLOW)
        return pl_fail(err, PL_FORMAT, "Berkeley page %u is no overflow page", *page);
    if (++r->overflow_pages > r->pages)
        return pl_fail(err, PL_FORMAT, "Berkeley page %u: the pages go in a circle", *page);
    uint32_t n = u16(r, r->overflow + 22);
    if (n == 0 || n > r->page_bytes - PAGE_HEADER || n > left)
        return pl_fail(err, PL_FORMAT, "Berkeley page %u says that it holds %u bytes", *page, n);
    pl_buf_add(&r->header, r->overflow + PAGE_HEADER, n);
    *page = u32(r, r->overflow + 16);
    return pl_buf_ok(&r->header) ? PL_OK : pl_fail(err, PL_NOMEM, "rpm header");
}

static pl_rc read_overflow(struct reader *r, const unsigned char *item, pl_err *err)
{
    uint32_t page = u32(r, item + 4);
    uint32_t total = u32(r, item + 8);
    pl_rc rc = PL_OK;

    if (total > PL_RPM_HEADER_MAX)
        return pl_fail(err, PL_LIMIT,
                       "header of %u bytes in a Berkeley database, more than PL_RPM_HEADER_MAX "
                       "(%d)",
                       total, PL_RPM_HEADER_MAX);
    pl_buf_reset(&r->header);
    while (!rc && r->header.n < total)
        rc = read_overflow_page(r, &page, total - (uint32_t)r->header.n, err);
    return rc ? rc : r->each(pl_buf_view(&r->header), r->arg, err);
}

/* ---- pages of the hash: keys and values take turns ---- */

/* Items grow from the end of the page, the first one last. */
static bool find_item(const struct reader *r, uint32_t i, pl_str *ret)
{
    const unsigned char *offsets = r->page + PAGE_HEADER;
    uint32_t at = u16(r, offsets + (size_t)i * 2);
    uint32_t end = i ? u16(r, offsets + (size_t)(i - 1) * 2) : r->page_bytes;

    if (at < PAGE_HEADER || at >= end || end > r->page_bytes)
        return false;
    *ret = (pl_str){(const char *)r->page + at, end - at};
    return true;
}

/* Under key 0 stands the highest number that a package was given, not a header. */
static bool is_counter(const struct reader *r, pl_str key)
{
    return key.n == 5 && key.p[0] == ITEM_KEYDATA && u32(r, (const unsigned char *)key.p + 1) == 0;
}

static pl_rc read_pair(struct reader *r, uint32_t number, uint32_t i, pl_err *err)
{
    pl_str key, value;

    if (!find_item(r, i, &key) || !find_item(r, i + 1, &value))
        return pl_fail(err, PL_FORMAT, "Berkeley page %u: entry %u outside the page", number, i);
    if (is_counter(r, key))
        return PL_OK;
    if (value.p[0] == ITEM_OFFPAGE && value.n >= 12)
        return read_overflow(r, (const unsigned char *)value.p, err);
    if (value.p[0] == ITEM_KEYDATA)
        return r->each(pl_str_sub(value, 1, value.n), r->arg, err);
    return pl_fail(err, PL_FORMAT, "Berkeley page %u: entry %u of kind %d", number, i, value.p[0]);
}

static pl_rc read_hash_page(struct reader *r, uint32_t number, pl_err *err)
{
    uint32_t n = u16(r, r->page + 20);
    pl_rc rc = PL_OK;

    if (n % 2 != 0 || PAGE_HEADER + (size_t)n * 2 > r->page_bytes)
        return pl_fail(err, PL_FORMAT, "Berkeley page %u with %u entries", number, n);
    for (uint32_t i = 0; !rc && i < n; i += 2)
        rc = read_pair(r, number, i, err);
    return rc;
}

static pl_rc read_pages(struct reader *r, pl_err *err)
{
    pl_rc rc = PL_OK;

    for (uint32_t i = 1; !rc && i < r->pages; i++) {
        unsigned char type = 0;
        /* Most pages are overflow pages, and those are read when their value is. */
        if (!pl_pagefile_get(r->f, (uint64_t)i * r->page_bytes + 25, &type, 1))
            return pl_fail(err, PL_FORMAT, "Berkeley page %u is missing", i);
        if (type != PAGE_HASH && type != PAGE_HASH_UNSORTED)
            continue;
        if (!read_page(r, i, r->page))
            return pl_fail(err, PL_FORMAT, "Berkeley page %u is missing", i);
        rc = read_hash_page(r, i, err);
    }
    return !rc && r->is_cut
               ? pl_fail(err, PL_FORMAT, "Berkeley database is cut off after page %u", r->pages)
               : rc;
}

pl_rc pl_rpm_bdb(const pl_pagefile *db, pl_rpm_each each, void *arg, pl_err *err)
{
    struct reader r = {.f = db, .each = each, .arg = arg};
    pl_rc rc = read_meta(&r, err);

    if (rc)
        return rc;
    r.page = malloc(r.page_bytes);
    r.overflow = malloc(r.page_bytes);
    rc = r.page && r.overflow ? read_pages(&r, err) : pl_fail(err, PL_NOMEM, "Berkeley database");
    free(r.page);
    free(r.overflow);
    pl_buf_done(&r.header);
    return rc;
}
