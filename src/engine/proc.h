/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What /proc says about a process, below a root descriptor (proc(5)). All slices and arrays live
 * in the arena. Errors name the file; PL_NOTFOUND: the process has ended.
 */
#pragma once

#include "core/hostfile.h"

typedef struct pl_proc_root {
    const pl_root *root;
    pl_arena *arena;
} pl_proc_root;

/* The whole of /proc/PID/NAME into a fresh buffer of the caller. */
pl_rc pl_proc_read(const pl_proc_root *p, int64_t pid, const char *name, pl_buf *ret,
                   pl_err *err) PL_MUST_USE;

/* All process ids. */
pl_rc pl_proc_pids(const pl_proc_root *p, int64_t **ret, size_t *ret_n, pl_err *err) PL_MUST_USE;

typedef struct pl_proc_status {
    pl_str name;
    int64_t parent;
    int64_t euid, egid;
    const int64_t *groups;
    size_t n_groups;
    uint64_t cap_permitted, cap_bounding, cap_ambient;
    bool no_new_privs;
    int64_t seccomp;
} pl_proc_status;

pl_rc pl_proc_status_read(const pl_proc_root *p, int64_t pid, pl_proc_status *ret,
                          pl_err *err) PL_MUST_USE;

/* Inode number of /proc/PID/ns/NAME. */
pl_rc pl_proc_namespace(const pl_proc_root *p, int64_t pid, const char *name, uint64_t *ret,
                        pl_err *err) PL_MUST_USE;

/* When it started, microseconds since 1970, rounded down to a tick. */
enum { PL_PROC_TICK_US = 10000 }; /* USER_HZ is 100 on every Linux that engines run on */
pl_rc pl_proc_started(const pl_proc_root *p, int64_t pid, int64_t *ret_us, pl_err *err) PL_MUST_USE;

/* Field 22 of /proc/PID/stat: ticks since the boot. */
bool pl_proc_start_ticks(pl_str stat, uint64_t *ret);

/* Base name of /proc/PID/exe, " (deleted)" cut off. */
pl_rc pl_proc_program(const pl_proc_root *p, int64_t pid, pl_str *ret, pl_err *err) PL_MUST_USE;

/* Inodes of its sockets, ascending. */
pl_rc pl_proc_sockets(const pl_proc_root *p, int64_t pid, uint64_t **ret, size_t *ret_n,
                      pl_err *err) PL_MUST_USE;
bool pl_proc_has_socket(const uint64_t *inodes, size_t n, uint64_t inode);

/* A line of /proc/PID/net/{tcp,tcp6,udp,udp6}: sockets that wait for peers. */
typedef struct pl_proc_listener {
    const char *protocol; /* "tcp" or "udp" */
    pl_str address;       /* text form without brackets */
    int64_t port;
    uint64_t inode;
} pl_proc_listener;

/* Of the network namespace of pid. */
pl_rc pl_proc_listeners(const pl_proc_root *p, int64_t pid, bool with_udp, pl_proc_listener **ret,
                        size_t *ret_n, pl_err *err) PL_MUST_USE;

/* Path of a unix socket by its inode or the reverse: lines of /proc/PID/net/unix. */
bool pl_proc_unix_serves(const pl_proc_root *p, int64_t pid, pl_str path, const uint64_t *inodes,
                         size_t n);

/* Decodes \040 and the like of mountinfo. In the arena. */
pl_str pl_proc_unescape(pl_arena *a, pl_str s);
