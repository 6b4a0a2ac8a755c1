/* SPDX-License-Identifier: Apache-2.0 */
/* One file being read: what its readers share. */
#pragma once

#include "declared/draft.h"
#include "image/facts.h"
#include "model/finding.h"

typedef struct pl_reading_gap {
    pl_str what;        /* names it */
    const char *reason; /* reason code */
    const char *detail;
    bool hides; /* there may be containers behind it */
} pl_reading_gap;

/* Something declared that is no container. All is borrowed for the call. */
typedef struct pl_reading_subject {
    pl_record *record; /* the hooks may change it */
    pl_arena *arena;   /* that it lives in */
    pl_str name, service;
    const pl_source_place *places;
    size_t n_places;
    json_t *document; /* evidence; redacted before it leaves */
} pl_reading_subject;

/* What a runtime noted of a container that it started. */
typedef struct pl_runtime_state {
    pl_str bundle;        /* folder of its configuration; empty: not told */
    int64_t pid;          /* of its first process; 0: not told */
    uint64_t start_ticks; /* when that began, field 22 of /proc/PID/stat; 0: not told */
} pl_runtime_state;

typedef struct pl_reading pl_reading;
struct pl_reading {
    pl_arena *arena;
    pl_str folder; /* that the file lies in, absolute; empty: not known */
    pl_str path;   /* of the file, as it was named */
    pl_str target; /* stage of a Dockerfile that is meant; empty: the last */
    int64_t now_us;
    pl_record *world; /* what the file says of volumes and networks (engine/declare.h) */
    /* Takes a finished draft; it is freed by the caller. */
    pl_rc (*take)(pl_reading *r, const pl_draft *d, pl_err *err);
    /* Takes anything else. */
    pl_rc (*tell)(pl_reading *r, const pl_reading_subject *s, pl_err *err);
    /* Fills what can be told of the secrets of an image's metadata. */
    pl_rc (*image_facts)(pl_reading *r, pl_facts *f, pl_err *err);
    /* Something that the file leaves open or that cannot be read: a gap. */
    pl_rc (*note)(pl_reading *r, const pl_yaml *at, const pl_reading_gap *gap, pl_err *err);
    pl_rc (*state)(pl_reading *r, const pl_runtime_state *s, pl_err *err);
    void *arg;
};

/* A formatted text in the arena; empty when the budget is used up. */
pl_str pl_reading_text(pl_reading *r, const char *fmt, ...) PL_PRINTF(2, 3);
