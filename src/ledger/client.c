/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/client.h"

#include "core/hash.h"
#include "core/jail.h"
#include "ledger/message.h"
#include "ledger/record.h"
#include "ledger/spawn.h"
#include "ledger/state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

typedef struct in_flight {
    uint64_t tag;
    size_t first; /* record */
    size_t n;
    size_t n_fds;
} in_flight;

struct pl_ledger {
    int fd;
    pid_t pid;
    uint64_t tag;
    bool dead; /* the signer said FATAL or is gone */
    pl_err why;
    pl_ledger_info info;
    char *texts[8]; /* owned strings of info */
    size_t n_texts;
    char *buf; /* PL_MESSAGE_MAX bytes, of the message received */
    pl_buf out;
    pl_buf rec;
    int fds[PL_PACKET_FDS];
    size_t n_fds;
    in_flight flight[PL_MESSAGES_IN_FLIGHT];
    size_t n_flight;
    size_t fds_in_flight;
};

/* ---- starting ---- */

static const char *keep(pl_ledger *l, pl_str s)
{
    char *c = l->n_texts < PL_COUNT(l->texts) ? strndup(s.p ? s.p : "", s.n) : NULL;

    if (c)
        l->texts[l->n_texts++] = c;
    return c ? c : "";
}

static const char *keep_path(pl_ledger *l, const char *dir, const char *name)
{
    PL_AUTO_BUF pl_buf path = {0};

    pl_buf_fmt(&path, "%s/%s", dir, name);
    return keep(l, pl_buf_view(&path));
}

/* plimsoll.invalid/<16 hex of a keyed digest of machine id, engine id>. */
static pl_rc default_origin(int state_fd, pl_str engine_id, pl_buf *ret, pl_err *err)
{
    unsigned char secret[PL_STATE_SECRET];
    unsigned char digest[PL_SHA256];
    char hex[17];
    char line[80] = "";
    PL_AUTO_BUF pl_buf in = {0};

    pl_rc rc = pl_state_secret(state_fd, "identity", secret, err);
    if (rc)
        return rc;
    PL_AUTO_FILE FILE *f = fopen("/etc/machine-id", "re");
    if (f && !fgets(line, sizeof(line), f))
        line[0] = '\0';
    pl_buf_str(&in, pl_str_trim(pl_str_c(line)));
    pl_buf_ch(&in, '\0');
    pl_buf_str(&in, engine_id);
    pl_hmac_sha256((pl_str){(const char *)secret, sizeof(secret)}, pl_buf_view(&in), digest);
    pl_hex(digest, 8, hex);
    pl_buf_fmt(ret, "plimsoll.invalid/%s", hex);
    return PL_OK;
}

pl_rc pl_ledger_default_origin(const char *state_dir, pl_str engine_id, pl_buf *ret, pl_err *err)
{
    PL_AUTO_FD int fd = -1;

    pl_rc rc = pl_state_open(state_dir, true, &fd, err);
    return rc ? rc : default_origin(fd, engine_id, ret, err);
}

static pl_rc send_setup(pl_ledger *l, const pl_ledger_options *o, int state_fd, pl_err *err)
{
    PL_AUTO_BUF pl_buf origin = {0};
    pl_rc rc = PL_OK;

    if (o->origin)
        pl_buf_c(&origin, o->origin);
    else
        rc = default_origin(state_fd, o->engine_id, &origin, err);
    if (rc)
        return rc;
    pl_message_start(&l->out, PL_MSG_SETUP, 0);
    pl_buf_lstr(&l->out, pl_buf_view(&origin));
    pl_buf_lstr(&l->out, pl_str_c(o->recovery));
    pl_buf_lstr(&l->out, pl_str_c(o->role ? o->role : "cli"));
    pl_buf_lstr(&l->out, pl_str_c(o->prog));
    pl_buf_u32le(&l->out, o->wait_ms ? o->wait_ms : PL_LOCK_WAIT_MS);
    pl_buf_ch(&l->out, (char)o->must_create);
    pl_buf_ch(&l->out, (char)o->must_exist);
    return pl_message_send(l->fd, &l->out, NULL, 0, err);
}

/* ---- answers ---- */

/* The log cannot be used any more; every later call says why. */
static pl_rc dead(pl_ledger *l, pl_rc rc, const pl_err *why, pl_err *err)
{
    l->dead = true;
    l->why = *why;
    if (err)
        *err = *why;
    return rc;
}

static pl_rc receive(pl_ledger *l, pl_message *m, pl_err *err)
{
    pl_err why = {0};
    bool more = false;

    m->buf = l->buf;
    pl_rc rc = pl_message_receive(l->fd, true, m, &more, &why);
    if (!rc && !more)
        rc = pl_fail(&why, PL_WORKER, "signer: ended without a word");
    if (rc)
        return dead(l, rc, &why, err);
    pl_message_close_fds(m);
    if (m->kind != PL_MSG_FATAL)
        return PL_OK;
    rc = pl_message_failure(m, &why);
    return dead(l, rc, &why, err);
}

static pl_rc alive(const pl_ledger *l, pl_err *err)
{
    if (!l->dead)
        return PL_OK;
    if (err)
        *err = l->why;
    return l->why.rc;
}

/* A signer that has ended left its reason in the socket. */
static pl_rc send_out(pl_ledger *l, pl_err *err)
{
    pl_message m;
    pl_rc rc = pl_message_send(l->fd, &l->out, l->fds, l->n_fds, err);

    while (l->n_fds)
        (void)close(l->fds[--l->n_fds]);
    if (rc != PL_WORKER)
        return rc;
    while (!(rc = receive(l, &m, err)))
        continue;
    return rc;
}

static pl_rc bad_answer(pl_ledger *l, const pl_message *m, pl_err *err)
{
    pl_err why = {0};
    pl_rc rc = pl_fail(&why, PL_WORKER, "signer: answer of kind %u that nobody expects", m->kind);

    return dead(l, rc, &why, err);
}

static pl_rc read_ready(pl_ledger *l, const pl_ledger_options *o, pl_err *err)
{
    pl_ledger_info *i = &l->info;
    pl_message m;

    pl_rc rc = receive(l, &m, err);
    if (rc)
        return rc;
    i->created = pl_rd_u8(&m.rd) != 0;
    i->size = pl_rd_u64le(&m.rd);
    i->origin = keep(l, pl_rd_lstr(&m.rd));
    i->vkey = keep(l, pl_rd_lstr(&m.rd));
    i->sandbox = keep(l, pl_rd_lstr(&m.rd));
    i->recovered = keep(l, pl_rd_lstr(&m.rd));
    i->recovery = keep(l, pl_rd_lstr(&m.rd));
    if (m.kind != PL_MSG_READY || !pl_rd_done(&m.rd))
        return bad_answer(l, &m, err);
    i->log_dir = keep_path(l, o->state_dir, "ledger");
    i->key_file = keep_path(l, o->state_dir, "keys/log.key");
    return PL_OK;
}

static pl_ledger *new_ledger(void)
{
    pl_ledger *l = calloc(1, sizeof(*l));

    if (l && !(l->buf = malloc(PL_MESSAGE_MAX))) {
        free(l);
        return NULL;
    }
    if (l) {
        l->fd = -1;
        l->out.max = PL_MESSAGE_MAX;
        l->rec.max = PL_MESSAGE_MAX;
    }
    return l;
}

pl_rc pl_ledger_open(const pl_ledger_options *o, pl_ledger **ret, pl_err *err)
{
    PL_AUTO_FD int state_fd = -1;
    PL_AUTO_LEDGER pl_ledger *l = new_ledger();

    if (!l)
        return pl_fail(err, PL_NOMEM, "ledger");
    pl_rc rc = pl_state_open(o->state_dir, !o->must_exist, &state_fd, err);
    if (!rc)
        rc = pl_signer_spawn(state_fd, &l->fd, &l->pid, err);
    if (!rc)
        rc = send_setup(l, o, state_fd, err);
    if (!rc)
        rc = read_ready(l, o, err);
    if (rc)
        return pl_wrap(err, rc, "ledger of %s", o->state_dir);
    *ret = PL_TAKE(l, NULL);
    return PL_OK;
}

const pl_ledger_info *pl_ledger_about(const pl_ledger *l)
{
    return &l->info;
}

/* ---- records ---- */

static pl_rc attach_blobs(pl_ledger *l, const pl_ledger_rec *r, pl_err *err)
{
    for (size_t i = 0; i < r->n_blobs; i++) {
        pl_rc rc = pl_jail_memfd(r->blobs[i].bytes, &l->fds[l->n_fds], err);
        if (rc)
            return rc;
        l->n_fds++;
    }
    return PL_OK;
}

/* ---- messages of records ---- */

enum { COUNT_AT = 14 }; /* of an APPEND message: kind, tag, more, publish stand before it */

static void start_append(pl_ledger *l, bool publish)
{
    pl_message_start(&l->out, PL_MSG_APPEND, ++l->tag);
    pl_buf_ch(&l->out, 0);
    pl_buf_ch(&l->out, (char)publish);
    pl_buf_u32le(&l->out, 0);
}

static void set_count(pl_ledger *l, uint32_t n, bool more)
{
    for (size_t i = 0; i < 4; i++)
        l->out.p[COUNT_AT + i] = (char)(n >> (8 * i));
    l->out.p[COUNT_AT - 2] = (char)more;
}

/*
 * Packs records from `from` on into one message; *ret_n says how many. A record that cannot be
 * written ends the message before it, or fails when it is the first.
 */
static pl_rc pack(pl_ledger *l, const pl_ledger_rec *recs, size_t from, size_t n, size_t *ret_n,
                  pl_err *err)
{
    size_t i = from;
    pl_rc rc = PL_OK;

    for (; i < n && i - from < PL_BATCH_RECORDS; i++) {
        rc = pl_record_write(&recs[i], &l->rec, err);
        if (rc || l->out.n + l->rec.n > PL_MESSAGE_MAX ||
            l->n_fds + recs[i].n_blobs > PL_PACKET_FDS)
            break;
        rc = attach_blobs(l, &recs[i], err);
        if (rc)
            break;
        pl_buf_str(&l->out, pl_buf_view(&l->rec));
    }
    *ret_n = i - from;
    return *ret_n ? PL_OK : pl_wrap(err, rc, "record %zu of %zu", from + 1, n);
}

static pl_rc send_some(pl_ledger *l, const pl_ledger_rec *recs, size_t *at, size_t n, bool publish,
                       bool more, pl_err *err)
{
    size_t packed = 0;
    size_t n_fds;

    start_append(l, publish);
    pl_rc rc = pack(l, recs, *at, n, &packed, err);
    if (rc) {
        while (l->n_fds)
            (void)close(l->fds[--l->n_fds]);
        return rc;
    }
    set_count(l, (uint32_t)packed, more || *at + packed < n);
    n_fds = l->n_fds;
    rc = send_out(l, err);
    if (rc)
        return rc;
    l->flight[l->n_flight++] = (in_flight){l->tag, *at, packed, n_fds};
    l->fds_in_flight += n_fds;
    *at += packed;
    return PL_OK;
}

static in_flight take_flight(pl_ledger *l, uint64_t tag, bool *found)
{
    in_flight f = {0};

    *found = false;
    for (size_t i = 0; i < l->n_flight && !*found; i++) {
        if (l->flight[i].tag != tag)
            continue;
        f = l->flight[i];
        l->fds_in_flight -= f.n_fds;
        l->flight[i] = l->flight[--l->n_flight];
        *found = true;
    }
    return f;
}

/* One answer: STORED gives the indices, REFUSED the failure. */
static pl_rc take_answer(pl_ledger *l, uint64_t *ret_index, size_t *done, pl_err *err)
{
    pl_message m;
    bool found;

    pl_rc rc = receive(l, &m, err);
    if (rc)
        return rc;
    in_flight f = take_flight(l, m.tag, &found);
    if (found && m.kind == PL_MSG_REFUSED)
        return pl_message_failure(&m, err);
    uint64_t first = pl_rd_u64le(&m.rd);
    uint32_t n = pl_rd_u32le(&m.rd);
    if (!found || m.kind != PL_MSG_STORED || !pl_rd_done(&m.rd) || n != f.n)
        return bad_answer(l, &m, err);
    for (size_t i = 0; ret_index && i < f.n; i++)
        ret_index[f.first + i] = first + i;
    *done += f.n;
    return PL_OK;
}

static bool may_send(const pl_ledger *l)
{
    return l->n_flight < PL_MESSAGES_IN_FLIGHT &&
           l->fds_in_flight + PL_PACKET_FDS <= PL_FDS_IN_FLIGHT;
}

pl_rc pl_ledger_append_many(pl_ledger *l, const pl_ledger_rec *recs, size_t n,
                            pl_ledger_level level, uint64_t *ret_index, size_t *ret_done,
                            pl_err *err)
{
    size_t at = 0;
    size_t done = 0;
    pl_rc rc = alive(l, err);

    for (size_t i = 0; ret_index && i < n; i++)
        ret_index[i] = PL_LEDGER_NONE;
    while ((!rc && at < n) || (l->n_flight && !l->dead)) {
        if (!rc && at < n && may_send(l)) {
            rc = send_some(l, recs, &at, n, level == PL_LEDGER_PUBLISHED, false, err);
            continue;
        }
        /* The first failure is the one to tell; the answers after it are still taken. */
        pl_rc now = take_answer(l, ret_index, &done, rc ? NULL : err);
        if (!rc)
            rc = now;
    }
    l->n_flight = l->fds_in_flight = 0;
    if (ret_done)
        *ret_done = done;
    return rc;
}

pl_rc pl_ledger_append(pl_ledger *l, const pl_ledger_rec *rec, pl_ledger_level level,
                       uint64_t *ret_index, pl_err *err)
{
    uint64_t index = PL_LEDGER_NONE;

    pl_rc rc = pl_ledger_append_many(l, rec, 1, level, &index, NULL, err);
    if (!rc && ret_index)
        *ret_index = index;
    return pl_wrap(err, rc, "ledger: record %s", rec->type ? rec->type : "without type");
}

pl_rc pl_ledger_gap(pl_ledger *l, const char *why, uint64_t lost, uint64_t *ret_index, pl_err *err)
{
    uint64_t index = PL_LEDGER_NONE;
    size_t done = 0;

    pl_rc rc = alive(l, err);
    if (rc)
        return rc;
    pl_message_start(&l->out, PL_MSG_GAP, ++l->tag);
    pl_buf_lstr(&l->out, pl_str_c(why));
    pl_buf_u64le(&l->out, lost);
    rc = send_out(l, err);
    if (rc)
        return rc;
    l->flight[l->n_flight++] = (in_flight){l->tag, 0, 1, 0};
    rc = take_answer(l, &index, &done, err);
    l->n_flight = 0;
    if (!rc && ret_index)
        *ret_index = index;
    return pl_wrap(err, rc, "ledger: gap");
}

/* ---- heads ---- */

static pl_rc take_head(pl_ledger *l, pl_ledger_head *ret, pl_err *err)
{
    pl_message m;
    pl_rc rc = receive(l, &m, err);

    if (rc)
        return rc;
    uint64_t size = pl_rd_u64le(&m.rd);
    pl_str root = pl_rd_bytes(&m.rd, PL_LEDGER_ROOT);
    if (m.kind != PL_MSG_HEAD || m.tag != l->tag || !pl_rd_done(&m.rd))
        return bad_answer(l, &m, err);
    if (ret) {
        ret->size = size;
        memcpy(ret->root, root.p, PL_LEDGER_ROOT);
    }
    return PL_OK;
}

static pl_rc send_ask(pl_ledger *l, pl_message_kind kind, pl_err *err)
{
    pl_message_start(&l->out, kind, ++l->tag);
    return send_out(l, err);
}

static pl_rc ask_head(pl_ledger *l, pl_message_kind kind, pl_ledger_head *ret, pl_err *err)
{
    pl_rc rc = alive(l, err);

    if (!rc)
        rc = send_ask(l, kind, err);
    return rc ? rc : take_head(l, ret, err);
}

pl_rc pl_ledger_publish(pl_ledger *l, pl_ledger_head *ret, pl_err *err)
{
    return pl_wrap(err, ask_head(l, PL_MSG_PUBLISH, ret, err), "ledger: publish");
}

pl_rc pl_ledger_sign(pl_ledger *l, pl_ledger_head *ret, pl_err *err)
{
    return pl_wrap(err, ask_head(l, PL_MSG_SIGN, ret, err), "ledger: sign");
}

/* The signer waits for what a message says will follow, so both are in one batch. */
static pl_rc append_close(pl_ledger *l, const pl_ledger_rec *rec, uint64_t *ret_index,
                          pl_ledger_head *ret, pl_err *err)
{
    size_t at = 0, done = 0;
    pl_rc rc = alive(l, err);

    if (!rc)
        rc = send_some(l, rec, &at, 1, true, true, err);
    if (!rc)
        rc = send_ask(l, PL_MSG_CLOSE, err);
    if (rc)
        return rc;
    pl_rc stored = take_answer(l, ret_index, &done, err);
    if (l->dead)
        return stored;
    rc = take_head(l, ret, stored ? NULL : err);
    return stored ? stored : rc;
}

pl_rc pl_ledger_append_close(pl_ledger *l, const pl_ledger_rec *rec, uint64_t *ret_index,
                             pl_ledger_head *ret, pl_err *err)
{
    if (ret_index)
        *ret_index = PL_LEDGER_NONE;
    pl_rc rc = append_close(l, rec, ret_index, ret, err);

    pl_ledger_free(l);
    return pl_wrap(err, rc, "ledger: last record");
}

pl_rc pl_ledger_close(pl_ledger *l, pl_ledger_head *ret, pl_err *err)
{
    pl_rc rc = ask_head(l, PL_MSG_CLOSE, ret, err);

    pl_ledger_free(l);
    return pl_wrap(err, rc, "ledger: close");
}

void pl_ledger_free(pl_ledger *l)
{
    if (!l)
        return;
    if (l->fd >= 0)
        (void)close(l->fd);
    /* It stops cleanly by itself now; another writer can start only after it has. */
    while (l->pid > 0 && waitpid(l->pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    for (size_t i = 0; i < l->n_texts; i++)
        free(l->texts[i]);
    pl_buf_done(&l->out);
    pl_buf_done(&l->rec);
    free(l->buf);
    free(l);
}
