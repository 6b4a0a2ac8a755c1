/* SPDX-License-Identifier: Apache-2.0 */
#include "image/stream.h"

#include <errno.h>
#include <string.h>

enum { DRAIN = 32 * 1024 };

pl_rc pl_in_next(pl_in *in, void *own, size_t n, pl_str *ret, pl_err *err)
{
    *ret = (pl_str){own, 0};
    pl_rc rc = in->lend ? in->lend(in, ret, err) : pl_in_read(in, own, n, &ret->n, err);
    if (rc)
        ret->n = 0;
    return rc;
}

pl_rc pl_in_fill_some(pl_in *in, void *buf, size_t n, size_t *ret_n, pl_err *err)
{
    size_t got = 1;
    pl_rc rc = PL_OK;

    *ret_n = 0;
    while (!rc && got && *ret_n < n) {
        rc = pl_in_read(in, (char *)buf + *ret_n, n - *ret_n, &got, err);
        *ret_n += rc ? 0 : got;
    }
    return rc;
}

pl_rc pl_in_fill(pl_in *in, void *buf, size_t n, size_t *ret_n, pl_err *err)
{
    size_t have = 0;
    pl_rc rc = pl_in_fill_some(in, buf, n, &have, err);

    if (!rc)
        *ret_n = have;
    return rc;
}

pl_rc pl_in_drain(pl_in *in, pl_err *err)
{
    char waste[DRAIN];
    pl_str got = {0};

    do {
        pl_rc rc = pl_in_next(in, waste, DRAIN, &got, err);
        if (rc)
            return rc;
    } while (got.n);
    return PL_OK;
}

static pl_rc fd_read(pl_in *in, void *buf, size_t n, size_t *ret_n, pl_err *err)
{
    pl_in_fd *f = (pl_in_fd *)in;
    ssize_t got;

    do
        got = read(f->fd, buf, n);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return pl_fail_sys(err, errno, "read");
    *ret_n = (size_t)got;
    return PL_OK;
}

pl_in_fd pl_in_of_fd(int fd)
{
    return (pl_in_fd){{fd_read}, fd};
}

static pl_rc at_read(pl_in *in, void *buf, size_t n, size_t *ret_n, pl_err *err)
{
    pl_in_at *p = (pl_in_at *)in;
    ssize_t got = 0;

    if (n > p->end - p->at)
        n = (size_t)(p->end - p->at);
    if (p->piece && n > p->piece)
        n = p->piece;
    do
        got = n ? pread(p->fd, buf, n, (off_t)p->at) : 0;
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return pl_fail_sys(err, errno, "read");
    p->at += (uint64_t)got;
    *ret_n = (size_t)got;
    return PL_OK;
}

pl_in_at pl_in_of_part(int fd, uint64_t at, uint64_t n)
{
    uint64_t end = n > INT64_MAX - at ? INT64_MAX : at + n;
    return (pl_in_at){{at_read}, fd, at, end, 0};
}

static pl_rc mem_read(pl_in *in, void *buf, size_t n, size_t *ret_n, pl_err *err)
{
    pl_in_mem *m = (pl_in_mem *)in;

    (void)err;
    if (n > m->left.n)
        n = m->left.n;
    if (n)
        memcpy(buf, m->left.p, n);
    m->left = pl_str_sub(m->left, n, m->left.n);
    *ret_n = n;
    return PL_OK;
}

pl_in_mem pl_in_of_str(pl_str s)
{
    return (pl_in_mem){{mem_read}, s};
}

static pl_rc after_read(pl_in *in, void *buf, size_t n, size_t *ret_n, pl_err *err)
{
    pl_in_after *a = (pl_in_after *)in;

    if (a->left.n == 0)
        return pl_in_read(a->then, buf, n, ret_n, err);
    *ret_n = n < a->left.n ? n : a->left.n;
    memcpy(buf, a->left.p, *ret_n);
    a->left = pl_str_sub(a->left, *ret_n, a->left.n);
    return PL_OK;
}

pl_in_after pl_in_of_both(pl_str first, pl_in *then)
{
    return (pl_in_after){{after_read}, first, then};
}

static pl_rc peek_read(pl_in *in, void *buf, size_t n, size_t *ret_n, pl_err *err)
{
    pl_in_peek *p = (pl_in_peek *)in;

    if (p->at == p->n)
        return pl_in_read(p->from, buf, n, ret_n, err);
    if (n > p->n - p->at)
        n = p->n - p->at;
    memcpy(buf, p->head + p->at, n);
    p->at += n;
    *ret_n = n;
    return PL_OK;
}

pl_rc pl_in_peek_open(pl_in_peek *p, pl_in *from, pl_err *err)
{
    *p = (pl_in_peek){.in = {peek_read}, .from = from};
    return pl_in_fill_some(from, p->head, sizeof(p->head), &p->n, err);
}
