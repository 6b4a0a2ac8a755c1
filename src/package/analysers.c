/* SPDX-License-Identifier: Apache-2.0 */
#include "package/analysers.h"

#include "package/copyright.h"
#include "package/file_list.h"
#include "package/found.h"
#include "package/jar.h"
#include "package/limits.h"
#include "package/lines.h"
#include "package/locks.h"
#include "package/manifests.h"
#include "package/npm.h"
#include "package/php.h"
#include "package/python.h"

#include <string.h>

/* Of a file that is read in bounded memory; its time is the limit of the worker. */
#define STREAM_MAX ((uint64_t)16 << 30)

/* ---- from a parser to notes ---- */

static pl_rc note(const pl_found *f, void *arg, pl_err *err)
{
    PL_AUTO_BUF pl_buf bytes = {0};

    pl_found_encode(f, &bytes);
    return pl_buf_ok(&bytes) ? pl_note_add(arg, pl_buf_view(&bytes), err)
                             : pl_fail(err, PL_NOMEM, "notes");
}

typedef pl_rc (*parser)(pl_str text, pl_arena *a, pl_found_each each, void *arg, pl_err *err);

static pl_rc run(parser parse, pl_str bytes, pl_note_out *out, pl_err *err)
{
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(PL_FOUND_SCRATCH);

    return a ? parse(bytes, a, note, out, err) : pl_fail(err, PL_NOMEM, "notes");
}

/* A row whose parser needs nothing but the bytes. */
#define PLAIN(function, parse)                                                                     \
    static pl_rc function(const pl_passing_file *f, pl_str bytes, pl_note_out *out, pl_err *err)   \
    {                                                                                              \
        (void)f;                                                                                   \
        return run(parse, bytes, out, err);                                                        \
    }

#define ROW(row, title, limit, function, ...) ROW_OF(row, title, 1, limit, function, __VA_ARGS__)
#define ROW_OF(row, title, number, limit, function, ...)                                           \
    static const pl_analyser row = {                                                               \
        .name = title,                                                                             \
        .version = number,                                                                         \
        .matches = (const pl_match[]){__VA_ARGS__, {0}},                                           \
        .max = limit,                                                                              \
        .whole = function,                                                                         \
    };

/* The folder that holds the folder of this file: "/app" of "/app/node_modules/x". */
static pl_str folder_above(pl_str path, int levels)
{
    while (levels > 0 && path.n > 0)
        if (path.p[--path.n] == '/')
            levels--;
    return path;
}

/* ---- npm ---- */

/* Where npm does not install, a package.json is often a sample or a template. */
static pl_rc npm_package(const pl_passing_file *f, pl_str bytes, pl_note_out *out, pl_err *err)
{
    bool is_sure = pl_npm_is_installed_at(f->path);

    if (!is_sure && pl_npm_is_sample(f->path))
        return PL_OK;
    pl_rc rc = run(pl_npm_package, bytes, out, err);
    return rc == PL_FORMAT && !is_sure ? PL_OK : rc;
}

static pl_rc npm_hidden_lock(const pl_passing_file *f, pl_str bytes, pl_note_out *out, pl_err *err)
{
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(PL_FOUND_SCRATCH);

    return a ? pl_npm_hidden_lock(bytes, folder_above(f->path, 2), a, note, out, err)
             : pl_fail(err, PL_NOMEM, "notes");
}

struct stored {
    pl_note_out *out;
};

static pl_rc note_stored(const pl_found *f, void *arg, pl_err *err)
{
    const struct stored *s = arg;
    pl_found stored = *f;

    stored.kind = PL_FOUND_STORED;
    return note(&stored, s->out, err);
}

/* pnpm's store has every file under its digest; what it installs are hard links to them. In a
 * layer the name that comes first has the content. */
static pl_rc pnpm_stored(const pl_passing_file *f, pl_str bytes, pl_note_out *out, pl_err *err)
{
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(PL_FOUND_SCRATCH);
    struct stored to = {out};

    (void)f;
    if (!a)
        return pl_fail(err, PL_NOMEM, "notes");
    pl_rc rc = pl_npm_package(bytes, a, note_stored, &to, err);
    return rc == PL_FORMAT ? PL_OK : rc;
}

ROW(npm, "npm", PL_MANIFEST_MAX, npm_package, {.path = "package.json"})
ROW(pnpm_store, "pnpm-store", PL_MANIFEST_MAX, pnpm_stored,
    {.below = "/.pnpm-store/", .magic = "{"}, {.below = "/pnpm/store/", .magic = "{"})
ROW_OF(npm_hidden, "npm-hidden-lock", 2, PL_LOCK_MAX, npm_hidden_lock,
       {.suffix = "/node_modules/.package-lock.json"})

/* ---- Python ---- */

PLAIN(python_metadata, pl_python_metadata)
PLAIN(conda_meta, pl_conda_meta)
PLAIN(python_record, pl_python_record)
PLAIN(installed_files, pl_python_installed_files)

static pl_rc python_direct_url(const pl_passing_file *f, pl_str bytes, pl_note_out *out,
                               pl_err *err)
{
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(PL_FOUND_SCRATCH);

    return a ? pl_python_direct_url(bytes, f->path, a, note, out, err)
             : pl_fail(err, PL_NOMEM, "notes");
}

static pl_rc python_egg(const pl_passing_file *f, pl_in *in, pl_note_out *out, pl_err *err)
{
    (void)f;
    return pl_python_egg(in, pl_note_members(out), note, out, err);
}

ROW(python, "python", PL_MANIFEST_MAX, python_metadata, {.suffix = ".dist-info/METADATA"},
    {.suffix = ".egg-info/PKG-INFO"}, {.suffix = "/EGG-INFO/PKG-INFO"}, {.suffix = ".egg-info"})
ROW(python_url, "python-direct-url", PL_MANIFEST_MAX, python_direct_url,
    {.suffix = ".dist-info/direct_url.json"})
ROW(record, "python-record", PL_LOCK_MAX, python_record, {.suffix = ".dist-info/RECORD"})
ROW(egg_files, "python-installed-files", PL_LOCK_MAX, installed_files,
    {.suffix = ".egg-info/installed-files.txt"})
ROW_OF(conda, "conda", 3, PL_MANIFEST_MAX, conda_meta, {.suffix = ".json", .below = "/conda-meta/"})

#define ZIP "PK\003\004"

static pl_rc yarn_zip(const pl_passing_file *f, pl_in *in, pl_note_out *out, pl_err *err)
{
    (void)f;
    return pl_yarn_zip(in, pl_note_members(out), note, out, err);
}

static const pl_analyser yarn_cache = {
    .name = "yarn-cache",
    .version = 1,
    .matches = (const pl_match[]){{.suffix = ".zip", .below = "/.yarn/cache/"}, {0}},
    .max = STREAM_MAX,
    .stream = yarn_zip,
};

static const pl_analyser egg = {
    .name = "egg",
    .version = 1,
    .matches = (const pl_match[]){{.suffix = ".egg", .magic = ZIP}, {0}},
    .max = STREAM_MAX,
    .stream = python_egg,
};

/* ---- Java ---- */

PLAIN(pom_properties, pl_pom_properties)

static pl_rc jar_file(const pl_passing_file *f, pl_in *in, pl_note_out *out, pl_err *err)
{
    pl_str folder = folder_above(f->path, 1);
    pl_str name = pl_str_sub(f->path, folder.n + 1, f->path.n);

    return f->size == 0 ? PL_OK : pl_jar_read(in, name, pl_note_members(out), note, out, err);
}

static const pl_analyser jar = {
    .name = "jar",
    .version = 3,
    .matches = (const pl_match[]){{.suffix = ".jar"},
                                  {.suffix = ".war"},
                                  {.suffix = ".ear"},
                                  {.suffix = ".par", .magic = ZIP},
                                  {.suffix = ".sar", .magic = ZIP},
                                  {.suffix = ".nar", .magic = ZIP},
                                  {.suffix = ".jpi", .magic = ZIP},
                                  {.suffix = ".hpi", .magic = ZIP},
                                  {.suffix = ".kar", .magic = ZIP},
                                  {.suffix = ".rar", .magic = ZIP},
                                  {.suffix = ".lpkg", .magic = ZIP},
                                  {0}},
    .max = STREAM_MAX,
    .stream = jar_file,
};

ROW(pom, "pom-properties", PL_MANIFEST_MAX, pom_properties,
    {.path = "pom.properties", .below = "/META-INF/maven/"})

/* ---- languages with one kind of file ---- */

PLAIN(gemspec_file, pl_gemspec)
PLAIN(deps_json_file, pl_deps_json)
PLAIN(erlang_app_file, pl_erlang_app)
PLAIN(cpan_meta_file, pl_cpan_meta)
PLAIN(perllocal_file, pl_perllocal)
PLAIN(r_description_file, pl_r_description)
PLAIN(rockspec_file, pl_rockspec)
PLAIN(composer_file, pl_composer_installed)
PLAIN(pear_file, pl_pear_reg)

static pl_rc packlist_file(const pl_passing_file *f, pl_str bytes, pl_note_out *out, pl_err *err)
{
    PL_AUTO_BUF pl_buf name = {0};

    (void)bytes;
    if (!pl_packlist_name(f->path, &name))
        return PL_OK;
    return note(
        &(pl_found){.kind = PL_FOUND_NAMED, .lang = PL_LANG_CPAN, .name = pl_buf_view(&name)}, out,
        err);
}

struct git_gem {
    pl_note_out *out;
    pl_str commit;
};

static pl_rc note_git_gem(const pl_found *f, void *arg, pl_err *err)
{
    const struct git_gem *g = arg;
    PL_AUTO_BUF pl_buf from = {0};
    pl_found told = *f;

    pl_buf_fmt(&from, "git#%.*s", PL_F(g->commit));
    told.provenance = pl_buf_view(&from);
    return pl_buf_ok(&from) ? note(&told, g->out, err) : pl_fail(err, PL_NOMEM, "notes");
}

/* Bundler unpacks what it takes from a repository into ".../bundler/gems/NAME-COMMIT", and writes
 * the specifications that it took from there anew, with the line that installed ones have. Others
 * there are programs of their makers. */
static pl_rc git_gem_file(const pl_passing_file *f, pl_str bytes, pl_note_out *out, pl_err *err)
{
    static const char folder[] = "/bundler/gems/";
    const char *at = memmem(f->path.p, f->path.n, folder, sizeof(folder) - 1);
    pl_str rest = at ? pl_str_sub(f->path, (size_t)(at - f->path.p) + sizeof(folder) - 1, f->path.n)
                     : f->path;
    struct git_gem g = {.out = out, .commit = pl_after_last(pl_before(rest, '/'), '-')};
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(PL_FOUND_SCRATCH);

    if (!a)
        return pl_fail(err, PL_NOMEM, "notes");
    if (!pl_str_has(pl_str_sub(bytes, 0, 512), PL_S("# stub: ")))
        return PL_OK;
    return pl_gemspec(bytes, a, note_git_gem, &g, err);
}

ROW(git_gem, "git-gem", PL_MANIFEST_MAX, git_gem_file,
    {.suffix = ".gemspec", .below = "/bundler/gems/"})
ROW(gemspec, "gemspec", PL_MANIFEST_MAX, gemspec_file,
    {.suffix = ".gemspec", .below = "/specifications/"})
ROW(deps_json, "dotnet-deps", PL_LOCK_MAX, deps_json_file, {.suffix = ".deps.json"})
ROW(erlang_app, "erlang-app", PL_MANIFEST_MAX, erlang_app_file,
    {.suffix = ".app", .below = "/ebin/"})
ROW(cpan_meta, "cpan-meta", PL_MANIFEST_MAX, cpan_meta_file,
    {.path = "MYMETA.json", .below = "/.meta/"}, {.path = "install.json", .below = "/.meta/"})
ROW(packlist, "packlist", PL_LOCK_MAX, packlist_file, {.path = ".packlist", .below = "/auto/"})
ROW(perllocal, "perllocal", PL_LOCK_MAX, perllocal_file, {.path = "perllocal.pod"})
ROW_OF(r_description, "r-description", 2, PL_MANIFEST_MAX, r_description_file,
       {.path = "DESCRIPTION"})
ROW(rockspec, "rockspec", PL_MANIFEST_MAX, rockspec_file,
    {.suffix = ".rockspec", .below = "/rocks"})
ROW_OF(composer, "composer", 2, PL_LOCK_MAX, composer_file, {.suffix = "/composer/installed.json"})
ROW(pear, "pear", PL_MANIFEST_MAX, pear_file, {.suffix = ".reg", .below = "/.registry/"})

/* ---- lock files ---- */

/* Lock files that came with a package say what its makers used. */
static bool is_of_somebody_else(pl_str path)
{
    static const char *const parts[] = {"/node_modules/", "/site-packages/", "/dist-packages/",
                                        "/vendor/",       "/.cargo/",        "/pkg/mod/",
                                        "/usr/share/",    "/gems/",          "/META-INF/"};

    for (size_t i = 0; i < PL_COUNT(parts); i++)
        if (pl_str_has(path, pl_str_c(parts[i])))
            return true;
    return false;
}

#define LOCK(function, parse)                                                                      \
    static pl_rc function(const pl_passing_file *f, pl_str bytes, pl_note_out *out, pl_err *err)   \
    {                                                                                              \
        return is_of_somebody_else(f->path) ? PL_OK : run(parse, bytes, out, err);                 \
    }

LOCK(npm_lock_file, pl_npm_lock)
#define X(name) LOCK(name##_file, pl_##name)
PL_LOCK_PARSERS(X)
#undef X

static pl_rc go_sum_file(const pl_passing_file *f, pl_str bytes, pl_note_out *out, pl_err *err)
{
    return is_of_somebody_else(f->path) ? PL_OK : pl_go_sum(bytes, f->path, NULL, note, out, err);
}

ROW_OF(npm_lock, "npm-lock", 4, PL_LOCK_MAX, npm_lock_file, {.path = "package-lock.json"},
       {.path = "npm-shrinkwrap.json"})
ROW_OF(yarn_lock, "yarn-lock", 2, PL_LOCK_MAX, yarn_lock_file, {.path = "yarn.lock"})
ROW_OF(pnpm_lock, "pnpm-lock", 2, PL_LOCK_MAX, pnpm_lock_file, {.path = "pnpm-lock.yaml"})
ROW_OF(poetry_lock, "poetry-lock", 2, PL_LOCK_MAX, poetry_lock_file, {.path = "poetry.lock"})
ROW_OF(uv_lock, "uv-lock", 3, PL_LOCK_MAX, uv_lock_file, {.path = "uv.lock"})
ROW(pipfile_lock, "pipfile-lock", PL_LOCK_MAX, pipfile_lock_file, {.path = "Pipfile.lock"})
ROW_OF(requirements, "requirements", 3, PL_LOCK_MAX, requirements_file,
       {.suffix = "requirements.txt"}, {.suffix = ".txt", .below = "/requirements"})
ROW(cargo_lock, "cargo-lock", PL_LOCK_MAX, cargo_lock_file, {.path = "Cargo.lock"})
ROW(go_mod, "go-mod", PL_LOCK_MAX, go_mod_file, {.path = "go.mod"})
ROW(go_sum, "go-sum", PL_LOCK_MAX, go_sum_file, {.path = "go.sum"})
ROW(gemfile_lock, "gemfile-lock", PL_LOCK_MAX, gemfile_lock_file, {.path = "Gemfile.lock"})
ROW_OF(composer_lock, "composer-lock", 2, PL_LOCK_MAX, composer_lock_file,
       {.path = "composer.lock"})
ROW(gradle_lock, "gradle-lock", PL_LOCK_MAX, gradle_lock_file, {.suffix = "gradle.lockfile"})
ROW_OF(pom_xml, "pom-xml", 3, PL_MANIFEST_MAX, pom_xml_file, {.path = "pom.xml"})
ROW(nuget_lock, "nuget-lock", PL_LOCK_MAX, nuget_lock_file, {.path = "packages.lock.json"})
ROW(pdm_lock, "pdm-lock", PL_LOCK_MAX, pdm_lock_file, {.path = "pdm.lock"})
ROW(pylock, "pylock", PL_LOCK_MAX, pylock_file, {.path = "pylock.toml"}, {.path = "pylock.*.toml"})
ROW(bun_lock, "bun-lock", PL_LOCK_MAX, bun_lock_file, {.path = "bun.lock"})
ROW(mix_lock, "mix-lock", PL_LOCK_MAX, mix_lock_file, {.path = "mix.lock"})
ROW(pub_lock, "pub-lock", PL_LOCK_MAX, pub_lock_file, {.path = "pubspec.lock"})

/* ---- the table: a lock file of a name before what its suffix says ---- */

const pl_analyser *const pl_package_analysers[] = {
    &npm,          &npm_hidden, &python,        &python_url,  &egg,          &conda,
    &jar,          &pom,        &gemspec,       &deps_json,   &erlang_app,   &cpan_meta,
    &packlist,     &perllocal,  &r_description, &rockspec,    &composer,     &pear,
    &npm_lock,     &yarn_lock,  &pnpm_lock,     &poetry_lock, &uv_lock,      &pipfile_lock,
    &requirements, &cargo_lock, &go_mod,        &go_sum,      &gemfile_lock, &composer_lock,
    &gradle_lock,  &pom_xml,    &nuget_lock,    &pnpm_store,  &yarn_cache,   &pl_copyright_analyser,
    &record,       &egg_files,  &pdm_lock,      &pylock,      &bun_lock,     &mix_lock,
    &pub_lock,     &git_gem,    NULL,
};

bool pl_is_package_analyser(const pl_analyser *a)
{
    for (const pl_analyser *const *p = pl_package_analysers; *p; p++)
        if (*p == a)
            return a != &pl_copyright_analyser;
    return false;
}
