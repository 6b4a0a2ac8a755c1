/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "core/buf.h"
#include "declared/dockerfile_lines.h"
#include "declared/dockerfile_words.h"

#include <string.h>

/* ---- lines ---- */

/* "WORD rest|WORD rest", here-documents as <name=body> */
static void check_lines(const char *text, const char *want)
{
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(8 << 20);
    PL_AUTO_BUF pl_buf got = {0};
    pl_docker_file f;
    pl_err err = {0};

    assert_ok(pl_docker_lines(a, pl_str_c(text), &f, &err), err);
    for (size_t i = 0; i < f.n; i++) {
        pl_buf_fmt(&got, "%s%.*s %.*s", i ? "|" : "", PL_F(f.lines[i].word), PL_F(f.lines[i].rest));
        for (size_t k = 0; k < f.lines[i].n_documents; k++)
            pl_buf_fmt(&got, "<%.*s=%.*s>", PL_F(f.lines[i].documents[k].name),
                       PL_F(f.lines[i].documents[k].body));
    }
    if (!pl_str_eq(pl_buf_view(&got), pl_str_c(want)))
        fail_msg("%s: got \"%.*s\", want \"%s\"", text, PL_F(pl_buf_view(&got)), want);
}

static void instructions_are_joined_and_comments_left_out(void **state)
{
    (void)state;
    check_lines("FROM a\r\n\n# b\n  run c \\  \n # d\n\n  e\\\nf\n", "FROM a|run c   ef");
    check_lines("# escape=`\nRUN a `\n b\\\nUSER c", "RUN a  b\\|USER c");
    check_lines("\n# escape=`\nRUN a \\\n b", "RUN a  b");
    check_lines("RUN a \\", "RUN a");
    /* One that is escaped itself does not join. */
    check_lines("RUN a \\\\\nUSER b", "RUN a \\\\|USER b");
    check_lines("# check=x\n# made-up=1\n# other=1\n# escape=`\nRUN a \\\n b", "RUN a  b");
    check_lines("# other=1\n# escape=`\nRUN a `\n b", "RUN a  b");
    check_lines("\xef\xbb\xbf"
                "FROM a",
                "FROM a");
}

static void here_documents_are_kept(void **state)
{
    (void)state;
    check_lines("RUN <<A cat <<-'B' x\n1\n2\nA\n\t3\n\tB\nUSER d",
                "RUN <<A cat <<-'B' x<A=1\n2\n><B=\t3\n>|USER d");
    check_lines("COPY <<A <<B /x\n1\nA\n2\nB\n", "COPY <<A <<B /x<A=1\n><B=2\n>");
    check_lines("ENV a=<<A\n", "ENV a=<<A");
    check_lines("ONBUILD RUN <<A\nUSER b\nA\nUSER c", "ONBUILD RUN <<A<A=USER b\n>|USER c");
    check_lines("RUN echo \"a <<A b\" ' <<B '\nUSER c", "RUN echo \"a <<A b\" ' <<B '|USER c");
    check_lines("RUN\tcat\t<<A\n1\nA\n", "RUN cat\t<<A<A=1\n>");
}

static void a_document_without_an_end_is_an_error(void **state)
{
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(1 << 20);
    pl_docker_file f;
    pl_err err = {0};
    (void)state;

    assert_int_equal(pl_docker_lines(a, PL_S("FROM a\nRUN <<E\ntrue\n"), &f, &err), PL_FORMAT);
    assert_non_null(strstr(err.text, "line 2"));
}

static void a_place_is_that_of_the_line_it_was_written_in(void **state)
{
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(1 << 20);
    pl_docker_file f;
    pl_err err = {0};
    int line = 0, column = 0;
    (void)state;

    assert_ok(pl_docker_lines(a, PL_S("FROM a\n  ENV b=c \\\n    # d\n   e=f\n"), &f, &err), err);
    const pl_docker_line *l = &f.lines[1];
    pl_docker_place(l, l->rest.p, &line, &column);
    assert_int_equal(line, 2);
    assert_int_equal(column, 7);
    pl_docker_place(l, memchr(l->rest.p, 'e', l->rest.n), &line, &column);
    assert_int_equal(line, 4);
    assert_int_equal(column, 4);
}

/* ---- words ---- */

static pl_docker_known get(const void *arg, pl_str name, pl_str *ret)
{
    (void)arg;
    *ret = (pl_str){"", 0};
    if (pl_str_eq(name, PL_S("OPEN")))
        return PL_DOCKER_OPEN;
    if (pl_str_eq(name, PL_S("EMPTY")))
        return PL_DOCKER_KNOWN;
    if (!pl_str_eq(name, PL_S("A")))
        return PL_DOCKER_UNSET;
    *ret = PL_S("1");
    return PL_DOCKER_KNOWN;
}

static void check_words(const char *text, const char *want)
{
    const pl_docker_vars vars = {get, NULL, '\\'};
    PL_AUTO_BUF pl_buf word = {0}, got = {0};
    pl_str rest = pl_str_c(text);
    bool is_open = false;

    while (pl_docker_word(&rest, &vars, '\\', &word, &is_open))
        pl_buf_fmt(&got, "[%.*s]%s", PL_F(pl_buf_view(&word)), is_open ? "*" : "");
    if (!pl_str_eq(pl_buf_view(&got), pl_str_c(want)))
        fail_msg("%s: got \"%.*s\", want \"%s\"", text, PL_F(pl_buf_view(&got)), want);
}

static void variables_are_filled_in_outside_of_single_quotes(void **state)
{
    (void)state;
    check_words("$A ${A}b \"$A c\" '$A' \\$A", "[1][1b][1 c][$A][$A]");
    check_words("$B ${B:-d} ${B-$A} ${EMPTY:-e} ${EMPTY-e} ${A:+f} ${B:+f}", "[][d][1][e][][f][]");
    check_words("x$OPEN ${OPEN:-y} ${A#1} ${}", "[x]*[]*[]*[]*");
    check_words("a\\ b \"c\\\"d\" \"e\\f\" $ g$", "[a b][c\"d][e\\f][$][g$]");
    check_words("${B:-${B:-${A}}} ${A", "[1][1]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(instructions_are_joined_and_comments_left_out),
        cmocka_unit_test(here_documents_are_kept),
        cmocka_unit_test(a_document_without_an_end_is_an_error),
        cmocka_unit_test(a_place_is_that_of_the_line_it_was_written_in),
        cmocka_unit_test(variables_are_filled_in_outside_of_single_quotes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
