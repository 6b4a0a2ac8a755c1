/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the engine's documents say of the swarm that it is in (Docker Engine API 1.41: /info,
 * /nodes, /services, /configs, /secrets, /tasks) and the file in which a node keeps how it joined.
 */
#include "engine/parse.h"

#include "core/buf.h"
#include "core/clock.h"
#include "core/hash.h"
#include "engine/fields.h"
#include "engine/json_rows.h"
#include "engine/limits.h"

#include <arpa/inet.h>
#include <string.h>

static const int64_t day_ns = 86400LL * 1000000000, day_us = 86400LL * 1000000;

static pl_str text_of(const pl_record *r, int field)
{
    const pl_value *v = pl_get(r, field);
    return v->state == PL_PRESENT ? v->u.s : (pl_str){"", 0};
}

/* ---- /version ---- */

/* Fixed in 20.10.24 and 23.0.3; what follows a number ("+dfsg1") is the packager's. */
static void parse_version(const json_t *doc, pl_record *r)
{
    pl_str rest = pl_json_text_at(doc, "Version"), part;
    int64_t n[3] = {0};

    for (size_t i = 0; i < 3; i++) {
        size_t digits = 0;
        if (!pl_str_cut(&rest, '.', &part))
            return;
        while (digits < part.n && part.p[digits] >= '0' && part.p[digits] <= '9')
            digits++;
        if (!pl_str_i64(pl_str_sub(part, 0, digits), &n[i]))
            return;
    }
    /* What was numbered between the two (22.06) was never fixed. */
    bool is_fixed_20 = n[0] == 20 && n[1] == 10 && n[2] >= 24;
    bool is_first_23 = n[0] == 23 && n[1] == 0 && n[2] < 3;
    pl_set_bool(r, PL_F_ENGINE_OVERLAY_SAFE, is_fixed_20 || (n[0] >= 23 && !is_first_23));
}

/* ---- /info ---- */

/* Engines before 19.03 know of no other port, and 0 is the default. */
static void set_data_port(pl_record *r, const json_t *v)
{
    int64_t port = json_integer_value(v);

    if (!v || json_is_integer(v))
        pl_set_int(r, PL_F_ENGINE_SWARM_DATA_PORT, port ? port : 4789);
}

/* Only a manager's answer has the cluster. */
static void parse_info(pl_arena *a, const json_t *doc, pl_record *r)
{
    static const pl_json_row rows[] = {
        {"Spec/EncryptionConfig/AutoLockManagers", PL_F_ENGINE_SWARM_AUTOLOCK, true},
        {"RootRotationInProgress", PL_F_ENGINE_SWARM_CA_ROTATING, true},
    };
    const json_t *swarm = json_object_get(doc, "Swarm");
    const json_t *cluster = json_object_get(swarm, "Cluster");
    const json_t *expiry = pl_json_at(cluster, "Spec/CAConfig/NodeCertExpiry");
    pl_str state = pl_json_text_at(swarm, "LocalNodeState");

    /* A manager that is locked or in error manages nothing, and says so as a worker does. */
    if (pl_str_eq(state, PL_S("active")) || pl_str_eq(state, PL_S("inactive")))
        pl_set_bool(r, PL_F_ENGINE_SWARM_MANAGER,
                    json_is_true(json_object_get(swarm, "ControlAvailable")));
    else if (state.n)
        pl_set_unreadable(r, PL_F_ENGINE_SWARM_MANAGER, "swarm-not-active");
    if (!json_is_object(cluster))
        return;
    pl_json_fill(a, r, cluster, rows, PL_COUNT(rows));
    set_data_port(r, json_object_get(cluster, "DataPathPort"));
    int64_t ns = json_integer_value(expiry);
    if (json_is_integer(expiry) && ns > 0)
        pl_set_int(r, PL_F_ENGINE_SWARM_CERT_DAYS, ns / day_ns + (ns % day_ns != 0));
}

/* ---- nodes ---- */

static void make_node(pl_arena *a, pl_record *r, pl_str key, const json_t *v)
{
    static const pl_json_row rows[] = {
        {"ID", PL_F_SWARM_NODE_ID, true},
        {"Description/Hostname", PL_F_SWARM_NODE_HOSTNAME, true},
        {"Spec/Role", PL_F_SWARM_NODE_ROLE, true},
        {"Spec/Availability", PL_F_SWARM_NODE_AVAILABILITY, true},
        {"Status/State", PL_F_SWARM_NODE_STATE, true},
        {"Status/Addr", PL_F_SWARM_NODE_ADDRESS, true},
    };
    pl_str reach = pl_json_text_at(v, "ManagerStatus/Reachability");

    (void)key;
    pl_json_fill(a, r, v, rows, PL_COUNT(rows));
    if (pl_str_eq(text_of(r, PL_F_SWARM_NODE_ROLE), PL_S("worker")))
        pl_set_absent(r, PL_F_SWARM_NODE_REACHABLE);
    else if (reach.n)
        pl_set_bool(r, PL_F_SWARM_NODE_REACHABLE, pl_str_eq(reach, PL_S("reachable")));
}

static void set_unreachable(pl_arena *a, const pl_value *nodes, pl_record *r)
{
    pl_str *names = pl_arena_calloc(a, nodes->n + 1, sizeof(*names));
    size_t n = 0;

    for (size_t i = 0; names && i < nodes->n; i++) {
        const pl_value *reachable = pl_get(nodes->u.recs[i], PL_F_SWARM_NODE_REACHABLE);
        if (reachable->state == PL_UNREADABLE)
            return;
        if (reachable->state == PL_PRESENT && !reachable->u.b)
            names[n++] = text_of(nodes->u.recs[i], PL_F_SWARM_NODE_HOSTNAME);
    }
    if (names)
        pl_set_strs(r, PL_F_ENGINE_SWARM_UNREACHABLE, names, n);
}

static void parse_nodes(pl_arena *a, const json_t *doc, int64_t now_us, pl_record *r)
{
    int64_t managers = 0, at, age;

    pl_json_elements(a, r, PL_F_ENGINE_SWARM_NODES, doc, &pl_kind_swarm_node, make_node);
    const pl_value *nodes = pl_get(r, PL_F_ENGINE_SWARM_NODES);
    if (nodes->state != PL_PRESENT)
        return;
    for (size_t i = 0; i < nodes->n; i++) {
        pl_record *node = nodes->u.recs[i];
        managers += pl_str_eq(text_of(node, PL_F_SWARM_NODE_ROLE), PL_S("manager"));
        if (pl_time_parse(pl_json_text_at(json_array_get(doc, i), "UpdatedAt"), &at) &&
            !__builtin_sub_overflow(now_us, at, &age))
            pl_set_int(node, PL_F_SWARM_NODE_UNCHANGED_DAYS, age / day_us);
    }
    pl_set_int(r, PL_F_ENGINE_SWARM_MANAGERS, managers);
    set_unreachable(a, nodes, r);
}

/* ---- values in clear ---- */

/* A list of values under way; `failed`: it is not complete. */
struct values {
    pl_arena *a;
    pl_record **items;
    size_t n;
    const char *failed;
};

static pl_str owner_text(struct values *l, const char *kind, pl_str name, bool is_previous)
{
    PL_AUTO_BUF pl_buf b = {0};

    pl_buf_c(&b, kind);
    pl_buf_str(&b, name);
    pl_buf_c(&b, is_previous ? " (previous)" : "");
    return pl_arena_str(l->a, pl_buf_view(&b));
}

static void add_value(struct values *l, pl_str owner, pl_str name, pl_str value)
{
    pl_record *r = l->n < PL_ENGINE_ELEMENTS_MAX ? pl_record_new(l->a, &pl_kind_swarm_value) : NULL;

    if (!r || !owner.p) {
        l->failed = "limit:elements";
        return;
    }
    pl_set_str(r, PL_F_SWARM_VALUE_OWNER, owner);
    pl_set_str(r, PL_F_SWARM_VALUE_NAME, name);
    pl_set_str(r, PL_F_SWARM_VALUE_VALUE, value);
    l->items[l->n++] = r;
}

static void add_environment(struct values *l, pl_str owner, const json_t *list)
{
    size_t i;
    const json_t *v;

    json_array_foreach(list, i, v)
    {
        pl_str value = pl_json_text(v), name;
        if (pl_str_has(value, PL_S("=")) && pl_str_cut(&value, '=', &name))
            add_value(l, owner, name, value);
    }
}

static pl_str without_dashes(pl_str option)
{
    while (option.n && option.p[0] == '-')
        option = pl_str_sub(option, 1, option.n);
    return option;
}

/* An argument is judged with the option in front of it, or before its own '='. */
static void add_arguments(struct values *l, pl_str owner, const json_t *list)
{
    pl_str option = {"", 0};
    size_t i;
    const json_t *v;

    json_array_foreach(list, i, v)
    {
        pl_str value = pl_json_text(v), name;
        bool is_option = pl_str_starts(value, PL_S("-"));
        if (is_option && pl_str_has(value, PL_S("="))) {
            (void)pl_str_cut(&value, '=', &name);
            add_value(l, owner, without_dashes(name), value);
            option = (pl_str){"", 0};
        } else if (is_option) {
            option = without_dashes(value);
        } else {
            add_value(l, owner, option, value);
            option = (pl_str){"", 0};
        }
    }
}

static void add_spec(struct values *l, const json_t *spec, bool is_previous)
{
    const json_t *container = pl_json_at(spec, "TaskTemplate/ContainerSpec");
    pl_str owner = owner_text(l, "service ", pl_json_text_at(spec, "Name"), is_previous);

    add_environment(l, owner, json_object_get(container, "Env"));
    add_arguments(l, owner, json_object_get(container, "Command"));
    add_arguments(l, owner, json_object_get(container, "Args"));
}

static void set_values(pl_record *r, const struct values *l)
{
    if (l->failed)
        pl_set_unreadable(r, PL_F_ENGINE_SWARM_VALUES, l->failed);
    else
        pl_set_recs(r, PL_F_ENGINE_SWARM_VALUES, l->items, l->n);
}

static bool start_values(pl_arena *a, struct values *ret)
{
    *ret = (struct values){
        .a = a, .items = pl_arena_calloc(a, PL_ENGINE_ELEMENTS_MAX, sizeof(pl_record *))};
    return ret->items;
}

/* ---- services ---- */

static bool uses_ingress(const json_t *service)
{
    size_t i;
    const json_t *port;

    json_array_foreach(pl_json_at(service, "Endpoint/Ports"), i, port)
    {
        if (!pl_str_eq(pl_json_text_at(port, "PublishMode"), PL_S("host")))
            return true;
    }
    return false;
}

/* Texts of the list, each changed by `make`; more than may be leave the field as it is. */
static void set_texts(pl_arena *a, pl_record *r, int field, const json_t *list, const char *member,
                      void (*make)(const pl_record *r, pl_str text, pl_buf *out))
{
    size_t n = json_array_size(list);
    pl_str *texts = n > PL_ENGINE_ELEMENTS_MAX ? NULL : pl_arena_calloc(a, n + 1, sizeof(*texts));

    for (size_t i = 0; texts && i < n; i++) {
        PL_AUTO_BUF pl_buf b = {0};
        const json_t *v = json_array_get(list, i);
        make(r, member ? pl_json_text_at(v, member) : pl_json_text(v), &b);
        texts[i] = pl_arena_str(a, pl_buf_view(&b));
        if (!texts[i].p)
            return;
    }
    if (texts)
        pl_set_strs(r, field, texts, n);
}

static void as_it_is(const pl_record *r, pl_str text, pl_buf *out)
{
    (void)r;
    pl_buf_str(out, text);
}

static void with_service(const pl_record *r, pl_str text, pl_buf *out)
{
    pl_buf_str(out, text);
    pl_buf_ch(out, ':');
    pl_buf_str(out, text_of(r, PL_F_SWARM_SERVICE_NAME));
}

/* The engine takes blanks around the operator, and leaves them there. */
static void without_blanks(const pl_record *r, pl_str text, pl_buf *out)
{
    (void)r;
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] != ' ' && text.p[i] != '\t')
            pl_buf_ch(out, text.p[i]);
}

/* Labels of a node (node.labels) are the managers' to give, those of an engine (engine.labels) its
 * own. */
static void set_zone(pl_record *r)
{
    static const pl_str front = {"node.labels.zone==", 18};
    const pl_value *list = pl_get(r, PL_F_SWARM_SERVICE_CONSTRAINTS);

    for (size_t i = 0; list->state == PL_PRESENT && i < list->n; i++) {
        pl_str one = list->u.strs[i];
        if (pl_str_starts(one, front) && one.n > front.n) {
            pl_set_str(r, PL_F_SWARM_SERVICE_ZONE, pl_str_sub(one, front.n, one.n));
            return;
        }
    }
    if (list->state == PL_PRESENT)
        pl_set_absent(r, PL_F_SWARM_SERVICE_ZONE);
}

/* A label of its containers goes before one of the service. */
static void set_label(pl_record *r, int field, const json_t *service, const char *name)
{
    pl_str own = pl_json_text(json_object_get(pl_json_at(service, "Spec/Labels"), name));
    pl_str inner = pl_json_text(
        json_object_get(pl_json_at(service, "Spec/TaskTemplate/ContainerSpec/Labels"), name));

    if (inner.n || own.n)
        pl_set_str(r, field, inner.n ? inner : own);
    else
        pl_set_absent(r, field);
}

static void make_service(pl_arena *a, pl_record *r, pl_str key, const json_t *v)
{
    static const pl_json_row rows[] = {
        {"Spec/Name", PL_F_SWARM_SERVICE_NAME, true},
        {"ID", PL_F_SWARM_SERVICE_ID, true},
    };
    const json_t *secrets = pl_json_at(v, "Spec/TaskTemplate/ContainerSpec/Secrets");

    (void)key;
    pl_json_fill(a, r, v, rows, PL_COUNT(rows));
    pl_set_bool(r, PL_F_SWARM_SERVICE_PUBLISHES, uses_ingress(v));
    set_texts(a, r, PL_F_SWARM_SERVICE_SECRETS, secrets, "SecretName", as_it_is);
    set_texts(a, r, PL_F_SWARM_SERVICE_SECRET_USES, secrets, "SecretName", with_service);
    set_texts(a, r, PL_F_SWARM_SERVICE_CONSTRAINTS,
              pl_json_at(v, "Spec/TaskTemplate/Placement/Constraints"), NULL, without_blanks);
    set_zone(r);
    set_label(r, PL_F_SWARM_SERVICE_DATA_CLASS, v, "data-class");
    set_label(r, PL_F_SWARM_SERVICE_FUNCTION, v, "function");
}

static void parse_services(pl_arena *a, const json_t *doc, pl_record *r)
{
    struct values l;
    bool is_used = false;
    size_t i;
    const json_t *v;

    pl_json_elements(a, r, PL_F_ENGINE_SWARM_SERVICES, doc, &pl_kind_swarm_service, make_service);
    if ((!json_is_array(doc) && !json_is_null(doc)) || !start_values(a, &l))
        return;
    json_array_foreach(doc, i, v)
    {
        is_used |= uses_ingress(v);
        add_spec(&l, json_object_get(v, "Spec"), false);
        if (json_is_object(json_object_get(v, "PreviousSpec")))
            add_spec(&l, json_object_get(v, "PreviousSpec"), true);
    }
    pl_set_bool(r, PL_F_ENGINE_SWARM_INGRESS_USED, is_used);
    set_values(r, &l);
}

/* ---- configs ---- */

/* What is no base64 stays unreadable in its record. */
static void parse_configs(pl_arena *a, const json_t *doc, pl_record *r)
{
    const pl_value *services = pl_get(r, PL_F_ENGINE_SWARM_VALUES);
    struct values l;
    size_t i;
    const json_t *v;

    if (services->state != PL_PRESENT || !start_values(a, &l))
        return;
    memcpy(l.items, services->u.recs, services->n * sizeof(pl_record *));
    l.n = services->n;
    if (!json_is_array(doc) && !json_is_null(doc))
        l.failed = "unreadable";
    json_array_foreach(doc, i, v)
    {
        PL_AUTO_BUF pl_buf bytes = {0};
        pl_str name = pl_json_text_at(v, "Spec/Name");
        bool is_good = pl_unbase64(pl_json_text_at(v, "Spec/Data"), &bytes);
        pl_str copy = pl_arena_str(a, pl_buf_view(&bytes));
        add_value(&l, owner_text(&l, "config ", name, false), name, copy);
        if (!l.failed && (!is_good || !copy.p))
            pl_set_unreadable(l.items[l.n - 1], PL_F_SWARM_VALUE_VALUE, "unreadable");
    }
    set_values(r, &l);
}

/* ---- secrets ---- */

/* What a plug-in keeps (Spec.Driver) is made anew there, and this is the time of its name alone. */
static void make_secret(pl_arena *a, pl_record *r, pl_str key, const json_t *v)
{
    static const pl_json_row rows[] = {{"Spec/Name", PL_F_SWARM_SECRET_NAME, true}};

    (void)key;
    pl_json_fill(a, r, v, rows, PL_COUNT(rows));
    if (json_object_get(json_object_get(v, "Spec"), "Driver"))
        pl_set_unreadable(r, PL_F_SWARM_SECRET_AGE, "unsupported");
}

static void parse_secrets(pl_arena *a, const json_t *doc, int64_t now_us, pl_record *r)
{
    int64_t at, age;

    pl_json_elements(a, r, PL_F_ENGINE_SWARM_SECRETS, doc, &pl_kind_swarm_secret, make_secret);
    const pl_value *list = pl_get(r, PL_F_ENGINE_SWARM_SECRETS);
    for (size_t i = 0; list->state == PL_PRESENT && i < list->n; i++) {
        const json_t *v = json_array_get(doc, i);
        if (!json_object_get(json_object_get(v, "Spec"), "Driver") &&
            pl_time_parse(pl_json_text_at(v, "CreatedAt"), &at) &&
            !__builtin_sub_overflow(now_us, at, &age) && age > -day_us)
            pl_set_int(list->u.recs[i], PL_F_SWARM_SECRET_AGE, age / day_us);
    }
}

void pl_swarm_clean(pl_engine_doc kind, json_t *doc)
{
    size_t i;
    json_t *v;

    if (kind != PL_DOC_CONFIGS)
        return;
    json_array_foreach(doc, i, v)
    {
        json_t *spec = json_object_get(v, "Spec");
        unsigned char hash[PL_SHA256];
        char text[7 + PL_SHA256_HEX] = "sha256:";
        if (!json_object_get(spec, "Data"))
            continue;
        pl_sha256_of(pl_json_text_at(spec, "Data"), hash);
        pl_hex(hash, sizeof(hash), text + 7);
        json_object_set_new(spec, "Data", json_string(text));
    }
}

/* ---- tasks ---- */

static pl_str service_name(const pl_record *engine, pl_str id)
{
    const pl_value *list = pl_get(engine, PL_F_ENGINE_SWARM_SERVICES);

    for (size_t i = 0; list->state == PL_PRESENT && i < list->n; i++)
        if (pl_str_eq(text_of(list->u.recs[i], PL_F_SWARM_SERVICE_ID), id))
            return text_of(list->u.recs[i], PL_F_SWARM_SERVICE_NAME);
    return id;
}

static bool has(const pl_str *items, size_t n, pl_str one)
{
    for (size_t i = 0; i < n; i++)
        if (pl_str_eq(items[i], one))
            return true;
    return false;
}

/* A container that somebody runs on an attachable network is a task without a service. */
static void set_services(pl_arena *a, const json_t *tasks, const pl_record *engine, pl_record *node)
{
    pl_str id = text_of(node, PL_F_SWARM_NODE_ID);
    pl_str *names = pl_arena_calloc(a, json_array_size(tasks) + 1, sizeof(*names));
    size_t i, n = 0;
    const json_t *t;

    if (!names)
        return;
    json_array_foreach(tasks, i, t)
    {
        pl_str service = pl_json_text_at(t, "ServiceID");
        if (!service.n || !pl_str_eq(pl_json_text_at(t, "NodeID"), id))
            continue;
        service = service_name(engine, service);
        if (!has(names, n, service))
            names[n++] = service;
    }
    pl_set_strs(node, PL_F_SWARM_NODE_SERVICES, names, n);
}

static void parse_tasks(pl_arena *a, const json_t *doc, const pl_record *r)
{
    const pl_value *nodes = pl_get(r, PL_F_ENGINE_SWARM_NODES);

    for (size_t i = 0; nodes->state == PL_PRESENT && i < nodes->n; i++) {
        if (!json_is_array(doc))
            continue;
        if (json_array_size(doc) > PL_ENGINE_ELEMENTS_MAX)
            pl_set_unreadable(nodes->u.recs[i], PL_F_SWARM_NODE_SERVICES, "limit:elements");
        else
            set_services(a, doc, r, nodes->u.recs[i]);
    }
}

/* ---- docker-state.json ---- */

/* "[0::0]:2377" and "[::ffff:0.0.0.0]:2377", which the engine keeps as they were typed, are
 * "[::]:2377". */
static void name_every_address(pl_arena *a, pl_record *r)
{
    static const unsigned char nothing[16], mapped[16] = {[10] = 0xff, [11] = 0xff};
    pl_str whole = text_of(r, PL_F_ENGINE_SWARM_LISTEN), host, rest = whole;
    char text[INET6_ADDRSTRLEN];
    unsigned char number[16];

    if (!pl_str_starts(whole, PL_S("[")) || !pl_str_cut(&rest, ']', &host) ||
        !pl_str_to_c(pl_str_sub(host, 1, host.n), text, sizeof(text)) ||
        inet_pton(AF_INET6, text, number) != 1 ||
        (memcmp(number, nothing, 16) != 0 && memcmp(number, mapped, 16) != 0))
        return;
    PL_AUTO_BUF pl_buf b = {0};
    pl_buf_fmt(&b, "[::]%.*s", PL_F(rest));
    pl_str copy = pl_arena_str(a, pl_buf_view(&b));
    if (copy.p)
        pl_set_str(r, PL_F_ENGINE_SWARM_LISTEN, copy);
}

static void parse_state(pl_arena *a, const json_t *doc, pl_record *r)
{
    static const pl_json_row rows[] = {
        {"ListenAddr", PL_F_ENGINE_SWARM_LISTEN, true},
        {"AdvertiseAddr", PL_F_ENGINE_SWARM_ADVERTISE, true},
        {"DataPathAddr", PL_F_ENGINE_SWARM_DATA, false},
    };

    pl_json_fill(a, r, doc, rows, PL_COUNT(rows));
    name_every_address(a, r);
    if (pl_get(r, PL_F_ENGINE_SWARM_DATA)->state == PL_PRESENT &&
        !text_of(r, PL_F_ENGINE_SWARM_DATA).n)
        pl_set_absent(r, PL_F_ENGINE_SWARM_DATA);
}

void pl_swarm_parse(pl_arena *a, pl_engine_doc kind, const json_t *doc, int64_t now_us,
                    pl_record *engine)
{
    if (kind == PL_DOC_VERSION)
        parse_version(doc, engine);
    else if (kind == PL_DOC_INFO)
        parse_info(a, doc, engine);
    else if (kind == PL_DOC_NODES)
        parse_nodes(a, doc, now_us, engine);
    else if (kind == PL_DOC_SERVICES)
        parse_services(a, doc, engine);
    else if (kind == PL_DOC_CONFIGS)
        parse_configs(a, doc, engine);
    else if (kind == PL_DOC_SECRETS)
        parse_secrets(a, doc, now_us, engine);
    else if (kind == PL_DOC_TASKS)
        parse_tasks(a, doc, engine);
    else if (kind == PL_DOC_SWARM_STATE)
        parse_state(a, doc, engine);
}
