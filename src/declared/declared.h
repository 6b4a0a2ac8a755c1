/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What files declare to run. Each container in them becomes a subject of kind container, as if an
 * engine had made it and not started it, what a Dockerfile builds one of kind image, and what
 * configures an engine one of kind engine. They are judged by the same checks as what runs. Each
 * value says where in the file it stands.
 *
 * The file is parsed in the jail. Its secrets are taken out there (engine/worker.h, hooks), before
 * anything leaves.
 */
#pragma once

#include "declared/reading.h"
#include "engine/worker.h"
#include "image/facts.h"
#include "model/finding.h"

typedef struct pl_declared_gap {
    pl_str what;        /* "shop.yaml:12: service web" */
    const char *reason; /* reason code */
    pl_str detail;
    bool hides; /* there may be subjects behind it */
} pl_declared_gap;

typedef struct pl_declared_facts {
    pl_subject *subjects; /* in the order of the file */
    size_t n_subjects, room_subjects;
    pl_declared_gap *gaps;
    size_t n_gaps, room_gaps;
    pl_runtime_state *states; /* of PL_DECLARED_STATES, in the order asked for */
    size_t n_states, room_states;
    pl_str *documents; /* redacted, of each subject, in the shape of an engine's API */
    size_t n_documents, room_documents;
} pl_declared_facts;

/* The path of a job whose input is several files of an engine (declared/engine_unit.h). */
#define PL_DECLARED_ENGINE_FILES "engine files"

typedef struct pl_declared_job {
    const char *name;   /* of the file, for people */
    pl_str folder;      /* that it lies in, absolute; empty: not known */
    pl_str path;        /* its name as files are named: what it is may be told by it */
    pl_str target;      /* stage of a Dockerfile that is meant; empty: the last */
    const char *worker; /* kind of worker that reads it: calls pl_declared_work */
    pl_str redact_key;
    pl_str worker_bytes; /* reach the worker in descriptor PL_ENGINE_HOOK_FD */
    int64_t now_us;
} pl_declared_job;

/* Reads the file from fd, from where it stands. PL_FORMAT: it declares nothing that is known. */
pl_rc pl_declared_read(const pl_declared_job *job, int fd, const pl_schema *schema, pl_arena *a,
                       pl_declared_facts *ret, pl_err *err) PL_MUST_USE;

/* ---- the worker's side ---- */

typedef struct pl_declared_hooks {
    pl_engine_hooks of; /* for records and documents */
    /* Fills image.metadata_secrets and env.secret of an image that no file tells of yet. */
    pl_rc (*image)(pl_facts *f, void *arg, pl_err *err);
    /* A word of the file that a gap or a name shows; NULL: as it is. */
    pl_rc (*text)(pl_str text, pl_buf *out, void *arg, pl_err *err);
} pl_declared_hooks;

/* args: i64le now, lstr folder, lstr path, lstr target, and what is left: the key, which the
 * caller's hooks have taken. */
pl_rc pl_declared_work(int in_fd, int out_fd, pl_str args, const pl_declared_hooks *hooks,
                       pl_err *err) PL_MUST_USE;
/* The key in the worker's args; empty: there is none. */
pl_str pl_declared_key(pl_str args);
