/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The nf_tables rule set as the kernel lists it (linux/netfilter/nf_tables.h): all chains, then
 * all rules, each message as u32 type and its bytes with length. host/nft.h reads them. Rules of
 * iptables-nft are in here too; rules of legacy iptables are not.
 */
#include "host/live.h"
#include "host/netlink.h"

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>

static pl_rc keep(uint16_t type, pl_str body, void *arg, pl_err *err)
{
    pl_buf *out = arg;
    pl_buf_u32le(out, type);
    pl_buf_lstr(out, body);
    return pl_buf_ok(out) ? PL_OK : pl_fail(err, PL_NOMEM, "nf_tables: out of memory");
}

static pl_rc dump(uint16_t what, pl_buf *out, pl_err *err)
{
    const struct nfgenmsg all = {.nfgen_family = NFPROTO_UNSPEC, .version = NFNETLINK_V0};
    const pl_netlink_question q = {
        .what = "nf_tables",
        .protocol = NETLINK_NETFILTER,
        .type = (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | what),
        .flags = NLM_F_DUMP,
        .body = {(const char *)&all, sizeof(all)},
    };
    return pl_netlink_ask(&q, keep, out, err);
}

pl_rc pl_live_nft(pl_buf *out, pl_err *err)
{
    pl_rc rc = dump(NFT_MSG_GETCHAIN, out, err);
    return rc ? rc : dump(NFT_MSG_GETRULE, out, err);
}
