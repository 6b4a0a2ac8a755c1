/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "image/limits.h"
#include "package/analysers.h"
#include "package/found.h"
#include "package/language_owners.h"
#include "package/limits.h"
#include "tarmake.h"

#include <string.h>

struct scene {
    pl_arena *a;
    pl_problems problems;
    pl_analysis *analysis;
    pl_want wants[PL_PACKAGE_WANTS + PL_OWNER_WANTS];
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

static void open_scene(struct scene *s, const pl_analyser *const *analysers)
{
    size_t n = 0;

    *s = (struct scene){.a = pl_arena_new(64 << 20)};
    add_wants(s, &n, pl_package_wants);
    add_wants(s, &n, pl_owner_wants);
    s->problems.arena = s->a;
    s->analysis = pl_analysis_new(analysers);
    s->ls = pl_layers_new(s->wants, &s->problems);
    assert_non_null(s->analysis);
    pl_layers_analyse(s->ls, s->analysis);
    s->t = pl_tree_new(s->ls);
    assert_non_null(s->t);
}

static void close_scene(struct scene *s)
{
    pl_owners_free(s->owners);
    pl_tree_free(s->t);
    pl_layers_free(s->ls);
    pl_analysis_free(s->analysis);
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

static void read_all(struct scene *s, bool is_folder)
{
    pl_tree_seal(s->t);
    assert_ok(pl_catalog_read(s->t, s->a, &s->c, &s->err), s->err);
    assert_ok(pl_owners_read(s->t, s->a, &s->owners, &s->err), s->err);
    pl_language_job job = {
        .tree = s->t, .analysis = s->analysis, .owners = s->owners, .is_folder = is_folder};
    assert_ok(pl_language_read(&job, s->a, &s->c, &s->err), s->err);
}

static size_t layer_number(const struct scene *s, pl_str id)
{
    for (size_t k = 0; k < pl_layers_count(s->ls); k++)
        if (pl_str_ends(id, pl_str_c(pl_layers_at(s->ls, k)->diff_id)))
            return k;
    return 99;
}

/* "type name version layer path" of each package of a language. */
static void assert_languages(const struct scene *s, const char *want)
{
    PL_AUTO_BUF pl_buf got = {0};

    for (size_t i = 0; i < s->c.n; i++) {
        const pl_package *p = &s->c.items[i];
        if (p->path.n)
            pl_buf_fmt(&got, "%.*s %.*s %.*s %zu %.*s%s%.*s\n", PL_F(p->type), PL_F(p->name),
                       PL_F(p->version), layer_number(s, p->layer), PL_F(p->path),
                       p->scope.n ? " " : "", PL_F(p->scope));
    }
    if (!pl_str_eq(pl_buf_view(&got), pl_str_c(want)))
        fail_msg("got\n%.*s, want\n%s", PL_F(pl_buf_view(&got)), want);
}

static const pl_package *package_of(const struct scene *s, const char *name)
{
    for (size_t i = 0; i < s->c.n; i++)
        if (s->c.items[i].path.n && pl_str_eq(s->c.items[i].name, pl_str_c(name)))
            return &s->c.items[i];
    fail_msg("no package %s", name);
    return NULL;
}

#define NPM(where, name, version)                                                                  \
    {                                                                                              \
        .path = where "node_modules/" name "/package.json",                                        \
        .data = "{\"name\":\"" name "\",\"version\":\"" version "\",\"license\":\"MIT\"}"          \
    }

static void a_package_has_its_path_and_the_layer_that_brought_it(void **state)
{
    (void)state;
    struct scene s;

    open_scene(&s, pl_package_analysers);
    add_layer(&s, (const mk_entry[]){NPM("app/", "a", "1.0.0"),
                                     NPM("app/", "b", "1.0.0"),
                                     NPM("app/", "gone", "1.0.0"),
                                     {NULL}});
    add_layer(&s, (const mk_entry[]){NPM("app/", "b", "2.0.0"),
                                     {.path = "app/node_modules/.wh.gone"},
                                     NPM("app/node_modules/b/", "a", "0.9.0"),
                                     {NULL}});
    read_all(&s, false);
    assert_languages(&s, "npm a 1.0.0 0 /app/node_modules/a/package.json\n"
                         "npm b 2.0.0 1 /app/node_modules/b/package.json\n"
                         "npm a 0.9.0 1 /app/node_modules/b/node_modules/a/package.json\n");
    assert_str(s.c.items[0].ecosystem, "npm");
    assert_str(s.c.items[0].purl, "pkg:npm/a@1.0.0");
    assert_str(s.c.items[0].license, "MIT");
    assert_str(s.c.items[0].language, "javascript");
    close_scene(&s);
}

static void what_an_upper_layer_deletes_is_still_known_of_its_layer(void **state)
{
    (void)state;
    struct scene s;
    size_t n = 0;

    open_scene(&s, pl_package_analysers);
    add_layer(&s, (const mk_entry[]){NPM("", "gone", "1.0.0"), {NULL}});
    add_layer(&s, (const mk_entry[]){{.path = ".wh.node_modules"}, {NULL}});
    read_all(&s, false);
    assert_languages(&s, "");
    assert_int_equal(pl_analysis_notes(s.analysis), 1);
    const pl_note *note = pl_layers_notes(s.ls, pl_layers_entry(s.ls, 0), &n);
    assert_int_equal(n, 1);
    pl_found f;
    assert_true(pl_found_decode(note->bytes, &f));
    assert_str(f.name, "gone");
    close_scene(&s);
}

static void a_file_that_was_copied_up_is_of_the_layer_that_brought_it(void **state)
{
    (void)state;
    struct scene s;

    open_scene(&s, pl_package_analysers);
    add_layer(&s, (const mk_entry[]){NPM("", "a", "1"), NPM("", "back", "1"), {NULL}});
    add_layer(&s, (const mk_entry[]){{.path = "node_modules/.wh.back"}, {NULL}});
    add_layer(&s,
              (const mk_entry[]){NPM("", "a", "1"), NPM("", "back", "1"), {.path = "x"}, {NULL}});
    read_all(&s, false);
    assert_languages(&s, "npm a 1 0 /node_modules/a/package.json\n"
                         "npm back 1 2 /node_modules/back/package.json\n");
    close_scene(&s);
}

static void the_package_of_the_system_that_owns_the_file_is_said(void **state)
{
    (void)state;
    struct scene s;

    open_scene(&s, pl_package_analysers);
    add_layer(&s, (const mk_entry[]){
                      {.path = "etc/os-release", .data = "ID=debian\nVERSION_ID=12\n"},
                      {.path = "var/lib/dpkg/status",
                       .data = "Package: python3-six\nStatus: install ok installed\nVersion: 1\n"},
                      {.path = "var/lib/dpkg/info/python3-six.md5sums",
                       .data = "28cc050eec7cc3f024fbc1b9ed638685  "
                               "usr/lib/python3/dist-packages/six-1.16.0.egg-info/PKG-INFO\n"},
                      {.path = "usr/lib/python3/dist-packages/six-1.16.0.egg-info/PKG-INFO",
                       .data = "Metadata-Version: 2.1\nName: six\nVersion: 1.16.0\n"},
                      {.path = "usr/local/lib/python3.11/site-packages/six-1.15.dist-info/METADATA",
                       .data = "Name: Six.Py\nVersion: 1.15\nLicense: UNKNOWN\n"
                               "Classifier: License :: OSI Approved :: MIT License\n\nName: no\n"},
                      {NULL}});
    read_all(&s, false);
    assert_str(package_of(&s, "six")->owned_by, "python3-six");
    const pl_package *own = package_of(&s, "Six.Py");
    assert_int_equal(own->owned_by.n, 0);
    assert_str(own->source, "six-py");
    assert_str(own->purl, "pkg:pypi/six-py@1.15");
    assert_str(own->license, "MIT License");
    assert_str(own->ecosystem, "PyPI");
    close_scene(&s);
}

static void hints_of_other_files_say_where_a_package_came_from(void **state)
{
    (void)state;
    struct scene s;

    open_scene(&s, pl_package_analysers);
    add_layer(&s,
              (const mk_entry[]){
                  NPM("app/", "a", "1.0.0"),
                  NPM("app/", "b", "1.0.0"),
                  {.path = "app/node_modules/.package-lock.json",
                   .data = "{\"lockfileVersion\":3,\"packages\":{\"node_modules/a\":{\"version\":"
                           "\"1.0.0\",\"resolved\":\"https://u:p@reg.example/a.tgz\",\"integrity\":"
                           "\"sha512-x\",\"dev\":true},\"node_modules/b\":{\"version\":\"1.0.1\","
                           "\"resolved\":\"https://reg.example/b.tgz\"}}}"},
                  {.path = "p/c-1.dist-info/METADATA", .data = "Name: c\nVersion: 1\n"},
                  {.path = "p/c-1.dist-info/direct_url.json",
                   .data = "{\"url\":\"https://git.example/c\",\"vcs_info\":{\"vcs\":\"git\","
                           "\"commit_id\":\"abc\"}}"},
                  {NULL}});
    read_all(&s, false);
    assert_str(package_of(&s, "a")->provenance, "https://reg.example/a.tgz");
    assert_str(package_of(&s, "a")->integrity, "sha512-x");
    assert_str(package_of(&s, "a")->scope, "development");
    assert_int_equal(package_of(&s, "b")->provenance.n, 0);
    assert_str(package_of(&s, "c")->provenance, "git+https://git.example/c@abc");
    close_scene(&s);
}

/* "path: type name" of each path, "none" where nobody is known. */
static void assert_owners(const struct scene *s, const char *const *paths, const char *want)
{
    PL_AUTO_LANGUAGE_OWNERS pl_language_owners *o = NULL;
    PL_AUTO_BUF pl_buf got = {0};
    pl_language_job job = {.tree = s->t, .analysis = s->analysis, .owners = s->owners};
    pl_err err = {0};

    assert_ok(pl_language_owners_read(&job, &s->c, &o, &err), err);
    for (; *paths; paths++) {
        pl_file f;
        assert_true(pl_tree_find(s->t, pl_str_c(*paths), false, &f));
        const pl_language_owner *by = pl_language_owner_of(o, f.node);
        pl_str type = by ? by->type : PL_S("none");
        pl_str name = by ? by->name : PL_S("");
        pl_buf_fmt(&got, "%s: %.*s %.*s\n", *paths, PL_F(type), PL_F(name));
    }
    if (!pl_str_eq(pl_buf_view(&got), pl_str_c(want)))
        fail_msg("got\n%.*s, want\n%s", PL_F(pl_buf_view(&got)), want);
}

static void a_file_belongs_to_the_python_package_that_lists_it(void **state)
{
    (void)state;
    struct scene s;

    open_scene(&s, pl_package_analysers);
    add_layer(
        &s,
        (const mk_entry[]){
            {.path = "v/lib/py/w-1.dist-info/METADATA", .data = "Name: w\nVersion: 1\n"},
            {.path = "v/lib/py/w-1.dist-info/RECORD",
             .data = "w/lib.so,sha256=x,10\n../../bin/w,,\r\n\"w/a,b.so\",,\n/opt/abs,,\n"
                     "w/mod.py,,\n../../../../../../top,,\ngone.so,,\nw.libs/link/c.so,,\n"},
            {.path = "v/lib/py/e.egg-info/PKG-INFO", .data = "Name: e\nVersion: 2\n"},
            {.path = "v/lib/py/e.egg-info/installed-files.txt", .data = "../e/e.so\nPKG-INFO\n"},
            {.path = "v/lib/py/z.egg/EGG-INFO/PKG-INFO", .data = "Name: z\nVersion: 3\n"},
            {.path = "v/lib/py/z.egg/z/z.so"},
            {.path = "v/lib/py/w/lib.so"},
            {.path = "v/bin/w"},
            {.path = "v/lib/py/w/a,b.so"},
            {.path = "opt/abs"},
            {.path = "top"},
            {.path = "v/lib/py/real/c.so"},
            {.path = "v/lib/py/w.libs/link", .type = '2', .link = "../real"},
            {.path = "v/lib/py/e/e.so"},
            {.path = "v/lib/py/w/other.so"},
            {NULL}});
    read_all(&s, false);
    assert_owners(&s,
                  (const char *const[]){"/v/lib/py/w/lib.so", "/v/bin/w", "/v/lib/py/w/a,b.so",
                                        "/opt/abs", "/top", "/v/lib/py/real/c.so",
                                        "/v/lib/py/e/e.so", "/v/lib/py/z.egg/z/z.so",
                                        "/v/lib/py/w/other.so", NULL},
                  "/v/lib/py/w/lib.so: pypi w\n/v/bin/w: pypi w\n/v/lib/py/w/a,b.so: pypi w\n"
                  "/opt/abs: pypi w\n/top: pypi w\n/v/lib/py/real/c.so: pypi w\n"
                  "/v/lib/py/e/e.so: pypi e\n/v/lib/py/z.egg/z/z.so: pypi z\n"
                  "/v/lib/py/w/other.so: none \n");
    close_scene(&s);
}

static void a_file_belongs_to_the_innermost_package_folder(void **state)
{
    (void)state;
    struct scene s;

    open_scene(&s, pl_package_analysers);
    add_layer(&s, (const mk_entry[]){
                      NPM("app/", "a", "1.0.0"),
                      NPM("app/node_modules/a/", "b", "2.0.0"),
                      {.path = "app/node_modules/a/dist/package.json", .data = "{}"},
                      {.path = "app/node_modules/a/dist/x.node"},
                      {.path = "app/node_modules/a/node_modules/b/y.node"},
                      {.path = "app/node_modules/miner"},
                      {.path = "g/specifications/r-1.0.gemspec",
                       .data = "# stub: r 1.0 ruby lib\nGem::Specification.new do |s|\nend\n"},
                      {.path = "g/gems/r-1.0/lib/r.so"},
                      {.path = "g/gems/other-1.0/lib/o.so"},
                      {.path = "R/x/DESCRIPTION",
                       .data = "Package: x\nVersion: 1.0\nBuilt: R 4.2.2; ; 2023; unix\n"},
                      {.path = "R/x/libs/x.so"},
                      {NULL}});
    read_all(&s, false);
    assert_owners(&s,
                  (const char *const[]){"/app/node_modules/a/dist/x.node",
                                        "/app/node_modules/a/node_modules/b/y.node",
                                        "/app/node_modules/miner", "/g/gems/r-1.0/lib/r.so",
                                        "/g/gems/other-1.0/lib/o.so", "/R/x/libs/x.so", NULL},
                  "/app/node_modules/a/dist/x.node: npm a\n"
                  "/app/node_modules/a/node_modules/b/y.node: npm b\n"
                  "/app/node_modules/miner: none \n/g/gems/r-1.0/lib/r.so: gem r\n"
                  "/g/gems/other-1.0/lib/o.so: none \n/R/x/libs/x.so: cran x\n");
    close_scene(&s);
}

static void what_lies_in_a_package_of_another_kind_says_so(void **state)
{
    (void)state;
    PL_AUTO_LANGUAGE_OWNERS pl_language_owners *o = NULL;
    struct scene s;

    open_scene(&s, pl_package_analysers);
    add_layer(&s, (const mk_entry[]){
                      {.path = "p/w-1.dist-info/METADATA", .data = "Name: w\nVersion: 1\n"},
                      {.path = "p/w-1.dist-info/RECORD", .data = "w/x/ebin/x.app,,\n"},
                      {.path = "p/w/x/ebin/x.app",
                       .data = "{application,x,[{vsn,\"4.0\"},{modules,[]}]}."},
                      {.path = "c/conda-meta/w-1-0.json",
                       .data = "{\"name\":\"w\",\"version\":\"1\",\"files\":[\"bin/w\","
                               "\"../p/w-1.dist-info/METADATA\",7,\"a\\/b\"]}"},
                      {.path = "c/bin/w"},
                      NPM("", "a", "1"),
                      NPM("node_modules/a/", "b", "1"),
                      {NULL}});
    read_all(&s, false);
    pl_language_job job = {.tree = s.t, .analysis = s.analysis, .owners = s.owners};
    assert_ok(pl_language_owners_read(&job, &s.c, &o, &s.err), s.err);
    size_t before = s.c.n;
    pl_language_owners_apply(o, &s.c);
    assert_int_equal(s.c.n, before);
    assert_str(package_of(&s, "x")->owned_by, "pkg:pypi/w@1");
    assert_str(package_of(&s, "x")->scope, "bundled");
    /* conda's w is first in the tree; what it installed is the package, not inside of it */
    for (size_t i = 0; i < s.c.n; i++)
        if (pl_str_eq(s.c.items[i].type, PL_S("pypi"))) {
            assert_str(s.c.items[i].owned_by, "pkg:conda/w@1");
            assert_int_equal(s.c.items[i].scope.n, 0);
        }
    assert_int_equal(package_of(&s, "b")->owned_by.n, 0);
    assert_owners(&s, (const char *const[]){"/c/bin/w", NULL}, "/c/bin/w: conda w\n");
    close_scene(&s);
}

#define LOCK                                                                                       \
    {                                                                                              \
        .path = "app/package-lock.json",                                                           \
        .data = "{\"lockfileVersion\":3,\"packages\":{\"\":{\"version\":\"1.0.0\"},"               \
                "\"node_modules/a\":{\"version\":\"1.0.0\"},\"node_modules/d\":{\"version\":"      \
                "\"3.0.0\",\"dev\":true},\"w\":{\"version\":\"1.0.0\"},\"node_modules/w\":{"       \
                "\"link\":true}}}"                                                                 \
    }

static void a_lock_file_adds_to_a_folder_what_is_not_installed(void **state)
{
    (void)state;
    struct scene s;

    open_scene(&s, pl_package_analysers);
    add_layer(&s, (const mk_entry[]){NPM("app/", "a", "1.0.0"), LOCK, {NULL}});
    read_all(&s, true);
    assert_languages(&s, "npm a 1.0.0 0 /app/node_modules/a/package.json\n"
                         "npm d 3.0.0 0 /app/package-lock.json development\n");
    close_scene(&s);
}

static void a_lock_file_in_an_image_counts_only_where_nothing_is_installed(void **state)
{
    (void)state;
    struct scene s;

    open_scene(&s, pl_package_analysers);
    add_layer(&s, (const mk_entry[]){NPM("other/", "x", "1.0.0"), LOCK, {NULL}});
    read_all(&s, false);
    assert_languages(&s, "npm x 1.0.0 0 /other/node_modules/x/package.json\n");
    close_scene(&s);

    open_scene(&s, pl_package_analysers);
    add_layer(&s, (const mk_entry[]){LOCK, {NULL}});
    read_all(&s, false);
    assert_languages(&s, "npm a 1.0.0 0 /app/package-lock.json declared\n"
                         "npm d 3.0.0 0 /app/package-lock.json development\n");
    close_scene(&s);
}

static void what_a_project_wants_without_a_version_is_told(void **state)
{
    (void)state;
    struct scene s;

    open_scene(&s, pl_package_analysers);
    add_layer(&s,
              (const mk_entry[]){{.path = "app/requirements.txt", .data = "a>=1\n./own\nc==2\n"},
                                 {.path = "b/requirements.txt", .data = "z==1\n"},
                                 {.path = "m/pom.xml",
                                  .data = "<project><dependencies><dependency><groupId>g"
                                          "</groupId><artifactId>a</artifactId></dependency>"
                                          "</dependencies></project>"},
                                 {NULL}});
    read_all(&s, true);
    assert_int_equal(s.problems.n, 2);
    assert_true(pl_str_starts(s.problems.items[0].text, PL_S("/app/requirements.txt: 2 packages")));
    assert_true(pl_str_starts(s.problems.items[1].text, PL_S("/m/pom.xml: 1 package ")));
    assert_string_equal(s.c.reason, "unpinned");
    close_scene(&s);
}

/* In an image of which the packages were read, a list says what was wanted; in a folder one may be
 * installed. */
static void what_is_installed_needs_no_version_in_a_list(void **state)
{
    (void)state;
    static const mk_entry metadata = {.path = "v/lib/site-packages/a-1.dist-info/METADATA",
                                      .data = "Name: a\nVersion: 1\n"};

    for (size_t is_folder = 0; is_folder < 2; is_folder++) {
        struct scene s;
        open_scene(&s, pl_package_analysers);
        add_layer(&s, (const mk_entry[]){metadata,
                                         {.path = "app/requirements.txt", .data = "a>=1\nb>=2\n"},
                                         {NULL}});
        read_all(&s, is_folder);
        assert_int_equal(s.problems.n, is_folder);
        if (is_folder)
            assert_true(pl_str_has(s.problems.items[0].text, PL_S(": 1 package without")));
        else
            assert_null(s.c.reason);
        close_scene(&s);
    }
}

/* One lock file that names more packages than are listed. */
static void more_packages_than_are_listed_are_told(void **state)
{
    (void)state;
    struct scene s;
    PL_AUTO_BUF pl_buf lock = {0};

    for (int i = 0; i <= PL_LANGUAGE_PACKAGES_MAX; i++)
        pl_buf_fmt(&lock, "p%d==1\n", i);
    pl_buf_ch(&lock, '\0');
    assert_true(pl_buf_ok(&lock));
    open_scene(&s, pl_package_analysers);
    add_layer(&s, (const mk_entry[]){{.path = "app/requirements.txt", .data = lock.p}, {NULL}});
    read_all(&s, true);
    assert_int_equal(s.c.n, PL_LANGUAGE_PACKAGES_MAX);
    assert_string_equal(s.c.reason, "limit:language-packages");
    assert_int_equal(s.problems.n, 1);
    assert_true(pl_str_has(s.problems.items[0].text, PL_S("PL_LANGUAGE_PACKAGES_MAX")));
    close_scene(&s);
}

static void a_hard_link_is_installed_where_it_lies(void **state)
{
    (void)state;
    struct scene s;

    open_scene(&s, pl_package_analysers);
    add_layer(&s, (const mk_entry[]){{.path = "home/u/.pnpm-store/v3/files/aa/bb",
                                      .data = "{\"name\":\"a\",\"version\":\"1\"}"},
                                     {.path = "usr/app/node_modules/.pnpm/a@1/node_modules/a/"
                                              "package.json",
                                      .type = '1',
                                      .link = "home/u/.pnpm-store/v3/files/aa/bb"},
                                     {NULL}});
    read_all(&s, false);
    assert_languages(&s, "npm a 1 0 /usr/app/node_modules/.pnpm/a@1/node_modules/a/package.json\n");
    assert_null(s.c.reason);
    close_scene(&s);
}

static void a_hard_link_to_a_file_that_nobody_read_is_told(void **state)
{
    (void)state;
    struct scene s;

    open_scene(&s, pl_package_analysers);
    add_layer(&s,
              (const mk_entry[]){{.path = "a/blob", .data = "Name: a\nVersion: 1\n"},
                                 {.path = "p/a.dist-info/METADATA", .type = '1', .link = "a/blob"},
                                 {.path = "p/b.txt", .type = '1', .link = "a/blob"},
                                 {NULL}});
    read_all(&s, false);
    assert_languages(&s, "");
    assert_int_equal(s.problems.n, 1);
    assert_true(pl_str_starts(s.problems.items[0].text, PL_S("/p/a.dist-info/METADATA: a hard")));
    assert_string_equal(s.c.reason, "unsupported");
    close_scene(&s);
}

static void a_file_that_is_not_what_its_name_says_is_told(void **state)
{
    (void)state;
    struct scene s;

    open_scene(&s, pl_package_analysers);
    add_layer(&s, (const mk_entry[]){
                      {.path = "app/node_modules/a/package.json", .data = "{\"name\": broken"},
                      {.path = "app/templates/package.json", .data = "{{ template }}"},
                      {NULL}});
    read_all(&s, false);
    assert_languages(&s, "");
    assert_int_equal(s.problems.n, 1);
    assert_true(
        pl_str_starts(s.problems.items[0].text, PL_S("/app/node_modules/a/package.json: no JSON")));
    assert_null(s.c.reason);
    close_scene(&s);
}

/* ---- the framework, with analysers of its own ---- */

static pl_rc note_head(const pl_passing_file *f, pl_in *in, pl_note_out *out, pl_err *err)
{
    char head[4];
    size_t n = 0;

    (void)f;
    pl_rc rc = pl_in_fill(in, head, sizeof(head), &n, err);
    return rc ? rc : pl_note_add(out, (pl_str){head, n}, err);
}

static pl_rc note_all(const pl_passing_file *f, pl_str bytes, pl_note_out *out, pl_err *err)
{
    (void)f;
    return pl_note_add(out, bytes, err);
}

static const pl_analyser magic = {
    .name = "magic",
    .matches = (const pl_match[]){{.magic = "\177ELF", .mode = 0111}, {0}},
    .max = 1 << 20,
    .stream = note_head,
};
static const pl_analyser whole = {
    .name = "whole",
    .matches = (const pl_match[]){{.path = "/etc/conf.d/", .suffix = ".conf"},
                                  {.path = "/one"},
                                  {.suffix = ".txt", .below = "/in/", .magic = "T"},
                                  {0}},
    .max = 600,
    .whole = note_all,
};
static const pl_analyser *const both[] = {&magic, &whole, NULL};

static void assert_notes(const struct scene *s, const char *want)
{
    PL_AUTO_BUF pl_buf got = {0};

    for (size_t i = 0; i < pl_analysis_notes(s->analysis); i++) {
        const pl_note *n = pl_analysis_note(s->analysis, i);
        pl_buf_fmt(&got, "%s %u %u %.*s\n", pl_analysis_at(s->analysis, n->by)->name, n->entry,
                   n->rc, PL_F(pl_str_sub(n->bytes, 0, 9)));
    }
    if (!pl_str_eq(pl_buf_view(&got), pl_str_c(want)))
        fail_msg("got\n%.*s, want\n%s", PL_F(pl_buf_view(&got)), want);
}

static void rows_choose_by_path_folder_suffix_mode_and_magic(void **state)
{
    (void)state;
    struct scene s;

    open_scene(&s, both);
    add_layer(&s, (const mk_entry[]){{.path = "etc/conf.d/a.conf", .data = "1"},
                                     {.path = "etc/conf.d/sub/a.conf", .data = "no"},
                                     {.path = "etc/conf.d/a.txt", .data = "no"},
                                     {.path = "one", .data = "2"},
                                     {.path = "in/one", .data = "no"},
                                     {.path = "in/x.txt", .data = "Text"},
                                     {.path = "in/y.txt", .data = "no"},
                                     {.path = "bin/p", .data = "\177ELFxyz", .mode = 0755},
                                     {.path = "bin/q", .data = "\177ELFxyz", .mode = 0644},
                                     {.path = "bin/sh", .data = "#!/bin/sh", .mode = 0755},
                                     {NULL}});
    assert_notes(&s, "whole 0 0 1\nwhole 3 0 2\nwhole 5 0 Text\nmagic 7 0 \177ELF\n");
    close_scene(&s);
}

static void a_whole_file_is_whole_when_its_first_bytes_were_looked_at_before(void **state)
{
    (void)state;
    struct scene s;
    char text[600];

    memset(text, 'T', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    open_scene(&s, both);
    add_layer(&s, (const mk_entry[]){{.path = "in/x.txt", .data = text}, {NULL}});
    assert_int_equal(pl_analysis_notes(s.analysis), 1);
    assert_int_equal(pl_analysis_note(s.analysis, 0)->bytes.n, sizeof(text) - 1);
    close_scene(&s);
}

static void a_file_over_its_limit_is_told_and_not_read(void **state)
{
    (void)state;
    struct scene s;
    char text[700];

    memset(text, 'T', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    open_scene(&s, both);
    add_layer(&s, (const mk_entry[]){{.path = "one", .data = text}, {NULL}});
    assert_notes(&s, "whole 0 4 \n");
    assert_int_equal(s.problems.n, 1);
    assert_str(s.problems.items[0].text, "/one: 699 bytes; at most 600 are read by whole");
    close_scene(&s);
}

static void a_damaged_layer_leaves_no_notes(void **state)
{
    (void)state;
    struct scene s;
    PL_AUTO_BUF pl_buf tar = {0};

    open_scene(&s, both);
    mk_add(&tar, &(mk_entry){.path = "one", .data = "1"});
    mk_add(&tar, &(mk_entry){.path = "etc/conf.d/a.conf", .data = "cut"});
    tar.n -= 512;
    pl_in_mem in = pl_in_of_str(pl_buf_view(&tar));
    assert_ok(pl_layers_read(s.ls, PL_S("l"), &in.in, &s.err), s.err);
    assert_true(pl_layers_at(s.ls, 0)->is_damaged);
    assert_int_equal(pl_analysis_notes(s.analysis), 0);
    close_scene(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_package_has_its_path_and_the_layer_that_brought_it),
        cmocka_unit_test(what_an_upper_layer_deletes_is_still_known_of_its_layer),
        cmocka_unit_test(a_file_that_was_copied_up_is_of_the_layer_that_brought_it),
        cmocka_unit_test(the_package_of_the_system_that_owns_the_file_is_said),
        cmocka_unit_test(hints_of_other_files_say_where_a_package_came_from),
        cmocka_unit_test(a_file_belongs_to_the_python_package_that_lists_it),
        cmocka_unit_test(a_file_belongs_to_the_innermost_package_folder),
        cmocka_unit_test(what_lies_in_a_package_of_another_kind_says_so),
        cmocka_unit_test(a_lock_file_adds_to_a_folder_what_is_not_installed),
        cmocka_unit_test(a_lock_file_in_an_image_counts_only_where_nothing_is_installed),
        cmocka_unit_test(what_a_project_wants_without_a_version_is_told),
        cmocka_unit_test(what_is_installed_needs_no_version_in_a_list),
        cmocka_unit_test(more_packages_than_are_listed_are_told),
        cmocka_unit_test(a_hard_link_is_installed_where_it_lies),
        cmocka_unit_test(a_hard_link_to_a_file_that_nobody_read_is_told),
        cmocka_unit_test(a_file_that_is_not_what_its_name_says_is_told),
        cmocka_unit_test(rows_choose_by_path_folder_suffix_mode_and_magic),
        cmocka_unit_test(a_whole_file_is_whole_when_its_first_bytes_were_looked_at_before),
        cmocka_unit_test(a_file_over_its_limit_is_told_and_not_read),
        cmocka_unit_test(a_damaged_layer_leaves_no_notes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
