/* SPDX-License-Identifier: Apache-2.0 */
#include "declared/kube_security.h"

#include "declared/node.h"

#include <string.h>

static const struct {
    bool is_restricted;
    const char *name;
} controls[] = {
#define X(sym, restricted, name) {restricted, name},
    PL_POD_CONTROLS(X)
#undef X
};

/* ---- values ---- */

static bool is_one_of(pl_str s, const char *const *words)
{
    for (size_t i = 0; words[i]; i++)
        if (pl_str_eq(s, pl_str_c(words[i])))
            return true;
    return false;
}

static bool is_there(const pl_yaml *v)
{
    return v && !pl_yaml_is_null(v);
}

/* Nothing, or the plain word false. */
static bool is_off(const pl_yaml *map, const char *key)
{
    const pl_yaml *v = pl_yaml_get(map, key);
    bool b = true;
    return !is_there(v) || (pl_yaml_bool(v, &b) && !b);
}

static bool is_true(const pl_yaml *map, const char *key)
{
    const pl_yaml *v = pl_yaml_get(map, key);
    bool b = false;
    return is_there(v) && pl_yaml_bool(v, &b) && b;
}

/* Nothing at all, or one of these words. */
static bool is_allowed(const pl_yaml *map, const char *key, const char *const *words)
{
    const pl_yaml *v = pl_yaml_get(map, key);
    return !is_there(v) || (v->type == PL_YAML_SCALAR && is_one_of(v->text, words));
}

/* ---- one securityContext: of the pod, or of a container ---- */

static uint32_t bit(pl_pod_control c)
{
    return (uint32_t)1 << c;
}

static uint32_t of_selinux(const pl_yaml *context)
{
    static const char *const types[] = {
        "", "container_t", "container_init_t", "container_kvm_t", "container_engine_t", NULL};
    static const char *const none[] = {"", NULL};
    const pl_yaml *options = pl_yaml_get(context, "seLinuxOptions");

    return is_allowed(options, "type", types) && is_allowed(options, "user", none) &&
                   is_allowed(options, "role", none)
               ? 0
               : bit(PL_POD_SELINUX);
}

static uint32_t of_context(const pl_yaml *context)
{
    static const char *const profiles[] = {"RuntimeDefault", "Localhost", NULL};
    const pl_yaml *user = pl_yaml_get(context, "runAsUser");
    uint64_t uid = 0;
    uint32_t broken = of_selinux(context);

    if (!is_off(pl_yaml_get(context, "windowsOptions"), "hostProcess"))
        broken |= bit(PL_POD_HOST_PROCESS);
    if (!is_allowed(pl_yaml_get(context, "appArmorProfile"), "type", profiles))
        broken |= bit(PL_POD_APPARMOR);
    if (!is_allowed(pl_yaml_get(context, "seccompProfile"), "type", profiles))
        broken |= bit(PL_POD_SECCOMP);
    if (is_there(user) && (!pl_str_u64(user->text, &uid) || !uid))
        broken |= bit(PL_POD_NON_ROOT_USER);
    return broken;
}

/* ---- containers ---- */

static uint32_t of_caps(const pl_yaml *context)
{
    static const char *const baseline[] = {
        "AUDIT_WRITE",      "CHOWN",   "DAC_OVERRIDE", "FOWNER",  "FSETID", "KILL",       "MKNOD",
        "NET_BIND_SERVICE", "SETFCAP", "SETGID",       "SETPCAP", "SETUID", "SYS_CHROOT", NULL};
    const pl_yaml *caps = pl_yaml_get(context, "capabilities");
    const pl_yaml *add = pl_yaml_get(caps, "add"), *drop = pl_node_list(caps, "drop");
    uint32_t broken = bit(PL_POD_CAPABILITIES_DROPPED);

    for (size_t i = 0; i < drop->n; i++)
        if (pl_str_eq(drop->items[i].text, PL_S("ALL")))
            broken = 0;
    if (is_there(add) && add->type != PL_YAML_SEQUENCE)
        return bit(PL_POD_CAPABILITIES_DROPPED) | bit(PL_POD_CAPABILITIES);
    for (size_t i = 0; is_there(add) && i < add->n; i++) {
        if (!is_one_of(add->items[i].text, baseline))
            broken |= bit(PL_POD_CAPABILITIES);
        if (!pl_str_eq(add->items[i].text, PL_S("NET_BIND_SERVICE")))
            broken |= bit(PL_POD_CAPABILITIES_DROPPED);
    }
    return broken;
}

/* A probe or hook that is sent to another host than the pod. */
static bool asks_others(const pl_yaml *handler)
{
    return pl_node_text(pl_yaml_get(handler, "httpGet"), "host").n ||
           pl_node_text(pl_yaml_get(handler, "tcpSocket"), "host").n;
}

static uint32_t of_ports(const pl_yaml *container)
{
    static const char *const probes[] = {"livenessProbe", "readinessProbe", "startupProbe"};
    static const char *const none[] = {"0", NULL};
    const pl_yaml *ports = pl_node_list(container, "ports");
    const pl_yaml *hooks = pl_yaml_get(container, "lifecycle");
    bool asks =
        asks_others(pl_yaml_get(hooks, "postStart")) || asks_others(pl_yaml_get(hooks, "preStop"));
    uint32_t broken = 0;

    for (size_t i = 0; i < ports->n; i++)
        if (!is_allowed(&ports->items[i], "hostPort", none))
            broken |= bit(PL_POD_HOST_PORTS);
    for (size_t i = 0; i < PL_COUNT(probes); i++)
        asks |= asks_others(pl_yaml_get(container, probes[i]));
    return broken | (asks ? bit(PL_POD_PROBE_HOSTS) : 0);
}

/* What a container does not say the pod may say for it. */
static uint32_t of_container(const pl_yaml *all, const pl_yaml *container)
{
    static const char *const mounts[] = {"Default", NULL};
    const pl_yaml *own = pl_yaml_get(container, "securityContext");
    const pl_yaml *gain = pl_yaml_get(own, "allowPrivilegeEscalation");
    const pl_yaml *seccomp = pl_yaml_get(own, "seccompProfile");
    const pl_yaml *non_root = pl_yaml_get(own, "runAsNonRoot");
    uint32_t broken = of_context(own) | of_caps(own) | of_ports(container);
    bool may_gain = true;

    if (!is_off(own, "privileged"))
        broken |= bit(PL_POD_PRIVILEGED);
    if (!is_allowed(own, "procMount", mounts))
        broken |= bit(PL_POD_PROC_MOUNT);
    if (!is_there(gain) || !pl_yaml_bool(gain, &may_gain) || may_gain)
        broken |= bit(PL_POD_ESCALATION);
    if (!is_true(is_there(non_root) ? own : all, "runAsNonRoot"))
        broken |= bit(PL_POD_NON_ROOT);
    if (!pl_node_text(is_there(seccomp) ? seccomp : pl_yaml_get(all, "seccompProfile"), "type").n)
        broken |= bit(PL_POD_SECCOMP_SET);
    return broken;
}

/* ---- the pod ---- */

static uint32_t of_volumes(const pl_yaml *pod)
{
    static const char *const types[] = {"configMap", "csi",       "downwardAPI",
                                        "emptyDir",  "ephemeral", "persistentVolumeClaim",
                                        "projected", "secret",    NULL};
    const pl_yaml *volumes = pl_node_list(pod, "volumes");
    uint32_t broken = 0;

    for (size_t i = 0; i < volumes->n; i++) {
        const pl_yaml *v = &volumes->items[i];
        for (size_t k = 0; v->type == PL_YAML_MAPPING && k < v->n; k++) {
            pl_str key = v->items[2 * k].text;
            if (pl_str_eq(key, PL_S("name")) || !is_there(&v->items[2 * k + 1]))
                continue;
            if (pl_str_eq(key, PL_S("hostPath")))
                broken |= bit(PL_POD_HOST_PATHS);
            if (!is_one_of(key, types))
                broken |= bit(PL_POD_VOLUMES);
        }
    }
    return broken;
}

static uint32_t of_sysctls(const pl_yaml *context)
{
    static const char *const safe[] = {"kernel.shm_rmid_forced",
                                       "net.ipv4.ip_local_port_range",
                                       "net.ipv4.ip_unprivileged_port_start",
                                       "net.ipv4.tcp_syncookies",
                                       "net.ipv4.ping_group_range",
                                       "net.ipv4.ip_local_reserved_ports",
                                       "net.ipv4.tcp_keepalive_time",
                                       "net.ipv4.tcp_fin_timeout",
                                       "net.ipv4.tcp_keepalive_intvl",
                                       "net.ipv4.tcp_keepalive_probes",
                                       "net.ipv4.tcp_rmem",
                                       "net.ipv4.tcp_wmem",
                                       NULL};
    const pl_yaml *list = pl_node_list(context, "sysctls");

    for (size_t i = 0; i < list->n; i++)
        if (!is_one_of(pl_node_text(&list->items[i], "name"), safe))
            return bit(PL_POD_SYSCTLS);
    return 0;
}

/* The annotations that came before the field. */
static uint32_t of_annotations(const pl_yaml *meta)
{
    const pl_yaml *notes = pl_yaml_get(meta, "annotations");

    for (size_t i = 0; notes && notes->type == PL_YAML_MAPPING && i < notes->n; i++) {
        pl_str value = notes->items[2 * i + 1].text;
        if (pl_str_starts(notes->items[2 * i].text,
                          PL_S("container.apparmor.security.beta.kubernetes.io/")) &&
            value.n && !pl_str_eq(value, PL_S("runtime/default")) &&
            !pl_str_starts(value, PL_S("localhost/")))
            return bit(PL_POD_APPARMOR);
    }
    return 0;
}

/* What a pod of Windows cannot have is not asked of it. */
static uint32_t left_out(const pl_yaml *pod)
{
    bool is_windows = pl_str_eq(pl_node_text(pl_yaml_get(pod, "os"), "name"), PL_S("windows"));
    return is_windows
               ? bit(PL_POD_ESCALATION) | bit(PL_POD_SECCOMP_SET) | bit(PL_POD_CAPABILITIES_DROPPED)
               : 0;
}

uint32_t pl_pod_security(const pl_yaml *meta, const pl_yaml *pod)
{
    static const char *const lists[] = {"initContainers", "containers", "ephemeralContainers"};
    const pl_yaml *all = pl_yaml_get(pod, "securityContext");
    uint32_t broken = of_context(all) | of_volumes(pod) | of_sysctls(all) | of_annotations(meta);

    if (!is_off(pod, "hostNetwork") || !is_off(pod, "hostPID") || !is_off(pod, "hostIPC"))
        broken |= bit(PL_POD_HOST_NAMESPACES);
    /* A pod may not say the opposite, whatever its containers say. */
    if (is_there(pl_yaml_get(all, "runAsNonRoot")) && !is_true(all, "runAsNonRoot"))
        broken |= bit(PL_POD_NON_ROOT);
    for (size_t i = 0; i < PL_COUNT(lists); i++) {
        const pl_yaml *list = pl_node_list(pod, lists[i]);
        for (size_t k = 0; k < list->n; k++)
            broken |= of_container(all, &list->items[k]);
    }
    return broken & ~left_out(pod);
}

const char *pl_pod_security_level(uint32_t broken)
{
    for (size_t i = 0; i < PL_COUNT(controls); i++)
        if (broken >> i & 1 && !controls[i].is_restricted)
            return "privileged";
    return broken ? "baseline" : "restricted";
}

const char *pl_pod_control_name(pl_pod_control control)
{
    return controls[control].name;
}
