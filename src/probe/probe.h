/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an endpoint shows to whoever connects: TLS versions, cipher suites, certificates, what it
 * answers in clear and without credentials. Facts only; checks judge them.
 *
 *     a process of its own (role "prober") connects to one address and port, and to nothing else;
 *     what it saw goes as bytes to a jailed worker (kind "endpoint"), which makes the record.
 */
#pragma once

#include "core/clock.h"
#include "model/finding.h"
#include "probe/attacks.h"
#include "probe/talk.h"

/* What is probed. Borrowed until the call returns. */
typedef struct pl_endpoint_target {
    pl_str host; /* name or address */
    uint16_t port;
    pl_str server_name; /* what it calls itself, as people reach it; empty: not known */
    pl_str role;        /* "engine", "registry", "published", ...: kinds.h */
    pl_str shown;  /* address and port as people know them: 0.0.0.0:5000; empty: host and port */
    pl_str holder; /* program or container behind it; empty: not known */
    const pl_subject *of;      /* the container, engine or host that has it; NULL: not known */
    pl_str page;               /* path of a page; empty: / */
    const pl_attacks *attacks; /* NULL: none */
    bool is_web;               /* people reach it by a browser */
    bool hears;                /* another protocol than HTTP and TLS may be there */
} pl_endpoint_target;

/* What it is judged with, for all endpoints of a run. */
typedef struct pl_endpoint_trust {
    pl_str authorities; /* PEM: those that are trusted */
    const pl_str *pins; /* SHA-256 of authorities that the configuration names, 64 digits */
    size_t n_pins;
} pl_endpoint_trust;

/*
 * Fills *ret, whose record lives in the arena. That nobody answers is a record, too; an error is
 * ours (PL_WORKER, PL_LIMIT, PL_NET: no such name). ret_sandbox: "full", or what the prober could
 * not give up; a literal or in the arena. Any thread, with an arena of its own.
 */
pl_rc pl_endpoint_probe(const pl_endpoint_target *t, const pl_endpoint_trust *trust,
                        const pl_schema *schema, const pl_clock *clock, pl_arena *a,
                        pl_subject *ret, const char **ret_sandbox, pl_err *err) PL_MUST_USE;

/*
 * What a server of this host answers to GET of each of these paths, in clear, by HTTP/1.0: heads
 * and bodies as they came, for a worker to read; an empty text where there was no whole answer. In
 * the arena. n: at most PL_PROBE_FETCHES.
 */
enum { PL_PROBE_FETCHES = 4 };
pl_rc pl_endpoint_fetch(pl_str host, uint16_t port, const char *const *paths, size_t n, pl_arena *a,
                        pl_str *ret_answers, const char **ret_sandbox, pl_err *err) PL_MUST_USE;

/* A record of one that is not to be asked: not known throughout (not-observed). NULL: no room. */
pl_record *pl_endpoint_not_asked(pl_arena *a, pl_str address, pl_str role);

/* For main(). */
void pl_prober_main(int argc, char **argv);
/* The worker of kind "endpoint" (core/jail.h). */
pl_rc pl_endpoint_worker(int in_fd, int out_fd, pl_str args, pl_err *err);

extern const char pl_prober_word[];
void pl_endpoint_register(pl_schema *s);
