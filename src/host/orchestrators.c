/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether an orchestrator other than the engine's own runs here. Its processes and its files are
 * looked for, and "none" is said only when every process of the machine can be seen: kthreadd is in
 * nobody's container and belongs to root, so a list without it is somebody's part of the list.
 */
#include "host/facts.h"
#include "host/processes.h"

#include <string.h>

struct orchestrator {
    int field;
    const char *const *comms; /* cut at 15 characters, as the kernel does */
    const char *const *paths;
};

static const char *const kubernetes_comms[] = {"kubelet",
                                               "kube-apiserver",
                                               "kube-controller",
                                               "kube-scheduler",
                                               "kube-proxy",
                                               "kubelite",
                                               "k3s",
                                               "k3s-server",
                                               "k3s-agent",
                                               "k0s",
                                               "rke2",
                                               NULL};
static const char *const kubernetes_paths[] = {"/var/lib/kubelet",
                                               "/etc/kubernetes",
                                               "/var/lib/rancher/k3s",
                                               "/var/lib/rancher/rke2",
                                               "/var/lib/k0s",
                                               "/var/snap/microk8s",
                                               NULL};
static const char *const ecs_comms[] = {"amazon-ecs-init", "amazon-ecs-volu", NULL};
static const char *const ecs_paths[] = {"/etc/ecs", "/var/lib/ecs", NULL};

static const struct orchestrator orchestrators[] = {
    {PL_F_HOST_KUBERNETES, kubernetes_comms, kubernetes_paths},
    {PL_F_HOST_ECS_AGENT, ecs_comms, ecs_paths},
};

static bool is_one_of(pl_str comm, const char *const *words)
{
    for (; *words; words++)
        if (pl_str_eq(comm, pl_str_c(*words)))
            return true;
    return false;
}

/* Processes in containers count: a node may run in one. */
static const pl_process *find_process(const pl_processes *p, const struct orchestrator *o)
{
    for (size_t i = 0; i < p->n; i++)
        if (is_one_of(p->v[i].comm, o->comms))
            return &p->v[i];
    return NULL;
}

static bool sees_all(const pl_processes *p)
{
    const pl_process *second = pl_process_by_pid(p, 2);
    return second && pl_str_eq(second->comm, PL_S("kthreadd"));
}

/* The first path that is there; *ret_reason: of one that could not be looked at. */
static const char *find_path(pl_host_reading *f, const struct orchestrator *o, bool *ret_waits,
                             const char **ret_reason)
{
    for (const char *const *path = o->paths; *path; path++) {
        const pl_snap_entry *e = pl_snap_stat(f->snap, pl_str_c(*path));
        pl_host_seen seen = pl_host_state(e);
        *ret_waits |= seen == PL_SEEN_WAIT;
        if (seen == PL_SEEN_OK || (seen == PL_SEEN_FAILED && pl_snap_has_meta(e)))
            return *path;
        if (seen == PL_SEEN_FAILED)
            *ret_reason = pl_host_reason(e);
    }
    return NULL;
}

static void look_for(pl_host_reading *f, const pl_processes *p, const struct orchestrator *o)
{
    bool waits = false;
    const char *reason = p->reason;
    const char *path = find_path(f, o, &waits, &reason);
    const pl_process *process = find_process(p, o);

    if (process)
        pl_set_str(f->host, o->field, pl_host_fmt(f->a, "process %.*s", PL_F(process->comm)));
    else if (path)
        pl_set_str(f->host, o->field, pl_str_c(path));
    else if (waits)
        return;
    else if (reason)
        pl_set_unreadable(f->host, o->field, reason);
    else if (!sees_all(p))
        pl_set_unreadable(f->host, o->field, "not-observed");
    else
        pl_set_absent(f->host, o->field);
}

void pl_host_facts_orchestrators(pl_host_reading *f)
{
    pl_processes p = pl_processes_read(f);

    if (p.state == PL_SEEN_WAIT)
        return;
    for (size_t i = 0; i < PL_COUNT(orchestrators); i++)
        look_for(f, &p, &orchestrators[i]);
}
