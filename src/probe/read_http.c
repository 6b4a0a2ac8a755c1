/* SPDX-License-Identifier: Apache-2.0 */
/* What a transcript says of HTTP: which protocol answers, in clear and over TLS, who is let in, and
 * the headers that protect a browser. */
#include "probe/reading.h"

#include "core/char.h"

#include <string.h>

enum { NO_TEXT = 512 }; /* bytes of a header that are kept */

typedef struct reply {
    bool is_asked, is_http;
    pl_talk_end end; /* why it is no HTTP */
    bool is_cut;     /* a head began and has no end */
    pl_web_head head;
} reply;

static void read_reply(const pl_reading *r, uint32_t number, reply *ret)
{
    const pl_reading_answer *a = pl_reading_answer_to(r, number);

    ret->is_asked = a != NULL;
    ret->is_http = ret->is_cut = false;
    if (!a)
        return;
    ret->end = a->end;
    pl_web_end end = pl_web_read(a->bytes, &ret->head);
    ret->is_http = end == PL_WEB_OK;
    ret->is_cut = end == PL_WEB_SHORT;
}

/* NULL: nothing more is to be had, it is no HTTP. */
static const char *why_no_http(const reply *x)
{
    if (!x->is_asked)
        return "timeout";
    if (x->is_cut)
        return pl_reading_reason(x->end);
    return x->end == PL_TALK_OK || x->end == PL_TALK_CLOSED ? NULL : pl_reading_reason(x->end);
}

/* ---- which protocol ---- */

static const struct {
    const char *begins, *name;
} banners[] = {
    {"SSH-", "ssh"},    {"RFB ", "vnc"},      {"* OK", "imap"},       {"+OK", "pop3"},
    {"INFO {", "nats"}, {"@RSYNCD", "rsync"}, {"\xff\xfb", "telnet"}, {"\xff\xfd", "telnet"},
};

static bool has_word(pl_str s, const char *a, const char *b)
{
    for (size_t i = 0; i < s.n; i++)
        if (pl_str_starts(pl_str_sub(s, i, s.n), pl_str_c(a)) ||
            pl_str_starts(pl_str_sub(s, i, s.n), pl_str_c(b)))
            return true;
    return false;
}

/* A packet of MySQL's: length, number 0, then protocol version 10 and a text, or an error. */
static bool is_mysql(pl_str s)
{
    return s.n > 5 && s.p[3] == 0 && (s.p[4] == 10 || (unsigned char)s.p[4] == 0xff);
}

static const char *protocol_of_banner(pl_str s)
{
    for (size_t i = 0; i < PL_COUNT(banners); i++)
        if (pl_str_starts(s, pl_str_c(banners[i].begins)))
            return banners[i].name;
    if (pl_str_starts(s, PL_S("220")))
        return has_word(s, "SMTP", "Postfix") ? "smtp" : "ftp";
    return is_mysql(s) ? "mysql" : "other";
}

static void set_protocol(const pl_reading *r, const reply *root)
{
    pl_reading_tls_state tls = pl_reading_speaks_tls(r);
    int field = PL_F_ENDPOINT_PROTOCOL;
    const char *why = why_no_http(root);

    if (r->has_banner)
        pl_set_str(r->to, field, pl_str_c(protocol_of_banner(r->banner)));
    else if (root->is_http)
        pl_set_str(r->to, field, tls == PL_TLS_YES ? PL_S("https") : PL_S("http"));
    else if (why)
        pl_set_unreadable(r->to, field, why);
    else
        pl_set_str(r->to, field, tls == PL_TLS_YES ? PL_S("tls") : PL_S("other"));
}

/* ---- in clear ---- */

static bool is_redirect(int status)
{
    return status >= 301 && status <= 308 && status != 304;
}

static bool leads_to_https(const pl_web_head *h)
{
    pl_str to = {"", 0};
    return is_redirect(h->status) && pl_web_get(h, PL_S("Location"), 0, &to) &&
           pl_str_eq_nocase(pl_str_sub(to, 0, 8), PL_S("https://"));
}

/* What a TLS server says to who speaks in clear (400), or that is leads elsewhere, serves nothing.
 */
static bool serves(const pl_reading *r, const pl_web_head *h)
{
    bool is_refusal = h->status == 400 && pl_reading_speaks_tls(r) == PL_TLS_YES;
    return !is_refusal && !leads_to_https(h);
}

static void set_plain(const pl_reading *r, const reply *plain)
{
    const char *why = why_no_http(plain);

    if (r->has_banner || (!plain->is_http && !why)) {
        pl_set_bool(r->to, PL_F_ENDPOINT_PLAIN, false);
        pl_set_absent(r->to, PL_F_ENDPOINT_PLAIN_STATUS);
    } else if (!plain->is_http) {
        pl_set_unreadable(r->to, PL_F_ENDPOINT_PLAIN, why);
        pl_set_unreadable(r->to, PL_F_ENDPOINT_PLAIN_STATUS, why);
    } else {
        pl_set_bool(r->to, PL_F_ENDPOINT_PLAIN, serves(r, &plain->head));
        pl_set_int(r->to, PL_F_ENDPOINT_PLAIN_STATUS, plain->head.status);
    }
}

/* ---- port 80 ---- */

/* Of a registry that is not there, 404. */
static bool refuses(const pl_reading *r, int status)
{
    bool is_registry = pl_str_eq(r->about->role, PL_S("registry"));
    return status == 400 || status == 403 || status == 421 || status == 426 ||
           (is_registry && status == 404);
}

static const char *on_port_80(const pl_reading *r, const pl_web_head *h)
{
    if (leads_to_https(h))
        return "redirects";
    return refuses(r, h->status) ? "refuses" : "serves";
}

static void set_port_80(const pl_reading *r)
{
    int field = PL_F_ENDPOINT_PORT_80;
    reply x;

    if (!r->port_80) {
        pl_set_absent(r->to, field);
        return;
    }
    read_reply(r->port_80, PL_ASK_PORT_80, &x);
    const char *why =
        r->port_80->has_failed ? pl_reading_reason(r->port_80->failed) : why_no_http(&x);
    if (r->port_80->has_failed && r->port_80->failed == PL_TALK_REFUSED)
        pl_set_str(r->to, field, PL_S("closed"));
    else if (x.is_http && x.head.status >= 500) /* what it does on a better day is not known */
        pl_set_unreadable(r->to, field, "unsupported");
    else if (x.is_http)
        pl_set_str(r->to, field, pl_str_c(on_port_80(r, &x.head)));
    else if (why)
        pl_set_unreadable(r->to, field, why);
    else
        pl_set_str(r->to, field, PL_S("other"));
}

/* ---- without credentials ---- */

typedef enum let { LET_NO, LET_IN, LET_UNKNOWN } let;

static let judge_status(int status, bool is_write)
{
    if (status == 401 || status == 403)
        return LET_NO;
    if (status >= 200 && status < 300)
        return LET_IN;
    /* It looked for what is to be written before it asked who writes. */
    if (is_write && (status == 400 || status == 404))
        return LET_IN;
    /* A write that nobody may do. */
    return is_write && status == 405 ? LET_NO : LET_UNKNOWN;
}

static let judge(const pl_reading *r, const pl_role_question *q, const reply *x)
{
    const pl_value *client = pl_get(r->to, PL_F_ENDPOINT_CLIENT_CERTIFICATE);
    bool is_demanded = client->state == PL_PRESENT && pl_str_eq(client->u.s, PL_S("demanded"));

    if (x->is_http)
        return judge_status(x->head.status, q->is_write);
    return x->is_asked && x->end == PL_TALK_ALERT && is_demanded ? LET_NO : LET_UNKNOWN;
}

static void add_challenges(pl_reading *r, const pl_web_head *h, pl_str *list, size_t *n,
                           size_t room)
{
    pl_str value, word;

    for (size_t i = 0; pl_web_get(h, PL_S("WWW-Authenticate"), i, &value) && *n < room; i++) {
        (void)pl_str_cut(&value, ' ', &word);
        bool is_new = word.n > 0;
        for (size_t k = 0; k < *n; k++)
            is_new &= !pl_str_eq_nocase(list[k], word);
        if (is_new)
            list[(*n)++] = pl_arena_str(r->a, pl_str_sub(word, 0, NO_TEXT));
    }
}

static bool is_bearer(const reply *x)
{
    pl_str value;

    for (size_t i = 0; x->is_http && pl_web_get(&x->head, PL_S("WWW-Authenticate"), i, &value); i++)
        if (pl_str_eq_nocase(pl_str_sub(value, 0, 6), PL_S("Bearer")))
            return true;
    return false;
}

enum { CHALLENGES = 8, QUESTIONS = 16 };

static pl_str question_text(const pl_reading *r, const pl_role_question *q)
{
    PL_AUTO_BUF pl_buf b = {0};
    pl_str path = pl_str_c(q->path), head;

    (void)pl_str_cut(&path, '?', &head);
    pl_buf_fmt(&b, "%s %.*s", q->method, PL_F(head));
    return pl_arena_str(r->a, pl_buf_view(&b));
}

static void set_let_in(const pl_reading *r, size_t n_asked, size_t n_unknown, pl_str *served,
                       size_t n_served)
{
    if (n_asked == 0) {
        pl_set_absent(r->to, PL_F_ENDPOINT_ANONYMOUS);
        pl_set_absent(r->to, PL_F_ENDPOINT_LET_IN);
        return;
    }
    if (n_served)
        pl_set_bool(r->to, PL_F_ENDPOINT_ANONYMOUS, true);
    else if (!n_unknown)
        pl_set_bool(r->to, PL_F_ENDPOINT_ANONYMOUS, false);
    else
        pl_set_unreadable(r->to, PL_F_ENDPOINT_ANONYMOUS, "unsupported");
    /* What else it would have served is not known where a question has no answer. */
    if (n_unknown)
        pl_set_unreadable(r->to, PL_F_ENDPOINT_LET_IN, "unsupported");
    else
        pl_set_strs(r->to, PL_F_ENDPOINT_LET_IN, served, n_served);
}

static void set_anonymous(pl_reading *r)
{
    pl_str *served = pl_arena_calloc(r->a, QUESTIONS, sizeof(*served));
    pl_str *means = pl_arena_calloc(r->a, CHALLENGES, sizeof(*means));
    size_t n_served = 0, n_means = 0, n_asked = 0, n_unknown = 0;

    for (size_t i = 0; served && means && i < pl_role_questions_n; i++) {
        const pl_role_question *q = &pl_role_questions[i];
        reply x;
        if (!pl_str_eq(r->about->role, pl_str_c(q->role)))
            continue;
        n_asked++;
        read_reply(r, PL_ASK_OF_ROLE + (uint32_t)i, &x);
        let how = judge(r, q, &x);
        if (how == LET_IN && n_served < QUESTIONS)
            served[n_served++] = question_text(r, q);
        n_unknown += how == LET_UNKNOWN;
        /* Whether its token server gives a token to anybody is that server's secret. */
        n_unknown += how == LET_NO && is_bearer(&x);
        if (x.is_http)
            add_challenges(r, &x.head, means, &n_means, CHALLENGES);
    }
    set_let_in(r, n_asked, n_unknown, served, n_served);
    if (means)
        pl_set_strs(r->to, PL_F_ENDPOINT_CHALLENGES, means, n_means);
}

/* ---- headers ---- */

static void set_header(const pl_reading *r, int field, const pl_web_head *h, pl_str name)
{
    pl_str value = {"", 0};

    /* One without a value says nothing. */
    if (pl_web_get(h, name, 0, &value) && value.n)
        pl_set_str(r->to, field, pl_arena_str(r->a, pl_str_sub(value, 0, NO_TEXT)));
    else if (h->is_cut)
        pl_set_unreadable(r->to, field, "limit:headers");
    else
        pl_set_absent(r->to, field);
}

/* Bytes before the first of these characters. */
static size_t span_to(pl_str s, const char *ends)
{
    size_t n = 0;

    while (n < s.n && !strchr(ends, s.p[n]))
        n++;
    return n;
}

/* Where the name and password of a URL would begin; a path alone has none. */
static size_t authority_of(pl_str url)
{
    size_t colon = span_to(url, ":/\\"), at = 0;

    if (colon < url.n && url.p[colon] == ':')
        at = colon + 1;
    size_t slashes = 0;
    while (at + slashes < url.n && strchr("/\\", url.p[at + slashes]))
        slashes++;
    return at || slashes > 1 ? at + slashes : url.n;
}

/* Where it leads, without what may be secret: name and password, parameters, query, fragment. */
static void set_redirect(const pl_reading *r, const pl_web_head *h)
{
    PL_AUTO_BUF pl_buf shown = {0};
    pl_str value = {"", 0};

    if (!pl_web_get(h, PL_S("Location"), 0, &value) || !value.n) {
        set_header(r, PL_F_ENDPOINT_REDIRECT, h, PL_S("Location"));
        return;
    }
    value = pl_str_sub(value, 0, span_to(value, "?#;"));
    size_t begin = authority_of(value), from = begin;
    size_t end = begin + span_to(pl_str_sub(value, begin, value.n), "/\\");
    for (size_t i = begin; i < end; i++)
        from = value.p[i] == '@' ? i + 1 : from;
    pl_buf_str(&shown, pl_str_sub(value, 0, begin));
    pl_buf_str(&shown, pl_str_sub(value, from, value.n));
    pl_set_str(r->to, PL_F_ENDPOINT_REDIRECT,
               pl_arena_str(r->a, pl_str_sub(pl_buf_view(&shown), 0, NO_TEXT)));
}

/* nginx/1.22.1, PHP/8, Jetty(9.4.53): a digit behind a slash, or two with a dot between them. */
static bool tells_version(pl_str s)
{
    for (size_t i = 1; i < s.n; i++) {
        bool is_before =
            s.p[i - 1] == '/' || (i > 1 && s.p[i - 1] == '.' && pl_is_digit(s.p[i - 2]));
        if (is_before && pl_is_digit(s.p[i]))
            return true;
    }
    return false;
}

static void set_versions_told(const pl_reading *r, const pl_web_head *h)
{
    static const pl_str names[] = {{"Server", 6}, {"X-Powered-By", 12}, {"X-AspNet-Version", 16}};
    bool tells = false;
    pl_str value;

    for (size_t i = 0; i < PL_COUNT(names); i++)
        for (size_t k = 0; pl_web_get(h, names[i], k, &value); k++)
            tells |= tells_version(value) || (i == 2 && value.n);
    if (tells || !h->is_cut)
        pl_set_bool(r->to, PL_F_ENDPOINT_SERVER_VERSION, tells);
    else
        pl_set_unreadable(r->to, PL_F_ENDPOINT_SERVER_VERSION, "limit:headers");
}

static pl_str unquoted(pl_str s)
{
    return s.n > 1 && s.p[0] == '"' && s.p[s.n - 1] == '"' ? pl_str_sub(s, 1, s.n - 2) : s;
}

/* RFC 6797: over TLS alone; without a number it says nothing. */
static void set_hsts(const pl_reading *r, const pl_web_head *h)
{
    pl_str value = {"", 0}, age;
    uint64_t seconds = 0;
    int field = PL_F_ENDPOINT_HSTS;

    if (!pl_web_get(h, PL_S("Strict-Transport-Security"), 0, &value) && h->is_cut)
        pl_set_unreadable(r->to, field, "limit:headers");
    else if (pl_web_parameter(value, PL_S("max-age"), &age) && pl_str_u64(unquoted(age), &seconds))
        pl_set_int(r->to, field, seconds > INT64_MAX ? INT64_MAX : (int64_t)seconds);
    else
        pl_set_absent(r->to, field);
}

/* Sources that leave out nobody: "*", or a scheme alone. */
static bool names_frames(pl_str sources)
{
    pl_str word;

    while (pl_str_cut(&sources, ' ', &word))
        if (pl_str_has(word, PL_S("*")) ? !pl_str_has(word, PL_S("*."))
                                        : pl_str_ends(word, PL_S(":")))
            return false;
    return true;
}

/* The policy's frame-ancestors in *ret; false: it has none. The first one counts (CSP 3, 4.2). */
static bool find_ancestors(pl_str policy, pl_str *ret)
{
    pl_str part, name;

    while (pl_str_cut(&policy, ';', &part)) {
        part = pl_str_trim(part);
        (void)pl_str_cut(&part, ' ', &name);
        if (!pl_str_eq_nocase(name, PL_S("frame-ancestors")))
            continue;
        *ret = pl_str_trim(part);
        return true;
    }
    return false;
}

/* Browsers that find frame-ancestors leave X-Frame-Options aside. All policies hold. */
static bool limits_frames(const pl_web_head *h)
{
    pl_str value, sources;
    bool has_ancestors = false;

    for (size_t i = 0; pl_web_get(h, PL_S("Content-Security-Policy"), i, &value); i++) {
        if (!find_ancestors(value, &sources))
            continue;
        if (names_frames(sources))
            return true;
        has_ancestors = true;
    }
    return !has_ancestors && pl_web_get(h, PL_S("X-Frame-Options"), 0, &value) &&
           (pl_str_eq_nocase(value, PL_S("DENY")) || pl_str_eq_nocase(value, PL_S("SAMEORIGIN")));
}

static void set_flag(const pl_reading *r, int field, bool v, bool is_cut)
{
    if (v || !is_cut)
        pl_set_bool(r->to, field, v);
    else
        pl_set_unreadable(r->to, field, "limit:headers");
}

/* ---- cookies ---- */

static pl_record *cookie_of(const pl_reading *r, pl_str value)
{
    pl_record *to = pl_record_new(r->a, pl_endpoint_element_kind(PL_EE_COOKIE));
    pl_str rest = value, pair, name = {"", 0}, same = {"", 0}, none;

    if (!to)
        return NULL;
    (void)pl_str_cut(&rest, ';', &pair);
    /* Its value is nobody's business; what has no "=" is all value (RFC 6265bis, 5.7). */
    if (pl_str_has(pair, PL_S("=")))
        (void)pl_str_cut(&pair, '=', &name);
    pl_set_str(to, PL_F_COOKIE_NAME, pl_arena_str(r->a, pl_str_sub(pl_str_trim(name), 0, NO_TEXT)));
    pl_set_bool(to, PL_F_COOKIE_SECURE, pl_web_parameter(rest, PL_S("Secure"), &none));
    pl_set_bool(to, PL_F_COOKIE_HTTP_ONLY, pl_web_parameter(rest, PL_S("HttpOnly"), &none));
    pl_set_absent(to, PL_F_COOKIE_SAME_SITE);
    if (pl_web_parameter(rest, PL_S("SameSite"), &same)) {
        static const pl_str words[] = {{"strict", 6}, {"lax", 3}, {"none", 4}};
        for (size_t i = 0; i < PL_COUNT(words); i++)
            if (pl_str_eq_nocase(same, words[i]))
                pl_set_str(to, PL_F_COOKIE_SAME_SITE, words[i]);
    }
    return to;
}

static void set_cookies(const pl_reading *r, const pl_web_head *h)
{
    pl_record **items = pl_arena_calloc(r->a, PL_PROBE_COOKIES, sizeof(pl_record *));
    pl_str value;
    size_t n = 0;

    while (items && n < PL_PROBE_COOKIES && pl_web_get(h, PL_S("Set-Cookie"), n, &value))
        if (!(items[n++] = cookie_of(r, value)))
            return;
    if (n == PL_PROBE_COOKIES)
        pl_set_unreadable(r->to, PL_F_ENDPOINT_COOKIES, "limit:cookies");
    else if (h->is_cut)
        pl_set_unreadable(r->to, PL_F_ENDPOINT_COOKIES, "limit:headers");
    else
        pl_set_recs(r->to, PL_F_ENDPOINT_COOKIES, items, n);
}

/* ---- all of it ---- */

static const int header_fields[] = {
    PL_F_ENDPOINT_HTTP_STATUS,    PL_F_ENDPOINT_REDIRECT, PL_F_ENDPOINT_SERVER,
    PL_F_ENDPOINT_SERVER_VERSION, PL_F_ENDPOINT_HSTS,     PL_F_ENDPOINT_CSP,
    PL_F_ENDPOINT_NOSNIFF,        PL_F_ENDPOINT_FRAMES,   PL_F_ENDPOINT_COOKIES,
};

static void set_headers(const pl_reading *r, const pl_web_head *h)
{
    pl_str value = {"", 0};

    pl_set_int(r->to, PL_F_ENDPOINT_HTTP_STATUS, h->status);
    set_redirect(r, h);
    set_header(r, PL_F_ENDPOINT_SERVER, h, PL_S("Server"));
    set_header(r, PL_F_ENDPOINT_CSP, h, PL_S("Content-Security-Policy"));
    set_versions_told(r, h);
    set_hsts(r, h);
    (void)pl_web_get(h, PL_S("X-Content-Type-Options"), 0, &value);
    set_flag(r, PL_F_ENDPOINT_NOSNIFF, pl_str_eq_nocase(value, PL_S("nosniff")), h->is_cut);
    set_flag(r, PL_F_ENDPOINT_FRAMES, limits_frames(h), h->is_cut);
    set_cookies(r, h);
}

void pl_reading_http(pl_reading *r)
{
    reply root, plain;

    read_reply(r, PL_ASK_ROOT, &root);
    read_reply(r, PL_ASK_PLAIN, &plain);
    set_protocol(r, &root);
    set_plain(r, &plain);
    set_port_80(r);
    set_anonymous(r);
    if (root.is_http) {
        set_headers(r, &root.head);
        return;
    }
    const char *why = r->has_banner ? NULL : why_no_http(&root);
    for (size_t i = 0; i < PL_COUNT(header_fields); i++)
        if (why)
            pl_set_unreadable(r->to, header_fields[i], why);
        else
            pl_set_absent(r->to, header_fields[i]);
}
