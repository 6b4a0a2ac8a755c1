/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "core/hostfile.h"
#include "core/yaml_tree.h"
#include "protected/card.h"
#include "protected/digits.h"
#include "protected/protected.h"

#include <string.h>

/* What all tests share: the content as it is in the tree. */
struct fixture {
    pl_buf text;
    pl_content_file files[2];
    pl_protected *p;
    pl_protected_scan *s;
    pl_arena *a;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    PL_AUTO_ROOT pl_root root = {.fd = -1};
    pl_err err = {0};

    assert_non_null(f);
    assert_ok(pl_root_open(PL_SOURCE_ROOT "/content", &root, &err), err);
    assert_ok(
        pl_root_read(&root, PL_S("/protected/kinds.yaml"), PL_HOSTFILE_MAX, &f->text, NULL, &err),
        err);
    f->files[0] = (pl_content_file){"protected/kinds.yaml", (unsigned char *)f->text.p, f->text.n};
    assert_ok(pl_protected_new(f->files, &f->p, &err), err);
    f->s = pl_protected_scan_new(f->p);
    f->a = pl_arena_new(1 << 20);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    pl_buf_done(&f->text);
    pl_protected_scan_free(f->s);
    pl_protected_free(f->p);
    pl_arena_free(f->a);
    free(f);
    return 0;
}

/* A file given in pieces of this many bytes. */
static bool find_in_pieces(struct fixture *f, pl_str text, size_t piece, const char *kind,
                           pl_protected_found *ret)
{
    pl_protected_found found[PL_PROTECTED_KINDS];

    pl_protected_begin(f->s);
    for (size_t at = 0; at < text.n; at += piece)
        pl_protected_bytes(f->s, pl_str_sub(text, at, piece));
    size_t n = pl_protected_end(f->s, found);
    for (size_t i = 0; i < n; i++)
        if (pl_str_eq(pl_protected_about_kind(f->p, found[i].kind)->kind, pl_str_c(kind))) {
            *ret = found[i];
            return true;
        }
    return false;
}

static bool find(struct fixture *f, pl_str text, const char *kind, pl_protected_found *ret)
{
    return find_in_pieces(f, text, text.n ? text.n : 1, kind, ret);
}

static void each_kind_finds_its_examples_and_passes_its_near_misses(void **state)
{
    struct fixture *f = *state;
    pl_yaml *doc = NULL;
    pl_err err = {0};
    pl_protected_found found;
    char kind[64];

    assert_ok(pl_yaml_parse(f->a, pl_buf_view(&f->text), &doc, &err), err);
    assert_true(doc->n >= 15);
    assert_int_equal(doc->n, pl_protected_kinds(f->p));
    for (size_t i = 0; i < doc->n; i++) {
        const pl_yaml *finds = pl_yaml_get(&doc->items[i], "finds");
        const pl_yaml *passes = pl_yaml_get(&doc->items[i], "passes");
        assert_true(pl_str_to_c(pl_protected_about_kind(f->p, i)->kind, kind, sizeof(kind)));
        for (size_t k = 0; k < finds->n; k++)
            if (!find(f, finds->items[k].text, kind, &found) || found.is_test)
                fail_msg("%s is not found in %.*s", kind, PL_F(finds->items[k].text));
        for (size_t k = 0; k < passes->n; k++)
            if (find(f, passes->items[k].text, kind, &found))
                fail_msg("%s is found in %.*s", kind, PL_F(passes->items[k].text));
        assert_true(finds->n > 0 && passes->n > 0);
    }
}

static void numbers_are_found_wherever_the_file_is_cut(void **state)
{
    struct fixture *f = *state;
    PL_AUTO_BUF pl_buf text = {0};
    pl_protected_found found;

    for (size_t i = 0; i < 3000; i++)
        pl_buf_fmt(&text, "line %zu of a log that says nothing\n", i % 10);
    size_t at = text.n;
    pl_buf_c(&text, "ssn: 536-22-1234\n");
    pl_buf_c(&text, "card: 4539 1488 0343 6467");
    for (size_t piece = 1; piece < 200000; piece = piece * 3 + 1) {
        assert_true(find_in_pieces(f, pl_buf_view(&text), piece, "us-ssn", &found));
        assert_int_equal(found.n, 1);
        assert_int_equal(found.line, 3001);
        assert_int_equal(found.offset, at + 5);
        assert_true(find_in_pieces(f, pl_buf_view(&text), piece, "card-number", &found));
        assert_int_equal(found.n, 1);
        assert_int_equal(found.line, 3002);
    }
}

static void numbers_are_found_at_each_place_around_the_end_of_a_piece(void **state)
{
    struct fixture *f = *state;
    static char text[80000];
    static const char line[] = " ssn 536-22-1234 card 4539148803436467\n";
    pl_protected_found found;

    for (size_t at = 69500; at < 70300; at += 7) {
        memset(text, 'x', sizeof(text));
        memcpy(text + at, line, sizeof(line) - 1);
        pl_str all = {text, sizeof(text)};
        assert_true(find(f, all, "us-ssn", &found));
        assert_int_equal(found.n, 1);
        assert_int_equal(found.offset, at + 5);
        assert_true(find(f, all, "card-number", &found));
        assert_int_equal(found.n, 1);
    }
}

static void columns_are_known_by_their_names(void **state)
{
    static const struct {
        const char *text, *kind;
        bool is_found;
    } cases[] = {
        {"id;SocialSecurityNumber;x\n1;536221234;2\n", "us-ssn", true},
        {"id;x;SocialSecurityNumber\n1;536221234;2\n", "us-ssn", false},
        {"a\tcard_no\n1\t4539148803436467\n", "card-number", true},
        {"\"a, b\",ssn\n\"x, y\",536221234\n", "us-ssn", false}, /* a quoted name */
        {"CREATE TABLE p (\n id int,\n ssn char(9),\n PRIMARY KEY (id)\n);\n"
         "INSERT INTO p VALUES (1,'536221234');\n",
         "us-ssn", true},
        {"CREATE TABLE p (id int, n varchar(9), ssn char(9));\n"
         "INSERT INTO p VALUES (1,'536221234','');\n",
         "us-ssn", false},
        {"COPY people (id, ssn) FROM stdin;\n1\t536221234\n\\.\n", "us-ssn", true},
        {"INSERT INTO people (name, mrn) VALUES ('a', 'A482915'),('b (x, y)', 'A482916');\n",
         "medical-record-number", true},
    };
    struct fixture *f = *state;
    pl_protected_found found;

    for (size_t i = 0; i < PL_COUNT(cases); i++)
        if (find(f, pl_str_c(cases[i].text), cases[i].kind, &found) != cases[i].is_found)
            fail_msg("%s: %s", cases[i].kind, cases[i].text);
}

static bool is_found_in(struct fixture *f, const char *context, const char *number,
                        const char *kind)
{
    PL_AUTO_BUF pl_buf text = {0};
    pl_protected_found found;
    pl_str rest = pl_str_c(context);
    pl_str before;

    (void)pl_str_cut(&rest, '~', &before);
    pl_buf_fmt(&text, "%.*s%s%.*s", PL_F(before), number, PL_F(rest));
    return find(f, pl_buf_view(&text), kind, &found) && found.n == 1 && !found.is_test;
}

/* ~ is the number. */
static void numbers_are_found_in_each_way_of_writing(void **state)
{
    static const struct {
        const char *kind;
        const char *numbers[8];
        const char *contexts[10];
    } cases[] = {
        {"card-number",
         {"4539148803436467", "5425 2334 3010 9903", "374245455400126", "6011-0001-8033-1112",
          "36148900647913", "3530185156387088", "2200000000000053"},
         {"card_number: ~", "{\"pan\":\"~\",\"x\":1}", "<CardNumber>~</CardNumber>",
          "PAN=~ exp=12/27", "10:00:00 INFO charge visa ~ approved",
          "INSERT INTO t (id, cc_number) VALUES (7, '~');", "id,cc_number\n1,~\n",
          "\"creditCardNumber\" : ~,", "Credit Card # ~"}},
        {"us-ssn",
         {"536-22-1234", "536221234", "536 22 1234", "001-01-0009", "899-99-9998"},
         {"SSN: ~", "\"ssn\": \"~\"", "social_security_number=~", "<SSN>~</SSN>", "name,ssn\nA,~\n",
          "SocialSecurityNo ~", "soc-sec-num: ~", "his ssn is ~."}},
        {"us-mbi", {"2FH5-UF6-NM84", "2FH5UF6NM84"}, {"Medicare beneficiary id: ~", "mbi\t~"}},
        {"us-dea", {"BS5927681", "F91234575"}, {"DEA no. ~", "prescriber|~|x"}},
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < PL_COUNT(cases); i++)
        for (size_t n = 0; cases[i].numbers[n]; n++)
            for (size_t c = 0; cases[i].contexts[c]; c++)
                if (!is_found_in(f, cases[i].contexts[c], cases[i].numbers[n], cases[i].kind))
                    fail_msg("%s: %s in %s", cases[i].kind, cases[i].numbers[n],
                             cases[i].contexts[c]);
}

static void published_numbers_are_told_as_such(void **state)
{
    struct fixture *f = *state;
    pl_protected_found found;

    assert_true(find(f, PL_S("card: 4242424242424242"), "card-number", &found));
    assert_true(found.is_test);
    assert_true(find(f, PL_S("ssn: 078-05-1120"), "us-ssn", &found));
    assert_true(found.is_test);
    assert_true(find(f, PL_S("iban: GB82 WEST 1234 5698 7654 32"), "iban", &found));
    assert_true(found.is_test);
    assert_true(
        find(f, PL_S("card: 4242424242424242 card: 4539148803436467"), "card-number", &found));
    assert_false(found.is_test);
    assert_int_equal(found.n, 1);
}

static void a_column_of_other_numbers_is_no_column_of_cards(void **state)
{
    struct fixture *f = *state;
    PL_AUTO_BUF pl_buf text = {0};
    pl_protected_found found;

    /* Sixteen digits that rise by one: one in ten has a good check digit. */
    for (uint64_t i = 0; i < 1000; i++)
        pl_buf_fmt(&text, "%llu\n", (unsigned long long)(UINT64_C(4539148803436000) + i));
    assert_false(find(f, pl_buf_view(&text), "card-number", &found));
}

static void binary_files_need_a_word_near(void **state)
{
    struct fixture *f = *state;
    pl_protected_found found;

    assert_false(find(f, PL_S("\0\0 4539 1488 0343 6467 "), "card-number", &found));
    assert_true(find(f, PL_S("\0\0card 4539148803436467\0"), "card-number", &found));
    assert_int_equal(found.line, 0);
    assert_int_equal(found.offset, 7);
}

static void text_of_two_bytes_a_character_is_read(void **state)
{
    struct fixture *f = *state;
    static const char line[] = "ssn: 536-22-1234";
    pl_protected_found found;
    PL_AUTO_BUF pl_buf text = {0};

    pl_buf_c(&text, "\xff\xfe");
    for (size_t i = 0; i + 1 < sizeof(line); i++) {
        pl_buf_ch(&text, line[i]);
        pl_buf_ch(&text, 0);
    }
    assert_true(find(f, pl_buf_view(&text), "us-ssn", &found));
}

static void rows_of_a_database_are_read_by_their_columns(void **state)
{
    struct fixture *f = *state;
    PL_AUTO_ROOT pl_root root = {.fd = -1};
    PL_AUTO_BUF pl_buf file = {0};
    pl_protected_found found;
    pl_err err = {0};

    assert_ok(pl_root_open(PL_SOURCE_ROOT "/tests/fuzz/corpus/protected", &root, &err), err);
    assert_ok(pl_root_read(&root, PL_S("/sqlite"), PL_HOSTFILE_MAX, &file, NULL, &err), err);
    pl_str db = pl_str_sub(pl_buf_view(&file), 1, file.n); /* the first byte is the fuzzer's */
    for (size_t piece = 1; piece < 2 * db.n; piece *= 7) {
        assert_true(find_in_pieces(f, db, piece, "us-ssn", &found));
        assert_int_equal(found.n, 1);
        assert_int_equal(found.offset, 512);
        assert_true(find_in_pieces(f, db, piece, "card-number", &found));
        assert_int_equal(found.line, 0);
    }
}

static void a_program_that_holds_the_content_holds_no_such_data(void **state)
{
    struct fixture *f = *state;
    pl_protected_found found[PL_PROTECTED_KINDS];

    pl_protected_begin(f->s);
    pl_protected_bytes(f->s, pl_buf_view(&f->text));
    size_t n = pl_protected_end(f->s, found);
    for (size_t i = 0; i < n; i++)
        if (!found[i].is_test)
            fail_msg("%.*s in line %u", PL_F(pl_protected_about_kind(f->p, found[i].kind)->kind),
                     (unsigned)found[i].line);
}

static void each_test_of_a_number_knows_right_from_wrong(void **state)
{
    static const struct {
        const char *test, *text;
        size_t want;
    } cases[] = {
        {"ssn", "536-22-1234", 11},   {"ssn", "000-22-1234", 0},  {"ssn", "536-00-1234", 0},
        {"ssn", "536-22-0000", 0},    {"ssn", "900-22-1234", 0},  {"ssn", "333-33-3333", 0},
        {"itin", "912-70-1234", 11},  {"itin", "912-93-1234", 0}, {"itin", "812-70-1234", 0},
        {"npi", "1234567893", 10},    {"npi", "1234567894", 0},   {"npi", "3234567893", 0},
        {"dea", "AB1234563", 9},      {"dea", "AB1234564", 0},    {"dea", "NB1234563", 0},
        {"mbi", "1EG4-TE5-MK73", 13}, {"mbi", "0EG4TE5MK73", 0},  {"mbi", "1SG4TE5MK73", 0},
        {"nhs", "9434765919", 10},    {"nhs", "9434765918", 0},   {"nhs", "1111111111", 0},
        {"sin", "046454286", 0},      {"sin", "130692544", 9},    {"sin", "130692545", 0},
        {"aba", "021000021", 9},      {"aba", "021000022", 0},    {"aba", "991000021", 0},
        {"date", "1985-03-12", 10},   {"date", "12.03.1985", 10}, {"date", "1985-13-32", 0},
        {"date", "03/31/1985", 10},   {"date", "1799-03-12", 0},  {"has-digits", "A12345", 6},
        {"has-digits", "ABCDE1", 0},  {"none", "x", 1},
    };

    (void)state;
    assert_null(pl_number_test_named(PL_S("other")));
    for (size_t i = 0; i < PL_COUNT(cases); i++) {
        pl_number_test test = pl_number_test_named(pl_str_c(cases[i].test));
        pl_str text = pl_str_c(cases[i].text);
        if (test(text, text.n) != cases[i].want)
            fail_msg("%s %s", cases[i].test, cases[i].text);
    }
}

static void an_iban_has_the_length_of_its_country(void **state)
{
    pl_number_test test = pl_number_test_named(PL_S("iban"));

    (void)state;
    assert_int_equal(test(PL_S("DE75512108001245126199"), 4), 22);
    assert_int_equal(test(PL_S("DE75 5121 0800 1245 1261 99 BIC"), 4), 27);
    assert_int_equal(test(PL_S("DE7551210800124512619"), 4), 0);
    assert_int_equal(test(PL_S("DE75512108001245126198"), 4), 0);
    assert_int_equal(test(PL_S("XX75512108001245126199"), 4), 0);
}

static void content_that_is_wrong_does_not_load(void **state)
{
    static const struct {
        const char *text, *error;
    } cases[] = {
        {"a: b\n", "sequence"},
        {"- protected: x\n", "title"},
        {"- {protected: x, title: t, group: g, severity: bad, finds: [], passes: []}\n",
         "unknown severity"},
        {"- {protected: x, title: t, group: g, severity: low, finds: [], passes: []}\n", "one of"},
        {"- {protected: x, title: t, group: g, severity: low, shapes: ['9{'], finds: [], passes: "
         "[]}\n",
         "shape"},
        {"- {protected: x, title: t, group: g, severity: low, with_word: ['9'], finds: [], "
         "passes: []}\n",
         "needs words"},
        {"- {protected: x, title: t, group: g, severity: low, shapes: ['9'], test: y, finds: [], "
         "passes: []}\n",
         "unknown test"},
        {"- {protected: x, title: t, group: g, severity: low, shapes: ['9'], words: [A], finds: "
         "[], passes: []}\n",
         "small letters"},
        {"- {protected: x, title: t, group: g, severity: low, shapes: ['9'], near: '99', finds: "
         "[], passes: []}\n",
         "no number"},
        {"- &a {protected: x, title: t, group: g, severity: low, by: what, finds: [], passes: "
         "[]}\n",
         ""},
    };

    (void)state;
    for (size_t i = 0; i < PL_COUNT(cases); i++) {
        const pl_content_file files[] = {
            {"protected/x.yaml", (const unsigned char *)cases[i].text, strlen(cases[i].text)}, {0}};
        PL_AUTO_PROTECTED pl_protected *p = NULL;
        pl_err err = {0};
        assert_int_not_equal(pl_protected_new(files, &p, &err), PL_OK);
        if (!strstr(err.text, cases[i].error))
            fail_msg("%s: %s", cases[i].text, err.text);
    }
}

static void a_worker_reads_what_was_written_for_it(void **state)
{
    struct fixture *f = *state;
    PL_AUTO_PROTECTED pl_protected *p = NULL;
    PL_AUTO_PROTECTED pl_protected *none = NULL;
    PL_AUTO_BUF pl_buf form = {0};
    pl_err err = {0};

    assert_ok(pl_protected_write(f->files, &form, &err), err);
    assert_ok(pl_protected_read(pl_buf_view(&form), &p, &err), err);
    assert_int_equal(pl_protected_kinds(p), pl_protected_kinds(f->p));
    assert_int_equal(pl_protected_read(pl_str_sub(pl_buf_view(&form), 0, form.n / 2), &none, &err),
                     PL_FORMAT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_finds_its_examples_and_passes_its_near_misses),
        cmocka_unit_test(numbers_are_found_wherever_the_file_is_cut),
        cmocka_unit_test(numbers_are_found_at_each_place_around_the_end_of_a_piece),
        cmocka_unit_test(columns_are_known_by_their_names),
        cmocka_unit_test(numbers_are_found_in_each_way_of_writing),
        cmocka_unit_test(published_numbers_are_told_as_such),
        cmocka_unit_test(a_column_of_other_numbers_is_no_column_of_cards),
        cmocka_unit_test(binary_files_need_a_word_near),
        cmocka_unit_test(text_of_two_bytes_a_character_is_read),
        cmocka_unit_test(rows_of_a_database_are_read_by_their_columns),
        cmocka_unit_test(a_program_that_holds_the_content_holds_no_such_data),
        cmocka_unit_test(each_test_of_a_number_knows_right_from_wrong),
        cmocka_unit_test(an_iban_has_the_length_of_its_country),
        cmocka_unit_test(content_that_is_wrong_does_not_load),
        cmocka_unit_test(a_worker_reads_what_was_written_for_it),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
