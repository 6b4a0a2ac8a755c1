/* SPDX-License-Identifier: Apache-2.0 */
/* The published ports of one container, as the engine of this machine tells of them. */
#include "audit/run_private.h"

#include "audit/endpoints.h"
#include "engine/facts.h"
#include "engine/fields.h"
#include "engine/find.h"
#include "engine/running.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static pl_rc read_engine(pl_run *r, const pl_probe_scope *scope, pl_engine_facts *ret, pl_err *err)
{
    PL_AUTO_ENGINE_CLIENT pl_engine_client *client = NULL;
    const pl_audit_scope at = {.engine = scope->engine,
                               .ca = scope->engine_ca,
                               .cert = scope->engine_cert,
                               .key = scope->engine_key};
    pl_engine_where where = {
        .worker = "engine-redact", .worker_args = r->redact_key, .no_probes = true};
    const char *origin = NULL;
    pl_rc rc = pl_run_find_engine(r, &at, &client, &origin, err);

    if (!rc && !client)
        rc = pl_fail(err, PL_NOTFOUND,
                     "%s: no address with a port, and no engine is here that could have a "
                     "container of that name",
                     scope->target);
    if (!rc)
        rc = pl_run_patterns(r, &where.worker_bytes, err);
    where.origin = origin;
    return rc ? rc : pl_engine_collect(client, &where, r->o.schema, r->o.clock, r->arena, ret, err);
}

static const pl_subject *container_of(const pl_engine_facts *e, pl_str name)
{
    for (size_t i = 0; i < e->n_containers; i++)
        if (pl_str_eq(e->containers[i].name, name) ||
            (name.n >= 12 && pl_str_starts(e->containers[i].key, name)))
            return &e->containers[i];
    return NULL;
}

/* Addresses of ports are those of the engine's network. */
static bool is_in_network_of(int64_t pid)
{
    struct stat own, other;
    char path[64];

    (void)snprintf(path, sizeof(path), "/proc/%lld/ns/net", (long long)pid);
    return stat("/proc/self/ns/net", &own) == 0 && stat(path, &other) == 0 &&
           own.st_ino == other.st_ino && own.st_dev == other.st_dev;
}

static void add_port(pl_run *r, const pl_subject *owner, const pl_record *port, bool is_v4_only,
                     pl_endpoint_list *l)
{
    pl_str ip = pl_record_text(port, PL_F_PORT_HOST_IP);
    const pl_value *number = pl_get(port, PL_F_PORT_HOST_PORT);
    bool is_any = !ip.n || pl_str_eq(ip, PL_S("0.0.0.0"));
    pl_str host = is_any ? PL_S("127.0.0.1") : ip;

    if (number->state != PL_PRESENT || number->u.i < 1 || number->u.i > UINT16_MAX ||
        !pl_str_eq(pl_record_text(port, PL_F_PORT_PROTOCOL), PL_S("tcp")) ||
        (is_v4_only && pl_str_eq(ip, PL_S("::"))) || l->n == PL_PROBE_ENDPOINTS)
        return;
    if (pl_str_eq(ip, PL_S("::")))
        host = PL_S("::1");
    l->items[l->n++] = (pl_endpoint_target){
        .host = host,
        .port = (uint16_t)number->u.i,
        .shown = pl_run_text(r, memchr(ip.p, ':', ip.n) ? "[%.*s]:%lld" : "%.*s:%lld",
                             PL_F(is_any ? PL_S("0.0.0.0") : ip), (long long)number->u.i),
        .role = PL_S("published"),
        .holder = pl_run_text(r, "container %.*s", PL_F(owner->name)),
        .of = owner,
        .hears = true};
}

/* Whether the port that this one leads from is published for IPv4, too: then it is one endpoint. */
static bool has_v4(const pl_value *ports, const pl_record *port)
{
    const pl_value *number = pl_get(port, PL_F_PORT_HOST_PORT);

    for (size_t i = 0; i < ports->n; i++) {
        const pl_value *other = pl_get(ports->u.recs[i], PL_F_PORT_HOST_PORT);
        if (number->state == PL_PRESENT && other->state == PL_PRESENT &&
            number->u.i == other->u.i &&
            pl_str_eq(pl_record_text(ports->u.recs[i], PL_F_PORT_PROTOCOL), PL_S("tcp")) &&
            !pl_str_has(pl_record_text(ports->u.recs[i], PL_F_PORT_HOST_IP), PL_S(":")))
            return true;
    }
    return false;
}

pl_rc pl_run_endpoints_of(pl_run *r, const pl_probe_scope *scope, pl_str name,
                          pl_endpoint_list *ret, pl_err *err)
{
    pl_engine_facts *e = PL_NEW(r->arena, pl_engine_facts);

    ret->items = pl_arena_calloc(r->arena, PL_PROBE_ENDPOINTS, sizeof(*ret->items));
    if (!e || !ret->items)
        return pl_fail(err, PL_LIMIT, "endpoints");
    pl_rc rc = read_engine(r, scope, e, err);
    if (rc)
        return rc;
    const pl_subject *owner = container_of(e, name);
    if (!owner)
        return pl_fail(err, PL_NOTFOUND, "%.*s: the engine has no such container", PL_F(name));
    if (!e->hints.is_here || (e->hints.engine_pid && !is_in_network_of(e->hints.engine_pid)))
        return pl_fail(err, PL_UNSUPPORTED,
                       "container %.*s: its engine is on another machine or network; name the "
                       "address and port",
                       PL_F(name));
    const pl_value *ports = pl_get(owner->rec, PL_F_CONTAINER_PORTS);
    for (size_t i = 0; ports->state == PL_PRESENT && i < ports->n; i++)
        add_port(r, owner, ports->u.recs[i], has_v4(ports, ports->u.recs[i]), ret);
    return ret->n
               ? PL_OK
               : pl_fail(err, PL_NOTFOUND, "container %.*s: has no published TCP port", PL_F(name));
}
