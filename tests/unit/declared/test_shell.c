/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "core/buf.h"
#include "declared/limits.h"
#include "declared/shell.h"

#include <string.h>

/* "a b* c** ; d": commands parted by semicolons, * where a word is open, ** where it may be
 * several, ! where there may be more words. */
static void print_commands(pl_buf *out, pl_shell *s)
{
    pl_shell_command c;

    for (bool first = true; pl_shell_next(s, &c); first = false) {
        pl_buf_c(out, first ? "" : " ; ");
        for (size_t i = 0; i < c.n; i++)
            pl_buf_fmt(out, "%s[%.*s]%s%s", i ? " " : "", PL_F(c.words[i].text),
                       c.words[i].is_open ? "*" : "", c.words[i].is_split ? "*" : "");
        pl_buf_c(out, c.is_cut ? "!" : "");
        if (c.hidden.n)
            pl_buf_fmt(out, " <%.*s>", PL_F(c.hidden));
    }
}

static void check(const char *text, const char *want)
{
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(8 << 20);
    PL_AUTO_BUF pl_buf got = {0};
    pl_shell s;

    pl_shell_start(&s, a, pl_str_c(text));
    print_commands(&got, &s);
    if (!pl_str_eq(pl_buf_view(&got), pl_str_c(want)))
        fail_msg("%s: got \"%.*s\", want \"%s\"", text, PL_F(pl_buf_view(&got)), want);
}

static void words_are_taken_apart_as_a_shell_does(void **state)
{
    (void)state;
    check("a b\\\n  c", "[a] [b] [c]");
    check("a 'b c' \"d \\\"e\" f\\ g", "[a] [b c] [d \"e] [f g]");
    check("a \"\" b''c", "[a] [] [bc]");
    check("a # b\nc#d", "[a] ; [c#d]");
    check("a;b&&c||d|e&f", "[a] ; [b] ; [c] ; [d] ; [e] ; [f]");
    check("a >b 2>&1 <c d >>e", "[a] [d]");
    check("a 2 >b", "[a] [2]");
    check("(a b)", "[a] [b]");
    check("\r\na b\r\n", "[a] [b]");
    check("a 'b", "[a] [b]");
}

static void what_is_not_known_is_open(void **state)
{
    (void)state;
    check("a $B \"$C\" \"$@\" \"${D[@]}\" \"${D[0]}\"", "[a] []** []* []** []** []*");
    check("a ${B:-c} ${B-d} ${B:-c d} ${B:+x}", "[a] [c] [d] [c d]** []**");
    check("a x$B/y 5$", "[a] [x/y]** [5$]");
    check("a $1 $((1 + 2))", "[a] []** []** ; [1] [+] [2]");
    check("a $'--b' $\"c d\" $'e\\x20f' \"$'g'\"", "[a] [--b] [c d] [e20f]** [$'g']");
    check("a {b,c} {1..3} {{.D}} {} \"{e,f}\" x{g",
          "[a] [{b,c}]** [{1..3}]** [{{.D}}] [{}] [{e,f}] [x{g]");
    check("a \"${@:2}\"", "[a] []**");
}

static void commands_inside_of_others_come_at_the_end(void **state)
{
    (void)state;
    check("a $(b $(c)) `d`", "[a] []** []** ; [b] []** ; [d] ; [c]");
    check("a <(b)", "[a] []* ; [b]");
    check("a <<E b\nx y\nE\nc", "[a] [b] <x y> ; [c]");
    check("a <<-'E F'\n\tx\n\tE F\nc", "[a] <\tx> ; [c]");
}

static void places_count_lines_and_characters(void **state)
{
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(1 << 20);
    pl_shell s;
    pl_shell_command c;
    (void)state;

    pl_shell_start(&s, a, PL_S("\n  \xc3\xa4 b \\\n c $(d)"));
    assert_true(pl_shell_next(&s, &c));
    assert_int_equal(c.n, 4);
    assert_int_equal(c.words[1].line, 2);
    assert_int_equal(c.words[1].column, 5);
    assert_int_equal(c.words[2].line, 3);
    assert_int_equal(c.words[2].column, 2);
    assert_true(pl_shell_next(&s, &c));
    assert_int_equal(c.words[0].line, 3);
    assert_int_equal(c.words[0].column, 6);
}

static void limits_are_told(void **state)
{
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(64 << 20);
    PL_AUTO_BUF pl_buf many = {0}, deep = {0};
    pl_shell s;
    pl_shell_command c;
    (void)state;

    for (int i = 0; i < PL_DECLARED_WORDS_MAX + 1; i++)
        pl_buf_c(&many, "a ");
    pl_shell_start(&s, a, pl_buf_view(&many));
    assert_true(pl_shell_next(&s, &c));
    assert_true(c.is_cut);
    for (int i = 0; i < 3 * PL_DECLARED_SHELL_DEPTH; i++)
        pl_buf_c(&deep, "$(a ");
    pl_shell_start(&s, a, pl_buf_view(&deep));
    while (pl_shell_next(&s, &c))
        ;
    assert_true(s.is_cut);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_taken_apart_as_a_shell_does),
        cmocka_unit_test(what_is_not_known_is_open),
        cmocka_unit_test(commands_inside_of_others_come_at_the_end),
        cmocka_unit_test(places_count_lines_and_characters),
        cmocka_unit_test(limits_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
