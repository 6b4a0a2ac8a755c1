/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/engine_host.h"

#include "engine/limits.h"

#include <string.h>

static pl_str joined(pl_arena *a, pl_str x, const char *y)
{
    PL_AUTO_BUF pl_buf b = {0};
    pl_buf_str(&b, x);
    pl_buf_c(&b, y);
    return pl_arena_str(a, pl_buf_view(&b));
}

/* Paths of its unix sockets: what it was told, and what we talk to. */
static void set_sockets(pl_live *l, pl_engine_hints *h)
{
    const pl_value *hosts = pl_get(l->c->engine, PL_F_ENGINE_HOSTS);
    size_t n = hosts->state == PL_PRESENT ? hosts->n : 0, found = 0;
    pl_str *items = pl_arena_calloc(l->c->arena, n + 1, sizeof(*items));
    const char *own = pl_engine_socket(l->c->client);

    if (!items)
        return;
    if (own)
        items[found++] = pl_arena_str(l->c->arena, pl_str_c(own));
    for (size_t i = 0; i < n; i++) {
        pl_str host = hosts->u.strs[i];
        if (!pl_str_starts(host, PL_S("unix://")))
            continue;
        host = pl_str_sub(host, 7, host.n);
        if (!found || !pl_str_eq(host, items[0]))
            items[found++] = host;
    }
    h->sockets = items;
    h->n_sockets = found;
}

static void set_runtimes(pl_live *l, pl_engine_hints *h)
{
    const pl_value *list = pl_get(l->c->engine, PL_F_ENGINE_RUNTIMES);
    size_t n = list->state == PL_PRESENT ? list->n : 0;
    pl_str *items = pl_arena_calloc(l->c->arena, n + 1, sizeof(*items));

    for (size_t i = 0; items && i < n; i++) {
        pl_str path = pl_record_text(list->u.recs[i], PL_F_RUNTIME_PATH);
        items[i] = path.n ? path : pl_record_text(list->u.recs[i], PL_F_RUNTIME_NAME);
    }
    h->runtimes = items;
    h->n_runtimes = items ? n : 0;
}

/* "tcp 0.0.0.0 8080" */
static void add_published(pl_live *l, const pl_record *port, pl_str *items, size_t *n)
{
    const pl_value *at = pl_get(port, PL_F_PORT_HOST_PORT);
    char text[128];

    if (!pl_record_true(port, PL_F_PORT_PUBLISHED) || at->state != PL_PRESENT)
        return;
    (void)snprintf(text, sizeof(text), "%.*s %.*s %lld",
                   PL_F(pl_record_text(port, PL_F_PORT_PROTOCOL)),
                   PL_F(pl_record_text(port, PL_F_PORT_HOST_IP)), (long long)at->u.i);
    items[*n] = pl_arena_str(l->c->arena, pl_str_c(text));
    *n += items[*n].p != NULL;
}

static bool may_set_the_clock(const pl_record *r)
{
    const pl_value *caps = pl_get(r, PL_F_CONTAINER_CAPS);

    if (pl_record_true(r, PL_F_CONTAINER_PRIVILEGED))
        return true;
    for (size_t i = 0; caps->state == PL_PRESENT && i < caps->n; i++)
        if (pl_str_eq(caps->u.strs[i], PL_S("CAP_SYS_TIME")))
            return !pl_record_true(r, PL_F_CONTAINER_FOREIGN_USERNS);
    return false;
}

static void set_containers(pl_live *l, pl_engine_hints *h)
{
    const pl_engine_facts *f = l->c->facts;
    size_t room = 0, n_ports = 0, n_clocks = 0;
    bool known = pl_get(l->c->engine, PL_F_ENGINE_CONTAINER_IDS)->state == PL_PRESENT;

    for (size_t i = 0; i < f->n_containers; i++)
        room += pl_get(f->containers[i].rec, PL_F_CONTAINER_PORTS)->n;
    pl_str *ports = pl_arena_calloc(l->c->arena, room + 1, sizeof(*ports));
    pl_str *clocks = pl_arena_calloc(l->c->arena, f->n_containers + 1, sizeof(*clocks));
    if (!ports || !clocks)
        return;
    for (size_t i = 0; i < f->n_containers; i++) {
        const pl_record *r = f->containers[i].rec;
        const pl_value *list = pl_get(r, PL_F_CONTAINER_PORTS);
        if (pl_get(r, PL_F_CONTAINER_RUNNING)->state != PL_PRESENT)
            known = false;
        if (!pl_record_true(r, PL_F_CONTAINER_RUNNING))
            continue;
        known &= list->state == PL_PRESENT && pl_get(r, PL_F_CONTAINER_CAPS)->state == PL_PRESENT;
        for (size_t k = 0; list->state == PL_PRESENT && k < list->n; k++)
            add_published(l, list->u.recs[k], ports, &n_ports);
        if (may_set_the_clock(r))
            clocks[n_clocks++] = f->containers[i].name;
    }
    h->published = ports;
    h->n_published = n_ports;
    h->clock_containers = clocks;
    h->n_clock_containers = n_clocks;
    h->knows_containers = known;
}

void pl_hints_set(pl_live *l)
{
    pl_engine_hints *h = &l->c->facts->hints;
    const pl_running *r = l->running;
    const pl_record *e = l->c->engine;
    const pl_value *options = pl_get(e, PL_F_ENGINE_SECURITY_OPTIONS);
    const pl_value *cgroups = pl_get(e, PL_F_ENGINE_CGROUP_VERSION);

    h->is_here = r->is_here;
    h->is_rootless = pl_record_true(e, PL_F_ENGINE_ROOTLESS);
    h->has_tls = pl_record_true(e, PL_F_ENGINE_TLS) || pl_record_true(e, PL_F_ENGINE_TLS_VERIFY);
    h->uses_containerd_store = pl_record_true(e, PL_F_ENGINE_CONTAINERD_STORE);
    h->uid = r->uid;
    h->gid = r->gid;
    h->engine_pid = r->pid;
    h->containerd_pid = r->containerd_pid;
    h->data_root = pl_record_text(e, PL_F_ENGINE_DATA_ROOT);
    h->exec_root = pl_record_text(e, PL_F_ENGINE_EXEC_ROOT);
    h->config_file = r->config_path;
    h->socket_group = pl_record_text(e, PL_F_ENGINE_GROUP);
    h->tls_ca = pl_record_text(e, PL_F_ENGINE_TLS_CA);
    h->tls_cert = pl_record_text(e, PL_F_ENGINE_TLS_CERT);
    h->tls_key = pl_record_text(e, PL_F_ENGINE_TLS_KEY);
    h->containerd_config = r->containerd_config;
    h->containerd_address = pl_record_text(e, PL_F_ENGINE_CONTAINERD_ADDRESS);
    if (!h->containerd_address.n && r->containerd_pid)
        h->containerd_address =
            joined(l->c->arena, h->exec_root.n ? h->exec_root : PL_S("/run/docker"),
                   "/containerd/containerd.sock");
    if (cgroups->state == PL_PRESENT)
        h->cgroup_version = cgroups->u.i == 2 ? PL_S("2") : PL_S("1");
    if (options->state == PL_PRESENT) {
        h->security_options = options->u.strs;
        h->n_security_options = options->n;
    }
    set_sockets(l, h);
    set_runtimes(l, h);
    set_containers(l, h);
}
