/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The serving side of a role process (role.h) that answers on a loop: messages of its starter come
 * over PL_ROLE_SOCKET until the starter closes its end. And the one message that all roles have:
 * how something failed.
 */
#pragma once

#include "core/buf.h"
#include "core/loop.h"
#include "core/packet.h"
#include "core/rd.h"

typedef struct pl_role_server {
    pl_loop *loop;
    pl_packet *packet; /* with room for the longest message */
    /* One message; descriptors are its own once it has set n_fds to 0. An error ends the serving: a
     * caller that breaks the protocol (PL_FORMAT) is no caller any more. */
    pl_rc (*take)(void *arg, pl_packet *p, pl_err *err);
    /* Says why, before it ends for PL_FORMAT. */
    void (*refuse)(void *arg, pl_rc rc, const pl_err *why);
    void *arg;
} pl_role_server;

pl_rc pl_role_serve(pl_role_server *s, pl_err *err) PL_MUST_USE;

/* u32le rc, u32le errno, lstr text. */
void pl_failure_write(pl_buf *out, pl_rc rc, int sys, pl_str text);
/* An rc that no role may say becomes PL_WORKER, and false is returned, as for a text that is too
 * long. */
bool pl_failure_read(pl_rd *r, pl_rc *ret_rc, int *ret_sys, pl_str *ret_text);
/* The same as an error of this process. */
pl_rc pl_failure_of(pl_rc rc, int sys, pl_str text, pl_err *err) PL_MUST_USE;
