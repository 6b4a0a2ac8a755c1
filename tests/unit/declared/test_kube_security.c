/* SPDX-License-Identifier: Apache-2.0 */
/* Pod Security Standards: which controls a pod breaks. */
#include "test.h"

#include "core/buf.h"
#include "declared/kube_security.h"

#include <string.h>

/* A pod that meets level restricted. */
#define CAREFUL                                                                                    \
    "securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}\n"              \
    "containers:\n"
#define GOOD                                                                                       \
    "- {name: a, securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: "         \
    "[ALL]}}}\n"
#define WITH(more)                                                                                 \
    CAREFUL "- {name: a, securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: " \
            "[ALL]}}, " more "}\n"
#define OWN(more)                                                                                  \
    CAREFUL "- {name: a, securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: " \
            "[ALL]}, " more "}}\n"

struct row {
    const char *pod, *level, *broken; /* names with ", " between */
};

static void print_broken(uint32_t broken, pl_buf *out)
{
    for (unsigned i = 0; i < PL_POD_CONTROL_COUNT; i++)
        if (broken >> i & 1)
            pl_buf_fmt(out, "%s%s", out->n ? ", " : "", pl_pod_control_name((pl_pod_control)i));
}

static uint32_t judge(pl_arena *a, const char *meta, const char *pod)
{
    pl_yaml *m = NULL, *p = NULL;
    pl_err err = {0};

    assert_ok(pl_yaml_parse(a, pl_str_c(meta), &m, &err), err);
    assert_ok(pl_yaml_parse(a, pl_str_c(pod), &p, &err), err);
    return pl_pod_security(m, p);
}

static void check(const struct row *row)
{
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(1 << 20);
    PL_AUTO_BUF pl_buf got = {0};
    uint32_t broken = judge(a, "{}", row->pod);

    print_broken(broken, &got);
    if (!pl_str_eq(pl_buf_view(&got), pl_str_c(row->broken)) ||
        strcmp(pl_pod_security_level(broken), row->level) != 0)
        fail_msg("%s\ngot %s: %.*s", row->pod, pl_pod_security_level(broken),
                 PL_F(pl_buf_view(&got)));
}

static void each_control_is_broken_by_its_own_value(void **state)
{
    static const struct row rows[] = {
        {CAREFUL GOOD, "restricted", ""},
        {"hostNetwork: true\n" CAREFUL GOOD, "privileged", "baseline: host namespaces"},
        {"hostPID: true\n" CAREFUL GOOD, "privileged", "baseline: host namespaces"},
        {"hostIPC: yes-please\n" CAREFUL GOOD, "privileged", "baseline: host namespaces"},
        {"hostIPC: false\n" CAREFUL GOOD, "restricted", ""},
        {OWN("privileged: true"), "privileged", "baseline: privileged containers"},
        {OWN("privileged: false"), "restricted", ""},
        {OWN("procMount: Unmasked"), "privileged", "baseline: /proc mount type"},
        {OWN("procMount: Default"), "restricted", ""},
        {OWN("windowsOptions: {hostProcess: true}"), "privileged", "baseline: HostProcess"},
        {OWN("appArmorProfile: {type: Unconfined}"), "privileged", "baseline: AppArmor"},
        {OWN("appArmorProfile: {type: Localhost}"), "restricted", ""},
        {OWN("seccompProfile: {type: Unconfined}"), "privileged", "baseline: seccomp"},
        {OWN("seLinuxOptions: {type: spc_t}"), "privileged", "baseline: SELinux"},
        {OWN("seLinuxOptions: {type: container_t}"), "restricted", ""},
        {OWN("seLinuxOptions: {user: system_u}"), "privileged", "baseline: SELinux"},
        {OWN("seLinuxOptions: {role: sysadm_r}"), "privileged", "baseline: SELinux"},
        {OWN("runAsUser: 0"), "baseline", "restricted: running as non-root user"},
        {OWN("runAsUser: 7"), "restricted", ""},
        {OWN("runAsNonRoot: false"), "baseline", "restricted: running as non-root"},
        {"securityContext: {runAsNonRoot: false, seccompProfile: {type: RuntimeDefault}}\n"
         "containers:\n- {name: a, securityContext: {runAsNonRoot: true, "
         "allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}}\n",
         "baseline", "restricted: running as non-root"},
        {WITH("ports: [{containerPort: 80, hostPort: 80}]"), "privileged", "baseline: host ports"},
        {WITH("ports: [{containerPort: 80, hostPort: 0}]"), "restricted", ""},
        {WITH("livenessProbe: {httpGet: {host: 169.254.169.254}}"), "privileged",
         "baseline: hosts of probes"},
        {WITH("lifecycle: {preStop: {tcpSocket: {host: a}}}"), "privileged",
         "baseline: hosts of probes"},
        {WITH("livenessProbe: {httpGet: {path: /}}"), "restricted", ""},
        {CAREFUL "- {name: a, securityContext: {capabilities: {drop: [ALL]}}}\n", "baseline",
         "restricted: privilege escalation"},
        {CAREFUL "- {name: a, securityContext: {allowPrivilegeEscalation: false}}\n", "baseline",
         "restricted: capabilities"},
        {CAREFUL "- {name: a, securityContext: {allowPrivilegeEscalation: false, capabilities: "
                 "{drop: [ALL], add: [NET_BIND_SERVICE]}}}\n",
         "restricted", ""},
        {CAREFUL "- {name: a, securityContext: {allowPrivilegeEscalation: false, capabilities: "
                 "{drop: [ALL], add: [CHOWN]}}}\n",
         "baseline", "restricted: capabilities"},
        {CAREFUL "- {name: a, securityContext: {allowPrivilegeEscalation: false, capabilities: "
                 "{drop: [ALL], add: [NET_RAW]}}}\n",
         "privileged", "baseline: capabilities, restricted: capabilities"},
        {"volumes: [{name: v, hostPath: {path: /}}]\n" CAREFUL GOOD, "privileged",
         "baseline: hostPath volumes, restricted: volume types"},
        {"volumes: [{name: v, nfs: {server: a}}]\n" CAREFUL GOOD, "baseline",
         "restricted: volume types"},
        {"volumes: [{name: v, emptyDir: {}}]\n" CAREFUL GOOD, "restricted", ""},
        {"securityContext: {sysctls: [{name: kernel.msgmax}], runAsNonRoot: true, seccompProfile: "
         "{type: RuntimeDefault}}\ncontainers:\n" GOOD,
         "privileged", "baseline: sysctls"},
        {"securityContext: {sysctls: [{name: net.ipv4.tcp_rmem}], runAsNonRoot: true, "
         "seccompProfile: {type: RuntimeDefault}}\ncontainers:\n" GOOD,
         "restricted", ""},
        {"containers:\n" GOOD, "baseline", "restricted: running as non-root, restricted: seccomp"},
        {CAREFUL GOOD "initContainers: [{name: b, securityContext: {privileged: true}}]\n",
         "privileged",
         "baseline: privileged containers, restricted: privilege escalation, restricted: "
         "capabilities"},
        {CAREFUL GOOD "ephemeralContainers: [{name: b}]\n", "baseline",
         "restricted: privilege escalation, restricted: capabilities"},
        {"os: {name: windows}\n" CAREFUL "- {name: a}\n", "restricted", ""},
        {"containers: [{name: a}]\n", "baseline",
         "restricted: privilege escalation, restricted: running as non-root, restricted: seccomp, "
         "restricted: capabilities"},
    };

    (void)state;
    for (size_t i = 0; i < PL_COUNT(rows); i++)
        check(&rows[i]);
}

static void annotations_may_switch_apparmor_off(void **state)
{
#define NOTE "annotations: {container.apparmor.security.beta.kubernetes.io/a: "
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(1 << 20);
    (void)state;
    assert_int_equal(judge(a, NOTE "unconfined}", CAREFUL GOOD), 1U << PL_POD_APPARMOR);
    assert_int_equal(judge(a, NOTE "runtime/default}", CAREFUL GOOD), 0);
    assert_int_equal(judge(a, NOTE "localhost/x}", CAREFUL GOOD), 0);
    assert_int_equal(judge(a, "annotations: {other: unconfined}", CAREFUL GOOD), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_control_is_broken_by_its_own_value),
        cmocka_unit_test(annotations_may_switch_apparmor_off),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
