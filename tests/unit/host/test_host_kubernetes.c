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

int main(int argc, char **argv)
{
    static const pl_worker_kind kinds[] = {{"host", pl_host_worker}, {0}};
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(the_last_flag_counts_in_every_spelling),
        TEST(flags_that_are_lists_add_up),
        TEST(etcd_takes_flags_with_one_dash),
        TEST(a_component_that_runs_twice_has_no_flags_that_are_known),
        TEST(a_kubelet_without_config_reads_no_file),
        TEST(a_file_that_is_no_configuration_of_a_kubelet_is_not_taken),
        TEST(flags_that_were_not_seen_may_say_the_opposite_of_the_file),
        TEST(a_key_is_a_key_under_other_names),
    };
    pl_jail_main(argc, argv, kinds);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
