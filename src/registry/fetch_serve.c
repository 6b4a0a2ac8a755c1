/* SPDX-License-Identifier: Apache-2.0 */
/* The fetcher's loop: questions of the caller in, bodies into descriptors, outcomes out. */
#include "registry/fetch_priv.h"

#include "core/clock.h"
#include "core/role.h"
#include "core/serve.h"

#include <string.h>

enum { NS_PER_MS = 1000000 };

/* ---- answers to the caller ---- */

/* It has one message of ours for each question, so there is always room; else it is gone. */
static pl_rc say(const pl_fetch_msg *m)
{
    PL_AUTO_BUF pl_buf b = {.max = PL_REGISTRY_MSG_MAX};

    pl_fetch_msg_write(m, &b);
    return pl_buf_ok(&b) ? pl_packet_send(PL_ROLE_SOCKET, pl_buf_view(&b), NULL, 0, false, NULL)
                         : PL_NOMEM;
}

pl_rc pl_fetcher_say_failure(uint32_t tag, pl_rc rc, const pl_err *why)
{
    return say(&(pl_fetch_msg){.kind = PL_FETCH_FAILED,
                               .tag = tag,
                               .rc = rc,
                               .sys = why->sys,
                               .text = {why->text, why->len}});
}

/* ---- the end of a call ---- */

static void put_away(pl_fetch_call *c)
{
    if (c->http)
        pl_http_cancel(c->http, &c->body);
    if (c->token_http)
        pl_http_cancel(c->token_http, &c->token);
    pl_outlet_close(&c->out);
    pl_loop_event_free(c->timer);
    free(c->path);
    free(c->scope);
    free(c->url);
    pl_http_call_done(&c->body);
    pl_http_call_done(&c->token);
    pl_buf *const all[] = {&c->authorization, &c->range, &c->question, &c->token_url, &c->said};
    for (size_t i = 0; i < PL_COUNT(all); i++) {
        if (all[i]->p)
            explicit_bzero(all[i]->p, all[i]->n);
        pl_buf_done(all[i]);
    }
    *c = (pl_fetch_call){.f = c->f, .out.fd = -1};
}

static pl_rc say_done(const pl_fetch_call *c)
{
    pl_fetch_msg done = {.kind = PL_FETCH_DONE,
                         .tag = c->tag,
                         .length = c->written,
                         .was_plain = c->f->hosts[c->host].is_plain,
                         .type = pl_http_header(&c->body, PL_S("Content-Type")),
                         .digest = pl_http_header(&c->body, PL_S("Docker-Content-Digest"))};

    if (c->what == PL_FETCH_TAGS || c->what == PL_FETCH_CATALOG || c->what == PL_FETCH_REFERRERS)
        done.next = pl_fetch_next_page(pl_http_header(&c->body, PL_S("Link")));
    return say(&done);
}

void pl_fetch_finish(pl_fetch_call *c, pl_rc rc, const pl_err *why)
{
    pl_loop *loop = c->f->loop;
    pl_err copy = why ? *why : (pl_err){0};

    /* A reader of a pipe sees its end before the caller is told. */
    pl_outlet_close(&c->out);
    pl_rc told = rc ? pl_fetcher_say_failure(c->tag, rc, &copy) : say_done(c);
    put_away(c);
    if (told != PL_OK)
        pl_loop_stop(loop);
}

/* ---- bodies ---- */

/* The reader is there again, or has gone. */
static void moved(void *arg, pl_rc rc, pl_err *err)
{
    pl_fetch_call *c = arg;

    if (rc || c->has_landed)
        pl_fetch_finish(c, rc, err);
    else if (c->http)
        pl_http_resume(c->http, &c->body);
}

/* ---- questions ---- */

static pl_rc name_call(pl_fetch_call *c, const pl_fetch_msg *m, pl_err *err)
{
    PL_AUTO_BUF pl_buf path = {0}, scope = {0};
    pl_rc rc = pl_fetch_path(m, &path, err);

    if (rc)
        return rc;
    if (m->repository.n)
        pl_buf_fmt(&scope, "repository:%.*s:pull", PL_F(m->repository));
    else
        pl_buf_c(&scope, "registry:catalog:*");
    c->path = strndup(path.p, path.n);
    c->scope = pl_buf_ok(&scope) ? strndup(scope.p, scope.n) : NULL;
    return c->path && c->scope ? PL_OK : pl_fail(err, PL_NOMEM, "question");
}

static pl_rc start(pl_fetch_call *c, const pl_fetch_msg *m, pl_err *err)
{
    unsigned ms = m->what == PL_FETCH_BLOB ? PL_REGISTRY_BLOB_MS : PL_REGISTRY_CALL_MS;
    pl_rc rc = name_call(c, m, err);

    if (!rc && m->host_index >= c->f->n_hosts)
        rc = pl_fail(err, PL_DENIED, "registry %u of %u", m->host_index, c->f->n_hosts);
    if (rc)
        return rc;
    c->what = (pl_fetch_what)m->what;
    c->host = m->host_index;
    c->size = m->size;
    c->end_ns = pl_mono_ns(&pl_clock_system) + (uint64_t)ms * NS_PER_MS;
    return pl_fetch_send(c, err);
}

/* Takes the descriptor over. */
static pl_rc take_ask(pl_fetcher *f, const pl_fetch_msg *m, int fd)
{
    pl_fetch_call *c = NULL;
    pl_err err = {0};

    for (size_t i = 0; i < PL_COUNT(f->calls); i++)
        if (!f->calls[i].tag)
            c = &f->calls[i];
    if (!c) {
        (void)close(fd);
        pl_rc rc = pl_fail(&err, PL_LIMIT, "over %d calls at once", PL_REGISTRY_FLIGHTS);
        return pl_fetcher_say_failure(m->tag, rc, &err);
    }
    *c = (pl_fetch_call){.f = f, .tag = m->tag};
    pl_rc rc = pl_outlet_open(&c->out, f->loop, fd, moved, c, &err);
    if (!rc)
        rc = start(c, m, &err);
    if (rc)
        pl_fetch_finish(c, rc, &err);
    return PL_OK;
}

static pl_rc take_message(void *arg, pl_packet *p, pl_err *err)
{
    pl_fetch_msg m = {0};
    pl_rc rc = pl_fetch_msg_parse((pl_str){p->buf, p->n}, p->n_fds, &m, err);

    if (!rc && m.kind != PL_FETCH_ASK)
        rc = pl_fail(err, PL_FORMAT, "message of kind %u is not the caller's", m.kind);
    if (rc)
        return rc;
    p->n_fds = 0;
    return take_ask(arg, &m, p->fds[0]);
}

static void refuse(void *arg, pl_rc rc, const pl_err *why)
{
    (void)arg;
    (void)pl_fetcher_say_failure(0, rc, why);
}

pl_rc pl_fetcher_run(pl_fetcher *f, pl_packet *p)
{
    pl_role_server server = {
        .loop = f->loop, .packet = p, .take = take_message, .refuse = refuse, .arg = f};
    pl_rc rc = say(&(pl_fetch_msg){.kind = PL_FETCH_READY, .given = f->given});

    return rc ? rc : pl_role_serve(&server, NULL);
}
