/* SPDX-License-Identifier: Apache-2.0 */
#include "declared/compose_service.h"

#include "declared/amount.h"

#include <string.h>

/* ---- variables ---- */

static bool is_name(char c)
{
    return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* "${NAME:-default}" and "${NAME-default}" at the front of *s. */
static bool with_default(pl_str *s, pl_str *ret)
{
    size_t at = 2, end;

    while (at < s->n && is_name(s->p[at]))
        at++;
    if (at < s->n && s->p[at] == ':')
        at++;
    if (at == s->n || s->p[at] != '-')
        return false;
    for (end = at + 1; end < s->n && s->p[end] != '}' && s->p[end] != '$'; end++)
        ;
    if (end == s->n || s->p[end] != '}')
        return false;
    *ret = pl_str_sub(*s, at + 1, end - at - 1);
    *s = pl_str_sub(*s, end + 1, s->n);
    return true;
}

static bool expand(pl_arena *a, pl_str s, pl_str *ret)
{
    PL_AUTO_BUF pl_buf b = {0};

    while (s.n) {
        pl_str part;
        if (s.p[0] != '$') {
            pl_buf_ch(&b, s.p[0]);
            s = pl_str_sub(s, 1, s.n);
        } else if (pl_str_starts(s, PL_S("$$"))) {
            pl_buf_ch(&b, '$');
            s = pl_str_sub(s, 2, s.n);
        } else if (pl_str_starts(s, PL_S("${")) && with_default(&s, &part)) {
            pl_buf_str(&b, part);
        } else {
            return false;
        }
    }
    *ret = pl_arena_str(a, pl_buf_view(&b));
    return ret->p != NULL;
}

bool pl_compose_text(pl_reading *r, const pl_yaml *v, pl_str *ret)
{
    if (v->type != PL_YAML_SCALAR)
        return false;
    *ret = v->text;
    return !memchr(v->text.p, '$', v->text.n) || expand(r->arena, v->text, ret);
}

/* ---- values of one shape ---- */

/* YAML 1.1 and 1.2 words for true and false, as Compose takes them. */
static bool flag_of(pl_str s, bool *ret)
{
    static const char *const yes[] = {"true", "yes", "on", "y"}, *const no[] = {"false", "no",
                                                                                "off", "n"};

    for (size_t i = 0; i < PL_COUNT(yes); i++) {
        if (pl_str_eq_nocase(s, pl_str_c(yes[i])))
            return *ret = true;
        if (pl_str_eq_nocase(s, pl_str_c(no[i])))
            return *ret = false, true;
    }
    return false;
}

/* A value in JSON; NULL: it has another shape than it should. */
typedef json_t *(*shape)(pl_str s);

static json_t *flag(pl_str s)
{
    bool b = false;
    return flag_of(s, &b) ? json_boolean(b) : NULL;
}

static json_t *number(pl_str s)
{
    int64_t n = 0;
    return pl_str_i64(s, &n) ? json_integer(n) : NULL;
}

static json_t *bytes(pl_str s)
{
    int64_t n = 0;
    return pl_amount_bytes(s, &n) ? json_integer(n) : NULL;
}

static json_t *cpus(pl_str s)
{
    int64_t n = 0;
    return pl_amount_billionths(s, &n) ? json_integer(n) : NULL;
}

/* A namespace of another service is one of another container, whose name is not known yet. */
static json_t *mode(pl_str s)
{
    static const pl_str of_service = {"service:", 8};

    if (!pl_str_starts(s, of_service))
        return pl_draft_text(s);
    return json_sprintf("container:%.*s", PL_F(pl_str_sub(s, of_service.n, s.n)));
}

static void put_value(pl_reading *r, const pl_yaml *v, shape make, const char *path, pl_draft *d)
{
    pl_str text;
    json_t *value = pl_compose_text(r, v, &text) ? make(text) : NULL;

    if (value)
        pl_draft_set(d, path, value, v);
    else
        pl_draft_open(d, path, v);
}

static void words(pl_reading *r, const pl_yaml *v, const char *path, pl_draft *d)
{
    const pl_yaml *items = v->type == PL_YAML_SEQUENCE ? v->items : v;
    size_t n = v->type == PL_YAML_SEQUENCE ? v->n : 1;

    for (size_t i = 0; i < n; i++) {
        pl_str text;
        if (!pl_compose_text(r, &items[i], &text)) {
            pl_draft_open(d, path, &items[i]);
            return;
        }
        pl_draft_add(d, path, pl_draft_text(text), text, &items[i]);
    }
}

/* Calls put for each pair of a mapping, or of a list of "key=value". */
typedef void (*pair)(pl_reading *r, pl_str key, const pl_yaml *value, pl_str text, const char *path,
                     pl_draft *d);

static void each_pair(pl_reading *r, const pl_yaml *v, pair put, const char *path, pl_draft *d)
{
    for (size_t i = 0; v->type == PL_YAML_MAPPING && i < v->n; i++)
        put(r, v->items[2 * i].text, &v->items[2 * i + 1], v->items[2 * i + 1].text, path, d);
    for (size_t i = 0; v->type == PL_YAML_SEQUENCE && i < v->n; i++) {
        pl_str text = v->items[i].text, key;
        (void)pl_str_cut(&text, '=', &key);
        put(r, key, &v->items[i], text, path, d);
    }
}

/* "NAME: value" or "NAME=value"; what is taken from the shell that starts it is not known. */
static void put_env(pl_reading *r, pl_str key, const pl_yaml *value, pl_str text, const char *path,
                    pl_draft *d)
{
    const pl_yaml written = {.type = value->type, .text = text};
    bool is_given = !pl_yaml_is_null(value) &&
                    (text.n || pl_str_has(value->text, PL_S("=")) || !pl_str_eq(value->text, key));
    pl_str known;

    if (!is_given || !pl_compose_text(r, &written, &known)) {
        pl_draft_add_open(d, path, key, value);
        return;
    }
    pl_str line = pl_reading_text(r, "%.*s=%.*s", PL_F(key), PL_F(known));
    pl_draft_add(d, path, pl_draft_text(line), key, value);
}

static void put_member(pl_reading *r, pl_str key, const pl_yaml *value, pl_str text,
                       const char *path, pl_draft *d)
{
    (void)r;
    pl_draft_member(d, path, key, pl_draft_text(text), value);
}

/* One of them is no option for the engine: its client takes the covers off. */
static void options(pl_reading *r, const pl_yaml *v, const char *path, pl_draft *d)
{
    words(r, v, path, d);
    for (size_t i = 0; v->type == PL_YAML_SEQUENCE && i < v->n; i++)
        if (pl_str_eq(v->items[i].text, PL_S("systempaths=unconfined")) ||
            pl_str_eq(v->items[i].text, PL_S("systempaths:unconfined")))
            pl_draft_uncover(d, &v->items[i]);
}

static void pairs(pl_reading *r, const pl_yaml *v, const char *path, pl_draft *d)
{
    each_pair(r, v, put_env, path, d);
}

static void members(pl_reading *r, const pl_yaml *v, const char *path, pl_draft *d)
{
    each_pair(r, v, put_member, path, d);
}

/* ---- keys ---- */

static const struct {
    const char *name, *path;
    shape make;            /* of a scalar */
    pl_compose_key put;    /* of anything else */
    bool is_none_of_swarm; /* "docker stack deploy" reads over it */
} keys[] = {
    {"image", "Config/Image", pl_draft_text, NULL},
    {"user", "Config/User", pl_draft_text, NULL},
    {"environment", "Config/Env", NULL, pairs},
    {"entrypoint", "Config/Entrypoint", NULL, words},
    {"command", "Config/Cmd", NULL, words},
    {"labels", "Config/Labels", NULL, members},
    {"privileged", "HostConfig/Privileged", flag, NULL, true},
    {"read_only", "HostConfig/ReadonlyRootfs", flag, NULL},
    {"network_mode", "HostConfig/NetworkMode", mode, NULL, true},
    {"pid", "HostConfig/PidMode", mode, NULL, true},
    {"ipc", "HostConfig/IpcMode", mode, NULL, true},
    {"uts", "HostConfig/UTSMode", pl_draft_text, NULL},
    {"userns_mode", "HostConfig/UsernsMode", pl_draft_text, NULL, true},
    {"cgroup", "HostConfig/CgroupnsMode", pl_draft_text, NULL, true},
    {"cgroup_parent", "HostConfig/CgroupParent", pl_draft_text, NULL, true},
    {"mem_limit", "HostConfig/Memory", bytes, NULL},
    {"cpus", "HostConfig/NanoCpus", cpus, NULL},
    {"cpu_quota", "HostConfig/CpuQuota", number, NULL},
    {"cpu_shares", "HostConfig/CpuShares", number, NULL},
    {"cpuset", "HostConfig/CpusetCpus", pl_draft_text, NULL},
    {"pids_limit", "HostConfig/PidsLimit", number, NULL},
    {"oom_kill_disable", "HostConfig/OomKillDisable", flag, NULL},
    {"oom_score_adj", "HostConfig/OomScoreAdj", number, NULL},
    {"runtime", "HostConfig/Runtime", pl_draft_text, NULL},
    {"cap_add", "HostConfig/CapAdd", NULL, words},
    {"cap_drop", "HostConfig/CapDrop", NULL, words},
    {"security_opt", "HostConfig/SecurityOpt", NULL, options, true},
    {"group_add", "HostConfig/GroupAdd", NULL, words},
    {"device_cgroup_rules", "HostConfig/DeviceCgroupRules", NULL, words},
    {"sysctls", "HostConfig/Sysctls", NULL, members},
    {"ports", "HostConfig/PortBindings", NULL, pl_compose_ports},
    {"volumes", "Mounts", NULL, pl_compose_volumes},
    {"devices", "HostConfig/Devices", NULL, pl_compose_devices, true},
    {"tmpfs", "HostConfig/Tmpfs", NULL, pl_compose_tmpfs},
    {"ulimits", "HostConfig/Ulimits", NULL, pl_compose_ulimits},
};

/* What Swarm alone does says that the file is for a stack, too. */
static bool is_for_swarm(const pl_yaml *service)
{
    static const char *const names[] = {"mode", "placement", "endpoint_mode", "update_config",
                                        "rollback_config"};
    const pl_yaml *deploy = pl_yaml_get(service, "deploy");
    bool is_found = false;

    for (size_t i = 0; i < PL_COUNT(names); i++)
        is_found |= pl_yaml_get(deploy, names[i]) != NULL;
    return is_found;
}

static void put_keys(pl_reading *r, const pl_yaml *service, pl_draft *d)
{
    bool for_swarm = is_for_swarm(service);

    for (size_t i = 0; i < PL_COUNT(keys); i++) {
        const pl_yaml *v = pl_yaml_get(service, keys[i].name);
        if (!v || pl_yaml_is_null(v))
            continue;
        if (for_swarm && keys[i].is_none_of_swarm)
            pl_draft_open(d, keys[i].path, v);
        else if (keys[i].put)
            keys[i].put(r, v, keys[i].path, d);
        else
            put_value(r, v, keys[i].make, keys[i].path, d);
    }
}

/* ---- keys below others ---- */

static const pl_yaml *below(const pl_yaml *v, const char *a, const char *b)
{
    return pl_yaml_get(pl_yaml_get(v, a), b);
}

static void put_below(pl_reading *r, const pl_yaml *v, shape make, const char *path, pl_draft *d)
{
    if (v && !pl_yaml_is_null(v))
        put_value(r, v, make, path, d);
}

static void put_limits(pl_reading *r, const pl_yaml *service, pl_draft *d)
{
    const pl_yaml *limits = below(pl_yaml_get(service, "deploy"), "resources", "limits");

    put_below(r, pl_yaml_get(limits, "memory"), bytes, "HostConfig/Memory", d);
    put_below(r, pl_yaml_get(limits, "cpus"), cpus, "HostConfig/NanoCpus", d);
    put_below(r, pl_yaml_get(limits, "pids"), number, "HostConfig/PidsLimit", d);
}

static void put_logging(pl_reading *r, const pl_yaml *service, pl_draft *d)
{
    const pl_yaml *options = below(service, "logging", "options");

    put_below(r, below(service, "logging", "driver"), pl_draft_text, "HostConfig/LogConfig/Type",
              d);
    if (options)
        each_pair(r, options, put_member, "HostConfig/LogConfig/Config", d);
}

/* "on-failure:3" */
static void put_restart(pl_reading *r, const pl_yaml *service, pl_draft *d)
{
    const pl_yaml *v = pl_yaml_get(service, "restart");
    pl_str rest, name;
    int64_t n = 0;

    if (!v)
        return;
    if (is_for_swarm(service) || !pl_compose_text(r, v, &rest)) {
        pl_draft_open(d, "HostConfig/RestartPolicy/Name", v);
        return;
    }
    (void)pl_str_cut(&rest, ':', &name);
    pl_draft_set(d, "HostConfig/RestartPolicy/Name", pl_draft_text(name), v);
    if (pl_str_i64(rest, &n))
        pl_draft_set(d, "HostConfig/RestartPolicy/MaximumRetryCount", json_integer(n), v);
}

/* Where the engine is asked for a device by driver and abilities, as for a GPU. */
static void put_requests(pl_reading *r, const pl_yaml *list, pl_draft *d)
{
    for (size_t i = 0; list && list->type == PL_YAML_SEQUENCE && i < list->n; i++) {
        const pl_yaml *v = &list->items[i], *driver = pl_yaml_get(v, "driver"),
                      *words = pl_yaml_get(v, "capabilities");
        json_t *abilities = json_array();
        pl_str name = {"", 0};
        if (driver)
            (void)pl_compose_text(r, driver, &name);
        for (size_t k = 0; words && words->type == PL_YAML_SEQUENCE && k < words->n; k++)
            if (json_array_append_new(abilities, pl_draft_text(words->items[k].text)))
                d->is_bad = true;
        pl_draft_add(
            d, "HostConfig/DeviceRequests",
            json_pack("{so,s[o]}", "Driver", pl_draft_text(name), "Capabilities", abilities), name,
            v);
    }
}

/* All GPUs; the mounts of other services, whatever they are. */
static void put_open(const pl_yaml *service, pl_draft *d)
{
    const pl_yaml *gpus = pl_yaml_get(service, "gpus"),
                  *from = pl_yaml_get(service, "volumes_from");

    if (gpus && gpus->type == PL_YAML_SCALAR && !pl_yaml_is_null(gpus))
        pl_draft_add(d, "HostConfig/DeviceRequests",
                     json_pack("{ss,s[[s]]}", "Driver", "", "Capabilities", "gpu"), PL_S("gpus"),
                     gpus);
    if (from && !pl_yaml_is_null(from))
        pl_draft_add_open(d, "Mounts", PL_S("volumes_from"), from);
}

static void put_networks(const pl_yaml *service, pl_draft *d)
{
    const pl_yaml *v = pl_yaml_get(service, "networks");
    size_t step = v && v->type == PL_YAML_MAPPING ? 2 : 1;

    for (size_t i = 0; v && v->type != PL_YAML_SCALAR && i < v->n; i++)
        pl_draft_member(d, "NetworkSettings/Networks", v->items[step * i].text, json_object(),
                        &v->items[step * i]);
}

/* ---- the service ---- */

pl_rc pl_compose_service(pl_reading *r, const pl_yaml *service, pl_draft *d, pl_err *err)
{
    pl_rc rc = PL_OK;

    put_keys(r, service, d);
    d->has_user |= pl_yaml_get(service, "user") != NULL;
    put_limits(r, service, d);
    put_logging(r, service, d);
    put_restart(r, service, d);
    put_networks(service, d);
    put_requests(r, pl_yaml_get(service, "gpus"), d);
    put_requests(
        r,
        pl_yaml_get(below(pl_yaml_get(service, "deploy"), "resources", "reservations"), "devices"),
        d);
    put_open(service, d);
    const pl_yaml *files = pl_yaml_get(service, "env_file");
    if (files) {
        pl_draft_add_open(d, "Config/Env", PL_S("env_file"), files);
        rc = r->note(
            r, files,
            &(pl_reading_gap){pl_reading_text(r, "service %.*s", PL_F(d->name)), "not-observed",
                              "takes environment variables from a file, which was not read", false},
            err);
    }
    return rc;
}

pl_rc pl_compose_finish(pl_reading *r, pl_draft *d, const pl_yaml *at, pl_err *err)
{
    const json_t *networks =
        json_object_get(json_object_get(d->doc, "NetworkSettings"), "Networks");
    const json_t *host = json_object_get(d->doc, "HostConfig");
    const char *mode = json_string_value(json_object_get(host, "NetworkMode"));
    const json_t *config = json_object_get(d->doc, "Config");

    (void)r;
    (void)err;
    if (mode && strncmp(mode, "container:", sizeof("container:") - 1) == 0)
        pl_draft_open(d, "NetworkSettings/Networks", at); /* those of the other one */
    else if (json_object_size(networks) == 0 && mode && strcmp(mode, "default") == 0)
        pl_draft_member(d, "NetworkSettings/Networks", PL_S("project"), json_object(), at);
    /* One that is built here has no reference that could be judged. */
    if (!json_object_get(config, "Image"))
        pl_draft_set(d, "Config/Image", pl_draft_text((pl_str){"", 0}), at);
    return PL_OK;
}
