/* SPDX-License-Identifier: Apache-2.0 */
/* The engine's files for `engine.files`: units, configuration, certificates, sockets, data. */
#include "host/files.h"
#include "host/places.h"
#include "host/units.h"
#include "host/users.h"

#include <sys/stat.h>

/* A rootless engine's files belong to its user. */
static void set_owner(pl_host_reading *f, pl_record *r)
{
    if (r && f->hints->is_rootless) {
        pl_set_int(r, PL_F_FILE_ENGINE_UID, f->hints->engine_uid);
        pl_set_int(r, PL_F_FILE_ENGINE_GID, f->hints->engine_gid);
    }
}

static void add(pl_host_reading *f, pl_file_role role, pl_str path)
{
    set_owner(f, pl_file_add(f, &f->engine_files, role, path));
}

static void add_unit(pl_host_reading *f, pl_file_role role, pl_str unit)
{
    pl_host_strs paths = {.arena = f->a};

    (void)pl_unit_files(f, unit, &paths);
    for (size_t i = 0; i < paths.n; i++)
        add(f, role, paths.v[i]);
}

static void add_units(pl_host_reading *f, const pl_places *p)
{
    if (p->process_reason && f->hints->has_engine) {
        pl_file_add_unknown(&f->engine_files, PL_ROLE_UNIT_SERVICE, (pl_str){"", 0},
                            p->process_reason);
        pl_file_add_unknown(&f->engine_files, PL_ROLE_UNIT_SOCKET, (pl_str){"", 0},
                            p->process_reason);
    }
    if (!p->unit.n)
        return;
    add_unit(f, PL_ROLE_UNIT_SERVICE, p->unit);
    if (p->is_socket_activated) {
        pl_str base = pl_str_sub(p->unit, 0, p->unit.n - (sizeof(".service") - 1));
        add_unit(f, PL_ROLE_UNIT_SOCKET, pl_host_fmt(f->a, "%.*s.socket", PL_F(base)));
    }
}

/* ---- certificates: DIR/HOST[:PORT]/NAME.crt, .cert, .key ---- */

static void add_certificate(pl_host_reading *f, pl_str dir, pl_str name)
{
    pl_str path = pl_host_fmt(f->a, "%.*s/%.*s", PL_F(dir), PL_F(name));

    if (pl_str_ends(name, PL_S(".key")))
        add(f, PL_ROLE_REGISTRY_KEY, path);
    else if (pl_str_ends(name, PL_S(".crt")) || pl_str_ends(name, PL_S(".cert")))
        add(f, PL_ROLE_REGISTRY_CERT, path);
}

static void say_unread(pl_host_reading *f, pl_str dir, const pl_snap_entry *e)
{
    pl_file_add_unknown(&f->engine_files, PL_ROLE_REGISTRY_CERT, dir, pl_host_reason(e));
    pl_file_add_unknown(&f->engine_files, PL_ROLE_REGISTRY_KEY, dir, pl_host_reason(e));
}

static void add_registry(pl_host_reading *f, pl_str dir)
{
    const pl_snap_entry *e = pl_snap_list(f->snap, dir);
    pl_str names, name;

    if (pl_host_state(e) == PL_SEEN_FAILED && S_ISDIR(e->meta.mode))
        say_unread(f, dir, e);
    if (pl_host_state(e) != PL_SEEN_OK)
        return;
    for (names = e->bytes; pl_snap_name(&names, &name);)
        add_certificate(f, dir, name);
}

static void add_registries(pl_host_reading *f, pl_str dir)
{
    const pl_snap_entry *e = pl_snap_list(f->snap, dir);
    pl_str names, name;

    if (pl_host_state(e) == PL_SEEN_FAILED)
        say_unread(f, dir, e);
    if (pl_host_state(e) != PL_SEEN_OK)
        return;
    for (names = e->bytes; pl_snap_name(&names, &name);)
        add_registry(f, pl_host_fmt(f->a, "%.*s/%.*s", PL_F(dir), PL_F(name)));
}

/* ---- sockets ---- */

/* The group that the engine gives its socket: the setting, else docker; a number is a gid. */
static bool socket_gid(pl_host_reading *f, const pl_users *u, int64_t *ret)
{
    pl_str name = f->hints->socket_group.n ? f->hints->socket_group : PL_S("docker");
    const pl_group *g = pl_group_by_name(u, name);

    if (g)
        *ret = g->gid;
    return g || pl_str_i64(name, ret);
}

static void add_engine_socket(pl_host_reading *f, pl_str path)
{
    pl_users u = pl_users_read(f);
    pl_record *r = pl_file_add(f, &f->engine_files, PL_ROLE_ENGINE_SOCKET, path);
    int64_t gid;

    set_owner(f, r);
    if (!r || u.state == PL_SEEN_WAIT)
        return;
    if (u.state == PL_SEEN_FAILED)
        pl_set_unreadable(r, PL_F_FILE_SOCKET_GID, u.reason);
    else if (socket_gid(f, &u, &gid))
        pl_set_int(r, PL_F_FILE_SOCKET_GID, gid);
}

static void add_sockets(pl_host_reading *f, const pl_places *p)
{
    for (size_t i = 0; i < f->hints->n_sockets; i++)
        add_engine_socket(f, f->hints->sockets[i]);
    if (f->hints->n_sockets == 0 && p->has_dockerd && !f->hints->is_rootless)
        add_engine_socket(f, PL_S("/run/docker.sock"));
    for (size_t i = 0; p->has_containerd && i < p->containerd_sockets.n; i++)
        add(f, PL_ROLE_CONTAINERD_SOCKET, p->containerd_sockets.v[i]);
}

/* ---- data ---- */

static void add_children(pl_host_reading *f, pl_str dir)
{
    const pl_snap_entry *e = pl_snap_list(f->snap, dir);
    pl_str names, name;

    if (pl_host_state(e) == PL_SEEN_FAILED)
        pl_file_add_unknown(&f->engine_files, PL_ROLE_DATA_ROOT_CHILD, dir, pl_host_reason(e));
    if (pl_host_state(e) != PL_SEEN_OK)
        return;
    for (names = e->bytes; pl_snap_name(&names, &name);) {
        pl_str path = pl_host_fmt(f->a, "%.*s/%.*s", PL_F(dir), PL_F(name));
        const pl_snap_entry *child = pl_snap_stat(f->snap, path);
        if (child && S_ISDIR(child->meta.mode))
            add(f, PL_ROLE_DATA_ROOT_CHILD, path);
    }
}

static void add_data(pl_host_reading *f, const pl_places *p)
{
    if (p->data_root.n) {
        add(f, PL_ROLE_DATA_ROOT, p->data_root);
        add_children(f, p->data_root);
    }
    if (p->has_containerd)
        add(f, PL_ROLE_CONTAINERD_ROOT, p->containerd_root);
}

static void add_tls(pl_host_reading *f)
{
    const pl_host_hints *h = f->hints;

    if (!h->has_tls)
        return;
    add(f, PL_ROLE_TLS_CA, h->tls_ca.n ? h->tls_ca : PL_S("/root/.docker/ca.pem"));
    add(f, PL_ROLE_TLS_CERT, h->tls_cert.n ? h->tls_cert : PL_S("/root/.docker/cert.pem"));
    add(f, PL_ROLE_TLS_KEY, h->tls_key.n ? h->tls_key : PL_S("/root/.docker/key.pem"));
}

static void add_configuration(pl_host_reading *f, const pl_places *p)
{
    add(f, PL_ROLE_CONFIG_DIR, p->config_dir);
    add(f, PL_ROLE_CONFIG_FILE, p->config_file);
    add(f, PL_ROLE_DEFAULTS_FILE, PL_S("/etc/default/docker"));
    add(f, PL_ROLE_SYSCONFIG_FILE, PL_S("/etc/sysconfig/docker"));
    add(f, PL_ROLE_CONTAINERD_CONFIG, p->containerd_config);
    for (size_t i = 0; i < p->containerd_imports.n; i++)
        add(f, PL_ROLE_CONTAINERD_CONFIG, p->containerd_imports.v[i]);
}

void pl_host_facts_engine_files(pl_host_reading *f)
{
    pl_places p = pl_places_find(f);

    if (!f->hints->has_engine || p.is_waiting)
        return;
    add_units(f, &p);
    add_configuration(f, &p);
    for (size_t i = 0; i < p.cert_dirs.n; i++)
        add_registries(f, p.cert_dirs.v[i]);
    add_tls(f);
    add_sockets(f, &p);
    add_data(f, &p);
}
