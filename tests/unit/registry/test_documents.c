/* SPDX-License-Identifier: Apache-2.0 */
/* Manifests, lists and credential files, as the worker reads them. */
#include "test.h"

#include "registry/documents.h"
#include "registry/limits.h"

#include "core/buf.h"

#include <string.h>

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static pl_arena *arena(void **state)
{
    return *state;
}

static int make_arena(void **state)
{
    *state = pl_arena_new(PL_REGISTRY_DOC_BUDGET);
    return *state ? 0 : -1;
}

static int drop_arena(void **state)
{
    pl_arena_free(*state);
    return 0;
}

/* ---- manifests ---- */

static void a_manifest_has_config_and_layers(void **state)
{
    pl_manifest m;
    pl_err err = {0};
    pl_rc rc = pl_manifest_read(
        PL_S("{\"schemaVersion\":2,\"config\":{\"mediaType\":\"c\",\"digest\":\"sha256:" HEX
             "\",\"size\":7},\"layers\":[{\"digest\":\"a\",\"size\":1},{\"digest\":\"b\",\"size\":"
             "20000000000,\"urls\":[\"https://x\"]}],\"annotations\":{\"x\":\"y\"}}"),
        PL_S("linux/amd64"), arena(state), &m, &err);
    assert_ok(rc, err);
    assert_false(m.is_index);
    assert_str(m.config.type, "c");
    assert_str(m.config.digest, "sha256:" HEX);
    assert_int_equal(m.config.size, 7);
    assert_int_equal(m.n_layers, 2);
    assert_str(m.layers[1].digest, "b");
    assert_int_equal(m.layers[1].size, 20000000000);
}

static void an_index_gives_what_fits_best(void **state)
{
    static const char index[] =
        "{\"manifests\":["
        "{\"digest\":\"1\",\"platform\":{\"os\":\"unknown\",\"architecture\":\"unknown\"}},"
        "{\"digest\":\"2\",\"platform\":{\"os\":\"linux\",\"architecture\":\"amd64\"}},"
        "{\"digest\":\"3\",\"platform\":"
        "{\"os\":\"linux\",\"architecture\":\"arm\",\"variant\":\"v6\"}},"
        "{\"digest\":\"4\",\"platform\":"
        "{\"os\":\"linux\",\"architecture\":\"arm\",\"variant\":\"v7\"}},"
        "{\"digest\":\"5\",\"platform\":{\"os\":\"windows\",\"architecture\":\"amd64\"}}]}";
    static const struct {
        const char *wanted, *digest;
    } rows[] = {
        {"linux/amd64", "2"}, {"linux/arm", "3"},      {"linux/arm/v7", "4"},
        {"linux/arm64", ""},  {"windows/amd64", "5"},  {"linux/arm/v8", ""},
        {"linux/am", ""},     {"unknown/unknown", ""},
    };
    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        pl_manifest m;
        pl_err err = {0};
        pl_rc rc = pl_manifest_read(PL_S(index), pl_str_c(rows[i].wanted), arena(state), &m, &err);
        assert_ok(rc, err);
        assert_true(m.is_index);
        if (!pl_str_eq(m.chosen.digest, pl_str_c(rows[i].digest)))
            fail_msg("%s: %.*s", rows[i].wanted, PL_F(m.chosen.digest));
        assert_str(m.platforms, "linux/amd64 linux/arm/v6 linux/arm/v7 windows/amd64");
    }
}

static void what_is_no_manifest_is_refused(void **state)
{
    static const struct {
        const char *json;
        pl_rc rc;
    } rows[] = {
        {"", PL_FORMAT},
        {"[]", PL_FORMAT},
        {"{}", PL_FORMAT},
        {"{\"layers\":[[[[", PL_FORMAT},
        {"{\"config\":{\"digest\":\"x\"},\"layers\":[]}", PL_FORMAT},
        {"{\"config\":{\"digest\":\"x\",\"size\":-1},\"layers\":[]}", PL_FORMAT},
        {"{\"config\":{\"digest\":\"x\",\"size\":1.5},\"layers\":[]}", PL_FORMAT},
        {"{\"config\":{\"digest\":\"x\",\"size\":99999999999999999999},\"layers\":[]}", PL_FORMAT},
        {"{\"config\":[],\"layers\":{}}", PL_FORMAT},
        {"{\"schemaVersion\":1,\"fsLayers\":[{\"blobSum\":\"x\"}]}", PL_UNSUPPORTED},
        {"{\"config\":{\"digest\":\"x\",\"size\":1},\"layers\":[]} x", PL_FORMAT},
        {"{\"manifests\":[],\"config\":{\"digest\":\"x\",\"size\":1},\"layers\":[]}", PL_FORMAT},
        {"{\"manifests\":[],\"layers\":[]}", PL_FORMAT},
        {"{\"config\":{\"digest\":\"x\",\"size\":1},\"manifests\":[]}", PL_FORMAT},
        {"{\"manifests\":[]}", PL_OK},
    };
    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        pl_manifest m;
        pl_rc rc =
            pl_manifest_read(pl_str_c(rows[i].json), PL_S("linux/amd64"), arena(state), &m, NULL);
        if (rc != rows[i].rc)
            fail_msg("%s: %s", rows[i].json, pl_rc_text(rc));
    }
}

static void too_many_layers_are_a_limit(void **state)
{
    PL_AUTO_BUF pl_buf b = {0};
    pl_manifest m;
    pl_buf_c(&b, "{\"config\":{\"digest\":\"x\",\"size\":1},\"layers\":[");
    for (int i = 0; i <= PL_REGISTRY_LAYERS; i++)
        pl_buf_fmt(&b, "%s{\"digest\":\"%d\",\"size\":1}", i ? "," : "", i);
    pl_buf_c(&b, "]}");
    assert_int_equal(pl_manifest_read(pl_buf_view(&b), PL_S("linux/amd64"), arena(state), &m, NULL),
                     PL_LIMIT);
}

static void a_config_says_platform_and_diff_ids(void **state)
{
    pl_image_config_head c;
    pl_err err = {0};
    pl_rc rc = pl_config_read(PL_S("{\"os\":\"linux\",\"architecture\":\"arm\",\"variant\":\"v7\","
                                   "\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"a\",\"b\"]}}"),
                              arena(state), &c, &err);
    assert_ok(rc, err);
    assert_str(c.platform, "linux/arm/v7");
    assert_int_equal(c.n_diff_ids, 2);
    assert_str(c.diff_ids[1], "b");
}

/* ---- lists ---- */

static void lists_have_their_names(void **state)
{
    pl_names n;
    pl_err err = {0};
    pl_rc rc = pl_names_read(PL_S("{\"name\":\"x\",\"tags\":[\"1\",\"2\",7]}"), "tags",
                             arena(state), &n, &err);
    assert_ok(rc, err);
    assert_int_equal(n.n, 3);
    assert_str(n.items[1], "2");
    assert_str(n.items[2], "");
    assert_int_equal(pl_names_read(PL_S("{\"tags\":null}"), "tags", arena(state), &n, NULL), PL_OK);
    assert_int_equal(n.n, 0);
    assert_int_equal(pl_names_read(PL_S("{}"), "tags", arena(state), &n, NULL), PL_FORMAT);
    assert_int_equal(pl_names_read(PL_S("{\"tags\":[\"a\""), "tags", arena(state), &n, NULL),
                     PL_FORMAT);
}

static void a_name_that_is_too_long_is_not_taken_for_its_beginning(void **state)
{
    PL_AUTO_BUF pl_buf b = {0};
    pl_names n;
    pl_buf_c(&b, "{\"repositories\":[\"");
    for (int i = 0; i < PL_REGISTRY_NAME_MAX + 40; i++)
        pl_buf_ch(&b, 'a');
    pl_buf_c(&b, "\"]}");
    assert_int_equal(pl_names_read(pl_buf_view(&b), "repositories", arena(state), &n, NULL), PL_OK);
    assert_true(n.items[0].n > PL_REGISTRY_NAME_MAX);
}

/* ---- credentials: dTpw is u:p, dTE6cDpx is u1:p:q ---- */

static void credential_files_are_read(void **state)
{
    static const struct {
        const char *json, *host, *repository;
        const char *user, *password, *identity, *bearer, *helper, *server;
    } rows[] = {
        {"{\"auths\":{\"r.example:5000\":{\"auth\":\"dTpw\"}}}", "r.example:5000", "", "u", "p", "",
         "", "", "r.example:5000"},
        {"{\"auths\":{\"r.example\":{\"auth\":\"dTE6cDpx\"}}}", "r.example", "", "u1", "p:q", "",
         "", "", "r.example"},
        {"{\"auths\":{\"https://index.docker.io/v1/\":{\"auth\":\"dTpw\"}}}", "docker.io", "a/b",
         "u", "p", "", "", "", "https://index.docker.io/v1/"},
        {"{\"auths\":{\"https://r.example/v2/\":{\"username\":\"a\",\"password\":\"b\"}}}",
         "r.example", "", "a", "b", "", "", "", "r.example"},
        {"{\"auths\":{\"r.example\":{\"auth\":\"\",\"identitytoken\":\"T\"}}}", "r.example", "", "",
         "", "T", "", "", "r.example"},
        {"{\"auths\":{\"r.example\":{\"registrytoken\":\"B\"}}}", "r.example", "", "", "", "", "B",
         "", "r.example"},
        {"{\"auths\":{\"r.example/a\":{\"auth\":\"dTpw\"},\"r.example\":{\"auth\":\"dTE6cDpx\"}}}",
         "r.example", "a/b", "u", "p", "", "", "", "r.example"},
        {"{\"auths\":{\"r.example/a\":{\"auth\":\"dTpw\"},\"r.example\":{\"auth\":\"dTE6cDpx\"}}}",
         "r.example", "ab", "u1", "p:q", "", "", "", "r.example"},
        {"{\"auths\":{\"r.example.evil\":{\"auth\":\"dTpw\"}}}", "r.example", "a", "", "", "", "",
         "", "r.example"},
        {"{\"auths\":{\"r.example:5000\":{\"auth\":\"dTpw\"}}}", "r.example", "a", "", "", "", "",
         "", "r.example"},
        {"{\"credsStore\":\"pass\",\"credHelpers\":{\"r.example\":\"ecr-login\"}}", "r.example", "",
         "", "", "", "", "ecr-login", "r.example"},
        {"{\"credsStore\":\"pass\",\"credHelpers\":{\"r.example\":\"ecr-login\"}}", "docker.io", "",
         "", "", "", "", "pass", "https://index.docker.io/v1/"},
        {"{\"auths\":{\"r.example\":{}},\"HttpHeaders\":{\"a\":\"b\"}}", "r.example", "", "", "",
         "", "", "", "r.example"},
    };
    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        pl_auth_entry e;
        pl_err err = {0};
        pl_rc rc = pl_auths_read(pl_str_c(rows[i].json), pl_str_c(rows[i].host),
                                 pl_str_c(rows[i].repository), arena(state), &e, &err);
        assert_ok(rc, err);
        bool is_right = pl_str_eq(e.user, pl_str_c(rows[i].user)) &&
                        pl_str_eq(e.password, pl_str_c(rows[i].password)) &&
                        pl_str_eq(e.identity, pl_str_c(rows[i].identity)) &&
                        pl_str_eq(e.bearer, pl_str_c(rows[i].bearer)) &&
                        pl_str_eq(e.helper, pl_str_c(rows[i].helper)) &&
                        pl_str_eq(e.server, pl_str_c(rows[i].server));
        if (!is_right || e.is_found != (e.user.n || e.identity.n || e.bearer.n))
            fail_msg("row %zu: %.*s %.*s %.*s %.*s %.*s %.*s", i, PL_F(e.user), PL_F(e.password),
                     PL_F(e.identity), PL_F(e.bearer), PL_F(e.helper), PL_F(e.server));
    }
}

static void malformed_credential_files_are_errors(void **state)
{
    static const char *const rows[] = {
        "",
        "[]",
        "{\"auths\":{\"r.example\":{\"auth\":\"!!\"}}}",
        "{\"auths\":{\"r.example\":{\"auth\":\"dQ==\"}}}", /* no colon */
        "{\"auths\":{\"r.example\":{\"auth\":\"dTpw\"}}",
    };
    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        pl_auth_entry e;
        if (pl_auths_read(pl_str_c(rows[i]), PL_S("r.example"), PL_S(""), arena(state), &e, NULL) !=
            PL_FORMAT)
            fail_msg("%s: taken", rows[i]);
    }
}

static void a_helper_says_user_and_secret(void **state)
{
    pl_auth_entry e;
    pl_err err = {0};
    pl_rc rc =
        pl_helper_answer_read(PL_S("{\"ServerURL\":\"r\",\"Username\":\"a\",\"Secret\":\"b\"}\n"),
                              arena(state), &e, &err);
    assert_ok(rc, err);
    assert_str(e.user, "a");
    assert_str(e.password, "b");
    rc = pl_helper_answer_read(PL_S("{\"Username\":\"<token>\",\"Secret\":\"T\"}"), arena(state),
                               &e, &err);
    assert_ok(rc, err);
    assert_str(e.identity, "T");
    assert_int_equal(e.user.n, 0);
    assert_int_equal(pl_helper_answer_read(PL_S("{\"Username\":\"a\"}"), arena(state), &e, NULL),
                     PL_FORMAT);
    assert_int_equal(pl_helper_answer_read(PL_S("no"), arena(state), &e, NULL), PL_FORMAT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_arena, drop_arena)
        TEST(a_manifest_has_config_and_layers),
        TEST(an_index_gives_what_fits_best),
        TEST(what_is_no_manifest_is_refused),
        TEST(too_many_layers_are_a_limit),
        TEST(a_config_says_platform_and_diff_ids),
        TEST(lists_have_their_names),
        TEST(a_name_that_is_too_long_is_not_taken_for_its_beginning),
        TEST(credential_files_are_read),
        TEST(malformed_credential_files_are_errors),
        TEST(a_helper_says_user_and_secret),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
