/* SPDX-License-Identifier: Apache-2.0 */
/* What fetch.c and fetch_layers.c share. */
#pragma once

#include "image/fetch.h"

#include <pthread.h>

/* One layer of the plan. */
struct item {
    bool is_known; /* from the store; nothing was read */
    bool is_away;  /* known, and to be had from the store again when it is asked for */
    bool is_done;
    pl_rc rc;
    pl_err err;
    bool has_blob;
    unsigned char blob[PL_SHA256];
    pl_layer_frames got;
    size_t counted; /* bytes of it in waiting */
};

struct pl_fetch {
    pl_image_source *src;
    const pl_layer_store *store;
    const pl_image_given *given;
    int in_fd;        /* borrowed, as what is above */
    int ours, theirs; /* ends of the answers */
    uint64_t deadline_ns;
    pl_plan plan; /* names point into the frame that is being answered */
    struct item *items;
    size_t n_known;
    pthread_mutex_t lock; /* of what follows, and of is_done */
    pthread_cond_t changed;
    size_t next;    /* item that nobody has begun */
    size_t answers; /* item that is to be answered next */
    size_t waiting; /* bytes of results that wait to be answered */
    bool is_off;    /* nobody wants the rest */
    pl_image_progress progress;
};

/* Reads layer after layer until nobody has to begin one. For as many threads as there are. */
void *pl_fetch_layers_work(void *arg);
void pl_fetch_layer_wait(pl_fetch *f, size_t i); /* until this one is done */
/* This one was answered, and its result is not kept here any more. */
void pl_fetch_layer_answered(pl_fetch *f, size_t i);
/* In this thread. */
pl_rc pl_fetch_layer_read(pl_fetch *f, size_t i, pl_err *err) PL_MUST_USE;
