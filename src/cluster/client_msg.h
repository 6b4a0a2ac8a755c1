/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a command and its cluster client say to each other, over a pair of packet.h. Either side
 * reads the other's messages with this strict decoder and believes no length in them.
 *
 * Little-endian, text is a u32 length and its bytes. What the client needs to know it gets as one
 * sealed file in memory when it is started (pl_cluster_setup_write).
 *   READY   u32 what was given up
 *   FAILED  u32 rc, u32 errno, text: the process ends
 *   ASK     u32 n, n times u32 list, u8 is a watch, text token; with n descriptors, into which the
 * bodies go ANSWER  u32 n, n times u32 rc, u32 errno, text, u32 status, u64 retry after, u64 bytes
 * written
 */
#pragma once

#include "cluster/access.h"
#include "cluster/limits.h"
#include "cluster/lists.h"
#include "core/buf.h"
#include "core/proxy.h"

typedef enum pl_cluster_msg_kind {
    PL_CLUSTER_READY = 1,
    PL_CLUSTER_FAILED,
    PL_CLUSTER_ASK,
    PL_CLUSTER_ANSWER,
} pl_cluster_msg_kind;

typedef struct pl_cluster_msg_ask {
    uint32_t list;
    bool is_watch;
    pl_str token;
} pl_cluster_msg_ask;

typedef struct pl_cluster_msg_answer {
    pl_rc rc;
    int sys;
    pl_str text;
    uint32_t status;
    uint64_t retry_after, length;
} pl_cluster_msg_answer;

/* One message; only the fields of its kind are set. Texts point into the bytes it was read from. */
typedef struct pl_cluster_msg {
    pl_cluster_msg_kind kind;
    uint32_t given;
    pl_rc rc;
    int sys;
    pl_str text;
    uint32_t n;
    pl_cluster_msg_ask asks[PL_CLUSTER_AT_ONCE];
    pl_cluster_msg_answer answers[PL_CLUSTER_AT_ONCE];
} pl_cluster_msg;

void pl_cluster_msg_write(const pl_cluster_msg *m, pl_buf *out);

/* PL_FORMAT: not such a message, or one with another number of descriptors than its kind has. */
pl_rc pl_cluster_msg_parse(pl_str bytes, size_t n_fds, pl_cluster_msg *ret,
                           pl_err *err) PL_MUST_USE;

/* Certificates, credentials and proxies for the process; slices point into the bytes. */
void pl_cluster_setup_write(const pl_cluster_access *access, const pl_proxies *proxies,
                            pl_buf *out);
pl_rc pl_cluster_setup_read(pl_str bytes, pl_cluster_access *ret, pl_proxies *ret_proxies,
                            pl_err *err) PL_MUST_USE;
