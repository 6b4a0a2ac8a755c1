/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "image/plan.h"

#include <string.h>

static void encode_two(pl_buf *ret)
{
    PL_AUTO_PLAN pl_plan plan = {0};

    assert_true(pl_plan_add(&plan, &(pl_plan_layer){.name = PL_S("blobs/sha256/ab"),
                                                    .has_diff_id = true,
                                                    .diff_id = {1, 2},
                                                    .has_blob = true,
                                                    .blob = {3, 4}}));
    assert_true(
        pl_plan_add(&plan, &(pl_plan_layer){.name = {"", 0}, .at = 512, .n = UINT64_C(1) << 40}));
    pl_plan_encode(&plan, ret);
    assert_true(pl_buf_ok(ret));
}

static void a_plan_comes_through(void **state)
{
    (void)state;
    PL_AUTO_BUF pl_buf b = {0};
    PL_AUTO_PLAN pl_plan plan = {0};

    encode_two(&b);
    assert_true(pl_plan_decode(pl_buf_view(&b), &plan));
    assert_int_equal(plan.n, 2);
    assert_str(plan.items[0].name, "blobs/sha256/ab");
    assert_true(plan.items[0].has_diff_id && plan.items[0].has_blob);
    assert_int_equal(plan.items[0].diff_id[1], 2);
    assert_int_equal(plan.items[0].blob[1], 4);
    assert_int_equal(plan.items[1].at, 512);
    assert_true(plan.items[1].n == UINT64_C(1) << 40);
    assert_false(plan.items[1].has_diff_id || plan.items[1].has_blob);
}

static void a_plan_that_is_cut_longer_or_changed_is_refused_or_has_names_that_stay_below(
    void **state)
{
    (void)state;
    PL_AUTO_BUF pl_buf b = {0};
    pl_plan plan;

    encode_two(&b);
    for (size_t n = 0; n < b.n; n++)
        assert_false(pl_plan_decode((pl_str){b.p, n}, &plan));
    for (size_t i = 0; i < b.n; i++) {
        b.p[i] ^= (char)0x80;
        if (pl_plan_decode(pl_buf_view(&b), &plan)) {
            for (size_t k = 0; k < plan.n; k++)
                assert_true(plan.items[k].name.n == 0 || pl_plan_is_name(plan.items[k].name));
            pl_plan_done(&plan);
        }
        b.p[i] ^= (char)0x80;
    }
    pl_buf_ch(&b, 'x');
    assert_false(pl_plan_decode(pl_buf_view(&b), &plan));
}

static void names_that_lead_out_of_a_folder_are_none(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        size_t n; /* 0: to its NUL */
        bool is_name;
    } rows[] = {
        {"index.json", 0, true},   {"blobs/sha256/00", 0, true},
        {"a..b/..c", 0, true},     {"", 0, false},
        {"/etc/shadow", 0, false}, {"..", 0, false},
        {"../state.db", 0, false}, {"blobs/../../x", 0, false},
        {"blobs/..", 0, false},    {"index\0json", 10, false},
    };

    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        pl_str name = {rows[i].name, rows[i].n ? rows[i].n : strlen(rows[i].name)};
        if (pl_plan_is_name(name) != rows[i].is_name)
            fail_msg("row %zu: %s", i, rows[i].name);
    }
}

static void digests_are_sha256_alone(void **state)
{
    (void)state;
    unsigned char raw[PL_SHA256];
    static const char hex[] =
        "sha256:00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

    assert_true(pl_plan_digest(pl_str_c(hex), raw));
    assert_int_equal(raw[1], 0x11);
    assert_false(pl_plan_digest(pl_str_sub(pl_str_c(hex), 0, 70), raw));
    assert_false(pl_plan_digest(PL_S("sha512:00"), raw));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plan_comes_through),
        cmocka_unit_test(
            a_plan_that_is_cut_longer_or_changed_is_refused_or_has_names_that_stay_below),
        cmocka_unit_test(names_that_lead_out_of_a_folder_are_none),
        cmocka_unit_test(digests_are_sha256_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
