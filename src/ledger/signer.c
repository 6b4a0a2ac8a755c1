/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/signer.h"

#include "ledger/signer_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { HOLD_MS = 20 }; /* for the rest of a batch whose producer said that more follows */

/* ---- answers ---- */

static void drop_producer(pl_producer *p)
{
    if (p->fd >= 0)
        (void)close(p->fd);
    p->fd = -1;
    p->more = false;
}

static void tell(pl_producer *p, const pl_buf *m)
{
    if (p->fd >= 0 && pl_message_send(p->fd, m, NULL, 0, NULL) != PL_OK)
        drop_producer(p);
}

static void refuse(pl_producer *p, uint64_t tag, const pl_err *err)
{
    PL_AUTO_BUF pl_buf m = {0};

    pl_message_error(&m, PL_MSG_REFUSED, tag, err);
    tell(p, &m);
}

static void answer_all(pl_signer *s)
{
    PL_AUTO_BUF pl_buf m = {0};

    for (size_t i = 0; i < s->n_answers; i++) {
        const pl_answer *a = &s->answers[i];
        pl_message_start(&m, PL_MSG_STORED, a->tag);
        pl_buf_u64le(&m, a->first);
        pl_buf_u32le(&m, a->n);
        tell(a->producer, &m);
    }
    s->n_answers = 0;
}

static void answer_head(pl_signer *s, pl_producer *p, uint64_t tag)
{
    PL_AUTO_BUF pl_buf m = {0};
    pl_node root;

    pl_writer_root(s->scribe.w, &root);
    pl_message_start(&m, PL_MSG_HEAD, tag);
    pl_buf_u64le(&m, pl_writer_stored(s->scribe.w));
    pl_buf_add(&m, root.b, sizeof(root.b));
    tell(p, &m);
}

/* ---- commits ---- */

static bool due(const pl_signer *s, uint64_t since_ns, uint64_t ms)
{
    return pl_mono_ns(s->scribe.clock) - since_ns >= ms * 1000000;
}

static pl_rc commit(pl_signer *s, pl_commit level, pl_err *err)
{
    if (s->publish || due(s, s->published_ns, PL_PUBLISH_MS))
        level = PL_COMMIT_PUBLISH;
    pl_rc rc = pl_scribe_commit(&s->scribe, level, err);
    if (rc)
        return rc;
    if (level == PL_COMMIT_PUBLISH)
        s->published_ns = pl_mono_ns(s->scribe.clock);
    s->publish = false;
    answer_all(s);
    return PL_OK;
}

/* Thresholds of AU-5(1): a record when the file system passes 75 and 90 percent. */
static pl_rc tell_space(pl_signer *s, pl_err *err)
{
    static const unsigned steps[] = {90, 75};
    struct statvfs st;
    PL_AUTO_BUF pl_buf body = {0};

    if (fstatvfs(s->log_dir, &st) < 0 || st.f_blocks == 0)
        return PL_OK;
    unsigned used = (unsigned)(100 - st.f_bavail * 100 / st.f_blocks);
    unsigned step = 0;
    for (size_t i = 0; !step && i < PL_COUNT(steps); i++)
        if (used >= steps[i])
            step = steps[i];
    bool passed = step > s->space_told;
    s->space_told = step;
    if (!passed)
        return PL_OK;
    pl_buf_fmt(&body, "{\"alert\":\"ledger-space\",\"percent\":%u}", used);
    return pl_scribe_own(&s->scribe, "alert.state", pl_buf_view(&body), NULL, err);
}

static pl_rc make_durable(pl_signer *s, pl_err *err)
{
    pl_rc rc = tell_space(s, err);

    if (!rc)
        rc = commit(s, PL_COMMIT_PUBLISH, err);
    if (!rc)
        rc = pl_writer_sync(s->scribe.w, err);
    s->synced_ns = pl_mono_ns(s->scribe.clock);
    return rc;
}

/* What the clock asks for: a checkpoint a second, durable tiles a minute or 64 MiB. */
static pl_rc periodic(pl_signer *s, pl_err *err)
{
    const pl_writer *w = s->scribe.w;
    bool waits = pl_writer_journal(w) > PL_JOURNAL_HEADER;

    if (pl_writer_journal(w) >= PL_JOURNAL_BYTES ||
        (waits && due(s, s->synced_ns, (uint64_t)PL_JOURNAL_SECONDS * 1000)))
        return make_durable(s, err);
    if (pl_writer_stored(w) != pl_writer_published(w) && due(s, s->published_ns, PL_PUBLISH_MS))
        return commit(s, PL_COMMIT_PUBLISH, err);
    return PL_OK;
}

static int idle_ms(const pl_signer *s)
{
    const pl_writer *w = s->scribe.w;

    if (pl_writer_stored(w) != pl_writer_published(w))
        return PL_PUBLISH_MS;
    return pl_writer_journal(w) > PL_JOURNAL_HEADER ? PL_JOURNAL_SECONDS * 1000 : -1;
}

/* ---- messages ---- */

static void remember_answer(pl_signer *s, pl_producer *p, uint64_t tag, uint64_t first, uint32_t n)
{
    s->answers[s->n_answers++] = (pl_answer){p, tag, first, n};
}

static pl_rc take_append(pl_signer *s, pl_producer *p, pl_message *m, pl_err *err)
{
    uint64_t first = 0;
    uint32_t n = 1;
    bool publish = false;

    pl_rc rc = m->kind == PL_MSG_GAP
                   ? pl_scribe_gap(&s->scribe, p, m, &first, err)
                   : pl_scribe_append(&s->scribe, p, m, &first, &n, &publish, err);
    /* Without memory a part of the message may be in the batch already. */
    if (rc == PL_SYS || rc == PL_NOMEM)
        return rc;
    if (rc) {
        refuse(p, m->tag, err);
        return PL_OK;
    }
    s->publish = s->publish || publish;
    remember_answer(s, p, m->tag, first, n);
    return PL_OK;
}

static pl_rc take_message(pl_signer *s, pl_producer *p, pl_message *m, pl_err *err)
{
    pl_rc rc;

    switch ((pl_message_kind)m->kind) {
    case PL_MSG_APPEND:
    case PL_MSG_GAP:
        return take_append(s, p, m, err);
    case PL_MSG_PUBLISH:
        rc = make_durable(s, err);
        if (!rc)
            answer_head(s, p, m->tag);
        return rc;
    case PL_MSG_SIGN:
        rc = commit(s, PL_COMMIT_SIGN, err);
        if (!rc)
            answer_head(s, p, m->tag);
        return rc;
    case PL_MSG_CLOSE:
        s->closer = p;
        s->close_tag = m->tag;
        return PL_OK;
    case PL_MSG_SETUP:
    case PL_MSG_READY:
    case PL_MSG_STORED:
    case PL_MSG_REFUSED:
    case PL_MSG_HEAD:
    case PL_MSG_FATAL:
        break;
    }
    pl_fail(err, PL_FORMAT, "message of kind %u", m->kind);
    refuse(p, m->tag, err);
    return PL_OK;
}

static pl_rc receive(pl_signer *s, pl_producer *p, pl_err *err)
{
    pl_message m = {.buf = s->buf};
    bool more = false;

    pl_rc rc = pl_message_receive(p->fd, false, &m, &more, err);
    if (rc == PL_TIMEOUT)
        return PL_OK;
    if (rc || !more) {
        drop_producer(p);
        return PL_OK;
    }
    rc = take_message(s, p, &m, err);
    pl_message_close_fds(&m);
    return rc;
}

static bool is_full(const pl_signer *s)
{
    const pl_writer *w = s->scribe.w;

    return pl_writer_size(w) - pl_writer_stored(w) >= PL_BATCH_RECORDS ||
           pl_writer_pending(w) >= PL_BATCH_BYTES ||
           s->n_answers + PL_PRODUCERS > PL_COUNT(s->answers);
}

/* What is polled: the producers that are still there, and whether one of them said "more". */
static size_t poll_set(pl_signer *s, struct pollfd fds[PL_PRODUCERS],
                       pl_producer *who[PL_PRODUCERS], bool *ret_more)
{
    size_t n = 0;

    *ret_more = false;
    for (size_t i = 0; i < s->n_producers; i++) {
        pl_producer *p = &s->producers[i];
        if (p->fd < 0)
            continue;
        fds[n] = (struct pollfd){.fd = p->fd, .events = POLLIN};
        who[n++] = p;
        *ret_more = *ret_more || p->more;
    }
    return n;
}

/*
 * Takes what is there. While nothing is in the batch it waits; once something is, it goes on only
 * with what can be read at once: what arrives during the sync is the next batch.
 */
static pl_rc gather(pl_signer *s, bool *ret_gone, pl_err *err)
{
    struct pollfd fds[PL_PRODUCERS];
    pl_producer *who[PL_PRODUCERS];
    pl_rc rc = PL_OK;
    bool more;

    *ret_gone = false;
    while (!rc && !s->closer && !is_full(s)) {
        size_t n = poll_set(s, fds, who, &more);
        *ret_gone = n == 0;
        if (n == 0)
            return PL_OK;
        int timeout = s->n_answers == 0 ? idle_ms(s) : more ? HOLD_MS : 0;
        int ready = poll(fds, n, timeout);
        if (ready < 0 && errno != EINTR)
            return pl_fail_sys(err, errno, "poll");
        if (ready == 0)
            return PL_OK;
        for (size_t i = 0; !rc && ready > 0 && i < n; i++)
            if (fds[i].revents)
                rc = receive(s, who[i], err);
    }
    return rc;
}

/* ---- the end ---- */

static pl_rc say_close(pl_signer *s, const char *type, const char *body, pl_err *err)
{
    return pl_scribe_own(&s->scribe, type, pl_str_c(body), NULL, err);
}

static pl_rc stop(pl_signer *s, pl_err *err)
{
    pl_rc rc = say_close(s, "ledger.close",
                         s->closer ? "{\"why\":\"asked\"}" : "{\"why\":\"producers gone\"}", err);
    if (!rc)
        rc = pl_scribe_commit(&s->scribe, PL_COMMIT_PUBLISH, err);
    if (!rc)
        rc = pl_writer_stop(s->scribe.w, err);
    if (!rc)
        answer_all(s);
    if (!rc && s->closer)
        answer_head(s, s->closer, s->close_tag);
    return rc;
}

/*
 * The disk is full: the reserve gives room for what the journal already holds, a record that says
 * what was lost, and a clean stop. The log is opened again, so it goes on from what the disk has.
 */
static pl_rc last_words(pl_signer *s, pl_err *err)
{
    uint64_t lost = pl_writer_size(s->scribe.w) - pl_writer_stored(s->scribe.w);
    PL_AUTO_BUF pl_buf body = {0};

    pl_writer_release_reserve(s->scribe.w);
    pl_writer_free(PL_TAKE(s->scribe.w, NULL));
    s->options.reserve = 0;
    pl_rc rc = pl_writer_open(&s->options, &s->scribe.w, &s->found, err);
    /* What was lost took numbers of this instance, so its last words come under a new one. */
    s->scribe.self.seq = 0;
    if (!rc)
        rc = pl_producer_start(&s->scribe.self, err);
    pl_buf_fmt(&body, "{\"lost\":\"%llu\",\"why\":\"disk-full\"}", (unsigned long long)lost);
    if (!rc)
        rc = pl_scribe_own(&s->scribe, "ledger.gap", pl_buf_view(&body), NULL, err);
    if (!rc)
        rc = say_close(s, "ledger.close", "{\"why\":\"disk-full\"}", err);
    if (!rc)
        rc = pl_scribe_commit(&s->scribe, PL_COMMIT_PUBLISH, err);
    return rc ? rc : pl_writer_stop(s->scribe.w, err);
}

static void tell_fatal(pl_signer *s, const pl_err *err)
{
    PL_AUTO_BUF pl_buf m = {0};

    pl_message_error(&m, PL_MSG_FATAL, 0, err);
    for (size_t i = 0; i < s->n_producers; i++)
        tell(&s->producers[i], &m);
}

static pl_rc serve(pl_signer *s, pl_err *err)
{
    bool gone = false;
    pl_rc rc = tell_space(s, err);

    while (!rc && !s->closer && !gone) {
        rc = gather(s, &gone, err);
        if (s->closer) /* what came with it goes into the last batch */
            break;
        if (!rc && pl_writer_size(s->scribe.w) != pl_writer_stored(s->scribe.w))
            rc = commit(s, PL_COMMIT_STORE, err);
        if (!rc)
            rc = periodic(s, err);
    }
    return rc ? rc : stop(s, err);
}

static int run(pl_signer *s)
{
    pl_err err = {0};
    pl_err after = {0};
    pl_rc rc = pl_signer_setup(s, &err);

    if (rc && s->n_producers == 0) {
        s->producers[0].fd = PL_SIGNER_SOCKET;
        s->n_producers = 1;
    }
    if (!rc)
        rc = serve(s, &err);
    if (!rc)
        return 0;
    if (s->scribe.w && err.rc == PL_SYS && (err.sys == ENOSPC || err.sys == EDQUOT) &&
        last_words(s, &after) != PL_OK)
        (void)pl_wrap(&err, rc, "%s; then", after.text);
    tell_fatal(s, &err);
    return 1;
}

void pl_signer_main(int argc, char **argv)
{
    if (!pl_role_is(argc, argv, "signer", 1))
        return;

    pl_signer *s = calloc(1, sizeof(*s));
    char *buf = malloc(PL_MESSAGE_MAX);
    if (!s || !buf)
        _exit(2);
    s->log_dir = s->lock_fd = s->signed_fd = s->scribe.blobs.keys_fd = -1;
    s->buf = buf;
    int status = run(s);
    pl_writer_free(s->scribe.w);
    pl_blob_store_done(&s->scribe.blobs);
    pl_skey_free(s->key);
    _exit(status);
}
