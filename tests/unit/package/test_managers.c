/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "core/buf.h"
#include "package/chisel.h"
#include "package/nix.h"
#include "package/opkg.h"
#include "package/pacman.h"
#include "package/portage.h"
#include "package/rpm.h"
#include "package/rpm_sources.h"
#include "package/snap.h"

#include <string.h>

static pl_rc note(const pl_package *p, void *arg, pl_err *err)
{
    pl_buf *out = arg;
    (void)err;
    pl_buf_fmt(out, "%.*s %.*s %.*s %.*s %.*s %.*s [%.*s]\n", PL_F(p->type), PL_F(p->name),
               PL_F(p->version), PL_F(p->arch), PL_F(p->source), PL_F(p->source_version),
               PL_F(p->license));
    return PL_OK;
}

/* ---- names and versions in paths ---- */

struct split_case {
    const char *folder, *name, *version; /* name NULL: no package */
};

static void check_splits(const struct split_case *cases, size_t n,
                         bool (*split)(pl_str folder, pl_str *name, pl_str *version))
{
    for (size_t i = 0; i < n; i++) {
        pl_str name = {"", 0};
        pl_str version = {"", 0};
        bool is_package = split(pl_str_c(cases[i].folder), &name, &version);
        if (is_package != (cases[i].name != NULL) ||
            (is_package && (!pl_str_eq(name, pl_str_c(cases[i].name)) ||
                            !pl_str_eq(version, pl_str_c(cases[i].version)))))
            fail_msg("%s: %d %.*s %.*s", cases[i].folder, is_package, PL_F(name), PL_F(version));
    }
}

static void portage_folders_give_name_and_version(void **state)
{
    (void)state;
    static const struct split_case cases[] = {
        {"bash-5.1_p16-r6", "bash", "5.1_p16-r6"},
        {"gtk+-2.24.33", "gtk+", "2.24.33"},
        {"x-r6-1.0", "x-r6", "1.0"},
        {"font-adobe-100dpi-1.0.4", "font-adobe-100dpi", "1.0.4"},
        {"-MERGING-bash-5.1", NULL, NULL},
        {"bash", NULL, NULL},
        {"bash-r6", NULL, NULL},
        {"bash-x", NULL, NULL},
        {"-1", NULL, NULL},
        {"", NULL, NULL},
    };
    check_splits(cases, PL_COUNT(cases), pl_portage_split);
}

#define STORE "3n58xw4373jp0ljirf06d8077j15pc4j"

static void nix_folders_give_name_and_version(void **state)
{
    (void)state;
    static const struct split_case cases[] = {
        {STORE "-glibc-2.37-8", "glibc", "2.37-8"},
        {STORE "-glibc-2.37-8-bin", "glibc", "2.37-8"},
        {STORE "-perl5.38.0-URI-5.21", "perl5.38.0-URI", "5.21"},
        {STORE "-python3-3.11.6", "python3", "3.11.6"},
        {STORE "-source", NULL, NULL},
        {STORE "-bash-5.2.drv", NULL, NULL},
        {"en58xw4373jp0ljirf06d8077j15pc4j-glibc-2.37", NULL, NULL}, /* no digit of base32 */
        {STORE, NULL, NULL},
        {"glibc-2.37", NULL, NULL},
    };
    check_splits(cases, PL_COUNT(cases), pl_nix_split);
}

/* ---- files ---- */

static void contents_lines_give_files_and_links(void **state)
{
    (void)state;
    PL_AUTO_BUF pl_buf out = {0};
    pl_portage_file f;
    pl_str rest = PL_S("dir /usr\n"
                       "obj /usr/bin/a file d41d8cd98f00b204e9800998ecf8427e 1700000000\n"
                       "sym /usr/lib/b -> b.so.1 -> 2 1700000000\n"
                       "obj /short 1\nobj  \nfif /x\nsym /y\n"
                       "obj /bad zz1d8cd98f00b204e9800998ecf8427e 1");

    while (pl_portage_next_file(&rest, &f))
        pl_buf_fmt(&out, "%.*s %d\n", PL_F(f.path), f.has_md5);
    assert_str(pl_buf_view(&out), "/usr/bin/a file 1\n/usr/lib/b 0\n/bad 0\n");
}

static void pacman_descriptions_give_a_package(void **state)
{
    (void)state;
    PL_AUTO_BUF pl_buf out = {0};
    PL_AUTO_BUF pl_buf text = {0};
    pl_package_damage d;
    pl_err err = {0};
    pl_str desc = PL_S("%NAME%\nbash\n\n%VERSION%\n5.2-2\n\n%ARCH%\nx86_64\n\n"
                       "%LICENSE%\nGPL\nMIT\n\n%NAME%\nnot this one\n\nstray\n%ODD%\n");

    assert_ok(pl_pacman_parse(desc, &text, note, &out, &d, &err), err);
    assert_str(pl_buf_view(&out), "alpm bash 5.2-2 x86_64 bash 5.2-2 [GPL AND MIT]\n");
    assert_int_equal(d.bad_lines, 1);
    assert_ok(pl_pacman_parse(PL_S("%NAME%\nbash\n"), &text, note, &out, &d, &err), err);
    assert_int_equal(d.nameless, 1);
}

static void pacman_files_leave_folders_and_backups_out(void **state)
{
    (void)state;
    PL_AUTO_BUF pl_buf out = {0};
    pl_str rest = PL_S("%FILES%\netc/\netc/a\nusr/bin/b c\n\n%BACKUP%\netc/a\t0123\n");
    pl_str path;

    while (pl_pacman_next_file(&rest, &path))
        pl_buf_fmt(&out, "%.*s|", PL_F(path));
    assert_str(pl_buf_view(&out), "etc/a|usr/bin/b c|");
}

/* ---- single files ---- */

static void snaps_and_manifests_that_are_none_are_damage(void **state)
{
    (void)state;
    PL_AUTO_BUF pl_buf out = {0};
    pl_package_damage d;
    pl_err err = {0};

    assert_ok(pl_snap_parse(PL_S("name: x\nversion: 1.10\narchitectures: [amd64]\nlicense: MIT\n"),
                            note, &out, &d, &err),
              err);
    assert_str(pl_buf_view(&out), "snap x 1.10 amd64 x 1.10 [MIT]\n");
    assert_ok(pl_snap_parse(PL_S("name: [\n"), note, &out, &d, &err), err);
    assert_int_equal(d.why.rc, PL_FORMAT);
    assert_ok(pl_snap_parse(PL_S("name: x\n"), note, &out, &d, &err), err);
    assert_int_equal(d.nameless, 1);
    pl_buf_reset(&out);
    assert_ok(pl_chisel_parse(PL_S("{\"kind\":\"package\",\"name\":\"a\",\"version\":\"1\"}\n[]\n"),
                              note, &out, &d, &err),
              err);
    assert_str(pl_buf_view(&out), "deb a 1  a 1 []\n");
    assert_int_equal(d.first_line, 2);
    assert_ok(pl_chisel_parse(PL_S("\x28\xb5\x2f\xfd not zstd"), note, &out, &d, &err), err);
    assert_int_equal(d.why.rc, PL_FORMAT);
}

/* ---- rpm ---- */

struct tag {
    uint32_t tag, type, count;
    const char *data;
    size_t n;
};

static void put32(pl_buf *out, uint32_t v)
{
    const char b[4] = {(char)(v >> 24), (char)(v >> 16), (char)(v >> 8), (char)v};
    pl_buf_add(out, b, sizeof(b));
}

static void make_header(pl_buf *out, const struct tag *tags, size_t n)
{
    size_t bytes = 0;

    for (size_t i = 0; i < n; i++)
        bytes += tags[i].n;
    put32(out, (uint32_t)n);
    put32(out, (uint32_t)bytes);
    bytes = 0;
    for (size_t i = 0; i < n; i++) {
        put32(out, tags[i].tag);
        put32(out, tags[i].type);
        put32(out, (uint32_t)bytes);
        put32(out, tags[i].count);
        bytes += tags[i].n;
    }
    for (size_t i = 0; i < n; i++)
        pl_buf_add(out, tags[i].data, tags[i].n);
}

#define TAG(number, type, count, text)                                                             \
    {                                                                                              \
        number, type, count, text, sizeof(text) - 1                                                \
    }

static void only_installed_files_of_a_header_are_told(void **state)
{
    (void)state;
    static const struct tag tags[] = {
        TAG(PL_RPM_NAME, 6, 1, "x\0"),
        TAG(PL_RPM_BASE_NAMES, 8, 5, "a\0b\0c\0d\0e\0"),
        TAG(PL_RPM_DIR_INDEXES, 4, 5, "\0\0\0\1\0\0\0\0\0\0\0\1\0\0\0\7\0\0\0\0"),
        TAG(PL_RPM_DIR_NAMES, 8, 2, "/one/\0/two/\0"),
        TAG(PL_RPM_FILE_STATES, 2, 5, "\0\0\0\0\2"),
    };
    PL_AUTO_BUF pl_buf blob = {0};
    PL_AUTO_BUF pl_buf out = {0};
    pl_rpm_header h;
    pl_rpm_files files;
    pl_rpm_file f;
    pl_err err = {0};

    make_header(&blob, tags, PL_COUNT(tags));
    assert_ok(pl_rpm_header_open(pl_buf_view(&blob), &h, &err), err);
    assert_ok(pl_rpm_files_open(&h, &files, &err), err);
    while (pl_rpm_next_file(&files, &f))
        pl_buf_fmt(&out, "%.*s%.*s ", PL_F(f.folder), PL_F(f.name));
    pl_rpm_files_done(&files);
    /* d is in a folder that is not there, e was not installed */
    assert_str(pl_buf_view(&out), "/two/a /one/b /two/c ");
}

static void sources_and_epochs_make_versions(void **state)
{
    (void)state;
    static const struct {
        const char *source, *name, *version;
    } cases[] = {
        {"src-name-2-3.el9.src.rpm", "src-name", "5:2-3.el9"},
        {"a-1-1.nosrc.rpm", "a", "5:1-1"},
        {"(none)", "x", "5:1-2"},
        {"a-1.src.rpm", "x", "5:1-2"},
        {"--.src.rpm", "x", "5:1-2"},
    };

    for (size_t i = 0; i < PL_COUNT(cases); i++) {
        const struct tag tags[] = {
            TAG(PL_RPM_NAME, 6, 1, "x\0"),
            TAG(PL_RPM_VERSION, 6, 1, "1\0"),
            TAG(PL_RPM_RELEASE, 6, 1, "2\0"),
            TAG(PL_RPM_EPOCH, 4, 1, "\0\0\0\5"),
            {PL_RPM_SOURCE_RPM, 6, 1, cases[i].source, strlen(cases[i].source) + 1},
        };
        PL_AUTO_BUF pl_buf blob = {0};
        PL_AUTO_BUF pl_buf text = {0};
        pl_rpm_header h;
        pl_package p;
        make_header(&blob, tags, PL_COUNT(tags));
        assert_int_equal(pl_rpm_header_open(pl_buf_view(&blob), &h, NULL), PL_OK);
        assert_true(pl_rpm_package(&h, &text, &p));
        assert_str(p.version, "5:1-2");
        if (!pl_str_eq(p.source, pl_str_c(cases[i].name)) ||
            !pl_str_eq(p.source_version, pl_str_c(cases[i].version)))
            fail_msg("%s: %.*s %.*s", cases[i].source, PL_F(p.source), PL_F(p.source_version));
    }
}

static void the_epoch_of_a_source_is_that_of_its_main_package(void **state)
{
    (void)state;
    static const struct {
        const char *name, *version, *source, *before, *after;
    } cases[] = {
        {"perl-Errno", "1.30-480", "perl", "5.32-480", "4:5.32-480"},
        {"perl-libs", "4:5.32-480", "perl", "4:5.32-480", "4:5.32-480"},
        {"perl-old", "2:1-1", "perl", "2:5.30-1", "2:5.30-1"}, /* of another build */
        {"a-tools", "7:1-1", "a", "7:1-1", "2:1-1"},
        {"a", "2:1-1", "a", "2:1-1", "2:1-1"},
        {"b", "1-1", "b", "1-1", "1-1"},
        {"c-x", "3:9-1", "c", "3:1-1", "3:1-1"},
        {"c-y", "9-1", "c", "1-1", "1-1"}, /* neither knows */
    };
    pl_package items[PL_COUNT(cases)] = {0};
    pl_err err = {0};

    for (size_t i = 0; i < PL_COUNT(cases); i++)
        items[i] = (pl_package){.name = pl_str_c(cases[i].name),
                                .version = pl_str_c(cases[i].version),
                                .source = pl_str_c(cases[i].source),
                                .source_version = pl_str_c(cases[i].before)};
    assert_ok(pl_rpm_settle_sources(items, PL_COUNT(cases), &err), err);
    for (size_t i = 0; i < PL_COUNT(cases); i++)
        if (!pl_str_eq(items[i].source_version, pl_str_c(cases[i].after)))
            fail_msg("%s: %.*s", cases[i].name, PL_F(items[i].source_version));
    assert_ok(pl_rpm_settle_sources(items, 0, &err), err);
}

static void headers_that_point_outside_say_nothing(void **state)
{
    (void)state;
    pl_rpm_header h;
    pl_err err = {0};
    PL_AUTO_BUF pl_buf blob = {0};

    put32(&blob, 2);
    put32(&blob, 4);
    const uint32_t entries[] = {PL_RPM_NAME, 6, 4, 1, PL_RPM_EPOCH, 4, 1, 0x40000000};
    for (size_t i = 0; i < PL_COUNT(entries); i++)
        put32(&blob, entries[i]);
    pl_buf_add(&blob, "abcd", 4);
    assert_ok(pl_rpm_header_open(pl_buf_view(&blob), &h, &err), err);
    uint32_t epoch = 0;
    assert_int_equal(pl_rpm_string(&h, PL_RPM_NAME).n, 0);
    assert_false(pl_rpm_number(&h, PL_RPM_EPOCH, 0, &epoch));
    blob.n--;
    assert_int_equal(pl_rpm_header_open(pl_buf_view(&blob), &h, &err), PL_FORMAT);
    assert_int_equal(pl_rpm_header_open(PL_S("\0\1\0\0\0\0\0\1"), &h, &err), PL_LIMIT);
    assert_non_null(strstr(err.text, "PL_RPM_TAGS_MAX"));
}

static void what_is_no_database_is_damage_with_a_reason(void **state)
{
    (void)state;
    static const struct {
        pl_rpm_kind kind;
        const char *text;
        size_t n;
        pl_rc want;
    } cases[] = {
        {PL_RPM_SQLITE, "SQLite format 3\0\x02\x01", 18, PL_FORMAT},
        {PL_RPM_NDB, "RpmP\0\0\0\0\0\0\0\0\xff\xff\xff\xff\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 32,
         PL_LIMIT},
        {PL_RPM_NDB, "RpmP\7\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 32,
         PL_UNSUPPORTED},
        {PL_RPM_BDB, "", 0, PL_FORMAT},
    };
    for (size_t i = 0; i < PL_COUNT(cases); i++) {
        PL_AUTO_BUF pl_buf out = {0};
        pl_pagefile db = pl_pagefile_of_str((pl_str){cases[i].text, cases[i].n});
        pl_package_damage d;
        pl_err err = {0};
        assert_ok(pl_rpm_parse(cases[i].kind, &db, NULL, note, &out, &d, &err), err);
        if (d.why.rc != cases[i].want || out.n)
            fail_msg("case %zu: %s", i, d.why.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(portage_folders_give_name_and_version),
        cmocka_unit_test(nix_folders_give_name_and_version),
        cmocka_unit_test(contents_lines_give_files_and_links),
        cmocka_unit_test(pacman_descriptions_give_a_package),
        cmocka_unit_test(pacman_files_leave_folders_and_backups_out),
        cmocka_unit_test(snaps_and_manifests_that_are_none_are_damage),
        cmocka_unit_test(only_installed_files_of_a_header_are_told),
        cmocka_unit_test(sources_and_epochs_make_versions),
        cmocka_unit_test(the_epoch_of_a_source_is_that_of_its_main_package),
        cmocka_unit_test(headers_that_point_outside_say_nothing),
        cmocka_unit_test(what_is_no_database_is_damage_with_a_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
