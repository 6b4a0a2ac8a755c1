/* SPDX-License-Identifier: Apache-2.0 */
/* A collection of an engine in a swarm: recorded answers, a host recorded in a folder, the jail. */
#include "test.h"

#include "core/jail.h"
#include "engine/facts.h"
#include "engine/worker.h"
#include "fake_engine.h"
#include "fake_host.h"

#include <stdio.h>
#include <string.h>

#define TASKS "/v1.41/tasks?filters=%7B%22desired-state%22%3A%7B%22running%22%3Atrue%7D%7D"

static const char engine_status[] = "Name:\tdockerd\nPPid:\t1\nUid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\n"
                                    "Groups:\t\nCapPrm:\t0\nCapBnd:\t0\nCapAmb:\t0\n"
                                    "NoNewPrivs:\t0\nSeccomp:\t0\n";

/* Network, interface: 10.99.0.0/16 over eth0, 10.99.7.0/24 over eth1, all else by a gateway. */
static const char routes[] = "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\n"
                             "eth9\t00000000\t0100630A\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"
                             "eth0\t0000630A\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0\n"
                             "eth1\t0007630A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n"
                             "eth8\t0007630A\t0100630A\t0003\t0\t0\t0\t00FFFFFF\t0\t0\t0\n";

struct bench {
    fake_engine e;
    fake_host h;
    fake_answer answers[16];
    pl_arena *a;
    pl_schema *schema;
    pl_engine_client *client;
    pl_engine_facts facts;
    pl_err err;
};

static int64_t fixed_wall(void *arg)
{
    (void)arg;
    return (int64_t)1795435200 * 1000000;
}
static const pl_clock clock_of_the_recording = {.wall_us = fixed_wall};

static void record_host(const struct bench *b)
{
    char line[256];

    host_process(&b->h, 77, "dockerd", engine_status, 100);
    host_process(&b->h, 1, "init", engine_status, 100);
    host_bytes(&b->h, "/proc/77/cmdline", "dockerd\0", 8);
    host_file(&b->h, "/proc/77/stat",
              "77 (d) S 1 1 1 0 -1 4 0 0 0 0 0 0 0 0 20 0 1 0 1000 0 0 0\n");
    host_link(&b->h, "/proc/77/fd/3", "socket:[555]");
    (void)snprintf(line, sizeof(line),
                   "Num RefCount Protocol Flags Type St Inode Path\n"
                   "0000: 00000002 00000000 00010000 0001 01 555 %s\n",
                   b->e.path);
    host_file(&b->h, "/proc/77/net/unix", line);
    host_file(&b->h, "/proc/77/net/tcp", "  sl  local rem\n");
    host_file(&b->h, "/proc/77/net/route", routes);
    host_file(&b->h, "/proc/stat", "cpu 1\nbtime 4102444800\n");
}

static int set_up(void **state)
{
    struct bench *b = calloc(1, sizeof(*b));
    static const char *const files[][2] = {
        {"/v1.41/version", "version.json"},
        {"/v1.41/info", "swarm-info.json"},
        {"/v1.41/networks", "swarm-networks.json"},
        {"/v1.41/volumes", "volumes.json"},
        {"/v1.41/plugins", "plugins.json"},
        {"/v1.41/nodes", "swarm-nodes.json"},
        {"/v1.41/services", "swarm-services.json"},
        {"/v1.41/configs", "swarm-configs.json"},
        {TASKS, "swarm-tasks.json"},
    };

    for (size_t i = 0; i < PL_COUNT(files); i++)
        b->answers[b->e.n++] = (fake_answer){.path = files[i][0], .file = files[i][1]};
    b->answers[b->e.n++] = (fake_answer){.path = "/v1.41/containers/json?all=1", .body = "[]"};
    b->answers[b->e.n++] = (fake_answer){
        .path = "/v1.41/secrets",
        .body = "[{\"CreatedAt\":\"2026-11-20T10:00:00Z\",\"Spec\":{\"Name\":\"db\"}}]"};
    b->answers[b->e.n++] = (fake_answer){.path = "/v1.41/images/json", .body = "[]"};
    b->e.api = "1.41";
    b->e.answers = b->answers;
    b->a = pl_arena_new((size_t)256 << 20);
    b->schema = pl_schema_new();
    pl_engine_register(b->schema);
    fake_start(&b->e);
    host_start(&b->h);
    record_host(b);
    *state = b;
    return 0;
}

static int tear_down(void **state)
{
    struct bench *b = *state;
    pl_engine_close(b->client);
    fake_stop(&b->e);
    host_stop(&b->h);
    pl_schema_free(b->schema);
    pl_arena_free(b->a);
    free(b);
    return 0;
}

static void in_state(const struct bench *b, const char *data_path)
{
    char text[256];
    (void)snprintf(text, sizeof(text),
                   "{\"ListenAddr\":\"0.0.0.0:2377\",\"AdvertiseAddr\":\"10.99.0.1:2377\","
                   "\"DataPathAddr\":\"%s\"}",
                   data_path);
    host_file(&b->h, "/var/lib/docker/swarm/docker-state.json", text);
}

static const pl_record *collect(struct bench *b)
{
    const pl_engine_where where = {.root = b->h.root, .host_key = PL_S("h")};

    assert_int_equal(
        pl_engine_open(&(pl_engine_endpoint){.address = b->e.address}, &b->client, &b->err), PL_OK);
    assert_int_equal(pl_engine_collect(b->client, &where, b->schema, &clock_of_the_recording, b->a,
                                       &b->facts, &b->err),
                     PL_OK);
    return b->facts.engine.rec;
}

static void says(const pl_record *r, const char *field, const char *want)
{
    PL_AUTO_BUF pl_buf out = {0};
    int i = pl_kind_field(r->kind, pl_str_c(field));

    assert_true(i >= 0);
    pl_value_print(&r->kind->fields[i], &r->v[i], &out);
    if (!pl_str_eq(pl_buf_view(&out), pl_str_c(want)))
        fail_msg("%s is \"%.*s\", want \"%s\"", field, PL_F(pl_buf_view(&out)), want);
}

static fake_answer *answer_to(struct bench *b, const char *path)
{
    for (size_t i = 0; i < b->e.n; i++)
        if (strcmp(b->answers[i].path, path) == 0)
            return &b->answers[i];
    fail_msg("nobody answers %s", path);
    return NULL;
}

static void what_the_manager_tells_and_what_its_files_say_come_together(void **state)
{
    struct bench *b = *state;

    in_state(b, "10.99.7.1");
    const pl_record *e = collect(b);
    assert_int_equal(b->facts.n_problems, 0);
    says(e, "engine.swarm_managers", "1");
    says(e, "engine.swarm_ingress_used", "true");
    says(e, "engine.swarm_listen_address", "0.0.0.0:2377");
    says(e, "engine.swarm_ports", "[tcp/2377, tcp/7946, udp/7946, udp/4789]");
    says(e, "engine.swarm_interface", "eth0");
    says(e, "engine.swarm_data_interface", "eth1");
    says(e, "engine.swarm_tokens_rotated", "unreadable (needs:gate)");
    says(e, "engine.swarm_ca_age_days", "unreadable (unreadable)");
    const pl_value *values = pl_get(e, PL_F_ENGINE_SWARM_VALUES);
    assert_int_equal(values->n, 7);
    says(values->u.recs[0], "swarm_value.value", "unreadable (needs:redact)");
    says(values->u.recs[0], "swarm_value.secret", "unreadable (needs:redact)");
}

static void without_an_address_for_data_both_take_one_interface(void **state)
{
    struct bench *b = *state;

    in_state(b, "");
    const pl_record *e = collect(b);
    says(e, "engine.swarm_data_address", "absent");
    says(e, "engine.swarm_data_interface", "eth0");
}

static void an_address_behind_a_gateway_is_on_no_interface(void **state)
{
    struct bench *b = *state;

    in_state(b, "192.0.2.1");
    says(collect(b), "engine.swarm_data_interface", "unreadable (unreadable)");
}

static void one_list_that_fails_takes_only_what_rests_on_it(void **state)
{
    struct bench *b = *state;

    *answer_to(b, "/v1.41/configs") =
        (fake_answer){.path = "/v1.41/configs", .body = "{\"message\":\"no\"}", .status = 403};
    in_state(b, "");
    const pl_record *e = collect(b);
    assert_int_equal(b->facts.n_problems, 1);
    assert_true(pl_str_has(b->facts.problems[0], PL_S("configs")));
    says(e, "engine.swarm_values", "unreadable (denied)");
    says(e, "engine.swarm_managers", "1");
    says(e, "engine.swarm_ingress_used", "true");
}

static void a_worker_is_asked_for_nothing_that_only_managers_know(void **state)
{
    struct bench *b = *state;
    fake_answer *info = answer_to(b, "/v1.41/info");

    *info = (fake_answer){.path = "/v1.41/info",
                          .body = "{\"DockerRootDir\":\"/var/lib/docker\",\"Swarm\":{"
                                  "\"LocalNodeState\":\"active\",\"ControlAvailable\":false}}"};
    in_state(b, "");
    const pl_record *e = collect(b);
    assert_int_equal(b->facts.n_problems, 0);
    says(e, "engine.swarm_manager", "false");
    says(e, "engine.swarm_ports", "unreadable (not-a-manager)");
    says(e, "engine.swarm_nodes", "unreadable (not-a-manager)");
    says(e, "engine.swarm_autolock", "unreadable (not-a-manager)");
    says(e, "engine.swarm_values", "unreadable (not-a-manager)");
    says(e, "engine.swarm_interface", "eth0");
}

static void a_locked_manager_is_not_active(void **state)
{
    struct bench *b = *state;

    *answer_to(b, "/v1.41/info") =
        (fake_answer){.path = "/v1.41/info",
                      .body = "{\"DockerRootDir\":\"/var/lib/docker\",\"Swarm\":{"
                              "\"LocalNodeState\":\"locked\",\"ControlAvailable\":false}}"};
    const pl_record *e = collect(b);
    says(e, "engine.swarm_manager", "unreadable (swarm-not-active)");
    says(e, "engine.swarm_nodes", "unreadable (swarm-not-active)");
}

static void a_certificate_that_is_none_proves_nothing(void **state)
{
    struct bench *b = *state;

    host_file(&b->h, "/var/lib/docker/swarm/certificates/swarm-node.crt", "no certificate\n");
    host_file(&b->h, "/var/lib/docker/swarm/certificates/swarm-root-ca.crt",
              "-----BEGIN CERTIFICATE-----\n"
              "MIIBaTCCARCgAwIBAgIUabVwZ0xw/S1BeqTmALhe9v7XfRgwCgYIKoZIzj0EAwIw\n"
              "EzERMA8GA1UEAxMIc3dhcm0tY2EwHhcNMjYxMTIyMDExNzAwWhcNNDYxMTE3MDEx\n"
              "NzAwWjATMREwDwYDVQQDEwhzd2FybS1jYTBZMBMGByqGSM49AgEGCCqGSM49AwEH\n"
              "A0IABFzmg6jyFSyadU0Ol5a4swTA/uoZzx4hgOtkc7SjnyfhMwPvIKvreaiP2DZC\n"
              "pPONCPkE1eeMXifB+A3n1y8jM2WjQjBAMA4GA1UdDwEB/wQEAwIBBjAPBgNVHRMB\n"
              "Af8EBTADAQH/MB0GA1UdDgQWBBQcIAf0tJEhSke3jexn3sVEYLqbqDAKBggqhkjO\n"
              "PQQDAgNHADBEAiADWysW3sSHJX+1ubBJMSLenb2SKt73TU8wognbJWWnpAIgcYAq\n"
              "BaeXXNXibHGN3lpmzsjGfQLdU3Ef1ILK/9iwBIM=\n"
              "-----END CERTIFICATE-----\n");
    const pl_record *e = collect(b);
    says(e, "engine.swarm_node_certificate_days_left", "unreadable (unreadable)");
    says(e, "engine.swarm_ca_age_days", "1");
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(int argc, char **argv)
{
    static const pl_worker_kind kinds[] = {{"engine", pl_engine_worker}, {NULL, NULL}};
    const struct CMUnitTest tests[] = {
        T(what_the_manager_tells_and_what_its_files_say_come_together),
        T(without_an_address_for_data_both_take_one_interface),
        T(an_address_behind_a_gateway_is_on_no_interface),
        T(one_list_that_fails_takes_only_what_rests_on_it),
        T(a_worker_is_asked_for_nothing_that_only_managers_know),
        T(a_locked_manager_is_not_active),
        T(a_certificate_that_is_none_proves_nothing),
    };
    pl_jail_main(argc, argv, kinds);
    pl_engine_client_main(argc, argv);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
