/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "core/buf.h"
#include "package/apk.h"
#include "package/catalog.h"
#include "package/distribution.h"
#include "package/dpkg.h"
#include "package/limits.h"

#include <string.h>

static pl_rc note(const pl_package *p, void *arg, pl_err *err)
{
    pl_buf *out = arg;
    (void)err;
    pl_buf_fmt(out, "%.*s %.*s %.*s %.*s %.*s %.*s%s%.*s\n", PL_F(p->type), PL_F(p->name),
               PL_F(p->version), PL_F(p->arch), PL_F(p->source), PL_F(p->source_version),
               p->license.n ? " " : "", PL_F(p->license));
    return PL_OK;
}

/* ---- dpkg ---- */

static const char status[] = "Package: libc6\n"
                             "Status: install ok installed\n"
                             "Architecture: amd64\n"
                             "Source: glibc\n"
                             "Version: 2.36-9+deb12u4\n"
                             "Description: C library\n"
                             " more\n"
                             " Version: not this one\n"
                             ".\n"
                             "\n"
                             "\n"
                             "package: bash\n"
                             "STATUS: install ok installed\n"
                             "architecture: amd64\n"
                             "version: 5.2-2\n"
                             "Source: bash-src (5.2)\n"
                             "\n"
                             "Package: gone\n"
                             "Status: deinstall ok config-files\n"
                             "Version: 1\n"
                             "\n"
                             "Package: held\n"
                             "Status:  hold  ok  triggers-pending\n"
                             "Version: 1:2-3\n"
                             "\n"
                             "Package: nostatus\n"
                             "Version: 1\n";

static void dpkg_stanzas_give_packages_and_their_sources(void **state)
{
    (void)state;
    PL_AUTO_BUF pl_buf out = {0};
    pl_package_damage d;
    pl_err err = {0};

    assert_ok(pl_dpkg_parse(PL_S(status), true, note, &out, &d, &err), err);
    assert_str(pl_buf_view(&out), "deb libc6 2.36-9+deb12u4 amd64 glibc 2.36-9+deb12u4\n"
                                  "deb bash 5.2-2 amd64 bash-src 5.2\n"
                                  "deb held 1:2-3  held 1:2-3\n");
    assert_int_equal(d.bad_lines, 1);
    assert_int_equal(d.first_line, 9);
    pl_buf_reset(&out);
    assert_ok(pl_dpkg_parse(PL_S("Package: base\nVersion: 1"), false, note, &out, &d, &err), err);
    assert_str(pl_buf_view(&out), "deb base 1  base 1\n");
}

static void dpkg_oddities_are_counted_and_the_rest_is_read(void **state)
{
    (void)state;
    static const struct {
        const char *text, *want;
        size_t bad, nameless;
    } cases[] = {
        {"", "", 0, 0},
        {"\n\n\n", "", 0, 0},
        {"Package: a\n", "", 0, 1},
        {"Version: 1\n\nPackage: b\nVersion: 2\n", "deb b 2  b 2\n", 0, 1},
        {":x\nnothing\nPackage: b\nVersion: 2", "deb b 2  b 2\n", 2, 0},
        {"Package: b\nVersion: 2\nSource: (3)", "deb b 2  b 3\n", 0, 0},
        {"Package: b\nVersion: 2\nSource: x ()", "deb b 2  x 2\n", 0, 0},
        {"Package: b\r\nVersion: 2\r\n\r\n", "deb b 2  b 2\n", 0, 0},
        {"Package: b\nStatus: install ok inst", "", 0, 1},
        {"Package: b\nStatus: deinstall ok not-installed\nVersion: 2", "", 0, 0},
    };
    for (size_t i = 0; i < PL_COUNT(cases); i++) {
        PL_AUTO_BUF pl_buf out = {0};
        pl_package_damage d;
        pl_err err = {0};
        assert_ok(pl_dpkg_parse(pl_str_c(cases[i].text), false, note, &out, &d, &err), err);
        if (!pl_str_eq(pl_buf_view(&out), pl_str_c(cases[i].want)) || d.bad_lines != cases[i].bad ||
            d.nameless != cases[i].nameless)
            fail_msg("\"%s\": \"%.*s\" %zu %zu", cases[i].text, PL_F(pl_buf_view(&out)),
                     d.bad_lines, d.nameless);
    }
}

static void lines_of_a_megabyte_and_stanzas_without_end_are_read(void **state)
{
    (void)state;
    PL_AUTO_BUF pl_buf text = {0};
    PL_AUTO_BUF pl_buf out = {0};
    pl_package_damage d;
    pl_err err = {0};

    pl_buf_c(&text, "Package: a\nVersion: 1\nDepends: ");
    for (int i = 0; i < 1 << 20; i++)
        pl_buf_ch(&text, 'x');
    for (int i = 0; i < 100000; i++)
        pl_buf_c(&text, "\nField: value\n more");
    assert_ok(pl_dpkg_parse(pl_buf_view(&text), false, note, &out, &d, &err), err);
    assert_str(pl_buf_view(&out), "deb a 1  a 1\n");
    /* A name of a megabyte is no name. */
    pl_buf_reset(&out);
    pl_buf_c(&text, "\n\nVersion: 1\nPackage: ");
    for (int i = 0; i < 1 << 20; i++)
        pl_buf_ch(&text, 'y');
    assert_ok(pl_dpkg_parse(pl_buf_view(&text), false, note, &out, &d, &err), err);
    assert_str(pl_buf_view(&out), "deb a 1  a 1\n");
    assert_int_equal(d.nameless, 1);
}

static void md5sums_lines_are_read(void **state)
{
    (void)state;
    pl_str text = PL_S("d41d8cd98f00b204e9800998ecf8427e  usr/bin/a b\n"
                       "short\n"
                       "D41D8CD98F00B204E9800998ECF8427E  upper\n"
                       "d41d8cd98f00b204e9800998ecf8427e *usr/x");
    pl_dpkg_digest d;

    assert_true(pl_dpkg_next_digest(&text, &d));
    assert_str(d.path, "usr/bin/a b");
    assert_int_equal(d.md5[0], 0xd4);
    assert_true(pl_dpkg_next_digest(&text, &d));
    assert_str(d.path, "usr/x");
    assert_false(pl_dpkg_next_digest(&text, &d));
    assert_str(pl_dpkg_digests_package(PL_S("/var/lib/dpkg/info/libc6:amd64.md5sums")), "libc6");
    assert_str(pl_dpkg_digests_package(PL_S("base.md5sums")), "base");
}

/* ---- apk ---- */

static const char installed[] = "C:Q1aB0Ds8MhXnXqzZgPzO7iPqbZJ2s=\n"
                                "P:musl\n"
                                "L:MIT\n"
                                "V:1.2.3-r4\n"
                                "A:x86_64\n"
                                "o:musl-src\n"
                                "F:lib\n"
                                "R:ld-musl-x86_64.so.1\n"
                                "a:0:0:755\n"
                                "Z:Q12jmj7l5rSw0yVb/vlWAYkK/YBwk=\n"
                                "R:noz\n"
                                "F:\n"
                                "R:top\n"
                                "Z:Q1not base64!\n"
                                "\n"
                                "P:busybox\n"
                                "V:1.35\n"
                                "junk\n"
                                "\n"
                                "P:nameless\n";

static pl_rc note_file(const pl_apk_file *f, void *arg, pl_err *err)
{
    pl_buf *out = arg;
    (void)err;
    pl_buf_fmt(out, "%.*s:%.*s/%.*s%s\n", PL_F(f->package), PL_F(f->folder), PL_F(f->name),
               f->has_sha1 ? "!" : "");
    return PL_OK;
}

static void apk_stanzas_give_packages_and_files(void **state)
{
    (void)state;
    PL_AUTO_BUF pl_buf out = {0};
    pl_package_damage d;
    pl_err err = {0};

    assert_ok(pl_apk_parse(PL_S(installed), note, &out, &d, &err), err);
    assert_str(pl_buf_view(&out), "apk musl 1.2.3-r4 x86_64 musl-src 1.2.3-r4 MIT\n"
                                  "apk busybox 1.35  busybox 1.35\n");
    assert_int_equal(d.bad_lines, 1);
    assert_int_equal(d.nameless, 1);
    pl_buf_reset(&out);
    assert_ok(pl_apk_files(PL_S(installed), note_file, &out, &err), err);
    assert_str(pl_buf_view(&out), "musl:lib/ld-musl-x86_64.so.1!\nmusl:lib/noz\nmusl:/top\n");
}

/* ---- distribution ---- */

static void os_release_values_lose_their_quotes(void **state)
{
    (void)state;
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(1 << 16);
    pl_distribution d;
    pl_err err = {0};

    assert_ok(pl_os_release_parse(PL_S("PRETTY_NAME=\"Debian \\\"x\\\" 12\"\n# ID=no\nID=debian\n"
                                       "VERSION_ID='12'\nVERSION_CODENAME=bookworm\nnonsense\n"),
                                  a, &d, &err),
              err);
    assert_str(d.id, "debian");
    assert_str(d.version, "12");
    assert_str(d.codename, "bookworm");
    assert_str(d.name, "Debian \"x\" 12");
}

static void older_release_files_are_understood(void **state)
{
    (void)state;
    pl_distribution d;

    assert_true(pl_debian_version_parse(PL_S("11.7\n"), &d));
    assert_str(d.version, "11");
    assert_true(pl_debian_version_parse(PL_S("trixie/sid\n"), &d));
    assert_str(d.version, "");
    assert_true(pl_alpine_release_parse(PL_S("3.18.4\n"), &d));
    assert_str(d.version, "3.18.4");
    assert_false(pl_alpine_release_parse(PL_S(""), &d));
}

static void ecosystems_have_the_names_that_osv_gives_them(void **state)
{
    (void)state;
    static const struct {
        const char *id, *version, *type, *want, *name;
    } cases[] = {
        {"rocky", "9.3", "rpm", "Rocky Linux:9"},
        {"almalinux", "8.9", "rpm", "AlmaLinux:8"},
        {"rhel", "9.3", "rpm", "Red Hat:enterprise_linux:9"},
        {"centos", "7", "rpm", "Red Hat:enterprise_linux:7", "CentOS Linux 7 (Core)"},
        {"centos", "9", "rpm", "", "CentOS Stream 9"},
        {"ol", "8.8", "rpm", "Oracle Linux:8"},
        {"amzn", "2023", "rpm", "Amazon Linux:2023"},
        {"fedora", "39", "rpm", ""},
        {"sles", "15.5", "rpm", "SUSE:Linux Enterprise Server 15 SP5"},
        {"sles", "15", "rpm", "SUSE:Linux Enterprise Server 15"},
        {"sles", "16.0", "rpm", "SUSE:Linux Enterprise Server 16.0"},
        {"sles", "15.x", "rpm", ""},
        {"opensuse-leap", "15.5", "rpm", "openSUSE:Leap 15.5"},
        {"opensuse-tumbleweed", "20231108", "rpm", "openSUSE:Tumbleweed"},
        {"mariner", "2.0", "rpm", "Azure Linux:2"},
        {"openEuler", "22.03", "rpm", "openEuler:22.03-LTS-SP3", "openEuler 22.03 (LTS-SP3)"},
        {"arch", "", "alpm", ""},
        {"debian", "12", "deb", "Debian:12"},
        {"debian", "12.5", "deb", "Debian:12"},
        {"debian", "", "deb", ""},
        {"ubuntu", "22.04", "deb", "Ubuntu:22.04:LTS"},
        {"ubuntu", "24.10", "deb", "Ubuntu:24.10"},
        {"ubuntu", "23.04", "deb", "Ubuntu:23.04"},
        {"alpine", "3.18.4", "apk", "Alpine:v3.18"},
        {"alpine", "3.21_alpha20240923", "apk", ""},
        {"alpine", "3.18.4", "deb", ""},
        {"wolfi", "20230201", "apk", "Wolfi"},
        {"chainguard", "", "apk", "Chainguard"},
        {"raspbian", "12", "deb", ""},
        {"", "", "deb", ""},
    };
    for (size_t i = 0; i < PL_COUNT(cases); i++) {
        PL_AUTO_BUF pl_buf out = {0};
        pl_distribution d = {.id = pl_str_c(cases[i].id),
                             .version = pl_str_c(cases[i].version),
                             .name = pl_str_c(cases[i].name)};
        pl_ecosystem(&d, pl_str_c(cases[i].type), &out);
        if (!pl_str_eq(pl_buf_view(&out), pl_str_c(cases[i].want)))
            fail_msg("%s %s: %.*s", cases[i].id, cases[i].version, PL_F(pl_buf_view(&out)));
    }
}

static void package_urls_escape_what_they_must(void **state)
{
    (void)state;
    static const struct {
        const char *type, *name, *version, *arch, *module, *id, *release, *want;
    } cases[] = {
        {"deb", "libstdc++6", "1:12.2.0-14+b~1", "amd64", "", "debian", "12",
         "pkg:deb/debian/libstdc%2B%2B6@1:12.2.0-14%2Bb~1?arch=amd64&distro=debian-12"},
        {"apk", "a/b@c", "\xff", "", "", "", "", "pkg:apk/a%2Fb%40c@%FF"},
        {"rpm", "dbus", "1:1.12.20-8.el9", "x86_64", "", "rhel", "9.3",
         "pkg:rpm/redhat/dbus@1.12.20-8.el9?arch=x86_64&distro=rhel-9.3&epoch=1"},
        {"rpm", "npm", "1-2", "noarch", "nodejs:18:1:2", "rocky", "",
         "pkg:rpm/rocky/npm@1-2?arch=noarch&modularitylabel=nodejs:18:1:2"},
        {"ebuild", "app-shells/bash", "5.1_p16-r6", "", "", "gentoo", "2.14",
         "pkg:ebuild/app-shells/bash@5.1_p16-r6?distro=gentoo-2.14"},
        {"alpm", "pacman", "6.0.2-3", "x86_64", "", "arch", "",
         "pkg:alpm/arch/pacman@6.0.2-3?arch=x86_64"},
        {"nix", "glibc", "2.37-8", "", "", "nixos", "", "pkg:nix/glibc@2.37-8"},
    };
    for (size_t i = 0; i < PL_COUNT(cases); i++) {
        PL_AUTO_BUF pl_buf out = {0};
        pl_package p = {.type = pl_str_c(cases[i].type),
                        .name = pl_str_c(cases[i].name),
                        .version = pl_str_c(cases[i].version),
                        .arch = pl_str_c(cases[i].arch),
                        .module = pl_str_c(cases[i].module)};
        pl_distribution d = {.id = pl_str_c(cases[i].id), .version = pl_str_c(cases[i].release)};
        pl_purl(&p, &d, &out);
        if (!pl_str_eq(pl_buf_view(&out), pl_str_c(cases[i].want)))
            fail_msg("%s: %.*s", cases[i].want, PL_F(pl_buf_view(&out)));
    }
}

static void packages_survive_being_records(void **state)
{
    (void)state;
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(1 << 16);
    pl_package p = {.type = PL_S("deb"),
                    .name = PL_S("bash"),
                    .version = PL_S("5"),
                    .ecosystem = PL_S("Debian:12")};
    pl_package back;

    pl_record *r = pl_package_record(a, &p);
    assert_non_null(r);
    assert_int_equal(pl_get(r, PL_F_PACKAGE_LAYER)->state, PL_ABSENT);
    pl_package_from_record(r, &back);
    assert_str(back.name, "bash");
    assert_str(back.ecosystem, "Debian:12");
    assert_int_equal(back.layer.n, 0);
}

static void hosts_add_a_database_by_its_text(void **state)
{
    (void)state;
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(1 << 20);
    pl_catalog c = {.os = {.id = PL_S("debian"), .version = PL_S("12")}};
    pl_package_damage d;
    pl_err err = {0};

    assert_ok(pl_catalog_add_dpkg(&c, a, PL_S(status), PL_S("/var/lib/dpkg/status"), &d, &err),
              err);
    assert_int_equal(c.n, 3);
    assert_str(c.items[0].purl,
               "pkg:deb/debian/libc6@2.36-9%2Bdeb12u4?arch=amd64&distro=debian-12");
    assert_str(c.items[1].ecosystem, "Debian:12");
    assert_str(c.items[2].db_path, "/var/lib/dpkg/status");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dpkg_stanzas_give_packages_and_their_sources),
        cmocka_unit_test(dpkg_oddities_are_counted_and_the_rest_is_read),
        cmocka_unit_test(lines_of_a_megabyte_and_stanzas_without_end_are_read),
        cmocka_unit_test(md5sums_lines_are_read),
        cmocka_unit_test(apk_stanzas_give_packages_and_files),
        cmocka_unit_test(os_release_values_lose_their_quotes),
        cmocka_unit_test(older_release_files_are_understood),
        cmocka_unit_test(ecosystems_have_the_names_that_osv_gives_them),
        cmocka_unit_test(package_urls_escape_what_they_must),
        cmocka_unit_test(packages_survive_being_records),
        cmocka_unit_test(hosts_add_a_database_by_its_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
