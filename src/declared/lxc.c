/* SPDX-License-Identifier: Apache-2.0 */
#include "declared/lxc.h"

#include "declared/amount.h"
#include "declared/limits.h"
#include "declared/lxc_priv.h"
#include "declared/oci_lists.h"
#include "engine/caps.h"
#include "engine/fields.h"

#include <string.h>

/* ---- lines ---- */

/* False: it is empty, a comment, or says nothing. */
static bool split(pl_str line, pl_str *ret_key, pl_str *ret_value)
{
    pl_str rest = pl_str_trim(line);

    if (!rest.n || rest.p[0] == '#' || !memchr(rest.p, '=', rest.n))
        return false;
    (void)pl_str_cut(&rest, '=', ret_key);
    *ret_key = pl_str_trim(*ret_key);
    *ret_value = pl_str_trim(rest);
    char first = ret_value->n >= 2 ? ret_value->p[0] : 'x';
    if ((first == '"' || first == '\'') && ret_value->p[ret_value->n - 1] == first)
        *ret_value = pl_str_sub(*ret_value, 1, ret_value->n - 2);
    return true;
}

bool pl_lxc_is(pl_str text)
{
    pl_str line, key, value;

    while (pl_str_cut(&text, '\n', &line))
        if (split(line, &key, &value))
            return pl_str_starts(key, PL_S("lxc."));
    return false;
}

static void option(pl_lxc_config *c, const char *name, pl_str value)
{
    pl_str text = pl_reading_text(c->r, "%s=%.*s", name, PL_F(value));
    pl_draft_add(&c->d, "HostConfig/SecurityOpt", pl_draft_text(text), text, &c->at);
}

/* ---- what confines it ---- */

static void apparmor(pl_lxc_config *c, pl_str key, pl_str value)
{
    (void)key;
    c->has_profile = c->at.line >= c->last_include;
    if (c->has_profile)
        option(c, "apparmor", value);
}

static void selinux(pl_lxc_config *c, pl_str key, pl_str value)
{
    (void)key;
    c->has_label = c->at.line >= c->last_include;
    if (c->has_label)
        pl_draft_set(&c->d, "ProcessLabel", pl_draft_text(value), &c->at);
}

/* The file is not read: that it denies something is not known. */
static void seccomp(pl_lxc_config *c, pl_str key, pl_str value)
{
    (void)key;
    c->has_filter = value.n > 0;
}

static void gain(pl_lxc_config *c, pl_str key, pl_str value)
{
    (void)key;
    c->has_gain = c->at.line >= c->last_include;
    if (c->has_gain)
        option(c, "no-new-privileges", pl_str_eq(value, PL_S("1")) ? PL_S("true") : PL_S("false"));
}

static void deny(pl_lxc_config *c, pl_str key, pl_str value)
{
    (void)key;
    c->denies_devices |= pl_str_starts(value, PL_S("a"));
}

static void allow(pl_lxc_config *c, pl_str key, pl_str value)
{
    (void)key;
    c->denies_devices &= !pl_str_starts(value, PL_S("a"));
}

/* There is no such word in LXC: as of a bundle, what has every capability, every device and no
 * filter is as good as one that an engine starts so. A filter is not read. */
static void put_privileged(pl_lxc_config *c)
{
    bool is_one = pl_oci_has_telling_caps(c->caps) && !c->denies_devices;

    if (c->last_include || c->has_odd_caps || (is_one && c->has_filter))
        pl_draft_open(&c->d, "HostConfig/Privileged", &c->at);
    else
        pl_draft_set(&c->d, "HostConfig/Privileged", json_boolean(is_one), &c->at);
}

/* ---- resources ---- */

static void memory(pl_lxc_config *c, pl_str key, pl_str value)
{
    int64_t n = 0;

    (void)key;
    if (pl_str_eq(value, PL_S("max")) || pl_str_eq(value, PL_S("-1")))
        pl_lxc_set(c, "HostConfig/Memory", json_integer(0));
    else
        pl_lxc_set(c, "HostConfig/Memory", pl_amount_bytes(value, &n) ? json_integer(n) : NULL);
}

static json_t *number(pl_str value)
{
    int64_t n = 0;
    if (pl_str_eq(value, PL_S("max")) || pl_str_eq(value, PL_S("-1")))
        return json_integer(0);
    return pl_str_i64(value, &n) ? json_integer(n) : NULL;
}

static void pids(pl_lxc_config *c, pl_str key, pl_str value)
{
    (void)key;
    pl_lxc_set(c, "HostConfig/PidsLimit", number(value));
}

static void shares(pl_lxc_config *c, pl_str key, pl_str value)
{
    (void)key;
    pl_lxc_set(c, "HostConfig/CpuShares", number(value));
}

/* "50000 100000", of version 1 the first number alone. */
static void quota(pl_lxc_config *c, pl_str key, pl_str value)
{
    (void)key;
    pl_lxc_set(c, "HostConfig/CpuQuota", number(pl_lxc_word(&value)));
}

static void cpuset(pl_lxc_config *c, pl_str key, pl_str value)
{
    (void)key;
    pl_lxc_set(c, "HostConfig/CpusetCpus", pl_draft_text(value));
}

/* ---- mounts, variables, who ---- */

static bool has_word(pl_str list, const char *word)
{
    pl_str one;

    while (pl_str_cut(&list, ',', &one))
        if (pl_str_eq(one, pl_str_c(word)))
            return true;
    return false;
}

static void put_mount(pl_lxc_config *c, pl_str source, pl_str target, bool is_writable,
                      bool is_shared)
{
    pl_draft_add(&c->d, "Mounts",
                 json_pack("{ss,ss,so,so,sb,ss}", "Type", "bind", "Name", "", "Source",
                           pl_draft_path((pl_str){"", 0}, source), "Destination",
                           pl_draft_text(target), "RW", is_writable, "Propagation",
                           is_shared ? "rshared" : "rprivate"),
                 target, &c->at);
}

/* As in fstab(5): "/srv/data srv/data none bind,ro 0 0". What binds nothing is of the kernel's own
 * file systems, or in memory. */
static void mount(pl_lxc_config *c, pl_str key, pl_str value)
{
    pl_str source = pl_lxc_word(&value), target = pl_lxc_word(&value);
    (void)pl_lxc_word(&value);
    pl_str options = pl_lxc_word(&value);

    (void)key;
    if (!has_word(options, "bind") && !has_word(options, "rbind") &&
        !pl_str_starts(source, PL_S("/dev/")))
        return;
    if (!pl_str_starts(target, PL_S("/")))
        target = pl_reading_text(c->r, "/%.*s", PL_F(target));
    bool is_shared = has_word(options, "shared") || has_word(options, "rshared");
    put_mount(c, source, target, !has_word(options, "ro"), is_shared);
}

static void fstab(pl_lxc_config *c, pl_str key, pl_str value)
{
    (void)key;
    if (value.n)
        pl_draft_add_open(&c->d, "Mounts", value, &c->at);
}

static void environment(pl_lxc_config *c, pl_str key, pl_str value)
{
    pl_str rest = value, name;

    (void)key;
    (void)pl_str_cut(&rest, '=', &name);
    if (name.n == value.n)
        pl_draft_add_open(&c->d, "Config/Env", name, &c->at);
    else
        pl_draft_add(&c->d, "Config/Env", pl_draft_text(value), name, &c->at);
}

static void sysctl(pl_lxc_config *c, pl_str key, pl_str value)
{
    pl_draft_member(&c->d, "HostConfig/Sysctls", pl_str_sub(key, strlen("lxc.sysctl."), key.n),
                    pl_draft_text(value), &c->at);
}

static void root_options(pl_lxc_config *c, pl_str key, pl_str value)
{
    (void)key;
    c->is_root_readonly = has_word(value, "ro");
    pl_lxc_set(c, "HostConfig/ReadonlyRootfs", json_boolean(c->is_root_readonly));
}

/* "dir:/PATH", "/PATH", "overlay:/LOWER:/UPPER", ... */
static void root_path(pl_lxc_config *c, pl_str key, pl_str value)
{
    (void)key;
    c->has_root = value.n > 0;
    if (pl_str_starts(value, PL_S("dir:")))
        value = pl_str_sub(value, strlen("dir:"), value.n);
    while (value.n > 1 && pl_str_ends(value, PL_S("/")))
        value.n--;
    c->is_host_root = pl_str_eq(value, PL_S("/"));
}

/* Without a root of its own it has the host's. */
static void put_root(pl_lxc_config *c)
{
    const pl_str root = PL_S("/");

    if (c->is_host_root || (!c->has_root && !c->last_include))
        put_mount(c, root, root, !c->is_root_readonly, false);
}

static void command(pl_lxc_config *c, pl_str key, pl_str value)
{
    pl_str one;

    (void)key;
    while ((one = pl_lxc_word(&value)).n)
        pl_draft_add(&c->d, "Config/Cmd", pl_draft_text(one), one, &c->at);
}

static void user(pl_lxc_config *c, pl_str key, pl_str value)
{
    (void)key;
    pl_lxc_set(c, "Config/User", pl_draft_text(value));
}

/* ---- the file ---- */

static const pl_lxc_key keys[] = {
    {"lxc.apparmor.profile", apparmor},
    {"lxc.selinux.context", selinux},
    {"lxc.seccomp.profile", seccomp},
    {"lxc.no_new_privs", gain},
    {"lxc.cgroup.devices.deny", deny},
    {"lxc.cgroup2.devices.deny", deny},
    {"lxc.cgroup.devices.allow", allow},
    {"lxc.cgroup2.devices.allow", allow},
    {"lxc.cgroup2.memory.max", memory},
    {"lxc.cgroup.memory.limit_in_bytes", memory},
    {"lxc.cgroup2.pids.max", pids},
    {"lxc.cgroup.pids.max", pids},
    {"lxc.cgroup.cpu.shares", shares},
    {"lxc.cgroup2.cpu.max", quota},
    {"lxc.cgroup.cpu.cfs_quota_us", quota},
    {"lxc.cgroup2.cpuset.cpus", cpuset},
    {"lxc.cgroup.cpuset.cpus", cpuset},
    {"lxc.mount.entry", mount},
    {"lxc.mount.fstab", fstab},
    {"lxc.environment", environment},
    {"lxc.environment.runtime", environment},
    {"lxc.sysctl.", sysctl},
    {"lxc.rootfs.options", root_options},
    {"lxc.rootfs.path", root_path},
    {"lxc.init.cmd", command},
    {"lxc.execute.cmd", command},
    {"lxc.init.uid", user},
};

static void take_line(pl_lxc_config *c, pl_str line)
{
    pl_str key, value;

    if (!split(line, &key, &value))
        return;
    pl_lxc_take(c, keys, PL_COUNT(keys), key, value);
    pl_lxc_take_right(c, key, value);
}

static int last_include(pl_str text)
{
    pl_str line, key, value;
    int n = 0, last = 0;

    while (pl_str_cut(&text, '\n', &line)) {
        n++;
        if (split(line, &key, &value) && pl_str_eq(key, PL_S("lxc.include")))
            last = n;
    }
    return last;
}

/* What LXC takes where the file says nothing, but for what may stand in another. */
static void put_defaults(pl_lxc_config *c)
{
    static const int unsaid[] = {
        PL_F_CONTAINER_IMAGE_NAME,     PL_F_CONTAINER_IMAGE_REPOSITORY,
        PL_F_CONTAINER_IMAGE_ORIGIN,   PL_F_CONTAINER_IMAGE_TAG,
        PL_F_CONTAINER_IMAGE_DIGEST,   PL_F_CONTAINER_RESTART_POLICY,
        PL_F_CONTAINER_RESTART_MAX,    PL_F_CONTAINER_PORTS,
        PL_F_CONTAINER_PUBLISH_ALL,    PL_F_CONTAINER_HEALTH,
        PL_F_CONTAINER_HEALTH_GRACE,   PL_F_CONTAINER_LOG_DRIVER,
        PL_F_CONTAINER_LOG_OPTION,     PL_F_CONTAINER_EXEC_IDS,
        PL_F_CONTAINER_NETWORKS,       PL_F_CONTAINER_CGROUP_PARENT,
        PL_F_CONTAINER_CHANGED_FILES,  PL_F_CONTAINER_SECRET_ENV,
        PL_F_CONTAINER_SECCOMP_DIGEST, PL_F_CONTAINER_REQUIRES_NON_ROOT,
        PL_F_CONTAINER_DEVICES,        PL_F_CONTAINER_MASKED_PATHS,
        PL_F_CONTAINER_READONLY_PATHS,
    };

    for (size_t i = 0; i < PL_COUNT(unsaid); i++)
        pl_draft_unsay(&c->d, unsaid[i]);
    pl_lxc_own_spaces(c);
    pl_draft_set(&c->d, "Config/User", json_string("0"), &c->at);
    c->d.has_user = true;
}

static void put_rest(pl_lxc_config *c)
{
    pl_lxc_put_spaces(c);
    c->at = (pl_yaml){.line = 1, .column = 1};
    pl_lxc_put_caps(c);
    put_privileged(c);
    put_root(c);
    if (!c->has_own_users)
        pl_draft_set(&c->d, "HostConfig/UsernsMode", json_string("host"), &c->at);
    if (!c->has_profile)
        pl_draft_unsay(&c->d, PL_F_CONTAINER_APPARMOR_PROFILE);
    if (!c->has_gain && !c->last_include)
        option(c, "no-new-privileges", PL_S("false"));
    else if (!c->has_gain)
        pl_draft_unsay(&c->d, PL_F_CONTAINER_NO_NEW_PRIVILEGES);
    if (!c->has_filter && !c->last_include)
        option(c, "seccomp", PL_S("unconfined"));
    c->d.has_open_seccomp = c->has_filter || c->last_include;
    c->d.is_all_open |= c->last_include > 0;
}

static pl_rc set_world(pl_lxc_config *c, pl_err *err)
{
    pl_record **none = pl_arena_calloc(c->r->arena, 1, sizeof(pl_record *));

    if (!none)
        return pl_fail(err, PL_LIMIT, "configuration of LXC");
    pl_set_recs(c->r->world, PL_F_ENGINE_VOLUMES, none, 0);
    pl_set_recs(c->r->world, PL_F_ENGINE_NETWORKS, none, 0);
    if (!c->last_include) {
        pl_set_bool(c->r->world, PL_F_ENGINE_USERNS_REMAP, c->has_own_users && !c->maps_root);
        pl_set_bool(c->r->world, PL_F_ENGINE_ROOTLESS, false);
    }
    return PL_OK;
}

static pl_rc tell_include(pl_lxc_config *c, pl_err *err)
{
    const pl_yaml at = {.line = c->last_include, .column = 1};
    const pl_reading_gap gap = {pl_reading_text(c->r, "container %.*s", PL_F(c->d.name)),
                                "not-observed",
                                "a file that lxc.include names is not read; what it could say is "
                                "open",
                                false};

    return c->last_include ? c->r->note(c->r, &at, &gap, err) : PL_OK;
}

pl_rc pl_lxc_read_as(pl_reading *r, pl_str text, pl_str id, pl_err *err)
{
    pl_lxc_config c = {.r = r,
                       .at = {.line = 1, .column = 1},
                       .caps = pl_cap_all(),
                       .last_include = last_include(text)};
    pl_str line;
    int n = 0;

    pl_draft_start(&c.d, r->arena, r->world, id, &c.at);
    pl_draft_set(&c.d, "Id", pl_draft_text(id), &c.at);
    c.d.service = pl_reading_text(r, "lxc:%.*s", PL_F(id));
    put_defaults(&c);
    while (pl_str_cut(&text, '\n', &line)) {
        c.at.line = ++n;
        take_line(&c, line);
    }
    put_rest(&c);
    pl_rc rc = set_world(&c, err);
    if (!rc)
        rc = tell_include(&c, err);
    if (!rc)
        rc = r->take(r, &c.d, err);
    pl_draft_done(&c.d);
    return rc;
}
