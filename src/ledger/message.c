/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/message.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

void pl_message_start(pl_buf *b, pl_message_kind kind, uint64_t tag)
{
    pl_buf_reset(b);
    pl_buf_u32le(b, kind);
    pl_buf_u64le(b, tag);
}

void pl_message_error(pl_buf *b, pl_message_kind kind, uint64_t tag, const pl_err *err)
{
    pl_message_start(b, kind, tag);
    pl_buf_u32le(b, err->rc);
    pl_buf_u32le(b, (uint32_t)err->sys);
    pl_buf_lstr(b, (pl_str){err->text, err->len});
}

pl_rc pl_message_failure(pl_message *m, pl_err *err)
{
    uint32_t rc = pl_rd_u32le(&m->rd);
    uint32_t sys = pl_rd_u32le(&m->rd);
    pl_str text = pl_rd_lstr(&m->rd);

    if (!pl_rd_ok(&m->rd) || rc == PL_OK || rc > PL_USAGE)
        return pl_fail(err, PL_WORKER, "signer: an answer that cannot be read");
    pl_fail(err, (pl_rc)rc, "%.*s", PL_F(text));
    if (err)
        err->sys = (int)sys;
    return (pl_rc)rc;
}

pl_rc pl_message_send(int fd, const pl_buf *b, const int *fds, size_t n_fds, pl_err *err)
{
    union {
        struct cmsghdr align;
        char room[CMSG_SPACE(sizeof(int) * PL_MESSAGE_FDS)];
    } control = {0};
    struct iovec io = {b->p, b->n};
    struct msghdr msg = {.msg_iov = &io, .msg_iovlen = 1};
    ssize_t n;

    assert(n_fds <= PL_MESSAGE_FDS);
    if (!pl_buf_ok(b) || b->n > PL_MESSAGE_MAX)
        return pl_fail(err, PL_LIMIT, "message over %d bytes", PL_MESSAGE_MAX);
    if (n_fds) {
        msg.msg_control = control.room;
        msg.msg_controllen = CMSG_SPACE(sizeof(int) * n_fds);
        struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(sizeof(int) * n_fds);
        memcpy(CMSG_DATA(c), fds, sizeof(int) * n_fds);
    }
    do
        n = sendmsg(fd, &msg, MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    if (n < 0 && (errno == EPIPE || errno == ECONNRESET))
        return pl_fail(err, PL_WORKER, "the other end has closed");
    if (n < 0)
        return pl_fail_sys(err, errno, "send message");
    return PL_OK;
}

static void take_fds(struct msghdr *msg, pl_message *m)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
            continue;
        size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < n; i++) {
            int fd;
            memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(fd));
            if (m->n_fds < PL_MESSAGE_FDS)
                m->fds[m->n_fds++] = fd;
            else
                (void)close(fd);
        }
    }
}

pl_rc pl_message_receive(int fd, bool wait, pl_message *m, bool *ret_more, pl_err *err)
{
    union {
        struct cmsghdr align;
        char room[CMSG_SPACE(sizeof(int) * PL_MESSAGE_FDS)];
    } control;
    struct iovec io = {m->buf, PL_MESSAGE_MAX};
    struct msghdr msg = {.msg_iov = &io,
                         .msg_iovlen = 1,
                         .msg_control = control.room,
                         .msg_controllen = sizeof(control.room)};
    ssize_t n;

    m->n_fds = 0;
    *ret_more = false;
    do
        n = recvmsg(fd, &msg, MSG_CMSG_CLOEXEC | (wait ? 0 : MSG_DONTWAIT));
    while (n < 0 && errno == EINTR);
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        return pl_fail(err, PL_TIMEOUT, "no message");
    if (n < 0 && errno != ECONNRESET)
        return pl_fail_sys(err, errno, "receive message");
    if (n <= 0)
        return PL_OK;
    take_fds(&msg, m);
    m->rd = pl_rd_of(m->buf, (size_t)n);
    m->kind = pl_rd_u32le(&m->rd);
    m->tag = pl_rd_u64le(&m->rd);
    if (msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC) || !pl_rd_ok(&m->rd)) {
        pl_message_close_fds(m);
        return pl_fail(err, PL_FORMAT, "a message that is cut off");
    }
    *ret_more = true;
    return PL_OK;
}

void pl_message_close_fds(pl_message *m)
{
    while (m->n_fds)
        (void)close(m->fds[--m->n_fds]);
}
