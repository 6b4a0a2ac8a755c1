/* SPDX-License-Identifier: Apache-2.0 */
#include "host/places.h"

#include "host/glob.h"
#include "host/toml.h"
#include "host/users.h"

static pl_str first_of(pl_str a, pl_str b)
{
    return a.n ? a : b;
}

/* ---- processes ---- */

/* Of several, the one whose command line names our exec root. */
static const pl_process *find_containerd(pl_host_reading *f, const pl_processes *p,
                                         pl_str exec_root)
{
    const pl_process *any = NULL;
    pl_str config;

    for (size_t i = 0; i < p->n; i++) {
        const pl_process *one = &p->v[i];
        if (!pl_str_eq(one->comm, PL_S("containerd")) || pl_process_is_contained(one))
            continue;
        if (exec_root.n && pl_process_option(f, one->pid, PL_S("--config"), PL_S("-c"), &config) &&
            pl_str_starts(config, exec_root))
            return one;
        if (!any)
            any = one;
    }
    return any;
}

static void take_dockerd(pl_host_reading *f, const pl_processes *p, pl_places *to)
{
    const pl_process *d = f->hints->dockerd_pid ? pl_process_by_pid(p, f->hints->dockerd_pid)
                                                : pl_process_by_name(p, PL_S("dockerd"));
    if (!d)
        return;
    to->has_dockerd = true;
    to->dockerd_pid = d->pid;
    to->dockerd = d->exe;
    to->unit = pl_process_unit(d);
    if (!pl_str_ends(to->unit, PL_S(".service")))
        to->unit = (pl_str){"", 0};
    to->is_socket_activated = pl_process_has_word(f, d->pid, PL_S("fd://"));
}

static void take_containerd(pl_host_reading *f, const pl_processes *p, pl_places *to)
{
    const pl_process *c = f->hints->containerd_pid ? pl_process_by_pid(p, f->hints->containerd_pid)
                                                   : find_containerd(f, p, to->exec_root);
    if (!c)
        return;
    to->has_containerd = true;
    to->containerd_pid = c->pid;
    to->containerd = c->exe;
}

static void take_processes(pl_host_reading *f, pl_places *to)
{
    pl_processes p = pl_processes_read(f);

    to->is_waiting |= p.state == PL_SEEN_WAIT;
    if (p.state == PL_SEEN_FAILED)
        to->process_reason = p.reason;
    if (p.state != PL_SEEN_OK)
        return;
    take_dockerd(f, &p, to);
    take_containerd(f, &p, to);
}

/* ---- directories and files ---- */

static pl_str option(pl_host_reading *f, int64_t pid, const char *name, const char *short_name)
{
    pl_str v;
    return pl_process_option(f, pid, pl_str_c(name), pl_str_c(short_name), &v) ? v
                                                                               : (pl_str){"", 0};
}

/* ~/.config/docker of the user who runs a rootless engine. */
static pl_str rootless_config_dir(pl_host_reading *f)
{
    pl_users u = pl_users_read(f);
    const pl_user *user = pl_user_by_uid(&u, f->hints->engine_uid);
    return user ? pl_host_fmt(f->a, "%.*s/.config/docker", PL_F(user->home)) : (pl_str){"", 0};
}

static void take_engine_paths(pl_host_reading *f, pl_places *to)
{
    const pl_host_hints *h = f->hints;
    int64_t pid = to->dockerd_pid;

    to->exec_root = first_of(h->exec_root, option(f, pid, "--exec-root", ""));
    to->exec_root = first_of(to->exec_root, PL_S("/run/docker"));
    to->data_root = first_of(h->data_root, option(f, pid, "--data-root", "-g"));
    if (!to->data_root.n && to->has_dockerd && !h->is_rootless)
        to->data_root = PL_S("/var/lib/docker");
    to->config_dir = h->is_rootless ? rootless_config_dir(f) : PL_S("/etc/docker");
    to->config_file = first_of(h->config_file, option(f, pid, "--config-file", ""));
    if (!to->config_file.n && to->config_dir.n)
        to->config_file = pl_host_fmt(f->a, "%.*s/daemon.json", PL_F(to->config_dir));
}

static void add_socket(pl_host_reading *f, pl_places *to, pl_str path)
{
    if (!path.n || path.p[0] != '/')
        return;
    pl_host_strs_add_once(&to->containerd_sockets, path);
    pl_host_strs_add_once(&to->containerd_sockets, pl_host_fmt(f->a, "%.*s.ttrpc", PL_F(path)));
}

static void take_imports(pl_host_reading *f, pl_places *to, pl_str text)
{
    pl_host_strs patterns = {.arena = f->a};
    const char *reason = NULL;

    pl_toml_strings(text, PL_S(""), PL_S("imports"), &patterns);
    for (size_t i = 0; i < patterns.n; i++)
        if (!pl_host_glob(f, patterns.v[i], &to->containerd_imports, &reason) && !reason)
            to->is_waiting = true;
}

static void take_containerd_file(pl_host_reading *f, pl_places *to, pl_str *root, pl_str *state,
                                 pl_str *address, pl_str *debug)
{
    const pl_snap_entry *e =
        to->containerd_config.n ? pl_snap_read(f->snap, to->containerd_config) : NULL;
    pl_str cert_dir;

    to->is_waiting |= to->containerd_config.n && !e;
    if (pl_host_state(e) != PL_SEEN_OK)
        return;
    (void)pl_toml_string(e->bytes, PL_S(""), PL_S("root"), root);
    (void)pl_toml_string(e->bytes, PL_S(""), PL_S("state"), state);
    (void)pl_toml_string(e->bytes, PL_S("grpc"), PL_S("address"), address);
    take_imports(f, to, e->bytes);
    (void)pl_toml_string(e->bytes, PL_S("debug"), PL_S("address"), debug);
    if (pl_toml_string(e->bytes, PL_S("plugins.\"io.containerd.grpc.v1.cri\".registry"),
                       PL_S("config_path"), &cert_dir))
        pl_host_strs_add_once(&to->cert_dirs, cert_dir);
}

static void take_containerd_paths(pl_host_reading *f, pl_places *to)
{
    const pl_host_hints *h = f->hints;
    pl_str root = {"", 0}, state = {"", 0}, address = {"", 0}, debug = {"", 0};

    to->containerd_config =
        first_of(h->containerd_config, option(f, to->containerd_pid, "--config", "-c"));
    to->containerd_config = first_of(to->containerd_config, PL_S("/etc/containerd/config.toml"));
    take_containerd_file(f, to, &root, &state, &address, &debug);
    root =
        first_of(first_of(h->containerd_root, option(f, to->containerd_pid, "--root", "")), root);
    state = first_of(first_of(h->containerd_state, option(f, to->containerd_pid, "--state", "")),
                     state);
    to->containerd_root = first_of(root, PL_S("/var/lib/containerd"));
    to->containerd_state = first_of(state, PL_S("/run/containerd"));
    address =
        first_of(first_of(h->containerd_address, option(f, to->dockerd_pid, "--containerd", "")),
                 first_of(option(f, to->containerd_pid, "--address", "-a"), address));
    add_socket(f, to,
               address.n ? address
                         : pl_host_fmt(f->a, "%.*s/containerd.sock", PL_F(to->containerd_state)));
    if (debug.n && debug.p[0] == '/')
        pl_host_strs_add_once(&to->containerd_sockets, debug);
}

pl_places pl_places_find(pl_host_reading *f)
{
    pl_places p = {
        .containerd_sockets = {.arena = f->a},
        .containerd_imports = {.arena = f->a},
        .cert_dirs = {.arena = f->a},
        .exec_root = f->hints->exec_root,
    };

    take_processes(f, &p);
    take_engine_paths(f, &p);
    take_containerd_paths(f, &p);
    if (p.config_dir.n)
        pl_host_strs_add(&p.cert_dirs, pl_host_fmt(f->a, "%.*s/certs.d", PL_F(p.config_dir)));
    if (f->hints->uses_containerd_store)
        pl_host_strs_add_once(&p.cert_dirs, PL_S("/etc/containerd/certs.d"));
    return p;
}
