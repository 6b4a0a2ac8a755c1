/* SPDX-License-Identifier: Apache-2.0 */
/* The caller's side: starts the cluster client's process, asks it, and believes nothing unchecked.
 */
#include "cluster/client.h"

#include "cluster/client_msg.h"
#include "cluster/client_priv.h"
#include "core/cage.h"
#include "core/io.h"
#include "core/jail.h"
#include "core/packet.h"
#include "core/role.h"
#include "core/serve.h"
#include "engine/client_cage.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct pl_cluster_client {
    char server[PL_CLUSTER_URL_MAX];
    char sandbox[96];
    int fd;
    pid_t pid; /* 0: reaped */
    bool is_dead;
    pl_err why; /* of its death */
    pl_packet packet;
    char buf[PL_CLUSTER_MSG_MAX];
};

/* ---- messages ---- */

static pl_rc bury(pl_cluster_client *c, const pl_err *why)
{
    c->is_dead = true;
    c->why = *why;
    if (c->fd >= 0)
        (void)close(PL_TAKE(c->fd, -1));
    pl_role_end(&c->pid, PL_CLUSTER_REAP_MS);
    return why->rc;
}

static pl_rc bury_ended(pl_cluster_client *c)
{
    pl_err why = {0};

    (void)!pl_role_death(pl_role_reap(&c->pid, PL_CLUSTER_REAP_MS), "the cluster client", &why);
    return bury(c, &why);
}

/* One message of the process, within ms; whatever else happens is its end. */
static pl_rc hear(pl_cluster_client *c, unsigned ms, pl_cluster_msg *ret)
{
    pl_packet *p = &c->packet;
    pl_err why = {0};
    bool is_there = false;

    if (!pl_packet_wait(c->fd, ms)) {
        (void)pl_fail(&why, PL_TIMEOUT, "no word of the cluster client within %u ms", ms);
        return bury(c, &why);
    }
    p->buf = c->buf;
    p->room = sizeof(c->buf);
    pl_rc rc = pl_packet_receive(c->fd, false, p, &is_there, &why);
    if (!rc && !is_there)
        return bury_ended(c);
    if (!rc)
        rc = pl_cluster_msg_parse((pl_str){p->buf, p->n}, p->n_fds, ret, &why);
    pl_packet_close_fds(p);
    if (!rc && ret->kind == PL_CLUSTER_FAILED)
        rc = pl_failure_of(ret->rc, ret->sys, ret->text, &why);
    else if (!rc && ret->kind == PL_CLUSTER_ASK)
        rc = pl_fail(&why, PL_WORKER, "the cluster client asks");
    return rc ? bury(c, &why) : PL_OK;
}

/* ---- opening ---- */

static pl_rc start_process(pl_cluster_client *c, const pl_cluster_access *access, pl_err *err)
{
    const pl_proxies proxies = pl_proxies_of_environment();
    PL_AUTO_BUF pl_buf setup = {.max = PL_CLUSTER_SECRET_MAX};
    PL_AUTO_FD int setup_fd = -1;

    pl_cluster_setup_write(access, &proxies, &setup);
    pl_rc rc = pl_buf_ok(&setup)
                   ? pl_jail_memfd(pl_buf_view(&setup), &setup_fd, err)
                   : pl_fail(err, PL_LIMIT, "credentials of over %d bytes", PL_CLUSTER_SECRET_MAX);
    if (!rc)
        rc = pl_role_spawn(&(pl_role_start){.word = "cluster-client", .fds = &setup_fd, .n_fds = 1},
                           &c->fd, &c->pid, err);
    if (setup.p)
        explicit_bzero(setup.p, setup.n);
    return rc;
}

static pl_rc hear_ready(pl_cluster_client *c, pl_err *err)
{
    static const pl_cage_loss rows[] = {
#define X(sym, bit, missing) {PL_GIVEN_##sym, missing},
        PL_ENGINE_GIVEN_LIST(X)
#undef X
    };
    pl_cluster_msg m = {0};
    pl_rc rc = hear(c, PL_CLUSTER_START_MS, &m);

    if (rc) {
        if (err)
            *err = c->why;
        return rc;
    }
    if (m.kind != PL_CLUSTER_READY)
        return pl_fail(err, PL_WORKER, "the cluster client's first word is none");
    pl_cage_describe(m.given, rows, PL_COUNT(rows), c->sandbox, sizeof(c->sandbox));
    return PL_OK;
}

pl_rc pl_cluster_open(const pl_cluster_access *access, pl_cluster_client **ret, pl_err *err)
{
    PL_AUTO_CLUSTER_CLIENT pl_cluster_client *c = calloc(1, sizeof(*c));

    assert(pl_cluster_client_can_start());
    if (!c)
        return pl_fail(err, PL_NOMEM, "cluster client");
    c->fd = -1;
    if (!pl_str_to_c(access->server, c->server, sizeof(c->server)))
        return pl_fail(err, PL_FORMAT, "server: no URL, or a longer one than %d bytes",
                       PL_CLUSTER_URL_MAX);
    pl_rc rc = start_process(c, access, err);
    if (!rc)
        rc = hear_ready(c, err);
    if (rc)
        return pl_wrap(err, rc, "%s", c->server);
    *ret = PL_TAKE(c, NULL);
    return PL_OK;
}

void pl_cluster_close(pl_cluster_client *c)
{
    if (!c)
        return;
    if (c->fd >= 0)
        (void)close(c->fd);
    pl_role_end(&c->pid, PL_CLUSTER_REAP_MS);
    free(c);
}

const char *pl_cluster_sandbox(const pl_cluster_client *c)
{
    return c->sandbox;
}

/* ---- asking ---- */

static void fail_all(const pl_cluster_client *c, pl_cluster_question *v, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        v[i].rc = c->why.rc;
        v[i].err = c->why;
        (void)pl_wrap(&v[i].err, v[i].rc, "%s", c->server);
    }
}

static void take_answer(const pl_cluster_client *c, const pl_cluster_msg_answer *a, int fd,
                        pl_cluster_question *q)
{
    q->rc = a->rc ? pl_failure_of(a->rc, a->sys, a->text, &q->err)
                  : pl_wrap(&q->err,
                            pl_read_copy(fd, a->length, PL_CLUSTER_PAGE_BYTES, &q->body, &q->err),
                            "the cluster client");
    (void)pl_wrap(&q->err, q->rc, "%s", c->server);
    q->status = q->rc ? 0 : (int)a->status;
    q->retry_after = a->retry_after;
}

static pl_rc exchange(pl_cluster_client *c, const pl_cluster_question *v, size_t n, const int *fds,
                      pl_cluster_msg *ret)
{
    pl_cluster_msg m = {.kind = PL_CLUSTER_ASK, .n = (uint32_t)n};
    PL_AUTO_BUF pl_buf b = {.max = PL_CLUSTER_MSG_MAX};
    pl_err why = {0};

    for (size_t i = 0; i < n; i++)
        m.asks[i] =
            (pl_cluster_msg_ask){.list = v[i].list, .is_watch = v[i].is_watch, .token = v[i].token};
    pl_cluster_msg_write(&m, &b);
    pl_rc rc = pl_buf_ok(&b) ? pl_packet_send(c->fd, pl_buf_view(&b), fds, n, true, &why)
                             : pl_fail(&why, PL_LIMIT, "question");
    if (rc == PL_WORKER)
        return bury_ended(c);
    if (rc)
        return bury(c, &why);
    rc = hear(c, PL_CLUSTER_CALL_MS + PL_CLUSTER_GRACE_MS, ret);
    if (!rc && (ret->kind != PL_CLUSTER_ANSWER || ret->n != n)) {
        (void)pl_fail(&why, PL_WORKER, "the cluster client answers what nobody asked");
        return bury(c, &why);
    }
    return rc;
}

static void get_some(pl_cluster_client *c, pl_cluster_question *v, size_t n)
{
    int fds[PL_CLUSTER_AT_ONCE];
    size_t n_fds = 0;
    pl_cluster_msg m = {0};
    pl_err why = {0};
    pl_rc rc = PL_OK;

    while (!rc && n_fds < n) {
        fds[n_fds] = memfd_create("plimsoll-page", MFD_CLOEXEC);
        if (fds[n_fds] < 0)
            rc = bury(c, (pl_fail_sys(&why, errno, "memfd_create"), &why));
        else
            n_fds++;
    }
    if (!rc)
        rc = exchange(c, v, n, fds, &m);
    if (rc)
        fail_all(c, v, n);
    for (size_t i = 0; !rc && i < n; i++)
        take_answer(c, &m.answers[i], fds[i], &v[i]);
    while (n_fds)
        (void)close(fds[--n_fds]);
}

void pl_cluster_get(pl_cluster_client *c, pl_cluster_question *v, size_t n)
{
    for (size_t i = 0; i < n; i += PL_CLUSTER_AT_ONCE) {
        size_t some = n - i < PL_CLUSTER_AT_ONCE ? n - i : PL_CLUSTER_AT_ONCE;
        if (c->is_dead)
            fail_all(c, v + i, some);
        else
            get_some(c, v + i, some);
    }
}

void pl_cluster_question_done(pl_cluster_question *q)
{
    pl_buf_done(&q->body);
}
