/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/lxc.h"

#include "engine/collect.h"
#include "engine/limits.h"
#include "engine/proc.h"

#include <string.h>

/* The name that a cgroup begins with; empty: it is no container's of LXC. */
static pl_str name_of_path(pl_str path)
{
    static const char *const fronts[] = {"/lxc.payload.", "/lxc.payload/", "/lxc/"};

    for (size_t i = 0; i < PL_COUNT(fronts); i++) {
        pl_str front = pl_str_c(fronts[i]), name;
        if (!pl_str_starts(path, front))
            continue;
        path = pl_str_sub(path, front.n, path.n);
        (void)pl_str_cut(&path, '/', &name);
        return name;
    }
    return (pl_str){"", 0};
}

/* Lines are HIERARCHY:CONTROLLERS:PATH (cgroups(7)). */
static pl_str name_of(pl_arena *a, pl_str cgroups)
{
    pl_str line, number, controllers;

    while (pl_str_cut(&cgroups, '\n', &line)) {
        (void)pl_str_cut(&line, ':', &number);
        (void)pl_str_cut(&line, ':', &controllers);
        pl_str name = name_of_path(line);
        if (name.n)
            return pl_arena_str(a, name);
    }
    return (pl_str){"", 0};
}

/* How many namespaces of pids a first process of one is in, by "NSpid:" of its status; 0: it is
 * first in none. */
static size_t depth_of_first(pl_str status)
{
    pl_str line, word, last = {"", 0};
    size_t n = 0;

    while (pl_str_cut(&status, '\n', &line)) {
        if (!pl_str_starts(line, PL_S("NSpid:")))
            continue;
        line = pl_str_sub(line, strlen("NSpid:"), line.n);
        while (pl_str_cut(&line, '\t', &word))
            if (pl_str_trim(word).n) {
                last = pl_str_trim(word);
                n++;
            }
    }
    return pl_str_eq(last, PL_S("1")) ? n : 0;
}

struct search {
    pl_proc_root proc;
    pl_bundles *found;
};

static pl_bundle *bundle_of(struct search *s, pl_str name, pl_err *err)
{
    pl_bundles *b = s->found;

    for (size_t i = 0; i < b->n; i++)
        if (pl_str_eq(b->v[i].id, name) && strcmp(b->v[i].runtime, "lxc") == 0)
            return &b->v[i];
    pl_bundle *grown = b->n < PL_ENGINE_CONTAINERS_MAX
                           ? pl_collection_grow(s->proc.arena, b->v, b->n, &b->room, sizeof(*grown))
                           : NULL;
    if (!grown) {
        (void)pl_fail(err, PL_LIMIT, "containers of LXC do not fit their budget");
        return NULL;
    }
    b->v = grown;
    b->v[b->n] = (pl_bundle){.id = name, .runtime = "lxc"};
    return &b->v[b->n++];
}

/* One that is first in fewer namespaces than another is the container's own, not one of a container
 * inside; of several that are first in none the oldest. */
static void take(struct search *s, pl_bundle *b, int64_t pid)
{
    PL_AUTO_BUF pl_buf status = {0}, stat = {0};
    uint64_t ticks = 0;

    if (pl_proc_read(&s->proc, pid, "status", &status, NULL) != PL_OK ||
        pl_proc_read(&s->proc, pid, "stat", &stat, NULL) != PL_OK ||
        !pl_proc_start_ticks(pl_buf_view(&stat), &ticks))
        return;
    size_t depth = depth_of_first(pl_buf_view(&status));
    depth = depth ? depth : SIZE_MAX;
    bool is_better =
        !b->pid || depth < b->lxc_depth || (depth == b->lxc_depth && ticks < b->start_ticks);
    if (!is_better)
        return;
    b->pid = pid;
    b->start_ticks = ticks;
    b->lxc_depth = depth;
}

pl_rc pl_lxc_find(const pl_root *root, pl_arena *a, pl_bundles *b, pl_err *err)
{
    struct search s = {.proc = {.root = root, .arena = a}, .found = b};
    int64_t *pids;
    size_t n;

    /* Without /proc nothing runs that could be seen. */
    if (pl_proc_pids(&s.proc, &pids, &n, NULL) != PL_OK)
        return PL_OK;
    for (size_t i = 0; i < n; i++) {
        PL_AUTO_BUF pl_buf cgroups = {0};
        if (pl_proc_read(&s.proc, pids[i], "cgroup", &cgroups, NULL) != PL_OK)
            continue;
        pl_str name = name_of(a, pl_buf_view(&cgroups));
        pl_bundle *one = name.n ? bundle_of(&s, name, err) : NULL;
        if (name.n && !one)
            return PL_LIMIT;
        if (one)
            take(&s, one, pids[i]);
    }
    return PL_OK;
}
