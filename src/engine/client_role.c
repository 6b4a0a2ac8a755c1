/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine client's process: set up, confined, then a loop over the caller's messages and the
 * engine's answers. A body goes straight into the descriptor that came with the question.
 */
#include "engine/client_priv.h"

#include "core/http_client.h"
#include "core/io.h"
#include "core/lookup.h"
#include "core/loop.h"
#include "core/packet.h"
#include "core/pem.h"
#include "core/role.h"
#include "engine/client_serve.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

enum { API_MAJOR = 1, API_LEAST = 41, API_MOST = 51, HTTP_OK = 200 };

/* ---- what the endpoint needs and a confined process cannot get ---- */

static pl_rc read_pem_of(pl_str path, pl_buf *ret, pl_err *err)
{
    char name[PL_ENGINE_PATH_MAX];

    if (path.n == 0)
        return PL_OK;
    return pl_str_to_c(path, name, sizeof(name)) ? pl_pem_read(name, ret, err)
                                                 : pl_fail(err, PL_FORMAT, "certificate file");
}

static pl_rc read_certificates(pl_server *s, const pl_engine_msg *m, pl_err *err)
{
    pl_rc rc = read_pem_of(m->ca, &s->ca, err);

    if (!rc)
        rc = read_pem_of(m->cert, &s->cert, err);
    if (!rc)
        rc = read_pem_of(m->key, &s->key, err);
    if (!rc && s->place.tls && m->ca.n == 0)
        rc = pl_pem_read_system(&s->ca, err);
    return rc;
}

static pl_rc open_socket(pl_server *s, pl_err *err)
{
    char path[PL_ENGINE_PATH_MAX];
    struct stat st;

    if (!pl_str_to_c(s->place.socket, path, sizeof(path)))
        return pl_fail(err, PL_FORMAT, "path of the socket");
    s->socket_fd = open(path, O_PATH | O_CLOEXEC);
    if (s->socket_fd < 0)
        return pl_fail_at(err,
                          errno == ENOENT   ? PL_NOTFOUND
                          : errno == EACCES ? PL_DENIED
                                            : PL_SYS,
                          errno, __FILE__, __LINE__, "connect");
    if (fstat(s->socket_fd, &st) < 0 || !S_ISSOCK(st.st_mode))
        return pl_fail(err, PL_FORMAT, "this path is no socket");
    return PL_OK;
}

static pl_rc resolve(pl_server *s, pl_err *err)
{
    char host[PL_ENGINE_URL_MAX];

    return pl_str_to_c(s->place.host, host, sizeof(host))
               ? pl_look_up(host, s->place.port, &s->resolved, err)
               : pl_fail(err, PL_FORMAT, "host");
}

/* ---- the way in ---- */

static pl_rc open_http(pl_server *s, const pl_engine_msg *m, pl_err *err)
{
    char ca[PL_ENGINE_PATH_MAX], cert[PL_ENGINE_PATH_MAX];
    bool is_unix = s->socket_fd >= 0;
    const pl_http_options o = {
        .loop = s->loop,
        .unix_socket = is_unix ? s->socket_path : NULL,
        .socket_name = is_unix ? s->socket_name : NULL,
        .ca_file = m->ca.n && pl_str_to_c(m->ca, ca, sizeof(ca)) ? ca : NULL, /* for errors */
        .cert_file = m->cert.n && pl_str_to_c(m->cert, cert, sizeof(cert)) ? cert : NULL,
        .ca_pem = pl_buf_view(&s->ca),
        .cert_pem = pl_buf_view(&s->cert),
        .key_pem = pl_buf_view(&s->key),
        .resolved = s->resolved.n ? s->resolved.p : NULL,
        /* Plain TCP only where the address itself says so; what it tells is judged by ENG-007. */
        .allow_plain = !s->place.tls};

    return pl_http_new(&o, &s->http, err);
}

static void stop_loop(pl_http_call *call, void *arg)
{
    (void)call;
    pl_loop_stop(arg);
}

static pl_rc agree(pl_server *s, const pl_http_call *ping, pl_err *err)
{
    unsigned major = 0, minor = 0;

    if (ping->status != HTTP_OK)
        return pl_server_status_error(s, "/_ping", ping->status, pl_buf_view(&ping->answer), err);
    if (!pl_engine_read_version(pl_http_header(ping, PL_S("Api-Version")), &major, &minor))
        return pl_fail(err, PL_FORMAT, "what answers is no engine: no Api-Version");
    if (major != API_MAJOR || minor < API_LEAST)
        return pl_fail(err, PL_UNSUPPORTED,
                       "engine speaks API %u.%u; %d.%d or newer is needed (Docker 20.10)", major,
                       minor, API_MAJOR, API_LEAST);
    (void)snprintf(s->api, sizeof(s->api), "%d.%u", API_MAJOR,
                   minor > API_MOST ? (unsigned)API_MOST : minor);
    return PL_OK;
}

static pl_rc ping(pl_server *s, pl_err *err)
{
    char url[PL_ENGINE_URL_MAX];
    PL_AUTO_HTTP_CALL pl_http_call call = {
        .url = url, .deadline_ms = PL_ENGINE_PING_MS, .max = PL_ENGINE_ERROR_MAX};

    (void)snprintf(url, sizeof(url), "%.*s/_ping", (int)sizeof(url) - 8, s->place.base);
    if (pl_http_start(s->http, &call, stop_loop, s->loop) == PL_OK)
        pl_loop_run(s->loop);
    if (call.rc) {
        *err = call.err;
        return call.rc;
    }
    return agree(s, &call, err);
}

/* ---- starting ---- */

static pl_rc receive_setup(pl_packet *p, pl_engine_msg *ret, pl_err *err)
{
    bool is_there = false;
    pl_rc rc = pl_packet_receive(PL_ROLE_SOCKET, true, p, &is_there, err);

    pl_packet_close_fds(p);
    if (rc)
        return rc;
    if (!is_there)
        return pl_fail(err, PL_WORKER, "nobody is there");
    rc = pl_engine_msg_parse((pl_str){p->buf, p->n}, 0, ret, err);
    if (!rc && ret->kind != PL_ENGINE_MSG_SETUP)
        rc = pl_fail(err, PL_FORMAT, "message of kind %u before the first", ret->kind);
    return rc;
}

static pl_rc find_peer(pl_server *s, const pl_engine_msg *m, pl_err *err)
{
    if (!pl_str_to_c(m->address, s->address, sizeof(s->address)))
        return pl_fail(err, PL_FORMAT, "address");
    pl_rc rc = pl_engine_place_of(s->address, m->tls || m->ca.n || m->cert.n, &s->place, err);
    if (!rc)
        rc = s->place.socket.n ? open_socket(s, err) : resolve(s, err);
    return rc ? rc : read_certificates(s, m, err);
}

/* Whether the socket can be reached as "/N" is known only once that was tried. */
static void name_socket(pl_server *s)
{
    (void)snprintf(s->socket_name, sizeof(s->socket_name), "%.*s", PL_F(s->place.socket));
    if (s->given & PL_GIVEN_ROOT)
        (void)snprintf(s->socket_path, sizeof(s->socket_path), "/%d", s->socket_fd);
    else
        (void)snprintf(s->socket_path, sizeof(s->socket_path), "%s", s->socket_name);
}

/* libuv and libcurl are loaded, and OpenSSL has read its configuration, before the files go. */
static pl_rc warm_up(pl_server *s, pl_err *err)
{
    PL_AUTO_HTTP pl_http *http = NULL;
    pl_rc rc = pl_loop_new(&s->loop, err);

    return rc ? rc : pl_http_new(&(pl_http_options){.loop = s->loop}, &http, err);
}

static pl_rc set_up(pl_server *s, const pl_engine_msg *m, pl_err *err)
{
    pl_rc rc = find_peer(s, m, err);

    if (!rc)
        rc = warm_up(s, err);
    if (!rc)
        rc = pl_engine_cage(s->socket_fd, s->place.port, &s->given, err);
    if (rc)
        return rc;
    name_socket(s);
    rc = open_http(s, m, err);
    return rc ? rc : ping(s, err);
}

static int run(pl_server *s)
{
    char *buf = malloc(PL_ENGINE_MSG_MAX);
    pl_packet p = {.buf = buf, .room = PL_ENGINE_MSG_MAX};
    pl_engine_msg m = {0};
    pl_err err = {0};

    if (!buf)
        return 1;
    pl_rc rc = receive_setup(&p, &m, &err);
    if (!rc)
        rc = set_up(s, &m, &err);
    if (rc) {
        pl_server_say_failure(0, rc, &err);
        return 1;
    }
    return pl_server_run(s, &p) == PL_OK ? 0 : 1;
}

/* Set by main() before there is any other thread. */
static bool can_start;

bool pl_engine_client_can_start(void)
{
    return can_start;
}

void pl_engine_client_main(int argc, char **argv)
{
    can_start = true;
    if (!pl_role_is(argc, argv, "engine-client", 0))
        return;
    pl_server *s = calloc(1, sizeof(*s));
    if (!s)
        _exit(1);
    s->socket_fd = -1;
    _exit(run(s));
}
