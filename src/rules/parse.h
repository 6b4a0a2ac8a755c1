/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parser of conditions: binding powers for and, or, not; one function for each thing that can
 * stand on either side of an operator. At most PL_RULES_DEPTH levels of parentheses and
 * functions, so the stack is bounded.
 */
#pragma once

#include "rules/ast.h"

typedef struct pl_parse_opts {
    bool is_group; /* functions over members of a group are known */
    /* True for a name that may stand on the right of a number operator; NULL: none may. */
    bool (*is_number_name)(pl_str name, const void *arg);
    const void *arg;
} pl_parse_opts;

/* The text must outlive the tree. */
pl_rc pl_parse(pl_str text, const pl_parse_opts *opts, pl_arena *a, pl_ast **ret,
               pl_err *err) PL_MUST_USE;
