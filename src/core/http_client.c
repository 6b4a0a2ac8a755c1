/* SPDX-License-Identifier: Apache-2.0 */
/* The client: curl's multi interface on the event loop, and the calls under way. */
#include "core/http_priv.h"

#include <assert.h>
#include <pthread.h>
#include <string.h>

static pthread_once_t curl_once = PTHREAD_ONCE_INIT;

static void curl_start(void)
{
    (void)curl_global_init(CURL_GLOBAL_DEFAULT);
}

/* ---- the end of a call ---- */

static void take_out(pl_http_flight *f)
{
    pl_http_flight **at = &f->http->in_air;

    while (*at && *at != f)
        at = &(*at)->next;
    if (*at)
        *at = f->next;
}

/* The handle leaves curl; the call is told by the caller of this. */
static void put_away(pl_http_flight *f)
{
    take_out(f);
    if (f->easy) {
        curl_multi_remove_handle(f->http->multi, f->easy);
        curl_easy_cleanup(f->easy);
    }
    curl_slist_free_all(f->headers);
    pl_loop_event_free(f->quiet);
    free(f);
}

static void land(pl_http_flight *f, CURLcode code)
{
    pl_http_call *call = f->call;
    pl_http_done done = f->done;
    void *arg = f->arg;

    pl_http_flight_outcome(f, code);
    put_away(f);
    done(call, arg);
}

/* Ends the flights that curl has finished with. */
static void collect(pl_http *h)
{
    int left = 0;

    for (CURLMsg *m; (m = curl_multi_info_read(h->multi, &left));) {
        pl_http_flight *f = NULL;
        if (m->msg != CURLMSG_DONE)
            continue;
        CURLcode code = m->data.result; /* m dies with the handle */
        curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, (char **)&f);
        land(f, code);
    }
}

/* ---- curl on the loop (libcurl's man page of curl_multi_socket_action) ---- */

static void act(pl_http *h, curl_socket_t fd, int ready)
{
    int running = 0;

    /* A client whose curl has failed for good (memory, descriptors) lets every call fail. */
    if (curl_multi_socket_action(h->multi, fd, ready, &running) != CURLM_OK)
        while (h->in_air)
            land(h->in_air, CURLE_OUT_OF_MEMORY);
    collect(h);
}

static void on_due(pl_loop_event *e, int what, void *arg)
{
    (void)e;
    (void)what;
    act(arg, CURL_SOCKET_TIMEOUT, 0);
}

static void on_ready(pl_loop_event *e, int what, void *arg)
{
    act(arg, pl_loop_event_fd(e),
        (what & PL_LOOP_READ ? CURL_CSELECT_IN : 0) |
            (what & PL_LOOP_WRITE ? CURL_CSELECT_OUT : 0) |
            (what & PL_LOOP_BROKEN ? CURL_CSELECT_ERR : 0));
}

/* curl tells which socket it wants to hear of; of_socket is the event that it was given before. */
static int want_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *of_socket)
{
    pl_http *h = arg;
    pl_loop_event *e = of_socket;
    int ready =
        (what & CURL_POLL_IN ? PL_LOOP_READ : 0) | (what & CURL_POLL_OUT ? PL_LOOP_WRITE : 0);

    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        pl_loop_event_free(e);
        curl_multi_assign(h->multi, fd, NULL);
        return 0;
    }
    if (e)
        return pl_loop_fd_set(e, ready, NULL) == PL_OK ? 0 : -1;
    if (pl_loop_fd(h->loop, fd, ready, on_ready, h, &e, NULL) != PL_OK)
        return -1;
    curl_multi_assign(h->multi, fd, e);
    return 0;
}

static int want_timer(CURLM *multi, long after_ms, void *arg)
{
    pl_http *h = arg;

    (void)multi;
    if (after_ms < 0)
        pl_loop_timer_stop(h->timer);
    else
        pl_loop_timer_set(h->timer, (uint64_t)after_ms, 0);
    return 0;
}

/* ---- the client ---- */

static bool copy_text(pl_http *h, const char **text)
{
    if (!*text)
        return true;
    assert(h->n_texts < PL_COUNT(h->texts));
    *text = h->texts[h->n_texts++] = strdup(*text);
    return *text != NULL;
}

static bool copy_options(pl_http *h, const pl_http_options *o)
{
    h->o = *o;
    bool is_whole = copy_text(h, &h->o.unix_socket) && copy_text(h, &h->o.socket_name) &&
                    copy_text(h, &h->o.ca_file) && copy_text(h, &h->o.cert_file) &&
                    copy_text(h, &h->o.key_file) && copy_text(h, &h->o.resolved) &&
                    copy_text(h, &h->o.no_proxy);
    if (o->proxy)
        h->proxy = *o->proxy;
    h->o.proxy = NULL; /* the copy counts */
    if (is_whole && o->resolved)
        h->resolved = curl_slist_append(NULL, o->resolved);
    return is_whole && (!o->resolved || h->resolved);
}

static pl_rc start_loop(pl_http *h, pl_err *err)
{
    pl_rc rc = h->o.loop ? PL_OK : pl_loop_new(&h->own_loop, err);

    if (rc)
        return rc;
    h->loop = h->o.loop ? h->o.loop : h->own_loop;
    return pl_loop_timer(h->loop, on_due, h, &h->timer, err);
}

pl_rc pl_http_new(const pl_http_options *o, pl_http **ret, pl_err *err)
{
    pthread_once(&curl_once, curl_start);
    PL_AUTO_HTTP pl_http *h = calloc(1, sizeof(*h));
    if (!h)
        return pl_fail(err, PL_NOMEM, "HTTP client");
    h->multi = curl_multi_init();
    if (!h->multi || !copy_options(h, o))
        return pl_fail(err, PL_NOMEM, "HTTP client");
    pl_rc rc = start_loop(h, err);
    if (rc)
        return pl_wrap(err, rc, "HTTP client");
    curl_multi_setopt(h->multi, CURLMOPT_MAXCONNECTS, (long)PL_HTTP_PARALLEL);
    curl_multi_setopt(h->multi, CURLMOPT_SOCKETFUNCTION, want_socket);
    curl_multi_setopt(h->multi, CURLMOPT_SOCKETDATA, h);
    curl_multi_setopt(h->multi, CURLMOPT_TIMERFUNCTION, want_timer);
    curl_multi_setopt(h->multi, CURLMOPT_TIMERDATA, h);
    *ret = PL_TAKE(h, NULL);
    return PL_OK;
}

void pl_http_free(pl_http *h)
{
    if (!h)
        return;
    while (h->in_air)
        put_away(h->in_air);
    if (h->multi)
        curl_multi_cleanup(h->multi);
    pl_loop_event_free(h->timer);
    pl_loop_free(h->own_loop);
    curl_slist_free_all(h->resolved);
    for (size_t i = 0; i < h->n_texts; i++)
        free(h->texts[i]);
    explicit_bzero(&h->proxy, sizeof(h->proxy));
    free(h);
}

/* ---- calls ---- */

static void on_quiet(pl_loop_event *e, int what, void *arg)
{
    (void)e;
    (void)what;
    land(arg, CURLE_OK);
}

static bool start_quiet(pl_http_flight *f)
{
    return !f->call->quiet_ms ||
           pl_loop_timer(f->http->loop, on_quiet, f, &f->quiet, NULL) == PL_OK;
}

pl_rc pl_http_start(pl_http *h, pl_http_call *call, pl_http_done done, void *arg)
{
    pl_http_flight nothing = {.http = h, .call = call};
    pl_http_flight *f = calloc(1, sizeof(*f));

    if (!f)
        return pl_http_flight_refuse(&nothing, "request");
    *f = (pl_http_flight){.http = h, .call = call, .done = done, .arg = arg, .next = h->in_air};
    h->in_air = f;
    if (start_quiet(f) && pl_http_flight_build(f) &&
        curl_multi_add_handle(h->multi, f->easy) == CURLM_OK)
        return PL_OK;
    pl_rc rc = pl_http_flight_refuse(f, "request cannot be started");
    put_away(f);
    return rc;
}

static pl_http_flight *flight_of(const pl_http *h, const pl_http_call *call)
{
    pl_http_flight *f = h->in_air;

    while (f && f->call != call)
        f = f->next;
    return f;
}

void pl_http_cancel(pl_http *h, pl_http_call *call)
{
    pl_http_flight *f = flight_of(h, call);

    if (f)
        put_away(f);
}

void pl_http_resume(pl_http *h, pl_http_call *call)
{
    pl_http_flight *f = flight_of(h, call);

    if (!f || !call->waits)
        return;
    call->waits = false;
    CURLcode code = curl_easy_pause(f->easy, CURLPAUSE_CONT);
    if (code != CURLE_OK)
        land(f, code);
}

/* ---- many calls on a loop of their own ---- */

struct batch {
    pl_http *http;
    pl_http_call *calls;
    size_t n, next, in_air;
};

static void one_landed(pl_http_call *call, void *arg);

static void fill(struct batch *b)
{
    unsigned max = b->http->o.parallel ? b->http->o.parallel : PL_HTTP_PARALLEL;

    while (b->in_air < max && b->next < b->n)
        if (pl_http_start(b->http, &b->calls[b->next++], one_landed, b) == PL_OK)
            b->in_air++;
}

static void one_landed(pl_http_call *call, void *arg)
{
    struct batch *b = arg;

    (void)call;
    b->in_air--;
    fill(b);
    if (!b->in_air)
        pl_loop_stop(b->http->loop);
}

void pl_http_run(pl_http *h, pl_http_call *calls, size_t n)
{
    struct batch b = {.http = h, .calls = calls, .n = n};

    assert(h->own_loop);
    fill(&b);
    if (b.in_air)
        pl_loop_run(h->loop);
    assert(!b.in_air);
}

pl_rc pl_http_one(pl_http *h, pl_http_call *call, pl_err *err)
{
    pl_http_run(h, call, 1);
    if (call->rc != PL_OK && err)
        *err = call->err;
    return call->rc;
}

void pl_http_call_done(pl_http_call *call)
{
    pl_buf_done(&call->answer);
    pl_buf_done(&call->headers);
}
