/* SPDX-License-Identifier: Apache-2.0 */
#include "golden.h"

#include "vuln/version.h"
#include "vuln/xxh64.h"

#include <string.h>

/* Each row is in ascending order; versions joined by '=' are equal. */
static const char *const deb_rows[] = {
    "1.0~~ 1.0~~a 1.0~ 1.0=1.0-0=0:1.0=1.00 1.0-0+b1 1.0-1~bpo1 1.0-1 1.0a-1 1.0+dfsg-1 1.0.1",
    "9.8 9.10 10.0 1:0.1 2:0",
    "2.36-9 2.36-9+deb12u1 2.36-9+deb12u4 2.36-9+deb12u10 2.36-10",
    "1.3~deb12u1 1.3 1.3+deb12u1",
    "1-1 1-2 1-1-1 1-1-2",
    "1.2-1 1.2a 1.2b 1.2+",
    "0~ 0=00=0-0 0.0",
    "99999999999999999999998 99999999999999999999999",
    "1Z 1a 1.",
    "1:1~ 1:1",
};

static const char *const apk_rows[] = {
    "1.0_alpha 1.0_alpha1 1.0_beta 1.0_pre 1.0_rc 1.0_rc2 1.0 1.0_cvs 1.0_svn 1.0_git 1.0_hg 1.0_p",
    "1.0-r0 1.0-r1 1.0-r9 1.0-r10",
    "1 1.0 1.0.0",
    "1.01 1.02 1.1 1.2 1.10",
    "1.1.1 1.1.1a 1.1.1b 1.1.1k 1.1.1.1 1.1.2",
    "1.0_p1 1.0_p1-r1 1.0_p2",
    "1.0_git20200101_p1 1.0_git20200102",
    "1.0~1234 1.0~2345",
    "2.0 10.0 010.0001",
    "1.0_alpha1_pre2 1.0_alpha1",
    "99999999999999999999998.1 99999999999999999999999.0",
};

enum { WORDS_MAX = 32 };

/* Cuts a row into words, each with its place in the order. */
static size_t cut_row(const char *row, pl_str *words, int *places)
{
    pl_str rest = pl_str_c(row), group, word;
    size_t n = 0;

    for (int place = 0; pl_str_cut(&rest, ' ', &group); place++)
        while (pl_str_cut(&group, '=', &word)) {
            words[n] = word;
            places[n++] = place;
        }
    return n;
}

static void check_rows(const char *const *rows, size_t n_rows, pl_version_order order)
{
    pl_str w[WORDS_MAX];
    int place[WORDS_MAX];

    for (size_t r = 0; r < n_rows; r++) {
        size_t n = cut_row(rows[r], w, place);
        for (size_t i = 0; i < n * n; i++) {
            size_t a = i / n, b = i % n;
            int want = (place[a] > place[b]) - (place[a] < place[b]);
            pl_order got = order(w[a], w[b]);
            if ((int)got != want)
                fail_msg("%.*s %c %.*s", PL_F(w[a]), pl_order_sign(got), PL_F(w[b]));
        }
    }
}

static void debian_versions_have_the_order_of_dpkg(void **state)
{
    (void)state;
    check_rows(deb_rows, PL_COUNT(deb_rows), pl_version_order_deb);
}

static void alpine_versions_have_the_order_of_apk(void **state)
{
    (void)state;
    check_rows(apk_rows, PL_COUNT(apk_rows), pl_version_order_apk);
    check_rows(apk_rows, PL_COUNT(apk_rows), pl_version_order_apk_old);
}

static void what_dpkg_refuses_has_no_order(void **state)
{
    (void)state;
    static const char *const cases[] = {"1.0-", "1 0",  ":1", "1:",           "a:1",
                                        "-1:1", "1::-", " ",  "2147483648:1", "-1"};
    for (size_t i = 0; i < PL_COUNT(cases); i++)
        if (pl_version_order_deb(pl_str_c(cases[i]), pl_str_c(cases[i])) != PL_ORDER_UNDEFINED)
            fail_msg("%s", cases[i]);
    assert_int_equal(pl_version_order_deb((pl_str){"1\0002", 3}, PL_S("1")), PL_ORDER_UNDEFINED);
}

static void what_dpkg_only_warns_about_is_compared(void **state)
{
    (void)state;
    assert_int_equal(pl_version_order_deb(PL_S("abc"), PL_S("1")), PL_ORDER_GREATER);
    assert_int_equal(pl_version_order_deb(PL_S("1.0_a"), PL_S("1.0")), PL_ORDER_GREATER);
    assert_int_equal(pl_version_order_deb(PL_S("1:2:3"), PL_S("1:2")), PL_ORDER_GREATER);
    assert_int_equal(pl_version_order_deb(PL_S(" 1.0\t"), PL_S("1.0")), PL_ORDER_EQUAL);
    assert_int_equal(pl_version_order_deb(PL_S(""), PL_S("0~~")), PL_ORDER_LESS);
    assert_int_equal(pl_version_order_deb(PL_S(""), PL_S("")), PL_ORDER_EQUAL);
}

static void what_apk_refuses_has_no_order(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "",     "a",     ".1",        "-r1",       "1.0bc",   "1.0a.1", "1.0a1", "1.0_foo",
        "1.0_", "1.0-r", "1.0-r1-r2", "1.0-r2.1",  "1.0_-r0", "1-r-0",  "1.0-1", "1.0_1_pre",
        "1..0", "1.0~",  "1.0~xyz",   "1.0-r1_p1", "1.0 ",    "V1"};
    for (size_t i = 0; i < PL_COUNT(cases); i++)
        if (pl_version_order_apk(pl_str_c(cases[i]), pl_str_c(cases[i])) != PL_ORDER_UNDEFINED)
            fail_msg("%s", cases[i]);
}

static void old_alpine_versions_are_matched_but_not_compared(void **state)
{
    (void)state;
    pl_version_order match = pl_version_order_find(PL_S("Alpine:v3.12")), compare;

    assert_int_equal(pl_version_order_of(PL_S("Alpine:v3.12"), &compare, NULL), PL_OK);
    assert_int_equal(compare(PL_S("1.9.5p1-r0"), PL_S("1.9.5p2-r0")), PL_ORDER_UNDEFINED);
    assert_int_equal(match(PL_S("1.9.5p1-r0"), PL_S("1.9.5p2-r0")), PL_ORDER_LESS);
    assert_int_equal(match(PL_S("1.9.5p2-r0"), PL_S("1.9.5-r9")), PL_ORDER_GREATER);
    assert_int_equal(match(PL_S("1.9.5p10"), PL_S("1.9.5p2")), PL_ORDER_GREATER);
}

/* What versions are made of, and what does not belong there. */
static const pl_str deb_bits[] = {{"0", 1}, {"1", 1}, {"9", 1},  {"12", 2}, {".", 1},    {"-", 1},
                                  {"~", 1}, {"+", 1}, {":", 1},  {"a", 1},  {"Z", 1},    {"b1", 2},
                                  {"1", 1}, {"2", 1}, {"1.", 2}, {"01", 2}, {"\xC3", 1}, {" ", 1}};
static const pl_str apk_bits[] = {{"1", 1},   {"2", 1},      {"0", 1},    {"10", 2},  {".1", 2},
                                  {".0", 2},  {".01", 3},    {".10", 3},  {"a", 1},   {"b", 1},
                                  {"_p", 2},  {"_alpha", 6}, {"_rc", 3},  {"_p1", 3}, {"_git2", 5},
                                  {"-r0", 3}, {"-r1", 3},    {"-r10", 4}, {"~ab", 3}, {"x", 1}};

/* One to five of the bits; the seed is fixed. */
static pl_str random_version(uint64_t *seed, const pl_str *bits, size_t n_bits, char *room)
{
    enum { BITS_MAX = 5 };
    size_t n = 0;

    for (int i = 0; i < BITS_MAX; i++) {
        *seed = pl_xxh64((pl_str){(const char *)seed, sizeof(*seed)}, 1);
        pl_str bit = bits[i ? *seed % n_bits : *seed % 4];
        if (i && *seed >> 62 == 0)
            break;
        memcpy(room + n, bit.p, bit.n);
        n += bit.n;
    }
    return (pl_str){room, n};
}

/* ---- tables made with the ecosystems' own tools: tests/tools/version_golden.py ---- */

static size_t check_table(const char *name, size_t *ret_undefined)
{
    PL_AUTO_BUF pl_buf text = {0};
    char path[4096], file[64];
    pl_version_order order;
    pl_str line, rest, a, b;
    size_t n = 0;

    (void)snprintf(file, sizeof(file), "versions/%s.tsv", name);
    golden_path(file, path, sizeof(path));
    golden_read(path, &text);
    assert_int_equal(pl_version_order_of(pl_str_c(name), &order, NULL), PL_OK);
    for (rest = pl_buf_view(&text); pl_str_cut(&rest, '\n', &line); n++) {
        (void)pl_str_cut(&line, '\t', &a);
        (void)pl_str_cut(&line, '\t', &b);
        char got = pl_order_sign(order(a, b));
        if (line.n != 1 || *line.p != got)
            fail_msg("%s: %.*s %c %.*s, its tool says %.*s", name, PL_F(a), got, PL_F(b),
                     PL_F(line));
        *ret_undefined += got == '?';
    }
    return n;
}

static void every_order_is_that_of_its_own_tool(void **state)
{
    (void)state;
    static const char *const names[] = {"rpm",   "pacman",  "npm",   "crates", "go",
                                        "hex",   "pypi",    "maven", "gem",    "composer",
                                        "nuget", "portage", "cran"};
    enum { LEAST = 500, MOST_UNDEFINED = 120 };

    for (size_t i = 0; i < PL_COUNT(names); i++) {
        size_t undefined = 0, n = check_table(names[i], &undefined);
        if (n - undefined < LEAST - MOST_UNDEFINED || undefined > MOST_UNDEFINED)
            fail_msg("%s: %zu rows, %zu of them undefined", names[i], n, undefined);
    }
}

/* pub_semver orders build parts too, and puts none of them first. */
static const char *const pub_rows[] = {
    "1.0.0-alpha 1.0.0-alpha+1 1.0.0-alpha.1 1.0.0-alpha.beta 1.0.0-beta.2 1.0.0-beta.11 "
    "1.0.0-rc.1 "
    "1.0.0 1.0.0+0 1.0.0+1 1.0.0+2 1.0.0+10 1.0.0+a 1.0.0+a.1 1.0.1",
    "1.0.0=01.00.0 2.0.0 10.0.0",
};

/* Names of toolchains, and what advisories write without the v. */
static const char *const go_rows[] = {
    "go1.20 1.20.14=go1.20.14 1.21beta1 go1.21rc2 1.21rc10 v1.21.0=1.21=go1.21.0 1.21.1",
    "0.0.0-20190101000000-0123456789ab 0.0.0-20200101000000-0123456789ab 0.0.1 "
    "2.0.0=v2.0.0+incompatible",
};

static const char *const loose_rows[] = {"0 0.9 1.0-rc.1 1=1.0=v1.0.0=01.0 1.0.0.1 1.2"};

static void orders_without_a_tool_are_as_documented(void **state)
{
    (void)state;
    check_rows(pub_rows, PL_COUNT(pub_rows), pl_version_order_pub);
    check_rows(go_rows, PL_COUNT(go_rows), pl_version_order_go);
    check_rows(loose_rows, PL_COUNT(loose_rows), pl_version_order_semver);
    assert_int_equal(pl_version_order_go(PL_S("(devel)"), PL_S("1.0.0")), PL_ORDER_UNDEFINED);
    assert_int_equal(pl_version_order_pub(PL_S("1.0"), PL_S("1.0")), PL_ORDER_UNDEFINED);
    assert_int_equal(pl_version_order_composer(PL_S("dev-main"), PL_S("1.0")), PL_ORDER_UNDEFINED);
    assert_int_equal(pl_version_order_pypi(PL_S("2004d"), PL_S("2004d")), PL_ORDER_UNDEFINED);
}

static bool leq(pl_order o)
{
    return o == PL_ORDER_LESS || o == PL_ORDER_EQUAL;
}

static void check_laws(pl_version_order order, const pl_str *bits, size_t n_bits)
{
    enum { ROUNDS = 80000, ROOM = 64, ENOUGH = 400 };
    uint64_t seed = 7;
    char ra[ROOM], rb[ROOM], rc[ROOM];
    size_t met = 0;

    for (int i = 0; i < ROUNDS; i++) {
        pl_str a = random_version(&seed, bits, n_bits, ra);
        pl_str b = random_version(&seed, bits, n_bits, rb);
        pl_str c = random_version(&seed, bits, n_bits, rc);
        pl_order ab = order(a, b), ba = order(b, a);
        if (ab == PL_ORDER_UNDEFINED || ba == PL_ORDER_UNDEFINED) {
            assert_int_equal(ab, ba);
            continue;
        }
        if ((int)ab != -(int)ba)
            fail_msg("%.*s and %.*s", PL_F(a), PL_F(b));
        assert_int_equal(order(a, a), PL_ORDER_EQUAL);
        bool chain = leq(ab) && leq(order(b, c));
        if (chain && !leq(order(a, c)))
            fail_msg("%.*s <= %.*s <= %.*s", PL_F(a), PL_F(b), PL_F(c));
        met += chain;
    }
    assert_true(met > ENOUGH);
}

/* Without a zero among Maven's numbers and a pacman version without release: see their files. */
static const pl_str rpm_bits[] = {{"1", 1},  {"2", 1},  {"0", 1},  {"10", 2}, {".1", 2}, {"~", 1},
                                  {"^", 1},  {"a", 1},  {"Zb", 2}, {".", 1},  {"-1", 2}, {"+", 1},
                                  {"1:", 2}, {"01", 2}, {"~~", 2}, {"-", 1},  {"^~", 2}, {" ", 1}};
static const pl_str word_bits[] = {
    {"1.0.0", 5},  {"2.0.1", 5},     {"1.0", 3},   {"1.0.10", 6}, {".0", 2},    {".1", 2},
    {"-1", 2},     {"a1", 2},        {"-beta", 5}, {"rc2", 3},    {".dev1", 5}, {"+l.1", 4},
    {".post2", 6}, {"-a.2", 4},      {"_p1", 3},   {".10", 3},    {".01", 3},   {"-r1", 3},
    {"b", 1},      {"-SNAPSHOT", 9}, {"_rc", 3},   {"-dev", 4},   {".a.b", 4},  {"-pl3", 4},
    {".x", 2},     {"-0a", 3}};
static const pl_str maven_bits[] = {{"1", 1},  {"2", 1},      {"3", 1},    {"1.2", 3}, {".1", 2},
                                    {"-1", 2}, {"-alpha", 6}, {"-b1", 3},  {"-rc", 3}, {"x", 1},
                                    {"-2", 2}, {"-sp", 3},    {"-foo", 4}, {".10", 3}, {"-m2", 3}};

static void the_orders_are_antisymmetric_and_transitive(void **state)
{
    (void)state;
    check_laws(pl_version_order_deb, deb_bits, PL_COUNT(deb_bits));
    check_laws(pl_version_order_apk, apk_bits, PL_COUNT(apk_bits));
    check_laws(pl_version_order_apk_old, apk_bits, PL_COUNT(apk_bits));
    check_laws(pl_version_order_rpm, rpm_bits, PL_COUNT(rpm_bits));
    check_laws(pl_version_order_maven, maven_bits, PL_COUNT(maven_bits));
    static const pl_version_order orders[] = {
        pl_version_order_semver, pl_version_order_npm,      pl_version_order_crates,
        pl_version_order_hex,    pl_version_order_pub,      pl_version_order_go,
        pl_version_order_pypi,   pl_version_order_gem,      pl_version_order_nuget,
        pl_version_order_cran,   pl_version_order_composer, pl_version_order_portage};
    for (size_t i = 0; i < PL_COUNT(orders); i++)
        check_laws(orders[i], word_bits, PL_COUNT(word_bits));
}

static void ecosystems_have_the_names_of_osv(void **state)
{
    (void)state;
    static const char *const with_order[] = {"deb",
                                             "Debian:12",
                                             "Debian",
                                             "Ubuntu:22.04:LTS",
                                             "apk",
                                             "Alpine:v3.18",
                                             "Wolfi",
                                             "Chainguard",
                                             "AlmaLinux:8",
                                             "Rocky Linux:9",
                                             "Red Hat:enterprise_linux:9::appstream",
                                             "SUSE:Linux Enterprise Server 15 SP5",
                                             "openSUSE:Leap 15.6",
                                             "npm",
                                             "PyPI",
                                             "Maven",
                                             "Go",
                                             "crates.io",
                                             "RubyGems",
                                             "Packagist",
                                             "NuGet",
                                             "Hex",
                                             "Pub",
                                             "CRAN",
                                             "opkg",
                                             "golang"};
    pl_version_order order;
    pl_err err = {0};

    for (size_t i = 0; i < PL_COUNT(with_order); i++)
        if (pl_version_order_of(pl_str_c(with_order[i]), &order, &err) != PL_OK)
            fail_msg("%s: %s", with_order[i], err.text);
    assert_int_equal(pl_version_order_of(PL_S("Debain:12"), &order, &err), PL_USAGE);
    assert_non_null(strstr(err.text, "Debain:12: unknown"));
    assert_null(pl_version_order_find(PL_S("GIT")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(debian_versions_have_the_order_of_dpkg),
        cmocka_unit_test(alpine_versions_have_the_order_of_apk),
        cmocka_unit_test(what_dpkg_refuses_has_no_order),
        cmocka_unit_test(what_dpkg_only_warns_about_is_compared),
        cmocka_unit_test(what_apk_refuses_has_no_order),
        cmocka_unit_test(old_alpine_versions_are_matched_but_not_compared),
        cmocka_unit_test(every_order_is_that_of_its_own_tool),
        cmocka_unit_test(orders_without_a_tool_are_as_documented),
        cmocka_unit_test(the_orders_are_antisymmetric_and_transitive),
        cmocka_unit_test(ecosystems_have_the_names_of_osv),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
