/* SPDX-License-Identifier: Apache-2.0 */
/* Files with credentials in homes, as their clients leave them and as somebody else might. */
#include "folder.h"
#include "test.h"

#include "core/buf.h"
#include "core/clock.h"
#include "core/jail.h"
#include "host/host.h"
#include "host/kinds.h"
#include "package/package.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct tree {
    char root[64];
    pl_schema *schema;
    pl_arena *arena;
    pl_host_facts facts;
};

static void put(const struct tree *t, const char *path, unsigned mode, const char *text)
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
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fchmod(fileno(f), mode), 0);
}

static int set_up(void **state)
{
    struct tree *t = calloc(1, sizeof(*t));
    char users[256];

    assert_non_null(t);
    (void)snprintf(t->root, sizeof(t->root), "/tmp/plimsoll-homes-XXXXXX");
    assert_non_null(mkdtemp(t->root));
    t->schema = pl_schema_new();
    pl_package_register(t->schema);
    pl_host_register(t->schema);
    put(t, "/proc/sys/kernel/hostname", 0644, "homes\n");
    (void)snprintf(users, sizeof(users),
                   "ann:x:%u:%u::/home/ann:/bin/sh\nann2:x:%u:%u::/home/ann:/bin/sh\n"
                   "svc:x:%u:%u::/srv/svc:/usr/sbin/nologin\nodd:x:7:7::/:/bin/false\n",
                   getuid(), getgid(), getuid(), getgid(), getuid(), getgid());
    put(t, "/etc/passwd", 0644, users);
    put(t, "/etc/group", 0644, "root:x:0:\n");
    *state = t;
    return 0;
}

static int tear_down(void **state)
{
    struct tree *t = *state;

    (void)remove_folder(t->root);
    pl_arena_free(t->arena);
    pl_schema_free(t->schema);
    free(t);
    return 0;
}

/* "role user path owned mode-extra in-clear", one a line; "@": as the test is root or not. */
static void check(struct tree *t, const char *want)
{
    const pl_host_source src = {.root = t->root, .salt = PL_S("salt")};
    PL_AUTO_BUF pl_buf got = {0}, wanted = {0};
    pl_str rest = pl_str_c(want), part;
    pl_err err = {0};

    pl_arena_free(t->arena);
    t->arena = pl_arena_new((size_t)64 << 20);
    assert_ok(pl_host_collect(&src, NULL, t->schema, &pl_clock_system, t->arena, &t->facts, &err),
              err);
    const pl_value *v = pl_get(t->facts.subject.rec, PL_F_HOST_CREDENTIALS);
    assert_int_equal(v->state, PL_PRESENT);
    for (size_t i = 0; i < v->n; i++) {
        static const int fields[] = {PL_F_CREDENTIAL_ROLE,       PL_F_CREDENTIAL_USER,
                                     PL_F_CREDENTIAL_PATH,       PL_F_CREDENTIAL_IS_OWNED,
                                     PL_F_CREDENTIAL_MODE_EXTRA, PL_F_CREDENTIAL_IN_CLEAR};
        const pl_record *r = v->u.recs[i];
        for (size_t k = 0; k < PL_COUNT(fields); k++) {
            pl_buf_c(&got, k ? " " : "");
            pl_value_print(&r->kind->fields[fields[k]], pl_get(r, fields[k]), &got);
        }
        pl_buf_c(&got, "\n");
    }
    for (size_t i = 0; pl_str_cut(&rest, '@', &part); i++)
        pl_buf_fmt(&wanted, "%s%.*s", i == 0 ? "" : getuid() == 0 ? "true" : "false", PL_F(part));
    pl_buf_ch(&got, 0);
    pl_buf_ch(&wanted, 0);
    assert_string_equal(got.p, wanted.p);
}

static void a_home_without_any_has_none(void **state)
{
    put(*state, "/home/ann/.profile", 0644, "");
    check(*state, "");
}

static void what_a_client_stores_in_clear_is_named(void **state)
{
    put(*state, "/home/ann/.docker/config.json", 0600,
        "{\"auths\": {\"a.example\": {\"auth\": \"eA==\"}, \"b.example\": {}, \"c.example\": "
        "{\"email\": \"x\", \"identitytoken\": \"t\"}, \"d.example\": {\"auth\": \"\"}}, "
        "\"credsStore\": \"pass\"}");
    check(*state,
          "docker-config ann /home/ann/.docker/config.json true 0 [a.example, c.example]\n");
}

static void a_key_counts_in_any_case(void **state)
{
    put(*state, "/home/ann/.docker/config.json", 0600,
        "{\"Auths\": {\"a.example\": {\"Auth\": \"eA==\"}, \"b.example\": {\"IdentityToken\": "
        "\"t\"}}}");
    check(*state,
          "docker-config ann /home/ann/.docker/config.json true 0 [a.example, b.example]\n");
}

static void distributions_keep_kubeconfigs_elsewhere(void **state)
{
    put(*state, "/etc/rancher/k3s/k3s.yaml", 0644, "");
    put(*state, "/etc/rancher/rke2/rke2.yaml", 0600, "");
    put(*state, "/var/lib/kubelet/kubeconfig", 0600, "");
    check(*state, "kubeconfig root /var/lib/kubelet/kubeconfig @ 0 absent\n"
                  "kubeconfig root /etc/rancher/k3s/k3s.yaml @ 36 absent\n"
                  "kubeconfig root /etc/rancher/rke2/rke2.yaml @ 0 absent\n");
}

static void who_shares_a_home_has_a_runtime_folder_too(void **state)
{
    put(*state, "/etc/passwd", 0644,
        "ann:x:41:41::/home/ann:/bin/sh\nann2:x:42:42::/home/ann:/bin/sh\n");
    put(*state, "/run/user/42/containers/auth.json", 0600,
        "{\"auths\": {\"a\": {\"auth\": \"x\"}}}");
    check(*state, getuid() == 0
                      ? "containers-auth ann2 /run/user/42/containers/auth.json true 0 [a]\n"
                      : "containers-auth ann2 /run/user/42/containers/auth.json false 0 [a]\n");
}

static void every_file_of_registries_is_read(void **state)
{
    put(*state, "/home/ann/.dockercfg", 0600, "{\"old.example\": {\"auth\": \"eA==\"}}");
    put(*state, "/home/ann/.config/containers/auth.json", 0600,
        "{\"auths\": {\"p.example\": {\"password\": \"x\"}}}");
    put(*state, "/var/lib/kubelet/config.json", 0600,
        "{\"auths\": {\"k.example\": {\"registrytoken\": \"x\"}}}");
    check(*state, "docker-config ann /home/ann/.dockercfg true 0 [old.example]\n"
                  "containers-auth ann /home/ann/.config/containers/auth.json true 0 [p.example]\n"
                  "kubelet-registries root /var/lib/kubelet/config.json @ 0 [k.example]\n");
}

static void an_account_without_a_shell_has_a_home_too(void **state)
{
    put(*state, "/srv/svc/.docker/config.json", 0640, "{}");
    check(*state, "docker-config svc /srv/svc/.docker/config.json true 32 []\n");
}

static void a_home_that_no_user_list_names_counts(void **state)
{
    put(*state, "/home/ldap/.docker/config.json", 0600, "{\"auths\": {\"a\": {\"auth\": \"x\"}}}");
    check(*state, "docker-config ldap /home/ldap/.docker/config.json true 0 [a]\n");
}

static void modes_count_bit_by_bit(void **state)
{
    put(*state, "/home/ann/.kube/config", 0604, "");
    put(*state, "/home/ann/.docker/key.pem", 0700, "");
    put(*state, "/home/ann/.docker/ca.pem", 0644, "");
    put(*state, "/home/ann/.docker/cert.pem", 0644, "");
    put(*state, "/home/ann/.docker/contexts/tls/77/docker/key.pem", 0644, "");
    put(*state, "/etc/kubernetes/admin.conf", 04600, "");
    put(*state, "/etc/kubernetes/notes.txt", 0644, "");
    check(*state, "kubeconfig ann /home/ann/.kube/config true 4 absent\n"
                  "client-key ann /home/ann/.docker/key.pem true 0 absent\n"
                  "client-key ann /home/ann/.docker/contexts/tls/77/docker/key.pem true 36 absent\n"
                  "kubeconfig root /etc/kubernetes/admin.conf @ 2048 absent\n");
}

static void what_is_no_json_is_not_known(void **state)
{
    put(*state, "/home/ann/.docker/config.json", 0600, "{\"auths\": {");
    check(*state, "docker-config ann /home/ann/.docker/config.json true 0 unreadable (format)\n");
    put(*state, "/home/ann/.docker/config.json", 0600, "");
    check(*state, "docker-config ann /home/ann/.docker/config.json true 0 []\n");
}

/* Needs root: only root gives files away. */
static void a_file_of_somebody_else_is_not_owned(void **state)
{
    const struct tree *t = *state;
    char place[512];

    if (getuid() != 0)
        skip();
    put(t, "/home/ann/.kube/config", 0600, "");
    (void)snprintf(place, sizeof(place), "%s/home/ann/.kube/config", t->root);
    assert_int_equal(chown(place, 65534, 65534), 0);
    check(*state, "kubeconfig ann /home/ann/.kube/config false 0 absent\n");
}

int main(int argc, char **argv)
{
    static const pl_worker_kind kinds[] = {{"host", pl_host_worker}, {0}};
    const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
        T(a_home_without_any_has_none),
        T(what_a_client_stores_in_clear_is_named),
        T(who_shares_a_home_has_a_runtime_folder_too),
        T(an_account_without_a_shell_has_a_home_too),
        T(distributions_keep_kubeconfigs_elsewhere),
        T(an_account_without_a_shell_has_a_home_too),
        T(a_key_counts_in_any_case),
        T(an_account_without_a_shell_has_a_home_too),
        T(every_file_of_registries_is_read),
        T(an_account_without_a_shell_has_a_home_too),
        T(a_home_that_no_user_list_names_counts),
        T(modes_count_bit_by_bit),
        T(what_is_no_json_is_not_known),
        T(a_file_of_somebody_else_is_not_owned),
#undef T
    };

    pl_jail_main(argc, argv, kinds);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
