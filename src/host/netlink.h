/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One question to the kernel over netlink (RFC 3549 framing, linux/netlink.h): audit rules and
 * the nf_tables rule set. Answers come from the kernel alone: the sender's port must be 0.
 */
#pragma once

#include "core/buf.h"
#include "core/err.h"

/* Called for each message of the answer but NLMSG_DONE and acknowledgements. */
typedef pl_rc (*pl_netlink_each)(uint16_t type, pl_str payload, void *arg, pl_err *err);

typedef struct pl_netlink_question {
    const char *what;     /* "audit rules": for messages */
    int protocol;         /* NETLINK_AUDIT, NETLINK_NETFILTER */
    uint16_t type, flags; /* NLM_F_REQUEST is added */
    pl_str body;
    bool is_single; /* the answer is one message, not a list that ends with NLMSG_DONE */
} pl_netlink_question;

/*
 * PL_UNSUPPORTED: the kernel has no such protocol. PL_DENIED: not privileged. PL_TIMEOUT: no
 * answer within two seconds. PL_LIMIT: more than a million bytes of answer.
 */
pl_rc pl_netlink_ask(const pl_netlink_question *q, pl_netlink_each each, void *arg,
                     pl_err *err) PL_MUST_USE;
