/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows of an SQLite 3 database, page by page as they pass. The values of a row stand there without
 * anything between them, so their ends have to be read. Format:
 * https://www.sqlite.org/fileformat2.html. What lies on overflow pages is not seen.
 */
#include "protected/protected_priv.h"

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

static bool take_varint(pl_str *from, uint64_t *ret)
{
    uint64_t v = 0;

    for (size_t i = 0; i < 9 && i < from->n; i++) {
        unsigned char c = (unsigned char)from->p[i];
        v = i == 8 ? v << 8 | c : v << 7 | (c & 0x7f);
        if (i == 8 || !(c & 0x80)) {
            *from = pl_str_sub(*from, i + 1, from->n);
            *ret = v;
            return true;
        }
    }
    return false;
}

/* Bytes of a value of this serial type. */
static uint64_t bytes_of(uint64_t type)
{
    static const unsigned char fixed[] = {0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0};
    return type < 12 ? fixed[type] : (type - 12) / 2;
}

static void put_int(pl_str bytes, pl_buf *out)
{
    uint64_t v = bytes.n && (bytes.p[0] & 0x80) ? UINT64_MAX : 0;

    for (size_t i = 0; i < bytes.n; i++)
        v = v << 8 | (unsigned char)bytes.p[i];
    pl_buf_int(out, (int64_t)v);
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
        put_int(bytes, out);
    else if (type == 8 || type == 9)
        pl_buf_int(out, (int64_t)type - 8);
    else if (type >= 12)
        put_text(bytes, out);
}

/* A record: its header's length, a serial type for each value, then the values. What was cut off
 * to an overflow page is missing at the end. */
static size_t put_row(pl_str record, pl_buf *out)
{
    pl_str types = record;
    uint64_t header = 0;
    uint64_t type = 0;
    size_t n = 0;

    if (!take_varint(&types, &header) || header > record.n || header < record.n - types.n)
        return 0;
    pl_str values = pl_str_sub(record, header, record.n);
    types.n = header - (record.n - types.n);
    while (types.n && take_varint(&types, &type)) {
        uint64_t size = bytes_of(type);
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
        if (!take_varint(&cell, &bytes) || !take_varint(&cell, &rowid))
            continue;
        pl_buf_reset(room);
        size_t n = put_row(pl_str_sub(cell, 0, bytes < cell.n ? bytes : cell.n), room);
        if (!n || !pl_buf_ok(room) || room->n > left)
            continue;
        left -= room->n;
        each(arg, pl_buf_view(room), n);
    }
}
