/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "core/hash.h"
#include "image/limits.h"
#include "package/catalog.h"
#include "package/limits.h"
#include "package/owners.h"
#include "tarmake.h"

#include <string.h>

#include <openssl/evp.h>

enum { WANTS = PL_PACKAGE_WANTS + PL_OWNER_WANTS };

struct scene {
    pl_arena *a;
    pl_problems problems;
    pl_want wants[WANTS];
    pl_layers *ls;
    pl_tree *t;
    pl_catalog c;
    pl_owners *owners;
    pl_err err;
};

static void add_wants(struct scene *s, size_t *n, const pl_want *from)
{
    for (; from->path; from++)
        s->wants[(*n)++] = *from;
}

enum { ARENA = 64 << 20 };

static void open_scene(struct scene *s)
{
    size_t n = 0;

    *s = (struct scene){.a = pl_arena_new(ARENA)};
    add_wants(s, &n, pl_package_wants);
    add_wants(s, &n, pl_owner_wants);
    s->problems.arena = s->a;
    s->ls = pl_layers_new(s->wants, &s->problems);
    s->t = pl_tree_new(s->ls);
    assert_non_null(s->t);
}

static void close_scene(struct scene *s)
{
    pl_owners_free(s->owners);
    pl_tree_free(s->t);
    pl_layers_free(s->ls);
    pl_arena_free(s->a);
}

static void add_layer(struct scene *s, const mk_entry *list)
{
    PL_AUTO_BUF pl_buf tar = {0};

    mk_tar(&tar, list);
    pl_in_mem in = pl_in_of_str(pl_buf_view(&tar));
    assert_ok(pl_layers_read(s->ls, PL_S("l"), &in.in, &s->err), s->err);
    assert_ok(pl_tree_lay(s->t, pl_layers_count(s->ls) - 1, &s->err), s->err);
}

static void read_all(struct scene *s)
{
    pl_tree_seal(s->t);
    assert_ok(pl_catalog_read(s->t, s->a, &s->c, &s->err), s->err);
    assert_ok(pl_owners_read(s->t, s->a, &s->owners, &s->err), s->err);
}

/* "name version layer-number" of each package. */
static void assert_packages(const struct scene *s, const char *want)
{
    PL_AUTO_BUF pl_buf got = {0};

    for (size_t i = 0; i < s->c.n; i++) {
        size_t layer = 99;
        for (size_t k = 0; k < pl_layers_count(s->ls); k++)
            if (pl_str_ends(s->c.items[i].layer, pl_str_c(pl_layers_at(s->ls, k)->diff_id)))
                layer = k;
        pl_buf_fmt(&got, "%s%.*s %.*s %zu", i ? ", " : "", PL_F(s->c.items[i].name),
                   PL_F(s->c.items[i].version), layer);
    }
    if (!pl_str_eq(pl_buf_view(&got), pl_str_c(want)))
        fail_msg("got %.*s, want %s", PL_F(pl_buf_view(&got)), want);
}

#define INSTALLED(name, version)                                                                   \
    "Package: " name "\nStatus: install ok installed\nVersion: " version "\n\n"
#define STATUS(text)                                                                               \
    {                                                                                              \
        .path = "var/lib/dpkg/status", .data = (text)                                              \
    }

#define PACMAN(name, version)                                                                      \
    {                                                                                              \
        .path = "var/lib/pacman/local/" name "-" version "/desc",                                  \
        .data = "%NAME%\n" name "\n\n%VERSION%\n" version "\n"                                     \
    }
#define STORE "3n58xw4373jp0ljirf06d8077j15pc4j"

static void packages_belong_to_the_layer_that_brought_them(void **state)
{
    (void)state;
    struct scene s;

    open_scene(&s);
    add_layer(&s,
              (const mk_entry[]){{.path = "etc/os-release", .data = "ID=debian\nVERSION_ID=12\n"},
                                 STATUS(INSTALLED("a", "1") INSTALLED("b", "1")),
                                 {NULL}});
    add_layer(&s, (const mk_entry[]){{.path = "unrelated"}, {NULL}});
    add_layer(&s, (const mk_entry[]){
                      STATUS(INSTALLED("a", "1") INSTALLED("b", "2") INSTALLED("c", "1")), {NULL}});
    add_layer(&s, (const mk_entry[]){STATUS(INSTALLED("a", "1") INSTALLED("b", "2")
                                                INSTALLED("c", "1") INSTALLED("d", "1")),
                                     {NULL}});
    read_all(&s);
    assert_packages(&s, "a 1 0, b 2 2, c 1 2, d 1 3");
    assert_str(s.c.items[0].ecosystem, "Debian:12");
    assert_null(s.c.reason);
    close_scene(&s);
}

static void a_package_that_went_and_came_back_is_of_the_later_layer(void **state)
{
    (void)state;
    struct scene s;

    open_scene(&s);
    add_layer(&s, (const mk_entry[]){STATUS(INSTALLED("a", "1") INSTALLED("b", "1")), {NULL}});
    add_layer(&s, (const mk_entry[]){STATUS(INSTALLED("b", "1")), {NULL}});
    add_layer(&s, (const mk_entry[]){
                      STATUS(INSTALLED("a", "1") INSTALLED("b", "1")), {.path = "x"}, {NULL}});
    read_all(&s);
    assert_packages(&s, "a 1 2, b 1 0");
    close_scene(&s);
}

static void distroless_and_apk_databases_are_read(void **state)
{
    (void)state;
    struct scene s;

    open_scene(&s);
    add_layer(&s, (const mk_entry[]){
                      {.path = "usr/lib/os-release", .data = "ID=alpine\nVERSION_ID=3.18.4\n"},
                      {.path = "etc/os-release", .type = '2', .link = "../usr/lib/os-release"},
                      {.path = "var/lib/dpkg/status.d/base", .data = "Package: base\nVersion: 1\n"},
                      {.path = "var/lib/dpkg/status.d/base.md5sums", .data = "nothing\n"},
                      {NULL}});
    add_layer(&s, (const mk_entry[]){{.path = "lib/apk/db/installed", .data = "P:musl\nV:1.2\n"},
                                     {NULL}});
    read_all(&s);
    assert_packages(&s, "musl 1.2 1, base 1 0");
    assert_str(s.c.items[0].ecosystem, "Alpine:v3.18");
    assert_int_equal(s.c.items[1].ecosystem.n, 0);
    close_scene(&s);
}

static void packages_with_their_version_in_the_path_are_of_the_layer_that_brought_it(void **state)
{
    (void)state;
    struct scene s;

    open_scene(&s);
    add_layer(
        &s, (const mk_entry[]){PACMAN("a", "1-1"), PACMAN("b", "1-1"), PACMAN("c", "1-1"), {NULL}});
    add_layer(&s, (const mk_entry[]){{.path = "var/lib/pacman/local/.wh.a-1-1"},
                                     PACMAN("a", "2-1"),
                                     PACMAN("b", "1-1"), /* written once more */
                                     {.path = "var/lib/pacman/local/.wh.c-1-1"},
                                     {NULL}});
    add_layer(&s, (const mk_entry[]){PACMAN("c", "1-1"),
                                     {.path = "nix/store/" STORE "-glibc-2.37/lib/x"},
                                     {.path = "nix/store/" STORE "-glibc-2.37", .type = '5'},
                                     {.path = "var/db/pkg/sys-libs/zlib-1.3/CONTENTS",
                                      .data = "obj /lib/x.so 00 1\n"},
                                     {NULL}});
    read_all(&s);
    assert_packages(&s, "b 1-1 0, c 1-1 2, a 2-1 1, sys-libs/zlib 1.3 2, glibc 2.37 2");
    pl_file f;
    assert_true(pl_tree_find(s.t, PL_S("/nix/store/" STORE "-glibc-2.37/lib/x"), true, &f));
    assert_str(pl_owners_of(s.owners, f.node), "glibc");
    close_scene(&s);
}

static void packages_that_do_not_fit_are_a_gap_and_not_the_end(void **state)
{
    (void)state;
    enum { N = 300, LEFT = 100 << 10 };
    static char names[N][80];
    static mk_entry list[N + 1];
    struct scene s;

    for (size_t i = 0; i < N; i++) {
        (void)snprintf(names[i], sizeof(names[i]), "nix/store/" STORE "-tool%zu-1.0", i);
        list[i] = (mk_entry){.path = names[i], .type = '5'};
    }
    open_scene(&s);
    add_layer(&s, list);
    assert_non_null(pl_arena_calloc(s.a, 1, ARENA - LEFT - pl_arena_used(s.a)));
    read_all(&s);
    assert_true(s.c.n > 0 && s.c.n < N);
    assert_true(s.c.items[0].layer.n > 0);
    assert_string_equal(s.c.reason, "limit:size");
    close_scene(&s);
}

static void databases_that_are_none_are_a_gap_and_not_the_end(void **state)
{
    (void)state;
    static const char *const paths[] = {
        "var/lib/chisel/manifest.wall",
        "var/lib/rpm/rpmdb.sqlite",
        "usr/lib/sysimage/rpm/Packages.db",
        "usr/share/rpm/Packages",
        "var/lib/pacman/local/a-1-1/desc",
        "snap/a/1/meta/snap.yaml",
        "var/lib/dpkg/status",
    };

    for (size_t i = 0; i < PL_COUNT(paths); i++) {
        struct scene s;
        open_scene(&s);
        add_layer(&s, (const mk_entry[]){{.path = paths[i], .data = "\x28\xb5\x2f\xfd[ junk"},
                                         {.path = "lib/apk/db/installed", .data = "P:a\nV:1\n"},
                                         {NULL}});
        read_all(&s);
        if (s.c.n != 1 || s.problems.n != 1 || !s.c.reason || strcmp(s.c.reason, "unreadable") != 0)
            fail_msg("%s: %zu packages, %zu problems", paths[i], s.c.n, s.problems.n);
        close_scene(&s);
    }
}

static void merged_usr_does_not_list_a_database_twice(void **state)
{
    (void)state;
    struct scene s;

    open_scene(&s);
    add_layer(&s,
              (const mk_entry[]){{.path = "usr/lib/apk/db/installed", .data = "P:musl\nV:1.2\n"},
                                 {.path = "lib", .type = '2', .link = "usr/lib"},
                                 {NULL}});
    read_all(&s);
    assert_packages(&s, "musl 1.2 0");
    close_scene(&s);
}

static void what_cannot_be_read_is_a_problem_and_a_reason(void **state)
{
    (void)state;
    struct scene s;

    open_scene(&s);
    add_layer(&s,
              (const mk_entry[]){STATUS("this is\nno database\n\n" INSTALLED("a", "1")), {NULL}});
    read_all(&s);
    assert_packages(&s, "a 1 0");
    assert_string_equal(s.c.reason, "unreadable");
    assert_int_equal(s.problems.n, 1);
    close_scene(&s);

    open_scene(&s);
    add_layer(&s, (const mk_entry[]){{.path = "var/lib/dpkg/status", .type = '5'}, {NULL}});
    read_all(&s);
    assert_int_equal(s.c.n, 0);
    assert_string_equal(s.c.reason, "unreadable");
    close_scene(&s);
}

static void more_packages_than_the_limit_are_a_problem_and_a_reason(void **state)
{
    (void)state;
    PL_AUTO_BUF pl_buf text = {0};
    struct scene s;

    for (int i = 0; i <= PL_PACKAGES_MAX; i++)
        pl_buf_fmt(&text, "Package: p%d\nStatus: install ok installed\nVersion: 1\n\n", i);
    pl_buf_ch(&text, '\0');
    assert_true(pl_buf_ok(&text));
    open_scene(&s);
    add_layer(&s, (const mk_entry[]){STATUS(text.p), {NULL}});
    read_all(&s);
    assert_true(s.c.n > 0);
    assert_string_equal(s.c.reason, "limit:size");
    assert_int_equal(s.problems.n, 1);
    close_scene(&s);
}

/* ---- owners ---- */

static void hex_of(const char *name, const char *text, pl_buf *out)
{
    unsigned char raw[EVP_MAX_MD_SIZE];
    char hex[2 * EVP_MAX_MD_SIZE + 1];
    unsigned n = 0;

    assert_int_equal(EVP_Digest(text, strlen(text), raw, &n, EVP_get_digestbyname(name), NULL), 1);
    if (strcmp(name, "MD5") == 0) {
        pl_hex(raw, n, hex);
        pl_buf_c(out, hex);
    } else {
        pl_base64(raw, n, out);
    }
}

static void assert_changed(struct scene *s, const char *want, int64_t compared)
{
    PL_AUTO_BUF pl_buf got = {0};
    pl_str ids[4] = {PL_S("l0"), PL_S("l1"), PL_S("l2"), PL_S("l3")};
    pl_record *image = pl_record_new(s->a, &pl_image_kind);
    pl_facts f = {.tree = s->t,
                  .a = s->a,
                  .image = image,
                  .layer_ids = ids,
                  .owner = pl_owners_of,
                  .owner_arg = s->owners};

    assert_ok(pl_owners_fill(s->owners, &s->c, &f, &s->err), s->err);
    const pl_value *v = pl_get(image, PL_F_IMAGE_CHANGED_FILES);
    for (size_t i = 0; i < v->n; i++) {
        const pl_value *path = pl_get(v->u.recs[i], PL_F_IMAGE_FILE_PATH);
        const pl_value *owner = pl_get(v->u.recs[i], PL_F_IMAGE_FILE_PACKAGE);
        pl_buf_fmt(&got, "%s%.*s %.*s", i ? ", " : "", PL_F(path->u.s),
                   PL_F(owner->state == PL_PRESENT ? owner->u.s : PL_S("?")));
    }
    assert_true(pl_str_eq(pl_buf_view(&got), pl_str_c(want)));
    assert_int_equal(pl_get(image, PL_F_IMAGE_PACKAGE_DIGESTS)->u.i, compared);
}

static void changed_programs_of_dpkg_packages_are_found(void **state)
{
    (void)state;
    struct scene s;
    PL_AUTO_BUF pl_buf sums = {0};
    static const char *const listed[][2] = {
        {"usr/bin/same", "same"},      {"usr/bin/changed", "before"}, {"bin/merged", "merged"},
        {"usr/share/doc/x", "before"}, {"usr/bin/gone", "gone"},      {"usr/bin/diverted", "mine"},
        {"usr/bin/replaced", "old"},
    };

    for (size_t i = 0; i < PL_COUNT(listed); i++) {
        hex_of("MD5", listed[i][1], &sums);
        pl_buf_fmt(&sums, "  %s\n", listed[i][0]);
    }
    pl_buf_ch(&sums, '\0');
    PL_AUTO_BUF pl_buf other = {0};
    hex_of("MD5", "new", &other);
    pl_buf_fmt(&other, "  usr/bin/replaced\n");
    pl_buf_ch(&other, '\0');
    open_scene(&s);
    add_layer(&s,
              (const mk_entry[]){STATUS(INSTALLED("tool", "1") INSTALLED("zother", "1")),
                                 {.path = "var/lib/dpkg/info/tool:amd64.md5sums", .data = sums.p},
                                 {.path = "var/lib/dpkg/info/zother.md5sums", .data = other.p},
                                 {.path = "var/lib/dpkg/diversions",
                                  .data = "/usr/bin/diverted\n/usr/bin/diverted.real\nother\n"},
                                 {.path = "bin", .type = '2', .link = "usr/bin"},
                                 {.path = "usr/bin/same", .data = "same", .mode = 0755},
                                 {.path = "usr/bin/changed", .data = "before", .mode = 0755},
                                 {.path = "usr/bin/merged", .data = "merged", .mode = 0755},
                                 {.path = "usr/bin/diverted", .data = "the other's", .mode = 0755},
                                 {.path = "usr/bin/diverted.real", .data = "mine", .mode = 0755},
                                 {.path = "usr/bin/replaced", .data = "new", .mode = 0755},
                                 {.path = "usr/share/doc/x", .data = "after"},
                                 {NULL}});
    add_layer(&s, (const mk_entry[]){{.path = "usr/bin/changed", .data = "after!", .mode = 0755},
                                     {NULL}});
    read_all(&s);
    assert_changed(&s, "/usr/bin/changed tool", 5);
    close_scene(&s);
}

static void changed_programs_of_apk_packages_are_found(void **state)
{
    (void)state;
    struct scene s;
    PL_AUTO_BUF pl_buf db = {0};

    pl_buf_c(&db, "P:tool\nV:1\nF:usr/bin\nR:same\nZ:Q1");
    hex_of("SHA1", "same", &db);
    pl_buf_c(&db, "\nR:changed\nZ:Q1");
    hex_of("SHA1", "before", &db);
    pl_buf_c(&db, "\nF:etc\nR:conf\nZ:Q1");
    hex_of("SHA1", "before", &db);
    pl_buf_c(&db, "\n\n");
    pl_buf_ch(&db, '\0');
    open_scene(&s);
    add_layer(&s, (const mk_entry[]){{.path = "lib/apk/db/installed", .data = db.p},
                                     {.path = "usr/bin/same", .data = "same", .mode = 0755},
                                     {.path = "usr/bin/changed", .data = "after", .mode = 0755},
                                     {.path = "etc/conf", .data = "after", .mode = 0755},
                                     {NULL}});
    read_all(&s);
    assert_changed(&s, "/usr/bin/changed tool", 2);
    pl_file f;
    assert_true(pl_tree_find(s.t, PL_S("/etc/conf"), true, &f));
    assert_str(pl_owners_of(s.owners, f.node), "tool");
    close_scene(&s);
}

/* One layer with two packages, then this one. */
static void assert_not_known(const mk_entry *upper, const char *what)
{
    struct scene s;

    open_scene(&s);
    add_layer(&s, (const mk_entry[]){STATUS(INSTALLED("a", "1") INSTALLED("b", "1")), {NULL}});
    add_layer(&s, upper);
    read_all(&s);
    assert_packages(&s, "");
    if (!s.c.reason || s.problems.n == 0)
        fail_msg("%s: %zu problems", what, s.problems.n);
    assert_string_equal(s.c.reason, "unreadable");
    close_scene(&s);
}

static void a_database_that_an_upper_layer_deleted_or_emptied_is_a_gap(void **state)
{
    (void)state;
    assert_not_known((const mk_entry[]){{.path = "var/lib/dpkg/.wh.status"}, {NULL}}, "file");
    assert_not_known((const mk_entry[]){{.path = "var/lib/.wh.dpkg"}, {NULL}}, "folder");
    assert_not_known((const mk_entry[]){{.path = "var/lib/dpkg/.wh..wh..opq"}, {NULL}}, "opaque");
    assert_not_known((const mk_entry[]){STATUS(""), {NULL}}, "emptied");
    assert_not_known((const mk_entry[]){STATUS("\n"), {NULL}}, "one line");
}

static void a_database_that_moved_or_was_never_there_is_no_gap(void **state)
{
    (void)state;
    const mk_entry old = {.path = "usr/lib/apk/db/installed", .data = "P:a\nV:1\n\n"};
    struct scene s;

    open_scene(&s);
    add_layer(&s,
              (const mk_entry[]){{.path = "etc/os-release", .data = "ID=alpine\n"}, old, {NULL}});
    read_all(&s);
    assert_packages(&s, "a 1 0");
    assert_null(s.c.reason);
    close_scene(&s);
    open_scene(&s);
    add_layer(&s, (const mk_entry[]){STATUS(""), {NULL}});
    add_layer(&s, (const mk_entry[]){{.path = "x"}, {NULL}});
    read_all(&s);
    assert_null(s.c.reason);
    assert_int_equal(s.problems.n, 0);
    close_scene(&s);
}

static void a_database_without_digests_leaves_an_element_that_cannot_be_read(void **state)
{
    (void)state;
    struct scene s;

    open_scene(&s);
    add_layer(&s, (const mk_entry[]){STATUS(INSTALLED("tool", "1")), {NULL}});
    read_all(&s);
    pl_record *image = pl_record_new(s.a, &pl_image_kind);
    pl_facts f = {.tree = s.t, .a = s.a, .image = image};
    assert_ok(pl_owners_fill(s.owners, &s.c, &f, &s.err), s.err);
    const pl_value *v = pl_get(image, PL_F_IMAGE_CHANGED_FILES);
    assert_int_equal(v->n, 1);
    assert_int_equal(pl_get(v->u.recs[0], PL_F_IMAGE_FILE_PATH)->state, PL_UNREADABLE);
    close_scene(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packages_belong_to_the_layer_that_brought_them),
        cmocka_unit_test(a_package_that_went_and_came_back_is_of_the_later_layer),
        cmocka_unit_test(a_database_that_an_upper_layer_deleted_or_emptied_is_a_gap),
        cmocka_unit_test(a_database_that_moved_or_was_never_there_is_no_gap),
        cmocka_unit_test(distroless_and_apk_databases_are_read),
        cmocka_unit_test(packages_with_their_version_in_the_path_are_of_the_layer_that_brought_it),
        cmocka_unit_test(packages_that_do_not_fit_are_a_gap_and_not_the_end),
        cmocka_unit_test(databases_that_are_none_are_a_gap_and_not_the_end),
        cmocka_unit_test(merged_usr_does_not_list_a_database_twice),
        cmocka_unit_test(what_cannot_be_read_is_a_problem_and_a_reason),
        cmocka_unit_test(more_packages_than_the_limit_are_a_problem_and_a_reason),
        cmocka_unit_test(changed_programs_of_dpkg_packages_are_found),
        cmocka_unit_test(changed_programs_of_apk_packages_are_found),
        cmocka_unit_test(a_database_without_digests_leaves_an_element_that_cannot_be_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
