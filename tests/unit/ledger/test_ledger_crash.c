/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Death at every system call, and loss of power, in which what was not synced may be gone.
 *
 * This file defines the calls that the writer changes the disk with, so they pass through here
 * before the kernel. A child process runs the writer and dies at the k-th of them; its parent
 * then takes away a random part of what no sync had covered, and opens the log.
 */
#include "helper.h"

#include "ledger/io.h"
#include "ledger/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MAX_OPS = 4096, PATH_ROOM = 160, SAVED = 24 << 20, JOURNALS = 64 };

/* A name that was changed: what stood there before, and whether a sync has covered it. */
typedef struct change {
    char from[PATH_ROOM]; /* of a rename out of the stage, "" else */
    char to[PATH_ROOM];
    bool had_old;
    size_t old_at, old_n; /* in saved */
    bool name_durable;
    bool data_durable;
} change;

typedef struct disk {
    bool on;
    uint64_t calls;
    uint64_t die_at;  /* 0: never */
    uint64_t fail_at; /* call that fails instead */
    int fail_errno;
    bool fail_syncs;   /* fail_at counts syncs only */
    bool short_writes; /* every write takes only half */
    bool tmp_synced;   /* .state/tmp/new, since it was last written */
    uint64_t acked;
    size_t n_changes, n_saved;
    uint64_t journal_durable[JOURNALS];
    bool journal_known[JOURNALS];
    change changes[MAX_OPS];
    char saved[SAVED];
} disk;

static disk *sim;
static char sim_root[96];

static void step(void)
{
    if (sim && sim->on && ++sim->calls == sim->die_at)
        _exit(7);
}

static bool must_fail(bool is_sync)
{
    if (!sim || !sim->on || !sim->fail_at || (sim->fail_syncs && !is_sync))
        return false;
    if (--sim->fail_at)
        return false;
    errno = sim->fail_errno;
    return true;
}

/* Path of a descriptor below the log, "" for others. */
static void path_of(int fd, const char *name, char ret[PATH_ROOM])
{
    char link[64], full[512];
    size_t root = strlen(sim_root);

    (void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, full, sizeof(full) - 1);
    full[n > 0 ? n : 0] = '\0';
    ret[0] = '\0';
    if (strncmp(full, sim_root, root) != 0)
        return;
    const char *below = full + root + (full[root] == '/');
    (void)snprintf(ret, PATH_ROOM, "%s%s%s", below, *below && *name ? "/" : "", name);
}

static void save_old(int dir, const char *path, change *c)
{
    int fd = (int)syscall(SYS_openat, dir, path, O_RDONLY | O_NOFOLLOW, 0);
    if (fd < 0)
        return;
    c->had_old = true;
    c->old_at = sim->n_saved;
    c->old_n = (size_t)syscall(SYS_lseek, fd, 0, SEEK_END);
    if (sim->n_saved + c->old_n > SAVED)
        abort();
    (void)!pread(fd, sim->saved + sim->n_saved, c->old_n, 0);
    sim->n_saved += c->old_n;
    (void)close(fd);
}

static change *new_change(int dir, const char *name)
{
    if (sim->n_changes == MAX_OPS)
        abort();
    change *c = &sim->changes[sim->n_changes];
    memset(c, 0, sizeof(*c));
    path_of(dir, name, c->to);
    return c;
}

int renameat(int from_dir, const char *from, int to_dir, const char *to)
{
    step();
    if (must_fail(false))
        return -1;
    if (!sim || !sim->on)
        return (int)syscall(SYS_renameat, from_dir, from, to_dir, to);
    change *c = new_change(to_dir, to);
    size_t saved = sim->n_saved;
    save_old(to_dir, to, c);
    if (strncmp(from, ".state/stage/", 13) == 0 && strcmp(from, ".state/stage/new") != 0) {
        (void)snprintf(c->from, sizeof(c->from), "%s", from);
        c->data_durable = true;
    }
    if (strcmp(from, ".state/tmp/new") == 0)
        c->data_durable = sim->tmp_synced;
    int rc = (int)syscall(SYS_renameat, from_dir, from, to_dir, to);
    if (rc == 0)
        sim->n_changes++;
    else
        sim->n_saved = saved;
    return rc;
}

int unlinkat(int dir, const char *name, int flags)
{
    step();
    if (sim && sim->on && !(flags & AT_REMOVEDIR)) {
        change *c = new_change(dir, name);
        save_old(dir, name, c);
        c->data_durable = true;
        sim->n_changes += c->had_old && c->to[0];
    }
    return (int)syscall(SYS_unlinkat, dir, name, flags);
}

static void note_sync(int fd)
{
    struct stat st;
    char path[PATH_ROOM];
    unsigned long long generation;

    if (!sim || !sim->on || fstat(fd, &st) < 0)
        return;
    path_of(fd, "", path);
    if (strcmp(path, ".state/tmp/new") == 0)
        sim->tmp_synced = true;
    for (size_t i = 0; i < sim->n_changes; i++) {
        change *c = &sim->changes[i];
        size_t n = strlen(path);
        const char *last = strrchr(c->to, '/');
        size_t parent = last ? (size_t)(last - c->to) : 0;
        if (S_ISDIR(st.st_mode) && parent == n && strncmp(c->to, path, n) == 0)
            c->name_durable = true;
        else if (!S_ISDIR(st.st_mode) && strcmp(c->to, path) == 0)
            c->data_durable = true;
    }
    const char *digits = strstr(path, "journal-");
    pl_str hex = digits ? pl_str_c(digits + 8) : PL_S("");
    uint64_t g;
    (void)generation;
    if (pl_str_u64_base(hex, 16, &g) && g < JOURNALS) {
        sim->journal_known[g] = true;
        sim->journal_durable[g] = (uint64_t)st.st_size;
    }
}

/* Syncs come from several threads, all other calls from the writer's own while those are not. */
static int sync_by(long call, int fd)
{
    static pthread_mutex_t one = PTHREAD_MUTEX_INITIALIZER;
    int rc = -1;

    (void)pthread_mutex_lock(&one);
    step();
    if (!must_fail(true)) {
        rc = (int)syscall(call, fd);
        note_sync(fd);
    }
    (void)pthread_mutex_unlock(&one);
    return rc;
}

int fsync(int fd)
{
    return sync_by(SYS_fsync, fd);
}

int fdatasync(int fd)
{
    return sync_by(SYS_fdatasync, fd);
}

ssize_t write(int fd, const void *p, size_t n)
{
    step();
    if (must_fail(false)) {
        /* A full disk takes what still fits. */
        (void)!syscall(SYS_write, fd, p, n / 2);
        errno = sim->fail_errno;
        return -1;
    }
    if (sim && sim->on) {
        char path[PATH_ROOM];
        path_of(fd, "", path);
        if (strcmp(path, ".state/tmp/new") == 0)
            sim->tmp_synced = false;
        if (sim->short_writes && n > 1)
            n = n / 2;
    }
    return syscall(SYS_write, fd, p, n);
}

/* ---- the scenario ---- */

static uint64_t next_random(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return *seed >> 33;
}

/* A file that a record names, as blobs are: staged, then moved. */
static pl_rc stage_file(const th_dir *d, pl_writer *w, uint64_t i, pl_err *err)
{
    char name[80], from[120], to[160];
    unsigned char digest[PL_SHA256];
    char hex[PL_SHA256_HEX];

    (void)snprintf(name, sizeof(name), "content %llu", (unsigned long long)i);
    pl_sha256_of(pl_str_c(name), digest);
    pl_hex(digest, sizeof(digest), hex);
    (void)snprintf(from, sizeof(from), ".state/stage/%s", hex);
    (void)snprintf(to, sizeof(to), "blobs/%.2s/%s", hex, hex);
    int fd = openat(d->dir, from, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return pl_fail_sys(err, errno, "stage");
    pl_rc rc = pl_io_write(fd, pl_str_c(name), "stage", err);
    if (rc) {
        (void)close(fd);
        return rc;
    }
    return pl_writer_stage(w, fd, hex, to, err);
}

static void leaf_with_blob(const th_dir *d, uint64_t i, pl_buf *out)
{
    char name[80];
    unsigned char digest[PL_SHA256];
    char hex[PL_SHA256_HEX];
    PL_AUTO_BUF pl_buf plain = {0};

    th_leaf(d, i, out);
    if (i == 0 || i % 50)
        return;
    (void)snprintf(name, sizeof(name), "content %llu", (unsigned long long)i);
    pl_sha256_of(pl_str_c(name), digest);
    pl_hex(digest, sizeof(digest), hex);
    pl_buf_str(&plain, pl_buf_view(out));
    pl_buf_reset(out);
    pl_buf_fmt(
        out,
        "{\"blobs\":[{\"enc\":\"none\",\"key\":\"k\",\"md\":\"a/b\",\"n\":%zu,\"role\":\"r\","
        "\"sha256\":\"%s\",\"src\":\"s\"}],",
        strlen(name), hex);
    pl_buf_add(out, plain.p + 1, plain.n - 1);
}

static pl_rc add_some(const th_dir *d, pl_writer *w, uint64_t n, pl_err *err)
{
    PL_AUTO_BUF pl_buf leaf = {0};
    pl_rc rc = PL_OK;

    for (; !rc && n; n--) {
        uint64_t i = pl_writer_size(w);
        leaf_with_blob(d, i, &leaf);
        if (i && i % 50 == 0)
            rc = stage_file(d, w, i, err);
        if (!rc)
            rc = pl_writer_add(w, pl_buf_view(&leaf), NULL, err);
    }
    return rc;
}

static pl_rc scenario(const th_dir *d, uint64_t seed, pl_err *err)
{
    PL_AUTO_WRITER pl_writer *w = NULL;
    pl_recovered found;

    pl_rc rc = th_open_writer(d, &w, &found, err);
    for (int i = 0; !rc && i < 14; i++) {
        rc = add_some(d, w, 1 + next_random(&seed) % 90, err);
        if (!rc)
            rc = pl_writer_commit(w, next_random(&seed) % 3, err);
        if (!rc)
            sim->acked = pl_writer_stored(w);
        if (!rc && next_random(&seed) % 4 == 0)
            rc = pl_writer_sync(w, err);
    }
    return rc ? rc : pl_writer_stop(w, err);
}

static void start_sim(const th_dir *d)
{
    memset(sim, 0, offsetof(disk, changes));
    (void)snprintf(sim_root, sizeof(sim_root), "%s", d->log);
    sim->on = true;
}

/* ---- what the power takes with it ---- */

static void put_back(const th_dir *d, const change *c)
{
    if (c->from[0]) {
        (void)syscall(SYS_renameat, d->dir, c->to, d->dir, c->from);
        return;
    }
    (void)syscall(SYS_unlinkat, d->dir, c->to, 0);
    if (!c->had_old)
        return;
    int fd = openat(d->dir, c->to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd >= 0) {
        assert_int_equal(syscall(SYS_write, fd, sim->saved + c->old_at, c->old_n), c->old_n);
        (void)close(fd);
    }
}

static void tear(const th_dir *d, const char *name, uint64_t from, uint64_t *seed)
{
    struct stat st;
    int fd = openat(d->dir, name, O_WRONLY | O_CLOEXEC);

    if (fd < 0 || fstat(fd, &st) < 0 || (uint64_t)st.st_size <= from) {
        if (fd >= 0)
            (void)close(fd);
        return;
    }
    uint64_t loose = (uint64_t)st.st_size - from;
    uint64_t kept = from + next_random(seed) % (loose + 1);
    assert_int_equal(ftruncate(fd, (off_t)kept), 0);
    /* The size may have got there without the bytes. */
    if (next_random(seed) % 3 == 0)
        assert_int_equal(ftruncate(fd, st.st_size), 0);
    (void)close(fd);
}

static void lose_power(const th_dir *d, uint64_t seed)
{
    for (size_t i = sim->n_changes; i--;) {
        change *c = &sim->changes[i];
        if (!c->name_durable && next_random(&seed) % 2)
            put_back(d, c);
        else if (!c->data_durable && next_random(&seed) % 2)
            tear(d, c->to, 0, &seed);
    }
    for (size_t g = 0; g < JOURNALS; g++) {
        char name[PL_JOURNAL_NAME];
        pl_journal_name(g, name);
        if (sim->journal_known[g])
            tear(d, name, sim->journal_durable[g], &seed);
    }
}

/* ---- what must hold afterwards ---- */

static void check_all_entries(const th_dir *d, uint64_t acked)
{
    PL_AUTO_LOG pl_log *log = NULL;
    PL_AUTO_BUF pl_buf want = {0};
    pl_err err = {0};

    assert_ok(pl_log_open(d->log, NULL, &log, &err), err);
    assert_true(pl_log_head(log)->size >= acked);
    for (uint64_t i = 0; i < pl_log_head(log)->size; i++) {
        pl_str got;
        assert_ok(pl_log_leaf(log, i, &got, &err), err);
        leaf_with_blob(d, i, &want);
        if (!pl_str_eq(got, pl_buf_view(&want)))
            fail_msg("entry %llu", (unsigned long long)i);
    }
}

static void go_on(const th_dir *d, uint64_t acked, uint64_t call, uint64_t seed)
{
    PL_AUTO_WRITER pl_writer *w = NULL;
    pl_recovered found;
    pl_err err = {0};

    pl_rc rc = th_open_writer(d, &w, &found, &err);
    if (rc)
        fail_msg("death at call %llu, seed %llu: %s", (unsigned long long)call,
                 (unsigned long long)seed, err.text);
    if (pl_writer_size(w) < acked)
        fail_msg("death at call %llu, seed %llu: %llu of %llu entries are left",
                 (unsigned long long)call, (unsigned long long)seed,
                 (unsigned long long)pl_writer_size(w), (unsigned long long)acked);
    assert_ok(add_some(d, w, 3, &err), err);
    assert_ok(pl_writer_stop(w, &err), err);
    check_all_entries(d, acked);
    th_assert_proved(d);
}

/* One life: false when the writer came to its end before the k-th call. */
static bool die_and_go_on(uint64_t call, uint64_t seed, bool power)
{
    th_dir d;
    int status = 0;

    th_make_in_memory(&d);
    start_sim(&d);
    sim->die_at = call;
    pid_t pid = fork();
    if (pid == 0)
        _exit(scenario(&d, seed, NULL) == PL_OK ? 0 : 1);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    sim->on = false;
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) != 1);
    if (power)
        lose_power(&d, seed + call);
    go_on(&d, sim->acked, call, seed);
    th_drop(&d);
    return WEXITSTATUS(status) == 7;
}

enum { STEP = PL_SANITIZED ? 11 : 3 };

static void after_death_at_any_call_all_that_was_acknowledged_is_there(void **state)
{
    (void)state;
    uint64_t call = 1;

    while (die_and_go_on(call, 42, false))
        call += STEP;
    assert_true(call > 200);
}

static void after_loss_of_power_at_any_call_all_that_was_acknowledged_is_there(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 3; seed++) {
        uint64_t call = seed;
        while (die_and_go_on(call, seed, true))
            call += STEP;
        assert_true(call > 200);
    }
}

/* Recovery itself dies, again and again, before it succeeds. */
static void recovery_may_die_too(void **state)
{
    (void)state;
    th_dir d;
    int status;

    th_make_in_memory(&d);
    start_sim(&d);
    sim->die_at = 150;
    for (uint64_t round = 0;; round++) {
        pid_t pid = fork();
        if (pid == 0)
            _exit(scenario(&d, 5 + round, NULL) == PL_OK ? 0 : 1);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFEXITED(status));
        if (WEXITSTATUS(status) != 7 || round == 40)
            break;
        sim->calls = 0;
        sim->n_changes = sim->n_saved = 0;
        sim->die_at = 5 + 3 * round;
    }
    sim->on = false;
    go_on(&d, sim->acked, 0, 0);
    th_drop(&d);
}

/* ---- calls that fail ---- */

static void fail_and_go_on(int error, bool syncs, uint64_t at)
{
    th_dir d;
    pl_err err = {0};

    th_make_in_memory(&d);
    start_sim(&d);
    sim->fail_at = at;
    sim->fail_errno = error;
    sim->fail_syncs = syncs;
    pl_rc rc = scenario(&d, 42, &err);
    sim->on = false;
    assert_int_equal(rc, PL_SYS);
    assert_int_equal(err.sys, error);
    go_on(&d, sim->acked, at, 42);
    th_drop(&d);
}

static void a_full_disk_at_any_call_leaves_what_was_acknowledged(void **state)
{
    (void)state;
    for (uint64_t at = 1; at < 90; at += PL_SANITIZED ? 9 : 2)
        fail_and_go_on(ENOSPC, false, at);
}

static void a_failed_sync_ends_the_writer_and_is_never_tried_again(void **state)
{
    (void)state;
    for (uint64_t at = 1; at < 40; at += PL_SANITIZED ? 5 : 1)
        fail_and_go_on(EIO, true, at);
}

static void short_writes_lose_nothing(void **state)
{
    (void)state;
    th_dir d;
    pl_err err = {0};

    th_make_in_memory(&d);
    start_sim(&d);
    sim->short_writes = true;
    assert_ok(scenario(&d, 42, &err), err);
    sim->on = false;
    go_on(&d, sim->acked, 0, 42);
    th_drop(&d);
}

int main(void)
{
    sim = mmap(NULL, sizeof(*sim), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (sim == MAP_FAILED)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(after_death_at_any_call_all_that_was_acknowledged_is_there),
        cmocka_unit_test(after_loss_of_power_at_any_call_all_that_was_acknowledged_is_there),
        cmocka_unit_test(recovery_may_die_too),
        cmocka_unit_test(a_full_disk_at_any_call_leaves_what_was_acknowledged),
        cmocka_unit_test(a_failed_sync_ends_the_writer_and_is_never_tried_again),
        cmocka_unit_test(short_writes_lose_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
