/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A stage of a Dockerfile while its instructions are read: the configuration and history that its
 * image would have, in the shape of an image's config (OCI image specification, config.md), and
 * what stays open. Values of the base image are not known unless it is another stage, or scratch.
 *
 * Everything but the JSON lives in the arena. A stage that could not take something is bad for
 * good.
 */
#pragma once

#include "declared/dockerfile_lines.h"
#include "declared/dockerfile_words.h"
#include "model/value.h"

#include <jansson.h>

typedef struct pl_stage_var {
    pl_str name, value;
    bool is_open;  /* has a value that is not known */
    bool is_arg;   /* of the build only */
    bool is_unset; /* an argument that nothing gives a value yet */
} pl_stage_var;

/* Where something was written. */
typedef struct pl_stage_place {
    int field;      /* of an image's record; -1: the stage itself */
    pl_str element; /* name of a variable */
    long at;        /* index of a step of the history; -1: none */
    int line, column;
} pl_stage_place;

/* A file whose place in the image is known from the instructions. */
typedef struct pl_stage_file {
    int field;         /* the list that it belongs to */
    pl_str path, mode; /* mode: as written; may be empty */
    const char *why;
    bool is_setuid, is_setgid, has_caps;
    bool is_gone; /* a later step may have taken it away */
    int line, column;
} pl_stage_file;

/* An image that the build takes something from. */
typedef struct pl_stage_reference {
    pl_str text;
    bool is_open;
    int line, column;
} pl_stage_reference;

typedef struct pl_list {
    void *v;
    size_t n, room;
} pl_list;

typedef struct pl_stage {
    pl_arena *arena;
    pl_str name;     /* AS name; empty: none */
    pl_str base;     /* image that it stands on in the end; empty: scratch */
    bool is_on_base; /* on an image that is not known here */
    bool is_windows; /* it may be one of Windows */
    bool is_base_open;
    json_t *config, *history, *triggers; /* triggers: ONBUILD */
    pl_list vars;                        /* pl_stage_var */
    pl_list places;                      /* pl_stage_place */
    pl_list files;                       /* pl_stage_file */
    pl_list open_steps;                  /* size_t: what these of the history take is not known */
    bool open_env;                       /* an ENV whose names are not known */
    bool open_args; /* an argument without default: what it is given stands in the history */
    bool open_labels, open_ports, open_user, open_health, has_user, has_health;
    bool is_bad;
} pl_stage;

void pl_stage_start(pl_stage *s, pl_arena *a);
void pl_stage_done(pl_stage *s);
/* A stage that begins where another one ended. */
void pl_stage_copy(pl_stage *s, const pl_stage *from);

/* One more element; NULL: the stage is bad now. */
void *pl_stage_push(pl_stage *s, pl_list *l, size_t size);

pl_docker_known pl_stage_get(const void *stage, pl_str name, pl_str *ret);
/* Overrides what had the name. An argument gives way to a variable of the environment. */
void pl_stage_set(pl_stage *s, const pl_stage_var *var);

void pl_stage_place_at(pl_stage *s, int field, pl_str element, const pl_docker_line *l,
                       const char *p);
/* A step of the history, as BuildKit words it. */
void pl_stage_step(pl_stage *s, pl_str created_by, bool is_empty, const pl_docker_line *l);

/* What the next step takes is not known. */
void pl_stage_open_step(pl_stage *s);

/* A value of the configuration. Taken over. */
void pl_stage_config(pl_stage *s, const char *key, json_t *v);
