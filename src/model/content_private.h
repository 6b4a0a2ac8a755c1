/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by the files that load content; nobody else includes this. */
#pragma once

#include "model/bind.h"
#include "model/content.h"

/* What is being loaded: growing arrays of which pl_content gets the final ones. */
typedef struct pl_loader {
    const pl_schema *schema;
    pl_bind_file file;
    pl_check *checks;
    size_t n_checks, room_checks;
    pl_list *lists;
    size_t n_lists, room_lists;
    pl_macro *macros;
    size_t n_macros, room_macros;
    pl_framework *frameworks;
    size_t n_frameworks, room_frameworks;
} pl_loader;

/* Room for one more item at the end of an arena array; NULL: budget. */
void *pl_loader_push(pl_arena *a, void **array, size_t *n, size_t *room, size_t size);

pl_rc pl_load_check(pl_loader *l, const pl_yaml *item, pl_err *err);
pl_rc pl_load_framework(pl_loader *l, const pl_yaml *doc, pl_err *err);

/* PL_USAGE: there is no parameter of that name. */
pl_rc pl_content_apply_policy(pl_arena *a, pl_list *lists, size_t n_lists,
                              const pl_policy_value *policy, size_t n, pl_err *err);

/* The test cases beside a check. */
pl_rc pl_load_check_tests(const pl_loader *l, const pl_yaml *tests, pl_check *check, pl_err *err);
