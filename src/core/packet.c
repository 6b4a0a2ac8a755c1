/* SPDX-License-Identifier: Apache-2.0 */
#include "core/packet.h"

#include "core/clock.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

union control {
    struct cmsghdr align;
    char room[CMSG_SPACE(sizeof(int) * PL_PACKET_FDS)];
};

static void attach(struct msghdr *msg, union control *control, const int *fds, size_t n_fds)
{
    msg->msg_control = control->room;
    msg->msg_controllen = CMSG_SPACE(sizeof(int) * n_fds);
    struct cmsghdr *c = CMSG_FIRSTHDR(msg);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(sizeof(int) * n_fds);
    memcpy(CMSG_DATA(c), fds, sizeof(int) * n_fds);
}

pl_rc pl_packet_send(int fd, pl_str bytes, const int *fds, size_t n_fds, bool wait, pl_err *err)
{
    union control control = {0};
    struct iovec io = {(void *)(uintptr_t)bytes.p, bytes.n};
    struct msghdr msg = {.msg_iov = &io, .msg_iovlen = 1};
    ssize_t n;

    assert(n_fds <= PL_PACKET_FDS);
    if (n_fds)
        attach(&msg, &control, fds, n_fds);
    do
        n = sendmsg(fd, &msg, MSG_NOSIGNAL | (wait ? 0 : MSG_DONTWAIT));
    while (n < 0 && errno == EINTR);
    if (n < 0 && (errno == EPIPE || errno == ECONNRESET))
        return pl_fail(err, PL_WORKER, "the other end has closed");
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        return pl_fail(err, PL_TIMEOUT, "the other end does not read");
    return n < 0 ? pl_fail_sys(err, errno, "send message") : PL_OK;
}

static void take_fds(struct msghdr *msg, pl_packet *p)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
            continue;
        size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < n; i++) {
            int fd;
            memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(fd));
            if (p->n_fds < PL_PACKET_FDS)
                p->fds[p->n_fds++] = fd;
            else
                (void)close(fd);
        }
    }
}

pl_rc pl_packet_receive(int fd, bool wait, pl_packet *p, bool *ret_more, pl_err *err)
{
    union control control;
    struct iovec io = {p->buf, p->room};
    struct msghdr msg = {.msg_iov = &io,
                         .msg_iovlen = 1,
                         .msg_control = control.room,
                         .msg_controllen = sizeof(control.room)};
    ssize_t n;

    p->n = p->n_fds = 0;
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
    take_fds(&msg, p);
    if (msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) {
        pl_packet_close_fds(p);
        return pl_fail(err, PL_FORMAT, "a message that is cut off");
    }
    p->n = (size_t)n;
    *ret_more = true;
    return PL_OK;
}

bool pl_packet_wait(int fd, unsigned ms)
{
    uint64_t end_ns = pl_mono_ns(&pl_clock_system) + (uint64_t)ms * 1000000;
    struct pollfd p = {.fd = fd, .events = POLLIN};
    int n;

    do {
        uint64_t now = pl_mono_ns(&pl_clock_system);
        n = poll(&p, 1, now < end_ns ? (int)((end_ns - now) / 1000000 + 1) : 0);
    } while (n < 0 && errno == EINTR);
    return n > 0;
}

void pl_packet_close_fds(pl_packet *p)
{
    while (p->n_fds)
        (void)close(p->fds[--p->n_fds]);
}
