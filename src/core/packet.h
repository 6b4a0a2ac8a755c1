/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages between processes of ours, with descriptors beside them, over a SOCK_SEQPACKET pair: a
 * message arrives whole or not at all. What is in it is the business of the two; neither believes
 * the other's lengths. One thread at a time per end.
 */
#pragma once

#include "core/err.h"
#include "core/limits.h"
#include "core/str.h"

/* A message received. */
typedef struct pl_packet {
    char *buf;   /* the caller's, room bytes */
    size_t room; /* a longer message is PL_FORMAT */
    size_t n;    /* bytes of it */
    int fds[PL_PACKET_FDS];
    size_t n_fds; /* owned by the holder of the packet until closed */
} pl_packet;

/* PL_WORKER: nobody is at the other end. PL_TIMEOUT, without wait: the other end does not read. */
pl_rc pl_packet_send(int fd, pl_str bytes, const int *fds, size_t n_fds, bool wait,
                     pl_err *err) PL_MUST_USE;

/*
 * *ret_more false: the other end has closed. Without wait PL_TIMEOUT means that nothing is there.
 * A message that is cut off is PL_FORMAT, and holds no descriptor.
 */
pl_rc pl_packet_receive(int fd, bool wait, pl_packet *p, bool *ret_more, pl_err *err) PL_MUST_USE;

/* True: within ms a message was there, or the other end closed. */
bool pl_packet_wait(int fd, unsigned ms);

void pl_packet_close_fds(pl_packet *p);
