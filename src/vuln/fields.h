/* SPDX-License-Identifier: Apache-2.0 */
/* The element kinds "vuln" (vuln.def) and "settled" (settled.def): what checks read of an image's
 * or a host's findings. */
#pragma once

#include "vuln/match.h"

enum {
#define PL_FIELD PL_FIELD_ENUM
#include "vuln/vuln.def"
#undef PL_FIELD
};
extern const pl_kind pl_vuln_kind;

enum {
#define PL_FIELD PL_FIELD_ENUM
#include "vuln/settled.def"
#undef PL_FIELD
};
extern const pl_kind pl_settled_kind;

void pl_vuln_register(pl_schema *s);

/*
 * The record of an affected hit. facts.kev_gap and facts.epss_gap say why what is not listed is not
 * known. Slices are borrowed from the hit. NULL: the arena is used up.
 */
pl_record *pl_vuln_record(pl_arena *a, const pl_vuln_hit *hit, int64_t now_us);

/* The same of a hit that somebody settled. */
pl_record *pl_settled_record(pl_arena *a, const pl_vuln_hit *hit, int64_t now_us);
