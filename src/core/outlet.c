/* SPDX-License-Identifier: Apache-2.0 */
#include "core/outlet.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* *ret_taken: what the descriptor took, all of it unless it is a pipe that is full. */
static pl_rc write_some(const pl_outlet *o, pl_str bytes, size_t *ret_taken, pl_err *err)
{
    size_t taken = 0;

    while (taken < bytes.n) {
        ssize_t n = write(o->fd, bytes.p + taken, bytes.n - taken);
        if (n < 0 && errno == EAGAIN && o->pipe)
            break;
        if (n < 0 && errno != EINTR)
            return pl_fail_at(err, PL_WORKER, errno, __FILE__, __LINE__, "write to the reader");
        taken += n > 0 ? (size_t)n : 0;
    }
    *ret_taken = taken;
    return PL_OK;
}

/* The reader is there again, or has gone. */
static void on_pipe(pl_loop_event *event, int what, void *arg)
{
    pl_outlet *o = arg;
    pl_err err = {0};
    size_t taken = 0;
    pl_rc rc = what & PL_LOOP_BROKEN ? pl_fail(&err, PL_WORKER, "the reader has gone")
                                     : write_some(o, pl_buf_view(&o->pending), &taken, &err);

    if (!rc && taken < o->pending.n) {
        memmove(o->pending.p, o->pending.p + taken, o->pending.n - taken);
        o->pending.n -= taken;
        return;
    }
    if (!rc) {
        pl_buf_reset(&o->pending);
        rc = pl_loop_fd_set(event, PL_LOOP_BROKEN, &err);
    }
    o->moved(o->arg, rc, &err);
}

pl_rc pl_outlet_open(pl_outlet *o, pl_loop *loop, int fd,
                     void (*moved)(void *arg, pl_rc rc, pl_err *err), void *arg, pl_err *err)
{
    struct stat st;

    *o = (pl_outlet){.fd = fd, .moved = moved, .arg = arg};
    if (fstat(fd, &st) < 0)
        return pl_fail_sys(err, errno, "descriptor for a body");
    if (S_ISREG(st.st_mode))
        return PL_OK;
    if (!S_ISFIFO(st.st_mode) && !S_ISSOCK(st.st_mode))
        return pl_fail(err, PL_DENIED, "descriptor for a body: neither file nor pipe");
    return pl_loop_fd(loop, fd, PL_LOOP_BROKEN, on_pipe, o, &o->pipe, err);
}

void pl_outlet_close(pl_outlet *o)
{
    pl_loop_event_free(PL_TAKE(o->pipe, NULL));
    if (o->fd >= 0)
        (void)close(PL_TAKE(o->fd, -1));
    pl_buf_done(&o->pending);
}

pl_rc pl_outlet_put(pl_outlet *o, pl_str bytes, pl_err *err)
{
    size_t taken = 0;
    pl_rc rc = write_some(o, bytes, &taken, err);

    if (rc || taken == bytes.n)
        return rc;
    pl_buf_str(&o->pending, pl_str_sub(bytes, taken, bytes.n));
    if (!pl_buf_ok(&o->pending))
        return pl_fail(err, PL_NOMEM, "%zu bytes that wait", bytes.n - taken);
    return pl_loop_fd_set(o->pipe, PL_LOOP_WRITE | PL_LOOP_BROKEN, err);
}
