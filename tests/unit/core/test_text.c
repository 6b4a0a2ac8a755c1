/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "core/text.h"

#include <locale.h>
#include <string.h>

static void assert_visible(const char *in, size_t n, size_t max, const char *want)
{
    PL_AUTO_BUF pl_buf out = {0};

    pl_text_visible(&out, (pl_str){in, n}, max);
    pl_buf_ch(&out, '\0');
    assert_string_equal(out.p, want);
}

static void what_could_move_a_cursor_or_turn_a_word_is_escaped(void **state)
{
    (void)state;
    static const struct {
        const char *in, *want;
    } cases[] = {
        {"web:1", "web:1"},
        {"a\nb\tc\r", "a\\nb\\tc\\r"},
        {"\x1b[2Jx", "\\x1b[2Jx"},
        {"\xe2\x80\xae"
         "gpj.exe",
         "\\u202egpj.exe"}, /* right-to-left override */
        {"a\xe2\x80\x8b"
         "b",
         "a\\u200bb"}, /* zero width space */
        {"\xc2\x9b"
         "2J",
         "\\x9b2J"},                       /* CSI in one character */
        {"\xf3\xa0\x81\x81", "\\U0e0041"}, /* a tag character */
        {"caf\xc3\xa9 \xe6\x97\xa5", "caf\xc3\xa9 \xe6\x97\xa5"},
        {"\xff\xc3", "\\xff\\xc3"},          /* not UTF-8 */
        {"\xc0\x8a", "\\xc0\\x8a"},          /* newline in two bytes */
        {"\xed\xa0\x80", "\\xed\\xa0\\x80"}, /* a surrogate */
        {"\x7f", "\\x7f"},
    };
    for (size_t i = 0; i < PL_COUNT(cases); i++)
        assert_visible(cases[i].in, strlen(cases[i].in), PL_TEXT_ALL, cases[i].want);
    assert_visible("a\0b", 3, PL_TEXT_ALL, "a\\x00b");
}

static void long_text_is_cut_within_its_columns(void **state)
{
    (void)state;
    assert_visible("abcdef", 6, 6, "abcdef");
    assert_visible("abcdefg", 7, 6, "abc...");
    assert_visible("abcdefg", 7, 2, "ab");
    assert_visible("abcdefg", 7, 0, "");
    /* Wide characters take two columns; an escape is never cut in half. */
    assert_visible("\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5", 12, 7,
                   "\xe6\x97\xa5\xe6\x97\xa5...");
    assert_visible("abc\n\n\n", 6, 8, "abc\\n...");
}

static void combining_marks_without_end_are_cut_too(void **state)
{
    (void)state;
    static char marks[20000];
    PL_AUTO_BUF pl_buf out = {0};

    for (size_t i = 0; i < sizeof(marks); i += 2) {
        marks[i] = '\xcc';
        marks[i + 1] = '\x81';
    }
    pl_text_visible(&out, (pl_str){marks, sizeof(marks)}, 20);
    assert_true(out.n < 100);
}

static void columns_align_in_any_locale(void **state)
{
    (void)state;
    PL_AUTO_BUF pl_buf out = {0};

    assert_non_null(setlocale(LC_ALL, "C"));
    pl_text_column(&out, PL_S("\xe6\x97\xa5"), 4);
    pl_buf_ch(&out, '|');
    pl_text_column(&out, PL_S("abcdef"), 4);
    pl_buf_ch(&out, '|');
    assert_str(pl_buf_view(&out), "\xe6\x97\xa5  |a...|");
    assert_int_equal(pl_text_width(PL_S("\xe6\x97\xa5\xcc\x81\n")), 4);
}

static void a_long_text_is_broken_at_blanks_and_loses_nothing(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t columns;
        const char *lines; /* with | between them */
    } rows[] = {
        {"", 5, ""},
        {"one two", 7, "one two"},
        {"one two", 6, "one|two"},
        {"one two three", 7, "one two|three"},
        {"one   two", 5, "one|two"},
        {"  one two", 5, "  one|two"},
        {"abcdefgh ij", 3, "abc|def|gh|ij"},
        {"\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5", 4, "\xe6\x97\xa5\xe6\x97\xa5|\xe6\x97\xa5"},
        {"ab", 0, "a|b"},
        {"one ", 3, "one"},
        {"    ", 2, ""},
    };

    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        PL_AUTO_BUF pl_buf out = {0};
        pl_str rest = pl_str_c(rows[i].text);
        while (rest.n) {
            pl_buf_str(&out, pl_text_line(&rest, rows[i].columns));
            pl_buf_c(&out, rest.n ? "|" : "");
        }
        pl_buf_ch(&out, '\0');
        assert_string_equal(out.p, rows[i].lines);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_could_move_a_cursor_or_turn_a_word_is_escaped),
        cmocka_unit_test(long_text_is_cut_within_its_columns),
        cmocka_unit_test(combining_marks_without_end_are_cut_too),
        cmocka_unit_test(columns_align_in_any_locale),
        cmocka_unit_test(a_long_text_is_broken_at_blanks_and_loses_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
