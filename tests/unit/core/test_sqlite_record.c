/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "core/sqlite_record.h"

static void a_number_has_one_to_nine_bytes(void **state)
{
    static const struct {
        pl_str bytes;
        uint64_t number;
        size_t left;
    } rows[] = {
        {{"\x00", 1}, 0, 0},
        {{"\x7f!", 2}, 127, 1},
        {{"\x81\x00", 2}, 128, 0},
        {{"\xff\xff\xff\xff\xff\xff\xff\xff\xff", 9}, UINT64_MAX, 0},
        {{"\x81\x80\x80\x80\x80\x80\x80\x80\x80!", 10}, (1ULL << 57) | 0x80, 1},
    };

    (void)state;
    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        pl_str s = rows[i].bytes;
        uint64_t n = 1;
        assert_true(pl_sqlite_varint(&s, &n));
        assert_true(n == rows[i].number);
        assert_int_equal(s.n, rows[i].left);
    }
}

static void a_number_that_ends_early_takes_nothing(void **state)
{
    static const pl_str rows[] = {{"", 0}, {"\x80", 1}, {"\xff\xff\xff\xff\xff\xff\xff\xff", 8}};

    (void)state;
    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        pl_str s = rows[i];
        uint64_t n = 1;
        assert_false(pl_sqlite_varint(&s, &n));
        assert_int_equal(s.n, rows[i].n);
    }
}

static void a_record_is_types_and_values(void **state)
{
    pl_str types, values;

    (void)state;
    assert_true(pl_sqlite_parts(PL_S("\x03\x01\x0fxab"), &types, &values));
    assert_true(pl_str_eq(types, PL_S("\x01\x0f")));
    assert_true(pl_str_eq(values, PL_S("xab")));
    assert_true(pl_sqlite_parts(PL_S("\x01"), &types, &values));
    assert_true(types.n == 0 && values.n == 0);
    /* Longer than the record; shorter than the number that says so; no number. */
    assert_false(pl_sqlite_parts(PL_S("\x09\x01\x0fxab"), &types, &values));
    assert_false(pl_sqlite_parts((pl_str){"\x00\x01", 2}, &types, &values));
    assert_false(pl_sqlite_parts(PL_S("\x80"), &types, &values));
}

static void a_type_tells_width_and_sign(void **state)
{
    static const unsigned widths[] = {0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0, 0, 0, 1, 1, 2};

    (void)state;
    for (size_t i = 0; i < PL_COUNT(widths); i++)
        assert_int_equal(pl_sqlite_width(i), widths[i]);
    assert_true(pl_sqlite_width(UINT64_MAX) == (UINT64_MAX - 12) / 2);
    assert_true(pl_sqlite_number(PL_S("\xff\xfe")) == -2);
    assert_true(pl_sqlite_number((pl_str){"\x00\xfe", 2}) == 254);
    assert_true(pl_sqlite_number(PL_S("")) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_number_has_one_to_nine_bytes),
        cmocka_unit_test(a_number_that_ends_early_takes_nothing),
        cmocka_unit_test(a_record_is_types_and_values),
        cmocka_unit_test(a_type_tells_width_and_sign),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
