/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/declare.h"

#include "engine/fields.h"
#include "engine/join.h"
#include "engine/running.h"

/* A file of a cluster has services beside its containers that lead to them; another container's
 * network stands elsewhere; on the host's network nothing has to be published. */
static void declare_ways_in(pl_record *r)
{
    pl_str orchestrator = pl_record_text(r, PL_F_CONTAINER_ORCHESTRATOR);
    pl_str mode = pl_record_text(r, PL_F_CONTAINER_NETWORK_MODE);
    bool is_whole = (!orchestrator.n || pl_str_eq(orchestrator, PL_S("compose"))) &&
                    !pl_str_starts(mode, PL_S("container:")) && !pl_str_eq(mode, PL_S("host")) &&
                    !pl_str_starts(mode, PL_S("service:"));

    if (is_whole)
        r->v[PL_F_CONTAINER_WAYS_IN] = *pl_get(r, PL_F_CONTAINER_PORTS);
    else
        pl_set_unreadable(r, PL_F_CONTAINER_WAYS_IN, "not-observed");
}

void pl_container_declare(pl_arena *a, pl_record *world, pl_record *container)
{
    const pl_engine_where nowhere = {0};
    pl_collection c = {.arena = a, .where = &nowhere, .engine = world};
    pl_running running = {.root = {.fd = -1}};
    pl_live l = {.c = &c, .running = &running};
    pl_live_container ignored;

    pl_live_container_read(&l, container, &ignored);
    pl_join_container(&l, container);
    pl_set_unreadable(container, PL_F_CONTAINER_ENGINE, "not-observed");
    pl_set_unreadable(container, PL_F_CONTAINER_PEERS, "not-observed");
    declare_ways_in(container);
    pl_set_unreadable(container, PL_F_CONTAINER_TYPE, "not-observed");
    pl_set_unreadable(container, PL_F_CONTAINER_IMAGE_PULLED, "not-observed");
}

void pl_engine_declare(pl_arena *a, pl_record *engine, pl_record *file, pl_record *arguments)
{
    static const int not_here[] = {PL_F_ENGINE_CONFIG_FILE, PL_F_ENGINE_CONFIG_CHANGED,
                                   PL_F_ENGINE_RESTART_PENDING, PL_F_ENGINE_SETTINGS_DIGEST,
                                   PL_F_ENGINE_APPARMOR};
    const pl_engine_where nowhere = {0};
    pl_collection c = {.arena = a, .where = &nowhere, .engine = engine, .settings = file};
    /* Any process will do, if only it is younger than its file. */
    pl_running running = {
        .root = {.fd = -1}, .pid = 1, .started_us = 1, .arguments = arguments, .config_rc = PL_OK};

    pl_set_str(engine, PL_F_ENGINE_TYPE, PL_S("docker"));
    pl_running_settle(&c, &running);
    for (size_t i = 0; i < PL_COUNT(not_here); i++)
        pl_set_unreadable(engine, not_here[i], "not-observed");
    /* Its default depends on the version. */
    if (pl_get(engine, PL_F_ENGINE_IP6TABLES)->state == PL_ABSENT)
        pl_set_unreadable(engine, PL_F_ENGINE_IP6TABLES, "not-observed");
}

void pl_container_fields_of(pl_str path, pl_str element, void (*take)(int field, void *arg),
                            void *arg)
{
    static const struct {
        const char *path;
        int field;
        const char *begins; /* what the element begins with */
    } rows[] = {
        {"Config/Image", PL_F_CONTAINER_IMAGE_NAME, ""},
        {"Config/Image", PL_F_CONTAINER_IMAGE_TAG, ""},
        {"Config/Image", PL_F_CONTAINER_IMAGE_DIGEST, ""},
        {"Config/Image", PL_F_CONTAINER_IMAGE_REPOSITORY, ""},
        {"Config/Image", PL_F_CONTAINER_IMAGE_ORIGIN, ""},
        {"Config/User", PL_F_CONTAINER_USER, ""},
        {"Config/User", PL_F_CONTAINER_DECLARED_UID, ""},
        {"Config/Env", PL_F_CONTAINER_ENV, ""},
        {"Config/Cmd", PL_F_CONTAINER_ARGS, ""},
        {"Config/Entrypoint", PL_F_CONTAINER_ARGS, ""},
        {"Config/SecretEnv", PL_F_CONTAINER_SECRET_ENV, ""},
        {"Config/User", PL_F_CONTAINER_REQUIRES_NON_ROOT, ""},
        {"HostConfig/HostProcess", PL_F_CONTAINER_HOST_PROCESS, ""},
        {"Config/Labels", PL_F_CONTAINER_LABEL, ""},
        {"Config/Healthcheck", PL_F_CONTAINER_HEALTH, ""},
        {"HostConfig/Privileged", PL_F_CONTAINER_PRIVILEGED, ""},
        {"HostConfig/ReadonlyRootfs", PL_F_CONTAINER_READONLY_ROOTFS, ""},
        {"HostConfig/NetworkMode", PL_F_CONTAINER_NETWORK_MODE, ""},
        {"HostConfig/PidMode", PL_F_CONTAINER_PID_MODE, ""},
        {"HostConfig/IpcMode", PL_F_CONTAINER_IPC_MODE, ""},
        {"HostConfig/UTSMode", PL_F_CONTAINER_UTS_MODE, ""},
        {"HostConfig/UsernsMode", PL_F_CONTAINER_USERNS_MODE, ""},
        {"HostConfig/UsernsMode", PL_F_CONTAINER_FOREIGN_USERNS, ""},
        {"HostConfig/CgroupnsMode", PL_F_CONTAINER_CGROUPNS_MODE, ""},
        {"HostConfig/CgroupParent", PL_F_CONTAINER_CGROUP_PARENT, ""},
        {"HostConfig/Memory", PL_F_CONTAINER_MEMORY_LIMIT, ""},
        {"HostConfig/NanoCpus", PL_F_CONTAINER_NANO_CPUS, ""},
        {"HostConfig/CpuQuota", PL_F_CONTAINER_CPU_QUOTA, ""},
        {"HostConfig/CpuShares", PL_F_CONTAINER_CPU_SHARES, ""},
        {"HostConfig/CpusetCpus", PL_F_CONTAINER_CPUSET, ""},
        {"HostConfig/PidsLimit", PL_F_CONTAINER_PIDS_LIMIT, ""},
        {"HostConfig/OomKillDisable", PL_F_CONTAINER_OOM_KILL_DISABLED, ""},
        {"HostConfig/OomScoreAdj", PL_F_CONTAINER_OOM_SCORE_ADJ, ""},
        {"HostConfig/RestartPolicy/Name", PL_F_CONTAINER_RESTART_POLICY, ""},
        {"HostConfig/RestartPolicy/MaximumRetryCount", PL_F_CONTAINER_RESTART_MAX, ""},
        {"HostConfig/PortBindings", PL_F_CONTAINER_PORTS, ""},
        {"HostConfig/PublishAllPorts", PL_F_CONTAINER_PUBLISH_ALL, ""},
        {"HostConfig/CapAdd", PL_F_CONTAINER_CAP_ADD, ""},
        {"HostConfig/CapAdd", PL_F_CONTAINER_CAPS, ""},
        {"HostConfig/CapAdd", PL_F_CONTAINER_CAPABILITIES, ""},
        {"HostConfig/CapDrop", PL_F_CONTAINER_CAP_DROP, ""},
        {"HostConfig/CapDrop", PL_F_CONTAINER_CAPS, ""},
        {"HostConfig/CapDrop", PL_F_CONTAINER_CAPABILITIES, ""},
        {"HostConfig/SecurityOpt", PL_F_CONTAINER_SECURITY_OPT, ""},
        {"HostConfig/SecurityOpt", PL_F_CONTAINER_SECCOMP, "seccomp"},
        {"HostConfig/SecurityOpt", PL_F_CONTAINER_APPARMOR_PROFILE, "apparmor"},
        {"HostConfig/SecurityOpt", PL_F_CONTAINER_NO_NEW_PRIVILEGES, "no-new-privileges"},
        {"HostConfig/GroupAdd", PL_F_CONTAINER_GROUP_ADD, ""},
        {"HostConfig/Devices", PL_F_CONTAINER_DEVICES, ""},
        {"HostConfig/DeviceCgroupRules", PL_F_CONTAINER_DEVICES, ""},
        {"HostConfig/DeviceRequests", PL_F_CONTAINER_DEVICES, ""},
        {"HostConfig/Ulimits", PL_F_CONTAINER_ULIMITS, ""},
        {"HostConfig/Sysctls", PL_F_CONTAINER_SYSCTLS, ""},
        {"HostConfig/Tmpfs", PL_F_CONTAINER_TMPFS, ""},
        {"HostConfig/MaskedPaths", PL_F_CONTAINER_MASKED_PATHS, ""},
        {"HostConfig/LogConfig/Type", PL_F_CONTAINER_LOG_DRIVER, ""},
        {"HostConfig/LogConfig/Config", PL_F_CONTAINER_LOG_OPTION, ""},
        {"HostConfig/Runtime", PL_F_CONTAINER_RUNTIME, ""},
        {"NetworkSettings/Networks", PL_F_CONTAINER_NETWORKS, ""},
        {"Mounts", PL_F_CONTAINER_MOUNTS, ""},
    };

    for (size_t i = 0; i < PL_COUNT(rows); i++)
        if (pl_str_eq(path, pl_str_c(rows[i].path)) &&
            pl_str_starts(element, pl_str_c(rows[i].begins)))
            take(rows[i].field, arg);
}
