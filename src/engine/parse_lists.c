/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/parse_parts.h"

#include "core/buf.h"
#include "engine/fields.h"
#include "engine/json_rows.h"
#include "engine/limits.h"

#include <string.h>

/* ---- elements ---- */

static void make_mount(pl_arena *a, pl_record *r, pl_str key, const json_t *v)
{
    static const pl_json_row mount_rows[] = {
        {"Destination", PL_F_MOUNT_DESTINATION, true},
        {"Type", PL_F_MOUNT_TYPE, true},
        {"Name", PL_F_MOUNT_NAME, false},
        {"Driver", PL_F_MOUNT_DRIVER, false},
        {"Source", PL_F_MOUNT_SOURCE, false},
        {"RW", PL_F_MOUNT_RW, true},
        {"Propagation", PL_F_MOUNT_PROPAGATION, false},
    };
    (void)key;
    pl_json_fill(a, r, v, mount_rows, PL_COUNT(mount_rows));
}

static void make_env(pl_arena *a, pl_record *r, pl_str key, const json_t *v)
{
    pl_str value = pl_json_text(v), name;

    (void)a;
    (void)key;
    if (!json_is_string(v))
        return;
    (void)pl_str_cut(&value, '=', &name);
    pl_set_str(r, PL_F_ENV_NAME, name);
    pl_set_str(r, PL_F_ENV_VALUE, value);
}

/* Podman says RLIMIT_NOFILE where Docker says nofile. */
static pl_str ulimit_name(pl_arena *a, pl_str s)
{
    if (!pl_str_starts(s, PL_S("RLIMIT_")))
        return s;
    pl_str low = pl_arena_str(a, pl_str_sub(s, 7, s.n));
    for (size_t i = 0; low.p && i < low.n; i++)
        if (low.p[i] >= 'A' && low.p[i] <= 'Z')
            ((char *)low.p)[i] = (char)(low.p[i] - 'A' + 'a');
    return low.p ? low : s;
}

static void make_ulimit(pl_arena *a, pl_record *r, pl_str key, const json_t *v)
{
    static const pl_json_row ulimit_rows[] = {{"Soft", PL_F_ULIMIT_SOFT, true},
                                              {"Hard", PL_F_ULIMIT_HARD, true}};
    (void)key;
    pl_json_fill(a, r, v, ulimit_rows, PL_COUNT(ulimit_rows));
    pl_set_str(r, PL_F_ULIMIT_NAME, ulimit_name(a, pl_json_text_at(v, "Name")));
}

/* Objects of strings: labels, sysctls, log options. */
#define MAKE_PAIR(fn, KEY, VALUE)                                                                  \
    static void fn(pl_arena *a, pl_record *r, pl_str key, const json_t *v)                         \
    {                                                                                              \
        pl_set_str(r, KEY, key);                                                                   \
        pl_json_set(a, r, VALUE, v);                                                               \
    }
MAKE_PAIR(make_label, PL_F_LABEL_KEY, PL_F_LABEL_VALUE)
MAKE_PAIR(make_sysctl, PL_F_SYSCTL_NAME, PL_F_SYSCTL_VALUE)
MAKE_PAIR(make_log_option, PL_F_LOG_OPTION_KEY, PL_F_LOG_OPTION_VALUE)

static void make_attachment(pl_arena *a, pl_record *r, pl_str key, const json_t *v)
{
    static const pl_json_row attachment_rows[] = {
        {"NetworkID", PL_F_ATTACHMENT_ID, false},
        {"IPAddress", PL_F_ATTACHMENT_ADDRESS, false},
    };
    pl_set_str(r, PL_F_ATTACHMENT_NETWORK, key);
    pl_json_fill(a, r, v, attachment_rows, PL_COUNT(attachment_rows));
}

/* null and nothing are the empty list; anything else is not known. */
static bool may_be_list(const json_t *v)
{
    return !v || json_is_null(v) || json_is_array(v) || json_is_object(v);
}

/* A list that is put together from several places of the document. */
struct list {
    pl_arena *arena;
    const pl_kind *kind;
    pl_record **items;
    size_t n;
    bool full; /* a limit was met */
};

static struct list list_of(pl_arena *a, const pl_kind *kind)
{
    struct list l = {.arena = a, .kind = kind};
    l.items = pl_arena_calloc(a, PL_ENGINE_ELEMENTS_MAX, sizeof(pl_record *));
    l.full = !l.items;
    return l;
}

static pl_record *list_add(struct list *l)
{
    pl_record *r =
        l->full || l->n == PL_ENGINE_ELEMENTS_MAX ? NULL : pl_record_new(l->arena, l->kind);
    if (r)
        l->items[l->n++] = r;
    else
        l->full = true;
    return r;
}

static void list_end(struct list *l, pl_record *r, int field)
{
    if (l->full)
        pl_set_unreadable(r, field, "limit:elements");
    else
        pl_set_recs(r, field, l->items, l->n);
}

/* ---- devices ---- */

static pl_str request_name(pl_arena *a, const json_t *v)
{
    PL_AUTO_BUF pl_buf b = {0};
    size_t i;
    const json_t *set;

    pl_buf_str(&b, pl_json_text_at(v, "Driver"));
    pl_buf_ch(&b, ':');
    json_array_foreach(pl_json_at(v, "Capabilities"), i, set)
    {
        for (size_t k = 0; k < json_array_size(set); k++) {
            pl_buf_c(&b, i || k ? "," : "");
            pl_buf_str(&b, pl_json_text(json_array_get(set, k)));
        }
    }
    return pl_arena_str(a, pl_buf_view(&b));
}

static void set_devices(pl_arena *a, const json_t *doc, pl_record *r)
{
    static const pl_json_row device_rows[] = {
        {"PathOnHost", PL_F_DEVICE_NAME, true},
        {"PathInContainer", PL_F_DEVICE_PATH, false},
        {"CgroupPermissions", PL_F_DEVICE_PERMISSIONS, false},
    };
    struct list l = list_of(a, &pl_kind_device);
    size_t i;
    const json_t *v;

    json_array_foreach(pl_json_at(doc, "HostConfig/Devices"), i, v)
    {
        pl_record *d = list_add(&l);
        pl_set_str(d, PL_F_DEVICE_TYPE, PL_S("device"));
        if (d)
            pl_json_fill(a, d, v, device_rows, PL_COUNT(device_rows));
    }
    json_array_foreach(pl_json_at(doc, "HostConfig/DeviceCgroupRules"), i, v)
    {
        pl_record *d = list_add(&l);
        pl_set_str(d, PL_F_DEVICE_TYPE, PL_S("rule"));
        pl_set_str(d, PL_F_DEVICE_NAME, pl_json_text(v));
    }
    json_array_foreach(pl_json_at(doc, "HostConfig/DeviceRequests"), i, v)
    {
        pl_record *d = list_add(&l);
        pl_set_str(d, PL_F_DEVICE_TYPE, PL_S("request"));
        pl_set_str(d, PL_F_DEVICE_NAME, request_name(a, v));
    }
    list_end(&l, r, PL_F_CONTAINER_DEVICES);
}

/* ---- ports ---- */

/* The number was asked for, so that it is the same after the next start. Every other one the engine
 * chooses anew each time. */
static bool is_asked_for(const json_t *doc, const char *key, pl_str port)
{
    const json_t *asked = json_object_get(pl_json_at(doc, "HostConfig/PortBindings"), key), *b;
    size_t i;

    json_array_foreach(
        asked, i, b) if (port.n && pl_str_eq(pl_json_text_at(b, "HostPort"), port)) return true;
    return false;
}

/* "10.0.0.5:8443/tcp"; of a number that the engine chooses "0.0.0.0:*->80/tcp". */
static void set_binding(pl_arena *a, pl_record *p, pl_str ip, pl_str port, pl_str key)
{
    char text[128];
    bool is_v6 = ip.n && memchr(ip.p, ':', ip.n);
    pl_str proto = key, inside;

    (void)pl_str_cut(&proto, '/', &inside);
    (void)snprintf(text, sizeof(text), is_v6 ? "[%.*s]:%.*s%s%.*s" : "%.*s:%.*s%s%.*s", PL_F(ip),
                   PL_F(port.n ? port : PL_S("*")), port.n ? "/" : "->",
                   PL_F(port.n ? proto : key));
    pl_set_str(p, PL_F_PORT_BINDING, pl_arena_str(a, pl_str_c(text)));
}

static void add_port(struct list *l, pl_str key, const json_t *binding, bool is_asked)
{
    pl_record *p = list_add(l);
    pl_str proto = key, inside, ip = pl_json_text_at(binding, "HostIp"),
           port = pl_json_text_at(binding, "HostPort");
    int64_t n;

    if (!p)
        return;
    (void)pl_str_cut(&proto, '/', &inside);
    pl_set_str(p, PL_F_PORT_HOST_IP, ip);
    pl_set_str(p, PL_F_PORT_PROTOCOL, proto);
    pl_set_bool(p, PL_F_PORT_PUBLISHED, true);
    set_binding(l->arena, p, ip, is_asked ? port : (pl_str){"", 0}, key);
    if (pl_str_i64(inside, &n))
        pl_set_int(p, PL_F_PORT_CONTAINER_PORT, n);
    if (pl_str_i64(port, &n) && n)
        pl_set_int(p, PL_F_PORT_HOST_PORT, n);
    else if (port.n == 0 || n == 0)
        pl_set_absent(p, PL_F_PORT_HOST_PORT);
}

/* A running container's ports stand in NetworkSettings, what it would get in HostConfig. */
static void set_ports(pl_arena *a, const json_t *doc, bool running, pl_record *r)
{
    const json_t *ports =
        pl_json_at(doc, running ? "NetworkSettings/Ports" : "HostConfig/PortBindings");
    struct list l = list_of(a, &pl_kind_port);
    const char *key;
    const json_t *bindings, *b;
    size_t i;

    if (!may_be_list(ports))
        return;
    json_object_foreach((json_t *)ports, key, bindings)
    {
        json_array_foreach(bindings, i, b)
            add_port(&l, pl_str_c(key), b, is_asked_for(doc, key, pl_json_text_at(b, "HostPort")));
    }
    list_end(&l, r, PL_F_CONTAINER_PORTS);
}

/* ---- temporary file systems ---- */

static bool has_option(pl_str options, pl_str want)
{
    pl_str one;
    while (pl_str_cut(&options, ',', &one))
        if (pl_str_eq(pl_str_trim(one), want))
            return true;
    return false;
}

/* The engine mounts them noexec, nosuid and nodev unless an option says otherwise. */
static void add_tmpfs(struct list *l, pl_str path, pl_str options)
{
    pl_record *t = list_add(l);
    pl_set_str(t, PL_F_TMPFS_PATH, path);
    pl_set_str(t, PL_F_TMPFS_OPTIONS, options);
    pl_set_bool(t, PL_F_TMPFS_NOEXEC, !has_option(options, PL_S("exec")));
    pl_set_bool(t, PL_F_TMPFS_NOSUID, !has_option(options, PL_S("suid")));
    pl_set_bool(t, PL_F_TMPFS_NODEV, !has_option(options, PL_S("dev")));
}

/* --tmpfs stands in Tmpfs, --mount type=tmpfs in Mounts. */
static void set_tmpfs(pl_arena *a, const json_t *doc, pl_record *r)
{
    const json_t *tmpfs = pl_json_at(doc, "HostConfig/Tmpfs");
    struct list l = list_of(a, &pl_kind_tmpfs);
    const char *path;
    const json_t *v;
    size_t i;

    if (!may_be_list(tmpfs))
        return;
    json_object_foreach((json_t *)tmpfs, path, v) add_tmpfs(&l, pl_str_c(path), pl_json_text(v));
    json_array_foreach(pl_json_at(doc, "HostConfig/Mounts"), i, v)
    {
        if (pl_str_eq(pl_json_text_at(v, "Type"), PL_S("tmpfs")))
            add_tmpfs(&l, pl_json_text_at(v, "Target"), (pl_str){"", 0});
    }
    list_end(&l, r, PL_F_CONTAINER_TMPFS);
}

/* ---- the command line ---- */

/* False: a word that is not known, so that nobody can say what all of them are. */
static bool add_words(pl_str *items, size_t *n, const json_t *v)
{
    if (json_is_string(v))
        items[(*n)++] = pl_json_text(v);
    else if (v && !json_is_null(v) && !json_is_array(v))
        return false;
    for (size_t i = 0; i < json_array_size(v); i++) {
        if (!json_is_string(json_array_get(v, i)))
            return false;
        items[(*n)++] = pl_json_text(json_array_get(v, i));
    }
    return true;
}

/* As it was started, where an engine knows; else as it is declared. */
static void set_args(pl_arena *a, const json_t *doc, pl_record *r)
{
    const json_t *parts[] = {pl_json_at(doc, "Path"), pl_json_at(doc, "Args"),
                             pl_json_at(doc, "Config/Entrypoint"), pl_json_at(doc, "Config/Cmd")};
    size_t room = 1, n = 0;

    for (size_t i = 0; i < PL_COUNT(parts); i++)
        room += 1 + json_array_size(parts[i]);
    pl_str *items =
        room <= PL_ENGINE_ELEMENTS_MAX ? pl_arena_calloc(a, room, sizeof(*items)) : NULL;
    if (!items)
        return;
    for (size_t i = 0; i < PL_COUNT(parts); i++)
        if (!add_words(items, &n, parts[i]))
            return;
    pl_set_strs(r, PL_F_CONTAINER_ARGS, items, n);
}

/* ---- all of them ---- */

void pl_container_lists(pl_arena *a, const json_t *doc, pl_record *r)
{
    static const struct {
        const char *path;
        int field;
        const pl_kind *kind;
        pl_json_make make;
    } lists[] = {
        {"Mounts", PL_F_CONTAINER_MOUNTS, &pl_kind_mount, make_mount},
        {"Config/Env", PL_F_CONTAINER_ENV, &pl_kind_env, make_env},
        {"Config/Labels", PL_F_CONTAINER_LABEL, &pl_kind_label, make_label},
        {"HostConfig/Ulimits", PL_F_CONTAINER_ULIMITS, &pl_kind_ulimit, make_ulimit},
        {"HostConfig/Sysctls", PL_F_CONTAINER_SYSCTLS, &pl_kind_sysctl, make_sysctl},
        {"HostConfig/LogConfig/Config", PL_F_CONTAINER_LOG_OPTION, &pl_kind_log_option,
         make_log_option},
        {"NetworkSettings/Networks", PL_F_CONTAINER_NETWORKS, &pl_kind_attachment, make_attachment},
    };

    for (size_t i = 0; i < PL_COUNT(lists); i++)
        pl_json_elements(a, r, lists[i].field, pl_json_at(doc, lists[i].path), lists[i].kind,
                         lists[i].make);
    set_devices(a, doc, r);
    set_ports(a, doc, json_is_true(pl_json_at(doc, "State/Running")), r);
    set_tmpfs(a, doc, r);
    set_args(a, doc, r);
}
