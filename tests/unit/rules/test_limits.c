/* SPDX-License-Identifier: Apache-2.0 */
/* What is too deep, too long or too much is refused, or unknown, and never overruns the stack. */
#include "fixture.h"

#include "rules/eval.h"
#include "rules/names.h"

#include <pthread.h>
#include <string.h>

struct bench {
    pl_arena *a;
    pl_schema *schema;
    pl_content content;
    pl_list lists[40];
    pl_macro macros[40];
    pl_buf text;
    pl_err err;
};

static int set_up(void **state)
{
    struct bench *b = calloc(1, sizeof(*b));
    b->a = pl_arena_new((size_t)256 << 20);
    b->schema = fixture_schema();
    b->content.lists = b->lists;
    b->content.macros = b->macros;
    *state = b;
    return 0;
}

static int tear_down(void **state)
{
    struct bench *b = *state;
    pl_buf_done(&b->text);
    pl_schema_free(b->schema);
    pl_arena_free(b->a);
    free(b);
    return 0;
}

/* Compiles the condition and evaluates it; PL_DONT_KNOW with *why, or rc in b->err. */
static pl_rc run(struct bench *b, pl_str condition, const char *fields, pl_truth *ret, pl_why *why)
{
    const pl_code *code = NULL;
    pl_names *names = NULL;
    pl_ast *tree = NULL;
    pl_compiler c = {.scope = {.schema = b->schema, .subject = fixture_subject()}, .arena = b->a};

    pl_rc rc = pl_names_new(&b->content, b->a, &names, &b->err);
    if (!rc)
        rc = pl_names_parse(names, condition, false, b->a, &tree, &b->err);
    if (!rc)
        rc = pl_compile(&c, tree, &code, &b->err);
    if (rc)
        return rc;
    PL_AUTO_ARENA pl_arena *scratch = pl_arena_new(PL_RULES_SCRATCH);
    pl_eval e = {.subject = fixture_record(b->a, fixture_subject(), pl_str_c(fields)),
                 .scratch = scratch,
                 .steps = PL_RULES_STEPS};
    *ret = pl_eval_run(&e, code, why);
    return PL_OK;
}

static pl_str repeat(struct bench *b, const char *before, size_t n, const char *core,
                     const char *after)
{
    pl_buf_reset(&b->text);
    for (size_t i = 0; i < n; i++)
        pl_buf_c(&b->text, before);
    pl_buf_c(&b->text, core);
    for (size_t i = 0; i < n; i++)
        pl_buf_c(&b->text, after);
    return pl_buf_view(&b->text);
}

/* ---- depth ---- */

static void *run_deep(void *arg)
{
    struct bench *b = arg;
    pl_truth t = PL_FALSE;
    pl_why why;
    static const char *const before[] = {"(", "not (", "(t.i = 2 or ", "(t.b = true and not (",
                                         "(t.b = true and not("};
    static const char *const after[] = {")", ")", ")", "))", "))"};

    for (size_t i = 0; i < PL_COUNT(before); i++) {
        size_t levels = strcmp(after[i], "))") == 0 ? PL_RULES_DEPTH / 2 : PL_RULES_DEPTH;
        pl_str s = repeat(b, before[i], levels, "t.i = 1", after[i]);
        if (run(b, s, "t.i=1 t.b=true", &t, &why) != PL_OK || t != PL_TRUE)
            return (void *)before[i];
        s = repeat(b, before[i], levels + 1, "t.i = 1", after[i]);
        if (run(b, s, "t.i=1 t.b=true", &t, &why) != PL_LIMIT)
            return (void *)before[i];
    }
    return NULL;
}

/* Half of what a new thread gets by default on small systems. */
static void a_thousand_levels_fit_a_small_stack(void **state)
{
    pthread_attr_t attr;
    pthread_t thread;
    void *bad = NULL;

    assert_int_equal(pthread_attr_init(&attr), 0);
    assert_int_equal(pthread_attr_setstacksize(&attr, PL_SANITIZED ? 8 << 20 : 1 << 20), 0);
    assert_int_equal(pthread_create(&thread, &attr, run_deep, *state), 0);
    assert_int_equal(pthread_join(thread, &bad), 0);
    pthread_attr_destroy(&attr);
    if (bad)
        fail_msg("levels of \"%s\": %s", (const char *)bad, ((struct bench *)*state)->err.text);
}

static void deeper_conditions_say_so(void **state)
{
    struct bench *b = *state;
    pl_truth t;
    pl_why why;

    pl_str s = repeat(b, "(", 200000 / 2, "t.i = 1", ")");
    assert_int_equal(run(b, s, "-", &t, &why), PL_LIMIT);
    assert_string_equal(b->err.text, "nested deeper than 1000");
    s = repeat(b, "tolower(", 2000, "t.s", ")");
    assert_int_equal(run(b, s, "-", &t, &why), PL_LIMIT);
    assert_string_equal(b->err.text, "nested deeper than 1000");
    s = repeat(b, "concat(\"\", ", 999, "t.s", ")");
    pl_buf_c(&b->text, " = a");
    assert_ok(run(b, pl_buf_view(&b->text), "t.s=\"a\"", &t, &why), b->err);
    assert_int_equal(t, PL_TRUE);
}

static void a_long_row_of_nots_and_ands_is_not_deep(void **state)
{
    struct bench *b = *state;
    pl_truth t;
    pl_why why;

    pl_str s = repeat(b, "not ", 20001, "t.i = 1", "");
    assert_ok(run(b, s, "t.i=1", &t, &why), b->err);
    assert_int_equal(t, PL_FALSE);
    s = repeat(b, "t.i = 1 and ", 15000, "t.b = true", "");
    assert_ok(run(b, s, "t.i=1 t.b=true", &t, &why), b->err);
    assert_int_equal(t, PL_TRUE);
    s = repeat(b, "m or ", 50000, "t.b = true", "");
    assert_int_equal(run(b, s, "-", &t, &why), PL_LIMIT);
    assert_string_equal(b->err.text, "more than 50000 parts");
}

/* ---- macros and lists ---- */

static char *copy(struct bench *b, const char *text)
{
    char *c = pl_arena_calloc(b->a, strlen(text) + 1, 1);
    memcpy(c, text, strlen(text));
    return c;
}

static void macros_that_double_each_other_are_stopped(void **state)
{
    struct bench *b = *state;
    pl_truth t;
    pl_why why;

    b->macros[0] = (pl_macro){PL_S("m0"), PL_S("t.i = 1 or t.i = 2")};
    for (int i = 1; i < 30; i++) {
        char name[16];
        char text[64];
        (void)snprintf(name, sizeof(name), "m%d", i);
        (void)snprintf(text, sizeof(text), "m%d and m%d", i - 1, i - 1);
        b->macros[i] = (pl_macro){pl_str_c(copy(b, name)), pl_str_c(copy(b, text))};
    }
    b->content.n_macros = 30;
    assert_int_equal(run(b, PL_S("m29"), "-", &t, &why), PL_LIMIT);
    assert_true(pl_str_starts(pl_str_c(b->err.text), PL_S("macro m")));
    assert_true(pl_str_has(pl_str_c(b->err.text), PL_S("more than 50000 parts with macro m")));
}

static void macros_see_only_those_before_them(void **state)
{
    struct bench *b = *state;
    pl_truth t;
    pl_why why;

    b->macros[0] = (pl_macro){PL_S("early"), PL_S("later")};
    b->macros[1] = (pl_macro){PL_S("later"), PL_S("t.i = 1")};
    b->content.n_macros = 2;
    assert_int_equal(run(b, PL_S("early"), "-", &t, &why), PL_FORMAT);
    assert_string_equal(b->err.text, "macro early: unknown macro later");
    b->macros[0].condition = PL_S("t.i = 1 and early");
    assert_int_equal(run(b, PL_S("early"), "-", &t, &why), PL_FORMAT);
    assert_string_equal(b->err.text, "macro early: macro early uses itself");
}

static void lists_that_blow_up_are_stopped(void **state)
{
    struct bench *b = *state;
    pl_str *items = pl_arena_calloc(b->a, 1000, sizeof(*items));
    pl_str *more = pl_arena_calloc(b->a, 1000, sizeof(*items));
    pl_truth t;
    pl_why why;

    for (size_t i = 0; i < 1000; i++) {
        items[i] = PL_S("some_item");
        more[i] = PL_S("one");
    }
    b->lists[0] = (pl_list){.name = PL_S("one"), .items = items, .n = 1000};
    b->content.n_lists = 1;
    assert_ok(run(b, PL_S("t.s in (one)"), "t.s=\"x\"", &t, &why), b->err);
    b->lists[1] = (pl_list){.name = PL_S("two"), .items = more, .n = 1000};
    b->content.n_lists = 2;
    assert_int_equal(run(b, PL_S("t.s in (two)"), "-", &t, &why), PL_LIMIT);
    assert_string_equal(b->err.text, "list two: longer than 262144 bytes");
    b->content.n_lists = 1;
    pl_str s = repeat(b, "t.s in (one) or ", 40, "t.i = 1", "");
    assert_int_equal(run(b, s, "-", &t, &why), PL_LIMIT);
    assert_string_equal(b->err.text, "condition of more than 262144 bytes");
}

/* ---- one evaluation ---- */

static void an_evaluation_that_takes_too_many_steps_is_unknown(void **state)
{
    struct bench *b = *state;
    pl_truth t;
    pl_why why;

    pl_buf_reset(&b->text);
    pl_buf_c(&b->text, "t.s=\"");
    for (int i = 0; i < 4000; i++)
        pl_buf_c(&b->text, "aaaaaaaaaa");
    pl_buf_c(&b->text, "\"");
    pl_buf_ch(&b->text, '\0');
    const char *fields = pl_arena_str(b->a, pl_buf_view(&b->text)).p;
    pl_str s = repeat(b, "", 0,
                      "t.s glob \"*aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
                      "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab\"",
                      "");
    assert_ok(run(b, s, fields, &t, &why), b->err);
    assert_int_equal(t, PL_DONT_KNOW);
    assert_string_equal(why.reason, "limit:steps");
    assert_ok(run(b, PL_S("t.s glob *a*b*"), fields, &t, &why), b->err);
    assert_int_equal(t, PL_FALSE);
}

static void functions_that_make_too_much_are_unknown(void **state)
{
    struct bench *b = *state;
    pl_truth t;
    pl_why why;

    pl_buf_reset(&b->text);
    pl_buf_c(&b->text, "t.s=\"");
    for (int i = 0; i < 20000; i++)
        pl_buf_c(&b->text, "aaaaaaaaaa");
    pl_buf_c(&b->text, "\"");
    pl_buf_ch(&b->text, '\0');
    const char *fields = pl_arena_str(b->a, pl_buf_view(&b->text)).p;
    pl_str s = repeat(b, "concat(t.s, ", 40, "t.s", ")");
    pl_buf_c(&b->text, " = a");
    s = pl_buf_view(&b->text);
    assert_ok(run(b, s, fields, &t, &why), b->err);
    assert_int_equal(t, PL_DONT_KNOW);
    assert_string_equal(why.reason, "limit:memory");
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_thousand_levels_fit_a_small_stack),
        T(deeper_conditions_say_so),
        T(a_long_row_of_nots_and_ands_is_not_deep),
        T(macros_that_double_each_other_are_stopped),
        T(macros_see_only_those_before_them),
        T(lists_that_blow_up_are_stopped),
        T(an_evaluation_that_takes_too_many_steps_is_unknown),
        T(functions_that_make_too_much_are_unknown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
