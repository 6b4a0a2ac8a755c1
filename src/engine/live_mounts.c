/* SPDX-License-Identifier: Apache-2.0 */
/* /proc/PID/mountinfo of a container's main process (proc(5)). */
#include "engine/live_secrets.h"

#include "engine/limits.h"

#include <string.h>

/* "36 35 98:0 /root /point options optional... - type source super" */
static bool read_line(pl_arena *a, pl_str line, pl_live_mount *ret)
{
    pl_str part, point = {"", 0};

    for (int i = 0; i < 6; i++) {
        if (!pl_str_cut(&line, ' ', &part))
            return false;
        if (i == 4)
            point = part;
    }
    ret->options = pl_arena_str(a, part);
    while (pl_str_cut(&line, ' ', &part) && !pl_str_eq(part, PL_S("-"))) {
    }
    (void)pl_str_cut(&line, ' ', &part);
    ret->type = pl_arena_str(a, part);
    ret->point = pl_proc_unescape(a, point);
    return ret->options.p && ret->type.p && ret->point.n;
}

struct table {
    pl_live_mount *items;
    size_t n;
};

static bool read_table(pl_live *l, int64_t pid, struct table *t)
{
    PL_AUTO_BUF pl_buf b = {0};
    pl_str line;
    size_t room = 1;

    if (pl_proc_read(&l->proc, pid, "mountinfo", &b, NULL) != PL_OK)
        return false;
    for (size_t i = 0; i < b.n; i++)
        room += b.p[i] == '\n';
    t->items = pl_arena_calloc(l->c->arena, room, sizeof(*t->items));
    pl_str rest = pl_buf_view(&b);
    while (t->items && t->n < room && pl_str_cut(&rest, '\n', &line))
        if (read_line(l->c->arena, line, &t->items[t->n]))
            t->n++;
    return t->n > 0;
}

/* Of several mounts at one point the last covers the others. */
static const pl_live_mount *mount_at(const struct table *t, pl_str point)
{
    for (size_t i = t->n; i > 0; i--)
        if (pl_str_eq(t->items[i - 1].point, point))
            return &t->items[i - 1];
    return NULL;
}

static bool has_option(pl_str options, pl_str want)
{
    pl_str one;
    while (pl_str_cut(&options, ',', &one))
        if (pl_str_eq(one, want))
            return true;
    return false;
}

/* ---- temporary file systems ---- */

static void set_tmpfs(pl_record *r, const pl_live_mount *m)
{
    pl_set_str(r, PL_F_TMPFS_PATH, m->point);
    pl_set_str(r, PL_F_TMPFS_OPTIONS, m->options);
    pl_set_bool(r, PL_F_TMPFS_NOEXEC, has_option(m->options, PL_S("noexec")));
    pl_set_bool(r, PL_F_TMPFS_NOSUID, has_option(m->options, PL_S("nosuid")));
    pl_set_bool(r, PL_F_TMPFS_NODEV, has_option(m->options, PL_S("nodev")));
}

/* A declared path may end in a slash, the mount point does not. */
static pl_str without_slash(pl_str path)
{
    while (path.n > 1 && path.p[path.n - 1] == '/')
        path.n--;
    return path;
}

/* The declared ones as they are mounted, and /dev/shm. One that is not mounted has been covered
 * or taken away: it is gone from the list. */
static void read_tmpfs(pl_live *l, pl_record *r, const struct table *t)
{
    const pl_value *declared = pl_get(r, PL_F_CONTAINER_TMPFS);
    size_t n = 0, n_declared = declared->state == PL_PRESENT ? declared->n : 0;
    pl_record **items = pl_arena_calloc(l->c->arena, n_declared + 1, sizeof(pl_record *));

    if (!items || declared->state == PL_UNREADABLE)
        return;
    for (size_t i = 0; i <= n_declared; i++) {
        pl_str path = i < n_declared ? pl_record_text(declared->u.recs[i], PL_F_TMPFS_PATH)
                                     : PL_S("/dev/shm");
        const pl_live_mount *m = mount_at(t, without_slash(path));
        if (!m || !pl_str_eq(m->type, PL_S("tmpfs")))
            continue;
        items[n] = pl_record_new(l->c->arena, &pl_kind_tmpfs);
        if (!items[n])
            return;
        set_tmpfs(items[n++], m);
    }
    pl_set_recs(r, PL_F_CONTAINER_TMPFS, items, n);
}

/* ---- kernel paths ---- */

/* Covered by a mount of their own, or, for the read-only ones, by one that is read-only. A path
 * that this kernel does not have needs no cover. */
static void read_kernel_paths(pl_live *l, pl_record *r, const struct table *t)
{
    static const struct {
        const char *path;
        bool read_only;
    } paths[] = {
        {"/proc/kcore", false},   {"/proc/keys", false}, {"/proc/timer_list", false},
        {"/sys/firmware", false}, {"/proc/bus", true},   {"/proc/fs", true},
        {"/proc/irq", true},      {"/proc/sys", true},   {"/proc/sysrq-trigger", true},
    };
    pl_str *open = pl_arena_calloc(l->c->arena, PL_COUNT(paths), sizeof(*open));
    size_t n = 0;
    struct stat st;

    for (size_t i = 0; open && i < PL_COUNT(paths); i++) {
        const pl_live_mount *m = mount_at(t, pl_str_c(paths[i].path));
        bool covered = m && (!paths[i].read_only || has_option(m->options, PL_S("ro")));
        if (!covered &&
            pl_root_lstat(&l->running->root, pl_str_c(paths[i].path), &st, NULL) != PL_NOTFOUND)
            open[n++] = pl_str_c(paths[i].path);
    }
    if (open)
        pl_set_strs(r, PL_F_CONTAINER_PROC_OPEN_KERNEL_PATHS, open, n);
}

void pl_live_mounts(pl_live *l, pl_live_container *k)
{
    struct table t = {0};

    if (!read_table(l, k->pid, &t)) {
        pl_set_unreadable(k->rec, PL_F_CONTAINER_TMPFS, "unreadable");
        return;
    }
    read_tmpfs(l, k->rec, &t);
    read_kernel_paths(l, k->rec, &t);
    pl_live_secrets(l, k, t.items, t.n);
}
