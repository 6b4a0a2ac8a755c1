/* SPDX-License-Identifier: Apache-2.0 */
/* The processes of the host ("@processes"): name, control group, executable. */
#pragma once

#include "host/facts.h"

typedef struct pl_process {
    int64_t pid;
    pl_str comm, cgroup;
    pl_str exe;     /* empty: a kernel thread, or not ours to know */
    bool is_hidden; /* the latter */
} pl_process;

typedef struct pl_processes {
    pl_host_seen state;
    const char *reason;
    pl_process *v;
    size_t n;
} pl_processes;

pl_processes pl_processes_read(pl_host_reading *f);
const pl_process *pl_process_by_pid(const pl_processes *p, int64_t pid);
const pl_process *pl_process_by_name(const pl_processes *p, pl_str comm);

/* The deepest component of the control group that ends with ".service" or ".scope"; may be empty.
 */
pl_str pl_process_unit(const pl_process *p);

/* Does the process run in a container, by its control group? */
bool pl_process_is_contained(const pl_process *p);

/* Value of "--NAME VALUE" or "--NAME=VALUE" (or -c with a short name) in /proc/PID/cmdline. */
bool pl_process_option(pl_host_reading *f, int64_t pid, pl_str name, pl_str short_name,
                       pl_str *ret);
/* Does any argument equal or begin with this word? */
bool pl_process_has_word(pl_host_reading *f, int64_t pid, pl_str word);
