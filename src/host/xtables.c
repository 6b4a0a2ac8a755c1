/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One table is a run of entries: what is asked of the packet's header, matches, a target. A chain
 * of the user begins behind an entry with the target ERROR that names it, a built-in one at its
 * hook's entry; the entry at a hook's underflow is the policy. A jump names the place of a chain's
 * first entry (linux/netfilter/x_tables.h).
 */
#include "host/xtables.h"

#include "core/rd.h"
#include "host/limits.h"
#include "host/nft_expr.h"

#include <arpa/inet.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
/* Behind the C library's headers: both name the address structures. */
#include <linux/netfilter_ipv4/ip_tables.h>
#include <linux/netfilter_ipv6/ip6_tables.h>

enum { HOOKS = 5, HEAD = 32 /* of a match or target: size, name, revision */ };

struct table {
    pl_arena *a;
    pl_fw *fw;
    uint8_t family;
    size_t first_chain; /* of this family in fw->chains */
    uint32_t valid, hooks[HOOKS], underflows[HOOKS];
    pl_str bytes;
    uint32_t *starts; /* of each chain of this family: place of its first entry */
};

/* One entry, whatever its family. */
struct entry {
    uint32_t at, next; /* places in the table */
    pl_str matches, target;
    pl_fw_rule rule;
    bool is_plain; /* asks nothing of the packet */
};

static uint16_t u16(pl_str s, size_t at)
{
    uint16_t v = 0;
    if (at + 2 <= s.n)
        memcpy(&v, s.p + at, 2);
    return v;
}

static int32_t verdict_of(pl_str target)
{
    int32_t v = 0;
    if (target.n >= HEAD + 4)
        memcpy(&v, target.p + HEAD, 4);
    return v;
}

static pl_str name_of(pl_str part)
{
    pl_str name = pl_str_sub(part, 2, XT_EXTENSION_MAXNAMELEN);
    return pl_str_sub(name, 0, strnlen(name.p, name.n));
}

static bool is_error(const struct entry *e)
{
    return pl_str_eq(name_of(e->target), PL_S("ERROR"));
}

static pl_str error_name(const struct entry *e)
{
    pl_str name = pl_str_sub(e->target, HEAD, e->target.n);
    return pl_str_sub(name, 0, strnlen(name.p, name.n));
}

/* ---- headers ---- */

static bool any(const void *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (((const char *)p)[i])
            return true;
    return false;
}

static void ask_interface(const struct table *t, const char *name, const unsigned char *mask,
                          pl_fw_rule *r)
{
    size_t n = strnlen(name, IFNAMSIZ);

    if (!mask[0])
        return;
    r->asks_iif = true;
    /* "eth+" does not compare the end of the name. */
    if (n < IFNAMSIZ && mask[n])
        r->iif = pl_arena_str(t->a, (pl_str){name, n});
}

static void ask_source(const struct table *t, int family, const void *address, const void *mask,
                       size_t n, pl_fw_rule *r)
{
    char text[INET6_ADDRSTRLEN];
    unsigned bits = 0;

    if (!any(mask, n))
        return;
    for (size_t i = 0; i < n; i++)
        bits += (unsigned)__builtin_popcount(((const unsigned char *)mask)[i]);
    r->asks_source = true;
    if (inet_ntop(family, address, text, sizeof(text)))
        r->source = pl_host_fmt(t->a, "%s/%u", text, bits);
}

static void read_ipv4(const struct table *t, const struct ipt_ip *ip, pl_fw_rule *r)
{
    ask_interface(t, ip->iniface, ip->iniface_mask, r);
    ask_source(t, AF_INET, &ip->src, &ip->smsk, sizeof(ip->smsk), r);
    r->asks_oif = ip->outiface_mask[0] != 0;
    r->asks_destination = ip->dmsk.s_addr != 0;
    r->protocol = (uint8_t)ip->proto;
    r->iif_is_not = ip->invflags & IPT_INV_VIA_IN;
    r->is_goto = ip->flags & IPT_F_GOTO;
    r->asks_other = (ip->flags & IPT_F_FRAG) || (ip->invflags & ~IPT_INV_VIA_IN);
}

static void read_ipv6(const struct table *t, const struct ip6t_ip6 *ip, pl_fw_rule *r)
{
    ask_interface(t, ip->iniface, ip->iniface_mask, r);
    ask_source(t, AF_INET6, &ip->src, &ip->smsk, sizeof(ip->smsk), r);
    r->asks_oif = ip->outiface_mask[0] != 0;
    r->asks_destination = any(&ip->dmsk, sizeof(ip->dmsk));
    r->protocol = (uint8_t)ip->proto;
    r->iif_is_not = ip->invflags & IP6T_INV_VIA_IN;
    r->is_goto = ip->flags & IP6T_F_GOTO;
    r->asks_other = (ip->flags & IP6T_F_TOS) || (ip->invflags & ~IP6T_INV_VIA_IN);
}

/* ---- entries ---- */

/* *ret_next: at the end of the header. False: the table does not hold what it says. */
static bool read_header(const struct table *t, uint32_t at, struct entry *ret, size_t *ret_size,
                        uint32_t *ret_target, uint32_t *ret_next)
{
    union {
        struct ipt_entry v4;
        struct ip6t_entry v6;
    } e;
    bool is_v6 = t->family == NFPROTO_IPV6;
    size_t size = is_v6 ? sizeof(e.v6) : sizeof(e.v4);

    if (at > t->bytes.n || t->bytes.n - at < size)
        return false;
    memcpy(&e, t->bytes.p + at, size);
    if (is_v6)
        read_ipv6(t, &e.v6.ipv6, &ret->rule);
    else
        read_ipv4(t, &e.v4.ip, &ret->rule);
    *ret_target = is_v6 ? e.v6.target_offset : e.v4.target_offset;
    *ret_next = is_v6 ? e.v6.next_offset : e.v4.next_offset;
    *ret_size = size;
    return true;
}

static bool read_entry(const struct table *t, uint32_t at, struct entry *ret)
{
    uint32_t target, next;
    size_t size;

    *ret = (struct entry){
        .at = at, .rule = {.family = t->family, .table = PL_S("filter"), .ports = {.arena = t->a}}};
    if (!read_header(t, at, ret, &size, &target, &next) || target < size || next < target + HEAD ||
        next > t->bytes.n - at)
        return false;
    ret->next = at + next;
    ret->matches = pl_str_sub(t->bytes, at + size, target - size);
    ret->target = pl_str_sub(t->bytes, at + target, next - target);
    return u16(ret->target, 0) >= HEAD && u16(ret->target, 0) <= ret->target.n;
}

/* ---- chains ---- */

static bool add_chain(struct table *t, pl_str name, uint32_t start, int hook)
{
    pl_fw *fw = t->fw;

    if (fw->n_chains == PL_HOST_FW_CHAINS)
        return false;
    t->starts[fw->n_chains - t->first_chain] = start;
    fw->chains[fw->n_chains++] = (pl_fw_chain){.family = t->family,
                                               .table = PL_S("filter"),
                                               .name = name,
                                               .type = PL_S("filter"),
                                               .is_base = hook >= 0,
                                               .hook = hook >= 0 ? (uint32_t)hook : 0};
    return true;
}

static const char *const hook_names[HOOKS] = {"PREROUTING", "INPUT", "FORWARD", "OUTPUT",
                                              "POSTROUTING"};

static bool find_chains(struct table *t)
{
    struct entry e;

    for (uint32_t at = 0; at < t->bytes.n; at = e.next) {
        if (!read_entry(t, at, &e))
            return false;
        for (int h = 0; h < HOOKS; h++)
            if ((t->valid & (1U << h)) && t->hooks[h] == at &&
                !add_chain(t, pl_str_c(hook_names[h]), at, h))
                return false;
        if (is_error(&e) && e.next < t->bytes.n && !add_chain(t, error_name(&e), e.next, -1))
            return false;
    }
    return true;
}

static pl_fw_chain *chain_at(const struct table *t, uint32_t start)
{
    for (size_t i = t->first_chain; i < t->fw->n_chains; i++)
        if (t->starts[i - t->first_chain] == start)
            return &t->fw->chains[i];
    return NULL;
}

/* ---- rules ---- */

static bool set_standard(const struct table *t, struct entry *e)
{
    int32_t v = verdict_of(e->target);

    if (v >= 0) {
        const pl_fw_chain *to = chain_at(t, (uint32_t)v);
        /* Without a target a rule leads to the next one. */
        if ((uint32_t)v == e->next)
            return true;
        if (!to)
            return false;
        e->rule.verdict = PL_FW_JUMP;
        e->rule.target = to->name;
        return true;
    }
    if (v == -NF_ACCEPT - 1)
        e->rule.verdict = PL_FW_ACCEPT;
    else if (v == -NF_DROP - 1)
        e->rule.verdict = PL_FW_DROP;
    else if (v == XT_RETURN)
        e->rule.verdict = PL_FW_RETURN;
    else
        e->rule.asks_other = true; /* to a program that decides */
    return true;
}

static bool set_rule(const struct table *t, struct entry *e)
{
    pl_str rest = e->matches, target = name_of(e->target);

    while (rest.n) {
        uint16_t n = u16(rest, 0);
        if (rest.n < HEAD || n < HEAD || n > rest.n)
            return false;
        pl_str match = pl_str_sub(rest, 0, n);
        pl_nft_match(t->a, name_of(match), pl_str_sub(match, HEAD, n), &e->rule);
        rest = pl_str_sub(rest, n, rest.n);
    }
    if (target.n == 0)
        return set_standard(t, e);
    if (pl_str_eq(target, PL_S("REJECT")))
        e->rule.verdict = PL_FW_DROP;
    return true;
}

static bool is_policy(const struct table *t, const struct entry *e, pl_fw_chain *c)
{
    if (!c->is_base || c->hook >= HOOKS || t->underflows[c->hook] != e->at)
        return false;
    c->drops = verdict_of(e->target) == -NF_DROP - 1;
    return true;
}

static bool find_rules(struct table *t)
{
    pl_fw_chain *c = NULL;
    struct entry e;

    for (uint32_t at = 0; at < t->bytes.n; at = e.next) {
        if (!read_entry(t, at, &e))
            return false;
        pl_fw_chain *here = chain_at(t, at);
        c = here ? here : c;
        if (is_error(&e)) {
            c = NULL;
            continue;
        }
        if (!c || !set_rule(t, &e))
            return false;
        if (is_policy(t, &e, c)) {
            c = NULL;
            continue;
        }
        if (t->fw->n_rules == PL_HOST_FW_RULES)
            return false;
        e.rule.chain = c->name;
        t->fw->rules[t->fw->n_rules++] = e.rule;
    }
    return true;
}

/* ---- all ---- */

static bool read_table(pl_rd *r, struct table *t)
{
    uint32_t family = pl_rd_u32le(r);

    t->family = family == AF_INET6 ? NFPROTO_IPV6 : NFPROTO_IPV4;
    t->valid = pl_rd_u32le(r);
    for (size_t i = 0; i < HOOKS; i++)
        t->hooks[i] = pl_rd_u32le(r);
    for (size_t i = 0; i < HOOKS; i++)
        t->underflows[i] = pl_rd_u32le(r);
    t->bytes = pl_rd_lstr(r);
    t->first_chain = t->fw->n_chains;
    if (!pl_rd_ok(r) || t->bytes.n > PL_HOST_FW_DUMP || (family != AF_INET && family != AF_INET6))
        return false;
    return find_chains(t) && find_rules(t);
}

bool pl_xt_parse(pl_arena *a, pl_str bytes, pl_fw *ret)
{
    pl_rd r = pl_rd_of(bytes.p, bytes.n);
    struct table t = {.a = a, .fw = ret};

    *ret = (pl_fw){.state = PL_SEEN_OK};
    if (bytes.n == 0)
        return true;
    ret->chains = pl_arena_calloc(a, PL_HOST_FW_CHAINS, sizeof(*ret->chains));
    ret->rules = pl_arena_calloc(a, PL_HOST_FW_RULES, sizeof(*ret->rules));
    t.starts = pl_arena_calloc(a, PL_HOST_FW_CHAINS, sizeof(*t.starts));
    bool ok = ret->chains && ret->rules && t.starts;
    while (ok && r.n)
        ok = read_table(&r, &t);
    if (!ok)
        *ret = (pl_fw){.state = PL_SEEN_FAILED, .reason = "unreadable"};
    return ok;
}

pl_fw pl_xt_read(pl_host_reading *f, int64_t pid)
{
    pl_str question = pid > 0 && f->is_live ? pl_host_fmt(f->a, "@xtables/%lld", (long long)pid)
                                            : PL_S("@xtables");
    const pl_snap_entry *e = pl_snap_read(f->snap, question);
    pl_fw fw = {.state = pl_host_state(e)};

    if (fw.state == PL_SEEN_FAILED || fw.state == PL_SEEN_NONE)
        return (pl_fw){.state = PL_SEEN_FAILED, .reason = pl_host_reason(e)};
    if (fw.state == PL_SEEN_OK)
        (void)pl_xt_parse(f->a, e->bytes, &fw);
    return fw;
}
