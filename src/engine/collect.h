/* SPDX-License-Identifier: Apache-2.0 */
/* One collection under way: what the files of this room share while they gather facts. */
#pragma once

#include "engine/facts.h"
#include "engine/worker.h"

typedef struct pl_collection {
    pl_engine_client *client;
    const pl_engine_where *where;
    const pl_schema *schema;
    pl_arena *arena;
    int64_t now_us;
    pl_engine_facts *facts;
    size_t room_documents;
    pl_str *problems;
    const char **reasons; /* reason code of each */
    size_t n_problems, room_problems, room_reasons;
    pl_record *engine;           /* from /version, /info, ... */
    pl_record *settings;         /* from daemon.json; NULL: not read */
    size_t swarm_first;          /* swarm.c: row of its first question */
    const char *swarm_failed[8]; /* swarm.c: reason of each question without an answer */
    uint32_t *session_of;        /* sessions.c: of each question, which container it is about */
    pl_engine_doc *session_kinds;
} pl_collection;

/* "container web: ..." */
void pl_collection_problem(pl_collection *c, const char *object, pl_str id, const pl_err *why);

/* The worker's answers, one call each; r is NULL for PL_EF_BAD, where why says what was wrong. */
typedef pl_rc (*pl_collection_answer)(pl_collection *c, uint32_t index, pl_record *r,
                                      const pl_err *why, pl_err *err);

/* Runs one batch in the worker and hands out its records; documents go into the facts. */
pl_rc pl_collection_read(pl_collection *c, pl_str batch, pl_collection_answer answer,
                         const pl_engine_ask *asks, size_t n_asks, pl_err *err) PL_MUST_USE;

/* Documents that came, in as many batches as it takes; each that did not come or cannot be read
 * reaches answer with its error. */
pl_rc pl_collection_read_all(pl_collection *c, pl_engine_ask *asks, size_t n,
                             pl_collection_answer answer, pl_err *err) PL_MUST_USE;

/* sessions.c: changed files and open exec sessions of the containers that run. */
pl_rc pl_sessions_read(pl_collection *c, pl_err *err) PL_MUST_USE;

/* swarm.c: what the manager of a swarm tells of it, and this node's files. */
struct pl_running;
pl_rc pl_swarm_read(pl_collection *c, const struct pl_running *running, pl_err *err) PL_MUST_USE;

/* A longer array: doubles. NULL: the arena is full. */
void *pl_collection_grow(pl_arena *a, void *items, size_t n, size_t *room, size_t size);
