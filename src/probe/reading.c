/* SPDX-License-Identifier: Apache-2.0 */
/* A transcript taken apart, and what it says of versions and suites. */
#include "probe/reading.h"

#include <arpa/inet.h>
#include <string.h>

static size_t version_at(uint32_t version)
{
    return version >= PL_TLS_SSL3 && version <= PL_TLS_13 ? version - PL_TLS_SSL3 : SIZE_MAX;
}

static void take_hello(pl_reading *r, const pl_talk_note *n)
{
    size_t at = version_at(n->v[0]);

    if (at >= PL_COUNT(r->hello) || n->v[1] > PL_HELLO_UNREAD)
        return;
    r->hello[at].is_asked = true;
    r->hello[at].answer = (pl_hello_answer){.end = (pl_hello_end)n->v[1],
                                            .version = (uint16_t)n->v[2],
                                            .suite = (uint16_t)n->v[3],
                                            .alert = (uint8_t)n->v[4]};
}

static pl_str suite_text(pl_arena *a, uint32_t number)
{
    const char *name = pl_suite_name((uint16_t)number);
    PL_AUTO_BUF pl_buf b = {0};

    if (name)
        return pl_str_c(name);
    pl_buf_fmt(&b, "0x%04X", number);
    return pl_arena_str(a, pl_buf_view(&b));
}

static void take_handshake(pl_reading *r, const pl_talk_note *n)
{
    r->shake.is_there = true;
    r->shake.end = (pl_talk_end)n->v[0];
    r->shake.version = n->v[2];
    r->shake.suite = n->v[3];
    r->shake.asked_for_certificate = n->v[4];
}

static void take_answer(pl_reading *r, const pl_talk_note *n)
{
    if (r->n_answers < PL_COUNT(r->answers))
        r->answers[r->n_answers++] = (pl_reading_answer){
            .number = n->v[0], .over_tls = n->v[1], .end = (pl_talk_end)n->v[2], .bytes = n->text};
}

static void take(pl_reading *r, const pl_talk_note *n)
{
    switch (n->kind) {
    case PL_NOTE_ADDRESS:
        r->ip = n->text;
        break;
    case PL_NOTE_FAILED:
        r->has_failed = true;
        r->failed = (pl_talk_end)n->v[0];
        break;
    case PL_NOTE_BANNER:
        r->has_banner = true;
        r->banner = n->text;
        break;
    case PL_NOTE_HELLO:
        take_hello(r, n);
        break;
    case PL_NOTE_SUITE:
        if (r->n_suites < PL_COUNT(r->suites))
            r->suites[r->n_suites++] = suite_text(r->a, n->v[1]);
        break;
    case PL_NOTE_SUITES:
        r->n_lists++;
        r->n_whole_lists += n->v[1] != 0;
        break;
    case PL_NOTE_HANDSHAKE:
        take_handshake(r, n);
        break;
    case PL_NOTE_CERT:
        if (r->n_certs < PL_COUNT(r->certs))
            r->certs[r->n_certs++] = n->text;
        break;
    case PL_NOTE_CHAIN_CUT:
        r->is_chain_cut = true;
        break;
    case PL_NOTE_ANSWER:
        take_answer(r, n);
        break;
    case PL_NOTE_TIME_UP:
        r->is_time_up = true;
        break;
    case PL_NOTE_END:
    default:
        r->is_over = true;
        break;
    }
}

pl_rc pl_reading_take(pl_reading *r, pl_str transcript, pl_err *err)
{
    pl_rd in = pl_rd_of(transcript.p, transcript.n);
    pl_talk_note n;

    for (size_t i = 0; !r->is_over && i < PL_PROBE_NOTES && pl_talk_read(&in, &n); i++)
        take(r, &n);
    return r->is_over && pl_rd_done(&in) ? PL_OK : pl_fail(err, PL_FORMAT, "transcript");
}

const char *pl_reading_reason(pl_talk_end end)
{
    switch (end) {
    case PL_TALK_SILENT:
        return "timeout";
    case PL_TALK_LIMIT:
        return "limit:answer";
    case PL_TALK_ALERT:
        return "denied";
    case PL_TALK_NO_TLS:
        return "unsupported";
    case PL_TALK_OK:
    case PL_TALK_REFUSED:
    case PL_TALK_CLOSED:
    default:
        return "unreadable";
    }
}

const pl_reading_answer *pl_reading_answer_to(const pl_reading *r, uint32_t number)
{
    for (size_t i = 0; i < r->n_answers; i++)
        if (r->answers[i].number == number)
            return &r->answers[i];
    return NULL;
}

/* ---- versions ---- */

pl_reading_tls_state pl_reading_speaks_tls(const pl_reading *r)
{
    bool has_odd = false;

    if (r->has_banner)
        return PL_TLS_NO;
    for (size_t i = 0; i < PL_COUNT(r->hello); i++) {
        pl_hello_end end = r->hello[i].answer.end;
        if (!r->hello[i].is_asked)
            continue;
        if (end == PL_HELLO_ACCEPTED || end == PL_HELLO_ALERT || end == PL_HELLO_UNREAD)
            return PL_TLS_YES;
        has_odd |= end == PL_HELLO_ODD;
    }
    return has_odd ? PL_TLS_NO : PL_TLS_UNKNOWN;
}

static const int version_fields[] = {PL_F_ENDPOINT_SSL_3_0, PL_F_ENDPOINT_TLS_1_0,
                                     PL_F_ENDPOINT_TLS_1_1, PL_F_ENDPOINT_TLS_1_2,
                                     PL_F_ENDPOINT_TLS_1_3};

static const char *silence_reason(pl_hello_end end)
{
    return end == PL_HELLO_SILENT ? "timeout" : "unreadable";
}

/* A server that breaks off without a word has not said that it refuses. */
static void set_version(const pl_reading *r, size_t at)
{
    const pl_hello_answer *a = &r->hello[at].answer;
    int field = version_fields[at];
    bool is_chosen = false;

    /* A lower version may be the answer to a higher offer. */
    for (size_t i = 0; i < PL_COUNT(r->hello); i++)
        is_chosen |= r->hello[i].answer.end == PL_HELLO_ACCEPTED &&
                     version_at(r->hello[i].answer.version) == at;
    if (is_chosen)
        pl_set_bool(r->to, field, true);
    else if (!r->hello[at].is_asked)
        pl_set_unreadable(r->to, field, "timeout");
    else if (a->end == PL_HELLO_ALERT || a->end == PL_HELLO_ACCEPTED)
        pl_set_bool(r->to, field, false);
    else
        pl_set_unreadable(r->to, field, silence_reason(a->end));
}

static const char *version_name(uint32_t version)
{
    static const char *const names[] = {"SSL 3.0", "TLS 1.0", "TLS 1.1", "TLS 1.2", "TLS 1.3"};
    size_t at = version_at(version);
    return at < PL_COUNT(names) ? names[at] : NULL;
}

/* Suites are asked for of the newest older version that is accepted: one that may be, and is newer,
 * could have others. */
static bool has_open_version(const pl_reading *r)
{
    for (size_t i = PL_COUNT(version_fields); i-- > 0;) {
        const pl_value *v = pl_get(r->to, version_fields[i]);
        if (v->state == PL_UNREADABLE)
            return true;
        if (version_fields[i] != PL_F_ENDPOINT_TLS_1_3 && v->u.b)
            return false;
    }
    return false;
}

static void set_suites(const pl_reading *r)
{
    if (!has_open_version(r) && r->n_lists && r->n_lists == r->n_whole_lists)
        pl_set_strs(r->to, PL_F_ENDPOINT_CIPHERS, r->suites, r->n_suites);
    else if (r->n_suites >= PL_PROBE_SUITES)
        pl_set_unreadable(r->to, PL_F_ENDPOINT_CIPHERS, "limit:suites");
    else
        pl_set_unreadable(r->to, PL_F_ENDPOINT_CIPHERS, r->is_time_up ? "timeout" : "unreadable");
}

static void set_handshake(const pl_reading *r)
{
    const char *name = version_name(r->shake.version);

    if (r->shake.is_there && name) {
        pl_set_str(r->to, PL_F_ENDPOINT_VERSION, pl_str_c(name));
        pl_set_str(r->to, PL_F_ENDPOINT_CIPHER, suite_text(r->a, r->shake.suite));
        return;
    }
    const char *why = r->shake.is_there ? pl_reading_reason(r->shake.end) : "timeout";
    pl_set_unreadable(r->to, PL_F_ENDPOINT_VERSION, why);
    pl_set_unreadable(r->to, PL_F_ENDPOINT_CIPHER, why);
}

/* Asked for and gone on without one: by an answer over TLS. TLS 1.3 refuses only then. */
static bool went_on(const pl_reading *r)
{
    for (size_t i = 0; i < r->n_answers; i++)
        if (r->answers[i].over_tls && r->answers[i].bytes.n)
            return true;
    return false;
}

static bool was_refused(const pl_reading *r)
{
    for (size_t i = 0; i < r->n_answers; i++)
        if (r->answers[i].over_tls && r->answers[i].end == PL_TALK_ALERT)
            return true;
    return r->shake.end == PL_TALK_ALERT;
}

static void set_client_certificate(const pl_reading *r)
{
    int field = PL_F_ENDPOINT_CLIENT_CERTIFICATE;

    if (!r->shake.is_there)
        pl_set_unreadable(r->to, field, "timeout");
    else if (r->shake.asked_for_certificate && went_on(r))
        pl_set_str(r->to, field, PL_S("requested"));
    else if (r->shake.asked_for_certificate && was_refused(r))
        pl_set_str(r->to, field, PL_S("demanded"));
    else if (!r->shake.asked_for_certificate && r->shake.end == PL_TALK_OK)
        pl_set_str(r->to, field, PL_S("none"));
    else
        pl_set_unreadable(r->to, field, pl_reading_reason(r->shake.end));
}

static void set_no_tls(const pl_reading *r)
{
    for (size_t i = 0; i < PL_COUNT(version_fields); i++)
        pl_set_absent(r->to, version_fields[i]);
    pl_set_absent(r->to, PL_F_ENDPOINT_CIPHERS);
    pl_set_absent(r->to, PL_F_ENDPOINT_VERSION);
    pl_set_absent(r->to, PL_F_ENDPOINT_CIPHER);
    pl_set_absent(r->to, PL_F_ENDPOINT_CLIENT_CERTIFICATE);
}

void pl_reading_tls(pl_reading *r)
{
    pl_reading_tls_state speaks = pl_reading_speaks_tls(r);

    if (speaks == PL_TLS_UNKNOWN) /* every field stays as it began: not known */
        return;
    pl_set_bool(r->to, PL_F_ENDPOINT_TLS, speaks == PL_TLS_YES);
    if (speaks == PL_TLS_NO) {
        set_no_tls(r);
        return;
    }
    for (size_t i = 0; i < PL_COUNT(version_fields); i++)
        set_version(r, i);
    set_suites(r);
    set_handshake(r);
    set_client_certificate(r);
}

/* ---- all of it ---- */

/* Of a listener on every address others reach it, however we did. */
static bool is_loopback(pl_str ip, pl_str address)
{
    if (pl_str_starts(address, PL_S("0.0.0.0:")) || pl_str_starts(address, PL_S("[::]:")))
        return false;
    return pl_str_starts(ip, PL_S("127.")) || pl_str_eq(ip, PL_S("::1")) ||
           pl_str_starts(ip, PL_S("::ffff:127."));
}

static void set_or_absent(pl_record *to, int field, pl_str s)
{
    if (s.n)
        pl_set_str(to, field, s);
    else
        pl_set_absent(to, field);
}

/* An address only: nothing else is shown as one. */
static bool is_address(pl_str ip)
{
    unsigned char number[sizeof(struct in6_addr)];
    char text[INET6_ADDRSTRLEN];

    return pl_str_to_c(ip, text, sizeof(text)) &&
           (inet_pton(AF_INET, text, number) == 1 || inet_pton(AF_INET6, text, number) == 1);
}

static void set_place(const pl_reading *r)
{
    const pl_reading_about *x = r->about;

    pl_set_str(r->to, PL_F_ENDPOINT_ADDRESS, x->address);
    pl_set_int(r->to, PL_F_ENDPOINT_PORT, x->port);
    pl_set_str(r->to, PL_F_ENDPOINT_ROLE, x->role);
    pl_set_bool(r->to, PL_F_ENDPOINT_HERE, true);
    set_or_absent(r->to, PL_F_ENDPOINT_NAME, x->server_name);
    set_or_absent(r->to, PL_F_ENDPOINT_HOLDER, x->holder);
    if (!is_address(r->ip))
        return;
    pl_set_str(r->to, PL_F_ENDPOINT_IP, r->ip);
    pl_set_bool(r->to, PL_F_ENDPOINT_LOOPBACK, is_loopback(r->ip, x->address));
}

pl_rc pl_reading_fill(pl_reading *r, pl_err *err)
{
    r->to = pl_record_new(r->a, &pl_endpoint_kind);
    if (!r->to)
        return pl_fail(err, PL_LIMIT, "endpoint");
    set_place(r);
    if (r->has_failed && r->failed != PL_TALK_REFUSED) { /* who was in the way is not known */
        pl_set_unreadable(r->to, PL_F_ENDPOINT_OPEN,
                          r->failed == PL_TALK_SILENT ? "timeout" : "unreadable");
        return PL_OK;
    }
    if (r->has_failed) {
        pl_set_bool(r->to, PL_F_ENDPOINT_OPEN, false);
        pl_set_absent(r->to, PL_F_ENDPOINT_PROTOCOL);
        return PL_OK;
    }
    pl_set_bool(r->to, PL_F_ENDPOINT_OPEN, true);
    pl_reading_tls(r);
    pl_reading_certificates(r);
    pl_reading_http(r);
    pl_reading_attacks(r);
    return PL_OK;
}
