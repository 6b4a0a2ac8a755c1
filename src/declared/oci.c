/* SPDX-License-Identifier: Apache-2.0 */
#include "declared/oci.h"

#include "declared/node.h"
#include "declared/oci_lists.h"
#include "engine/caps.h"
#include "engine/fields.h"
#include "engine/made_by.h"
#include "engine/service.h"

#include <string.h>

bool pl_oci_is(const pl_yaml *doc)
{
    return pl_node_text(doc, "ociVersion").n &&
           (pl_yaml_get(doc, "process") || pl_yaml_get(doc, "root"));
}

/* ---- namespaces ---- */

enum namespace_kind { NS_HOST, NS_OWN, NS_OTHER };

static enum namespace_kind namespace_of(const pl_yaml *system, const char *type)
{
    const pl_yaml *list = pl_node_list(system, "namespaces");

    for (size_t i = 0; i < list->n; i++) {
        pl_str path = pl_node_text(&list->items[i], "path");
        if (!pl_str_eq(pl_node_text(&list->items[i], "type"), pl_str_c(type)))
            continue;
        if (pl_str_starts(path, PL_S("/proc/1/ns/")))
            return NS_HOST;
        return path.n ? NS_OTHER : NS_OWN;
    }
    return NS_HOST;
}

/* Whose namespace is behind a path is not written here: it may be the host's. */
static void put_namespaces(const pl_yaml *system, const pl_yaml *at, pl_draft *d)
{
    static const struct {
        const char *type, *path, *own;
    } rows[] = {{"network", "HostConfig/NetworkMode", "private"},
                {"pid", "HostConfig/PidMode", ""},
                {"ipc", "HostConfig/IpcMode", "private"},
                {"uts", "HostConfig/UTSMode", ""},
                {"user", "HostConfig/UsernsMode", "private"},
                {"cgroup", "HostConfig/CgroupnsMode", "private"}};

    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        enum namespace_kind k = namespace_of(system, rows[i].type);
        if (k == NS_OTHER)
            pl_draft_open(d, rows[i].path, at);
        else
            pl_draft_set(d, rows[i].path,
                         pl_draft_text(k == NS_HOST ? PL_S("host") : pl_str_c(rows[i].own)), at);
    }
}

/* ---- capabilities ---- */

static const char *const cap_sets[] = {"bounding", "permitted", "effective", "inheritable",
                                       "ambient"};

/* All of them together; names that we do not know are added as they are. */
static uint64_t caps_of(const pl_yaml *caps, pl_draft *d)
{
    uint64_t mask = 0;
    unsigned bit;

    for (size_t i = 0; i < PL_COUNT(cap_sets); i++) {
        const pl_yaml *list = pl_node_list(caps, cap_sets[i]);
        for (size_t k = 0; k < list->n; k++) {
            pl_str name = pl_cap_name(d->arena, list->items[k].text);
            if (pl_cap_bit(name, &bit))
                mask |= (uint64_t)1 << bit;
            else
                pl_draft_add(d, "HostConfig/CapAdd", pl_draft_text(name), name, &list->items[k]);
        }
    }
    return mask;
}

/* In an engine's words: what is added to and taken from those that Docker grants. False: which it
 * has is not written. */
static bool put_caps(const pl_yaml *process, const pl_yaml *doc, pl_draft *d, uint64_t *ret)
{
    const pl_yaml *caps = pl_yaml_get(process, "capabilities");

    *ret = 0;
    if (!caps || caps->type != PL_YAML_MAPPING) {
        pl_draft_open(d, "HostConfig/CapAdd", doc);
        pl_draft_open(d, "HostConfig/CapDrop", doc);
        return false;
    }
    *ret = caps_of(caps, d);
    pl_oci_caps(d, *ret, caps);
    return true;
}

/* ---- what confines it ---- */

static void put_option(pl_reading *r, pl_draft *d, const char *key, pl_str value, const pl_yaml *at)
{
    pl_str text = pl_reading_text(r, "%s=%.*s", key, PL_F(value));
    pl_draft_add(d, "HostConfig/SecurityOpt", pl_draft_text(text), text, at);
}

/*
 * Whether a filter is the engine's own or one that somebody chose is not told; one that lets
 * everything through that it does not name is certainly no good one.
 */
static void put_seccomp(pl_reading *r, const pl_yaml *system, const pl_yaml *at, pl_draft *d)
{
    const pl_yaml *filter = pl_yaml_get(system, "seccomp");
    pl_str action = pl_node_text(filter, "defaultAction");
    bool lets_through =
        pl_str_eq(action, PL_S("SCMP_ACT_ALLOW")) || pl_str_eq(action, PL_S("SCMP_ACT_LOG"));

    if (!filter || pl_yaml_is_null(filter)) {
        put_option(r, d, "seccomp", PL_S("unconfined"), at);
        return;
    }
    put_option(r, d, "seccomp",
               pl_reading_text(r, "{\"defaultAction\":\"%.*s\"}", PL_F(pl_str_sub(action, 0, 64))),
               filter);
    pl_draft_unsay(d, PL_F_CONTAINER_SECCOMP_DIGEST);
    d->has_open_seccomp = !lets_through;
}

static void put_words(const pl_yaml *v, const char *path, const pl_yaml *at, pl_draft *d)
{
    pl_draft_set(d, path, json_array(), at);
    pl_node_words(d, v, path);
}

static void put_confinement(pl_reading *r, const pl_yaml *process, const pl_yaml *system,
                            const pl_yaml *doc, pl_draft *d)
{
    const pl_yaml *gain = pl_yaml_get(process, "noNewPrivileges"),
                  *profile = pl_yaml_get(process, "apparmorProfile"),
                  *label = pl_yaml_get(process, "selinuxLabel");
    bool is_kept = false;

    if (!gain || pl_yaml_bool(gain, &is_kept))
        put_option(r, d, "no-new-privileges", is_kept ? PL_S("true") : PL_S("false"),
                   gain ? gain : doc);
    else
        pl_draft_unsay(d, PL_F_CONTAINER_NO_NEW_PRIVILEGES);
    pl_str name = pl_node_text(process, "apparmorProfile");
    put_option(r, d, "apparmor", name.n ? name : PL_S("unconfined"), profile ? profile : doc);
    pl_draft_set(d, "ProcessLabel", pl_draft_text(pl_node_text(process, "selinuxLabel")),
                 label ? label : doc);
    put_seccomp(r, system, doc, d);
    put_words(pl_yaml_get(system, "maskedPaths"), "HostConfig/MaskedPaths", doc, d);
    put_words(pl_yaml_get(system, "readonlyPaths"), "HostConfig/ReadonlyPaths", doc, d);
}

/*
 * There is no such word in a bundle. A container that an engine starts with all privileges has
 * every capability, every device, no filter and no covered path: one that lacks any of these is
 * none, and one that lacks nothing is as good as one.
 */
static void put_privileged(const pl_yaml *process, const pl_yaml *system, const pl_yaml *doc,
                           pl_draft *d)
{
    const pl_yaml *filter = pl_yaml_get(system, "seccomp");
    bool has_filter = filter && !pl_yaml_is_null(filter);
    uint64_t caps = 0;

    if (!put_caps(process, doc, d, &caps)) {
        pl_draft_open(d, "HostConfig/Privileged", doc);
        return;
    }
    pl_draft_set(d, "HostConfig/Privileged",
                 json_boolean(pl_oci_has_telling_caps(caps) && !has_filter &&
                              pl_oci_allows_all_devices(system) &&
                              !pl_node_list(system, "maskedPaths")->n),
                 doc);
}

/* ---- resources ---- */

/* A limit of 0 or below is none. */
static json_t *limit(const pl_yaml *v)
{
    int64_t n = 0;
    return pl_str_i64(v->text, &n) ? json_integer(n > 0 ? n : 0) : NULL;
}

static void put_resources(const pl_yaml *process, const pl_yaml *system, pl_draft *d)
{
    const pl_yaml *all = pl_yaml_get(system, "resources"), *memory = pl_yaml_get(all, "memory"),
                  *cpu = pl_yaml_get(all, "cpu"), *pids = pl_yaml_get(all, "pids");

    pl_node_put(d, pl_yaml_get(memory, "limit"), limit, "HostConfig/Memory");
    pl_node_put(d, pl_yaml_get(memory, "disableOOMKiller"), pl_node_flag,
                "HostConfig/OomKillDisable");
    pl_node_put(d, pl_yaml_get(cpu, "quota"), limit, "HostConfig/CpuQuota");
    pl_node_put(d, pl_yaml_get(cpu, "shares"), limit, "HostConfig/CpuShares");
    pl_node_put(d, pl_yaml_get(cpu, "cpus"), pl_node_string, "HostConfig/CpusetCpus");
    pl_node_put(d, pl_yaml_get(pids, "limit"), limit, "HostConfig/PidsLimit");
    pl_node_put(d, pl_yaml_get(process, "oomScoreAdj"), pl_node_number, "HostConfig/OomScoreAdj");
}

/* ---- who ---- */

static void put_user(pl_reading *r, const pl_yaml *process, pl_draft *d)
{
    if (!process)
        return;

    const pl_yaml *user = pl_yaml_get(process, "user");
    pl_str uid = pl_node_text(user, "uid"), gid = pl_node_text(user, "gid");

    /* Numbers alone are meant (config.md, POSIX-platform user); none is 0. */
    pl_draft_set(d, "Config/User",
                 pl_draft_text(pl_reading_text(r, "%.*s:%.*s", PL_F(uid.n ? uid : PL_S("0")),
                                               PL_F(gid.n ? gid : PL_S("0")))),
                 user ? user : process);
    d->has_user = true;
    pl_node_words(d, pl_yaml_get(user, "additionalGids"), "HostConfig/GroupAdd");
}

static void put_env(const pl_yaml *process, pl_draft *d)
{
    const pl_yaml *env = pl_node_list(process, "env");

    for (size_t i = 0; i < env->n; i++) {
        pl_str rest = env->items[i].text, name;
        (void)pl_str_cut(&rest, '=', &name);
        pl_draft_add(d, "Config/Env", pl_draft_text(env->items[i].text), name, &env->items[i]);
    }
}

/* The image as whoever asked for the container named it. */
static pl_str image_of(const pl_yaml *notes)
{
    static const char *const keys[] = {"io.kubernetes.cri.image-name",
                                       "io.kubernetes.cri-o.ImageName",
                                       "io.kubernetes.cri-o.Image"};
    pl_str name = {"", 0};

    for (size_t i = 0; i < PL_COUNT(keys) && !name.n; i++)
        name = pl_node_text(notes, keys[i]);
    return name;
}

/* Annotations are to a bundle what labels are to an engine's container. */
static void put_notes(const pl_yaml *notes, const pl_yaml *doc, pl_draft *d)
{
    static const int of_image[] = {PL_F_CONTAINER_IMAGE_NAME, PL_F_CONTAINER_IMAGE_REPOSITORY,
                                   PL_F_CONTAINER_IMAGE_ORIGIN, PL_F_CONTAINER_IMAGE_TAG,
                                   PL_F_CONTAINER_IMAGE_DIGEST};
    pl_str image = image_of(notes);

    for (size_t i = 0; notes && notes->type == PL_YAML_MAPPING && i < notes->n; i++)
        pl_draft_member(d, "Config/Labels", notes->items[2 * i].text,
                        pl_draft_text(notes->items[2 * i + 1].text), &notes->items[2 * i]);
    pl_draft_set(d, "Config/Image", pl_draft_text(image), notes ? notes : doc);
    for (size_t i = 0; !image.n && i < PL_COUNT(of_image); i++)
        pl_draft_unsay(d, of_image[i]);
    pl_service s = pl_service_of(
        d->arena, json_object_get(json_object_get(d->doc, "Config"), "Labels"), d->name);
    d->service = s.orchestrator.n ? s.name : d->name;
    d->orchestrator = s.orchestrator;
    if (pl_str_eq(s.orchestrator, PL_S("kubernetes")))
        d->pod_folder =
            pl_pod_folder(d->arena, json_object_get(json_object_get(d->doc, "Config"), "Labels"),
                          pl_node_text(pl_yaml_get(doc, "linux"), "cgroupsPath"));
}

/* ---- the container ---- */

/* What only an engine knows. */
static void unsay(pl_draft *d)
{
    static const int fields[] = {
        PL_F_CONTAINER_RESTART_POLICY, PL_F_CONTAINER_RESTART_MAX,
        PL_F_CONTAINER_PORTS,          PL_F_CONTAINER_PUBLISH_ALL,
        PL_F_CONTAINER_HEALTH,         PL_F_CONTAINER_HEALTH_GRACE,
        PL_F_CONTAINER_LOG_DRIVER,     PL_F_CONTAINER_LOG_OPTION,
        PL_F_CONTAINER_EXEC_IDS,       PL_F_CONTAINER_NETWORKS,
        PL_F_CONTAINER_CGROUP_PARENT,  PL_F_CONTAINER_CHANGED_FILES,
        PL_F_CONTAINER_SECRET_ENV,     PL_F_CONTAINER_REQUIRES_NON_ROOT,
    };

    for (size_t i = 0; i < PL_COUNT(fields); i++)
        pl_draft_unsay(d, fields[i]);
}

static void put_container(pl_reading *r, const pl_yaml *doc, pl_draft *d)
{
    const pl_yaml *process = pl_yaml_get(doc, "process"), *system = pl_yaml_get(doc, "linux");
    const pl_yaml *sysctl = pl_yaml_get(system, "sysctl");

    if (process && process->type != PL_YAML_MAPPING)
        process = NULL;
    unsay(d);
    put_notes(pl_yaml_get(doc, "annotations"), doc, d);
    put_namespaces(system, doc, d);
    put_privileged(process, system, doc, d);
    put_confinement(r, process, system, doc, d);
    put_resources(process, system, d);
    put_user(r, process, d);
    put_env(process, d);
    pl_node_words(d, pl_yaml_get(process, "args"), "Config/Cmd");
    pl_node_put(d, pl_yaml_get(pl_yaml_get(doc, "root"), "readonly"), pl_node_flag,
                "HostConfig/ReadonlyRootfs");
    for (size_t i = 0; sysctl && sysctl->type == PL_YAML_MAPPING && i < sysctl->n; i++)
        pl_draft_member(d, "HostConfig/Sysctls", sysctl->items[2 * i].text,
                        pl_draft_text(sysctl->items[2 * i + 1].text), &sysctl->items[2 * i]);
    pl_oci_mounts(doc, d);
    pl_oci_devices(r, system, d);
    pl_oci_limits(process, d);
}

/* Whether its users are others than the host's is decided here, not by an engine. */
/* Root of the host, or of who starts it, is somebody inside: a namespace that maps it keeps nothing
 * apart. False, too, where it is not told. */
static bool maps_root(const pl_yaml *system, bool *ret_is_told)
{
    const pl_yaml *rows = pl_node_list(system, "uidMappings");
    bool maps = false;

    for (size_t i = 0; i < rows->n; i++) {
        uint64_t host = 0;
        maps |= !pl_str_u64(pl_node_text(&rows->items[i], "hostID"), &host) || host == 0;
    }
    *ret_is_told = rows->n > 0;
    return maps;
}

static pl_rc set_world(pl_reading *r, const pl_yaml *doc, pl_err *err)
{
    pl_record **none = pl_arena_calloc(r->arena, 1, sizeof(pl_record *));
    enum namespace_kind users = namespace_of(pl_yaml_get(doc, "linux"), "user");
    bool is_told = false, maps = maps_root(pl_yaml_get(doc, "linux"), &is_told);

    if (!none)
        return pl_fail(err, PL_LIMIT, "bundle");
    pl_set_recs(r->world, PL_F_ENGINE_VOLUMES, none, 0);
    pl_set_recs(r->world, PL_F_ENGINE_NETWORKS, none, 0);
    if (users == NS_HOST || (users == NS_OWN && is_told)) {
        pl_set_bool(r->world, PL_F_ENGINE_USERNS_REMAP, users == NS_OWN && !maps);
        pl_set_bool(r->world, PL_F_ENGINE_ROOTLESS, false);
    }
    return PL_OK;
}

static pl_rc read_as(pl_reading *r, const pl_yaml *doc, pl_str id, pl_str name, pl_err *err)
{
    pl_draft d;
    pl_rc rc = set_world(r, doc, err);

    if (rc)
        return rc;
    pl_draft_start(&d, r->arena, r->world, name, doc);
    if (id.n)
        pl_draft_set(&d, "Id", pl_draft_text(id), doc);
    put_container(r, doc, &d);
    rc = r->take(r, &d, err);
    pl_draft_done(&d);
    return rc;
}

/* "shop/web-1/nginx" by what a kubelet asked for; else what the bundle is called. */
static pl_str name_of(pl_reading *r, const pl_yaml *notes, pl_str otherwise)
{
    static const char *const keys[][3] = {
        {"io.kubernetes.cri.sandbox-namespace", "io.kubernetes.cri.sandbox-name",
         "io.kubernetes.cri.container-name"},
        {"io.kubernetes.pod.namespace", "io.kubernetes.pod.name", "io.kubernetes.container.name"}};

    for (size_t i = 0; i < PL_COUNT(keys); i++) {
        pl_str space = pl_node_text(notes, keys[i][0]), pod = pl_node_text(notes, keys[i][1]),
               name = pl_node_text(notes, keys[i][2]);
        if (pod.n)
            return pl_reading_text(r, "%.*s/%.*s/%.*s", PL_F(pl_str_sub(space, 0, 253)),
                                   PL_F(pl_str_sub(pod, 0, 253)),
                                   PL_F(name.n ? pl_str_sub(name, 0, 253) : PL_S("sandbox")));
    }
    return otherwise;
}

pl_rc pl_oci_read_as(pl_reading *r, const pl_yaml *doc, pl_str id, pl_err *err)
{
    pl_str name = name_of(r, pl_yaml_get(doc, "annotations"), id.n ? id : PL_S("container"));
    return read_as(r, doc, id, name, err);
}

pl_rc pl_oci_read(pl_reading *r, const pl_yaml *doc, pl_err *err)
{
    return pl_oci_read_as(r, doc, (pl_str){"", 0}, err);
}
