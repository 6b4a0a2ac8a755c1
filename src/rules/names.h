/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names in conditions: lists, policy parameters and macros of a content.
 *
 * Lists are replaced as text, as Falco does: an occurrence counts when a blank, parenthesis,
 * comma, "=" or the end bounds it on both sides. An item that names a list defined earlier is
 * replaced by that list's items, one level deep. Macros are replaced in the tree; a macro sees
 * those defined before it. Policy parameters that nobody has set keep their name, so that
 * comparing with one can be unknown.
 *
 * Everything is borrowed from the content and the arena. Read-only once made.
 */
#pragma once

#include "model/content.h"
#include "rules/ast.h"

typedef struct pl_names pl_names;

/* Reads all lists and parses all macros. PL_FORMAT: a macro does not parse. */
pl_rc pl_names_new(const pl_content *content, pl_arena *a, pl_names **ret, pl_err *err) PL_MUST_USE;

const pl_list *pl_names_list(const pl_names *n, pl_str name); /* NULL: none */

/* The condition with its lists in it; a name on the right of < <= > >= is left alone. */
pl_rc pl_names_expand(const pl_names *n, pl_str condition, pl_arena *a, pl_str *ret,
                      pl_err *err) PL_MUST_USE;

/* Puts clones of the macros' trees in the place of their names. PL_FORMAT: unknown macro. */
pl_rc pl_names_macros(const pl_names *n, pl_arena *a, pl_ast **tree, pl_err *err) PL_MUST_USE;

/*
 * Expand, parse, put macros in. In a group condition the functions over members are known.
 */
pl_rc pl_names_parse(const pl_names *n, pl_str condition, bool is_group, pl_arena *a, pl_ast **ret,
                     pl_err *err) PL_MUST_USE;
