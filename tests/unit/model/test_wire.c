/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "fixture.h"
#include "model/wire.h"

#include <string.h>

static pl_record *sample(pl_arena *a)
{
    static const pl_str tags[] = {{"x", 1}, {"y\0z", 3}};
    static const int64_t numbers[] = {-1, INT64_MAX};
    static pl_record *parts[1];
    pl_record *thing = pl_record_new(a, &kind_thing);
    pl_record *peer = pl_record_new(a, &kind_thing);

    parts[0] = pl_record_new(a, &kind_part);
    pl_set_str(parts[0], PL_F_PART_NAME, PL_S("wheel"));
    pl_set_unreadable(parts[0], PL_F_PART_SIZE, "limit:parts");
    pl_set_str(peer, PL_F_THING_NAME, PL_S("peer"));
    pl_set_str(thing, PL_F_THING_NAME, PL_S("thing"));
    pl_set_bool(thing, PL_F_THING_OPEN, true);
    pl_set_int(thing, PL_F_THING_BORN, 5);
    pl_set_strs(thing, PL_F_THING_TAGS, tags, 2);
    pl_set_ints(thing, PL_F_THING_NUMBERS, numbers, 2);
    pl_set_recs(thing, PL_F_THING_PARTS, parts, 1);
    pl_set_rec(thing, PL_F_THING_PEER, peer);
    pl_set_str(thing, PL_F_THING_SECRET, PL_S("hunter2"));
    return thing;
}

static void a_record_comes_back_as_it_was(void **state)
{
    (void)state;
    PL_AUTO_SCHEMA pl_schema *s = thing_schema();
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(1 << 20);
    PL_AUTO_BUF pl_buf once = {0};
    PL_AUTO_BUF pl_buf twice = {0};
    pl_record *back = NULL;
    pl_err err = {0};

    pl_record_encode(sample(a), &once);
    pl_rd r = pl_rd_of(once.p, once.n);
    assert_ok(pl_record_decode(s, a, &r, &back, &err), err);
    assert_true(pl_rd_done(&r));
    pl_record_encode(back, &twice);
    assert_true(pl_str_eq(pl_buf_view(&once), pl_buf_view(&twice)));
    const pl_value *parts = pl_get(back, PL_F_THING_PARTS);
    assert_string_equal(pl_get(parts->u.recs[0], PL_F_PART_SIZE)->reason, "limit:parts");
}

static void no_cut_and_no_flipped_byte_is_believed_blindly(void **state)
{
    (void)state;
    PL_AUTO_SCHEMA pl_schema *s = thing_schema();
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(1 << 20);
    PL_AUTO_BUF pl_buf good = {0};
    pl_record_encode(sample(a), &good);

    for (size_t n = 0; n < good.n; n++) {
        PL_AUTO_ARENA pl_arena *b = pl_arena_new(1 << 20);
        pl_rd r = pl_rd_of(good.p, n);
        pl_record *back = NULL;
        assert_int_not_equal(pl_record_decode(s, b, &r, &back, NULL), PL_OK);
    }
    for (size_t i = 0; i < good.n; i++) {
        PL_AUTO_ARENA pl_arena *b = pl_arena_new(1 << 16);
        good.p[i] = (char)(good.p[i] ^ 0x80);
        pl_rd r = pl_rd_of(good.p, good.n);
        pl_record *back = NULL;
        pl_rc rc = pl_record_decode(s, b, &r, &back, NULL);
        assert_true(rc == PL_OK || rc == PL_FORMAT || rc == PL_LIMIT);
        good.p[i] = (char)(good.p[i] ^ 0x80);
    }
}

static void values_print_as_people_read_them(void **state)
{
    (void)state;
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(1 << 20);
    pl_record *thing = sample(a);
    static const struct {
        int field;
        const char *want;
    } cases[] = {
        {PL_F_THING_OPEN, "true"},     {PL_F_THING_NUMBERS, "[-1, 9223372036854775807]"},
        {PL_F_THING_PARTS, "[wheel]"}, {PL_F_THING_PEER, "peer"},
        {PL_F_THING_SECRET, "***"},
    };
    for (size_t i = 0; i < PL_COUNT(cases); i++) {
        PL_AUTO_BUF pl_buf out = {0};
        pl_value_print(&thing_fields[cases[i].field], pl_get(thing, cases[i].field), &out);
        if (!pl_str_eq(pl_buf_view(&out), pl_str_c(cases[i].want)))
            fail_msg("%s: got \"%.*s\"", cases[i].want, PL_F(pl_buf_view(&out)));
    }
}

static void a_field_that_nobody_set_is_unreadable(void **state)
{
    (void)state;
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(1 << 20);
    pl_record *r = pl_record_new(a, &kind_thing);
    for (size_t i = 0; i < kind_thing.n; i++)
        assert_int_equal(r->v[i].state, PL_UNREADABLE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_record_comes_back_as_it_was),
        cmocka_unit_test(no_cut_and_no_flipped_byte_is_believed_blindly),
        cmocka_unit_test(values_print_as_people_read_them),
        cmocka_unit_test(a_field_that_nobody_set_is_unreadable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
