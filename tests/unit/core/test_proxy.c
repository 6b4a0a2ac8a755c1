/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "core/proxy.h"

#include <stdlib.h>
#include <string.h>

static void a_proxy_is_read_in_its_parts(void **state)
{
    static const struct {
        const char *text, *want; /* NULL: none */
    } rows[] = {
        {"proxy", "http proxy 80 - -"},
        {"http://proxy.example:3128/", "http proxy.example 3128 - -"},
        {"https://proxy.example", "https proxy.example 443 - -"},
        {"http://u:p@proxy:8080", "http proxy 8080 u p"},
        {"http://u%40corp:p%3A%25@proxy", "http proxy 80 u@corp p:%"},
        {"http://u:a@b@proxy:1", "http proxy 1 u a@b"},
        {"http://u@proxy", "http proxy 80 u -"},
        {"http://[2001:db8::1]:3128", "http 2001:db8::1 3128 - -"},
        {"http://[2001:db8::1]", "http 2001:db8::1 80 - -"},
        {"http://", NULL},
        {"socks5://proxy", NULL},
        {"gopher://u:p@proxy", NULL},
        {"http://proxy:0", NULL},
        {"http://proxy:99999", NULL},
        {"http://pro xy", NULL},
        {"http://proxy/path", NULL},
        {"http://u:%0d%0aX@proxy", NULL},
        {"http://a%3Ab:p@proxy", NULL},
    };

    (void)state;
    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        const pl_proxies p = {.https = pl_str_c(rows[i].text)};
        char got[4096];
        pl_proxy x;
        pl_err err = {0};
        pl_rc rc = pl_proxy_for(&p, false, PL_S("registry.example"), 443, &x, &err);
        if (!rows[i].want) {
            assert_int_equal(rc, PL_USAGE);
            assert_null(strstr(err.text, "proxy/")); /* nothing of the value */
            assert_non_null(strstr(err.text, "HTTPS_PROXY"));
            continue;
        }
        assert_ok(rc, err);
        (void)snprintf(got, sizeof(got), "http%s %s %u %s %s", x.is_tls ? "s" : "", x.host, x.port,
                       x.user[0] ? x.user : "-", x.password[0] ? x.password : "-");
        assert_string_equal(got, rows[i].want);
    }
}

static void who_is_excepted_is_asked_straight(void **state)
{
    static const struct {
        const char *none, *host;
        uint16_t port;
        bool is_used;
    } rows[] = {
        {"", "registry.example", 443, true},
        {"", "localhost", 443, false},
        {"", "127.8.9.1", 443, false},
        {"", "::1", 443, false},
        {"*", "registry.example", 443, false},
        {"example", "registry.example", 443, false},
        {"example", "myexample", 443, true},
        {" .example ,other", "registry.EXAMPLE", 443, false},
        {".example", "example", 443, true},
        {"registry.example:5000", "registry.example", 5000, false},
        {"registry.example:5000", "registry.example", 443, true},
        {"10.0.0.0/8", "10.200.3.4", 443, false},
        {"10.0.0.0/8", "11.0.0.1", 443, true},
        {"10.0.0.0/8", "ten.example", 443, true},
        {"192.168.4.0/22", "192.168.7.255", 443, false},
        {"192.168.4.0/22", "192.168.8.0", 443, true},
        {"10.0.0.0/40", "10.0.0.1", 443, true},
        {"10.1.2.3", "10.1.2.3", 443, false},
        {"10.1.2.3:80", "10.1.2.3", 443, true},
        {"2001:db8::/32", "2001:db8:1::5", 443, false},
        {"[2001:db8::5]:443", "2001:db8::5", 443, false},
        {"2001:db8::5", "2001:db8::5", 443, false},
        {",,", "registry.example", 443, true},
    };

    (void)state;
    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        const pl_proxies p = {.https = PL_S("proxy:3128"), .none = pl_str_c(rows[i].none)};
        pl_proxy x;
        pl_err err = {0};
        assert_ok(pl_proxy_for(&p, false, pl_str_c(rows[i].host), rows[i].port, &x, &err), err);
        if (x.is_used != rows[i].is_used)
            fail_msg("NO_PROXY=%s, %s:%u", rows[i].none, rows[i].host, rows[i].port);
        assert_ok(pl_proxy_for(&p, true, pl_str_c(rows[i].host), rows[i].port, &x, &err), err);
        assert_false(x.is_used); /* HTTP_PROXY is not set */
    }
}

static void small_letters_go_before_capitals(void **state)
{
    (void)state;
    (void)setenv("HTTPS_PROXY", "capital", 1);
    (void)setenv("https_proxy", "small", 1);
    (void)setenv("NO_PROXY", "a", 1);
    (void)setenv("no_proxy", "", 1);
    (void)unsetenv("http_proxy");
    (void)setenv("HTTP_PROXY", "plain", 1);
    pl_proxies p = pl_proxies_of_environment();
    assert_true(pl_str_eq(p.https, PL_S("small")));
    assert_true(pl_str_eq(p.http, PL_S("plain")));
    assert_true(pl_str_eq(p.none, PL_S("a")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_proxy_is_read_in_its_parts),
        cmocka_unit_test(who_is_excepted_is_asked_straight),
        cmocka_unit_test(small_letters_go_before_capitals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
