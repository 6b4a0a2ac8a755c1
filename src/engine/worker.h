/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The worker that reads the engine's JSON: many documents in, records out.
 *
 * Input: i64le now (microseconds since 1970), then documents {u32le kind, u32le index, u32le
 * length, bytes}. Answers are frames of pl_engine_frame; each begins with the u32le index of its
 * document. A document that cannot be read gives PL_EF_BAD with the reason and the others go on.
 *
 * Redaction happens here, before anything leaves: room audit gives the hooks, since this room
 * may not use room redact. Without hooks no environment value and no document leaves. What the
 * hooks need comes in descriptor PL_ENGINE_HOOK_FD (pl_engine_where.worker_bytes).
 */
#pragma once

#include "core/buf.h"
#include "core/jail.h"
#include "engine/parse.h"

typedef enum pl_engine_frame {
    PL_EF_BAD = PL_FRAME_USER, /* u32 rc, lstr text */
    PL_EF_ENGINE,              /* engine record of all documents of that kind; index 0 */
    PL_EF_SETTINGS,            /* engine record with the settings of daemon.json */
    PL_EF_CONTAINER,           /* container record */
    PL_EF_IMAGE,               /* stored_image record */
    PL_EF_CONTEXT,             /* lstr current context, lstr name, lstr host, u8 skips TLS check */
    PL_EF_DOCUMENT,            /* u8 pl_engine_redaction, lstr redacted document */
} pl_engine_frame;

enum { PL_ENGINE_HOOK_FD = 5 };

typedef struct pl_engine_hooks {
    /* Changes a record before it is sent: sets env.secret, replaces secret values. The arena lives
     * until the record was sent. An error ends that document with PL_EF_BAD. */
    pl_rc (*record)(pl_record *r, pl_arena *a, void *arg, pl_err *err);
    /* Changes the document before it is sent as evidence, and says what it took out. */
    pl_rc (*document)(json_t *doc, pl_engine_redaction *ret, void *arg, pl_err *err);
    void *arg;
} pl_engine_hooks;

/* The body of a worker kind. hooks may be NULL. */
pl_rc pl_engine_work(int in_fd, int out_fd, const pl_engine_hooks *hooks, pl_err *err) PL_MUST_USE;

/* A row for pl_jail_main: without hooks. */
pl_rc pl_engine_worker(int in_fd, int out_fd, pl_str args, pl_err *err);

/* The sender's side: appends one document. False: the batch is full. */
void pl_engine_batch_start(pl_buf *batch, int64_t now_us);
bool pl_engine_batch_add(pl_buf *batch, pl_engine_doc kind, uint32_t index, pl_str doc);
