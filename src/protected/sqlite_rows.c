/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows of an SQLite 3 database, page by page as they pass. The values of a row stand there without
 * anything between them, so their ends have to be read. Format:
 * https://www.sqlite.org/fileformat2.html. What lies on overflow pages is not seen.
 */
#include "protected/protected_priv.h"

#include "core/sqlite_record.h"

#include <string.h>

enum { FILE_HEADER = 100, PAGE_HEADER = 8, TABLE_LEAF = 13 };

static unsigned u16be(const char *p)
{
    return (unsigned)(unsigned char)p[0] << 8 | (unsigned char)p[1];
}

size_t pl_sqlite_page_size(pl_str head, size_t *ret_usable)
{
    if (head.n < FILE_HEADER || memcmp(head.p, "SQLite format 3", 16) != 0)
        return 0;
    size_t size = u16be(head.p + 16) == 1 ? 65536 : u16be(head.p + 16);
    size_t reserved = (unsigned char)head.p[20];
    if (size < 512 || (size & (size - 1)) || reserved > size - 480)
        return 0;
    *ret_usable = size - reserved;
    return size;
}

/* Line ends in a text would look like the end of the row. */
static void put_text(pl_str bytes, pl_buf *out)
{
    for (size_t i = 0; i < bytes.n; i++)
        pl_buf_ch(out, (char)(bytes.p[i] == '\n' || bytes.p[i] == '\t' ? ' ' : bytes.p[i]));
}

static void put_value(uint64_t type, pl_str bytes, pl_buf *out)
{
    if (type >= 1 && type <= 6)
        pl_buf_int(out, pl_sqlite_number(bytes));
    else if (type == 8 || type == 9)
        pl_buf_int(out, (int64_t)type - 8);
    else if (type >= 12)
        put_text(bytes, out);
}

/* What was cut off to an overflow page is missing at the end. */
static size_t put_row(pl_str record, pl_buf *out)
{
    pl_str types, values;
    uint64_t type = 0;
    size_t n = 0;

    if (!pl_sqlite_parts(record, &types, &values))
        return 0;
    while (types.n && pl_sqlite_varint(&types, &type)) {
        uint64_t size = pl_sqlite_width(type);
        pl_buf_c(out, n++ ? "\t" : "");
        put_value(type, pl_str_sub(values, 0, size < values.n ? size : values.n), out);
        values = pl_str_sub(values, size < values.n ? size : values.n, values.n);
    }
    return n;
}

void pl_sqlite_page_rows(pl_str page, bool is_first, size_t usable, pl_buf *room,
                         pl_sqlite_row each, void *arg)
{
    size_t head = is_first ? FILE_HEADER : 0;

    if (page.n < head + PAGE_HEADER || page.p[head] != TABLE_LEAF || usable > page.n)
        return;
    size_t cells = u16be(page.p + head + 3);
    size_t left = 2 * usable; /* cells that lie over each other must not make more of a page */
    for (size_t i = 0; i < cells && head + PAGE_HEADER + 2 * i + 2 <= usable; i++) {
        size_t at = u16be(page.p + head + PAGE_HEADER + 2 * i);
        pl_str cell = pl_str_sub(pl_str_sub(page, 0, usable), at, usable);
        uint64_t bytes = 0;
        uint64_t rowid = 0;
        if (!pl_sqlite_varint(&cell, &bytes) || !pl_sqlite_varint(&cell, &rowid))
            continue;
        pl_buf_reset(room);
        size_t n = put_row(pl_str_sub(cell, 0, bytes < cell.n ? bytes : cell.n), room);
        if (!n || !pl_buf_ok(room) || room->n > left)
            continue;
        left -= room->n;
        each(arg, pl_buf_view(room), n);
    }
}
