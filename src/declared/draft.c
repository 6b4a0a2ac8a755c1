/* SPDX-License-Identifier: Apache-2.0 */
#include "declared/draft.h"

#include "core/buf.h"
#include "declared/limits.h"
#include "engine/declare.h"
#include "engine/fields.h"
#include "engine/parse.h"

#include <string.h>

/* What `docker create IMAGE` gives, but for what the engine and the image decide: user, log driver,
 * runtime, health check. */
static const char defaults[] =
    "{\"State\":{\"Status\":\"created\",\"Running\":false,\"Pid\":0},"
    "\"Config\":{\"Env\":[],\"Labels\":{}},"
    "\"HostConfig\":{\"Privileged\":false,\"ReadonlyRootfs\":false,\"NetworkMode\":\"default\","
    "\"PidMode\":\"\",\"IpcMode\":\"private\",\"UTSMode\":\"\",\"UsernsMode\":\"\",\"OomScoreAdj\":"
    "0,"
    "\"Memory\":0,\"NanoCpus\":0,\"CpuQuota\":0,\"CpuShares\":0,\"CpusetCpus\":\"\","
    "\"CgroupParent\":\"\",\"PublishAllPorts\":false,\"PortBindings\":{},"
    "\"RestartPolicy\":{\"Name\":\"no\",\"MaximumRetryCount\":0},"
    "\"MaskedPaths\":[\"/proc/acpi\",\"/proc/asound\",\"/proc/interrupts\",\"/proc/kcore\","
    "\"/proc/keys\",\"/proc/latency_stats\",\"/proc/timer_list\",\"/proc/timer_stats\","
    "\"/proc/sched_debug\",\"/proc/scsi\",\"/sys/firmware\","
    "\"/sys/devices/virtual/powercap\"],"
    "\"ReadonlyPaths\":[\"/proc/bus\",\"/proc/fs\",\"/proc/irq\",\"/proc/sys\","
    "\"/proc/sysrq-trigger\"]},"
    "\"NetworkSettings\":{\"Networks\":{}},\"Mounts\":[]}";

/* ---- places ---- */

static void keep_place(pl_draft *d, const char *path, pl_str element, const pl_yaml *at)
{
    if (d->n_places == d->room_places) {
        size_t room = d->room_places ? 2 * d->room_places : 32;
        pl_draft_place *more =
            room > PL_DECLARED_PLACES_MAX ? NULL : pl_arena_calloc(d->arena, room, sizeof(*more));
        if (!more) {
            d->is_bad = true;
            return;
        }
        if (d->n_places)
            memcpy(more, d->places, d->n_places * sizeof(*more));
        d->places = more;
        d->room_places = room;
    }
    d->places[d->n_places++] =
        (pl_draft_place){.path = path, .element = element, .line = at->line, .column = at->column};
}

/* ---- building ---- */

void pl_draft_start(pl_draft *d, pl_arena *a, pl_record *world, pl_str name, const pl_yaml *at)
{
    *d = (pl_draft){.arena = a, .world = world, .doc = json_loads(defaults, 0, NULL), .name = name};
    if (!d->doc)
        d->is_bad = true;
    keep_place(d, "", (pl_str){"", 0}, at);
}

void pl_draft_done(pl_draft *d)
{
    json_decref(d->doc);
    d->doc = NULL;
}

bool pl_draft_ok(const pl_draft *d)
{
    return !d->is_bad;
}

json_t *pl_draft_text(pl_str s)
{
    return json_stringn(s.n ? s.p : "", s.n);
}

/* The object that holds the last part of the path, which is given in *ret_key. */
static json_t *holder(pl_draft *d, const char *path, const char **ret_key)
{
    json_t *at = d->doc;
    const char *slash;

    while (at && (slash = strchr(path, '/'))) {
        char part[64];
        if (!pl_str_to_c((pl_str){path, (size_t)(slash - path)}, part, sizeof(part)))
            return NULL;
        json_t *next = json_object_get(at, part);
        if (!json_is_object(next)) {
            next = json_object();
            if (json_object_set_new(at, part, next))
                return NULL;
        }
        at = next;
        path = slash + 1;
    }
    *ret_key = path;
    return at;
}

void pl_draft_set(pl_draft *d, const char *path, json_t *v, const pl_yaml *at)
{
    const char *key = NULL;
    json_t *to = holder(d, path, &key);

    if (!to || !v || json_object_set(to, key, v))
        d->is_bad = true;
    json_decref(v);
    keep_place(d, path, (pl_str){"", 0}, at);
}

void pl_draft_add(pl_draft *d, const char *path, json_t *v, pl_str element, const pl_yaml *at)
{
    const char *key = NULL;
    json_t *to = holder(d, path, &key);
    json_t *list = to ? json_object_get(to, key) : NULL;

    if (to && !list) {
        list = json_array();
        if (json_object_set_new(to, key, list))
            list = NULL;
    }
    /* One that is not known stays so. */
    if (list && !json_is_array(list)) {
        json_decref(v);
        return;
    }
    if (!list || !v || json_array_append(list, v))
        d->is_bad = true;
    json_decref(v);
    keep_place(d, path, element, at);
}

void pl_draft_member(pl_draft *d, const char *path, pl_str key, json_t *v, const pl_yaml *at)
{
    const char *last = NULL;
    json_t *to = holder(d, path, &last);
    json_t *object = to ? json_object_get(to, last) : NULL;

    if (to && !object) {
        object = json_object();
        if (json_object_set_new(to, last, object))
            object = NULL;
    }
    if (object && !json_is_object(object)) {
        json_decref(v);
        return;
    }
    if (!object || !v || json_object_setn(object, key.n ? key.p : "", key.n, v))
        d->is_bad = true;
    json_decref(v);
    keep_place(d, path, key, at);
}

/* No field has a real number for a value, so it cannot be read. */
static json_t *no_value(void)
{
    return json_real(0.5);
}

void pl_draft_open(pl_draft *d, const char *path, const pl_yaml *at)
{
    pl_draft_set(d, path, no_value(), at);
}

void pl_draft_add_open(pl_draft *d, const char *path, pl_str element, const pl_yaml *at)
{
    pl_draft_add(d, path, no_value(), element, at);
}

void pl_draft_unsay(pl_draft *d, int field)
{
    if (!d->unsaid)
        d->unsaid = pl_arena_calloc(d->arena, pl_kind_container.n, sizeof(bool));
    if (d->unsaid)
        d->unsaid[field] = true;
    else
        d->is_bad = true;
}

void pl_draft_secret_env(pl_draft *d, pl_str name, const pl_yaml *at)
{
    if (d->n_secret_env == d->room_secret_env) {
        size_t room = d->room_secret_env ? 2 * d->room_secret_env : 8;
        pl_str *more = pl_arena_calloc(d->arena, room, sizeof(*more));
        if (!more) {
            d->is_bad = true;
            return;
        }
        if (d->n_secret_env)
            memcpy(more, d->secret_env, d->n_secret_env * sizeof(*more));
        d->secret_env = more;
        d->room_secret_env = room;
    }
    d->secret_env[d->n_secret_env++] = name;
    keep_place(d, "Config/SecretEnv", name, at);
}

/* ---- the record ---- */

static void set_text(pl_record *r, int field, pl_str text)
{
    if (text.n)
        pl_set_str(r, field, text);
    else
        pl_set_absent(r, field);
}

/* Whatever could not be read is decided elsewhere, and nobody has looked there. */
static void mark_open(pl_record *r)
{
    for (size_t i = 0; i < r->kind->n; i++) {
        const pl_value *v = pl_get(r, (int)i);
        bool has_reason = v->reason && strcmp(v->reason, "unreadable") != 0;
        if (v->state == PL_UNREADABLE && !has_reason)
            pl_set_unreadable(r, (int)i, "not-observed");
        for (size_t k = 0;
             r->kind->fields[i].type == PL_T_RECS && v->state == PL_PRESENT && k < v->n; k++)
            mark_open(v->u.recs[k]);
    }
}

/* ---- what may be declared beside what was read ---- */

struct touched {
    bool *fields;
    size_t n;
};

static void touch(int field, void *arg)
{
    struct touched *t = arg;
    if ((size_t)field < t->n)
        t->fields[field] = true;
}

/* A single value that was read holds; a list may have more elements. */
static void open_field(pl_arena *a, pl_record *r, int field, bool is_touched)
{
    const pl_value *v = pl_get(r, field);
    bool is_list = r->kind->fields[field].type == PL_T_RECS;

    if (is_touched && v->state == PL_PRESENT && r->kind->fields[field].type != PL_T_STRS &&
        !is_list)
        return;
    pl_record **items = is_touched && is_list && v->state == PL_PRESENT && v->n
                            ? pl_arena_calloc(a, v->n + 1, sizeof(pl_record *))
                            : NULL;
    if (items && (items[v->n] = pl_record_new(a, v->u.recs[0]->kind))) {
        memcpy(items, v->u.recs, v->n * sizeof(pl_record *));
        pl_set_recs(r, field, items, v->n + 1);
        return;
    }
    pl_set_unreadable(r, field, "not-observed");
}

static pl_rc open_rest(const pl_draft *d, pl_arena *a, pl_record *r, pl_err *err)
{
    struct touched t = {.n = r->kind->n};

    t.fields = pl_arena_calloc(a, t.n, sizeof(bool));
    if (!t.fields)
        return pl_fail(err, PL_LIMIT, "container");
    t.fields[PL_F_CONTAINER_FULL_ID] = t.fields[PL_F_CONTAINER_ID] = true;
    for (size_t i = 0; i < d->n_places; i++)
        pl_container_fields_of(pl_str_c(d->places[i].path), d->places[i].element, touch, &t);
    for (size_t i = 0; i < t.n; i++)
        open_field(a, r, (int)i, t.fields[i]);
    return PL_OK;
}

void pl_draft_uncover(pl_draft *d, const pl_yaml *at)
{
    pl_draft_set(d, "HostConfig/MaskedPaths", json_array(), at);
    pl_draft_set(d, "HostConfig/ReadonlyPaths", json_array(), at);
}

/* ---- paths ---- */

json_t *pl_draft_path(pl_str folder, pl_str path)
{
    PL_AUTO_BUF pl_buf b = {0};
    pl_str rest = path, part;

    pl_buf_str(&b, folder);
    while (pl_str_cut(&rest, '/', &part)) {
        if (!part.n || pl_str_eq(part, PL_S(".")))
            continue;
        if (!pl_str_eq(part, PL_S(".."))) {
            pl_buf_ch(&b, '/');
            pl_buf_str(&b, part);
            continue;
        }
        while (b.n && b.p[b.n - 1] != '/')
            b.n--;
        b.n -= b.n > 0;
    }
    return pl_draft_text(b.n ? pl_buf_view(&b) : PL_S("/"));
}

/* False: there is no room. */
static bool clean_paths(json_t *list, const char *key)
{
    size_t i;
    json_t *one;

    json_array_foreach(list, i, one)
    {
        const char *text = json_string_value(json_object_get(one, key));
        if (text && text[0] == '/' &&
            json_object_set_new(one, key, pl_draft_path(PL_S(""), pl_str_c(text))))
            return false;
    }
    return true;
}

static bool has_clean_paths(const pl_draft *d)
{
    return clean_paths(json_object_get(d->doc, "Mounts"), "Source") &&
           clean_paths(json_object_get(json_object_get(d->doc, "HostConfig"), "Devices"),
                       "PathOnHost");
}

pl_rc pl_draft_record(const pl_draft *d, int64_t now_us, pl_arena *a, pl_record **ret, pl_err *err)
{
    pl_record *r = pl_record_new(a, &pl_kind_container);

    if (!r || d->is_bad || !has_clean_paths(d))
        return pl_fail(err, PL_LIMIT, "%.*s: does not fit its budget, or is not UTF-8",
                       PL_F(pl_str_sub(d->name, 0, 200)));
    if (!pl_container_parse(a, d->doc, now_us, r))
        return pl_fail(err, PL_FORMAT, "%.*s", PL_F(pl_str_sub(d->name, 0, 200)));
    if (d->has_open_seccomp)
        pl_set_unreadable(r, PL_F_CONTAINER_SECCOMP, "not-observed");
    pl_rc rc = d->is_all_open ? open_rest(d, a, r, err) : PL_OK;
    if (rc)
        return rc;
    pl_set_str(r, PL_F_CONTAINER_NAME, d->name);
    pl_set_str(r, PL_F_CONTAINER_SERVICE, d->service.n ? d->service : d->name);
    set_text(r, PL_F_CONTAINER_ORCHESTRATOR, d->orchestrator);
    if (d->space.n)
        pl_set_str(r, PL_F_CONTAINER_NAMESPACE, d->space);
    if (d->pod.n)
        pl_set_str(r, PL_F_CONTAINER_POD, d->pod);
    if (d->pod_folder.n)
        pl_set_str(r, PL_F_CONTAINER_POD_FOLDER, d->pod_folder);
    if (d->pod_level)
        pl_set_str(r, PL_F_CONTAINER_POD_SECURITY, pl_str_c(d->pod_level));
    if (!d->has_user) {
        pl_set_unreadable(r, PL_F_CONTAINER_USER, "not-observed");
        pl_set_unreadable(r, PL_F_CONTAINER_DECLARED_UID, "not-observed");
    }
    pl_set_bool(r, PL_F_CONTAINER_REQUIRES_NON_ROOT, d->requires_non_root);
    pl_set_bool(r, PL_F_CONTAINER_HOST_PROCESS, d->is_host_process);
    pl_set_strs(r, PL_F_CONTAINER_SECRET_ENV, d->secret_env, d->n_secret_env);
    pl_container_declare(a, d->world, r);
    for (size_t i = 0; d->unsaid && i < r->kind->n; i++)
        if (d->unsaid[i])
            pl_set_unreadable(r, (int)i, "not-observed");
    mark_open(r);
    *ret = r;
    return PL_OK;
}
