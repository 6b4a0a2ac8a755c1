/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers in raw bytes of either order; the caller has checked that the bytes are there. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

static inline uint32_t pl_u16be(const void *at)
{
    const unsigned char *b = at;
    return (uint32_t)b[0] << 8 | b[1];
}

static inline uint32_t pl_u32be(const void *at)
{
    const unsigned char *b = at;
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static inline uint32_t pl_u16le(const void *at)
{
    const unsigned char *b = at;
    return (uint32_t)b[1] << 8 | b[0];
}

static inline uint32_t pl_u32le(const void *at)
{
    const unsigned char *b = at;
    return (uint32_t)b[3] << 24 | (uint32_t)b[2] << 16 | (uint32_t)b[1] << 8 | b[0];
}

static inline uint32_t pl_u32of(const void *at, bool is_big)
{
    return is_big ? pl_u32be(at) : pl_u32le(at);
}

static inline uint32_t pl_u16of(const void *at, bool is_big)
{
    return is_big ? pl_u16be(at) : pl_u16le(at);
}
