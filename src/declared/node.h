/* SPDX-License-Identifier: Apache-2.0 */
/* Values of JSON-like declarations (Kubernetes, ECS), where a scalar is what it says, into drafts.
 */
#pragma once

#include "declared/draft.h"

/* The scalar below a key; empty for null, nothing and anything else. */
pl_str pl_node_text(const pl_yaml *map, const char *key);

/* The sequence below a key; an empty one for anything else. Never NULL. */
const pl_yaml *pl_node_list(const pl_yaml *map, const char *key);

/* A value in JSON; NULL: it has another shape than it should. */
typedef json_t *(*pl_node_shape)(const pl_yaml *v);
json_t *pl_node_string(const pl_yaml *v);
json_t *pl_node_flag(const pl_yaml *v);
json_t *pl_node_number(const pl_yaml *v);

/* Puts it at a path; nothing for NULL and null, not known for another shape. */
void pl_node_put(pl_draft *d, const pl_yaml *v, pl_node_shape make, const char *path);

/* Adds each item of a sequence, by its text, to the list at a path. v may be NULL. */
void pl_node_words(pl_draft *d, const pl_yaml *v, const char *path);
