/* SPDX-License-Identifier: Apache-2.0 */
/* Settings from arguments and from daemon.json. */
#include "test.h"

#include "core/buf.h"
#include "engine/fields.h"
#include "engine/settings.h"

#include <string.h>

static void says(const pl_record *r, const char *field, const char *want, const char *input)
{
    PL_AUTO_BUF pl_buf out = {0};
    int i = pl_kind_field(r->kind, pl_str_c(field));

    assert_true(i >= 0);
    pl_value_print(&r->kind->fields[i], &r->v[i], &out);
    if (!pl_str_eq(pl_buf_view(&out), pl_str_c(want)))
        fail_msg("%s: %s is \"%.*s\", want \"%s\"", input, field, PL_F(pl_buf_view(&out)), want);
}

/* Words separated by blanks, as the NUL-separated form of /proc/PID/cmdline. */
static pl_record *arguments(pl_arena *a, const char *words, pl_str *config)
{
    pl_str copy = pl_arena_str(a, pl_str_c(words));
    pl_record *r = pl_record_new(a, &pl_kind_engine);

    for (size_t i = 0; i < copy.n; i++)
        if (copy.p[i] == ' ')
            ((char *)copy.p)[i] = '\0';
    pl_settings_arguments(a, copy, r, config);
    return r;
}

static void arguments_are_read_in_every_form(void **state)
{
    (void)state;
    static const struct {
        const char *words, *field, *want;
    } rows[] = {
        {"dockerd", "engine.log_level", "absent"},
        {"dockerd -l error", "engine.log_level", "error"},
        {"dockerd -lerror", "engine.log_level", "error"},
        {"dockerd -l=error", "engine.log_level", "error"},
        {"dockerd --log-level error", "engine.log_level", "error"},
        {"dockerd --log-level=error", "engine.log_level", "error"},
        {"dockerd --log-level=warn --log-level error", "engine.log_level", "error"},
        {"dockerd --iptables=false", "engine.iptables", "false"},
        {"dockerd --iptables=0", "engine.iptables", "false"},
        {"dockerd --iptables", "engine.iptables", "true"},
        {"dockerd --iptables false", "engine.iptables", "true"}, /* a switch takes no word */
        {"dockerd --userland-proxy=False -D", "engine.userland_proxy", "false"},
        {"dockerd -H unix:///a -H tcp://0.0.0.0:2375 --host=fd://", "engine.hosts",
         "[unix:///a, tcp://0.0.0.0:2375, fd://]"},
        {"dockerd --log-opt max-size=5m --log-opt max-file=3", "engine.log_option",
         "[max-size, max-file]"},
        {"dockerd --default-ulimit nofile=1024:2048", "engine.default_ulimits", "[nofile]"},
        {"dockerd --tlsverify --tlscacert=/a", "engine.tls_verify", "true"},
        {"dockerd --tlsverify --tlscacert /a", "engine.tls_ca", "/a"},
        {"dockerd --metrics-addr 0.0.0.0:9323", "engine.metrics_address", "0.0.0.0:9323"},
        {"dockerd --no-new-privileges", "engine.no_new_privileges", "true"},
        {"dockerd --log-levels error", "engine.log_level", "absent"},
        {"dockerd --log-level", "engine.log_level", "absent"},
    };
    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        PL_AUTO_ARENA pl_arena *a = pl_arena_new(1 << 20);
        pl_str config;
        says(arguments(a, rows[i].words, &config), rows[i].field, rows[i].want, rows[i].words);
    }
}

static void a_limit_has_a_soft_and_a_hard_side(void **state)
{
    (void)state;
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(1 << 20);
    pl_str config;
    const pl_record *r =
        arguments(a, "dockerd --default-ulimit nofile=1024:2048 --default-ulimit nproc=5", &config);
    const pl_value *list = pl_get(r, PL_F_ENGINE_DEFAULT_ULIMITS);

    assert_int_equal(list->n, 2);
    assert_int_equal(pl_get(list->u.recs[0], PL_F_ULIMIT_SOFT)->u.i, 1024);
    assert_int_equal(pl_get(list->u.recs[0], PL_F_ULIMIT_HARD)->u.i, 2048);
    assert_int_equal(pl_get(list->u.recs[1], PL_F_ULIMIT_HARD)->u.i, 5);
}

static void the_configuration_file_may_be_named(void **state)
{
    (void)state;
    static const struct {
        const char *words, *want;
    } rows[] = {
        {"dockerd --config-file /a.json -D", "/a.json"},
        {"dockerd --config-file=/a.json", "/a.json"},
        {"dockerd", ""},
        {"dockerd --config-file", ""},
    };
    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        PL_AUTO_ARENA pl_arena *a = pl_arena_new(1 << 20);
        pl_str config;
        (void)arguments(a, rows[i].words, &config);
        if (!pl_str_eq(config, pl_str_c(rows[i].want)))
            fail_msg("%s: %.*s", rows[i].words, PL_F(config));
    }
}

static void the_file_says_what_it_holds_and_no_more(void **state)
{
    (void)state;
    static const struct {
        const char *json, *field, *want;
    } rows[] = {
        {"{}", "engine.log_level", "absent"},
        {"{\"log-level\":\"debug\"}", "engine.log_level", "debug"},
        {"{\"log-level\":7}", "engine.log_level", "unreadable (unreadable)"},
        {"{\"iptables\":false}", "engine.iptables", "false"},
        {"{\"iptables\":\"false\"}", "engine.iptables", "unreadable (unreadable)"},
        {"{\"iptables\":null}", "engine.iptables", "absent"},
        {"{\"log-opts\":{\"max-size\":\"5m\"}}", "engine.log_option", "[max-size]"},
        {"{\"log-opts\":\"5m\"}", "engine.log_option", "unreadable (unreadable)"},
        {"{\"default-ulimits\":{\"nofile\":{\"Name\":\"nofile\",\"Hard\":9,\"Soft\":1}}}",
         "engine.default_ulimits", "[nofile]"},
        {"{\"builder\":{\"entitlements\":{\"network-host\":false}}}", "engine.builder_network_host",
         "false"},
        {"{\"builder\":{\"entitlements\":{}}}", "engine.builder_network_host", "absent"},
        {"{\"userns-remap\":\"default\"}", "engine.userns_remap_user", "default"},
        {"{\"hosts\":[\"fd://\"]}", "engine.hosts", "[fd://]"},
        {"[]", "engine.log_level", "unreadable (unreadable)"},
        {"\"x\"", "engine.iptables", "unreadable (unreadable)"},
    };
    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        PL_AUTO_ARENA pl_arena *a = pl_arena_new(1 << 20);
        pl_record *r = pl_record_new(a, &pl_kind_engine);
        json_t *doc = json_loads(rows[i].json, JSON_DECODE_ANY, NULL);
        pl_settings_parse(a, doc, r);
        says(r, rows[i].field, rows[i].want, rows[i].json);
        json_decref(doc);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arguments_are_read_in_every_form),
        cmocka_unit_test(a_limit_has_a_soft_and_a_hard_side),
        cmocka_unit_test(the_configuration_file_may_be_named),
        cmocka_unit_test(the_file_says_what_it_holds_and_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
