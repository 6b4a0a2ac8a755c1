/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a TCP listener of an engine answers to a stranger: to a plain request, over TLS without a
 * client certificate, and which TLS it accepts. Nothing that it says is believed beyond that.
 *
 * Probes run in a thread that enters the listener's network namespace, so that an address is
 * never taken for the same address of another namespace. Only listeners whose socket was seen in
 * an engine's process of this host are probed.
 */
#pragma once

#include "core/arena.h"
#include "core/err.h"

typedef enum pl_answer { PL_ANSWER_UNKNOWN, PL_ANSWER_NO, PL_ANSWER_YES } pl_answer;

typedef struct pl_probe {
    const char *host; /* address to connect to, IPv6 without brackets */
    int64_t port;
    bool is_doubtful; /* perhaps no engine: which TLS it accepts is asked if it turns out to be one
                       */

    pl_answer plain;       /* answers as an engine to an unencrypted request */
    pl_answer anonymous;   /* the same over TLS without a client certificate */
    pl_answer tls;         /* speaks TLS */
    pl_answer old_tls;     /* accepts TLS 1.0 or 1.1 */
    const pl_str *ciphers; /* of TLS 1.2 that it accepts; NULL: not known or no TLS */
    size_t n_ciphers;
} pl_probe;

/* netns_fd: the network namespace of the listeners; -1: ours. PL_DENIED: it cannot be entered;
 * then nothing was probed. */
pl_rc pl_probe_run(int netns_fd, pl_arena *a, pl_probe *probes, size_t n, pl_err *err) PL_MUST_USE;

/* probe_tls.c: the TLS part of one probe. */
void pl_probe_tls(pl_arena *a, pl_probe *p);
