/* SPDX-License-Identifier: Apache-2.0 */
#include "core/siphash.h"

#include <string.h>
#include <sys/auxv.h>

pl_sipkey pl_sipkey_process(void)
{
    pl_sipkey key = {0x706c696d736f6c6cULL, 0x736970686173682dULL};
    const void *random = (const void *)getauxval(AT_RANDOM);

    if (random)
        memcpy(&key, random, sizeof(key));
    return key;
}

static uint64_t rotl(uint64_t x, unsigned b)
{
    return x << b | x >> (64 - b);
}

static void round_(uint64_t v[4])
{
    v[0] += v[1];
    v[1] = rotl(v[1], 13) ^ v[0];
    v[0] = rotl(v[0], 32);
    v[2] += v[3];
    v[3] = rotl(v[3], 16) ^ v[2];
    v[0] += v[3];
    v[3] = rotl(v[3], 21) ^ v[0];
    v[2] += v[1];
    v[1] = rotl(v[1], 17) ^ v[2];
    v[2] = rotl(v[2], 32);
}

static uint64_t le64(const unsigned char *p, size_t n)
{
    uint64_t m = 0;
    for (size_t i = 0; i < n; i++)
        m |= (uint64_t)p[i] << (8 * i);
    return m;
}

static void absorb(uint64_t v[4], uint64_t m)
{
    v[3] ^= m;
    round_(v);
    round_(v);
    v[0] ^= m;
}

uint64_t pl_siphash(pl_sipkey key, const void *p, size_t n)
{
    const unsigned char *b = p;
    uint64_t v[4] = {key.k0 ^ 0x736f6d6570736575ULL, key.k1 ^ 0x646f72616e646f6dULL,
                     key.k0 ^ 0x6c7967656e657261ULL, key.k1 ^ 0x7465646279746573ULL};
    size_t whole = n & ~(size_t)7;

    for (size_t i = 0; i < whole; i += 8)
        absorb(v, le64(b + i, 8));
    absorb(v, le64(b + whole, n - whole) | (uint64_t)n << 56);
    v[2] ^= 0xff;
    for (int i = 0; i < 4; i++)
        round_(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}
