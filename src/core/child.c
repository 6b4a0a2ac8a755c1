/* SPDX-License-Identifier: Apache-2.0 */
#include "core/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

static void write_all(int fd, const char *p, size_t n)
{
    while (n) {
        ssize_t k = write(fd, p, n);
        if (k < 0 && errno == EINTR)
            continue;
        if (k <= 0)
            _exit(1);
        p += k;
        n -= (size_t)k;
    }
}

/* One byte with the pl_rc, then the content or the text of the error. */
static void be_child(pl_child_run run, const void *arg, int out_fd)
{
    pl_buf answer = {0};
    pl_err err = {0};

    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    pl_rc rc = run(arg, &answer, &err);
    char code = (char)rc;
    write_all(out_fd, &code, 1);
    write_all(out_fd, rc ? err.text : answer.p, rc ? err.len : answer.n);
    _exit(0);
}

static int ms_left(const struct timespec *start, int deadline_ms)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    int64_t gone =
        (int64_t)(now.tv_sec - start->tv_sec) * 1000 + (now.tv_nsec - start->tv_nsec) / 1000000;
    return gone >= deadline_ms ? 0 : (int)(deadline_ms - gone);
}

static pl_rc collect(int fd, const pl_errand *e, pl_buf *out, pl_err *err)
{
    struct timespec start;
    char chunk[16384];

    clock_gettime(CLOCK_MONOTONIC, &start);
    for (;;) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        int ready = poll(&p, 1, ms_left(&start, e->deadline_ms));
        if (ready < 0 && errno == EINTR)
            continue;
        if (ready <= 0)
            return pl_fail(err, PL_TIMEOUT, "%s: no answer within %d ms", e->what, e->deadline_ms);
        ssize_t n = read(fd, chunk, sizeof(chunk));
        if (n < 0)
            return pl_fail_sys(err, errno, "%s", e->what);
        if (n == 0)
            return PL_OK;
        if (out->n + (size_t)n > e->max + PL_ERR_TEXT)
            return pl_fail(err, PL_LIMIT, "%s: larger than %zu bytes", e->what, e->max);
        pl_buf_add(out, chunk, (size_t)n);
    }
}

static pl_rc run_child(const pl_errand *e, pl_buf *out, pl_err *err)
{
    PL_AUTO_FD int from = -1;
    PL_AUTO_FD int to = -1;
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) != 0)
        return pl_fail_sys(err, errno, "%s: pipe", e->what);
    from = ends[0];
    to = ends[1];
    pid_t pid = fork();
    if (pid < 0)
        return pl_fail_sys(err, errno, "%s: fork", e->what);
    if (pid == 0)
        be_child(e->run, e->arg, to);
    close(PL_TAKE(to, -1));
    pl_rc rc = collect(from, e, out, err);
    kill(pid, SIGKILL);
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        ;
    return rc;
}

pl_rc pl_in_child(const pl_errand *e, pl_buf *out, pl_err *err)
{
    PL_AUTO_BUF pl_buf answer = {0};
    pl_rc rc = run_child(e, &answer, err);

    if (rc)
        return rc;
    if (answer.n == 0 || !pl_buf_ok(&answer))
        return pl_fail(err, PL_WORKER, "%s: reader died", e->what);
    pl_str text = pl_str_sub(pl_buf_view(&answer), 1, answer.n);
    rc = (pl_rc)(unsigned char)answer.p[0];
    if (rc)
        return pl_fail(err, rc, "%.*s", PL_F(text));
    pl_buf_str(out, text);
    return PL_OK;
}
