/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/settings.h"

#include "core/attr.h"
#include "engine/fields.h"
#include "engine/json_rows.h"
#include "engine/limits.h"

#define F(name) PL_F_ENGINE_##name

const pl_setting pl_settings[] = {
    {"log-level", "log-level", 'l', F(LOG_LEVEL), F(LOG_LEVEL_SOURCE), "info", false},
    {"iptables", "iptables", 0, F(IPTABLES), F(IPTABLES_SOURCE), "true", false},
    {"ip6tables", "ip6tables", 0, F(IP6TABLES), F(IP6TABLES_SOURCE), NULL, false},
    {"userland-proxy", "userland-proxy", 0, F(USERLAND_PROXY), F(USERLAND_PROXY_SOURCE), "true",
     false},
    {"no-new-privileges", "no-new-privileges", 0, F(NO_NEW_PRIVILEGES), F(NO_NEW_PRIVILEGES_SOURCE),
     "false", true},
    {"cgroup-parent", "cgroup-parent", 0, F(CGROUP_PARENT), F(CGROUP_PARENT_SOURCE), NULL, false},
    {"default-ulimits", "default-ulimit", 0, F(DEFAULT_ULIMITS), F(DEFAULT_ULIMITS_SOURCE), NULL,
     false},
    {"log-opts", "log-opt", 0, F(LOG_OPTION), F(LOG_OPTION_SOURCE), NULL, false},
    {"metrics-addr", "metrics-addr", 0, F(METRICS_ADDRESS), F(METRICS_ADDRESS_SOURCE), NULL, false},
    {"builder/entitlements/network-host", NULL, 0, F(BUILDER_NETWORK_HOST), F(BUILDER_SOURCE),
     "true", false},
    {"builder/entitlements/security-insecure", NULL, 0, F(BUILDER_SECURITY_INSECURE),
     F(BUILDER_SOURCE), "false", false},
    {"tls", "tls", 0, F(TLS), F(TLS_SOURCE), "false", false},
    {"tlsverify", "tlsverify", 0, F(TLS_VERIFY), F(TLS_SOURCE), "false", false},
    {"userns-remap", "userns-remap", 0, F(USERNS_REMAP_USER), -1, NULL, false},
    {"exec-root", "exec-root", 0, F(EXEC_ROOT), -1, NULL, false},
    {"hosts", "host", 'H', F(HOSTS), -1, NULL, false},
    {"group", "group", 'G', F(GROUP), -1, NULL, false},
    {"tlscacert", "tlscacert", 0, F(TLS_CA), -1, NULL, false},
    {"tlscert", "tlscert", 0, F(TLS_CERT), -1, NULL, false},
    {"tlskey", "tlskey", 0, F(TLS_KEY), -1, NULL, false},
    {"containerd", "containerd", 0, F(CONTAINERD_ADDRESS), -1, NULL, false},
};
const size_t pl_settings_n = PL_COUNT(pl_settings);

/* ---- from daemon.json ---- */

static void make_ulimit(pl_arena *a, pl_record *r, pl_str key, const json_t *v)
{
    static const pl_json_row rows[] = {{"Soft", PL_F_ULIMIT_SOFT, true},
                                       {"Hard", PL_F_ULIMIT_HARD, true}};
    pl_str name = pl_json_text_at(v, "Name");

    pl_json_fill(a, r, v, rows, PL_COUNT(rows));
    pl_set_str(r, PL_F_ULIMIT_NAME, name.n ? name : key);
}

static void make_log_option(pl_arena *a, pl_record *r, pl_str key, const json_t *v)
{
    pl_set_str(r, PL_F_LOG_OPTION_KEY, key);
    pl_json_set(a, r, PL_F_LOG_OPTION_VALUE, v);
}

void pl_settings_parse(pl_arena *a, const json_t *doc, pl_record *file)
{
    if (!json_is_object(doc))
        return;
    for (size_t i = 0; i < pl_settings_n; i++) {
        const pl_setting *s = &pl_settings[i];
        const json_t *v = pl_json_at(doc, s->key);
        if (!v || json_is_null(v))
            pl_set_absent(file, s->field);
        else if (s->field == F(DEFAULT_ULIMITS))
            pl_json_elements(a, file, s->field, v, &pl_kind_ulimit, make_ulimit);
        else if (s->field == F(LOG_OPTION))
            pl_json_elements(a, file, s->field, v, &pl_kind_log_option, make_log_option);
        else
            pl_json_set(a, file, s->field, v);
    }
    const json_t *debug = json_object_get(doc, "debug");
    if (!debug || json_is_boolean(debug))
        pl_set_bool(file, F(DEBUG), json_is_true(debug));
}

/* ---- from the command line ---- */

/* The setting that an argument names, and its value when the argument holds it. */
static const pl_setting *setting_of(pl_str arg, pl_str *value, bool *has_value)
{
    pl_str name;

    *has_value = false;
    if (arg.n >= 2 && arg.p[0] == '-' && arg.p[1] != '-') {
        for (size_t i = 0; i < pl_settings_n; i++) {
            if (pl_settings[i].letter != arg.p[1])
                continue;
            *value = pl_str_sub(arg, 2, arg.n);
            if (pl_str_starts(*value, PL_S("=")))
                *value = pl_str_sub(*value, 1, arg.n);
            *has_value = value->n > 0;
            return &pl_settings[i];
        }
        return NULL;
    }
    if (!pl_str_starts(arg, PL_S("--")))
        return NULL;
    *value = pl_str_sub(arg, 2, arg.n);
    *has_value = pl_str_has(arg, PL_S("="));
    (void)pl_str_cut(value, '=', &name);
    for (size_t i = 0; i < pl_settings_n; i++)
        if (pl_settings[i].option && pl_str_eq(name, pl_str_c(pl_settings[i].option)))
            return &pl_settings[i];
    return NULL;
}

static void add_record(pl_arena *a, pl_record *to, int field, pl_record *more)
{
    const pl_value *old = pl_get(to, field);
    size_t n = old->state == PL_PRESENT ? old->n : 0;
    pl_record **items = pl_arena_calloc(a, n + 1, sizeof(pl_record *));

    if (!items || !more || n >= PL_ENGINE_ELEMENTS_MAX) {
        pl_set_unreadable(to, field, "limit:elements");
        return;
    }
    for (size_t i = 0; i < n; i++)
        items[i] = old->u.recs[i];
    items[n] = more;
    pl_set_recs(to, field, items, n + 1);
}

static void add_str(pl_arena *a, pl_record *to, int field, pl_str more)
{
    const pl_value *old = pl_get(to, field);
    size_t n = old->state == PL_PRESENT ? old->n : 0;
    pl_str *items = pl_arena_calloc(a, n + 1, sizeof(*items));

    if (!items || n >= PL_ENGINE_ELEMENTS_MAX)
        return;
    for (size_t i = 0; i < n; i++)
        items[i] = old->u.strs[i];
    items[n] = more;
    pl_set_strs(to, field, items, n + 1);
}

/* "nofile=1024:2048"; without a colon both are the same. */
static pl_record *ulimit_of(pl_arena *a, pl_str value)
{
    pl_record *r = pl_record_new(a, &pl_kind_ulimit);
    pl_str hard = value, name, soft;
    int64_t n;

    (void)pl_str_cut(&hard, '=', &name);
    pl_set_str(r, PL_F_ULIMIT_NAME, name);
    (void)pl_str_cut(&hard, ':', &soft);
    if (pl_str_i64(soft, &n))
        pl_set_int(r, PL_F_ULIMIT_SOFT, n);
    if (pl_str_i64(hard.n ? hard : soft, &n))
        pl_set_int(r, PL_F_ULIMIT_HARD, n);
    return r;
}

static pl_record *log_option_of(pl_arena *a, pl_str value)
{
    pl_record *r = pl_record_new(a, &pl_kind_log_option);
    pl_str key;

    (void)pl_str_cut(&value, '=', &key);
    pl_set_str(r, PL_F_LOG_OPTION_KEY, key);
    pl_set_str(r, PL_F_LOG_OPTION_VALUE, value);
    return r;
}

static bool is_false(pl_str s)
{
    return pl_str_eq_nocase(s, PL_S("false")) || pl_str_eq(s, PL_S("0")) ||
           pl_str_eq_nocase(s, PL_S("f"));
}

static void take_argument(pl_arena *a, pl_record *to, const pl_setting *s, pl_str value)
{
    pl_type type = to->kind->fields[s->field].type;

    if (s->field == F(DEFAULT_ULIMITS))
        add_record(a, to, s->field, ulimit_of(a, value));
    else if (s->field == F(LOG_OPTION))
        add_record(a, to, s->field, log_option_of(a, value));
    else if (type == PL_T_STRS)
        add_str(a, to, s->field, value);
    else if (type == PL_T_BOOL)
        pl_set_bool(to, s->field, !is_false(value));
    else
        pl_set_str(to, s->field, value);
}

static void forget_all(pl_record *r)
{
    for (size_t i = 0; i < pl_settings_n; i++)
        pl_set_absent(r, pl_settings[i].field);
}

void pl_settings_arguments(pl_arena *a, pl_str cmdline, pl_record *arguments, pl_str *ret_config)
{
    pl_str arg, value;
    bool has_value;

    *ret_config = (pl_str){"", 0};
    forget_all(arguments);
    (void)pl_str_cut(&cmdline, '\0', &arg); /* the program */
    while (pl_str_cut(&cmdline, '\0', &arg)) {
        if (pl_str_eq(arg, PL_S("--config-file"))) {
            (void)pl_str_cut(&cmdline, '\0', ret_config);
            continue;
        }
        if (pl_str_starts(arg, PL_S("--config-file=")))
            *ret_config = pl_str_sub(arg, 14, arg.n);
        const pl_setting *s = setting_of(arg, &value, &has_value);
        if (!s)
            continue;
        bool is_switch = arguments->kind->fields[s->field].type == PL_T_BOOL;
        if (!has_value && !is_switch && !pl_str_cut(&cmdline, '\0', &value))
            break;
        take_argument(a, arguments, s, has_value || !is_switch ? value : PL_S("true"));
    }
}
