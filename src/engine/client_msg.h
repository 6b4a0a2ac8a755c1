/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a command and its engine client process say to each other, over a pair of packet.h. Either
 * side reads the other's messages with this strict decoder and believes no length in them.
 *
 * Layout, little-endian: u32 kind, u32 tag, then by kind as the comments say; text is an lstr, a
 * u32 length and its bytes. The answer to an ASK carries its tag; tag 0 is the process itself.
 */
#pragma once

#include "core/buf.h"
#include "core/err.h"

typedef enum pl_engine_msg_kind {
    PL_ENGINE_MSG_SETUP = 1, /* address, ca, cert, key, u8 tls: answered by READY or FAILED */
    PL_ENGINE_MSG_ASK,       /* u32 what, id; with one descriptor, into which the body goes */
    PL_ENGINE_MSG_READY,     /* API version, u32 what was given up (PL_GIVEN_...) */
    PL_ENGINE_MSG_DONE,      /* u64 bytes written */
    PL_ENGINE_MSG_FAILED,    /* u32 rc, u32 errno, text; tag 0: the process ends */
} pl_engine_msg_kind;

/* One message; only the fields of its kind are set. Texts point into the bytes it was read from. */
typedef struct pl_engine_msg {
    pl_engine_msg_kind kind;
    uint32_t tag;

    pl_str address, ca, cert, key; /* empty: none */
    bool tls;

    uint32_t what; /* a pl_engine_doc, not yet looked at */
    pl_str id;     /* not yet looked at */

    pl_str api; /* "1.41", two numbers in any case */
    uint32_t given;

    uint64_t length;

    pl_rc rc; /* one that the process may report, never PL_OK */
    int sys;
    pl_str text; /* at most PL_ERR_TEXT bytes, of any kind */
} pl_engine_msg;

void pl_engine_msg_write(const pl_engine_msg *m, pl_buf *out);

/* PL_FORMAT: not such a message, or one with another number of descriptors than its kind has. */
pl_rc pl_engine_msg_parse(pl_str bytes, size_t n_fds, pl_engine_msg *ret, pl_err *err) PL_MUST_USE;

/* "1.41" */
bool pl_engine_read_version(pl_str s, unsigned *ret_major, unsigned *ret_minor);
