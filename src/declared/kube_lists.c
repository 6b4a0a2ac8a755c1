/* SPDX-License-Identifier: Apache-2.0 */
/* What a container of a pod mounts, publishes and is told by its environment. */
#include "declared/kube_container.h"
#include "declared/node.h"

#include <string.h>

/* ---- mounts ---- */

static const pl_yaml *volume_of(const pl_yaml *pod, pl_str name)
{
    const pl_yaml *volumes = pl_node_list(pod, "volumes");

    for (size_t i = 0; i < volumes->n; i++)
        if (pl_str_eq(pl_node_text(&volumes->items[i], "name"), name))
            return &volumes->items[i];
    return NULL;
}

static pl_str propagation_of(pl_str word)
{
    if (pl_str_eq(word, PL_S("Bidirectional")))
        return PL_S("rshared");
    return pl_str_eq(word, PL_S("HostToContainer")) ? PL_S("rslave") : PL_S("rprivate");
}

/* A folder of the node is a bind mount; all else is kept by the cluster or made for the pod. */
static void put_mount(const pl_yaml *pod, const pl_yaml *m, pl_draft *d)
{
    const pl_yaml *volume = volume_of(pod, pl_node_text(m, "name"));
    const pl_yaml *host = pl_yaml_get(volume, "hostPath");
    pl_str target = pl_node_text(m, "mountPath");
    bool readonly = pl_str_eq(pl_node_text(m, "readOnly"), PL_S("true"));

    if (!volume) {
        pl_draft_add_open(d, "Mounts", target, m);
        return;
    }
    pl_draft_add(d, "Mounts",
                 json_pack("{ss,so,so,so,sb,so}", "Type", host ? "bind" : "cluster", "Name",
                           pl_draft_text(pl_node_text(m, "name")), "Source",
                           pl_draft_text(pl_node_text(host, "path")), "Destination",
                           pl_draft_text(target), "RW", !readonly, "Propagation",
                           pl_draft_text(propagation_of(pl_node_text(m, "mountPropagation")))),
                 target, m);
}

void pl_kube_mounts(pl_reading *r, const pl_yaml *pod, const pl_yaml *container, pl_draft *d)
{
    const pl_yaml *mounts = pl_node_list(container, "volumeMounts"),
                  *devices = pl_node_list(container, "volumeDevices");

    (void)r;
    for (size_t i = 0; i < mounts->n; i++)
        put_mount(pod, &mounts->items[i], d);
    for (size_t i = 0; i < devices->n; i++) {
        pl_str path = pl_node_text(&devices->items[i], "devicePath");
        pl_draft_add(d, "HostConfig/Devices",
                     json_pack("{so,so}", "PathOnHost", pl_draft_text(path), "PathInContainer",
                               pl_draft_text(path)),
                     path, &devices->items[i]);
    }
}

/* ---- ports ---- */

static bool has_host_network(const pl_yaml *pod)
{
    return pl_str_eq(pl_node_text(pod, "hostNetwork"), PL_S("true"));
}

/* With the node's network every port is one of the node. */
void pl_kube_ports(pl_reading *r, const pl_yaml *pod, const pl_yaml *container, pl_draft *d)
{
    const pl_yaml *ports = pl_node_list(container, "ports");

    for (size_t i = 0; i < ports->n; i++) {
        const pl_yaml *p = &ports->items[i];
        pl_str inside = pl_node_text(p, "containerPort"), host = pl_node_text(p, "hostPort");
        pl_str protocol = pl_node_text(p, "protocol");
        if (!host.n && has_host_network(pod))
            host = inside;
        if (!host.n || pl_str_eq(host, PL_S("0")))
            continue;
        const char *low = pl_str_eq(protocol, PL_S("UDP"))    ? "udp"
                          : pl_str_eq(protocol, PL_S("SCTP")) ? "sctp"
                                                              : "tcp";
        pl_draft_member(d, "HostConfig/PortBindings",
                        pl_reading_text(r, "%.*s/%s", PL_F(inside), low),
                        json_pack("[{so,so}]", "HostIp", pl_draft_text(pl_node_text(p, "hostIP")),
                                  "HostPort", pl_draft_text(host)),
                        p);
    }
}

/* ---- environment ---- */

/* Facts about the pod and the node are no secrets; all else that comes from elsewhere may be one.
 */
static bool is_told(const pl_yaml *env)
{
    const pl_yaml *from = pl_yaml_get(env, "valueFrom");

    return !from || pl_yaml_get(from, "fieldRef") || pl_yaml_get(from, "resourceFieldRef");
}

void pl_kube_env(pl_reading *r, const pl_yaml *container, pl_draft *d)
{
    const pl_yaml *env = pl_node_list(container, "env"), *from = pl_node_list(container, "envFrom");

    for (size_t i = 0; i < env->n; i++) {
        const pl_yaml *e = &env->items[i], *value = pl_yaml_get(e, "value");
        pl_str name = pl_node_text(e, "name");
        pl_str line = pl_reading_text(r, "%.*s=%.*s", PL_F(name), PL_F(pl_node_text(e, "value")));
        if (is_told(e))
            pl_draft_add(d, "Config/Env", pl_draft_text(line), name, value ? value : e);
        else
            pl_draft_add_open(d, "Config/Env", name, e);
        if (pl_yaml_get(pl_yaml_get(e, "valueFrom"), "secretKeyRef"))
            pl_draft_secret_env(d, name, e);
    }
    for (size_t i = 0; i < from->n; i++) {
        const pl_yaml *secret = pl_yaml_get(&from->items[i], "secretRef");
        pl_draft_add_open(d, "Config/Env", PL_S("envFrom"), &from->items[i]);
        if (secret)
            pl_draft_secret_env(
                d, pl_reading_text(r, "all of secret %.*s", PL_F(pl_node_text(secret, "name"))),
                &from->items[i]);
    }
}
