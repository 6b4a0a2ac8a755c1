/* SPDX-License-Identifier: Apache-2.0 */
/* What a container of a pod mounts, publishes and is told by its environment. */
#include "declared/kube_container.h"

#include <string.h>

static pl_str text_of(const pl_yaml *map, const char *key)
{
    const pl_yaml *v = pl_yaml_get(map, key);
    return v && v->type == PL_YAML_SCALAR && !pl_yaml_is_null(v) ? v->text : (pl_str){"", 0};
}

static const pl_yaml *list_of(const pl_yaml *map, const char *key)
{
    static const pl_yaml none = {.type = PL_YAML_SEQUENCE};
    const pl_yaml *v = pl_yaml_get(map, key);
    return v && v->type == PL_YAML_SEQUENCE ? v : &none;
}

/* ---- mounts ---- */

static const pl_yaml *volume_of(const pl_yaml *pod, pl_str name)
{
    const pl_yaml *volumes = list_of(pod, "volumes");

    for (size_t i = 0; i < volumes->n; i++)
        if (pl_str_eq(text_of(&volumes->items[i], "name"), name))
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
    const pl_yaml *volume = volume_of(pod, text_of(m, "name"));
    const pl_yaml *host = pl_yaml_get(volume, "hostPath");
    pl_str target = text_of(m, "mountPath");
    bool readonly = pl_str_eq(text_of(m, "readOnly"), PL_S("true"));

    if (!volume) {
        pl_draft_add_open(d, "Mounts", target, m);
        return;
    }
    pl_draft_add(d, "Mounts",
                 json_pack("{ss,so,so,so,sb,so}", "Type", host ? "bind" : "cluster", "Name",
                           pl_draft_text(text_of(m, "name")), "Source",
                           pl_draft_text(text_of(host, "path")), "Destination",
                           pl_draft_text(target), "RW", !readonly, "Propagation",
                           pl_draft_text(propagation_of(text_of(m, "mountPropagation")))),
                 target, m);
}

void pl_kube_mounts(pl_reading *r, const pl_yaml *pod, const pl_yaml *container, pl_draft *d)
{
    const pl_yaml *mounts = list_of(container, "volumeMounts"),
                  *devices = list_of(container, "volumeDevices");

    (void)r;
    for (size_t i = 0; i < mounts->n; i++)
        put_mount(pod, &mounts->items[i], d);
    for (size_t i = 0; i < devices->n; i++) {
        pl_str path = text_of(&devices->items[i], "devicePath");
        pl_draft_add(d, "HostConfig/Devices",
                     json_pack("{so,so}", "PathOnHost", pl_draft_text(path), "PathInContainer",
                               pl_draft_text(path)),
                     path, &devices->items[i]);
    }
}

/* ---- ports ---- */

static bool has_host_network(const pl_yaml *pod)
{
    return pl_str_eq(text_of(pod, "hostNetwork"), PL_S("true"));
}

/* With the node's network every port is one of the node. */
void pl_kube_ports(pl_reading *r, const pl_yaml *pod, const pl_yaml *container, pl_draft *d)
{
    const pl_yaml *ports = list_of(container, "ports");

    for (size_t i = 0; i < ports->n; i++) {
        const pl_yaml *p = &ports->items[i];
        pl_str inside = text_of(p, "containerPort"), host = text_of(p, "hostPort");
        pl_str protocol = text_of(p, "protocol");
        if (!host.n && has_host_network(pod))
            host = inside;
        if (!host.n || pl_str_eq(host, PL_S("0")))
            continue;
        const char *low = pl_str_eq(protocol, PL_S("UDP"))    ? "udp"
                          : pl_str_eq(protocol, PL_S("SCTP")) ? "sctp"
                                                              : "tcp";
        pl_draft_member(d, "HostConfig/PortBindings",
                        pl_reading_text(r, "%.*s/%s", PL_F(inside), low),
                        json_pack("[{so,so}]", "HostIp", pl_draft_text(text_of(p, "hostIP")),
                                  "HostPort", pl_draft_text(host)),
                        p);
    }
}

/* ---- environment ---- */

/* What comes from a secret or a config map is named here and not told. */
void pl_kube_env(pl_reading *r, const pl_yaml *container, pl_draft *d)
{
    const pl_yaml *env = list_of(container, "env");

    for (size_t i = 0; i < env->n; i++) {
        const pl_yaml *e = &env->items[i], *value = pl_yaml_get(e, "value");
        pl_str name = text_of(e, "name");
        pl_str line = pl_reading_text(r, "%.*s=%.*s", PL_F(name), PL_F(text_of(e, "value")));
        pl_draft_add(d, "Config/Env", pl_draft_text(line), name, value ? value : e);
    }
    if (!env->n)
        pl_draft_set(d, "Config/Env", json_array(), container);
}
