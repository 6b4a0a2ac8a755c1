/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the engine room knows that the host collector needs: where the engine keeps its things.
 *
 * Room host may not use room engine, so audit copies these few facts over. Everything is optional:
 * an empty slice, 0 or false means that nobody said, and the collector then looks at the process
 * (/proc/PID/exe, cmdline) or takes the documented default. Slices are borrowed for the call.
 */
#pragma once

#include "core/str.h"

typedef struct pl_host_hints {
    bool has_engine;                     /* an engine answers, and it runs on this host */
    bool is_rootless;                    /* its daemon runs as engine_uid */
    bool has_tls;                        /* it listens on TCP with tls or tlsverify */
    bool uses_containerd_store;          /* images lie below containerd's root */
    bool knows_published;                /* `published` is complete */
    int64_t engine_uid, engine_gid;      /* of the daemon's process; 0 unless rootless */
    int64_t dockerd_pid, containerd_pid; /* 0: not known */
    pl_str data_root;                    /* DockerRootDir */
    pl_str exec_root;                    /* default /run/docker */
    pl_str config_file;                  /* --config-file; default /etc/docker/daemon.json */
    pl_str socket_group;                 /* --group or `group`; default docker */
    pl_str containerd_root, containerd_state, containerd_config, containerd_address;
    pl_str tls_ca, tls_cert, tls_key;
    pl_str cgroup_version; /* CgroupVersion of /info: "1", "2" */
    pl_str state_dir;      /* our own state, absolute; empty: nothing is recorded */
    pl_str ledger_dir;     /* the evidence log, absolute */
    const pl_str *sockets; /* paths of its unix:// hosts */
    size_t n_sockets;
    const pl_str *runtimes; /* paths or names of its OCI runtimes */
    size_t n_runtimes;
    const pl_str *security_options; /* SecurityOptions of /info */
    size_t n_security_options;
    const pl_str *published; /* "tcp 0.0.0.0 8080" for each published port */
    size_t n_published;
    const pl_str *clock_containers; /* running containers that may set the clock */
    size_t n_clock_containers;
    bool knows_clock_containers;
} pl_host_hints;
