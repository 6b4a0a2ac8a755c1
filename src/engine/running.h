/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine's side of the host: which process it is, how it was started, what its configuration
 * file says, and what of this is in force.
 *
 * A setting comes from the API where the API shows it, else from the process's arguments, else
 * from the configuration file, else it has its default; engine.X_source says which. The engine
 * reads the file when it starts: where the file changed since (its ctime is newer than the
 * process), a setting that only the file could give is not known, and its source is
 * restart-pending.
 */
#pragma once

#include "engine/collect.h"
#include "engine/proc.h"

typedef struct pl_running {
    pl_root root;  /* fd -1: the host could not be opened */
    bool is_here;  /* the engine runs on this host */
    int64_t *pids; /* all processes of the host, and their names */
    pl_str *names;
    size_t n_pids;
    int64_t pid; /* 0: not found */
    int64_t uid, gid;
    int64_t containerd_pid; /* 0: not found */
    pl_str containerd_config;
    const uint64_t *sockets; /* inodes of the engine's process */
    size_t n_sockets;
    int64_t started_us; /* 0: not known */
    pl_str cmdline;
    pl_record *arguments;
    pl_str config_path; /* where the configuration file is or would be */
    pl_buf config;      /* its bytes */
    pl_rc config_rc;    /* PL_OK, PL_NOTFOUND or why it could not be read */
    int64_t config_changed_us;
} pl_running;

/* Finds the process and reads its configuration file. Nothing here fails: what is not found stays
 * unknown. */
void pl_running_find(pl_collection *c, pl_running *r);
void pl_running_done(pl_running *r);

/* Fills the settings of the engine's record, once c->settings is there. */
void pl_running_settle(pl_collection *c, const pl_running *r);

static inline pl_proc_root pl_running_proc(const pl_collection *c, const pl_running *r)
{
    return (pl_proc_root){.root = &r->root, .arena = c->arena};
}

/* The value if it is a present string, else empty. */
pl_str pl_record_text(const pl_record *r, int field);
/* True when it is present and true. */
bool pl_record_true(const pl_record *r, int field);
