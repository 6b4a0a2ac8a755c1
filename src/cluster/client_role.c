/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cluster client's process: set up, confined, then one question after the other, each of a few
 * pages at a time. A body goes straight into the descriptor that came with the question.
 */
#include "cluster/client.h"
#include "cluster/client_msg.h"
#include "cluster/client_priv.h"
#include "core/hash.h"
#include "core/http_client.h"
#include "core/io.h"
#include "core/lookup.h"
#include "core/packet.h"
#include "core/pem.h"
#include "core/role.h"
#include "engine/client_cage.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { HTTP_OK = 200 };

struct process {
    pl_buf setup; /* what the access points into */
    pl_cluster_access access;
    pl_cluster_place place;
    pl_proxy proxy;
    pl_buf system_ca, resolved, base, authorization; /* the last three with their NUL */
    pl_http *http;
    uint32_t given;
};

/* ---- set up ---- */

static pl_rc read_setup(struct process *p, pl_proxies *ret_proxies, pl_err *err)
{
    pl_rc rc = pl_read_all(PL_ROLE_FIRST_FD, PL_CLUSTER_SECRET_MAX, &p->setup, err);

    (void)close(PL_ROLE_FIRST_FD);
    if (!rc)
        rc = pl_cluster_setup_read(pl_buf_view(&p->setup), &p->access, ret_proxies, err);
    return rc ? rc : pl_cluster_place_of(p->access.server, &p->place, err);
}

static pl_rc find_way(struct process *p, const pl_proxies *proxies, pl_err *err)
{
    const pl_proxies own = {.https = p->access.proxy, .none = PL_S("")};
    pl_rc rc = pl_proxy_for(p->access.proxy.n ? &own : proxies, false, pl_str_c(p->place.host),
                            p->place.port, &p->proxy, err);

    if (rc)
        return rc;
    if (p->proxy.is_used && p->access.tls_server_name.n)
        return pl_fail(err, PL_UNSUPPORTED, "tls-server-name behind a proxy");
    if (p->proxy.is_used)
        return pl_wrap(err, pl_look_up(p->proxy.host, p->proxy.port, &p->resolved, err), "proxy");
    return pl_look_up(p->place.host, p->place.port, &p->resolved, err);
}

/*
 * The name that the certificate must have takes the host's place, and the host's addresses become
 * those of that name.
 */
static pl_rc rename_server(struct process *p, pl_err *err)
{
    PL_AUTO_BUF pl_buf named = {0};
    char name[sizeof(p->place.host)];
    size_t head = strlen(p->place.host) + 1;

    if (!p->access.tls_server_name.n)
        return PL_OK;
    if (!pl_str_to_c(p->access.tls_server_name, name, sizeof(name)) ||
        !pl_cluster_is_host(p->access.tls_server_name))
        return pl_fail(err, PL_FORMAT, "tls-server-name: no name of a host");
    if (p->resolved.n)
        pl_buf_fmt(&named, "%s:%s", name, p->resolved.p + head);
    else
        pl_buf_fmt(&named, "%s:%u:%s%s%s", name, p->place.port, p->place.is_v6 ? "[" : "",
                   p->place.host, p->place.is_v6 ? "]" : "");
    pl_buf_ch(&named, '\0');
    if (!pl_buf_ok(&named))
        return pl_fail(err, PL_NOMEM, "tls-server-name");
    pl_buf old = p->resolved;
    p->resolved = named;
    named = old;
    memcpy(p->place.host, name, sizeof(name));
    p->place.is_v6 = strchr(name, ':') != NULL;
    return PL_OK;
}

static void word_request(struct process *p)
{
    const pl_cluster_access *a = &p->access;
    PL_AUTO_BUF pl_buf pair = {0};

    pl_buf_fmt(&p->base, "https://%s%s%s:%u%s", p->place.is_v6 ? "[" : "", p->place.host,
               p->place.is_v6 ? "]" : "", p->place.port, p->place.path);
    pl_buf_ch(&p->base, '\0');
    if (a->token.n) {
        pl_buf_c(&p->authorization, "Authorization: Bearer ");
        pl_buf_str(&p->authorization, a->token);
    } else if (a->user.n) {
        pl_buf_fmt(&pair, "%.*s:%.*s", PL_F(a->user), PL_F(a->password));
        pl_buf_c(&p->authorization, "Authorization: Basic ");
        pl_base64((const unsigned char *)pair.p, pair.n, &p->authorization);
        explicit_bzero(pair.p, pair.n);
    }
    if (p->authorization.n)
        pl_buf_ch(&p->authorization, '\0');
}

/* A header is one line. */
static pl_rc check_credentials(const pl_cluster_access *a, pl_err *err)
{
    for (size_t i = 0; i < a->token.n; i++)
        if (a->token.p[i] <= ' ' || a->token.p[i] > '~')
            return pl_fail(err, PL_FORMAT, "the token holds what no token can hold");
    return PL_OK;
}

static pl_rc open_http(struct process *p, pl_err *err)
{
    const pl_cluster_access *a = &p->access;

    return pl_http_new(&(pl_http_options){.ca_pem = a->ca.n ? a->ca : pl_buf_view(&p->system_ca),
                                          .cert_pem = a->cert,
                                          .key_pem = a->key,
                                          .resolved = p->resolved.n ? p->resolved.p : NULL,
                                          .no_verify = a->is_unverified,
                                          .parallel = PL_CLUSTER_AT_ONCE,
                                          .proxy = &p->proxy},
                       &p->http, err);
}

static pl_rc set_up(struct process *p, pl_err *err)
{
    pl_proxies proxies = {0};
    pl_rc rc = read_setup(p, &proxies, err);

    if (!rc)
        rc = check_credentials(&p->access, err);
    if (!rc)
        rc = find_way(p, &proxies, err);
    if (!rc)
        rc = rename_server(p, err);
    if (!rc && !p->access.ca.n && !p->access.is_unverified)
        rc = pl_pem_read_system(&p->system_ca, err);
    if (rc)
        return rc;
    word_request(p);
    if (!pl_buf_ok(&p->base) || !pl_buf_ok(&p->authorization))
        return pl_fail(err, PL_NOMEM, "request");
    /* Before the files go: libuv and libcurl are loaded, and OpenSSL reads its configuration. */
    rc = open_http(p, err);
    return rc ? rc
              : pl_engine_cage(-1, p->proxy.is_used ? p->proxy.port : p->place.port, &p->given,
                               err);
}

/* ---- one question ---- */

struct page {
    int fd;
    bool is_watch;
    pl_http_call *call;
    pl_buf url;
    pl_buf said; /* of an answer that is no success */
    const char *lines[3];
};

struct question {
    struct page pages[PL_CLUSTER_AT_ONCE];
    pl_http_call calls[PL_CLUSTER_AT_ONCE];
    uint32_t n;
};

static pl_rc take_body(pl_str bytes, void *arg, pl_err *err)
{
    struct page *g = arg;

    /* Silence in the middle of an event is no end: the rest of it is on its way. */
    if (g->is_watch && bytes.n)
        g->call->quiet_ms =
            bytes.p[bytes.n - 1] == '\n' ? PL_CLUSTER_QUIET_MS : PL_CLUSTER_WATCH_MS;
    if (g->call->status == HTTP_OK)
        return pl_write_all(g->fd, bytes, err);
    pl_buf_str(&g->said, pl_str_sub(bytes, 0, PL_CLUSTER_SAID_MAX - g->said.n));
    return g->call->length < PL_CLUSTER_ERROR_MAX
               ? PL_OK
               : pl_fail(err, PL_LIMIT, "answer of status %d is longer than %d bytes",
                         g->call->status, PL_CLUSTER_ERROR_MAX);
}

static const char *accept_line(const pl_cluster_list_row *row, bool is_watch)
{
    if (!row->is_metadata)
        return "Accept: application/json";
    return is_watch ? "Accept: application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io"
                    : "Accept: application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io";
}

static pl_rc word_page(const struct process *p, const pl_cluster_msg_ask *ask, struct page *g,
                       pl_http_call *call, pl_err *err)
{
    const pl_cluster_list_row *row = pl_cluster_list_of(ask->list);
    size_t n = 0;

    if (!row)
        return pl_fail(err, PL_DENIED, "list %u: is not asked for", ask->list);
    pl_buf_c(&g->url, p->base.p);
    bool is_good = ask->is_watch
                       ? pl_cluster_watch_path((pl_cluster_list)ask->list, ask->token, &g->url)
                       : pl_cluster_list_path((pl_cluster_list)ask->list, ask->token, &g->url);
    pl_buf_ch(&g->url, '\0');
    if (!is_good || !pl_buf_ok(&g->url))
        return pl_fail(err, PL_LIMIT, "%s: no such page", row->what);
    g->lines[n++] = accept_line(row, ask->is_watch);
    if (p->authorization.n)
        g->lines[n++] = p->authorization.p;
    g->call = call;
    g->is_watch = ask->is_watch;
    *call = (pl_http_call){.url = g->url.p,
                           .lines = g->lines,
                           .deadline_ms = g->is_watch ? PL_CLUSTER_WATCH_MS : PL_CLUSTER_CALL_MS,
                           .quiet_ms = g->is_watch ? PL_CLUSTER_QUIET_MS : 0,
                           .max = g->is_watch ? PL_CLUSTER_WATCH_BYTES : PL_CLUSTER_PAGE_BYTES,
                           .sink = take_body,
                           .sink_arg = g};
    return PL_OK;
}

static void put_outcome(const pl_http_call *call, const struct page *g, pl_cluster_msg_answer *a)
{
    uint64_t seconds = 0;

    (void)pl_str_u64(pl_http_header(call, PL_S("Retry-After")), &seconds);
    *a = (pl_cluster_msg_answer){.rc = call->rc,
                                 .sys = call->err.sys,
                                 .text = {call->err.text, call->err.len},
                                 .status = (uint32_t)call->status,
                                 .retry_after = seconds};
    /* A watch that had begun has lasted long enough. */
    if (g->is_watch && a->rc == PL_TIMEOUT && call->status == HTTP_OK)
        a->rc = PL_OK;
    if (a->rc)
        return;
    a->text = (pl_str){"", 0};
    a->sys = 0;
    a->length = call->status == HTTP_OK ? call->length : g->said.n;
    if (call->status != HTTP_OK && pl_write_all(g->fd, pl_buf_view(&g->said), NULL) != PL_OK)
        a->length = 0;
}

static pl_rc say(const pl_cluster_msg *m)
{
    PL_AUTO_BUF pl_buf b = {.max = PL_CLUSTER_MSG_MAX};

    pl_cluster_msg_write(m, &b);
    return pl_buf_ok(&b) ? pl_packet_send(PL_ROLE_SOCKET, pl_buf_view(&b), NULL, 0, true, NULL)
                         : PL_NOMEM;
}

static void put_away(struct question *q)
{
    for (uint32_t i = 0; i < q->n; i++) {
        pl_http_call_done(&q->calls[i]);
        pl_buf_done(&q->pages[i].url);
        pl_buf_done(&q->pages[i].said);
    }
}

static pl_rc answer(const struct process *p, const pl_cluster_msg *m, const int *fds, pl_err *err)
{
    struct question q = {.n = m->n};
    pl_cluster_msg answers = {.kind = PL_CLUSTER_ANSWER, .n = m->n};
    pl_rc rc = PL_OK;

    for (uint32_t i = 0; !rc && i < m->n; i++) {
        q.pages[i].fd = fds[i];
        rc = word_page(p, &m->asks[i], &q.pages[i], &q.calls[i], err);
    }
    if (!rc) {
        pl_http_run(p->http, q.calls, q.n);
        for (uint32_t i = 0; i < m->n; i++)
            put_outcome(&q.calls[i], &q.pages[i], &answers.answers[i]);
        rc = say(&answers);
    }
    put_away(&q);
    return rc;
}

/* ---- the process ---- */

static pl_rc serve_one(const struct process *p, pl_packet *packet, bool *ret_more, pl_err *err)
{
    pl_cluster_msg m = {0};
    pl_rc rc = pl_packet_receive(PL_ROLE_SOCKET, true, packet, ret_more, err);

    if (rc || !*ret_more)
        return rc;
    rc = pl_cluster_msg_parse((pl_str){packet->buf, packet->n}, packet->n_fds, &m, err);
    if (!rc && m.kind != PL_CLUSTER_ASK)
        rc = pl_fail(err, PL_FORMAT, "message of kind %u is not the caller's", m.kind);
    if (!rc)
        rc = answer(p, &m, packet->fds, err);
    pl_packet_close_fds(packet);
    return rc;
}

static int run(struct process *p)
{
    static char buf[PL_CLUSTER_MSG_MAX];
    pl_packet packet = {.buf = buf, .room = sizeof(buf)};
    bool more = true;
    pl_err err = {0};
    pl_rc rc = set_up(p, &err);

    if (!rc)
        rc = say(&(pl_cluster_msg){.kind = PL_CLUSTER_READY, .given = p->given});
    while (!rc && more)
        rc = serve_one(p, &packet, &more, &err);
    if (rc)
        (void)!say(&(pl_cluster_msg){
            .kind = PL_CLUSTER_FAILED, .rc = rc, .sys = err.sys, .text = {err.text, err.len}});
    return rc ? 1 : 0;
}

/* Set by main() before there is any other thread. */
static bool can_start;

bool pl_cluster_client_can_start(void)
{
    return can_start;
}

void pl_cluster_client_main(int argc, char **argv)
{
    can_start = true;
    if (!pl_role_is(argc, argv, "cluster-client", 1))
        return;
    struct process *p = calloc(1, sizeof(*p));
    if (!p)
        _exit(1);
    _exit(run(p));
}
