/* SPDX-License-Identifier: Apache-2.0 */
/* Private to the OSV parser. */
#pragma once

#include "vuln/osv.h"

struct pl_osv_ids {
    const pl_str *aliases, *upstream, *related;
    size_t n_aliases, n_upstream, n_related;
};

/* Fills names and aliases of a record that has its id. False: the arena is used up. */
bool pl_osv_name(pl_osv_record *rec, const struct pl_osv_ids *ids, pl_arena *a);
