/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "vuln/ecosystem.h"
#include "vuln/osv.h"

#include <string.h>

static void print_list(pl_buf *out, const pl_str *v, size_t n)
{
    for (size_t i = 0; i < n; i++)
        pl_buf_fmt(out, "%s%.*s", i ? "," : "", PL_F(v[i]));
}

/* names|aliases|ecosystem/package severity [lo,hi) =version ... */
static void print_record(pl_buf *out, const pl_osv_record *r)
{
    static const char close[] = {[PL_OSV_OPEN] = ')', [PL_OSV_FIXED] = ')', [PL_OSV_LAST] = ']'};

    print_list(out, r->names, r->n_names);
    pl_buf_c(out, "|");
    print_list(out, r->aliases, r->n_aliases);
    pl_buf_c(out, "|");
    for (size_t i = 0; i < r->n_affected; i++) {
        const pl_osv_affected *a = &r->affected[i];
        pl_buf_fmt(out, "%s%.*s/%.*s %s", i ? "; " : "", PL_F(a->ecosystem), PL_F(a->package),
                   pl_severity_word(a->severity));
        for (size_t k = 0; k < a->n_intervals; k++)
            pl_buf_fmt(out, " [%.*s,%.*s%c", PL_F(a->intervals[k].lo), PL_F(a->intervals[k].hi),
                       close[a->intervals[k].end]);
        for (size_t k = 0; k < a->n_versions; k++)
            pl_buf_fmt(out, " =%.*s", PL_F(a->versions[k]));
    }
}

/* Cases are written with ' for ". */
static pl_str json_of(pl_arena *a, const char *text)
{
    pl_str s = pl_str_c(text);
    char *p = pl_arena_calloc(a, s.n + 1, 1);
    for (size_t i = 0; p && i < s.n; i++)
        p[i] = (char)(s.p[i] == '\'' ? '"' : s.p[i]);
    return (pl_str){p, s.n};
}

#define PACKAGE(eco) "'package':{'ecosystem':'" eco "','name':'p'}"
#define DEB(events)                                                                                \
    "{'id':'X-1','affected':[{" PACKAGE("Debian:12") ",'ranges':[{'type':'ECOSYSTEM',"             \
                                                     "'events':[" events "]}]}]}"
#define VECTOR "'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H'"

static const struct {
    const char *name, *json, *want;
} good[] = {
    {"one fixed range", DEB("{'introduced':'0'},{'fixed':'1.2-3'}"),
     "X-1||Debian:12/p unknown [,1.2-3)"},
    {"open range", DEB("{'introduced':'0'}"), "X-1||Debian:12/p unknown [,)"},
    {"last affected", DEB("{'introduced':'1.0'},{'last_affected':'1.2'}"),
     "X-1||Debian:12/p unknown [1.0,1.2]"},
    {"events out of order",
     DEB("{'fixed':'2.1'},{'introduced':'2.0'},{'fixed':'1.5'},{'introduced':'0'}"),
     "X-1||Debian:12/p unknown [,1.5) [2.0,2.1)"},
    {"a second fix closes nothing", DEB("{'introduced':'0'},{'fixed':'1.5'},{'fixed':'1.7'}"),
     "X-1||Debian:12/p unknown [,1.5)"},
    {"0~ is not before everything", DEB("{'introduced':'0~'},{'fixed':'1'}"),
     "X-1||Debian:12/p unknown [0~,1)"},
    {"fixed without introduced", DEB("{'fixed':'1'}"), "X-1||Debian:12/p unknown"},
    {"two ranges, and versions that they do not hold",
     "{'id':'CVE-2024-0001','affected':[{'versions':['1.0','9'],'ranges':[{'events':[{"
     "'introduced':'0'},{'fixed':'1.2'}],'type':'ECOSYSTEM'},{'type':'ECOSYSTEM','events':[{"
     "'introduced':'2'},{'fixed':'3'}]}]," PACKAGE("Debian:12") "}]}",
     "CVE-2024-0001||Debian:12/p unknown [,1.2) [2,3) =9"},
    {"git ranges are not versions",
     "{'id':'A','affected':[{" PACKAGE("Alpine:v3.18") ",'ranges':[{'type':'GIT','events':[{"
                                                       "'introduced':'0'},{'fixed':'dead'}]}]}]}",
     "A||Alpine:v3.18/p unknown"},
    {"a distribution's id is its CVE", "{'id':'DEBIAN-CVE-2024-0001','upstream':['CVE-2024-0001']}",
     "CVE-2024-0001|DEBIAN-CVE-2024-0001|"},
    {"a group speaks of several",
     "{'id':'DSA-1-1','upstream':['CVE-2024-0002','CVE-2024-0001','UBUNTU-CVE-2024-0001']}",
     "CVE-2024-0002,CVE-2024-0001|DSA-1-1|"},
    {"aliases are one vulnerability", "{'id':'GHSA-x','aliases':['CVE-2024-0009','CVE-2024-0008']}",
     "CVE-2024-0008|GHSA-x,CVE-2024-0009|"},
    {"a distribution's advisory speaks of what it is related to",
     "{'id':'ALSA-2024:1','related':['CVE-2024-0002','CVE-2024-0001']}",
     "CVE-2024-0002,CVE-2024-0001|ALSA-2024:1|"},
    {"without a CVE the GitHub id is the name",
     "{'id':'PYSEC-1','aliases':['GHSA-b','GHSA-a'],'related':['CVE-2024-0002']}",
     "GHSA-a|PYSEC-1,GHSA-b|"},
    {"what a distribution calls not affected is left out",
     "{'id':'A','affected':[{" PACKAGE("Debian:12") ",'database_specific':{'status':'not-affected'}"
                                                    "},{" PACKAGE("Debian:13") "}]}",
     "A||Debian:13/p unknown"},
    {"names and releases have one form",
     "{'id':'A','affected':[{'package':{'ecosystem':'PyPI','name':'Foo.Bar__x'}},{'package':{'"
     "ecosystem':'Red "
     "Hat:enterprise_linux:9::appstream','name':'Cpp'}},{'package':{'ecosystem':'SUSE:Linux "
     "Enterprise Module for Basesystem 15 SP5','name':'Cpp'}},{'package':{'ecosystem':'SUSE:Linux "
     "Enterprise Server 15 SP3-LTSS','name':'c'}},{'package':{'ecosystem':'NuGet','name':'A.B'}}]}",
     "A||PyPI/foo-bar-x unknown; Red Hat:enterprise_linux:9/Cpp unknown; SUSE:Linux Enterprise 15 "
     "SP5/Cpp unknown; SUSE:Linux Enterprise 15 SP3/c unknown; NuGet/a.b unknown"},
    {"a range that has no order yields to the listed versions",
     "{'id':'A','affected':[{" PACKAGE(
         "PyPI") ",'versions':['2004d','1.0'],'ranges':[{'type':'ECOSYSTEM','events':[{'introduced'"
                 ":'0'},{'fixed':'2005-01-01'}]}]}]}",
     "A||PyPI/p unknown =2004d =1.0"},
    {"a group without ids is its own", "{'id':'DSA-2-1'}", "DSA-2-1||"},
    {"other ecosystems are left out",
     "{'id':'A','affected':[{" PACKAGE("GIT") ",'versions':['1']}]}", "A||"},
    {"Ubuntu without LTS, and its severity",
     "{'id':'UBUNTU-CVE-2024-0003','severity':[{'type':'CVSS_V3','score':" VECTOR
     "},{'type':'Ubuntu','score':'low'}],'affected':[{" PACKAGE("Ubuntu:22.04:LTS") "}]}",
     "CVE-2024-0003|UBUNTU-CVE-2024-0003|Ubuntu:22.04/p low"},
    {"a vector when nobody says a word",
     "{'affected':[{" PACKAGE(
         "Debian:12") "}],'id':'A','severity':[{'type':'CVSS_V3','score':" VECTOR "}]}",
     "A||Debian:12/p critical"},
    {"the package's word before the record's",
     "{'id':'A','database_specific':{'severity':'HIGH'},'affected':[{" PACKAGE(
         "Debian:12") ",'ecosystem_specific':{'urgency':'unimportant'}},{" PACKAGE("Debian:13") ",'"
                                                                                                "ec"
                                                                                                "os"
                                                                                                "ys"
                                                                                                "te"
                                                                                                "m_"
                                                                                                "sp"
                                                                                                "ec"
                                                                                                "if"
                                                                                                "ic"
                                                                                                "':"
                                                                                                "{'"
                                                                                                "ur"
                                                                                                "ge"
                                                                                                "nc"
                                                                                                "y'"
                                                                                                ":'"
                                                                                                "no"
                                                                                                "t "
                                                                                                "ye"
                                                                                                "t "
                                                                                                "as"
                                                                                                "si"
                                                                                                "gn"
                                                                                                "ed"
                                                                                                "'}"
                                                                                                "}]"
                                                                                                "}",
     "A||Debian:12/p info; Debian:13/p high"},
    {"unknown keys and types are let pass",
     "{'id':'A','affected':null,'severity':7,'credits':[{'name':'x'}],'schema_version':'2',"
     "'modified':'0001-01-01T00:00:00Z','aliases':null}",
     "A||"},
};

static void records_become_intervals_names_and_severities(void **state)
{
    (void)state;
    for (size_t i = 0; i < PL_COUNT(good); i++) {
        PL_AUTO_ARENA pl_arena *a = pl_arena_new(1 << 20);
        PL_AUTO_BUF pl_buf out = {0};
        pl_osv_record r;
        pl_err err = {0};

        if (pl_osv_parse(json_of(a, good[i].json), a, &r, &err) != PL_OK)
            fail_msg("%s: %s", good[i].name, err.text);
        print_record(&out, &r);
        if (!pl_str_eq(pl_buf_view(&out), pl_str_c(good[i].want)))
            fail_msg("%s: got  %.*s", good[i].name, PL_F(pl_buf_view(&out)));
    }
}

static const struct {
    const char *json, *why;
} bad[] = {
    {"", "not a JSON object"},
    {"[]", "not a JSON object"},
    {"{}", "no id"},
    {"{'id':7}", "byte 6: string expected"},
    {"{'id':''}", "byte 8: empty or unprintable word"},
    {"{'id':'a\\u0000b'}", "byte 16: empty or unprintable word"},
    {"{'id':'A'", "advisory A: byte 9: comma or closing bracket expected"},
    {"{'id':'A'}x", "advisory A: byte 10: text behind the end of the document"},
    {"{'id':'A','aliases':[1]}", "advisory A: byte 21: string expected"},
    {DEB("{'introduced':'0'},{'fixed':'1 2'}"),
     "advisory X-1: package p in Debian:12: 1 2 is not a version"},
};

static void a_malformed_record_is_named_with_its_fault(void **state)
{
    (void)state;
    for (size_t i = 0; i < PL_COUNT(bad); i++) {
        PL_AUTO_ARENA pl_arena *a = pl_arena_new(1 << 20);
        pl_osv_record r;
        pl_err err = {0};

        assert_int_equal(pl_osv_parse(json_of(a, bad[i].json), a, &r, &err), PL_FORMAT);
        assert_string_equal(err.text, bad[i].why);
    }
}

static void limits_are_errors_of_their_own(void **state)
{
    (void)state;
    enum { MANY = 1100 };
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(1 << 20);
    PL_AUTO_BUF pl_buf json = {0};
    pl_osv_record r;
    pl_err err = {0};

    pl_buf_c(&json, "{\"id\":\"A\",\"aliases\":[\"x\"");
    for (int i = 0; i < MANY; i++)
        pl_buf_c(&json, ",\"x\"");
    pl_buf_c(&json, "]}");
    assert_int_equal(pl_osv_parse(pl_buf_view(&json), a, &r, &err), PL_LIMIT);
    assert_string_equal(err.text, "advisory A: more than 1024 aliases");
}

static void a_withdrawn_record_and_its_dates_are_seen(void **state)
{
    (void)state;
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(1 << 20);
    pl_osv_record r;
    pl_err err = {0};
    pl_str json = json_of(a, "{'id':'A','withdrawn':'2024-01-01T00:00:00Z','modified':'2024-01-02T"
                             "00:00:00.5Z','published':'0001-01-01T00:00:00Z','details':'First line"
                             "\\nsecond'}");

    assert_ok(pl_osv_parse(json, a, &r, &err), err);
    assert_true(r.is_withdrawn);
    assert_true(r.modified_us == INT64_C(1704153600500000));
    assert_true(r.published_us == 0);
    assert_str(r.summary, "First line second");
}

static void a_record_survives_the_way_to_the_importer(void **state)
{
    (void)state;
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(8 << 20);
    pl_err err = {0};

    for (size_t i = 0; i < PL_COUNT(good); i++) {
        PL_AUTO_BUF pl_buf wire = {0}, before = {0}, after = {0};
        pl_osv_record in, out;
        assert_ok(pl_osv_parse(json_of(a, good[i].json), a, &in, &err), err);
        pl_osv_encode(&in, &wire);
        for (size_t cut = 0; cut < wire.n; cut++) {
            pl_rd r = pl_rd_of(wire.p, cut);
            assert_int_equal(pl_osv_decode(&r, a, &out, &err), PL_FORMAT);
        }
        pl_rd r = pl_rd_of(wire.p, wire.n);
        assert_ok(pl_osv_decode(&r, a, &out, &err), err);
        assert_true(pl_rd_done(&r));
        print_record(&before, &in);
        print_record(&after, &out);
        assert_true(pl_str_eq(pl_buf_view(&before), pl_buf_view(&after)));
    }
}

static void a_signed_kernel_is_looked_up_under_its_source(void **state)
{
    (void)state;
    static const struct {
        const char *ecosystem, *source, *version, *want_source, *want_version;
    } cases[] = {
        {"Debian:12", "linux-signed-amd64", "6.1.76+1", "linux", "6.1.76-1"},
        {"Ubuntu:22.04", "linux-signed-hwe-6.5", "6.5.0-14.14", "linux-hwe-6.5", "6.5.0-14.14"},
        {"Debian:12", "glibc", "2.36+1", "glibc", "2.36+1"},
        {"Alpine:v3.18", "linux-signed", "1", "linux-signed", "1"},
    };
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(1 << 12);
    for (size_t i = 0; i < PL_COUNT(cases); i++) {
        pl_str source = pl_str_c(cases[i].source), version = pl_str_c(cases[i].version);
        pl_ecosystem_true_source(a, pl_str_c(cases[i].ecosystem), &source, &version);
        assert_true(pl_str_eq(source, pl_str_c(cases[i].want_source)));
        assert_true(pl_str_eq(version, pl_str_c(cases[i].want_version)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_become_intervals_names_and_severities),
        cmocka_unit_test(a_malformed_record_is_named_with_its_fault),
        cmocka_unit_test(limits_are_errors_of_their_own),
        cmocka_unit_test(a_withdrawn_record_and_its_dates_are_seen),
        cmocka_unit_test(a_record_survives_the_way_to_the_importer),
        cmocka_unit_test(a_signed_kernel_is_looked_up_under_its_source),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
