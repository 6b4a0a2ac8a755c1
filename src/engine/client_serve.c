/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/client_serve.h"

#include "core/loop.h"
#include "core/role.h"
#include "core/serve.h"

#include <string.h>

enum { HTTP_OK = 200 };

/* ---- answers to the caller ---- */

/* It has one message of ours for each question, so there is always room; else it is gone. */
static pl_rc say(const pl_engine_msg *m)
{
    PL_AUTO_BUF pl_buf b = {.max = PL_ENGINE_MSG_MAX};

    pl_engine_msg_write(m, &b);
    return pl_buf_ok(&b) ? pl_packet_send(PL_ROLE_SOCKET, pl_buf_view(&b), NULL, 0, false, NULL)
                         : PL_NOMEM;
}

pl_rc pl_server_say_failure(uint32_t tag, pl_rc rc, const pl_err *why)
{
    return say(&(pl_engine_msg){.kind = PL_ENGINE_MSG_FAILED,
                                .tag = tag,
                                .rc = rc,
                                .sys = why->sys,
                                .text = {why->text, why->len}});
}

pl_rc pl_server_status_error(const pl_server *s, const char *path, int status, pl_str said,
                             pl_err *err)
{
    pl_rc rc = status == 403 || status == 401 ? PL_DENIED
               : status == 404                ? PL_NOTFOUND
               : status == 400                ? PL_UNSUPPORTED
                                              : PL_NET;

    said = pl_str_sub(pl_str_trim(said), 0, PL_ENGINE_SAID_MAX);
    return pl_fail(err, rc, "GET %s at %s: HTTP status %d: %.*s", path, s->address, status,
                   PL_F(said));
}

/* ---- the end of an errand ---- */

static void put_away(pl_errand *e)
{
    pl_outlet_close(&e->out);
    pl_http_call_done(&e->call);
    pl_buf_done(&e->said);
    *e = (pl_errand){.server = e->server, .out.fd = -1};
}

/* The descriptor is closed before the caller is told, so that a reader of a pipe sees its end. */
static void finish(pl_errand *e, pl_rc rc, const pl_err *why)
{
    pl_loop *loop = e->server->loop;
    pl_engine_msg done = {.kind = PL_ENGINE_MSG_DONE, .tag = e->tag, .length = e->call.length};
    pl_err copy = why ? *why : (pl_err){0};

    put_away(e);
    if ((rc ? pl_server_say_failure(done.tag, rc, &copy) : say(&done)) != PL_OK)
        pl_loop_stop(loop);
}

static void finish_landed(pl_errand *e)
{
    pl_http_call *c = &e->call;

    if (c->rc == PL_OK && c->status != HTTP_OK)
        c->rc =
            pl_server_status_error(e->server, e->path, c->status, pl_buf_view(&e->said), &c->err);
    finish(e, c->rc, &c->err);
}

static void landed(pl_http_call *call, void *arg)
{
    pl_errand *e = arg;

    (void)call;
    e->has_landed = true;
    if (!pl_outlet_waits(&e->out))
        finish_landed(e);
}

/* ---- bodies ---- */

static pl_rc take_body(pl_str bytes, void *arg, pl_err *err)
{
    pl_errand *e = arg;

    if (e->call.status != HTTP_OK) {
        pl_buf_str(&e->said, pl_str_sub(bytes, 0, PL_ENGINE_SAID_MAX - e->said.n));
        return e->call.length < PL_ENGINE_ERROR_MAX
                   ? PL_OK
                   : pl_fail(err, PL_LIMIT, "answer of status %d is longer than %d bytes",
                             e->call.status, PL_ENGINE_ERROR_MAX);
    }
    if (pl_outlet_waits(&e->out)) {
        e->call.waits = true;
        return PL_OK;
    }
    return pl_outlet_put(&e->out, bytes, err);
}

static void moved(void *arg, pl_rc rc, pl_err *err)
{
    pl_errand *e = arg;

    if (rc) {
        pl_http_cancel(e->server->http, &e->call);
        (void)pl_wrap(err, rc, "GET %s", e->path);
        finish(e, rc, err);
    } else if (e->has_landed) {
        finish_landed(e);
    } else {
        pl_http_resume(e->server->http, &e->call);
    }
}

/* ---- questions ---- */

static pl_rc start(pl_errand *e, const pl_engine_msg *m, int fd, pl_err *err)
{
    const pl_server *s = e->server;
    pl_rc rc = pl_outlet_open(&e->out, s->loop, fd, moved, e, err);

    if (!rc)
        rc = pl_engine_path((pl_engine_doc)m->what, m->id, e->path, err);
    if (rc)
        return rc;
    int n = snprintf(e->url, sizeof(e->url), "%s/v%s%s", s->place.base, s->api, e->path);
    if (n < 0 || (size_t)n >= sizeof(e->url))
        return pl_fail(err, PL_LIMIT, "URL of %d bytes", n);
    e->call = (pl_http_call){.url = e->url,
                             .deadline_ms =
                                 m->what == PL_DOC_EXPORT ? PL_ENGINE_EXPORT_MS : PL_ENGINE_CALL_MS,
                             .max = pl_engine_answer_max((pl_engine_doc)m->what),
                             .sink = take_body,
                             .sink_arg = e};
    rc = pl_http_start(s->http, &e->call, landed, e);
    if (rc)
        *err = e->call.err;
    return rc;
}

/* Takes the descriptor over. */
static pl_rc take_ask(pl_server *s, const pl_engine_msg *m, int fd)
{
    pl_errand *e = NULL;
    pl_err err = {0};

    for (size_t i = 0; i < PL_COUNT(s->errands); i++)
        if (!s->errands[i].tag)
            e = &s->errands[i];
    if (!e) {
        (void)close(fd);
        pl_rc rc = pl_fail(&err, PL_LIMIT, "over %d calls at once", PL_ENGINE_FLIGHTS);
        return pl_server_say_failure(m->tag, rc, &err);
    }
    *e = (pl_errand){.server = s, .tag = m->tag};
    pl_rc rc = start(e, m, fd, &err);
    if (rc)
        finish(e, rc, &err);
    return PL_OK;
}

static pl_rc take_message(void *arg, pl_packet *p, pl_err *err)
{
    pl_engine_msg m = {0};
    pl_rc rc = pl_engine_msg_parse((pl_str){p->buf, p->n}, p->n_fds, &m, err);

    if (!rc && m.kind != PL_ENGINE_MSG_ASK)
        rc = pl_fail(err, PL_FORMAT, "message of kind %u is not the caller's", m.kind);
    if (rc)
        return rc;
    p->n_fds = 0;
    return take_ask(arg, &m, p->fds[0]);
}

static void refuse(void *arg, pl_rc rc, const pl_err *why)
{
    (void)arg;
    (void)pl_server_say_failure(0, rc, why);
}

pl_rc pl_server_run(pl_server *s, pl_packet *p)
{
    pl_role_server server = {
        .loop = s->loop, .packet = p, .take = take_message, .refuse = refuse, .arg = s};
    pl_rc rc = say(
        &(pl_engine_msg){.kind = PL_ENGINE_MSG_READY, .api = pl_str_c(s->api), .given = s->given});

    return rc ? rc : pl_role_serve(&server, NULL);
}
