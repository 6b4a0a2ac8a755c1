/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Recorded hosts, read whole: every field against a golden file. PL_UPDATE=1 writes the golden
 * files anew.
 */
#include "test.h"

#include "core/jail.h"
#include "dump.h"
#include "host/host.h"
#include "package/package.h"

#include <stdio.h>
#include <string.h>

static int64_t fixed_time(void *arg)
{
    (void)arg;
    return INT64_C(1795255200) * 1000000; /* 2026-11-21T10:00:00Z */
}

static uint64_t fixed_mono(void *arg)
{
    (void)arg;
    return 0;
}

static const pl_clock fixed_clock = {fixed_time, fixed_mono, NULL};

static void dump_host(const pl_host_source *src, const pl_host_hints *hints, pl_buf *out)
{
    PL_AUTO_SCHEMA pl_schema *schema = pl_schema_new();
    PL_AUTO_ARENA pl_arena *a = pl_arena_new((size_t)64 << 20);
    pl_host_facts facts;
    pl_err err = {0};

    pl_package_register(schema);
    pl_host_register(schema);
    assert_ok(pl_host_collect(src, hints, schema, &fixed_clock, a, &facts, &err), err);
    pl_buf_fmt(out, "key: %.*s\n", PL_F(facts.subject.key));
    dump_record(facts.subject.rec, 0, out);
    pl_buf_fmt(out, "engine files: %zu\n", facts.n_engine_files);
    for (size_t i = 0; i < facts.n_engine_files; i++) {
        pl_buf_c(out, "  -\n");
        dump_record(facts.engine_files[i], 2, out);
    }
    for (size_t i = 0; i < facts.n_problems; i++)
        pl_buf_fmt(out, "problem: %.*s\n", PL_F(facts.problems[i]));
    assert_true(pl_buf_ok(out));
}

/* ---- golden files ---- */

static void golden_path(char *to, size_t n, const char *name)
{
    (void)snprintf(to, n, "%s/tests/golden/host/%s.txt", PL_SOURCE_ROOT, name);
}

static void write_golden(const char *path, pl_str text)
{
    PL_AUTO_FILE FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_int_equal(fwrite(text.p, 1, text.n, f), text.n);
}

static void read_golden(const char *path, pl_buf *out)
{
    char chunk[4096];
    size_t n;
    PL_AUTO_FILE FILE *f = fopen(path, "r");
    if (!f)
        fail_msg("%s is missing", path);
    while ((n = fread(chunk, 1, sizeof(chunk), f)))
        pl_buf_add(out, chunk, n);
}

static void compare(pl_str want, pl_str got)
{
    pl_str w, g;
    for (size_t no = 1;; no++) {
        bool more_want = pl_str_cut(&want, '\n', &w), more_got = pl_str_cut(&got, '\n', &g);
        if (!more_want && !more_got)
            return;
        if (!more_want || !more_got || !pl_str_eq(w, g))
            fail_msg("line %zu: got \"%.*s\", want \"%.*s\"", no, PL_F(more_got ? g : PL_S("")),
                     PL_F(more_want ? w : PL_S("")));
    }
}

static void check_tree(const char *name, const pl_host_hints *hints)
{
    char root[1024], golden[1024];
    PL_AUTO_BUF pl_buf got = {0};
    PL_AUTO_BUF pl_buf want = {0};

    (void)snprintf(root, sizeof(root), "%s/tests/fixtures/host/%s", PL_SOURCE_ROOT, name);
    golden_path(golden, sizeof(golden), name);
    dump_host(&(pl_host_source){.root = root, .salt = PL_S("salt"), .is_in_process = true}, hints,
              &got);
    if (getenv("PL_UPDATE"))
        write_golden(golden, pl_buf_view(&got));
    read_golden(golden, &want);
    compare(pl_buf_view(&want), pl_buf_view(&got));
}

static const pl_str run_socket[] = {{"/run/docker.sock", 16}};
static const pl_str runtimes[] = {{"runc", 4}};
static const pl_str security[] = {{"name=apparmor", 13}, {"name=seccomp,profile=default", 28}};
static const pl_str published[] = {
    {"tcp 0.0.0.0 8080", 16}, {"tcp :: 8080", 11}, {"tcp 127.0.0.1 8081", 18}};
static const pl_str clocks[] = {{"ntp", 3}};

static pl_host_hints engine_hints(void)
{
    return (pl_host_hints){
        .has_engine = true,
        .dockerd_pid = 500,
        .knows_published = true,
        .knows_clock_containers = true,
        .data_root = PL_S("/var/lib/docker"),
        .state_dir = PL_S("/var/lib/plimsoll"),
        .ledger_dir = PL_S("/var/lib/plimsoll/ledger"),
        .cgroup_version = PL_S("2"),
        .sockets = run_socket,
        .n_sockets = PL_COUNT(run_socket),
        .runtimes = runtimes,
        .n_runtimes = PL_COUNT(runtimes),
        .security_options = security,
        .n_security_options = PL_COUNT(security),
        .published = published,
        .n_published = PL_COUNT(published),
    };
}

static void a_debian_host_as_it_is_often_found(void **state)
{
    pl_host_hints h = engine_hints();
    (void)state;
    check_tree("debian", &h);
}

static void a_hardened_host(void **state)
{
    pl_host_hints h = engine_hints();
    (void)state;
    check_tree("hardened", &h);
}

static void a_host_in_a_bad_state(void **state)
{
    pl_host_hints h = engine_hints();
    (void)state;
    h.dockerd_pid = 10;
    h.has_tls = true;
    h.cgroup_version = PL_S("1");
    h.n_security_options = 0;
    h.clock_containers = clocks;
    h.n_clock_containers = PL_COUNT(clocks);
    check_tree("poor", &h);
}

/* ---- this machine ---- */

static void this_machine_can_be_read_in_a_worker(void **state)
{
    PL_AUTO_BUF pl_buf out = {0};
    (void)state;
    dump_host(&(pl_host_source){.salt = PL_S("salt")}, NULL, &out);
    assert_true(pl_str_has(pl_buf_view(&out), PL_S("host.is_live: true")));
    assert_true(pl_str_has(pl_buf_view(&out), PL_S("host.tcp_syncookies: ")));
    if (getenv("PL_SHOW"))
        (void)fwrite(out.p, 1, out.n, stderr);
}

static void the_salt_decides_the_key(void **state)
{
    PL_AUTO_BUF pl_buf one = {0};
    PL_AUTO_BUF pl_buf two = {0};
    char root[1024];

    (void)state;
    (void)snprintf(root, sizeof(root), "%s/tests/fixtures/host/poor", PL_SOURCE_ROOT);
    pl_host_source src = {.root = root, .salt = PL_S("one"), .is_in_process = true};
    dump_host(&src, NULL, &one);
    src.salt = PL_S("two");
    dump_host(&src, NULL, &two);
    assert_memory_not_equal(one.p, two.p, 37); /* "key: " and 32 digits */
    assert_false(pl_str_has(pl_buf_view(&one), PL_S("0123456789abcdef0123456789abcdef")));
}

int main(int argc, char **argv)
{
    static const pl_worker_kind kinds[] = {{"host", pl_host_worker}, {0}};
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_debian_host_as_it_is_often_found),
        cmocka_unit_test(a_hardened_host),
        cmocka_unit_test(a_host_in_a_bad_state),
        cmocka_unit_test(this_machine_can_be_read_in_a_worker),
        cmocka_unit_test(the_salt_decides_the_key),
    };
    pl_jail_main(argc, argv, kinds);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
