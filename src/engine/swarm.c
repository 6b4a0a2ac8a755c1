/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The swarm that the engine is in: what its manager is asked for, and what this node keeps in
 * files. Join tokens (GET /swarm) are not asked for: they let their holder in, and /info has the
 * rest.
 */
#include "engine/running.h"

#include "engine/certificate.h"
#include "engine/limits.h"

#include <arpa/inet.h>
#include <string.h>

/* In the order in which the worker reads them. */
static const struct {
    pl_engine_doc kind;
    const char *name;
    int fields[3]; /* that rest on it alone, or also */
    size_t n_fields;
} rows[] = {
    {PL_DOC_NODES,
     "nodes",
     {PL_F_ENGINE_SWARM_NODES, PL_F_ENGINE_SWARM_MANAGERS, PL_F_ENGINE_SWARM_UNREACHABLE},
     3},
    {PL_DOC_SERVICES,
     "services",
     {PL_F_ENGINE_SWARM_SERVICES, PL_F_ENGINE_SWARM_INGRESS_USED, PL_F_ENGINE_SWARM_VALUES},
     3},
    {PL_DOC_CONFIGS, "configs", {PL_F_ENGINE_SWARM_VALUES}, 1},
    {PL_DOC_SECRETS, "secrets", {PL_F_ENGINE_SWARM_SECRETS}, 1},
    {PL_DOC_TASKS, "tasks", {0}, 0},
    {PL_DOC_SWARM_STATE,
     "docker-state.json",
     {PL_F_ENGINE_SWARM_LISTEN, PL_F_ENGINE_SWARM_ADVERTISE, PL_F_ENGINE_SWARM_DATA},
     3},
};
enum { STATE = PL_COUNT(rows) - 1 };
_Static_assert(PL_COUNT(rows) <= PL_COUNT(((pl_collection *)0)->swarm_failed), "a place for each");

/* What a manager alone knows, of /info as well. */
static const int of_managers[] = {
    PL_F_ENGINE_SWARM_NODES,     PL_F_ENGINE_SWARM_MANAGERS,     PL_F_ENGINE_SWARM_SERVICES,
    PL_F_ENGINE_SWARM_AUTOLOCK,  PL_F_ENGINE_SWARM_INGRESS_USED, PL_F_ENGINE_SWARM_VALUES,
    PL_F_ENGINE_SWARM_CERT_DAYS, PL_F_ENGINE_SWARM_CA_ROTATING,  PL_F_ENGINE_SWARM_UNREACHABLE,
    PL_F_ENGINE_SWARM_DATA_PORT, PL_F_ENGINE_SWARM_SECRETS,
};

/* Who keeps secrets elsewhere is not known to the engine. */
static const int of_stores[] = {PL_F_ENGINE_SWARM_SECRETS, PL_F_ENGINE_SWARM_SERVICES};

static void not_known(pl_record *e, const int *fields, size_t n, const char *reason)
{
    for (size_t i = 0; i < n; i++)
        pl_set_unreadable(e, fields[i], reason);
}

/* A field that nobody set comes from the worker with the reason "unreadable". */
static bool says_something(const pl_value *v)
{
    return v->state != PL_UNREADABLE || (v->reason && strcmp(v->reason, "unreadable") != 0);
}

static pl_rc answer_swarm(pl_collection *c, uint32_t index, pl_record *r, const pl_err *why,
                          pl_err *err)
{
    size_t row = c->swarm_first + index;

    (void)err;
    for (size_t i = 0; r && r->kind == &pl_kind_engine && i < PL_COUNT(rows); i++)
        for (size_t k = 0; k < rows[i].n_fields; k++)
            if (says_something(pl_get(r, rows[i].fields[k])))
                c->engine->v[rows[i].fields[k]] = *pl_get(r, rows[i].fields[k]);
    if (!r && !(row == STATE && why->rc == PL_NOTFOUND)) {
        c->swarm_failed[row] = pl_rc_reason(why->rc);
        pl_collection_problem(c, "swarm", pl_str_c(rows[row].name), why);
    }
    return PL_OK;
}

static pl_str path_of(pl_collection *c, const char *name)
{
    PL_AUTO_BUF pl_buf b = {0};

    pl_buf_str(&b, pl_record_text(c->engine, PL_F_ENGINE_DATA_ROOT));
    pl_buf_c(&b, "/swarm/");
    pl_buf_c(&b, name);
    return pl_arena_str(c->arena, pl_buf_view(&b));
}

/* A file below the engine's folder of the swarm, where the engine runs here. */
static pl_rc read_file(pl_collection *c, const pl_running *r, const char *name, pl_buf *ret,
                       pl_err *err)
{
    pl_str path = path_of(c, name);

    if (!r->is_here || r->root.fd < 0 || !path.p)
        return pl_fail(err, PL_NOTFOUND, "%s: the engine's files are not on this host", name);
    return pl_root_read(&r->root, path, PL_HOSTFILE_MAX, ret, NULL, err);
}

static pl_rc ask(pl_collection *c, const pl_running *running, bool is_manager, pl_err *err)
{
    pl_engine_ask asks[PL_COUNT(rows)] = {0};
    size_t first = is_manager ? 0 : STATE;
    pl_rc rc;

    for (size_t i = 0; i < PL_COUNT(rows); i++)
        asks[i].kind = rows[i].kind;
    c->swarm_first = first;
    if (is_manager)
        pl_engine_get(c->client, asks, STATE);
    asks[STATE].rc =
        read_file(c, running, "docker-state.json", &asks[STATE].body, &asks[STATE].err);
    rc = pl_collection_read_all(c, asks + first, PL_COUNT(asks) - first, answer_swarm, err);
    for (size_t i = 0; i < PL_COUNT(asks); i++)
        pl_engine_ask_done(&asks[i]);
    for (size_t i = 0; i < PL_COUNT(rows); i++)
        if (c->swarm_failed[i])
            not_known(c->engine, rows[i].fields, rows[i].n_fields, c->swarm_failed[i]);
    return rc;
}

/* ---- interfaces ---- */

/* Columns of /proc/PID/net/route (proc(5)); addresses are hexadecimal, as they lie in memory. */
typedef struct route {
    pl_str name;
    uint64_t to, gateway, mask;
} route;

static bool read_route(pl_str line, route *ret)
{
    pl_str column[8];

    for (size_t i = 0; i < PL_COUNT(column); i++)
        if (!pl_str_cut(&line, '\t', &column[i]))
            return false;
    ret->name = column[0];
    return pl_str_u64_base(column[1], 16, &ret->to) &&
           pl_str_u64_base(column[2], 16, &ret->gateway) &&
           pl_str_u64_base(pl_str_trim(column[7]), 16, &ret->mask);
}

/* "10.0.0.1:2377" without its port. */
static pl_str host_of(pl_str address)
{
    pl_str host, rest = address;
    return pl_str_cut(&rest, ':', &host) ? host : address;
}

/* Interface of the narrowest network, reached without a gateway, that the address lies in. */
static pl_str interface_of(pl_str routes, pl_str address)
{
    pl_str line, best = {"", 0};
    uint32_t mask = 0;
    char text[64];
    struct in_addr a;
    route one;

    if (pl_str_starts(address, PL_S("127.")))
        return PL_S("lo");
    if (!pl_str_to_c(host_of(address), text, sizeof(text)) || inet_pton(AF_INET, text, &a) != 1)
        return best;
    while (pl_str_cut(&routes, '\n', &line)) {
        if (!read_route(line, &one) || one.gateway || !one.mask ||
            (a.s_addr & one.mask) != one.to || ntohl((uint32_t)one.mask) < mask)
            continue;
        best = one.name;
        mask = ntohl((uint32_t)one.mask);
    }
    return best;
}

static void set_interface(pl_collection *c, int field, pl_str routes, pl_str address)
{
    pl_str name = interface_of(routes, address);

    if (name.n)
        pl_set_str(c->engine, field, pl_arena_str(c->arena, name));
}

/* In the engine's own network namespace. */
static void read_interfaces(pl_collection *c, const pl_running *running)
{
    pl_record *e = c->engine;
    pl_proc_root proc = pl_running_proc(c, running);
    pl_str own = pl_record_text(e, PL_F_ENGINE_SWARM_ADVERTISE);
    PL_AUTO_BUF pl_buf routes = {0};

    if (!running->pid || !own.n ||
        pl_proc_read(&proc, running->pid, "net/route", &routes, NULL) != PL_OK)
        return;
    set_interface(c, PL_F_ENGINE_SWARM_INTERFACE, pl_buf_view(&routes), own);
    if (pl_get(e, PL_F_ENGINE_SWARM_DATA)->state == PL_ABSENT)
        e->v[PL_F_ENGINE_SWARM_DATA_INTERFACE] = *pl_get(e, PL_F_ENGINE_SWARM_INTERFACE);
    else
        set_interface(c, PL_F_ENGINE_SWARM_DATA_INTERFACE, pl_buf_view(&routes),
                      pl_record_text(e, PL_F_ENGINE_SWARM_DATA));
}

/* ---- ports ---- */

/* "10.0.0.1:2377"; gossip has one port, by both protocols. */
static void set_ports(pl_collection *c)
{
    pl_record *e = c->engine;
    const pl_value *listen = pl_get(e, PL_F_ENGINE_SWARM_LISTEN);
    const pl_value *data = pl_get(e, PL_F_ENGINE_SWARM_DATA_PORT);
    const pl_value *missing = data->state == PL_PRESENT ? listen : data;
    pl_str *ports = pl_arena_calloc(c->arena, 4, sizeof(*ports));
    size_t at = listen->state == PL_PRESENT ? listen->u.s.n : 0;
    uint64_t port;
    char text[2][32];

    while (at && listen->u.s.p[at - 1] != ':')
        at--;
    if (!ports || missing->state != PL_PRESENT || !at ||
        !pl_str_u64(pl_str_sub(listen->u.s, at, listen->u.s.n), &port)) {
        pl_set_unreadable(e, PL_F_ENGINE_SWARM_PORTS,
                          missing->state == PL_UNREADABLE ? missing->reason : "unreadable");
        return;
    }
    (void)snprintf(text[0], sizeof(text[0]), "tcp/%llu", (unsigned long long)port);
    (void)snprintf(text[1], sizeof(text[1]), "udp/%lld", (long long)data->u.i);
    ports[0] = pl_arena_str(c->arena, pl_str_c(text[0]));
    ports[1] = PL_S("tcp/7946");
    ports[2] = PL_S("udp/7946");
    ports[3] = pl_arena_str(c->arena, pl_str_c(text[1]));
    if (ports[0].p && ports[3].p)
        pl_set_strs(e, PL_F_ENGINE_SWARM_PORTS, ports, 4);
}

/* ---- certificates ---- */

static void read_certificates(pl_collection *c, const pl_running *running)
{
    static const struct {
        const char *file;
        int field;
        bool is_age;
    } files[] = {
        {"certificates/swarm-node.crt", PL_F_ENGINE_SWARM_NODE_CERT_LEFT, false},
        {"certificates/swarm-root-ca.crt", PL_F_ENGINE_SWARM_CA_AGE, true},
    };

    for (size_t i = 0; i < PL_COUNT(files); i++) {
        PL_AUTO_BUF pl_buf b = {0};
        pl_err why = {0};
        pl_certificate_times t;
        pl_rc rc = read_file(c, running, files[i].file, &b, &why);
        if (rc == PL_OK && pl_certificate_read_times(pl_buf_view(&b), c->now_us, &t))
            pl_set_int(c->engine, files[i].field, files[i].is_age ? t.age_days : t.days_left);
        else if (rc != PL_OK)
            pl_set_unreadable(c->engine, files[i].field, pl_rc_reason(rc));
    }
}

pl_rc pl_swarm_read(pl_collection *c, const pl_running *running, pl_err *err)
{
    pl_record *e = c->engine;
    pl_str state = pl_record_text(e, PL_F_ENGINE_SWARM_STATE);
    bool is_active = pl_str_eq(state, PL_S("active"));
    bool is_manager = is_active && pl_record_true(e, PL_F_ENGINE_SWARM_MANAGER);

    pl_set_unreadable(e, PL_F_ENGINE_SWARM_TOKENS_ROTATED, "needs:gate");
    pl_set_unreadable(e, PL_F_ENGINE_SWARM_PEERS_ONLY, "needs:zones");
    if (!state.n || pl_str_eq(state, PL_S("inactive"))) {
        not_known(e, of_stores, PL_COUNT(of_stores), "needs:govern");
        return PL_OK;
    }
    if (!is_manager)
        not_known(e, of_managers, PL_COUNT(of_managers),
                  is_active ? "not-a-manager" : "swarm-not-active");
    pl_rc rc = ask(c, running, is_manager, err);
    if (rc == PL_OK) {
        set_ports(c);
        read_interfaces(c, running);
        read_certificates(c, running);
    }
    return rc;
}
