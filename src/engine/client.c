/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/client.h"

#include "engine/limits.h"

#include <string.h>

enum { API_MAJOR = 1, API_LEAST = 41, API_MOST = 51, PATH_MAX_BYTES = 512 };

struct pl_engine_client {
    pl_http *http;
    char *address;
    char *socket; /* NULL: TCP */
    char *base;   /* "http://engine", "https://10.0.0.1:2376" */
    char api[16];
};

/* ---- what may be asked ---- */

/*
 * Everything here reads. `*` stands for an id: letters, digits and colons. /images/ID/get streams
 * the image as it is stored; it changes nothing in the engine.
 */
static const struct {
    const char *method;
    const char *path; /* behind /v1.NN */
} allowed[] = {
    {"GET", "/_ping"},
    {"GET", "/version"},
    {"GET", "/info"},
    {"GET", "/networks"},
    {"GET", "/volumes"},
    {"GET", "/plugins"},
    {"GET", "/images/json"},
    {"GET", "/images/*/json"},
    {"GET", "/images/*/history"},
    {"GET", "/images/*/get"},
    {"GET", "/containers/json?all=1"},
    {"GET", "/containers/*/json"},
    {"GET", "/containers/*/changes"},
    {"GET", "/exec/*/json"},
};

static bool is_id(pl_str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
              c == ':'))
            return false;
    }
    return s.n > 0 && s.n <= 128;
}

static bool matches(pl_str pattern, pl_str path)
{
    pl_str want, got;

    while (pl_str_cut(&pattern, '/', &want)) {
        if (!pl_str_cut(&path, '/', &got))
            return false;
        if (pl_str_eq(want, PL_S("*")) ? !is_id(got) : !pl_str_eq(want, got))
            return false;
    }
    return path.n == 0;
}

bool pl_engine_may(const char *method, pl_str path)
{
    for (size_t i = 0; i < PL_COUNT(allowed); i++)
        if (strcmp(method, allowed[i].method) == 0 && matches(pl_str_c(allowed[i].path), path))
            return true;
    return false;
}

/* ---- one request ---- */

/* The URL in the caller's buffer; PL_DENIED for what the table does not hold. */
static pl_rc url_of(const pl_engine_client *c, const char *path, char url[PATH_MAX_BYTES],
                    pl_err *err)
{
    if (!pl_engine_may("GET", pl_str_c(path)))
        return pl_fail(err, PL_DENIED, "GET %s: the engine client does not ask for this", path);
    bool versioned = c->api[0];
    int n = snprintf(url, PATH_MAX_BYTES, "%s%s%s%s", c->base, versioned ? "/v" : "",
                     versioned ? c->api : "", path);
    return n > 0 && n < PATH_MAX_BYTES ? PL_OK : pl_fail(err, PL_LIMIT, "path %s", path);
}

/* The engine's own words follow the status; whoever prints the error escapes them. */
static pl_rc status_error(const pl_engine_client *c, const char *path, const pl_http_call *call,
                          pl_err *err)
{
    pl_rc rc = call->status == 403 || call->status == 401 ? PL_DENIED
               : call->status == 404                      ? PL_NOTFOUND
               : call->status == 400                      ? PL_UNSUPPORTED
                                                          : PL_NET;
    pl_str said = pl_str_sub(pl_str_trim(pl_buf_view(&call->answer)), 0, 160);
    return pl_fail(err, rc, "GET %s at %s: HTTP status %d: %.*s", path, c->address, call->status,
                   PL_F(said));
}

static pl_rc get(pl_engine_client *c, const char *path, size_t max, pl_buf *ret, pl_err *err)
{
    char url[PATH_MAX_BYTES];
    pl_rc rc = url_of(c, path, url, err);
    PL_AUTO_HTTP_CALL pl_http_call call = {
        .url = url, .deadline_ms = PL_ENGINE_CALL_MS, .max = max};

    if (rc == PL_OK)
        rc = pl_http_one(c->http, &call, err);
    if (rc == PL_OK && call.status != 200)
        rc = status_error(c, path, &call, err);
    if (rc == PL_OK) {
        *ret = call.answer;
        call.answer = (pl_buf){0};
    }
    return rc;
}

pl_rc pl_engine_history(pl_engine_client *c, const char *id, pl_buf *ret, pl_err *err)
{
    char path[PATH_MAX_BYTES];
    (void)snprintf(path, sizeof(path), "/images/%s/history", id);
    return get(c, path, PL_ENGINE_DOC_MAX, ret, err);
}

pl_rc pl_engine_exec(pl_engine_client *c, const char *id, pl_buf *ret, pl_err *err)
{
    char path[PATH_MAX_BYTES];
    (void)snprintf(path, sizeof(path), "/exec/%s/json", id);
    return get(c, path, PL_ENGINE_DOC_MAX, ret, err);
}

pl_rc pl_engine_export(pl_engine_client *c, const char *id, int fd, pl_err *err)
{
    char path[PATH_MAX_BYTES], url[PATH_MAX_BYTES];
    (void)snprintf(path, sizeof(path), "/images/%s/get", id);
    pl_rc rc = url_of(c, path, url, err);
    PL_AUTO_HTTP_CALL pl_http_call call = {.url = url,
                                           .deadline_ms = PL_ENGINE_EXPORT_MS,
                                           .max = SIZE_MAX,
                                           .sink = pl_http_to_fd,
                                           .sink_arg = &fd};
    if (rc == PL_OK)
        rc = pl_http_one(c->http, &call, err);
    return rc == PL_OK && call.status != 200 ? status_error(c, path, &call, err) : rc;
}

/* ---- many requests ---- */

static const struct {
    pl_engine_doc kind;
    const char *path; /* %s: the id */
    size_t max;
} asked[] = {
    {PL_DOC_VERSION, "/version", PL_ENGINE_DOC_MAX},
    {PL_DOC_INFO, "/info", PL_ENGINE_DOC_MAX},
    {PL_DOC_NETWORKS, "/networks", PL_ENGINE_LIST_MAX},
    {PL_DOC_VOLUMES, "/volumes", PL_ENGINE_LIST_MAX},
    {PL_DOC_PLUGINS, "/plugins", PL_ENGINE_DOC_MAX},
    {PL_DOC_IMAGES, "/images/json", PL_ENGINE_LIST_MAX},
    {PL_DOC_CONTAINERS, "/containers/json?all=1", PL_ENGINE_LIST_MAX},
    {PL_DOC_CONTAINER, "/containers/*/json", PL_ENGINE_DOC_MAX},
    {PL_DOC_IMAGE, "/images/*/json", PL_ENGINE_DOC_MAX},
    {PL_DOC_CHANGES, "/containers/*/changes", PL_ENGINE_DOC_MAX},
    {PL_DOC_EXEC, "/exec/*/json", PL_ENGINE_DOC_MAX},
};

static size_t max_of(pl_engine_doc kind)
{
    for (size_t i = 0; i < PL_COUNT(asked); i++)
        if (asked[i].kind == kind)
            return asked[i].max;
    return PL_ENGINE_DOC_MAX;
}

static void path_of(const pl_engine_ask *ask, char path[PATH_MAX_BYTES])
{
    const char *pattern = "";

    for (size_t i = 0; i < PL_COUNT(asked); i++)
        if (asked[i].kind == ask->kind)
            pattern = asked[i].path;
    const char *star = strchr(pattern, '*');
    if (star)
        (void)snprintf(path, PATH_MAX_BYTES, "%.*s%s%s", (int)(star - pattern), pattern, ask->id,
                       star + 1);
    else
        (void)snprintf(path, PATH_MAX_BYTES, "%s", pattern);
}

static void take_answer(const pl_engine_client *c, pl_engine_ask *ask, pl_http_call *call)
{
    char path[PATH_MAX_BYTES];

    path_of(ask, path);
    ask->rc = call->rc;
    ask->err = call->err;
    if (ask->rc == PL_OK && call->status != 200)
        ask->rc = status_error(c, path, call, &ask->err);
    if (ask->rc == PL_OK) {
        ask->body = call->answer;
        call->answer = (pl_buf){0};
    }
    pl_http_call_done(call);
}

/* A few at a time, so that the URLs and calls live on the stack. */
static void get_some(pl_engine_client *c, pl_engine_ask *asks, size_t n)
{
    pl_http_call calls[PL_HTTP_PARALLEL] = {0};
    char urls[PL_HTTP_PARALLEL][PATH_MAX_BYTES], path[PATH_MAX_BYTES];
    size_t at[PL_HTTP_PARALLEL], n_calls = 0;

    for (size_t i = 0; i < n; i++) {
        path_of(&asks[i], path);
        asks[i].rc = url_of(c, path, urls[n_calls], &asks[i].err);
        if (asks[i].rc != PL_OK)
            continue;
        calls[n_calls] = (pl_http_call){
            .url = urls[n_calls], .deadline_ms = PL_ENGINE_CALL_MS, .max = max_of(asks[i].kind)};
        at[n_calls++] = i;
    }
    pl_http_run(c->http, calls, n_calls);
    for (size_t i = 0; i < n_calls; i++)
        take_answer(c, &asks[at[i]], &calls[i]);
}

void pl_engine_get(pl_engine_client *c, pl_engine_ask *asks, size_t n)
{
    for (size_t i = 0; i < n; i += PL_HTTP_PARALLEL)
        get_some(c, asks + i, n - i < PL_HTTP_PARALLEL ? n - i : PL_HTTP_PARALLEL);
}

void pl_engine_ask_done(pl_engine_ask *ask)
{
    pl_buf_done(&ask->body);
}

/* ---- opening ---- */

static bool keep(char **to, const char *front, pl_str s)
{
    if (asprintf(to, "%s%.*s", front, PL_F(s)) >= 0)
        return true;
    *to = NULL;
    return false;
}

static pl_rc split_address(pl_engine_client *c, const pl_engine_endpoint *e, pl_err *err)
{
    static const struct {
        const char *scheme;
        bool tls;
    } tcp[] = {{"tcp://", false}, {"http://", false}, {"https://", true}};
    pl_str a = pl_str_c(e->address);
    bool tls = e->tls || e->ca || e->cert;

    if (pl_str_starts(a, PL_S("unix://")) || pl_str_starts(a, PL_S("/"))) {
        pl_str path = a.p[0] == '/' ? a : pl_str_sub(a, 7, a.n);
        c->base = strdup("http://engine");
        return c->base && keep(&c->socket, "", path) ? PL_OK : pl_fail(err, PL_NOMEM, "address");
    }
    for (size_t i = 0; i < PL_COUNT(tcp); i++) {
        pl_str scheme = pl_str_c(tcp[i].scheme), rest = a, host;
        if (!pl_str_starts(a, scheme))
            continue;
        rest = pl_str_sub(a, scheme.n, a.n);
        (void)pl_str_cut(&rest, '/', &host);
        return keep(&c->base, tls || tcp[i].tls ? "https://" : "http://", host)
                   ? PL_OK
                   : pl_fail(err, PL_NOMEM, "address");
    }
    if (pl_str_starts(a, PL_S("ssh://")))
        return pl_fail(err, PL_UNSUPPORTED,
                       "ssh:// is not spoken: run plimsoll on that host, or forward its socket");
    return pl_fail(err, PL_UNSUPPORTED, "address is none of unix://, tcp://, http://, https://");
}

/* "1.41" */
static bool read_version(pl_str s, unsigned *major, unsigned *minor)
{
    pl_str head;
    uint64_t a, b;

    if (!pl_str_cut(&s, '.', &head) || !pl_str_u64(head, &a) || !pl_str_u64(s, &b) || a > 99 ||
        b > 9999)
        return false;
    *major = (unsigned)a;
    *minor = (unsigned)b;
    return true;
}

static pl_rc agree(pl_engine_client *c, const pl_http_call *ping, pl_err *err)
{
    pl_str said = pl_http_header(ping, PL_S("Api-Version"));
    unsigned major = 0, minor = 0;

    if (ping->status != 200)
        return status_error(c, "/_ping", ping, err);
    if (!read_version(said, &major, &minor))
        return pl_fail(err, PL_FORMAT, "what answers is no engine: no Api-Version");
    if (major != API_MAJOR || minor < API_LEAST)
        return pl_fail(err, PL_UNSUPPORTED,
                       "engine speaks API %u.%u; %d.%d or newer is needed (Docker 20.10)", major,
                       minor, API_MAJOR, API_LEAST);
    (void)snprintf(c->api, sizeof(c->api), "%d.%u", API_MAJOR,
                   minor > API_MOST ? (unsigned)API_MOST : minor);
    return PL_OK;
}

static pl_rc open_endpoint(pl_engine_client *c, const pl_engine_endpoint *e, pl_err *err)
{
    pl_rc rc = split_address(c, e, err);
    if (rc != PL_OK)
        return rc;
    /* Plain TCP only where the address itself says so; what it tells is judged by ENG-007. */
    pl_http_options o = {.unix_socket = c->socket,
                         .ca_file = e->ca,
                         .cert_file = e->cert,
                         .key_file = e->key,
                         .allow_plain = pl_str_starts(pl_str_c(c->base), PL_S("http://"))};
    char url[PATH_MAX_BYTES];
    PL_AUTO_HTTP_CALL pl_http_call ping = {
        .url = url, .deadline_ms = PL_ENGINE_PING_MS, .max = 64 << 10};

    rc = pl_http_new(&o, &c->http, err);
    if (rc == PL_OK)
        rc = url_of(c, "/_ping", url, err);
    if (rc == PL_OK)
        rc = pl_http_one(c->http, &ping, err);
    return rc == PL_OK ? agree(c, &ping, err) : rc;
}

pl_rc pl_engine_open(const pl_engine_endpoint *e, pl_engine_client **ret, pl_err *err)
{
    PL_AUTO_ENGINE_CLIENT pl_engine_client *c = calloc(1, sizeof(*c));

    if (!c || !(c->address = strdup(e->address)))
        return pl_fail(err, PL_NOMEM, "engine client");
    pl_rc rc = open_endpoint(c, e, err);
    if (rc != PL_OK)
        return pl_wrap(err, rc, "engine %s", e->address);
    *ret = PL_TAKE(c, NULL);
    return PL_OK;
}

void pl_engine_close(pl_engine_client *c)
{
    if (!c)
        return;
    pl_http_free(c->http);
    free(c->address);
    free(c->socket);
    free(c->base);
    free(c);
}

const char *pl_engine_api(const pl_engine_client *c)
{
    return c->api;
}

const char *pl_engine_address(const pl_engine_client *c)
{
    return c->address;
}

const char *pl_engine_socket(const pl_engine_client *c)
{
    return c->socket;
}
