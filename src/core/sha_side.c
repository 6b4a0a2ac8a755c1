/* SPDX-License-Identifier: Apache-2.0 */
#include "core/sha_side.h"

#include "core/sha_blocks.h"

#include <string.h>

struct pl_sha_side {
    pl_sha256 *plain; /* NULL: the processor's instructions are used; owned */
    uint32_t state[8];
    uint64_t total;
    size_t n; /* of part */
    unsigned char part[PL_SHA_BLOCK];
};

pl_sha_side *pl_sha_side_new(void)
{
    pl_sha_side *s = calloc(1, sizeof(*s));

    if (s && !pl_sha_blocks_can() && !(s->plain = pl_sha256_new())) {
        free(s);
        return NULL;
    }
    if (s)
        pl_sha_side_start(s);
    return s;
}

void pl_sha_side_free(pl_sha_side *s)
{
    if (!s)
        return;
    pl_sha256_free(s->plain);
    free(s);
}

void pl_sha_side_start(pl_sha_side *s)
{
    static const uint32_t first[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                      0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

    if (s->plain)
        pl_sha256_start(s->plain);
    memcpy(s->state, first, sizeof(first));
    s->total = 0;
    s->n = 0;
}

/* Fills the block that was begun; what is left of the bytes starts a block. */
static void fill_part(pl_sha_side *s, pl_str *bytes)
{
    pl_str some = pl_str_sub(*bytes, 0, s->n ? PL_SHA_BLOCK - s->n : 0);

    s->total += bytes->n;
    if (some.n)
        memcpy(s->part + s->n, some.p, some.n);
    s->n += some.n;
    *bytes = pl_str_sub(*bytes, some.n, bytes->n);
    if (s->n < PL_SHA_BLOCK)
        return;
    pl_sha_blocks(s->state, s->part, 1);
    s->n = 0;
}

/* Whole blocks, then what is less than one. */
static void take_rest(pl_sha_side *s, pl_str bytes)
{
    size_t blocks = bytes.n / PL_SHA_BLOCK;
    pl_str tail = pl_str_sub(bytes, blocks * PL_SHA_BLOCK, bytes.n);

    pl_sha_blocks(s->state, bytes.p, blocks);
    if (tail.n)
        memcpy(s->part, tail.p, tail.n);
    s->n += tail.n;
}

void pl_sha_side_add(pl_sha_side *s, pl_str bytes)
{
    if (s->plain) {
        pl_sha256_add(s->plain, bytes.p, bytes.n);
        return;
    }
    fill_part(s, &bytes);
    if (bytes.n)
        take_rest(s, bytes);
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* The first n bytes are done. */
static void pass(pl_str *bytes, size_t n)
{
    *bytes = pl_str_sub(*bytes, n, bytes->n);
}

enum { EACH = PL_SHA_BESIDE_MD5 * PL_SHA_BLOCK };

/* MD5 as far as there are blocks to go beside it; of both when there are both. Blocks of the part
 * are left over only where of_a has none for another. */
static void beside_md5(pl_sha_side *a, pl_str *of_a, pl_sha_side *b, pl_str *of_b, pl_md5_part *m)
{
    m->bytes = pl_md5_fill(m->md5, m->bytes);
    size_t blocks = least(m->bytes.n / PL_MD5_BLOCK, least(of_a->n, of_b->n) / EACH);
    if (blocks) {
        pl_sha_blocks_two_md5(a->state, of_a->p, b->state, of_b->p, m->md5, m->bytes.p, blocks);
        pass(of_a, blocks * EACH);
        pass(of_b, blocks * EACH);
        m->md5->total += blocks * PL_MD5_BLOCK;
        pass(&m->bytes, blocks * PL_MD5_BLOCK);
    }
    blocks = least(m->bytes.n / PL_MD5_BLOCK, of_a->n / EACH);
    pl_sha_blocks_md5(a->state, of_a->p, m->md5, m->bytes.p, blocks);
    pass(of_a, blocks * EACH);
    m->md5->total += blocks * PL_MD5_BLOCK;
    pass(&m->bytes, blocks * PL_MD5_BLOCK);
    if (m->bytes.n < PL_MD5_BLOCK) {
        pl_md5_keep(m->md5, m->bytes);
        m->bytes.n = 0;
    }
}

/* What no SHA-256 goes beside: two files at a time, and the longest at last alone. */
static void rest_of_parts(pl_md5_part *parts, size_t n)
{
    pl_md5_part *first = NULL;

    for (size_t i = 0; i < n; i++) {
        pl_md5_part *next = &parts[i];
        if (!first || first->md5 == next->md5) {
            if (first)
                pl_md5_add(first->md5, first->bytes);
            first = next;
            continue;
        }
        size_t both = least(first->bytes.n, next->bytes.n);
        pl_md5_add_two(first->md5, pl_str_sub(first->bytes, 0, both), next->md5,
                       pl_str_sub(next->bytes, 0, both));
        pass(&first->bytes, both);
        pass(&next->bytes, both);
        first = first->bytes.n ? first : next;
    }
    if (first)
        pl_md5_add(first->md5, first->bytes);
}

static void add_each(pl_sha_side *a, pl_str of_a, pl_sha_side *b, pl_str of_b)
{
    pl_sha_side_add(a, of_a);
    if (b)
        pl_sha_side_add(b, of_b);
}

void pl_sha_side_add_all(pl_sha_side *a, pl_str of_a, pl_sha_side *b, pl_str of_b,
                         pl_md5_part *parts, size_t n)
{
    if (a->plain) {
        rest_of_parts(parts, n);
        add_each(a, of_a, b, of_b);
        return;
    }
    const uint64_t total_a = a->total + of_a.n;
    const uint64_t total_b = b ? b->total + of_b.n : 0;
    fill_part(a, &of_a);
    if (b)
        fill_part(b, &of_b);
    for (size_t i = 0; i < n && of_a.n >= EACH; i++)
        beside_md5(a, &of_a, b, &of_b, &parts[i]);
    rest_of_parts(parts, n);
    size_t blocks = least(of_a.n, of_b.n) / PL_SHA_BLOCK;
    if (blocks) {
        pl_sha_blocks_two(a->state, of_a.p, b->state, of_b.p, blocks);
        pass(&of_a, blocks * PL_SHA_BLOCK);
        pass(&of_b, blocks * PL_SHA_BLOCK);
    }
    add_each(a, of_a, b, of_b);
    a->total = total_a; /* what was taken twice was counted twice */
    if (b)
        b->total = total_b;
}

void pl_sha_side_add_two(pl_sha_side *a, pl_str of_a, pl_sha_side *b, pl_str of_b)
{
    pl_sha_side_add_all(a, of_a, b, of_b, NULL, 0);
}

/* The bit 1, zeros, and the number of bits, big-endian, at the end of a block. */
static void pad(pl_sha_side *s)
{
    unsigned char end[2 * PL_SHA_BLOCK] = {0x80};
    const uint64_t bits = s->total * 8;
    const size_t n = (s->n < PL_SHA_BLOCK - 8 ? PL_SHA_BLOCK : 2 * PL_SHA_BLOCK) - s->n;

    for (size_t i = 0; i < 8; i++)
        end[n - 1 - i] = (unsigned char)(bits >> 8 * i);
    pl_sha_side_add(s, (pl_str){(const char *)end, n});
}

void pl_sha_side_end(pl_sha_side *s, unsigned char ret[PL_SHA256])
{
    if (s->plain) {
        pl_sha256_end(s->plain, ret);
        return;
    }
    pad(s);
    for (size_t i = 0; i < PL_SHA256; i++)
        ret[i] = (unsigned char)(s->state[i / 4] >> (24 - 8 * (i % 4)));
    pl_sha_side_start(s);
}

void pl_sha_side_of(pl_str s, unsigned char ret[PL_SHA256])
{
    pl_sha_side one = {0};

    if (!pl_sha_blocks_can()) {
        pl_sha256_of(s, ret);
        return;
    }
    pl_sha_side_start(&one);
    pl_sha_side_add(&one, s);
    pl_sha_side_end(&one, ret);
}
