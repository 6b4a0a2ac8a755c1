/* SPDX-License-Identifier: Apache-2.0 */
/* One cluster while it is read. Only this room's collectors include this. */
#pragma once

#include "cluster/client.h"
#include "cluster/cluster.h"
#include "cluster/limits.h"

/* Records of one kind, from all lists that give them. */
typedef struct pl_gathered {
    pl_record **v;
    size_t n, room;
} pl_gathered;

/* A pod, or a template: which of them stand for what runs them is found in the end. */
typedef struct pl_candidate {
    pl_record *rec; /* workload */
    pl_str name;    /* its own: "Pod/shop/web-5d8f-x2" */
    pl_str runs_it; /* empty: nothing does */
    pl_str revision;
    size_t first, n; /* of pl_collecting.containers */
} pl_candidate;

typedef struct pl_contained {
    pl_str name, document;
    pl_record *rec;
} pl_contained;

typedef struct pl_edge {
    pl_str from, to;
} pl_edge;

typedef enum pl_list_state { PL_LIST_OPEN, PL_LIST_WHOLE, PL_LIST_FAILED } pl_list_state;

typedef struct pl_listing {
    pl_list_state state;
    const char *reason; /* PL_LIST_FAILED: reason code */
    pl_str token;       /* of the next page; empty: the first */
    unsigned pages, restarts, tries;
    unsigned wait_ms; /* before it is asked again */
    size_t n_items;
} pl_listing;

typedef struct pl_collecting {
    const pl_cluster_where *where;
    const pl_schema *schema;
    const pl_clock *clock;
    pl_arena *arena;
    pl_cluster_client *client;
    pl_cluster_facts *facts;
    pl_record *cluster;
    pl_listing lists[PL_LIST_COUNT];
    pl_gathered gathered[PL_CE_COUNT];
    pl_cluster_list *owners[PL_CE_COUNT]; /* of gathered.v: which list each came from */
    size_t room_owners[PL_CE_COUNT];
    pl_candidate *candidates;
    size_t n_candidates, room_candidates;
    pl_contained *containers;
    size_t n_containers, room_containers;
    pl_edge *edges;
    size_t n_edges, room_edges;
    pl_str *secrets; /* of service account tokens */
    size_t n_secrets, room_secrets;
    unsigned waited_ms;
} pl_collecting;

/* Room for one more at the end of an array in the arena; NULL: the arena is used up. */
void *pl_collecting_push(pl_collecting *c, void **array, size_t *n, size_t *room, size_t size);
#define PL_COLLECTING_PUSH(c, what)                                                                \
    pl_collecting_push((c), (void **)&(c)->what, &(c)->n_##what, &(c)->room_##what,                \
                       sizeof(*(c)->what))

pl_rc pl_collecting_gap(pl_collecting *c, pl_str what, const char *reason, pl_str detail,
                        const char *kinds, pl_err *err) PL_MUST_USE;

/* A formatted text in the arena; empty when it is used up. */
pl_str pl_collecting_text(pl_collecting *c, const char *fmt, ...) PL_PRINTF(2, 3);

/* frames.c: pages (u32 list, lstr bytes, ...) through the worker. */
pl_rc pl_collecting_read(pl_collecting *c, pl_str pages, pl_err *err) PL_MUST_USE;
/* Throws away what a list has given so far. */
void pl_collecting_forget(pl_collecting *c, pl_cluster_list list);
/* Ends a list; its elements get one that is unreadable throughout. */
pl_rc pl_collecting_fail(pl_collecting *c, pl_cluster_list list, const char *reason, pl_str detail,
                         pl_err *err) PL_MUST_USE;

/* workloads.c: which pods and templates are judged, under which names. */
pl_rc pl_collecting_workloads(pl_collecting *c, pl_err *err) PL_MUST_USE;

/* join.c: what no object says alone; then the cluster's record. */
pl_rc pl_collecting_join(pl_collecting *c, pl_err *err) PL_MUST_USE;
