/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Containers without an engine: the bundles (OCI runtime specification) and the notes of runtimes
 * that lie below /run, of containerd, CRI-O, Podman, runc and crun, and what the kernel shows of
 * their processes.
 *
 *     pl_bundles_find(&root, a, &found, err);      which there are; reads the runtimes' notes
 *     ... a worker reads the notes, then the configurations (declared/oci.h) ...
 *     pl_bundles_live(&b, records, err);
 *
 * Only what belongs to root (in a recorded tree: to the owner of its top folder) is believed;
 * a container's user must not be able to hand us another bundle. Bundles of rootless runtimes lie
 * in their users' hands and are not looked at, and are a gap. Everything lives in the caller's
 * arena. One thread.
 */
#pragma once

#include "core/hostfile.h"
#include "engine/fields.h"
#include "model/finding.h"

typedef struct pl_bundle {
    pl_str id;            /* as the runtime calls it */
    const char *runtime;  /* "containerd", "cri-o", "podman", "runc", "crun", "lxc" */
    const char *manager;  /* engine whose containers lie there: "docker"; NULL: any */
    pl_str config;        /* path of its configuration; empty until its state was read */
    pl_str note;          /* path of what the runtime noted; empty: there is none */
    pl_str pid_file;      /* holds the pid; empty: none */
    int64_t pid;          /* of its first process; 0: not known */
    uint64_t start_ticks; /* of that process, field 22 of /proc/PID/stat; 0: not known */
    size_t lxc_depth; /* of LXC: namespaces of pids that this process is the last one's first of */
} pl_bundle;

typedef struct pl_bundles {
    pl_bundle *v;
    size_t n, room;
    /* Places that could not be looked at: "/run/runc: permission denied". */
    struct pl_bundles_gap {
        pl_str what;
        const char *reason;
        const char *manager; /* as of a bundle */
    } * gaps;
    size_t n_gaps, room_gaps;
} pl_bundles;

/* Every container once. Fails only when the arena is full. */
pl_rc pl_bundles_find(const pl_root *root, pl_arena *a, pl_bundles *ret, pl_err *err) PL_MUST_USE;

/* What the worker said of a note: where the bundle lies, and the process. */
void pl_bundle_state(pl_arena *a, pl_bundle *b, pl_str folder, int64_t pid, uint64_t start_ticks);

/* A configuration or a note, read as a file of root's. */
pl_rc pl_bundle_read(const pl_root *root, pl_str path, pl_buf *ret, pl_err *err) PL_MUST_USE;

/*
 * Completes the records that the worker made of the configurations of these bundles, one each
 * (NULL: it could not be read), by what /proc and the cgroups below root say. Gives each its id,
 * its runtime and whether it runs. What does not add up is one more gap.
 */
pl_rc pl_bundles_live(const pl_root *root, pl_bundles *b, pl_record *const *records, pl_arena *a,
                      int64_t now_us, pl_err *err) PL_MUST_USE;
