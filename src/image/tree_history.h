/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files of all layers by path: what a layer holds under a path, hidden or not. The list, four
 * bytes a file, is made when somebody asks for the first time. For tree.c only.
 */
#pragma once

#include "image/layers.h"

typedef struct pl_file_history pl_file_history;

pl_file_history *pl_history_new(pl_layers *ls); /* borrows; NULL: out of memory */
void pl_history_free(pl_file_history *h);       /* accepts NULL */

/* The last file of this path in layer i of the set. NULL: there is none, or no memory. */
const pl_entry *pl_history_find(pl_file_history *h, size_t i, uint32_t node);
