/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Facts about one host: how it is set up, who can get in, what guards the engine's files.
 *
 * Gathering and reading are two things. The gatherer (with the caller's privileges) opens files
 * below a root descriptor, asks the kernel, and keeps bytes and metadata in a snapshot; it parses
 * nothing that people write. The reader (in a jailed worker) turns the snapshot into a record and
 * says which further paths it wants (an Include, the root of containerd); the gatherer fetches
 * them and the reader starts again, a few rounds at most.
 *
 * With `root` other than "/" a recorded or mounted tree is judged: docs/formats/host-tree.md.
 * What could not be read is unreadable with its reason, and every such file gives one line in
 * `problems`. A call fails only when nothing at all could be read.
 */
#pragma once

#include "core/clock.h"
#include "host/hints.h"
#include "model/finding.h"

typedef struct pl_host_source {
    const char *root; /* directory that stands for /; NULL: "/", the live host */
    pl_str salt;      /* keys the machine id (ground rules, Identity); never empty on a live run */
    bool is_in_process; /* read the snapshot here instead of in a jailed worker: tests, fuzzing */
} pl_host_source;

/* Adds the kinds of this room: host and its elements, and `file` for the engine's. */
void pl_host_register(pl_schema *s);

typedef struct pl_host_facts {
    pl_subject subject;             /* kind host */
    pl_record *const *engine_files; /* kind file, for the field engine.files; see file.role */
    size_t n_engine_files;
    const pl_str *problems;     /* "/etc/ssh/sshd_config: is a FIFO": what could not be read */
    const char *const *reasons; /* reason code of each */
    size_t n_problems;
} pl_host_facts;

/*
 * hints may be NULL: no engine, nothing recorded. Everything returned lives in the arena. PL_LIMIT:
 * the host or the arena is too large to be read; PL_SYS: the root directory cannot be opened.
 */
pl_rc pl_host_collect(const pl_host_source *src, const pl_host_hints *hints, const pl_schema *s,
                      const pl_clock *clock, pl_arena *a, pl_host_facts *ret,
                      pl_err *err) PL_MUST_USE;

/* The worker that reads snapshots; a row for pl_jail_main. */
pl_rc pl_host_worker(int in_fd, int out_fd, pl_str args, pl_err *err);
