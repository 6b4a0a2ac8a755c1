/* SPDX-License-Identifier: Apache-2.0 */
#include "package/analysers.h"

#include "package/found.h"
#include "package/limits.h"
#include "package/npm.h"
#include "package/python.h"

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

static const pl_analyser npm = {
    .name = "npm",
    .version = 1,
    .matches = (const pl_match[]){{.path = "package.json"}, {0}},
    .max = PL_MANIFEST_MAX,
    .whole = npm_package,
};

static const pl_analyser npm_hidden = {
    .name = "npm-hidden-lock",
    .version = 1,
    .matches = (const pl_match[]){{.suffix = "/node_modules/.package-lock.json"}, {0}},
    .max = PL_LOCK_MAX,
    .whole = npm_hidden_lock,
};

/* Lock files that came with a package say what its makers used. */
static bool is_of_somebody_else(pl_str path)
{
    static const char *const parts[] = {"/node_modules/", "/site-packages/", "/dist-packages/",
                                        "/vendor/",       "/.cargo/",        "/pkg/mod/",
                                        "/usr/share/",    "/gems/"};

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

static const pl_analyser npm_lock = {
    .name = "npm-lock",
    .version = 1,
    .matches =
        (const pl_match[]){{.path = "package-lock.json"}, {.path = "npm-shrinkwrap.json"}, {0}},
    .max = PL_LOCK_MAX,
    .whole = npm_lock_file,
};

/* ---- Python ---- */

PLAIN(python_metadata, pl_python_metadata)
PLAIN(conda_meta, pl_conda_meta)

static pl_rc python_direct_url(const pl_passing_file *f, pl_str bytes, pl_note_out *out,
                               pl_err *err)
{
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(PL_FOUND_SCRATCH);

    return a ? pl_python_direct_url(bytes, f->path, a, note, out, err)
             : pl_fail(err, PL_NOMEM, "notes");
}

static const pl_analyser python = {
    .name = "python",
    .version = 1,
    .matches = (const pl_match[]){{.suffix = ".dist-info/METADATA"},
                                  {.suffix = ".egg-info/PKG-INFO"},
                                  {.suffix = "/EGG-INFO/PKG-INFO"},
                                  {.suffix = ".egg-info"},
                                  {0}},
    .max = PL_MANIFEST_MAX,
    .whole = python_metadata,
};

static const pl_analyser python_url = {
    .name = "python-direct-url",
    .version = 1,
    .matches = (const pl_match[]){{.suffix = ".dist-info/direct_url.json"}, {0}},
    .max = PL_MANIFEST_MAX,
    .whole = python_direct_url,
};

static const pl_analyser conda = {
    .name = "conda",
    .version = 1,
    .matches = (const pl_match[]){{.suffix = ".json", .below = "/conda-meta/"}, {0}},
    .max = PL_MANIFEST_MAX,
    .whole = conda_meta,
};

/* ---- the table ---- */

const pl_analyser *const pl_package_analysers[] = {
    &npm, &npm_hidden, &npm_lock, &python, &python_url, &conda, NULL,
};

bool pl_is_package_analyser(const pl_analyser *a)
{
    for (const pl_analyser *const *p = pl_package_analysers; *p; p++)
        if (*p == a)
            return true;
    return false;
}
