/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The event loop: timers, descriptors, ends of child processes, signals. Over libuv, which is
 * loaded with the first loop.
 *
 * A pl_loop_event is one thing to wait for. Its maker owns it and frees it before the loop, also
 * from within its own callback; after pl_loop_event_free() its callback is never called again.
 * The loop owns neither descriptors nor processes. Callbacks must not block.
 *
 * Errors: PL_NOMEM, PL_SYS (no descriptors left, a descriptor that cannot be polled, one that is
 * watched already), PL_UNSUPPORTED (libuv cannot be loaded). One thread at a time per loop.
 */
#pragma once

#include "core/err.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

typedef struct pl_loop pl_loop;
typedef struct pl_loop_event pl_loop_event;

/* what: of a timer 0; of a descriptor what it is ready for; of a child its status as of waitpid(),
 * -1 when somebody else has reaped it; of a signal its number. */
typedef void (*pl_loop_fn)(pl_loop_event *e, int what, void *arg);

pl_rc pl_loop_new(pl_loop **ret, pl_err *err) PL_MUST_USE;
void pl_loop_free(pl_loop *l); /* accepts NULL; all of its events must be freed */

/* Until pl_loop_stop(), or until nothing is left to wait for. */
void pl_loop_run(pl_loop *l);
void pl_loop_stop(pl_loop *l); /* run returns after the callbacks that are due now */

/* A timer that stands still until it is set. */
pl_rc pl_loop_timer(pl_loop *l, pl_loop_fn due, void *arg, pl_loop_event **ret,
                    pl_err *err) PL_MUST_USE;
/* Due once after after_ms (0: in the next round), then each every_ms unless that is 0. */
void pl_loop_timer_set(pl_loop_event *timer, uint64_t after_ms, uint64_t every_ms);
void pl_loop_timer_stop(pl_loop_event *timer);

/*
 * A descriptor is ready to be read, to be written, or it is broken (an error; a pipe without a
 * reader). Broken comes with both others, whose next call tells the error, and also unasked; the
 * descriptor is then watched no more until it is set again.
 */
enum { PL_LOOP_READ = 1, PL_LOOP_WRITE = 2, PL_LOOP_BROKEN = 4 };

/* what: what is waited for, any of the three; 0: nothing now. It is made non-blocking. */
pl_rc pl_loop_fd(pl_loop *l, int fd, int what, pl_loop_fn ready, void *arg, pl_loop_event **ret,
                 pl_err *err) PL_MUST_USE;
pl_rc pl_loop_fd_set(pl_loop_event *e, int what, pl_err *err) PL_MUST_USE;
int pl_loop_event_fd(const pl_loop_event *e);

/* The end of a child of this process, which is reaped. One that has ended already counts. */
pl_rc pl_loop_child(pl_loop *l, pid_t pid, pl_loop_fn ended, void *arg, pl_loop_event **ret,
                    pl_err *err) PL_MUST_USE;

pl_rc pl_loop_signal(pl_loop *l, int signal, pl_loop_fn came, void *arg, pl_loop_event **ret,
                     pl_err *err) PL_MUST_USE;

void pl_loop_event_free(pl_loop_event *e); /* accepts NULL */

PL_DEFINE_CLEANUP(pl_auto_loop_, pl_loop *, pl_loop_free, NULL)
#define PL_AUTO_LOOP PL_CLEANUP(pl_auto_loop_)
PL_DEFINE_CLEANUP(pl_auto_loop_event_, pl_loop_event *, pl_loop_event_free, NULL)
#define PL_AUTO_LOOP_EVENT PL_CLEANUP(pl_auto_loop_event_)
