/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A container that a file declares, put into the words in which an engine would tell of it: the
 * shape of its inspect document. So one parser (engine/parse.h) makes fields of both, and one set
 * of checks judges them.
 *
 * A draft starts with what an engine takes where nothing is declared; what only the engine or the
 * image can say (the log driver, the user) is left out and becomes unreadable. Beside each value
 * stands where in the file it was written.
 *
 * Everything lives in the arena and the JSON document, which pl_draft_done frees. A draft that
 * could not take something is bad for good: pl_draft_ok. One thread.
 */
#pragma once

#include "core/buf.h"
#include "core/yaml_tree.h"
#include "model/value.h"

#include <jansson.h>

/* Where a value was written. */
typedef struct pl_draft_place {
    const char *path; /* in the inspect document, a literal: "HostConfig/Privileged" */
    pl_str element;   /* of a list: how the element is called; else empty */
    int line, column;
} pl_draft_place;

typedef struct pl_draft {
    pl_arena *arena;
    pl_record *world;
    json_t *doc;
    pl_str name;         /* as a person finds it: "web", "Deployment/shop/web" */
    pl_str service;      /* as the policy names it */
    pl_str orchestrator; /* "compose", "kubernetes"; empty: none */
    pl_draft_place *places;
    size_t n_places, room_places;
    pl_str pod, space;                       /* of Kubernetes; empty: not said */
    pl_str pod_folder;                       /* folder of its pod on the host; or empty */
    const char *pod_level;                   /* Pod Security level of its pod; NULL: of no pod */
    bool requires_non_root, is_host_process; /* of a pod */
    pl_str *secret_env;                      /* variables that a pod has from secrets */
    size_t n_secret_env, room_secret_env;
    bool has_user;         /* the file names one, so the image's does not matter */
    bool has_open_seccomp; /* which profile holds is decided elsewhere */
    bool *unsaid;          /* of each field of a container: nobody here can know it; NULL: none */
    bool is_all_open;      /* more may be declared that cannot be seen: all else is not known */
    bool is_bad;
} pl_draft;

/* world: what the file says of volumes and networks (engine/declare.h). at: where it begins. */
void pl_draft_start(pl_draft *d, pl_arena *a, pl_record *world, pl_str name, const pl_yaml *at);
void pl_draft_done(pl_draft *d);
bool pl_draft_ok(const pl_draft *d);

/*
 * Puts a value at a path, or at the end of the list there. The value is taken over; NULL makes the
 * draft bad.
 */
void pl_draft_set(pl_draft *d, const char *path, json_t *v, const pl_yaml *at);
void pl_draft_add(pl_draft *d, const char *path, json_t *v, pl_str element, const pl_yaml *at);
/* A member of the object at a path: a label, a kernel parameter. */
void pl_draft_member(pl_draft *d, const char *path, pl_str key, json_t *v, const pl_yaml *at);

/* What is declared, but with a value that is not known yet: the field becomes unreadable. */
void pl_draft_open(pl_draft *d, const char *path, const pl_yaml *at);
/* The same of one more element of a list. */
void pl_draft_add_open(pl_draft *d, const char *path, pl_str element, const pl_yaml *at);

/* A field of a container that this kind of file cannot tell: it is not known. */
void pl_draft_unsay(pl_draft *d, int field);

/* A variable that is filled from a secret. */
void pl_draft_secret_env(pl_draft *d, pl_str name, const pl_yaml *at);

/* The kernel's paths that an engine covers stay uncovered. */
void pl_draft_uncover(pl_draft *d, const pl_yaml *at);

/* A string that holds any bytes but no valid UTF-8 makes the draft bad. */
json_t *pl_draft_text(pl_str s);

/* A path behind `folder`, as the engine takes it: "//run/../srv/x" behind "" is "/srv/x". */
json_t *pl_draft_path(pl_str folder, pl_str path);

/* The record; strings point into the document. */
pl_rc pl_draft_record(const pl_draft *d, int64_t now_us, pl_arena *a, pl_record **ret,
                      pl_err *err) PL_MUST_USE;
