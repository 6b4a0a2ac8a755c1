/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pods, and what runs them. A pod that runs says what its containers really have, after admission
 * has changed and completed it; a template stands in where no pod runs. Which pod stands for which
 * workload is found afterwards (workloads.c): here each names what runs it.
 */
#include "cluster/objects.h"

#include "cluster/limits.h"
#include "core/hash.h"
#include "core/json_write.h"
#include "declared/kube.h"
#include "declared/kube_security.h"
#include "declared/node.h"
#include "engine/fields.h"
#include "model/wire.h"

#include <stdlib.h>

/* The API leaves an object's kind out of its lists. */
static pl_str kind_of(pl_cluster_list list)
{
    return pl_str_c(pl_cluster_list_of(list)->kind);
}

static bool is_known_kind(pl_str kind)
{
    static const pl_cluster_list workloads[] = {
        PL_LIST_PODS,          PL_LIST_REPLICATION_CONTROLLERS,
        PL_LIST_DEPLOYMENTS,   PL_LIST_REPLICA_SETS,
        PL_LIST_STATEFUL_SETS, PL_LIST_DAEMON_SETS,
        PL_LIST_JOBS,          PL_LIST_CRON_JOBS,
    };

    for (size_t i = 0; i < PL_COUNT(workloads); i++)
        if (pl_str_eq(kind, kind_of(workloads[i])))
            return true;
    return false;
}

static bool is_true(const pl_yaml *v)
{
    bool b = false;
    return v && pl_yaml_bool(v, &b) && b;
}

/*
 * "ReplicaSet/shop/web-5d8f"; empty: nothing runs it, or something of a kind that is not asked for,
 * so that this is the last that is known.
 */
static pl_str controller_of(pl_objects *o, const pl_yaml *meta)
{
    const pl_yaml *owners = pl_node_list(meta, "ownerReferences");

    for (size_t i = 0; i < owners->n; i++) {
        const pl_yaml *w = &owners->items[i];
        if (!is_true(pl_yaml_get(w, "controller")) || !is_known_kind(pl_node_text(w, "kind")))
            continue;
        return pl_objects_text(o, "%.*s/%.*s/%.*s", PL_F(pl_node_text(w, "kind")),
                               PL_F(pl_node_text(meta, "namespace")),
                               PL_F(pl_node_text(w, "name")));
    }
    return (pl_str){"", 0};
}

/* ---- which pods are alike ---- */

/* Parts of a pod that a check may depend on. The node that it runs on and the like are not. */
static const char *const judged_parts[] = {
    "initContainers",
    "containers",
    "ephemeralContainers",
    "volumes",
    "securityContext",
    "hostNetwork",
    "hostPID",
    "hostIPC",
    "hostUsers",
    "os",
    "runtimeClassName",
    "serviceAccountName",
    "automountServiceAccountToken",
    "serviceAccount",
    "os",
    "shareProcessNamespace",
    "restartPolicy",
};

/* The volume that admission adds ends with a chance word, a stateful set's with the pod's number.
 */
static void add_text(pl_sha256 *h, pl_str text)
{
    const pl_str access = PL_S("kube-api-access-");
    uint64_t n = text.n;

    if (pl_str_starts(text, access)) {
        text = access;
        n = 0;
    }
    pl_sha256_add(h, &n, sizeof(n));
    pl_sha256_add(h, text.p, text.n);
}

/* Recursion ends with the depth of JSON. */
static void add_tree(pl_sha256 *h, const pl_yaml *v)
{
    size_t n = v->type == PL_YAML_MAPPING ? 2 * v->n : v->n;
    const unsigned char head[2] = {(unsigned char)v->type, v->is_plain};

    pl_sha256_add(h, head, sizeof(head));
    pl_sha256_add(h, &n, sizeof(n));
    if (v->type == PL_YAML_SCALAR)
        add_text(h, v->text);
    for (size_t i = 0; v->type != PL_YAML_SCALAR && i < n; i++) {
        bool is_claim = v->type == PL_YAML_MAPPING && i % 2 == 1 &&
                        pl_str_eq(v->items[i - 1].text, PL_S("claimName"));
        if (!is_claim)
            add_tree(h, &v->items[i]);
    }
}

/*
 * Pods of one revision are alike, so they are judged once. Labels alone do not make them so:
 * whoever may create a pod writes its labels and its owner. "REVISION DIGEST".
 */
static pl_str revision_of(pl_objects *o, const pl_yaml *object)
{
    const pl_yaml *labels = pl_yaml_get(pl_object_meta(object), "labels");
    const pl_yaml *pod = pl_yaml_get(object, "spec");
    pl_str revision = pl_node_text(labels, "controller-revision-hash");
    PL_AUTO_SHA256 pl_sha256 *h = pl_sha256_new();
    unsigned char digest[PL_SHA256];
    char hex[2 * PL_SHA256 + 1];

    if (!h)
        return pl_objects_text(o, " pod %.*s", PL_F(pl_object_name(o, object)));
    for (size_t i = 0; i < PL_COUNT(judged_parts); i++) {
        const pl_yaml *part = pl_yaml_get(pod, judged_parts[i]);
        pl_sha256_add(h, part ? "+" : "-", 1);
        if (part)
            add_tree(h, part);
    }
    pl_sha256_end(h, digest);
    pl_hex(digest, sizeof(digest), hex);
    if (!revision.n)
        revision = pl_node_text(labels, "pod-template-hash");
    return pl_objects_text(o, "%.*s %s", PL_F(revision), hex);
}

static bool has_ended(const pl_yaml *object)
{
    pl_str phase = pl_node_text(pl_yaml_get(object, "status"), "phase");
    return pl_str_eq(phase, PL_S("Succeeded")) || pl_str_eq(phase, PL_S("Failed"));
}

/* ---- containers ---- */

struct containers {
    pl_reading reading; /* first: its functions are handed it */
    pl_objects *o;
    size_t head; /* bytes of a draft's name in front of the container's own */
};

static pl_rc put_record(pl_objects *o, const pl_draft *d, pl_buf *out, pl_err *err)
{
    pl_record *r = NULL;
    pl_rc rc = pl_draft_record(d, o->now_us, o->arena, &r, err);

    if (!rc)
        rc = o->hooks->record(r, o->arena, o->hooks->arg, err);
    if (!rc)
        pl_record_encode(r, out);
    return rc;
}

/* The record points into the document, which redaction changes: so it goes first. */
static pl_rc take(pl_reading *reading, const pl_draft *d, pl_err *err)
{
    struct containers *c = (struct containers *)reading;
    pl_objects *o = c->o;
    PL_AUTO_BUF pl_buf b = {0}, record = {0};
    pl_engine_redaction redaction = PL_REDACTION_NONE;

    if (!o->hooks)
        return PL_OK;
    pl_rc rc = put_record(o, d, &record, err);
    if (!rc)
        rc = o->hooks->document(d->doc, &redaction, o->hooks->arg, err);
    if (rc)
        return rc;
    PL_AUTO_FREE char *json = json_dumps(d->doc, JSON_SORT_KEYS | JSON_COMPACT);
    if (!json)
        return pl_fail(err, PL_NOMEM, "document");
    pl_objects_begin(o, &b);
    pl_buf_lstr(&b, pl_str_sub(d->name, c->head, d->name.n));
    pl_buf_lstr(&b, pl_str_c(json));
    pl_buf_str(&b, pl_buf_view(&record));
    return pl_buf_ok(&b) && pl_buf_ok(&record)
               ? pl_jail_send(o->out_fd, PL_CLUSTER_FRAME_CONTAINER, pl_buf_view(&b), err)
               : pl_fail(err, PL_NOMEM, "container");
}

static pl_rc note(pl_reading *reading, const pl_yaml *at, const pl_reading_gap *gap, pl_err *err)
{
    const pl_objects *o = ((struct containers *)reading)->o;
    PL_AUTO_BUF pl_buf b = {0};

    (void)at;
    pl_objects_begin(o, &b);
    pl_buf_lstr(&b, gap->what);
    pl_buf_lstr(&b, pl_str_c(gap->detail));
    return pl_buf_ok(&b) ? pl_jail_send(o->out_fd, PL_CLUSTER_FRAME_GAP, pl_buf_view(&b), err)
                         : pl_fail(err, PL_NOMEM, "gap");
}

static pl_rc send_containers(pl_objects *o, pl_str name, const pl_yaml *meta, const pl_yaml *pod,
                             pl_err *err)
{
    struct containers c = {
        .reading = {.arena = o->arena, .take = take, .note = note}, .o = o, .head = name.n + 1};

    c.reading.world = pl_record_new(o->arena, &pl_kind_engine);
    if (!c.reading.world)
        return pl_fail(err, PL_LIMIT, "pod does not fit its budget");
    return pl_kube_read_pod(&c.reading, name, meta, pod, err);
}

/* ---- workloads ---- */

static pl_rc send_edge(const pl_objects *o, pl_str name, pl_str controller, pl_err *err)
{
    PL_AUTO_BUF pl_buf b = {0};

    pl_objects_begin(o, &b);
    pl_buf_lstr(&b, name);
    pl_buf_lstr(&b, controller);
    return pl_buf_ok(&b) ? pl_jail_send(o->out_fd, PL_CLUSTER_FRAME_EDGE, pl_buf_view(&b), err)
                         : pl_fail(err, PL_NOMEM, "owner");
}

static void set_pod_security(pl_objects *o, pl_record *r, const pl_yaml *meta, const pl_yaml *pod)
{
    uint32_t broken = pl_pod_security(meta, pod);
    pl_words breaks = {.arena = o->arena};

    for (unsigned i = 0; i < PL_POD_CONTROL_COUNT; i++)
        if (broken >> i & 1)
            pl_words_add(&breaks, pl_str_c(pl_pod_control_name((pl_pod_control)i)));
    pl_set_str(r, PL_F_WORKLOAD_POD_SECURITY, pl_str_c(pl_pod_security_level(broken)));
    pl_words_set(&breaks, r, PL_F_WORKLOAD_POD_BREAKS);
}

static pl_record *workload_of(pl_objects *o, const pl_yaml *object, pl_str name, const pl_yaml *pod)
{
    pl_record *r = pl_objects_record(o, PL_CE_WORKLOAD);
    const pl_yaml *meta = pl_object_meta(object);
    pl_str account = pl_node_text(pod, "serviceAccountName");
    bool is_mirror =
        pl_yaml_get(pl_yaml_get(meta, "annotations"), "kubernetes.io/config.mirror") != NULL;

    if (!r)
        return NULL;
    if (!account.n)
        account = pl_node_text(pod, "serviceAccount");
    pl_set_str(r, PL_F_WORKLOAD_NAME, name);
    pl_set_str(r, PL_F_WORKLOAD_NAMESPACE, pl_node_text(meta, "namespace"));
    pl_set_bool(r, PL_F_WORKLOAD_IS_POD, o->list == PL_LIST_PODS);
    pl_set_bool(r, PL_F_WORKLOAD_IS_MIRROR, is_mirror);
    pl_set_str(r, PL_F_WORKLOAD_SERVICE_ACCOUNT, account.n ? account : PL_S("default"));
    set_pod_security(o, r, pl_kube_pod_meta(kind_of(o->list), object), pod);
    pl_object_set_flag(r, PL_F_WORKLOAD_AUTOMOUNT,
                       pl_yaml_get(pod, "automountServiceAccountToken"));
    pl_object_set_labels(o, r, PL_F_WORKLOAD_LABEL, pl_yaml_get(meta, "labels"));
    return r;
}

pl_rc pl_object_workload(pl_objects *o, const pl_yaml *object, pl_err *err)
{
    bool is_pod = o->list == PL_LIST_PODS, is_workload = false;
    pl_str kind = kind_of(o->list);
    const pl_yaml *pod = pl_kube_pod_of(kind, object, &is_workload);
    pl_str name = pl_objects_text(o, "%.*s/%.*s", PL_F(kind), PL_F(pl_object_name(o, object)));
    pl_str controller = controller_of(o, pl_object_meta(object));
    PL_AUTO_BUF pl_buf b = {0};

    /* Its template is that of what runs it. */
    if (!is_pod && controller.n)
        return send_edge(o, name, controller, err);
    if (!pod)
        return pl_fail(err, PL_FORMAT, "%.*s has no pod", PL_F(pl_str_sub(name, 0, 200)));
    if (is_pod && has_ended(object))
        return PL_OK;
    pl_objects_begin(o, &b);
    pl_buf_lstr(&b, controller);
    pl_buf_lstr(&b, is_pod ? revision_of(o, object) : PL_S(""));
    pl_rc rc = pl_objects_send_with(o, PL_CLUSTER_FRAME_WORKLOAD, &b,
                                    workload_of(o, object, name, pod), err);
    return rc ? rc : send_containers(o, name, pl_kube_pod_meta(kind, object), pod, err);
}
