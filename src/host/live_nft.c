/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The nf_tables rule set as the kernel lists it (linux/netfilter/nf_tables.h): all chains, all
 * sets with their elements, then all rules, each message as u32 type and its bytes with length.
 * host/nft.h reads them. Rules of iptables-nft are in here too; those of legacy iptables are
 * host/live_xtables.c.
 */
#include "host/attrs.h"
#include "host/limits.h"
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

static pl_rc dump(uint16_t what, uint8_t family, pl_str attributes, pl_buf *out, pl_err *err)
{
    PL_AUTO_BUF pl_buf body = {0};
    const struct nfgenmsg head = {.nfgen_family = family, .version = NFNETLINK_V0};

    pl_buf_add(&body, &head, sizeof(head));
    pl_buf_str(&body, attributes);
    const pl_netlink_question q = {
        .what = "nf_tables",
        .protocol = NETLINK_NETFILTER,
        .type = (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | what),
        .flags = NLM_F_DUMP,
        .body = pl_buf_view(&body),
    };
    return pl_netlink_ask(&q, keep, out, err);
}

static void put_text(pl_buf *to, uint16_t type, pl_str text)
{
    struct nlattr a = {.nla_len = (uint16_t)(sizeof(a) + text.n), .nla_type = type};

    pl_buf_add(to, &a, sizeof(a));
    pl_buf_str(to, text);
    while (to->n % NLA_ALIGNTO)
        pl_buf_ch(to, '\0');
}

/* Elements are only listed for one named set at a time. */
static pl_rc dump_elements(pl_str set, pl_buf *out, pl_err *err)
{
    PL_AUTO_BUF pl_buf attributes = {0};
    pl_str rest = pl_str_sub(set, sizeof(struct nfgenmsg), set.n), table, name;

    if (set.n < sizeof(struct nfgenmsg) || !pl_attr_find(rest, NFTA_SET_TABLE, &table) ||
        !pl_attr_find(rest, NFTA_SET_NAME, &name))
        return PL_OK;
    put_text(&attributes, NFTA_SET_ELEM_LIST_TABLE, table);
    put_text(&attributes, NFTA_SET_ELEM_LIST_SET, name);
    pl_rc rc = dump(NFT_MSG_GETSETELEM, (uint8_t)set.p[0], pl_buf_view(&attributes), out, err);
    return rc == PL_SYS ? PL_OK : rc; /* the set went away meanwhile */
}

static pl_rc dump_sets(pl_buf *out, pl_err *err)
{
    PL_AUTO_BUF pl_buf sets = {0};
    pl_rc rc = dump(NFT_MSG_GETSET, NFPROTO_UNSPEC, (pl_str){"", 0}, &sets, err);
    pl_rd r = pl_rd_of(sets.p, sets.n);

    for (int n = 0; !rc && r.n && n < PL_HOST_FW_SETS; n++) {
        (void)pl_rd_u32le(&r);
        rc = dump_elements(pl_rd_lstr(&r), out, err);
    }
    return rc;
}

pl_rc pl_live_nft(pl_buf *out, pl_err *err)
{
    pl_rc rc = dump(NFT_MSG_GETCHAIN, NFPROTO_UNSPEC, (pl_str){"", 0}, out, err);
    if (!rc)
        rc = dump_sets(out, err);
    return rc ? rc : dump(NFT_MSG_GETRULE, NFPROTO_UNSPEC, (pl_str){"", 0}, out, err);
}
