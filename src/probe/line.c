/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/line.h"

#include <errno.h>
#include <poll.h>
#include <time.h>
#include <unistd.h>

enum { PIECE = 16 << 10 };

uint64_t pl_line_now(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

bool pl_line_wait(const pl_line *l, short events)
{
    struct pollfd p = {.fd = l->fd, .events = events};

    for (;;) {
        uint64_t now = pl_line_now();
        if (now >= l->until_ns)
            return false;
        int n = poll(&p, 1, (int)((l->until_ns - now) / 1000000) + 1);
        if (n > 0)
            return true;
        if (n < 0 && errno != EINTR)
            return false;
    }
}

/* Only a refusal is one: without a way there, or behind a filter, somebody may listen. */
static pl_talk_end end_of(int eno)
{
    if (eno == ECONNREFUSED)
        return PL_TALK_REFUSED;
    return eno == ETIMEDOUT ? PL_TALK_SILENT : PL_TALK_CLOSED;
}

pl_talk_end pl_line_open(const pl_line_peer *p, uint64_t until_ns, pl_line *ret)
{
    int eno = 0;
    socklen_t n = sizeof(eno);

    *ret = (pl_line){.fd = -1, .until_ns = until_ns};
    ret->fd = socket(p->to.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (ret->fd < 0)
        return PL_TALK_CLOSED;
    if (connect(ret->fd, (const struct sockaddr *)&p->to, p->n) == 0)
        return PL_TALK_OK;
    if (errno != EINPROGRESS)
        return end_of(errno);
    if (!pl_line_wait(ret, POLLOUT))
        return PL_TALK_SILENT;
    if (getsockopt(ret->fd, SOL_SOCKET, SO_ERROR, &eno, &n) < 0)
        return PL_TALK_CLOSED;
    return eno ? end_of(eno) : PL_TALK_OK;
}

void pl_line_close(pl_line *l)
{
    if (l->ssl)
        SSL_free(l->ssl);
    if (l->ctx)
        SSL_CTX_free(l->ctx);
    if (l->fd >= 0)
        (void)close(l->fd);
    *l = (pl_line){.fd = -1};
}

static pl_talk_end send_plain(pl_line *l, pl_str bytes)
{
    while (bytes.n) {
        ssize_t n = send(l->fd, bytes.p, bytes.n, MSG_NOSIGNAL);
        if (n > 0)
            bytes = pl_str_sub(bytes, (size_t)n, bytes.n);
        else if (n < 0 && errno == EAGAIN) {
            if (!pl_line_wait(l, POLLOUT))
                return PL_TALK_SILENT;
        } else if (n >= 0 || errno != EINTR)
            return PL_TALK_CLOSED;
    }
    return PL_TALK_OK;
}

pl_talk_end pl_line_send(pl_line *l, pl_str bytes)
{
    if (!l->ssl)
        return send_plain(l, bytes);
    for (;;) {
        int n = SSL_write(l->ssl, bytes.p, (int)bytes.n);
        if (n > 0)
            return PL_TALK_OK;
        pl_talk_end end = pl_line_tls_io(l, n);
        if (end != PL_TALK_OK)
            return end;
    }
}

static pl_talk_end receive_plain(pl_line *l, char *to, size_t room, size_t *ret)
{
    for (;;) {
        ssize_t n = recv(l->fd, to, room, 0);
        if (n > 0) {
            *ret = (size_t)n;
            return PL_TALK_OK;
        }
        if (n == 0 || (errno != EAGAIN && errno != EINTR))
            return PL_TALK_CLOSED;
        if (!pl_line_wait(l, POLLIN))
            return PL_TALK_SILENT;
    }
}

static pl_talk_end receive_tls(pl_line *l, char *to, size_t room, size_t *ret)
{
    for (;;) {
        int n = SSL_read(l->ssl, to, (int)room);
        if (n > 0) {
            *ret = (size_t)n;
            return PL_TALK_OK;
        }
        pl_talk_end end = pl_line_tls_io(l, n);
        if (end != PL_TALK_OK)
            return end;
    }
}

pl_talk_end pl_line_receive(pl_line *l, size_t max, pl_buf *to)
{
    char piece[PIECE];
    size_t n = 0, room = max < sizeof(piece) ? max : sizeof(piece);
    pl_talk_end end = l->ssl ? receive_tls(l, piece, room, &n) : receive_plain(l, piece, room, &n);

    if (end == PL_TALK_OK)
        pl_buf_add(to, piece, n);
    return end;
}
