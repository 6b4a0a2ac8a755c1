/* SPDX-License-Identifier: Apache-2.0 */
/* Globs against fnmatch(3), path prefixes, networks, sets. */
#include "test.h"

#include "rules/glob.h"
#include "rules/limits.h"
#include "rules/net.h"
#include "rules/path.h"
#include "rules/set.h"

#include <fnmatch.h>
#include <string.h>

static bool glob(const char *pattern, const char *text, bool no_case)
{
    size_t steps = SIZE_MAX;
    return pl_glob_match(pl_str_c(pattern), pl_str_c(text), no_case, &steps);
}

/* A small generator of our own, so that a failure can be repeated. */
static unsigned next(unsigned *seed)
{
    *seed = *seed * 1103515245u + 12345u;
    return *seed >> 16;
}

static void make_text(unsigned *seed, const char *const *parts, size_t n, char *ret, size_t room)
{
    ret[0] = '\0';
    for (unsigned k = next(seed) % 6; k > 0; k--) {
        const char *part = parts[next(seed) % n];
        size_t at = strlen(ret);
        (void)snprintf(ret + at, room - at, "%s", part);
    }
}

/* Patterns on which POSIX leaves the answer open are not made: a range from high to low, a
 * backslash at the end, a "/" in brackets, [.a.] and [=a=]. */
static void globs_match_as_fnmatch_does(void **state)
{
    static const char *const pattern_parts[] = {
        "*",       "?",    "a", "b",   "/",     "[ab]", "[!a]", "[^b]",
        "[]",      "[]a]", "]", "[a-", "[a-c]", "\\*",  "\\a",  "[[:digit:]]",
        "[!0-9x]", "-",    "7", "[",   "**",    "[a-]", "A",    "[B-C]"};
    static const char *const text_parts[] = {"a", "b", "c", "/", ".", "-", "7",
                                             "]", "[", "*", "A", "B", "ab"};
    unsigned seed = 42;

    (void)state;
    for (int i = 0; i < 200000; i++) {
        char pattern[64];
        char text[64];
        make_text(&seed, pattern_parts, PL_COUNT(pattern_parts), pattern, sizeof(pattern));
        make_text(&seed, text_parts, PL_COUNT(text_parts), text, sizeof(text));
        bool no_case = next(&seed) & 1;
        bool want = fnmatch(pattern, text, no_case ? FNM_CASEFOLD : 0) == 0;
        if (glob(pattern, text, no_case) != want)
            fail_msg("\"%s\" %s \"%s\": fnmatch says %d", pattern, no_case ? "iglob" : "glob", text,
                     want);
    }
}

static void globs_take_bytes_that_are_no_text(void **state)
{
    static const char nul[] = "a\0b";
    size_t steps = SIZE_MAX;

    (void)state;
    assert_true(pl_glob_match(PL_S("a?b"), (pl_str){nul, 3}, false, &steps));
    assert_true(pl_glob_match(PL_S("a*"), (pl_str){nul, 3}, false, &steps));
    assert_true(glob("*\xff*", "x\xffy", false));
    assert_false(glob("?", "é", false));
    assert_false(glob("a\\", "a\\", false));
}

static void a_hostile_glob_stops_at_its_steps(void **state)
{
    char text[4096];
    size_t steps = 1000;

    (void)state;
    memset(text, 'a', sizeof(text));
    assert_false(pl_glob_match(PL_S("*a*a*a*a*b"), (pl_str){text, sizeof(text)}, false, &steps));
    assert_int_equal(steps, 0);
}

static void a_search_path_covers_itself_and_what_is_below(void **state)
{
    static const struct {
        const char *search[4];
        const char *path;
        bool want;
    } rows[] = {
        {{"/etc"}, "/etc", true},
        {{"/etc"}, "/etc/", true},
        {{"/etc"}, "/etc/a/b", true},
        {{"/etc"}, "/etcetera", false},
        {{"/etc"}, "/", false},
        {{"/etc"}, "", false},
        {{"/etc/ssl", "/etc"}, "/etc/x", true},
        {{"/a/b/c"}, "/a/b", false},
        {{"/a/*/c"}, "/a/b/c/d", true},
        {{"/a/*/c"}, "/a/b/d", false},
        {{"/a/x/y", "/a/*/z"}, "/a/x/z", true},
        {{"/*/z", "/a/y"}, "/a/z", true},
        {{"/"}, "/x", true},
        {{"/"}, "", true},
        {{NULL}, "/x", false},
    };

    (void)state;
    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        PL_AUTO_ARENA pl_arena *a = pl_arena_new(1 << 20);
        pl_path_set *s = pl_path_set_new(a);
        size_t steps = 1000;
        pl_err err = {0};
        for (size_t k = 0; rows[i].search[k]; k++)
            assert_ok(pl_path_set_add(s, pl_str_c(rows[i].search[k]), a, &err), err);
        if (pl_path_set_covers(s, pl_str_c(rows[i].path), &steps) != rows[i].want)
            fail_msg("row %zu: %s", i, rows[i].path);
    }
}

static void a_search_path_of_too_many_parts_is_refused(void **state)
{
    char text[2 * (PL_RULES_PATH_PARTS + 1)];
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(1 << 20);
    pl_err err = {0};

    (void)state;
    for (size_t i = 0; i < sizeof(text); i++)
        text[i] = i % 2 ? 'x' : '/';
    pl_str most = {text, 2 * PL_RULES_PATH_PARTS};
    assert_ok(pl_path_set_add(pl_path_set_new(a), most, a, &err), err);
    pl_str more = {text, sizeof(text)};
    assert_int_equal(pl_path_set_add(pl_path_set_new(a), more, a, &err), PL_LIMIT);
    assert_string_equal(err.text, "path of more than 512 parts");
}

static void networks_hold_their_addresses_only(void **state)
{
    static const struct {
        const char *net, *address;
        bool want;
    } rows[] = {
        {"10.0.0.0/8", "10.255.0.1", true},     {"10.0.0.0/8", "11.0.0.0", false},
        {"10.0.0.128/25", "10.0.0.129", true},  {"10.0.0.128/25", "10.0.0.127", false},
        {"0.0.0.0/0", "1.2.3.4", true},         {"::/0", "1.2.3.4", false},
        {"2001:db8::/33", "2001:db8::1", true}, {"2001:db8::/33", "2001:db8:8000::", false},
        {"1.2.3.4", "1.2.3.4", true},           {"1.2.3.4/32", "1.2.3.5", false},
        {"::ffff:1.2.3.4", "1.2.3.4", false},
    };
    static const char *const bad[] = {"",   "1.2.3",       "1.2.3.4/33", "1.2.3.4/",
                                      "/8", "::1/129",     "1.2.3.4/-1", "1.2.3.256",
                                      "x",  "1.2.3.4/8/8", " 1.2.3.4"};

    (void)state;
    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        pl_net net;
        pl_net address;
        assert_true(pl_net_parse(pl_str_c(rows[i].net), &net));
        assert_true(pl_net_parse_address(pl_str_c(rows[i].address), &address));
        if (pl_net_has(&net, &address) != rows[i].want)
            fail_msg("%s in %s", rows[i].address, rows[i].net);
    }
    for (size_t i = 0; i < PL_COUNT(bad); i++) {
        pl_net net;
        if (pl_net_parse(pl_str_c(bad[i]), &net))
            fail_msg("\"%s\" is taken for a network", bad[i]);
    }
}

static void sets_have_just_their_items(void **state)
{
    enum { N = 5000 };
    static char text[N][8];
    static pl_str items[N];
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(1 << 20);
    pl_set s;

    (void)state;
    for (int i = 0; i < N; i++) {
        (void)snprintf(text[i], sizeof(text[i]), "i%d", i * 2);
        items[i] = pl_str_c(text[i]);
    }
    assert_true(pl_set_init(&s, items, N, a));
    for (int i = 0; i < 2 * N; i++) {
        char key[16];
        (void)snprintf(key, sizeof(key), "i%d", i);
        assert_int_equal(pl_set_has(&s, pl_str_c(key)), i % 2 == 0);
    }
    assert_true(pl_set_init(&s, items, 0, a));
    assert_false(pl_set_has(&s, PL_S("")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(globs_match_as_fnmatch_does),
        cmocka_unit_test(globs_take_bytes_that_are_no_text),
        cmocka_unit_test(a_hostile_glob_stops_at_its_steps),
        cmocka_unit_test(a_search_path_covers_itself_and_what_is_below),
        cmocka_unit_test(a_search_path_of_too_many_parts_is_refused),
        cmocka_unit_test(networks_hold_their_addresses_only),
        cmocka_unit_test(sets_have_just_their_items),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
