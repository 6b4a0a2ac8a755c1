/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The packet filter's rules in the few words that matter here: what a rule asks of a packet and
 * what happens to it. Read from nf_tables messages (host/live_nft.c), with the matches of
 * iptables-nft that stand in them as they are (xt_tcp, xt_udp, xt_multiport, xt_conntrack).
 */
#pragma once

#include "host/facts.h"

typedef enum pl_fw_verdict {
    PL_FW_CONTINUE,
    PL_FW_ACCEPT,
    PL_FW_DROP, /* also reject */
    PL_FW_RETURN,
    PL_FW_JUMP, /* also goto */
} pl_fw_verdict;

typedef struct pl_fw_rule {
    pl_str table, chain;
    uint8_t family;
    pl_fw_verdict verdict;
    bool is_goto;
    pl_str target; /* PL_FW_JUMP */

    pl_str iif; /* incoming interface; empty: any, or only known to be asked for */
    bool asks_iif, iif_is_not;
    bool asks_oif;
    bool asks_source, asks_destination;
    pl_str source;      /* network in text where it is a plain one */
    bool only_old;      /* established or related connections */
    bool asks_other;    /* anything that is not named here */
    bool asks_port;     /* destination port */
    uint8_t protocol;   /* 0: any */
    pl_host_strs ports; /* "22", "9000-9010"; empty with asks_port: some, not known */
} pl_fw_rule;

typedef struct pl_fw_chain {
    uint8_t family; /* NFPROTO_* */
    pl_str table, name, type;
    bool is_base;
    uint32_t hook;
    bool drops; /* policy */
} pl_fw_chain;

typedef struct pl_fw {
    pl_host_seen state;
    const char *reason;
    pl_fw_chain *chains;
    size_t n_chains;
    pl_fw_rule *rules; /* in the order of their chain */
    size_t n_rules;
} pl_fw;

/* pid: of the process in whose network namespace they hold; 0: ours. */
pl_fw pl_fw_read(pl_host_reading *f, int64_t pid);

/* From the bytes of "@nft". False: malformed or too large (reason in ret->reason). */
bool pl_fw_parse(pl_arena *a, pl_str bytes, pl_fw *ret);
