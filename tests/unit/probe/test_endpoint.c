/* SPDX-License-Identifier: Apache-2.0 */
/* What a transcript makes of an endpoint. */
#include "test.h"

#include "core/buf.h"
#include "probe/hello.h"
#include "probe/kinds.h"
#include "probe/limits.h"
#include "probe/requests.h"
#include "probe/worker.h"

#include <string.h>

/* One transcript on its way, and the record that it gives. */
struct story {
    pl_buf told, other;
    pl_arena *arena;
    pl_record *r;
};

static int begin(void **state)
{
    static struct story s;

    s = (struct story){.arena = pl_arena_new(PL_PROBE_ARENA)};
    *state = &s;
    return s.arena ? 0 : -1;
}

static int finish(void **state)
{
    struct story *s = *state;

    pl_buf_done(&s->told);
    pl_buf_done(&s->other);
    pl_arena_free(s->arena);
    return 0;
}

static void tell(pl_buf *to, pl_talk_note n)
{
    pl_talk_put(to, &n);
}

static void hello(struct story *s, uint32_t offered, pl_hello_end end, uint32_t version,
                  uint32_t suite)
{
    tell(&s->told, (pl_talk_note){.kind = PL_NOTE_HELLO, .v = {offered, end, version, suite, 70}});
}

static void answer(pl_buf *to, uint32_t number, bool over_tls, pl_talk_end end, const char *text)
{
    tell(to, (pl_talk_note){
                 .kind = PL_NOTE_ANSWER, .v = {number, over_tls, end, 0}, .text = pl_str_c(text)});
}

static pl_rc read_bytes(struct story *s, const char *role, pl_str transcripts, pl_err *err)
{
    PL_AUTO_BUF pl_buf args = {0};
    const pl_endpoint_target t = {.host = PL_S("192.0.2.1"), .port = 443, .role = pl_str_c(role)};

    pl_endpoint_about_put(&args, &t, PL_S("192.0.2.1:443"), &(pl_endpoint_trust){0}, 0);
    /* Text of the record may point into it. */
    pl_str kept = pl_arena_str(s->arena, pl_buf_view(&args));
    return pl_endpoint_read(transcripts, kept, PL_S(""), s->arena, &s->r, err);
}

static void read_story(struct story *s, const char *role)
{
    PL_AUTO_BUF pl_buf both = {0};
    pl_err err = {0};

    tell(&s->told, (pl_talk_note){.kind = PL_NOTE_END});
    if (s->other.n)
        tell(&s->other, (pl_talk_note){.kind = PL_NOTE_END});
    pl_buf_lstr(&both, pl_buf_view(&s->told));
    pl_buf_lstr(&both, pl_buf_view(&s->other));
    pl_str kept = pl_arena_str(s->arena, pl_buf_view(&both));
    assert_ok(read_bytes(s, role, kept, &err), err);
}

static const pl_value *get(const struct story *s, int field)
{
    return pl_get(s->r, field);
}

static void assert_flag(const struct story *s, int field, bool want)
{
    const pl_value *v = get(s, field);
    if (v->state != PL_PRESENT || v->u.b != want)
        fail_msg("%s is not %s", pl_endpoint_kind.fields[field].name, want ? "true" : "false");
}

static void assert_unknown(const struct story *s, int field, const char *why)
{
    const pl_value *v = get(s, field);
    if (v->state != PL_UNREADABLE || !v->reason || strcmp(v->reason, why) != 0)
        fail_msg("%s: %s", pl_endpoint_kind.fields[field].name, v->reason ? v->reason : "-");
}

static void only_an_alert_refuses_a_version(void **state)
{
    struct story *s = *state;

    hello(s, PL_TLS_13, PL_HELLO_ACCEPTED, PL_TLS_13, 0x1301);
    hello(s, PL_TLS_12, PL_HELLO_ALERT, 0, 0);
    hello(s, PL_TLS_11, PL_HELLO_CLOSED, 0, 0);
    hello(s, PL_TLS_10, PL_HELLO_SILENT, 0, 0);
    read_story(s, "named");
    assert_flag(s, PL_F_ENDPOINT_TLS_1_3, true);
    assert_flag(s, PL_F_ENDPOINT_TLS_1_2, false);
    assert_unknown(s, PL_F_ENDPOINT_TLS_1_1, "unreadable");
    assert_unknown(s, PL_F_ENDPOINT_TLS_1_0, "timeout");
    assert_unknown(s, PL_F_ENDPOINT_SSL_3_0, "timeout"); /* it was not asked any more */
}

static void a_lower_version_may_answer_a_higher_offer(void **state)
{
    struct story *s = *state;

    hello(s, PL_TLS_13, PL_HELLO_ACCEPTED, PL_TLS_11, 0x0005);
    hello(s, PL_TLS_12, PL_HELLO_ACCEPTED, PL_TLS_11, 0x0005);
    hello(s, PL_TLS_11, PL_HELLO_CLOSED, 0, 0);
    read_story(s, "named");
    assert_flag(s, PL_F_ENDPOINT_TLS_1_3, false);
    assert_flag(s, PL_F_ENDPOINT_TLS_1_2, false);
    assert_flag(s, PL_F_ENDPOINT_TLS_1_1, true);
}

static void a_list_of_suites_that_was_not_ended_is_unknown(void **state)
{
    struct story *s = *state;

    hello(s, PL_TLS_12, PL_HELLO_ACCEPTED, PL_TLS_12, 0xc02f);
    tell(&s->told, (pl_talk_note){.kind = PL_NOTE_SUITE, .v = {PL_TLS_12, 0xc02f}});
    tell(&s->told, (pl_talk_note){.kind = PL_NOTE_SUITES, .v = {PL_TLS_12, 0}});
    read_story(s, "named");
    assert_unknown(s, PL_F_ENDPOINT_CIPHERS, "unreadable");
}

static void all_versions_lists_must_be_whole(void **state)
{
    struct story *s = *state;

    hello(s, PL_TLS_12, PL_HELLO_ACCEPTED, PL_TLS_12, 0xc02f);
    tell(&s->told, (pl_talk_note){.kind = PL_NOTE_SUITE, .v = {PL_TLS_12, 0xc02f}});
    tell(&s->told, (pl_talk_note){.kind = PL_NOTE_SUITES, .v = {PL_TLS_12, 1}});
    tell(&s->told, (pl_talk_note){.kind = PL_NOTE_SUITE, .v = {PL_TLS_13, 0xfafa}});
    tell(&s->told, (pl_talk_note){.kind = PL_NOTE_SUITES, .v = {PL_TLS_13, 1}});
    read_story(s, "named");
    const pl_value *v = get(s, PL_F_ENDPOINT_CIPHERS);
    assert_int_equal(v->state, PL_PRESENT);
    assert_int_equal(v->n, 2);
    assert_str(v->u.strs[0], "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256");
    assert_str(v->u.strs[1], "0xFAFA"); /* one that is in no table is shown, and on no list */
}

static void what_no_certificate_came_for_is_no_pass(void **state)
{
    struct story *s = *state;

    hello(s, PL_TLS_12, PL_HELLO_ACCEPTED, PL_TLS_12, 0xc02f);
    tell(&s->told,
         (pl_talk_note){.kind = PL_NOTE_HANDSHAKE, .v = {PL_TALK_OK, 0, PL_TLS_12, 0xc02f, 0}});
    tell(&s->told, (pl_talk_note){.kind = PL_NOTE_CERT, .text = PL_S("no DER")});
    read_story(s, "named");
    assert_unknown(s, PL_F_ENDPOINT_CERTIFICATES, "unreadable");
    assert_unknown(s, PL_F_ENDPOINT_TRUST, "unreadable");
}

static void a_chain_that_was_cut_is_unknown(void **state)
{
    struct story *s = *state;

    hello(s, PL_TLS_12, PL_HELLO_ACCEPTED, PL_TLS_12, 0xc02f);
    tell(&s->told, (pl_talk_note){.kind = PL_NOTE_CHAIN_CUT});
    read_story(s, "named");
    assert_unknown(s, PL_F_ENDPOINT_CERTIFICATES, "limit:certificates");
}

static void clear_text_on_a_port_of_tls(void **state)
{
    static const struct {
        const char *text;
        bool plain;
    } rows[] = {
        {"HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.", false},
        {"HTTP/1.1 301 Moved\r\nLocation: https://x/\r\n\r\n", false},
        {"HTTP/1.1 301 Moved\r\nLocation: HTTPS://x/\r\n\r\n", false},
        {"HTTP/1.1 301 Moved\r\nLocation: http://x/\r\n\r\n", true},
        {"HTTP/1.1 304 Not Modified\r\nLocation: https://x/\r\n\r\n", true},
        {"HTTP/1.1 200 OK\r\n\r\n", true},
        {"HTTP/1.1 401 Unauthorized\r\n\r\n", true},
    };
    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        struct story *s = *state;
        pl_buf_reset(&s->told);
        hello(s, PL_TLS_12, PL_HELLO_ACCEPTED, PL_TLS_12, 0xc02f);
        answer(&s->told, PL_ASK_PLAIN, false, PL_TALK_OK, rows[i].text);
        read_story(s, "named");
        const pl_value *v = get(s, PL_F_ENDPOINT_PLAIN);
        if (v->state != PL_PRESENT || v->u.b != rows[i].plain)
            fail_msg("%s", rows[i].text);
    }
}

static void a_bad_request_in_clear_alone_is_an_answer(void **state)
{
    struct story *s = *state;

    hello(s, PL_TLS_13, PL_HELLO_ODD, 0, 0);
    hello(s, PL_TLS_12, PL_HELLO_ODD, 0, 0);
    answer(&s->told, PL_ASK_ROOT, false, PL_TALK_OK, "HTTP/1.1 400 Bad\r\n\r\n");
    answer(&s->told, PL_ASK_PLAIN, false, PL_TALK_OK, "HTTP/1.1 400 Bad\r\n\r\n");
    read_story(s, "named");
    assert_flag(s, PL_F_ENDPOINT_TLS, false);
    assert_flag(s, PL_F_ENDPOINT_PLAIN, true);
    assert_str(get(s, PL_F_ENDPOINT_PROTOCOL)->u.s, "http");
}

/* Numbers of the rows of a role, as they come in the table. */
static uint32_t question(const char *role, size_t which)
{
    for (size_t i = 0; i < pl_role_questions_n; i++)
        if (strcmp(pl_role_questions[i].role, role) == 0 && which-- == 0)
            return PL_ASK_OF_ROLE + (uint32_t)i;
    fail_msg("no question %zu of %s", which, role);
    return 0;
}

static void a_registry_must_refuse_every_question(void **state)
{
    static const char ask[] = "HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm=x\r\n\r\n";
    static const char bearer[] = "HTTP/1.1 401 No\r\nWWW-Authenticate: Bearer realm=x\r\n\r\n";
    static const struct {
        const char *answers[3];
        pl_state state;
        bool anonymous;
        size_t n_let_in;
    } rows[] = {
        {{ask, ask, ask}, PL_PRESENT, false, 0},
        {{"HTTP/1.1 200 OK\r\n\r\n", ask, ask}, PL_PRESENT, true, 1},
        {{ask, "HTTP/1.1 200 OK\r\n\r\n", ask}, PL_PRESENT, true, 1},
        {{ask, ask, "HTTP/1.1 404 None\r\n\r\n"}, PL_PRESENT, true, 1},
        {{ask, ask, "HTTP/1.1 405 No\r\n\r\n"}, PL_PRESENT, false, 0},
        {{ask, "HTTP/1.1 404 None\r\n\r\n", ask}, PL_UNREADABLE, false, 0},
        {{bearer, ask, ask}, PL_UNREADABLE, false, 0},
        {{ask, ask, NULL}, PL_UNREADABLE, false, 0},
        {{"HTTP/1.1 200 OK\r\n\r\n", ask, NULL}, PL_PRESENT, true, 0},
    };
    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        struct story *s = *state;
        pl_buf_reset(&s->told);
        hello(s, PL_TLS_13, PL_HELLO_ODD, 0, 0);
        for (size_t k = 0; k < PL_COUNT(rows[i].answers); k++)
            if (rows[i].answers[k])
                answer(&s->told, question("registry", k), false, PL_TALK_OK, rows[i].answers[k]);
        read_story(s, "registry");
        const pl_value *v = get(s, PL_F_ENDPOINT_ANONYMOUS), *in = get(s, PL_F_ENDPOINT_LET_IN);
        if (v->state != rows[i].state || (v->state == PL_PRESENT && v->u.b != rows[i].anonymous) ||
            (in->state == PL_PRESENT && in->n != rows[i].n_let_in))
            fail_msg("row %zu", i);
    }
}

static void an_endpoint_without_a_question_has_no_answer(void **state)
{
    struct story *s = *state;

    hello(s, PL_TLS_13, PL_HELLO_ODD, 0, 0);
    read_story(s, "published");
    assert_int_equal(get(s, PL_F_ENDPOINT_ANONYMOUS)->state, PL_ABSENT);
}

static void port_80_is_told_by_what_it_does(void **state)
{
    static const struct {
        const char *role, *text, *want;
    } rows[] = {
        {"named", "HTTP/1.1 200 OK\r\n\r\n", "serves"},
        {"named", "HTTP/1.1 404 No\r\n\r\n", "serves"},
        {"registry", "HTTP/1.1 404 No\r\n\r\n", "refuses"},
        {"registry", "HTTP/1.1 401 No\r\n\r\n", "serves"},
        {"named", "HTTP/1.1 308 There\r\nLocation: https://x/\r\n\r\n", "redirects"},
        {"named", "HTTP/1.1 308 There\r\nLocation: http://x/\r\n\r\n", "serves"},
        {"named", "HTTP/1.1 403 No\r\n\r\n", "refuses"},
        {"named", "hello", "other"},
    };
    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        struct story *s = *state;
        pl_buf_reset(&s->told);
        pl_buf_reset(&s->other);
        hello(s, PL_TLS_12, PL_HELLO_ACCEPTED, PL_TLS_12, 0xc02f);
        answer(&s->other, PL_ASK_PORT_80, false, PL_TALK_CLOSED, rows[i].text);
        read_story(s, rows[i].role);
        assert_int_equal(get(s, PL_F_ENDPOINT_PORT_80)->state, PL_PRESENT);
        if (!pl_str_eq(get(s, PL_F_ENDPOINT_PORT_80)->u.s, pl_str_c(rows[i].want)))
            fail_msg("%s: %.*s", rows[i].text, PL_F(get(s, PL_F_ENDPOINT_PORT_80)->u.s));
    }
}

static void a_silent_port_80_is_unknown(void **state)
{
    struct story *s = *state;

    hello(s, PL_TLS_12, PL_HELLO_ACCEPTED, PL_TLS_12, 0xc02f);
    tell(&s->other, (pl_talk_note){.kind = PL_NOTE_FAILED, .v = {PL_TALK_SILENT}});
    read_story(s, "named");
    assert_unknown(s, PL_F_ENDPOINT_PORT_80, "timeout");
}

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

static void what_is_no_transcript_is_refused(void **state)
{
    struct story *s = *state;
    static const pl_str rows[] = {
        {"", 0},
        {"\0\0\0\0", 4},
        {"\1\0\0\0\x0c\0\0\0\0x", 10},              /* something behind it */
        {"\1\0\0\0\x63\0\0\0\0", 9},                /* no such note */
        {"\2\0\0\0\x0b\x0b\0\0\0\0", 10},           /* without an end */
        {"\5\0\0\0\1\xff\xff\xff\xff\0\0\0\0", 13}, /* longer than it is */
    };
    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        pl_err err = {0};
        if (read_bytes(s, "named", rows[i], &err) != PL_FORMAT)
            fail_msg("row %zu is taken", i);
    }
}

int main(void)
{
#define STORY(name) cmocka_unit_test_setup_teardown(name, begin, finish)
    const struct CMUnitTest tests[] = {
        STORY(only_an_alert_refuses_a_version),
        STORY(a_lower_version_may_answer_a_higher_offer),
        STORY(a_list_of_suites_that_was_not_ended_is_unknown),
        STORY(all_versions_lists_must_be_whole),
        STORY(what_no_certificate_came_for_is_no_pass),
        STORY(a_chain_that_was_cut_is_unknown),
        STORY(clear_text_on_a_port_of_tls),
        STORY(a_bad_request_in_clear_alone_is_an_answer),
        STORY(a_registry_must_refuse_every_question),
        STORY(an_endpoint_without_a_question_has_no_answer),
        STORY(port_80_is_told_by_what_it_does),
        STORY(a_silent_port_80_is_unknown),
        STORY(of_a_redirect_nothing_is_kept_that_may_be_secret),
        STORY(a_cookie_without_a_name_shows_no_value),
        STORY(a_limit_of_frames_leaves_somebody_out),
        STORY(an_empty_header_says_nothing),
        STORY(a_version_is_found_however_it_is_written),
        STORY(what_is_no_transcript_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
