/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "core/hostfile.h"
#include "package/copyright.h"
#include "package/licence.h"

#include <string.h>

static pl_licences *table(void)
{
    pl_licences *l = NULL;
    pl_err err = {0};

    assert_ok(pl_licences_new(pl_content_builtin, &l, &err), err);
    return l;
}

/* Texts of real packages (Debian, npm, PyPI, Maven, CRAN), and what each becomes. */
static void real_texts_become_what_the_table_says(void **state)
{
    PL_AUTO_LICENCES pl_licences *l = table();
    PL_AUTO_BUF pl_buf text = {0};
    PL_AUTO_ROOT pl_root root = {.fd = -1};
    pl_str line;
    pl_err err = {0};
    size_t n = 0;

    (void)state;
    assert_ok(pl_root_open(PL_SOURCE_ROOT "/tests/unit/package", &root, &err), err);
    assert_ok(pl_root_read(&root, PL_S("/licences.tsv"), PL_HOSTFILE_MAX, &text, NULL, &err), err);
    for (pl_str rest = pl_buf_view(&text); pl_str_cut(&rest, '\n', &line); n++) {
        PL_AUTO_BUF pl_buf got = {0};
        pl_str want = line, said;
        (void)pl_str_cut(&want, '\t', &said);
        bool is_known = pl_licence_expression(l, said, &got);
        if (!pl_str_eq(pl_buf_view(&got), want))
            fail_msg("%.*s: %.*s, not %.*s", PL_F(said), PL_F(pl_buf_view(&got)), PL_F(want));
        if (is_known == pl_str_has(want, PL_S("LicenseRef-")))
            fail_msg("%.*s: known %d", PL_F(said), is_known);
    }
    assert_true(n > 300);
}

static void an_expression_stays_what_it_is(void **state)
{
    PL_AUTO_LICENCES pl_licences *l = table();
    PL_AUTO_BUF pl_buf text = {0};
    PL_AUTO_ROOT pl_root root = {.fd = -1};
    pl_str line;
    pl_err err = {0};

    (void)state;
    assert_ok(pl_root_open(PL_SOURCE_ROOT "/tests/unit/package", &root, &err), err);
    assert_ok(pl_root_read(&root, PL_S("/licences.tsv"), PL_HOSTFILE_MAX, &text, NULL, &err), err);
    for (pl_str rest = pl_buf_view(&text); pl_str_cut(&rest, '\n', &line);) {
        PL_AUTO_BUF pl_buf again = {0};
        pl_str want = line, said;
        (void)pl_str_cut(&want, '\t', &said);
        (void)pl_licence_expression(l, want, &again);
        if (!pl_str_eq(pl_buf_view(&again), want))
            fail_msg("%.*s became %.*s", PL_F(want), PL_F(pl_buf_view(&again)));
    }
}

static void what_is_too_long_or_too_deep_is_unknown(void **state)
{
    PL_AUTO_LICENCES pl_licences *l = table();
    PL_AUTO_BUF pl_buf deep = {0}, many = {0}, a = {0}, b = {0};

    (void)state;
    for (int i = 0; i < 2 * PL_LICENCE_DEPTH; i++)
        pl_buf_c(&deep, "(MIT AND ");
    for (int i = 0; i < 2 * PL_LICENCE_TERMS; i++)
        pl_buf_c(&many, "MIT AND ");
    assert_false(pl_licence_expression(l, pl_buf_view(&deep), &a));
    assert_str(pl_buf_view(&a), "LicenseRef-unknown");
    assert_false(pl_licence_expression(l, pl_buf_view(&many), &b));
    assert_str(pl_buf_view(&b), "LicenseRef-unknown");
}

/* ---- policy ---- */

static pl_strs list_of(const char *words, pl_str room[8])
{
    pl_str rest = pl_str_c(words), word;
    size_t n = 0;

    while (n < 8 && pl_str_cut(&rest, ' ', &word))
        room[n++] = word;
    return (pl_strs){room, n};
}

static void a_policy_is_applied_to_the_expression(void **state)
{
    static const struct {
        const char *expression, *allowed, *denied;
        pl_licence_verdict verdict;
    } rows[] = {
        {"MIT", "MIT", "", PL_LICENCE_ALLOWED},
        {"MIT", "ISC", "", PL_LICENCE_DENIED},
        {"MIT", "", "GPL-3.0-only", PL_LICENCE_ALLOWED},
        {"GPL-3.0-only", "", "GPL-*", PL_LICENCE_DENIED},
        {"LGPL-3.0-only", "", "GPL-*", PL_LICENCE_ALLOWED},
        {"MIT OR GPL-3.0-only", "MIT", "GPL-*", PL_LICENCE_ALLOWED},
        {"MIT AND GPL-3.0-only", "MIT", "GPL-*", PL_LICENCE_DENIED},
        {"MIT AND (ISC OR GPL-3.0-only)", "MIT ISC", "", PL_LICENCE_ALLOWED},
        {"LicenseRef-BSD", "MIT", "", PL_LICENCE_UNDECIDED},
        {"LicenseRef-BSD", "MIT LicenseRef-BSD", "", PL_LICENCE_ALLOWED},
        {"LicenseRef-BSD OR MIT", "MIT", "", PL_LICENCE_ALLOWED},
        {"LicenseRef-BSD AND MIT", "MIT", "", PL_LICENCE_UNDECIDED},
        {"LicenseRef-BSD AND GPL-2.0-only", "MIT", "", PL_LICENCE_DENIED},
        {"LicenseRef-BSD OR GPL-2.0-only", "MIT", "", PL_LICENCE_UNDECIDED},
        {"GPL-2.0-only WITH Classpath-exception-2.0", "", "GPL-*", PL_LICENCE_DENIED},
        {"Apache-2.0 WITH LLVM-exception", "Apache-2.0", "", PL_LICENCE_ALLOWED},
        {"MIT AND", "MIT", "", PL_LICENCE_UNDECIDED},
    };

    (void)state;
    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        pl_str room[2][8];
        pl_licence_verdict got =
            pl_licence_judge(pl_str_c(rows[i].expression), list_of(rows[i].allowed, room[0]),
                             list_of(rows[i].denied, room[1]));
        if (got != rows[i].verdict)
            fail_msg("%s: %d", rows[i].expression, got);
    }
}

static void an_exception_can_be_allowed_by_itself(void **state)
{
    const pl_str allowed = PL_S("GPL-2.0-only WITH Classpath-exception-2.0"),
                 denied = PL_S("GPL-*");

    (void)state;
    assert_int_equal(pl_licence_judge(allowed, (pl_strs){&allowed, 1}, (pl_strs){&denied, 1}),
                     PL_LICENCE_ALLOWED);
    assert_int_equal(
        pl_licence_judge(PL_S("GPL-2.0-only"), (pl_strs){&allowed, 1}, (pl_strs){&denied, 1}),
        PL_LICENCE_DENIED);
}

/* ---- Debian's copyright files ---- */

static void licences_of_copyright_files_are_gathered(void **state)
{
    static const struct {
        const char *text, *want;
    } rows[] = {
        {"Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\n"
         "Files: *\nLicense: GPL-2+\n\nFiles: x/*\nLicense: Expat\n Permission is hereby\n\n"
         "License: GPL-2+\n This program\n",
         "GPL-2+ AND Expat"},
        {"Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\n"
         "Files: *\nLicense: GPL-1+ or Artistic\n\nFiles: y\nLicense: MIT\n\n"
         "License: Artistic\n This is\n",
         "(GPL-1+ or Artistic) AND MIT"},
        {"Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n"
         "License: ISC\n\nFiles: *\nLicense: ISC and MIT\n\n",
         "ISC AND MIT"},
        {"This is free software; see /usr/share/common-licenses/GPL-2.\n", "GPL-2"},
        {"either version 2, or any later version.\nSee `/usr/share/common-licenses/GPL-2'.\n"
         "Parts: /usr/share/common-licenses/Apache-2.0\n",
         "GPL-2+ AND Apache-2.0"},
        {"Permission is granted to everybody.\nLicense: not a field here\n", ""},
        {"", ""},
    };

    (void)state;
    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        PL_AUTO_BUF pl_buf got = {0};
        pl_copyright_read(pl_str_c(rows[i].text), &got);
        if (!pl_str_eq(pl_buf_view(&got), pl_str_c(rows[i].want)))
            fail_msg("row %zu: %.*s", i, PL_F(pl_buf_view(&got)));
    }
}

static void a_table_with_a_name_twice_does_not_load(void **state)
{
    static const char text[] = "ids: [MIT, ISC]\naliases:\n  - {licence: ISC, names: [mit]}\n";
    const pl_content_file files[] = {
        {"licences/x.yaml", (const unsigned char *)text, sizeof(text) - 1}, {0}};
    pl_licences *l = NULL;
    pl_err err = {0};

    (void)state;
    assert_int_equal(pl_licences_new(files, &l, &err), PL_FORMAT);
    assert_non_null(strstr(err.text, "\"mit\" is there twice"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(real_texts_become_what_the_table_says),
        cmocka_unit_test(an_expression_stays_what_it_is),
        cmocka_unit_test(what_is_too_long_or_too_deep_is_unknown),
        cmocka_unit_test(a_policy_is_applied_to_the_expression),
        cmocka_unit_test(an_exception_can_be_allowed_by_itself),
        cmocka_unit_test(licences_of_copyright_files_are_gathered),
        cmocka_unit_test(a_table_with_a_name_twice_does_not_load),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
