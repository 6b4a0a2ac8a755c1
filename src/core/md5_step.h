/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One block of MD5 (RFC 1321, 3.4), step by step, so that another digest's rounds can stand between
 * its steps. For core/md5.c and core/sha_blocks.c.
 */
#pragma once

#include "core/md5.h"

#include <string.h>

struct md5_words {
    uint32_t a, b, c, d;
};

/* The whole part of 2^32 times the sine of 1 to 64. */
static const uint32_t md5_sines[64] = {
    0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
    0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
    0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
    0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
    0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
    0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
    0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
    0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391};

static inline uint32_t md5_word(const unsigned char *block, size_t i)
{
    const unsigned char *p = block + 4 * i;
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* b, which the step before made, comes last into the sum: everything else need not wait for it. */
static inline void md5_step(struct md5_words *s, const unsigned char *block, size_t i)
{
    static const unsigned char turns[4][4] = {
        {7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};
    const unsigned by = turns[i / 16][i % 4];
    uint32_t sum = s->a + md5_sines[i];

    switch (i / 16) {
    case 0:
        sum += md5_word(block, i);
        sum += s->d ^ (s->b & (s->c ^ s->d));
        break;
    case 1:
        sum += md5_word(block, (5 * i + 1) % 16);
        sum += s->c & ~s->d;
        sum += s->b & s->d;
        break;
    case 2:
        sum += md5_word(block, (3 * i + 5) % 16);
        sum += s->b ^ (s->c ^ s->d);
        break;
    default:
        sum += md5_word(block, 7 * i % 16);
        sum += s->c ^ (s->b | ~s->d);
        break;
    }
    sum = s->b + (sum << by | sum >> (32 - by));
    *s = (struct md5_words){s->d, sum, s->b, s->c};
}

static inline struct md5_words md5_load(const pl_md5 *m)
{
    return (struct md5_words){m->state[0], m->state[1], m->state[2], m->state[3]};
}

static inline void md5_store(struct md5_words s, pl_md5 *m)
{
    m->state[0] = s.a;
    m->state[1] = s.b;
    m->state[2] = s.c;
    m->state[3] = s.d;
}

static inline struct md5_words md5_sum(struct md5_words s, struct md5_words was)
{
    return (struct md5_words){s.a + was.a, s.b + was.b, s.c + was.c, s.d + was.d};
}
