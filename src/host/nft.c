/* SPDX-License-Identifier: Apache-2.0 */
#include "host/nft.h"

#include "host/attrs.h"
#include "host/limits.h"
#include "host/nft_expr.h"

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <string.h>

typedef struct message {
    unsigned type;
    uint8_t family;
    pl_str attributes;
} message;

/* u32 type, then the message with its length: nfgenmsg and attributes. */
static bool next_message(pl_rd *r, message *ret)
{
    if (r->n == 0)
        return false;
    ret->type = pl_rd_u32le(r) & 0xff;
    pl_str body = pl_rd_lstr(r);
    if (!pl_rd_ok(r) || body.n < sizeof(struct nfgenmsg)) {
        r->bad = true;
        return false;
    }
    ret->family = (uint8_t)body.p[0];
    ret->attributes = pl_str_sub(body, sizeof(struct nfgenmsg), body.n);
    return true;
}

static bool add_chain(pl_fw *fw, const message *m)
{
    pl_str hook;
    uint32_t policy = 1;
    pl_fw_chain *c = &fw->chains[fw->n_chains];

    *c = (pl_fw_chain){.family = m->family};
    if (!pl_attr_text(m->attributes, NFTA_CHAIN_TABLE, &c->table) ||
        !pl_attr_text(m->attributes, NFTA_CHAIN_NAME, &c->name))
        return false;
    if (pl_attr_find(m->attributes, NFTA_CHAIN_HOOK, &hook))
        c->is_base = pl_attr_be32(hook, NFTA_HOOK_HOOKNUM, &c->hook);
    (void)pl_attr_text(m->attributes, NFTA_CHAIN_TYPE, &c->type);
    (void)pl_attr_be32(m->attributes, NFTA_CHAIN_POLICY, &policy);
    c->drops = c->is_base && policy == NF_DROP;
    fw->n_chains++;
    return true;
}

static bool add_rule(pl_arena *a, pl_fw *fw, const pl_nft_sets *sets, const message *m)
{
    pl_str expressions;
    pl_fw_rule *r = &fw->rules[fw->n_rules];

    *r = (pl_fw_rule){.family = m->family, .ports = {.arena = a}};
    if (!pl_attr_text(m->attributes, NFTA_RULE_TABLE, &r->table) ||
        !pl_attr_text(m->attributes, NFTA_RULE_CHAIN, &r->chain))
        return false;
    if (pl_attr_find(m->attributes, NFTA_RULE_EXPRESSIONS, &expressions))
        pl_nft_expressions(a, expressions, sets, r);
    fw->n_rules++;
    return true;
}

static bool failed(pl_fw *fw, const char *reason)
{
    *fw = (pl_fw){.state = PL_SEEN_FAILED, .reason = reason};
    return false;
}

/* Sets come before the rules that look into them. */
static bool take(pl_arena *a, pl_fw *fw, pl_nft_sets *sets, const message *m)
{
    switch (m->type) {
    case NFT_MSG_NEWCHAIN:
        return fw->n_chains < PL_HOST_FW_CHAINS && add_chain(fw, m);
    case NFT_MSG_NEWRULE:
        return fw->n_rules < PL_HOST_FW_RULES && add_rule(a, fw, sets, m);
    case NFT_MSG_NEWSETELEM:
        return pl_nft_sets_add(a, sets, m->attributes);
    default:
        return true;
    }
}

static void count(pl_str bytes, size_t *chains, size_t *rules)
{
    pl_rd r = pl_rd_of(bytes.p, bytes.n);
    message m;

    while (next_message(&r, &m)) {
        *chains += m.type == NFT_MSG_NEWCHAIN;
        *rules += m.type == NFT_MSG_NEWRULE;
    }
}

bool pl_fw_parse(pl_arena *a, pl_str bytes, pl_fw *ret)
{
    pl_nft_sets *sets = PL_NEW(a, pl_nft_sets);
    pl_rd r = pl_rd_of(bytes.p, bytes.n);
    size_t chains = 0, rules = 0;
    message m;

    *ret = (pl_fw){.state = PL_SEEN_OK};
    count(bytes, &chains, &rules);
    if (chains > PL_HOST_FW_CHAINS || rules > PL_HOST_FW_RULES)
        return failed(ret, "limit:firewall-rules");
    ret->chains = pl_arena_calloc(a, chains + 1, sizeof(*ret->chains));
    ret->rules = pl_arena_calloc(a, rules + 1, sizeof(*ret->rules));
    if (!sets || !ret->chains || !ret->rules)
        return failed(ret, "limit:memory");
    while (next_message(&r, &m))
        if (!take(a, ret, sets, &m))
            return failed(ret, "unreadable");
    return pl_rd_ok(&r) ? true : failed(ret, "unreadable");
}

pl_fw pl_fw_read(pl_host_reading *f, int64_t pid)
{
    pl_str question =
        pid > 0 && f->is_live ? pl_host_fmt(f->a, "@nft/%lld", (long long)pid) : PL_S("@nft");
    const pl_snap_entry *e = pl_snap_read(f->snap, question);
    pl_fw fw = {.state = pl_host_state(e)};

    /* A kernel without nf_tables has no rules of that kind. */
    if (fw.state == PL_SEEN_FAILED && f->is_live && e->rc == PL_UNSUPPORTED)
        return (pl_fw){.state = PL_SEEN_OK};
    if (fw.state == PL_SEEN_FAILED || fw.state == PL_SEEN_NONE)
        return (pl_fw){.state = PL_SEEN_FAILED, .reason = pl_host_reason(e)};
    if (fw.state == PL_SEEN_OK)
        (void)pl_fw_parse(f->a, e->bytes, &fw);
    return fw;
}
