/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine's JSON documents as records. Runs in the jailed worker; tests and fuzzing call it
 * directly. Nothing here knows the host or other documents: what needs both is joined afterwards
 * (join.h).
 *
 * Strings of the records point into the document, so it lives as long as they do.
 */
#pragma once

#include "model/value.h"

#include <jansson.h>

/* Kinds of documents, by the call that gives them. */
typedef enum pl_engine_doc {
    PL_DOC_VERSION = 1, /* GET /version */
    PL_DOC_INFO,        /* GET /info */
    PL_DOC_NETWORKS,    /* GET /networks */
    PL_DOC_VOLUMES,     /* GET /volumes */
    PL_DOC_PLUGINS,     /* GET /plugins */
    PL_DOC_IMAGES,      /* GET /images/json */
    PL_DOC_CONTAINERS,  /* GET /containers/json?all=1 */
    PL_DOC_CONTAINER,   /* GET /containers/ID/json */
    PL_DOC_IMAGE,       /* GET /images/ID/json; an id or a name */
    PL_DOC_CHANGES,     /* GET /containers/ID/changes */
    PL_DOC_EXEC,        /* GET /exec/ID/json */
    PL_DOC_DAEMON_JSON, /* the engine's configuration file */
    PL_DOC_CONTEXT,     /* a Docker client's context or configuration */
    PL_DOC_NODES,       /* GET /nodes; this and the next four of a swarm's manager */
    PL_DOC_SERVICES,    /* GET /services */
    PL_DOC_CONFIGS,     /* GET /configs */
    PL_DOC_SECRETS,     /* GET /secrets: names and times; values never leave the managers */
    PL_DOC_TASKS,       /* GET /tasks, those that are meant to run */
    PL_DOC_SWARM_STATE, /* docker-state.json of a node of a swarm */
    /* What else the engine is asked for, by callers with a worker of their own. */
    PL_DOC_HISTORY, /* GET /images/ID/history */
    PL_DOC_TOP,     /* GET /containers/ID/top: its processes */
    PL_DOC_EXPORT,  /* GET /images/ID/get: the image as `docker save` writes it */
} pl_engine_doc;

/* What redaction took out of a document. */
typedef enum pl_engine_redaction {
    PL_REDACTION_NONE,   /* nothing */
    PL_REDACTION_SECRET, /* secrets */
    PL_REDACTION_PAN,    /* card numbers, and perhaps secrets */
} pl_engine_redaction;

/* Documents about the engine itself, which make one record together. */
static inline bool pl_engine_doc_is_own(pl_engine_doc kind)
{
    return kind <= PL_DOC_CONTAINERS || (kind >= PL_DOC_NODES && kind <= PL_DOC_SWARM_STATE);
}

/* Adds what the document says to the engine's record. For the kinds VERSION to CONTAINERS. */
void pl_engine_parse(pl_arena *a, pl_engine_doc kind, const json_t *doc, pl_record *engine);

/*
 * The same for what it says of a swarm: VERSION, INFO and NODES to SWARM_STATE. Of a manager's
 * documents SERVICES come before CONFIGS, NODES and SERVICES before TASKS.
 */
void pl_swarm_parse(pl_arena *a, pl_engine_doc kind, const json_t *doc, int64_t now_us,
                    pl_record *engine);
/* Takes out of the document what is no evidence: the bytes of configs, for their digest. */
void pl_swarm_clean(pl_engine_doc kind, json_t *doc);

/* now_us: for ages. False: not an inspect document. */
bool pl_container_parse(pl_arena *a, const json_t *doc, int64_t now_us, pl_record *container);
/* Into a container's record: changed_files, or what one session adds to the counts. */
bool pl_changes_parse(pl_arena *a, const json_t *doc, pl_record *r);
bool pl_exec_parse(const json_t *doc, pl_record *r);
bool pl_stored_image_parse(pl_arena *a, const json_t *doc, int64_t now_us, pl_record *image);
