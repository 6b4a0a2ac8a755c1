/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "vuln/db_build.h"
#include "vuln/dbfile.h"
#include "vuln/match.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Written with ' for ". */
#define AFF(eco, name, events)                                                                     \
    "{'package':{'ecosystem':'" eco "','name':'" name "'},'ranges':[{'type':'ECOSYSTEM',"          \
    "'events':[" events "]}]}"
#define FIXED(v) "{'introduced':'0'},{'fixed':'" v "'}"
#define OPEN "{'introduced':'0'}"

static const char *const records[] = {
    ("{'id':'DLA-9-1','upstream':['CVE-2024-0001'],'summary':'src - security "
     "update','affected':[" AFF("Debian:10", "src", FIXED("1.0-9")) "]}"),
    ("{'id':'DEBIAN-CVE-2024-0001','upstream':['CVE-2024-0001'],'summary':'one','affected':[" AFF(
        "Debian:12", "src", FIXED("1.2-3")) "," AFF("Debian:11", "src", OPEN) "]}"),
    ("{'id':'DSA-1-1','upstream':['CVE-2024-0001','CVE-2024-0002'],'affected':[" AFF(
        "Debian:12", "src", FIXED("1.2-4")) "]}"),
    ("{'id':'CVE-2024-0003','withdrawn':'2024-01-01T00:00:00Z','affected':[" AFF("Debian:12", "src",
                                                                                 OPEN) "]}"),
    ("{'id':'CVE-2024-0004','affected':[" AFF(
        "Debian:12", "src",
        "{'introduced':'0'},{'fixed':'1.0-5'},{'introduced':'1.1'},{'fixed':'1.1-7'}") "]}"),
    ("{'id':'CVE-2024-0005','affected':[" AFF("Debian:12", "src",
                                              "{'introduced':'0'},{'last_affected':'1.1-1'}") "]}"),
    ("{'id':'CVE-2024-0006','database_specific':{'severity':'HIGH'},'published':'2024-02-03T00:00:"
     "00Z','affected':[" AFF("Alpine:v3.18", "origin", FIXED("1.2.3-r4")) "]}"),
    ("{'id':'CVE-2024-0007','affected':[{'package':{'ecosystem':'Debian:12','name':'listed'},"
     "'versions':['1.0-1','1.0-3']}]}"),
    ("{'id':'ALSA-2024:8','related':['CVE-2024-0008'],'affected':[" AFF("AlmaLinux:9", "binary",
                                                                        FIXED("1:2.0-1.el9")) "]}"),
    ("{'id':'RLSA-2024:11','related':['CVE-2024-0011'],'affected':[" AFF(
        "Rocky Linux:8", "nodejs", FIXED("1:18.2-1.module+el8.9.0+1+ab")) "]}"),
    ("{'id':'RLSA-2024:12','related':['CVE-2024-0012'],'affected':[" AFF("Rocky Linux:8", "nodejs",
                                                                         FIXED("1:19-1.el8")) "]}"),
    ("{'id':'ALSA-2024:11','related':['CVE-2024-0011'],'affected':[{'package':{'ecosystem':"
     "'AlmaLinux:8','name':'nodejs'},'ecosystem_specific':{'rpm_modularity':'nodejs:18'},'ranges':["
     "{'type':'ECOSYSTEM','events':[{'introduced':'0'},{'fixed':'1:18.9-1.module_el8+2'}]}]}]}"),
    ("{'id':'GHSA-aaaa','aliases':['PYSEC-2024-9'],'affected':[" AFF("PyPI", "Foo.Bar",
                                                                     FIXED("1.10rc1")) "]}"),
    ("{'id':'PYSEC-2024-9','aliases':['GHSA-aaaa'],'affected':[" AFF("PyPI", "foo-bar",
                                                                     FIXED("1.10")) "]}"),
    ("{'id':'CVE-2024-0010','affected':[{'package':{'ecosystem':'Debian:12','name':'stays'},"
     "'ecosystem_specific':{'urgency':'end-of-life'},'ranges':[{'type':'ECOSYSTEM','events':[{"
     "'introduced':'0'}]}]}]}"),
};

static void add_record(pl_db_build *b, const char *text)
{
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(1 << 20);
    PL_AUTO_BUF pl_buf json = {0}, wire = {0};
    pl_osv_record rec;
    pl_err err = {0};

    for (; *text; text++)
        pl_buf_c(&json, *text == '\'' ? "\"" : (char[]){*text, '\0'});
    assert_ok(pl_osv_parse(pl_buf_view(&json), a, &rec, &err), err);
    pl_osv_encode(&rec, &wire);
    pl_rd r = pl_rd_of(wire.p, wire.n);
    assert_ok(pl_db_add_records(b, &r, PL_S("test"), &err), err);
}

static void build(pl_buf *out)
{
    PL_AUTO_DB_BUILD pl_db_build *b = pl_db_build_new();
    pl_db_counts counts;
    pl_err err = {0};

    for (size_t i = 0; i < PL_COUNT(records); i++)
        add_record(b, records[i]);
    assert_ok(pl_db_add_kev(b, PL_S("CVE-2024-0001"), PL_S("2024-06-30"), &err), err);
    assert_ok(pl_db_add_kev(b, PL_S("CVE-1999-0001"), PL_S(""), &err), err);
    assert_ok(pl_db_add_epss(b, PL_S("CVE-2024-0001"), 114840, &err), err);
    assert_ok(pl_db_add_feed(b, PL_S("kev"), PL_S("test"), PL_S("2024.1"), 1, &err), err);
    assert_ok(pl_db_finish(b, 1000000, out, &counts, &err), err);
    assert_int_equal(counts.withdrawn, 1);
}

static void print_hits(pl_buf *out, const pl_vuln_match *m)
{
    for (size_t i = 0; i < m->n_hits; i++)
        pl_buf_fmt(out, "%s%.*s%s%.*s", i ? " " : "", PL_F(m->hits[i].facts.advisory),
                   m->hits[i].is_affected ? ">" : "!", PL_F(m->hits[i].facts.fixed_version));
}

static void a_package_is_matched_by_source_release_and_version(void **state)
{
    (void)state;
    static const struct {
        const char *ecosystem, *source, *version, *want;
    } cases[] = {
        /* the DSA asks for more than the tracker's record; it is one vulnerability */
        {"Debian:12", "src", "1.0-1",
         "CVE-2024-0001>1.2-4 CVE-2024-0002>1.2-4 CVE-2024-0004>1.0-5 CVE-2024-0005>"},
        {"Debian:12", "src", "1.1-2",
         "CVE-2024-0001>1.2-4 CVE-2024-0002>1.2-4 CVE-2024-0004>1.1-7"},
        {"Debian:12", "src", "1.0-5", "CVE-2024-0001>1.2-4 CVE-2024-0002>1.2-4 CVE-2024-0005>"},
        {"Debian:12", "src", "1.2-3", "CVE-2024-0001>1.2-4 CVE-2024-0002>1.2-4"},
        {"Debian:12", "src", "1.2-4", ""},
        {"Debian:12", "other", "1.0-1", ""},
        {"Debian:11", "src", "9.9-9", "CVE-2024-0001>"},
        {"Debian:12", "listed", "1.0-3", "CVE-2024-0007>"},
        {"Debian:12", "listed", "1.0-2", ""},
        {"Alpine:v3.18", "origin", "1.2.3-r3", "CVE-2024-0006>1.2.3-r4"},
        {"Alpine:v3.18", "origin", "1.2.3-r4", ""},
        /* by the name of the binary package, not of its source */
        {"AlmaLinux:9", "src", "1:1.9-9.el9", "CVE-2024-0008>1:2.0-1.el9"},
        /* what is fixed in a module is not what lies outside of it */
        {"Rocky Linux:8", "nodejs", "1:16.9-1.module_el8.5.0+2+cd",
         "CVE-2024-0011>1:18.2-1.module+el8.9.0+1+ab"},
        {"Rocky Linux:8", "nodejs", "1:10.24-1.el8", "CVE-2024-0012>1:19-1.el8"},
        {"PyPI", "foo_bar", "1.9", "GHSA-aaaa>1.10"},
        {"PyPI", "foo_bar", "1.10rc1", "GHSA-aaaa>1.10"},
        {"PyPI", "foo_bar", "1.10", ""},
        {"Debian:12", "stays", "1-1", "CVE-2024-0010>"},
    };
    PL_AUTO_BUF pl_buf file = {0};
    PL_AUTO_ADVISORIES pl_advisories *db = NULL;
    pl_err err = {0};

    build(&file);
    assert_ok(pl_advisories_of_bytes(pl_buf_view(&file), "test", &db, &err), err);
    for (size_t i = 0; i < PL_COUNT(cases); i++) {
        PL_AUTO_ARENA pl_arena *a = pl_arena_new(1 << 20);
        PL_AUTO_BUF pl_buf got = {0};
        pl_vuln_query q = {.ecosystem = pl_str_c(cases[i].ecosystem),
                           .name = PL_S("binary"),
                           .version = PL_S("0"),
                           .source = pl_str_c(cases[i].source),
                           .source_version = pl_str_c(cases[i].version)};
        pl_vuln_match m;
        assert_ok(pl_vuln_match_packages(db, &q, 1, 0, a, &m, &err), err);
        assert_null(m.gaps[0]);
        print_hits(&got, &m);
        if (!pl_str_eq(pl_buf_view(&got), pl_str_c(cases[i].want)))
            fail_msg("%s %s %s: got %.*s", cases[i].ecosystem, cases[i].source, cases[i].version,
                     PL_F(pl_buf_view(&got)));
    }
}

static void a_module_stream_is_matched_by_itself(void **state)
{
    (void)state;
    static const struct {
        const char *module, *version;
        size_t hits;
    } cases[] = {
        {"nodejs:18:8060020220526:ad008a3a", "1:18.2-1.module_el8+1", 1},
        {"nodejs:18", "1:18.2-1.module_el8+1", 1},
        {"nodejs:18:8060020220526:ad008a3a", "1:18.9-1.module_el8+2", 0},
        {"nodejs:16:8060020220526:ad008a3a", "1:16.2-1.module_el8+1", 0},
        {"nodejs:180:1:1", "1:16.2-1.module_el8+1", 0},
        {"", "1:16.2-1.el8", 0},
        {"", "1:16.2-1.module_el8+1", 1},
    };
    PL_AUTO_BUF pl_buf file = {0};
    PL_AUTO_ADVISORIES pl_advisories *db = NULL;
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(1 << 20);
    pl_err err = {0};

    build(&file);
    assert_ok(pl_advisories_of_bytes(pl_buf_view(&file), "test", &db, &err), err);
    for (size_t i = 0; i < PL_COUNT(cases); i++) {
        pl_vuln_query q = {.ecosystem = PL_S("AlmaLinux:8"),
                           .name = PL_S("nodejs"),
                           .version = pl_str_c(cases[i].version),
                           .module = pl_str_c(cases[i].module)};
        pl_vuln_match m;
        assert_ok(pl_vuln_match_packages(db, &q, 1, 0, a, &m, &err), err);
        if (m.n_hits != cases[i].hits)
            fail_msg("%s %s: %zu hits", cases[i].module, cases[i].version, m.n_hits);
    }
}

static void check_first_hit(const pl_vuln_hit *hit)
{
    const pl_vuln_facts *f = &hit->facts;

    assert_str(f->advisory, "CVE-2024-0001");
    assert_str(f->summary, "one");
    assert_str(f->source, "src");
    assert_str(f->source_version, "1.2-3");
    assert_str(f->purl, "pkg:deb/debian/src@1.2-3");
    assert_int_equal(f->n_aliases, 2);
    assert_str(f->aliases[0], "DEBIAN-CVE-2024-0001");
    assert_str(f->aliases[1], "DSA-1-1");
    assert_true(f->kev);
    assert_str(f->kev_due, "2024-06-30");
    assert_int_equal(f->epss_ppm, 114840);
    assert_int_equal(hit->severity, PL_UNKNOWN_SEVERITY);
    assert_int_equal(hit->cvss, -1);
}

static void a_hit_carries_what_is_known(void **state)
{
    (void)state;
    PL_AUTO_BUF pl_buf file = {0};
    PL_AUTO_ADVISORIES pl_advisories *db = NULL;
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(1 << 20);
    pl_vuln_query q[] = {
        {.ecosystem = PL_S("Debian:12"),
         .name = PL_S("src"),
         .version = PL_S("1.2-3"),
         .purl = PL_S("pkg:deb/debian/src@1.2-3")},
        {.ecosystem = PL_S("Alpine:v3.18"), .name = PL_S("origin"), .version = PL_S("1.2.3-r0")}};
    pl_vuln_match m;
    pl_err err = {0};

    build(&file);
    assert_ok(pl_advisories_of_bytes(pl_buf_view(&file), "test", &db, &err), err);
    assert_ok(pl_vuln_match_packages(db, q, 2, 0, a, &m, &err), err);
    assert_int_equal(m.n_hits, 3);
    check_first_hit(&m.hits[0]);
    assert_false(m.hits[1].facts.kev);
    assert_int_equal(m.hits[1].facts.epss_ppm, -1);
    assert_int_equal(m.hits[2].severity, PL_HIGH);
    assert_int_equal(m.hits[2].query, 1);
    assert_true(m.hits[2].published_us == INT64_C(1706918400000000));
}

static void what_cannot_be_matched_has_a_reason(void **state)
{
    (void)state;
    static const struct {
        const char *ecosystem, *version, *want;
    } cases[] = {
        {"Debian:12", "1", NULL},
        {"Debian:13", "1", "feed-missing"},
        {"Ubuntu:22.04", "1", "feed-missing"},
        {"", "1", "no-feed"},
        {"npm", "1", "feed-missing"},
        {"GIT", "1", "unsupported"},
        {"Debian:12", "", "unreadable"},
        {"Debian:12", "1-", "unreadable"},
    };
    PL_AUTO_BUF pl_buf file = {0};
    PL_AUTO_ADVISORIES pl_advisories *db = NULL;
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(1 << 20);
    pl_err err = {0};

    build(&file);
    assert_ok(pl_advisories_of_bytes(pl_buf_view(&file), "test", &db, &err), err);
    for (size_t i = 0; i < PL_COUNT(cases); i++) {
        pl_vuln_query q = {.ecosystem = pl_str_c(cases[i].ecosystem),
                           .name = PL_S("src"),
                           .version = pl_str_c(cases[i].version)};
        pl_vuln_match m;
        assert_ok(pl_vuln_match_packages(db, &q, 1, 0, a, &m, &err), err);
        const char *gap = m.gaps[0] ? m.gaps[0] : "none";
        assert_string_equal(gap, cases[i].want ? cases[i].want : "none");
        assert_int_equal(m.n_gaps, cases[i].want != NULL);
        assert_ok(pl_vuln_match_packages(NULL, &q, 1, 0, a, &m, &err), err);
        assert_non_null(m.gaps[0]);
    }
}

static void a_damaged_file_is_refused_wherever_the_damage_is(void **state)
{
    (void)state;
    PL_AUTO_BUF pl_buf file = {0};
    pl_err err = {0};

    build(&file);
    for (size_t i = 0; i < file.n; i++) {
        pl_advisories *db = NULL;
        file.p[i] = (char)(file.p[i] ^ 0x20);
        if (pl_advisories_of_bytes(pl_buf_view(&file), "test", &db, &err) != PL_FORMAT)
            fail_msg("byte %zu may be changed", i);
        file.p[i] = (char)(file.p[i] ^ 0x20);
        if (pl_advisories_of_bytes((pl_str){file.p, i}, "test", &db, &err) != PL_FORMAT)
            fail_msg("may be cut to %zu bytes", i);
    }
}

static void other_files_are_told_apart(void **state)
{
    (void)state;
    PL_AUTO_BUF pl_buf file = {0};
    pl_advisories *db = NULL;
    pl_err err = {0};

    assert_int_equal(pl_advisories_of_bytes(PL_S("SQLite format 3"), "x.db", &db, &err), PL_FORMAT);
    assert_string_equal(err.text, "x.db: not an advisory database");
    build(&file);
    file.p[PL_DB_AT_FORMAT] = 9;
    assert_int_equal(pl_advisories_of_bytes(pl_buf_view(&file), "x.db", &db, &err), PL_FORMAT);
    assert_string_equal(err.text, "x.db: format 9, this program reads format 4: import again");
    file.p[PL_DB_AT_FORMAT] = PL_DB_FORMAT;
    assert_int_equal(pl_advisories_of_bytes((pl_str){file.p, file.n - 1}, "x.db", &db, &err),
                     PL_FORMAT);
    assert_non_null(strstr(err.text, "x.db: truncated: "));
}

static size_t files_in(const char *dir)
{
    size_t n = 0;
    DIR *d = opendir(dir);
    for (struct dirent *e; d && (e = readdir(d));)
        n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
    if (d)
        (void)closedir(d);
    return n;
}

struct place {
    char dir[32], sub[64], file[128], tmp[128];
};

static void make_place(struct place *p)
{
    (void)snprintf(p->dir, sizeof(p->dir), "/tmp/plimsoll-test-XXXXXX");
    assert_non_null(mkdtemp(p->dir));
    (void)snprintf(p->sub, sizeof(p->sub), "%s/advisories", p->dir);
    (void)snprintf(p->file, sizeof(p->file), "%s/%s", p->sub, PL_DB_NAME);
    (void)snprintf(p->tmp, sizeof(p->tmp), "%s/%s", p->sub, PL_DB_TMP_NAME);
}

static void a_stored_file_replaces_the_old_one_whole(void **state)
{
    (void)state;
    struct place p;
    PL_AUTO_BUF pl_buf file = {0};
    PL_AUTO_ADVISORIES pl_advisories *old = NULL, *new = NULL;
    pl_advisories_info info;
    struct stat st;
    pl_err err = {0};

    make_place(&p);
    assert_int_equal(pl_advisories_open(p.sub, &old, &err), PL_NOTFOUND);
    build(&file);
    assert_ok(pl_db_store(p.sub, pl_buf_view(&file), &err), err);
    assert_ok(pl_advisories_open(p.sub, &old, &err), err);
    /* left behind by an import that was killed */
    int fd = open(p.tmp, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    assert_true(fd >= 0 && close(fd) == 0);
    assert_ok(pl_db_store(p.sub, pl_buf_view(&file), &err), err);
    assert_ok(pl_advisories_open(p.sub, &new, &err), err);
    pl_advisories_info_of(old, &info);
    assert_int_equal(info.bytes, file.n);
    assert_ok(pl_advisories_verify(old, &err), err);
    assert_int_equal(files_in(p.sub), 1);
    assert_int_equal(stat(p.file, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0400);
    assert_int_equal(unlink(p.file), 0);
    assert_int_equal(rmdir(p.sub), 0);
    assert_int_equal(rmdir(p.dir), 0);
}

static void a_link_in_place_of_the_file_is_not_followed(void **state)
{
    (void)state;
    struct place p;
    PL_AUTO_BUF pl_buf file = {0};
    pl_advisories *db = NULL;
    char real[128];
    pl_err err = {0};

    make_place(&p);
    build(&file);
    assert_ok(pl_db_store(p.sub, pl_buf_view(&file), &err), err);
    (void)snprintf(real, sizeof(real), "%s/real", p.sub);
    assert_int_equal(rename(p.file, real), 0);
    assert_int_equal(symlink(real, p.file), 0);
    assert_int_equal(pl_advisories_open(p.sub, &db, &err), PL_SYS);
    assert_int_equal(unlink(p.file), 0);
    assert_int_equal(unlink(real), 0);
    assert_int_equal(rmdir(p.sub), 0);
    assert_int_equal(rmdir(p.dir), 0);
}

static void feeds_tell_where_they_come_from(void **state)
{
    (void)state;
    PL_AUTO_BUF pl_buf file = {0};
    PL_AUTO_ADVISORIES pl_advisories *db = NULL;
    pl_err err = {0};

    build(&file);
    assert_ok(pl_advisories_of_bytes(pl_buf_view(&file), "test", &db, &err), err);
    assert_int_equal(pl_advisories_feeds(db), 6);
    pl_feed debian = pl_advisories_feed(db, 0), kev = pl_advisories_feed(db, 5);
    assert_str(debian.name, "Debian");
    assert_str(debian.source, "test");
    assert_int_equal(debian.records, 8);
    assert_str(kev.version, "2024.1");
    assert_int_equal(kev.records, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_package_is_matched_by_source_release_and_version),
        cmocka_unit_test(a_module_stream_is_matched_by_itself),
        cmocka_unit_test(a_hit_carries_what_is_known),
        cmocka_unit_test(what_cannot_be_matched_has_a_reason),
        cmocka_unit_test(a_damaged_file_is_refused_wherever_the_damage_is),
        cmocka_unit_test(other_files_are_told_apart),
        cmocka_unit_test(a_stored_file_replaces_the_old_one_whole),
        cmocka_unit_test(a_link_in_place_of_the_file_is_not_followed),
        cmocka_unit_test(feeds_tell_where_they_come_from),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
