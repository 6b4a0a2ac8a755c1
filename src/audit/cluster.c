/* SPDX-License-Identifier: Apache-2.0 */
/* A Kubernetes cluster through its API: itself, and the containers that run in it. */
#include "audit/run_private.h"

#include "cluster/cluster.h"
#include "engine/fields.h"
#include "host/kinds.h"

#include <string.h>

static pl_rc add_containers(pl_run *r, pl_cluster_facts *f, pl_err *err)
{
    pl_rc rc = PL_OK;

    for (size_t i = 0; !rc && i < f->n_containers; i++) {
        pl_set_str(f->containers[i].rec, PL_F_CONTAINER_CLUSTER, f->cluster.name);
        rc = pl_run_add_subject(r, &f->containers[i], err);
        if (!rc)
            rc = pl_record_document(&r->rec,
                                    &(pl_record_doc){.type = "kubernetes.container",
                                                     .collector = "cluster",
                                                     .role = "container",
                                                     .subject = &f->containers[i],
                                                     .bytes = f->documents[i]},
                                    err);
    }
    return rc;
}

/* Who reads a provider's cluster from elsewhere has no control plane to look at either. What the
 * host's own kubelet says comes first. */
static void tell_host(pl_run *r, const pl_cluster_facts *f)
{
    const pl_value *provider = pl_get(f->cluster.rec, PL_F_CLUSTER_MANAGED_BY);

    for (size_t i = 0; provider->state == PL_PRESENT && i < r->n_subjects; i++) {
        pl_record *host = r->subjects[i]->rec;
        if (pl_str_eq(r->subjects[i]->kind, PL_S("host")) &&
            pl_get(host, PL_F_HOST_KUBE_MANAGED_BY)->state != PL_PRESENT)
            pl_set_str(host, PL_F_HOST_KUBE_MANAGED_BY, provider->u.s);
    }
}

static pl_rc add_facts(pl_run *r, pl_cluster_facts *f, pl_err *err)
{
    pl_rc rc = pl_run_add_subject(r, &f->cluster, err);

    tell_host(r, f);
    if (!rc)
        rc = pl_run_record_subject(r, &f->cluster, "cluster.facts", "cluster", err);
    if (!rc)
        rc = add_containers(r, f, err);
    for (size_t i = 0; !rc && i < f->n_gaps; i++)
        rc = pl_run_add_gap(r, f->gaps[i].what, f->gaps[i].reason, f->gaps[i].detail,
                            f->gaps[i].kinds, err);
    return rc ? rc : pl_run_store(r, PL_S("cluster"), err);
}

static pl_rc collect(pl_run *r, const pl_cluster_access *access, pl_cluster_facts *f, pl_err *err)
{
    pl_cluster_where where = {.access = access, .worker = "cluster", .redact_key = r->redact_key};
    pl_rc rc = pl_run_patterns(r, &where.worker_bytes, err);
    uint64_t since = pl_mono_ns(r->o.clock);

    if (rc)
        return rc;
    pl_run_say(r, "cluster: reading %.*s (context %.*s, %s)%s", PL_F(access->server),
               PL_F(access->name), access->means,
               access->is_unverified ? "; its certificate is NOT checked" : "");
    rc = pl_cluster_collect(&where, r->o.schema, r->o.clock, r->arena, f, err);
    pl_run_took(r, "cluster.read", access->server, since);
    return rc;
}

/* One that was asked for must answer; else the audit would judge less than was asked for. */
pl_rc pl_run_audit_cluster(pl_run *r, const pl_audit_scope *scope, pl_err *err)
{
    const pl_cluster_ask ask = {
        .kubeconfig = scope->kubeconfig, .context = scope->context, .worker = "cluster"};
    pl_cluster_facts *f = PL_NEW(r->arena, pl_cluster_facts);
    pl_cluster_access access = {0};

    if (!f)
        return pl_fail(err, PL_LIMIT, "cluster");
    pl_rc rc = pl_cluster_access_find(&ask, r->arena, &access, err);
    if (!rc)
        rc = collect(r, &access, f, err);
    pl_cluster_access_wipe(&access);
    if (rc)
        return rc;
    pl_run_note_sandbox(r, "cluster client", f->sandbox);
    return add_facts(r, f, err);
}
