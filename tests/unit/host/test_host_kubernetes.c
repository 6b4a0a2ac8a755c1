/* SPDX-License-Identifier: Apache-2.0 */
/* What flags and files of a Kubernetes node mean to the components that read them. */
#include "folder.h"
#include "test.h"

#include "core/clock.h"
#include "core/jail.h"
#include "host/host.h"
#include "host/kinds.h"
#include "package/package.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

struct node {
    char root[64], processes[256];
    pl_schema *schema;
    pl_arena *arena;
    pl_host_facts facts;
};

static void put(const struct node *t, const char *path, const char *text, size_t n)
{
    char place[512];

    (void)snprintf(place, sizeof(place), "%s%s", t->root, path);
    for (char *p = place + strlen(t->root) + 1; *p; p++)
        if (*p == '/') {
            *p = '\0';
            (void)mkdir(place, 0755);
            *p = '/';
        }
    PL_AUTO_FILE FILE *f = fopen(place, "w");
    assert_non_null(f);
    assert_int_equal(fwrite(text, 1, n, f), n);
}

static void put_text(const struct node *t, const char *path, const char *text)
{
    put(t, path, text, strlen(text));
}

/* A static pod whose command is these words. */
static void put_pod(const struct node *t, const char *name, const char *words)
{
    char path[128], text[1024];

    (void)snprintf(path, sizeof(path), "/etc/kubernetes/manifests/%s.yaml", name);
    (void)snprintf(text, sizeof(text),
                   "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - command: [%s]\n", words);
    put_text(t, path, text);
}

/* One more process that was seen (docs/formats/host-tree.md); its words end with NUL each. */
static void put_process(struct node *t, int pid, const char *comm, const char *words, size_t n)
{
    size_t used = strlen(t->processes);
    char path[64];

    (void)snprintf(path, sizeof(path), "/proc/%d/cmdline", pid);
    put(t, path, words, n);
    (void)snprintf(t->processes + used, sizeof(t->processes) - used, "%d\t%s\t/x.service\t/bin/x\n",
                   pid, comm);
    put_text(t, "/.recorded/processes", t->processes);
}
#define PROCESS(t, pid, comm, words) put_process((t), (pid), (comm), (words), sizeof(words))

static int set_up(void **state)
{
    struct node *t = calloc(1, sizeof(*t));

    assert_non_null(t);
    (void)snprintf(t->root, sizeof(t->root), "/tmp/plimsoll-node-XXXXXX");
    assert_non_null(mkdtemp(t->root));
    t->schema = pl_schema_new();
    pl_package_register(t->schema);
    pl_host_register(t->schema);
    put_text(t, "/proc/sys/kernel/hostname", "node\n");
    *state = t;
    return 0;
}

static int tear_down(void **state)
{
    struct node *t = *state;

    (void)remove_folder(t->root);
    pl_arena_free(t->arena);
    pl_schema_free(t->schema);
    free(t);
    return 0;
}

static void collect(struct node *t)
{
    const pl_host_source src = {.root = t->root, .salt = PL_S("salt")};
    pl_err err = {0};

    pl_arena_free(t->arena);
    t->arena = pl_arena_new((size_t)64 << 20);
    assert_ok(pl_host_collect(&src, NULL, t->schema, &pl_clock_system, t->arena, &t->facts, &err),
              err);
}

static const pl_value *field(const struct node *t, int field)
{
    return pl_get(t->facts.subject.rec, field);
}

/* As a check reads it: the first of that name. */
static pl_str flag(const struct node *t, int of, const char *name)
{
    const pl_value *v = field(t, of);

    assert_int_equal(v->state, PL_PRESENT);
    for (size_t i = 0; i < v->n; i++)
        if (pl_str_eq(pl_get(v->u.recs[i], PL_F_KUBE_FLAG_NAME)->u.s, pl_str_c(name)))
            return pl_get(v->u.recs[i], PL_F_KUBE_FLAG_VALUE)->u.s;
    return PL_S("(none)");
}

static void the_last_flag_counts_in_every_spelling(void **state)
{
    struct node *t = *state;

    put_pod(t, "kube-apiserver",
            "kube-apiserver, --anonymous-auth=false, --anonymous_auth=True, --profiling, 'false'");
    collect(t);
    assert_str(flag(t, PL_F_HOST_KUBE_APISERVER_FLAG, "anonymous-auth"), "true");
    assert_str(flag(t, PL_F_HOST_KUBE_APISERVER_FLAG, "profiling"), "false");
}

static void flags_that_are_lists_add_up(void **state)
{
    struct node *t = *state;

    put_pod(t, "kube-apiserver",
            "kube-apiserver, --authorization-mode=AlwaysAllow, --authorization_mode=Node,"
            " --authorization-mode=RBAC, '--disable-admission-plugins=\"ServiceAccount\"',"
            " --disable-admission-plugins=PodSecurity");
    collect(t);
    assert_str(flag(t, PL_F_HOST_KUBE_APISERVER_FLAG, "authorization-mode"),
               "AlwaysAllow,Node,RBAC");
    assert_str(flag(t, PL_F_HOST_KUBE_APISERVER_FLAG, "disable-admission-plugins"),
               "ServiceAccount,PodSecurity");
}

static void etcd_takes_flags_with_one_dash(void **state)
{
    struct node *t = *state;

    put_pod(t, "etcd", "etcd, --client-cert-auth=true, -client-cert-auth=F, -config-file, /e.yaml");
    collect(t);
    assert_str(flag(t, PL_F_HOST_KUBE_ETCD_FLAG, "client-cert-auth"), "false");
    assert_str(flag(t, PL_F_HOST_KUBE_ETCD_FLAG, "config-file"), "/e.yaml");
}

static void a_component_that_runs_twice_has_no_flags_that_are_known(void **state)
{
    struct node *t = *state;

    PROCESS(t, 70, "kube-apiserver", "kube-apiserver\0--anonymous-auth=false");
    collect(t);
    assert_str(flag(t, PL_F_HOST_KUBE_APISERVER_FLAG, "anonymous-auth"), "false");
    PROCESS(t, 71, "kube-apiserver", "kube-apiserver\0--anonymous-auth=true");
    collect(t);
    assert_int_equal(field(t, PL_F_HOST_KUBE_APISERVER_FLAG)->state, PL_UNREADABLE);
    assert_string_equal(field(t, PL_F_HOST_KUBE_APISERVER_FLAG)->reason, "ambiguous");
}

static void a_node_of_a_provider_is_known_by_labels_that_only_its_nodes_get(void **state)
{
    static const struct {
        const char *labels, *provider;
    } rows[] = {
        {"shop=1,eks.amazonaws.com/nodegroup-image=ami-1,eks.amazonaws.com/nodegroup=web", "eks"},
        {"cloud.google.com/gke-nodepool=pool-1", "gke"},
        {"kubernetes.azure.com/cluster=MC_shop, kubernetes.azure.com/mode=system", "aks"},
        /* aks-engine: the control plane is one's own. */
        {"kubernetes.azure.com/cluster=shop,kubernetes.azure.com/role=agent", NULL},
        {"eks.amazonaws.com/nodegroups=web,shop=eks.amazonaws.com/nodegroup", NULL},
    };
    struct node *t = *state;

    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        char words[256];
        int n = snprintf(words, sizeof(words), "kubelet%c--node-labels=%s", 0, rows[i].labels);
        t->processes[0] = '\0';
        put_process(t, 70, "kubelet", words, (size_t)n + 1);
        collect(t);
        const pl_value *v = field(t, PL_F_HOST_KUBE_MANAGED_BY);
        assert_int_equal(v->state, rows[i].provider ? PL_PRESENT : PL_ABSENT);
        if (rows[i].provider)
            assert_true(pl_str_eq(v->u.s, pl_str_c(rows[i].provider)));
    }
}

static const char config[] = "kind: KubeletConfiguration\nreadOnlyPort: 0\n";

static void a_kubelet_without_config_reads_no_file(void **state)
{
    struct node *t = *state;

    put_text(t, "/var/lib/kubelet/config.yaml", config);
    PROCESS(t, 70, "kubelet", "kubelet\0--feature-gates=A=T,B=false");
    collect(t);
    assert_str(flag(t, PL_F_HOST_KUBELET_SETTING, "kind"), "(none)");
    assert_str(flag(t, PL_F_HOST_KUBELET_SETTING, "featureGates.A"), "true");
    t->processes[0] = '\0';
    PROCESS(t, 70, "kubelet", "kubelet\0--config=/var/lib/kubelet/config.yaml");
    collect(t);
    assert_str(flag(t, PL_F_HOST_KUBELET_SETTING, "readOnlyPort"), "0");
}

static void a_file_that_is_no_configuration_of_a_kubelet_is_not_taken(void **state)
{
    struct node *t = *state;

    put_text(t, "/etc/secret.yaml", "password: hunter2\n");
    PROCESS(t, 70, "kubelet", "kubelet\0--config=/etc/secret.yaml");
    collect(t);
    assert_int_equal(field(t, PL_F_HOST_KUBELET_SETTING)->state, PL_UNREADABLE);
}

static void flags_that_were_not_seen_may_say_the_opposite_of_the_file(void **state)
{
    struct node *t = *state;

    put_text(t, "/var/lib/kubelet/config.yaml", config);
    /* Processes are here, and that of the kubelet is not among them. */
    PROCESS(t, 70, "bash", "bash");
    collect(t);
    assert_int_equal(field(t, PL_F_HOST_KUBELET_SETTING)->state, PL_UNREADABLE);
}

static int64_t extra_mode_of(const struct node *t, const char *path)
{
    const pl_value *v = field(t, PL_F_HOST_KUBE_FILES);

    for (size_t i = 0; v->state == PL_PRESENT && i < v->n; i++)
        if (pl_str_eq(pl_get(v->u.recs[i], PL_F_FILE_PATH)->u.s, pl_str_c(path)))
            return pl_get(v->u.recs[i], PL_F_FILE_MODE_EXTRA)->u.i;
    fail_msg("%s is not among the files", path);
    return 0;
}

static void a_key_is_a_key_under_other_names(void **state)
{
    static const char *const keys[] = {"ca.key", "ca.key.old", "apiserver-key", "all.p12"};
    struct node *t = *state;
    char path[128];

    for (size_t i = 0; i < PL_COUNT(keys); i++) {
        (void)snprintf(path, sizeof(path), "/etc/kubernetes/pki/%s", keys[i]);
        put_text(t, path, "not read\n");
        (void)snprintf(path, sizeof(path), "%s/etc/kubernetes/pki/%s", t->root, keys[i]);
        assert_int_equal(chmod(path, 0644), 0);
    }
    put_text(t, "/etc/kubernetes/pki/sa.pub", "not read\n");
    collect(t);
    for (size_t i = 0; i < PL_COUNT(keys); i++) {
        (void)snprintf(path, sizeof(path), "/etc/kubernetes/pki/%s", keys[i]);
        assert_int_not_equal(extra_mode_of(t, path), 0);
    }
    assert_int_equal(extra_mode_of(t, "/etc/kubernetes/pki/sa.pub"), 0);
}

/* ---- files that flags name ---- */

#define POLICY "apiVersion: audit.k8s.io/v1\nkind: Policy\nrules:\n"
#define SECRETS                                                                                    \
    "- level: Metadata\n  resources:\n  - {group: '', resources: [secrets, configmaps, "           \
    "serviceaccounts/token]}\n  - {group: authentication.k8s.io, resources: [tokenreviews]}\n"
#define REST "- level: Request\n"

static void print_gaps(const struct node *t, pl_buf *out)
{
    const pl_value *v = field(t, PL_F_HOST_KUBE_AUDIT_GAPS);

    if (v->state == PL_UNREADABLE)
        pl_buf_fmt(out, "unreadable %s", v->reason);
    if (v->state == PL_ABSENT)
        pl_buf_c(out, "absent");
    for (size_t i = 0; v->state == PL_PRESENT && i < v->n; i++)
        pl_buf_fmt(out, "%s%.*s", i ? ", " : "", PL_F(v->u.strs[i]));
}

static void the_first_rule_that_matches_decides_what_is_logged(void **state)
{
#define RBAC                                                                                       \
    "roles: not logged, rolebindings: not logged, clusterroles: not logged, clusterrolebindings: " \
    "not logged"
    static const struct {
        const char *policy, *gaps;
    } rows[] = {
        {POLICY SECRETS REST, ""},
        {POLICY "- level: Metadata\n", ""},
        {POLICY REST, "secrets: logged with its content, configmaps: logged with its content, "
                      "tokenreviews: logged with its content, serviceaccounts/token: logged with "
                      "its content"},
        {POLICY "- {level: None, resources: [{group: '', resources: ['pods/*']}]}\n" SECRETS REST,
         "pods/exec: not logged, pods/attach: not logged, pods/portforward: not logged, "
         "pods/ephemeralcontainers: not logged"},
        {POLICY "- {level: None, resources: [{group: '', resources: [pods]}]}\n" SECRETS REST, ""},
        {POLICY
         "- {level: Request, resources: [{group: '', resources: ['secrets/*']}]}\n" SECRETS REST,
         "secrets: logged with its content"},
        {POLICY "- {level: None, userGroups: ['system:nodes']}\n" SECRETS REST, ""},
        {POLICY "- {level: None, users: ['system:serviceaccount:kube-system:job-controller'], "
                "userGroups: ['system:serviceaccounts:kube-system']}\n" SECRETS REST,
         ""},
        {POLICY "- {level: None, userGroups: ['system:serviceaccounts'], resources: [{group: '', "
                "resources: [secrets]}]}\n" SECRETS REST,
         "secrets: not logged"},
        {POLICY
         "- {level: None, users: ['system:serviceaccount:shop:web'], resources: [{group: '', "
         "resources: [pods/exec]}]}\n" SECRETS REST,
         "pods/exec: not logged"},
        {POLICY "- {level: None, userGroups: ['system:masters'], resources: [{group: '', "
                "resources: [secrets]}]}\n" SECRETS REST,
         "secrets: not logged"},
        {POLICY "- {level: None, users: [jane], resources: [{group: '', resources: "
                "['*/proxy']}]}\n" SECRETS REST,
         "nodes/proxy: not logged"},
        {POLICY "- {level: None, verbs: [get, list, watch], resources: [{group: "
                "rbac.authorization.k8s.io}]}\n" SECRETS REST,
         ""},
        {POLICY "- {level: None, resources: [{group: rbac.authorization.k8s.io}]}\n" SECRETS REST,
         RBAC},
        {POLICY SECRETS "- {level: Metadata, resources: [{group: '', resources: ['*']}]}\n", RBAC},
        {POLICY SECRETS "- {level: Request, omitStages: [ResponseComplete], resources: [{group: "
                        "'', resources: [pods/exec]}]}\n" REST,
         "pods/exec: not logged when it is done"},
        {"omitStages: [ResponseComplete]\n" POLICY SECRETS REST, "all: not logged when it is done"},
        {"kind: Policy\nrules: []\n", "unreadable unreadable"},
        {"[", "unreadable unreadable"},
    };
    struct node *t = *state;

    put_pod(t, "kube-apiserver", "kube-apiserver, --audit-policy-file=/etc/kubernetes/audit.yaml");
    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        PL_AUTO_BUF pl_buf got = {0};
        put_text(t, "/etc/kubernetes/audit.yaml", rows[i].policy);
        collect(t);
        print_gaps(t, &got);
        if (!pl_str_eq(pl_buf_view(&got), pl_str_c(rows[i].gaps)))
            fail_msg("%s\ngot: %.*s", rows[i].policy, PL_F(pl_buf_view(&got)));
    }
}

static void a_policy_that_is_not_there_or_not_named_is_told_apart(void **state)
{
    struct node *t = *state;

    put_pod(t, "kube-apiserver", "kube-apiserver, --audit-policy-file=/nowhere.yaml");
    collect(t);
    assert_string_equal(field(t, PL_F_HOST_KUBE_AUDIT_GAPS)->reason, "not-observed");
    put_pod(t, "kube-apiserver", "kube-apiserver, --audit-policy-file=here.yaml");
    collect(t);
    assert_string_equal(field(t, PL_F_HOST_KUBE_AUDIT_GAPS)->reason, "unsupported");
    put_pod(t, "kube-apiserver", "kube-apiserver");
    collect(t);
    assert_int_equal(field(t, PL_F_HOST_KUBE_AUDIT_GAPS)->state, PL_ABSENT);
}

/* Two certificates of one key and one of another, in PEM, made by `openssl req -x509`. */
static void make_certificates(const struct node *t)
{
    char command[2048];

    put_text(t, "/etc/kubernetes/pki/etcd/x", "");
    (void)snprintf(
        command, sizeof(command),
        "cd %s/etc/kubernetes/pki && for k in a b; do openssl genpkey -algorithm EC "
        "-pkeyopt ec_paramgen_curve:P-256 -out $k.pem.key; done;"
        " openssl req -x509 -new -key a.pem.key -subj /CN=one -days 10 -out ca.crt;"
        " openssl req -x509 -new -key a.pem.key -subj /CN=two -days 20 -out again.crt;"
        " openssl req -x509 -new -key b.pem.key -subj /CN=etcd -days 400 -out etcd/ca.crt;"
        " openssl req -new -key a.pem.key -subj /CN=below -out below.csr;"
        " printf 'basicConstraints=critical,CA:TRUE' >below.ext;"
        " openssl x509 -req -in below.csr -CA etcd/ca.crt -CAkey b.pem.key -set_serial 7 -days 30"
        " -extfile below.ext -out below.cer;"
        " openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out c.pem.key;"
        " openssl req -x509 -new -key c.pem.key -subj /CN=other -days 30 -out other.cer",
        t->root);
    assert_int_equal(system(command), 0);
}

static void authorities_are_told_apart_by_their_keys(void **state)
{
    static const struct {
        const char *trusted;
        pl_state state;
        bool is_shared;
        const char *clients; /* NULL: ca.crt */
    } rows[] = {
        {"/etc/kubernetes/pki/etcd/ca.crt", PL_PRESENT, false},
        {"/etc/kubernetes/pki/ca.crt", PL_PRESENT, true},
        {"/etc/kubernetes/pki/again.crt", PL_PRESENT, true}, /* the same key, another name */
        {"/etc/kubernetes/pki/gone.crt", PL_UNREADABLE, false},
        {"/etc/kubernetes/pki/etcd/x", PL_UNREADABLE, false},
        /* What the API server believes was signed for by etcd's own authority, and by one that
           neither file has. */
        {"/etc/kubernetes/pki/etcd/ca.crt", PL_PRESENT, true, "below.cer"},
        {"/etc/kubernetes/pki/other.cer", PL_UNREADABLE, false, "below.cer"},
    };
    struct node *t = *state;

    make_certificates(t);
    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        char words[128];
        (void)snprintf(words, sizeof(words),
                       "kube-apiserver, --client-ca-file=/etc/kubernetes/pki/%s",
                       rows[i].clients ? rows[i].clients : "ca.crt");
        put_pod(t, "kube-apiserver", words);
        (void)snprintf(words, sizeof(words), "etcd, --trusted-ca-file=%s", rows[i].trusted);
        put_pod(t, "etcd", words);
        collect(t);
        const pl_value *v = field(t, PL_F_HOST_KUBE_SHARED_CA);
        if (v->state != rows[i].state || (v->state == PL_PRESENT && v->u.b != rows[i].is_shared))
            fail_msg("%s: state %d", rows[i].trusted, (int)v->state);
    }
}

static void certificates_of_a_node_have_an_end(void **state)
{
    struct node *t = *state;
    size_t n_seen = 0;

    make_certificates(t);
    put_text(t, "/etc/kubernetes/pki/broken.crt", "-----BEGIN CERTIFICATE-----\nAAAA\n");
    collect(t);
    const pl_value *v = field(t, PL_F_HOST_KUBE_CERTIFICATES);
    assert_int_equal(v->state, PL_PRESENT);
    assert_int_equal(v->n, 4);
    for (size_t i = 0; i < v->n; i++) {
        pl_str path = pl_get(v->u.recs[i], PL_F_KUBE_CERTIFICATE_PATH)->u.s;
        const pl_value *days = pl_get(v->u.recs[i], PL_F_KUBE_CERTIFICATE_DAYS_LEFT);
        if (pl_str_ends(path, PL_S("/broken.crt")))
            assert_int_equal(days->state, PL_UNREADABLE);
        else if (pl_str_ends(path, PL_S("/pki/ca.crt")))
            n_seen += days->u.i == 9 || days->u.i == 10;
        else if (pl_str_ends(path, PL_S("/etcd/ca.crt")))
            n_seen += days->u.i == 399 || days->u.i == 400;
    }
    assert_int_equal(n_seen, 2);
}

static void the_file_that_a_flag_names_is_known_by_its_first_certificate(void **state)
{
    struct node *t = *state;
    size_t n_named = 0, n_unknown = 0;

    make_certificates(t);
    put_pod(t, "kube-apiserver",
            "kube-apiserver, --tls-cert-file=/etc/kubernetes/pki/below.cer,"
            " --kubelet-client-certificate=/gone.crt, --etcd-certfile=relative.crt");
    collect(t);
    const pl_value *v = field(t, PL_F_HOST_KUBE_CERTIFICATES);
    for (size_t i = 0; v->state == PL_PRESENT && i < v->n; i++) {
        const pl_value *flag = pl_get(v->u.recs[i], PL_F_KUBE_CERTIFICATE_FLAG);
        const pl_value *days = pl_get(v->u.recs[i], PL_F_KUBE_CERTIFICATE_DAYS_LEFT);
        assert_int_not_equal(flag->state, PL_UNREADABLE);
        if (flag->state == PL_PRESENT && pl_str_eq(flag->u.s, PL_S("tls-cert-file")))
            n_named += days->u.i == 29 || days->u.i == 30;
        else if (flag->state == PL_PRESENT)
            n_unknown += days->state == PL_UNREADABLE;
    }
    assert_int_equal(n_named, 1);
    assert_int_equal(n_unknown, 2);
}

static void the_folder_of_etcd_is_looked_at_where_its_flag_says(void **state)
{
    struct node *t = *state;
    bool is_there = false;

    put_text(t, "/data/etcd/member", "");
    put_pod(t, "etcd", "etcd, --data-dir=/data/etcd");
    collect(t);
    const pl_value *v = field(t, PL_F_HOST_KUBE_FILES);
    for (size_t i = 0; v->state == PL_PRESENT && i < v->n; i++)
        is_there |= pl_str_eq(pl_get(v->u.recs[i], PL_F_FILE_ROLE)->u.s, PL_S("kube-etcd-data"));
    assert_true(is_there);
}

static void a_folder_of_etcd_that_no_flag_names_or_that_is_not_there_is_not_known(void **state)
{
    static const char *const commands[] = {"etcd", "etcd, --data-dir=/nowhere"};
    struct node *t = *state;

    for (size_t i = 0; i < PL_COUNT(commands); i++) {
        size_t n = 0;
        put_pod(t, "etcd", commands[i]);
        collect(t);
        const pl_value *v = field(t, PL_F_HOST_KUBE_FILES);
        for (size_t k = 0; v->state == PL_PRESENT && k < v->n; k++)
            n += pl_str_eq(pl_get(v->u.recs[k], PL_F_FILE_ROLE)->u.s, PL_S("kube-etcd-data")) &&
                 pl_get(v->u.recs[k], PL_F_FILE_UID)->state == PL_UNREADABLE;
        assert_int_equal(n, 1);
    }
}

static void components_that_run_as_root_are_named(void **state)
{
    struct node *t = *state;

    PROCESS(t, 70, "kube-scheduler", "kube-scheduler\0--x");
    PROCESS(t, 71, "etcd", "etcd\0--x");
    collect(t);
    assert_int_equal(field(t, PL_F_HOST_KUBE_ROOT_COMPONENTS)->state, PL_UNREADABLE);
    put_text(t, "/proc/70/status", "Name:\tkube-scheduler\nUid:\t0\t0\t0\t0\n");
    put_text(t, "/proc/71/status", "Name:\tetcd\nUid:\t0\t120\t0\t0\n");
    collect(t);
    const pl_value *v = field(t, PL_F_HOST_KUBE_ROOT_COMPONENTS);
    assert_int_equal(v->state, PL_PRESENT);
    assert_int_equal(v->n, 1);
    assert_str(v->u.strs[0], "kube-scheduler");
    assert_int_equal(field(t, PL_F_HOST_KUBE_ETCD_UID)->u.i, 120);
}

int main(int argc, char **argv)
{
    static const pl_worker_kind kinds[] = {{"host", pl_host_worker}, {0}};
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(the_last_flag_counts_in_every_spelling),
        TEST(flags_that_are_lists_add_up),
        TEST(etcd_takes_flags_with_one_dash),
        TEST(a_component_that_runs_twice_has_no_flags_that_are_known),
        TEST(a_node_of_a_provider_is_known_by_labels_that_only_its_nodes_get),
        TEST(a_kubelet_without_config_reads_no_file),
        TEST(a_file_that_is_no_configuration_of_a_kubelet_is_not_taken),
        TEST(flags_that_were_not_seen_may_say_the_opposite_of_the_file),
        TEST(a_key_is_a_key_under_other_names),
        TEST(the_first_rule_that_matches_decides_what_is_logged),
        TEST(a_policy_that_is_not_there_or_not_named_is_told_apart),
        TEST(authorities_are_told_apart_by_their_keys),
        TEST(certificates_of_a_node_have_an_end),
        TEST(the_file_that_a_flag_names_is_known_by_its_first_certificate),
        TEST(the_folder_of_etcd_is_looked_at_where_its_flag_says),
        TEST(a_folder_of_etcd_that_no_flag_names_or_that_is_not_there_is_not_known),
        TEST(components_that_run_as_root_are_named),
    };
    pl_jail_main(argc, argv, kinds);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
