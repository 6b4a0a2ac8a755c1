/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bills of materials: CycloneDX 1.2 to 1.6 and SPDX 2.2 and 2.3, both as JSON, of whatever maker.
 * Components may lie in components. What has no package URL is of type "generic" and no advisory
 * is filed under it.
 *
 * Sources: ECMA-424; https://spdx.github.io/spdx-spec/v2.3/
 */
#pragma once

#include "package/distribution.h"

typedef struct pl_sbom {
    const char *format; /* "CycloneDX", "SPDX" */
    pl_str version;     /* of the format */
    pl_str name;        /* of what it describes; may be empty */
    pl_distribution os; /* of the component that is an operating system */
    pl_package *items;
    size_t n, room;
    size_t nameless; /* components that name nothing */
} pl_sbom;

/* True when the bytes begin like a JSON object: only then it can be one. */
bool pl_sbom_looks_like(pl_str head);

/* All in the arena. PL_FORMAT: no such document; PL_LIMIT: limits.h, or the arena. */
pl_rc pl_sbom_read(pl_str json, pl_arena *a, pl_sbom *ret, pl_err *err) PL_MUST_USE;
