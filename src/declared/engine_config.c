/* SPDX-License-Identifier: Apache-2.0 */
#include "declared/engine_config.h"

#include "declared/limits.h"
#include "engine/declare.h"
#include "engine/fields.h"
#include "engine/parse.h"
#include "engine/settings.h"

#include <string.h>

/* ---- keys ---- */

typedef enum shape { TEXT, SWITCH, LIST, MAP, LIMITS, FILE_ONLY } shape;

/* Every key of daemon.json, the option of the same meaning, and the field that tells of it. */
static const struct key {
    const char *name, *option; /* option NULL: as the key */
    char letter;
    shape shape;
    int field; /* -1: none that only this decides */
} keys[] = {
    {"allow-direct-routing", NULL, 0, SWITCH, -1},
    {"allow-nondistributable-artifacts", NULL, 0, LIST, -1},
    {"api-cors-header", NULL, 0, TEXT, -1},
    {"authorization-plugins", "authorization-plugin", 0, LIST, PL_F_ENGINE_AUTHORIZATION_PLUGINS},
    {"bip", NULL, 0, TEXT, -1},
    {"bip6", NULL, 0, TEXT, -1},
    {"bridge", NULL, 'b', TEXT, PL_F_ENGINE_BRIDGE_ICC},
    {"bridge-accept-fwmark", NULL, 0, TEXT, -1},
    {"builder", NULL, 0, FILE_ONLY, PL_F_ENGINE_BUILDER_NETWORK_HOST},
    {"cdi-spec-dirs", "cdi-spec-dir", 0, LIST, -1},
    {"cgroup-parent", NULL, 0, TEXT, PL_F_ENGINE_CGROUP_PARENT},
    {"containerd", NULL, 0, TEXT, -1},
    {"containerd-namespace", NULL, 0, TEXT, -1},
    {"containerd-plugins-namespace", NULL, 0, TEXT, -1},
    {"cpu-rt-period", NULL, 0, TEXT, -1},
    {"cpu-rt-runtime", NULL, 0, TEXT, -1},
    {"cri-containerd", NULL, 0, SWITCH, -1},
    {"data-root", NULL, 0, TEXT, PL_F_ENGINE_DATA_ROOT},
    {"debug", NULL, 'D', SWITCH, PL_F_ENGINE_DEBUG},
    {"default-address-pools", "default-address-pool", 0, LIST, -1},
    {"default-cgroupns-mode", NULL, 0, TEXT, -1},
    {"default-gateway", NULL, 0, TEXT, -1},
    {"default-gateway-v6", NULL, 0, TEXT, -1},
    {"default-ipc-mode", NULL, 0, TEXT, -1},
    {"default-network-opts", "default-network-opt", 0, LIST, -1},
    {"default-runtime", NULL, 0, TEXT, PL_F_ENGINE_DEFAULT_RUNTIME},
    {"default-shm-size", NULL, 0, TEXT, -1},
    {"default-ulimits", "default-ulimit", 0, LIMITS, PL_F_ENGINE_DEFAULT_ULIMITS},
    {"dns", NULL, 0, LIST, -1},
    {"dns-opts", "dns-opt", 0, LIST, -1},
    {"dns-search", NULL, 0, LIST, -1},
    {"exec-opts", "exec-opt", 0, LIST, PL_F_ENGINE_CGROUP_DRIVER},
    {"exec-root", NULL, 0, TEXT, PL_F_ENGINE_EXEC_ROOT},
    {"experimental", NULL, 0, SWITCH, PL_F_ENGINE_EXPERIMENTAL},
    {"features", "feature", 0, MAP, PL_F_ENGINE_CONTAINERD_STORE},
    {"firewall-backend", NULL, 0, TEXT, -1},
    {"fixed-cidr", NULL, 0, TEXT, -1},
    {"fixed-cidr-v6", NULL, 0, TEXT, -1},
    {"graph", NULL, 'g', TEXT, PL_F_ENGINE_DATA_ROOT},
    {"group", NULL, 'G', TEXT, PL_F_ENGINE_GROUP},
    {"host-gateway-ip", NULL, 0, TEXT, -1},
    {"host-gateway-ips", NULL, 0, LIST, -1},
    {"hosts", "host", 'H', LIST, PL_F_ENGINE_HOSTS},
    {"http-proxy", NULL, 0, TEXT, -1},
    {"https-proxy", NULL, 0, TEXT, -1},
    {"icc", NULL, 0, SWITCH, PL_F_ENGINE_BRIDGE_ICC},
    {"init", NULL, 0, SWITCH, -1},
    {"init-path", NULL, 0, TEXT, -1},
    {"insecure-registries", "insecure-registry", 0, LIST, PL_F_ENGINE_INSECURE_REGISTRIES},
    {"ip", NULL, 0, TEXT, PL_F_ENGINE_DEFAULT_BIND},
    {"ip-forward", NULL, 0, SWITCH, -1},
    {"ip-forward-no-drop", NULL, 0, SWITCH, -1},
    {"ip-masq", NULL, 0, SWITCH, -1},
    {"ip6tables", NULL, 0, SWITCH, PL_F_ENGINE_IP6TABLES},
    {"iptables", NULL, 0, SWITCH, PL_F_ENGINE_IPTABLES},
    {"ipv6", NULL, 0, SWITCH, PL_F_ENGINE_IPV6_BRIDGES},
    {"labels", "label", 0, LIST, -1},
    {"live-restore", NULL, 0, SWITCH, PL_F_ENGINE_LIVE_RESTORE},
    {"log-driver", NULL, 0, TEXT, PL_F_ENGINE_LOG_DRIVER},
    {"log-format", NULL, 0, TEXT, -1},
    {"log-level", NULL, 'l', TEXT, PL_F_ENGINE_LOG_LEVEL},
    {"log-opts", "log-opt", 0, MAP, PL_F_ENGINE_LOG_OPTION},
    {"max-concurrent-downloads", NULL, 0, TEXT, -1},
    {"max-concurrent-uploads", NULL, 0, TEXT, -1},
    {"max-download-attempts", NULL, 0, TEXT, -1},
    {"metrics-addr", NULL, 0, TEXT, PL_F_ENGINE_METRICS_ADDRESS},
    {"min-api-version", NULL, 0, TEXT, -1},
    {"mtu", NULL, 0, TEXT, -1},
    {"network-control-plane-mtu", NULL, 0, TEXT, -1},
    {"network-diagnostic-port", NULL, 0, TEXT, -1},
    {"no-new-privileges", NULL, 0, SWITCH, PL_F_ENGINE_NO_NEW_PRIVILEGES},
    {"no-proxy", NULL, 0, TEXT, -1},
    {"node-generic-resources", "node-generic-resource", 0, LIST, -1},
    {"oom-score-adjust", NULL, 0, TEXT, -1},
    {"pidfile", NULL, 'p', TEXT, -1},
    {"proxies", NULL, 0, FILE_ONLY, -1},
    {"raw-logs", NULL, 0, SWITCH, -1},
    {"registry-mirrors", "registry-mirror", 0, LIST, PL_F_ENGINE_MIRRORS},
    {"rootless", NULL, 0, SWITCH, PL_F_ENGINE_ROOTLESS},
    {"runtimes", "add-runtime", 0, MAP, PL_F_ENGINE_RUNTIMES},
    {"seccomp-profile", NULL, 0, TEXT, PL_F_ENGINE_SECCOMP_PROFILE},
    {"selinux-enabled", NULL, 0, SWITCH, PL_F_ENGINE_SELINUX},
    {"shutdown-timeout", NULL, 0, TEXT, -1},
    {"storage-driver", NULL, 's', TEXT, PL_F_ENGINE_STORAGE_DRIVER},
    {"storage-opts", "storage-opt", 0, LIST, -1},
    {"swarm-default-advertise-addr", NULL, 0, TEXT, -1},
    {"tls", NULL, 0, SWITCH, PL_F_ENGINE_TLS},
    {"tlscacert", NULL, 0, TEXT, PL_F_ENGINE_TLS_CA},
    {"tlscert", NULL, 0, TEXT, PL_F_ENGINE_TLS_CERT},
    {"tlskey", NULL, 0, TEXT, PL_F_ENGINE_TLS_KEY},
    {"tlsverify", NULL, 0, SWITCH, PL_F_ENGINE_TLS_VERIFY},
    {"userland-proxy", NULL, 0, SWITCH, PL_F_ENGINE_USERLAND_PROXY},
    {"userland-proxy-path", NULL, 0, TEXT, -1},
    {"userns-remap", NULL, 0, TEXT, PL_F_ENGINE_USERNS_REMAP},
    {"validate", NULL, 0, SWITCH, -1},
};

static const struct key *key_named(pl_str name)
{
    for (size_t i = 0; i < PL_COUNT(keys); i++)
        if (pl_str_eq(name, pl_str_c(keys[i].name)))
            return &keys[i];
    return NULL;
}

static const struct key *key_of_option(pl_str name, char letter)
{
    for (size_t i = 0; i < PL_COUNT(keys); i++) {
        const char *option = keys[i].option ? keys[i].option : keys[i].name;
        bool is_it = letter ? keys[i].letter == letter : pl_str_eq(name, pl_str_c(option));
        if (is_it && keys[i].shape != FILE_ONLY)
            return &keys[i];
    }
    return NULL;
}

/* ---- building ---- */

void pl_engine_config_start(pl_engine_config *c, pl_reading *r)
{
    *c = (pl_engine_config){.r = r,
                            .file = json_object(),
                            .options = json_object(),
                            .refused = json_object(),
                            .at = {"", 0},
                            .begins_in = {"", 0},
                            .line = 1,
                            .column = 1};
    c->is_bad = !c->file || !c->options || !c->refused;
}

void pl_engine_config_done(pl_engine_config *c)
{
    json_decref(c->file);
    json_decref(c->options);
    json_decref(c->refused);
}

static void keep_place(pl_engine_config *c, const char *key, int line, int column)
{
    if (c->n_places == c->room_places) {
        size_t room = c->room_places ? 2 * c->room_places : 64;
        pl_engine_place *more = room > PL_DECLARED_PLACES_MAX
                                    ? NULL
                                    : pl_arena_calloc(c->r->arena, room, sizeof(*more));
        if (!more) {
            c->is_bad = true;
            return;
        }
        if (c->n_places)
            memcpy(more, c->places, c->n_places * sizeof(*more));
        c->places = more;
        c->room_places = room;
    }
    c->places[c->n_places++] =
        (pl_engine_place){.key = key, .line = line, .column = column, .file = c->at};
}

/* ---- daemon.json ---- */

static json_t *value_of(const pl_yaml *v)
{
    bool b = false;
    int64_t n = 0;

    if (pl_yaml_is_null(v))
        return json_null();
    if (v->is_plain && pl_yaml_bool(v, &b))
        return json_boolean(b);
    if (v->is_plain && pl_str_i64(v->text, &n))
        return json_integer(n);
    return pl_draft_text(v->text);
}

/* The tree is no deeper than its reader allows. */
static json_t *json_of(const pl_yaml *v)
{
    json_t *to;

    if (v->type == PL_YAML_SCALAR)
        return value_of(v);
    to = v->type == PL_YAML_SEQUENCE ? json_array() : json_object();
    for (size_t i = 0; to && i < v->n; i++) {
        bool is_list = v->type == PL_YAML_SEQUENCE;
        pl_str key = is_list ? (pl_str){"", 0} : v->items[2 * i].text;
        json_t *item = json_of(is_list ? &v->items[i] : &v->items[2 * i + 1]);
        int failed = !item || (is_list ? json_array_append_new(to, item)
                                       : json_object_setn_new(to, key.p, key.n, item));
        if (failed) {
            json_decref(to);
            return NULL;
        }
    }
    return to;
}

/* Of several files it says which. */
static pl_str named(pl_engine_config *c, const char *what, pl_str name)
{
    return pl_reading_text(c->r, "%s %.*s%s%.*s", what, PL_F(pl_str_sub(name, 0, 100)),
                           c->at.n ? " of " : "", PL_F(c->at));
}

static bool is_of_shape(const struct key *key, const json_t *v)
{
    size_t i;
    const json_t *item;

    if (key->shape == SWITCH)
        return json_is_boolean(v);
    if (key->shape == MAP || key->shape == LIMITS)
        return json_is_object(v);
    if (key->shape == TEXT)
        return key->field < 0 || json_is_string(v);
    json_array_foreach(v, i, item) if (key->field >= 0 && !json_is_string(item)) return false;
    return key->shape == FILE_ONLY || json_is_array(v);
}

/* dockerd does not start with it; what would hold is not known. */
static pl_rc refuse(pl_engine_config *c, const struct key *key, const pl_yaml *at, pl_err *err)
{
    if (json_object_set_new(c->refused, key->name, json_true()))
        c->is_bad = true;
    return c->r->note(c->r, at,
                      &(pl_reading_gap){named(c, "key", pl_str_c(key->name)), "unreadable",
                                        "has a value of another type than dockerd takes", false},
                      err);
}

static pl_rc unknown_key(pl_engine_config *c, const pl_yaml *key, pl_err *err)
{
    return c->r->note(c->r, key,
                      &(pl_reading_gap){named(c, "key", key->text), "unsupported",
                                        "is not known, and what it sets neither", false},
                      err);
}

pl_rc pl_daemon_text(pl_reading *r, pl_str text, pl_err *err)
{
    json_auto_t *doc = json_loadb(text.p, text.n, 0, NULL);

    if (doc)
        return PL_OK;
    return r->note(r, &(pl_yaml){0},
                   &(pl_reading_gap){PL_S("daemon.json"), "unreadable",
                                     "is not JSON, and dockerd does not start with it", false},
                   err);
}

pl_rc pl_engine_config_file(pl_engine_config *c, const pl_yaml *doc, pl_err *err)
{
    pl_rc rc = PL_OK;

    c->has_file = true;
    if (!c->has_unit) {
        c->line = doc->line;
        c->column = doc->column;
        c->begins_in = c->at;
    }
    for (size_t i = 0; !rc && doc->type == PL_YAML_MAPPING && i < doc->n; i++) {
        const pl_yaml *name = &doc->items[2 * i], *v = &doc->items[2 * i + 1];
        const struct key *key = key_named(name->text);
        if (!key) {
            rc = unknown_key(c, name, err);
            continue;
        }
        /* Nothing is set by it, and nothing taken back. */
        if (pl_yaml_is_null(v))
            continue;
        json_t *value = json_of(v);
        bool is_fit = value && is_of_shape(key, value);
        if (json_object_set_new(c->file, key->name, value))
            c->is_bad = true;
        keep_place(c, key->name, v->line, v->column);
        if (!is_fit)
            rc = refuse(c, key, v, err);
    }
    return rc;
}

/* ---- options ---- */

static json_t *limit_of(pl_str value)
{
    pl_str hard = value, soft;
    int64_t s = 0, h = 0;

    (void)pl_str_cut(&hard, ':', &soft);
    if (!pl_str_i64(soft, &s) || !pl_str_i64(hard.n ? hard : soft, &h))
        return json_object();
    return json_pack("{sI,sI}", "Soft", (json_int_t)s, "Hard", (json_int_t)h);
}

/* The value below a key of what is set, made when it is not there. */
static json_t *below(pl_engine_config *c, const char *key, json_t *otherwise)
{
    json_t *v = json_object_get(c->options, key);

    if (v) {
        json_decref(otherwise);
        return v;
    }
    if (json_object_set_new(c->options, key, otherwise))
        c->is_bad = true;
    return json_object_get(c->options, key);
}

/* The words that dockerd takes for no. */
static bool says_no(pl_str value)
{
    static const char *const words[] = {"0", "f", "F", "false", "False", "FALSE"};

    for (size_t i = 0; i < PL_COUNT(words); i++)
        if (pl_str_eq(value, pl_str_c(words[i])))
            return true;
    return false;
}

static void put_option(pl_engine_config *c, const struct key *key, pl_str value)
{
    pl_str text = value, name;
    int failed = 0;

    if (key->shape == SWITCH) {
        failed = json_object_set_new(c->options, key->name, json_boolean(!says_no(value)));
    } else if (key->shape == LIST) {
        failed = json_array_append_new(below(c, key->name, json_array()), pl_draft_text(value));
    } else if (key->shape == MAP || key->shape == LIMITS) {
        (void)pl_str_cut(&text, '=', &name);
        bool is_runtime = strcmp(key->name, "runtimes") == 0;
        json_t *v = key->shape == LIMITS ? limit_of(text)
                    : is_runtime         ? json_pack("{so}", "path", pl_draft_text(text))
                                         : pl_draft_text(text);
        failed = json_object_setn_new(below(c, key->name, json_object()), name.n ? name.p : "",
                                      name.n, v);
    } else {
        failed = json_object_set_new(c->options, key->name, pl_draft_text(value));
    }
    c->is_bad |= failed != 0;
}

bool pl_engine_config_option(pl_engine_config *c, pl_str name, char letter, const pl_str *value,
                             int line, int column, bool *ret_known)
{
    const struct key *key = key_of_option(name, letter);

    bool is_config = !letter && pl_str_eq(name, PL_S("config-file"));
    *ret_known = key || is_config;
    if (!*ret_known)
        return false;
    if (!value && (is_config || key->shape != SWITCH))
        return true;
    /* It is there; is it the one that was read? */
    if (is_config) {
        *ret_known = c->has_file && pl_str_ends(*value, PL_S("/daemon.json"));
        if (!*ret_known)
            (void)json_object_clear(c->file);
    }
    if (key) {
        put_option(c, key, value ? *value : PL_S("true"));
        keep_place(c, key->name, line, column);
    }
    return false;
}

/* ---- the subject ---- */

/* Options and file together. */
static json_t *merged(const pl_engine_config *c)
{
    json_t *all = json_deep_copy(c->file);

    if (all && json_object_update(all, c->options)) {
        json_decref(all);
        return NULL;
    }
    return all;
}

/* dockerd refuses what both set. */
static pl_rc note_both(pl_engine_config *c, pl_err *err)
{
    const char *key;
    json_t *v;
    pl_rc rc = PL_OK;

    json_object_foreach(c->options, key, v)
    {
        if (rc || !json_object_get(c->file, key))
            continue;
        rc = c->r->note(c->r, &(pl_yaml){0},
                        &(pl_reading_gap){pl_reading_text(c->r, "%s", key), "unreadable",
                                          "is set by an option and in daemon.json, with which "
                                          "dockerd does not start",
                                          false},
                        err);
    }
    return rc;
}

static bool is_set(const pl_engine_config *c, int field)
{
    for (size_t i = 0; i < PL_COUNT(keys); i++)
        if (keys[i].field == field &&
            (json_object_get(c->file, keys[i].name) || json_object_get(c->options, keys[i].name)))
            return true;
    return false;
}

/* Options that are not known may set anything that is not set here. */
static void open_rest(const pl_engine_config *c, pl_record *e)
{
    for (size_t i = 0; c->is_open && i < e->kind->n; i++)
        if (!is_set(c, (int)i) && (int)i != PL_F_ENGINE_TYPE)
            pl_set_unreadable(e, (int)i, "not-observed");
}

static void open_refused(const pl_engine_config *c, pl_record *e)
{
    for (size_t i = 0; i < PL_COUNT(keys); i++)
        if (keys[i].field >= 0 && json_object_get(c->refused, keys[i].name))
            pl_set_unreadable(e, keys[i].field, "not-observed");
}

static pl_rc fill(pl_engine_config *c, pl_arena *a, const json_t *all, const json_t *info,
                  const json_t *networks, pl_record *e, pl_err *err)
{
    pl_record *file = pl_record_new(a, &pl_kind_engine),
              *options = pl_record_new(a, &pl_kind_engine);

    if (!file || !options)
        return pl_fail(err, PL_LIMIT, "engine");
    pl_engine_parse(a, PL_DOC_INFO, info, e);
    pl_engine_parse(a, PL_DOC_NETWORKS, networks, e);
    pl_settings_parse(a, c->file, file);
    pl_settings_parse(a, c->options, options);
    pl_engine_declare(a, e, file, options);
    pl_set_unreadable(e, PL_F_ENGINE_CONTAINERD_STORE, "not-observed");
    pl_set_unreadable(e, PL_F_ENGINE_SECURITY_OPTIONS, "not-observed");
    pl_set_unreadable(e, PL_F_ENGINE_NETWORKS, "not-observed");
    pl_set_bool(e, PL_F_ENGINE_EXPERIMENTAL, json_is_true(json_object_get(all, "experimental")));
    pl_set_bool(e, PL_F_ENGINE_ROOTLESS,
                c->is_rootless || json_is_true(json_object_get(all, "rootless")));
    open_rest(c, e);
    open_refused(c, e);
    return pl_engine_listeners(a, e, err);
}

static void mark_rest(pl_record *r)
{
    for (size_t i = 0; i < r->kind->n; i++) {
        const pl_value *v = pl_get(r, (int)i);
        if (v->state == PL_UNREADABLE && (!v->reason || strcmp(v->reason, "unreadable") == 0))
            pl_set_unreadable(r, (int)i, "not-observed");
    }
}

/* Fields that follow from the same key. */
static const struct {
    const char *key;
    int field;
} also[] = {{"userns-remap", PL_F_ENGINE_USERNS_REMAP_USER},
            {"default-ulimits", PL_F_ENGINE_DEFAULT_NOFILE},
            {"builder", PL_F_ENGINE_BUILDER_SECURITY_INSECURE},
            {"hosts", PL_F_ENGINE_API_LISTENERS}};

static size_t put_places(const pl_engine_config *c, pl_source_place *to)
{
    size_t n = 0;

    to[n++] = (pl_source_place){.field = -1,
                                .element = {"", 0},
                                .at = -1,
                                .line = c->line,
                                .column = c->column,
                                .file = c->begins_in};
    for (size_t i = 0; i < c->n_places; i++) {
        const pl_engine_place *p = &c->places[i];
        pl_source_place place = {
            .element = {"", 0}, .at = -1, .line = p->line, .column = p->column, .file = p->file};
        place.field = key_named(pl_str_c(p->key))->field;
        if (place.field >= 0)
            to[n++] = place;
        for (size_t k = 0; k < PL_COUNT(also); k++)
            if (strcmp(also[k].key, p->key) == 0) {
                place.field = also[k].field;
                to[n++] = place;
            }
    }
    return n;
}

static pl_rc tell(pl_engine_config *c, pl_arena *a, json_t *all, pl_record *e, pl_err *err)
{
    pl_source_place *places =
        pl_arena_calloc(a, (PL_COUNT(also) + 1) * c->n_places + 1, sizeof(*places));

    if (!places)
        return pl_fail(err, PL_LIMIT, "engine");
    mark_rest(e);
    size_t n = put_places(c, places);
    return c->r->tell(c->r,
                      &(pl_reading_subject){.record = e,
                                            .arena = a,
                                            .name = PL_S("engine"),
                                            .service = PL_S("engine"),
                                            .places = places,
                                            .n_places = n,
                                            .document = all},
                      err);
}

pl_rc pl_engine_config_tell(pl_engine_config *c, pl_err *err)
{
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(PL_DECLARED_ONE_BUDGET);
    json_auto_t *all = merged(c);
    json_auto_t *info = all ? pl_engine_info(all) : NULL;
    json_auto_t *networks = all ? pl_engine_networks(all) : NULL;
    pl_record *e = a ? pl_record_new(a, &pl_kind_engine) : NULL;

    if (!e || !info || !networks || c->is_bad)
        return pl_fail(err, PL_LIMIT, "does not fit its budget, or is not UTF-8");
    pl_rc rc = note_both(c, err);
    if (!rc)
        rc = fill(c, a, all, info, networks, e, err);
    return rc ? rc : tell(c, a, all, e, err);
}

/* ---- one file ---- */

bool pl_daemon_is(pl_str path, const pl_yaml *doc)
{
    bool is_named = pl_str_eq(path, PL_S("daemon.json")) || pl_str_ends(path, PL_S("/daemon.json"));

    if (!doc || doc->type != PL_YAML_MAPPING || is_named)
        return is_named;
    for (size_t i = 0; i < doc->n; i++)
        if (!key_named(doc->items[2 * i].text))
            return false;
    return doc->n > 0;
}

pl_rc pl_daemon_read(pl_reading *r, const pl_yaml *doc, pl_err *err)
{
    pl_engine_config c;

    pl_engine_config_start(&c, r);
    c.is_rootless = pl_str_has(r->path, PL_S("/.config/docker/"));
    pl_rc rc = pl_engine_config_file(&c, doc, err);
    if (!rc)
        rc = pl_engine_config_tell(&c, err);
    pl_engine_config_done(&c);
    return rc;
}
