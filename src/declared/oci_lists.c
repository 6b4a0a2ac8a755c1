/* SPDX-License-Identifier: Apache-2.0 */
#include "declared/oci_lists.h"

#include "declared/node.h"
#include "engine/caps.h"

#include <string.h>

/* ---- mounts ---- */

static bool has_option(const pl_yaml *mount, const char *word)
{
    const pl_yaml *options = pl_node_list(mount, "options");

    for (size_t i = 0; i < options->n; i++)
        if (pl_str_eq(options->items[i].text, pl_str_c(word)))
            return true;
    return false;
}

static bool is_bind(const pl_yaml *mount)
{
    return pl_str_eq(pl_node_text(mount, "type"), PL_S("bind")) || has_option(mount, "bind") ||
           has_option(mount, "rbind");
}

/*
 * Files that every engine makes for a container and binds over those of the image, by where they go
 * and what they are called where they lie. Engines do not count them among its mounts.
 */
static bool is_engines_own(pl_str source, pl_str target)
{
    static const struct {
        const char *target, *source;
    } rows[] = {
        {"/etc/hosts", "/hosts"},       {"/etc/hosts", "/etc-hosts"},
        {"/etc/hostname", "/hostname"}, {"/etc/resolv.conf", "/resolv.conf"},
        {"/dev/shm", "/shm"},           {"/run/.containerenv", "/.containerenv"},
    };
    static const char *const places[] = {
        "/var/lib/docker/containers/",
        "/var/lib/kubelet/pods/",
        "/var/lib/containers/storage/overlay-containers/",
        "/run/containers/storage/overlay-containers/",
        "/var/run/containers/storage/overlay-containers/",
        "/var/lib/containerd/io.containerd.grpc.v1.cri/sandboxes/",
        "/run/containerd/io.containerd.grpc.v1.cri/sandboxes/",
        "/var/lib/rancher/k3s/agent/containerd/io.containerd.grpc.v1.cri/sandboxes/",
        "/run/k3s/containerd/io.containerd.grpc.v1.cri/sandboxes/",
    };
    bool is_named = false, is_there = false;

    for (size_t i = 0; i < PL_COUNT(rows); i++)
        is_named |= pl_str_eq(target, pl_str_c(rows[i].target)) &&
                    pl_str_ends(source, pl_str_c(rows[i].source));
    for (size_t i = 0; i < PL_COUNT(places); i++)
        is_there |= pl_str_starts(source, pl_str_c(places[i]));
    return is_named && is_there && !pl_str_has(source, PL_S(".."));
}

static const char *propagation_of(const pl_yaml *mount)
{
    static const char *const words[] = {"rshared", "shared",   "rslave",
                                        "slave",   "rprivate", "private"};

    for (size_t i = 0; i < PL_COUNT(words); i++)
        if (has_option(mount, words[i]))
            return words[i];
    return "";
}

/* File systems that the kernel makes for the container. */
static bool is_kernels_own(pl_str type)
{
    static const char *const types[] = {"proc",   "sysfs",   "devpts", "mqueue",
                                        "cgroup", "cgroup2", ""};

    for (size_t i = 0; i < PL_COUNT(types); i++)
        if (pl_str_eq(type, pl_str_c(types[i])))
            return true;
    return false;
}

/* Those that a runtime's standard configuration has. */
static bool is_standard_tmpfs(pl_str target)
{
    static const char *const paths[] = {"/dev", "/dev/shm"};

    for (size_t i = 0; i < PL_COUNT(paths); i++)
        if (pl_str_eq(target, pl_str_c(paths[i])))
            return true;
    return false;
}

static void put_tmpfs(const pl_yaml *mount, pl_str target, pl_draft *d)
{
    PL_AUTO_BUF pl_buf options = {0};
    const pl_yaml *words = pl_node_list(mount, "options");

    for (size_t i = 0; i < words->n; i++)
        pl_buf_fmt(&options, "%s%.*s", i ? "," : "", PL_F(words->items[i].text));
    pl_draft_member(d, "HostConfig/Tmpfs", target, pl_draft_text(pl_buf_view(&options)), mount);
}

static void put_mount(const pl_yaml *mount, pl_draft *d)
{
    pl_str source = pl_node_text(mount, "source"), target = pl_node_text(mount, "destination");
    pl_str type = pl_node_text(mount, "type");

    if (!is_bind(mount) && is_kernels_own(type))
        return;
    if (!is_bind(mount) && pl_str_eq(type, PL_S("tmpfs"))) {
        if (!is_standard_tmpfs(target))
            put_tmpfs(mount, target, d);
        return;
    }
    if (is_bind(mount) && is_engines_own(source, target))
        return;
    /* A path relative to the bundle, or no path at all, is not one of the host that we know. */
    if (!pl_str_starts(source, PL_S("/")) && is_bind(mount)) {
        pl_draft_add_open(d, "Mounts", target, mount);
        return;
    }
    /* A device with a file system of its own is as much the host's as a folder. */
    pl_draft_add(d, "Mounts",
                 json_pack("{ss,so,so,sb,ss}", "Type",
                           pl_str_starts(source, PL_S("/")) ? "bind" : "cluster", "Source",
                           pl_draft_text(source), "Destination", pl_draft_text(target), "RW",
                           !has_option(mount, "ro") && !has_option(mount, "rro"), "Propagation",
                           propagation_of(mount)),
                 target, mount);
}

void pl_oci_mounts(const pl_yaml *doc, pl_draft *d)
{
    const pl_yaml *list = pl_yaml_get(doc, "mounts");

    if (list && !pl_yaml_is_null(list) && list->type != PL_YAML_SEQUENCE) {
        pl_draft_add_open(d, "Mounts", PL_S("mounts"), list);
        return;
    }
    for (size_t i = 0; list && i < list->n; i++)
        put_mount(&list->items[i], d);
}

/* ---- devices ---- */

static bool is_any(pl_str number)
{
    return !number.n || pl_str_eq(number, PL_S("-1")) || pl_str_eq(number, PL_S("*"));
}

static bool is_allowed(const pl_yaml *rule)
{
    return pl_str_eq(pl_node_text(rule, "allow"), PL_S("true"));
}

static const pl_yaml *rules_of(const pl_yaml *system)
{
    return pl_node_list(pl_yaml_get(system, "resources"), "devices");
}

static bool is_type_of_all(pl_str type)
{
    return !type.n || pl_str_eq(type, PL_S("a"));
}

/* The last rule that speaks of all devices decides; before any of them all are allowed. */
bool pl_oci_allows_all_devices(const pl_yaml *system)
{
    const pl_yaml *rules = rules_of(system);
    bool allows = true;

    for (size_t i = 0; i < rules->n; i++) {
        const pl_yaml *r = &rules->items[i];
        if (is_type_of_all(pl_node_text(r, "type")) && is_any(pl_node_text(r, "major")) &&
            is_any(pl_node_text(r, "minor")))
            allows = is_allowed(r);
    }
    return allows;
}

/*
 * Those that every container has: null, zero, full, random, urandom, tty, console, ptmx and pts;
 * making a device file alone lets nobody open it.
 */
static bool is_harmless(const pl_yaml *rule)
{
    static const struct {
        const char *major, *minor;
    } rows[] = {{"1", "3"}, {"1", "5"}, {"1", "7"}, {"1", "8"},   {"1", "9"},
                {"5", "0"}, {"5", "1"}, {"5", "2"}, {"136", NULL}};
    pl_str major = pl_node_text(rule, "major"), minor = pl_node_text(rule, "minor");

    if (pl_str_eq(pl_node_text(rule, "access"), PL_S("m")))
        return true;
    if (!pl_str_eq(pl_node_text(rule, "type"), PL_S("c")))
        return false;
    for (size_t i = 0; i < PL_COUNT(rows); i++)
        if (pl_str_eq(major, pl_str_c(rows[i].major)) &&
            (!rows[i].minor || pl_str_eq(minor, pl_str_c(rows[i].minor))))
            return true;
    return false;
}

static pl_str number_of(const pl_yaml *rule, const char *key)
{
    pl_str n = pl_node_text(rule, key);
    return is_any(n) ? PL_S("*") : n;
}

static void put_rule(pl_reading *r, const pl_yaml *rule, pl_draft *d)
{
    pl_str type = pl_node_text(rule, "type"), access = pl_node_text(rule, "access");
    pl_str text =
        pl_reading_text(r, "%.*s %.*s:%.*s %.*s", PL_F(is_type_of_all(type) ? PL_S("a") : type),
                        PL_F(number_of(rule, "major")), PL_F(number_of(rule, "minor")),
                        PL_F(access.n ? access : PL_S("rwm")));

    pl_draft_add(d, "HostConfig/DeviceCgroupRules", pl_draft_text(text), text, rule);
}

void pl_oci_devices(pl_reading *r, const pl_yaml *system, pl_draft *d)
{
    const pl_yaml *devices = pl_node_list(system, "devices"), *rules = rules_of(system);

    for (size_t i = 0; i < devices->n; i++) {
        pl_str path = pl_node_text(&devices->items[i], "path");
        pl_draft_add(d, "HostConfig/Devices",
                     json_pack("{so,so}", "PathOnHost", pl_draft_text(path), "PathInContainer",
                               pl_draft_text(path)),
                     path, &devices->items[i]);
    }
    for (size_t i = 0; i < rules->n; i++)
        if (is_allowed(&rules->items[i]) && !is_harmless(&rules->items[i]))
            put_rule(r, &rules->items[i], d);
    if (!rules->n && system)
        pl_draft_add(d, "HostConfig/DeviceCgroupRules", pl_draft_text(PL_S("a *:* rwm")),
                     PL_S("a *:* rwm"), system);
}

/* ---- limits ---- */

/* RLIMIT_NOFILE is nofile to an engine; the largest number means none. */
static json_t *limit_of(const pl_yaml *v)
{
    uint64_t n;

    if (!v || !pl_str_u64(v->text, &n))
        return NULL;
    return json_integer(n > INT64_MAX ? -1 : (json_int_t)n);
}

static pl_str limit_name(pl_draft *d, pl_str name)
{
    pl_str s = pl_str_starts(name, PL_S("RLIMIT_")) ? pl_str_sub(name, 7, name.n) : name;
    pl_str copy = pl_arena_str(d->arena, s);

    for (size_t i = 0; copy.p && i < copy.n; i++)
        if (copy.p[i] >= 'A' && copy.p[i] <= 'Z')
            ((char *)copy.p)[i] = (char)(copy.p[i] - 'A' + 'a');
    return copy.p ? copy : s;
}

void pl_oci_limits(const pl_yaml *process, pl_draft *d)
{
    const pl_yaml *list = pl_node_list(process, "rlimits");

    for (size_t i = 0; i < list->n; i++) {
        const pl_yaml *at = &list->items[i];
        pl_str name = limit_name(d, pl_node_text(at, "type"));
        json_t *soft = limit_of(pl_yaml_get(at, "soft")), *hard = limit_of(pl_yaml_get(at, "hard"));
        if (soft && hard)
            pl_draft_add(
                d, "HostConfig/Ulimits",
                json_pack("{so,sO,sO}", "Name", pl_draft_text(name), "Soft", soft, "Hard", hard),
                name, at);
        else
            pl_draft_add_open(d, "HostConfig/Ulimits", name, at);
        json_decref(soft);
        json_decref(hard);
    }
}

/* ---- capabilities ---- */

static void put_mask(pl_draft *d, const char *path, uint64_t mask, const pl_yaml *at)
{
    for (unsigned bit = 0; bit < 64; bit++)
        if (mask >> bit & 1) {
            pl_str name = pl_cap_of_bit(d->arena, bit);
            pl_draft_add(d, path, pl_draft_text(name), name, at);
        }
}

void pl_oci_caps(pl_draft *d, uint64_t has, const pl_yaml *at)
{
    uint64_t usual = pl_cap_defaults_docker();

    put_mask(d, "HostConfig/CapAdd", has & ~usual, at);
    if (has)
        put_mask(d, "HostConfig/CapDrop", usual & ~has, at);
    else
        pl_draft_add(d, "HostConfig/CapDrop", pl_draft_text(PL_S("ALL")), PL_S("ALL"), at);
}

bool pl_oci_has_telling_caps(uint64_t has)
{
    const uint64_t telling = (uint64_t)1 << 21 /* SYS_ADMIN */ |
                             (uint64_t)1 << 16 /* SYS_MODULE */ |
                             (uint64_t)1 << 17 /* SYS_RAWIO */ | (uint64_t)1 << 19 /* SYS_PTRACE */;
    return (has & telling) == telling;
}
