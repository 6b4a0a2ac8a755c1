/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Running containers as the kernel sees them: their processes, namespaces, cgroups, mounts.
 *
 * A container's pid is believed only when that process's cgroup names the container's id, so a
 * remote engine, or one that lies, cannot pass other processes off as its own. For a container
 * that does not run these fields are absent; where the host cannot be read they are unreadable.
 */
#pragma once

#include "engine/running.h"

/* What all containers of a host are compared with. */
typedef struct pl_live {
    pl_collection *c;
    pl_running *running;
    pl_proc_root proc;
    bool has_host; /* the namespaces of pid 1 could be read */
    uint64_t ns_net, ns_pid, ns_ipc, ns_uts, ns_user, ns_cgroup; /* of pid 1 */
    uint64_t ns_engine_net;                                      /* of the engine; 0: not known */
    int64_t memory;      /* bytes of the host; 0: not known */
    int64_t socket_gid;  /* of the engine's socket; -1: not known */
    pl_str *group_names; /* /etc/group */
    int64_t *group_ids;
    size_t n_groups;
    bool has_groups;
    bool knows_pid; /* a runtime noted when the process began, and it is that one: its cgroup need
                       not name it */
} pl_live;

/* One container's processes. */
typedef struct pl_live_container {
    pl_record *rec;
    int64_t pid; /* 0: not running, or not to be seen */
    const int64_t *pids;
    size_t n_pids;
    bool is_complete; /* pids holds all of them */
    uint64_t ns_net, ns_pid, ns_ipc;
} pl_live_container;

void pl_live_start(pl_live *l, pl_collection *c, pl_running *r);

/* Fills every field that is read from the host. */
void pl_live_container_read(pl_live *l, pl_record *container, pl_live_container *ret);

/* live_cgroup.c: path, limits, and the processes of the container. */
void pl_live_cgroup(pl_live *l, pl_live_container *k);

/* live_mounts.c: temporary file systems and covered kernel paths, from mountinfo. */
void pl_live_mounts(pl_live *l, pl_live_container *k);

/* live_net.c: what it listens on. */
void pl_live_net(pl_live *l, pl_live_container *k);
