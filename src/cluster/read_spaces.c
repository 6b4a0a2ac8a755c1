/* SPDX-License-Identifier: Apache-2.0 */
/* Namespaces, nodes, services, ingresses, network policies and admission webhooks. */
#include "cluster/objects.h"

#include "declared/node.h"

#include <string.h>

/* ---- namespaces ---- */

static bool is_system(pl_str name)
{
    return pl_str_eq(name, PL_S("kube-system")) || pl_str_eq(name, PL_S("kube-public")) ||
           pl_str_eq(name, PL_S("kube-node-lease"));
}

pl_rc pl_object_namespace(pl_objects *o, const pl_yaml *object, pl_err *err)
{
    pl_record *r = pl_objects_record(o, PL_CE_NAMESPACE);
    const pl_yaml *meta = pl_object_meta(object), *labels = pl_yaml_get(meta, "labels");
    pl_str name = pl_node_text(meta, "name");

    if (!r)
        return pl_fail(err, PL_LIMIT, "namespace does not fit its budget");
    pl_set_str(r, PL_F_NAMESPACE_NAME, name);
    pl_object_set_text(r, PL_F_NAMESPACE_UID, pl_node_text(meta, "uid"));
    pl_set_bool(r, PL_F_NAMESPACE_IS_SYSTEM, is_system(name));
    pl_object_set_text(r, PL_F_NAMESPACE_ENFORCE,
                       pl_node_text(labels, "pod-security.kubernetes.io/enforce"));
    pl_object_set_labels(o, r, PL_F_NAMESPACE_LABEL, labels);
    return pl_objects_send(o, r, err);
}

/* ---- nodes ---- */

/* Labels that providers give to the nodes of clusters whose control plane they run. */
static pl_str provider_of(const pl_yaml *labels)
{
    static const struct {
        const char *label, *provider;
    } rows[] = {{"eks.amazonaws.com/nodegroup", "eks"},
                {"eks.amazonaws.com/compute-type", "eks"},
                {"alpha.eksctl.io/cluster-name", "eks"},
                {"cloud.google.com/gke-nodepool", "gke"},
                {"kubernetes.azure.com/cluster", "aks"}};

    for (size_t i = 0; i < PL_COUNT(rows); i++)
        if (pl_yaml_get(labels, rows[i].label))
            return pl_str_c(rows[i].provider);
    return (pl_str){"", 0};
}

/* By the labels of kubeadm and its like, and of aks-engine, whose clusters only look like AKS. */
static bool is_control_plane(const pl_yaml *labels)
{
    static const char *const roles[] = {"node-role.kubernetes.io/control-plane",
                                        "node-role.kubernetes.io/master",
                                        "node-role.kubernetes.io/controlplane"};
    bool is_one = pl_str_eq(pl_node_text(labels, "kubernetes.azure.com/role"), PL_S("master")) ||
                  pl_str_eq(pl_node_text(labels, "kubernetes.io/role"), PL_S("master"));

    for (size_t i = 0; i < PL_COUNT(roles); i++)
        is_one |= pl_yaml_get(labels, roles[i]) != NULL;
    return is_one;
}

pl_rc pl_object_node(pl_objects *o, const pl_yaml *object, pl_err *err)
{
    pl_record *r = pl_objects_record(o, PL_CE_NODE);
    const pl_yaml *info = pl_yaml_get(pl_yaml_get(object, "status"), "nodeInfo");
    pl_str version = pl_node_text(info, "kubeletVersion");

    if (!r)
        return pl_fail(err, PL_LIMIT, "node does not fit its budget");
    pl_set_str(r, PL_F_NODE_NAME, pl_object_name(o, object));
    if (version.n)
        pl_set_str(r, PL_F_NODE_KUBELET_VERSION, version);
    if (pl_object_minor(version) >= 0)
        pl_set_int(r, PL_F_NODE_KUBELET_MINOR, pl_object_minor(version));
    pl_object_set_text(r, PL_F_NODE_RUNTIME, pl_node_text(info, "containerRuntimeVersion"));
    pl_object_set_text(r, PL_F_NODE_OS, pl_node_text(info, "osImage"));
    pl_object_set_text(r, PL_F_NODE_KERNEL, pl_node_text(info, "kernelVersion"));
    pl_object_set_text(r, PL_F_NODE_SYSTEM_UUID, pl_node_text(info, "systemUUID"));
    const pl_yaml *labels = pl_yaml_get(pl_object_meta(object), "labels");
    pl_set_bool(r, PL_F_NODE_IS_CONTROL_PLANE, is_control_plane(labels));
    pl_object_set_text(r, PL_F_NODE_MANAGED_BY, provider_of(labels));
    return pl_objects_send(o, r, err);
}

/* ---- services and ingresses ---- */

pl_rc pl_object_service(pl_objects *o, const pl_yaml *object, pl_err *err)
{
    pl_record *r = pl_objects_record(o, PL_CE_SERVICE);
    const pl_yaml *spec = pl_yaml_get(object, "spec");
    const pl_yaml *ips = pl_node_list(spec, "externalIPs");
    pl_words words = {.arena = o->arena};
    pl_str type = pl_node_text(spec, "type");

    if (!r)
        return pl_fail(err, PL_LIMIT, "service does not fit its budget");
    for (size_t i = 0; i < ips->n; i++)
        pl_words_add(&words, ips->items[i].text);
    pl_set_str(r, PL_F_SERVICE_NAME, pl_object_name(o, object));
    pl_set_str(r, PL_F_SERVICE_NAMESPACE, pl_node_text(pl_object_meta(object), "namespace"));
    pl_set_str(r, PL_F_SERVICE_TYPE, type.n ? type : PL_S("ClusterIP"));
    pl_words_set(&words, r, PL_F_SERVICE_EXTERNAL_IPS);
    return pl_objects_send(o, r, err);
}

/* An entry without hosts is for every host; "*.x" for those one level below x. */
static bool has_tls(const pl_yaml *spec, pl_str host)
{
    const pl_yaml *tls = pl_node_list(spec, "tls");

    for (size_t i = 0; i < tls->n; i++) {
        const pl_yaml *hosts = pl_node_list(&tls->items[i], "hosts");
        if (hosts->n == 0)
            return true;
        for (size_t k = 0; k < hosts->n; k++) {
            pl_str h = hosts->items[k].text;
            pl_str rest = host, head;
            if (pl_str_eq(h, host))
                return true;
            (void)pl_str_cut(&rest, '.', &head);
            if (pl_str_starts(h, PL_S("*.")) && pl_str_eq(pl_str_sub(h, 2, h.n), rest))
                return true;
        }
    }
    return false;
}

pl_rc pl_object_ingress(pl_objects *o, const pl_yaml *object, pl_err *err)
{
    pl_record *r = pl_objects_record(o, PL_CE_INGRESS);
    const pl_yaml *spec = pl_yaml_get(object, "spec"), *rules = pl_node_list(spec, "rules");
    pl_words hosts = {.arena = o->arena}, plain = {.arena = o->arena};

    if (!r)
        return pl_fail(err, PL_LIMIT, "ingress does not fit its budget");
    for (size_t i = 0; i < rules->n || (i == 0 && pl_yaml_get(spec, "defaultBackend")); i++) {
        pl_str host = i < rules->n ? pl_node_text(&rules->items[i], "host") : PL_S("");
        host = host.n ? host : PL_S("*");
        pl_words_add(&hosts, host);
        if (!has_tls(spec, host))
            pl_words_add(&plain, host);
    }
    pl_set_str(r, PL_F_INGRESS_NAME, pl_object_name(o, object));
    pl_words_set(&hosts, r, PL_F_INGRESS_HOSTS);
    pl_words_set(&plain, r, PL_F_INGRESS_PLAIN_HOSTS);
    pl_set_unreadable(r, PL_F_INGRESS_REDIRECTS, "needs:probe");
    pl_object_set_labels(o, r, PL_F_INGRESS_ANNOTATION,
                         pl_yaml_get(pl_object_meta(object), "annotations"));
    return pl_objects_send(o, r, err);
}

/* ---- network policies (networking.k8s.io/v1) ---- */

static bool names_type(const pl_yaml *spec, const char *type)
{
    const pl_yaml *types = pl_node_list(spec, "policyTypes");

    for (size_t i = 0; i < types->n; i++)
        if (pl_str_eq(types->items[i].text, pl_str_c(type)))
            return true;
    return false;
}

/* {} selects all pods. */
static bool is_for_all(const pl_yaml *selector)
{
    return !selector || pl_yaml_is_null(selector) ||
           (selector->type == PL_YAML_MAPPING && selector->n == 0);
}

/* A rule without peers and ports is for all of them. */
static bool has_open_rule(const pl_yaml *spec, const char *list, const char *peers)
{
    const pl_yaml *rules = pl_node_list(spec, list);

    for (size_t i = 0; i < rules->n; i++)
        if (pl_node_list(&rules->items[i], peers)->n == 0 &&
            pl_node_list(&rules->items[i], "ports")->n == 0)
            return true;
    return false;
}

pl_rc pl_object_network_policy(pl_objects *o, const pl_yaml *object, pl_err *err)
{
    pl_record *r = pl_objects_record(o, PL_CE_NETWORK_POLICY);
    const pl_yaml *spec = pl_yaml_get(object, "spec");
    bool is_all = is_for_all(pl_yaml_get(spec, "podSelector"));
    /* Without policyTypes ingress is meant always. */
    bool is_ingress = names_type(spec, "Ingress") || pl_node_list(spec, "policyTypes")->n == 0;
    bool is_egress = names_type(spec, "Egress") || (pl_node_list(spec, "policyTypes")->n == 0 &&
                                                    pl_node_list(spec, "egress")->n > 0);

    if (!r)
        return pl_fail(err, PL_LIMIT, "network policy does not fit its budget");
    pl_set_str(r, PL_F_NETWORK_POLICY_NAME, pl_object_name(o, object));
    pl_set_str(r, PL_F_NETWORK_POLICY_NAMESPACE, pl_node_text(pl_object_meta(object), "namespace"));
    pl_set_bool(r, PL_F_NETWORK_POLICY_DENIES_INGRESS,
                is_all && is_ingress && pl_node_list(spec, "ingress")->n == 0);
    pl_set_bool(r, PL_F_NETWORK_POLICY_DENIES_EGRESS,
                is_all && is_egress && pl_node_list(spec, "egress")->n == 0);
    pl_set_bool(r, PL_F_NETWORK_POLICY_OPENS_INGRESS,
                is_all && is_ingress && has_open_rule(spec, "ingress", "from"));
    pl_set_bool(r, PL_F_NETWORK_POLICY_OPENS_EGRESS,
                is_all && is_egress && has_open_rule(spec, "egress", "to"));
    return pl_objects_send(o, r, err);
}

/* ---- webhooks (admissionregistration.k8s.io/v1) ---- */

static bool names(const pl_yaml *rule, const char *list, const char *word)
{
    const pl_yaml *v = pl_node_list(rule, list);

    for (size_t i = 0; i < v->n; i++) {
        pl_str w = v->items[i].text;
        if (pl_str_eq(w, PL_S("*")) || pl_str_eq(w, PL_S("*/*")) || pl_str_eq(w, pl_str_c(word)))
            return true;
    }
    return false;
}

/* "pods/(star)" means pods themselves, too, as the API server compares them. */
static bool covers_pods(const pl_yaml *hook)
{
    const pl_yaml *rules = pl_node_list(hook, "rules");

    for (size_t i = 0; i < rules->n; i++) {
        const pl_yaml *rule = &rules->items[i];
        if (names(rule, "apiGroups", "") && names(rule, "operations", "CREATE") &&
            (names(rule, "resources", "pods") || names(rule, "resources", "pods/*")))
            return true;
    }
    return false;
}

static pl_rc send_webhook(pl_objects *o, const pl_yaml *object, const pl_yaml *hook, pl_err *err)
{
    pl_record *r = pl_objects_record(o, PL_CE_WEBHOOK);
    pl_str policy = pl_node_text(hook, "failurePolicy");

    if (!r)
        return pl_fail(err, PL_LIMIT, "webhook does not fit its budget");
    pl_set_str(r, PL_F_WEBHOOK_NAME,
               pl_objects_text(o, "%.*s/%.*s", PL_F(pl_object_name(o, object)),
                               PL_F(pl_node_text(hook, "name"))));
    pl_set_bool(r, PL_F_WEBHOOK_VALIDATES, o->list == PL_LIST_VALIDATING_WEBHOOKS);
    pl_set_str(r, PL_F_WEBHOOK_FAILURE_POLICY, policy.n ? policy : PL_S("Fail"));
    pl_set_bool(r, PL_F_WEBHOOK_COVERS_PODS, covers_pods(hook));
    pl_set_bool(r, PL_F_WEBHOOK_IS_NARROWED,
                !is_for_all(pl_yaml_get(hook, "namespaceSelector")) ||
                    !is_for_all(pl_yaml_get(hook, "objectSelector")) ||
                    pl_node_list(hook, "matchConditions")->n > 0);
    return pl_objects_send(o, r, err);
}

pl_rc pl_object_webhooks(pl_objects *o, const pl_yaml *object, pl_err *err)
{
    const pl_yaml *hooks = pl_node_list(object, "webhooks");
    pl_rc rc = PL_OK;

    for (size_t i = 0; !rc && i < hooks->n; i++)
        rc = send_webhook(o, object, &hooks->items[i], err);
    return rc;
}
