/* SPDX-License-Identifier: Apache-2.0 */
/* One cluster while it is read. Only this room's collectors include this. */
#pragma once

#include "cluster/client.h"
#include "cluster/cluster.h"
#include "cluster/limits.h"
#include "cluster/worker.h"

/* Records of one kind, from all lists that give them. */
typedef struct pl_gathered {
    pl_record **v;
    size_t n, room;
} pl_gathered;

/* Which object something is of: by its list, and its place among those that the list named. */
typedef struct pl_owner {
    pl_cluster_list list;
    size_t object; /* PL_NO_OBJECT: of none, as what stands for a whole list */
} pl_owner;

#define PL_NO_OBJECT SIZE_MAX

/* Names of objects in the order in which they came; one that changed comes again. */
typedef struct pl_named {
    pl_str *v; /* empty: it is gone, or stands further down */
    size_t n, room;
} pl_named;

/* A pod, or a template: which of them stand for what runs them is found in the end. */
typedef struct pl_candidate {
    pl_record *rec; /* workload */
    pl_owner owner;
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
    pl_owner owner;
} pl_edge;

typedef enum pl_list_state { PL_LIST_OPEN, PL_LIST_WHOLE, PL_LIST_FAILED } pl_list_state;

/* What is known of what changed since a list was read. */
typedef enum pl_follow_state {
    PL_FOLLOW_OPEN,
    PL_FOLLOW_DONE,
    PL_FOLLOW_AGAIN, /* only reading the list again can tell */
    PL_FOLLOW_FAILED,
} pl_follow_state;

typedef struct pl_follow {
    pl_follow_state state;
    bool is_told;       /* its failure stands in a gap */
    const char *reason; /* of what is no success; reason code */
    pl_str detail;
    pl_str stranger; /* an object that was deleted and had not been listed */
} pl_follow;

typedef struct pl_listing {
    pl_list_state state;
    const char *reason; /* PL_LIST_FAILED: reason code */
    pl_str token;       /* of the next page; empty: the first */
    unsigned pages, restarts, tries;
    unsigned wait_ms; /* before it is asked again */
    size_t n_items;
    pl_str version; /* resourceVersion of the first page */
    pl_follow follow;
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
    pl_owner *owners[PL_CE_COUNT]; /* of gathered.v */
    size_t room_owners[PL_CE_COUNT];
    pl_named named[PL_LIST_COUNT];
    pl_owner of; /* whose frames come now */
    pl_candidate *candidates;
    size_t n_candidates, room_candidates;
    pl_contained *containers;
    size_t n_containers, room_containers;
    pl_edge *edges;
    size_t n_edges, room_edges;
    pl_str *secrets; /* of service account tokens */
    size_t n_secrets, room_secrets;
    unsigned waited_ms;
    bool is_following; /* events are read, not pages */
    uint64_t end_ns;   /* monotonic; then every list ends that is not whole */
} pl_collecting;

/* Room for one more at the end of an array in the arena; NULL: the arena is used up. */
void *pl_collecting_push(pl_collecting *c, void **array, size_t *n, size_t *room, size_t size);
#define PL_COLLECTING_PUSH(c, what)                                                                \
    pl_collecting_push((c), (void **)&(c)->what, &(c)->n_##what, &(c)->room_##what,                \
                       sizeof(*(c)->what))

pl_rc pl_collecting_gap(pl_collecting *c, pl_str what, const char *reason, pl_str detail,
                        const char *kinds, pl_err *err) PL_MUST_USE;

/* Reason code of a status that is no success. */
const char *pl_collecting_reason(int status);

/* A formatted text in the arena; empty when it is used up. */
pl_str pl_collecting_text(pl_collecting *c, const char *fmt, ...) PL_PRINTF(2, 3);

/* frames.c: pages and events (worker.h) through the worker. */
pl_rc pl_collecting_read(pl_collecting *c, pl_str pages, pl_err *err) PL_MUST_USE;

/* owned.c: what came of which object. keep puts a record of c->of away. */
pl_cluster_element pl_collecting_kind(pl_cluster_list list); /* PL_CE_COUNT: of none */
pl_rc pl_collecting_used_up(pl_err *err) PL_MUST_USE;
pl_rc pl_collecting_keep(pl_collecting *c, pl_cluster_list list, pl_record *r,
                         pl_err *err) PL_MUST_USE;
/* What comes now is of this object; *ret_is_new: nothing of that name had come. */
pl_rc pl_collecting_object(pl_collecting *c, pl_cluster_list list, pl_cluster_change change,
                           pl_str name, bool *ret_is_new, pl_err *err) PL_MUST_USE;
/* An element that is unreadable throughout. */
pl_rc pl_collecting_keep_unknown(pl_collecting *c, pl_cluster_list list, const char *reason,
                                 pl_err *err) PL_MUST_USE;
/* Throws away what a list has given so far. */
void pl_collecting_forget(pl_collecting *c, pl_cluster_list list);
/* Ends a list; its elements get one that is unreadable throughout. */
pl_rc pl_collecting_fail(pl_collecting *c, pl_cluster_list list, const char *reason, pl_str detail,
                         pl_err *err) PL_MUST_USE;

/* Is asked for now: a list that is not whole, or, while following, one whose changes are not known.
 */
bool pl_collecting_is_open(const pl_collecting *c, uint32_t list);

/* collect.c: asks for pages or changes, and has them read. */
pl_rc pl_collecting_ask_some(pl_collecting *c, pl_cluster_question *v, size_t n,
                             pl_err *err) PL_MUST_USE;
/* Asks until every open list is whole or given up. */
pl_rc pl_collecting_ask(pl_collecting *c, pl_err *err) PL_MUST_USE;

/* follow.c: what has changed since each list was read. A list about which that cannot be told is a
 * gap; what it had said stays. */
pl_rc pl_collecting_follow(pl_collecting *c, pl_err *err) PL_MUST_USE;
/* Of an answer without events; *ret_take: it has them. */
void pl_collecting_judge_watch(pl_collecting *c, const pl_cluster_question *q, bool *ret_take);
/* detail is copied. */
void pl_collecting_followed(pl_collecting *c, pl_cluster_list list, pl_follow_state state,
                            const char *reason, pl_str detail);

/* workloads.c: which pods and templates are judged, under which names. */
pl_rc pl_collecting_workloads(pl_collecting *c, pl_err *err) PL_MUST_USE;

/* join.c: what no object says alone; then the cluster's record. */
pl_rc pl_collecting_join(pl_collecting *c, pl_err *err) PL_MUST_USE;
