/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Roles, bindings and service accounts (rbac.authorization.k8s.io/v1). What a role's rules lead to
 * is put into few words here, so that a check can ask for them.
 */
#include "cluster/objects.h"

#include "cluster/limits.h"
#include "declared/node.h"

/* ---- rules ---- */

static bool has(const pl_yaml *rule, const char *list, const char *word)
{
    const pl_yaml *v = pl_node_list(rule, list);

    for (size_t i = 0; i < v->n; i++)
        if (pl_str_eq(v->items[i].text, PL_S("*")) || pl_str_eq(v->items[i].text, pl_str_c(word)))
            return true;
    return false;
}

/* "*", "RESOURCE/SUB", or "*" "/SUB" for the part of any resource. */
static bool has_resource(const pl_yaml *rule, pl_str word)
{
    const pl_yaml *v = pl_node_list(rule, "resources");
    pl_str rest = word, head;
    bool has_part = pl_str_cut(&rest, '/', &head) && rest.n;

    for (size_t i = 0; i < v->n; i++) {
        pl_str item = v->items[i].text;
        if (pl_str_eq(item, PL_S("*")) || pl_str_eq(item, word))
            return true;
        if (has_part && item.n == rest.n + 2 && pl_str_starts(item, PL_S("*/")) &&
            pl_str_ends(item, rest))
            return true;
    }
    return false;
}

static bool has_wildcard(const pl_yaml *rule, const char *list)
{
    const pl_yaml *v = pl_node_list(rule, list);

    for (size_t i = 0; i < v->n; i++)
        if (pl_str_eq(v->items[i].text, PL_S("*")))
            return true;
    return false;
}

/* One right: any of the verbs on any of the resources of the group; lists are words with blanks. */
struct right {
    const char *word, *group, *resources, *verbs;
    bool named_too; /* also when the rule names single objects */
};

/*
 * nodes/proxy with any verb: a GET there starts commands (the kubelet's exec is asked for by GET).
 * A rule with resourceNames never lets anybody create, and reads no secret but those it names.
 */
static const struct right rights[] = {
    {"read-secrets", "", "secrets", "get list watch", false},
    {"create-pods", "", "pods replicationcontrollers", "create", false},
    {"create-pods", "apps", "deployments daemonsets statefulsets replicasets", "create", false},
    {"create-pods", "batch", "jobs cronjobs", "create", false},
    /* Whoever changes a template has other pods made. */
    {"create-pods", "", "replicationcontrollers", "update patch", true},
    {"create-pods", "apps", "deployments daemonsets statefulsets replicasets", "update patch",
     true},
    {"create-pods", "batch", "cronjobs", "update patch", true},
    {"exec", "", "pods/exec pods/attach", "create get", true},
    {"exec", "", "pods/ephemeralcontainers", "update patch", true},
    {"create-volumes", "", "persistentvolumes", "create", false},
    {"node-proxy", "", "nodes/proxy", "get list watch create update patch delete", true},
    {"approve-certificates", "certificates.k8s.io", "certificatesigningrequests/approval",
     "update patch", true},
    {"change-webhooks", "admissionregistration.k8s.io",
     "validatingwebhookconfigurations mutatingwebhookconfigurations", "create update patch delete",
     true},
    {"create-tokens", "", "serviceaccounts/token", "create", true},
    {"bind", "rbac.authorization.k8s.io", "roles clusterroles", "bind", true},
    {"escalate", "rbac.authorization.k8s.io", "roles clusterroles", "escalate", true},
    {"impersonate", "", "users groups serviceaccounts", "impersonate", true},
    {"impersonate", "authentication.k8s.io", "userextras uids", "impersonate", true},
};

static bool any_verb(const pl_yaml *rule, const char *verbs)
{
    pl_str rest = pl_str_c(verbs), one;
    char word[32];

    while (pl_str_cut(&rest, ' ', &one))
        if (pl_str_to_c(one, word, sizeof(word)) && has(rule, "verbs", word))
            return true;
    return false;
}

static bool any_resource(const pl_yaml *rule, const char *resources)
{
    pl_str rest = pl_str_c(resources), one;

    while (pl_str_cut(&rest, ' ', &one))
        if (has_resource(rule, one))
            return true;
    return false;
}

static void add_rights(const pl_yaml *rule, pl_words *to)
{
    bool is_named = pl_node_list(rule, "resourceNames")->n > 0;

    if (!is_named && has_wildcard(rule, "verbs") && has_wildcard(rule, "resources") &&
        has_wildcard(rule, "apiGroups"))
        pl_words_add(to, PL_S("all"));
    for (size_t i = 0; i < PL_COUNT(rights); i++) {
        const struct right *r = &rights[i];
        if ((!is_named || r->named_too) && has(rule, "apiGroups", r->group) &&
            any_resource(rule, r->resources) && any_verb(rule, r->verbs))
            pl_words_add(to, pl_str_c(r->word));
    }
}

/* ---- roles ---- */

/*
 * What every cluster is made with (pkg bootstrappolicy of Kubernetes, which is its documentation,
 * too: kubernetes.io/docs/reference/access-authn-authz/rbac). By whole names: whoever writes roles
 * writes labels and names that begin with "system:".
 */
static const char *const default_roles[] = {
    "cluster-admin",
    "admin",
    "edit",
    "view",
    "extension-apiserver-authentication-reader",
    "system::leader-locking-kube-controller-manager",
    "system::leader-locking-kube-scheduler",
    "system:aggregate-to-admin",
    "system:aggregate-to-edit",
    "system:aggregate-to-view",
    "system:auth-delegator",
    "system:basic-user",
    "system:certificates.k8s.io:certificatesigningrequests:nodeclient",
    "system:certificates.k8s.io:certificatesigningrequests:selfnodeclient",
    "system:certificates.k8s.io:kube-apiserver-client-approver",
    "system:certificates.k8s.io:kube-apiserver-client-kubelet-approver",
    "system:certificates.k8s.io:kubelet-serving-approver",
    "system:certificates.k8s.io:legacy-unknown-approver",
    "system:cluster-trust-bundle-discovery",
    "system:discovery",
    "system:heapster",
    "system:kube-aggregator",
    "system:kube-controller-manager",
    "system:kube-dns",
    "system:kube-scheduler",
    "system:kubelet-api-admin",
    "system:monitoring",
    "system:node",
    "system:node-bootstrapper",
    "system:node-problem-detector",
    "system:node-proxier",
    "system:persistent-volume-provisioner",
    "system:public-info-viewer",
    "system:service-account-issuer-discovery",
    "system:volume-scheduler",
};

/* Of kube-system, each with a role and a binding "system:controller:NAME". */
static const char *const controllers[] = {
    "attachdetach-controller",
    "bootstrap-signer",
    "certificate-controller",
    "cloud-provider",
    "clusterrole-aggregation-controller",
    "cronjob-controller",
    "daemon-set-controller",
    "deployment-controller",
    "device-taint-eviction-controller",
    "disruption-controller",
    "endpoint-controller",
    "endpointslice-controller",
    "endpointslicemirroring-controller",
    "ephemeral-volume-controller",
    "expand-controller",
    "generic-garbage-collector",
    "horizontal-pod-autoscaler",
    "job-controller",
    "legacy-service-account-token-cleaner",
    "namespace-controller",
    "node-controller",
    "persistent-volume-binder",
    "pod-garbage-collector",
    "pv-protection-controller",
    "pvc-protection-controller",
    "replicaset-controller",
    "replication-controller",
    "resource-claim-controller",
    "resourcequota-controller",
    "root-ca-cert-publisher",
    "route-controller",
    "selinux-warning-controller",
    "service-account-controller",
    "service-cidrs-controller",
    "service-controller",
    "statefulset-controller",
    "storage-version-migrator-controller",
    "taint-eviction-controller",
    "token-cleaner",
    "ttl-after-finished-controller",
    "ttl-controller",
    "validatingadmissionpolicy-status-controller",
    "volumeattributesclass-protection-controller",
};

/* Bindings that are called as their role is. */
static const struct {
    const char *binding, *subject;
} default_bindings[] = {
    {"cluster-admin", "Group:system:masters"},
    {"system::leader-locking-kube-controller-manager", "User:system:kube-controller-manager"},
    {"system::leader-locking-kube-controller-manager",
     "ServiceAccount:kube-system/kube-controller-manager"},
    {"system::leader-locking-kube-scheduler", "User:system:kube-scheduler"},
    {"system::leader-locking-kube-scheduler", "ServiceAccount:kube-system/kube-scheduler"},
    {"system:basic-user", "Group:system:authenticated"},
    {"system:cluster-trust-bundle-discovery", "Group:system:serviceaccounts"},
    {"system:discovery", "Group:system:authenticated"},
    {"system:kube-controller-manager", "User:system:kube-controller-manager"},
    {"system:kube-dns", "ServiceAccount:kube-system/kube-dns"},
    {"system:kube-scheduler", "User:system:kube-scheduler"},
    {"system:monitoring", "Group:system:monitoring"},
    {"system:node", "Group:system:nodes"},
    {"system:node-proxier", "User:system:kube-proxy"},
    {"system:public-info-viewer", "Group:system:authenticated"},
    {"system:public-info-viewer", "Group:system:unauthenticated"},
    {"system:service-account-issuer-discovery", "Group:system:serviceaccounts"},
    {"system:volume-scheduler", "User:system:kube-scheduler"},
};

static bool is_word(pl_str name, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (pl_str_eq(name, pl_str_c(words[i])))
            return true;
    return false;
}

/* The controller of "system:controller:NAME"; false: that is none. */
static bool is_controller(pl_str name, pl_str *ret)
{
    const pl_str head = PL_S("system:controller:");

    *ret = pl_str_starts(name, head) ? pl_str_sub(name, head.n, name.n) : (pl_str){"", 0};
    return is_word(*ret, controllers, PL_COUNT(controllers));
}

static bool is_default_role(pl_str space, pl_str name)
{
    pl_str controller;
    bool is_place =
        !space.n || pl_str_eq(space, PL_S("kube-system")) || pl_str_eq(space, PL_S("kube-public"));

    return is_place && (is_word(name, default_roles, PL_COUNT(default_roles)) ||
                        is_controller(name, &controller));
}

/* role is without its kind and namespace. */
static bool is_default_binding(pl_str binding, pl_str role, pl_str who)
{
    const pl_str account = PL_S("ServiceAccount:kube-system/");
    pl_str controller;

    if (!pl_str_eq(binding, role))
        return false;
    if (is_controller(binding, &controller))
        return pl_str_starts(who, account) &&
               pl_str_eq(pl_str_sub(who, account.n, who.n), controller);
    for (size_t i = 0; i < PL_COUNT(default_bindings); i++)
        if (pl_str_eq(binding, pl_str_c(default_bindings[i].binding)) &&
            pl_str_eq(who, pl_str_c(default_bindings[i].subject)))
            return true;
    return false;
}

static bool is_labelled(const pl_yaml *object)
{
    const pl_yaml *labels = pl_yaml_get(pl_object_meta(object), "labels");
    return pl_str_eq(pl_node_text(labels, "kubernetes.io/bootstrapping"), PL_S("rbac-defaults"));
}

pl_rc pl_object_role(pl_objects *o, const pl_yaml *object, pl_err *err)
{
    static const char *const lists[] = {"verbs", "resources", "apiGroups", "nonResourceURLs"};
    pl_record *r = pl_objects_record(o, PL_CE_ROLE);
    const pl_yaml *rules = pl_node_list(object, "rules"), *meta = pl_object_meta(object);
    pl_words wildcards = {.arena = o->arena}, words = {.arena = o->arena};
    const char *kind = o->list == PL_LIST_CLUSTER_ROLES ? "ClusterRole" : "Role";

    if (!r)
        return pl_fail(err, PL_LIMIT, "role does not fit its budget");
    for (size_t i = 0; i < rules->n && i < PL_CLUSTER_RULES; i++) {
        for (size_t k = 0; k < PL_COUNT(lists); k++)
            if (has_wildcard(&rules->items[i], lists[k]))
                pl_words_add(&wildcards, pl_str_c(lists[k]));
        add_rights(&rules->items[i], &words);
    }
    pl_set_str(r, PL_F_ROLE_NAME,
               pl_objects_text(o, "%s/%.*s", kind, PL_F(pl_object_name(o, object))));
    pl_set_bool(r, PL_F_ROLE_IS_DEFAULT,
                is_labelled(object) &&
                    is_default_role(pl_node_text(meta, "namespace"), pl_node_text(meta, "name")));
    pl_words_set(&wildcards, r, PL_F_ROLE_WILDCARDS);
    pl_words_set(&words, r, PL_F_ROLE_RIGHTS);
    if (rules->n > PL_CLUSTER_RULES) {
        pl_set_unreadable(r, PL_F_ROLE_WILDCARDS, "limit:rules");
        pl_set_unreadable(r, PL_F_ROLE_RIGHTS, "limit:rules");
    }
    return pl_objects_send(o, r, err);
}

/* ---- bindings ---- */

static pl_str subject_of(pl_objects *o, const pl_yaml *subject, pl_str space)
{
    pl_str kind = pl_node_text(subject, "kind"), name = pl_node_text(subject, "name");
    pl_str own = pl_node_text(subject, "namespace");
    const pl_str account = PL_S("system:serviceaccount:");

    /* An account may be named as the user that it is. */
    if (pl_str_eq(kind, PL_S("User")) && pl_str_starts(name, account)) {
        pl_str rest = pl_str_sub(name, account.n, name.n);
        (void)pl_str_cut(&rest, ':', &own);
        return pl_objects_text(o, "ServiceAccount:%.*s/%.*s", PL_F(own), PL_F(rest));
    }
    if (!pl_str_eq(kind, PL_S("ServiceAccount")))
        return pl_objects_text(o, "%.*s:%.*s", PL_F(kind), PL_F(name));
    return pl_objects_text(o, "%.*s:%.*s/%.*s", PL_F(kind), PL_F(own.n ? own : space), PL_F(name));
}

static pl_rc send_grant(pl_objects *o, const pl_yaml *object, const pl_yaml *subject, pl_str role,
                        pl_err *err)
{
    const pl_yaml *meta = pl_object_meta(object);
    const char *kind =
        o->list == PL_LIST_CLUSTER_ROLE_BINDINGS ? "ClusterRoleBinding" : "RoleBinding";
    pl_record *r = pl_objects_record(o, PL_CE_GRANT);
    pl_str binding = pl_objects_text(o, "%s/%.*s", kind, PL_F(pl_object_name(o, object)));
    pl_str who = subject_of(o, subject, pl_node_text(meta, "namespace"));

    if (!r)
        return pl_fail(err, PL_LIMIT, "binding does not fit its budget");
    pl_set_str(r, PL_F_GRANT_NAME, pl_objects_text(o, "%.*s > %.*s", PL_F(binding), PL_F(who)));
    pl_set_str(r, PL_F_GRANT_BINDING, binding);
    pl_object_set_text(r, PL_F_GRANT_NAMESPACE, pl_node_text(meta, "namespace"));
    pl_set_str(r, PL_F_GRANT_ROLE, role);
    pl_set_str(r, PL_F_GRANT_SUBJECT, who);
    pl_set_bool(r, PL_F_GRANT_IS_DEFAULT,
                is_labelled(object) &&
                    is_default_binding(pl_node_text(meta, "name"),
                                       pl_node_text(pl_yaml_get(object, "roleRef"), "name"), who));
    return pl_objects_send(o, r, err);
}

pl_rc pl_object_binding(pl_objects *o, const pl_yaml *object, pl_err *err)
{
    const pl_yaml *ref = pl_yaml_get(object, "roleRef");
    const pl_yaml *subjects = pl_node_list(object, "subjects");
    pl_str kind = pl_node_text(ref, "kind"), name = pl_node_text(ref, "name");
    pl_str space = pl_node_text(pl_object_meta(object), "namespace");
    pl_str role = pl_str_eq(kind, PL_S("Role"))
                      ? pl_objects_text(o, "Role/%.*s/%.*s", PL_F(space), PL_F(name))
                      : pl_objects_text(o, "ClusterRole/%.*s", PL_F(name));
    pl_rc rc = PL_OK;

    for (size_t i = 0; !rc && i < subjects->n; i++)
        rc = send_grant(o, object, &subjects->items[i], role, err);
    return rc;
}

/* ---- accounts ---- */

pl_rc pl_object_service_account(pl_objects *o, const pl_yaml *object, pl_err *err)
{
    pl_record *r = pl_objects_record(o, PL_CE_SERVICE_ACCOUNT);
    const pl_yaml *meta = pl_object_meta(object);

    if (!r)
        return pl_fail(err, PL_LIMIT, "service account does not fit its budget");
    pl_set_str(r, PL_F_SERVICE_ACCOUNT_NAME, pl_object_name(o, object));
    pl_set_str(r, PL_F_SERVICE_ACCOUNT_NAMESPACE, pl_node_text(meta, "namespace"));
    pl_set_bool(r, PL_F_SERVICE_ACCOUNT_IS_DEFAULT,
                pl_str_eq(pl_node_text(meta, "name"), PL_S("default")));
    pl_object_set_flag(r, PL_F_SERVICE_ACCOUNT_AUTOMOUNT,
                       pl_yaml_get(object, "automountServiceAccountToken"));
    return pl_objects_send(o, r, err);
}

/* Metadata is all that was asked for. */
pl_rc pl_object_token_secret(pl_objects *o, const pl_yaml *object, pl_err *err)
{
    PL_AUTO_BUF pl_buf b = {0};

    pl_objects_begin(o, &b);
    pl_buf_lstr(&b, pl_object_name(o, object));
    return pl_buf_ok(&b) ? pl_jail_send(o->out_fd, PL_CLUSTER_FRAME_NAME, pl_buf_view(&b), err)
                         : pl_fail(err, PL_NOMEM, "secret");
}
