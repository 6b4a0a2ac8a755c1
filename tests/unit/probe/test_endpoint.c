/* SPDX-License-Identifier: Apache-2.0 */
/* What a transcript makes of an endpoint: versions, certificates, who is let in. */
#include "story.h"

#include <openssl/evp.h>
#include <openssl/x509.h>

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

    hello(s, PL_TLS_13, PL_HELLO_ACCEPTED, PL_TLS_13, 0xfafa);
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

static void suites_of_a_version_that_may_be_accepted_are_not_left_out(void **state)
{
    struct story *s = *state;

    hello(s, PL_TLS_13, PL_HELLO_ACCEPTED, PL_TLS_13, 0x1301);
    hello(s, PL_TLS_12, PL_HELLO_CLOSED, 0, 0);
    hello(s, PL_TLS_11, PL_HELLO_ALERT, 0, 0);
    hello(s, PL_TLS_10, PL_HELLO_ALERT, 0, 0);
    hello(s, PL_TLS_SSL3, PL_HELLO_ALERT, 0, 0);
    tell(&s->told, (pl_talk_note){.kind = PL_NOTE_SUITE, .v = {PL_TLS_13, 0x1301}});
    tell(&s->told, (pl_talk_note){.kind = PL_NOTE_SUITES, .v = {PL_TLS_13, 1}});
    read_story(s, "named");
    assert_unknown(s, PL_F_ENDPOINT_CIPHERS, "unreadable");
}

static void what_speaks_tls_in_pieces_speaks_tls(void **state)
{
    struct story *s = *state;

    hello(s, PL_TLS_13, PL_HELLO_UNREAD, 0, 0);
    hello(s, PL_TLS_12, PL_HELLO_UNREAD, 0, 0);
    read_story(s, "named");
    assert_flag(s, PL_F_ENDPOINT_TLS, true);
    assert_unknown(s, PL_F_ENDPOINT_TLS_1_2, "unreadable");
}

/* Some certificate, signed by itself. */
static pl_str certificate(struct story *s)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *x = X509_new();
    unsigned char *der = NULL;

    assert_true(key && x && X509_set_pubkey(x, key));
    (void)X509_gmtime_adj(X509_getm_notBefore(x), 0);
    (void)X509_gmtime_adj(X509_getm_notAfter(x), 86400);
    assert_true(X509_sign(x, key, EVP_sha256()));
    int n = i2d_X509(x, &der);
    assert_true(n > 0);
    pl_str kept = pl_arena_str(s->arena, (pl_str){(const char *)der, (size_t)n});
    OPENSSL_free(der);
    X509_free(x);
    EVP_PKEY_free(key);
    return kept;
}

static void a_certificate_without_its_key_is_nobodys(void **state)
{
    static const struct {
        pl_talk_end end;
        bool is_asked;
        const char *why; /* NULL: it is shown */
    } rows[] = {
        {PL_TALK_OK, false, NULL},
        {PL_TALK_ALERT, true, NULL},
        {PL_TALK_ALERT, false, "denied"},
        {PL_TALK_NO_TLS, true, "unsupported"},
        {PL_TALK_CLOSED, false, "unreadable"},
        {PL_TALK_SILENT, false, "timeout"},
    };
    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        struct story *s = *state;
        pl_buf_reset(&s->told);
        hello(s, PL_TLS_12, PL_HELLO_ACCEPTED, PL_TLS_12, 0xc02f);
        tell(&s->told, (pl_talk_note){.kind = PL_NOTE_HANDSHAKE,
                                      .v = {rows[i].end, 0, PL_TLS_12, 0xc02f, rows[i].is_asked}});
        tell(&s->told, (pl_talk_note){.kind = PL_NOTE_CERT, .text = certificate(s)});
        read_story(s, "named");
        if (rows[i].why)
            assert_unknown(s, PL_F_ENDPOINT_TRUST, rows[i].why);
        else
            assert_str(get(s, PL_F_ENDPOINT_TRUST)->u.s, "self-signed");
    }
}

static void only_a_refusal_says_that_nobody_listens(void **state)
{
    struct story *s = *state;

    tell(&s->told, (pl_talk_note){.kind = PL_NOTE_FAILED, .v = {PL_TALK_CLOSED}});
    read_story(s, "named");
    assert_int_equal(get(s, PL_F_ENDPOINT_OPEN)->state, PL_UNREADABLE);
    pl_buf_reset(&s->told);
    tell(&s->told, (pl_talk_note){.kind = PL_NOTE_FAILED, .v = {PL_TALK_REFUSED}});
    read_story(s, "named");
    assert_flag(s, PL_F_ENDPOINT_OPEN, false);
}

static void a_status_that_there_is_not_is_no_silence(void **state)
{
    struct story *s = *state;

    hello(s, PL_TLS_12, PL_HELLO_ACCEPTED, PL_TLS_12, 0xc02f);
    answer(&s->told, PL_ASK_PLAIN, false, PL_TALK_OK, "HTTP/1.1 999 Here\r\n\r\nall of it");
    read_story(s, "named");
    assert_unknown(s, PL_F_ENDPOINT_PLAIN, "unreadable");
}

static void a_broken_port_80_is_unknown(void **state)
{
    struct story *s = *state;

    hello(s, PL_TLS_12, PL_HELLO_ACCEPTED, PL_TLS_12, 0xc02f);
    answer(&s->other, PL_ASK_PORT_80, false, PL_TALK_OK, "HTTP/1.1 502 Bad Gateway\r\n\r\n");
    read_story(s, "registry");
    assert_unknown(s, PL_F_ENDPOINT_PORT_80, "unsupported");
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
        STORY(suites_of_a_version_that_may_be_accepted_are_not_left_out),
        STORY(what_speaks_tls_in_pieces_speaks_tls),
        STORY(a_certificate_without_its_key_is_nobodys),
        STORY(only_a_refusal_says_that_nobody_listens),
        STORY(a_status_that_there_is_not_is_no_silence),
        STORY(a_broken_port_80_is_unknown),
        STORY(what_is_no_transcript_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
