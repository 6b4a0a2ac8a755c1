/* SPDX-License-Identifier: Apache-2.0 */
#include "host/netlink.h"

#include <errno.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

enum { ANSWER_MAX = 16 << 20, CHUNK = 1 << 16 };

struct state {
    const pl_netlink_question *q;
    pl_netlink_each each;
    void *arg;
    size_t total;
    bool is_done;
};

static pl_rc failed(const char *what, int eno, pl_err *err)
{
    pl_rc rc = PL_SYS;
    if (eno == EPERM || eno == EACCES || eno == ECONNREFUSED)
        rc = PL_DENIED;
    else if (eno == EPROTONOSUPPORT || eno == EAFNOSUPPORT || eno == EOPNOTSUPP)
        rc = PL_UNSUPPORTED;
    else if (eno == EAGAIN)
        rc = PL_TIMEOUT;
    return pl_fail_at(err, rc, eno, __FILE__, __LINE__, "%s", what);
}

static pl_rc open_socket(const pl_netlink_question *q, int *ret, pl_err *err)
{
    PL_AUTO_FD int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, q->protocol);
    if (fd < 0)
        return failed(q->what, errno, err);
    struct timeval deadline = {.tv_sec = 2};
    if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &deadline, sizeof(deadline)) != 0)
        return failed(q->what, errno, err);
    *ret = PL_TAKE(fd, -1);
    return PL_OK;
}

static pl_rc send_question(int fd, const pl_netlink_question *q, pl_err *err)
{
    PL_AUTO_BUF pl_buf m = {0};
    struct nlmsghdr h = {
        .nlmsg_len = (uint32_t)(sizeof(h) + q->body.n),
        .nlmsg_type = q->type,
        .nlmsg_flags = (uint16_t)(NLM_F_REQUEST | q->flags),
        .nlmsg_seq = 1,
    };
    const struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};

    pl_buf_add(&m, &h, sizeof(h));
    pl_buf_str(&m, q->body);
    if (!pl_buf_ok(&m))
        return pl_fail(err, PL_NOMEM, "%s: out of memory", q->what);
    if (sendto(fd, m.p, m.n, 0, (const struct sockaddr *)&kernel, sizeof(kernel)) < 0)
        return failed(q->what, errno, err);
    return PL_OK;
}

static pl_rc one_message(struct state *s, const struct nlmsghdr *h, pl_str body, pl_err *err)
{
    if (h->nlmsg_type == NLMSG_DONE) {
        s->is_done = true;
        return PL_OK;
    }
    if (h->nlmsg_type == NLMSG_ERROR) {
        int code = 0;
        if (body.n < sizeof(code))
            return pl_fail(err, PL_FORMAT, "%s: short error answer", s->q->what);
        memcpy(&code, body.p, sizeof(code));
        s->is_done = s->q->flags & NLM_F_ACK;
        return code ? failed(s->q->what, -code, err) : PL_OK;
    }
    s->is_done = s->q->is_single;
    return s->each(h->nlmsg_type, body, s->arg, err);
}

static pl_rc one_datagram(struct state *s, pl_str in, pl_err *err)
{
    while (in.n >= sizeof(struct nlmsghdr) && !s->is_done) {
        struct nlmsghdr h;
        memcpy(&h, in.p, sizeof(h));
        /* AUDIT messages give the length without the header padding that others count. */
        size_t len = h.nlmsg_len;
        if (len < sizeof(h))
            return pl_fail(err, PL_FORMAT, "%s: malformed answer", s->q->what);
        if (len > in.n)
            len = in.n;
        pl_rc rc = one_message(s, &h, pl_str_sub(in, sizeof(h), len - sizeof(h)), err);
        if (rc)
            return rc;
        in = pl_str_sub(in, NLMSG_ALIGN(len), in.n);
    }
    return PL_OK;
}

static pl_rc receive(int fd, struct state *s, char *chunk, pl_err *err)
{
    struct sockaddr_nl from = {0};
    socklen_t n_from = sizeof(from);
    ssize_t n = recvfrom(fd, chunk, CHUNK, 0, (struct sockaddr *)&from, &n_from);

    if (n < 0)
        return errno == EINTR ? PL_OK : failed(s->q->what, errno, err);
    if (from.nl_pid != 0)
        return PL_OK;
    s->total += (size_t)n;
    if (s->total > ANSWER_MAX)
        return pl_fail(err, PL_LIMIT, "%s: more than %d bytes", s->q->what, ANSWER_MAX);
    return one_datagram(s, (pl_str){chunk, (size_t)n}, err);
}

pl_rc pl_netlink_ask(const pl_netlink_question *q, pl_netlink_each each, void *arg, pl_err *err)
{
    PL_AUTO_FD int fd = -1;
    PL_AUTO_FREE char *chunk = malloc(CHUNK);
    struct state s = {.q = q, .each = each, .arg = arg};

    if (!chunk)
        return pl_fail(err, PL_NOMEM, "%s: out of memory", q->what);
    pl_rc rc = open_socket(q, &fd, err);
    if (!rc)
        rc = send_question(fd, q, err);
    while (!rc && !s.is_done)
        rc = receive(fd, &s, chunk, err);
    return rc;
}
