/* SPDX-License-Identifier: Apache-2.0 */
/* Settings of daemon.json as an engine's /info tells of them. */
#include "declared/engine_config.h"

#include <string.h>

static bool is_on(const json_t *settings, const char *key, bool otherwise)
{
    const json_t *v = json_object_get(settings, key);
    return v ? json_is_true(v) : otherwise;
}

static const char *text_of(const json_t *settings, const char *key, const char *otherwise)
{
    const char *s = json_string_value(json_object_get(settings, key));
    return s ? s : otherwise;
}

/* A value as it is; NULL: nothing is set. */
static void put(json_t *to, const char *name, const json_t *v)
{
    if (v)
        (void)json_object_set(to, name, (json_t *)v);
}

static json_t *security(const json_t *settings)
{
    json_t *list = json_array();
    const char *seccomp = text_of(settings, "seccomp-profile", "builtin");

    (void)json_array_append_new(
        list, json_sprintf("name=seccomp,profile=%s", *seccomp ? seccomp : "builtin"));
    if (is_on(settings, "selinux-enabled", false))
        (void)json_array_append_new(list, json_string("name=selinux"));
    if (*text_of(settings, "userns-remap", ""))
        (void)json_array_append_new(list, json_string("name=userns"));
    if (is_on(settings, "no-new-privileges", false))
        (void)json_array_append_new(list, json_string("name=no-new-privileges"));
    return list;
}

/* A network in CIDR form counts as one, anything else as a host. */
static json_t *registries(const json_t *settings)
{
    json_t *nets = json_array(), *indexes = json_object();
    const json_t *v, *mirrors = json_object_get(settings, "registry-mirrors");
    size_t i;

    json_array_foreach(json_object_get(settings, "insecure-registries"), i, v)
    {
        const char *name = json_string_value(v);
        if (name && strchr(name, '/'))
            (void)json_array_append(nets, (json_t *)v);
        else if (name)
            (void)json_object_set_new(indexes, name, json_pack("{sb}", "Secure", false));
    }
    return json_pack("{so,so,so}", "InsecureRegistryCIDRs", nets, "IndexConfigs", indexes,
                     "Mirrors", mirrors ? json_deep_copy(mirrors) : json_array());
}

/* "native.cgroupdriver=systemd" */
static const char *cgroup_driver(const json_t *settings)
{
    static const char key[] = "native.cgroupdriver=";
    const json_t *v;
    size_t i;

    json_array_foreach(json_object_get(settings, "exec-opts"), i, v)
    {
        const char *s = json_string_value(v);
        if (s && strncmp(s, key, sizeof(key) - 1) == 0)
            return s + sizeof(key) - 1;
    }
    return NULL;
}

json_t *pl_engine_info(const json_t *settings)
{
    const json_t *authz = json_object_get(settings, "authorization-plugins");
    const json_t *runtimes = json_object_get(settings, "runtimes");
    const char *cgroups = cgroup_driver(settings);
    json_t *info =
        json_pack("{sb,sb,ss,ss,ss,so,so,s{so},so}", "Debug", is_on(settings, "debug", false),
                  "LiveRestoreEnabled", is_on(settings, "live-restore", false), "LoggingDriver",
                  text_of(settings, "log-driver", "json-file"), "DefaultRuntime",
                  text_of(settings, "default-runtime", "runc"), "DockerRootDir",
                  text_of(settings, "data-root", text_of(settings, "graph", "/var/lib/docker")),
                  "SecurityOptions", security(settings), "RegistryConfig", registries(settings),
                  "Plugins", "Authorization", authz ? json_deep_copy(authz) : json_null(),
                  "Runtimes", json_is_object(runtimes) ? json_deep_copy(runtimes) : json_object());

    if (!info)
        return NULL;
    /* Which one is chosen where none is named, the host decides. */
    put(info, "Driver", json_object_get(settings, "storage-driver"));
    if (cgroups)
        (void)json_object_set_new(info, "CgroupDriver", json_string(cgroups));
    return info;
}

json_t *pl_engine_networks(const json_t *settings)
{
    json_t *options;

    if (strcmp(text_of(settings, "bridge", ""), "none") == 0)
        return json_array();
    options = json_pack("{ss,ss}", "com.docker.network.bridge.default_bridge", "true",
                        "com.docker.network.bridge.enable_icc",
                        is_on(settings, "icc", true) ? "true" : "false");
    const char *ip = text_of(settings, "ip", "0.0.0.0");
    if (options && json_object_set_new(options, "com.docker.network.bridge.host_binding_ipv4",
                                       json_string(ip)))
        return NULL;
    return json_pack("[{ss,ss,sb,so}]", "Name", "bridge", "Driver", "bridge", "EnableIPv6",
                     is_on(settings, "ipv6", false), "Options", options);
}
