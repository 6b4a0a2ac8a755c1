/* SPDX-License-Identifier: Apache-2.0 */
#include "image/feed.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

struct pl_feed {
    pthread_t thread;
    int to; /* the thread's */
    pl_feed_write write;
    void *arg;
    pl_rc rc;
    pl_err err;
};

static void *run(void *arg)
{
    pl_feed *f = arg;
    sigset_t broken;

    (void)sigemptyset(&broken);
    (void)sigaddset(&broken, SIGPIPE);
    (void)pthread_sigmask(SIG_BLOCK, &broken, NULL);
    f->rc = f->write(f->arg, f->to, &f->err);
    (void)close(f->to);
    return NULL;
}

pl_rc pl_feed_start(pl_feed_write write, void *arg, pl_feed **ret, int *ret_fd, pl_err *err)
{
    PL_AUTO_FREE pl_feed *f = calloc(1, sizeof(*f));
    int ends[2];

    if (!f)
        return pl_fail(err, PL_NOMEM, "thread");
    if (pipe2(ends, O_CLOEXEC) < 0)
        return pl_fail_sys(err, errno, "pipe");
    f->to = ends[1];
    f->write = write;
    f->arg = arg;
    int bad = pthread_create(&f->thread, NULL, run, f);
    if (bad) {
        (void)close(ends[0]);
        (void)close(ends[1]);
        return pl_fail_sys(err, bad, "thread");
    }
    *ret_fd = ends[0];
    *ret = PL_TAKE(f, NULL);
    return PL_OK;
}

pl_rc pl_feed_end(pl_feed *f, pl_err *err)
{
    (void)pthread_join(f->thread, NULL);
    pl_rc rc = f->rc;
    if (rc && err)
        *err = f->err;
    free(f);
    return rc;
}
