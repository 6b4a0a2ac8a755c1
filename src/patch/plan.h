/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What to rebuild, in which order: a base before the images that stand on it.
 *
 * An image stands on another when its layers begin with all of that one's (their chain ids, OCI
 * image specification). Of several it is the one with the most layers. What comes with the layers
 * of an image that is affected itself goes away when that one is rebuilt and this one after it;
 * what lies in an image's own layers, or below all that is known, has to be updated there.
 *
 * Everything is borrowed from the caller and made in its arena. Any thread.
 */
#pragma once

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/str.h"

enum { PL_PLAN_NONE = -1 };

typedef struct pl_plan_image {
    pl_str key, name, owner;
    const pl_str *chain_ids; /* lowest layer first */
    size_t n_layers;
    bool is_affected;
    size_t layer;  /* lowest one with what is affected; n_layers: not known */
    pl_str update; /* what to update in it: "openssl to 3.0.15-1~deb12u1"; empty: no fix */
    pl_str base;   /* name of a base image that is known by name alone; may be empty */
} pl_plan_image;

typedef struct pl_plan_container {
    pl_str name, key, host;
    size_t image; /* index */
} pl_plan_container;

typedef struct pl_plan_step {
    size_t image;
    long parent;    /* index of the image that it stands on, or PL_PLAN_NONE */
    unsigned depth; /* images below it */
    bool updates;   /* what is affected lies in its own layers: update it there */
    bool follows;   /* its parent is rebuilt before it */
} pl_plan_step;

typedef struct pl_plan {
    const pl_plan_image *images;
    const pl_plan_container *containers; /* to replace, in the order of the steps */
    size_t n_containers;
    pl_plan_step *steps; /* in the order of work */
    size_t n_steps;
} pl_plan;

/* containers: all of affected images. PL_LIMIT: too many, or the arena is used up. */
pl_rc pl_plan_make(const pl_plan_image *images, size_t n, const pl_plan_container *containers,
                   size_t n_containers, pl_arena *a, pl_plan *ret, pl_err *err) PL_MUST_USE;

/* The steps for people, as a graph in DOT, and as a shell script in which every word is quoted. */
void pl_plan_text(const pl_plan *p, pl_buf *out);
void pl_plan_dot(const pl_plan *p, pl_buf *out);
void pl_plan_sh(const pl_plan *p, pl_buf *out);

/* 'it'\''s' */
void pl_shell_quote(pl_buf *out, pl_str word);
