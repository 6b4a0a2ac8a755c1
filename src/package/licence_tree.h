/* SPDX-License-Identifier: Apache-2.0 */
/* Expressions over names: A OR (B AND C). What licence.c and licence_tree.c share. */
#pragma once

#include "package/licence.h"

typedef enum pl_licence_op { PL_LICENCE_NAME, PL_LICENCE_AND, PL_LICENCE_OR } pl_licence_op;

typedef struct pl_licence_node {
    pl_licence_op op;
    pl_str name; /* of PL_LICENCE_NAME: as it stands there, without blanks around it */
    int left, right;
} pl_licence_node;

typedef struct pl_licence_tree {
    pl_licence_node nodes[2 * PL_LICENCE_TERMS];
    int n, root;
} pl_licence_tree;

/* False: brackets do not match, an operator stands alone, a limit is met. Slices point into text.
 */
bool pl_licence_tree_read(pl_licence_tree *t, pl_str text);
