/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an endpoint is asked, one connection after the other: what it says unasked, which versions
 * and suites it accepts (hello.h), a handshake for its certificates, then the requests of the job.
 */
#include "probe/prober_priv.h"

#include "probe/hello.h"
#include "probe/limits.h"

#include <string.h>
#include <time.h>

enum { NS_PER_MS = 1000000 };

static void note(pl_prober *p, pl_talk_note n)
{
    pl_talk_put(&p->told, &n);
}

static bool is_time_up(const pl_prober *p)
{
    return pl_line_now() >= p->until_ns;
}

/* The moment in ms from now, or the end of all of it. */
static uint64_t within(const pl_prober *p, unsigned ms)
{
    uint64_t at = pl_line_now() + (uint64_t)ms * NS_PER_MS;
    return at < p->until_ns ? at : p->until_ns;
}

static pl_talk_end dial(const pl_prober *p, pl_line *l)
{
    pl_talk_end end = pl_line_open(&p->peer, within(p, PL_PROBE_CONNECT_MS), l);

    l->until_ns = within(p, PL_PROBE_STEP_MS);
    return end;
}

/* ---- unasked ---- */

/* True: the server speaks first, and whatever we said would be no answer to that. */
static bool hear(pl_prober *p, pl_line *l)
{
    PL_AUTO_BUF pl_buf said = {0};

    l->until_ns = within(p, PL_PROBE_BANNER_MS);
    if (pl_line_receive(l, PL_PROBE_BANNER_BYTES, &said) != PL_TALK_OK)
        return false;
    note(p, (pl_talk_note){.kind = PL_NOTE_BANNER, .text = pl_buf_view(&said)});
    return true;
}

/* ---- versions and suites ---- */

static void read_answer(pl_line *l, pl_hello_answer *ret)
{
    PL_AUTO_BUF pl_buf in = {0};

    for (;;) {
        pl_talk_end end = pl_line_receive(l, PL_PROBE_HELLO_BYTES - in.n, &in);
        if (end != PL_TALK_OK) {
            ret->end = end == PL_TALK_SILENT ? PL_HELLO_SILENT : PL_HELLO_CLOSED;
            return;
        }
        pl_hello_read(pl_buf_view(&in), ret);
        if (ret->end != PL_HELLO_MORE)
            return;
        if (in.n >= PL_PROBE_HELLO_BYTES) {
            ret->end = PL_HELLO_UNREAD;
            return;
        }
    }
}

static void offer(const pl_prober *p, uint16_t version, const uint16_t *suites, size_t n,
                  pl_hello_answer *ret)
{
    PL_AUTO_BUF pl_buf hello = {0};
    PL_AUTO_LINE pl_line l = {.fd = -1};

    *ret = (pl_hello_answer){.end = PL_HELLO_UNREACHED};
    if (dial(p, &l) != PL_TALK_OK)
        return;
    pl_hello_write(version, suites, n, p->job.server_name, &hello);
    if (pl_line_send(&l, pl_buf_view(&hello)) == PL_TALK_OK)
        read_answer(&l, ret);
    else
        ret->end = PL_HELLO_CLOSED;
}

/* All suites of that version: those of TLS 1.3 are its own. */
static size_t suites_of(uint16_t version, uint16_t *to)
{
    size_t n = 0;

    for (const pl_suite *s = pl_suites; s->name; s++)
        if (pl_suite_is_13(s->number) == (version == PL_TLS_13))
            to[n++] = s->number;
    return n;
}

enum { SUITES_ROOM = 256 };

/* Takes the suite off the list; false: it was not offered. */
static bool drop(uint16_t *suites, size_t *n, uint16_t suite)
{
    for (size_t i = 0; i < *n; i++)
        if (suites[i] == suite) {
            memmove(&suites[i], &suites[i + 1], (*n - i - 1) * sizeof(*suites));
            --*n;
            return true;
        }
    return false;
}

static void note_suite(pl_prober *p, uint16_t version, uint16_t suite)
{
    note(p, (pl_talk_note){.kind = PL_NOTE_SUITE, .v = {version, suite}});
}

/* The server chooses one of what is offered; that one is left out, until it refuses. */
static void list_suites(pl_prober *p, uint16_t version)
{
    uint16_t suites[SUITES_ROOM];
    size_t n = suites_of(version, suites), n_found = 0;
    pl_hello_answer answer = {.end = PL_HELLO_ALERT};

    while (n && n_found < PL_PROBE_SUITES && !is_time_up(p)) {
        offer(p, version, suites, n, &answer);
        if (answer.end != PL_HELLO_ACCEPTED || answer.version != version ||
            !drop(suites, &n, answer.suite))
            break;
        note_suite(p, version, answer.suite);
        n_found++;
    }
    bool is_all = n == 0 || answer.end == PL_HELLO_ALERT;
    note(p, (pl_talk_note){.kind = PL_NOTE_SUITES, .v = {version, is_all && n_found}});
}

/* Whether that version was accepted. A server that breaks off is asked once more. */
static pl_hello_end try_version(pl_prober *p, uint16_t version, bool *ret_accepted)
{
    uint16_t suites[SUITES_ROOM];
    size_t n = suites_of(version, suites);
    pl_hello_answer a;

    offer(p, version, suites, n, &a);
    if (a.end == PL_HELLO_CLOSED)
        offer(p, version, suites, n, &a);
    note(p,
         (pl_talk_note){.kind = PL_NOTE_HELLO, .v = {version, a.end, a.version, a.suite, a.alert}});
    *ret_accepted = a.end == PL_HELLO_ACCEPTED && a.version == version;
    return a.end;
}

static bool is_no_tls(pl_hello_end end)
{
    return end == PL_HELLO_ODD || end == PL_HELLO_SILENT;
}

/* True: it speaks TLS. */
static bool ask_versions(pl_prober *p)
{
    static const uint16_t versions[] = {PL_TLS_13, PL_TLS_12, PL_TLS_11, PL_TLS_10, PL_TLS_SSL3};
    uint16_t best_old = 0;
    bool has_13 = false, speaks = false;
    size_t n_odd = 0;

    for (size_t i = 0; i < PL_COUNT(versions) && !is_time_up(p); i++) {
        bool is_accepted = false;
        pl_hello_end end = try_version(p, versions[i], &is_accepted);
        speaks |= end == PL_HELLO_ACCEPTED || end == PL_HELLO_ALERT || end == PL_HELLO_UNREAD;
        if (is_accepted && versions[i] == PL_TLS_13)
            has_13 = true;
        else if (is_accepted && !best_old)
            best_old = versions[i];
        n_odd += is_no_tls(end);
        if (!speaks && n_odd == 2) /* plain text twice: it will not speak an older one */
            return false;
    }
    if (has_13)
        list_suites(p, PL_TLS_13);
    if (best_old)
        list_suites(p, best_old);
    return speaks;
}

/* ---- certificates ---- */

static void note_chain(pl_prober *p, const pl_line *l)
{
    STACK_OF(X509) *chain = SSL_get_peer_cert_chain(l->ssl);
    int n = chain ? sk_X509_num(chain) : 0;

    for (int i = 0; i < n && i < PL_PROBE_CHAIN; i++) {
        unsigned char *der = NULL;
        int length = i2d_X509(sk_X509_value(chain, i), &der);
        if (length > 0)
            note(p,
                 (pl_talk_note){.kind = PL_NOTE_CERT, .text = {(const char *)der, (size_t)length}});
        OPENSSL_free(der);
    }
    if (n > PL_PROBE_CHAIN)
        note(p, (pl_talk_note){.kind = PL_NOTE_CHAIN_CUT});
}

static const char *sni_of(const pl_prober *p)
{
    return p->name[0] ? p->name : NULL;
}

static void shake_hands(pl_prober *p)
{
    PL_AUTO_LINE pl_line l = {.fd = -1};
    pl_talk_end end = dial(p, &l);

    if (end == PL_TALK_OK)
        end = pl_line_tls(&l, sni_of(p));
    const SSL_CIPHER *cipher = l.ssl ? SSL_get_current_cipher(l.ssl) : NULL;
    note(p, (pl_talk_note){.kind = PL_NOTE_HANDSHAKE,
                           .v = {end, l.alert, cipher ? (uint32_t)SSL_version(l.ssl) : 0,
                                 cipher ? SSL_CIPHER_get_protocol_id(cipher) : 0,
                                 l.wants_certificate}});
    if (end == PL_TALK_LIMIT)
        note(p, (pl_talk_note){.kind = PL_NOTE_CHAIN_CUT});
    /* What it showed before it broke off counts too. */
    if (l.ssl)
        note_chain(p, &l);
}

/* ---- requests ---- */

static bool has_head(pl_str s)
{
    return pl_str_has(s, PL_S("\r\n\r\n")) || pl_str_has(s, PL_S("\n\n"));
}

static pl_talk_end read_reply(pl_line *l, bool with_body, pl_buf *to)
{
    size_t max = PL_PROBE_HEAD_BYTES + (with_body ? PL_PROBE_BODY_BYTES : 0);

    while (with_body || !has_head(pl_buf_view(to))) {
        if (to->n >= max)
            return PL_TALK_LIMIT;
        pl_talk_end end = pl_line_receive(l, max - to->n, to);
        if (end != PL_TALK_OK)
            return end;
    }
    return PL_TALK_OK;
}

static void ask(pl_prober *p, const pl_probe_request *r, bool over_tls)
{
    PL_AUTO_LINE pl_line l = {.fd = -1};
    PL_AUTO_BUF pl_buf reply = {0};
    pl_talk_end end = dial(p, &l);

    if (end == PL_TALK_OK && over_tls)
        end = pl_line_tls(&l, sni_of(p));
    l.until_ns = within(p, PL_PROBE_STEP_MS);
    if (end == PL_TALK_OK)
        end = pl_line_send(&l, r->bytes);
    if (end == PL_TALK_OK)
        end = read_reply(&l, r->body, &reply);
    note(p, (pl_talk_note){.kind = PL_NOTE_ANSWER,
                           .v = {r->number, over_tls, end, l.alert},
                           .text = pl_buf_view(&reply)});
}

static void rest(const pl_prober *p)
{
    const struct timespec pause = {p->job.pause_ms / 1000,
                                   (long)(p->job.pause_ms % 1000) * NS_PER_MS};

    if (p->job.pause_ms)
        (void)clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, NULL);
}

static void ask_all(pl_prober *p, bool speaks_tls)
{
    for (uint32_t i = 0; i < p->job.n; i++) {
        const pl_probe_request *r = &p->job.requests[i];
        bool over_tls = r->over == PL_OVER_TLS || (r->over == PL_OVER_ANY && speaks_tls);
        if (r->over == PL_OVER_TLS && !speaks_tls)
            continue;
        if (is_time_up(p))
            return;
        ask(p, r, over_tls);
        rest(p);
    }
}

/* ---- all of it ---- */

void pl_prober_ask(pl_prober *p)
{
    bool speaks_tls;
    {
        PL_AUTO_LINE pl_line first = {.fd = -1};
        pl_talk_end end = dial(p, &first);
        if (end != PL_TALK_OK) {
            note(p, (pl_talk_note){.kind = PL_NOTE_FAILED, .v = {end}});
            return;
        }
        if ((p->job.asks & PL_ASK_BANNER) && hear(p, &first))
            return;
    }
    speaks_tls = (p->job.asks & PL_ASK_TLS) && ask_versions(p);
    if (speaks_tls && !is_time_up(p))
        shake_hands(p);
    ask_all(p, speaks_tls);
    if (is_time_up(p))
        note(p, (pl_talk_note){.kind = PL_NOTE_TIME_UP});
}
