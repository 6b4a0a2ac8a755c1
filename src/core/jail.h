/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Jail: parses hostile input in a process that has nothing.
 *
 * pl_jail_run starts /proc/self/exe as "worker KIND" (vfork and exec) with only the named
 * descriptors: 3 the input, 4 the answer, 5 and up what the caller names. So no key, credential
 * or other subject's bytes are in it. The worker has no file system (Landlock), no network, no
 * new processes (seccomp allowlist, namespaces), no capabilities, no root uid. It answers with
 * frames; the parent believes none before it has checked type, length, order, total and time, and
 * reads while the child runs. What the worker writes to stderr (at most 4 KiB) comes escaped into
 * the error; a worker that writes there has failed.
 *
 * Frame: u32le type, u32le length, bytes. The first frame is PL_FRAME_READY: u32le, a bit for each
 * thing that was taken from the worker. Then come the kind's own frames (PL_FRAME_USER and up), as
 * the kind has it. The last is PL_FRAME_END with no bytes, or PL_FRAME_ERROR: u32le pl_rc, text.
 * A child that ends without one of them has failed, whatever its exit status.
 *
 * Errors: the worker's own (what its run() returned); PL_TIMEOUT (wall clock or CPU); PL_LIMIT (too
 * much output); PL_WORKER (it crashed, lied or broke off); what the frame callback returned.
 * Frames that were handed to the callback before an error are to be thrown away.
 *
 * One thread at a time per call; several calls may run at once.
 */
#pragma once

#include "core/buf.h"
#include "core/err.h"
#include "core/io.h"

enum { PL_FRAME_END = 0, PL_FRAME_ERROR = 1, PL_FRAME_READY = 2, PL_FRAME_USER = 16 };
enum { PL_JAIL_FDS = 16 }; /* descriptors that can be named beside input and answer */

typedef struct pl_jail_limits {
    unsigned ms;    /* wall clock for the whole run */
    unsigned cpu_s; /* RLIMIT_CPU */
    size_t memory;  /* RLIMIT_AS, bytes; not applied in sanitizer builds */
    size_t output;  /* bytes of frames that the parent will accept */
} pl_jail_limits;

extern const pl_jail_limits
    pl_jail_document; /* one JSON or YAML document: 10 s, 256 MiB, 64 MiB out */
extern const pl_jail_limits pl_jail_layers; /* one image: 600 s, 512 MiB, 256 MiB out */

/* A kind of worker: runs in the child. fds 3 and 4 are in and out. args are the caller's words. */
typedef struct pl_worker_kind {
    const char *name;
    pl_rc (*run)(int in_fd, int out_fd, pl_str args, pl_err *err);
    /* NULL, or what has to be done while there are still files (a library that is loaded late),
     * before a byte of the input is read. */
    void (*prepare)(pl_str args);
    bool has_beside; /* gets a second thread (core/beside.h), in the same jail */
} pl_worker_kind;

/* Runs in the parent, once per frame of type >= PL_FRAME_USER. payload lives until it returns. */
typedef pl_rc (*pl_jail_frame)(uint32_t type, pl_str payload, void *arg, pl_err *err);

typedef struct pl_jail_job {
    const char *kind;
    pl_str args; /* at most 64 KiB; reaches the worker in a memfd, not in argv */
    int in_fd;
    const int *fds; /* extra descriptors, become 5, 6, ... */
    size_t n_fds;
    const pl_jail_limits *limits;
    pl_jail_frame frame; /* NULL: the worker has nothing to say but how it went */
    void *frame_arg;
} pl_jail_job;

pl_rc pl_jail_run(const pl_jail_job *job, pl_err *err) PL_MUST_USE;

/* Convenience: the input is these bytes (handed over in a sealed memfd). job->in_fd is ignored. */
pl_rc pl_jail_run_bytes(const pl_jail_job *job, pl_str input, pl_err *err) PL_MUST_USE;

/* Bytes that nobody can change any more, to be read from the start: for pl_jail_job.fds. */
pl_rc pl_jail_memfd(pl_str bytes, int *ret_fd, pl_err *err) PL_MUST_USE;

/* For the child: writes one frame. */
pl_rc pl_jail_send(int out_fd, uint32_t type, pl_str payload, pl_err *err) PL_MUST_USE;

/*
 * First thing in main(): when argv says "worker KIND", becomes that worker and never returns.
 * kinds ends with a NULL name. A program that did not call it cannot run workers: it would start
 * itself over and over; pl_jail_run asserts that.
 */
void pl_jail_main(int argc, char **argv, const pl_worker_kind *kinds);

/*
 * "full", or "reduced: no landlock" and the like: goes into output and evidence. What every worker
 * that has run by the first call gave up; without one, a worker is started to ask it. "reduced: no
 * workers" when none can be started.
 */
const char *pl_jail_strength(void);
