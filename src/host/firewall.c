/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the firewall does with packets to the host (hook input) and to published container ports
 * (hook forward). A packet passes every base chain of its hook, and a drop in any of them is final;
 * so one chain that denies by default denies. Published ports never pass the input hook.
 */
#include "host/facts.h"
#include "host/limits.h"
#include "host/nft.h"
#include "host/places.h"
#include "host/xtables.h"

#include <linux/netfilter.h>

enum { ICMP = 1, TCP = 6, UDP = 17, ICMPV6 = 58, SCTP = 132 };

/* ---- walking a chain ---- */

typedef struct outcome {
    bool ended, denies; /* an unconditional accept or drop was met */
    bool is_wide;       /* something accepts more than single ports */
    pl_host_strs services, anywhere, open_rules;
} outcome;

struct walker {
    pl_host_reading *f;
    const pl_fw *fw;
    bool is_forward, is_legacy;
    int64_t pid;           /* whose network namespace it is */
    pl_host_strs external; /* interfaces of the default routes */
};

static bool asks_nothing(const pl_fw_rule *r)
{
    return !r->asks_iif && !r->asks_oif && !r->asks_source && !r->asks_destination &&
           !r->only_old && !r->asks_other && !r->asks_port && r->protocol == 0;
}

/* On the forward path a drop of all that comes from outside is as good as one of everything. */
static bool drops_outside(const struct walker *w, const pl_fw_rule *r)
{
    pl_fw_rule copy = *r;
    copy.asks_iif = false;
    return w->is_forward && asks_nothing(&copy) &&
           (r->iif_is_not || pl_host_strs_has(w->external.v, w->external.n, r->iif));
}

static const char *protocol_name(uint8_t protocol)
{
    switch (protocol) {
    case TCP:
        return "tcp";
    case UDP:
        return "udp";
    case SCTP:
        return "sctp";
    default:
        return "any";
    }
}

static bool is_for_anybody(const pl_fw_rule *r)
{
    return !r->asks_source && !r->asks_iif && !r->asks_other;
}

static void add_service(const struct walker *w, const pl_fw_rule *r, pl_str port, outcome *o)
{
    pl_str service = pl_host_fmt(w->f->a, "%s/%.*s", protocol_name(r->protocol), PL_F(port));

    pl_host_strs_add_once(&o->services, service);
    o->is_wide |= pl_str_has(port, PL_S("-")) || pl_str_eq(port, PL_S("?"));
    if (is_for_anybody(r))
        pl_host_strs_add_once(&o->anywhere, service);
}

static void add_services(const struct walker *w, const pl_fw_rule *r, outcome *o)
{
    for (size_t i = 0; i < r->ports.n; i++)
        add_service(w, r, r->ports.v[i], o);
    if (r->ports.n == 0)
        add_service(w, r, PL_S("?"), o);
}

/* Replies, loopback and ICMP open nothing. */
static void take_accept(const struct walker *w, const pl_fw_rule *r, size_t no, outcome *o)
{
    bool is_loopback = r->asks_iif && !r->iif_is_not && pl_str_eq(r->iif, PL_S("lo"));

    if (r->only_old || is_loopback || r->protocol == ICMP || r->protocol == ICMPV6)
        return;
    if (w->is_forward && r->asks_iif &&
        r->iif_is_not == pl_host_strs_has(w->external.v, w->external.n, r->iif))
        return; /* comes from inside */
    o->is_wide |= !r->asks_port;
    if (r->asks_port)
        add_services(w, r, o);
    else if (r->asks_source)
        pl_host_strs_add_once(&o->services, pl_host_fmt(w->f->a, "source/%.*s",
                                                        PL_F(r->source.n ? r->source : PL_S("?"))));
    else if (r->asks_iif && !r->iif_is_not)
        pl_host_strs_add_once(&o->services, pl_host_fmt(w->f->a, "interface/%.*s",
                                                        PL_F(r->iif.n ? r->iif : PL_S("?"))));
    else
        pl_host_strs_add(&o->open_rules, pl_host_fmt(w->f->a, "%.*s %.*s rule %zu", PL_F(r->table),
                                                     PL_F(r->chain), no));
}

/* A rule in a chain that was jumped to asks what the jump asked as well. */
static pl_fw_rule joined(const pl_fw_rule *r, const pl_fw_rule *jump)
{
    pl_fw_rule j = *r;

    if (!jump)
        return j;
    if (jump->asks_iif && !j.asks_iif) {
        j.iif = jump->iif;
        j.iif_is_not = jump->iif_is_not;
    }
    j.asks_iif |= jump->asks_iif;
    j.asks_oif |= jump->asks_oif;
    if (jump->asks_source && !j.asks_source)
        j.source = jump->source;
    j.asks_source |= jump->asks_source;
    j.asks_destination |= jump->asks_destination;
    j.only_old |= jump->only_old;
    j.asks_other |= jump->asks_other;
    if (jump->asks_port && !j.asks_port)
        j.ports = jump->ports;
    j.asks_port |= jump->asks_port;
    if (j.protocol == 0)
        j.protocol = jump->protocol;
    return j;
}

static void walk(const struct walker *w, const pl_fw_chain *c, const pl_fw_rule *jump, int depth,
                 outcome *o);

static const pl_fw_chain *find_chain(const pl_fw *fw, const pl_fw_rule *r)
{
    for (size_t i = 0; i < fw->n_chains; i++)
        if (fw->chains[i].family == r->family && pl_str_eq(fw->chains[i].table, r->table) &&
            pl_str_eq(fw->chains[i].name, r->target))
            return &fw->chains[i];
    return NULL;
}

static void end_here(outcome *o, bool denies)
{
    o->ended = true;
    o->denies = denies;
}

/* True when the walk of this chain is over. */
static bool step(const struct walker *w, const pl_fw_rule *r, size_t no, int depth, outcome *o)
{
    const pl_fw_chain *to;

    switch (r->verdict) {
    case PL_FW_ACCEPT:
        take_accept(w, r, no, o);
        if (asks_nothing(r))
            end_here(o, false);
        return o->ended;
    case PL_FW_DROP:
        if (asks_nothing(r) || drops_outside(w, r))
            end_here(o, true);
        return o->ended;
    case PL_FW_RETURN:
        return asks_nothing(r);
    case PL_FW_JUMP:
        to = find_chain(w->fw, r);
        if (to)
            walk(w, to, r, depth + 1, o);
        return o->ended || (r->is_goto && asks_nothing(r));
    case PL_FW_CONTINUE:
        break;
    }
    return false;
}

static void walk(const struct walker *w, const pl_fw_chain *c, const pl_fw_rule *jump, int depth,
                 outcome *o)
{
    size_t no = 0;

    if (depth > PL_HOST_FW_DEPTH)
        return;
    for (size_t i = 0; i < w->fw->n_rules; i++) {
        const pl_fw_rule *r = &w->fw->rules[i];
        if (r->family != c->family || !pl_str_eq(r->table, c->table) ||
            !pl_str_eq(r->chain, c->name))
            continue;
        pl_fw_rule both = joined(r, jump);
        if (step(w, &both, ++no, depth, o))
            return;
    }
}

static outcome walk_base(const struct walker *w, const pl_fw_chain *c)
{
    outcome o = {.services = {.arena = w->f->a},
                 .anywhere = {.arena = w->f->a},
                 .open_rules = {.arena = w->f->a}};
    walk(w, c, NULL, 0, &o);
    if (!o.ended)
        o.denies = c->drops;
    return o;
}

static bool is_filter_at(const pl_fw_chain *c, uint32_t hook, uint8_t family)
{
    return c->is_base && c->hook == hook && pl_str_eq(c->type, PL_S("filter")) &&
           (c->family == family || c->family == NFPROTO_INET);
}

/* ---- legacy iptables: its rules are not among those of nf_tables, and both hold ---- */

static bool names_filter(const pl_snap_entry *e)
{
    pl_str text = pl_host_state(e) == PL_SEEN_OK ? e->bytes : (pl_str){"", 0}, line;

    while (pl_host_line(&text, &line))
        if (pl_str_eq(line, PL_S("filter")))
            return true;
    return false;
}

/* Legacy rules in the network namespace of pid (0: ours). The live answer looks for itself whether
 * there are any; a tree says so, and may not have recorded them. */
static pl_fw legacy_rules(pl_host_reading *f, int64_t pid)
{
    if (f->is_live)
        return pl_xt_read(f, pid);

    const pl_snap_entry *v4 = pl_snap_read(f->snap, PL_S("/proc/1/net/ip_tables_names"));
    const pl_snap_entry *v6 = pl_snap_read(f->snap, PL_S("/proc/1/net/ip6_tables_names"));
    if (!v4 || !v6)
        return (pl_fw){.state = PL_SEEN_WAIT};
    return names_filter(v4) || names_filter(v6) ? pl_xt_read(f, pid) : (pl_fw){.state = PL_SEEN_OK};
}

struct family {
    const char *name;
    uint8_t number;
};

static const struct family families[] = {
    {"ipv4", NFPROTO_IPV4},
    {"ipv6", NFPROTO_IPV6},
};

/* ---- input ---- */

static void set_unknown(pl_record *r, const char *reason)
{
    static const int fields[] = {PL_F_INBOUND_DENIED,   PL_F_INBOUND_CHAIN, PL_F_INBOUND_SERVICES,
                                 PL_F_INBOUND_ANYWHERE, PL_F_INBOUND_WIDE,  PL_F_INBOUND_OPEN};
    for (size_t i = 0; i < PL_COUNT(fields); i++)
        pl_set_unreadable(r, fields[i], reason);
}

static pl_str chain_name(const struct walker *w, const pl_fw_chain *c)
{
    return pl_host_fmt(w->f->a, "%s%.*s %.*s", w->is_legacy ? "legacy " : "", PL_F(c->table),
                       PL_F(c->name));
}

static void set_chain(const struct walker *w, pl_record *r, const pl_fw_chain *c, const outcome *o)
{
    pl_set_str(r, PL_F_INBOUND_CHAIN, chain_name(w, c));
    pl_set_bool(r, PL_F_INBOUND_DENIED, o->denies);
    pl_host_strs_set(&o->services, r, PL_F_INBOUND_SERVICES);
    pl_host_strs_set(&o->anywhere, r, PL_F_INBOUND_ANYWHERE);
    pl_set_bool(r, PL_F_INBOUND_WIDE, o->is_wide);
    pl_host_strs_set(&o->open_rules, r, PL_F_INBOUND_OPEN);
}

static void start_inbound(const struct family *family, pl_record *r)
{
    pl_set_str(r, PL_F_INBOUND_FAMILY, pl_str_c(family->name));
    pl_set_bool(r, PL_F_INBOUND_DENIED, false);
    pl_set_absent(r, PL_F_INBOUND_CHAIN);
    pl_set_strs(r, PL_F_INBOUND_SERVICES, NULL, 0);
    pl_set_strs(r, PL_F_INBOUND_ANYWHERE, NULL, 0);
    pl_set_bool(r, PL_F_INBOUND_WIDE, false);
    pl_set_strs(r, PL_F_INBOUND_OPEN, NULL, 0);
}

/* True when a chain denies by default; else what the last one says stands in the record. */
static bool set_inbound(const struct walker *w, const struct family *family, pl_record *r)
{
    for (size_t i = 0; i < w->fw->n_chains; i++) {
        const pl_fw_chain *c = &w->fw->chains[i];
        if (!is_filter_at(c, NF_INET_LOCAL_IN, family->number))
            continue;
        outcome o = walk_base(w, c);
        set_chain(w, r, c, &o);
        if (o.denies)
            return true;
    }
    return false;
}

static void add_family(pl_host_reading *f, const pl_fw *fw, const pl_fw *old,
                       const struct family *family, pl_host_recs *list)
{
    const struct walker w = {.f = f, .fw = fw},
                        legacy_walker = {.f = f, .fw = old, .is_legacy = true};
    pl_record *r = pl_host_recs_new(list, PL_HE_INBOUND);

    if (!r)
        return;
    start_inbound(family, r);
    if (set_inbound(&w, family, r))
        return;
    if (old->state == PL_SEEN_FAILED)
        set_unknown(r, old->reason);
    else
        (void)set_inbound(&legacy_walker, family, r);
}

/* ---- forward ---- */

/*
 * The engine accepts published ports in chains of its own table, so the policy of its FORWARD chain
 * is no proof. What counts: DOCKER-USER, when FORWARD leads there, or a chain in another table.
 */
static bool is_engine_table(pl_str table)
{
    return pl_str_eq(table, PL_S("filter")) || pl_str_starts(table, PL_S("docker-"));
}

static const pl_fw_chain *docker_user(const pl_fw *fw, uint8_t family)
{
    for (size_t i = 0; i < fw->n_rules; i++) {
        const pl_fw_rule *r = &fw->rules[i];
        if (r->family == family && pl_str_eq(r->table, PL_S("filter")) &&
            pl_str_eq(r->chain, PL_S("FORWARD")) && r->verdict == PL_FW_JUMP && asks_nothing(r) &&
            pl_str_eq(r->target, PL_S("DOCKER-USER")))
            return find_chain(fw, r);
        if (r->family == family && pl_str_eq(r->table, PL_S("filter")) &&
            pl_str_eq(r->chain, PL_S("FORWARD")) && r->verdict == PL_FW_ACCEPT && !r->only_old)
            return NULL; /* accepted before it gets there */
    }
    return NULL;
}

static bool chain_denies(const struct walker *w, const pl_fw_chain *c)
{
    outcome o = walk_base(w, c);
    return o.denies && o.open_rules.n == 0;
}

static const pl_fw_chain *denying_chain(const struct walker *w, uint8_t family)
{
    const pl_fw_chain *user = docker_user(w->fw, family);

    if (user && chain_denies(w, user))
        return user;
    for (size_t i = 0; i < w->fw->n_chains; i++) {
        const pl_fw_chain *c = &w->fw->chains[i];
        if (is_filter_at(c, NF_INET_FORWARD, family) && !is_engine_table(c->table) &&
            chain_denies(w, c))
            return c;
    }
    return NULL;
}

static void add_port(const struct walker *w, const struct walker *old, pl_host_recs *list,
                     pl_str entry)
{
    pl_record *r = pl_host_recs_new(list, PL_HE_PUBLISHED_PORT);
    pl_str rest = entry, protocol, address = {"", 0};

    (void)pl_host_word(&rest, &protocol);
    (void)pl_host_word(&rest, &address);
    bool is_v6 = pl_str_has(address, PL_S(":"));
    const struct walker *by = w;
    const pl_fw_chain *c = denying_chain(w, families[is_v6].number);
    if (!c && old->fw->state == PL_SEEN_OK) {
        by = old;
        c = denying_chain(old, families[is_v6].number);
    }

    pl_set_str(r, PL_F_PUBLISHED_ENTRY, entry);
    pl_set_bool(r, PL_F_PUBLISHED_LOOPBACK,
                pl_str_starts(address, PL_S("127.")) || pl_str_eq(address, PL_S("::1")));
    pl_set_absent(r, PL_F_PUBLISHED_CHAIN);
    if (c)
        pl_set_str(r, PL_F_PUBLISHED_CHAIN, chain_name(by, c));
    if (!c && old->fw->state == PL_SEEN_FAILED)
        pl_set_unreadable(r, PL_F_PUBLISHED_DENIED, old->fw->reason);
    else
        pl_set_bool(r, PL_F_PUBLISHED_DENIED, c != NULL);
}

/* proc_pid_net(5), route: "eth0 00000000 ..."; ipv6_route: destination, prefix, ..., interface. */
static void add_default_routes(pl_host_reading *f, int64_t pid, pl_host_strs *to)
{
    const pl_snap_entry *v4 =
        pl_snap_read(f->snap, pl_host_fmt(f->a, "/proc/%lld/net/route", (long long)pid));
    const pl_snap_entry *v6 =
        pl_snap_read(f->snap, pl_host_fmt(f->a, "/proc/%lld/net/ipv6_route", (long long)pid));
    pl_str text, line, first, second, word;

    for (text = pl_host_state(v4) == PL_SEEN_OK ? v4->bytes : (pl_str){"", 0};
         pl_host_line(&text, &line);)
        if (pl_host_word(&line, &first) && pl_host_word(&line, &second) &&
            pl_str_eq(second, PL_S("00000000")))
            pl_host_strs_add_once(to, first);
    for (text = pl_host_state(v6) == PL_SEEN_OK ? v6->bytes : (pl_str){"", 0};
         pl_host_line(&text, &line);) {
        bool is_default = pl_host_word(&line, &first) && pl_host_word(&line, &second) &&
                          pl_str_eq(second, PL_S("00"));
        while (pl_host_word(&line, &word))
            first = word;
        if (is_default && !pl_str_eq(first, PL_S("lo")))
            pl_host_strs_add_once(to, first);
    }
}

/* The engine's own rules hold where the engine runs. A rootless one forwards nothing: its ports are
 * held by a proxy process, and the input chain decides about them. */
static void set_published(pl_host_reading *f)
{
    pl_places places = pl_places_find(f);
    struct walker w = {.f = f, .is_forward = true, .external = {.arena = f->a}};
    pl_host_recs list = {.arena = f->a};

    if (f->hints->n_published == 0 && (f->hints->knows_published || !f->hints->has_engine)) {
        pl_set_recs(f->host, PL_F_HOST_PUBLISHED, NULL, 0);
        return;
    }
    if (f->hints->is_rootless)
        pl_set_unreadable(f->host, PL_F_HOST_PUBLISHED, "unsupported");
    if (f->hints->is_rootless || !f->hints->knows_published || places.is_waiting)
        return;
    w.pid = f->is_live && places.dockerd_pid ? places.dockerd_pid : 1;
    pl_fw fw = pl_fw_read(f, f->is_live ? places.dockerd_pid : 0);
    pl_fw old_rules = legacy_rules(f, f->is_live ? places.dockerd_pid : 0);
    if (fw.state == PL_SEEN_FAILED)
        pl_set_unreadable(f->host, PL_F_HOST_PUBLISHED, fw.reason);
    if (fw.state != PL_SEEN_OK || old_rules.state == PL_SEEN_WAIT)
        return;
    w.fw = &fw;
    add_default_routes(f, w.pid, &w.external);
    struct walker old = w;
    old.fw = &old_rules;
    old.is_legacy = true;
    for (size_t i = 0; i < f->hints->n_published; i++)
        add_port(&w, &old, &list, f->hints->published[i]);
    pl_host_recs_set(&list, f->host, PL_F_HOST_PUBLISHED);
}

static bool is_incoming(const pl_fw_chain *c)
{
    return c->is_base && c->hook == NF_INET_PRE_ROUTING && !pl_str_eq(c->type, PL_S("nat"));
}

static int64_t count_source_filters(const pl_fw *fw)
{
    int64_t n = 0;

    for (size_t i = 0; i < fw->n_chains; i++) {
        const pl_fw_chain *c = &fw->chains[i];
        n += is_incoming(c) && c->drops;
        for (size_t k = 0; is_incoming(c) && k < fw->n_rules; k++) {
            const pl_fw_rule *r = &fw->rules[k];
            n += r->family == c->family && pl_str_eq(r->table, c->table) &&
                 pl_str_eq(r->chain, c->name) &&
                 (r->verdict == PL_FW_DROP || r->verdict == PL_FW_JUMP);
        }
    }
    return n;
}

/* What such a rule asks of a packet is not looked at: it may be a filter of forged sources. */
static void set_source_filter(pl_host_reading *f, const pl_fw *fw, const pl_fw *old)
{
    if (old->state == PL_SEEN_FAILED)
        pl_set_unreadable(f->host, PL_F_HOST_DROPS_FORGED, old->reason);
    else if (count_source_filters(fw) + count_source_filters(old) > 0)
        pl_set_unreadable(f->host, PL_F_HOST_DROPS_FORGED, "unsupported");
    else
        pl_set_bool(f->host, PL_F_HOST_DROPS_FORGED, false);
}

static void set_both_families(pl_host_reading *f)
{
    pl_fw fw = pl_fw_read(f, 0), old = legacy_rules(f, 0);
    pl_host_recs list = {.arena = f->a};

    if (fw.state == PL_SEEN_FAILED) {
        pl_set_unreadable(f->host, PL_F_HOST_INBOUND, fw.reason);
        pl_set_unreadable(f->host, PL_F_HOST_DROPS_FORGED, fw.reason);
    }
    if (fw.state != PL_SEEN_OK || old.state == PL_SEEN_WAIT)
        return;
    for (size_t i = 0; i < PL_COUNT(families); i++)
        add_family(f, &fw, &old, &families[i], &list);
    pl_host_recs_set(&list, f->host, PL_F_HOST_INBOUND);
    set_source_filter(f, &fw, &old);
}

/* ---- the engine's own chains ---- */

static bool has_chain(const pl_fw *fw, uint8_t family, pl_str table, pl_str name)
{
    for (size_t i = 0; i < fw->n_chains; i++)
        if (fw->chains[i].family == family && pl_str_eq(fw->chains[i].table, table) &&
            (name.n == 0 || pl_str_eq(fw->chains[i].name, name)))
            return true;
    return false;
}

/* With the nftables backend the engine has a table of its own and no DOCKER-USER. */
static bool has_engine_chains(const pl_fw *fw, uint8_t family)
{
    return has_chain(fw, family, PL_S("docker-bridges"), PL_S("")) ||
           (has_chain(fw, family, PL_S("filter"), PL_S("DOCKER")) &&
            has_chain(fw, family, PL_S("filter"), PL_S("DOCKER-USER")));
}

static void set_engine_chains(pl_host_reading *f)
{
    static const int fields[] = {PL_F_HOST_ENGINE_CHAINS_IPV4, PL_F_HOST_ENGINE_CHAINS_IPV6};
    pl_places places = pl_places_find(f);
    int64_t pid = f->is_live ? places.dockerd_pid : 0;

    if (!f->hints->has_engine || places.is_waiting || (f->is_live && !pid))
        return;
    pl_fw fw = pl_fw_read(f, pid), old = legacy_rules(f, pid);
    if (fw.state == PL_SEEN_WAIT || old.state == PL_SEEN_WAIT)
        return;
    for (size_t i = 0; i < PL_COUNT(fields); i++) {
        if (has_engine_chains(&fw, families[i].number) ||
            has_engine_chains(&old, families[i].number))
            pl_set_bool(f->host, fields[i], true);
        else if (fw.state != PL_SEEN_OK || old.state != PL_SEEN_OK)
            pl_set_unreadable(f->host, fields[i], fw.state != PL_SEEN_OK ? fw.reason : old.reason);
        else
            pl_set_bool(f->host, fields[i], false);
    }
}

void pl_host_facts_firewall(pl_host_reading *f)
{
    set_both_families(f);
    set_engine_chains(f);
    set_published(f);
}
