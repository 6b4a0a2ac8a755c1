/* SPDX-License-Identifier: Apache-2.0 */
#include "core/http_client.h"

#include "core/io.h"

#include <curl/curl.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>

struct pl_http {
    CURLM *multi;
    char *unix_socket;
    char *ca_file;
    char *cert_file;
    char *key_file;
    bool allow_plain;
    bool no_verify;
    bool follow;
    bool use_proxy;
};

/* One call under way. */
struct flight {
    pl_http *http;
    pl_http_call *call;
    CURL *easy;
    struct curl_slist *headers;
    size_t max;
    char text[CURL_ERROR_SIZE];
};

static pthread_once_t curl_once = PTHREAD_ONCE_INIT;

static void curl_start(void)
{
    (void)curl_global_init(CURL_GLOBAL_DEFAULT);
}

/* ---- the client ---- */

static bool copy_text(const char *from, char **ret)
{
    *ret = from ? strdup(from) : NULL;
    return !from || *ret;
}

pl_rc pl_http_new(const pl_http_options *o, pl_http **ret, pl_err *err)
{
    pthread_once(&curl_once, curl_start);
    PL_AUTO_HTTP pl_http *h = calloc(1, sizeof(*h));
    if (!h)
        return pl_fail(err, PL_NOMEM, "HTTP client");
    h->multi = curl_multi_init();
    if (!h->multi || !copy_text(o->unix_socket, &h->unix_socket) ||
        !copy_text(o->ca_file, &h->ca_file) || !copy_text(o->cert_file, &h->cert_file) ||
        !copy_text(o->key_file, &h->key_file))
        return pl_fail(err, PL_NOMEM, "HTTP client");
    h->allow_plain = o->allow_plain;
    h->no_verify = o->no_verify;
    h->follow = o->follow;
    h->use_proxy = o->use_proxy;
    curl_multi_setopt(h->multi, CURLMOPT_MAXCONNECTS, (long)PL_HTTP_PARALLEL);
    *ret = PL_TAKE(h, NULL);
    return PL_OK;
}

void pl_http_free(pl_http *h)
{
    if (!h)
        return;
    if (h->multi)
        curl_multi_cleanup(h->multi);
    free(h->unix_socket);
    free(h->ca_file);
    free(h->cert_file);
    free(h->key_file);
    free(h);
}

/* ---- what curl calls ---- */

static size_t take_body(char *p, size_t size, size_t n, void *arg)
{
    struct flight *f = arg;
    pl_http_call *c = f->call;
    size_t bytes = size * n; /* size is always 1 */

    if (bytes > f->max - c->length) {
        c->rc = pl_fail(&c->err, PL_LIMIT, "answer is longer than %zu bytes", f->max);
        return CURL_WRITEFUNC_ERROR;
    }
    c->length += bytes;
    if (c->sink) {
        c->rc = c->sink((pl_str){p, bytes}, c->sink_arg, &c->err);
        return c->rc == PL_OK ? bytes : CURL_WRITEFUNC_ERROR;
    }
    pl_buf_add(&c->answer, p, bytes);
    if (pl_buf_ok(&c->answer))
        return bytes;
    c->rc = pl_fail(&c->err, PL_NOMEM, "answer of %llu bytes", (unsigned long long)c->length);
    return CURL_WRITEFUNC_ERROR;
}

/* Header lines arrive one a call; a status line starts the headers of another response. */
static size_t take_header(char *p, size_t size, size_t n, void *arg)
{
    struct flight *f = arg;
    pl_http_call *c = f->call;
    pl_str line = {p, size * n};

    if (pl_str_starts(line, PL_S("HTTP/")))
        pl_buf_reset(&c->headers);
    pl_buf_str(&c->headers, line);
    if (pl_buf_ok(&c->headers))
        return line.n;
    c->rc = pl_fail(&c->err, PL_LIMIT, "headers are longer than %d bytes", PL_HTTP_HEADER_MAX);
    return 0;
}

/* Children that we start must not inherit a connection to the engine. */
static int own_socket(void *arg, curl_socket_t fd, curlsocktype purpose)
{
    (void)arg;
    (void)purpose;
    return fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 ? CURL_SOCKOPT_OK : CURL_SOCKOPT_ERROR;
}

/* ---- one call ---- */

static unsigned deadline_of(const pl_http_call *c)
{
    return c->deadline_ms ? c->deadline_ms : PL_HTTP_DEADLINE_MS;
}

static void set_tls(CURL *e, const pl_http *h)
{
    curl_easy_setopt(e, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    if (h->ca_file) {
        curl_easy_setopt(e, CURLOPT_CAINFO, h->ca_file);
        curl_easy_setopt(e, CURLOPT_CAPATH, NULL);
    }
    if (h->cert_file) {
        curl_easy_setopt(e, CURLOPT_SSLCERT, h->cert_file);
        curl_easy_setopt(e, CURLOPT_SSLKEY, h->key_file ? h->key_file : h->cert_file);
    }
    if (h->no_verify) {
        curl_easy_setopt(e, CURLOPT_SSL_VERIFYPEER, 0L);
        curl_easy_setopt(e, CURLOPT_SSL_VERIFYHOST, 0L);
    }
}

static void set_route(CURL *e, const pl_http *h)
{
    bool plain = h->allow_plain || h->unix_socket;

    curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, plain ? "http,https" : "https");
    curl_easy_setopt(e, CURLOPT_REDIR_PROTOCOLS_STR, "https");
    curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, h->follow ? 1L : 0L);
    curl_easy_setopt(e, CURLOPT_MAXREDIRS, (long)PL_HTTP_REDIRECTS);
    if (h->unix_socket)
        curl_easy_setopt(e, CURLOPT_UNIX_SOCKET_PATH, h->unix_socket);
    if (!h->use_proxy)
        curl_easy_setopt(e, CURLOPT_PROXY, "");
}

static void set_limits(CURL *e, const pl_http_call *c)
{
    unsigned ms = deadline_of(c);

    curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, (long)ms);
    curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS,
                     (long)(ms < PL_HTTP_CONNECT_MS ? ms : PL_HTTP_CONNECT_MS));
    curl_easy_setopt(e, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(e, CURLOPT_LOW_SPEED_TIME, (long)PL_HTTP_STALL_S);
    curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
}

static void set_handlers(struct flight *f)
{
    CURL *e = f->easy;

    curl_easy_setopt(e, CURLOPT_ERRORBUFFER, f->text);
    curl_easy_setopt(e, CURLOPT_PRIVATE, f);
    curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(e, CURLOPT_WRITEDATA, f);
    curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(e, CURLOPT_HEADERDATA, f);
    curl_easy_setopt(e, CURLOPT_SOCKOPTFUNCTION, own_socket);
}

static bool add_header(struct flight *f, const char *line)
{
    struct curl_slist *more = curl_slist_append(f->headers, line);
    if (more)
        f->headers = more;
    return more;
}

static bool set_request(struct flight *f)
{
    CURL *e = f->easy;
    const pl_http_call *c = f->call;
    const char *method = c->method ? c->method : "GET";
    char line[128];

    curl_easy_setopt(e, CURLOPT_URL, c->url);
    curl_easy_setopt(e, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(e, CURLOPT_USERAGENT, "plimsoll");
    if (strcmp(method, "HEAD") == 0)
        curl_easy_setopt(e, CURLOPT_NOBODY, 1L);
    if (strcmp(method, "POST") != 0)
        return strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
    curl_easy_setopt(e, CURLOPT_POST, 1L);
    curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)c->body.n);
    curl_easy_setopt(e, CURLOPT_POSTFIELDS, c->body.p ? c->body.p : "");
    (void)snprintf(line, sizeof(line), "Content-Type: %s",
                   c->content_type ? c->content_type : "application/json");
    bool ok = add_header(f, line) && add_header(f, "Expect:");
    curl_easy_setopt(e, CURLOPT_HTTPHEADER, f->headers);
    return ok;
}

/* "unix:/run/docker.sock /v1.41/info" or the URL: what people look for in an error. */
static pl_rc name_call(const pl_http *h, pl_http_call *c)
{
    const char *method = c->method ? c->method : "GET";

    if (!h->unix_socket)
        return pl_wrap(&c->err, c->rc, "%s %s", method, c->url);
    pl_str rest = pl_str_c(c->url), head;
    for (int i = 0; i < 3; i++) /* scheme, nothing, host */
        (void)pl_str_cut(&rest, '/', &head);
    return pl_wrap(&c->err, c->rc, "%s /%.*s at unix:%s", method, PL_F(rest), h->unix_socket);
}

static pl_rc connect_failed(struct flight *f)
{
    pl_http_call *c = f->call;
    long eno = 0;

    curl_easy_getinfo(f->easy, CURLINFO_OS_ERRNO, &eno);
    if (eno == 0)
        return pl_fail(&c->err, PL_NET, "%s", f->text[0] ? f->text : "cannot connect");
    pl_rc rc = eno == ENOENT ? PL_NOTFOUND : eno == EACCES || eno == EPERM ? PL_DENIED : PL_NET;
    return pl_fail_at(&c->err, rc, (int)eno, __FILE__, __LINE__, "connect");
}

static pl_rc say_failure(struct flight *f, CURLcode code)
{
    pl_http_call *c = f->call;
    const char *text = f->text[0] ? f->text : curl_easy_strerror(code);

    if (c->rc != PL_OK) /* a callback has said what it was */
        return c->rc;
    if (code == CURLE_OPERATION_TIMEDOUT)
        return pl_fail(&c->err, PL_TIMEOUT, "no complete answer within %u ms (%llu bytes came)",
                       deadline_of(c), (unsigned long long)c->length);
    if (code == CURLE_COULDNT_CONNECT)
        return connect_failed(f);
    if (code == CURLE_SSL_CERTPROBLEM)
        return pl_fail(&c->err, PL_DENIED, "client certificate %s: %s",
                       f->http->cert_file ? f->http->cert_file : "", text);
    if (code == CURLE_SSL_CACERT_BADFILE)
        return pl_fail(&c->err, PL_DENIED, "certificate authorities %s: %s",
                       f->http->ca_file ? f->http->ca_file : "", text);
    /* After a request was sent the code means that the answer is not HTTP. */
    long sent = 0;
    curl_easy_getinfo(f->easy, CURLINFO_REQUEST_SIZE, &sent);
    if (code == CURLE_UNSUPPORTED_PROTOCOL && !sent)
        return pl_fail(&c->err, PL_DENIED, "protocol is not allowed: %s", text);
    return pl_fail(&c->err, PL_NET, "%s", text);
}

static void land(struct flight *f, CURLcode code)
{
    long status = 0;

    curl_easy_getinfo(f->easy, CURLINFO_RESPONSE_CODE, &status);
    f->call->status = (int)status;
    if (code != CURLE_OK) {
        f->call->rc = say_failure(f, code);
        (void)name_call(f->http, f->call);
    }
    curl_multi_remove_handle(f->http->multi, f->easy);
    curl_easy_cleanup(f->easy);
    curl_slist_free_all(f->headers);
    *f = (struct flight){0};
}

static void refuse(struct flight *f, const char *why)
{
    f->call->rc = pl_fail(&f->call->err, PL_NOMEM, "%s", why);
    (void)name_call(f->http, f->call);
    if (f->easy)
        curl_easy_cleanup(f->easy);
    curl_slist_free_all(f->headers);
    *f = (struct flight){0};
}

static void take_off(pl_http *h, pl_http_call *c, struct flight *f)
{
    c->rc = PL_OK;
    c->status = 0;
    c->length = 0;
    c->headers.max = PL_HTTP_HEADER_MAX;
    *f = (struct flight){.http = h, .call = c, .easy = curl_easy_init()};
    f->max = c->max ? c->max : PL_HTTP_BODY_MAX;
    c->answer.max = f->max;
    pl_buf_reset(&c->answer);
    pl_buf_reset(&c->headers);
    if (!f->easy || !set_request(f)) {
        refuse(f, "request cannot be built");
        return;
    }
    set_route(f->easy, h);
    set_tls(f->easy, h);
    set_limits(f->easy, c);
    set_handlers(f);
    if (curl_multi_add_handle(h->multi, f->easy) != CURLM_OK)
        refuse(f, "request cannot be started");
}

/* ---- many calls ---- */

/* Ends the flights that curl has finished with. */
static void collect(pl_http *h)
{
    int left = 0;

    for (CURLMsg *m; (m = curl_multi_info_read(h->multi, &left));) {
        struct flight *f = NULL;
        if (m->msg != CURLMSG_DONE)
            continue;
        CURLcode code = m->data.result; /* m dies with the handle */
        curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, (char **)&f);
        land(f, code);
    }
}

static size_t fill(pl_http *h, struct flight *in_air, pl_http_call *calls, size_t next, size_t n)
{
    for (size_t i = 0; i < PL_HTTP_PARALLEL && next < n; i++)
        if (!in_air[i].call)
            take_off(h, &calls[next++], &in_air[i]);
    return next;
}

static bool any_in_air(const struct flight *in_air)
{
    for (size_t i = 0; i < PL_HTTP_PARALLEL; i++)
        if (in_air[i].call)
            return true;
    return false;
}

void pl_http_run(pl_http *h, pl_http_call *calls, size_t n)
{
    struct flight in_air[PL_HTTP_PARALLEL] = {0};
    size_t next = fill(h, in_air, calls, 0, n);

    while (next < n || any_in_air(in_air)) {
        int running = 0;
        if (curl_multi_perform(h->multi, &running) == CURLM_OK && running)
            (void)curl_multi_poll(h->multi, NULL, 0, 1000, NULL);
        collect(h);
        next = fill(h, in_air, calls, next, n);
    }
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

/* ---- answers ---- */

pl_str pl_http_header(const pl_http_call *call, pl_str name)
{
    pl_str rest = pl_buf_view(&call->headers), line;

    while (pl_str_cut(&rest, '\n', &line)) {
        pl_str key;
        if (pl_str_cut(&line, ':', &key) && pl_str_eq_nocase(pl_str_trim(key), name))
            return pl_str_trim(line);
    }
    return (pl_str){"", 0};
}

pl_rc pl_http_to_fd(pl_str bytes, void *arg, pl_err *err)
{
    return pl_write_all(*(const int *)arg, bytes, err);
}
