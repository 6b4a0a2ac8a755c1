/* SPDX-License-Identifier: Apache-2.0 */
/* Cargo.lock, poetry.lock, uv.lock, pdm.lock and pylock.toml: tables of packages in TOML. */
#include "package/limits.h"
#include "package/lines.h"
#include "package/lock_graph.h"
#include "package/locks.h"

struct toml {
    pl_found f;
    bool is_own;   /* part of the project */
    bool in_table; /* of a package or of its source */
};

/* One line of a package's table; table: "package", "package.source". */
typedef void (*take)(struct toml *t, pl_str table, const pl_toml_line *l);

static pl_rc end_package(struct toml *t, pl_found_each each, void *arg, pl_err *err)
{
    return t->in_table && !t->is_own && pl_found_is_whole(&t->f) ? each(&t->f, arg, err) : PL_OK;
}

/* "package.source" is below "package"; "packages" is not. */
static bool is_below(pl_str table, pl_str word)
{
    return table.n > word.n && pl_str_starts(table, word) && table.p[word.n] == '.';
}

/* word: "package", or "packages" */
static pl_rc read_tables(pl_str text, pl_str word, pl_lang lang, take take_line, pl_found_each each,
                         void *arg, pl_err *err)
{
    const struct toml none = {.f = {.kind = PL_FOUND_LOCKED, .lang = lang}};
    struct toml t = none;
    pl_str table = {"", 0};
    pl_toml_line l;
    pl_rc rc = PL_OK;

    while (!rc && pl_toml_next(&text, &l)) {
        if (!l.table.n) {
            if (t.in_table)
                take_line(&t, table, &l);
            continue;
        }
        table = l.table;
        if (l.is_array && pl_str_eq(table, word)) {
            rc = end_package(&t, each, arg, err);
            t = none;
            t.in_table = true;
        } else if (!is_below(table, word)) {
            rc = end_package(&t, each, arg, err);
            t = none;
        }
    }
    return rc ? rc : end_package(&t, each, arg, err);
}

static pl_rc read_toml(pl_str text, pl_lang lang, take take_line, pl_found_each each, void *arg,
                       pl_err *err)
{
    return read_tables(text, PL_S("package"), lang, take_line, each, arg, err);
}

static void take_name(struct toml *t, const pl_toml_line *l)
{
    if (pl_str_eq(l->key, PL_S("name")))
        t->f.name = l->value;
    else if (pl_str_eq(l->key, PL_S("version")))
        t->f.version = l->value;
}

/* ---- Cargo: a package without a source is of the workspace ---- */

static void take_cargo(struct toml *t, pl_str table, const pl_toml_line *l)
{
    if (!pl_str_eq(table, PL_S("package")))
        return;
    take_name(t, l);
    if (pl_str_eq(l->key, PL_S("source")))
        t->f.provenance = l->value;
    else if (pl_str_eq(l->key, PL_S("checksum")))
        t->f.integrity = l->value;
}

struct telling {
    pl_found_each each;
    void *arg;
    bool needs_source;
};

/* Digests stand there without the word for their kind. */
static pl_rc tell_sha256(const pl_found *f, void *arg, pl_err *err)
{
    const struct telling *t = arg;
    PL_AUTO_BUF pl_buf digest = {0};
    pl_found told = *f;

    if (t->needs_source && !f->provenance.n)
        return PL_OK;
    if (f->integrity.n) {
        pl_buf_fmt(&digest, "sha256:%.*s", PL_F(f->integrity));
        told.integrity = pl_buf_view(&digest);
    }
    return pl_buf_ok(&digest) ? t->each(&told, t->arg, err) : pl_fail(err, PL_NOMEM, "lock file");
}

pl_rc pl_cargo_lock(pl_str text, pl_arena *a, pl_found_each each, void *arg, pl_err *err)
{
    struct telling c = {each, arg, true};

    (void)a;
    return read_toml(text, PL_LANG_CARGO, take_cargo, tell_sha256, &c, err);
}

/* A line of a list of files, one of which stands for the package: { url = "...", hash = "..." } */
static void take_digest(struct toml *t, const pl_toml_line *l)
{
    bool is_file = pl_str_eq(l->key, PL_S("{file")) || pl_str_eq(l->key, PL_S("{ url"));

    if (is_file && !t->f.integrity.n)
        t->f.integrity = pl_toml_inline(l->value, "hash");
}

/* ---- poetry ---- */

/* groups = ["dev", "test"]: needed at run time when "main" is among them. */
static bool is_development(pl_str groups)
{
    return pl_str_starts(groups, PL_S("[")) && !pl_str_has(groups, PL_S("\"main\""));
}

static void take_poetry(struct toml *t, pl_str table, const pl_toml_line *l)
{
    if (pl_str_eq(table, PL_S("package.source"))) {
        if (pl_str_eq(l->key, PL_S("url")))
            t->f.provenance = l->value;
        t->is_own |= pl_str_eq(l->key, PL_S("type")) && pl_str_eq(l->value, PL_S("directory"));
    }
    if (!pl_str_eq(table, PL_S("package")))
        return;
    take_name(t, l);
    take_digest(t, l);
    if ((pl_str_eq(l->key, PL_S("category")) && pl_str_eq(l->value, PL_S("dev"))) ||
        (pl_str_eq(l->key, PL_S("groups")) && is_development(l->value)))
        t->f.scope = PL_SCOPE_DEVELOPMENT;
}

pl_rc pl_poetry_lock(pl_str text, pl_arena *a, pl_found_each each, void *arg, pl_err *err)
{
    (void)a;
    return read_toml(text, PL_LANG_PYPI, take_poetry, each, arg, err);
}

/* ---- pdm: groups as poetry's, but what runs needs is called "default" ---- */

static void take_pdm(struct toml *t, pl_str table, const pl_toml_line *l)
{
    if (!pl_str_eq(table, PL_S("package")))
        return;
    take_name(t, l);
    take_digest(t, l);
    if (pl_str_eq(l->key, PL_S("git")) || pl_str_eq(l->key, PL_S("url")))
        t->f.provenance = l->value;
    t->is_own |= pl_str_eq(l->key, PL_S("path"));
    if (pl_str_eq(l->key, PL_S("groups")) && pl_str_starts(l->value, PL_S("[")) &&
        !pl_str_has(l->value, PL_S("\"default\"")))
        t->f.scope = PL_SCOPE_DEVELOPMENT;
}

pl_rc pl_pdm_lock(pl_str text, pl_arena *a, pl_found_each each, void *arg, pl_err *err)
{
    (void)a;
    return read_toml(text, PL_LANG_PYPI, take_pdm, each, arg, err);
}

/* ---- pylock.toml: values inline, or as tables of their own ---- */

static void take_pylock(struct toml *t, pl_str table, const pl_toml_line *l)
{
    const bool is_vcs = pl_str_eq(table, PL_S("packages.vcs"));

    t->is_own |= pl_str_eq(table, PL_S("packages.directory")) ||
                 (pl_str_eq(table, PL_S("packages")) && pl_str_eq(l->key, PL_S("directory")));
    if (is_vcs && pl_str_eq(l->key, PL_S("url")))
        t->f.provenance = l->value;
    if (!t->f.integrity.n && pl_str_eq(l->key, PL_S("sha256")))
        t->f.integrity = l->value;
    if (!t->f.integrity.n && pl_str_has(l->value, PL_S("hashes")))
        t->f.integrity = pl_toml_inline(l->value, "sha256");
    if (!pl_str_eq(table, PL_S("packages")))
        return;
    take_name(t, l);
    if (pl_str_eq(l->key, PL_S("vcs")))
        t->f.provenance = pl_toml_inline(l->value, "url");
    else if (pl_str_eq(l->key, PL_S("index")) && !t->f.provenance.n)
        t->f.provenance = l->value;
}

pl_rc pl_pylock(pl_str text, pl_arena *a, pl_found_each each, void *arg, pl_err *err)
{
    struct telling t = {each, arg, false};

    (void)a;
    return read_tables(text, PL_S("packages"), PL_LANG_PYPI, take_pylock, tell_sha256, &t, err);
}

/* ---- uv ---- */

static void take_uv(struct toml *t, pl_str table, const pl_toml_line *l)
{
    if (!pl_str_eq(table, PL_S("package")))
        return;
    take_name(t, l);
    take_digest(t, l);
    if (pl_str_eq(l->key, PL_S("sdist")))
        t->f.integrity = pl_toml_inline(l->value, "hash");
    if (!pl_str_eq(l->key, PL_S("source")))
        return;
    static const char *const own[] = {"virtual", "editable", "directory", "path"};
    static const char *const from[] = {"registry", "git", "url"};
    for (size_t i = 0; i < PL_COUNT(own); i++)
        t->is_own |= pl_toml_inline(l->value, own[i]).n > 0;
    for (size_t i = 0; i < PL_COUNT(from) && !t->f.provenance.n; i++)
        t->f.provenance = pl_toml_inline(l->value, from[i]);
}

/* uv tells who needs whom; the project itself is among the packages. */
struct uv_reading {
    pl_lock_graph *graph;
    pl_str table, list; /* that the lines are of */
    bool is_own;
};

static void take_uv_need(const struct uv_reading *r, pl_str name)
{
    bool is_dev = pl_str_eq(r->table, PL_S("package.dev-dependencies"));
    bool is_plain =
        pl_str_eq(r->table, PL_S("package.optional-dependencies")) ||
        (pl_str_eq(r->table, PL_S("package")) && pl_str_eq(r->list, PL_S("dependencies")));

    if (r->is_own && is_dev)
        pl_lock_graph_root(r->graph, name, PL_LOCK_DEVELOPMENT);
    else if (r->is_own && is_plain)
        pl_lock_graph_root(r->graph, name, PL_LOCK_NEEDED);
    else if (is_plain)
        pl_lock_graph_edge(r->graph, name);
}

/* name = "a", source = { virtual = "." }, dependencies = [, { name = "b" }, */
static void take_uv_line(struct uv_reading *r, const pl_toml_line *l)
{
    static const char *const own[] = {"virtual", "editable", "directory", "path"};
    pl_str rest = l->value, name;

    if (pl_str_eq(l->key, PL_S("{ name"))) {
        (void)pl_str_cut(&rest, '"', &name);
        if (pl_str_cut(&rest, '"', &name))
            take_uv_need(r, name);
        return;
    }
    r->list = l->key;
    if (!pl_str_eq(r->table, PL_S("package")))
        return;
    if (pl_str_eq(l->key, PL_S("name")))
        pl_lock_graph_node(r->graph, l->value);
    for (size_t i = 0; i < PL_COUNT(own) && pl_str_eq(l->key, PL_S("source")); i++)
        r->is_own |= pl_toml_inline(l->value, own[i]).n > 0;
}

static bool read_uv_graph(pl_str text, pl_lock_graph *g)
{
    struct uv_reading r = {.graph = g};
    pl_toml_line l;

    while (pl_toml_next(&text, &l)) {
        if (!l.table.n) {
            take_uv_line(&r, &l);
            continue;
        }
        r.table = l.table;
        if (l.is_array)
            r.is_own = false;
    }
    return pl_lock_graph_walk(g);
}

struct uv {
    const pl_lock_graph *graph;
    pl_found_each each;
    void *arg;
};

static pl_rc tell_scoped(const pl_found *f, void *arg, pl_err *err)
{
    const struct uv *u = arg;
    pl_found told = *f;

    if (pl_lock_graph_is_development(u->graph, f->name))
        told.scope = PL_SCOPE_DEVELOPMENT;
    return u->each(&told, u->arg, err);
}

pl_rc pl_uv_lock(pl_str text, pl_arena *a, pl_found_each each, void *arg, pl_err *err)
{
    PL_AUTO_LOCK_GRAPH pl_lock_graph *graph = pl_lock_graph_new();
    struct uv u = {graph, each, arg};

    (void)a;
    if (!graph)
        return pl_fail(err, PL_NOMEM, "uv.lock");
    if (!read_uv_graph(text, graph))
        return pl_fail(err, PL_LIMIT, "uv.lock: who needs whom is over %d bytes", PL_LOCK_GRAPH);
    return read_toml(text, PL_LANG_PYPI, take_uv, tell_scoped, &u, err);
}
