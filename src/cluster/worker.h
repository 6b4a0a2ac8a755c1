/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The worker that reads what belongs to a cluster: kubeconfigs, answers of exec plugins, pages of
 * lists. Kubernetes' own words about objects stay in it; what leaves are records.
 *
 * args: u32 job, lstr of the job, and what is left: the redactor's key, which the caller's hooks
 * have taken (engine/worker.h).
 */
#pragma once

#include "core/jail.h"
#include "engine/worker.h"

typedef enum pl_cluster_job {
    PL_CLUSTER_JOB_CONFIG = 1, /* lstr context; input: lstr file, lstr file, ... */
    PL_CLUSTER_JOB_EXEC,       /* input: what an exec plugin wrote */
    PL_CLUSTER_JOB_PAGES,      /* u64 now in microseconds; input: u32 list, u8 is a watch, lstr page
                                  or events, ... */
} pl_cluster_job;

enum {
    PL_CLUSTER_FRAME_CONFIG = PL_FRAME_USER, /* a pl_kubeconfig */
    PL_CLUSTER_FRAME_OBJECT, /* u32 list, u32 pl_cluster_change, lstr name: what comes now is of it
                              */
    PL_CLUSTER_FRAME_RECORD, /* u32 list, record of one object, or of one of its parts */
    PL_CLUSTER_FRAME_EDGE,   /* u32 list, lstr workload, lstr what runs it */
    PL_CLUSTER_FRAME_WORKLOAD,  /* u32 list, lstr what runs it (or empty), lstr revision, record */
    PL_CLUSTER_FRAME_CONTAINER, /* u32 list, lstr name, lstr document, record: of the workload */
    PL_CLUSTER_FRAME_NAME,      /* u32 list, lstr: of a list of names */
    PL_CLUSTER_FRAME_GAP,       /* u32 list, lstr what, lstr detail */
    PL_CLUSTER_FRAME_PAGE,      /* u32 list, u32 rc, lstr text, lstr continue, lstr version:
                                   ends each page */
    PL_CLUSTER_FRAME_WATCHED,   /* u32 list, u32 rc, lstr text, u32 is gone: ends each watch */
};

/* What an object is there for. */
typedef enum pl_cluster_change {
    PL_CLUSTER_LISTED,
    PL_CLUSTER_CHANGED, /* or new: takes the place of what came of it before */
    PL_CLUSTER_DELETED,
    PL_CLUSTER_CHANGE_COUNT
} pl_cluster_change;

/* hooks are used by the pages alone; NULL there: no container leaves. */
pl_rc pl_cluster_work(int in_fd, int out_fd, pl_str args, const pl_engine_hooks *hooks,
                      pl_err *err) PL_MUST_USE;

/* Whether the job needs the redactor, and its key. */
bool pl_cluster_has_pages(pl_str args);
pl_str pl_cluster_key(pl_str args);
