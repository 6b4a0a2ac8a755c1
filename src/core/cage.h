/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a process of ours gives up for good: capabilities, files and network (Landlock), system
 * calls (seccomp). The jail gives up everything; a role keeps what it is for.
 *
 * What the kernel does not offer is not an error: *ret_done stays false, and the caller says so in
 * the sandbox text that goes into output and evidence. To be called by the only thread, in this
 * order.
 */
#pragma once

#include "core/err.h"

#include <seccomp.h>
#include <stdbool.h>
#include <stdint.h>

/* Root becomes nobody; who is not root has no identity to give up. */
pl_rc pl_cage_nobody(bool *ret_done, pl_err *err) PL_MUST_USE;

typedef struct pl_cage_limit {
    int resource; /* RLIMIT_... */
    uint64_t max;
} pl_cage_limit;
pl_rc pl_cage_limits(const pl_cage_limit *rows, size_t n, pl_err *err) PL_MUST_USE;

/* "full", or "reduced: no landlock, no seccomp": by the bits of what was given up. */
typedef struct pl_cage_loss {
    uint32_t bit;
    const char *missing;
} pl_cage_loss;
void pl_cage_describe(uint32_t given, const pl_cage_loss *rows, size_t n, char *ret, size_t room);

/* Empties all sets, and no new privileges from now on. */
pl_rc pl_cage_capabilities(pl_err *err) PL_MUST_USE;

typedef struct pl_cage_files {
    int dir;       /* what lies below it can be opened; -1: nothing at all */
    bool writable; /* and written, made, renamed, removed */
    uint16_t port; /* TCP connections go to this port only; 0: to none */
    bool any_port; /* or to whichever; nothing is listened on */
} pl_cage_files;

pl_rc pl_cage_landlock(const pl_cage_files *f, bool *ret_done, pl_err *err) PL_MUST_USE;

typedef struct pl_cage_calls {
    const int *items; /* SCMP_SYS(name) */
    size_t n;
} pl_cage_calls;

/* Allowed with such an argument only, or refused with it. */
typedef struct pl_cage_narrow {
    int call;
    struct scmp_arg_cmp only;
    struct scmp_arg_cmp also; /* of another argument; zeroed: none */
    bool refuse;              /* with the filter's errno */
} pl_cage_narrow;

enum { PL_CAGE_SETS = 2 };

/*
 * What is allowed beside the base, which every process has: read and write, memory that is never
 * executable, time, signals to itself, exit. Every other call ends the process.
 */
typedef struct pl_cage_filter {
    pl_cage_calls more[PL_CAGE_SETS];
    const pl_cage_narrow *narrow;
    size_t n_narrow;
    pl_cage_calls refused; /* what libraries try and can do without fails with this errno */
    int refused_errno;
    bool has_threads; /* more than this one, which it closes over too */
} pl_cage_filter;

/* The sanitizers' runtime asks more of the kernel: in their builds all else fails, none ends it. */
pl_rc pl_cage_seccomp(const pl_cage_filter *f, bool *ret_done, pl_err *err) PL_MUST_USE;
