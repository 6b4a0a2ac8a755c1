/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "core/jail.h"
#include "vuln/vex.h"

#include <string.h>
#include <unistd.h>

#define NOW INT64_C(1800000000000000) /* 2027-01-15 */

/* Written with ' for ". */
#define OPENVEX(statements)                                                                        \
    "{'@context':'https://openvex.dev/ns/v0.2.0','timestamp':'2026-01-01T00:00:00Z','statements':" \
    "[" statements "]}"
#define SAYS(id, products, status)                                                                 \
    "{'vulnerability':{'name':'" id "'},'products':[" products "],'status':'" status "',"          \
    "'justification':'vulnerable_code_not_present'}"

/* Reads the text as a file in a jail. */
static pl_rc read_text(const char *text, bool is_ignore, pl_arena *a, pl_vex *vex, pl_err *err)
{
    char path[] = "/tmp/plimsoll-vex-XXXXXX";
    PL_AUTO_BUF pl_buf json = {0};
    PL_AUTO_FD int fd = mkstemp(path);

    assert_true(fd >= 0);
    for (; *text; text++)
        pl_buf_ch(&json, *text == '\'' && !is_ignore ? '"' : *text);
    assert_ok(pl_write_all(fd, pl_buf_view(&json), err), *err);
    pl_rc rc = pl_vex_read(path, is_ignore, a, vex, err);
    assert_int_equal(unlink(path), 0);
    return rc;
}

static const pl_subject image = {.kind = {"image", 5},
                                 .key = {"sha256:aa", 9},
                                 .name = {"reg.example/team/app:1", 22},
                                 .klass = {"reg.example/team/app", 20}};

static pl_vuln_facts facts(pl_str *alias)
{
    *alias = PL_S("DSA-1-1");
    return (pl_vuln_facts){.advisory = PL_S("CVE-2024-0001"),
                           .aliases = alias,
                           .n_aliases = 1,
                           .package = PL_S("libssl3"),
                           .version = PL_S("3.0.1-1+b1"),
                           .source = PL_S("openssl"),
                           .source_version = PL_S("3.0.1-1"),
                           .purl = PL_S("pkg:deb/debian/libssl3@3.0.1-1%2Bb1?arch=amd64&"
                                        "distro=debian-12")};
}

/* What a document says of the one finding, as "status reason"; "-": nothing. */
static void check(const char *text, bool is_ignore, const char *want)
{
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(1 << 20);
    PL_AUTO_BUF pl_buf got = {0};
    pl_vex vex = {0};
    pl_err err = {0};
    pl_str alias;
    pl_vuln_facts f = facts(&alias);

    assert_ok(read_text(text, is_ignore, a, &vex, &err), err);
    const pl_vex_statement *s = pl_vex_find(&vex, &f, &image, NOW);
    if (s)
        pl_buf_fmt(&got, "%s %.*s", pl_vex_status_word(pl_vex_status_at(s, NOW)), PL_F(s->reason));
    else
        pl_buf_c(&got, "-");
    if (vex.n_unclear)
        pl_buf_fmt(&got, " +%u", vex.n_unclear);
    if (!pl_str_eq(pl_buf_view(&got), pl_str_c(want)))
        fail_msg("%s:\ngot  %.*s\nwant %s", text, PL_F(pl_buf_view(&got)), want);
}

struct row {
    const char *text, *want;
};

#define REASON "vulnerable_code_not_present"

static void openvex_statements_find_their_package(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {OPENVEX(SAYS("CVE-2024-0001", "{'@id':'pkg:deb/debian/libssl3'}", "not_affected")),
         "not_affected " REASON},
        {OPENVEX(SAYS("DSA-1-1", "{'@id':'pkg:deb/debian/libssl3@3.0.1-1+b1'}", "fixed")),
         "fixed " REASON},
        {OPENVEX(SAYS("CVE-2024-0001", "{'@id':'pkg:deb/debian/openssl@3.0.1-1'}", "affected")),
         "affected " REASON},
        {OPENVEX(SAYS("CVE-2024-0001", "'pkg:deb/debian/libssl3?arch=arm64'", "not_affected")),
         "-"},
        {OPENVEX(SAYS("CVE-2024-0001", "'pkg:deb/debian/libssl3@3.0.2-1'", "not_affected")), "-"},
        {OPENVEX(SAYS("CVE-2024-0001", "'pkg:deb/ubuntu/libssl3'", "not_affected")), "-"},
        {OPENVEX(SAYS("CVE-2024-0002", "'pkg:deb/debian/libssl3'", "not_affected")), "-"},
        {OPENVEX(SAYS("CVE-2024-0001", "'pkg:deb/debian/openssl?arch=source'", "affected")),
         "affected " REASON},
        {OPENVEX(SAYS("CVE-2024-0001", "'pkg:deb/debian/openssl?arch=amd64'", "affected")), "-"},
        {OPENVEX(SAYS("CVE-2024-0001", "'pkg:deb/debian/openssl?distro=debian-11'", "fixed")), "-"},
        /* the image, and a package in it */
        {OPENVEX(SAYS("CVE-2024-0001",
                      "{'@id':'pkg:oci/app','subcomponents':[{'@id':'pkg:deb/debian/libssl3'}]}",
                      "not_affected")),
         "not_affected " REASON},
        {OPENVEX(SAYS("CVE-2024-0001",
                      "{'@id':'pkg:oci/other','subcomponents':[{'@id':'pkg:deb/debian/libssl3'}]}",
                      "not_affected")),
         "-"},
        {OPENVEX(SAYS("CVE-2024-0001", "{'@id':'pkg:oci/app@sha256%3Aaa'}", "not_affected")),
         "not_affected " REASON},
        {OPENVEX(SAYS("CVE-2024-0001", "{'@id':'pkg:oci/app@sha256%3Abb'}", "not_affected")), "-"},
        /* no product is no product, not every one */
        {OPENVEX("{'vulnerability':'CVE-2024-0001','status':'fixed'}"), "- +1"},
        /* the later one counts, wherever it stands */
        {OPENVEX("{'vulnerability':'CVE-2024-0001','products':['pkg:deb/debian/libssl3'],'status':"
                 "'affected','timestamp':'2026-06-01T00:00:00Z'}," SAYS(
                     "CVE-2024-0001", "'pkg:deb/debian/libssl3'", "not_affected")),
         "affected "},
    };
    for (size_t i = 0; i < PL_COUNT(rows); i++)
        check(rows[i].text, false, rows[i].want);
}

#define CSAF_TREE                                                                                  \
    "'product_tree':{'branches':[{'category':'vendor','branches':[{'category':'product_version',"  \
    "'product':{'product_id':'P1','name':'libssl3','product_identification_helper':{'purl':"       \
    "'pkg:deb/debian/libssl3@3.0.1-1%2Bb1'}}},{'category':'product_name','product':{'product_id':" \
    "'OS','name':'Debian 12','product_identification_helper':{'cpe':'cpe:/o:debian:12'}}},{"       \
    "'category':'product_version','product':{'product_id':'P2','name':'libssl3',"                  \
    "'product_identification_helper':{'purl':'pkg:deb/debian/libssl3'}}}]}],'relationships':[{"    \
    "'category':'default_component_of','full_product_name':{'product_id':'OS:P1','name':'x'},"     \
    "'product_reference':'P1','relates_to_product_reference':'OS'},{'category':"                   \
    "'default_component_of','full_product_name':{'product_id':'OS:P2','name':'y'},"                \
    "'product_reference':'P2','relates_to_product_reference':'OS'}]}"
#define CSAF(status)                                                                               \
    "{'document':{'csaf_version':'2.0','category':'csaf_vex','tracking':{'current_release_date':"  \
    "'2026-01-01T00:00:00Z'}}," CSAF_TREE                                                          \
    ",'vulnerabilities':[{'cve':'CVE-2024-0001','product_status':{" status "},'flags':[{'label':"  \
    "'component_not_present','product_ids':['OS:P1']}]}]}"

static void csaf_products_are_resolved_through_the_tree(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {CSAF("'known_not_affected':['P1']"), "not_affected "},
        {CSAF("'known_not_affected':['OS:P1']"), "not_affected component_not_present"},
        {CSAF("'fixed':['OS:P1']"), "fixed component_not_present"},
        {CSAF("'under_investigation':['P2']"), "under_investigation "},
        /* on which platform a package without version is cannot be told */
        {CSAF("'known_not_affected':['OS:P2']"), "- +1"},
        {CSAF("'known_not_affected':['OS','nowhere']"), "- +2"},
    };
    for (size_t i = 0; i < PL_COUNT(rows); i++)
        check(rows[i].text, false, rows[i].want);
}

#define CYCLONEDX(state, ref)                                                                      \
    "{'bomFormat':'CycloneDX','specVersion':'1.6','components':[{'bom-ref':'a','components':[{"    \
    "'bom-ref':'b','purl':'pkg:deb/debian/libssl3'}]}],'vulnerabilities':[{'id':'CVE-2024-0001',"  \
    "'analysis':{'state':'" state                                                                  \
    "','justification':'code_not_reachable'},'affects':[{'ref':'" ref "'}]}]}"

static void cyclonedx_analyses_follow_their_references(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {CYCLONEDX("not_affected", "b"), "not_affected code_not_reachable"},
        {CYCLONEDX("false_positive", "pkg:deb/debian/libssl3"), "not_affected code_not_reachable"},
        {CYCLONEDX("resolved", "urn:cdx:1/1#pkg:deb/debian/libssl3"), "fixed code_not_reachable"},
        {CYCLONEDX("exploitable", "b"), "affected code_not_reachable"},
        {CYCLONEDX("in_triage", "b"), "under_investigation code_not_reachable"},
        {CYCLONEDX("not_affected", "a"), "- +1"},
        {CYCLONEDX("", "b"), "-"},
    };
    for (size_t i = 0; i < PL_COUNT(rows); i++)
        check(rows[i].text, false, rows[i].want);
}

static void an_ignore_file_needs_reasons_and_may_expire(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"# all of it\n\nCVE-2024-0001 not reachable, see ticket 7\n",
         "ignored not reachable, see ticket 7"},
        {"CVE-2024-0001 package=openssl until=2027-01-15 until the rebuild",
         "ignored until the rebuild"},
        {"CVE-2024-0001 until=2027-01-14 until the rebuild", "expired until the rebuild"},
        {"CVE-2024-0001 by=jane until=2027-01-15 package=openssl by the rebuild",
         "ignored by the rebuild"},
        {"CVE-2024-0001 until=2027-01-14 old\nCVE-2024-0001 new", "ignored new"},
        {"CVE-2024-0001 package=pkg:deb/debian/libssl3@3.0.1-1%2Bb1 x", "ignored x"},
        {"CVE-2024-0001 package=libcrypto x", "-"},
        {"RHSA-2024:0001 x\nCVE-2024-0001 since a=b", "ignored since a=b"},
        {"CVE-2024-00010 x", "-"},
    };
    static const struct row bad[] = {
        {"CVE-2024-0001\n", "line 1: CVE-2024-0001: the reason is missing"},
        {"\nCVE-2024-0001 until=soon x", "line 2: until=soon: a day"},
        {"CVE-2024-0001 until=2027-2-28 x", "line 1: until=2027-2-28: a day"},
        {"CVE-2024-0001 exp:2027-01-31", "line 1: exp:2027-01-31: until=DAY"},
        {"CVE-2024-0001 package=x expires=2027-01-31 x", "line 1: expires=2027-01-31: until=DAY"},
        {"- id: CVE-2024-0001\n  reason: x", "line 1: -: no id"},
        {"vulnerabilities: x", "line 1: vulnerabilities:: no id"},
    };
    for (size_t i = 0; i < PL_COUNT(rows); i++)
        check(rows[i].text, true, rows[i].want);
    for (size_t i = 0; i < PL_COUNT(bad); i++) {
        PL_AUTO_ARENA pl_arena *a = pl_arena_new(1 << 20);
        pl_vex vex = {0};
        pl_err err = {0};
        assert_int_equal(read_text(bad[i].text, true, a, &vex, &err), PL_FORMAT);
        if (!strstr(err.text, bad[i].want))
            fail_msg("%s: %s", bad[i].text, err.text);
        assert_int_equal(vex.n, 0);
    }
}

static void what_is_no_vex_document_is_refused(void **state)
{
    (void)state;
    static const struct row bad[] = {
        {"", "line"},
        {"[]", "neither OpenVEX, nor CSAF, nor CycloneDX"},
        {"{'bomFormat':'CycloneDX'}", "CycloneDX document without vulnerabilities"},
        {"{'document':{'csaf_version':'2.0'}}", "CSAF document without vulnerabilities"},
        {OPENVEX("{'vulnerability':'CVE-2024-0001','products':['x'],'status':'maybe'}"),
         "no known status"},
    };
    for (size_t i = 0; i < PL_COUNT(bad); i++) {
        PL_AUTO_ARENA pl_arena *a = pl_arena_new(1 << 20);
        pl_vex vex = {0};
        pl_err err = {0};
        assert_int_equal(read_text(bad[i].text, false, a, &vex, &err), PL_FORMAT);
        if (!strstr(err.text, bad[i].want))
            fail_msg("%s: %s", bad[i].text, err.text);
    }
}

static void a_file_that_is_not_there_is_told_apart(void **state)
{
    (void)state;
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(1 << 20);
    pl_vex vex = {0};
    pl_err err = {0};

    assert_int_equal(pl_vex_read("/nonexistent/vex.json", false, a, &vex, &err), PL_NOTFOUND);
    assert_string_equal(err.text, "/nonexistent/vex.json: no such file");
}

int main(int argc, char **argv)
{
    static const pl_worker_kind kinds[] = {{PL_VEX_WORKER, pl_vex_worker}, {0}};
    pl_jail_main(argc, argv, kinds);

    const struct CMUnitTest tests[] = {
        cmocka_unit_test(openvex_statements_find_their_package),
        cmocka_unit_test(csaf_products_are_resolved_through_the_tree),
        cmocka_unit_test(cyclonedx_analyses_follow_their_references),
        cmocka_unit_test(an_ignore_file_needs_reasons_and_may_expire),
        cmocka_unit_test(what_is_no_vex_document_is_refused),
        cmocka_unit_test(a_file_that_is_not_there_is_told_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
