/* SPDX-License-Identifier: Apache-2.0 */
#include "core/sqlite_record.h"

bool pl_sqlite_varint(pl_str *from, uint64_t *ret)
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

bool pl_sqlite_parts(pl_str record, pl_str *ret_types, pl_str *ret_values)
{
    pl_str rest = record;
    uint64_t head = 0;

    if (!pl_sqlite_varint(&rest, &head) || head > record.n || head < record.n - rest.n)
        return false;
    *ret_types = pl_str_sub(rest, 0, head - (record.n - rest.n));
    *ret_values = pl_str_sub(record, head, record.n);
    return true;
}

uint64_t pl_sqlite_width(uint64_t type)
{
    static const unsigned char fixed[] = {0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0};

    return type < sizeof(fixed) ? fixed[type] : (type - sizeof(fixed)) / 2;
}

int64_t pl_sqlite_number(pl_str bytes)
{
    uint64_t v = bytes.n && (bytes.p[0] & 0x80) ? UINT64_MAX : 0;

    for (size_t i = 0; i < bytes.n; i++)
        v = v << 8 | (unsigned char)bytes.p[i];
    return (int64_t)v;
}
