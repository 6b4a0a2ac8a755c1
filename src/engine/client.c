/* SPDX-License-Identifier: Apache-2.0 */
/* The caller's side: starts the engine client's process, asks it, and believes nothing unchecked.
 */
#include "engine/client_priv.h"

#include "core/cage.h"
#include "core/http_client.h"
#include "core/io.h"
#include "core/packet.h"
#include "core/role.h"
#include "core/serve.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

struct pl_engine_client {
    char *address;
    char *socket; /* NULL: TCP */
    char api[16];
    char sandbox[96];
    int fd;
    pid_t pid; /* 0: reaped */
    bool is_dead;
    pl_err why; /* of its death */
    uint32_t tag;
    pl_engine_ask *under_way[PL_ENGINE_FLIGHTS];
    pl_packet packet;
    char buf[PL_ENGINE_MSG_MAX];
};

/* ---- death ---- */

static void end_process(pl_engine_client *c)
{
    if (c->fd >= 0)
        (void)close(PL_TAKE(c->fd, -1));
    pl_role_end(&c->pid, PL_ENGINE_REAP_MS);
}

static void settle(pl_engine_client *c, pl_engine_ask *ask)
{
    for (size_t i = 0; i < PL_COUNT(c->under_way); i++)
        if (c->under_way[i] == ask)
            c->under_way[i] = NULL;
    if (ask->fd >= 0)
        (void)close(PL_TAKE(ask->fd, -1));
    ask->tag = 0;
}

static void fail_ask(const pl_engine_client *c, pl_engine_ask *ask, pl_rc rc, const pl_err *why)
{
    ask->err = *why;
    ask->rc = rc;
    (void)pl_wrap(&ask->err, rc, "engine %s", c->address);
}

/* Ends the process and everything that it was asked for. */
static pl_rc bury(pl_engine_client *c, const pl_err *why)
{
    c->is_dead = true;
    c->why = *why;
    end_process(c);
    for (size_t i = 0; i < PL_COUNT(c->under_way); i++) {
        pl_engine_ask *ask = c->under_way[i];
        if (!ask)
            continue;
        fail_ask(c, ask, why->rc, why);
        settle(c, ask);
    }
    return why->rc;
}

static pl_rc bury_ended(pl_engine_client *c)
{
    pl_err why = {0};

    (void)!pl_role_death(pl_role_reap(&c->pid, PL_ENGINE_REAP_MS), "the engine client", &why);
    return bury(c, &why);
}

/* ---- messages ---- */

static pl_rc tell(pl_engine_client *c, const pl_engine_msg *m, const int *fds, size_t n_fds)
{
    PL_AUTO_BUF pl_buf b = {.max = PL_ENGINE_MSG_MAX};
    pl_err why = {0};

    pl_engine_msg_write(m, &b);
    if (!pl_buf_ok(&b)) {
        (void)pl_fail(&why, PL_LIMIT, "message to the engine client");
        return bury(c, &why);
    }
    pl_rc rc = pl_packet_send(c->fd, pl_buf_view(&b), fds, n_fds, false, &why);
    if (rc == PL_WORKER)
        return bury_ended(c);
    (void)pl_wrap(&why, rc, "the engine client");
    return rc ? bury(c, &why) : PL_OK;
}

/* One message of the process, within ms; whatever else happens is its end. */
static pl_rc hear(pl_engine_client *c, unsigned ms, pl_engine_msg *ret)
{
    pl_packet *p = &c->packet;
    pl_err why = {0};
    bool is_there = false;

    if (!pl_packet_wait(c->fd, ms)) {
        (void)pl_fail(&why, PL_TIMEOUT, "no word of the engine client within %u ms", ms);
        return bury(c, &why);
    }
    p->buf = c->buf;
    p->room = sizeof(c->buf);
    pl_rc rc = pl_packet_receive(c->fd, false, p, &is_there, &why);
    if (!rc && !is_there)
        return bury_ended(c);
    if (!rc)
        rc = pl_engine_msg_parse((pl_str){p->buf, p->n}, p->n_fds, ret, &why);
    pl_packet_close_fds(p);
    if (!rc && ret->kind != PL_ENGINE_MSG_FAILED && ret->kind != PL_ENGINE_MSG_DONE &&
        ret->kind != PL_ENGINE_MSG_READY)
        rc = pl_fail(&why, PL_FORMAT, "message of kind %u", ret->kind);
    if (!rc)
        return PL_OK;
    (void)pl_wrap(&why, rc, "the engine client");
    return bury(c, &why);
}

/* ---- opening ---- */

static void name_sandbox(pl_engine_client *c, uint32_t given)
{
    static const pl_cage_loss rows[] = {
#define X(sym, bit, missing) {PL_GIVEN_##sym, missing},
        PL_ENGINE_GIVEN_LIST(X)
#undef X
    };

    pl_cage_describe(given, rows, PL_COUNT(rows), c->sandbox, sizeof(c->sandbox));
}

static pl_rc hear_ready(pl_engine_client *c, pl_err *err)
{
    pl_engine_msg m = {0};
    pl_rc rc = hear(c, PL_ENGINE_START_MS + PL_ENGINE_PING_MS, &m);

    if (rc) {
        *err = c->why;
        return rc;
    }
    if (m.kind == PL_ENGINE_MSG_FAILED)
        return pl_failure_of(m.rc, m.sys, m.text, err);
    if (m.kind != PL_ENGINE_MSG_READY || !pl_str_to_c(m.api, c->api, sizeof(c->api)))
        return pl_fail(err, PL_WORKER, "the engine client's first word is none");
    name_sandbox(c, m.given);
    return PL_OK;
}

static pl_rc start_process(pl_engine_client *c, const pl_engine_endpoint *e, pl_err *err)
{
    const pl_engine_msg setup = {.kind = PL_ENGINE_MSG_SETUP,
                                 .address = pl_str_c(e->address),
                                 .ca = pl_str_c(e->ca),
                                 .cert = pl_str_c(e->cert),
                                 .key = pl_str_c(e->key),
                                 .tls = e->tls};
    pl_rc rc = pl_role_spawn(&(pl_role_start){.word = "engine-client"}, &c->fd, &c->pid, err);

    if (rc)
        return rc;
    rc = tell(c, &setup, NULL, 0);
    if (rc) {
        *err = c->why;
        return rc;
    }
    return hear_ready(c, err);
}

/* What is not there needs no process to say so: most of the usual places are empty. */
static pl_rc look_for_socket(pl_engine_client *c, const pl_engine_endpoint *e, pl_err *err)
{
    pl_engine_place place;
    struct stat st;
    pl_rc rc = pl_engine_place_of(e->address, e->tls || e->ca || e->cert, &place, err);

    if (rc || !place.socket.n)
        return rc;
    c->socket = strndup(place.socket.p, place.socket.n);
    if (!c->socket)
        return pl_fail(err, PL_NOMEM, "address");
    if (stat(c->socket, &st) < 0 && (errno == ENOENT || errno == ENOTDIR))
        return pl_fail_at(err, PL_NOTFOUND, errno, __FILE__, __LINE__, "connect");
    return PL_OK;
}

pl_rc pl_engine_open(const pl_engine_endpoint *e, pl_engine_client **ret, pl_err *err)
{
    PL_AUTO_ENGINE_CLIENT pl_engine_client *c = calloc(1, sizeof(*c));
    pl_err why = {0};

    assert(pl_engine_client_can_start());
    if (!c || !(c->address = strdup(e->address)))
        return pl_fail(err, PL_NOMEM, "engine client");
    c->fd = -1;
    pl_rc rc = look_for_socket(c, e, &why);
    if (!rc)
        rc = start_process(c, e, &why);
    if (rc) {
        (void)pl_wrap(&why, rc, "engine %s", e->address);
        if (err)
            *err = why;
        return rc;
    }
    *ret = PL_TAKE(c, NULL);
    return PL_OK;
}

void pl_engine_close(pl_engine_client *c)
{
    if (!c)
        return;
    end_process(c);
    free(c->address);
    free(c->socket);
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

const char *pl_engine_sandbox(const pl_engine_client *c)
{
    return c->sandbox;
}

/* ---- asking ---- */

static pl_rc can_ask(const pl_engine_client *c, const pl_engine_ask *ask, size_t *ret_slot,
                     pl_err *err)
{
    if (c->is_dead)
        return pl_fail(err, c->why.rc, "%s", c->why.text);
    if (pl_str_c(ask->id).n > PL_ENGINE_ID_MAX)
        return pl_fail(err, PL_LIMIT, "id of over %d bytes", PL_ENGINE_ID_MAX);
    for (size_t i = 0; i < PL_COUNT(c->under_way); i++) {
        if (c->under_way[i])
            continue;
        *ret_slot = i;
        return PL_OK;
    }
    return pl_fail(err, PL_LIMIT, "over %d calls at once", PL_ENGINE_FLIGHTS);
}

/* Sends the question with the descriptor for its answer; false: ask has its outcome already. */
static bool launch(pl_engine_client *c, pl_engine_ask *ask, int fd)
{
    pl_err why = {0};
    size_t slot = 0;
    pl_rc rc = can_ask(c, ask, &slot, &why);

    if (rc) {
        fail_ask(c, ask, rc, &why);
        return false;
    }
    ask->tag = ++c->tag;
    c->under_way[slot] = ask;
    return tell(c,
                &(pl_engine_msg){.kind = PL_ENGINE_MSG_ASK,
                                 .tag = ask->tag,
                                 .what = ask->kind,
                                 .id = pl_str_c(ask->id)},
                &fd, 1) == PL_OK;
}

static void take_outcome(const pl_engine_client *c, pl_engine_ask *ask, const pl_engine_msg *m)
{
    pl_err why = {0};
    pl_rc rc = PL_OK;

    if (m->kind == PL_ENGINE_MSG_FAILED)
        rc = pl_failure_of(m->rc, m->sys, m->text, &why);
    else if (ask->fd >= 0)
        rc = pl_wrap(
            &why,
            pl_read_copy(ask->fd, m->length, pl_engine_answer_max(ask->kind), &ask->body, &why),
            "the engine client");
    ask->rc = rc;
    if (rc)
        fail_ask(c, ask, rc, &why);
}

/* The next answer, whose ever it is; NULL: the process is gone, and all asks have that outcome. */
static pl_engine_ask *next_answer(pl_engine_client *c)
{
    pl_engine_msg m = {0};
    pl_engine_ask *ask = NULL;
    pl_err why = {0};

    if (hear(c, PL_ENGINE_CALL_MS + PL_ENGINE_GRACE_MS, &m) != PL_OK)
        return NULL;
    for (size_t i = 0; m.tag && i < PL_COUNT(c->under_way); i++)
        if (c->under_way[i] && c->under_way[i]->tag == m.tag)
            ask = c->under_way[i];
    if (!ask) {
        if (m.kind == PL_ENGINE_MSG_FAILED)
            (void)!pl_failure_of(m.rc, m.sys, m.text, &why);
        else
            (void)pl_fail(&why, PL_WORKER, "the engine client answers what nobody asked");
        (void)bury(c, &why);
        return NULL;
    }
    take_outcome(c, ask, &m);
    settle(c, ask);
    return ask;
}

/* ---- documents ---- */

/* The body comes in a file in memory: its bytes are in one process at a time but for the copy. */
static bool launch_document(pl_engine_client *c, pl_engine_ask *ask)
{
    pl_err why = {0};

    ask->rc = PL_OK;
    ask->fd = memfd_create("plimsoll-answer", MFD_CLOEXEC);
    if (ask->fd < 0) {
        fail_ask(c, ask, pl_fail_sys(&why, errno, "memfd_create"), &why);
        return false;
    }
    if (launch(c, ask, ask->fd))
        return true;
    settle(c, ask);
    return false;
}

void pl_engine_get(pl_engine_client *c, pl_engine_ask *asks, size_t n)
{
    size_t next = 0, in_air = 0;

    while (next < n || in_air) {
        while (next < n && in_air < PL_HTTP_PARALLEL)
            in_air += launch_document(c, &asks[next++]);
        if (!in_air)
            break;
        const pl_engine_ask *ask = next_answer(c);
        if (!ask)
            in_air = 0;
        else if (ask >= asks && ask < asks + n)
            in_air--;
    }
}

void pl_engine_ask_done(pl_engine_ask *ask)
{
    pl_buf_done(&ask->body);
}

/* ---- images ---- */

pl_rc pl_engine_export_start(pl_engine_client *c, const char *id, int fd, pl_engine_ask *ask,
                             pl_err *err)
{
    *ask = (pl_engine_ask){.kind = PL_DOC_EXPORT, .id = id, .fd = -1};
    if (launch(c, ask, fd))
        return PL_OK;
    if (err)
        *err = ask->err;
    return ask->rc;
}

/* Its end is told as soon as the reader has seen the stream's, or has closed. */
pl_rc pl_engine_export_finish(pl_engine_client *c, pl_engine_ask *ask, pl_err *err)
{
    while (ask->tag && next_answer(c))
        continue;
    if (ask->rc && err)
        *err = ask->err;
    return ask->rc;
}
