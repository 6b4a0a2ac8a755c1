/* SPDX-License-Identifier: Apache-2.0 */
/* What the headers of a page and the answers to attacks say. */
#include "story.h"

#include <stdlib.h>

/* What GET / of a port of TLS says. */
static void read_head(struct story *s, const char *text)
{
    pl_buf_reset(&s->told);
    hello(s, PL_TLS_12, PL_HELLO_ACCEPTED, PL_TLS_12, 0xc02f);
    answer(&s->told, PL_ASK_ROOT, true, PL_TALK_OK, text);
    read_story(s, "named");
}

static void of_a_redirect_nothing_is_kept_that_may_be_secret(void **state)
{
    static const struct {
        const char *location, *want;
    } rows[] = {
        {"https://idp.example/login?token=s3cret#x", "https://idp.example/login"},
        {"https://me:s3c@ret@idp.example:8443/a", "https://idp.example:8443/a"},
        {"//me:s3cret@idp.example/a", "//idp.example/a"},
        {"https:\\\\me:s3cret@idp.example\\a", "https:\\\\idp.example\\a"},
        {"/start;jsessionid=s3cret", "/start"},
        {"/a@b/c", "/a@b/c"},
        {"https:me:s3cret@idp.example/a", "https:idp.example/a"},
        {"https://me:s3cret@idp.example", "https://idp.example"},
    };
    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        struct story *s = *state;
        PL_AUTO_BUF pl_buf text = {0};
        pl_buf_fmt(&text, "HTTP/1.1 302 F\r\nLocation: %s\r\n\r\n%c", rows[i].location, 0);
        read_head(s, text.p);
        if (!pl_str_eq(get(s, PL_F_ENDPOINT_REDIRECT)->u.s, pl_str_c(rows[i].want)))
            fail_msg("%s: %.*s", rows[i].location, PL_F(get(s, PL_F_ENDPOINT_REDIRECT)->u.s));
    }
}

static void a_cookie_without_a_name_shows_no_value(void **state)
{
    struct story *s = *state;

    read_head(s, "HTTP/1.1 200 OK\r\nSet-Cookie: s3cret; Secure\r\n\r\n");
    const pl_value *v = get(s, PL_F_ENDPOINT_COOKIES);
    assert_int_equal(v->n, 1);
    assert_str(pl_get(v->u.recs[0], PL_F_COOKIE_NAME)->u.s, "");
    assert_true(pl_get(v->u.recs[0], PL_F_COOKIE_SECURE)->u.b);
}

static void a_limit_of_frames_leaves_somebody_out(void **state)
{
    static const struct {
        const char *headers;
        bool limits;
    } rows[] = {
        {"X-Frame-Options: DENY", true},
        {"X-Frame-Options: ALLOWALL", false},
        {"Content-Security-Policy: default-src 'self'; frame-ancestors 'none'", true},
        {"Content-Security-Policy: Frame-Ancestors https://*.a.example", true},
        {"Content-Security-Policy: frame-ancestors *", false},
        {"Content-Security-Policy: frame-ancestors https:", false},
        {"Content-Security-Policy: report-uri /frame-ancestors", false},
        {"Content-Security-Policy: frame-ancestors *\r\nX-Frame-Options: DENY", false},
        {"Content-Security-Policy: frame-ancestors *\r\nContent-Security-Policy: "
         "frame-ancestors 'self'",
         true},
    };
    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        struct story *s = *state;
        PL_AUTO_BUF pl_buf text = {0};
        pl_buf_fmt(&text, "HTTP/1.1 200 OK\r\n%s\r\n\r\n%c", rows[i].headers, 0);
        read_head(s, text.p);
        const pl_value *v = get(s, PL_F_ENDPOINT_FRAMES);
        if (v->state != PL_PRESENT || v->u.b != rows[i].limits)
            fail_msg("%s", rows[i].headers);
    }
}

static void an_empty_header_says_nothing(void **state)
{
    struct story *s = *state;

    read_head(s, "HTTP/1.1 200 OK\r\nContent-Security-Policy:\r\n\r\n");
    assert_int_equal(get(s, PL_F_ENDPOINT_CSP)->state, PL_ABSENT);
}

static void a_version_is_found_however_it_is_written(void **state)
{
    static const struct {
        const char *headers;
        bool tells;
    } rows[] = {
        {"Server: nginx", false},
        {"Server: nginx/1.22", true},
        {"Server: Jetty(9.4.53)", true},
        {"Server: web 2", false},
        {"X-Powered-By: ASP.NET\r\nX-Powered-By: PHP/8", true},
    };
    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        struct story *s = *state;
        PL_AUTO_BUF pl_buf text = {0};
        pl_buf_fmt(&text, "HTTP/1.1 200 OK\r\n%s\r\n\r\n%c", rows[i].headers, 0);
        read_head(s, text.p);
        const pl_value *v = get(s, PL_F_ENDPOINT_SERVER_VERSION);
        if (v->state != PL_PRESENT || v->u.b != rows[i].tells)
            fail_msg("%s", rows[i].headers);
    }
}

static const struct {
    const char *klass, *page, *answer;
    pl_talk_end end;
    const char *want; /* "hit", "none", or why it is unknown */
} attacked[] = {
    {"sql", "200 OK\r\n", "500 No\r\n\r\nSIGN", PL_TALK_CLOSED, "hit"},
    {"sql", "401 No\r\n", "401 No\r\n\r\nSIGN", PL_TALK_LIMIT, "hit"},
    {"sql", "200 OK\r\n", "200 OK\r\n\r\nfine", PL_TALK_CLOSED, "none"},
    {"sql", "200 OK\r\n", "404 No\r\n\r\n", PL_TALK_CLOSED, "none"},
    {"sql", "200 OK\r\n", "403 No\r\n\r\n", PL_TALK_CLOSED, "none"},
    {"sql", "200 OK\r\n", "302 F\r\nLocation: /\r\n\r\n", PL_TALK_CLOSED, "none"},
    {"sql", "302 F\r\n", "302 F\r\nLocation: /\r\n\r\n", PL_TALK_CLOSED, "denied"},
    {"redirect", "302 F\r\n", "302 F\r\nLocation: /\r\n\r\n", PL_TALK_CLOSED, "none"},
    {"sql", "401 No\r\n", "401 No\r\n\r\n", PL_TALK_CLOSED, "denied"},
    {"sql", "403 No\r\n", "403 No\r\n\r\n", PL_TALK_CLOSED, "denied"},
    {"sql", "200 OK\r\n", "429 Slow\r\n\r\n", PL_TALK_CLOSED, "denied"},
    {"sql", "200 OK\r\n", "503 No\r\n\r\n", PL_TALK_CLOSED, "denied"},
    {"sql", "200 OK\r\n", "200 OK\r\nContent-Length: 9\r\n\r\nfine", PL_TALK_CLOSED, "unreadable"},
    {"sql", "200 OK\r\n", "200 OK\r\nContent-Length: 4\r\n\r\nfine", PL_TALK_CLOSED, "none"},
    {"sql", "200 OK\r\n", "200 OK\r\n\r\nfine", PL_TALK_ALERT, "unreadable"},
    {"sql", "200 OK\r\n", "200 OK\r\n\r\nfine", PL_TALK_LIMIT, "limit:body"},
    {"credentials", "401 No\r\n", "401 No\r\n\r\n", PL_TALK_CLOSED, "none"},
    {"credentials", "401 No\r\n", "302 F\r\nLocation: /\r\n\r\n", PL_TALK_CLOSED, "hit"},
    {"credentials", "401 No\r\n", "429 Slow\r\n\r\n", PL_TALK_CLOSED, "denied"},
};

static void an_attack_that_did_not_get_there_shows_nothing(void **state)
{
    static const pl_str sign = PL_S("SIGN");

    for (size_t i = 0; i < PL_COUNT(attacked); i++) {
        struct story *s = *state;
        PL_AUTO_FREE pl_attacks *list = calloc(1, sizeof(*list));
        PL_AUTO_BUF pl_buf page = {0}, text = {0};
        assert_non_null(list);
        list->n = 1;
        list->items[0] = (pl_attack){
            .name = PL_S("a"), .klass = pl_str_c(attacked[i].klass), .body = {&sign, 1}};
        s->attacks = list;
        pl_buf_reset(&s->told);
        pl_buf_fmt(&page, "HTTP/1.1 %s\r\n%c", attacked[i].page, 0);
        pl_buf_fmt(&text, "HTTP/1.1 %s%c", attacked[i].answer, 0);
        answer(&s->told, PL_ASK_PAGE, false, PL_TALK_CLOSED, page.p);
        answer(&s->told, PL_ASK_ATTACK, false, attacked[i].end, text.p);
        read_story(s, "named");
        assert_int_equal(get(s, PL_F_ENDPOINT_DYNAMIC)->n, 1);
        const pl_value *v = pl_get(get(s, PL_F_ENDPOINT_DYNAMIC)->u.recs[0], PL_F_DYNAMIC_HIT);
        const char *got = v->state == PL_PRESENT ? v->u.b ? "hit" : "none" : v->reason;
        if (strcmp(got, attacked[i].want) != 0)
            fail_msg("row %zu: %s, want %s", i, got, attacked[i].want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(an_attack_that_did_not_get_there_shows_nothing),
        STORY(of_a_redirect_nothing_is_kept_that_may_be_secret),
        STORY(a_cookie_without_a_name_shows_no_value),
        STORY(a_limit_of_frames_leaves_somebody_out),
        STORY(an_empty_header_says_nothing),
        STORY(a_version_is_found_however_it_is_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
