/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel shows of the containers of bundles. */
#include "engine/bundles.h"

#include "engine/join.h"
#include "engine/limits.h"

#include <string.h>

/* ---- the host ---- */

/* The words of a file with one line; empty: it is not there. */
static pl_str word_of(const pl_live *l, pl_str path)
{
    PL_AUTO_BUF pl_buf b = {0};

    if (pl_root_read(&l->running->root, path, 4096, &b, NULL, NULL) != PL_OK)
        return (pl_str){"", 0};
    pl_str text = pl_arena_str(l->c->arena, pl_str_trim(pl_buf_view(&b)));
    return text.p ? text : (pl_str){"", 0};
}

static int64_t memory_of(const pl_live *l)
{
    PL_AUTO_BUF pl_buf b = {0};
    pl_str line;
    int64_t kib;

    if (pl_root_read(&l->running->root, PL_S("/proc/meminfo"), PL_ENGINE_PROC_FILE_MAX, &b, NULL,
                     NULL) != PL_OK)
        return 0;
    pl_str rest = pl_buf_view(&b);
    while (pl_str_cut(&rest, '\n', &line)) {
        if (!pl_str_starts(line, PL_S("MemTotal:")))
            continue;
        pl_str number = pl_str_trim(pl_str_sub(line, 9, line.n)), first;
        (void)pl_str_cut(&number, ' ', &first);
        return pl_str_i64(first, &kib) && kib > 0 && kib < INT64_MAX / 1024 ? kib * 1024 : 0;
    }
    return 0;
}

/* What an engine would have said of the host. */
static void describe_host(pl_collection *c, const pl_running *running)
{
    const pl_live at = {.c = c, .running = (pl_running *)running}, *l = &at;
    pl_record *e = c->engine;
    int64_t memory = memory_of(l), enforce;
    struct stat st;

    if (memory)
        pl_set_int(e, PL_F_ENGINE_MEMORY, memory);
    pl_set_bool(e, PL_F_ENGINE_APPARMOR,
                pl_str_eq(word_of(l, PL_S("/sys/module/apparmor/parameters/enabled")), PL_S("Y")));
    if (pl_str_i64(word_of(l, PL_S("/sys/fs/selinux/enforce")), &enforce))
        pl_set_int(e, PL_F_ENGINE_SELINUX_ENFORCE, enforce);
    else if (pl_root_lstat(&l->running->root, PL_S("/sys/fs/selinux/enforce"), &st, NULL) ==
             PL_NOTFOUND)
        pl_set_absent(e, PL_F_ENGINE_SELINUX_ENFORCE);
}

/* ---- one container ---- */

/* A process that has ended and that nobody asked after yet: state Z or X, behind the name. */
static bool has_ended(pl_str stat)
{
    size_t at = stat.n;

    while (at && stat.p[at - 1] != ')')
        at--;
    return at && at + 1 < stat.n && (stat.p[at + 1] == 'Z' || stat.p[at + 1] == 'X');
}

/* When it began; 0: there is no such process (any more). */
static uint64_t ticks_of(pl_live *l, int64_t pid)
{
    PL_AUTO_BUF pl_buf b = {0};
    uint64_t ticks = 0;

    if (pl_proc_read(&l->proc, pid, "stat", &b, NULL) != PL_OK || has_ended(pl_buf_view(&b)))
        return 0;
    return pl_proc_start_ticks(pl_buf_view(&b), &ticks) ? ticks : 0;
}

/* Of its file, where the runtime's note did not tell it. False: there may be one that we cannot
 * read. */
static bool find_pid(pl_live *l, pl_bundle *b)
{
    struct stat st;

    if (b->pid || !b->pid_file.n)
        return true;
    if (pl_str_i64(word_of(l, b->pid_file), &b->pid) && b->pid > 0)
        return true;
    b->pid = 0;
    /* containerd keeps a bundle while there is a task: without the file it is another runtime's. */
    return pl_root_lstat(&l->running->root, b->pid_file, &st, NULL) == PL_NOTFOUND &&
           !pl_str_eq(pl_str_c(b->runtime), PL_S("containerd"));
}

/*
 * A runtime writes the configuration before it starts the process. What was written later is not
 * what the process was started with: of that the kernel alone tells.
 */
static void forget_if_changed(const pl_live *l, const pl_bundle *b, int64_t started_us,
                              pl_record *r)
{
    enum { SLACK_S = 10 };
    static const int kept[] = {PL_F_CONTAINER_NAME, PL_F_CONTAINER_SERVICE,
                               PL_F_CONTAINER_ORCHESTRATOR, PL_F_CONTAINER_NAMESPACE,
                               PL_F_CONTAINER_POD};
    struct stat st;

    if (pl_root_lstat(&l->running->root, b->config, &st, NULL) != PL_OK ||
        st.st_mtim.tv_sec <= started_us / 1000000 + SLACK_S)
        return;
    for (size_t i = 0; i < r->kind->n; i++) {
        bool is_kept =
            pl_get(r, (int)i)->state != PL_PRESENT && pl_get(r, (int)i)->state != PL_ABSENT;
        for (size_t k = 0; k < PL_COUNT(kept); k++)
            is_kept |= (int)i == kept[k];
        if (!is_kept)
            pl_set_unreadable(r, (int)i, "not-observed");
    }
}

static void set_identity(pl_live *l, const pl_bundle *b, pl_record *r)
{
    pl_set_str(r, PL_F_CONTAINER_FULL_ID, b->id);
    pl_set_str(r, PL_F_CONTAINER_ID, pl_str_sub(b->id, 0, 12));
    pl_set_str(r, PL_F_CONTAINER_TYPE, pl_str_c(b->runtime));
    pl_set_rec(r, PL_F_CONTAINER_ENGINE, l->c->engine);
}

/* Whose namespace lies behind a path is seen in the process. */
static void settle_modes(pl_record *r)
{
    static const struct {
        int mode, is_host;
        const char *own;
    } rows[] = {
        {PL_F_CONTAINER_NETWORK_MODE, PL_F_CONTAINER_NS_HOST_NET, "private"},
        {PL_F_CONTAINER_PID_MODE, PL_F_CONTAINER_NS_HOST_PID, ""},
        {PL_F_CONTAINER_IPC_MODE, PL_F_CONTAINER_NS_HOST_IPC, "private"},
        {PL_F_CONTAINER_UTS_MODE, PL_F_CONTAINER_NS_HOST_UTS, ""},
        {PL_F_CONTAINER_USERNS_MODE, PL_F_CONTAINER_NS_HOST_USER, "private"},
        {PL_F_CONTAINER_CGROUPNS_MODE, PL_F_CONTAINER_NS_HOST_CGROUP, "private"},
    };

    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        const pl_value *is_host = pl_get(r, rows[i].is_host);
        if (pl_get(r, rows[i].mode)->state != PL_UNREADABLE || is_host->state != PL_PRESENT)
            continue;
        pl_set_str(r, rows[i].mode, pl_str_c(is_host->u.b ? "host" : rows[i].own));
    }
}

/* Engines can keep their data elsewhere: that a path lies outside the usual place says nothing. */
static void join_mounts(pl_live *l, pl_record *r)
{
    static const char *const usual[] = {"/var/lib/docker", "/var/lib/containerd",
                                        "/var/lib/containers", "/var/lib/rancher"};
    const pl_value *list = pl_get(r, PL_F_CONTAINER_MOUNTS);

    for (size_t i = 0; list->state == PL_PRESENT && i < list->n; i++) {
        pl_record *m = list->u.recs[i];
        bool any = false;
        for (size_t k = 0; k < PL_COUNT(usual); k++) {
            pl_set_str(l->c->engine, PL_F_ENGINE_DATA_ROOT, pl_str_c(usual[k]));
            pl_join_mount(l, m);
            any |= pl_record_true(m, PL_F_MOUNT_IN_ENGINE_DATA);
        }
        if (any)
            pl_set_bool(m, PL_F_MOUNT_IN_ENGINE_DATA, true);
        else if (pl_get(m, PL_F_MOUNT_HOST_PATH)->state == PL_PRESENT)
            pl_set_unreadable(m, PL_F_MOUNT_IN_ENGINE_DATA, "not-observed");
    }
    pl_set_unreadable(l->c->engine, PL_F_ENGINE_DATA_ROOT, "not-observed");
}

static void read_one(pl_live *l, pl_bundle *b, pl_record *r, pl_live_container *ret)
{
    int64_t started = 0;

    bool is_known = find_pid(l, b);
    uint64_t ticks = b->pid ? ticks_of(l, b->pid) : 0;
    /* The number may belong to another process by now. */
    bool runs = ticks && (!b->start_ticks || ticks == b->start_ticks);

    *ret = (pl_live_container){.rec = r};
    if (runs && pl_proc_started(&l->proc, b->pid, &started, NULL) == PL_OK)
        forget_if_changed(l, b, started, r);
    set_identity(l, b, r);
    join_mounts(l, r);
    if (!is_known) {
        pl_set_unreadable(r, PL_F_CONTAINER_RUNNING, "unreadable");
        pl_set_unreadable(r, PL_F_CONTAINER_STATE, "unreadable");
        return;
    }
    if (!runs) {
        pl_set_bool(r, PL_F_CONTAINER_RUNNING, false);
        pl_set_str(r, PL_F_CONTAINER_STATE, PL_S("exited"));
        return;
    }
    pl_set_bool(r, PL_F_CONTAINER_RUNNING, true);
    pl_set_str(r, PL_F_CONTAINER_STATE, PL_S("running"));
    pl_set_int(r, PL_F_CONTAINER_PID, b->pid);
    if (started)
        pl_set_int(r, PL_F_CONTAINER_STARTED, started);
    l->knows_pid = b->start_ticks != 0;
    pl_live_container_read(l, r, ret);
    settle_modes(r);
}

/* ---- all of them ---- */

static pl_rc keep_problems(const pl_collection *c, pl_bundles *b, pl_arena *a, pl_err *err)
{
    for (size_t i = 0; i < c->n_problems; i++) {
        struct pl_bundles_gap *grown =
            pl_collection_grow(a, b->gaps, b->n_gaps, &b->room_gaps, sizeof(*grown));
        if (!grown)
            return pl_fail(err, PL_LIMIT, "bundles of this host do not fit their budget");
        b->gaps = grown;
        b->gaps[b->n_gaps++] =
            (struct pl_bundles_gap){.what = c->problems[i], .reason = c->reasons[i]};
    }
    return PL_OK;
}

pl_rc pl_bundles_live(const pl_root *root, pl_bundles *b, pl_record *const *records, pl_arena *a,
                      int64_t now_us, pl_err *err)
{
    const pl_engine_where here = {0};
    pl_collection c = {
        .where = &here, .arena = a, .now_us = now_us, .engine = pl_record_new(a, &pl_kind_engine)};
    pl_running running = {.root = *root, .is_here = true};
    pl_live_container *all = pl_arena_calloc(a, b->n + 1, sizeof(*all));
    pl_live l;
    size_t n = 0;

    if (!c.engine || !all)
        return pl_fail(err, PL_LIMIT, "bundles of this host do not fit their budget");
    describe_host(&c, &running);
    pl_live_start(&l, &c, &running);
    for (size_t i = 0; i < b->n; i++)
        if (records[i])
            read_one(&l, &b->v[i], records[i], &all[n++]);
    pl_join_all(&l, all, n);
    return keep_problems(&c, b, a, err);
}
