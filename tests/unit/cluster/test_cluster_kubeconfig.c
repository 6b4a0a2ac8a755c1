/* SPDX-License-Identifier: Apache-2.0 */
/* What a kubeconfig says, and what is refused in it. */
#include "test.h"

#include "cluster/kubeconfig.h"

#include <stdio.h>
#include <string.h>

#define CONTEXT                                                                                    \
    "current-context: one\n"                                                                       \
    "contexts: [{name: one, context: {cluster: c, user: u}}]\n"
#define CLUSTER "clusters: [{name: c, cluster: {server: 'https://api.example'}}]\n"

struct world {
    pl_arena *arena;
    pl_kubeconfig k;
    pl_err err;
};

static int set_up(void **state)
{
    struct world *w = calloc(1, sizeof(*w));

    assert_non_null(w);
    w->arena = pl_arena_new(1 << 20);
    assert_non_null(w->arena);
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;

    pl_arena_free(w->arena);
    free(w);
    return 0;
}

static pl_rc read_two(struct world *w, const char *first, const char *second, const char *context)
{
    const pl_str files[] = {pl_str_c(first), pl_str_c(second)};

    return pl_kubeconfig_read(files, second ? 2 : 1, pl_str_c(context), w->arena, &w->k, &w->err);
}

static pl_rc read_one(struct world *w, const char *text)
{
    return read_two(w, text, NULL, NULL);
}

static void a_cluster_says_its_proxy_its_name_and_its_authority(void **state)
{
    struct world *w = *state;

    assert_ok(read_one(w,
                       CONTEXT "clusters: [{name: c, cluster: {server: 'https://api.example:6443',"
                               " proxy-url: 'http://proxy.example:3128', tls-server-name: k8s,"
                               " certificate-authority-data: 'Q0E=', certificate-authority: f,"
                               " insecure-skip-tls-verify: true}}]\n"
                               "users: [{name: u, user: {token: t}}]\n"),
              w->err);
    assert_str(w->k.server, "https://api.example:6443");
    assert_str(w->k.proxy, "http://proxy.example:3128");
    assert_str(w->k.tls_server_name, "k8s");
    assert_str(w->k.ca_data, "CA");
    assert_str(w->k.ca_file, "f");
    assert_true(w->k.is_unverified);
}

static void a_word_that_is_no_boolean_does_not_turn_verification_off(void **state)
{
    static const char *const words[] = {"'true'", "yes", "1", "null", "[true]", "True"};
    struct world *w = *state;
    char text[512];

    for (size_t i = 0; i < PL_COUNT(words); i++) {
        (void)snprintf(text, sizeof(text),
                       CONTEXT "clusters: [{name: c, cluster: {server: 'https://a',"
                               " insecure-skip-tls-verify: %s}}]\n"
                               "users: [{name: u, user: {}}]\n",
                       words[i]);
        assert_ok(read_one(w, text), w->err);
        assert_false(w->k.is_unverified);
    }
}

static void a_user_says_name_password_and_files(void **state)
{
    struct world *w = *state;

    assert_ok(read_one(w, CONTEXT CLUSTER
                       "users: [{name: u, user: {username: ann, password: 'p:w', tokenFile: tok,"
                       " client-certificate: c.pem, client-key-data: 'S0VZ'}}]\n"),
              w->err);
    assert_str(w->k.user, "ann");
    assert_str(w->k.password, "p:w");
    assert_str(w->k.token_file, "tok");
    assert_str(w->k.cert_file, "c.pem");
    assert_str(w->k.key_data, "KEY");
    assert_str(w->k.token, "");
}

static void who_would_be_somebody_else_is_refused(void **state)
{
    static const char *const users[] = {
        "token: t, as: auditor", "token: t, as-groups: [readers]", "token: t, as-uid: '7'",
        "token: t, as-user-extra: {a: [b]}", "auth-provider: {name: gcp}"};
    struct world *w = *state;
    char text[512];

    for (size_t i = 0; i < PL_COUNT(users); i++) {
        (void)snprintf(text, sizeof(text), CONTEXT CLUSTER "users: [{name: u, user: {%s}}]\n",
                       users[i]);
        assert_int_equal(read_one(w, text), PL_UNSUPPORTED);
    }
}

static void what_is_missing_or_no_base64_is_an_error(void **state)
{
    struct world *w = *state;

    assert_int_equal(read_one(w, "contexts: []\n"), PL_NOTFOUND);
    assert_int_equal(read_two(w, CONTEXT CLUSTER, NULL, "two"), PL_NOTFOUND);
    assert_int_equal(read_one(w, CONTEXT), PL_FORMAT);
    assert_int_equal(read_one(w, CONTEXT CLUSTER), PL_FORMAT);
    assert_true(pl_str_has(pl_str_c(w->err.text), PL_S("names user \"u\"")));
    assert_int_equal(read_one(w, CONTEXT "clusters: [{name: c, cluster: {}}]\n"
                                         "users: [{name: u, user: {}}]\n"),
                     PL_FORMAT);
    assert_int_equal(
        read_one(w, CONTEXT CLUSTER "users: [{name: u, user: {client-key-data: '!!'}}]\n"),
        PL_FORMAT);
    assert_int_equal(read_one(w, CONTEXT CLUSTER "users: [{name: u, user: {exec: {}}}]\n"),
                     PL_FORMAT);
}

static void of_several_files_the_first_word_counts_and_its_folder_is_known(void **state)
{
    struct world *w = *state;

    assert_ok(read_two(w, "users: [{name: u, user: {token: first}}]\n",
                       CONTEXT CLUSTER "users: [{name: u, user: {token: second}}]\n", NULL),
              w->err);
    assert_str(w->k.token, "first");
    assert_int_equal(w->k.user_from, 0);
    assert_int_equal(w->k.cluster_from, 1);
}

static void it_comes_whole_over_the_wire_and_no_part_of_it_does(void **state)
{
    struct world *w = *state;
    PL_AUTO_BUF pl_buf b = {0};
    pl_kubeconfig got;

    assert_ok(read_one(w, CONTEXT CLUSTER
                       "users: [{name: u, user: {exec: {command: p, args: [a, b],"
                       " env: [{name: N, value: v}], provideClusterInfo: true}}}]\n"),
              w->err);
    pl_kubeconfig_encode(&w->k, &b);
    pl_rd in = pl_rd_of(b.p, b.n);
    assert_ok(pl_kubeconfig_decode(&in, w->arena, &got, &w->err), w->err);
    assert_str(got.command, "p");
    assert_int_equal(got.n_args, 2);
    assert_str(got.env[0], "N=v");
    assert_true(got.wants_cluster);
    for (size_t n = 0; n < b.n; n++) {
        in = pl_rd_of(b.p, n);
        assert_int_not_equal(pl_kubeconfig_decode(&in, w->arena, &got, &w->err), PL_OK);
    }
}

static void a_plugin_has_to_answer_with_a_credential(void **state)
{
    struct world *w = *state;

    assert_ok(pl_exec_credential_read(
                  PL_S("{\"kind\": \"ExecCredential\", \"status\": {\"token\": \"t\"}}"), w->arena,
                  &w->k, &w->err),
              w->err);
    assert_str(w->k.token, "t");
    assert_int_equal(pl_exec_credential_read(PL_S("{\"kind\": \"Status\", \"status\": {\"token\":"
                                                  " \"t\"}}"),
                                             w->arena, &w->k, &w->err),
                     PL_FORMAT);
    assert_int_equal(pl_exec_credential_read(PL_S("{\"kind\": \"ExecCredential\", \"status\": {}}"),
                                             w->arena, &w->k, &w->err),
                     PL_FORMAT);
    assert_int_equal(pl_exec_credential_read(PL_S(""), w->arena, &w->k, &w->err), PL_FORMAT);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_cluster_says_its_proxy_its_name_and_its_authority),
        TEST(a_word_that_is_no_boolean_does_not_turn_verification_off),
        TEST(a_user_says_name_password_and_files),
        TEST(who_would_be_somebody_else_is_refused),
        TEST(what_is_missing_or_no_base64_is_an_error),
        TEST(of_several_files_the_first_word_counts_and_its_folder_is_known),
        TEST(it_comes_whole_over_the_wire_and_no_part_of_it_does),
        TEST(a_plugin_has_to_answer_with_a_credential),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
