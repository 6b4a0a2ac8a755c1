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
    pl_effect *effects;
    size_t n_effects, room_effects;
    pl_profile *profiles;
    size_t n_profiles, room_profiles;
    pl_content_change *changes;
    size_t n_changes, room_changes;
    /* Content that is read over: its items come first in the arrays above. */
    const pl_content *base;
} pl_loader;

/* Room for one more item at the end of an arena array; NULL: budget. */
void *pl_loader_push(pl_arena *a, void **array, size_t *n, size_t *room, size_t size);

#define PL_LOADER_PUSH(l, what)                                                                    \
    pl_loader_push((l)->file.arena, (void **)&(l)->what, &(l)->n_##what, &(l)->room_##what,        \
                   sizeof(*(l)->what))

/* How many of the items of an array came from the base. */
#define PL_LOADER_BASE(l, what) ((l)->base ? (l)->base->n_##what : 0)

/* What the loader does with an item of which the id may be there already. */
typedef struct pl_loader_item {
    const char *kind; /* "check" */
    pl_str id;
    bool is_there;
    bool is_base;  /* it is one of the base, of which the place may be taken, once */
    bool is_equal; /* and the new one says the same */
} pl_loader_item;

/* Notes a change where the item is the user's; an item that stands twice is an error.
 * ret_origin (may be NULL): "changed by FILE:LINE", or empty. */
pl_rc pl_loader_note(pl_loader *l, const pl_yaml *at, const pl_loader_item *item,
                     pl_str *ret_origin, pl_err *err);

/* Letters, digits and "-_." and no more than 64 of them. */
pl_rc pl_loader_check_id(const pl_loader *l, const pl_yaml *at, const char *kind, pl_str id,
                         pl_err *err);

/* "FILE:LINE"; empty: no memory. */
pl_str pl_loader_where(const pl_loader *l, const pl_yaml *at);

/* Frameworks of which one has this id: its index, or their number. */
size_t pl_loader_framework(const pl_loader *l, pl_str id);
pl_rc pl_requirement_exists(const pl_loader *l, const pl_yaml *at, pl_str framework, pl_str id,
                            pl_err *err);

/* Whether two checks say the same, wherever they stand and whatever tests they have. */
bool pl_check_is_same(const pl_check *a, const pl_check *b);
bool pl_profile_is_same(const pl_profile *a, const pl_profile *b);

pl_rc pl_load_effects(pl_loader *l, const pl_yaml *doc, pl_err *err);
pl_rc pl_load_profile(pl_loader *l, const pl_yaml *doc, pl_err *err);
pl_rc pl_load_shown(pl_loader *l, const pl_yaml *doc, pl_err *err);

pl_rc pl_load_check(pl_loader *l, const pl_yaml *item, pl_err *err);
pl_rc pl_load_framework(pl_loader *l, const pl_yaml *doc, pl_err *err);

/* PL_USAGE: there is no parameter of that name. */
pl_rc pl_content_apply_policy(pl_arena *a, pl_list *lists, size_t n_lists,
                              const pl_policy_value *policy, size_t n, pl_err *err);

/* The test cases beside a check. */
pl_rc pl_load_check_tests(const pl_loader *l, const pl_yaml *tests, pl_check *check, pl_err *err);
