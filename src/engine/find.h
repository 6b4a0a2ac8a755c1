/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finding the engine: which addresses are tried, in which order, and what each one said.
 *
 * An address that somebody named (flag, DOCKER_HOST, Docker context) is the only one tried, so
 * that no other engine is judged in its place. Else the usual sockets are tried in turn; one that
 * is missing or refuses us is noted and the next one tried. The context's files are parsed in the
 * worker.
 */
#pragma once

#include "core/arena.h"
#include "engine/client.h"

/* What the search depends on; all borrowed, NULL or empty: not set. */
typedef struct pl_engine_search {
    const char *flag; /* --engine ADDRESS */
    const char *flag_ca, *flag_cert, *flag_key;
    const char *docker_host;       /* DOCKER_HOST */
    const char *docker_tls_verify; /* DOCKER_TLS_VERIFY: not empty: TLS */
    const char *docker_cert_path;  /* DOCKER_CERT_PATH */
    const char *docker_context;    /* DOCKER_CONTEXT */
    const char *docker_config;     /* DOCKER_CONFIG; NULL: HOME/.docker */
    const char *home;              /* HOME */
    const char *runtime_dir;       /* XDG_RUNTIME_DIR; NULL: RUN/user/UID */
    const char *run_dir;           /* NULL: /run */
    unsigned uid;
    unsigned sudo_uid;  /* 0: not by sudo */
    const char *worker; /* as in facts.h */
    pl_str worker_args;
} pl_engine_search;

/* Of this process. */
pl_engine_search pl_engine_search_environment(const char *flag);

typedef struct pl_engine_try {
    const char *origin; /* "--engine", "DOCKER_HOST", "docker context prod", "rootless", ... */
    pl_str address;
    pl_rc rc;
    pl_str said; /* "API 1.41", or the error */
} pl_engine_try;

enum { PL_ENGINE_TRIES_MAX = 16 };

typedef struct pl_engine_tries {
    pl_engine_try items[PL_ENGINE_TRIES_MAX];
    size_t n; /* in the order in which they were tried; the last one with PL_OK is used */
} pl_engine_tries;

/*
 * The first engine that answers. tries is filled in any case, its texts live in the arena.
 * PL_NOTFOUND: no engine at any of the usual places; else the error of the address that was named
 * or of the first one that is there and does not answer.
 */
pl_rc pl_engine_find(const pl_engine_search *s, pl_arena *a, pl_engine_tries *tries,
                     pl_engine_client **ret, pl_err *err) PL_MUST_USE;
