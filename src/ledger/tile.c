/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/tile.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

void pl_tile_print(const pl_tile *t, char ret[PL_TILE_PATH])
{
    unsigned group[7];
    size_t groups = 0;
    uint64_t n = t->n;
    size_t at;

    do {
        group[groups++] = (unsigned)(n % 1000);
        n /= 1000;
    } while (n);

    if (t->level == PL_TILE_ENTRIES)
        at = (size_t)snprintf(ret, PL_TILE_PATH, "tile/entries");
    else
        at = (size_t)snprintf(ret, PL_TILE_PATH, "tile/%d", t->level);
    while (groups--)
        at += (size_t)snprintf(ret + at, PL_TILE_PATH - at, "/%s%03u", groups ? "x" : "",
                               group[groups]);
    if (t->width < PL_TILE_HASHES)
        at += (size_t)snprintf(ret + at, PL_TILE_PATH - at, ".p/%u", t->width);
    assert(at < PL_TILE_PATH);
}

/* Decimal, no leading zero, below max. */
static bool small_number(pl_str s, unsigned max, unsigned *ret)
{
    uint64_t v;

    if (s.n > 3 || !pl_str_u64(s, &v) || v >= max || (s.n > 1 && s.p[0] == '0'))
        return false;
    *ret = (unsigned)v;
    return true;
}

static bool parse_level(pl_str s, int *ret)
{
    unsigned level;

    if (pl_str_eq(s, PL_S("entries"))) {
        *ret = PL_TILE_ENTRIES;
        return true;
    }
    if (!small_number(s, PL_TILE_LEVELS, &level))
        return false;
    *ret = (int)level;
    return true;
}

/* The groups of N; *rest is what follows the last group (".p/W" or nothing). */
static bool parse_index(pl_str *rest, uint64_t *ret)
{
    uint64_t n = 0;
    bool first = true;

    for (;; first = false) {
        bool more = rest->n && rest->p[0] == 'x';
        uint64_t group;
        if (more)
            *rest = pl_str_sub(*rest, 1, rest->n);
        if (rest->n < 3 || !pl_str_u64(pl_str_sub(*rest, 0, 3), &group))
            return false;
        if (more && first && group == 0)
            return false;
        if (__builtin_mul_overflow(n, (uint64_t)1000, &n) || __builtin_add_overflow(n, group, &n))
            return false;
        *rest = pl_str_sub(*rest, 3, rest->n);
        if (!more)
            break;
        if (!rest->n || rest->p[0] != '/')
            return false;
        *rest = pl_str_sub(*rest, 1, rest->n);
    }
    *ret = n;
    return true;
}

bool pl_tile_parse(pl_str path, pl_tile *ret)
{
    pl_str rest = path;
    pl_str part;
    pl_tile t = {.width = PL_TILE_HASHES};

    if (!pl_str_cut(&rest, '/', &part) || !pl_str_eq(part, PL_S("tile")))
        return false;
    if (!pl_str_cut(&rest, '/', &part) || !parse_level(part, &t.level))
        return false;
    if (!parse_index(&rest, &t.n))
        return false;
    if (rest.n) {
        if (!pl_str_starts(rest, PL_S(".p/")) ||
            !small_number(pl_str_sub(rest, 3, rest.n), PL_TILE_HASHES, &t.width) || t.width == 0)
            return false;
    }
    *ret = t;
    return true;
}

uint64_t pl_tile_hashes(int level, uint64_t size)
{
    unsigned shift = level > 0 ? 8u * (unsigned)level : 0;
    return shift < 64 ? size >> shift : 0;
}

unsigned pl_tile_width(int level, uint64_t n, uint64_t size)
{
    uint64_t hashes = pl_tile_hashes(level, size);

    if (n < hashes / PL_TILE_HASHES)
        return PL_TILE_HASHES;
    return n == hashes / PL_TILE_HASHES ? (unsigned)(hashes % PL_TILE_HASHES) : 0;
}

bool pl_bundle_next(pl_str *rest, pl_str *ret_leaf)
{
    if (rest->n < 2)
        return false;
    const unsigned char *p = (const unsigned char *)rest->p;
    size_t n = (size_t)p[0] << 8 | p[1];
    if (rest->n - 2 < n)
        return false;
    *ret_leaf = pl_str_sub(*rest, 2, n);
    *rest = pl_str_sub(*rest, 2 + n, rest->n);
    return true;
}

void pl_bundle_add(pl_buf *bundle, pl_str leaf)
{
    unsigned char n[2] = {(unsigned char)(leaf.n >> 8), (unsigned char)leaf.n};

    assert(leaf.n <= PL_LEAF_MAX);
    pl_buf_add(bundle, n, sizeof(n));
    pl_buf_str(bundle, leaf);
}
