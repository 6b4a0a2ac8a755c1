/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libuv, loaded when the first loop is made (late.h): workers that parse hostile bytes have no
 * loop and do not map it. Without the library, or when its objects have another size than the
 * header says, uv_loop_init fails, and nothing else is called.
 */
#include "core/attr.h"
#include "core/late.h"

#include <pthread.h>
#include <uv.h>

/* X(function) */
#define CALLS(X)                                                                                   \
    X(uv_loop_init)                                                                                \
    X(uv_loop_close)                                                                               \
    X(uv_loop_size)                                                                                \
    X(uv_handle_size)                                                                              \
    X(uv_run)                                                                                      \
    X(uv_stop)                                                                                     \
    X(uv_update_time)                                                                              \
    X(uv_close)                                                                                    \
    X(uv_timer_init)                                                                               \
    X(uv_timer_start)                                                                              \
    X(uv_timer_stop)                                                                               \
    X(uv_poll_init)                                                                                \
    X(uv_poll_start)                                                                               \
    X(uv_poll_stop)                                                                                \
    X(uv_signal_init)                                                                              \
    X(uv_signal_start)

/* Set by load(), once, and read-only afterwards; all of them or none. */
static struct {
    bool is_there;
#define X(name) __typeof__(name) *name;
    CALLS(X)
#undef X
} lib;

static void load(void)
{
    static const pl_late_call calls[] = {
#define X(name) {#name, (void **)&lib.name},
        CALLS(X)
#undef X
    };
    lib.is_there = pl_late_load("libuv.so.1", calls, PL_COUNT(calls)) &&
                   lib.uv_loop_size() == sizeof(uv_loop_t) &&
                   lib.uv_handle_size(UV_TIMER) == sizeof(uv_timer_t) &&
                   lib.uv_handle_size(UV_POLL) == sizeof(uv_poll_t) &&
                   lib.uv_handle_size(UV_SIGNAL) == sizeof(uv_signal_t);
}

int uv_loop_init(uv_loop_t *loop)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, load);
    return lib.is_there ? lib.uv_loop_init(loop) : UV_ENOSYS;
}

/* Whoever has a loop has the library. */

int uv_loop_close(uv_loop_t *loop)
{
    return lib.uv_loop_close(loop);
}

int uv_run(uv_loop_t *loop, uv_run_mode mode)
{
    return lib.uv_run(loop, mode);
}

void uv_stop(uv_loop_t *loop)
{
    lib.uv_stop(loop);
}

void uv_update_time(uv_loop_t *loop)
{
    lib.uv_update_time(loop);
}

void uv_close(uv_handle_t *handle, uv_close_cb closed)
{
    lib.uv_close(handle, closed);
}

int uv_timer_init(uv_loop_t *loop, uv_timer_t *timer)
{
    return lib.uv_timer_init(loop, timer);
}

int uv_timer_start(uv_timer_t *timer, uv_timer_cb due, uint64_t after_ms, uint64_t every_ms)
{
    return lib.uv_timer_start(timer, due, after_ms, every_ms);
}

int uv_timer_stop(uv_timer_t *timer)
{
    return lib.uv_timer_stop(timer);
}

int uv_poll_init(uv_loop_t *loop, uv_poll_t *poll, int fd)
{
    return lib.uv_poll_init(loop, poll, fd);
}

int uv_poll_start(uv_poll_t *poll, int events, uv_poll_cb ready)
{
    return lib.uv_poll_start(poll, events, ready);
}

int uv_poll_stop(uv_poll_t *poll)
{
    return lib.uv_poll_stop(poll);
}

int uv_signal_init(uv_loop_t *loop, uv_signal_t *handle)
{
    return lib.uv_signal_init(loop, handle);
}

int uv_signal_start(uv_signal_t *handle, uv_signal_cb came, int signal)
{
    return lib.uv_signal_start(handle, came, signal);
}
