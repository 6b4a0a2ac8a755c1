/* SPDX-License-Identifier: Apache-2.0 */
#include "core/loop.h"

#include <assert.h>
#include <errno.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <uv.h>

enum { CLOSING_ROUNDS = 8 };

struct pl_loop {
    uv_loop_t uv;
};

/* libuv keeps the handle until its closing was told, so an event frees itself at the very end. */
struct pl_loop_event {
    union {
        uv_handle_t any;
        uv_timer_t timer;
        uv_poll_t poll;
        uv_signal_t signal;
    } h;
    pl_loop_fn fn;
    void *arg;
    int fd;    /* that is polled; -1: none */
    pid_t pid; /* of a child: fd is then ours; else 0 */
};

/* libuv's codes are errno values with a minus. */
static pl_rc failed(pl_err *err, int code, const char *what)
{
    return code == UV_ENOMEM ? pl_fail(err, PL_NOMEM, "%s", what)
                             : pl_fail_sys(err, -code, "%s", what);
}

/* ---- the loop ---- */

pl_rc pl_loop_new(pl_loop **ret, pl_err *err)
{
    PL_AUTO_FREE pl_loop *l = calloc(1, sizeof(*l));
    int code = l ? uv_loop_init(&l->uv) : UV_ENOMEM;

    if (code == UV_ENOSYS)
        return pl_fail(err, PL_UNSUPPORTED, "event loop: libuv.so.1 cannot be loaded");
    if (code)
        return failed(err, code, "event loop");
    *ret = PL_TAKE(l, NULL);
    return PL_OK;
}

void pl_loop_free(pl_loop *l)
{
    if (!l)
        return;
    /* What was freed is closed in the rounds that follow; a signal may take a second one. */
    int code = UV_EBUSY;
    for (int round = 0; code == UV_EBUSY && round < CLOSING_ROUNDS; round++) {
        (void)uv_run(&l->uv, UV_RUN_NOWAIT);
        code = uv_loop_close(&l->uv);
    }
    assert(code == 0); /* else an event is left */
    free(l);
}

void pl_loop_run(pl_loop *l)
{
    (void)uv_run(&l->uv, UV_RUN_DEFAULT);
}

void pl_loop_stop(pl_loop *l)
{
    uv_stop(&l->uv);
}

/* ---- events ---- */

static pl_loop_event *new_event(pl_loop_fn fn, void *arg)
{
    pl_loop_event *e = calloc(1, sizeof(*e));

    if (e) {
        e->fn = fn;
        e->arg = arg;
        e->fd = -1;
    }
    return e;
}

static void closed(uv_handle_t *h)
{
    free(h->data);
}

void pl_loop_event_free(pl_loop_event *e)
{
    if (!e)
        return;
    uv_close(&e->h.any, closed);
    if (e->pid)
        (void)close(e->fd);
}

/* ---- timers ---- */

static void on_timer(uv_timer_t *h)
{
    pl_loop_event *e = h->data;
    e->fn(e, 0, e->arg);
}

pl_rc pl_loop_timer(pl_loop *l, pl_loop_fn due, void *arg, pl_loop_event **ret, pl_err *err)
{
    pl_loop_event *e = new_event(due, arg);

    if (!e)
        return pl_fail(err, PL_NOMEM, "timer");
    (void)uv_timer_init(&l->uv, &e->h.timer); /* cannot fail */
    e->h.any.data = e;
    *ret = e;
    return PL_OK;
}

/* The loop's idea of now is as old as its last round. */
void pl_loop_timer_set(pl_loop_event *timer, uint64_t after_ms, uint64_t every_ms)
{
    uv_update_time(timer->h.timer.loop);
    (void)uv_timer_start(&timer->h.timer, on_timer, after_ms, every_ms);
}

void pl_loop_timer_stop(pl_loop_event *timer)
{
    (void)uv_timer_stop(&timer->h.timer);
}

/* ---- descriptors ---- */

static void on_ready(uv_poll_t *h, int status, int events)
{
    pl_loop_event *e = h->data;
    int what =
        (events & UV_READABLE ? PL_LOOP_READ : 0) | (events & UV_WRITABLE ? PL_LOOP_WRITE : 0);

    if (status < 0 || events & UV_DISCONNECT) {
        (void)uv_poll_stop(h);
        what = PL_LOOP_READ | PL_LOOP_WRITE | PL_LOOP_BROKEN;
    }
    e->fn(e, what, e->arg);
}

static int start_poll(pl_loop_event *e, int what, uv_poll_cb ready)
{
    int events = (what & PL_LOOP_READ ? UV_READABLE : 0) |
                 (what & PL_LOOP_WRITE ? UV_WRITABLE : 0) |
                 (what & PL_LOOP_BROKEN ? UV_DISCONNECT : 0);

    return events ? uv_poll_start(&e->h.poll, events, ready) : uv_poll_stop(&e->h.poll);
}

pl_rc pl_loop_fd(pl_loop *l, int fd, int what, pl_loop_fn ready, void *arg, pl_loop_event **ret,
                 pl_err *err)
{
    pl_loop_event *e = new_event(ready, arg);
    int code = e ? uv_poll_init(&l->uv, &e->h.poll, fd) : UV_ENOMEM;

    if (code) {
        free(e);
        return failed(err, code, "watch descriptor");
    }
    e->h.any.data = e;
    e->fd = fd;
    code = start_poll(e, what, on_ready);
    if (code) {
        pl_loop_event_free(e);
        return failed(err, code, "watch descriptor");
    }
    *ret = e;
    return PL_OK;
}

pl_rc pl_loop_fd_set(pl_loop_event *e, int what, pl_err *err)
{
    int code = start_poll(e, what, on_ready);
    return code ? failed(err, code, "watch descriptor") : PL_OK;
}

int pl_loop_event_fd(const pl_loop_event *e)
{
    return e->fd;
}

/* ---- children ---- */

static void on_end(uv_poll_t *h, int status, int events)
{
    pl_loop_event *e = h->data;
    int ended = 0;
    pid_t pid = waitpid(e->pid, &ended, WNOHANG);

    (void)status;
    (void)events;
    if (pid == 0)
        return;
    (void)uv_poll_stop(h);
    e->fn(e, pid < 0 ? -1 : ended, e->arg);
}

/* By a descriptor of the process, not by SIGCHLD: that would be the whole program's. */
pl_rc pl_loop_child(pl_loop *l, pid_t pid, pl_loop_fn ended, void *arg, pl_loop_event **ret,
                    pl_err *err)
{
    PL_AUTO_FD int fd = (int)syscall(SYS_pidfd_open, pid, 0);

    if (fd < 0)
        return pl_fail_sys(err, errno, "watch process %d", (int)pid);
    PL_AUTO_LOOP_EVENT pl_loop_event *e = NULL;
    pl_rc rc = pl_loop_fd(l, fd, 0, ended, arg, &e, err);
    if (rc)
        return rc;
    e->pid = pid;
    e->fd = PL_TAKE(fd, -1);
    int code = start_poll(e, PL_LOOP_READ, on_end);
    if (code)
        return failed(err, code, "watch process");
    *ret = PL_TAKE(e, NULL);
    return PL_OK;
}

/* ---- signals ---- */

static void on_signal(uv_signal_t *h, int signal)
{
    pl_loop_event *e = h->data;
    e->fn(e, signal, e->arg);
}

pl_rc pl_loop_signal(pl_loop *l, int signal, pl_loop_fn came, void *arg, pl_loop_event **ret,
                     pl_err *err)
{
    pl_loop_event *e = new_event(came, arg);
    int code = e ? uv_signal_init(&l->uv, &e->h.signal) : UV_ENOMEM;

    if (code) {
        free(e);
        return failed(err, code, "watch signal");
    }
    e->h.any.data = e;
    code = uv_signal_start(&e->h.signal, on_signal, signal);
    if (code) {
        pl_loop_event_free(e);
        return failed(err, code, "watch signal");
    }
    *ret = e;
    return PL_OK;
}
