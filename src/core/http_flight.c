/* SPDX-License-Identifier: Apache-2.0 */
/* One call: how curl is told what it is, what curl hands over, what its failure means. */
#include "core/http_priv.h"

#include "core/io.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

/* ---- what curl calls ---- */

/* Quiet begins again with everything that comes. */
static void heard(const pl_http_flight *f)
{
    if (f->quiet)
        pl_loop_timer_set(f->quiet, f->call->quiet_ms, 0);
}

static size_t take_body(char *p, size_t size, size_t n, void *arg)
{
    pl_http_flight *f = arg;
    pl_http_call *c = f->call;
    size_t bytes = size * n; /* size is always 1 */

    if (bytes > f->max - c->length) {
        c->rc = pl_fail(&c->err, PL_LIMIT, "answer is longer than %zu bytes", f->max);
        return CURL_WRITEFUNC_ERROR;
    }
    if (c->sink) {
        c->rc = c->sink((pl_str){p, bytes}, c->sink_arg, &c->err);
        if (c->rc == PL_OK && c->waits)
            return CURL_WRITEFUNC_PAUSE;
        c->length += bytes;
        heard(f);
        return c->rc == PL_OK ? bytes : CURL_WRITEFUNC_ERROR;
    }
    heard(f);
    c->length += bytes;
    pl_buf_add(&c->answer, p, bytes);
    if (pl_buf_ok(&c->answer))
        return bytes;
    c->rc = pl_fail(&c->err, PL_NOMEM, "answer of %llu bytes", (unsigned long long)c->length);
    return CURL_WRITEFUNC_ERROR;
}

static int status_of(const pl_http_flight *f)
{
    long status = 0;
    curl_easy_getinfo(f->easy, CURLINFO_RESPONSE_CODE, &status);
    return (int)status;
}

/* Header lines arrive one a call; a status line starts the headers of another response. */
static size_t take_header(char *p, size_t size, size_t n, void *arg)
{
    pl_http_flight *f = arg;
    pl_http_call *c = f->call;
    pl_str line = {p, size * n};

    heard(f);
    if (pl_str_starts(line, PL_S("HTTP/"))) {
        pl_buf_reset(&c->headers);
        c->status = status_of(f);
    }
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

/* ---- what curl is told ---- */

static unsigned deadline_of(const pl_http_call *c)
{
    return c->deadline_ms ? c->deadline_ms : PL_HTTP_DEADLINE_MS;
}

static void set_blob(CURL *e, CURLoption option, pl_str bytes)
{
    struct curl_blob blob = {(void *)(uintptr_t)bytes.p, bytes.n, CURL_BLOB_NOCOPY};
    curl_easy_setopt(e, option, &blob);
}

static void set_certificates(CURL *e, const pl_http_options *o)
{
    if (o->ca_pem.n)
        set_blob(e, CURLOPT_CAINFO_BLOB, o->ca_pem);
    else if (o->ca_file)
        curl_easy_setopt(e, CURLOPT_CAINFO, o->ca_file);
    if (o->ca_pem.n || o->ca_file)
        curl_easy_setopt(e, CURLOPT_CAPATH, NULL);
    if (o->cert_pem.n) {
        set_blob(e, CURLOPT_SSLCERT_BLOB, o->cert_pem);
        set_blob(e, CURLOPT_SSLKEY_BLOB, o->key_pem.n ? o->key_pem : o->cert_pem);
    } else if (o->cert_file) {
        curl_easy_setopt(e, CURLOPT_SSLCERT, o->cert_file);
        curl_easy_setopt(e, CURLOPT_SSLKEY, o->key_file ? o->key_file : o->cert_file);
    }
}

static void set_tls(CURL *e, const pl_http_options *o)
{
    curl_easy_setopt(e, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    set_certificates(e, o);
    if (o->no_verify) {
        curl_easy_setopt(e, CURLOPT_SSL_VERIFYPEER, 0L);
        curl_easy_setopt(e, CURLOPT_SSL_VERIFYHOST, 0L);
    }
}

/* User and password go beside the URL: curl tells a URL in its errors. */
static void set_proxy(CURL *e, const pl_http *h)
{
    const pl_proxy *p = &h->proxy;
    bool is_v6 = strchr(p->host, ':') != NULL;
    char url[PL_PROXY_HOST_MAX + 32];

    /* Without this the environment would count. */
    curl_easy_setopt(e, CURLOPT_NOPROXY, h->o.no_proxy ? h->o.no_proxy : "");
    if (!p->is_used) {
        curl_easy_setopt(e, CURLOPT_PROXY, "");
        return;
    }
    (void)snprintf(url, sizeof(url), "http%s://%s%s%s:%u", p->is_tls ? "s" : "", is_v6 ? "[" : "",
                   p->host, is_v6 ? "]" : "", p->port);
    curl_easy_setopt(e, CURLOPT_PROXY, url);
    curl_easy_setopt(e, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    if (p->user[0] || p->password[0]) {
        curl_easy_setopt(e, CURLOPT_PROXYUSERNAME, p->user);
        curl_easy_setopt(e, CURLOPT_PROXYPASSWORD, p->password);
    }
    if (h->o.ca_pem.n)
        set_blob(e, CURLOPT_PROXY_CAINFO_BLOB, h->o.ca_pem);
    else if (h->o.ca_file)
        curl_easy_setopt(e, CURLOPT_PROXY_CAINFO, h->o.ca_file);
}

static void set_route(CURL *e, const pl_http *h)
{
    const pl_http_options *o = &h->o;
    bool plain = o->allow_plain || o->unix_socket;

    curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, plain ? "http,https" : "https");
    curl_easy_setopt(e, CURLOPT_REDIR_PROTOCOLS_STR, "https");
    curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, o->follow ? 1L : 0L);
    curl_easy_setopt(e, CURLOPT_MAXREDIRS, (long)PL_HTTP_REDIRECTS);
    if (o->unix_socket)
        curl_easy_setopt(e, CURLOPT_UNIX_SOCKET_PATH, o->unix_socket);
    if (h->resolved)
        curl_easy_setopt(e, CURLOPT_RESOLVE, h->resolved);
    set_proxy(e, h);
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

static void set_handlers(pl_http_flight *f)
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

static bool add_header(pl_http_flight *f, const char *line)
{
    struct curl_slist *more = curl_slist_append(f->headers, line);
    if (more)
        f->headers = more;
    return more;
}

static bool set_request(pl_http_flight *f)
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
    for (const char *const *h = c->lines; h && *h; h++)
        if (!add_header(f, *h))
            return false;
    curl_easy_setopt(e, CURLOPT_HTTPHEADER, f->headers);
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

    const char *socket = h->o.socket_name ? h->o.socket_name : h->o.unix_socket;
    if (!h->o.unix_socket)
        return pl_wrap(&c->err, c->rc, "%s %s", method, c->url);
    pl_str rest = pl_str_c(c->url), head;
    for (int i = 0; i < 3; i++) /* scheme, nothing, host */
        (void)pl_str_cut(&rest, '/', &head);
    return pl_wrap(&c->err, c->rc, "%s /%.*s at unix:%s", method, PL_F(rest), socket);
}

static pl_rc connect_failed(pl_http_flight *f)
{
    pl_http_call *c = f->call;
    long eno = 0;

    curl_easy_getinfo(f->easy, CURLINFO_OS_ERRNO, &eno);
    if (eno == 0)
        return pl_fail(&c->err, PL_NET, "%s", f->text[0] ? f->text : "cannot connect");
    pl_rc rc = eno == ENOENT ? PL_NOTFOUND : eno == EACCES || eno == EPERM ? PL_DENIED : PL_NET;
    return pl_fail_at(&c->err, rc, (int)eno, __FILE__, __LINE__, "connect");
}

/* What the proxy answered to CONNECT; 0: it was not asked, or let us through. */
static long refused_by_proxy(const pl_http_flight *f)
{
    enum { OK = 200, MULTIPLE = 300 };
    long status = 0;

    if (f->http->proxy.is_used)
        curl_easy_getinfo(f->easy, CURLINFO_HTTP_CONNECTCODE, &status);
    return status >= OK && status < MULTIPLE ? 0 : status;
}

static pl_rc say_failure(pl_http_flight *f, CURLcode code)
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
                       f->http->o.cert_file ? f->http->o.cert_file : "", text);
    if (code == CURLE_SSL_CACERT_BADFILE)
        return pl_fail(&c->err, PL_DENIED, "certificate authorities %s: %s",
                       f->http->o.ca_file ? f->http->o.ca_file : "", text);
    /* After a request was sent the code means that the answer is not HTTP. */
    long sent = 0;
    curl_easy_getinfo(f->easy, CURLINFO_REQUEST_SIZE, &sent);
    if (code == CURLE_UNSUPPORTED_PROTOCOL && !sent)
        return pl_fail(&c->err, PL_DENIED, "protocol is not allowed: %s", text);
    return pl_fail(&c->err, PL_NET, "%s", text);
}

void pl_http_flight_outcome(pl_http_flight *f, CURLcode code)
{
    pl_http_call *c = f->call;

    c->status = status_of(f);
    if (code == CURLE_OK)
        return;
    long refused = refused_by_proxy(f);
    if (refused) {
        c->rc = pl_fail(&c->err, PL_DENIED, "proxy %s:%u refuses: HTTP status %ld",
                        f->http->proxy.host, f->http->proxy.port, refused);
        (void)name_call(f->http, c);
        return;
    }
    c->is_no_tls = code == CURLE_SSL_CONNECT_ERROR;
    c->is_cut = code == CURLE_GOT_NOTHING || code == CURLE_PARTIAL_FILE ||
                code == CURLE_RECV_ERROR || code == CURLE_SEND_ERROR ||
                (code == CURLE_OPERATION_TIMEDOUT && c->status);
    c->rc = say_failure(f, code);
    (void)name_call(f->http, c);
}

pl_rc pl_http_flight_refuse(pl_http_flight *f, const char *why)
{
    f->call->rc = pl_fail(&f->call->err, PL_NOMEM, "%s", why);
    return name_call(f->http, f->call);
}

bool pl_http_flight_build(pl_http_flight *f)
{
    pl_http_call *c = f->call;

    c->rc = PL_OK;
    c->status = 0;
    c->length = 0;
    c->waits = false;
    c->is_no_tls = false;
    c->is_cut = false;
    c->headers.max = PL_HTTP_HEADER_MAX;
    f->max = c->max ? c->max : PL_HTTP_BODY_MAX;
    c->answer.max = f->max;
    pl_buf_reset(&c->answer);
    pl_buf_reset(&c->headers);
    f->easy = curl_easy_init();
    if (!f->easy || !set_request(f))
        return false;
    set_route(f->easy, f->http);
    set_tls(f->easy, &f->http->o);
    set_limits(f->easy, c);
    set_handlers(f);
    return true;
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
