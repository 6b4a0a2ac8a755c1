/* SPDX-License-Identifier: Apache-2.0 */
/* What each option of `docker run` says, in the words of inspect. */
#include "declared/run.h"

#include "declared/amount.h"
#include "declared/compose_service.h"

/* Values are put like a scalar of a Compose file; the shell has had its share of them. */
typedef void (*put_value)(pl_run_line *l, const pl_yaml *v, const char *path);

struct pl_run_option {
    const char *name;
    char letter;
    bool is_switch, is_list;
    const char *path; /* NULL: says nothing that a record holds */
    put_value put;
};

/* ---- values of one shape ---- */

static void put_or_open(pl_run_line *l, const char *path, json_t *value, const pl_yaml *v)
{
    if (value)
        pl_draft_set(l->d, path, value, v);
    else
        pl_draft_open(l->d, path, v);
}

static void text(pl_run_line *l, const pl_yaml *v, const char *path)
{
    put_or_open(l, path, pl_draft_text(v->text), v);
}

static void flag(pl_run_line *l, const pl_yaml *v, const char *path)
{
    bool is_true = pl_str_eq_nocase(v->text, PL_S("true")) || pl_str_eq(v->text, PL_S("1")) ||
                   pl_str_eq_nocase(v->text, PL_S("t"));
    bool is_false = pl_str_eq_nocase(v->text, PL_S("false")) || pl_str_eq(v->text, PL_S("0")) ||
                    pl_str_eq_nocase(v->text, PL_S("f"));

    put_or_open(l, path, is_true || is_false ? json_boolean(is_true) : NULL, v);
}

static void number(pl_run_line *l, const pl_yaml *v, const char *path)
{
    int64_t n = 0;
    put_or_open(l, path, pl_str_i64(v->text, &n) ? json_integer(n) : NULL, v);
}

static void bytes(pl_run_line *l, const pl_yaml *v, const char *path)
{
    int64_t n = 0;
    put_or_open(l, path, pl_amount_bytes(v->text, &n) ? json_integer(n) : NULL, v);
}

static void cpus(pl_run_line *l, const pl_yaml *v, const char *path)
{
    int64_t n = 0;
    put_or_open(l, path, pl_amount_billionths(v->text, &n) ? json_integer(n) : NULL, v);
}

static void word(pl_run_line *l, const pl_yaml *v, const char *path)
{
    pl_draft_add(l->d, path, pl_draft_text(v->text), v->text, v);
}

/* Podman takes several, with commas. */
static void words(pl_run_line *l, const pl_yaml *v, const char *path)
{
    pl_str rest = v->text, part;

    if (!l->is_podman) {
        word(l, v, path);
        return;
    }
    while (pl_str_cut(&rest, ',', &part))
        pl_draft_add(l->d, path, pl_draft_text(part), part, v);
}

static void user(pl_run_line *l, const pl_yaml *v, const char *path)
{
    text(l, v, path);
    l->d->has_user = true;
}

static void name(pl_run_line *l, const pl_yaml *v, const char *path)
{
    (void)path;
    l->name = v->text;
}

/* "KEY=VALUE"; a key alone takes the value of the shell that starts it. */
static void environment(pl_run_line *l, const pl_yaml *v, const char *path)
{
    pl_str value = v->text, key;

    (void)pl_str_cut(&value, '=', &key);
    if (key.n == v->text.n)
        pl_draft_add_open(l->d, path, key, v);
    else
        pl_draft_add(l->d, path, pl_draft_text(v->text), key, v);
}

/* A file with more of them, which is not here. */
static void from_file(pl_run_line *l, const pl_yaml *v, const char *path)
{
    pl_draft_add_open(l->d, path, v->text, v);
}

static void open_value(pl_run_line *l, const pl_yaml *v, const char *path)
{
    pl_draft_open(l->d, path, v);
}

static void member(pl_run_line *l, const pl_yaml *v, const char *path)
{
    pl_str value = v->text, key;

    (void)pl_str_cut(&value, '=', &key);
    pl_draft_member(l->d, path, key, pl_draft_text(value), v);
}

/* "on-failure:3" */
static void restart(pl_run_line *l, const pl_yaml *v, const char *path)
{
    pl_str rest = v->text, policy;
    int64_t n = 0;

    (void)pl_str_cut(&rest, ':', &policy);
    pl_draft_set(l->d, path, pl_draft_text(policy), v);
    if (pl_str_i64(rest, &n))
        pl_draft_set(l->d, "HostConfig/RestartPolicy/MaximumRetryCount", json_integer(n), v);
    else if (rest.n)
        pl_draft_open(l->d, "HostConfig/RestartPolicy/MaximumRetryCount", v);
}

static void security(pl_run_line *l, const pl_yaml *v, const char *path)
{
    word(l, v, path);
    if (pl_str_eq(v->text, PL_S("systempaths=unconfined")) ||
        pl_str_eq(v->text, PL_S("unmask=ALL")) || pl_str_eq(v->text, PL_S("unmask=all")))
        pl_draft_uncover(l->d, v);
    else if (pl_str_starts(v->text, PL_S("unmask=")) || pl_str_starts(v->text, PL_S("mask=")))
        pl_draft_open(l->d, "HostConfig/MaskedPaths", v);
}

static void device_request(pl_run_line *l, const pl_yaml *v, const char *path)
{
    pl_draft_add(l->d, path, json_pack("{ss,s[[s]]}", "Driver", "", "Capabilities", "gpu"), v->text,
                 v);
}

/* ---- lists that Compose writes the same way ---- */

/* Podman takes several, with commas. */
static void split(const pl_run_line *l, const pl_yaml *v, const char *path,
                  void (*put)(pl_reading *r, const pl_yaml *v, const char *path, pl_draft *d))
{
    pl_yaml one = *v;
    pl_str rest = v->text;

    if (!l->is_podman) {
        put(l->r, v, path, l->d);
        return;
    }
    while (pl_str_cut(&rest, ',', &one.text))
        put(l->r, &one, path, l->d);
}

static void ports(pl_run_line *l, const pl_yaml *v, const char *path)
{
    split(l, v, path, pl_compose_ports);
}

static void volumes(pl_run_line *l, const pl_yaml *v, const char *path)
{
    pl_compose_volumes(l->r, v, path, l->d);
}

static void devices(pl_run_line *l, const pl_yaml *v, const char *path)
{
    split(l, v, path, pl_compose_devices);
}

static void tmpfs(pl_run_line *l, const pl_yaml *v, const char *path)
{
    pl_compose_tmpfs(l->r, v, path, l->d);
}

/* "nofile=1024:2048" */
static void ulimit(pl_run_line *l, const pl_yaml *v, const char *path)
{
    pl_str hard = v->text, key, soft;
    int64_t s = 0, h = 0;

    (void)pl_str_cut(&hard, '=', &key);
    (void)pl_str_cut(&hard, ':', &soft);
    if (!pl_str_i64(soft, &s) || !pl_str_i64(hard.n ? hard : soft, &h)) {
        pl_draft_add_open(l->d, path, key, v);
        return;
    }
    pl_draft_add(l->d, path,
                 json_pack("{so,sI,sI}", "Name", pl_draft_text(key), "Soft", (json_int_t)s, "Hard",
                           (json_int_t)h),
                 key, v);
}

/* ---- mounts ---- */

typedef struct mount {
    pl_str type, source, target, propagation, device;
    bool is_readonly, is_bound, is_known;
} mount;

static bool is_one_of(pl_str key, const char *a, const char *b, const char *c)
{
    return pl_str_eq(key, pl_str_c(a)) || pl_str_eq(key, pl_str_c(b)) ||
           pl_str_eq(key, pl_str_c(c));
}

/* Parts of a mount that do not change which files are there. */
static bool is_detail(pl_str key)
{
    static const char *const names[] = {"consistency",    "tmpfs-size",     "tmpfs-mode",
                                        "volume-label",   "volume-nocopy",  "bind-nonrecursive",
                                        "volume-subpath", "bind-recursive", "relabel"};

    for (size_t i = 0; i < PL_COUNT(names); i++)
        if (pl_str_eq_nocase(key, pl_str_c(names[i])))
            return true;
    return false;
}

/* The client reads keys and types in any case. */
static pl_str lower(const pl_run_line *l, pl_str s)
{
    char *low = pl_arena_calloc(l->r->arena, s.n + 1, 1);

    for (size_t i = 0; low && i < s.n; i++)
        low[i] = (char)(s.p[i] >= 'A' && s.p[i] <= 'Z' ? s.p[i] - 'A' + 'a' : s.p[i]);
    return low ? (pl_str){low, s.n} : s;
}

/* "type=none", "o=bind", "device=/etc": together a folder of the host under another name. */
static void volume_option(mount *m, pl_str option)
{
    pl_str value = option, key;

    (void)pl_str_cut(&value, '=', &key);
    if (pl_str_eq(key, PL_S("device")))
        m->device = value;
    else if (pl_str_eq(key, PL_S("o")))
        m->is_bound |= pl_str_has(value, PL_S("bind"));
}

static void mount_part(const pl_run_line *l, mount *m, pl_str part)
{
    pl_str value = part, key;

    (void)pl_str_cut(&value, '=', &key);
    key = lower(l, key);
    if (is_one_of(key, "source", "src", "source"))
        m->source = value;
    else if (is_one_of(key, "target", "dst", "destination"))
        m->target = value;
    else if (is_one_of(key, "readonly", "ro", "ro"))
        m->is_readonly = !value.n || pl_str_eq(value, PL_S("true")) || pl_str_eq(value, PL_S("1"));
    else if (pl_str_eq(key, PL_S("type")))
        m->type = lower(l, value);
    else if (pl_str_eq(key, PL_S("bind-propagation")))
        m->propagation = value;
    else if (pl_str_eq(key, PL_S("volume-opt")))
        volume_option(m, value);
    else if (!is_detail(key))
        m->is_known = false;
}

static mount mount_of(const pl_run_line *l, pl_str s)
{
    /* A part in quotes may hold commas. */
    mount m = {.type = PL_S("volume"), .is_known = !pl_str_has(s, PL_S("\""))};
    pl_str part;

    while (pl_str_cut(&s, ',', &part))
        mount_part(l, &m, part);
    if (m.is_bound && m.device.n) {
        m.type = PL_S("bind");
        m.source = m.device;
    }
    bool is_bind = pl_str_eq(m.type, PL_S("bind"));
    m.is_known &= !is_bind || pl_str_starts(m.source, PL_S("/"));
    return m;
}

static void put_mount(pl_run_line *l, const pl_yaml *v, const char *path)
{
    mount m = mount_of(l, v->text);
    bool is_bind = pl_str_eq(m.type, PL_S("bind"));

    if (!m.is_known || (!is_bind && !is_one_of(m.type, "volume", "tmpfs", "volume"))) {
        pl_draft_add_open(l->d, path, m.target, v);
        return;
    }
    if (pl_str_eq(m.type, PL_S("tmpfs"))) {
        pl_draft_member(l->d, "HostConfig/Tmpfs", m.target, pl_draft_text((pl_str){"", 0}), v);
        return;
    }
    pl_draft_add(l->d, path,
                 json_pack("{so,so,so,so,sb,so}", "Type", pl_draft_text(m.type), "Name",
                           pl_draft_text(is_bind ? (pl_str){"", 0} : m.source), "Source",
                           pl_draft_text(is_bind ? m.source : (pl_str){"", 0}), "Destination",
                           pl_draft_text(m.target), "RW", !m.is_readonly, "Propagation",
                           pl_draft_text(m.propagation)),
                 m.target, v);
}

/* The socket of the engine, into the container. */
static void api_socket(pl_run_line *l, const pl_yaml *v, const char *path)
{
    if (!pl_str_eq(v->text, PL_S("false")))
        pl_draft_add(l->d, path,
                     json_pack("{ss,ss,ss,ss,sb,ss}", "Type", "bind", "Name", "", "Source",
                               "/var/run/docker.sock", "Destination", "/var/run/docker.sock", "RW",
                               true, "Propagation", ""),
                     PL_S("/var/run/docker.sock"), v);
}

/* ---- networks ---- */

/* "host", "shop", or "name=shop,alias=web" */
static pl_str network_name(pl_str s)
{
    pl_str rest = s, part;

    if (!pl_str_has(s, PL_S("=")))
        return s;
    while (pl_str_cut(&rest, ',', &part))
        if (pl_str_starts(part, PL_S("name=")))
            return pl_str_sub(part, 5, part.n);
    return (pl_str){"", 0};
}

static void network(pl_run_line *l, const pl_yaml *v, const char *path)
{
    pl_str name = network_name(v->text);
    /* Another name of the same. */
    pl_str which = pl_str_eq(name, PL_S("default")) && !l->is_podman ? PL_S("bridge") : name;
    bool is_own = !is_one_of(which, "host", "none", "none") &&
                  !pl_str_starts(which, PL_S("container:")) && !pl_str_starts(which, PL_S("ns:"));

    if (!which.n || l->n_networks == PL_COUNT(l->networks)) {
        pl_draft_open(l->d, path, v);
        return;
    }
    if (!l->has_mode)
        pl_draft_set(l->d, path, pl_draft_text(which), v);
    l->has_mode = true;
    if (is_own) {
        l->networks[l->n_networks++] = which;
        pl_draft_member(l->d, "NetworkSettings/Networks", which, json_object(), v);
    }
}

/* ---- the table ---- */

static void open_all(pl_run_line *l, const pl_yaml *v, const char *path)
{
    (void)v, (void)path;
    l->d->is_all_open = true;
}

#define SWITCH true, false
#define VALUE false, false
#define LIST false, true

static const pl_run_option options[] = {
    {"add-host", 0, LIST, NULL, NULL},
    {"annotation", 0, LIST, NULL, NULL},
    {"attach", 'a', LIST, NULL, NULL},
    {"blkio-weight", 0, VALUE, NULL, NULL},
    {"blkio-weight-device", 0, LIST, NULL, NULL},
    {"cap-add", 0, LIST, "HostConfig/CapAdd", words},
    {"cap-drop", 0, LIST, "HostConfig/CapDrop", words},
    {"cgroup-parent", 0, VALUE, "HostConfig/CgroupParent", text},
    {"cgroupns", 0, VALUE, "HostConfig/CgroupnsMode", text},
    {"cidfile", 0, VALUE, NULL, NULL},
    {"cpu-count", 0, VALUE, NULL, NULL},
    {"cpu-percent", 0, VALUE, NULL, NULL},
    {"cpu-period", 0, VALUE, NULL, NULL},
    {"cpu-quota", 0, VALUE, "HostConfig/CpuQuota", number},
    {"cpu-rt-period", 0, VALUE, NULL, NULL},
    {"cpu-rt-runtime", 0, VALUE, NULL, NULL},
    {"cpu-shares", 'c', VALUE, "HostConfig/CpuShares", number},
    {"cpus", 0, VALUE, "HostConfig/NanoCpus", cpus},
    {"cpuset-cpus", 0, VALUE, "HostConfig/CpusetCpus", text},
    {"cpuset-mems", 0, VALUE, NULL, NULL},
    {"detach", 'd', SWITCH, NULL, NULL},
    {"detach-keys", 0, VALUE, NULL, NULL},
    {"device", 0, LIST, "HostConfig/Devices", devices},
    {"device-cgroup-rule", 0, LIST, "HostConfig/DeviceCgroupRules", word},
    {"device-read-bps", 0, LIST, NULL, NULL},
    {"device-read-iops", 0, LIST, NULL, NULL},
    {"device-write-bps", 0, LIST, NULL, NULL},
    {"device-write-iops", 0, LIST, NULL, NULL},
    {"disable-content-trust", 0, SWITCH, NULL, NULL},
    {"dns", 0, LIST, NULL, NULL},
    {"dns-opt", 0, LIST, NULL, NULL},
    {"dns-option", 0, LIST, NULL, NULL},
    {"dns-search", 0, LIST, NULL, NULL},
    {"domainname", 0, VALUE, NULL, NULL},
    {"entrypoint", 0, VALUE, "Config/Entrypoint", text},
    {"env", 'e', LIST, "Config/Env", environment},
    {"env-file", 0, LIST, "Config/Env", from_file},
    {"expose", 0, LIST, NULL, NULL},
    {"gpus", 0, VALUE, "HostConfig/DeviceRequests", device_request},
    {"group-add", 0, LIST, "HostConfig/GroupAdd", words},
    {"health-cmd", 0, VALUE, NULL, NULL},
    {"health-interval", 0, VALUE, NULL, NULL},
    {"health-retries", 0, VALUE, NULL, NULL},
    {"health-start-interval", 0, VALUE, NULL, NULL},
    {"health-start-period", 0, VALUE, NULL, NULL},
    {"health-timeout", 0, VALUE, NULL, NULL},
    {"help", 0, SWITCH, NULL, NULL},
    {"hostname", 'h', VALUE, NULL, NULL},
    {"init", 0, SWITCH, NULL, NULL},
    {"interactive", 'i', SWITCH, NULL, NULL},
    {"io-maxbandwidth", 0, VALUE, NULL, NULL},
    {"io-maxiops", 0, VALUE, NULL, NULL},
    {"ip", 0, VALUE, NULL, NULL},
    {"ip6", 0, VALUE, NULL, NULL},
    {"ipc", 0, VALUE, "HostConfig/IpcMode", text},
    {"isolation", 0, VALUE, NULL, NULL},
    {"kernel-memory", 0, VALUE, NULL, NULL},
    {"label", 'l', LIST, "Config/Labels", member},
    {"label-file", 0, LIST, "Config/Labels", open_value},
    {"link", 0, LIST, NULL, NULL},
    {"link-local-ip", 0, LIST, NULL, NULL},
    {"log-driver", 0, VALUE, "HostConfig/LogConfig/Type", text},
    {"log-opt", 0, LIST, "HostConfig/LogConfig/Config", member},
    {"mac-address", 0, VALUE, NULL, NULL},
    {"memory", 'm', VALUE, "HostConfig/Memory", bytes},
    {"memory-reservation", 0, VALUE, NULL, NULL},
    {"memory-swap", 0, VALUE, NULL, NULL},
    {"memory-swappiness", 0, VALUE, NULL, NULL},
    {"mount", 0, LIST, "Mounts", put_mount},
    {"name", 0, VALUE, "", name},
    {"net", 0, LIST, "HostConfig/NetworkMode", network},
    {"net-alias", 0, LIST, NULL, NULL},
    {"network", 0, LIST, "HostConfig/NetworkMode", network},
    {"network-alias", 0, LIST, NULL, NULL},
    {"no-healthcheck", 0, SWITCH, NULL, NULL},
    {"oom-kill-disable", 0, SWITCH, "HostConfig/OomKillDisable", flag},
    {"oom-score-adj", 0, VALUE, "HostConfig/OomScoreAdj", number},
    {"pid", 0, VALUE, "HostConfig/PidMode", text},
    {"pids-limit", 0, VALUE, "HostConfig/PidsLimit", number},
    {"platform", 0, VALUE, NULL, NULL},
    {"privileged", 0, SWITCH, "HostConfig/Privileged", flag},
    {"publish", 'p', LIST, "HostConfig/PortBindings", ports},
    {"publish-all", 'P', SWITCH, "HostConfig/PublishAllPorts", flag},
    {"pull", 0, VALUE, NULL, NULL},
    {"quiet", 'q', SWITCH, NULL, NULL},
    {"read-only", 0, SWITCH, "HostConfig/ReadonlyRootfs", flag},
    {"restart", 0, VALUE, "HostConfig/RestartPolicy/Name", restart},
    {"rm", 0, SWITCH, NULL, NULL},
    {"runtime", 0, VALUE, "HostConfig/Runtime", text},
    {"security-opt", 0, LIST, "HostConfig/SecurityOpt", security},
    {"shm-size", 0, VALUE, NULL, NULL},
    {"sig-proxy", 0, SWITCH, NULL, NULL},
    {"stop-signal", 0, VALUE, NULL, NULL},
    {"stop-timeout", 0, VALUE, NULL, NULL},
    {"storage-opt", 0, LIST, NULL, NULL},
    {"sysctl", 0, LIST, "HostConfig/Sysctls", member},
    {"tmpfs", 0, LIST, "HostConfig/Tmpfs", tmpfs},
    {"tty", 't', SWITCH, NULL, NULL},
    {"ulimit", 0, LIST, "HostConfig/Ulimits", ulimit},
    {"use-api-socket", 0, SWITCH, "Mounts", api_socket},
    {"user", 'u', VALUE, "Config/User", user},
    {"userns", 0, VALUE, "HostConfig/UsernsMode", text},
    {"uts", 0, VALUE, "HostConfig/UTSMode", text},
    {"volume", 'v', LIST, "Mounts", volumes},
    {"volume-driver", 0, VALUE, NULL, NULL},
    {"volumes-from", 0, LIST, "Mounts", from_file},
    {"workdir", 'w', VALUE, NULL, NULL},
    /* Podman's own. */
    {"arch", 0, VALUE, NULL, NULL},
    {"authfile", 0, VALUE, NULL, NULL},
    {"cgroup-conf", 0, LIST, NULL, NULL},
    {"cgroups", 0, VALUE, NULL, NULL},
    {"conmon-pidfile", 0, VALUE, NULL, NULL},
    {"env-host", 0, SWITCH, "Config/Env", from_file},
    {"gidmap", 0, LIST, "HostConfig/UsernsMode", open_value},
    {"health-on-failure", 0, VALUE, NULL, NULL},
    {"hostuser", 0, LIST, NULL, NULL},
    {"http-proxy", 0, SWITCH, NULL, NULL},
    {"image-volume", 0, VALUE, NULL, NULL},
    {"init-path", 0, VALUE, NULL, NULL},
    {"no-hosts", 0, SWITCH, NULL, NULL},
    {"os", 0, VALUE, NULL, NULL},
    {"passwd", 0, SWITCH, NULL, NULL},
    {"pidfile", 0, VALUE, NULL, NULL},
    {"pod", 0, VALUE, "", open_all},
    {"pod-id-file", 0, VALUE, "", open_all},
    {"replace", 0, SWITCH, NULL, NULL},
    {"requires", 0, LIST, NULL, NULL},
    {"rootfs", 0, SWITCH, NULL, NULL},
    {"secret", 0, LIST, "Config/Env", from_file},
    {"systemd", 0, VALUE, NULL, NULL},
    {"timeout", 0, VALUE, NULL, NULL},
    {"tls-verify", 0, SWITCH, NULL, NULL},
    {"tz", 0, VALUE, NULL, NULL},
    {"uidmap", 0, LIST, "HostConfig/UsernsMode", open_value},
    {"umask", 0, VALUE, NULL, NULL},
    {"unsetenv", 0, LIST, NULL, NULL},
    {"unsetenv-all", 0, SWITCH, NULL, NULL},
    {"variant", 0, VALUE, NULL, NULL},
};

const pl_run_option *pl_run_option_find(pl_str wanted, char letter)
{
    for (size_t i = 0; i < PL_COUNT(options); i++)
        if (letter ? options[i].letter == letter : pl_str_eq(wanted, pl_str_c(options[i].name)))
            return &options[i];
    return NULL;
}

bool pl_run_option_is_switch(const pl_run_option *o)
{
    return o->is_switch;
}

void pl_run_option_put(pl_run_line *l, const pl_run_option *o, const pl_shell_word *value)
{
    const pl_yaml v = {
        .type = PL_YAML_SCALAR, .text = value->text, .line = value->line, .column = value->column};

    if (!o->path)
        return;
    if (!value->is_open) {
        o->put(l, &v, o->path);
        return;
    }
    if (o->put == user)
        l->d->has_user = true;
    if (o->put == network)
        pl_draft_open(l->d, "NetworkSettings/Networks", &v);
    if (o->put == ports || o->put == tmpfs || o->put == member || o->put == network ||
        !o->is_list) {
        if (o->path[0])
            pl_draft_open(l->d, o->path, &v);
        return;
    }
    pl_str key = value->text;
    pl_str rest = key;
    (void)pl_str_cut(&rest, '=', &key);
    pl_draft_add_open(l->d, o->path, key, &v);
}
