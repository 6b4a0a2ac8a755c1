/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "core/escape.h"
#include "core/io.h"
#include "core/log.h"

#include <sys/mman.h>

static int64_t fixed_us(void *arg)
{
    (void)arg;
    return 1795254099123456;
}

static const pl_clock fixed = {fixed_us, NULL, NULL};

static int sink;

static void start(pl_log_format format)
{
    sink = memfd_create("log", MFD_CLOEXEC);
    assert_true(sink >= 0);
    pl_log_setup(PL_LOG_INFO, format, sink, &fixed);
}

static void assert_logged(const char *want)
{
    PL_AUTO_BUF pl_buf b = {0};
    assert_int_equal(lseek(sink, 0, SEEK_SET), 0);
    assert_int_equal(pl_read_all(sink, 1 << 20, &b, NULL), PL_OK);
    pl_buf_ch(&b, '\0');
    assert_string_equal(b.p, want);
    close(sink);
}

static void say_all_types(void)
{
    static const char key[] = "AKIA";
    pl_err err = {0};
    pl_fail(&err, PL_FORMAT, "line %d", 7);
    pl_log(PL_LOG_INFO, "image.scanned", PL_LOG_C("digest", "sha256:ab"), PL_LOG_U64("ms", 12),
           PL_LOG_I64("delta", -3), PL_LOG_BOOL("is_new", true), PL_LOG_SECRET("key", key),
           PL_LOG_ERR("error", &err), PL_LOG_C("name", ""));
}

#define NOW "2026-11-21T09:41:39.123456Z"

static void a_line_of_text_has_time_level_event_and_fields(void **state)
{
    (void)state;
    start(PL_LOG_TEXT);
    say_all_types();
    assert_logged(NOW " info image.scanned digest=sha256:ab ms=12 delta=-3 is_new=true key=*** "
                      "error=\"line 7\" name=\"\"\n");
}

static void a_line_of_json_is_a_document(void **state)
{
    (void)state;
    start(PL_LOG_JSON);
    say_all_types();
    assert_logged("{\"time\":\"" NOW "\",\"level\":\"info\",\"event\":\"image.scanned\","
                  "\"digest\":\"sha256:ab\",\"ms\":12,\"delta\":-3,\"is_new\":true,\"key\":\"***\","
                  "\"error\":\"line 7\",\"name\":\"\"}\n");
}

static void a_plain_line_is_for_people(void **state)
{
    (void)state;
    start(PL_LOG_PLAIN);
    say_all_types();
    assert_logged("image.scanned digest=sha256:ab ms=12 delta=-3 is_new=true key=*** "
                  "error=\"line 7\" name=\"\"\n");
    start(PL_LOG_PLAIN);
    pl_log(PL_LOG_INFO, "run.progress", PL_LOG_U64("n", 1), PL_LOG_C("message", "reading a\nb"));
    assert_logged("reading a\\nb\n");
    start(PL_LOG_PLAIN);
    pl_log_say(PL_LOG_ERROR, "verb.failed", "line %d\x1b[2J", 7);
    assert_logged("plimsoll: line 7\\x1b[2J\n");
}

static void no_text_splits_a_line_or_reaches_the_terminal(void **state)
{
    (void)state;
    start(PL_LOG_TEXT);
    pl_log(PL_LOG_WARN, "container.seen",
           PL_LOG_C("name", "a\nb \x1b[2J\" is_admin=true \xe2\x80\xae"));
    assert_logged(NOW " warn container.seen name=\"a\\nb \\x1b[2J\\\" is_admin=true \\u202e\"\n");
    start(PL_LOG_JSON);
    pl_log(PL_LOG_WARN, "container.seen", PL_LOG_C("name", "a\nb\x1b\"\xe2\x80\xae"));
    assert_logged("{\"time\":\"" NOW "\",\"level\":\"warn\",\"event\":\"container.seen\","
                  "\"name\":\"a\\\\nb\\\\x1b\\\"\\\\u202e\"}\n");
}

static void what_is_below_the_level_is_not_written(void **state)
{
    (void)state;
    start(PL_LOG_TEXT);
    pl_log(PL_LOG_DEBUG, "loop.turned", PL_LOG_U64("n", 1));
    assert_logged("");
    pl_log_level level = PL_LOG_ERROR;
    assert_true(pl_log_level_parse(PL_S("debug"), &level));
    assert_int_equal(level, PL_LOG_DEBUG);
    assert_false(pl_log_level_parse(PL_S("loud"), &level));
    pl_log_format format = PL_LOG_TEXT;
    assert_true(pl_log_format_parse(PL_S("json"), &format));
    assert_int_equal(format, PL_LOG_JSON);
    assert_false(pl_log_format_parse(PL_S("xml"), &format));
}

static void a_csv_cell_is_quoted_and_no_formula(void **state)
{
    static const struct {
        const char *in;
        const char *want;
    } cases[] = {
        {"", "\"\""},
        {"plain, with comma", "\"plain, with comma\""},
        {"say \"hi\"", "\"say \"\"hi\"\"\""},
        {"=cmd|' /C calc'!A0", "\"'=cmd|' /C calc'!A0\""},
        {"+1", "\"'+1\""},
        {"-1", "\"'-1\""},
        {"@SUM(A1)", "\"'@SUM(A1)\""},
        {"  =1", "\"'  =1\""},
        {"\t=1", "\"'\\t=1\""},
        {"a\nb", "\"a\nb\""},
        {"\x1b[31m\xff", "\"\\x1b[31m\\xff\""},
    };
    (void)state;
    for (size_t i = 0; i < PL_COUNT(cases); i++) {
        PL_AUTO_BUF pl_buf b = {0};
        pl_escape_csv(&b, pl_str_c(cases[i].in));
        pl_buf_ch(&b, '\0');
        assert_string_equal(b.p, cases[i].want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_of_text_has_time_level_event_and_fields),
        cmocka_unit_test(a_line_of_json_is_a_document),
        cmocka_unit_test(a_plain_line_is_for_people),
        cmocka_unit_test(no_text_splits_a_line_or_reaches_the_terminal),
        cmocka_unit_test(what_is_below_the_level_is_not_written),
        cmocka_unit_test(a_csv_cell_is_quoted_and_no_formula),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
