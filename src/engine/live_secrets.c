/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files below /run/secrets of a running container, where engines and orchestrators put secrets:
 * what they lie on (mountinfo, proc(5)) and who may read them. Files are looked at through the
 * container's root, which the container fills as it likes: nothing is opened, no link is followed,
 * and a file system that answers when it wants to (FUSE, network) is not asked.
 */
#include "engine/live_secrets.h"

#include "engine/limits.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <unistd.h>

struct secrets {
    pl_live *l;
    const pl_live_container *k;
    pl_root root; /* of the container; fd -1: it could not be had */
    const pl_live_mount *mounts;
    size_t n_mounts;
    int64_t uid, gid;
    bool has_ids;
    pl_record **items;
    size_t n;
    bool is_full;
};

/* ---- what is safe to look at ---- */

static bool is_one_of(pl_str type, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (pl_str_eq(type, pl_str_c(names[i])))
            return true;
    return false;
}

static bool is_memory(pl_str type)
{
    static const char *const names[] = {"tmpfs", "ramfs"};
    return is_one_of(type, names, PL_COUNT(names));
}

static bool is_local(pl_str type)
{
    static const char *const names[] = {"tmpfs", "ramfs", "overlay", "ext2",  "ext3",    "ext4",
                                        "xfs",   "btrfs", "zfs",     "erofs", "squashfs"};
    return is_one_of(type, names, PL_COUNT(names));
}

static bool is_below(pl_str path, pl_str folder)
{
    return pl_str_eq(folder, PL_S("/")) || pl_str_eq(path, folder) ||
           (pl_str_starts(path, folder) && path.p[folder.n] == '/');
}

/* Every mount on the way, and every one that could lie deeper. */
static bool is_safe(const pl_live_mount *mounts, size_t n, pl_str path)
{
    for (size_t i = 0; i < n; i++)
        if ((is_below(path, mounts[i].point) || is_below(mounts[i].point, path)) &&
            !is_local(mounts[i].type))
            return false;
    return true;
}

/* ---- one file ---- */

static pl_record *add(struct secrets *s, pl_str path, pl_str type)
{
    pl_record *r =
        s->n < PL_ENGINE_SECRET_FILES ? pl_record_new(s->l->c->arena, &pl_kind_secret_file) : NULL;

    if (!r) {
        s->is_full = true;
        return NULL;
    }
    pl_set_str(r, PL_F_SECRET_FILE_PATH, path);
    pl_set_str(r, PL_F_SECRET_FILE_FILESYSTEM, type);
    pl_set_bool(r, PL_F_SECRET_FILE_IN_MEMORY, is_memory(type));
    s->items[s->n++] = r;
    return r;
}

static void set_private(const struct secrets *s, const struct stat *st, pl_record *r)
{
    const pl_value *uids = pl_get(s->k->rec, PL_F_CONTAINER_PROC_UIDS);
    bool is_owned = s->has_ids && (st->st_uid == s->uid || st->st_uid == 0);
    bool is_closed = (st->st_mode & 077) == 0 || (st->st_gid == s->gid && (st->st_mode & 037) == 0);
    bool is_alone = uids->state == PL_PRESENT && uids->n == 1 && (st->st_mode & 022) == 0;

    if (s->has_ids && (uids->state == PL_PRESENT || (is_owned && is_closed)))
        pl_set_bool(r, PL_F_SECRET_FILE_IS_PRIVATE, (is_owned && is_closed) || is_alone);
}

static void add_file(struct secrets *s, pl_str path, pl_str type, const struct stat *st)
{
    pl_record *r = add(s, path, type);
    char mode[8];

    (void)snprintf(mode, sizeof(mode), "%04o", (unsigned)st->st_mode & 07777);
    pl_set_str(r, PL_F_SECRET_FILE_MODE_TEXT, pl_arena_str(s->l->c->arena, pl_str_c(mode)));
    if (r)
        set_private(s, st, r);
}

/* ---- a mount ---- */

static pl_str joined(struct secrets *s, pl_str folder, pl_str name)
{
    PL_AUTO_BUF pl_buf b = {0};

    pl_buf_fmt(&b, "%.*s/%.*s", PL_F(folder), PL_F(name));
    return pl_arena_str(s->l->c->arena, pl_buf_view(&b));
}

/* One that has a row of its own. */
static bool is_mount(const struct secrets *s, pl_str path)
{
    for (size_t i = 0; i < s->n_mounts; i++)
        if (pl_str_eq(s->mounts[i].point, path))
            return true;
    return false;
}

/* False: something of it could not be seen. */
static bool add_tree(struct secrets *s, pl_str path, pl_str type, int depth)
{
    struct stat st;
    pl_names names;
    bool is_whole = true;

    if (depth && is_mount(s, path))
        return true;
    if (!path.n || pl_root_lstat(&s->root, path, &st, NULL) != PL_OK)
        return false;
    if (S_ISREG(st.st_mode))
        add_file(s, path, type, &st);
    if (!S_ISDIR(st.st_mode))
        return true;
    if (depth == PL_ENGINE_SECRET_DEPTH ||
        pl_root_list(&s->root, path, PL_ENGINE_SECRET_FILES, s->l->c->arena, &names, NULL) != PL_OK)
        return false;
    for (size_t i = 0; i < names.n; i++)
        is_whole &= add_tree(s, joined(s, path, names.items[i]), type, depth + 1);
    return is_whole;
}

static void add_mount(struct secrets *s, const pl_live_mount *m)
{
    if (s->root.fd < 0 || !is_safe(s->mounts, s->n_mounts, m->point) ||
        !add_tree(s, m->point, m->type, 0))
        (void)add(s, m->point, m->type);
}

static bool holds_secrets(pl_str point)
{
    return is_below(point, PL_S("/run/secrets")) || is_below(point, PL_S("/var/run/secrets"));
}

static void open_root(struct secrets *s)
{
    char path[64];
    pl_proc_status status;

    (void)snprintf(path, sizeof(path), "proc/%lld/root", (long long)s->k->pid);
    s->root = s->l->running->root;
    s->root.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS;
    s->root.fd = openat(s->l->running->root.fd, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (pl_proc_status_read(&s->l->proc, s->k->pid, &status, NULL) != PL_OK)
        return;
    s->has_ids = true;
    s->uid = status.euid;
    s->gid = status.egid;
}

void pl_live_secrets(pl_live *l, pl_live_container *k, const pl_live_mount *mounts, size_t n)
{
    struct secrets s = {.l = l, .k = k, .mounts = mounts, .n_mounts = n};

    s.items = pl_arena_calloc(l->c->arena, PL_ENGINE_SECRET_FILES, sizeof(pl_record *));
    if (!s.items)
        return;
    open_root(&s);
    for (size_t i = 0; i < n; i++) {
        bool is_covered = false;
        for (size_t later = i + 1; later < n; later++)
            is_covered |= pl_str_eq(mounts[later].point, mounts[i].point);
        if (!is_covered && holds_secrets(mounts[i].point))
            add_mount(&s, &mounts[i]);
    }
    if (s.root.fd >= 0)
        (void)close(s.root.fd);
    if (s.is_full)
        pl_set_unreadable(k->rec, PL_F_CONTAINER_SECRET_FILES, "limit:secret-files");
    else
        pl_set_recs(k->rec, PL_F_CONTAINER_SECRET_FILES, s.items, s.n);
}
