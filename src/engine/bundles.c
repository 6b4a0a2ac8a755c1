/* SPDX-License-Identifier: Apache-2.0 */
/* Where runtimes keep their bundles, and which are there. */
#include "engine/bundles.h"

#include "engine/collect.h"
#include "engine/limits.h"
#include "engine/lxc.h"

#include <string.h>

/*
 * containerd: STATE/io.containerd.runtime.v2.task/NAMESPACE/ID (core/runtime/v2/bundle.go); its
 * shim gives runc a root of its own. CRI-O and Podman: the folders of their storage library. runc
 * and crun: their default --root. LXC: its lxcpath, whose containers' folders root's group may
 * write to.
 */
static const struct place {
    const char *folder;
    bool has_spaces;    /* a level of namespaces above the containers */
    const char *config; /* below the container's folder; NULL: the note says where */
    const char *pids;   /* folder that holds those of PID files; NULL: the same */
    const char *pid_file;
    const char *notes, *note; /* likewise */
    const char *runtime, *manager;
} places[] = {
    {"/run/containerd/io.containerd.runtime.v2.task", true, "config.json", NULL, "init.pid",
     "/run/containerd/runc", "state.json", "containerd", NULL},
    {"/run/docker/containerd/daemon/io.containerd.runtime.v2.task", true, "config.json", NULL,
     "init.pid", "/run/docker/runtime-runc", "state.json", "containerd", "docker"},
    {"/run/k3s/containerd/io.containerd.runtime.v2.task", true, "config.json", NULL, "init.pid",
     "/run/containerd/runc", "state.json", "containerd", NULL},
    {"/run/containers/storage/overlay-containers", false, "userdata/config.json", NULL,
     "userdata/pidfile", NULL, NULL, "cri-o", NULL},
    {"/var/lib/containers/storage/overlay-containers", false, "userdata/config.json",
     "/run/containers/storage/overlay-containers", "userdata/pidfile", NULL, NULL, "podman",
     "podman"},
    {"/var/lib/containers/storage/vfs-containers", false, "userdata/config.json",
     "/run/containers/storage/vfs-containers", "userdata/pidfile", NULL, NULL, "podman", "podman"},
    {"/run/runc", false, NULL, NULL, NULL, NULL, "state.json", "runc", NULL},
    {"/run/crun", false, NULL, NULL, NULL, NULL, "status", "crun", NULL},
    {"/var/lib/lxc", false, "config", NULL, NULL, NULL, NULL, "lxc", NULL},
};

struct search {
    const pl_root *root;
    pl_arena *arena;
    pl_bundles *found;
    bool is_full;
};

/* ---- what lies on the way to a file ---- */

/*
 * Each folder belongs to root (in a recorded tree to its owner) and nobody else may write to it,
 * and none is a link: else whoever made the link chooses what we read.
 */
static pl_rc only_roots(const pl_root *root, pl_str path, pl_err *err)
{
    struct stat st;

    for (size_t i = 1; i <= path.n; i++) {
        if (i < path.n && path.p[i] != '/')
            continue;
        pl_str part = pl_str_sub(path, 0, i);
        pl_rc rc = pl_root_lstat(root, part, &st, err);
        if (rc)
            return rc;
        if (S_ISLNK(st.st_mode))
            return pl_fail(err, PL_FORMAT, "%.*s is a link", PL_F(part));
        if (st.st_uid != 0 && st.st_uid != root->owner)
            return pl_fail(err, PL_FORMAT, "%.*s belongs to user %u", PL_F(part), st.st_uid);
        bool others = (st.st_mode & 02) || ((st.st_mode & 020) && st.st_gid != 0);
        if (others && !(st.st_mode & S_ISVTX) && pl_root_is_live(root))
            return pl_fail(err, PL_FORMAT, "others may write to %.*s", PL_F(part));
    }
    return PL_OK;
}

pl_rc pl_bundle_read(const pl_root *root, pl_str path, pl_buf *ret, pl_err *err)
{
    if (!pl_str_starts(path, PL_S("/")) || pl_str_has(path, PL_S("/../")))
        return pl_fail(err, PL_FORMAT, "%.*s: is no plain path", PL_F(pl_str_sub(path, 0, 200)));
    pl_rc rc = only_roots(root, path, err);
    return rc ? rc : pl_root_read(root, path, PL_ENGINE_DOC_MAX, ret, NULL, err);
}

/* ---- the list ---- */

static pl_str join(struct search *s, pl_str a, pl_str b, pl_str c)
{
    PL_AUTO_BUF pl_buf path = {0};

    pl_buf_fmt(&path, "%.*s/%.*s%s%.*s", PL_F(a), PL_F(b), c.n ? "/" : "", PL_F(c));
    pl_str text = pl_arena_str(s->arena, pl_buf_view(&path));
    s->is_full |= !text.p;
    return text.p ? text : (pl_str){"", 0};
}

static bool is_there(const struct search *s, pl_str path)
{
    struct stat st;
    return path.n && pl_root_lstat(s->root, path, &st, NULL) != PL_NOTFOUND;
}

static pl_bundle *known(const pl_bundles *b, pl_str id)
{
    for (size_t i = 0; i < b->n; i++)
        if (pl_str_eq(b->v[i].id, id))
            return &b->v[i];
    return NULL;
}

static void add(struct search *s, const pl_bundle *one)
{
    pl_bundle *same = known(s->found, one->id);
    pl_bundle *grown;

    /* What lies in two places is one container: the runtime's note completes the engine's. */
    if (same) {
        if (!same->note.n)
            same->note = one->note;
        return;
    }
    grown =
        s->found->n < PL_ENGINE_CONTAINERS_MAX
            ? pl_collection_grow(s->arena, s->found->v, s->found->n, &s->found->room, sizeof(*one))
            : NULL;
    if (!grown) {
        s->is_full = true;
        return;
    }
    s->found->v = grown;
    s->found->v[s->found->n++] = *one;
}

static void look_at(struct search *s, const struct place *p, pl_str folder, pl_str space, pl_str id)
{
    pl_str own = join(s, folder, id, (pl_str){"", 0});
    pl_str pids = p->pids ? join(s, pl_str_c(p->pids), id, (pl_str){"", 0}) : own;
    pl_str notes = own;
    pl_bundle b = {.id = id, .runtime = p->runtime, .manager = p->manager};

    if (p->notes)
        notes = join(s, pl_str_c(p->notes), space, id);
    if (p->config)
        b.config = join(s, own, pl_str_c(p->config), (pl_str){"", 0});
    if (p->pid_file)
        b.pid_file = join(s, pids, pl_str_c(p->pid_file), (pl_str){"", 0});
    if (p->note)
        b.note = join(s, notes, pl_str_c(p->note), (pl_str){"", 0});
    if (!is_there(s, b.note))
        b.note = (pl_str){"", 0};
    /* A folder without either is no container's: locks, sockets, what is left of one. */
    if (p->config ? is_there(s, b.config) : b.note.n > 0)
        add(s, &b);
}

static void tell(struct search *s, const struct place *p, pl_rc rc, const pl_err *why)
{
    struct pl_bundles_gap *grown = pl_collection_grow(s->arena, s->found->gaps, s->found->n_gaps,
                                                      &s->found->room_gaps, sizeof(*grown));
    if (!grown) {
        s->is_full = true;
        return;
    }
    s->found->gaps = grown;
    s->found->gaps[s->found->n_gaps++] =
        (struct pl_bundles_gap){.what = pl_arena_str(s->arena, pl_str_c(why->text)),
                                .reason = pl_rc_reason(rc),
                                .manager = p->manager};
}

/* One level of folders; false: there is none, or it cannot be listed. */
static bool list(struct search *s, const struct place *p, pl_str folder, pl_names *ret)
{
    pl_err why = {0};
    pl_rc rc = is_there(s, folder) ? only_roots(s->root, folder, &why) : PL_NOTFOUND;

    if (!rc)
        rc = pl_root_list(s->root, folder, PL_ENGINE_CONTAINERS_MAX, s->arena, ret, &why);
    if (rc && rc != PL_NOTFOUND)
        tell(s, p, rc, &why);
    return rc == PL_OK;
}

static void search_folder(struct search *s, const struct place *p, pl_str folder, pl_str space)
{
    pl_names ids;

    if (!list(s, p, folder, &ids))
        return;
    for (size_t i = 0; i < ids.n; i++)
        look_at(s, p, folder, space, ids.items[i]);
}

static void search_place(struct search *s, const struct place *p)
{
    pl_str folder = pl_str_c(p->folder);
    pl_names spaces;

    if (!p->has_spaces) {
        search_folder(s, p, folder, (pl_str){"", 0});
        return;
    }
    if (!list(s, p, folder, &spaces))
        return;
    for (size_t i = 0; i < spaces.n; i++)
        search_folder(s, p, join(s, folder, spaces.items[i], (pl_str){"", 0}), spaces.items[i]);
}

/*
 * Runtimes of users keep theirs below /run/user: what a user wrote is not believed, but that there
 * is something is told.
 */
static void search_user(struct search *s, pl_str uid)
{
    static const struct place own[] = {
        {.folder = "runc", .manager = "podman"},
        {.folder = "crun", .manager = "podman"},
        {.folder = "docker/runtime-runc/moby", .manager = "docker"},
    };
    pl_str folder = join(s, PL_S("/run/user"), uid, (pl_str){"", 0});

    for (size_t i = 0; i < PL_COUNT(own); i++) {
        pl_str path = join(s, folder, pl_str_c(own[i].folder), (pl_str){"", 0});
        pl_names ids;
        pl_err why = {0};
        if (pl_root_list(s->root, path, PL_ENGINE_CONTAINERS_MAX, s->arena, &ids, NULL) != PL_OK ||
            !ids.n)
            continue;
        pl_rc rc =
            pl_fail(&why, PL_UNSUPPORTED, "%.*s: containers of a user's own runtime", PL_F(path));
        tell(s, &own[i], rc, &why);
    }
}

static void search_users(struct search *s)
{
    pl_names uids;

    if (pl_root_list(s->root, PL_S("/run/user"), PL_ENGINE_CONTAINERS_MAX, s->arena, &uids, NULL) !=
        PL_OK)
        return;
    for (size_t i = 0; i < uids.n; i++)
        search_user(s, uids.items[i]);
}

pl_rc pl_bundles_find(const pl_root *root, pl_arena *a, pl_bundles *ret, pl_err *err)
{
    struct search s = {.root = root, .arena = a, .found = ret};

    *ret = (pl_bundles){0};
    for (size_t i = 0; i < PL_COUNT(places); i++)
        search_place(&s, &places[i]);
    search_users(&s);
    pl_rc rc = pl_lxc_find(root, a, ret, err);
    if (rc)
        return rc;
    return s.is_full ? pl_fail(err, PL_LIMIT, "bundles of this host do not fit their budget")
                     : PL_OK;
}

void pl_bundle_state(pl_arena *a, pl_bundle *b, pl_str folder, int64_t pid, uint64_t start_ticks)
{
    PL_AUTO_BUF pl_buf path = {0};

    b->pid = pid;
    b->start_ticks = start_ticks;
    if (b->config.n || !folder.n)
        return;
    pl_buf_fmt(&path, "%.*s/config.json", PL_F(folder));
    b->config = pl_arena_str(a, pl_buf_view(&path));
}
