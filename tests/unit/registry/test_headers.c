/* SPDX-License-Identifier: Apache-2.0 */
/* What the fetcher believes of headers, URLs and a token server's answer. */
#include "test.h"

#include "registry/fetch_priv.h"

#include <string.h>

/* ---- WWW-Authenticate ---- */

static void challenges_are_taken_apart(void **state)
{
    (void)state;
    static const struct {
        const char *header;
        bool basic, bearer;
        const char *realm, *service, *scope;
    } rows[] = {
        {"Basic realm=\"registry\"", true, false, "", "", ""},
        {"basic", true, false, "", "", ""},
        {"Bearer realm=\"https://auth.example/token\",service=\"registry.example\","
         "scope=\"repository:a/b:pull\"",
         false, true, "https://auth.example/token", "registry.example", "repository:a/b:pull"},
        {"bearer Realm=\"https://a/t\" , SERVICE=s", false, true, "https://a/t", "s", ""},
        {"Basic realm=\"one, two\", Bearer realm=\"https://a/t\"", true, true, "https://a/t", "",
         ""},
        {"Bearer realm=\"https://a/t\", Basic realm=\"https://evil\"", true, true, "https://a/t",
         "", ""},
        {"Bearer realm=\"https://a/t\", Bearer realm=\"https://second\"", false, true,
         "https://a/t", "", ""},
        {"Bearer realm=\"a\\\"b\\\\c\"", false, true, "a\"b\\c", "", ""},
        {"Negotiate, Basic realm=x", true, false, "", "", ""},
        {", ,Basic realm=x,,", true, false, "", "", ""},
        {"Digest realm=\"x\", nonce=\"y\", Basic realm=\"z\"", true, false, "", "", ""},
        {"", false, false, "", "", ""},
    };
    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        pl_challenge c = {0};
        if (!pl_challenge_read(pl_str_c(rows[i].header), &c))
            fail_msg("%s: refused", rows[i].header);
        if (c.has_basic != rows[i].basic || c.has_bearer != rows[i].bearer ||
            strcmp(c.realm, rows[i].realm) != 0 || strcmp(c.service, rows[i].service) != 0 ||
            strcmp(c.scope, rows[i].scope) != 0)
            fail_msg("%s: realm \"%s\" service \"%s\" scope \"%s\"", rows[i].header, c.realm,
                     c.service, c.scope);
    }
}

static void malformed_challenges_say_nothing(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "Bearer realm=\"https://a",
        "Bearer realm=\"a\\",
        "Bearer realm=",
        "Basic, Bearer realm=\"a\nb\"",
        "=",
        "Bearer=\"x\"",
        "Bearer realm=\"a\x01\"",
        "\"Basic\"",
    };
    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        pl_challenge c = {0};
        if (pl_challenge_read(pl_str_c(rows[i]), &c) || c.has_basic || c.has_bearer)
            fail_msg("%s: taken", rows[i]);
    }
    char longest[PL_CHALLENGE_TEXT + 32] = "Bearer realm=\"";
    size_t head = strlen(longest);
    memset(longest + head, 'a', PL_CHALLENGE_TEXT);
    longest[head + PL_CHALLENGE_TEXT] = '"';
    pl_challenge c = {0};
    assert_false(pl_challenge_read(pl_str_c(longest), &c));
}

/* ---- Link, Retry-After, Content-Range ---- */

static void the_next_page_is_a_query(void **state)
{
    (void)state;
    static const struct {
        const char *link, *query;
    } rows[] = {
        {"</v2/_catalog?last=b&n=2>; rel=\"next\"", "last=b&n=2"},
        {"<https://r.example/v2/a/tags/list?next_page=x%3D>; rel=next", "next_page=x%3D"},
        {"<a?b>; rel=\"prev\", </v2/_catalog?last=c>; rel=\"next\"", "last=c"},
        {"</v2/_catalog?last=b>; rel=\"prev\"", ""},
        {"</v2/_catalog>; rel=\"next\"", ""},
        {"/v2/_catalog?last=b; rel=\"next\"", ""},
        {"</v2/_catalog?last=a b>; rel=\"next\"", ""},
        {"</v2/_catalog?last=b#x>; rel=\"next\"", ""},
        {"", ""},
    };
    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        pl_str got = pl_fetch_next_page(pl_str_c(rows[i].link));
        if (!pl_str_eq(got, pl_str_c(rows[i].query)))
            fail_msg("%s: \"%.*s\"", rows[i].link, PL_F(got));
    }
}

static void a_pause_is_seconds_or_a_date(void **state)
{
    (void)state;
    enum { NOW = 1000000000 }; /* Sun, 09 Sep 2001 01:46:40 GMT */
    static const struct {
        const char *value;
        bool is;
        uint64_t s;
    } rows[] = {
        {"0", true, 0},
        {"120", true, 120},
        {"Sun, 09 Sep 2001 01:47:00 GMT", true, 20},
        {"Sun, 09 Sep 2001 01:46:00 GMT", true, 0},
        {"-1", false, 0},
        {"1.5", false, 0},
        {"soon", false, 0},
        {"", false, 0},
        {"Sun, 09 Sep 2001 01:47:00 GMT+1", false, 0},
    };
    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        uint64_t s = 0;
        bool is = pl_fetch_retry_after(pl_str_c(rows[i].value), NOW, &s);
        if (is != rows[i].is || (is && s != rows[i].s))
            fail_msg("%s: %d, %llu", rows[i].value, is, (unsigned long long)s);
    }
}

static void a_range_begins_somewhere(void **state)
{
    (void)state;
    uint64_t start = 0;
    assert_true(pl_fetch_range_start(PL_S("bytes 100-199/200"), &start));
    assert_int_equal(start, 100);
    assert_true(pl_fetch_range_start(PL_S("bytes 0-1/*"), &start));
    assert_int_equal(start, 0);
    static const char *const rows[] = {"", "bytes */200", "bytes -5/200", "lines 1-2/3", "bytes 7"};
    for (size_t i = 0; i < PL_COUNT(rows); i++)
        if (pl_fetch_range_start(pl_str_c(rows[i]), &start))
            fail_msg("%s: taken", rows[i]);
}

/* ---- URLs ---- */

static void a_place_is_scheme_and_host(void **state)
{
    (void)state;
    pl_fetch_place p;
    assert_true(pl_fetch_place_of(PL_S("https://a.example:8443/v2/?x"), &p));
    assert_string_equal(p.authority, "a.example:8443");
    assert_false(p.is_plain);
    assert_str(p.rest, "/v2/?x");
    assert_true(pl_fetch_place_of(PL_S("http://[::1]:5000"), &p));
    assert_true(p.is_plain);
    static const char *const rows[] = {
        "",
        "ftp://a/",
        "file:///etc/passwd",
        "https://",
        "https:///x",
        "https://user@a/",
        "https://user:pw@a/",
        "https://a\\@b/",
        "https://a b/",
        "https://a/\r\nHost: b",
        "HTTPS://a/",
        "//a/b",
        "https://a:0/",
        "https://a:99999/",
        "gopher://a",
    };
    for (size_t i = 0; i < PL_COUNT(rows); i++)
        if (pl_fetch_place_of(pl_str_c(rows[i]), &p))
            fail_msg("%s: taken", rows[i]);
}

static void redirects_lead_to_a_place_or_nowhere(void **state)
{
    (void)state;
    static const struct {
        const char *location, *url; /* NULL: nowhere */
    } rows[] = {
        {"https://b.example/x?sig=1", "https://b.example/x?sig=1"},
        {"/v2/x", "https://a.example:1/v2/x"},
        {"//b.example/x", NULL},
        {"x", NULL},
        {"", NULL},
        {"ftp://b/x", NULL},
        {"https://u@b/x", NULL},
        {"/a b", NULL},
        {"/a\r\nX: y", NULL},
    };
    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        PL_AUTO_BUF pl_buf out = {0};
        pl_rc rc = pl_fetch_resolve(PL_S("https://a.example:1/v2/y?z"), pl_str_c(rows[i].location),
                                    &out, NULL);
        if ((rc == PL_OK) != (rows[i].url != NULL) ||
            (rows[i].url && strcmp(out.p, rows[i].url) != 0))
            fail_msg("%s: %s", rows[i].location, rc == PL_OK ? out.p : "nowhere");
    }
}

static void what_goes_into_a_url_is_escaped(void **state)
{
    (void)state;
    PL_AUTO_BUF pl_buf out = {0};
    pl_url_escape(&out, PL_S("repository:a/b:pull &\xff-._~"));
    assert_str(pl_buf_view(&out), "repository%3Aa%2Fb%3Apull%20%26%FF-._~");
}

/* ---- tokens ---- */

static void a_token_is_one_word(void **state)
{
    (void)state;
    static const struct {
        const char *json, *token; /* NULL: none */
    } rows[] = {
        {"{\"token\":\"abc\",\"expires_in\":300}", "abc"},
        {"{\"access_token\":\"def\"}", "def"},
        {"{\"access_token\":\"def\",\"token\":\"abc\"}", "abc"},
        {"{\"token\":\"a\\u0041\"}", "aA"},
        {"{\"token\":\"a\\r\\nX-Header: b\"}", NULL},
        {"{\"token\":\"a b\"}", NULL},
        {"{\"token\":\"\"}", NULL},
        {"{\"token\":7}", NULL},
        {"{}", NULL},
        {"[\"token\"]", NULL},
        {"{\"token\":\"abc\"", NULL},
        {"", NULL},
    };
    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        char token[64] = "";
        pl_rc rc = pl_fetch_read_token(pl_str_c(rows[i].json), token, sizeof(token), NULL);
        if ((rc == PL_OK) != (rows[i].token != NULL) ||
            (rows[i].token && strcmp(token, rows[i].token) != 0))
            fail_msg("%s: %s", rows[i].json, token);
    }
    char small[4];
    assert_int_equal(pl_fetch_read_token(PL_S("{\"token\":\"abcd\"}"), small, sizeof(small), NULL),
                     PL_FORMAT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(challenges_are_taken_apart),
        cmocka_unit_test(malformed_challenges_say_nothing),
        cmocka_unit_test(the_next_page_is_a_query),
        cmocka_unit_test(a_pause_is_seconds_or_a_date),
        cmocka_unit_test(a_range_begins_somewhere),
        cmocka_unit_test(a_place_is_scheme_and_host),
        cmocka_unit_test(redirects_lead_to_a_place_or_nowhere),
        cmocka_unit_test(what_goes_into_a_url_is_escaped),
        cmocka_unit_test(a_token_is_one_word),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
