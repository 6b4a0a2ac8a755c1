/* SPDX-License-Identifier: Apache-2.0 */
/* Recorded hosts, read whole: every field against a golden file; and this machine. */
#include "test.h"

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

static void dump_host(const char *root, const pl_host_hints *hints, pl_buf *out)
{
    PL_AUTO_SCHEMA pl_schema *schema = pl_schema_new();
    PL_AUTO_ARENA pl_arena *a = pl_arena_new((size_t)64 << 20);
    const pl_host_source src = {.root = root, .salt = PL_S("salt"), .is_in_process = true};
    pl_host_facts facts;
    pl_err err = {0};

    pl_package_register(schema);
    pl_host_register(schema);
    assert_ok(pl_host_collect(&src, hints, schema, &fixed_clock, a, &facts, &err), err);
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

static void this_machine_can_be_read(void **state)
{
    PL_AUTO_BUF pl_buf out = {0};
    (void)state;
    dump_host(NULL, NULL, &out);
    assert_true(pl_str_has(pl_buf_view(&out), PL_S("host.is_live: true")));
    if (getenv("PL_SHOW"))
        fwrite(out.p, 1, out.n, stderr);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(this_machine_can_be_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
