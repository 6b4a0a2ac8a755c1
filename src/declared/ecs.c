/* SPDX-License-Identifier: Apache-2.0 */
#include "declared/ecs.h"

#include "declared/node.h"
#include "engine/fields.h"

#include <string.h>

static const pl_yaml *task_of(const pl_yaml *doc)
{
    const pl_yaml *task = pl_yaml_get(doc, "taskDefinition");
    return task ? task : doc;
}

bool pl_ecs_is(const pl_yaml *doc)
{
    const pl_yaml *list = pl_yaml_get(task_of(doc), "containerDefinitions");
    return list && list->type == PL_YAML_SEQUENCE;
}

/* ---- values ---- */

static json_t *mebibytes(const pl_yaml *v)
{
    int64_t n = 0;
    return pl_str_i64(v->text, &n) && !__builtin_mul_overflow(n, 1 << 20, &n) ? json_integer(n)
                                                                              : NULL;
}

static bool is_true(const pl_yaml *map, const char *key)
{
    return pl_str_eq(pl_node_text(map, key), PL_S("true"));
}

/* ---- lists ---- */

static void put_env(pl_reading *r, const pl_yaml *container, pl_draft *d)
{
    const pl_yaml *env = pl_node_list(container, "environment"),
                  *secrets = pl_node_list(container, "secrets"),
                  *files = pl_node_list(container, "environmentFiles");

    for (size_t i = 0; i < env->n; i++) {
        const pl_yaml *e = &env->items[i], *value = pl_yaml_get(e, "value");
        pl_str name = pl_node_text(e, "name");
        pl_str line = pl_reading_text(r, "%.*s=%.*s", PL_F(name), PL_F(pl_node_text(e, "value")));
        pl_draft_add(d, "Config/Env", pl_draft_text(line), name, value ? value : e);
    }
    /* What a store of secrets or a file gives is not written here. */
    for (size_t i = 0; i < secrets->n; i++)
        pl_draft_add_open(d, "Config/Env", pl_node_text(&secrets->items[i], "name"),
                          &secrets->items[i]);
    for (size_t i = 0; i < files->n; i++)
        pl_draft_add_open(d, "Config/Env", PL_S("environmentFiles"), &files->items[i]);
}

static const pl_yaml *volume_of(const pl_yaml *task, pl_str name)
{
    const pl_yaml *volumes = pl_node_list(task, "volumes");

    for (size_t i = 0; i < volumes->n; i++)
        if (pl_str_eq(pl_node_text(&volumes->items[i], "name"), name))
            return &volumes->items[i];
    return NULL;
}

static void put_mounts(const pl_yaml *task, const pl_yaml *container, pl_draft *d)
{
    const pl_yaml *mounts = pl_node_list(container, "mountPoints");

    for (size_t i = 0; i < mounts->n; i++) {
        const pl_yaml *m = &mounts->items[i];
        const pl_yaml *volume = volume_of(task, pl_node_text(m, "sourceVolume"));
        pl_str target = pl_node_text(m, "containerPath");
        pl_str host = pl_node_text(pl_yaml_get(volume, "host"), "sourcePath");
        if (!volume) {
            pl_draft_add_open(d, "Mounts", target, m);
            continue;
        }
        pl_draft_add(d, "Mounts",
                     json_pack("{ss,so,so,so,sb,ss}", "Type", host.n ? "bind" : "cluster", "Name",
                               pl_draft_text(pl_node_text(m, "sourceVolume")), "Source",
                               pl_draft_text(host), "Destination", pl_draft_text(target), "RW",
                               !is_true(m, "readOnly"), "Propagation", ""),
                     target, m);
    }
}

/* With a network interface of its own a task has no port on the host; on the bridge a port that is
 * not named is chosen by the engine. */
static void put_ports(pl_reading *r, const pl_yaml *task, const pl_yaml *container, pl_draft *d)
{
    const pl_yaml *ports = pl_node_list(container, "portMappings");
    pl_str mode = pl_node_text(task, "networkMode");

    for (size_t i = 0; i < ports->n && !pl_str_eq(mode, PL_S("awsvpc")); i++) {
        const pl_yaml *p = &ports->items[i];
        pl_str inside = pl_node_text(p, "containerPort"), host = pl_node_text(p, "hostPort");
        pl_str protocol = pl_node_text(p, "protocol");
        if (pl_yaml_get(p, "containerPortRange")) {
            pl_draft_open(d, "HostConfig/PortBindings", p);
            return;
        }
        if (!host.n && pl_str_eq(mode, PL_S("host")))
            host = inside;
        pl_draft_member(
            d, "HostConfig/PortBindings",
            pl_reading_text(r, "%.*s/%.*s", PL_F(inside),
                            PL_F(protocol.n ? protocol : PL_S("tcp"))),
            json_pack("[{ss,so}]", "HostIp", "", "HostPort",
                      pl_draft_text(pl_str_eq(host, PL_S("0")) ? (pl_str){"", 0} : host)),
            p);
    }
}

static void put_ulimits(const pl_yaml *container, pl_draft *d)
{
    const pl_yaml *list = pl_node_list(container, "ulimits");

    for (size_t i = 0; i < list->n; i++) {
        const pl_yaml *u = &list->items[i], *soft = pl_yaml_get(u, "softLimit"),
                      *hard = pl_yaml_get(u, "hardLimit");
        json_t *s = soft ? pl_node_number(soft) : NULL, *h = hard ? pl_node_number(hard) : NULL;
        pl_str name = pl_node_text(u, "name");
        if (s && h)
            pl_draft_add(d, "HostConfig/Ulimits",
                         json_pack("{so,sO,sO}", "Name", pl_draft_text(name), "Soft", s, "Hard", h),
                         name, u);
        else
            pl_draft_add_open(d, "HostConfig/Ulimits", name, u);
        json_decref(s);
        json_decref(h);
    }
}

static void put_members(const pl_yaml *container, pl_draft *d)
{
    const pl_yaml *controls = pl_node_list(container, "systemControls");
    const pl_yaml *options = pl_yaml_get(pl_yaml_get(container, "logConfiguration"), "options");
    const pl_yaml *labels = pl_yaml_get(container, "dockerLabels");

    for (size_t i = 0; i < controls->n; i++)
        pl_draft_member(d, "HostConfig/Sysctls", pl_node_text(&controls->items[i], "namespace"),
                        pl_draft_text(pl_node_text(&controls->items[i], "value")),
                        &controls->items[i]);
    for (size_t i = 0; options && options->type == PL_YAML_MAPPING && i < options->n; i++)
        pl_draft_member(d, "HostConfig/LogConfig/Config", options->items[2 * i].text,
                        pl_draft_text(options->items[2 * i + 1].text), &options->items[2 * i]);
    for (size_t i = 0; labels && labels->type == PL_YAML_MAPPING && i < labels->n; i++)
        pl_draft_member(d, "Config/Labels", labels->items[2 * i].text,
                        pl_draft_text(labels->items[2 * i + 1].text), &labels->items[2 * i]);
}

static void put_linux(const pl_yaml *container, pl_draft *d)
{
    const pl_yaml *system = pl_yaml_get(container, "linuxParameters");
    const pl_yaml *caps = pl_yaml_get(system, "capabilities");
    const pl_yaml *devices = pl_node_list(system, "devices"),
                  *tmpfs = pl_node_list(system, "tmpfs");

    pl_node_words(d, pl_yaml_get(caps, "add"), "HostConfig/CapAdd");
    pl_node_words(d, pl_yaml_get(caps, "drop"), "HostConfig/CapDrop");
    for (size_t i = 0; i < devices->n; i++) {
        pl_str path = pl_node_text(&devices->items[i], "hostPath");
        pl_draft_add(d, "HostConfig/Devices",
                     json_pack("{so,so}", "PathOnHost", pl_draft_text(path), "PathInContainer",
                               pl_draft_text(pl_node_text(&devices->items[i], "containerPath"))),
                     path, &devices->items[i]);
    }
    for (size_t i = 0; i < tmpfs->n; i++) {
        PL_AUTO_BUF pl_buf options = {0};
        const pl_yaml *words = pl_node_list(&tmpfs->items[i], "mountOptions");
        for (size_t k = 0; k < words->n; k++)
            pl_buf_fmt(&options, "%s%.*s", k ? "," : "", PL_F(words->items[k].text));
        pl_draft_member(d, "HostConfig/Tmpfs", pl_node_text(&tmpfs->items[i], "containerPath"),
                        pl_draft_text(pl_buf_view(&options)), &tmpfs->items[i]);
    }
}

/* ---- the container ---- */

static void put_modes(const pl_yaml *task, const pl_yaml *container, pl_draft *d)
{
    const pl_yaml *network = pl_yaml_get(task, "networkMode"), *ipc = pl_yaml_get(task, "ipcMode"),
                  *pid = pl_yaml_get(task, "pidMode");

    pl_node_put(d, network, pl_node_string, "HostConfig/NetworkMode");
    if (!network || pl_str_eq(network->text, PL_S("bridge")))
        pl_draft_member(d, "NetworkSettings/Networks", PL_S("bridge"), json_object(), container);
    if (ipc)
        pl_node_put(d, ipc, pl_node_string, "HostConfig/IpcMode");
    else
        pl_draft_open(d, "HostConfig/IpcMode", container);
    if (pid && !pl_str_eq(pid->text, PL_S("task")))
        pl_node_put(d, pid, pl_node_string, "HostConfig/PidMode");
    pl_draft_open(d, "HostConfig/PidsLimit", container);
}

static void put_container(pl_reading *r, const pl_yaml *task, const pl_yaml *container, pl_draft *d)
{
    const pl_yaml *memory = pl_yaml_get(container, "memory"),
                  *user = pl_yaml_get(container, "user");

    pl_node_put(d, pl_yaml_get(container, "image"), pl_node_string, "Config/Image");
    pl_node_put(d, user, pl_node_string, "Config/User");
    d->has_user = user && !pl_yaml_is_null(user);
    pl_node_put(d, pl_yaml_get(container, "privileged"), pl_node_flag, "HostConfig/Privileged");
    pl_node_put(d, pl_yaml_get(container, "readonlyRootFilesystem"), pl_node_flag,
                "HostConfig/ReadonlyRootfs");
    /* Where the container names none, the task's limit holds for all of it. */
    pl_node_put(d, memory ? memory : pl_yaml_get(task, "memory"), mebibytes, "HostConfig/Memory");
    pl_node_put(d, pl_yaml_get(container, "cpu"), pl_node_number, "HostConfig/CpuShares");
    pl_node_put(d, pl_yaml_get(pl_yaml_get(container, "logConfiguration"), "logDriver"),
                pl_node_string, "HostConfig/LogConfig/Type");
    pl_node_words(d, pl_yaml_get(container, "dockerSecurityOptions"), "HostConfig/SecurityOpt");
    put_modes(task, container, d);
    put_env(r, container, d);
    pl_node_words(d, pl_yaml_get(container, "entryPoint"), "Config/Entrypoint");
    pl_node_words(d, pl_yaml_get(container, "command"), "Config/Cmd");
    put_mounts(task, container, d);
    put_ports(r, task, container, d);
    put_ulimits(container, d);
    put_members(container, d);
    put_linux(container, d);
}

static pl_rc set_world(pl_reading *r, pl_err *err)
{
    pl_record **networks = pl_arena_calloc(r->arena, 1, sizeof(pl_record *));

    if (!networks || !(networks[0] = pl_record_new(r->arena, &pl_kind_network)))
        return pl_fail(err, PL_LIMIT, "task");
    pl_set_str(networks[0], PL_F_NETWORK_NAME, PL_S("bridge"));
    pl_set_bool(networks[0], PL_F_NETWORK_DEFAULT_BRIDGE, true);
    pl_set_recs(r->world, PL_F_ENGINE_NETWORKS, networks, 1);
    pl_set_recs(r->world, PL_F_ENGINE_VOLUMES, networks, 0);
    return PL_OK;
}

pl_rc pl_ecs_read(pl_reading *r, const pl_yaml *doc, pl_err *err)
{
    const pl_yaml *task = task_of(doc), *list = pl_node_list(task, "containerDefinitions");
    pl_str family = pl_node_text(task, "family");
    pl_rc rc = set_world(r, err);

    for (size_t i = 0; !rc && i < list->n; i++) {
        pl_str name = pl_node_text(&list->items[i], "name");
        pl_draft d;
        pl_draft_start(
            &d, r->arena, r->world,
            pl_reading_text(r, "%.*s%s%.*s", PL_F(family), family.n ? "/" : "", PL_F(name)),
            &list->items[i]);
        d.orchestrator = PL_S("ecs");
        d.service = pl_reading_text(r, "ecs:%.*s/%.*s", PL_F(family), PL_F(name));
        put_container(r, task, &list->items[i], &d);
        rc = r->take(r, &d, err);
        pl_draft_done(&d);
    }
    return rc;
}
