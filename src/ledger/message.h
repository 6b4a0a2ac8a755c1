/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What producers and the signer say to each other: messages of at most PL_MESSAGE_MAX bytes over
 * a SOCK_SEQPACKET pair, blobs as memory files beside them.
 *
 * Layout, little-endian: u32 kind, u64 tag, then by kind as the comments say; text is an lstr.
 * The answer to a message carries its tag. Neither side believes the other's lengths.
 */
#pragma once

#include "core/buf.h"
#include "core/err.h"
#include "core/packet.h"
#include "core/rd.h"
#include "ledger/limits.h"

typedef enum pl_message_kind {
    PL_MSG_SETUP =
        1,          /* origin, recovery vkey, role, prog, u32 wait, u8 must create, u8 must exist */
    PL_MSG_READY,   /* info: see client.c */
    PL_MSG_APPEND,  /* u8 more follows, u8 publish, u32 count, records */
    PL_MSG_STORED,  /* u64 first index, u32 count */
    PL_MSG_REFUSED, /* u32 rc, u32 errno, text: nothing of the message was stored */
    PL_MSG_GAP,     /* why, u64 lost: answered by STORED */
    PL_MSG_PUBLISH, /* nothing */
    PL_MSG_HEAD,    /* u64 size, 32 bytes of root: published and durable */
    PL_MSG_CLOSE,   /* nothing: answered by HEAD, then the signer ends */
    PL_MSG_FATAL,   /* u32 rc, u32 errno, text: the signer ends */
    PL_MSG_SIGN,    /* nothing: answered by HEAD, of which only the journal is durable yet */
} pl_message_kind;

/* A message, its first fields taken; rd stands after them. */
typedef struct pl_message {
    uint32_t kind;
    uint64_t tag;
    pl_rd rd;
    char *buf;        /* PL_MESSAGE_MAX bytes, the caller's */
    pl_packet packet; /* its descriptors: owned by the holder of the message until closed */
} pl_message;

void pl_message_start(pl_buf *b, pl_message_kind kind, uint64_t tag);
void pl_message_error(pl_buf *b, pl_message_kind kind, uint64_t tag, const pl_err *err);

/* Reads what pl_message_error wrote into err and returns its code. */
pl_rc pl_message_failure(pl_message *m, pl_err *err);

/* PL_LIMIT: longer than PL_MESSAGE_MAX. PL_WORKER: nobody is at the other end. */
pl_rc pl_message_send(int fd, const pl_buf *b, const int *fds, size_t n_fds,
                      pl_err *err) PL_MUST_USE;

/*
 * Receives into m (m->buf is set). *ret_more false: the other end has closed. With wait false
 * PL_TIMEOUT means that nothing is there. A message that is cut off or without its first fields
 * is PL_FORMAT.
 */
pl_rc pl_message_receive(int fd, bool wait, pl_message *m, bool *ret_more, pl_err *err) PL_MUST_USE;

void pl_message_close_fds(pl_message *m);
