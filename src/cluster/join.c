/* SPDX-License-Identifier: Apache-2.0 */
/* What no object says alone: who has which rights, what is used, what a namespace is guarded by. */
#include "cluster/collect.h"

#include "cluster/objects.h"
#include "engine/running.h"

#include <stdlib.h>
#include <string.h>

/* ---- an index of records by a text ---- */

struct entry {
    pl_str key;
    pl_record *r;
};

struct index {
    struct entry *v;
    size_t n;
    const char *gap; /* reason code: some records are missing; NULL: none are */
};

static int by_key(const void *a, const void *b)
{
    return pl_str_cmp(((const struct entry *)a)->key, ((const struct entry *)b)->key);
}

static pl_rc make_index(const pl_collecting *c, pl_cluster_element kind, int field,
                        struct index *ret, pl_err *err)
{
    const pl_gathered *g = &c->gathered[kind];

    *ret = (struct index){.v = calloc(g->n + 1, sizeof(*ret->v))};
    if (!ret->v)
        return pl_fail(err, PL_NOMEM, "index of a cluster");
    for (size_t i = 0; i < g->n; i++) {
        const pl_value *v = pl_get(g->v[i], field);
        if (v->state == PL_PRESENT)
            ret->v[ret->n++] = (struct entry){v->u.s, g->v[i]};
        else if (v->state == PL_UNREADABLE)
            ret->gap = v->reason;
    }
    qsort(ret->v, ret->n, sizeof(*ret->v), by_key);
    return PL_OK;
}

/* The first of that key; *ret_n: how many there are. */
static const struct entry *find(const struct index *x, pl_str key, size_t *ret_n)
{
    size_t low = 0, high = x->n;

    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (pl_str_cmp(x->v[mid].key, key) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    for (*ret_n = 0; low + *ret_n < x->n && pl_str_eq(x->v[low + *ret_n].key, key);)
        ++*ret_n;
    return *ret_n ? &x->v[low] : NULL;
}

static bool is_there(const struct index *x, pl_str key)
{
    size_t n;
    return find(x, key, &n) != NULL;
}

/* True when it is there; unreadable when it may be among what could not be read. */
static void set_is_there(pl_record *r, int field, const struct index *x, pl_str key)
{
    if (is_there(x, key))
        pl_set_bool(r, field, true);
    else if (x->gap)
        pl_set_unreadable(r, field, x->gap);
    else
        pl_set_bool(r, field, false);
}

static void set_count(pl_record *r, int field, const struct index *x, pl_str key)
{
    size_t n;

    (void)find(x, key, &n);
    if (x->gap)
        pl_set_unreadable(r, field, x->gap);
    else
        pl_set_int(r, field, (int64_t)n);
}

static pl_str text_of(const pl_record *r, int field)
{
    const pl_value *v = pl_get(r, field);
    return v->state == PL_PRESENT ? v->u.s : (pl_str){"", 0};
}

/* ---- the joins ---- */

struct joins {
    pl_collecting *c;
    struct index roles, bound_roles, subjects, accounts, workload_accounts, workload_spaces,
        policies;
};

static void join_grant(const struct joins *j, pl_record *grant)
{
    size_t n;
    const struct entry *role = find(&j->roles, text_of(grant, PL_F_GRANT_ROLE), &n);

    if (!text_of(grant, PL_F_GRANT_ROLE).n)
        return;
    if (role) {
        const pl_value *v = pl_get(role->r, PL_F_ROLE_RIGHTS);
        if (v->state == PL_PRESENT)
            pl_set_strs(grant, PL_F_GRANT_RIGHTS, v->u.strs, v->n);
        else
            pl_set_unreadable(grant, PL_F_GRANT_RIGHTS, v->reason);
    } else if (j->roles.gap) {
        pl_set_unreadable(grant, PL_F_GRANT_RIGHTS, j->roles.gap);
    } else {
        pl_set_strs(grant, PL_F_GRANT_RIGHTS, NULL, 0);
    }
}

static void join_role(const struct joins *j, pl_record *role)
{
    pl_str name = text_of(role, PL_F_ROLE_NAME);

    if (name.n)
        set_is_there(role, PL_F_ROLE_IS_BOUND, &j->bound_roles, name);
}

static pl_str subject_name(const struct joins *j, pl_str account)
{
    return pl_collecting_text(j->c, "ServiceAccount:%.*s", PL_F(account));
}

/* Of the workloads that run with it those that mount its token; after join_workload. */
static void set_token_count(const struct joins *j, pl_record *account, pl_str name)
{
    const char *gap = j->workload_accounts.gap;
    int64_t count = 0;
    size_t n;
    const struct entry *e = find(&j->workload_accounts, name, &n);

    for (size_t i = 0; i < n; i++) {
        const pl_value *v = pl_get(e[i].r, PL_F_WORKLOAD_MOUNTS_TOKEN);
        count += v->state == PL_PRESENT && v->u.b;
        gap = v->state == PL_UNREADABLE ? v->reason : gap;
    }
    if (gap)
        pl_set_unreadable(account, PL_F_SERVICE_ACCOUNT_TOKEN_WORKLOADS, gap);
    else
        pl_set_int(account, PL_F_SERVICE_ACCOUNT_TOKEN_WORKLOADS, count);
}

static void join_account(const struct joins *j, pl_record *account)
{
    pl_str name = text_of(account, PL_F_SERVICE_ACCOUNT_NAME);

    if (!name.n)
        return;
    set_is_there(account, PL_F_SERVICE_ACCOUNT_IS_BOUND, &j->subjects, subject_name(j, name));
    /* What all accounts of a namespace get, that of pods which name none gets, too. */
    const pl_value *is_default = pl_get(account, PL_F_SERVICE_ACCOUNT_IS_DEFAULT);
    pl_str group = pl_collecting_text(j->c, "Group:system:serviceaccounts:%.*s",
                                      PL_F(text_of(account, PL_F_SERVICE_ACCOUNT_NAMESPACE)));
    if (is_default->state == PL_PRESENT && is_default->u.b && is_there(&j->subjects, group))
        pl_set_bool(account, PL_F_SERVICE_ACCOUNT_IS_BOUND, true);
    set_count(account, PL_F_SERVICE_ACCOUNT_WORKLOADS, &j->workload_accounts, name);
    set_token_count(j, account, name);
}

/* "NAMESPACE/ACCOUNT" of a workload. */
static pl_str account_of(const struct joins *j, const pl_record *workload)
{
    return pl_collecting_text(j->c, "%.*s/%.*s", PL_F(text_of(workload, PL_F_WORKLOAD_NAMESPACE)),
                              PL_F(text_of(workload, PL_F_WORKLOAD_SERVICE_ACCOUNT)));
}

/* The pod's word, else the account's, else it is mounted. */
static void join_workload(const struct joins *j, pl_record *workload)
{
    const pl_value *own = pl_get(workload, PL_F_WORKLOAD_AUTOMOUNT);
    pl_str name = account_of(j, workload);
    size_t n;
    const struct entry *account = find(&j->accounts, name, &n);

    if (!text_of(workload, PL_F_WORKLOAD_NAME).n)
        return;
    set_is_there(workload, PL_F_WORKLOAD_NEEDS_TOKEN, &j->subjects, subject_name(j, name));
    const pl_value *its = account ? pl_get(account->r, PL_F_SERVICE_ACCOUNT_AUTOMOUNT) : NULL;
    if (own->state == PL_PRESENT)
        pl_set_bool(workload, PL_F_WORKLOAD_MOUNTS_TOKEN, own->u.b);
    else if (own->state == PL_UNREADABLE)
        pl_set_unreadable(workload, PL_F_WORKLOAD_MOUNTS_TOKEN, own->reason);
    else if (!account && j->accounts.gap)
        pl_set_unreadable(workload, PL_F_WORKLOAD_MOUNTS_TOKEN, j->accounts.gap);
    else
        pl_set_bool(workload, PL_F_WORKLOAD_MOUNTS_TOKEN,
                    !its || its->state != PL_PRESENT || its->u.b);
}

static bool any_is(const struct entry *e, size_t n, int field)
{
    for (size_t i = 0; i < n; i++) {
        const pl_value *v = pl_get(e[i].r, field);
        if (v->state == PL_PRESENT && v->u.b)
            return true;
    }
    return false;
}

/* Of the policies of a namespace one has to deny; policies add up, so none may open it again. */
static void set_denies(const struct joins *j, pl_record *space, int field, int denies, int opens)
{
    size_t n;
    const struct entry *e = find(&j->policies, text_of(space, PL_F_NAMESPACE_NAME), &n);

    if (any_is(e, n, opens))
        pl_set_bool(space, field, false);
    else if (j->policies.gap)
        pl_set_unreadable(space, field, j->policies.gap);
    else
        pl_set_bool(space, field, any_is(e, n, denies));
}

/* ---- Pod Security levels ---- */

static unsigned rank_of(pl_str level)
{
    return pl_str_eq(level, PL_S("restricted")) ? 2 : pl_str_eq(level, PL_S("baseline")) ? 1 : 0;
}

static void join_levels(const struct joins *j, pl_record *space)
{
    static const char *const levels[] = {"privileged", "baseline", "restricted"};
    pl_words below = {.arena = j->c->arena};
    unsigned enforced = rank_of(text_of(space, PL_F_NAMESPACE_ENFORCE)), lowest = 2;
    size_t n;
    const struct entry *e = find(&j->workload_spaces, text_of(space, PL_F_NAMESPACE_NAME), &n);

    for (size_t i = 0; i < n; i++) {
        unsigned rank = rank_of(text_of(e[i].r, PL_F_WORKLOAD_POD_SECURITY));
        lowest = rank < lowest ? rank : lowest;
        if (rank < enforced)
            pl_words_add(&below, text_of(e[i].r, PL_F_WORKLOAD_NAME));
    }
    if (j->workload_spaces.gap) {
        pl_set_unreadable(space, PL_F_NAMESPACE_POD_SECURITY, j->workload_spaces.gap);
        pl_set_unreadable(space, PL_F_NAMESPACE_BELOW_ENFORCED, j->workload_spaces.gap);
        return;
    }
    if (n)
        pl_set_str(space, PL_F_NAMESPACE_POD_SECURITY, pl_str_c(levels[lowest]));
    else
        pl_set_absent(space, PL_F_NAMESPACE_POD_SECURITY);
    pl_words_set(&below, space, PL_F_NAMESPACE_BELOW_ENFORCED);
}

static void join_namespace(const struct joins *j, pl_record *space)
{
    pl_str name = text_of(space, PL_F_NAMESPACE_NAME);

    if (!name.n)
        return;
    set_count(space, PL_F_NAMESPACE_WORKLOADS, &j->workload_spaces, name);
    join_levels(j, space);
    set_denies(j, space, PL_F_NAMESPACE_DENIES_INGRESS, PL_F_NETWORK_POLICY_DENIES_INGRESS,
               PL_F_NETWORK_POLICY_OPENS_INGRESS);
    set_denies(j, space, PL_F_NAMESPACE_DENIES_EGRESS, PL_F_NETWORK_POLICY_DENIES_EGRESS,
               PL_F_NETWORK_POLICY_OPENS_EGRESS);
}

static void join_node(const struct joins *j, pl_record *node)
{
    const pl_value *own = pl_get(node, PL_F_NODE_KUBELET_MINOR),
                   *its = pl_get(j->c->cluster, PL_F_CLUSTER_MINOR);

    if (own->state == PL_PRESENT && its->state == PL_PRESENT)
        pl_set_int(node, PL_F_NODE_MINORS_BEHIND, its->u.i - own->u.i);
}

static void for_all(const struct joins *j, pl_cluster_element kind,
                    void (*join)(const struct joins *j, pl_record *r))
{
    const pl_gathered *g = &j->c->gathered[kind];

    for (size_t i = 0; i < g->n; i++)
        join(j, g->v[i]);
}

/* ---- who runs the control plane ---- */

/* Versions of providers: v1.29.3-eks-adc7111, v1.29.4-gke.1043002. AKS shows in its nodes alone. */
static const char *provider_of_version(pl_str version)
{
    if (pl_str_has(version, PL_S("-eks-")))
        return "eks";
    return pl_str_has(version, PL_S("-gke.")) ? "gke" : NULL;
}

/*
 * The same builds of Kubernetes run on machines of one's own (EKS Anywhere, GKE on premises), and
 * aks-engine writes labels of AKS. There the nodes of the control plane are nodes of the cluster;
 * a provider shows none. So without the nodes it is not known who runs it.
 */
static void set_provider(pl_collecting *c)
{
    const pl_gathered *g = &c->gathered[PL_CE_NODE];
    const char *word = provider_of_version(text_of(c->cluster, PL_F_CLUSTER_VERSION));
    const char *gap = g->n ? NULL : "not-observed";
    pl_str provider = pl_str_c(word);
    bool is_own = false;

    for (size_t i = 0; i < g->n; i++) {
        const pl_value *v = pl_get(g->v[i], PL_F_NODE_MANAGED_BY);
        if (!provider.n && v->state == PL_PRESENT)
            provider = v->u.s;
        if (v->state == PL_UNREADABLE)
            gap = v->reason;
        is_own |= pl_record_true(g->v[i], PL_F_NODE_IS_CONTROL_PLANE);
    }
    if (!gap && c->lists[PL_LIST_VERSION].state == PL_LIST_FAILED && !provider.n)
        gap = c->lists[PL_LIST_VERSION].reason;
    if (gap && !is_own)
        pl_set_unreadable(c->cluster, PL_F_CLUSTER_MANAGED_BY, gap);
    else if (provider.n && !is_own)
        pl_set_str(c->cluster, PL_F_CLUSTER_MANAGED_BY, provider);
    else
        pl_set_absent(c->cluster, PL_F_CLUSTER_MANAGED_BY);
}

/*
 * Daemon sets by which network plug-ins run on each node, where they are installed: whoever has a
 * namespace may call a daemon set as he likes. One that is not among them says nothing.
 */
static void set_plugins(pl_collecting *c)
{
    static const struct {
        const char *name, *plugin;
    } rows[] = {{"kube-system/calico-node", "calico"},
                {"calico-system/calico-node", "calico"},
                {"kube-system/cilium", "cilium"},
                {"cilium/cilium", "cilium"},
                {"kube-system/anetd", "cilium"},
                {"kube-system/antrea-agent", "antrea"},
                {"kube-system/kube-router", "kube-router"},
                {"kube-system/weave-net", "weave-net"},
                {"kube-system/kube-ovn-cni", "kube-ovn"},
                {"kube-system/canal", "canal"},
                {"kube-system/rke2-canal", "canal"},
                {"kube-system/azure-npm", "azure-npm"},
                {"openshift-ovn-kubernetes/ovnkube-node", "ovn-kubernetes"},
                {"kube-system/kube-flannel-ds", "flannel"},
                {"kube-flannel/kube-flannel-ds", "flannel"},
                {"kube-system/kube-flannel", "flannel"}};
    const pl_gathered *g = &c->gathered[PL_CE_WORKLOAD];
    pl_words words = {.arena = c->arena};

    for (size_t i = 0; i < g->n; i++) {
        pl_str rest = text_of(g->v[i], PL_F_WORKLOAD_NAME), kind;
        if (!pl_str_cut(&rest, '/', &kind) || !pl_str_eq(kind, PL_S("DaemonSet")))
            continue;
        for (size_t k = 0; k < PL_COUNT(rows); k++)
            if (pl_str_eq(rest, pl_str_c(rows[k].name)))
                pl_words_add(&words, pl_str_c(rows[k].plugin));
    }
    if (words.n)
        pl_words_set(&words, c->cluster, PL_F_CLUSTER_NETWORK_PLUGINS);
    else
        pl_set_unreadable(c->cluster, PL_F_CLUSTER_NETWORK_PLUGINS, "not-observed");
}

static void set_version(pl_collecting *c)
{
    const pl_listing *l = &c->lists[PL_LIST_VERSION];
    int64_t minor = pl_object_minor(text_of(c->cluster, PL_F_CLUSTER_VERSION));

    if (l->state == PL_LIST_FAILED) {
        pl_set_unreadable(c->cluster, PL_F_CLUSTER_VERSION, l->reason);
        pl_set_unreadable(c->cluster, PL_F_CLUSTER_MINOR, l->reason);
    } else if (minor >= 0) {
        pl_set_int(c->cluster, PL_F_CLUSTER_MINOR, minor);
    }
}

/* ---- the cluster's record ---- */

static void set_lists(pl_collecting *c)
{
    static const struct {
        int field;
        pl_cluster_element kind;
    } rows[] = {
        {PL_F_CLUSTER_NAMESPACES, PL_CE_NAMESPACE},
        {PL_F_CLUSTER_NODES, PL_CE_NODE},
        {PL_F_CLUSTER_WORKLOADS, PL_CE_WORKLOAD},
        {PL_F_CLUSTER_ROLES, PL_CE_ROLE},
        {PL_F_CLUSTER_GRANTS, PL_CE_GRANT},
        {PL_F_CLUSTER_SERVICE_ACCOUNTS, PL_CE_SERVICE_ACCOUNT},
        {PL_F_CLUSTER_SERVICES, PL_CE_SERVICE},
        {PL_F_CLUSTER_INGRESSES, PL_CE_INGRESS},
        {PL_F_CLUSTER_NETWORK_POLICIES, PL_CE_NETWORK_POLICY},
        {PL_F_CLUSTER_WEBHOOKS, PL_CE_WEBHOOK},
    };
    const pl_listing *secrets = &c->lists[PL_LIST_TOKEN_SECRETS];

    pl_set_unreadable(c->cluster, PL_F_CLUSTER_JOIN_TOKENS_EXPIRE, "unsupported");
    pl_set_unreadable(c->cluster, PL_F_CLUSTER_COMPONENTS_SCANNED, "unsupported");
    pl_set_unreadable(c->cluster, PL_F_CLUSTER_ENDPOINTS_PROBED, "needs:probe");
    for (size_t i = 0; i < PL_COUNT(rows); i++)
        pl_set_recs(c->cluster, rows[i].field, c->gathered[rows[i].kind].v,
                    c->gathered[rows[i].kind].n);
    if (secrets->state == PL_LIST_FAILED)
        pl_set_unreadable(c->cluster, PL_F_CLUSTER_TOKEN_SECRETS, secrets->reason);
    else
        pl_set_strs(c->cluster, PL_F_CLUSTER_TOKEN_SECRETS, c->secrets, c->n_secrets);
}

/* Of workloads a text that two of their fields make. */
static pl_rc index_accounts(struct joins *j, struct index *ret, pl_err *err)
{
    pl_rc rc = make_index(j->c, PL_CE_WORKLOAD, PL_F_WORKLOAD_NAME, ret, err);

    for (size_t i = 0; !rc && i < ret->n; i++)
        ret->v[i].key = account_of(j, ret->v[i].r);
    if (!rc)
        qsort(ret->v, ret->n, sizeof(*ret->v), by_key);
    return rc;
}

static pl_rc make_all(struct joins *j, pl_err *err)
{
    const struct {
        pl_cluster_element kind;
        int field;
        struct index *to;
    } rows[] = {
        {PL_CE_ROLE, PL_F_ROLE_NAME, &j->roles},
        {PL_CE_GRANT, PL_F_GRANT_ROLE, &j->bound_roles},
        {PL_CE_GRANT, PL_F_GRANT_SUBJECT, &j->subjects},
        {PL_CE_SERVICE_ACCOUNT, PL_F_SERVICE_ACCOUNT_NAME, &j->accounts},
        {PL_CE_WORKLOAD, PL_F_WORKLOAD_NAMESPACE, &j->workload_spaces},
        {PL_CE_NETWORK_POLICY, PL_F_NETWORK_POLICY_NAMESPACE, &j->policies},
    };
    pl_rc rc = PL_OK;

    for (size_t i = 0; !rc && i < PL_COUNT(rows); i++)
        rc = make_index(j->c, rows[i].kind, rows[i].field, rows[i].to, err);
    return rc ? rc : index_accounts(j, &j->workload_accounts, err);
}

pl_rc pl_collecting_join(pl_collecting *c, pl_err *err)
{
    struct joins j = {.c = c};
    struct index *const all[] = {&j.roles,    &j.bound_roles,       &j.subjects,
                                 &j.accounts, &j.workload_accounts, &j.workload_spaces,
                                 &j.policies};
    pl_rc rc = make_all(&j, err);

    if (!rc) {
        set_version(c);
        for_all(&j, PL_CE_GRANT, join_grant);
        for_all(&j, PL_CE_ROLE, join_role);
        for_all(&j, PL_CE_WORKLOAD, join_workload);
        for_all(&j, PL_CE_SERVICE_ACCOUNT, join_account);
        for_all(&j, PL_CE_NAMESPACE, join_namespace);
        for_all(&j, PL_CE_NODE, join_node);
        set_provider(c);
        set_plugins(c);
        set_lists(c);
    }
    for (size_t i = 0; i < PL_COUNT(all); i++)
        free(all[i]->v);
    return rc;
}
