/* SPDX-License-Identifier: Apache-2.0 */
#include "package/sqlite.h"

#include "core/sqlite_record.h"

#include "package/bytes.h"
#include "package/limits.h"
#include "package/sqlite_wal.h"

#include <stdlib.h>
#include <string.h>

enum { FILE_HEADER = 100, MIN_PAGE = 512, MAX_PAGE = 65536 };
enum { INTERIOR = 5, LEAF = 13 }; /* pages of tables; those of indexes are 2 and 10 */

struct pl_sqlite {
    const pl_pagefile *db, *wal;
    pl_wal log;
    uint32_t page_bytes;
    uint32_t usable; /* of them: without what extensions reserve at the end */
    uint32_t pages;
    uint64_t reads; /* pages that this walk has read */
    uint64_t bytes; /* of its rows: they cannot overlap, so never more than the pages have */
    unsigned char *overflow; /* owned: one page */
    pl_buf record;
};

struct walk {
    pl_sqlite *s;
    size_t max;
    pl_sqlite_each each;
    void *arg;
    unsigned depth;
};

/* ---- pages ---- */

static pl_rc read_page(pl_sqlite *s, uint32_t page, unsigned char *to, pl_err *err)
{
    uint64_t at = 0;

    if (page == 0 || page > s->pages)
        return pl_fail(err, PL_FORMAT, "SQLite page %u of %u", page, s->pages);
    if (++s->reads > s->pages)
        return pl_fail(err, PL_FORMAT, "SQLite page %u: the pages go in a circle", page);
    bool ok = s->wal && pl_wal_find(&s->log, page, s->page_bytes, &at)
                  ? pl_pagefile_get(s->wal, at, to, s->page_bytes)
                  : pl_pagefile_get(s->db, (uint64_t)(page - 1) * s->page_bytes, to, s->page_bytes);
    return ok ? PL_OK : pl_fail(err, PL_FORMAT, "SQLite page %u is missing", page);
}

static pl_rc read_file_header(pl_sqlite *s, pl_err *err)
{
    unsigned char h[FILE_HEADER];

    if (!pl_pagefile_get(s->db, 0, h, sizeof(h)) || memcmp(h, "SQLite format 3", 16) != 0)
        return pl_fail(err, PL_FORMAT, "no SQLite database");
    s->page_bytes = pl_u16be(h + 16) == 1 ? MAX_PAGE : pl_u16be(h + 16);
    bool is_power = (s->page_bytes & (s->page_bytes - 1)) == 0;
    if (s->page_bytes < MIN_PAGE || !is_power || h[20] > s->page_bytes - 480)
        return pl_fail(err, PL_FORMAT, "SQLite database with pages of %u bytes", s->page_bytes);
    s->usable = s->page_bytes - h[20];
    uint64_t pages = s->db->size / s->page_bytes;
    s->pages = pages > UINT32_MAX ? UINT32_MAX : (uint32_t)pages;
    return PL_OK;
}

/* The log may hold pages that the file has not yet got, and a database that became shorter. */
static pl_rc read_log(pl_sqlite *s, pl_err *err)
{
    pl_rc rc = s->wal ? pl_wal_open(s->wal, s->page_bytes, &s->log, err) : PL_OK;

    if (!rc && s->log.n)
        s->pages = s->log.db_pages;
    return rc;
}

pl_rc pl_sqlite_open(const pl_pagefile *db, const pl_pagefile *wal, pl_sqlite **ret, pl_err *err)
{
    PL_AUTO_SQLITE pl_sqlite *s = calloc(1, sizeof(*s));

    if (!s)
        return pl_fail(err, PL_NOMEM, "SQLite database");
    s->db = db;
    s->wal = wal;
    pl_rc rc = read_file_header(s, err);
    if (!rc)
        rc = read_log(s, err);
    if (rc)
        return rc;
    s->overflow = malloc(s->page_bytes);
    if (!s->overflow)
        return pl_fail(err, PL_NOMEM, "SQLite database");
    *ret = PL_TAKE(s, NULL);
    return PL_OK;
}

void pl_sqlite_close(pl_sqlite *s)
{
    if (!s)
        return;
    pl_wal_done(&s->log);
    pl_buf_done(&s->record);
    free(s->overflow);
    free(s);
}

/* ---- rows ---- */

/* How much of a record lies on the leaf itself. */
static uint64_t local_bytes(const pl_sqlite *s, uint64_t total)
{
    uint64_t most = s->usable - 35;
    uint64_t least = ((uint64_t)s->usable - 12) * 32 / 255 - 23;

    if (total <= most)
        return total;
    uint64_t part = least + (total - least) % (s->usable - 4);
    return part <= most ? part : least;
}

static pl_rc read_overflow(pl_sqlite *s, uint32_t page, uint64_t left, pl_err *err)
{
    while (left) {
        uint64_t n = left < s->usable - 4 ? left : s->usable - 4;
        pl_rc rc = read_page(s, page, s->overflow, err);
        if (rc)
            return rc;
        pl_buf_add(&s->record, s->overflow + 4, n);
        page = pl_u32be(s->overflow);
        left -= n;
    }
    return pl_buf_ok(&s->record) ? PL_OK : pl_fail(err, PL_NOMEM, "SQLite record");
}

static pl_rc read_row(const struct walk *w, pl_str cell, pl_err *err)
{
    pl_sqlite *s = w->s;
    uint64_t total = 0;
    uint64_t key = 0;

    if (!pl_sqlite_varint(&cell, &total) || !pl_sqlite_varint(&cell, &key))
        return pl_fail(err, PL_FORMAT, "SQLite row that ends early");
    if (total > w->max)
        return pl_fail(err, PL_LIMIT, "SQLite row of %llu bytes, more than the limit of %zu",
                       (unsigned long long)total, w->max);
    s->bytes += total;
    if (s->bytes > (uint64_t)s->pages * s->page_bytes)
        return pl_fail(err, PL_FORMAT, "SQLite rows that lie upon each other");
    uint64_t local = local_bytes(s, total);
    bool is_split = local < total;
    if (cell.n < local + (is_split ? 4 : 0))
        return pl_fail(err, PL_FORMAT, "SQLite row that leaves its page");
    pl_str here = pl_str_sub(cell, 0, local);
    if (!is_split)
        return w->each(here, w->arg, err);
    pl_buf_reset(&s->record);
    pl_buf_str(&s->record, here);
    pl_rc rc = read_overflow(s, pl_u32be(cell.p + local), total - local, err);
    return rc ? rc : w->each(pl_buf_view(&s->record), w->arg, err);
}

/* ---- trees ---- */

static pl_rc read_tree(struct walk *w, uint32_t page, pl_err *err);

static pl_rc read_cells(struct walk *w, const unsigned char *p, size_t start, pl_err *err)
{
    bool is_leaf = p[start] == LEAF;
    size_t first = start + (is_leaf ? 8 : 12);
    uint32_t n = pl_u16be(p + start + 3);
    pl_rc rc = PL_OK;

    if (first + (size_t)n * 2 > w->s->usable)
        return pl_fail(err, PL_FORMAT, "SQLite page with %u cells", n);
    for (uint32_t i = 0; !rc && i < n; i++) {
        uint32_t at = pl_u16be(p + first + (size_t)i * 2);
        if (at + 4 > w->s->usable)
            return pl_fail(err, PL_FORMAT, "SQLite cell outside its page");
        rc = is_leaf ? read_row(w, (pl_str){(const char *)p + at, w->s->usable - at}, err)
                     : read_tree(w, pl_u32be(p + at), err);
    }
    return !rc && !is_leaf ? read_tree(w, pl_u32be(p + start + 8), err) : rc;
}

static pl_rc read_tree(struct walk *w, uint32_t page, pl_err *err)
{
    PL_AUTO_FREE unsigned char *p = malloc(w->s->page_bytes);
    size_t start = page == 1 ? FILE_HEADER : 0;

    if (!p)
        return pl_fail(err, PL_NOMEM, "SQLite page");
    if (w->depth == PL_SQLITE_DEPTH_MAX)
        return pl_fail(err, PL_LIMIT, "SQLite tree deeper than PL_SQLITE_DEPTH_MAX (%d)",
                       PL_SQLITE_DEPTH_MAX);
    pl_rc rc = read_page(w->s, page, p, err);
    if (rc)
        return rc;
    if (p[start] != LEAF && p[start] != INTERIOR)
        return pl_fail(err, PL_FORMAT, "SQLite page %u is none of a table", page);
    w->depth++;
    rc = read_cells(w, p, start, err);
    w->depth--;
    return rc;
}

pl_rc pl_sqlite_rows(pl_sqlite *s, uint32_t root, size_t max, pl_sqlite_each each, void *arg,
                     pl_err *err)
{
    struct walk w = {.s = s, .max = max, .each = each, .arg = arg};

    s->reads = 0;
    s->bytes = 0;
    return read_tree(&w, root, err);
}

/* ---- columns ---- */

static bool find_column(pl_str record, unsigned column, uint64_t *ret_type, pl_str *ret)
{
    pl_str types, data;

    if (!pl_sqlite_parts(record, &types, &data))
        return false;
    for (unsigned i = 0; pl_sqlite_varint(&types, ret_type); i++) {
        uint64_t width = pl_sqlite_width(*ret_type);
        if (width > data.n)
            return false;
        *ret = pl_str_sub(data, 0, width);
        if (i == column)
            return true;
        data = pl_str_sub(data, width, data.n);
    }
    return false;
}

bool pl_sqlite_bytes(pl_str record, unsigned column, pl_str *ret)
{
    uint64_t type = 0;

    return find_column(record, column, &type, ret) && type >= 12;
}

bool pl_sqlite_int(pl_str record, unsigned column, int64_t *ret)
{
    uint64_t type = 0;
    pl_str bytes;

    if (!find_column(record, column, &type, &bytes) || type == 0 || type == 7 || type > 9)
        return false;
    /* 8 and 9 are the numbers 0 and 1 in no byte. */
    *ret = type == 9 ? 1 : pl_sqlite_number(bytes);
    return true;
}

/* ---- the schema ---- */

struct lookup {
    pl_str table;
    uint32_t root; /* 0: not met yet */
};

/* type, name, tbl_name, rootpage, sql */
static pl_rc look_at(pl_str record, void *arg, pl_err *err)
{
    struct lookup *l = arg;
    pl_str type, name;
    int64_t root = 0;

    (void)err;
    if (pl_sqlite_bytes(record, 0, &type) && pl_str_eq(type, PL_S("table")) &&
        pl_sqlite_bytes(record, 1, &name) && pl_str_eq(name, l->table) &&
        pl_sqlite_int(record, 3, &root) && root > 0 && root <= UINT32_MAX)
        l->root = (uint32_t)root;
    return PL_OK;
}

pl_rc pl_sqlite_find(pl_sqlite *s, pl_str table, uint32_t *ret_root, pl_err *err)
{
    struct lookup l = {.table = table};
    pl_rc rc = pl_sqlite_rows(s, 1, PL_SQLITE_SCHEMA_MAX, look_at, &l, err);

    if (rc)
        return rc;
    if (!l.root)
        return pl_fail(err, PL_NOTFOUND, "SQLite database without a table %.*s", PL_F(table));
    *ret_root = l.root;
    return PL_OK;
}
