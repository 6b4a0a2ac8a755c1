/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who reaches the engine's sockets. Writing to the socket is connecting to it, and whoever connects
 * is root on this host: the owner, the group with its members (primary ones too), access lists.
 */
#include "host/facts.h"
#include "host/places.h"
#include "host/users.h"

static void add_user(pl_host_reading *f, const pl_users *u, int64_t uid, pl_host_strs *names)
{
    if (uid != 0)
        pl_host_strs_add_once(names, pl_user_name(f, u, uid));
}

static void add_acl(pl_host_reading *f, const pl_users *u, pl_str acl, pl_host_strs *names)
{
    pl_acl_entry e;

    while (pl_snap_acl(&acl, &e)) {
        if (!(e.perm & 2))
            continue;
        if (e.is_group)
            pl_group_add_members(u, e.id, names);
        else
            add_user(f, u, e.id, names);
    }
}

/* Root needs no permission, and a rootless engine belongs to its user. */
static void drop_owner(pl_host_reading *f, const pl_users *u, pl_host_strs *names)
{
    const pl_user *own = f->hints->is_rootless ? pl_user_by_uid(u, f->hints->engine_uid) : NULL;
    size_t kept = 0;

    for (size_t i = 0; i < names->n; i++) {
        const pl_user *one = pl_user_by_name(u, names->v[i]);
        bool is_root = one && one->uid == 0;
        bool is_own = own && pl_str_eq(own->name, names->v[i]);
        if (!is_root && !is_own)
            names->v[kept++] = names->v[i];
    }
    names->n = kept;
}

static void set_users(pl_host_reading *f, pl_record *r, const pl_snap_entry *e, const pl_users *u)
{
    pl_host_strs names = {.arena = f->a};
    unsigned mode = e->meta.mode;

    pl_set_str(r, PL_F_ENGINE_SOCKET_GROUP, pl_group_name(f, u, e->meta.gid));
    pl_set_bool(r, PL_F_ENGINE_SOCKET_WORLD, mode & 2);
    if (mode & 0200)
        add_user(f, u, e->meta.uid, &names);
    if (mode & 0020)
        pl_group_add_members(u, e->meta.gid, &names);
    add_acl(f, u, e->acl, &names);
    drop_owner(f, u, &names);
    pl_host_strs_set(&names, r, PL_F_ENGINE_SOCKET_USERS);
}

static void add_socket(pl_host_reading *f, pl_host_recs *list, pl_str path, const pl_users *u)
{
    const pl_snap_entry *e = pl_snap_stat(f->snap, path);

    if (!e || e->rc == PL_NOTFOUND)
        return;
    pl_record *r = pl_host_recs_new(list, PL_HE_ENGINE_SOCKET);
    pl_set_str(r, PL_F_ENGINE_SOCKET_PATH, path);
    const char *why = pl_snap_has_meta(e) ? u->reason : pl_host_reason(e);
    if (pl_snap_has_meta(e) && u->state == PL_SEEN_OK) {
        set_users(f, r, e, u);
        return;
    }
    pl_set_unreadable(r, PL_F_ENGINE_SOCKET_GROUP, why);
    pl_set_unreadable(r, PL_F_ENGINE_SOCKET_USERS, why);
    pl_set_unreadable(r, PL_F_ENGINE_SOCKET_WORLD, why);
}

static void set_engine_words(pl_host_reading *f)
{
    const pl_host_hints *h = f->hints;
    pl_host_strs lsm = {.arena = f->a};

    pl_set_bool(f->host, PL_F_HOST_HAS_ENGINE, h->has_engine);
    for (size_t i = 0; i < h->n_security_options; i++) {
        pl_str rest = h->security_options[i], word;
        (void)pl_str_cut(&rest, ',', &word); /* "name=seccomp,profile=default" */
        if (pl_str_eq(word, PL_S("name=apparmor")) || pl_str_eq(word, PL_S("name=selinux")))
            pl_host_strs_add(&lsm, pl_str_sub(word, sizeof("name=") - 1, word.n));
    }
    pl_host_strs_set(&lsm, f->host, PL_F_HOST_ENGINE_LSM);
    if (h->cgroup_version.n)
        pl_set_str(f->host, PL_F_HOST_ENGINE_CGROUP_VERSION, h->cgroup_version);
    else
        pl_set_absent(f->host, PL_F_HOST_ENGINE_CGROUP_VERSION);
    if (h->knows_clock_containers)
        pl_set_strs(f->host, PL_F_HOST_CLOCK_CONTAINERS, h->clock_containers,
                    h->n_clock_containers);
    else if (!h->has_engine)
        pl_set_strs(f->host, PL_F_HOST_CLOCK_CONTAINERS, NULL, 0);
}

void pl_host_facts_access(pl_host_reading *f)
{
    pl_users u = pl_users_read(f);
    pl_host_recs list = {.arena = f->a};
    const pl_host_hints *h = f->hints;

    set_engine_words(f);
    if (u.state == PL_SEEN_WAIT)
        return;
    for (size_t i = 0; i < h->n_sockets; i++)
        add_socket(f, &list, h->sockets[i], &u);
    if (h->n_sockets == 0 && !h->is_rootless)
        add_socket(f, &list, PL_S("/run/docker.sock"), &u);
    pl_host_recs_set(&list, f->host, PL_F_HOST_ENGINE_SOCKETS);
}
