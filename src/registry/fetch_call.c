/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One question from beginning to end: asked, perhaps challenged, redirected, told to wait, cut off
 * and taken up again behind the last byte that came, until the whole body is in the descriptor.
 */
#include "registry/fetch_priv.h"

#include "core/clock.h"
#include "registry/reference.h"

#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum {
    HTTP_OK = 200,
    HTTP_PARTIAL = 206,
    HTTP_UNAUTHORIZED = 401,
    HTTP_FORBIDDEN = 403,
    HTTP_NOT_FOUND = 404,
    HTTP_TOO_MANY = 429,
    US_PER_S = 1000000,
    NS_PER_MS = 1000000
};

static bool is_redirect(int status)
{
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

static bool is_passing(int status)
{
    return status == 408 || status == HTTP_TOO_MANY || status == 500 || status == 502 ||
           status == 503 || status == 504;
}

/* ---- headers ---- */

bool pl_fetch_retry_after(pl_str value, int64_t now_s, uint64_t *ret_s)
{
    char text[64];
    struct tm tm = {0};

    if (pl_str_u64(value, ret_s))
        return true;
    if (!pl_str_to_c(value, text, sizeof(text)))
        return false;
    const char *end = strptime(text, "%a, %d %b %Y %H:%M:%S GMT", &tm);
    if (!end || *end)
        return false;
    int64_t at = (int64_t)timegm(&tm);
    *ret_s = at > now_s ? (uint64_t)(at - now_s) : 0;
    return true;
}

pl_str pl_fetch_next_page(pl_str link)
{
    pl_str part, target, before;

    while (pl_str_cut(&link, ',', &part)) {
        if (!pl_str_cut(&part, '<', &before) || pl_str_trim(before).n ||
            !pl_str_cut(&part, '>', &target))
            continue;
        if (!pl_str_has(part, PL_S("rel=\"next\"")) && !pl_str_has(part, PL_S("rel=next")))
            continue;
        (void)pl_str_cut(&target, '?', &before);
        if (pl_fetch_is_query(target))
            return target;
    }
    return (pl_str){"", 0};
}

bool pl_fetch_range_start(pl_str value, uint64_t *ret)
{
    pl_str start;

    if (!pl_str_starts(value, PL_S("bytes ")))
        return false;
    value = pl_str_trim(pl_str_sub(value, 6, value.n));
    return memchr(value.p, '-', value.n) && pl_str_cut(&value, '-', &start) &&
           pl_str_u64(start, ret);
}

pl_rc pl_fetch_status_error(const pl_fetch_call *c, const char *url, int status, pl_str said,
                            pl_err *err)
{
    pl_rc rc = status == HTTP_FORBIDDEN || status == HTTP_UNAUTHORIZED ? PL_DENIED
               : status == HTTP_NOT_FOUND                              ? PL_NOTFOUND
                                                                       : PL_NET;
    pl_str shown = pl_str_c(url), head;

    (void)c;
    /* A signed URL is a secret of its own. */
    if (memchr(shown.p, '?', shown.n) && pl_str_cut(&shown, '?', &head))
        shown = head;
    return pl_fail(err, rc, "GET %.*s: HTTP status %d%s%.*s", PL_F(pl_str_sub(shown, 0, 200)),
                   status, said.n ? ": " : "",
                   PL_F(pl_str_sub(pl_str_trim(said), 0, PL_REGISTRY_SAID_MAX)));
}

/* ---- the body ---- */

static pl_rc check_range(pl_fetch_call *c, pl_err *err)
{
    uint64_t start = 0;

    c->skip = c->written;
    if (c->body.status == HTTP_OK)
        return PL_OK;
    if (!pl_fetch_range_start(pl_http_header(&c->body, PL_S("Content-Range")), &start) ||
        start > c->written)
        return pl_fail(err, PL_FORMAT, "answers with another part than asked for");
    c->skip = c->written - start;
    return PL_OK;
}

static pl_rc take_said(pl_fetch_call *c, pl_str bytes, pl_err *err)
{
    pl_buf_str(&c->said, pl_str_sub(bytes, 0, PL_REGISTRY_SAID_MAX - c->said.n));
    return c->body.length < PL_REGISTRY_ERROR_MAX
               ? PL_OK
               : pl_fail(err, PL_LIMIT, "answer of status %d is longer than %d bytes",
                         c->body.status, PL_REGISTRY_ERROR_MAX);
}

static pl_rc take_body(pl_str bytes, void *arg, pl_err *err)
{
    pl_fetch_call *c = arg;
    pl_rc rc = PL_OK;

    if (c->body.status != HTTP_OK && c->body.status != HTTP_PARTIAL)
        return take_said(c, bytes, err);
    if (pl_outlet_waits(&c->out)) {
        c->body.waits = true;
        return PL_OK;
    }
    if (!c->is_checked)
        rc = check_range(c, err);
    c->is_checked = true;
    if (rc)
        return rc;
    size_t skipped = bytes.n < c->skip ? bytes.n : (size_t)c->skip;
    c->skip -= skipped;
    bytes = pl_str_sub(bytes, skipped, bytes.n);
    uint64_t most = c->size                    ? c->size
                    : c->what == PL_FETCH_BLOB ? PL_REGISTRY_LAYER_MAX
                                               : (uint64_t)PL_REGISTRY_DOC_MAX;
    if (bytes.n > most - c->written)
        return pl_fail(err, c->size ? PL_FORMAT : PL_LIMIT, "longer than %llu bytes%s",
                       (unsigned long long)most, c->size ? ", as the manifest says" : "");
    rc = pl_outlet_put(&c->out, bytes, err);
    if (!rc)
        c->written += bytes.n;
    return rc;
}

/* ---- asking ---- */

unsigned pl_fetch_ms_left(const pl_fetch_call *c)
{
    uint64_t now = pl_mono_ns(&pl_clock_system);

    return now < c->end_ns ? (unsigned)((c->end_ns - now) / NS_PER_MS) + 1 : 1;
}

static pl_rc home_url(pl_fetch_call *c, pl_err *err)
{
    const pl_fetch_host *h = &c->f->hosts[c->host];

    free(PL_TAKE(c->url, NULL));
    c->is_away = false;
    c->redirects = 0;
    if (asprintf(&c->url, "http%s://%s%s", h->is_plain ? "" : "s", pl_reference_api_host(h->name),
                 c->path) < 0)
        return pl_fail(err, PL_NOMEM, "URL");
    return PL_OK;
}

/* What engines ask for, in the order of their preference. */
static const char accept_manifest[] = "Accept: application/vnd.oci.image.index.v1+json, "
                                      "application/vnd.docker.distribution.manifest.list.v2+json, "
                                      "application/vnd.oci.image.manifest.v1+json, "
                                      "application/vnd.docker.distribution.manifest.v2+json";

static void word_request(pl_fetch_call *c)
{
    size_t n = 0;

    pl_fetch_authorize(c);
    if (c->authorization.n)
        c->lines[n++] = c->authorization.p;
    if (c->what == PL_FETCH_MANIFEST)
        c->lines[n++] = accept_manifest;
    pl_buf_reset(&c->range);
    if (c->written) {
        pl_buf_fmt(&c->range, "Range: bytes=%llu-", (unsigned long long)c->written);
        pl_buf_ch(&c->range, '\0');
        c->lines[n++] = c->range.p;
    }
    c->lines[n] = NULL;
}

static void landed(pl_http_call *call, void *arg);

static pl_rc send_to(pl_fetch_call *c, pl_err *err)
{
    pl_fetch_place place;

    if (!pl_fetch_place_of(pl_str_c(c->url), &place))
        return pl_fail(err, PL_FORMAT, "URL");
    pl_rc rc = pl_fetch_peer_of(c->f, c->host, &place, &c->http, err);
    if (rc)
        return rc;
    word_request(c);
    if (!pl_buf_ok(&c->authorization) || !pl_buf_ok(&c->range))
        return pl_fail(err, PL_NOMEM, "request");
    pl_http_call_done(&c->body);
    pl_buf_reset(&c->said);
    c->is_checked = false;
    c->has_landed = false;
    c->before = c->written;
    c->body = (pl_http_call){.url = c->url,
                             .lines = c->lines,
                             .deadline_ms = pl_fetch_ms_left(c),
                             .max = SIZE_MAX,
                             .sink = take_body,
                             .sink_arg = c};
    rc = pl_http_start(c->http, &c->body, landed, c);
    if (rc)
        *err = c->body.err;
    return rc;
}

/* A document is short: it is read from its start again. */
static void begin_again(pl_fetch_call *c)
{
    struct stat st;

    if (c->what == PL_FETCH_BLOB || !c->written)
        return;
    if (fstat(c->out.fd, &st) == 0 && S_ISREG(st.st_mode) && ftruncate(c->out.fd, 0) == 0 &&
        lseek(c->out.fd, 0, SEEK_SET) == 0)
        c->written = 0;
}

pl_rc pl_fetch_send(pl_fetch_call *c, pl_err *err)
{
    begin_again(c);
    pl_rc rc = home_url(c, err);
    return rc ? rc : send_to(c, err);
}

void pl_fetch_go_on(pl_fetch_call *c, pl_rc rc, pl_err *err)
{
    if (!rc)
        rc = pl_fetch_send(c, err);
    if (rc)
        pl_fetch_finish(c, rc, err);
}

/* ---- waiting ---- */

static void on_due(pl_loop_event *e, int what, void *arg)
{
    pl_err err = {0};

    (void)e;
    (void)what;
    pl_fetch_go_on(arg, PL_OK, &err);
}

static pl_rc wait_ms(pl_fetch_call *c, uint64_t ms, pl_err *err)
{
    pl_rc rc = PL_OK;

    if (ms >= pl_fetch_ms_left(c))
        return pl_fail(err, PL_TIMEOUT, "no complete answer in time, after %u tries", c->tries);
    if (!c->timer)
        rc = pl_loop_timer(c->f->loop, on_due, c, &c->timer, err);
    if (!rc)
        pl_loop_timer_set(c->timer, ms, 0);
    return rc;
}

pl_rc pl_fetch_wait(pl_fetch_call *c, const pl_http_call *of, pl_err *err)
{
    uint64_t ms = (uint64_t)PL_REGISTRY_PAUSE_MS << c->tries, s = 0;

    if (++c->tries >= PL_REGISTRY_TRIES && of->rc) {
        *err = of->err;
        return pl_wrap(err, of->rc, "after %u tries", c->tries);
    }
    if (c->tries >= PL_REGISTRY_TRIES)
        return pl_fail(err, PL_NET, "after %u tries: HTTP status %d", c->tries, of->status);
    if (!of->rc && pl_fetch_retry_after(pl_http_header(of, PL_S("Retry-After")),
                                        pl_now_us(&pl_clock_system) / US_PER_S, &s)) {
        if (s > PL_REGISTRY_PAUSE_MAX_MS / 1000)
            return pl_fail(err, PL_TIMEOUT, "HTTP status %d: the registry wants %llu s to pass",
                           of->status, (unsigned long long)s);
        ms = s * 1000;
    }
    return wait_ms(c, ms, err);
}

/* ---- answers ---- */

static pl_rc follow(pl_fetch_call *c, pl_err *err)
{
    PL_AUTO_BUF pl_buf target = {0};
    pl_fetch_place from, to;

    if (++c->redirects > PL_REGISTRY_REDIRECTS)
        return pl_fail(err, PL_LIMIT, "over %d redirects", PL_REGISTRY_REDIRECTS);
    pl_rc rc = pl_fetch_resolve(pl_str_c(c->url), pl_http_header(&c->body, PL_S("Location")),
                                &target, err);
    if (rc)
        return rc;
    if (!pl_fetch_place_of(pl_str_c(c->url), &from) || !pl_fetch_place_of(pl_str_c(target.p), &to))
        return pl_fail(err, PL_FORMAT, "redirects to no place");
    /* Once away it stays away, so that nobody can send it home with credentials. */
    c->is_away =
        c->is_away || from.is_plain != to.is_plain || strcmp(from.authority, to.authority) != 0;
    free(c->url);
    c->url = strdup(target.p);
    return c->url ? send_to(c, err) : pl_fail(err, PL_NOMEM, "URL");
}

/* The answer broke off: from where it stopped, as long as it comes nearer. */
static pl_rc take_up_again(pl_fetch_call *c, pl_err *err)
{
    if (c->written == c->before)
        return pl_fetch_wait(c, &c->body, err);
    c->tries = 0;
    c->tokens = 0; /* one may have expired on the way */
    if (++c->cuts > PL_REGISTRY_CUTS)
        return pl_fail(err, PL_NET, "cut off %u times, at byte %llu", c->cuts,
                       (unsigned long long)c->written);
    return wait_ms(c, PL_REGISTRY_CUT_MS, err);
}

static pl_rc after_failure(pl_fetch_call *c, pl_err *err)
{
    pl_fetch_host *h = &c->f->hosts[c->host];

    if (c->body.is_no_tls && h->may_be_plain && !h->is_plain && !c->is_away) {
        h->is_plain = true;
        return pl_fetch_send(c, err);
    }
    if (c->body.is_cut && (c->body.rc == PL_NET || c->body.rc == PL_TIMEOUT))
        return take_up_again(c, err);
    *err = c->body.err;
    return c->body.rc;
}

/* One that said how long it would be has kept its word; one that ends with its connection may have
 * been cut off. */
static pl_rc after_short(pl_fetch_call *c, pl_err *err)
{
    if (!pl_http_header(&c->body, PL_S("Content-Length")).n)
        return take_up_again(c, err);
    return pl_fail(err, PL_FORMAT, "has %llu bytes, and the manifest says %llu",
                   (unsigned long long)c->written, (unsigned long long)c->size);
}

static pl_rc after_challenge(pl_fetch_call *c, pl_err *err)
{
    bool is_under_way = false;
    pl_rc rc = c->is_away
                   ? pl_fetch_status_error(c, c->url, c->body.status, pl_buf_view(&c->said), err)
                   : pl_fetch_answer_challenge(c, &is_under_way, err);

    return rc || is_under_way ? rc : pl_fetch_send(c, err);
}

/* *ret_done: the body is whole. Else another request is under way, or a pause. */
static pl_rc judge(pl_fetch_call *c, bool *ret_done, pl_err *err)
{
    int status = c->body.status;

    *ret_done = false;
    if (c->body.rc)
        return after_failure(c, err);
    if (status == HTTP_UNAUTHORIZED)
        return after_challenge(c, err);
    if (is_redirect(status))
        return follow(c, err);
    if (is_passing(status))
        return pl_fetch_wait(c, &c->body, err);
    /* Nothing is left to send, when the cut was behind the last byte. */
    bool is_end = status == 416 && c->size && c->written == c->size;
    if (status != HTTP_OK && status != HTTP_PARTIAL && !is_end)
        return pl_fetch_status_error(c, c->url, status, pl_buf_view(&c->said), err);
    if (c->size && c->written < c->size)
        return after_short(c, err);
    *ret_done = true;
    return PL_OK;
}

static void landed(pl_http_call *call, void *arg)
{
    pl_fetch_call *c = arg;
    bool is_done = false;
    pl_err err = {0};

    (void)call;
    c->has_landed = true;
    pl_rc rc = judge(c, &is_done, &err);
    if (rc)
        pl_fetch_finish(c, rc, &err);
    else if (is_done && !pl_outlet_waits(&c->out))
        pl_fetch_finish(c, PL_OK, NULL);
    else
        c->has_landed = is_done;
}
