/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "core/json_write.h"

#include <string.h>

enum { LONGEST = 25 };

/* What a reader of JSON makes of it. */
static void assert_reads_back(pl_str s, pl_str want)
{
    PL_AUTO_BUF pl_buf out = {0};

    pl_json_quote(&out, s);
    assert_true(pl_buf_ok(&out));
    json_auto_t *v = json_loadb(out.p, out.n, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    assert_non_null(v);
    const pl_str got = {json_string_value(v), json_string_length(v)};
    assert_true(pl_str_eq(got, want));
}

static void a_byte_of_ascii_reads_back_wherever_it_stands(void **state)
{
    (void)state;
    char text[LONGEST];

    for (size_t n = 0; n <= sizeof(text); n++)
        for (size_t at = 0; at < n; at++)
            for (int c = 0; c < 0x80; c++) {
                memset(text, 'x', n);
                text[at] = (char)c;
                assert_reads_back((pl_str){text, n}, (pl_str){text, n});
            }
    assert_reads_back(PL_S(""), PL_S(""));
}

static void text_beyond_ascii_stays_and_what_is_not_utf8_is_replaced(void **state)
{
    (void)state;
    assert_reads_back(PL_S("12345678\xc3\xa9"), PL_S("12345678\xc3\xa9"));
    assert_reads_back(PL_S("\xe2\x82\xac\"\\\n"), PL_S("\xe2\x82\xac\"\\\n"));
    assert_reads_back(PL_S("1234567\xff.12345678"), PL_S("1234567\xef\xbf\xbd.12345678"));
}

static void a_document_is_written_in_one_line_or_indented(void **state)
{
    (void)state;
    static const char *const want[] = {
        "{\"a\":[1,\"b\"],\"c\":{},\"d\":[],\"{,:\":{\"]}\":\"\\\"[\\\\\",\"e\":[[true]]}}",
        "{\n  \"a\": [\n    1,\n    \"b\"\n  ],\n  \"c\": {},\n  \"d\": [],\n  \"{,:\": {\n    "
        "\"]}\": \"\\\"[\\\\\",\n    \"e\": [\n      [\n        true\n      ]\n    ]\n  }\n}"};

    PL_AUTO_BUF pl_buf indented = {0};
    pl_json_indent(pl_str_c(want[0]), &indented);
    assert_true(pl_str_eq(pl_buf_view(&indented), pl_str_c(want[1])));
    for (size_t part = 1; part < 80; part++) {
        PL_AUTO_BUF pl_buf all = {0};
        for (pl_json_lines l = {.rest = pl_str_c(want[0])}; l.rest.n;)
            pl_json_lines_next(&l, all.n + part, &all);
        assert_true(pl_str_eq(pl_buf_view(&all), pl_str_c(want[1])));
    }
    for (size_t pretty = 0; pretty < 2; pretty++) {
        PL_AUTO_BUF pl_buf out = {0};
        pl_jw w = {.out = &out, .pretty = pretty};
        pl_jw_object(&w);
        pl_jw_key(&w, "a"), pl_jw_array(&w), pl_jw_int(&w, 1), pl_jw_c(&w, "b"), pl_jw_end(&w);
        pl_jw_key(&w, "c"), pl_jw_object(&w), pl_jw_end(&w);
        pl_jw_key(&w, "d"), pl_jw_array(&w), pl_jw_end(&w);
        pl_jw_key(&w, "{,:"), pl_jw_object(&w), pl_jw_key(&w, "]}"), pl_jw_c(&w, "\"[\\");
        pl_jw_key(&w, "e"), pl_jw_array(&w), pl_jw_array(&w), pl_jw_bool(&w, true);
        pl_jw_end(&w), pl_jw_end(&w), pl_jw_end(&w);
        pl_jw_end(&w);
        assert_true(pl_str_eq(pl_buf_view(&out), pl_str_c(want[pretty])));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_byte_of_ascii_reads_back_wherever_it_stands),
        cmocka_unit_test(text_beyond_ascii_stays_and_what_is_not_utf8_is_replaced),
        cmocka_unit_test(a_document_is_written_in_one_line_or_indented),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
