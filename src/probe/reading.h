/* SPDX-License-Identifier: Apache-2.0 */
/* One transcript on its way to a record; shared by the files of the worker, nobody else includes
 * this. All text points into the transcript or the arena. */
#pragma once

#include "probe/head.h"
#include "probe/hello.h"
#include "probe/kinds.h"
#include "probe/probe.h"
#include "probe/requests.h"
#include "probe/talk.h"

/* What the worker is told about the endpoint. */
typedef struct pl_reading_about {
    int64_t now_us;
    pl_str address, host, server_name, role, holder;
    uint32_t port;
    pl_str pins[PL_PROBE_FINGERPRINTS];
    size_t n_pins;
    pl_str authorities; /* PEM */
    pl_attacks attacks;
} pl_reading_about;

typedef struct pl_reading_answer {
    uint32_t number;
    bool over_tls;
    pl_talk_end end;
    pl_str bytes;
} pl_reading_answer;

typedef struct pl_reading {
    const pl_reading_about *about;
    pl_arena *a;
    pl_record *to;

    pl_str ip, banner;
    bool has_failed, has_banner, is_chain_cut, is_time_up, is_over;
    pl_talk_end failed;
    struct {
        bool is_asked;
        pl_hello_answer answer;
    } hello[5]; /* SSL 3.0 to TLS 1.3 */
    pl_str suites[2 * PL_PROBE_SUITES];
    size_t n_suites, n_lists, n_whole_lists;
    struct {
        bool is_there, asked_for_certificate;
        pl_talk_end end;
        uint32_t version, suite;
    } shake;
    pl_str certs[PL_PROBE_CHAIN]; /* DER */
    size_t n_certs;
    pl_reading_answer answers[2 * PL_PROBE_REQUESTS];
    size_t n_answers;
    struct pl_reading *port_80; /* NULL: it was not asked */
} pl_reading;

/* PL_FORMAT: it is no transcript. */
pl_rc pl_reading_take(pl_reading *r, pl_str transcript, pl_err *err) PL_MUST_USE;

/* Fill the fields of r->to. */
void pl_reading_tls(pl_reading *r);
void pl_reading_certificates(pl_reading *r);
void pl_reading_http(pl_reading *r);
void pl_reading_attacks(pl_reading *r);

/* Whether it speaks TLS. */
typedef enum pl_reading_tls_state { PL_TLS_NO, PL_TLS_YES, PL_TLS_UNKNOWN } pl_reading_tls_state;
pl_reading_tls_state pl_reading_speaks_tls(const pl_reading *r);
/* The reason code of what did not come. */
const char *pl_reading_reason(pl_talk_end end);
/* NULL: it was not asked. */
const pl_reading_answer *pl_reading_answer_to(const pl_reading *r, uint32_t number);

pl_rc pl_reading_fill(pl_reading *r, pl_err *err) PL_MUST_USE;
