/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "package/purl.h"
#include "package/sbom.h"

#include <string.h>

enum { ARENA = 8 << 20 };

/* purl, and what advisories want to know of it */
static const struct {
    const char *purl, *type, *name, *version, *source, *source_version, *ecosystem;
} purls[] = {
    {"pkg:deb/debian/libssl3@3.0.1-1?arch=amd64&distro=debian-12.5&upstream=openssl", "deb",
     "libssl3", "3.0.1-1", "openssl", "3.0.1-1", "Debian:12"},
    {"pkg:deb/ubuntu/tzdata@2023c-0?distro=ubuntu-22.04&upstream=tzdata%402023c-1", "deb", "tzdata",
     "2023c-0", "tzdata", "2023c-1", "Ubuntu:22.04:LTS"},
    {"pkg:apk/alpine/musl@1.2.4-r2?arch=x86_64&distro=alpine-3.18.4", "apk", "musl", "1.2.4-r2",
     "musl", "1.2.4-r2", "Alpine:v3.18"},
    {"pkg:rpm/rocky/bash@5.1-2?epoch=1&distro=rocky-9.3", "rpm", "bash", "1:5.1-2", "bash",
     "1:5.1-2", "Rocky Linux:9"},
    {"pkg:rpm/sles/libbz2-1@1.0.8-1.1?arch=x86_64&epoch=1&upstream=bzip2-1.0.8-1.1.src.rpm&distro="
     "sles-15.5",
     "rpm", "libbz2-1", "1:1.0.8-1.1", "bzip2", "1:1.0.8-1.1",
     "SUSE:Linux Enterprise Server 15 SP5"},
    {"pkg:npm/%40angular/core@16.0.0", "npm", "@angular/core", "16.0.0", "@angular/core", "16.0.0",
     "npm"},
    {"pkg:npm/@angular/core@16.0.0", "npm", "@angular/core", "16.0.0", "@angular/core", "16.0.0",
     "npm"},
    {"pkg:maven/org.apache/log4j@2.14?type=jar", "maven", "org.apache:log4j", "2.14",
     "org.apache:log4j", "2.14", "Maven"},
    {"pkg:PyPI/Py_YAML@6.0", "pypi", "Py_YAML", "6.0", "py-yaml", "6.0", "PyPI"},
    {"pkg:golang/github.com/a/b@v1.2.3#sub/dir", "golang", "github.com/a/b", "v1.2.3",
     "github.com/a/b", "v1.2.3", "Go"},
};

static void a_package_url_names_what_advisories_are_filed_under(void **state)
{
    static const pl_distribution none;

    (void)state;
    for (size_t i = 0; i < PL_COUNT(purls); i++) {
        PL_AUTO_ARENA pl_arena *a = pl_arena_new(ARENA);
        pl_purl_parts parts;
        pl_package p;
        pl_err err = {0};
        assert_ok(pl_purl_parse(pl_str_c(purls[i].purl), a, &parts, &err), err);
        assert_ok(pl_purl_package(&parts, pl_str_c(purls[i].purl), &none, a, &p, &err), err);
        const struct {
            pl_str got;
            const char *want;
        } rows[] = {{p.type, purls[i].type},
                    {p.name, purls[i].name},
                    {p.version, purls[i].version},
                    {p.source, purls[i].source},
                    {p.source_version.n ? p.source_version : p.version, purls[i].source_version},
                    {p.ecosystem, purls[i].ecosystem}};
        for (size_t k = 0; k < PL_COUNT(rows); k++)
            if (!pl_str_eq(rows[k].got, pl_str_c(rows[k].want)))
                fail_msg("%s: got \"%.*s\", want \"%s\"", purls[i].purl, PL_F(rows[k].got),
                         rows[k].want);
    }
}

static void what_is_no_package_url_is_refused(void **state)
{
    static const char *const bad[] = {"", "npm/x@1", "pkg:", "pkg:npm", "pkg:npm/", "pkg:/x@1"};
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(ARENA);
    pl_purl_parts parts;
    pl_err err = {0};

    (void)state;
    for (size_t i = 0; i < PL_COUNT(bad); i++)
        assert_int_equal(pl_purl_parse(pl_str_c(bad[i]), a, &parts, &err), PL_FORMAT);
}

static void components_inside_components_are_found(void **state)
{
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(ARENA);
    pl_err err = {0};
    pl_sbom b;

    (void)state;
    assert_ok(
        pl_sbom_read(
            PL_S(
                "{\"bomFormat\":\"CycloneDX\",\"specVersion\":\"1.4\",\"components\":["
                "{\"type\":\"operating-system\",\"name\":\"alpine\",\"version\":\"3.18.4\"},"
                "{\"type\":\"library\",\"name\":\"outer\",\"version\":\"1\",\"purl\":\"pkg:npm/"
                "outer@1\","
                "\"components\":[{\"type\":\"library\",\"name\":\"musl\",\"version\":\"2\","
                "\"purl\":\"pkg:apk/alpine/musl@2\"}]},{\"type\":\"library\",\"version\":\"9\"}]}"),
            a, &b, &err),
        err);
    assert_int_equal(b.n, 2);
    assert_str(b.items[0].name, "outer");
    assert_str(b.items[1].ecosystem, "Alpine:v3.18");
    assert_int_equal(b.nameless, 1);
}

/* Trivy has the source's version in parts; the binary package's own epoch is not the source's. */
static void properties_of_makers_say_more(void **state)
{
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(ARENA);
    pl_err err = {0};
    pl_sbom b;

    (void)state;
    assert_ok(
        pl_sbom_read(
            PL_S(
                "{\"bomFormat\":\"CycloneDX\",\"components\":[{\"type\":\"library\",\"name\":"
                "\"bsdutils\",\"version\":\"1:2.38.1-5\",\"purl\":\"pkg:deb/debian/bsdutils@1%3A"
                "2.38.1-5?distro=debian-12\",\"properties\":[{\"name\":\"aquasecurity:trivy:"
                "SrcName\",\"value\":\"util-linux\"},{\"name\":\"aquasecurity:trivy:SrcRelease\","
                "\"value\":\"5\"},{\"name\":\"aquasecurity:trivy:SrcVersion\",\"value\":\"2.38.1\"}"
                "]},{\"type\":\"library\",\"name\":\"rake\",\"version\":\"13.0.6\",\"purl\":"
                "\"pkg:gem/rake@13.0.6\",\"properties\":[{\"name\":\"plimsoll:owned_by\",\"value\":"
                "\"rake\"},{\"name\":\"plimsoll:path\",\"value\":\"/a.gemspec\"}]}]}"),
            a, &b, &err),
        err);
    assert_str(b.items[0].source_version, "2.38.1-5");
    assert_str(b.items[1].owned_by, "rake");
    assert_str(b.items[1].path, "/a.gemspec");
    assert_ok(pl_sbom_read(PL_S("{\"spdxVersion\":\"SPDX-2.3\",\"packages\":[{\"name\":\"rake\","
                                "\"comment\":\"owner app; found at /a; owned by b/c; layer "
                                "sha256:00; owned by rake\"}]}"),
                           a, &b, &err),
              err);
    assert_str(b.items[0].owned_by, "rake");
    assert_str(b.items[0].path, "/a; owned by b/c");
}

static void what_an_spdx_document_describes_is_no_package_in_it(void **state)
{
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(ARENA);
    pl_err err = {0};
    pl_sbom b;

    (void)state;
    assert_ok(
        pl_sbom_read(
            PL_S("\xef\xbb\xbf{\"spdxVersion\":\"SPDX-2.2\",\"name\":\"img\",\"documentDescribes\":"
                 "[\"SPDXRef-img\"],\"packages\":[{\"SPDXID\":\"SPDXRef-img\",\"name\":\"img\"},"
                 "{\"SPDXID\":\"SPDXRef-p\",\"name\":\"libssl3\",\"versionInfo\":\"3.0.1-1\","
                 "\"licenseDeclared\":\"NOASSERTION\","
                 "\"sourceInfo\":\"built package from: openssl 3.0.1-1\",\"externalRefs\":["
                 "{\"referenceType\":\"purl\",\"referenceLocator\":"
                 "\"pkg:deb/debian/libssl3@3.0.1-1?distro=debian-12\"}]}]}"),
            a, &b, &err),
        err);
    assert_int_equal(b.n, 1);
    assert_str(b.items[0].source, "openssl");
    assert_str(b.items[0].ecosystem, "Debian:12");
    assert_int_equal(b.items[0].license.n, 0);
}

static void other_json_is_named_as_such(void **state)
{
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(ARENA);
    pl_err err = {0};
    pl_sbom b;

    (void)state;
    assert_int_equal(pl_sbom_read(PL_S("{\"a\":1}"), a, &b, &err), PL_FORMAT);
    assert_non_null(strstr(err.text, "no bill of materials"));
    assert_int_equal(pl_sbom_read(PL_S("{\"a\":"), a, &b, &err), PL_FORMAT);
    assert_non_null(strstr(err.text, "line 1"));
}

static void components_too_deep_name_the_limit(void **state)
{
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(ARENA);
    PL_AUTO_BUF pl_buf doc = {0};
    pl_err err = {0};
    pl_sbom b;

    (void)state;
    pl_buf_c(&doc, "{\"bomFormat\":\"CycloneDX\",\"components\":");
    for (int i = 0; i < 40; i++)
        pl_buf_c(&doc, "[{\"type\":\"library\",\"name\":\"x\",\"components\":");
    pl_buf_c(&doc, "[]");
    for (int i = 0; i < 40; i++)
        pl_buf_c(&doc, "}]");
    pl_buf_c(&doc, "}");
    assert_int_equal(pl_sbom_read(pl_buf_view(&doc), a, &b, &err), PL_LIMIT);
    assert_non_null(strstr(err.text, "limit:depth"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_package_url_names_what_advisories_are_filed_under),
        cmocka_unit_test(what_is_no_package_url_is_refused),
        cmocka_unit_test(components_inside_components_are_found),
        cmocka_unit_test(properties_of_makers_say_more),
        cmocka_unit_test(what_an_spdx_document_describes_is_no_package_in_it),
        cmocka_unit_test(other_json_is_named_as_such),
        cmocka_unit_test(components_too_deep_name_the_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
