/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which packages of a lock file are there for development alone: those that can be reached from
 * what development asks for, and not from what the project itself needs. For formats that tell only
 * who needs whom.
 *
 * Keys are copied. Keys that nobody described are nodes without edges. One thread.
 */
#pragma once

#include "core/attr.h"
#include "core/str.h"

typedef struct pl_lock_graph pl_lock_graph;

typedef enum pl_lock_mark {
    PL_LOCK_NEEDED = 1,
    PL_LOCK_DEVELOPMENT = 2,
} pl_lock_mark;

pl_lock_graph *pl_lock_graph_new(void); /* NULL: out of memory */
void pl_lock_graph_free(pl_lock_graph *g);

/* What follows is needed by it. A key that comes again adds to what it needs. */
void pl_lock_graph_node(pl_lock_graph *g, pl_str key);
void pl_lock_graph_edge(pl_lock_graph *g, pl_str key);
void pl_lock_graph_root(pl_lock_graph *g, pl_str key, pl_lock_mark mark);

/* False: it does not fit its budget (PL_LOCK_GRAPH). */
bool pl_lock_graph_walk(pl_lock_graph *g) PL_MUST_USE;
/* After the walk. */
bool pl_lock_graph_is_development(const pl_lock_graph *g, pl_str key);

PL_DEFINE_CLEANUP(pl_auto_lock_graph_, pl_lock_graph *, pl_lock_graph_free, NULL)
#define PL_AUTO_LOCK_GRAPH PL_CLEANUP(pl_auto_lock_graph_)
