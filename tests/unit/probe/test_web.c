/* SPDX-License-Identifier: Apache-2.0 */
/* Heads of HTTP answers. */
#include "test.h"

#include "probe/attacks.h"
#include "probe/head.h"
#include "probe/requests.h"

#include <stdio.h>
#include <string.h>

static void heads_are_told_from_what_is_none(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        pl_web_end end;
        int status;
    } rows[] = {
        {"HTTP/1.1 200 OK\r\nA: b\r\n\r\nbody", PL_WEB_OK, 200},
        {"HTTP/1.0 400\n\n", PL_WEB_OK, 400},
        {"HTTP/1.1 200 OK\r\nA: b\r\n", PL_WEB_SHORT, 200},
        {"HTTP/1.1 200 OK", PL_WEB_SHORT, 0},
        {"HT", PL_WEB_SHORT, 0},
        {"", PL_WEB_NONE, 0},
        {"SSH-2.0-x\r\n\r\n", PL_WEB_NONE, 0},
        {"HTTP/1.1 abc OK\r\n\r\n", PL_WEB_SHORT, 0},
        {"HTTP/1.1 99 OK\r\n\r\n", PL_WEB_SHORT, 0},
        {"HTTP/1.1 600 OK\r\n\r\n", PL_WEB_SHORT, 0},
        {"HTTP/1.1 2000 OK\r\n\r\n", PL_WEB_SHORT, 0},
        {"-ERR unknown command\r\n", PL_WEB_NONE, 0},
    };
    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        pl_web_head h;
        pl_web_end end = pl_web_read(pl_str_c(rows[i].bytes), &h);
        if (end != rows[i].end || (end == PL_WEB_OK && h.status != rows[i].status))
            fail_msg("\"%s\": end %d, status %d", rows[i].bytes, (int)end, h.status);
    }
}

static void headers_are_found_by_name_and_number(void **state)
{
    (void)state;
    pl_web_head h;
    pl_str v;

    assert_int_equal(
        pl_web_read(PL_S("HTTP/1.1 200 OK\r\nSet-Cookie: a=1; Secure\r\nserver:  x \r\n"
                         "set-cookie: b=2\r\nodd line\r\n\r\nrest"),
                    &h),
        PL_WEB_OK);
    assert_true(pl_web_get(&h, PL_S("Set-Cookie"), 0, &v));
    assert_str(v, "a=1; Secure");
    assert_true(pl_web_get(&h, PL_S("Set-Cookie"), 1, &v));
    assert_str(v, "b=2");
    assert_false(pl_web_get(&h, PL_S("Set-Cookie"), 2, &v));
    assert_true(pl_web_get(&h, PL_S("Server"), 0, &v));
    assert_str(v, "x");
    assert_str(h.body, "rest");
}

static void more_headers_than_are_kept_are_told(void **state)
{
    (void)state;
    char text[8192];
    size_t n = (size_t)snprintf(text, sizeof(text), "HTTP/1.1 200 OK\r\n");
    pl_web_head h;

    for (int i = 0; i < PL_PROBE_HEADERS + 1; i++)
        n += (size_t)snprintf(text + n, sizeof(text) - n, "H%d: v\r\n", i);
    n += (size_t)snprintf(text + n, sizeof(text) - n, "\r\n");
    assert_int_equal(pl_web_read((pl_str){text, n}, &h), PL_WEB_OK);
    assert_true(h.is_cut);
    assert_int_equal(h.n, PL_PROBE_HEADERS);
}

static void parameters_are_words(void **state)
{
    (void)state;
    pl_str v;

    assert_true(pl_web_parameter(PL_S("max-age=5; includeSubDomains"), PL_S("Max-Age"), &v));
    assert_str(v, "5");
    assert_true(pl_web_parameter(PL_S(" Path=/; secure"), PL_S("Secure"), &v));
    assert_str(v, "");
    assert_false(pl_web_parameter(PL_S("Path=/Secure; insecure"), PL_S("Secure"), &v));
    assert_false(pl_web_parameter(PL_S(""), PL_S("Secure"), &v));
}

static void an_address_of_ipv6_stands_in_brackets(void **state)
{
    (void)state;
    PL_AUTO_BUF pl_buf plain = {0}, attack = {0};
    const pl_attack x = {.path = PL_S("?a=1")};

    pl_request_write("GET", PL_S("/"), PL_S("::1"), 8443, &plain);
    assert_true(pl_str_has(pl_buf_view(&plain), PL_S("\r\nHost: [::1]:8443\r\n")));
    pl_buf_reset(&plain);
    pl_request_write("GET", PL_S("/"), PL_S("a.example"), 443, &plain);
    assert_true(pl_str_has(pl_buf_view(&plain), PL_S("\r\nHost: a.example\r\n")));
    pl_attack_write(&x, PL_S("/p"), PL_S("::1"), 443, &attack);
    assert_true(
        pl_str_starts(pl_buf_view(&attack), PL_S("GET /p?a=1 HTTP/1.0\r\nHost: [::1]:443\r\n")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(heads_are_told_from_what_is_none),
        cmocka_unit_test(headers_are_found_by_name_and_number),
        cmocka_unit_test(more_headers_than_are_kept_are_told),
        cmocka_unit_test(parameters_are_words),
        cmocka_unit_test(an_address_of_ipv6_stands_in_brackets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
