/* SPDX-License-Identifier: Apache-2.0 */
#include "core/sha_blocks.h"

#include "core/md5_step.h"

#ifdef __x86_64__

#include <cpuid.h>
#include <immintrin.h>

#define WITH_SHA __attribute__((target("sha,sse4.1")))

enum { HAS_SHA = 1 << 29 /* leaf 7, EBX */ };

static const uint32_t constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

/* The eight words in the order in which the instructions want them: a b e f, and c d g h. */
struct words {
    __m128i abef, cdgh;
};

bool pl_sha_blocks_can(void)
{
    unsigned a = 0, b = 0, c = 0, d = 0;

    return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & HAS_SHA) &&
           __builtin_cpu_supports("sse4.1");
}

WITH_SHA static inline struct words load(const uint32_t s[8])
{
    return (struct words){
        _mm_set_epi32((int)s[0], (int)s[1], (int)s[4], (int)s[5]),
        _mm_set_epi32((int)s[2], (int)s[3], (int)s[6], (int)s[7]),
    };
}

WITH_SHA static inline void store(struct words w, uint32_t s[8])
{
    s[0] = (uint32_t)_mm_extract_epi32(w.abef, 3);
    s[1] = (uint32_t)_mm_extract_epi32(w.abef, 2);
    s[2] = (uint32_t)_mm_extract_epi32(w.cdgh, 3);
    s[3] = (uint32_t)_mm_extract_epi32(w.cdgh, 2);
    s[4] = (uint32_t)_mm_extract_epi32(w.abef, 1);
    s[5] = (uint32_t)_mm_extract_epi32(w.abef, 0);
    s[6] = (uint32_t)_mm_extract_epi32(w.cdgh, 1);
    s[7] = (uint32_t)_mm_extract_epi32(w.cdgh, 0);
}

/* Four big-endian words of the message. */
WITH_SHA static inline __m128i message(const unsigned char *p)
{
    const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
    return _mm_shuffle_epi8(_mm_loadu_si128((const void *)p), swap);
}

/* Rounds i to i + 3. */
WITH_SHA static inline void rounds(struct words *s, __m128i w, size_t i)
{
    __m128i k = _mm_add_epi32(w, _mm_loadu_si128((const void *)(constants + i)));

    s->cdgh = _mm_sha256rnds2_epu32(s->cdgh, s->abef, k);
    s->abef = _mm_sha256rnds2_epu32(s->abef, s->cdgh, _mm_shuffle_epi32(k, 0x0e));
}

/* The next four words of the message schedule, from the 16 before them. */
WITH_SHA static inline __m128i next_words(__m128i w0, __m128i w1, __m128i w2, __m128i w3)
{
    __m128i sum = _mm_add_epi32(_mm_sha256msg1_epu32(w0, w1), _mm_alignr_epi8(w3, w2, 4));
    return _mm_sha256msg2_epu32(sum, w3);
}

/* The i-th four rounds of a block, of whose schedule w holds what was made last. */
WITH_SHA static inline void four_rounds(struct words *s, __m128i w[4], const unsigned char *block,
                                        size_t i)
{
    w[i % 4] = i < 4 ? message(block + 16 * i)
                     : next_words(w[i % 4], w[(i + 1) % 4], w[(i + 2) % 4], w[(i + 3) % 4]);
    rounds(s, w[i % 4], 4 * i);
}

WITH_SHA static inline void add(struct words *s, struct words was)
{
    s->abef = _mm_add_epi32(s->abef, was.abef);
    s->cdgh = _mm_add_epi32(s->cdgh, was.cdgh);
}

WITH_SHA void pl_sha_blocks(uint32_t state[8], const void *p, size_t blocks)
{
    const unsigned char *at = p;
    struct words s = load(state);

    for (; blocks; blocks--, at += PL_SHA_BLOCK) {
        const struct words was = s;
        __m128i w[4];
#pragma GCC unroll 16
        for (size_t i = 0; i < 16; i++)
            four_rounds(&s, w, at, i);
        add(&s, was);
    }
    store(s, state);
}

/* The same for two messages, a few rounds of the one and a few of the other in turn. */
WITH_SHA void pl_sha_blocks_two(uint32_t state_a[8], const void *a, uint32_t state_b[8],
                                const void *b, size_t blocks)
{
    const unsigned char *at_a = a;
    const unsigned char *at_b = b;
    struct words s = load(state_a);
    struct words t = load(state_b);

    for (; blocks; blocks--, at_a += PL_SHA_BLOCK, at_b += PL_SHA_BLOCK) {
        const struct words s_was = s;
        const struct words t_was = t;
        __m128i v[4], w[4];
#pragma GCC unroll 16
        for (size_t i = 0; i < 16; i++) {
            four_rounds(&s, v, at_a, i);
            four_rounds(&t, w, at_b, i);
        }
        add(&s, s_was);
        add(&t, t_was);
    }
    store(s, state_a);
    store(t, state_b);
}

WITH_SHA void pl_sha_blocks_md5(uint32_t state[8], const void *p, pl_md5 *m, const void *of_m,
                                size_t blocks)
{
    const unsigned char *at = p;
    const unsigned char *at_m = of_m;
    struct words s = load(state);
    struct md5_words k = md5_load(m);

    for (; blocks; blocks--, at_m += PL_MD5_BLOCK) {
        const struct md5_words k_was = k;
#pragma GCC unroll 2
        for (size_t half = 0; half < PL_SHA_BESIDE_MD5; half++, at += PL_SHA_BLOCK) {
            const struct words was = s;
            __m128i w[4];
#pragma GCC unroll 16
            for (size_t i = 0; i < 16; i++) {
                four_rounds(&s, w, at, i);
                md5_step(&k, at_m, 32 * half + 2 * i);
                md5_step(&k, at_m, 32 * half + 2 * i + 1);
            }
            add(&s, was);
        }
        k = md5_sum(k, k_was);
    }
    store(s, state);
    md5_store(k, m);
}

WITH_SHA void pl_sha_blocks_two_md5(uint32_t state_a[8], const void *a, uint32_t state_b[8],
                                    const void *b, pl_md5 *m, const void *of_m, size_t blocks)
{
    const unsigned char *at_a = a;
    const unsigned char *at_b = b;
    const unsigned char *at_m = of_m;
    struct words s = load(state_a);
    struct words t = load(state_b);
    struct md5_words k = md5_load(m);

    for (; blocks; blocks--, at_m += PL_MD5_BLOCK) {
        const struct md5_words k_was = k;
#pragma GCC unroll 2
        for (size_t half = 0; half < PL_SHA_BESIDE_MD5;
             half++, at_a += PL_SHA_BLOCK, at_b += PL_SHA_BLOCK) {
            const struct words s_was = s;
            const struct words t_was = t;
            __m128i v[4], w[4];
#pragma GCC unroll 16
            for (size_t i = 0; i < 16; i++) {
                four_rounds(&s, v, at_a, i);
                md5_step(&k, at_m, 32 * half + 2 * i);
                four_rounds(&t, w, at_b, i);
                md5_step(&k, at_m, 32 * half + 2 * i + 1);
            }
            add(&s, s_was);
            add(&t, t_was);
        }
        k = md5_sum(k, k_was);
    }
    store(s, state_a);
    store(t, state_b);
    md5_store(k, m);
}

#else

#include <assert.h>

bool pl_sha_blocks_can(void)
{
    return false;
}

void pl_sha_blocks(uint32_t state[8], const void *p, size_t blocks)
{
    (void)state, (void)p, (void)blocks;
    assert(!"no SHA instructions");
}

void pl_sha_blocks_two(uint32_t state_a[8], const void *a, uint32_t state_b[8], const void *b,
                       size_t blocks)
{
    (void)state_a, (void)a, (void)state_b, (void)b, (void)blocks;
    assert(!"no SHA instructions");
}

void pl_sha_blocks_md5(uint32_t state[8], const void *p, pl_md5 *m, const void *of_m, size_t blocks)
{
    (void)state, (void)p, (void)m, (void)of_m, (void)blocks;
    assert(!"no SHA instructions");
}

void pl_sha_blocks_two_md5(uint32_t state_a[8], const void *a, uint32_t state_b[8], const void *b,
                           pl_md5 *m, const void *of_m, size_t blocks)
{
    (void)state_a, (void)a, (void)state_b, (void)b, (void)m, (void)of_m, (void)blocks;
    assert(!"no SHA instructions");
}

#endif
