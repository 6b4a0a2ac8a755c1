/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/crc32c.h"

#include <string.h>

#if defined(__x86_64__)
#include <nmmintrin.h>

__attribute__((target("sse4.2"))) static uint32_t by_instruction(uint32_t crc,
                                                                 const unsigned char *p, size_t n)
{
    uint64_t c = crc;

    for (; n >= 8; p += 8, n -= 8) {
        uint64_t v;
        memcpy(&v, p, sizeof(v));
        c = _mm_crc32_u64(c, v);
    }
    uint32_t low = (uint32_t)c;
    for (; n; p++, n--)
        low = _mm_crc32_u8(low, *p);
    return low;
}
#endif

static uint32_t by_bit(uint32_t crc, const unsigned char *p, size_t n)
{
    for (; n; p++, n--) {
        crc ^= *p;
        for (int i = 0; i < 8; i++)
            crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78u : 0);
    }
    return crc;
}

uint32_t pl_crc32c(uint32_t crc, const void *p, size_t n)
{
#if defined(__x86_64__)
    if (__builtin_cpu_supports("sse4.2"))
        return ~by_instruction(~crc, p, n);
#endif
    return ~by_bit(~crc, p, n);
}
