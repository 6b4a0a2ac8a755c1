/* SPDX-License-Identifier: Apache-2.0 */
#include "declared/marathon.h"

#include "declared/amount.h"
#include "declared/node.h"
#include "declared/run.h"
#include "engine/fields.h"

#include <string.h>

/* ---- which document it is ---- */

static bool is_map(const pl_yaml *v)
{
    return v && v->type == PL_YAML_MAPPING;
}

static bool is_type(const pl_yaml *container, const char *word)
{
    return pl_str_eq(pl_node_text(container, "type"), pl_str_c(word));
}

static bool is_app(const pl_yaml *v)
{
    const pl_yaml *container = pl_yaml_get(v, "container");
    bool has_container =
        is_map(container) && (is_map(pl_yaml_get(container, "docker")) ||
                              is_type(container, "DOCKER") || is_type(container, "MESOS"));
    bool has_command = pl_yaml_get(v, "cmd") || pl_yaml_get(v, "args");
    bool has_size = pl_yaml_get(v, "cpus") || pl_yaml_get(v, "mem") || pl_yaml_get(v, "instances");

    return pl_node_text(v, "id").n && (has_container || (has_command && has_size));
}

static bool is_pod(const pl_yaml *v)
{
    const pl_yaml *list = pl_node_list(v, "containers");

    return pl_str_starts(pl_node_text(v, "id"), PL_S("/")) && list->n &&
           is_map(pl_yaml_get(&list->items[0], "resources"));
}

static bool is_group(const pl_yaml *v)
{
    const pl_yaml *apps = pl_node_list(v, "apps"), *groups = pl_node_list(v, "groups"),
                  *pods = pl_node_list(v, "pods");

    return (apps->n && is_app(&apps->items[0])) || (pods->n && is_pod(&pods->items[0])) ||
           (groups->n && is_group(&groups->items[0]));
}

static const pl_yaml *unwrapped(const pl_yaml *doc)
{
    const pl_yaml *app = pl_yaml_get(doc, "app");
    return is_map(app) ? app : doc;
}

bool pl_marathon_is(const pl_yaml *doc)
{
    doc = unwrapped(doc);
    if (doc->type == PL_YAML_SEQUENCE)
        return doc->n && (is_app(&doc->items[0]) || is_pod(&doc->items[0]));
    return is_app(doc) || is_pod(doc) || is_group(doc);
}

/* ---- the network ---- */

typedef struct task {
    pl_reading *r;
    pl_draft d;
    const pl_yaml *app, *container; /* where there is none, that of the app */
    bool is_docker;
} task;

/* The network's mode and name in the words of an engine: "host", "bridge", "none", "NAME"; empty:
 * one of that kind, but which is not known. */
static pl_str network_of(const task *t, const pl_yaml **ret_at)
{
    const pl_yaml *docker = pl_yaml_get(t->container, "docker");
    const pl_yaml *networks = pl_node_list(t->app, "networks");
    const pl_yaml *old = pl_yaml_get(docker, "network");

    *ret_at = networks->n ? &networks->items[0] : old ? old : t->container;
    if (networks->n) {
        pl_str mode = pl_node_text(&networks->items[0], "mode");
        if (pl_str_eq(mode, PL_S("container/bridge")))
            return PL_S("bridge");
        return pl_str_eq(mode, PL_S("host")) ? PL_S("host")
                                             : pl_node_text(&networks->items[0], "name");
    }
    if (!old || pl_yaml_is_null(old) || pl_str_eq(old->text, PL_S("HOST")))
        return PL_S("host");
    if (pl_str_eq(old->text, PL_S("BRIDGE")))
        return PL_S("bridge");
    return pl_str_eq(old->text, PL_S("NONE"))
               ? PL_S("none")
               : pl_node_text(pl_yaml_get(t->app, "ipAddress"), "networkName");
}

/* Where none is named Mesos chooses a port of the host, but on a network of the task's own. */
static void put_port(task *t, pl_str network, const pl_yaml *port)
{
    pl_str inside = pl_node_text(port, "containerPort"), host = pl_node_text(port, "hostPort");
    pl_str protocols = pl_node_text(port, "protocol"), one;

    if (!host.n && !pl_str_eq(network, PL_S("bridge")))
        return;
    if (pl_str_eq(host, PL_S("0")))
        host = (pl_str){"", 0};
    if (!inside.n || pl_str_eq(inside, PL_S("0"))) {
        pl_draft_open(&t->d, "HostConfig/PortBindings", port);
        return;
    }
    protocols = protocols.n ? protocols : PL_S("tcp");
    while (pl_str_cut(&protocols, ',', &one))
        pl_draft_member(&t->d, "HostConfig/PortBindings",
                        pl_reading_text(t->r, "%.*s/%.*s", PL_F(inside), PL_F(one)),
                        json_pack("[{ss,so}]", "HostIp", "", "HostPort", pl_draft_text(host)),
                        port);
}

static void put_network(task *t)
{
    const pl_yaml *at, *old = pl_node_list(pl_yaml_get(t->container, "docker"), "portMappings");
    const pl_yaml *ports = pl_node_list(t->container, "portMappings");
    pl_str name = network_of(t, &at);

    if (!name.n) {
        pl_draft_open(&t->d, "HostConfig/NetworkMode", at);
        pl_draft_open(&t->d, "NetworkSettings/Networks", at);
    } else {
        pl_draft_set(&t->d, "HostConfig/NetworkMode", pl_draft_text(name), at);
        pl_draft_member(&t->d, "NetworkSettings/Networks", name, json_object(), at);
    }
    ports = ports->n ? ports : old;
    for (size_t i = 0; i < ports->n && !pl_str_eq(name, PL_S("host")); i++)
        put_port(t, name, &ports->items[i]);
}

/* What the file says of networks and volumes: one that is neither the default bridge nor unknown.
 */
static pl_rc set_world(pl_reading *r, pl_str name, pl_err *err)
{
    pl_record **networks = pl_arena_calloc(r->arena, 2, sizeof(pl_record *));

    for (size_t i = 0; i < 2; i++) {
        if (!networks || !(networks[i] = pl_record_new(r->arena, &pl_kind_network)))
            return pl_fail(err, PL_LIMIT, "app");
        pl_str one = i ? name : PL_S("bridge");
        pl_set_str(networks[i], PL_F_NETWORK_NAME, one);
        pl_set_bool(networks[i], PL_F_NETWORK_DEFAULT_BRIDGE, pl_str_eq(one, PL_S("bridge")));
    }
    pl_set_recs(r->world, PL_F_ENGINE_NETWORKS, networks, name.n ? 2 : 1);
    pl_set_recs(r->world, PL_F_ENGINE_VOLUMES, networks, 0);
    return PL_OK;
}

/* ---- sizes ---- */

/* Billionths of the number; -1: it is none. */
static int64_t billionths(const pl_yaml *v)
{
    int64_t n = 0;
    return v && v->type == PL_YAML_SCALAR && pl_amount_billionths(v->text, &n) ? n : -1;
}

/* Marathon gives 128 MiB and one processor where nothing is said; Mesos counts a processor as 1024
 * shares. */
static void put_sizes(task *t, const pl_yaml *of)
{
    enum { BILLION = 1000000000 };
    const pl_yaml *mem = pl_yaml_get(of, "mem"), *cpus = pl_yaml_get(of, "cpus");
    int64_t m = mem ? billionths(mem) : (int64_t)128 * BILLION, bytes;
    int64_t c = cpus ? billionths(cpus) : BILLION, shares;
    bool has_bytes = m >= 0 && !__builtin_mul_overflow(m / 1000, (1 << 20), &bytes);
    bool has_shares = c >= 0 && !__builtin_mul_overflow(c, 1024, &shares);

    if (has_bytes)
        pl_draft_set(&t->d, "HostConfig/Memory", json_integer(bytes / (BILLION / 1000)),
                     mem ? mem : of);
    else
        pl_draft_open(&t->d, "HostConfig/Memory", mem);
    if (has_shares)
        pl_draft_set(&t->d, "HostConfig/CpuShares", json_integer(shares / BILLION),
                     cpus ? cpus : of);
    else
        pl_draft_open(&t->d, "HostConfig/CpuShares", cpus);
}

/* ---- lists ---- */

/* A value from a store of secrets is not written here. */
static void put_env(task *t, const pl_yaml *env)
{
    for (size_t i = 0; is_map(env) && i < env->n; i++) {
        const pl_yaml *key = &env->items[2 * i], *value = &env->items[2 * i + 1];
        if (value->type != PL_YAML_SCALAR)
            pl_draft_add_open(&t->d, "Config/Env", key->text, key);
        else
            pl_draft_add(&t->d, "Config/Env",
                         pl_draft_text(pl_reading_text(t->r, "%.*s=%.*s", PL_F(key->text),
                                                       PL_F(value->text))),
                         key->text, value);
    }
}

static void put_labels(task *t, const pl_yaml *labels)
{
    for (size_t i = 0; is_map(labels) && i < labels->n; i++)
        pl_draft_member(&t->d, "Config/Labels", labels->items[2 * i].text,
                        pl_draft_text(labels->items[2 * i + 1].text), &labels->items[2 * i]);
}

/* A relative path lies in the task's own folder; what has none is a volume of Mesos or of another
 * store. */
static void put_mount(task *t, pl_str host, pl_str target, bool is_writable, const pl_yaml *at)
{
    bool is_bind = pl_str_starts(host, PL_S("/"));
    json_t *source = is_bind ? pl_draft_path((pl_str){"", 0}, host) : json_string("");

    pl_draft_add(&t->d, "Mounts",
                 json_pack("{ss,ss,so,so,sb,ss}", "Type", is_bind ? "bind" : "cluster", "Name", "",
                           "Source", source, "Destination", pl_draft_text(target), "RW",
                           is_writable, "Propagation", ""),
                 target, at);
}

static void put_volumes(task *t)
{
    const pl_yaml *list = pl_node_list(t->container, "volumes");

    for (size_t i = 0; i < list->n; i++) {
        const pl_yaml *v = &list->items[i];
        put_mount(t, pl_node_text(v, "hostPath"), pl_node_text(v, "containerPath"),
                  !pl_str_eq(pl_node_text(v, "mode"), PL_S("RO")), v);
    }
}

/* A line for a shell, or words. */
static void put_command(task *t)
{
    const pl_yaml *cmd = pl_yaml_get(t->app, "cmd");

    if (pl_node_text(t->app, "cmd").n)
        pl_draft_add(&t->d, "Config/Cmd", pl_draft_text(cmd->text), cmd->text, cmd);
    pl_node_words(&t->d, pl_yaml_get(t->app, "args"), "Config/Cmd");
}

/* ---- parameters: options of docker run ---- */

static pl_rc leave_open(task *t, const pl_yaml *at, const char *why, pl_err *err)
{
    t->d.is_all_open = true;
    return t->r->note(t->r, at,
                      &(pl_reading_gap){pl_reading_text(t->r, "container %.*s", PL_F(t->d.name)),
                                        "not-observed", why, false},
                      err);
}

static pl_rc put_parameters(task *t, pl_err *err)
{
    const pl_yaml *list = pl_node_list(pl_yaml_get(t->container, "docker"), "parameters");
    pl_run_line line = {.r = t->r, .d = &t->d};
    pl_rc rc = PL_OK;

    for (size_t i = 0; !rc && i < list->n; i++) {
        const pl_yaml *p = &list->items[i], *value = pl_yaml_get(p, "value");
        const pl_run_option *o = pl_run_option_find(pl_node_text(p, "key"), 0);
        if (!o || !value || value->type != PL_YAML_SCALAR) {
            rc = leave_open(t, p,
                            "a parameter that is not known here stands among the others; "
                            "what it could declare is open",
                            err);
            continue;
        }
        pl_run_option_put(
            &line, o,
            &(pl_shell_word){.text = value->text, .line = value->line, .column = value->column});
    }
    return rc;
}

/* ---- one container ---- */

static pl_rc start(task *t, pl_str name, const pl_yaml *at, pl_err *err)
{
    const pl_yaml *where;
    pl_rc rc = set_world(t->r, network_of(t, &where), err);

    pl_draft_start(&t->d, t->r->arena, t->r->world,
                   pl_str_starts(name, PL_S("/")) ? pl_str_sub(name, 1, name.n) : name, at);
    t->d.orchestrator = PL_S("marathon");
    t->d.service = pl_reading_text(t->r, "marathon:%.*s", PL_F(name));
    return rc;
}

static const char own_containerizer[] =
    "Mesos' own containerizer runs it; what nobody wrote is decided by the agent";

static pl_rc fill_app(task *t, pl_err *err)
{
    const pl_yaml *docker = pl_yaml_get(t->container, "docker");

    pl_node_put(&t->d, pl_yaml_get(docker, "image"), pl_node_string, "Config/Image");
    put_env(t, pl_yaml_get(t->app, "env"));
    put_labels(t, pl_yaml_get(t->app, "labels"));
    put_command(t);
    put_volumes(t);
    put_sizes(t, t->app);
    put_network(t);
    if (!t->is_docker)
        return leave_open(t, t->container, own_containerizer, err);
    pl_node_put(&t->d, pl_yaml_get(docker, "privileged"), pl_node_flag, "HostConfig/Privileged");
    return put_parameters(t, err);
}

/* A relative id stands below that of its group. */
static pl_str id_of(pl_reading *r, pl_str group, const pl_yaml *v)
{
    pl_str id = pl_node_text(v, "id");

    if (pl_str_starts(id, PL_S("/")))
        return id;
    return pl_reading_text(r, "%.*s/%.*s", PL_F(pl_str_eq(group, PL_S("/")) ? PL_S("") : group),
                           PL_F(id));
}

static pl_rc read_app(pl_reading *r, pl_str group, const pl_yaml *app, pl_err *err)
{
    const pl_yaml *container = pl_yaml_get(app, "container");
    task t = {.r = r, .app = app, .container = is_map(container) ? container : app};
    pl_str id = id_of(r, group, app);

    if (!pl_node_text(pl_yaml_get(container, "docker"), "image").n)
        return r->note(r, app,
                       &(pl_reading_gap){pl_reading_text(r, "app %.*s", PL_F(id)), "unsupported",
                                         "has no image: Mesos runs it on the agent's own files",
                                         true},
                       err);
    t.is_docker = !is_type(container, "MESOS");
    pl_rc rc = start(&t, id, app, err);
    if (!rc)
        rc = fill_app(&t, err);
    if (!rc)
        rc = r->take(r, &t.d, err);
    pl_draft_done(&t.d);
    return rc;
}

/* ---- pods ---- */

static const pl_yaml *volume_of(const pl_yaml *pod, pl_str name)
{
    const pl_yaml *list = pl_node_list(pod, "volumes");

    for (size_t i = 0; i < list->n; i++)
        if (pl_str_eq(pl_node_text(&list->items[i], "name"), name))
            return &list->items[i];
    return NULL;
}

static void put_pod_mounts(task *t)
{
    const pl_yaml *list = pl_node_list(t->container, "volumeMounts");

    for (size_t i = 0; i < list->n; i++) {
        const pl_yaml *m = &list->items[i], *volume = volume_of(t->app, pl_node_text(m, "name"));
        pl_str target = pl_node_text(m, "mountPath");
        if (volume)
            put_mount(t, pl_node_text(volume, "host"), target,
                      !pl_str_eq(pl_node_text(m, "readOnly"), PL_S("true")), m);
        else
            pl_draft_add_open(&t->d, "Mounts", target, m);
    }
}

static void put_user(task *t)
{
    const pl_yaml *own = pl_yaml_get(t->container, "user");
    const pl_yaml *user = own ? own : pl_yaml_get(t->app, "user");

    pl_node_put(&t->d, user, pl_node_string, "Config/User");
    t->d.has_user = user && !pl_yaml_is_null(user);
}

static pl_rc read_pod_container(pl_reading *r, const pl_yaml *pod, pl_str id, const pl_yaml *one,
                                pl_err *err)
{
    task t = {.r = r, .app = pod, .container = one};
    pl_rc rc = start(&t, pl_reading_text(r, "%.*s/%.*s", PL_F(id), PL_F(pl_node_text(one, "name"))),
                     one, err);

    pl_node_put(&t.d, pl_yaml_get(pl_yaml_get(one, "image"), "id"), pl_node_string, "Config/Image");
    put_user(&t);
    put_env(&t, pl_yaml_get(pod, "environment"));
    put_env(&t, pl_yaml_get(one, "environment"));
    put_labels(&t, pl_yaml_get(pod, "labels"));
    put_labels(&t, pl_yaml_get(one, "labels"));
    put_sizes(&t, pl_yaml_get(one, "resources") ? pl_yaml_get(one, "resources") : one);
    put_pod_mounts(&t);
    if (!rc)
        rc = leave_open(&t, one, own_containerizer, err);
    if (!rc)
        rc = r->take(r, &t.d, err);
    pl_draft_done(&t.d);
    return rc;
}

static pl_rc read_pod(pl_reading *r, pl_str group, const pl_yaml *pod, pl_err *err)
{
    const pl_yaml *list = pl_node_list(pod, "containers");
    pl_str id = id_of(r, group, pod);
    pl_rc rc = PL_OK;

    for (size_t i = 0; !rc && i < list->n; i++)
        rc = read_pod_container(r, pod, id, &list->items[i], err);
    return rc;
}

/* ---- groups ---- */

static pl_rc read_one(pl_reading *r, pl_str group, const pl_yaml *v, pl_err *err)
{
    if (is_pod(v))
        return read_pod(r, group, v, err);
    if (is_app(v))
        return read_app(r, group, v, err);
    return r->note(r, v,
                   &(pl_reading_gap){PL_S("an item of apps or pods"), "unsupported",
                                     "is neither an app nor a pod", true},
                   err);
}

static pl_rc read_list(pl_reading *r, pl_str group, const pl_yaml *list, pl_err *err)
{
    pl_rc rc = PL_OK;

    for (size_t i = 0; !rc && i < list->n; i++)
        rc = read_one(r, group, &list->items[i], err);
    return rc;
}

/* Recursion ends with the depth of YAML. */
static pl_rc read_group(pl_reading *r, pl_str above, const pl_yaml *group, pl_err *err)
{
    const pl_yaml *groups = pl_node_list(group, "groups");
    pl_str id = pl_node_text(group, "id").n ? id_of(r, above, group) : above;
    pl_rc rc = read_list(r, id, pl_node_list(group, "apps"), err);

    if (!rc)
        rc = read_list(r, id, pl_node_list(group, "pods"), err);
    for (size_t i = 0; !rc && i < groups->n; i++)
        rc = read_group(r, id, &groups->items[i], err);
    return rc;
}

pl_rc pl_marathon_read(pl_reading *r, const pl_yaml *doc, pl_err *err)
{
    const pl_str root = PL_S("");

    doc = unwrapped(doc);
    if (doc->type == PL_YAML_SEQUENCE)
        return read_list(r, root, doc, err);
    return is_group(doc) ? read_group(r, root, doc, err) : read_one(r, root, doc, err);
}
