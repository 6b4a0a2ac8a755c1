/* SPDX-License-Identifier: Apache-2.0 */
/* Speaking with engines, and finding them. */
#include "test.h"

#include "engine/client.h"
#include "engine/find.h"
#include "engine/worker.h"
#include "fake_engine.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void only_what_reads_may_be_asked(void **state)
{
    (void)state;
    static const struct {
        const char *method, *path;
        bool may;
    } rows[] = {
        {"GET", "/info", true},
        {"GET", "/containers/json?all=1", true},
        {"GET", "/containers/0123abc/json", true},
        {"GET", "/images/sha256:0123abc/get", true},
        {"GET", "/images/reg.example:5000/a/b:1.0/json", true},
        {"GET", "/images/a/../../info/json", false},
        {"GET", "/exec/0123abc/json", true},
        {"POST", "/info", false},
        {"DELETE", "/containers/0123abc", false},
        {"GET", "/containers/0123abc", false},
        {"GET", "/containers/0123abc/archive", false},
        {"GET", "/containers//json", false},
        {"GET", "/containers/../json", false},
        {"GET", "/containers/a%2fb/json", false},
        {"GET", "/containers/a b/json", false},
        {"GET", "/containers/a?x/json", false},
        {"GET", "/containers/a/json/x", false},
        {"GET", "/secrets", true},
        {"GET", "/secrets/0123abc", false},
        {"GET", "", false},
        {"POST", "/containers/create", false},
        {"POST", "/containers/0123abc/exec", false},
    };
    for (size_t i = 0; i < PL_COUNT(rows); i++)
        if (pl_engine_may(rows[i].method, pl_str_c(rows[i].path)) != rows[i].may)
            fail_msg("%s %s", rows[i].method, rows[i].path);
}

static void a_version_is_agreed_on(void **state)
{
    (void)state;
    static const struct {
        const char *says, *speaks;
        pl_rc rc;
        const char *text;
    } rows[] = {
        {"1.41", "1.41", PL_OK, NULL},
        {"1.44", "1.44", PL_OK, NULL},
        {"1.60", "1.51", PL_OK, NULL}, /* newer than we know: ours */
        {"1.40", NULL, PL_UNSUPPORTED,
         "engine speaks API 1.40; 1.41 or newer is needed (Docker 20.10)"},
        {"2.0", NULL, PL_UNSUPPORTED,
         "engine speaks API 2.0; 1.41 or newer is needed (Docker 20.10)"},
        {"new", NULL, PL_FORMAT, "what answers is no engine: no Api-Version"},
        {NULL, NULL, PL_FORMAT, "what answers is no engine: no Api-Version"},
    };
    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        fake_engine e = {.api = rows[i].says};
        PL_AUTO_ENGINE_CLIENT pl_engine_client *c = NULL;
        pl_err err = {0};
        char want[512];
        fake_start(&e);
        pl_rc rc = pl_engine_open(&(pl_engine_endpoint){.address = e.address}, &c, &err);
        assert_int_equal(rc, rows[i].rc);
        if (rc == PL_OK) {
            assert_string_equal(pl_engine_api(c), rows[i].speaks);
            assert_string_equal(pl_engine_socket(c), e.path);
        } else {
            (void)snprintf(want, sizeof(want), "engine %s: %s", e.address, rows[i].text);
            assert_string_equal(err.text, want);
        }
        fake_stop(&e);
    }
}

static void addresses_that_we_do_not_speak_are_told(void **state)
{
    (void)state;
    static const struct {
        const char *address, *text;
    } rows[] = {
        {"ssh://host", "engine ssh://host: ssh:// is not spoken: run plimsoll on that host, or "
                       "forward its socket"},
        {"npipe:////./pipe/docker_engine",
         "engine npipe:////./pipe/docker_engine: address is none of unix://, tcp://, http://, "
         "https://"},
        {"", "engine : address is none of unix://, tcp://, http://, https://"},
    };
    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        PL_AUTO_ENGINE_CLIENT pl_engine_client *c = NULL;
        pl_err err = {0};
        assert_int_equal(
            pl_engine_open(&(pl_engine_endpoint){.address = rows[i].address}, &c, &err),
            PL_UNSUPPORTED);
        assert_string_equal(err.text, rows[i].text);
    }
}

static void an_answer_that_is_no_success_is_an_error_of_that_call(void **state)
{
    (void)state;
    static const fake_answer answers[] = {
        {.path = "/v1.41/info", .body = "{\"message\":\"authorization denied\"}", .status = 403},
        {.path = "/v1.41/version", .body = "{}"},
        {.path = "/v1.41/networks", .body = "oops", .status = 500},
    };
    fake_engine e = {.api = "1.41", .answers = answers, .n = PL_COUNT(answers)};
    PL_AUTO_ENGINE_CLIENT pl_engine_client *c = NULL;
    pl_err err = {0};
    pl_engine_ask asks[] = {{.kind = PL_DOC_INFO},
                            {.kind = PL_DOC_VERSION},
                            {.kind = PL_DOC_NETWORKS},
                            {.kind = PL_DOC_CONTAINER, .id = "../../etc"},
                            {.kind = PL_DOC_CONTAINER, .id = "abc"}};
    fake_start(&e);
    assert_ok(pl_engine_open(&(pl_engine_endpoint){.address = e.address}, &c, &err), err);
    pl_engine_get(c, asks, PL_COUNT(asks));
    assert_int_equal(asks[0].rc, PL_DENIED);
    assert_non_null(
        strstr(asks[0].err.text, "HTTP status 403: {\"message\":\"authorization denied"));
    assert_int_equal(asks[1].rc, PL_OK);
    assert_str(pl_buf_view(&asks[1].body), "{}");
    assert_int_equal(asks[2].rc, PL_NET);
    assert_int_equal(asks[3].rc, PL_DENIED);
    assert_non_null(strstr(asks[3].err.text, "does not ask for this"));
    assert_int_equal(asks[4].rc, PL_NOTFOUND);
    for (size_t i = 0; i < PL_COUNT(asks); i++)
        pl_engine_ask_done(&asks[i]);
    fake_stop(&e);
}

/* ---- finding ---- */

static pl_arena *arena(void)
{
    pl_arena *a = pl_arena_new(1 << 20);
    assert_non_null(a);
    return a;
}

static void a_named_address_is_the_only_one_tried(void **state)
{
    (void)state;
    PL_AUTO_ARENA pl_arena *a = arena();
    PL_AUTO_ENGINE_CLIENT pl_engine_client *c = NULL;
    pl_engine_tries tries;
    pl_err err = {0};
    pl_engine_search flag = {.flag = "unix:///nonexistent/a.sock", .docker_host = "unix:///b"};
    pl_engine_search host = {.docker_host = "unix:///nonexistent/b.sock"};

    assert_int_equal(pl_engine_find(&flag, a, &tries, &c, &err), PL_NOTFOUND);
    assert_int_equal(tries.n, 1);
    assert_string_equal(tries.items[0].origin, "--engine");
    assert_string_equal(err.text, "--engine unix:///nonexistent/a.sock: connect: No such file or "
                                  "directory");
    assert_str(tries.items[0].said, "connect: No such file or directory");
    assert_int_equal(pl_engine_find(&host, a, &tries, &c, &err), PL_NOTFOUND);
    assert_int_equal(tries.n, 1);
    assert_string_equal(tries.items[0].origin, "DOCKER_HOST");
}

static void the_usual_places_are_tried_in_their_order(void **state)
{
    (void)state;
    PL_AUTO_ARENA pl_arena *a = arena();
    PL_AUTO_ENGINE_CLIENT pl_engine_client *c = NULL;
    pl_engine_tries tries;
    pl_err err = {0};
    fake_engine e = {.api = "1.41"};

    fake_start(&e);
    pl_engine_search s = {
        .run_dir = "/nonexistent", .runtime_dir = e.folder, .uid = 4711, .sudo_uid = 4712};
    pl_rc rc = pl_engine_find(&s, a, &tries, &c, &err);
    assert_ok(rc, err);
    assert_int_equal(tries.n, 2);
    assert_string_equal(tries.items[0].origin, "default");
    assert_str(tries.items[0].address, "unix:///nonexistent/docker.sock");
    assert_int_equal(tries.items[0].rc, PL_NOTFOUND);
    assert_string_equal(tries.items[1].origin, "rootless");
    assert_true(pl_str_eq(tries.items[1].address, pl_str_c(e.address)));
    assert_str(tries.items[1].said, "API 1.41");
    fake_stop(&e);

    PL_AUTO_ENGINE_CLIENT pl_engine_client *none = NULL;
    s.runtime_dir = NULL;
    static const char *const places[] = {"unix:///nonexistent/docker.sock",
                                         "unix:///nonexistent/user/4711/docker.sock",
                                         "unix:///nonexistent/user/4712/docker.sock",
                                         "unix:///nonexistent/podman/podman.sock",
                                         "unix:///nonexistent/user/4711/podman/podman.sock",
                                         "unix:///nonexistent/user/4712/podman/podman.sock"};
    assert_int_equal(pl_engine_find(&s, a, &tries, &none, &err), PL_NOTFOUND);
    assert_string_equal(err.text, "no container engine at 6 usual addresses");
    assert_int_equal(tries.n, PL_COUNT(places));
    for (size_t i = 0; i < PL_COUNT(places); i++)
        assert_true(pl_str_eq(tries.items[i].address, pl_str_c(places[i])));
}

static void an_engine_that_is_there_but_refuses_is_the_error(void **state)
{
    (void)state;
    PL_AUTO_ARENA pl_arena *a = arena();
    PL_AUTO_ENGINE_CLIENT pl_engine_client *c = NULL;
    pl_engine_tries tries;
    pl_err err = {0};
    fake_engine e = {.api = "1.30"};

    fake_start(&e);
    pl_engine_search s = {.run_dir = "/nonexistent", .runtime_dir = e.folder};
    assert_int_equal(pl_engine_find(&s, a, &tries, &c, &err), PL_UNSUPPORTED);
    assert_non_null(strstr(err.text, "engine speaks API 1.30"));
    assert_int_equal(tries.n, 4); /* the places behind it were tried too */
    fake_stop(&e);
}

static void write_file(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static void the_docker_context_is_followed(void **state)
{
    (void)state;
    PL_AUTO_ARENA pl_arena *a = arena();
    PL_AUTO_ENGINE_CLIENT pl_engine_client *c = NULL;
    pl_engine_tries tries;
    pl_err err = {0};
    fake_engine e = {.api = "1.41"};
    char dir[128], path[256], text[256], command[512];

    fake_start(&e);
    (void)snprintf(dir, sizeof(dir), "%s/config", e.folder);
    (void)snprintf(command, sizeof(command),
                   "mkdir -p %s/contexts/meta/$(printf lab | sha256sum | cut -d' ' -f1)", dir);
    assert_int_equal(system(command), 0);
    (void)snprintf(path, sizeof(path), "%s/config.json", dir);
    write_file(path, "{\"currentContext\":\"lab\",\"auths\":{}}");
    (void)snprintf(text, sizeof(text),
                   "{\"Name\":\"lab\",\"Endpoints\":{\"docker\":{\"Host\":\"%s\"}}}", e.address);
    (void)snprintf(path, sizeof(path), "%s/meta.json", dir);
    write_file(path, text);
    (void)snprintf(command, sizeof(command), "mv %s %s/contexts/meta/*/", path, dir);
    assert_int_equal(system(command), 0);

    pl_engine_search s = {.docker_config = dir, .uid = geteuid()};
    pl_rc rc = pl_engine_find(&s, a, &tries, &c, &err);
    assert_ok(rc, err);
    assert_int_equal(tries.n, 1);
    assert_string_equal(tries.items[0].origin, "docker context lab");

    s.docker_context = "other";
    PL_AUTO_ENGINE_CLIENT pl_engine_client *none = NULL;
    assert_int_equal(pl_engine_find(&s, a, &tries, &none, &err), PL_NOTFOUND);
    assert_int_equal(strncmp(err.text, "docker context other: ", 22), 0);

    (void)snprintf(path, sizeof(path), "%s/config.json", dir);
    if (geteuid() == 0) { /* a context of another user leads nowhere */
        assert_int_equal(chown(path, 4711, 4711), 0);
        s.docker_context = NULL;
        assert_int_equal(pl_engine_find(&s, a, &tries, &none, &err), PL_DENIED);
        assert_non_null(strstr(err.text, "config.json belongs to another user"));
        s.sudo_uid = 4711; /* whose file it is: read as that user, who must get there */
        assert_int_equal(pl_engine_find(&s, a, &tries, &none, &err), PL_DENIED);
        assert_int_equal(chmod(e.folder, 0711), 0);
        PL_AUTO_ENGINE_CLIENT pl_engine_client *theirs = NULL;
        assert_int_equal(pl_engine_find(&s, a, &tries, &theirs, &err), PL_OK);
    }
    write_file(path, "{\"currentContext\":");
    s.docker_context = NULL;
    assert_int_equal(pl_engine_find(&s, a, &tries, &none, &err), PL_FORMAT);
    if (!strstr(err.text, "config.json: ") || !strstr(err.text, "JSON: line 1"))
        fail_msg("%s", err.text);
    (void)snprintf(command, sizeof(command), "rm -r %s", dir);
    assert_int_equal(system(command), 0);
    fake_stop(&e);
}

int main(int argc, char **argv)
{
    static const pl_worker_kind kinds[] = {{"engine", pl_engine_worker}, {NULL, NULL}};
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_what_reads_may_be_asked),
        cmocka_unit_test(a_version_is_agreed_on),
        cmocka_unit_test(addresses_that_we_do_not_speak_are_told),
        cmocka_unit_test(an_answer_that_is_no_success_is_an_error_of_that_call),
        cmocka_unit_test(a_named_address_is_the_only_one_tried),
        cmocka_unit_test(the_usual_places_are_tried_in_their_order),
        cmocka_unit_test(an_engine_that_is_there_but_refuses_is_the_error),
        cmocka_unit_test(the_docker_context_is_followed),
    };
    pl_jail_main(argc, argv, kinds);
    pl_engine_client_main(argc, argv);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
