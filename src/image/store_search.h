/* SPDX-License-Identifier: Apache-2.0 */
/* Looking for one image or container in the documents of a store. For store_find.c and
 * store_rows.c only. */
#pragma once

#include "image/store_worker.h"

#include "core/json_rd.h"
#include "core/rd.h"

enum { PL_STORE_NAME_MAX = 1024 }; /* bytes of one name or id */

struct pl_store_search {
    pl_arena *a;
    pl_str wanted; /* empty: the only one there is */
    pl_store_found *found;
    size_t n_matches;
    size_t n_there;
    pl_buf there; /* the first names, for people */
};

void pl_store_there(struct pl_store_search *s, pl_str name);
/* Not exactly one was found: why, and what there is. */
pl_rc pl_store_not_one(const struct pl_store_search *s, const char *what, pl_err *err) PL_MUST_USE;
pl_rc pl_store_bad_json(const pl_json_rd *r, const char *name, pl_err *err) PL_MUST_USE;
void pl_store_add_tag(pl_store_found *f, pl_str tag);

/* containers/storage (store_rows.c). */
pl_rc pl_store_find_rows(struct pl_store_search *s, pl_rd *documents, bool is_container,
                         pl_err *err) PL_MUST_USE;
