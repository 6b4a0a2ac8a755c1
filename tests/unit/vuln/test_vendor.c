/* SPDX-License-Identifier: Apache-2.0 */
/* Security data of Oracle and Amazon, imported and matched. */
#include "folder.h"
#include "golden.h"

#include "core/io.h"
#include "core/jail.h"
#include "vuln/feeds.h"
#include "vuln/import.h"
#include "vuln/match.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct world {
    char dir[32], source[64], state[64], said[8192];
};

static int set_up(void **state)
{
    struct world *w = calloc(1, sizeof(*w));

    if (!w)
        return -1;
    (void)snprintf(w->dir, sizeof(w->dir), "/tmp/plimsoll-test-XXXXXX");
    if (!mkdtemp(w->dir))
        return -1;
    (void)snprintf(w->source, sizeof(w->source), "%s/source", w->dir);
    (void)snprintf(w->state, sizeof(w->state), "%s/advisories", w->dir);
    *state = w;
    return mkdir(w->source, 0700);
}

static int tear_down(void **state)
{
    struct world *w = *state;
    int rc = remove_folder(w->dir);
    free(w);
    return rc;
}

static void put(const struct world *w, const char *name, pl_str text)
{
    char path[256];
    pl_err err = {0};

    (void)snprintf(path, sizeof(path), "%s/%s", w->source, name);
    PL_AUTO_FD int fd = open(path, O_CREAT | O_WRONLY | O_EXCL | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_ok(pl_write_all(fd, text, &err), err);
}

static void put_fixture(const struct world *w, const char *name, const char *fixture)
{
    PL_AUTO_BUF pl_buf text = {0};
    char path[4096];

    (void)snprintf(path, sizeof(path), "%s/tests/fixtures/vendor/%s", PL_SOURCE_ROOT, fixture);
    golden_read(path, &text);
    put(w, name, pl_buf_view(&text));
}

static void hear(void *arg, const char *line)
{
    struct world *w = arg;
    size_t n = strlen(w->said);
    (void)snprintf(w->said + n, sizeof(w->said) - n, "%s\n", line);
}

static pl_rc import(struct world *w, pl_import_result *ret, pl_err *err)
{
    pl_import im = {.source = w->source,
                    .label = PL_S("test"),
                    .dir = w->state,
                    .clock = &pl_clock_system,
                    .say = hear,
                    .arg = w};
    return pl_advisories_import(&im, ret, err);
}

/* "CVE>fix severity" of each hit. */
static void check_of(const pl_advisories *db, const char *ecosystem, const char *name,
                     const char *version, const char *purl, const char *module, const char *want)
{
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(1 << 20);
    PL_AUTO_BUF pl_buf got = {0};
    pl_vuln_query q = {.ecosystem = pl_str_c(ecosystem),
                       .name = pl_str_c(name),
                       .version = pl_str_c(version),
                       .purl = pl_str_c(purl),
                       .module = pl_str_c(module)};
    pl_vuln_match m;
    pl_err err = {0};

    assert_ok(pl_vuln_match_packages(db, &q, 1, 0, a, &m, &err), err);
    if (m.gaps[0])
        pl_buf_c(&got, m.gaps[0]);
    for (size_t i = 0; i < m.n_hits; i++)
        pl_buf_fmt(&got, "%s%.*s>%.*s %s", i ? " " : "", PL_F(m.hits[i].facts.advisory),
                   PL_F(m.hits[i].facts.fixed_version), pl_severity_word(m.hits[i].severity));
    if (!pl_str_eq(pl_buf_view(&got), pl_str_c(want)))
        fail_msg("%s %s %s: got %.*s", ecosystem, name, version, PL_F(pl_buf_view(&got)));
}

static void check(const pl_advisories *db, const char *ecosystem, const char *name,
                  const char *version, const char *want)
{
    check_of(db, ecosystem, name, version, "", "", want);
}

static void a_rebuild_for_one_machine_mends_that_one_alone(void **state)
{
    static const char text[] =
        "<oval_definitions><definitions><definition class=\"patch\"><metadata><title>t</title>"
        "<reference source=\"elsa\" ref_id=\"ELSA-2022-1\"/><reference source=\"CVE\" "
        "ref_id=\"CVE-2022-0001\"/></metadata><criteria operator=\"AND\"><criterion "
        "comment=\"Oracle Linux 8 is installed\"/><criterion comment=\"Module app:2 is "
        "enabled\"/><criteria operator=\"OR\"><criteria operator=\"AND\"><criterion "
        "comment=\"Oracle Linux arch is aarch64\"/><criteria operator=\"OR\"><criterion "
        "comment=\"app is earlier than 0:2-4.el8\"/><criterion comment=\"lib is earlier than "
        "0:2-4.el8\"/></criteria></criteria><criteria operator=\"AND\"><criterion "
        "comment=\"Oracle Linux arch is x86_64\"/><criteria operator=\"OR\"><criterion "
        "comment=\"app is earlier than 0:2-1.el8\"/><criterion comment=\"lib is earlier than "
        "0:2-4.el8\"/></criteria></criteria></criteria></criteria></definition></definitions>"
        "</oval_definitions>";
    static const struct {
        const char *name, *version, *purl, *module, *want;
    } rows[] = {
        {"app", "0:2-1.el8", "pkg:rpm/ol/app@2-1.el8?arch=x86_64&distro=ol-8", "", ""},
        {"app", "0:2-1.el8", "pkg:rpm/ol/app@2-1.el8?distro=ol-8&arch=i686", "", ""},
        {"app", "0:2-1.el8", "pkg:rpm/ol/app@2-1.el8?arch=aarch64", "",
         "CVE-2022-0001>0:2-4.el8 unknown"},
        {"app", "0:2-0.el8", "pkg:rpm/ol/app@2-0.el8?arch=x86_64", "",
         "CVE-2022-0001>0:2-1.el8 unknown"},
        {"app", "0:2-1.el8", "", "", "CVE-2022-0001>0:2-4.el8 unknown"},
        {"app", "0:2-1.el8", "pkg:rpm/ol/app@2-1.el8?arch=noarch", "",
         "CVE-2022-0001>0:2-4.el8 unknown"},
        {"app", "0:2-1.el8", "pkg:rpm/ol/app@2-1.el8?arch=aarch64", "app:1:8:x", ""},
        {"lib", "0:2-3.el8", "pkg:rpm/ol/lib@2-3.el8?arch=x86_64", "app:2:8:x",
         "CVE-2022-0001>0:2-4.el8 unknown"},
    };
    struct world *w = *state;
    PL_AUTO_ADVISORIES pl_advisories *db = NULL;
    pl_import_result r;
    pl_err err = {0};

    put(w, "com.oracle.elsa-all.xml", PL_S(text));
    assert_ok(import(w, &r, &err), err);
    assert_ok(pl_advisories_open(w->state, &db, &err), err);
    for (size_t i = 0; i < PL_COUNT(rows); i++)
        check_of(db, "Oracle Linux:8", rows[i].name, rows[i].version, rows[i].purl, rows[i].module,
                 rows[i].want);
}

static void definitions_of_oracle_become_advisories(void **state)
{
    struct world *w = *state;
    PL_AUTO_ADVISORIES pl_advisories *db = NULL;
    pl_import_result r;
    pl_err err = {0};

    put_fixture(w, "com.oracle.elsa-all.xml", "com.oracle.elsa-sample.xml");
    assert_ok(import(w, &r, &err), err);
    assert_int_equal(r.counts.records, 2);
    assert_int_equal(r.counts.malformed, 1);
    assert_non_null(strstr(w->said, "ELSA-2024-0004: a package without release"));
    assert_ok(pl_advisories_open(w->state, &db, &err), err);
    check(db, "Oracle Linux:9", "openssl-libs", "1:3.0.7-24.0.1.el9",
          "CVE-2024-0101>1:3.0.7-25.0.1.el9_3 high CVE-2024-0102>1:3.0.7-25.0.1.el9_3 high");
    check(db, "Oracle Linux:9", "openssl-libs", "1:3.0.7-25.0.1.el9_3", "");
    check(db, "Oracle Linux:9", "glibc", "2.34-60.0.1.el9",
          "CVE-2024-0103>0:2.34-83.0.2.el9 medium");
    check(db, "Oracle Linux:8", "glibc", "2.28-200.el8", "CVE-2024-0103>0:2.28-236.0.1.el8 medium");
    /* a build that is counted apart, and a class that mends nothing */
    check(db, "Oracle Linux:9", "gnutls", "3.7.6-22.el9", "");
    check(db, "Oracle Linux:9", "bash", "5.1.8-6.el9", "");
    check(db, "Oracle Linux:7", "bash", "1-1", "feed-missing");
}

static void updates_of_amazon_become_advisories(void **state)
{
    struct world *w = *state;
    PL_AUTO_ADVISORIES pl_advisories *db = NULL;
    pl_import_result r;
    pl_err err = {0};

    put_fixture(w, "updateinfo.xml", "amazon-updateinfo.xml");
    assert_ok(import(w, &r, &err), err);
    assert_int_equal(r.counts.records, 3);
    assert_int_equal(r.counts.malformed, 0);
    assert_ok(pl_advisories_open(w->state, &db, &err), err);
    check(db, "Amazon Linux:2023", "libcurl", "7.87.0-2.amzn2023.0.1",
          "CVE-2023-0201>0:7.88.0-1.amzn2023.0.2 medium "
          "CVE-2023-0202>0:7.88.0-1.amzn2023.0.2 medium");
    check(db, "Amazon Linux:2023", "curl", "0:7.88.0-1.amzn2023.0.2", "");
    check(db, "Amazon Linux:2018", "kernel", "4.14.20-1.amzn1",
          "CVE-2018-0203>0:4.14.26-14.31.amzn1 high");
    check(db, "Amazon Linux:2", "bind", "9.11.4-2.amzn2", "ALAS2-2023-103>1:9.11.4-2.amzn2 low");
}

static void a_document_that_cannot_be_read_to_its_end_ends_the_import(void **state)
{
    static const struct {
        const char *text, *want;
    } bad[] = {
        {"", "damaged file"},
        {"<updates><update type='security'>", "no element found"},
        {"<updates></update>", "mismatched tag"},
        {"<!DOCTYPE u [<!ENTITY a 'aaaa'>]><updates>&a;</updates>",
         "document type declarations are not read"},
        {"<updates>&a;</updates>", "undefined entity"},
    };
    struct world *w = *state;

    for (size_t i = 0; i < PL_COUNT(bad); i++) {
        char path[256];
        pl_import_result r;
        pl_err err = {0};
        put(w, "updateinfo.xml", pl_str_c(bad[i].text));
        assert_int_equal(import(w, &r, &err), PL_FORMAT);
        if (!strstr(err.text, bad[i].want))
            fail_msg("%s: %s", bad[i].text, err.text);
        (void)snprintf(path, sizeof(path), "%s/updateinfo.xml", w->source);
        assert_int_equal(unlink(path), 0);
    }
}

static void deep_documents_are_refused(void **state)
{
    enum { DEPTH = 100 };
    struct world *w = *state;
    PL_AUTO_BUF pl_buf text = {0};
    pl_import_result r;
    pl_err err = {0};

    for (int i = 0; i < DEPTH; i++)
        pl_buf_c(&text, "<a>");
    put(w, "oracle.xml", pl_buf_view(&text));
    assert_int_equal(import(w, &r, &err), PL_LIMIT);
    assert_non_null(strstr(err.text, "elements more than 64 deep"));
}

int main(int argc, char **argv)
{
    static const pl_worker_kind kinds[] = {{PL_OSV_WORKER, pl_osv_worker, pl_osv_worker_prepare},
                                           {0}};
    pl_jail_main(argc, argv, kinds);

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_rebuild_for_one_machine_mends_that_one_alone),
        TEST(definitions_of_oracle_become_advisories),
        TEST(updates_of_amazon_become_advisories),
        TEST(a_document_that_cannot_be_read_to_its_end_ends_the_import),
        TEST(deep_documents_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
