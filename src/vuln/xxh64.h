/* SPDX-License-Identifier: Apache-2.0 */
/*
 * XXH64: a fast checksum against accidents, and the hash of in-memory tables. Not for security.
 * Algorithm: xxHash specification, section "XXH64 Algorithm Description". Any thread.
 */
#pragma once

#include "core/str.h"

uint64_t pl_xxh64(pl_str s, uint64_t seed);
