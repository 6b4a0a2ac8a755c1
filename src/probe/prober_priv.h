/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of the prober's process: prober_role.c sets it up, prober.c asks. Nobody else includes it.
 */
#pragma once

#include "probe/line.h"
#include "probe/talk.h"

typedef struct pl_prober {
    pl_probe_job job;
    char name[256]; /* job.server_name; empty: none */
    pl_line_peer peer;
    uint64_t until_ns;
    pl_buf told; /* the transcript */
} pl_prober;

enum {
    PL_PROBER_GAVE_LANDLOCK = 1,
    PL_PROBER_GAVE_SECCOMP = 2,
    PL_PROBER_GAVE_UID = 4,
};

/* Packets of the process: u8 kind, then the bytes of that kind. */
typedef enum pl_prober_says {
    PL_PROBER_READY = 1, /* u32 what it gave up */
    PL_PROBER_FAILED,    /* u32 pl_rc, text */
    PL_PROBER_PIECE,     /* of the transcript */
    PL_PROBER_DONE,
} pl_prober_says;

/* Asks all that the job names; fills told. */
void pl_prober_ask(pl_prober *p);
