/* SPDX-License-Identifier: Apache-2.0 */
#include "declared/kube.h"

#include "declared/kube_container.h"
#include "declared/kube_security.h"
#include "declared/node.h"
#include "engine/fields.h"

#include <string.h>

enum { LIST_DEPTH = 4 };

bool pl_kube_is(const pl_yaml *doc)
{
    return pl_node_text(doc, "apiVersion").n && pl_node_text(doc, "kind").n;
}

/* Where the pod stands in each kind. */
static const struct {
    const char *kind;
    const char *path[5];
} workloads[] = {
    {"Pod", {"spec"}},
    {"PodTemplate", {"template", "spec"}},
    {"Deployment", {"spec", "template", "spec"}},
    {"ReplicaSet", {"spec", "template", "spec"}},
    {"ReplicationController", {"spec", "template", "spec"}},
    {"StatefulSet", {"spec", "template", "spec"}},
    {"DaemonSet", {"spec", "template", "spec"}},
    {"Job", {"spec", "template", "spec"}},
    {"CronJob", {"spec", "jobTemplate", "spec", "template", "spec"}},
};

const pl_yaml *pl_kube_pod_of(pl_str kind, const pl_yaml *doc, bool *ret_is_workload)
{
    *ret_is_workload = false;
    for (size_t i = 0; i < PL_COUNT(workloads); i++) {
        const pl_yaml *at = doc;
        if (!pl_str_eq(kind, pl_str_c(workloads[i].kind)))
            continue;
        *ret_is_workload = true;
        for (size_t k = 0; k < PL_COUNT(workloads[i].path) && workloads[i].path[k]; k++)
            at = pl_yaml_get(at, workloads[i].path[k]);
        return at;
    }
    return NULL;
}

const pl_yaml *pl_kube_pod_meta(pl_str kind, const pl_yaml *object)
{
    const pl_yaml *at = object;

    for (size_t i = 0; i < PL_COUNT(workloads); i++) {
        if (!pl_str_eq(kind, pl_str_c(workloads[i].kind)))
            continue;
        for (size_t k = 0; k + 1 < PL_COUNT(workloads[i].path) && workloads[i].path[k + 1]; k++)
            at = pl_yaml_get(at, workloads[i].path[k]);
        return pl_yaml_get(at, "metadata");
    }
    return NULL;
}

/* "Deployment/shop/web" */
static pl_str name_of(pl_reading *r, const pl_yaml *doc)
{
    const pl_yaml *meta = pl_yaml_get(doc, "metadata");
    pl_str space = pl_node_text(meta, "namespace"), name = pl_node_text(meta, "name");

    if (!name.n)
        name = pl_node_text(meta, "generateName");
    return pl_reading_text(r, "%.*s/%.*s%s%.*s", PL_F(pl_node_text(doc, "kind")), PL_F(space),
                           space.n ? "/" : "", PL_F(name));
}

/* Of "Pod/shop/web" namespace and pod; of what runs pods the namespace alone. */
static void put_context(pl_str owner, pl_draft *d)
{
    pl_str rest = owner, kind, space;

    (void)pl_str_cut(&rest, '/', &kind);
    if (!pl_str_cut(&rest, '/', &space) || !rest.n) {
        rest = space;
        space = (pl_str){"", 0};
    }
    d->space = space;
    if (pl_str_eq(kind, PL_S("Pod")))
        d->pod = rest;
}

static pl_rc read_container(pl_reading *r, pl_str owner, const char *level, const pl_yaml *pod,
                            const pl_yaml *container, pl_err *err)
{
    pl_str name = pl_node_text(container, "name");
    pl_draft d;

    pl_draft_start(&d, r->arena, r->world, pl_reading_text(r, "%.*s/%.*s", PL_F(owner), PL_F(name)),
                   container);
    d.orchestrator = PL_S("kubernetes");
    d.pod_level = level;
    put_context(owner, &d);
    d.service = pl_reading_text(r, "kubernetes:%.*s/%.*s", PL_F(owner), PL_F(name));
    pl_kube_container(r, pod, container, &d);
    pl_rc rc = r->take(r, &d, err);
    pl_draft_done(&d);
    return rc;
}

static pl_rc note(pl_reading *r, pl_str owner, const pl_yaml *doc, const char *detail, pl_err *err)
{
    return r->note(r, doc, &(pl_reading_gap){owner, "unreadable", detail, true}, err);
}

static pl_rc read_pod(pl_reading *r, pl_str owner, const pl_yaml *meta, const pl_yaml *doc,
                      const pl_yaml *pod, pl_err *err)
{
    static const char *const lists[] = {"initContainers", "containers", "ephemeralContainers"};
    const char *level = pl_pod_security_level(pl_pod_security(meta, pod));
    pl_rc rc = PL_OK;
    size_t n = 0;

    for (size_t i = 0; !rc && i < PL_COUNT(lists); i++) {
        const pl_yaml *list = pl_yaml_get(pod, lists[i]);
        for (size_t k = 0; !rc && list && list->type == PL_YAML_SEQUENCE && k < list->n; k++, n++)
            rc = read_container(r, owner, level, pod, &list->items[k], err);
    }
    if (!rc && !n)
        rc = note(r, owner, doc, "has no list of containers", err);
    return rc;
}

/* ---- kinds that are not known ---- */

static bool is_container(pl_str key, const pl_yaml *value)
{
    if (pl_str_eq(key, PL_S("container")))
        return pl_node_text(value, "image").n > 0;
    return (pl_str_eq(key, PL_S("containers")) || pl_str_eq(key, PL_S("initContainers"))) &&
           value->type == PL_YAML_SEQUENCE && value->n && value->items[0].type == PL_YAML_MAPPING;
}

/* Anywhere below. Recursion ends with the depth of YAML, the work with its limit of nodes. */
static bool has_containers(const pl_yaml *at)
{
    bool is_map = at->type == PL_YAML_MAPPING;

    for (size_t i = 0; (is_map || at->type == PL_YAML_SEQUENCE) && i < at->n; i++) {
        const pl_yaml *value = &at->items[is_map ? 2 * i + 1 : i];
        if ((is_map && is_container(at->items[2 * i].text, value)) || has_containers(value))
            return true;
    }
    return false;
}

/* What has none is passed over: a Service, a ConfigMap, a role. */
static pl_rc read_unknown(pl_reading *r, const pl_yaml *doc, pl_err *err)
{
    const pl_reading_gap gap = {name_of(r, doc), "unsupported",
                                "is of a kind that is not known, and has containers", true};

    return has_containers(doc) ? r->note(r, doc, &gap, err) : PL_OK;
}

static pl_rc read_one(pl_reading *r, const pl_yaml *doc, unsigned depth, pl_err *err)
{
    const pl_yaml *items = pl_yaml_get(doc, "items");
    bool is_workload = false;
    const pl_yaml *pod = pl_kube_pod_of(pl_node_text(doc, "kind"), doc, &is_workload);
    pl_rc rc = PL_OK;

    if (pod)
        return read_pod(r, name_of(r, doc), pl_kube_pod_meta(pl_node_text(doc, "kind"), doc), doc,
                        pod, err);
    if (is_workload)
        return note(r, name_of(r, doc), doc, "has no pod", err);
    if (!items || items->type != PL_YAML_SEQUENCE || depth == LIST_DEPTH)
        return read_unknown(r, doc, err);
    for (size_t i = 0; !rc && i < items->n; i++)
        rc = read_one(r, &items->items[i], depth + 1, err);
    return rc;
}

/* A manifest says nothing of volumes and networks beside its pods. */
static pl_rc empty_world(pl_reading *r, pl_err *err)
{
    pl_record **none = pl_arena_calloc(r->arena, 1, sizeof(pl_record *));

    if (!none)
        return pl_fail(err, PL_LIMIT, "pod");
    pl_set_recs(r->world, PL_F_ENGINE_VOLUMES, none, 0);
    pl_set_recs(r->world, PL_F_ENGINE_NETWORKS, none, 0);
    return PL_OK;
}

pl_rc pl_kube_read(pl_reading *r, const pl_yaml *doc, pl_err *err)
{
    pl_rc rc = empty_world(r, err);
    return rc ? rc : read_one(r, doc, 0, err);
}

pl_rc pl_kube_read_pod(pl_reading *r, pl_str owner, const pl_yaml *meta, const pl_yaml *pod,
                       pl_err *err)
{
    pl_rc rc = empty_world(r, err);
    return rc ? rc : read_pod(r, owner, meta, pod, pod, err);
}
