/* SPDX-License-Identifier: Apache-2.0 */
/* What the worker tells. */
#pragma once

#include "core/jail.h"

enum {
    PL_DECLARED_SUBJECT = PL_FRAME_USER, /* lstr name, lstr service, u32 n, n places, record.
                                            A place: u32 field + 1 (0: the subject itself), lstr
                                            element, u32 at + 1, u32 line, u32 column, lstr file */
    PL_DECLARED_DOCUMENT,                /* lstr: of the subject before, redacted */
    PL_DECLARED_STATE,                   /* u64 pid, u64 start ticks, lstr bundle */
    PL_DECLARED_GAP, /* u32 line, u8 hides, lstr what, lstr reason, lstr detail */
};
