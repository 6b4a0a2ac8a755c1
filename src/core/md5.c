/* SPDX-License-Identifier: Apache-2.0 */
#include "core/md5.h"

#include "core/md5_step.h"

#include <assert.h>

static void blocks_of(pl_md5 *m, const char *p, size_t blocks)
{
    const unsigned char *at = (const unsigned char *)p;
    struct md5_words s = md5_load(m);

    for (; blocks; blocks--, at += PL_MD5_BLOCK) {
        const struct md5_words was = s;
#pragma GCC unroll 64
        for (size_t i = 0; i < 64; i++)
            md5_step(&s, at, i);
        s = md5_sum(s, was);
    }
    md5_store(s, m);
}

static void blocks_of_two(pl_md5 *a, const char *of_a, pl_md5 *b, const char *of_b, size_t blocks)
{
    const unsigned char *at_a = (const unsigned char *)of_a;
    const unsigned char *at_b = (const unsigned char *)of_b;
    struct md5_words s = md5_load(a);
    struct md5_words t = md5_load(b);

    for (; blocks; blocks--, at_a += PL_MD5_BLOCK, at_b += PL_MD5_BLOCK) {
        const struct md5_words s_was = s;
        const struct md5_words t_was = t;
#pragma GCC unroll 64
        for (size_t i = 0; i < 64; i++) {
            md5_step(&s, at_a, i);
            md5_step(&t, at_b, i);
        }
        s = md5_sum(s, s_was);
        t = md5_sum(t, t_was);
    }
    md5_store(s, a);
    md5_store(t, b);
}

void pl_md5_start(pl_md5 *m)
{
    *m = (pl_md5){.state = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476}};
}

pl_str pl_md5_fill(pl_md5 *m, pl_str bytes)
{
    pl_str some = pl_str_sub(bytes, 0, m->n ? PL_MD5_BLOCK - m->n : 0);

    if (some.n)
        memcpy(m->part + m->n, some.p, some.n);
    m->n += some.n;
    m->total += some.n;
    if (m->n == PL_MD5_BLOCK) {
        blocks_of(m, (const char *)m->part, 1);
        m->n = 0;
    }
    return pl_str_sub(bytes, some.n, bytes.n);
}

void pl_md5_keep(pl_md5 *m, pl_str bytes)
{
    assert(bytes.n == 0 || (m->n == 0 && bytes.n < PL_MD5_BLOCK));
    if (bytes.n)
        memcpy(m->part, bytes.p, bytes.n);
    m->n += bytes.n;
    m->total += bytes.n;
}

void pl_md5_add(pl_md5 *m, pl_str bytes)
{
    bytes = pl_md5_fill(m, bytes);
    size_t n = bytes.n - bytes.n % PL_MD5_BLOCK;
    blocks_of(m, bytes.p, n / PL_MD5_BLOCK);
    m->total += n;
    pl_md5_keep(m, pl_str_sub(bytes, n, bytes.n));
}

void pl_md5_add_two(pl_md5 *a, pl_str of_a, pl_md5 *b, pl_str of_b)
{
    of_a = pl_md5_fill(a, of_a);
    of_b = pl_md5_fill(b, of_b);
    size_t blocks = (of_a.n < of_b.n ? of_a.n : of_b.n) / PL_MD5_BLOCK;
    size_t n = blocks * PL_MD5_BLOCK;
    blocks_of_two(a, of_a.p, b, of_b.p, blocks);
    a->total += n;
    b->total += n;
    pl_md5_add(a, pl_str_sub(of_a, n, of_a.n));
    pl_md5_add(b, pl_str_sub(of_b, n, of_b.n));
}

/* The bit 1, zeros, and the number of bits, little-endian, at the end of a block. */
void pl_md5_end(pl_md5 *m, unsigned char ret[PL_MD5])
{
    unsigned char end[2 * PL_MD5_BLOCK] = {0x80};
    const uint64_t bits = m->total * 8;
    const size_t n = (m->n < PL_MD5_BLOCK - 8 ? PL_MD5_BLOCK : 2 * PL_MD5_BLOCK) - m->n;

    for (size_t i = 0; i < 8; i++)
        end[n - 8 + i] = (unsigned char)(bits >> 8 * i);
    pl_md5_add(m, (pl_str){(const char *)end, n});
    for (size_t i = 0; i < PL_MD5; i++)
        ret[i] = (unsigned char)(m->state[i / 4] >> 8 * (i % 4));
    pl_md5_start(m);
}
