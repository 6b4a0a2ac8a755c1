/* SPDX-License-Identifier: Apache-2.0 */
/* The host path behind a mount, and the control sockets that it reaches. */
#include "engine/join.h"

#include "engine/limits.h"

#include <string.h>

/* ---- resolving ---- */

/* Without "//", "." and a slash at the end; ".." is left alone: links decide what it means. */
static pl_str tidy(pl_arena *a, pl_str path)
{
    char *out = pl_arena_calloc(a, path.n + 2, 1);
    size_t n = 0;
    pl_str part;

    while (out && pl_str_cut(&path, '/', &part)) {
        if (!part.n || pl_str_eq(part, PL_S(".")))
            continue;
        out[n++] = '/';
        memcpy(out + n, part.p, part.n);
        n += part.n;
    }
    if (out && !n)
        out[n++] = '/';
    return out ? (pl_str){out, n} : (pl_str){"", 0};
}

static pl_str parent_of(pl_str path)
{
    while (path.n > 1 && path.p[path.n - 1] != '/')
        path.n--;
    return path.n > 1 ? pl_str_sub(path, 0, path.n - 1) : path;
}

static pl_str joined(pl_arena *a, pl_str folder, pl_str rest)
{
    PL_AUTO_BUF pl_buf b = {0};

    pl_buf_str(&b, folder);
    pl_buf_ch(&b, '/');
    pl_buf_str(&b, rest);
    return tidy(a, pl_arena_str(a, pl_buf_view(&b)));
}

/* Follows links part by part below the host's root, as the kernel did when it mounted. What does
 * not exist (any more) keeps its name. */
static pl_str resolve(pl_live *l, pl_str path)
{
    enum { LINKS_MAX = 40 };
    pl_arena *a = l->c->arena;
    pl_str done = PL_S("/"), rest = tidy(a, path), part;
    unsigned links = 0;

    while (pl_str_cut(&rest, '/', &part)) {
        pl_str next, target;
        if (!part.n)
            continue;
        if (pl_str_eq(part, PL_S(".."))) {
            done = parent_of(done);
            continue;
        }
        next = joined(a, done, part);
        if (next.n < PL_ENGINE_PATH_MAX && links < LINKS_MAX &&
            pl_root_readlink(&l->running->root, next, a, &target, NULL) == PL_OK && target.n) {
            links++;
            rest = joined(a, target, rest);
            done = target.p[0] == '/' ? PL_S("/") : done;
            continue;
        }
        done = next;
    }
    return done;
}

/* ---- comparing ---- */

/* a is b, or b lies below a. */
static bool holds(pl_str a, pl_str b)
{
    if (pl_str_eq(a, PL_S("/")))
        return true;
    return pl_str_starts(b, a) && (b.n == a.n || b.p[a.n] == '/');
}

static const char *const control_sockets[] = {
    "/run/docker.sock",
    "/run/containerd/containerd.sock",
    "/run/docker/containerd/containerd.sock",
    "/run/k3s/containerd/containerd.sock",
    "/run/crio/crio.sock",
    "/run/podman/podman.sock",
    "/run/buildkit/buildkitd.sock",
    "/run/cri-dockerd.sock",
};

static bool is_socket(const pl_live *l, pl_str path)
{
    struct stat st;
    return pl_root_stat(&l->running->root, path, &st, NULL) == PL_OK && S_ISSOCK(st.st_mode);
}

static bool has_socket_name(pl_str path)
{
    for (size_t i = 0; i < PL_COUNT(control_sockets); i++) {
        const char *name = strrchr(control_sockets[i], '/');
        if (pl_str_ends(path, pl_str_c(name)))
            return true;
    }
    return false;
}

/* On a host that cannot be looked at, a known name is enough: better told than missed. */
static bool reaches(const pl_live *l, pl_str host_path, pl_str socket)
{
    return socket.n && holds(host_path, socket) && (!l->has_host || is_socket(l, socket));
}

static void set_control_socket(pl_live *l, pl_record *m, pl_str host_path)
{
    const char *own = l->c->client ? pl_engine_socket(l->c->client) : NULL;

    pl_set_absent(m, PL_F_MOUNT_CONTROL_SOCKET);
    if (own && l->has_host && reaches(l, host_path, resolve(l, pl_str_c(own)))) {
        pl_set_str(m, PL_F_MOUNT_CONTROL_SOCKET, resolve(l, pl_str_c(own)));
        return;
    }
    if (has_socket_name(host_path)) {
        pl_set_str(m, PL_F_MOUNT_CONTROL_SOCKET, host_path);
        return;
    }
    for (size_t i = 0; i < PL_COUNT(control_sockets); i++) {
        if (reaches(l, host_path, pl_str_c(control_sockets[i]))) {
            pl_set_str(m, PL_F_MOUNT_CONTROL_SOCKET, pl_str_c(control_sockets[i]));
            return;
        }
    }
}

/* ---- one mount ---- */

static const pl_record *volume_of(const pl_record *engine, pl_str name, bool *ret_known)
{
    const pl_value *all = pl_get(engine, PL_F_ENGINE_VOLUMES);

    *ret_known = all->state == PL_PRESENT;
    for (size_t i = 0; *ret_known && i < all->n; i++)
        if (pl_str_eq(pl_record_text(all->u.recs[i], PL_F_ENGINE_VOLUME_NAME), name))
            return all->u.recs[i];
    return NULL;
}

/* What a volume hides stands only in the list of volumes; without it the mount is not known. */
static bool behind_volume(pl_live *l, pl_record *m, pl_str *ret)
{
    bool known;
    const pl_record *v = volume_of(l->c->engine, pl_record_text(m, PL_F_MOUNT_NAME), &known);

    if (!v) {
        pl_set_unreadable(m, PL_F_MOUNT_HOST_PATH, "unreadable");
        pl_set_unreadable(m, PL_F_MOUNT_CONTROL_SOCKET, "unreadable");
        return false;
    }
    *ret = pl_record_text(v, PL_F_ENGINE_VOLUME_HOST_PATH);
    return true;
}

/* Whether it says enough to tell what is behind it. */
static bool is_told(const pl_record *m)
{
    bool is_bind = pl_str_eq(pl_record_text(m, PL_F_MOUNT_TYPE), PL_S("bind"));

    return pl_get(m, PL_F_MOUNT_TYPE)->state == PL_PRESENT &&
           (!is_bind || pl_get(m, PL_F_MOUNT_SOURCE)->state == PL_PRESENT);
}

void pl_join_mount(pl_live *l, pl_record *m)
{
    pl_str type = pl_record_text(m, PL_F_MOUNT_TYPE), path = {"", 0};
    pl_str data = pl_record_text(l->c->engine, PL_F_ENGINE_DATA_ROOT);

    if (!is_told(m))
        return;
    if (pl_str_eq(type, PL_S("bind")))
        path = pl_record_text(m, PL_F_MOUNT_SOURCE);
    else if (pl_str_eq(type, PL_S("volume")) && !behind_volume(l, m, &path))
        return;
    if (!path.n) {
        pl_set_absent(m, PL_F_MOUNT_HOST_PATH);
        pl_set_absent(m, PL_F_MOUNT_CONTROL_SOCKET);
        pl_set_bool(m, PL_F_MOUNT_IN_ENGINE_DATA, false);
        return;
    }
    path = l->running->root.fd >= 0 && l->running->is_here ? resolve(l, path)
                                                           : tidy(l->c->arena, path);
    if (pl_str_starts(path, PL_S("/var/run/")) || pl_str_eq(path, PL_S("/var/run")))
        path = pl_str_sub(path, 4, path.n);
    pl_set_str(m, PL_F_MOUNT_HOST_PATH, path);
    if (data.n) {
        data = l->has_host ? resolve(l, data) : data;
        pl_set_bool(m, PL_F_MOUNT_IN_ENGINE_DATA, holds(data, path) || holds(path, data));
    }
    set_control_socket(l, m, path);
}

void pl_join_mounts(pl_live *l, pl_record *r)
{
    const pl_value *list = pl_get(r, PL_F_CONTAINER_MOUNTS);

    for (size_t i = 0; list->state == PL_PRESENT && i < list->n; i++)
        pl_join_mount(l, list->u.recs[i]);
}
