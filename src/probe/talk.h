/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What goes between who wants an endpoint probed, the prober (prober.c) and the worker (worker.c).
 *
 * The job goes to the prober in one message. What the prober sees comes back as notes, one behind
 * the other: the transcript. Whoever wants it probed does not look into it but hands it to a jailed
 * worker, since certificates and heads of answers are bytes from outside.
 *
 * A note, little-endian: u8 kind, then by kind
 *     ADDRESS    lstr: address that was connected to
 *     FAILED     u32 pl_talk_end: no connection
 *     BANNER     lstr: what the server said unasked
 *     HELLO      u32 version offered, u32 pl_hello_end, u32 version and u32 suite chosen, u32 alert
 *     SUITE      u32 version, u32 suite: accepted
 *     SUITES     u32 version, u32 1: all that it accepts were told; 0: there may be more
 *     HANDSHAKE  u32 pl_talk_end, u32 alert, u32 version, u32 suite, u32 1: it asked for a
 * certificate CERT       lstr: DER, the server's own first CHAIN_CUT  there were more certificates,
 * or larger ones, than are kept ANSWER     u32 number of the request, u32 1: over TLS, u32
 * pl_talk_end, u32 alert, lstr bytes TIME_UP    the endpoint's time was over before all was asked
 *     END        nothing comes behind it
 */
#pragma once

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/rd.h"

typedef enum pl_talk_kind {
    PL_NOTE_ADDRESS = 1,
    PL_NOTE_FAILED,
    PL_NOTE_BANNER,
    PL_NOTE_HELLO,
    PL_NOTE_SUITE,
    PL_NOTE_SUITES,
    PL_NOTE_HANDSHAKE,
    PL_NOTE_CERT,
    PL_NOTE_CHAIN_CUT,
    PL_NOTE_ANSWER,
    PL_NOTE_TIME_UP,
    PL_NOTE_END,
} pl_talk_kind;

/* How a connection, handshake or exchange ended. */
typedef enum pl_talk_end {
    PL_TALK_OK,
    PL_TALK_REFUSED, /* nobody listens */
    PL_TALK_SILENT,  /* in time there was nothing, or not all of it */
    PL_TALK_CLOSED,  /* broken off */
    PL_TALK_ALERT,   /* by a TLS alert */
    PL_TALK_NO_TLS,  /* the library could not come to terms with it */
    PL_TALK_LIMIT,   /* it sent more than is read */
} pl_talk_end;

/* Decoded; which members count is the kind's matter. Text points into the transcript. */
typedef struct pl_talk_note {
    pl_talk_kind kind;
    uint32_t v[5];
    pl_str text;
} pl_talk_note;

void pl_talk_put(pl_buf *out, const pl_talk_note *n);
/* False: the transcript is over, or is none; *in tells which. */
bool pl_talk_read(pl_rd *in, pl_talk_note *ret);

typedef enum pl_over { PL_OVER_PLAIN = 1, PL_OVER_TLS = 2, PL_OVER_ANY = 3 } pl_over;

/* One request, as it is sent. */
typedef struct pl_probe_request {
    uint32_t number; /* the answer's */
    uint32_t over;   /* pl_over; ANY: TLS where the port speaks it */
    uint32_t body;   /* 1: the body of the answer is wanted */
    pl_str bytes;
} pl_probe_request;

enum { PL_ASK_BANNER = 1, PL_ASK_TLS = 2 };

typedef struct pl_probe_job {
    pl_str host; /* name or address that is connected to */
    uint32_t port;
    pl_str server_name; /* what the server is called by: in the hello; empty: not */
    uint32_t asks;   /* PL_ASK_BANNER: wait for what it says unasked; PL_ASK_TLS: versions, suites,
                        certificates */
    uint32_t all_ms; /* for all of it */
    uint32_t pause_ms; /* between requests */
    const pl_probe_request *requests;
    uint32_t n;
} pl_probe_job;

void pl_probe_job_put(pl_buf *out, const pl_probe_job *j);
/* Text points into bytes, the list lives in the arena. PL_FORMAT, PL_LIMIT. */
pl_rc pl_probe_job_read(pl_str bytes, pl_arena *a, pl_probe_job *ret, pl_err *err) PL_MUST_USE;
