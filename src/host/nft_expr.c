/* SPDX-License-Identifier: Apache-2.0 */
#include "host/nft_expr.h"

#include "host/attrs.h"

#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nf_tables_compat.h>
#include <string.h>

enum { REGISTERS = 24, CT_NEW = 8, OFFSET_DPORT = 2 };

/* What a register was loaded with. */
typedef enum source {
    FROM_OTHER,
    FROM_IIF,
    FROM_OIF,
    FROM_PROTOCOL,
    FROM_STATE,
    FROM_SADDR,
    FROM_DADDR,
    FROM_DPORT,
} source;

struct walk {
    pl_arena *a;
    const pl_nft_sets *sets;
    pl_fw_rule *rule;
    source from[REGISTERS];
    uint32_t state_mask; /* of a bitwise on FROM_STATE */
    unsigned prefix;     /* of a bitwise on FROM_SADDR; 0: none */
    uint32_t port_from;  /* of a pair of comparisons >= and <= */
};

static uint32_t reg(pl_str data, unsigned attribute)
{
    uint32_t r = 0;
    (void)pl_attr_be32(data, attribute, &r);
    return r < REGISTERS ? r : 0;
}

static bool value_of(pl_str data, unsigned attribute, pl_str *ret)
{
    pl_str nested;
    return pl_attr_find(data, attribute, &nested) && pl_attr_find(nested, NFTA_DATA_VALUE, ret);
}

/* ---- loads ---- */

static void on_meta(struct walk *w, pl_str data)
{
    uint32_t key = UINT32_MAX;
    source s = FROM_OTHER;

    (void)pl_attr_be32(data, NFTA_META_KEY, &key);
    if (key == NFT_META_IIFNAME || key == NFT_META_IIF)
        s = FROM_IIF;
    else if (key == NFT_META_OIFNAME || key == NFT_META_OIF)
        s = FROM_OIF;
    else if (key == NFT_META_L4PROTO)
        s = FROM_PROTOCOL;
    w->from[reg(data, NFTA_META_DREG)] = s;
    /* "iif lo" compares a number: interface 1 is always lo. */
}

static void on_ct(struct walk *w, pl_str data)
{
    uint32_t key = UINT32_MAX;
    (void)pl_attr_be32(data, NFTA_CT_KEY, &key);
    w->state_mask = UINT32_MAX;
    w->from[reg(data, NFTA_CT_DREG)] = key == NFT_CT_STATE ? FROM_STATE : FROM_OTHER;
}

static source field_of(uint8_t family, uint32_t base, uint32_t offset, uint32_t len)
{
    if (base == NFT_PAYLOAD_TRANSPORT_HEADER)
        return offset == OFFSET_DPORT && len == 2 ? FROM_DPORT : FROM_OTHER;
    if (base != NFT_PAYLOAD_NETWORK_HEADER)
        return FROM_OTHER;
    /* An inet table tells the families apart by a comparison of its own: length decides. */
    bool is_v6 = family == NFPROTO_IPV6 || (family == NFPROTO_INET && offset >= 8 && len == 16);
    if (offset == 9 && len == 1 && !is_v6)
        return FROM_PROTOCOL;
    if (offset == 6 && len == 1 && is_v6)
        return FROM_PROTOCOL;
    if (offset == (is_v6 ? 8u : 12u))
        return FROM_SADDR;
    return offset == (is_v6 ? 24u : 16u) ? FROM_DADDR : FROM_OTHER;
}

static void on_payload(struct walk *w, pl_str data)
{
    uint32_t base = 0, offset = 0, len = 0;

    (void)pl_attr_be32(data, NFTA_PAYLOAD_BASE, &base);
    (void)pl_attr_be32(data, NFTA_PAYLOAD_OFFSET, &offset);
    (void)pl_attr_be32(data, NFTA_PAYLOAD_LEN, &len);
    w->prefix = len * 8; /* iptables loads only the bytes that a short mask covers */
    w->from[reg(data, NFTA_PAYLOAD_DREG)] = field_of(w->rule->family, base, offset, len);
}

static unsigned ones(pl_str mask)
{
    unsigned n = 0;
    for (size_t i = 0; i < mask.n; i++)
        n += (unsigned)__builtin_popcount((unsigned char)mask.p[i]);
    return n;
}

static void on_bitwise(struct walk *w, pl_str data)
{
    uint32_t in = reg(data, NFTA_BITWISE_SREG);
    pl_str mask;

    w->from[reg(data, NFTA_BITWISE_DREG)] = w->from[in];
    if (!value_of(data, NFTA_BITWISE_MASK, &mask))
        return;
    if (w->from[in] == FROM_STATE && mask.n == 4)
        memcpy(&w->state_mask, mask.p, 4);
    if (w->from[in] == FROM_SADDR)
        w->prefix = ones(mask);
}

/* ---- comparisons ---- */

static void ask_iif(struct walk *w, pl_str value, bool is_not)
{
    static const unsigned char lo[4] = {1, 0, 0, 0};

    w->rule->asks_iif = true;
    w->rule->iif_is_not = is_not;
    const char *end = value.n ? memchr(value.p, '\0', value.n) : NULL;
    if (value.n == 4 && memcmp(value.p, lo, 4) == 0)
        w->rule->iif = PL_S("lo");
    else
        w->rule->iif = end ? pl_str_sub(value, 0, (size_t)(end - value.p)) : value;
}

static void ask_source(struct walk *w, pl_str value)
{
    unsigned char bytes[16] = {0};
    char text[INET6_ADDRSTRLEN];
    bool is_v6 = value.n > 4;

    w->rule->asks_source = true;
    memcpy(bytes, value.p, value.n < 16 ? value.n : 16);
    if (inet_ntop(is_v6 ? AF_INET6 : AF_INET, bytes, text, sizeof(text)))
        w->rule->source = pl_host_fmt(w->a, "%s/%u", text, w->prefix);
}

static uint32_t port_of(pl_str v)
{
    return v.n == 2 ? (uint32_t)(unsigned char)v.p[0] << 8 | (unsigned char)v.p[1] : 0;
}

static void add_ports(struct walk *w, uint32_t from, uint32_t to)
{
    w->rule->asks_port = true;
    pl_host_strs_add(&w->rule->ports, from == to ? pl_host_fmt(w->a, "%u", from)
                                                 : pl_host_fmt(w->a, "%u-%u", from, to));
}

static void ask_port(struct walk *w, uint32_t op, pl_str value)
{
    if (op == NFT_CMP_EQ)
        add_ports(w, port_of(value), port_of(value));
    else if (op == NFT_CMP_GTE)
        w->port_from = port_of(value);
    else if (op == NFT_CMP_LTE)
        add_ports(w, w->port_from, port_of(value));
    else
        w->rule->asks_other = true;
}

/* "(state & mask) != 0" asks for one of the states in the mask; "state == x" for that one. */
static void ask_state(struct walk *w, uint32_t op, pl_str value)
{
    uint32_t states = w->state_mask, v = 0;

    if (value.n == 4)
        memcpy(&v, value.p, 4);
    if (op == NFT_CMP_EQ)
        states = v;
    if ((op == NFT_CMP_NEQ && v == 0) || op == NFT_CMP_EQ)
        w->rule->only_old |= states != 0 && (states & (CT_NEW | 1)) == 0;
    if (!w->rule->only_old)
        w->rule->asks_other = true;
}

static void on_cmp(struct walk *w, pl_str data)
{
    source s = w->from[reg(data, NFTA_CMP_SREG)];
    uint32_t op = NFT_CMP_EQ;
    pl_str value;

    (void)pl_attr_be32(data, NFTA_CMP_OP, &op);
    if (!value_of(data, NFTA_CMP_DATA, &value)) {
        w->rule->asks_other = true;
        return;
    }
    bool is_eq = op == NFT_CMP_EQ;
    if (s == FROM_IIF)
        ask_iif(w, value, !is_eq);
    else if (s == FROM_OIF)
        w->rule->asks_oif = true;
    else if (s == FROM_PROTOCOL && is_eq && value.n)
        w->rule->protocol = (uint8_t)value.p[0];
    else if (s == FROM_STATE)
        ask_state(w, op, value);
    else if (s == FROM_SADDR && is_eq)
        ask_source(w, value);
    else if (s == FROM_DADDR)
        w->rule->asks_destination = true;
    else if (s == FROM_DPORT)
        ask_port(w, op, value);
    else
        w->rule->asks_other = true;
}

/* Pairs of start and end, in whatever order the kernel gave them. */
static void add_set_ports(struct walk *w, const pl_nft_set *s)
{
    for (size_t i = 0; i < s->n; i++) {
        uint32_t from = s->starts[i], end = UINT32_MAX;
        if (from >> 16)
            continue;
        for (size_t k = 0; k < s->n; k++)
            if (s->starts[k] >> 16 && (s->starts[k] & 0xffff) > from &&
                (s->starts[k] & 0xffff) < end)
                end = s->starts[k] & 0xffff;
        add_ports(w, from, end == UINT32_MAX ? from : end - 1);
    }
}

static void on_lookup(struct walk *w, pl_str data)
{
    source s = w->from[reg(data, NFTA_LOOKUP_SREG)];
    pl_str name, verdicts;
    uint32_t flags = 0;

    (void)pl_attr_be32(data, NFTA_LOOKUP_FLAGS, &flags);
    bool is_map = pl_attr_find(data, NFTA_LOOKUP_DREG, &verdicts);
    if (is_map || (flags & NFT_LOOKUP_F_INV) || !pl_attr_text(data, NFTA_LOOKUP_SET, &name)) {
        w->rule->asks_other = true;
        if (is_map) /* each element has a verdict of its own: believe that one accepts */
            w->rule->verdict = PL_FW_ACCEPT;
        return;
    }
    if (s == FROM_SADDR)
        w->rule->asks_source = true;
    else if (s == FROM_IIF)
        w->rule->asks_iif = true;
    else if (s == FROM_DADDR)
        w->rule->asks_destination = true;
    else if (s != FROM_DPORT)
        w->rule->asks_other = true;
    if (s != FROM_DPORT)
        return;
    w->rule->asks_port = true;
    for (size_t i = 0; i < w->sets->n; i++)
        if (pl_str_eq(w->sets->v[i]->table, w->rule->table) &&
            pl_str_eq(w->sets->v[i]->name, name) && !w->sets->v[i]->is_other)
            add_set_ports(w, w->sets->v[i]);
}

/* ---- matches of iptables, as their structures stand in memory ---- */

static uint16_t host16(pl_str s, size_t at)
{
    uint16_t v = 0;
    pl_str two = pl_str_sub(s, at, 2);
    if (two.n == 2)
        memcpy(&v, two.p, 2);
    return v;
}

/* struct xt_tcp and xt_udp: u16 spts[2], dpts[2]. */
static void match_ports(struct walk *w, pl_str info)
{
    uint16_t from = host16(info, 4), to = host16(info, 6);
    if (from != 0 || to != 0xffff)
        add_ports(w, from, to);
    if (host16(info, 0) != 0 || host16(info, 2) != 0xffff)
        w->rule->asks_other = true;
}

/* struct xt_multiport_v1: u8 flags, count; u16 ports[15]; u8 pflags[15]; u8 invert. */
static void match_multiport(struct walk *w, pl_str info)
{
    if (info.n < 48 || info.p[0] == 0 /* source */ || info.p[47]) {
        w->rule->asks_other = true;
        return;
    }
    for (size_t i = 0; i < (unsigned char)info.p[1] && i < 15; i++) {
        uint16_t from = host16(info, 2 + 2 * i), to = from;
        if (info.p[32 + i] && i + 1 < 15)
            to = host16(info, 2 + 2 * ++i);
        add_ports(w, from, to);
    }
}

/* struct xt_conntrack_mtinfo3: u16 match_flags at 146, invert_flags, state_mask. */
static void match_conntrack(struct walk *w, pl_str info)
{
    uint16_t flags = host16(info, 146), inverted = host16(info, 148), states = host16(info, 150);

    if (info.n >= 152 && flags == 1 && !(inverted & 1) && states && !(states & (CT_NEW | 1)))
        w->rule->only_old = true;
    else
        w->rule->asks_other = true;
}

static void match(struct walk *w, pl_str name, pl_str info)
{
    if (pl_str_eq(name, PL_S("tcp")) || pl_str_eq(name, PL_S("udp")))
        match_ports(w, info);
    else if (pl_str_eq(name, PL_S("multiport")))
        match_multiport(w, info);
    else if (pl_str_eq(name, PL_S("conntrack")))
        match_conntrack(w, info);
    else if (!pl_str_eq(name, PL_S("comment")))
        w->rule->asks_other = true;
}

void pl_nft_match(pl_arena *a, pl_str name, pl_str info, pl_fw_rule *ret)
{
    struct walk w = {.a = a, .rule = ret};
    match(&w, name, info);
}

static void on_match(struct walk *w, pl_str data)
{
    pl_str name = {"", 0}, info = {"", 0};

    if (!pl_attr_text(data, NFTA_MATCH_NAME, &name) || !pl_attr_find(data, NFTA_MATCH_INFO, &info))
        name = PL_S("?");
    match(w, name, info);
}

/* ---- verdicts ---- */

static void on_immediate(struct walk *w, pl_str data)
{
    pl_str nested, verdict;
    uint32_t code;

    if (!pl_attr_find(data, NFTA_IMMEDIATE_DATA, &nested) ||
        !pl_attr_find(nested, NFTA_DATA_VERDICT, &verdict) ||
        !pl_attr_be32(verdict, NFTA_VERDICT_CODE, &code))
        return;
    switch ((int32_t)code) {
    case NF_ACCEPT:
        w->rule->verdict = PL_FW_ACCEPT;
        break;
    case NF_DROP:
        w->rule->verdict = PL_FW_DROP;
        break;
    case NFT_RETURN:
        w->rule->verdict = PL_FW_RETURN;
        break;
    case NFT_GOTO:
    case NFT_JUMP:
        w->rule->verdict = PL_FW_JUMP;
        w->rule->is_goto = (int32_t)code == NFT_GOTO;
        (void)pl_attr_text(verdict, NFTA_VERDICT_CHAIN, &w->rule->target);
        break;
    default:
        break;
    }
}

static void on_target(struct walk *w, pl_str data)
{
    pl_str name;
    if (pl_attr_text(data, NFTA_TARGET_NAME, &name) && pl_str_eq(name, PL_S("REJECT")))
        w->rule->verdict = PL_FW_DROP;
}

static void on_reject(struct walk *w, pl_str data)
{
    (void)data;
    w->rule->verdict = PL_FW_DROP;
}

static void on_nothing(struct walk *w, pl_str data)
{
    (void)w;
    (void)data;
}

static const struct {
    const char *name;
    void (*on)(struct walk *w, pl_str data);
} expressions[] = {
    {"meta", on_meta},       {"ct", on_ct},           {"payload", on_payload},
    {"bitwise", on_bitwise}, {"cmp", on_cmp},         {"lookup", on_lookup},
    {"match", on_match},     {"target", on_target},   {"immediate", on_immediate},
    {"reject", on_reject},   {"counter", on_nothing}, {"log", on_nothing},
};

static void one_expression(struct walk *w, pl_str element)
{
    pl_str name, data = {"", 0};

    if (!pl_attr_text(element, NFTA_EXPR_NAME, &name)) {
        w->rule->asks_other = true;
        return;
    }
    (void)pl_attr_find(element, NFTA_EXPR_DATA, &data);
    for (size_t i = 0; i < PL_COUNT(expressions); i++)
        if (pl_str_eq(name, pl_str_c(expressions[i].name))) {
            expressions[i].on(w, data);
            return;
        }
    w->rule->asks_other = true;
}

void pl_nft_expressions(pl_arena *a, pl_str list, const pl_nft_sets *sets, pl_fw_rule *ret)
{
    struct walk w = {.a = a, .sets = sets, .rule = ret};
    pl_str element;
    unsigned type;

    while (pl_attr_next(&list, &type, &element))
        one_expression(&w, element);
}
