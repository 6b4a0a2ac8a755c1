/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the engine and containerd keep their things: from the hints, else from their processes,
 * else from containerd's configuration, else the documented default. Fixed paths mislead: Debian's
 * binaries lie in /usr/sbin, and an engine that manages containerd keeps its configuration and
 * socket below its own exec root.
 */
#pragma once

#include "host/facts.h"
#include "host/processes.h"

typedef struct pl_places {
    bool is_waiting;            /* for the process list or a configuration file */
    const char *process_reason; /* not NULL: the process list could not be read */
    bool has_dockerd, has_containerd;
    int64_t dockerd_pid, containerd_pid;
    pl_str dockerd, containerd; /* executables; empty: not known */
    pl_str unit;                /* systemd service that runs the engine; empty: none */
    bool is_socket_activated;
    pl_str config_dir, config_file;
    pl_str data_root, exec_root;
    pl_str containerd_config, containerd_root, containerd_state;
    pl_host_strs containerd_sockets;
    pl_host_strs containerd_imports;
    pl_host_strs cert_dirs;
} pl_places;

pl_places pl_places_find(pl_host_reading *f);
