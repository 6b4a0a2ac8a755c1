/* SPDX-License-Identifier: Apache-2.0 */
/* Times of the certificates in a PEM file. Any thread; nothing is kept. */
#pragma once

#include "core/str.h"

#include <stdint.h>

typedef struct pl_certificate_times {
    int64_t age_days;  /* whole days since the earliest began; negative: none has begun */
    int64_t days_left; /* whole days until the first ends; negative: it has ended */
} pl_certificate_times;

/* False: there is none in it, or one has no times. The first is the owner's, others its chain. */
bool pl_certificate_read_times(pl_str pem, int64_t now_us, pl_certificate_times *ret);
