/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which endpoints this host has: its listening sockets, by the process that holds each, and the
 * registries that its images come from. A socket that nothing here makes an API of containers, a
 * registry or a container's port is somebody else's, and left alone.
 */
#include "audit/run_private.h"

#include "audit/endpoints.h"
#include "engine/facts.h"
#include "engine/fields.h"
#include "engine/running.h"
#include "host/kinds.h"
#include "registry/reference.h"

#include <string.h>

struct finder {
    pl_run *r;
    const pl_subject *host;
    const pl_record *engine;
    const pl_subject *containers;
    size_t n_containers;
    pl_endpoint_list *list;
    bool has_nameless; /* sockets whose process may not be looked at */
};

static bool has_int(const pl_record *r, int field, int64_t want)
{
    const pl_value *v = pl_get(r, field);
    return v->state == PL_PRESENT && v->u.i == want;
}

/* ---- what it is for ---- */

static const struct {
    const char *process;
    uint16_t port; /* 0: any */
    const char *role;
} roles[] = {
    {"kubelet", 10250, "kubelet"},       {"kubelet", 10255, "kubelet-readonly"},
    {"kube-apiserver", 0, "api-server"}, {"etcd", 0, "etcd"},
    {"k3s", 6443, "api-server"},         {"k3s", 10250, "kubelet"},
    {"k3s", 10255, "kubelet-readonly"},  {"k3s-server", 6443, "api-server"},
    {"k3s-server", 10250, "kubelet"},    {"podman", 0, "engine"},
    {"registry", 0, "registry"},         {"docker-registry", 0, "registry"},
};

/* Room engine has told the sockets of its API from those of swarm and metrics. */
static const char *role_of_engine(const struct finder *f, int64_t port)
{
    const pl_value *v = f->engine ? pl_get(f->engine, PL_F_ENGINE_API_LISTENERS) : NULL;

    for (size_t i = 0; v && v->state == PL_PRESENT && i < v->n; i++) {
        pl_str role = pl_record_text(v->u.recs[i], PL_F_API_LISTENER_ROLE);
        if (!has_int(v->u.recs[i], PL_F_API_LISTENER_PORT, port))
            continue;
        if (pl_str_eq(role, PL_S("api")))
            return "engine";
        return pl_str_eq(role, PL_S("swarm")) && port != 7946 ? "swarm" : NULL;
    }
    if (port == 2377)
        return "swarm";
    return !v || v->state != PL_PRESENT ? "engine" : NULL;
}

static const char *role_of_process(const struct finder *f, pl_str process, int64_t port)
{
    if (pl_str_eq(process, PL_S("dockerd")))
        return role_of_engine(f, port);
    for (size_t i = 0; i < PL_COUNT(roles); i++)
        if (pl_str_eq(process, pl_str_c(roles[i].process)) &&
            (roles[i].port == 0 || roles[i].port == port))
            return roles[i].role;
    return NULL;
}

/* The container that has the port, published or in the host's network. */
static const pl_subject *container_of(const struct finder *f, int64_t port, bool is_published)
{
    for (size_t i = 0; i < f->n_containers; i++) {
        const pl_value *v = pl_get(f->containers[i].rec, PL_F_CONTAINER_PORTS);
        for (size_t k = 0; v->state == PL_PRESENT && k < v->n; k++)
            if (has_int(v->u.recs[k], PL_F_PORT_HOST_PORT, port) &&
                pl_str_eq(pl_record_text(v->u.recs[k], PL_F_PORT_PROTOCOL), PL_S("tcp")) &&
                pl_record_true(v->u.recs[k], PL_F_PORT_PUBLISHED) == is_published)
                return &f->containers[i];
    }
    return NULL;
}

/* ---- registries ---- */

/* "registry.example:5000", with the port that it has without one. */
static pl_str with_port(const struct finder *f, pl_str host)
{
    if (host.n && (host.p[host.n - 1] == ']' || !memchr(host.p, ':', host.n)))
        return pl_run_text(f->r, "%.*s:443", PL_F(host));
    return pl_arena_str(f->r->arena, host);
}

static void add_registry(const struct finder *f, pl_str host)
{
    pl_endpoint_list *l = f->list;
    pl_str text = with_port(f, host);

    /* Podman calls what was built here localhost/NAME. */
    if (!pl_registry_is_host(host) || pl_str_eq(host, PL_S("localhost")))
        return;
    for (size_t i = 0; i < l->n_registries; i++)
        if (pl_str_eq(l->registries[i], text))
            return;
    if (l->n_registries == PL_COUNT(l->registries))
        l->is_cut = true;
    else
        l->registries[l->n_registries++] = text;
}

static void add_registries_of(const struct finder *f, const pl_value *digests)
{
    pl_reference ref;

    for (size_t i = 0; digests->state == PL_PRESENT && i < digests->n; i++)
        if (pl_reference_parse(digests->u.strs[i], &ref, NULL) == PL_OK)
            add_registry(f, pl_arena_str(f->r->arena, pl_str_c(ref.host)));
}

static void find_registries(const struct finder *f)
{
    const pl_value *images = pl_get(f->engine, PL_F_ENGINE_IMAGES);
    const pl_value *mirrors = pl_get(f->engine, PL_F_ENGINE_MIRRORS);
    const pl_value *insecure = pl_get(f->engine, PL_F_ENGINE_INSECURE_REGISTRIES);

    for (size_t i = 0; images->state == PL_PRESENT && i < images->n; i++)
        add_registries_of(f, pl_get(images->u.recs[i], PL_F_STORED_IMAGE_DIGESTS));
    for (size_t i = 0; mirrors->state == PL_PRESENT && i < mirrors->n; i++)
        add_registry(f, pl_record_text(mirrors->u.recs[i], PL_F_MIRROR_HOST));
    for (size_t i = 0; insecure->state == PL_PRESENT && i < insecure->n; i++)
        add_registry(f, insecure->u.strs[i]);
}

/* One by which this host calls itself on that port; empty: none. */
static pl_str registry_on(const struct finder *f, int64_t port)
{
    for (size_t i = 0; i < f->list->n_registries; i++) {
        pl_str rest = f->list->registries[i], host;
        uint64_t n = 0;
        if (!pl_reference_is_loopback(rest) || rest.p[0] == '[')
            continue;
        (void)pl_str_cut(&rest, ':', &host);
        if (pl_str_u64(rest, &n) && n == (uint64_t)port)
            return host;
    }
    return (pl_str){"", 0};
}

/* ---- one socket ---- */

static bool is_any(pl_str address)
{
    return pl_str_eq(address, PL_S("0.0.0.0")) || pl_str_eq(address, PL_S("::"));
}

/* The same port on every address of both families is one endpoint. */
static bool is_there(const pl_endpoint_list *l, pl_str host, int64_t port)
{
    for (size_t i = 0; i < l->n; i++)
        if (l->items[i].port == port && pl_str_eq(l->items[i].host, host))
            return true;
    return false;
}

static pl_str shown(const struct finder *f, pl_str address, int64_t port)
{
    bool is_v6 = memchr(address.p, ':', address.n) != NULL;
    return pl_run_text(f->r, "%s%.*s%s:%lld", is_v6 ? "[" : "", PL_F(address), is_v6 ? "]" : "",
                       (long long)port);
}

static bool has_v4_twin(const pl_value *listeners, int64_t port)
{
    for (size_t i = 0; i < listeners->n; i++)
        if (has_int(listeners->u.recs[i], PL_F_LISTENER_PORT, port) &&
            pl_str_eq(pl_record_text(listeners->u.recs[i], PL_F_LISTENER_ADDRESS), PL_S("0.0.0.0")))
            return true;
    return false;
}

static void add(struct finder *f, pl_str address, int64_t port, const char *role,
                const pl_subject *container, pl_str process)
{
    pl_endpoint_list *l = f->list;
    pl_str host = address, name = registry_on(f, port);
    pl_str holder = container ? pl_run_text(f->r, "container %.*s", PL_F(container->name))
                              : pl_run_text(f->r, "process %.*s", PL_F(process));

    if (is_any(address))
        host = pl_str_eq(address, PL_S("::")) ? PL_S("::1") : PL_S("127.0.0.1");
    if (is_there(l, host, port))
        return;
    if (l->n == PL_PROBE_ENDPOINTS) {
        l->is_cut = true;
        return;
    }
    if (name.n)
        role = "registry";
    l->items[l->n++] = (pl_endpoint_target){.host = host,
                                            .port = (uint16_t)port,
                                            .shown = shown(f, address, port),
                                            .server_name = name,
                                            .role = pl_str_c(role),
                                            .holder = holder,
                                            .of = container ? container : f->host,
                                            .hears = strcmp(role, "published") == 0};
}

static void look_at(struct finder *f, const pl_value *listeners, const pl_record *l)
{
    pl_str process = pl_record_text(l, PL_F_LISTENER_PROCESS);
    pl_str address = pl_record_text(l, PL_F_LISTENER_ADDRESS);
    const pl_value *port = pl_get(l, PL_F_LISTENER_PORT);
    bool is_published = pl_record_true(l, PL_F_LISTENER_PUBLISHED);

    if (port->state != PL_PRESENT || port->u.i < 1 || port->u.i > UINT16_MAX ||
        !pl_str_starts(pl_record_text(l, PL_F_LISTENER_SERVICE), PL_S("tcp/")))
        return;
    f->has_nameless |= pl_get(l, PL_F_LISTENER_PROCESS)->state == PL_UNREADABLE;
    if (pl_str_eq(address, PL_S("::")) && has_v4_twin(listeners, port->u.i))
        return;
    const pl_subject *owner = container_of(f, port->u.i, is_published);
    const char *role = is_published || owner ? "published" : role_of_process(f, process, port->u.i);
    if (!role && registry_on(f, port->u.i).n)
        role = "registry";
    if (role)
        add(f, address, port->u.i, role, owner, process);
}

pl_rc pl_run_endpoints_here(pl_run *r, const pl_subject *host, const pl_record *engine,
                            const pl_subject *containers, size_t n_containers,
                            pl_endpoint_list *ret, pl_err *err)
{
    struct finder f = {.r = r,
                       .host = host,
                       .engine = engine,
                       .containers = containers,
                       .n_containers = n_containers,
                       .list = ret};
    const pl_value *listeners = pl_get(host->rec, PL_F_HOST_LISTENERS);

    ret->items = pl_arena_calloc(r->arena, PL_PROBE_ENDPOINTS, sizeof(*ret->items));
    if (!ret->items)
        return pl_fail(err, PL_LIMIT, "endpoints");
    if (engine)
        find_registries(&f);
    if (listeners->state != PL_PRESENT)
        return pl_run_add_gap(r, PL_S("endpoints of this host"),
                              listeners->reason ? listeners->reason : "unreadable",
                              PL_S("its listening sockets could not be read"), "endpoint", err);
    for (size_t i = 0; i < listeners->n; i++)
        look_at(&f, listeners, listeners->u.recs[i]);
    if (!f.has_nameless)
        return PL_OK;
    return pl_run_add_gap(r, PL_S("endpoints of this host"), "denied",
                          PL_S("whose sockets some are may only root see"), "endpoint", err);
}
