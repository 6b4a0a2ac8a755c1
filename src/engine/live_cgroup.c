/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The container's cgroup: cgroups(7), both hierarchies. Whether the pid is the container's own
 * process is decided here, by the id in the path.
 */
#include "engine/live.h"

#include "engine/limits.h"

#include <string.h>

/* Version 2 lies at the top, or at unified/ beside version 1 (hybrid). */
static const char *const process_places[] = {"", "/unified", "/pids", "/memory", "/systemd"};
static const char *const memory_places[] = {"", "/memory"};
static const char *const pids_places[] = {"", "/pids"};

struct walk {
    pl_live *l;
    int64_t *pids;
    size_t n, room;
    bool is_complete;
};

static bool join(char path[PL_ENGINE_PATH_MAX], const char *place, pl_str cgroup, const char *file)
{
    int n = snprintf(path, PL_ENGINE_PATH_MAX, "/sys/fs/cgroup%s%.*s%s", place, PL_F(cgroup), file);
    return n > 0 && n < PL_ENGINE_PATH_MAX;
}

/* ---- processes ---- */

static void add_pid(struct walk *w, int64_t pid)
{
    int64_t *grown = w->n < PL_ENGINE_PROCESSES_MAX
                         ? pl_collection_grow(w->l->c->arena, w->pids, w->n, &w->room, sizeof(pid))
                         : NULL;
    if (!grown) {
        w->is_complete = false;
        return;
    }
    w->pids = grown;
    w->pids[w->n++] = pid;
}

static bool take_pids(struct walk *w, const char *path)
{
    PL_AUTO_BUF pl_buf b = {0};
    pl_str line;
    int64_t pid;

    if (pl_root_read(&w->l->running->root, pl_str_c(path), PL_ENGINE_PROC_FILE_MAX, &b, NULL,
                     NULL) != PL_OK)
        return false;
    pl_str rest = pl_buf_view(&b);
    while (pl_str_cut(&rest, '\n', &line))
        if (pl_str_i64(line, &pid) && pid > 0)
            add_pid(w, pid);
    return true;
}

/* A container with an init system of its own has cgroups below its cgroup. */
static bool walk(struct walk *w, const char *folder, unsigned depth)
{
    char path[PL_ENGINE_PATH_MAX];
    pl_names names;
    struct stat st;

    (void)snprintf(path, sizeof(path), "%.*s/cgroup.procs", PL_ENGINE_PATH_MAX - 16, folder);
    if (!take_pids(w, path))
        return false;
    if (pl_root_list(&w->l->running->root, pl_str_c(folder), PL_ENGINE_ELEMENTS_MAX, w->l->c->arena,
                     &names, NULL) != PL_OK) {
        w->is_complete = false;
        return true;
    }
    for (size_t i = 0; i < names.n; i++) {
        if (memchr(names.items[i].p, '.', names.items[i].n) &&
            !pl_str_ends(names.items[i], PL_S(".scope")) &&
            !pl_str_ends(names.items[i], PL_S(".slice")) &&
            !pl_str_ends(names.items[i], PL_S(".service")))
            continue; /* a file of the hierarchy: controller.name */
        int n = snprintf(path, sizeof(path), "%s/%.*s", folder, PL_F(names.items[i]));
        if (n < 0 || (size_t)n >= sizeof(path) ||
            pl_root_lstat(&w->l->running->root, pl_str_c(path), &st, NULL) != PL_OK ||
            !S_ISDIR(st.st_mode))
            continue;
        if (depth == PL_ENGINE_CGROUP_DEPTH || !walk(w, path, depth + 1))
            w->is_complete = false;
    }
    return true;
}

static void find_processes(pl_live *l, pl_live_container *k, pl_str cgroup)
{
    struct walk w = {.l = l, .is_complete = true};
    char folder[PL_ENGINE_PATH_MAX];

    for (size_t i = 0; i < PL_COUNT(process_places) && !w.n; i++) {
        w.is_complete = true;
        if (join(folder, process_places[i], cgroup, ""))
            (void)walk(&w, folder, 0);
    }
    k->pids = w.pids;
    k->n_pids = w.n;
    k->is_complete = w.is_complete && w.n > 0;
}

/* ---- limits ---- */

static bool read_limit(pl_live *l, const char *path, int64_t *ret)
{
    PL_AUTO_BUF pl_buf b = {0};
    uint64_t n;

    if (pl_root_read(&l->running->root, pl_str_c(path), 4096, &b, NULL, NULL) != PL_OK)
        return false;
    pl_str s = pl_str_trim(pl_buf_view(&b));
    *ret = pl_str_u64(s, &n) && n <= INT64_MAX ? (int64_t)n : INT64_MAX; /* "max" */
    return true;
}

/* The least of a cgroup's and its ancestors' limits; false: none of the files is there. */
static bool least_limit(pl_live *l, pl_str cgroup, const char *const *places, size_t n_places,
                        const char *const *files, int64_t *ret)
{
    bool found = false;

    *ret = INT64_MAX;
    for (size_t i = 0; i < n_places && !found; i++) {
        for (pl_str at = cgroup; at.n > 1;) {
            char path[PL_ENGINE_PATH_MAX];
            int64_t limit;
            if (join(path, places[i], at, files[i]) && read_limit(l, path, &limit)) {
                found = true;
                *ret = limit < *ret ? limit : *ret;
            }
            while (at.n && at.p[at.n - 1] != '/')
                at.n--;
            at.n -= at.n > 0;
        }
    }
    return found;
}

static void set_limit(pl_record *r, int field, int64_t limit, int64_t none_from)
{
    if (limit >= none_from)
        pl_set_absent(r, field);
    else
        pl_set_int(r, field, limit);
}

static void read_limits(pl_live *l, pl_record *r, pl_str cgroup)
{
    static const char *const memory_files[] = {"/memory.max", "/memory.limit_in_bytes"};
    static const char *const pids_files[] = {"/pids.max", "/pids.max"};
    int64_t limit;

    if (least_limit(l, cgroup, memory_places, PL_COUNT(memory_places), memory_files, &limit) &&
        l->memory)
        set_limit(r, PL_F_CONTAINER_CGROUP_MEMORY_MAX, limit, l->memory);
    if (least_limit(l, cgroup, pids_places, PL_COUNT(pids_places), pids_files, &limit))
        set_limit(r, PL_F_CONTAINER_CGROUP_PIDS_MAX, limit, INT64_MAX);
}

/* ---- the path ---- */

/* Lines "N:controllers:path"; the longest path is the container's own. id: that it names; empty:
 * it need not. */
static pl_str cgroup_path(pl_live *l, int64_t pid, pl_str id)
{
    PL_AUTO_BUF pl_buf b = {0};
    pl_str line, best = {"", 0};

    if (pl_proc_read(&l->proc, pid, "cgroup", &b, NULL) != PL_OK)
        return best;
    pl_str rest = pl_buf_view(&b);
    while (pl_str_cut(&rest, '\n', &line)) {
        pl_str part;
        (void)pl_str_cut(&line, ':', &part);
        (void)pl_str_cut(&line, ':', &part);
        if (line.n > best.n && pl_str_has(line, id))
            best = line;
    }
    return best.n > 1 ? pl_arena_str(l->c->arena, best) : (pl_str){"", 0};
}

/* Up to and with the part that names the id: what the container's own init made lies below. */
static pl_str own_part(pl_str path, pl_str id)
{
    const char *at = memmem(path.p, path.n, id.p, id.n);
    size_t n = at ? (size_t)(at - path.p) : path.n;

    while (n < path.n && path.p[n] != '/')
        n++;
    return pl_str_sub(path, 0, n);
}

static bool has_part(pl_str path, pl_str part)
{
    pl_str one;
    while (pl_str_cut(&path, '/', &one))
        if (pl_str_eq(one, part))
            return true;
    return false;
}

/* A parent is a path (cgroupfs) or the name of a slice (systemd), which is nested in others. */
static void set_as_declared(pl_live *l, pl_record *r, pl_str path)
{
    pl_str parent = pl_record_text(r, PL_F_CONTAINER_CGROUP_PARENT);

    if (!parent.n)
        parent = pl_record_text(l->c->engine, PL_F_ENGINE_CGROUP_PARENT);
    while (parent.n && parent.p[0] == '/')
        parent = pl_str_sub(parent, 1, parent.n);
    pl_str below = pl_str_sub(path, 1, path.n);
    bool starts = pl_str_starts(below, parent) &&
                  (below.n > parent.n && (!parent.n || below.p[parent.n] == '/'));
    pl_set_bool(r, PL_F_CONTAINER_CGROUP_AS_DECLARED, starts || has_part(path, parent));
}

void pl_live_cgroup(pl_live *l, pl_live_container *k)
{
    pl_str id = pl_record_text(k->rec, PL_F_CONTAINER_FULL_ID);
    pl_str path = id.n == 64 ? cgroup_path(l, k->pid, id) : (pl_str){"", 0};

    if (!path.n && l->knows_pid)
        path = cgroup_path(l, k->pid, (pl_str){"", 0});

    if (!path.n) {
        pl_err why = {0};
        pl_fail(&why, PL_FORMAT, "process %lld is not in a cgroup of this container",
                (long long)k->pid);
        pl_collection_problem(l->c, "container", pl_record_text(k->rec, PL_F_CONTAINER_NAME), &why);
        k->pid = 0;
        return;
    }
    path = own_part(path, id);
    pl_set_str(k->rec, PL_F_CONTAINER_CGROUP_PATH, path);
    set_as_declared(l, k->rec, path);
    read_limits(l, k->rec, path);
    find_processes(l, k, path);
}
