/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "image/accounts.h"
#include "image/history.h"

#include <string.h>

#define HEX "5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef"

static void build_steps_are_read_as_each_builder_writes_them(void **state)
{
    (void)state;
    static const struct {
        const char *text, *instruction, *command;
    } cases[] = {
        {"/bin/sh -c #(nop) ADD file:" HEX " in / ", "ADD", "file:" HEX " in /"},
        {"/bin/sh -c #(nop)  CMD [\"bash\"]", "CMD", "[\"bash\"]"},
        {"/bin/sh -c apt-get update", "RUN", "apt-get update"},
        {"|2 TOKEN=a b VERSION=1 /bin/sh -c make install", "RUN", "make install"},
        {"RUN /bin/sh -c make # buildkit", "RUN", "make"},
        {"RUN |1 TOKEN=x /bin/sh -c make # buildkit", "RUN", "make"},
        {"COPY a /b # buildkit", "COPY", "a /b"},
        {"ENV A=b", "ENV", "A=b"},
        {"HEALTHCHECK &{[\"NONE\"]}", "HEALTHCHECK", "&{[\"NONE\"]}"},
        {"# debian.sh --arch 'amd64' out/ 'bookworm'", "",
         "# debian.sh --arch 'amd64' out/ 'bookworm'"},
        {"ADDITIONAL words", "", "ADDITIONAL words"},
        {"", "", ""},
    };
    for (size_t i = 0; i < PL_COUNT(cases); i++) {
        pl_step s;
        pl_step_parse(pl_str_c(cases[i].text), false, &s);
        if (!pl_str_eq(s.instruction, pl_str_c(cases[i].instruction)) ||
            !pl_str_eq(s.command, pl_str_c(cases[i].command)))
            fail_msg("\"%s\": %.*s | %.*s", cases[i].text, PL_F(s.instruction), PL_F(s.command));
    }
}

static void add_tells_where_it_took_the_file_from(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool is_first;
        pl_add_source want;
    } cases[] = {
        {"/bin/sh -c #(nop) ADD file:" HEX " in / ", true, PL_ADD_ROOT},
        {"/bin/sh -c #(nop) ADD file:" HEX " in / ", false, PL_ADD_LOCAL},
        {"/bin/sh -c #(nop) ADD multi:" HEX " in /srv ", false, PL_ADD_LOCAL},
        {"/bin/sh -c #(nop) ADD dir:" HEX " in /srv ", false, PL_ADD_LOCAL},
        {"/bin/sh -c #(nop) ADD " HEX " in /srv/x ", false, PL_ADD_REMOTE},
        {"ADD https://example.com/x /x # buildkit", false, PL_ADD_REMOTE},
        {"ADD --checksum=sha256:" HEX " https://example.com/x /x # buildkit", false,
         PL_ADD_VERIFIED},
        {"ADD rootfs.tar.xz / # buildkit", true, PL_ADD_ROOT},
        {"ADD a.tar /srv # buildkit", true, PL_ADD_LOCAL},
        {"ADD git@example.com:x.git /x # buildkit", false, PL_ADD_REMOTE},
        {"COPY a /", true, PL_ADD_NONE},
    };
    for (size_t i = 0; i < PL_COUNT(cases); i++) {
        pl_step s;
        pl_step_parse(pl_str_c(cases[i].text), cases[i].is_first, &s);
        if (s.add != cases[i].want)
            fail_msg("\"%s\": %d, want %d", cases[i].text, s.add, cases[i].want);
    }
}

static void commands_are_told_apart_by_their_verbs(void **state)
{
    (void)state;
    /* r refreshes an index, i installs, d downloads, v verifies */
    static const struct {
        const char *command, *want;
    } cases[] = {
        {"apt-get update", "r"},
        {"apt-get update && apt-get install -y curl", "ri"},
        {"apt-get -qq -o Acquire::Retries=3 update", "r"},
        {"apt-get update; echo apt-get", "r"},
        {"apt-get install -y --no-install-recommends update-manager", "i"},
        {"echo update && ls", ""},
        {"apk add --no-cache git", "i"},
        {"apk update", "r"},
        {"apk --allow-untrusted add x.apk", "i"},
        {"yum makecache fast", "r"},
        {"dnf -y update", "i"},
        {"set -eux; apt-get update", "r"},
        {"DEBIAN_FRONTEND=noninteractive apt-get update", "r"},
        {"curl -fsSLO https://e/x", "d"},
        {"curl -fsSL https://e/x -o x && echo 'aa  x' | sha256sum -c -", "dv"},
        {"wget https://e/x && sha256sum x", "d"},
        {"wget https://e/x && gpg --verify x.asc x", "dv"},
        {"git clone https://e/x", "d"},
        {"git clone https://e/x && git -C x checkout 0123456789012345678901234567890123456789",
         "dv"},
        {"git clone https://e/x && git -C x checkout main", "d"},
        {"apt-get install -y curl wget", "i"},
        {"cosign verify-blob --key k x && curl https://e/x", "dv"},
        {"$(curl https://e/x)", "d"},
        {"(apt-get update)", "r"},
        {"if true; then apt-get update; fi", "r"},
    };
    for (size_t i = 0; i < PL_COUNT(cases); i++) {
        char text[256];
        char got[8];
        pl_step s;
        (void)snprintf(text, sizeof(text), "RUN /bin/sh -c %s # buildkit", cases[i].command);
        pl_step_parse(pl_str_c(text), false, &s);
        (void)snprintf(got, sizeof(got), "%s%s%s%s", s.refreshes_index ? "r" : "",
                       s.installs ? "i" : "", s.downloads ? "d" : "", s.verifies ? "v" : "");
        if (strcmp(got, cases[i].want) != 0)
            fail_msg("\"%s\": %s, want %s", cases[i].command, got, cases[i].want);
    }
}

/* c: CMD, e: another step without a layer, l: one with a layer, r: one that lays down the root */
static void the_base_ends_with_its_own_cmd(void **state)
{
    (void)state;
    static const struct {
        const char *steps;
        size_t want;
    } cases[] = {
        {"rc", 1},      /* the base itself */
        {"rcl", 2},     /* one layer on it */
        {"rclec", 2},   /* with its own CMD */
        {"rcllclc", 5}, /* a base on a base: the nearer one */
        {"ll", 0},      /* from scratch */
        {"rll", 1},     /* a base without CMD */
        {"rccl", 3},    {"", 0}, {"e", 0}, {"c", 0}, {"lc", 0},
    };
    for (size_t i = 0; i < PL_COUNT(cases); i++) {
        pl_step_brief steps[16] = {{0}};
        size_t n = strlen(cases[i].steps);
        for (size_t k = 0; k < n; k++)
            steps[k] = (pl_step_brief){
                .is_cmd = cases[i].steps[k] == 'c',
                .is_empty = cases[i].steps[k] == 'c' || cases[i].steps[k] == 'e',
                .is_root = cases[i].steps[k] == 'r',
            };
        size_t got = pl_history_base(steps, n);
        if (got != cases[i].want)
            fail_msg("%s: %zu, want %zu", cases[i].steps, got, cases[i].want);
    }
}

static void users_are_looked_up_as_runtimes_do(void **state)
{
    (void)state;
    static const char passwd[] = "root:x:0:0:root:/root:/bin/sh\n"
                                 "# comment:x:9:9:::\n"
                                 "broken line\n"
                                 "app:x:1000:1001::/:\n"
                                 "1234:x:0:7::/:\n"
                                 "toor:x:0:0::/:\n";
    static const struct {
        const char *user;
        bool known;
        uint64_t uid, gid;
    } cases[] = {
        {"app", true, 1000, 1001}, {"1000", true, 1000, 1001}, {"00", true, 0, 0},
        {"5555", true, 5555, 0},   {"1234", true, 0, 7},       {"toor", true, 0, 0},
        {"nobody", false, 0, 0},   {"comment", false, 0, 0},   {"-1", false, 0, 0},
    };
    for (size_t i = 0; i < PL_COUNT(cases); i++) {
        uint64_t uid = 99;
        uint64_t gid = 99;
        bool known = pl_user_lookup(PL_S(passwd), pl_str_c(cases[i].user), &uid, &gid);
        if (known != cases[i].known || (known && (uid != cases[i].uid || gid != cases[i].gid)))
            fail_msg("%s: %d %llu %llu", cases[i].user, known, (unsigned long long)uid,
                     (unsigned long long)gid);
    }
}

static void names_are_taken_from_the_words_of_a_step(void **state)
{
    (void)state;
    static const struct {
        const char *command, *names;
    } cases[] = {
        {"A=b", "A "},
        {"A=b C=d", "A C "},
        {"A b c=d", "A c "}, /* whoever asks compares with the names that there are */
        {"  \"A\"=b", "A "},
        {"=x", ""},
        {"", ""},
    };
    for (size_t i = 0; i < PL_COUNT(cases); i++) {
        pl_str names[PL_STEP_NAMES];
        char all[64] = "";
        size_t n = pl_step_names(pl_str_c(cases[i].command), names), at = 0;
        for (size_t k = 0; k < n; k++)
            at += (size_t)snprintf(all + at, sizeof(all) - at, "%.*s ", PL_F(names[k]));
        if (strcmp(all, cases[i].names) != 0)
            fail_msg("\"%s\": %s", cases[i].command, all);
    }
}

static void account_files_are_read_line_by_line(void **state)
{
    (void)state;
    pl_str shadow = PL_S("root:*:1\nempty::1\n\nnocolon\n:x:\nlast:$6$x");
    pl_shadow_line line;

    assert_true(pl_shadow_next(&shadow, &line));
    assert_str(line.name, "root");
    assert_str(line.password, "*");
    assert_true(pl_shadow_next(&shadow, &line));
    assert_str(line.name, "empty");
    assert_str(line.password, "");
    assert_true(pl_shadow_next(&shadow, &line));
    assert_str(line.name, "last");
    assert_str(line.password, "$6$x");
    assert_false(pl_shadow_next(&shadow, &line));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(build_steps_are_read_as_each_builder_writes_them),
        cmocka_unit_test(add_tells_where_it_took_the_file_from),
        cmocka_unit_test(commands_are_told_apart_by_their_verbs),
        cmocka_unit_test(the_base_ends_with_its_own_cmd),
        cmocka_unit_test(users_are_looked_up_as_runtimes_do),
        cmocka_unit_test(names_are_taken_from_the_words_of_a_step),
        cmocka_unit_test(account_files_are_read_line_by_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
