/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/parse.h"

#include "core/buf.h"

#include "engine/fields.h"
#include "engine/json_rows.h"
#include "engine/made_by.h"
#include "engine/parse_parts.h"
#include "engine/reference.h"
#include "engine/service.h"

#include <string.h>

static const pl_json_row rows[] = {
    {"Id", PL_F_CONTAINER_FULL_ID, true},
    {"Image", PL_F_CONTAINER_IMAGE_ID, true},
    {"Config/Image", PL_F_CONTAINER_IMAGE_NAME, true},
    {"State/Status", PL_F_CONTAINER_STATE, true},
    {"Created", PL_F_CONTAINER_CREATED, true},
    {"State/StartedAt", PL_F_CONTAINER_STARTED, false},
    {"State/FinishedAt", PL_F_CONTAINER_FINISHED, false},
    {"HostConfig/Privileged", PL_F_CONTAINER_PRIVILEGED, true},
    {"HostConfig/ReadonlyRootfs", PL_F_CONTAINER_READONLY_ROOTFS, true},
    {"HostConfig/NetworkMode", PL_F_CONTAINER_NETWORK_MODE, true},
    {"HostConfig/PidMode", PL_F_CONTAINER_PID_MODE, true},
    {"HostConfig/IpcMode", PL_F_CONTAINER_IPC_MODE, true},
    {"HostConfig/UTSMode", PL_F_CONTAINER_UTS_MODE, true},
    {"HostConfig/UsernsMode", PL_F_CONTAINER_USERNS_MODE, true},
    {"HostConfig/CgroupnsMode", PL_F_CONTAINER_CGROUPNS_MODE, false},
    {"HostConfig/Memory", PL_F_CONTAINER_MEMORY_LIMIT, true},
    {"HostConfig/OomKillDisable", PL_F_CONTAINER_OOM_KILL_DISABLED, false},
    {"HostConfig/OomScoreAdj", PL_F_CONTAINER_OOM_SCORE_ADJ, true},
    {"HostConfig/NanoCpus", PL_F_CONTAINER_NANO_CPUS, true},
    {"HostConfig/CpuQuota", PL_F_CONTAINER_CPU_QUOTA, true},
    {"HostConfig/CpuShares", PL_F_CONTAINER_CPU_SHARES, true},
    {"HostConfig/CpusetCpus", PL_F_CONTAINER_CPUSET, true},
    {"HostConfig/PidsLimit", PL_F_CONTAINER_PIDS_LIMIT, false},
    {"HostConfig/CgroupParent", PL_F_CONTAINER_CGROUP_PARENT, true},
    {"HostConfig/RestartPolicy/Name", PL_F_CONTAINER_RESTART_POLICY, true},
    {"HostConfig/RestartPolicy/MaximumRetryCount", PL_F_CONTAINER_RESTART_MAX, true},
    {"HostConfig/PublishAllPorts", PL_F_CONTAINER_PUBLISH_ALL, true},
    {"HostConfig/MaskedPaths", PL_F_CONTAINER_MASKED_PATHS, false},
    {"HostConfig/ReadonlyPaths", PL_F_CONTAINER_READONLY_PATHS, false},
    {"HostConfig/LogConfig/Type", PL_F_CONTAINER_LOG_DRIVER, true},
    {"HostConfig/Runtime", PL_F_CONTAINER_RUNTIME, false},
    {"ProcessLabel", PL_F_CONTAINER_PROCESS_LABEL, false},
    {"Config/User", PL_F_CONTAINER_USER, false},
    {"ExecIDs", PL_F_CONTAINER_EXEC_IDS, false},
};

/* ---- what needs a thought ---- */

static void set_image_name(pl_arena *a, pl_record *r, const json_t *doc)
{
    PL_AUTO_BUF pl_buf origin = {0};
    pl_image_name n = pl_image_name_of(pl_json_text_at(doc, "Config/Image"));

    pl_image_origin(n.repository, &origin);
    pl_set_absent(r, PL_F_CONTAINER_IMAGE_REPOSITORY);
    pl_set_absent(r, PL_F_CONTAINER_IMAGE_ORIGIN);
    pl_set_absent(r, PL_F_CONTAINER_IMAGE_TAG);
    pl_set_absent(r, PL_F_CONTAINER_IMAGE_DIGEST);
    if (n.repository.n)
        pl_set_str(r, PL_F_CONTAINER_IMAGE_REPOSITORY, n.repository);
    if (n.repository.n)
        pl_set_str(r, PL_F_CONTAINER_IMAGE_ORIGIN, pl_arena_str(a, pl_buf_view(&origin)));
    if (n.tag.n)
        pl_set_str(r, PL_F_CONTAINER_IMAGE_TAG, n.tag);
    if (n.repository.n && n.digest.n)
        pl_set_str(r, PL_F_CONTAINER_IMAGE_DIGEST, n.digest);
}

static void set_deployment(pl_arena *a, pl_str service, pl_str image, pl_record *r)
{
    PL_AUTO_BUF pl_buf b = {0};

    pl_buf_fmt(&b, "%.*s@%.*s", PL_F(service), PL_F(image));
    pl_str text = pl_arena_str(a, pl_buf_view(&b));
    if (text.p && image.n)
        pl_set_str(r, PL_F_CONTAINER_DEPLOYMENT, text);
}

/* Mesos and Marathon name task and app in the environment alone (Docker containerizer). */
static pl_str env_of(const json_t *doc, const char *name)
{
    const json_t *env = pl_json_at(doc, "Config/Env"), *v;
    size_t i, n = strlen(name);

    json_array_foreach(env, i, v)
    {
        pl_str s = pl_json_text(v);
        if (s.n > n && s.p[n] == '=' && pl_str_starts(s, pl_str_c(name)))
            return pl_str_sub(s, n + 1, s.n);
    }
    return (pl_str){"", 0};
}

static pl_service service_of(pl_arena *a, const json_t *doc, pl_str name)
{
    PL_AUTO_BUF pl_buf b = {0};
    pl_service s = pl_service_of(a, pl_json_at(doc, "Config/Labels"), name);
    pl_str app = env_of(doc, "MARATHON_APP_ID");

    if (s.orchestrator.n || !app.n || !env_of(doc, "MESOS_TASK_ID").n)
        return s;
    pl_buf_fmt(&b, "marathon:%.*s", PL_F(app));
    pl_str text = pl_arena_str(a, pl_buf_view(&b));
    return text.p ? (pl_service){PL_S("marathon"), text} : s;
}

static void set_context(const json_t *doc, pl_record *r)
{
    pl_context c = pl_context_of(pl_json_at(doc, "Config/Labels"));
    const struct {
        int field;
        pl_str value;
    } places[] = {{PL_F_CONTAINER_POD, c.pod},
                  {PL_F_CONTAINER_NAMESPACE, c.space},
                  {PL_F_CONTAINER_TASK, c.task.n ? c.task : env_of(doc, "MESOS_TASK_ID")},
                  {PL_F_CONTAINER_CLUSTER, c.cluster},
                  {PL_F_CONTAINER_STACK, c.stack}};

    for (size_t i = 0; i < PL_COUNT(places); i++)
        if (places[i].value.n)
            pl_set_str(r, places[i].field, places[i].value);
        else
            pl_set_absent(r, places[i].field);
}

/* Labels are the container's own words, and its image's. */
static void set_orchestrator(pl_arena *a, const json_t *doc, pl_str claimed, pl_str name,
                             pl_record *r)
{
    const json_t *labels = pl_json_at(doc, "Config/Labels");
    pl_str folder = {"", 0};

    pl_set_absent(r, PL_F_CONTAINER_ORCHESTRATOR);
    pl_set_absent(r, PL_F_CONTAINER_POD_FOLDER);
    if (!claimed.n || !pl_is_made_by(claimed, labels, name))
        return;
    pl_set_str(r, PL_F_CONTAINER_ORCHESTRATOR, claimed);
    if (pl_str_eq(claimed, PL_S("kubernetes")))
        folder = pl_pod_folder(a, labels, pl_json_text_at(doc, "HostConfig/CgroupParent"));
    if (folder.n)
        pl_set_str(r, PL_F_CONTAINER_POD_FOLDER, folder);
}

static void set_identity(pl_arena *a, const json_t *doc, pl_record *r)
{
    pl_str id = pl_json_text_at(doc, "Id"), name = pl_json_text_at(doc, "Name");

    if (pl_str_starts(name, PL_S("/")))
        name = pl_str_sub(name, 1, name.n);
    if (id.n)
        pl_set_str(r, PL_F_CONTAINER_ID, pl_str_sub(id, 0, 12));
    pl_set_str(r, PL_F_CONTAINER_NAME, name);
    pl_service s = service_of(a, doc, name);
    pl_set_str(r, PL_F_CONTAINER_SERVICE, s.name);
    set_deployment(a, s.name, pl_json_text_at(doc, "Image"), r);
    set_orchestrator(a, doc, s.orchestrator, name, r);
    set_context(doc, r);
    pl_set_absent(r, PL_F_CONTAINER_POD_SECURITY);
    set_image_name(a, r, doc);
}

/* Only the image's passwd file says which uid a name has. */
static void set_user(const json_t *doc, pl_record *r)
{
    pl_str group = pl_json_text_at(doc, "Config/User"), user;
    uint64_t uid;

    (void)pl_str_cut(&group, ':', &user);
    if (user.n == 0 || pl_str_eq(user, PL_S("root")))
        pl_set_int(r, PL_F_CONTAINER_DECLARED_UID, 0);
    else if (pl_str_u64(user, &uid) && uid <= UINT32_MAX)
        pl_set_int(r, PL_F_CONTAINER_DECLARED_UID, (int64_t)uid);
    else
        pl_set_unreadable(r, PL_F_CONTAINER_DECLARED_UID, "not-observed");
}

static int64_t ns_to_us(const json_t *v, int64_t otherwise)
{
    return json_is_integer(v) && json_integer_value(v) > 0 ? json_integer_value(v) / 1000
                                                           : otherwise;
}

/* Until the first check can have ended and the start period is over, "starting" means nothing. */
static void set_health(const json_t *doc, int64_t now_us, pl_record *r)
{
    enum { DEFAULT_US = 30 * 1000 * 1000 };
    pl_str status = pl_json_text_at(doc, "State/Health/Status");
    const json_t *check = pl_json_at(doc, "Config/Healthcheck");
    int64_t grace = ns_to_us(json_object_get(check, "StartPeriod"), 0);

    if (status.n == 0 || pl_str_eq(status, PL_S("none")))
        pl_set_absent(r, PL_F_CONTAINER_HEALTH);
    else
        pl_set_str(r, PL_F_CONTAINER_HEALTH, status);
    if (__builtin_add_overflow(grace, ns_to_us(json_object_get(check, "Interval"), DEFAULT_US),
                               &grace) ||
        __builtin_add_overflow(grace, ns_to_us(json_object_get(check, "Timeout"), DEFAULT_US),
                               &grace))
        grace = INT64_MAX;
    const pl_value *started = pl_get(r, PL_F_CONTAINER_STARTED);
    int64_t age;
    if (started->state == PL_PRESENT && !__builtin_sub_overflow(now_us, started->u.i, &age))
        pl_set_bool(r, PL_F_CONTAINER_HEALTH_GRACE, age <= grace);
    else if (started->state == PL_ABSENT)
        pl_set_bool(r, PL_F_CONTAINER_HEALTH_GRACE, false);
}

static void set_state(const json_t *doc, int64_t now_us, pl_record *r)
{
    enum { DAY_S = 24 * 60 * 60 };
    const json_t *pid = pl_json_at(doc, "State/Pid");
    bool running = json_is_true(pl_json_at(doc, "State/Running")) && json_integer_value(pid) > 0;
    const pl_value *created = pl_get(r, PL_F_CONTAINER_CREATED);
    int64_t age_us;

    if (json_is_boolean(pl_json_at(doc, "State/Running")))
        pl_set_bool(r, PL_F_CONTAINER_RUNNING, running);
    pl_set_absent(r, PL_F_CONTAINER_PID);
    if (running)
        pl_set_int(r, PL_F_CONTAINER_PID, json_integer_value(pid));
    if (created->state == PL_PRESENT && !__builtin_sub_overflow(now_us, created->u.i, &age_us))
        pl_set_int(r, PL_F_CONTAINER_AGE_DAYS, age_us / 1000000 / DAY_S);
    set_health(doc, now_us, r);
    if (!pl_get(r, PL_F_CONTAINER_RESTART_POLICY)->u.s.n &&
        pl_get(r, PL_F_CONTAINER_RESTART_POLICY)->state == PL_PRESENT)
        pl_set_str(r, PL_F_CONTAINER_RESTART_POLICY, PL_S("no"));
}

static bool is_inspect(const json_t *doc)
{
    static const char *const parts[] = {"State", "Config", "HostConfig", "NetworkSettings"};
    for (size_t i = 0; i < PL_COUNT(parts); i++)
        if (!json_is_object(json_object_get(doc, parts[i])))
            return false;
    return json_is_array(json_object_get(doc, "Mounts"));
}

bool pl_container_parse(pl_arena *a, const json_t *doc, int64_t now_us, pl_record *r)
{
    if (!is_inspect(doc))
        return false;
    pl_json_fill(a, r, doc, rows, PL_COUNT(rows));
    set_identity(a, doc, r);
    set_user(doc, r);
    set_state(doc, now_us, r);
    pl_container_lists(a, doc, r);
    pl_container_security(a, doc, r);
    return true;
}
