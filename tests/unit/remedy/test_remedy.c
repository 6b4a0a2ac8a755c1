/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "remedy/remedy.h"

#include <string.h>

enum { ARENA = 1 << 20 };

static pl_rc load(pl_arena *a, const char *text, pl_remedies *ret, pl_err *err)
{
    const pl_content_file files[] = {
        {"checks/a.yaml", (const unsigned char *)"!", 1, NULL},
        {"remedies/a.yaml", (const unsigned char *)text, strlen(text), NULL},
        {0},
    };
    return pl_remedies_load(files, a, ret, err);
}

static void refused(const char *text, const char *why)
{
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(ARENA);
    pl_remedies all;
    pl_err err = {0};

    assert_int_equal(load(a, text, &all, &err), PL_FORMAT);
    if (!strstr(err.text, why))
        fail_msg("%s: said \"%s\", want \"%s\"", text, err.text, why);
}

static void rows_that_say_nothing_or_too_much_do_not_load(void **state)
{
    (void)state;
    refused("a: b", "remedies/a.yaml:1: a list of remedies");
    refused("- compose: {a: b}", ":1: a row begins with remedy");
    refused("- remedy: []\n  none: x", ":1: a row begins with remedy");
    refused("- remedy: [A]", "a row has forms, or none");
    refused("- remedy: [A]\n  none: x\n  compose: {a: b}", "a row has forms, or none");
    refused("- remedy: [A]\n  composer: {a: b}", ":2: unknown key");
    refused("- remedy: [A]\n  none: x\n  note: []", ":3: unknown key, or no text");
    refused("- remedy: [A]\n  compose: [a]", "of another type");
    refused("- remedy: [A]\n  audit.rules: []", "of another type");
    refused("- remedy: [A]\n  audit.rules: [[a]]", "one text a line");
    refused("- remedy: [A]\n  sysctl: {a: [b]}", "one value a key");
    refused("- remedy: [A]\n  docker.run: {keep: [a]}", "docker.run has lists drop and add");
    refused("- remedy: [A, B]\n  none: x\n- remedy: [B]\n  none: y", "a check stands in two rows");
}

static void what_nobody_wrote_is_not_there(void **state)
{
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(ARENA);
    pl_remedies all;
    pl_remedy r;
    pl_err err = {0};

    (void)state;
    assert_ok(load(a, "- remedy: [A]\n  none: because\n", &all, &err), err);
    assert_true(pl_remedy_of(&all, PL_S("A"), &r));
    assert_true(pl_str_eq(r.none, PL_S("because")));
    assert_false(pl_remedy_has_sh(&r) || pl_remedy_has_ansible(&r));
    assert_false(pl_remedy_of(&all, PL_S("B"), &r));
}

typedef void (*printer)(const pl_remedy *r, const pl_remedy_for *to, pl_buf *out);

static void prints(const char *row, const pl_remedy_for *to, printer print, const char *want)
{
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(ARENA);
    PL_AUTO_BUF pl_buf out = {0};
    pl_remedies all;
    pl_remedy r;
    pl_err err = {0};

    assert_ok(load(a, row, &all, &err), err);
    assert_true(pl_remedy_of(&all, PL_S("A"), &r));
    print(&r, to, &out);
    pl_buf_ch(&out, '\0');
    if (!strstr(out.p, want))
        fail_msg("printed:\n%s\nwant:\n%s", out.p, want);
}

static void null_takes_a_setting_away(void **state)
{
    const pl_remedy_for to = {.check = PL_S("A"), .service = PL_S("web")};

    (void)state;
    prints("- remedy: [A]\n  daemon.json: {a: null, b: {c: true}}\n", &to, pl_remedy_sh,
           "jq '. * {\"a\": null, \"b\": {\"c\": true}} | del(.[\"a\"])' \"$file\"");
    prints("- remedy: [A]\n  compose: {pid: null, user: \"1\", n: 1, l: [x]}\n", &to,
           pl_remedy_compose,
           "services:\n  \"web\":\n    \"pid\": !reset null\n    \"user\": \"1\"\n    \"n\": 1\n"
           "    \"l\": !override [\"x\"]\n");
    prints("- remedy: [A]\n  kubernetes: {ports: null}\n", &to, pl_remedy_kubernetes,
           "spec:\n  containers:\n    - name: \"CONTAINER\"\n      \"ports\": null\n");
}

static void names_from_outside_stay_in_their_place(void **state)
{
    const pl_str paths[] = {PL_S("/a b"), PL_S("/c\nEND\nrm -rf /"), PL_S("/d'$(e)")};
    const pl_remedy_for to = {.check = PL_S("A"),
                              .title = PL_S("two\nlines"),
                              .container = PL_S("it's $(x)\n\"{{ y }}"),
                              .paths = paths,
                              .n_paths = PL_COUNT(paths)};

    (void)state;
    prints("- remedy: [A]\n  docker.update: [--cpus 1]\n", &to, pl_remedy_sh, "# two lines\n");
    prints("- remedy: [A]\n  docker.update: [--cpus 1]\n", &to, pl_remedy_sh,
           "docker update --cpus 1 -- 'it'\\''s $(x)\n\"{{ y }}'\n");
    prints("- remedy: [A]\n  files: {owner: \"root:adm\", mode: \"0600\"}\n", &to, pl_remedy_sh,
           "chown root:adm -- \"$root\"'/d'\\''$(e)'\nchmod 0600 -- \"$root\"'/d'\\''$(e)'\n");
    /* What an audit rule cannot name is left out. */
    prints("- remedy: [A]\n  audit.rules: [-w PATH -p wa]\n", &to, pl_remedy_sh,
           "<<'END'\n-w /d'$(e) -p wa\nEND\n");
    prints("- remedy: [A]\n  audit.rules: [-w PATH -p wa]\n", &to, pl_remedy_sh,
           "printf '%s: no rule can name it; watch the folder above it\\n' '/a b' >&2\nexit 1\n");
    prints("- remedy: [A]\n  audit.rules: [-w PATH -p wa]\n", &to, pl_remedy_ansible,
           "# No rule can name a path with a blank");
    prints("- remedy: [A]\n  kubernetes: {a: b}\n", &to, pl_remedy_kubernetes,
           "- name: \"it's $(x)\\n\\\"{{ y }}\"\n");
    prints("- remedy: [A]\n  files: {mode: \"0600\"}\n", &to, pl_remedy_ansible,
           "path: !unsafe \"/c\\nEND\\nrm -rf /\"\n");
}

static void what_a_service_would_refuse_does_not_stay(void **state)
{
    const pl_remedy_for to = {.check = PL_S("A")};

    (void)state;
    prints("- remedy: [A]\n  sshd: {X: y}\n", &to, pl_remedy_sh,
           "file=$root/etc/ssh/sshd_config.d/00-plimsoll-A.conf\n");
    prints("- remedy: [A]\n  sshd: {X: y}\n", &to, pl_remedy_sh,
           "sshd -t || { rm -- \"$file\"; exit 1; }\n");
    prints("- remedy: [A]\n  sysctl: {x: 1}\n", &to, pl_remedy_ansible,
           "dest: \"/etc/sysctl.d/zz-plimsoll-A.conf\"\n");
    prints("- remedy: [A]\n  sshd: {X: y}\n", &to, pl_remedy_ansible,
           "        validate: /usr/sbin/sshd -t -f %s\n");
    prints("- remedy: [A]\n  daemon.json: {a: 1}\n", &to, pl_remedy_sh,
           "    dockerd --validate --config-file \"$file.new\"\nfi\nmv");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_that_say_nothing_or_too_much_do_not_load),
        cmocka_unit_test(what_nobody_wrote_is_not_there),
        cmocka_unit_test(null_takes_a_setting_away),
        cmocka_unit_test(names_from_outside_stay_in_their_place),
        cmocka_unit_test(what_a_service_would_refuse_does_not_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
