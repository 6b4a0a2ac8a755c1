/* SPDX-License-Identifier: Apache-2.0 */
/* Hand-made hellos, and what is believed of the first answer. */
#include "test.h"

#include "core/buf.h"
#include "probe/hello.h"

#include <string.h>

#define BYTES(s) ((pl_str){(s), sizeof(s) - 1})
#define RANDOM "0123456789abcdef0123456789abcdef"

static void answers_are_taken_apart(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        pl_str bytes;
        pl_hello_answer want;
    } rows[] = {
        {"TLS 1.2",
         {"\x16\x03\x03\x00\x2a\x02\x00\x00\x26\x03\x03" RANDOM "\x00\xc0\x2f\x00", 47},
         {PL_HELLO_ACCEPTED, PL_TLS_12, 0xc02f, 0}},
        {"SSL 3.0",
         {"\x16\x03\x00\x00\x2a\x02\x00\x00\x26\x03\x00" RANDOM "\x00\x00\x05\x00", 47},
         {PL_HELLO_ACCEPTED, PL_TLS_SSL3, 0x0005, 0}},
        {"TLS 1.3 in its extension",
         {"\x16\x03\x03\x00\x32\x02\x00\x00\x2e\x03\x03" RANDOM
          "\x00\x13\x01\x00\x00\x06\x00\x2b\x00\x02\x03\x04",
          55},
         {PL_HELLO_ACCEPTED, PL_TLS_13, 0x1301, 0}},
        {"an alert", BYTES("\x15\x03\x01\x00\x02\x02\x46"), {PL_HELLO_ALERT, 0, 0, 70}},
        {"part of a record", BYTES("\x16\x03\x03\x00\x2a\x02"), {PL_HELLO_MORE, 0, 0, 0}},
        {"one byte", BYTES("\x16"), {PL_HELLO_MORE, 0, 0, 0}},
        {"nothing", BYTES(""), {PL_HELLO_MORE, 0, 0, 0}},
        {"HTTP", BYTES("HTTP/1.1 400 Bad Request\r\n"), {PL_HELLO_ODD, 0, 0, 0}},
        {"another major version", BYTES("\x16\x02\x03\x00\x01\x02"), {PL_HELLO_ODD, 0, 0, 0}},
        {"a ServerHello that ends early",
         BYTES("\x16\x03\x03\x00\x06\x02\x00\x00\x02\x03\x03"),
         {PL_HELLO_UNREAD, 0, 0, 0}},
        {"another message",
         BYTES("\x16\x03\x03\x00\x04\x0b\x00\x00\x00"),
         {PL_HELLO_UNREAD, 0, 0, 0}},
        {"a version that there is not",
         {"\x16\x03\x03\x00\x2a\x02\x00\x00\x26\x7f\x1c" RANDOM "\x00\xc0\x2f\x00", 47},
         {PL_HELLO_UNREAD, 0, 0, 0}},
        {"a ServerHello in two records",
         BYTES("\x16\x03\x03\x00\x01\x02\x16\x03\x03\x00\x01\x00"),
         {PL_HELLO_UNREAD, 0, 0, 0}},
        {"an alert of three bytes",
         BYTES("\x15\x03\x01\x00\x03\x02\x46\x00"),
         {PL_HELLO_UNREAD, 0, 0, 0}},
    };
    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        pl_hello_answer a;
        pl_hello_read(rows[i].bytes, &a);
        const pl_hello_answer *w = &rows[i].want;
        if (a.end != w->end || a.version != w->version || a.suite != w->suite ||
            a.alert != w->alert)
            fail_msg("%s: end %d, version %x, suite %x, alert %d", rows[i].what, (int)a.end,
                     a.version, a.suite, a.alert);
    }
}

static void hello(uint16_t version, const char *name, pl_buf *out)
{
    static const uint16_t suites[] = {0xc02f, 0x0005};

    pl_buf_reset(out);
    pl_hello_write(version, suites, PL_COUNT(suites), pl_str_c(name), out);
    assert_true(pl_buf_ok(out));
}

static void lengths_add_up(void **state)
{
    (void)state;
    static const uint16_t versions[] = {PL_TLS_SSL3, PL_TLS_10, PL_TLS_11, PL_TLS_12, PL_TLS_13};
    PL_AUTO_BUF pl_buf b = {0};

    for (size_t i = 0; i < PL_COUNT(versions); i++) {
        hello(versions[i], "shop.example", &b);
        const unsigned char *p = (const unsigned char *)b.p;
        assert_int_equal(b.n, 5 + (p[3] << 8 | p[4]));
        assert_int_equal(b.n, 9 + (p[6] << 16 | p[7] << 8 | p[8]));
        assert_int_equal(p[9] << 8 | p[10], versions[i] == PL_TLS_13 ? PL_TLS_12 : versions[i]);
    }
}

static void an_address_is_no_server_name(void **state)
{
    (void)state;
    PL_AUTO_BUF pl_buf b = {0};

    hello(PL_TLS_12, "shop.example", &b);
    assert_true(pl_str_has(pl_buf_view(&b), PL_S("shop.example")));
    hello(PL_TLS_12, "192.0.2.7", &b);
    assert_false(pl_str_has(pl_buf_view(&b), PL_S("192.0.2.7")));
    hello(PL_TLS_12, "2001:db8::1", &b);
    assert_false(pl_str_has(pl_buf_view(&b), PL_S("2001:db8::1")));
    hello(PL_TLS_SSL3, "shop.example", &b);
    assert_false(pl_str_has(pl_buf_view(&b), PL_S("shop.example")));
}

static void suites_are_known_by_number_once(void **state)
{
    (void)state;
    size_t n = 0;

    assert_string_equal(pl_suite_name(0x1301), "TLS_AES_128_GCM_SHA256");
    assert_string_equal(pl_suite_name(0x0005), "TLS_RSA_WITH_RC4_128_SHA");
    assert_null(pl_suite_name(0xfafa));
    assert_true(pl_suite_is_13(0x1303) && !pl_suite_is_13(0xc02f));
    for (const pl_suite *s = pl_suites; s->name; s++, n++)
        assert_true(s == pl_suites || s[-1].number < s->number);
    assert_true(n > 100 && n < 256); /* the prober has room for 256 */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_are_taken_apart),
        cmocka_unit_test(lengths_add_up),
        cmocka_unit_test(an_address_is_no_server_name),
        cmocka_unit_test(suites_are_known_by_number_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
