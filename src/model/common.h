/* SPDX-License-Identifier: Apache-2.0 */
/* Element kinds that images, containers and volumes share: environment variables and labels. */
#pragma once

#include "model/value.h"

enum {
#define PL_FIELD PL_FIELD_ENUM
#include "model/env.def"
#undef PL_FIELD
};
enum {
#define PL_FIELD PL_FIELD_ENUM
#include "model/label.def"
#undef PL_FIELD
};

extern const pl_kind pl_kind_env, pl_kind_label;

/* Every room that uses them calls it; only the first call adds. */
void pl_common_register(pl_schema *s);
