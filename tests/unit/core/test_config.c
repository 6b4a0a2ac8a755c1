/* SPDX-License-Identifier: Apache-2.0 */
#include "folder.h"
#include "test.h"

#include "core/config.h"
#include "core/io.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

static const pl_conf_key keys[] = {
    {"state_dir", PL_CONF_STR, "state-dir", NULL, "where state lies"},
    {"tls.ca", PL_CONF_STR, "tlscacert", NULL, "authority"},
    {"tls.cert", PL_CONF_STR, NULL, NULL, "certificate"},
    {"quiet", PL_CONF_BOOL, "quiet", "false", "say little"},
    {"fail_on", PL_CONF_WORDS, "fail-on", NULL, "threshold"},
    {"policy", PL_CONF_FREE, NULL, NULL, "parameters"},
    {0},
};

struct folder {
    char dir[64];
    pl_arena *arena;
};

static int make_folder(void **state)
{
    struct folder *f = calloc(1, sizeof(*f));
    assert_non_null(f);
    (void)snprintf(f->dir, sizeof(f->dir), "/tmp/plimsoll-config-XXXXXX");
    assert_non_null(mkdtemp(f->dir));
    f->arena = pl_arena_new(16 << 20);
    *state = f;
    return 0;
}

static int drop_folder(void **state)
{
    struct folder *f = *state;
    (void)remove_folder(f->dir);
    pl_arena_free(f->arena);
    free(f);
    return 0;
}

static void put(const struct folder *f, const char *name, const char *text)
{
    char path[256];
    (void)snprintf(path, sizeof(path), "%s/plimsoll.d", f->dir);
    (void)mkdir(path, 0755);
    (void)snprintf(path, sizeof(path), "%s/%s", f->dir, name);
    PL_AUTO_FD int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    assert_true(fd >= 0);
    assert_int_equal(pl_write_all(fd, pl_str_c(text), NULL), PL_OK);
}

static pl_rc load(const struct folder *f, char *const *vars, pl_conf **ret, pl_err *err)
{
    const pl_conf_source from = {.dir = f->dir, .environ = vars};
    return pl_conf_load(keys, &from, f->arena, ret, err);
}

static void assert_value(const pl_conf *c, const char *name, const char *text, const char *where)
{
    const pl_conf_value *v = pl_conf_get(c, name);
    assert_non_null(v);
    assert_string_equal(v->text, text);
    if (!pl_str_ends(v->where, pl_str_c(where)))
        fail_msg("%s is from %.*s, want %s", name, PL_F(v->where), where);
}

static void nothing_said_gives_the_defaults(void **state)
{
    struct folder *f = *state;
    pl_conf *c = NULL;
    pl_err err = {0};
    assert_ok(load(f, NULL, &c, &err), err);
    assert_value(c, "quiet", "false", "default");
    assert_false(pl_conf_get(c, "state_dir")->is_set);
    assert_value(c, "state_dir", "", "default");
    assert_int_equal(c->n_files, 0);
    assert_null(pl_conf_get(c, "policy"));
}

static void a_flag_beats_a_variable_beats_a_file_beats_a_default(void **state)
{
    struct folder *f = *state;
    char *const vars[] = {"HOME=/x", "PLIMSOLL_STATE_DIR=/env", "PLIMSOLL_TLS_CA=/env.pem",
                          "PLIMSOLL_QUIET=", NULL};
    pl_conf *c = NULL;
    pl_err err = {0};

    put(f, "plimsoll.yaml",
        "state_dir: /file\ntls:\n  ca: /file.pem\n  cert: /c.pem\nquiet: true\n");
    assert_ok(load(f, vars, &c, &err), err);
    pl_conf_set_flag(c, "state-dir", "/flag", f->arena);
    pl_conf_set_flag(c, "no-such-flag", "x", f->arena);
    assert_value(c, "state_dir", "/flag", "--state-dir");
    assert_value(c, "tls.ca", "/env.pem", "PLIMSOLL_TLS_CA");
    assert_value(c, "tls.cert", "/c.pem", "/plimsoll.yaml:4");
    assert_value(c, "quiet", "true", "/plimsoll.yaml:5");
    assert_int_equal(pl_conf_get(c, "tls.ca")->origin, PL_CONF_ENV);
    assert_ptr_equal(pl_conf_get_flag(c, "tlscacert"), pl_conf_get(c, "tls.ca"));
}

static void later_files_override_earlier_ones(void **state)
{
    struct folder *f = *state;
    pl_conf *c = NULL;
    pl_err err = {0};

    put(f, "plimsoll.yaml", "state_dir: /a\nfail_on: low\n");
    put(f, "plimsoll.d/20-late.yaml", "state_dir: /late\n");
    put(f, "plimsoll.d/10-early.yaml", "state_dir: /early\nfail_on: [high, kev]\n");
    put(f, "plimsoll.d/30-not-read.yaml~", "no such key: 1\n");
    put(f, "plimsoll.d/.hidden.yaml", "no such key: 1\n");
    assert_ok(load(f, NULL, &c, &err), err);
    assert_value(c, "state_dir", "/late", "/plimsoll.d/20-late.yaml:1");
    assert_value(c, "fail_on", "high,kev", "/plimsoll.d/10-early.yaml:2");
    assert_int_equal(c->n_files, 3);
}

static void a_free_mapping_is_handed_on_by_name(void **state)
{
    struct folder *f = *state;
    pl_conf *c = NULL;
    pl_err err = {0};

    put(f, "plimsoll.yaml", "policy:\n  engine_operators: [root, ops]\n  max_days: 30\n");
    put(f, "plimsoll.d/a.yaml", "policy:\n  max_days: 60\n  none: []\n");
    assert_ok(load(f, NULL, &c, &err), err);
    assert_int_equal(c->n_entries, 3);
    assert_str(c->entries[0].name, "engine_operators");
    assert_int_equal(c->entries[0].n, 2);
    assert_str(c->entries[0].items[1], "ops");
    assert_str(c->entries[1].items[0], "60");
    assert_true(pl_str_ends(c->entries[1].where, PL_S("/plimsoll.d/a.yaml:2")));
    assert_int_equal(c->entries[2].n, 0);
}

/* Every fault names the file and the line. */
static void what_is_wrong_is_said_with_its_place(void **state)
{
    struct folder *f = *state;
    static const struct {
        const char *text;
        const char *why; /* behind the folder */
    } cases[] = {
        {"stat_dir: /x\n",
         "/plimsoll.yaml:1: unknown key \"stat_dir\" (did you mean \"state_dir\"?)"},
        {"\ntls:\n  caa: /x\n",
         "/plimsoll.yaml:3: unknown key \"tls.caa\" (did you mean \"tls.ca\"?)"},
        {"zzzzzzzzz: 1\n", "/plimsoll.yaml:1: unknown key \"zzzzzzzzz\"; see plimsoll config show"},
        {"quiet: perhaps\n", "/plimsoll.yaml:1: quiet must be true or false"},
        {"state_dir:\n", "/plimsoll.yaml:1: state_dir needs a value"},
        {"state_dir: [a]\n", "/plimsoll.yaml:1: state_dir needs a value"},
        {"state_dir: \"a\\0b\"\n", "/plimsoll.yaml:1: state_dir holds NUL"},
        {"fail_on: [[a]]\n", "/plimsoll.yaml:1: fail_on must be words"},
        {"policy: x\n", "/plimsoll.yaml:1: policy must be a mapping"},
        {"policy: {a: {b: c}}\n", "/plimsoll.yaml:1: policy.a must be a word or a list of words"},
        {"- a\n", "/plimsoll.yaml:1: keys and values expected"},
        {"a: &x 1\n", "/plimsoll.yaml: line 1: anchors are not used here"},
        {"quiet: true\nquiet: true\n", "/plimsoll.yaml: line 2: key \"quiet\" stands twice"},
    };

    for (size_t i = 0; i < PL_COUNT(cases); i++) {
        pl_conf *c = NULL;
        pl_err err = {0};
        put(f, "plimsoll.yaml", cases[i].text);
        pl_rc rc = load(f, NULL, &c, &err);
        pl_str text = {err.text, err.len};
        if (rc != PL_USAGE || !pl_str_starts(text, pl_str_c(f->dir)) ||
            !pl_str_starts(pl_str_sub(text, strlen(f->dir), text.n), pl_str_c(cases[i].why)))
            fail_msg("%s: %s: %s", cases[i].text, pl_rc_text(rc), err.text);
    }
}

static void a_mistyped_variable_is_an_error_and_a_strangers_is_none(void **state)
{
    struct folder *f = *state;
    char *const mistyped[] = {"PLIMSOLL_STATE_DIRR=/x", NULL};
    char *const foreign[] = {"PLIMSOLL_SERVICE_PORT_HTTP=80", "PLIMSOLL_TEST_DATA=/x", NULL};
    char *const wrong[] = {"PLIMSOLL_QUIET=2", NULL};
    pl_conf *c = NULL;
    pl_err err = {0};

    assert_int_equal(load(f, mistyped, &c, &err), PL_USAGE);
    assert_string_equal(err.text, "environment: unknown variable PLIMSOLL_STATE_DIRR (did you mean "
                                  "PLIMSOLL_STATE_DIR?)");
    assert_ok(load(f, foreign, &c, &err), err);
    assert_int_equal(load(f, wrong, &c, &err), PL_USAGE);
    assert_string_equal(err.text, "PLIMSOLL_QUIET: quiet must be true or false");
}

static void a_file_that_was_asked_for_must_be_there(void **state)
{
    struct folder *f = *state;
    char path[128];
    pl_conf *c = NULL;
    pl_err err = {0};

    (void)snprintf(path, sizeof(path), "%s/none.yaml", f->dir);
    const pl_conf_source from = {.file = path};
    assert_int_equal(pl_conf_load(keys, &from, f->arena, &c, &err), PL_USAGE);
    assert_non_null(strstr(err.text, "/none.yaml: No such file"));

    const pl_conf_source folder = {.file = f->dir};
    assert_int_equal(pl_conf_load(keys, &folder, f->arena, &c, &err), PL_USAGE);
    assert_non_null(strstr(err.text, "is not a regular file"));
}

static void roots_files_are_writable_by_root_alone(void **state)
{
    struct folder *f = *state;
    char path[128];
    const pl_conf_source from = {.dir = f->dir, .is_strict_about_owner = true};
    pl_conf *c = NULL;
    pl_err err = {0};

    put(f, "plimsoll.yaml", "quiet: true\n");
    (void)snprintf(path, sizeof(path), "%s/plimsoll.yaml", f->dir);
    assert_int_equal(chmod(path, 0664), 0);
    assert_int_equal(pl_conf_load(keys, &from, f->arena, &c, &err), PL_USAGE);
    assert_non_null(strstr(err.text, "must belong to root and be writable by nobody else"));
    assert_int_equal(chmod(path, 0644), 0);
    pl_rc rc = pl_conf_load(keys, &from, f->arena, &c, &err);
    assert_int_equal(rc, geteuid() == 0 ? PL_OK : PL_USAGE);
}

#define in_folder(t) cmocka_unit_test_setup_teardown(t, make_folder, drop_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        in_folder(nothing_said_gives_the_defaults),
        in_folder(a_flag_beats_a_variable_beats_a_file_beats_a_default),
        in_folder(later_files_override_earlier_ones),
        in_folder(a_free_mapping_is_handed_on_by_name),
        in_folder(what_is_wrong_is_said_with_its_place),
        in_folder(a_mistyped_variable_is_an_error_and_a_strangers_is_none),
        in_folder(a_file_that_was_asked_for_must_be_there),
        in_folder(roots_files_are_writable_by_root_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
