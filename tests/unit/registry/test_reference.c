/* SPDX-License-Identifier: Apache-2.0 */
/* References: what they mean in full, and what is none. */
#include "test.h"

#include "registry/reference.h"

#include <string.h>

#define DIGEST "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void short_names_are_normalised(void **state)
{
    (void)state;
    static const struct {
        const char *text, *full;
    } rows[] = {
        {"nginx", "docker.io/library/nginx:latest"},
        {"nginx:1.25", "docker.io/library/nginx:1.25"},
        {"team/app", "docker.io/team/app:latest"},
        {"docker.io/nginx", "docker.io/library/nginx:latest"},
        {"index.docker.io/nginx", "docker.io/library/nginx:latest"},
        {"registry-1.docker.io/team/app:2", "docker.io/team/app:2"},
        {"docker.io/library/nginx", "docker.io/library/nginx:latest"},
        {"localhost/app", "localhost/app:latest"},
        {"localhost:5000/app:1", "localhost:5000/app:1"},
        {"registry.example/app", "registry.example/app:latest"},
        {"Registry/app", "Registry/app:latest"},
        {"registry.example:5000/a/b/c:v1.0-rc_2", "registry.example:5000/a/b/c:v1.0-rc_2"},
        {"[::1]:5000/app", "[::1]:5000/app:latest"},
        {"10.0.0.1:5000/app", "10.0.0.1:5000/app:latest"},
        {"nginx@" DIGEST, "docker.io/library/nginx@" DIGEST},
        {"nginx:1@" DIGEST, "docker.io/library/nginx:1@" DIGEST},
        {"a__b/c-d---e/f.g", "docker.io/a__b/c-d---e/f.g:latest"},
    };
    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        pl_reference r;
        char text[PL_REFERENCE_TEXT];
        pl_err err = {0};
        pl_rc rc = pl_reference_parse(pl_str_c(rows[i].text), &r, &err);
        assert_ok(rc, err);
        pl_reference_text(&r, text);
        assert_string_equal(text, rows[i].full);
    }
}

static void what_is_malformed_is_refused(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "",
        ":",
        ":1",
        "/app",
        "app/",
        "a//b",
        "a/../b",
        "team/App",
        "app:",
        "app:-1",
        "app:.1",
        "app:a b",
        "app@sha256:12",
        "app@" DIGEST "0",
        "app@sha512:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        "a___b",
        "a..b",
        "-a",
        "a-",
        "registry.example:/app",
        "registry.example:0/app",
        "registry.example:65536/app",
        "registry.example:5000:1/app",
        "user@registry.example/app",
        "-registry.example/app",
        "registry..example/app",
        "[::1/app",
        "[zz]:5000/app",
        "http://registry.example/app",
        "registry.example/app?x=1",
        "registry.example/app#x",
        "registry.example/%2e%2e/app",
        "registry.example/a\nb",
    };
    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        pl_reference r;
        if (pl_reference_parse(pl_str_c(rows[i]), &r, NULL) != PL_USAGE)
            fail_msg("\"%s\" was taken", rows[i]);
    }
    pl_reference r;
    assert_int_equal(pl_reference_parse(PL_S("a\0/b/c"), &r, NULL), PL_USAGE);
}

static void names_have_their_lengths(void **state)
{
    (void)state;
    char name[PL_REGISTRY_NAME_MAX + 2], tag[PL_REGISTRY_TAG_MAX + 2];
    memset(name, 'a', sizeof(name));
    memset(tag, 't', sizeof(tag));
    assert_true(pl_registry_is_repository((pl_str){name, PL_REGISTRY_NAME_MAX}));
    assert_false(pl_registry_is_repository((pl_str){name, PL_REGISTRY_NAME_MAX + 1}));
    assert_true(pl_registry_is_tag((pl_str){tag, PL_REGISTRY_TAG_MAX}));
    assert_false(pl_registry_is_tag((pl_str){tag, PL_REGISTRY_TAG_MAX + 1}));
    /* library/ is part of the name. */
    pl_reference r;
    assert_int_equal(pl_reference_parse((pl_str){name, PL_REGISTRY_NAME_MAX}, &r, NULL), PL_USAGE);
}

static void a_whole_registry_is_a_host(void **state)
{
    (void)state;
    pl_reference r;
    assert_int_equal(pl_reference_host(PL_S("registry.example:5000"), &r, NULL), PL_OK);
    assert_string_equal(r.host, "registry.example:5000");
    assert_string_equal(r.repository, "");
    assert_int_equal(pl_reference_host(PL_S("registry.example/app"), &r, NULL), PL_USAGE);
    assert_string_equal(pl_reference_api_host("docker.io"), "registry-1.docker.io");
    assert_string_equal(pl_reference_api_host("quay.example"), "quay.example");
}

static void loopback_is_told_from_names_that_look_like_it(void **state)
{
    (void)state;
    static const struct {
        const char *host;
        bool is;
    } rows[] = {
        {"127.0.0.1", true},          {"127.0.0.1:5000", true},  {"127.9.9.9:1", true},
        {"localhost", true},          {"LocalHost:5000", true},  {"[::1]", true},
        {"[::1]:5000", true},         {"128.0.0.1", false},      {"127.0.0.1.example", false},
        {"localhost.example", false}, {"[::1].example", false},  {"[::2]:5000", false},
        {"10.127.0.1", false},        {"127.example:80", false}, {"127", false},
    };
    for (size_t i = 0; i < PL_COUNT(rows); i++)
        if (pl_reference_is_loopback(pl_str_c(rows[i].host)) != rows[i].is)
            fail_msg("%s", rows[i].host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(short_names_are_normalised),
        cmocka_unit_test(what_is_malformed_is_refused),
        cmocka_unit_test(names_have_their_lengths),
        cmocka_unit_test(a_whole_registry_is_a_host),
        cmocka_unit_test(loopback_is_told_from_names_that_look_like_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
