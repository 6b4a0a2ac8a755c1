/* SPDX-License-Identifier: Apache-2.0 */
#include "declared/kube_container.h"

#include "declared/amount.h"
#include "declared/node.h"

#include <string.h>

/* ---- values ---- */

static json_t *whole(const pl_yaml *v)
{
    int64_t n = 0;
    return pl_quantity_whole(v->text, &n) ? json_integer(n) : NULL;
}

static json_t *billionths(const pl_yaml *v)
{
    int64_t n = 0;
    return pl_quantity_billionths(v->text, &n) ? json_integer(n) : NULL;
}

/* Of the container's security context, else of the pod's. */
static const pl_yaml *security(const pl_yaml *pod, const pl_yaml *container, const char *key)
{
    const pl_yaml *own = pl_yaml_get(pl_yaml_get(container, "securityContext"), key);
    return own ? own : pl_yaml_get(pl_yaml_get(pod, "securityContext"), key);
}

static bool is_true(const pl_yaml *v)
{
    bool b = false;
    return v && pl_yaml_bool(v, &b) && b;
}

/* ---- security ---- */

static void put_option(pl_reading *r, pl_draft *d, const char *key, pl_str value, const pl_yaml *at)
{
    pl_str option = pl_reading_text(r, "%s=%.*s", key, PL_F(value));
    pl_draft_add(d, "HostConfig/SecurityOpt", pl_draft_text(option), pl_str_c(key), at);
}

/* Without a profile the kubelet's setting decides, which is Unconfined unless it was changed. */
static void put_seccomp(pl_reading *r, const pl_yaml *pod, const pl_yaml *container, pl_draft *d)
{
    const pl_yaml *profile = security(pod, container, "seccompProfile");
    const pl_yaml *type = pl_yaml_get(profile, "type"),
                  *file = pl_yaml_get(profile, "localhostProfile");

    d->has_open_seccomp = !type;
    if (!type)
        return;
    if (pl_str_eq(type->text, PL_S("RuntimeDefault")))
        put_option(r, d, "seccomp", PL_S("builtin"), type);
    else if (pl_str_eq(type->text, PL_S("Unconfined")))
        put_option(r, d, "seccomp", PL_S("unconfined"), type);
    else
        put_option(r, d, "seccomp", file ? file->text : type->text, type);
}

static void put_apparmor(pl_reading *r, const pl_yaml *pod, const pl_yaml *container, pl_draft *d)
{
    const pl_yaml *profile = security(pod, container, "appArmorProfile");
    const pl_yaml *type = pl_yaml_get(profile, "type"),
                  *name = pl_yaml_get(profile, "localhostProfile");

    if (!type)
        return;
    if (pl_str_eq(type->text, PL_S("Unconfined")))
        put_option(r, d, "apparmor", PL_S("unconfined"), type);
    else if (pl_str_eq(type->text, PL_S("RuntimeDefault")))
        put_option(r, d, "apparmor", PL_S("runtime/default"), type);
    else
        put_option(r, d, "apparmor", name ? name->text : type->text, type);
}

static bool is_above_0(const pl_yaml *user)
{
    int64_t uid = 0;
    return user && pl_yaml_int(user, &uid) && uid > 0;
}

static void put_user(const pl_yaml *pod, const pl_yaml *container, pl_draft *d)
{
    const pl_yaml *user = security(pod, container, "runAsUser");

    d->requires_non_root = is_true(security(pod, container, "runAsNonRoot")) || is_above_0(user);
    d->is_host_process =
        is_true(pl_yaml_get(security(pod, container, "windowsOptions"), "hostProcess"));
    if (!user)
        return;
    d->has_user = true;
    pl_node_put(d, user, pl_node_string, "Config/User");
}

static void put_security(pl_reading *r, const pl_yaml *pod, const pl_yaml *container, pl_draft *d)
{
    /* A pod has no say in these: there the API drops them. */
    const pl_yaml *own = pl_yaml_get(container, "securityContext");
    const pl_yaml *caps = pl_yaml_get(own, "capabilities");
    const pl_yaml *gain = pl_yaml_get(own, "allowPrivilegeEscalation");
    const pl_yaml *sysctls = security(pod, container, "sysctls");
    const pl_yaml *groups = security(pod, container, "supplementalGroups");
    bool may_gain = true;

    pl_node_put(d, pl_yaml_get(own, "privileged"), pl_node_flag, "HostConfig/Privileged");
    pl_node_put(d, pl_yaml_get(own, "readOnlyRootFilesystem"), pl_node_flag,
                "HostConfig/ReadonlyRootfs");
    pl_node_words(d, pl_yaml_get(caps, "add"), "HostConfig/CapAdd");
    pl_node_words(d, pl_yaml_get(caps, "drop"), "HostConfig/CapDrop");
    pl_node_words(d, groups, "HostConfig/GroupAdd");
    if (!gain || pl_yaml_bool(gain, &may_gain))
        put_option(r, d, "no-new-privileges", may_gain ? PL_S("false") : PL_S("true"),
                   gain ? gain : container);
    if (pl_str_eq(pl_node_text(own, "procMount"), PL_S("Unmasked")))
        pl_draft_uncover(d, own);
    put_seccomp(r, pod, container, d);
    put_apparmor(r, pod, container, d);
    put_user(pod, container, d);
    for (size_t i = 0; sysctls && sysctls->type == PL_YAML_SEQUENCE && i < sysctls->n; i++) {
        const pl_yaml *name = pl_yaml_get(&sysctls->items[i], "name"),
                      *value = pl_yaml_get(&sysctls->items[i], "value");
        if (name && value)
            pl_draft_member(d, "HostConfig/Sysctls", name->text, pl_draft_text(value->text), value);
    }
}

/* ---- the pod's namespaces ---- */

static void put_namespaces(const pl_yaml *pod, pl_draft *d)
{
    static const struct {
        const char *key, *path;
    } rows[] = {{"hostNetwork", "HostConfig/NetworkMode"},
                {"hostPID", "HostConfig/PidMode"},
                {"hostIPC", "HostConfig/IpcMode"}};
    const pl_yaml *users = pl_yaml_get(pod, "hostUsers"), *host = pl_yaml_get(pod, "hostNetwork");
    bool is_host = true;

    pl_draft_set(d, "HostConfig/NetworkMode", pl_draft_text(PL_S("pod")), host ? host : pod);
    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        const pl_yaml *v = pl_yaml_get(pod, rows[i].key);
        bool b = false;
        if (v && !pl_yaml_bool(v, &b))
            pl_draft_open(d, rows[i].path, v);
        else if (b)
            pl_draft_set(d, rows[i].path, pl_draft_text(PL_S("host")), v);
    }
    /* A pod with the node's network has its name, too. */
    if (is_true(host))
        pl_draft_set(d, "HostConfig/UTSMode", pl_draft_text(PL_S("host")), host);
    if (!users || !pl_yaml_bool(users, &is_host) || is_host)
        pl_draft_set(d, "HostConfig/UsernsMode", pl_draft_text(PL_S("host")), users ? users : pod);
    else
        pl_draft_set(d, "HostConfig/UsernsMode", pl_draft_text(PL_S("private")), users);
}

/* ---- the container ---- */

static void put_limits(const pl_yaml *pod, const pl_yaml *container, pl_draft *d)
{
    const pl_yaml *own = pl_yaml_get(pl_yaml_get(container, "resources"), "limits");
    const pl_yaml *all = pl_yaml_get(pl_yaml_get(pod, "resources"), "limits");
    const pl_yaml *memory = pl_yaml_get(own, "memory"), *cpu = pl_yaml_get(own, "cpu");

    /* The pod's limit holds for all of its containers together. */
    pl_node_put(d, memory ? memory : pl_yaml_get(all, "memory"), whole, "HostConfig/Memory");
    pl_node_put(d, cpu ? cpu : pl_yaml_get(all, "cpu"), billionths, "HostConfig/NanoCpus");
    /* The kubelet limits processes, for all pods of a node alike. */
    pl_draft_open(d, "HostConfig/PidsLimit", container);
}

static void put_restart(const pl_yaml *pod, pl_draft *d)
{
    const pl_yaml *v = pl_yaml_get(pod, "restartPolicy");
    pl_str word = v ? v->text : PL_S("Always");

    pl_draft_set(d, "HostConfig/RestartPolicy/Name",
                 pl_draft_text(pl_str_eq(word, PL_S("Never"))       ? PL_S("no")
                               : pl_str_eq(word, PL_S("OnFailure")) ? PL_S("on-failure")
                                                                    : PL_S("always")),
                 v ? v : pod);
}

void pl_kube_container(pl_reading *r, const pl_yaml *pod, const pl_yaml *container, pl_draft *d)
{
    const pl_yaml *image = pl_yaml_get(container, "image");

    if (image)
        pl_node_put(d, image, pl_node_string, "Config/Image");
    else
        pl_draft_open(d, "Config/Image", container);
    put_namespaces(pod, d);
    put_security(r, pod, container, d);
    put_limits(pod, container, d);
    put_restart(pod, d);
    pl_kube_mounts(r, pod, container, d);
    pl_kube_ports(r, pod, container, d);
    pl_kube_env(r, container, d);
    pl_node_words(d, pl_yaml_get(container, "command"), "Config/Entrypoint");
    pl_node_words(d, pl_yaml_get(container, "args"), "Config/Cmd");
}
