/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An engine made of recorded answers, on a unix socket of its own folder, for what a real one
 * cannot be made to do: lie, be old, stay silent.
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct fake_answer {
    const char *path;    /* as asked, with the version: "/v1.41/info" */
    const char *file;    /* below tests/fixtures/engine; NULL: body */
    const char *body;    /* NULL with file NULL: silence */
    int status;          /* 0: 200 */
    const char *replace; /* in the file, this text ... */
    const char *with;    /* ... by this one, everywhere */
    size_t padding;      /* blanks behind the body */
} fake_answer;

typedef struct fake_engine {
    char folder[64];
    char path[96];
    char address[112]; /* unix:///... */
    const char *api;   /* of /_ping; NULL: no such header */
    const fake_answer *answers;
    size_t n;
    int fd;
    int hold; /* what answers nothing waits here */
    pthread_t thread;
} fake_engine;

void fake_start(fake_engine *e);
void fake_stop(fake_engine *e);

/* A file of the fixtures, to be freed. */
char *fixture_text(const char *name, size_t *ret_n);
