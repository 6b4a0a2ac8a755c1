/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "patch/limits.h"
#include "patch/plan.h"

#include <string.h>

enum { ARENA = 16 << 20 };

static const pl_str chain[] = {PL_S("a"), PL_S("b"), PL_S("c"), PL_S("d")};
static const pl_str other[] = {PL_S("a"), PL_S("x")};

static void a_base_comes_before_what_stands_on_it(void **state)
{
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(ARENA);
    const pl_plan_image images[] = {
        {.name = PL_S("app"), .chain_ids = chain, .n_layers = 4, .is_affected = true, .layer = 0},
        {.name = PL_S("middle"),
         .chain_ids = chain,
         .n_layers = 2,
         .is_affected = true,
         .layer = 0},
        {.name = PL_S("base"),
         .chain_ids = chain,
         .n_layers = 1,
         .is_affected = true,
         .update = PL_S("zlib to 2")},
        {.name = PL_S("clean"), .chain_ids = other, .n_layers = 2},
    };
    const pl_plan_container containers[] = {{.name = PL_S("late"), .image = 0},
                                            {.name = PL_S("clean"), .image = 3},
                                            {.name = PL_S("early"), .image = 2}};
    pl_err err = {0};
    pl_plan p;

    (void)state;
    assert_ok(pl_plan_make(images, 4, containers, 3, a, &p, &err), err);
    assert_int_equal(p.n_steps, 3);
    assert_int_equal(p.steps[0].image, 2);
    assert_true(p.steps[0].updates && !p.steps[0].follows);
    assert_int_equal(p.steps[1].image, 1);
    assert_int_equal(p.steps[1].parent, 2);
    assert_true(p.steps[1].follows && !p.steps[1].updates);
    assert_int_equal(p.steps[2].image, 0);
    assert_int_equal(p.steps[2].parent, 1);
    assert_int_equal(p.n_containers, 2);
    assert_str(p.containers[0].name, "early");
    assert_str(p.containers[1].name, "late");
}

static void what_lies_in_its_own_layer_is_updated_there(void **state)
{
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(ARENA);
    const pl_plan_image images[] = {
        {.name = PL_S("base"), .chain_ids = chain, .n_layers = 1},
        {.name = PL_S("app"), .chain_ids = chain, .n_layers = 3, .is_affected = true, .layer = 2},
    };
    pl_err err = {0};
    pl_plan p;

    (void)state;
    assert_ok(pl_plan_make(images, 2, NULL, 0, a, &p, &err), err);
    assert_int_equal(p.n_steps, 1);
    assert_int_equal(p.steps[0].parent, 0);
    assert_true(p.steps[0].updates && !p.steps[0].follows);
}

static void images_with_the_same_layers_are_no_base_of_each_other(void **state)
{
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(ARENA);
    const pl_plan_image images[] = {
        {.name = PL_S("one"), .chain_ids = chain, .n_layers = 2, .is_affected = true},
        {.name = PL_S("two"), .chain_ids = chain, .n_layers = 2, .is_affected = true},
        {.name = PL_S("none"), .is_affected = true},
    };
    pl_err err = {0};
    pl_plan p;

    (void)state;
    assert_ok(pl_plan_make(images, 3, NULL, 0, a, &p, &err), err);
    assert_int_equal(p.n_steps, 3);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(p.steps[i].parent, PL_PLAN_NONE);
}

static void too_many_images_are_named_as_such(void **state)
{
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(ARENA);
    pl_err err = {0};
    pl_plan p;

    (void)state;
    assert_int_equal(pl_plan_make(NULL, PL_PLAN_IMAGES + 1, NULL, 0, a, &p, &err), PL_LIMIT);
    assert_non_null(strstr(err.text, "20000 images"));
}

static void a_shell_takes_every_word_as_one(void **state)
{
    PL_AUTO_BUF pl_buf out = {0};

    (void)state;
    pl_shell_quote(&out, PL_S("it's $(touch x)\n`y`\0z"));
    assert_str(pl_buf_view(&out), "'it'\\''s $(touch x)\n`y`z'");
}

static void a_graph_quotes_names(void **state)
{
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(ARENA);
    PL_AUTO_BUF pl_buf out = {0};
    const pl_plan_image images[] = {
        {.name = PL_S("a\"];evil\\\x1b"), .chain_ids = chain, .n_layers = 1, .is_affected = true}};
    pl_err err = {0};
    pl_plan p;

    (void)state;
    assert_ok(pl_plan_make(images, 1, NULL, 0, a, &p, &err), err);
    pl_plan_dot(&p, &out);
    assert_true(pl_str_has(pl_buf_view(&out), PL_S("[label=\"a\\\"];evil")));
    assert_false(pl_str_has(pl_buf_view(&out), PL_S("\x1b")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_base_comes_before_what_stands_on_it),
        cmocka_unit_test(what_lies_in_its_own_layer_is_updated_there),
        cmocka_unit_test(images_with_the_same_layers_are_no_base_of_each_other),
        cmocka_unit_test(too_many_images_are_named_as_such),
        cmocka_unit_test(a_shell_takes_every_word_as_one),
        cmocka_unit_test(a_graph_quotes_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
