/* SPDX-License-Identifier: Apache-2.0 */
/* Amounts as declarations write them. False: it is none, or does not fit 63 bits. */
#pragma once

#include "core/str.h"

/* "512m", "1.5g", "64kb", "1073741824": bytes, units of 1,024 in either case (Compose, docker). */
bool pl_amount_bytes(pl_str s, int64_t *ret);

/* "0.5", "2": billionths. */
bool pl_amount_billionths(pl_str s, int64_t *ret);

/* A Kubernetes quantity in billionths of its unit, "500m" -> 500,000,000; or whole, rounded up:
 * "512Mi" -> 536,870,912. */
bool pl_quantity_billionths(pl_str s, int64_t *ret);
bool pl_quantity_whole(pl_str s, int64_t *ret);
