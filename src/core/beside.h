/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A second thread of a worker, for work on bytes whose result is not needed at once: digests.
 *
 * The jail starts it for the kinds that ask for it, when the process has given up everything but
 * the calls that a thread is made with, and closes its filter over both. It does its jobs in the
 * order in which they were given. Where it is not there (other programs, one processor) a job is
 * done when it is given. Jobs are given and waited for by one thread.
 */
#pragma once

#include "core/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef void (*pl_beside_work)(void *arg, const void *p, size_t n);

/* Once, by the jail. With one processor it does nothing. */
pl_rc pl_beside_start(pl_err *err) PL_MUST_USE;
bool pl_beside_is_there(void);

/* The bytes must stay as they are until the job is done. Gives its number. */
uint64_t pl_beside_give(pl_beside_work work, void *arg, const void *p, size_t n);
/* Until the job of this number is done, and so all before it; 0: there is none. */
void pl_beside_wait(uint64_t job);
