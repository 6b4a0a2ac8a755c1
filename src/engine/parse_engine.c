/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/parse.h"

#include "core/buf.h"
#include "core/clock.h"
#include "core/hash.h"
#include "core/json_write.h"
#include "engine/fields.h"
#include "engine/json_rows.h"
#include "engine/limits.h"

#include <string.h>

/* ---- /version ---- */

static const json_t *component(const json_t *doc, const char *name)
{
    size_t i;
    const json_t *c;

    json_array_foreach(json_object_get(doc, "Components"), i, c)
    {
        if (pl_str_starts(pl_json_text_at(c, "Name"), pl_str_c(name)))
            return c;
    }
    return NULL;
}

static void parse_version(pl_arena *a, const json_t *doc, pl_record *r)
{
    static const pl_json_row rows[] = {
        {"Version", PL_F_ENGINE_VERSION, true},
        {"KernelVersion", PL_F_ENGINE_KERNEL, true},
        {"Arch", PL_F_ENGINE_ARCH, true},
    };
    const json_t *engine = component(doc, "Engine");
    pl_str experimental = pl_json_text_at(engine, "Details/Experimental");
    bool is_podman = component(doc, "Podman");

    pl_json_fill(a, r, doc, rows, PL_COUNT(rows));
    pl_set_str(r, PL_F_ENGINE_TYPE, is_podman ? PL_S("podman") : PL_S("docker"));
    /* Only what /info says against it (ExperimentalBuild) changes this afterwards. */
    if (experimental.n || json_is_boolean(json_object_get(doc, "Experimental")))
        pl_set_bool(r, PL_F_ENGINE_EXPERIMENTAL,
                    pl_str_eq(experimental, PL_S("true")) ||
                        json_is_true(json_object_get(doc, "Experimental")));
    else if (is_podman || engine)
        pl_set_bool(r, PL_F_ENGINE_EXPERIMENTAL, false);
}

/* ---- /info ---- */

/* "name=seccomp,profile=default": the value behind a key. */
static pl_str option_value(pl_str option, pl_str key)
{
    pl_str part, name;

    while (pl_str_cut(&option, ',', &part))
        if (pl_str_cut(&part, '=', &name) && pl_str_eq(name, key))
            return part;
    return (pl_str){"", 0};
}

static void set_security_options(pl_arena *a, const json_t *doc, pl_record *r)
{
    const json_t *options = json_object_get(doc, "SecurityOptions");
    static const struct {
        const char *name;
        int field;
    } flags[] = {{"rootless", PL_F_ENGINE_ROOTLESS},
                 {"userns", PL_F_ENGINE_USERNS_REMAP},
                 {"apparmor", PL_F_ENGINE_APPARMOR},
                 {"selinux", PL_F_ENGINE_SELINUX}};
    size_t i;
    const json_t *o;

    if (!json_is_array(options))
        return;
    pl_json_set(a, r, PL_F_ENGINE_SECURITY_OPTIONS, options);
    pl_set_absent(r, PL_F_ENGINE_SECCOMP_PROFILE);
    for (size_t k = 0; k < PL_COUNT(flags); k++)
        pl_set_bool(r, flags[k].field, false);
    json_array_foreach(options, i, o)
    {
        pl_str name = option_value(pl_json_text(o), PL_S("name"));
        for (size_t k = 0; k < PL_COUNT(flags); k++)
            if (pl_str_eq(name, pl_str_c(flags[k].name)))
                pl_set_bool(r, flags[k].field, true);
        if (pl_str_eq(name, PL_S("seccomp")))
            pl_set_str(r, PL_F_ENGINE_SECCOMP_PROFILE,
                       option_value(pl_json_text(o), PL_S("profile")));
        if (pl_str_eq(name, PL_S("no-new-privileges")))
            pl_set_bool(r, PL_F_ENGINE_NO_NEW_PRIVILEGES, true);
    }
}

static bool is_loopback_net(pl_str net)
{
    return pl_str_eq(net, PL_S("127.0.0.0/8")) || pl_str_eq(net, PL_S("::1/128"));
}

static void set_insecure(pl_arena *a, const json_t *doc, pl_record *r)
{
    const json_t *nets = pl_json_at(doc, "RegistryConfig/InsecureRegistryCIDRs");
    const json_t *indexes = pl_json_at(doc, "RegistryConfig/IndexConfigs"), *v;
    size_t max = json_array_size(nets) + json_object_size(indexes), n = 0, i;
    const char *name;

    if (!json_is_object(json_object_get(doc, "RegistryConfig")) || max > PL_ENGINE_ELEMENTS_MAX)
        return;
    pl_str *items = pl_arena_calloc(a, max ? max : 1, sizeof(*items));
    if (!items)
        return;
    json_array_foreach(nets, i, v)
    {
        if (!is_loopback_net(pl_json_text(v)))
            items[n++] = pl_json_text(v);
    }
    json_object_foreach((json_t *)indexes, name, v)
    {
        if (!json_is_true(json_object_get(v, "Secure")))
            items[n++] = pl_str_c(name);
    }
    pl_set_strs(r, PL_F_ENGINE_INSECURE_REGISTRIES, items, n);
}

static pl_str host_of_url(pl_str url)
{
    for (size_t i = 0; i + 2 < url.n; i++) {
        if (memcmp(url.p + i, "://", 3) == 0) {
            pl_str rest = pl_str_sub(url, i + 3, url.n), host;
            (void)pl_str_cut(&rest, '/', &host);
            return host;
        }
    }
    return url;
}

static void make_mirror(pl_arena *a, pl_record *r, pl_str key, const json_t *v)
{
    (void)a;
    (void)key;
    pl_set_str(r, PL_F_MIRROR_URL, pl_json_text(v));
    pl_set_str(r, PL_F_MIRROR_HOST, host_of_url(pl_json_text(v)));
}

static void make_runtime(pl_arena *a, pl_record *r, pl_str key, const json_t *v)
{
    static const pl_json_row rows[] = {{"path", PL_F_RUNTIME_PATH, false}};
    const json_t *args = json_object_get(v, "runtimeArgs");

    pl_set_str(r, PL_F_RUNTIME_NAME, key);
    pl_json_fill(a, r, v, rows, PL_COUNT(rows));
    if (!args || json_is_null(args))
        pl_set_strs(r, PL_F_RUNTIME_ARGS, NULL, 0);
    else
        pl_json_set(a, r, PL_F_RUNTIME_ARGS, args);
}

/* driver-type io.containerd.snapshotter.v1 in DriverStatus says that containerd keeps images. */
static bool is_containerd_store(const json_t *doc)
{
    size_t i;
    const json_t *pair;

    json_array_foreach(json_object_get(doc, "DriverStatus"), i, pair)
    {
        if (pl_str_starts(pl_json_text(json_array_get(pair, 1)),
                          PL_S("io.containerd.snapshotter.")))
            return true;
    }
    return false;
}

/* Of a swarm: what its managers count, and the version that each change of theirs raises. */
static void drop_swarm_counters(json_t *swarm)
{
    static const char *const counters[] = {"NodeID", "NodeAddr", "RemoteManagers",
                                           "Nodes",  "Managers", "Error"};
    json_t *cluster = json_object_get(swarm, "Cluster");

    for (size_t i = 0; i < PL_COUNT(counters); i++)
        json_object_del(swarm, counters[i]);
    json_object_del(cluster, "Version");
    json_object_del(cluster, "UpdatedAt");
}

/* SHA-256 of what lasts in /info: counters, times and names come and go. running.c adds to it how
 * the engine was started. */
static void set_lasting(pl_arena *a, const json_t *doc, pl_record *r)
{
    static const char *const volatile_members[] = {
        "ID",     "Name",        "Containers",        "ContainersRunning", "ContainersPaused",
        "NFd",    "NGoroutines", "ContainersStopped", "NEventsListener",   "SystemTime",
        "Images", "Warnings",
    };
    json_auto_t *lasting = json_deep_copy(doc);
    PL_AUTO_BUF pl_buf text = {0};
    unsigned char hash[PL_SHA256];
    char hex[PL_SHA256_HEX];

    for (size_t i = 0; lasting && i < PL_COUNT(volatile_members); i++)
        json_object_del(lasting, volatile_members[i]);
    drop_swarm_counters(json_object_get(lasting, "Swarm"));
    if (!lasting || pl_json_canonical(lasting, &text, NULL) != PL_OK)
        return;
    pl_sha256_of(pl_buf_view(&text), hash);
    pl_hex(hash, sizeof(hash), hex);
    pl_str copy = pl_arena_str(a, pl_str_c(hex));
    if (copy.p)
        pl_set_str(r, PL_F_ENGINE_SETTINGS_DIGEST, copy);
}

static void parse_info(pl_arena *a, const json_t *doc, pl_record *r)
{
    static const pl_json_row rows[] = {
        {"ID", PL_F_ENGINE_ID, false},
        {"Name", PL_F_ENGINE_NAME, true},
        {"OperatingSystem", PL_F_ENGINE_OS, true},
        {"MemTotal", PL_F_ENGINE_MEMORY, true},
        {"Driver", PL_F_ENGINE_STORAGE_DRIVER, true},
        {"DockerRootDir", PL_F_ENGINE_DATA_ROOT, true},
        {"LoggingDriver", PL_F_ENGINE_LOG_DRIVER, true},
        {"CgroupDriver", PL_F_ENGINE_CGROUP_DRIVER, false},
        {"CgroupVersion", PL_F_ENGINE_CGROUP_VERSION, false},
        {"Debug", PL_F_ENGINE_DEBUG, true},
        {"LiveRestoreEnabled", PL_F_ENGINE_LIVE_RESTORE, true},
        {"Swarm/LocalNodeState", PL_F_ENGINE_SWARM_STATE, true},
        {"DefaultRuntime", PL_F_ENGINE_DEFAULT_RUNTIME, true},
        {"Warnings", PL_F_ENGINE_WARNINGS, false},
    };
    const json_t *authz = pl_json_at(doc, "Plugins/Authorization");

    pl_json_fill(a, r, doc, rows, PL_COUNT(rows));
    set_security_options(a, doc, r);
    set_insecure(a, doc, r);
    set_lasting(a, doc, r);
    pl_set_bool(r, PL_F_ENGINE_CONTAINERD_STORE, is_containerd_store(doc));
    if (json_is_true(json_object_get(doc, "ExperimentalBuild")))
        pl_set_bool(r, PL_F_ENGINE_EXPERIMENTAL, true);
    if (json_is_object(json_object_get(doc, "Plugins")) && (!authz || json_is_null(authz)))
        pl_set_strs(r, PL_F_ENGINE_AUTHORIZATION_PLUGINS, NULL, 0);
    else if (authz)
        pl_json_set(a, r, PL_F_ENGINE_AUTHORIZATION_PLUGINS, authz);
    if (json_is_object(json_object_get(doc, "RegistryConfig")))
        pl_json_elements(a, r, PL_F_ENGINE_MIRRORS, pl_json_at(doc, "RegistryConfig/Mirrors"),
                         &pl_kind_mirror, make_mirror);
    if (json_is_object(json_object_get(doc, "Runtimes")))
        pl_json_elements(a, r, PL_F_ENGINE_RUNTIMES, json_object_get(doc, "Runtimes"),
                         &pl_kind_runtime, make_runtime);
}

/* ---- networks, volumes, plugins, images, containers ---- */

static pl_str bridge_option(const json_t *v, const char *key)
{
    return pl_json_text(json_object_get(json_object_get(v, "Options"), key));
}

static void make_network(pl_arena *a, pl_record *r, pl_str key, const json_t *v)
{
    static const pl_json_row rows[] = {
        {"Name", PL_F_NETWORK_NAME, true},        {"Id", PL_F_NETWORK_ID, true},
        {"Driver", PL_F_NETWORK_DRIVER, true},    {"Internal", PL_F_NETWORK_INTERNAL, false},
        {"EnableIPv6", PL_F_NETWORK_IPV6, false}, {"Scope", PL_F_NETWORK_SCOPE, false},
        {"Ingress", PL_F_NETWORK_INGRESS, false},
    };
    pl_str icc = bridge_option(v, "com.docker.network.bridge.enable_icc");
    pl_str bind = bridge_option(v, "com.docker.network.bridge.host_binding_ipv4");

    (void)key;
    pl_json_fill(a, r, v, rows, PL_COUNT(rows));
    pl_set_bool(
        r, PL_F_NETWORK_DEFAULT_BRIDGE,
        pl_str_eq(bridge_option(v, "com.docker.network.bridge.default_bridge"), PL_S("true")));
    pl_set_bool(r, PL_F_NETWORK_ICC, !pl_str_eq(icc, PL_S("false")));
    pl_set_bool(r, PL_F_NETWORK_ENCRYPTED,
                json_object_get(json_object_get(v, "Options"), "encrypted") != NULL);
    if (bind.n)
        pl_set_str(r, PL_F_NETWORK_HOST_BINDING, bind);
    else
        pl_set_absent(r, PL_F_NETWORK_HOST_BINDING);
}

/* What nobody named is br-ID. */
static void set_bridges(pl_arena *a, const json_t *doc, pl_record *r)
{
    pl_str *names = pl_arena_calloc(a, json_array_size(doc) + 1, sizeof(*names));
    size_t i, n = 0;
    const json_t *v;

    if (!names)
        return;
    json_array_foreach(doc, i, v)
    {
        pl_str name = bridge_option(v, "com.docker.network.bridge.name");
        if (name.n)
            names[n++] = name;
    }
    pl_set_strs(r, PL_F_ENGINE_BRIDGES, names, n);
}

static void parse_networks(pl_arena *a, const json_t *doc, pl_record *r)
{
    if (!json_is_array(doc))
        return;
    pl_json_elements(a, r, PL_F_ENGINE_NETWORKS, doc, &pl_kind_network, make_network);
    const pl_value *nets = pl_get(r, PL_F_ENGINE_NETWORKS);
    if (nets->state != PL_PRESENT)
        return;
    bool ipv6 = false;
    pl_set_absent(r, PL_F_ENGINE_BRIDGE_ICC);
    pl_set_absent(r, PL_F_ENGINE_DEFAULT_BIND);
    for (size_t i = 0; i < nets->n; i++) {
        const pl_value *v = nets->u.recs[i]->v;
        ipv6 |= v[PL_F_NETWORK_IPV6].u.b && pl_str_eq(v[PL_F_NETWORK_DRIVER].u.s, PL_S("bridge"));
        if (!v[PL_F_NETWORK_DEFAULT_BRIDGE].u.b)
            continue;
        pl_set_bool(r, PL_F_ENGINE_BRIDGE_ICC, v[PL_F_NETWORK_ICC].u.b);
        r->v[PL_F_ENGINE_DEFAULT_BIND] = v[PL_F_NETWORK_HOST_BINDING];
    }
    pl_set_bool(r, PL_F_ENGINE_IPV6_BRIDGES, ipv6);
    set_bridges(a, doc, r);
}

static void make_label(pl_arena *a, pl_record *r, pl_str key, const json_t *v)
{
    pl_set_str(r, PL_F_LABEL_KEY, key);
    pl_json_set(a, r, PL_F_LABEL_VALUE, v);
}

static bool has_word(pl_str list, pl_str word)
{
    pl_str one;
    while (pl_str_cut(&list, ',', &one))
        if (pl_str_eq(pl_str_trim(one), word))
            return true;
    return false;
}

/*
 * A local volume made with o=bind (or rbind) shows an innocent folder in every container's
 * inspect document; the host path stands only here.
 */
static void make_volume(pl_arena *a, pl_record *r, pl_str key, const json_t *v)
{
    static const pl_json_row rows[] = {
        {"Name", PL_F_ENGINE_VOLUME_NAME, true},
        {"Driver", PL_F_ENGINE_VOLUME_DRIVER, true},
        {"Mountpoint", PL_F_ENGINE_VOLUME_MOUNTPOINT, false},
        {"CreatedAt", PL_F_ENGINE_VOLUME_CREATED, false},
    };
    pl_str o = pl_json_text_at(v, "Options/o"), device = pl_json_text_at(v, "Options/device");

    (void)key;
    pl_json_fill(a, r, v, rows, PL_COUNT(rows));
    pl_json_elements(a, r, PL_F_ENGINE_VOLUME_LABEL, json_object_get(v, "Labels"), &pl_kind_label,
                     make_label);
    if (pl_str_starts(device, PL_S("/")) &&
        (has_word(o, PL_S("bind")) || has_word(o, PL_S("rbind"))))
        pl_set_str(r, PL_F_ENGINE_VOLUME_HOST_PATH, device);
    else
        pl_set_absent(r, PL_F_ENGINE_VOLUME_HOST_PATH);
}

/* What a managed plugin shares with the host. */
static void set_host_access(pl_arena *a, pl_record *r, const json_t *v)
{
    const json_t *mounts = pl_json_at(v, "Config/Mounts"), *m;
    size_t i, n = 0, max = json_array_size(mounts) + 4;
    pl_str *items = max > PL_ENGINE_ELEMENTS_MAX ? NULL : pl_arena_calloc(a, max, sizeof(*items));

    if (!items)
        return;
    if (pl_str_eq(pl_json_text_at(v, "Config/Network/Type"), PL_S("host")))
        items[n++] = PL_S("network");
    if (json_is_true(pl_json_at(v, "Config/PidHost")))
        items[n++] = PL_S("pid");
    if (json_is_true(pl_json_at(v, "Config/IpcHost")))
        items[n++] = PL_S("ipc");
    if (json_is_true(pl_json_at(v, "Config/Linux/AllowAllDevices")))
        items[n++] = PL_S("devices");
    json_array_foreach(mounts, i, m)
    {
        PL_AUTO_BUF pl_buf b = {0};
        pl_buf_c(&b, "mount:");
        pl_buf_str(&b, pl_json_text_at(m, "Source"));
        items[n] = pl_arena_str(a, pl_buf_view(&b));
        n += items[n].p != NULL;
    }
    pl_set_strs(r, PL_F_PLUGIN_HOST_ACCESS, items, n);
}

static void make_plugin(pl_arena *a, pl_record *r, pl_str key, const json_t *v)
{
    static const pl_json_row rows[] = {
        {"Name", PL_F_PLUGIN_NAME, true},
        {"PluginReference", PL_F_PLUGIN_REFERENCE, false},
        {"Enabled", PL_F_PLUGIN_ENABLED, true},
    };
    const json_t *caps = pl_json_at(v, "Config/Linux/Capabilities");

    (void)key;
    pl_json_fill(a, r, v, rows, PL_COUNT(rows));
    pl_set_str(r, PL_F_PLUGIN_TYPE, PL_S("managed"));
    if (!caps || json_is_null(caps))
        pl_set_strs(r, PL_F_PLUGIN_CAPABILITIES, NULL, 0);
    else
        pl_json_set(a, r, PL_F_PLUGIN_CAPABILITIES, caps);
    set_host_access(a, r, v);
}

static void parse_plugins(pl_arena *a, const json_t *doc, pl_record *r)
{
    if (json_is_array(doc))
        pl_json_elements(a, r, PL_F_ENGINE_PLUGINS, doc, &pl_kind_plugin, make_plugin);
}

static void set_image(pl_arena *a, pl_record *r, const json_t *v)
{
    static const pl_json_row rows[] = {
        {"Id", PL_F_STORED_IMAGE_ID, true},
        {"RepoTags", PL_F_STORED_IMAGE_TAGS, false},
        {"RepoDigests", PL_F_STORED_IMAGE_DIGESTS, false},
        {"Size", PL_F_STORED_IMAGE_SIZE, true},
        {"Created", PL_F_STORED_IMAGE_CREATED, false},
    };
    static const int names[] = {PL_F_STORED_IMAGE_TAGS, PL_F_STORED_IMAGE_DIGESTS};

    pl_json_fill(a, r, v, rows, PL_COUNT(rows));
    pl_set_str(r, PL_F_STORED_IMAGE_NAME, pl_json_text_at(v, "Id"));
    for (size_t i = PL_COUNT(names); i-- > 0;) {
        const pl_value *list = pl_get(r, names[i]);
        if (list->state == PL_ABSENT)
            pl_set_strs(r, names[i], NULL, 0);
        for (size_t k = 0; list->state == PL_PRESENT && k < list->n; k++) {
            if (pl_str_starts(list->u.strs[k], PL_S("<none>")))
                continue;
            pl_set_str(r, PL_F_STORED_IMAGE_NAME, list->u.strs[k]);
            break;
        }
    }
    /* No document of an engine tells it. */
    pl_set_unreadable(r, PL_F_STORED_IMAGE_IDLE_DAYS, "needs:logs");
}

static void make_image(pl_arena *a, pl_record *r, pl_str key, const json_t *v)
{
    (void)key;
    set_image(a, r, v);
}

bool pl_stored_image_parse(pl_arena *a, const json_t *doc, int64_t now_us, pl_record *r)
{
    enum { DAY_S = 24 * 60 * 60 };
    const json_t *tagged = pl_json_at(doc, "Metadata/LastTagTime");
    int64_t at, age_us;

    if (!json_is_object(doc) || !pl_json_text_at(doc, "Id").n)
        return false;
    set_image(a, r, doc);
    pl_str text = pl_json_text(tagged);
    if (!text.n || pl_str_starts(text, PL_S("0001-")))
        pl_set_absent(r, PL_F_STORED_IMAGE_TAGGED_DAYS);
    else if (pl_time_parse(text, &at) && !__builtin_sub_overflow(now_us, at, &age_us))
        pl_set_int(r, PL_F_STORED_IMAGE_TAGGED_DAYS, age_us / 1000000 / DAY_S);
    return true;
}

static void parse_containers(pl_arena *a, const json_t *doc, pl_record *r)
{
    size_t n = json_array_size(doc);

    if (!json_is_array(doc))
        return;
    if (n > PL_ENGINE_CONTAINERS_MAX) {
        pl_set_unreadable(r, PL_F_ENGINE_CONTAINER_IDS, "limit:containers");
        return;
    }
    pl_str *ids = pl_arena_calloc(a, n ? n : 1, sizeof(*ids));
    if (!ids)
        return;
    for (size_t i = 0; i < n; i++)
        ids[i] = pl_json_text_at(json_array_get(doc, i), "Id");
    pl_set_strs(r, PL_F_ENGINE_CONTAINER_IDS, ids, n);
}

void pl_engine_parse(pl_arena *a, pl_engine_doc kind, const json_t *doc, pl_record *engine)
{
    switch (kind) {
    case PL_DOC_VERSION:
        parse_version(a, doc, engine);
        break;
    case PL_DOC_INFO:
        parse_info(a, doc, engine);
        break;
    case PL_DOC_NETWORKS:
        parse_networks(a, doc, engine);
        break;
    case PL_DOC_VOLUMES:
        if (json_is_object(doc))
            pl_json_elements(a, engine, PL_F_ENGINE_VOLUMES, json_object_get(doc, "Volumes"),
                             &pl_kind_engine_volume, make_volume);
        break;
    case PL_DOC_PLUGINS:
        parse_plugins(a, doc, engine);
        break;
    case PL_DOC_IMAGES:
        if (json_is_array(doc))
            pl_json_elements(a, engine, PL_F_ENGINE_IMAGES, doc, &pl_kind_stored_image, make_image);
        break;
    case PL_DOC_CONTAINERS:
        parse_containers(a, doc, engine);
        break;
    case PL_DOC_CONTAINER:
    case PL_DOC_IMAGE:
    case PL_DOC_CHANGES:
    case PL_DOC_EXEC:
    case PL_DOC_TOP:
    case PL_DOC_DAEMON_JSON:
    case PL_DOC_CONTEXT:
    case PL_DOC_NODES:
    case PL_DOC_SERVICES:
    case PL_DOC_CONFIGS:
    case PL_DOC_SECRETS:
    case PL_DOC_TASKS:
    case PL_DOC_SWARM_STATE:
    case PL_DOC_HISTORY:
    case PL_DOC_EXPORT:
        break;
    }
}
