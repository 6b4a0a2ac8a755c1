/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "core/arena.h"
#include "core/io.h"
#include "core/rd.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

static void error_chain_reads_outside_in(void **state)
{
    (void)state;
    pl_err err = {0};

    pl_rc rc = pl_fail_sys(&err, ENOENT, "open %s", "layer.tar");
    rc = pl_wrap(&err, rc, "layer %d", 3);
    rc = pl_wrap(&err, rc, "image %s", "web:1");

    assert_int_equal(rc, PL_SYS);
    assert_int_equal(err.sys, ENOENT);
    assert_string_equal(err.text,
                        "image web:1: layer 3: open layer.tar: No such file or directory");
}

static void long_error_keeps_the_outer_end(void **state)
{
    (void)state;
    pl_err err = {0};
    char big[2 * PL_ERR_TEXT];
    memset(big, 'x', sizeof(big) - 1);
    big[sizeof(big) - 1] = '\0';

    pl_fail(&err, PL_FORMAT, "%s", big);
    pl_wrap(&err, PL_FORMAT, "image %s", "web:1");
    assert_int_equal(err.len, PL_ERR_TEXT - 1);
    assert_int_equal(strncmp(err.text, "image web:1: xxx", 16), 0);
    pl_wrap(&err, PL_FORMAT, "%s", big);
    assert_true(err.len < PL_ERR_TEXT);
}

static void numbers_are_all_digits_or_nothing(void **state)
{
    (void)state;
    static const struct {
        const char *in;
        bool ok;
        uint64_t want;
    } cases[] = {
        {"0", true, 0},
        {"18446744073709551615", true, UINT64_MAX},
        {"18446744073709551616", false, 0},
        {"", false, 0},
        {"+1", false, 0},
        {" 1", false, 0},
        {"0x10", false, 0},
    };
    for (size_t i = 0; i < PL_COUNT(cases); i++) {
        uint64_t got = 0;
        bool ok = pl_str_u64((pl_str){cases[i].in, strlen(cases[i].in)}, &got);
        if (ok != cases[i].ok || got != cases[i].want)
            fail_msg("case \"%s\": %d %llu", cases[i].in, ok, (unsigned long long)got);
    }
}

static void a_pattern_has_one_star_or_none(void **state)
{
    (void)state;
    static const struct {
        const char *s, *pattern;
        bool fits;
    } rows[] = {
        {"a", "a", true},    {"ab", "a", false},   {"", "", true},
        {"a", "", false},    {"", "a", false},     {"", "*", true},
        {"ab", "*", true},   {"ab", "a*", true},   {"a", "a*", true},
        {"ba", "a*", false}, {"ab", "*b", true},   {"b", "*b", true},
        {"ba", "*b", false}, {"a.b", "a*b", true}, {"ab", "a*b", true},
        {"a", "a*a", false}, {"aa", "a*a", true},  {"secrets.yaml", "secrets.y*ml", true},
    };

    for (size_t i = 0; i < PL_COUNT(rows); i++)
        if (pl_str_fits(pl_str_c(rows[i].s), rows[i].pattern) != rows[i].fits)
            fail_msg("\"%s\" and \"%s\"", rows[i].s, rows[i].pattern);
}

static void reader_stays_bad_after_a_short_read(void **state)
{
    (void)state;
    const unsigned char in[] = {2, 0, 0, 0, 'h', 'i', 9};
    pl_rd r = pl_rd_of(in, sizeof(in));

    assert_str(pl_rd_lstr(&r), "hi");
    assert_true(pl_rd_ok(&r));
    assert_int_equal(pl_rd_u32le(&r), 0);
    assert_false(pl_rd_ok(&r));
    assert_int_equal(pl_rd_bytes(&r, 0).n, 0);
    assert_false(pl_rd_done(&r));
}

static void arena_that_was_reset_is_empty_and_zeroed(void **state)
{
    (void)state;
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(200000);

    assert_non_null(pl_arena_calloc(a, 100000, 1));
    unsigned char *p = pl_arena_calloc(a, 1000, 1);
    assert_non_null(p);
    p[10] = 7;
    pl_arena_reset(a);
    assert_int_equal(pl_arena_used(a), 0);
    for (int round = 0; round < 3; round++) {
        p = pl_arena_calloc(a, 150000, 1);
        assert_non_null(p);
        for (size_t i = 0; i < 150000; i++)
            assert_int_equal(p[i], 0);
        p[149999] = 1;
        pl_arena_reset(a);
    }
}

static void arena_keeps_to_its_budget(void **state)
{
    (void)state;
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(1000);

    assert_non_null(pl_arena_calloc(a, 10, 50));
    assert_null(pl_arena_calloc(a, 10, 50 + 1));
    assert_null(pl_arena_calloc(a, SIZE_MAX / 2, 3));
    assert_non_null(pl_arena_str(a, PL_S("left")).p);
}

static void a_body_has_the_length_that_was_told_or_is_none(void **state)
{
    static const struct {
        uint64_t length;
        size_t max;
        pl_rc want;
    } rows[] = {{5, 5, PL_OK},     {0, 5, PL_OK},     {3, 5, PL_OK},
                {6, 9, PL_WORKER}, {5, 4, PL_WORKER}, {UINT64_MAX, SIZE_MAX - 1, PL_WORKER}};
    PL_AUTO_FD int fd = memfd_create("test", MFD_CLOEXEC);
    PL_AUTO_BUF pl_buf got = {0};
    pl_err err = {0};

    (void)state;
    assert_ok(pl_write_all(fd, PL_S("12345"), &err), err);
    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        pl_rc rc = pl_read_copy(fd, rows[i].length, rows[i].max, &got, &err);
        if (rc != rows[i].want)
            fail_msg("row %zu: %d", i, rc);
        if (!rc && !pl_str_eq(pl_buf_view(&got), (pl_str){"12345", rows[i].length}))
            fail_msg("row %zu: %.*s", i, PL_F(pl_buf_view(&got)));
    }
    assert_str(pl_buf_view(&got), "123"); /* a failure leaves it as it was */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(error_chain_reads_outside_in),
        cmocka_unit_test(long_error_keeps_the_outer_end),
        cmocka_unit_test(numbers_are_all_digits_or_nothing),
        cmocka_unit_test(a_pattern_has_one_star_or_none),
        cmocka_unit_test(reader_stays_bad_after_a_short_read),
        cmocka_unit_test(arena_keeps_to_its_budget),
        cmocka_unit_test(arena_that_was_reset_is_empty_and_zeroed),
        cmocka_unit_test(a_body_has_the_length_that_was_told_or_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
