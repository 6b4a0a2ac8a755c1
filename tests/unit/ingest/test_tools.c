/* SPDX-License-Identifier: Apache-2.0 */
/* The table of topics, tools and benchmarks, and what runs bear on by it. */
#include "test.h"

#include "ingest/tools.h"

#include <string.h>

static const pl_str numbers[] = {PL_S("1.1"), PL_S("1.2")};
static const pl_mapping maps[] = {{PL_S("frame"), numbers, 2}};
static const pl_check checks[] = {{.id = PL_S("SUP-003"), .controls = maps, .n_controls = 1},
                                  {.id = PL_S("MAL-001")}};
static const pl_framework frameworks[] = {{.id = PL_S("frame")}};
static const pl_content content = {
    .checks = checks, .n_checks = 2, .frameworks = frameworks, .n_frameworks = 1};

static pl_rc load(const char *text, pl_ingest_tools **ret, pl_err *err)
{
    const pl_content_file files[] = {
        {.name = "checks/x.yaml", .p = (const unsigned char *)"?", .n = 1},
        {.name = "ingest/t.yaml", .p = (const unsigned char *)text, .n = strlen(text)},
        {0}};

    return pl_ingest_tools_new(files, &content, ret, err);
}

static const char table[] = "- {topic: static-analysis, days: 10, supports: [SUP-003]}\n"
                            "- {topic: malware-scan, days: 5, supports: [MAL-001]}\n"
                            "- {tool: [Bandit, Some Tool], topic: static-analysis}\n"
                            "- {benchmark: [cis-9], framework: frame, except: [1.2]}\n";

static void what_is_wrong_in_the_table_is_told_with_its_line(void **state)
{
    (void)state;
    static const struct {
        const char *text, *why;
    } wrong[] = {
        {"x: 1\n", "ingest/t.yaml:1: a sequence"},
        {"- {topic: nonsense, days: 1, supports: []}\n", "\"nonsense\" is no topic"},
        {"- {topic: untold, days: 1, supports: []}\n", "\"untold\" is no topic"},
        {"- {topic: benchmark, supports: []}\n", "days: 1 to"},
        {"- {topic: benchmark, days: 0, supports: []}\n", "days: 1 to"},
        {"- {topic: benchmark, days: 9, supports: [NO-001]}\n", "there is no control NO-001"},
        {"- {topic: benchmark, days: 9}\n- {topic: benchmark, days: 9}\n",
         "ingest/t.yaml:2: topic \"benchmark\" is there twice"},
        {"- {tool: [x], topic: code}\n", "\"code\" is no topic"},
        {"- {benchmark: [x], framework: other}\n", "there is no framework \"other\""},
        {"- {topics: benchmark}\n", "unknown key \"topics\""},
    };

    for (size_t i = 0; i < PL_COUNT(wrong); i++) {
        pl_ingest_tools *t = NULL;
        pl_err err = {0};
        assert_int_equal(load(wrong[i].text, &t, &err), PL_FORMAT);
        if (!strstr(err.text, wrong[i].why))
            fail_msg("%s: %s", wrong[i].text, err.text);
    }
}

static void a_tool_is_known_by_its_whole_name_in_any_case(void **state)
{
    (void)state;
    PL_AUTO_INGEST_TOOLS pl_ingest_tools *t = NULL;
    pl_err err = {0};

    assert_ok(load(table, &t, &err), err);
    assert_int_equal(pl_ingest_topic_of(t, PL_S("BANDIT")), PL_TOPIC_CODE);
    assert_int_equal(pl_ingest_topic_of(t, PL_S("some tool")), PL_TOPIC_CODE);
    assert_int_equal(pl_ingest_topic_of(t, PL_S("bandit2")), PL_TOPIC_UNTOLD);
    assert_int_equal(pl_ingest_topic_of(t, PL_S("")), PL_TOPIC_UNTOLD);
    assert_int_equal(pl_ingest_days(t, PL_TOPIC_CODE), 10);
}

static void a_run_bears_on_what_it_looked_for(void **state)
{
    (void)state;
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(1 << 20);
    PL_AUTO_INGEST_TOOLS pl_ingest_tools *t = NULL;
    const pl_ingest_bearing *v = NULL;
    pl_ingest_run run = {.tool = PL_S("Bandit")};
    size_t n = 0;
    pl_err err = {0};

    assert_ok(load(table, &t, &err), err);
    assert_ok(pl_ingest_bearings(t, &run, a, &v, &n, &err), err);
    assert_int_equal(n, 1); /* a run without results was about what its tool is for */
    assert_str(v[0].control, "SUP-003");

    run.is_seen[PL_TOPIC_MALWARE] = true;
    run.count[PL_TOPIC_MALWARE][PL_OUTCOME_FAIL] = 2;
    assert_ok(pl_ingest_bearings(t, &run, a, &v, &n, &err), err);
    assert_int_equal(n, 1); /* what the document says goes before what the tool is known for */
    assert_str(v[0].control, "MAL-001");
    assert_int_equal(v[0].fail, 2);

    run = (pl_ingest_run){.tool = PL_S("nobody knows")};
    assert_ok(pl_ingest_bearings(t, &run, a, &v, &n, &err), err);
    assert_int_equal(n, 0);
}

static void rows_of_a_benchmark_bear_on_their_number_in_known_versions_only(void **state)
{
    (void)state;
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(1 << 20);
    PL_AUTO_INGEST_TOOLS pl_ingest_tools *t = NULL;
    const pl_ingest_bearing *v = NULL;
    const pl_ingest_row rows[] = {
        {.outcome = PL_OUTCOME_FAIL, .topic = PL_TOPIC_BENCHMARK, .rule = PL_S("1.1")},
        {.outcome = PL_OUTCOME_FAIL, .topic = PL_TOPIC_BENCHMARK, .rule = PL_S("1.2")},
        {.outcome = PL_OUTCOME_FAIL, .topic = PL_TOPIC_BENCHMARK, .rule = PL_S("1.1.1")},
        {.outcome = PL_OUTCOME_PASS, .topic = PL_TOPIC_CODE, .rule = PL_S("1.1")}};
    pl_ingest_run run = {.benchmark = PL_S("cis-9"), .rows = rows, .n_rows = 4};
    size_t n = 0;
    pl_err err = {0};

    assert_ok(load(table, &t, &err), err);
    assert_ok(pl_ingest_bearings(t, &run, a, &v, &n, &err), err);
    assert_int_equal(n, 1);
    assert_true(v[0].is_by_row);
    assert_int_equal(v[0].fail, 1);
    assert_int_equal(v[0].pass, 0);
    run.benchmark = PL_S("cis-8");
    assert_ok(pl_ingest_bearings(t, &run, a, &v, &n, &err), err);
    assert_int_equal(n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_wrong_in_the_table_is_told_with_its_line),
        cmocka_unit_test(a_tool_is_known_by_its_whole_name_in_any_case),
        cmocka_unit_test(a_run_bears_on_what_it_looked_for),
        cmocka_unit_test(rows_of_a_benchmark_bear_on_their_number_in_known_versions_only),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
