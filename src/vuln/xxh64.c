/* SPDX-License-Identifier: Apache-2.0 */
#include "vuln/xxh64.h"

#include <endian.h>
#include <string.h>

#define P1 UINT64_C(0x9E3779B185EBCA87)
#define P2 UINT64_C(0xC2B2AE3D27D4EB4F)
#define P3 UINT64_C(0x165667B19E3779F9)
#define P4 UINT64_C(0x85EBCA77C2B2AE63)
#define P5 UINT64_C(0x27D4EB2F165667C5)

enum { LANES = 4, LANE = 8, STRIPE = LANES * LANE };

static uint64_t rotl(uint64_t v, unsigned by)
{
    return v << by | v >> (64 - by);
}

static uint64_t load64(const char *p)
{
    uint64_t v;
    memcpy(&v, p, sizeof(v));
    return le64toh(v);
}

static uint32_t load32(const char *p)
{
    const unsigned char *b = (const unsigned char *)p;
    return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

static uint64_t mix_lane(uint64_t acc, uint64_t v)
{
    return rotl(acc + v * P2, 31) * P1;
}

static uint64_t merge_lane(uint64_t acc, uint64_t lane)
{
    return (acc ^ mix_lane(0, lane)) * P1 + P4;
}

static uint64_t take_stripes(pl_str *s, uint64_t seed)
{
    uint64_t a[LANES] = {seed + P1 + P2, seed + P2, seed, seed - P1};

    for (; s->n >= STRIPE; s->p += STRIPE, s->n -= STRIPE)
        for (int i = 0; i < LANES; i++)
            a[i] = mix_lane(a[i], load64(s->p + (size_t)i * LANE));
    uint64_t h = rotl(a[0], 1) + rotl(a[1], 7) + rotl(a[2], 12) + rotl(a[3], 18);
    for (int i = 0; i < LANES; i++)
        h = merge_lane(h, a[i]);
    return h;
}

static uint64_t finish(uint64_t h)
{
    h = (h ^ h >> 33) * P2;
    h = (h ^ h >> 29) * P3;
    return h ^ h >> 32;
}

uint64_t pl_xxh64(pl_str s, uint64_t seed)
{
    uint64_t n = s.n;
    uint64_t h = s.n >= STRIPE ? take_stripes(&s, seed) : seed + P5;

    h += n;
    for (; s.n >= 8; s.p += 8, s.n -= 8)
        h = rotl(h ^ mix_lane(0, load64(s.p)), 27) * P1 + P4;
    if (s.n >= 4) {
        h = rotl(h ^ load32(s.p) * P1, 23) * P2 + P3;
        s.p += 4;
        s.n -= 4;
    }
    for (; s.n; s.p++, s.n--)
        h = rotl(h ^ (unsigned char)*s.p * P5, 11) * P1;
    return finish(h);
}
