/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A node of Kubernetes by its own files: what its components were started with, the kubelet's
 * configuration, and who may touch manifests, keys and kubeconfigs. A process says more than the
 * file that it was started from, so it comes first; a mounted tree has the files alone.
 */
#include "host/kubernetes.h"

#include "core/yaml_tree.h"
#include "host/facts.h"
#include "host/files.h"
#include "host/limits.h"
#include "host/processes.h"

#include <string.h>

#define MANIFESTS "/etc/kubernetes/manifests/"

struct component {
    const char *comm; /* cut at 15 characters, as the kernel does */
    const char *manifest;
    int where, flags;
};

static const struct component components[] = {
    {"kube-apiserver", MANIFESTS "kube-apiserver.yaml", PL_F_HOST_KUBE_APISERVER,
     PL_F_HOST_KUBE_APISERVER_FLAG},
    {"kube-controller", MANIFESTS "kube-controller-manager.yaml", PL_F_HOST_KUBE_CONTROLLER_MANAGER,
     PL_F_HOST_KUBE_CONTROLLER_MANAGER_FLAG},
    {"kube-scheduler", MANIFESTS "kube-scheduler.yaml", PL_F_HOST_KUBE_SCHEDULER,
     PL_F_HOST_KUBE_SCHEDULER_FLAG},
    {"etcd", MANIFESTS "etcd.yaml", PL_F_HOST_KUBE_ETCD, PL_F_HOST_KUBE_ETCD_FLAG},
    {"kubelet", NULL, PL_F_HOST_KUBELET, PL_F_HOST_KUBELET_FLAG},
    {"kube-proxy", NULL, PL_F_HOST_KUBE_PROXY, PL_F_HOST_KUBE_PROXY_FLAG},
};

/* ---- flags ---- */

static void add_pair(pl_host_recs *to, pl_str name, pl_str value)
{
    pl_record *r = pl_host_recs_new(to, PL_HE_KUBE_FLAG);

    pl_set_str(r, PL_F_KUBE_FLAG_NAME, name);
    pl_set_str(r, PL_F_KUBE_FLAG_VALUE, value);
}

/* Of which each one adds to those before it; of any other flag the last one counts. */
static bool is_list(pl_str name)
{
    static const char *const names[] = {
        "authorization-mode", "enable-admission-plugins", "disable-admission-plugins",
        "etcd-servers",       "etcd-servers-overrides",   "tls-cipher-suites",
        "feature-gates",
    };

    for (size_t i = 0; i < PL_COUNT(names); i++)
        if (pl_str_eq(name, pl_str_c(names[i])))
            return true;
    return false;
}

/* Components take "_" for "-"; etcd does not. */
static pl_str spelled(pl_host_recs *to, pl_str name, bool is_etcd)
{
    pl_str copy = is_etcd ? name : pl_arena_str(to->arena, name);

    for (size_t i = 0; !is_etcd && copy.p && i < copy.n; i++)
        if (copy.p[i] == '_')
            ((char *)(uintptr_t)copy.p)[i] = '-';
    return copy.p ? copy : name;
}

/* Go's other words for true and false, but for 1 and 0, which may be numbers. */
static pl_str plain_bool(pl_str value)
{
    static const char *const trues[] = {"t", "T", "TRUE", "True"}, *const falses[] = {
                                                                       "f", "F", "FALSE", "False"};

    for (size_t i = 0; i < PL_COUNT(trues); i++) {
        if (pl_str_eq(value, pl_str_c(trues[i])))
            return PL_S("true");
        if (pl_str_eq(value, pl_str_c(falses[i])))
            return PL_S("false");
    }
    return value;
}

/* A list is CSV, whose words may stand in quotes. */
static pl_str unquoted(pl_arena *a, pl_str value)
{
    char *copy =
        value.n && memchr(value.p, '"', value.n) ? pl_arena_calloc(a, value.n + 1, 1) : NULL;
    size_t n = 0;

    if (!copy)
        return value;
    for (size_t i = 0; i < value.n; i++)
        if (value.p[i] != '"')
            copy[n++] = value.p[i];
    return (pl_str){copy, n};
}

static void add_flag(pl_host_recs *to, pl_str name, pl_str value, bool is_etcd)
{
    name = spelled(to, name, is_etcd);
    if (is_etcd || !is_list(name)) {
        add_pair(to, name, plain_bool(value));
        return;
    }
    value = unquoted(to->arena, value);
    for (size_t i = 0; i < to->n; i++) {
        pl_record *r = to->v[i];
        if (!pl_str_eq(pl_get(r, PL_F_KUBE_FLAG_NAME)->u.s, name))
            continue;
        pl_str more = pl_get(r, PL_F_KUBE_FLAG_VALUE)->u.s;
        pl_set_str(r, PL_F_KUBE_FLAG_VALUE,
                   pl_host_fmt(to->arena, "%.*s,%.*s", PL_F(value), PL_F(more)));
        return;
    }
    add_pair(to, name, value);
}

/* "--name=value", "--name value", "--name" alone, which means true; of etcd also "-name". From the
 * last to the first, so that who looks for a name finds the last. */
static void add_flags(pl_host_recs *to, const pl_str *words, size_t n, bool is_etcd)
{
    for (size_t i = n; i-- > 0;) {
        pl_str rest = words[i], name;
        size_t dashes = pl_str_starts(rest, PL_S("--")) ? 2 : 1;
        if (!pl_str_starts(rest, PL_S("-")) || (dashes == 1 && !is_etcd))
            continue;
        rest = pl_str_sub(rest, dashes, rest.n);
        bool has_value = rest.n && memchr(rest.p, '=', rest.n);
        (void)pl_str_cut(&rest, '=', &name);
        if (!has_value && i + 1 < n && !pl_str_starts(words[i + 1], PL_S("-")))
            rest = words[i + 1];
        else if (!has_value)
            rest = PL_S("true");
        add_flag(to, name, rest, is_etcd);
    }
}

static void words_of_process(pl_str bytes, pl_host_strs *words)
{
    pl_str word;

    while (pl_str_cut(&bytes, '\0', &word))
        pl_host_strs_add(words, word);
}

static void add_list(const pl_yaml *list, pl_host_strs *words)
{
    for (size_t i = 0; list && list->type == PL_YAML_SEQUENCE && i < list->n; i++)
        pl_host_strs_add(words, list->items[i].text);
}

static bool words_of_manifest(pl_host_reading *f, pl_str text, pl_host_strs *words)
{
    pl_yaml_documents docs = {0};

    if (pl_yaml_stream(f->a, text, &docs, NULL) != PL_OK || !docs.n)
        return false;
    const pl_yaml *list = pl_yaml_get(pl_yaml_get(&docs.v[0], "spec"), "containers");
    if (!list || list->type != PL_YAML_SEQUENCE || !list->n)
        return false;
    add_list(pl_yaml_get(&list->items[0], "command"), words);
    add_list(pl_yaml_get(&list->items[0], "args"), words);
    return true;
}

/* ---- components ---- */

/* In a container or not: static pods are. */
static const pl_process *process_of(const pl_processes *p, pl_str comm)
{
    for (size_t i = 0; i < p->n; i++)
        if (pl_str_eq(p->v[i].comm, comm))
            return &p->v[i];
    return NULL;
}

/* Anybody may call a process so, and nodes in containers have components of their own: which of
 * several is the node's is not known. */
static bool has_several(const pl_processes *p, pl_str comm)
{
    size_t n = 0;

    for (size_t i = 0; i < p->n; i++)
        n += pl_str_eq(p->v[i].comm, comm);
    return n > 1;
}

/* Distributions that run all components in one process, with flags of their own. */
static bool is_one_program(const pl_processes *p)
{
    static const char *const comms[] = {"k3s",      "k3s-server", "k3s-agent",
                                        "kubelite", "k0s",        "rke2"};

    for (size_t i = 0; i < PL_COUNT(comms); i++)
        if (process_of(p, pl_str_c(comms[i])))
            return true;
    return false;
}

static bool sees_all(const pl_processes *p)
{
    const pl_process *second = pl_process_by_pid(p, 2);
    return second && pl_str_eq(second->comm, PL_S("kthreadd"));
}

static void set_both(pl_host_reading *f, const struct component *c, const char *reason)
{
    if (reason) {
        pl_set_unreadable(f->host, c->where, reason);
        pl_set_unreadable(f->host, c->flags, reason);
    } else {
        pl_set_absent(f->host, c->where);
        pl_set_absent(f->host, c->flags);
    }
}

static void set_flags(pl_host_reading *f, const struct component *c, pl_str where,
                      const pl_host_strs *words)
{
    pl_host_recs flags = {.arena = f->a};

    add_flags(&flags, words->v, words->n, c->flags == PL_F_HOST_KUBE_ETCD_FLAG);
    pl_set_str(f->host, c->where, where);
    if (words->lost)
        pl_set_unreadable(f->host, c->flags, "limit:elements");
    else
        pl_host_recs_set(&flags, f->host, c->flags);
}

static void read_process(pl_host_reading *f, const struct component *c, const pl_process *p)
{
    pl_host_strs words = {.arena = f->a};
    pl_str path = pl_host_fmt(f->a, "/proc/%lld/cmdline", (long long)p->pid);
    const pl_snap_entry *e = pl_snap_read(f->snap, path);

    if (!e)
        return;
    if (e->rc != PL_OK) {
        pl_set_str(f->host, c->where, path);
        pl_set_unreadable(f->host, c->flags, pl_host_reason(e));
        return;
    }
    words_of_process(e->bytes, &words);
    set_flags(f, c, path, &words);
}

static void read_manifest(pl_host_reading *f, const struct component *c, const pl_processes *p)
{
    const pl_snap_entry *e = c->manifest ? pl_snap_read(f->snap, pl_str_c(c->manifest)) : NULL;
    pl_host_strs words = {.arena = f->a};

    if (c->manifest && !e)
        return;
    if (e && e->rc == PL_OK && words_of_manifest(f, e->bytes, &words))
        set_flags(f, c, pl_str_c(c->manifest), &words);
    else if (e && e->rc == PL_OK)
        set_both(f, c, "unreadable");
    else if (e && e->rc != PL_NOTFOUND)
        set_both(f, c, pl_host_reason(e));
    else if (p->state == PL_SEEN_OK && is_one_program(p))
        set_both(f, c, "unsupported");
    else
        set_both(f, c, p->state == PL_SEEN_OK && sees_all(p) ? NULL : "not-observed");
}

/* ---- who runs the control plane ---- */

/*
 * Labels that only nodes of a provider's cluster are given. Of AKS not
 * kubernetes.azure.com/cluster, which aks-engine gives to nodes of clusters on machines of one's
 * own, too.
 */
static pl_str provider_of(pl_str labels)
{
    static const struct {
        const char *label, *provider;
    } rows[] = {{"eks.amazonaws.com/nodegroup", "eks"},
                {"eks.amazonaws.com/compute-type", "eks"},
                {"cloud.google.com/gke-nodepool", "gke"},
                {"kubernetes.azure.com/mode", "aks"}};
    pl_str one, name;

    while (pl_str_cut(&labels, ',', &one)) {
        (void)pl_str_cut(&one, '=', &name);
        for (size_t i = 0; i < PL_COUNT(rows); i++)
            if (pl_str_eq(pl_str_trim(name), pl_str_c(rows[i].label)))
                return pl_str_c(rows[i].provider);
    }
    return (pl_str){"", 0};
}

static void facts_provider(pl_host_reading *f)
{
    const pl_value *flags = pl_get(f->host, PL_F_HOST_KUBELET_FLAG);
    pl_str provider = provider_of(pl_kube_flag_of(f, PL_F_HOST_KUBELET_FLAG, "node-labels"));

    if (provider.n)
        pl_set_str(f->host, PL_F_HOST_KUBE_MANAGED_BY, provider);
    else if (flags->state == PL_UNREADABLE)
        pl_set_unreadable(f->host, PL_F_HOST_KUBE_MANAGED_BY, flags->reason);
    else
        pl_set_absent(f->host, PL_F_HOST_KUBE_MANAGED_BY);
}

/* ---- the kubelet's configuration ---- */

/* Flags that stand for settings of the file, and go before it. */
static const struct {
    const char *flag, *setting;
} kubelet_flags[] = {
    {"anonymous-auth", "authentication.anonymous.enabled"},
    {"authentication-token-webhook", "authentication.webhook.enabled"},
    {"client-ca-file", "authentication.x509.clientCAFile"},
    {"authorization-mode", "authorization.mode"},
    {"read-only-port", "readOnlyPort"},
    {"streaming-connection-idle-timeout", "streamingConnectionIdleTimeout"},
    {"make-iptables-util-chains", "makeIPTablesUtilChains"},
    {"event-qps", "eventRecordQPS"},
    {"tls-cert-file", "tlsCertFile"},
    {"tls-private-key-file", "tlsPrivateKeyFile"},
    {"tls-min-version", "tlsMinVersion"},
    {"tls-cipher-suites", "tlsCipherSuites"},
    {"rotate-certificates", "rotateCertificates"},
    {"rotate-server-certificates", "serverTLSBootstrap"},
    {"pod-max-pids", "podPidsLimit"},
    {"seccomp-default", "seccompDefault"},
};

pl_str pl_kube_flag_of(const pl_host_reading *f, int field, const char *name)
{
    const pl_value *v = pl_get(f->host, field);

    for (size_t i = 0; v->state == PL_PRESENT && i < v->n; i++)
        if (pl_str_eq(pl_get(v->u.recs[i], PL_F_KUBE_FLAG_NAME)->u.s, pl_str_c(name)))
            return pl_get(v->u.recs[i], PL_F_KUBE_FLAG_VALUE)->u.s;
    return (pl_str){"", 0};
}

/* {authentication: {webhook: {enabled: true}}} as authentication.webhook.enabled; a list of words
 * as one text. Recursion ends with the depth of YAML. */
static void flatten(pl_host_reading *f, const pl_yaml *v, pl_str path, pl_host_recs *to)
{
    pl_str text = v->text;

    if (v->type == PL_YAML_MAPPING) {
        for (size_t i = 0; i < v->n; i++)
            flatten(f, &v->items[2 * i + 1],
                    pl_host_fmt(f->a, "%.*s%s%.*s", PL_F(path), path.n ? "." : "",
                                PL_F(v->items[2 * i].text)),
                    to);
        return;
    }
    for (size_t i = 0; v->type == PL_YAML_SEQUENCE && i < v->n; i++)
        text = i ? pl_host_fmt(f->a, "%.*s,%.*s", PL_F(text), PL_F(v->items[i].text))
                 : v->items[i].text;
    if (!pl_yaml_is_null(v))
        add_pair(to, path, text);
}

static bool is_of_kubelet(const pl_yaml *doc)
{
    const pl_yaml *kind = pl_yaml_get(doc, "kind");
    return kind && pl_str_eq(kind->text, PL_S("KubeletConfiguration"));
}

/* "A=true,B=false" as featureGates.A, featureGates.B. */
static void add_gates(pl_host_reading *f, pl_host_recs *to)
{
    pl_str rest = pl_kube_flag_of(f, PL_F_HOST_KUBELET_FLAG, "feature-gates"), one, name;

    while (pl_str_cut(&rest, ',', &one)) {
        (void)pl_str_cut(&one, '=', &name);
        add_pair(to, pl_host_fmt(f->a, "featureGates.%.*s", PL_F(pl_str_trim(name))),
                 plain_bool(pl_str_trim(one)));
    }
}

static void add_kubelet_flags(pl_host_reading *f, pl_host_recs *to)
{
    for (size_t i = 0; i < PL_COUNT(kubelet_flags); i++) {
        pl_str v = pl_kube_flag_of(f, PL_F_HOST_KUBELET_FLAG, kubelet_flags[i].flag);
        if (v.n)
            add_pair(to, pl_str_c(kubelet_flags[i].setting), v);
    }
    add_gates(f, to);
}

/* Whoever starts a process called kubelet names any file: one of another kind is not taken. */
static void read_settings(pl_host_reading *f, pl_str file, pl_host_recs *to, const char **ret_gap)
{
    const pl_snap_entry *e = file.p[0] == '/' ? pl_snap_read(f->snap, file) : NULL;
    pl_yaml_documents docs = {0};

    *ret_gap = NULL;
    if (file.p[0] != '/')
        *ret_gap = "unsupported";
    else if (!e)
        *ret_gap = "not-observed";
    else if (e->rc == PL_NOTFOUND)
        return;
    else if (e->rc != PL_OK)
        *ret_gap = pl_host_reason(e);
    else if (pl_yaml_stream(f->a, e->bytes, &docs, NULL) != PL_OK || !docs.n ||
             !is_of_kubelet(&docs.v[0]))
        *ret_gap = "unreadable";
    else
        flatten(f, &docs.v[0], (pl_str){"", 0}, to);
}

/* Without --config a kubelet that runs reads no file, and its defaults are other ones. */
static const char *read_kubelet(pl_host_reading *f, bool is_tree, pl_host_recs *settings,
                                bool *ret_has_file)
{
    const pl_value *flags = pl_get(f->host, PL_F_HOST_KUBELET_FLAG);
    pl_str file = pl_kube_flag_of(f, PL_F_HOST_KUBELET_FLAG, "config");
    const char *gap = NULL;

    add_kubelet_flags(f, settings);
    size_t n_flags = settings->n;
    if (file.n || flags->state != PL_PRESENT)
        read_settings(f, file.n ? file : PL_S("/var/lib/kubelet/config.yaml"), settings, &gap);
    *ret_has_file = !gap && settings->n > n_flags;
    /* Of a tree without processes the file says it, if there is one. On a host that runs, flags
     * that were not seen may say the opposite of the file. */
    if (flags->state == PL_UNREADABLE && !(is_tree && *ret_has_file))
        gap = gap ? gap : flags->reason;
    return pl_kube_flag_of(f, PL_F_HOST_KUBELET_FLAG, "config-dir").n ? "unsupported" : gap;
}

static void facts_kubelet(pl_host_reading *f, bool is_tree)
{
    pl_host_recs settings = {.arena = f->a};
    bool has_file = false;
    const char *gap = read_kubelet(f, is_tree, &settings, &has_file);

    if (has_file && pl_get(f->host, PL_F_HOST_KUBELET)->state != PL_PRESENT)
        pl_set_str(f->host, PL_F_HOST_KUBELET, PL_S("/var/lib/kubelet/config.yaml"));
    if (gap)
        pl_set_unreadable(f->host, PL_F_HOST_KUBELET_SETTING, gap);
    else if (pl_get(f->host, PL_F_HOST_KUBELET)->state == PL_ABSENT)
        pl_set_absent(f->host, PL_F_HOST_KUBELET_SETTING);
    else
        pl_host_recs_set(&settings, f->host, PL_F_HOST_KUBELET_SETTING);
}

void pl_host_facts_kubernetes(pl_host_reading *f)
{
    pl_processes p = pl_processes_read(f);

    if (p.state == PL_SEEN_WAIT)
        return;
    for (size_t i = 0; i < PL_COUNT(components); i++) {
        const struct component *c = &components[i];
        const pl_process *process = process_of(&p, pl_str_c(c->comm));
        if (process && has_several(&p, pl_str_c(c->comm))) {
            pl_set_str(f->host, c->where, PL_S("several processes"));
            pl_set_unreadable(f->host, c->flags, "ambiguous");
        } else if (process)
            read_process(f, c, process);
        else
            read_manifest(f, c, &p);
    }
    pl_set_unreadable(f->host, PL_F_HOST_KUBE_STRUCTURED, "unsupported");
    facts_provider(f);
    facts_kubelet(f, p.state != PL_SEEN_OK);
    pl_kube_files(f);
    pl_kube_named_files(f);
    pl_kube_users(f, &p);
}
