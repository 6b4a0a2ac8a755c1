/* SPDX-License-Identifier: Apache-2.0 */
/* An engine of recorded answers and a host recorded in a folder, for tests of a whole collection.
 */
#pragma once
#include "test.h"

#include "core/buf.h"
#include "engine/facts.h"
#include "engine/worker.h"
#include "fake_engine.h"
#include "fake_host.h"

#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum { ENGINE_PID = 77 };

static const char engine_status[] =
    "Name:\tdockerd\nPPid:\t1\nUid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\n"
    "Groups:\t\nCapPrm:\t000001ffffffffff\nCapBnd:\t000001ffffffffff\n"
    "CapAmb:\t0000000000000000\nNoNewPrivs:\t0\nSeccomp:\t0\n";

/* What the container's processes look like: uid, groups, CapBnd, NoNewPrivs, Seccomp. */
#define STATUS(uid, groups, bnd, nnp, sec)                                                         \
    "Name:\tbusybox\nPPid:\t77\nUid:\t0\t" uid "\t0\t0\nGid:\t0\t0\t0\t0\nGroups:\t" groups        \
    "\nCapPrm:\t0000000000000000\nCapBnd:\t" bnd "\nCapAmb:\t0000000000000000\nNoNewPrivs:\t" nnp  \
    "\nSeccomp:\t" sec "\n"
static const char good_status[] = STATUS("10001", "", "0000000000000000", "1", "2");
static const char root_status[] = STATUS("0", "6 4711", "0000000000200000", "0", "0");

struct bench {
    fake_engine e;
    fake_host h;
    fake_answer answers[16];
    char list[512];
    char id[65];
    int pid;
    pl_arena *a;
    pl_schema *schema;
    pl_engine_client *client;
    pl_engine_facts facts;
    pl_err err;
};

static inline int64_t fixed_wall(void *arg)
{
    (void)arg;
    return (int64_t)1795267000 * 1000000;
}
static const pl_clock clock_of_the_recording = {.wall_us = fixed_wall};

static inline void know_container(struct bench *b)
{
    size_t n;
    char *text = fixture_text("container-good.json", &n);
    json_t *doc = json_loadb(text, n, 0, NULL);
    (void)snprintf(b->id, sizeof(b->id), "%s", json_string_value(json_object_get(doc, "Id")));
    b->pid = (int)json_integer_value(json_object_get(json_object_get(doc, "State"), "Pid"));
    json_decref(doc);
    free(text);
}

static inline void in_proc(const struct bench *b, int pid, const char *name, const char *text)
{
    char path[128];
    (void)snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
    host_file(&b->h, path, text);
}

static inline void in_cgroup(const struct bench *b, const char *name, const char *text)
{
    char path[256];
    (void)snprintf(path, sizeof(path), "/sys/fs/cgroup/docker/%s/%s", b->id, name);
    host_file(&b->h, path, text);
}

static inline void record_engine(const struct bench *b)
{
    char line[256];
    const char cmdline[] = "dockerd\0--log-level=error\0--cgroup-parent\0/docker\0";

    host_process(&b->h, ENGINE_PID, "dockerd", engine_status, 100);
    host_bytes(&b->h, "/proc/77/cmdline", cmdline, sizeof(cmdline) - 1);
    in_proc(b, ENGINE_PID, "stat",
            "77 (do) ck) S 1 1 1 0 -1 4 0 0 0 0 0 0 0 0 20 0 1 0 1000 0 0 0\n");
    host_link(&b->h, "/proc/77/fd/3", "socket:[555]");
    host_link(&b->h, "/proc/77/fd/4", "/dev/null");
    (void)snprintf(line, sizeof(line),
                   "Num RefCount Protocol Flags Type St Inode Path\n"
                   "0000: 00000002 00000000 00010000 0001 01 555 %s\n",
                   b->e.path);
    in_proc(b, ENGINE_PID, "net/unix", line);
    in_proc(b, ENGINE_PID, "net/tcp", "  sl  local rem\n");
    host_file(&b->h, "/proc/stat", "cpu 1\nbtime 4102444800\n"); /* the file is older */
    host_file(&b->h, "/etc/group", "root:x:0:\ndisk:x:6:\ndocker:x:999:\n");
    host_file(&b->h, "/etc/passwd", "root:x:0:0:root:/root:/bin/sh\n");
    host_file(&b->h, "/etc/docker/daemon.json", "{\"iptables\":false}");
    host_process(&b->h, 1, "init", engine_status, 100);
    host_socket(&b->h, "/run/docker.sock");
    host_link(&b->h, "/var/run", "/run");
}

static inline void record_container(const struct bench *b)
{
    char line[256];

    host_process(&b->h, b->pid, "busybox", good_status, 200);
    (void)snprintf(line, sizeof(line), "0::/docker/%s\n", b->id);
    in_proc(b, b->pid, "cgroup", line);
    in_proc(b, b->pid, "mountinfo",
            "1 0 0:1 / / rw - overlay overlay rw\n"
            "2 1 0:2 / /proc/kcore rw,nosuid - tmpfs tmpfs rw\n"
            "3 1 0:3 / /proc/sys ro,nosuid - proc proc rw\n"
            "4 1 0:4 / /tmp rw,nosuid,nodev - tmpfs tmpfs rw\n"
            "5 1 0:5 / /dev/shm rw,nosuid,nodev,noexec - tmpfs shm rw\n");
    (void)snprintf(line, sizeof(line), "%d\n", b->pid);
    in_cgroup(b, "cgroup.procs", line);
    in_cgroup(b, "memory.max", "67108864\n");
    in_cgroup(b, "pids.max", "max\n");
    host_file(&b->h, "/sys/fs/cgroup/docker/pids.max", "200\n");
    (void)snprintf(line, sizeof(line), "/proc/%d/fd/0", b->pid);
    host_link(&b->h, line, "/dev/null");
    host_file(&b->h, "/proc/kcore", "");
    host_file(&b->h, "/proc/keys", "");
}

static inline int set_up(void **state)
{
    struct bench *b = calloc(1, sizeof(*b));
    static const char *const files[][2] = {
        {"/v1.41/version", "version.json"},   {"/v1.41/info", "info.json"},
        {"/v1.41/networks", "networks.json"}, {"/v1.41/volumes", "volumes.json"},
        {"/v1.41/plugins", "plugins.json"},   {"/v1.41/images/json", "images.json"},
    };

    know_container(b);
    for (size_t i = 0; i < PL_COUNT(files); i++)
        b->answers[b->e.n++] = (fake_answer){.path = files[i][0], .file = files[i][1]};
    (void)snprintf(b->list, sizeof(b->list), "[{\"Id\":\"%s\"}]", b->id);
    b->answers[b->e.n++] = (fake_answer){.path = "/v1.41/containers/json?all=1", .body = b->list};
    b->e.api = "1.41";
    b->e.answers = b->answers;
    b->a = pl_arena_new((size_t)256 << 20);
    b->schema = pl_schema_new();
    pl_engine_register(b->schema);
    fake_start(&b->e);
    host_start(&b->h);
    record_engine(b);
    record_container(b);
    *state = b;
    return 0;
}

static inline int tear_down(void **state)
{
    struct bench *b = *state;
    pl_engine_close(b->client);
    fake_stop(&b->e);
    host_stop(&b->h);
    pl_schema_free(b->schema);
    pl_arena_free(b->a);
    free(b);
    return 0;
}

/* Adds the answer about a container; path lives in the bench's arena. */
static inline fake_answer *container_answer(struct bench *b, const char *id)
{
    char path[128];
    (void)snprintf(path, sizeof(path), "/v1.41/containers/%s/json", id);
    pl_str copy = pl_arena_str(b->a, (pl_str){path, strlen(path) + 1});
    b->answers[b->e.n] = (fake_answer){.path = copy.p, .file = "container-good.json"};
    return &b->answers[b->e.n++];
}

static inline pl_rc collect_by(struct bench *b, const char *worker, bool keep_originals)
{
    const pl_engine_where where = {.root = b->h.root,
                                   .host_key = PL_S("h"),
                                   .worker = worker,
                                   .worker_bytes = worker ? PL_S("(blanked)") : (pl_str){0},
                                   .keep_originals = keep_originals};
    pl_rc rc = pl_engine_open(&(pl_engine_endpoint){.address = b->e.address}, &b->client, &b->err);
    if (rc == PL_OK)
        rc = pl_engine_collect(b->client, &where, b->schema, &clock_of_the_recording, b->a,
                               &b->facts, &b->err);
    return rc;
}

static inline pl_rc collect(struct bench *b, const char *worker)
{
    return collect_by(b, worker, false);
}

static inline void says(const pl_record *r, const char *field, const char *want)
{
    PL_AUTO_BUF pl_buf out = {0};
    int i = pl_kind_field(r->kind, pl_str_c(field));

    assert_true(i >= 0);
    pl_value_print(&r->kind->fields[i], &r->v[i], &out);
    if (!pl_str_eq(pl_buf_view(&out), pl_str_c(want)))
        fail_msg("%s is \"%.*s\", want \"%s\"", field, PL_F(pl_buf_view(&out)), want);
}

struct want {
    const char *field, *value;
};

static inline void says_all(const pl_record *r, const struct want *rows, size_t n)
{
    for (size_t i = 0; i < n; i++)
        says(r, rows[i].field, rows[i].value);
}

static inline const pl_record *only_container(const struct bench *b)
{
    assert_int_equal(b->facts.n_containers, 1);
    return b->facts.containers[0].rec;
}
