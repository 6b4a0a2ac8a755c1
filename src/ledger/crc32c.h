/* SPDX-License-Identifier: Apache-2.0 */
/* CRC-32C (Castagnoli, RFC 3720 appendix B.4): with SSE 4.2 where there is one. Any thread. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Start with 0; the result of one call goes on with the next bytes. */
uint32_t pl_crc32c(uint32_t crc, const void *p, size_t n);
