/* SPDX-License-Identifier: Apache-2.0 */
/* What pack.c and unpack_layer.c share: the form that image/packed.h describes. */
#pragma once

#include "image/packed.h"

#define PL_PACKED_MAGIC "PLLY"

enum {
    PL_PACKED_VERSION = 1,
    PL_PACKED_HEAD = 4 + 4 + PL_FINGERPRINT,
    PL_PACKED_DAMAGED = 1, /* flag of the layer */
    PL_PACKED_DIGESTS = 0x40 /* beside type (low 4 bits) and FILECAP (0x10) of an entry */,
    PL_PACKED_FILECAP = 0x10,
    PL_PACKED_TYPE = 0x0f,
    PL_PACKED_MARK = 0x4c,
    /* Rises when the same bytes would give other entries, digests or kept files than before. */
    PL_LAYERS_READING = 3,
};

/* By number in the form. */
extern const char *const pl_packed_compressions[5];
