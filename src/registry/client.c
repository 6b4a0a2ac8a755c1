/* SPDX-License-Identifier: Apache-2.0 */
/* The caller's side: starts the fetcher's process, asks it, and believes nothing unchecked. */
#include "registry/client.h"

#include "core/cage.h"
#include "core/io.h"
#include "core/packet.h"
#include "core/role.h"
#include "core/serve.h"
#include "registry/fetch_priv.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>

enum { SOCKET_ROOM = 256 << 10 };

/* A call that waits for its answer, on the stack of its caller. */
struct waiting {
    uint32_t tag;
    uint32_t host;
    bool is_done;
    pl_rc rc;
    pl_err err;
    pl_registry_answer *answer;
    struct waiting *next;
};

struct pl_registry {
    char sandbox[96];
    char names[PL_REGISTRY_HOSTS][PL_REGISTRY_HOST_MAX + 1];
    uint32_t n_hosts;
    int fd;
    pid_t pid; /* 0: reaped */

    pthread_mutex_t lock; /* of all below */
    pthread_cond_t heard;
    bool is_listening; /* one of the callers reads for all */
    bool was_plain[PL_REGISTRY_HOSTS];
    bool is_dead;
    pl_err why; /* of its death */
    uint32_t tag;
    struct waiting *waiting;
};

/* ---- death ---- */

/* Ends the process and everything that it was asked for. Under the lock. */
static pl_rc bury(pl_registry *c, const pl_err *why)
{
    if (c->is_dead)
        return c->why.rc;
    c->is_dead = true;
    c->why = *why;
    pl_role_end(&c->pid, PL_REGISTRY_REAP_MS);
    for (struct waiting *w = c->waiting; w; w = w->next) {
        w->is_done = true;
        w->rc = why->rc;
        w->err = *why;
    }
    return why->rc;
}

static pl_rc bury_ended(pl_registry *c)
{
    pl_err why = {0};

    (void)!pl_role_death(pl_role_reap(&c->pid, PL_REGISTRY_REAP_MS), "the fetcher", &why);
    return bury(c, &why);
}

/* ---- messages ---- */

static pl_rc tell(pl_registry *c, const pl_fetch_msg *m, const int *fds, size_t n_fds)
{
    PL_AUTO_BUF pl_buf b = {.max = PL_REGISTRY_MSG_MAX};
    pl_err why = {0};

    pl_fetch_msg_write(m, &b);
    pl_rc rc = pl_buf_ok(&b) ? pl_packet_send(c->fd, pl_buf_view(&b), fds, n_fds, true, &why)
                             : pl_fail(&why, PL_LIMIT, "message");
    if (b.p)
        explicit_bzero(b.p, b.n);
    if (rc == PL_WORKER)
        return bury_ended(c);
    (void)pl_wrap(&why, rc, "the fetcher");
    return rc ? bury(c, &why) : PL_OK;
}

/* One message within ms, into the caller's room; called by one thread at a time, unlocked. */
static pl_rc hear(const pl_registry *c, unsigned ms, pl_packet *p, pl_fetch_msg *ret,
                  bool *ret_more, pl_err *err)
{
    if (!pl_packet_wait(c->fd, ms))
        return pl_fail(err, PL_TIMEOUT, "no word of the fetcher within %u ms", ms);
    pl_rc rc = pl_packet_receive(c->fd, false, p, ret_more, err);
    if (!rc && *ret_more)
        rc = pl_fetch_msg_parse((pl_str){p->buf, p->n}, p->n_fds, ret, err);
    pl_packet_close_fds(p);
    return pl_wrap(err, rc, "the fetcher");
}

/* ---- starting ---- */

static void name_sandbox(pl_registry *c, uint32_t given)
{
    static const pl_cage_loss rows[] = {
#define X(sym, bit, missing) {PL_FETCH_GAVE_##sym, missing},
        PL_FETCH_GAVE_LIST(X)
#undef X
    };

    pl_cage_describe(given, rows, PL_COUNT(rows), c->sandbox, sizeof(c->sandbox));
}

static pl_rc hear_ready(pl_registry *c, pl_err *err)
{
    char *buf = malloc(PL_REGISTRY_MSG_MAX);
    pl_packet p = {.buf = buf, .room = PL_REGISTRY_MSG_MAX};
    pl_fetch_msg m = {0};
    bool is_there = false;
    pl_rc rc = buf ? hear(c, PL_REGISTRY_START_MS, &p, &m, &is_there, err)
                   : pl_fail(err, PL_NOMEM, "fetcher");

    if (!rc && !is_there)
        rc = pl_fail(err, PL_WORKER, "the fetcher ended at its start");
    else if (!rc && m.kind == PL_FETCH_FAILED)
        rc = pl_failure_of(m.rc, m.sys, m.text, err);
    else if (!rc && m.kind != PL_FETCH_READY)
        rc = pl_fail(err, PL_WORKER, "the fetcher's first word is none");
    if (!rc)
        name_sandbox(c, m.given);
    free(buf);
    return rc;
}

static pl_rc tell_host(pl_registry *c, const pl_registry_access *a)
{
    const pl_credentials *k = &a->credentials;

    return tell(c,
                &(pl_fetch_msg){.kind = PL_FETCH_HOST,
                                .host = pl_str_c(a->host),
                                .certs = pl_str_c(a->certs_dir),
                                .ca = pl_str_c(a->ca),
                                .user = k->user,
                                .password = k->password,
                                .identity = k->identity,
                                .bearer = k->bearer,
                                .may_be_plain = a->may_be_plain},
                NULL, 0);
}

static pl_rc start_process(pl_registry *c, const pl_registry_access *hosts, size_t n,
                           const pl_proxies *proxies, pl_err *err)
{
    pl_rc rc = pl_role_spawn(&(pl_role_start){.word = "fetcher", .send_bytes = SOCKET_ROOM}, &c->fd,
                             &c->pid, err);

    if (rc)
        return rc;
    for (size_t i = 0; !rc && i < n; i++) {
        (void)snprintf(c->names[i], sizeof(c->names[i]), "%s", hosts[i].host);
        rc = tell_host(c, &hosts[i]);
    }
    c->n_hosts = (uint32_t)n;
    if (!rc)
        rc = tell(c, &(pl_fetch_msg){.kind = PL_FETCH_START, .proxies = *proxies}, NULL, 0);
    /* A certificate that it cannot read ends it before it has heard all: its own words say more. */
    pl_err said = {0};
    pl_rc heard = hear_ready(c, &said);
    if (heard && err)
        *err = said;
    return heard ? heard : rc;
}

/* What is wrong with a variable is told before anything is asked. */
static pl_rc check_proxies(const pl_proxies *p, pl_err *err)
{
    pl_proxy proxy;
    pl_rc rc = pl_proxy_of(p, false, &proxy, err);

    if (!rc)
        rc = pl_proxy_of(p, true, &proxy, err);
    if (!rc && (p->none.n > PL_REGISTRY_SECRET_MAX))
        rc = pl_fail(err, PL_USAGE, "NO_PROXY is longer than %d bytes", PL_REGISTRY_SECRET_MAX);
    explicit_bzero(&proxy, sizeof(proxy));
    return rc;
}

pl_rc pl_registry_start(const pl_registry_access *hosts, size_t n, pl_registry **ret, pl_err *err)
{
    PL_AUTO_REGISTRY pl_registry *c = calloc(1, sizeof(*c));

    assert(pl_registry_client_can_start());
    if (!c)
        return pl_fail(err, PL_NOMEM, "fetcher");
    c->fd = -1;
    (void)pthread_mutex_init(&c->lock, NULL);
    (void)pthread_cond_init(&c->heard, NULL);
    if (n > PL_REGISTRY_HOSTS)
        return pl_fail(err, PL_LIMIT, "%zu registries and mirrors, over %d", n, PL_REGISTRY_HOSTS);
    const pl_proxies proxies = pl_proxies_of_environment();
    pl_rc rc = check_proxies(&proxies, err);
    if (!rc)
        rc = start_process(c, hosts, n, &proxies, err);
    if (rc)
        return rc;
    *ret = PL_TAKE(c, NULL);
    return PL_OK;
}

void pl_registry_close(pl_registry *c)
{
    if (!c)
        return;
    if (c->fd >= 0)
        (void)close(c->fd);
    pl_role_end(&c->pid, PL_REGISTRY_REAP_MS);
    (void)pthread_cond_destroy(&c->heard);
    (void)pthread_mutex_destroy(&c->lock);
    free(c);
}

const char *pl_registry_sandbox(const pl_registry *c)
{
    return c->sandbox;
}

bool pl_registry_was_plain(const pl_registry *c, uint32_t host)
{
    return c->was_plain[host];
}

/* ---- asking ---- */

static void copy_text(pl_str from, char *to, size_t room)
{
    if (!pl_str_to_c(from, to, room))
        to[0] = '\0';
}

/* Under the lock. */
static void take_message(pl_registry *c, const pl_fetch_msg *m)
{
    struct waiting *w = c->waiting;
    pl_err why = {0};

    while (w && (w->tag != m->tag || !m->tag))
        w = w->next;
    if (!w || (m->kind != PL_FETCH_DONE && m->kind != PL_FETCH_FAILED)) {
        if (m->kind == PL_FETCH_FAILED)
            (void)!pl_failure_of(m->rc, m->sys, m->text, &why);
        else
            (void)pl_fail(&why, PL_WORKER, "the fetcher answers what nobody asked");
        (void)bury(c, &why);
        return;
    }
    w->is_done = true;
    if (m->kind == PL_FETCH_FAILED) {
        w->rc = pl_failure_of(m->rc, m->sys, m->text, &w->err);
        return;
    }
    c->was_plain[w->host] |= m->was_plain;
    w->answer->length = m->length;
    copy_text(m->type, w->answer->type, sizeof(w->answer->type));
    copy_text(m->next, w->answer->next, sizeof(w->answer->next));
}

/* Reads one message for all that wait. Called and left with the lock held. */
static void listen_for_all(pl_registry *c, char *buf)
{
    pl_packet p = {.buf = buf, .room = PL_REGISTRY_MSG_MAX};
    pl_fetch_msg m = {0};
    pl_err why = {0};
    bool is_there = false;

    c->is_listening = true;
    (void)pthread_mutex_unlock(&c->lock);
    pl_rc rc = hear(c, PL_REGISTRY_BLOB_MS + PL_REGISTRY_GRACE_MS, &p, &m, &is_there, &why);
    (void)pthread_mutex_lock(&c->lock);
    c->is_listening = false;
    if (rc)
        (void)bury(c, &why);
    else if (!is_there)
        (void)bury_ended(c);
    else
        take_message(c, &m);
    (void)pthread_cond_broadcast(&c->heard);
}

static void wait_for(pl_registry *c, struct waiting *w, char *buf)
{
    while (!w->is_done) {
        if (c->is_listening)
            (void)pthread_cond_wait(&c->heard, &c->lock);
        else
            listen_for_all(c, buf);
    }
}

static void enlist(pl_registry *c, struct waiting *w)
{
    w->tag = ++c->tag ? c->tag : ++c->tag;
    w->next = c->waiting;
    c->waiting = w;
}

static void discharge(pl_registry *c, const struct waiting *w)
{
    struct waiting **at = &c->waiting;

    while (*at && *at != w)
        at = &(*at)->next;
    if (*at)
        *at = w->next;
}

static void ask(pl_registry *c, const pl_registry_question *q, int fd, struct waiting *w, char *buf)
{
    (void)pthread_mutex_lock(&c->lock);
    if (c->is_dead) {
        w->rc = c->why.rc;
        w->err = c->why;
    } else {
        enlist(c, w);
        (void)tell(c,
                   &(pl_fetch_msg){.kind = PL_FETCH_ASK,
                                   .tag = w->tag,
                                   .what = q->what,
                                   .host_index = q->host,
                                   .repository = q->repository,
                                   .name = q->name,
                                   .size = q->size},
                   &fd, 1);
        wait_for(c, w, buf);
        discharge(c, w);
    }
    (void)pthread_mutex_unlock(&c->lock);
}

pl_rc pl_registry_stream(pl_registry *c, const pl_registry_question *q, int fd,
                         pl_registry_answer *ret, pl_err *err)
{
    PL_AUTO_FREE char *buf = malloc(PL_REGISTRY_MSG_MAX);
    struct waiting w = {.host = q->host, .answer = ret};

    assert(q->host < c->n_hosts);
    if (!buf)
        return pl_fail(err, PL_NOMEM, "question");
    *ret = (pl_registry_answer){0};
    /* The other side makes the open file wait for nobody, and it is the same open file. */
    int flags = fcntl(fd, F_GETFL);
    ask(c, q, fd, &w, buf);
    (void)fcntl(fd, F_SETFL, flags);
    if (w.rc && err)
        *err = w.err;
    return pl_wrap(err, w.rc, "registry %s", c->names[q->host]);
}

pl_rc pl_registry_get(pl_registry *c, const pl_registry_question *q, pl_buf *body,
                      pl_registry_answer *ret, pl_err *err)
{
    PL_AUTO_FD int fd = memfd_create("plimsoll-answer", MFD_CLOEXEC);

    if (fd < 0)
        return pl_fail_sys(err, errno, "memfd_create");
    pl_rc rc = pl_registry_stream(c, q, fd, ret, err);
    if (rc)
        return rc;
    return pl_wrap(err, pl_read_copy(fd, ret->length, PL_REGISTRY_DOC_MAX, body, err),
                   "the fetcher");
}
