/* SPDX-License-Identifier: Apache-2.0 */
#include "image/build_folders.h"

#include "image/limits.h"

/* Patterns of pl_str_fits for the last part of a path. */
static const char *const build_context[] = {
    "Dockerfile",
    "Dockerfile.*",
    "Containerfile",
    "docker-compose*.yml",
    "docker-compose*.yaml",
    "compose.yml",
    "compose.yaml",
    ".dockerignore",
    ".gitlab-ci.yml",
    ".travis.yml",
    "Jenkinsfile",
    "Vagrantfile",
    ".github",
    ".circleci",
    ".env",
    ".env.*",
    "*.dockerfile",
    "bitbucket-pipelines.yml",
};
static const char *const not_context[] = {".env.example", ".env.sample", ".env.template",
                                          ".env.dist"};
static const char *const sources[] = {
    "*.c",  "*.cc", "*.cpp", "*.cxx",   "*.go",    "*.java", "*.kt",  "*.rs",
    "*.cs", "*.fs", "*.vb",  "*.swift", "*.scala", "*.ts",   "*.tsx",
};
static const char *const not_sources[] = {"*.d.ts"};

/* Packages that were installed, or were to be: what they hold is in no list of packages. Those of
 * folders in which they are kept for use (ensurepip's wheels) are none. */
static const char *const archives[] = {"*.deb", "*.udeb",  "*.rpm",   "*.apk",   "*.whl",
                                       "*.gem", "*.crate", "*.nupkg", "*.conda", "*.pkg.tar.*"};

/* What a compiler makes of a source, beside it or in a folder of products. */
static const struct {
    const char *source, *product;
} products[] = {
    {".ts", ".js"},    {".ts", ".mjs"},      {".ts", ".cjs"}, {".tsx", ".js"}, {".java", ".class"},
    {".kt", ".class"}, {".scala", ".class"}, {".c", ".o"},    {".c", ""},      {".cc", ".o"},
    {".cpp", ".o"},    {".cpp", ""},         {".cxx", ".o"},  {".go", ""},     {".rs", ""},
};
static const char *const product_folders[] = {"dist", "build", "lib", "out"};

static const char *const system_folders[] = {
    "/usr/share",       "/usr/lib",          "/usr/include",       "/usr/src",
    "/usr/local/go",    "/usr/local/lib",    "/usr/local/include", "/usr/local/share",
    "/usr/local/cargo", "/usr/local/rustup", "/usr/libexec",
};

enum { BELOW_SRC = 16 }; /* folders below "src" that are followed */

#define MATCHES(name, patterns) matches(name, patterns, PL_COUNT(patterns))

static bool matches(pl_str name, const char *const *patterns, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (pl_str_fits(name, patterns[i]))
            return true;
    return false;
}

struct finder {
    pl_facts *f;
    const pl_paths *paths;
    uint32_t system[PL_COUNT(system_folders)];
    pl_build_folders folders;
    pl_fact_list list;
};

static bool is_system(const struct finder *s, uint32_t node)
{
    for (size_t i = 0; i < PL_COUNT(system_folders); i++)
        if (s->system[i] != PL_PATH_NONE && pl_paths_below(s->paths, node, s->system[i]))
            return true;
    return false;
}

static bool is_owned(const struct finder *s, uint32_t node)
{
    return s->f->owner && s->f->owner(s->f->owner_arg, node).n > 0;
}

/* ---- products ---- */

static bool is_file(const struct finder *s, uint32_t folder, pl_str name, bool is_program)
{
    uint32_t node = pl_paths_find(s->paths, folder, name);
    pl_file file;

    return node != PL_PATH_NONE && pl_tree_at(s->f->tree, node, &file) &&
           file.e->type == PL_ENTRY_FILE && (!is_program || file.e->mode & 0111);
}

static bool has_product_in(const struct finder *s, uint32_t folder, pl_str name)
{
    for (size_t i = 0; i < PL_COUNT(products); i++) {
        char product[PL_IMAGE_NAME_MAX + 8];
        pl_str source = pl_str_c(products[i].source);
        if (!pl_str_ends(name, source))
            continue;
        int n = snprintf(product, sizeof(product), "%.*s%s",
                         PL_F(pl_str_sub(name, 0, name.n - source.n)), products[i].product);
        if (n > 0 && (size_t)n < sizeof(product) &&
            is_file(s, folder, (pl_str){product, (size_t)n}, !*products[i].product))
            return true;
    }
    return false;
}

/* Of .../src/a/b.ts: .../dist/a/b.js */
static bool has_product_elsewhere(const struct finder *s, uint32_t folder, pl_str name)
{
    pl_str below[BELOW_SRC];
    size_t n = 0;

    while (folder != PL_PATH_ROOT && !pl_str_fits(pl_paths_name(s->paths, folder), "src")) {
        if (n == BELOW_SRC)
            return false;
        below[n++] = pl_paths_name(s->paths, folder);
        folder = pl_paths_parent(s->paths, folder);
    }
    for (size_t i = 0; folder != PL_PATH_ROOT && i < PL_COUNT(product_folders); i++) {
        uint32_t at = pl_paths_find(s->paths, pl_paths_parent(s->paths, folder),
                                    pl_str_c(product_folders[i]));
        for (size_t k = n; at != PL_PATH_NONE && k-- > 0;)
            at = pl_paths_find(s->paths, at, below[k]);
        if (at != PL_PATH_NONE && has_product_in(s, at, name))
            return true;
    }
    return false;
}

static const char *source_kind(const struct finder *s, uint32_t node, pl_str name)
{
    uint32_t folder = pl_paths_parent(s->paths, node);

    return has_product_in(s, folder, name) || has_product_elsewhere(s, folder, name)
               ? "source-beside-product"
               : "source";
}

/* ---- files ---- */

static const char *kind_of(const struct finder *s, const pl_entry *e)
{
    pl_str name = pl_paths_name(s->paths, e->node);

    if (e->type != PL_ENTRY_FILE && e->type != PL_ENTRY_DIR)
        return NULL;
    bool is_context = MATCHES(name, build_context) && !MATCHES(name, not_context);
    bool is_ours = e->type == PL_ENTRY_FILE && !is_system(s, e->node);
    bool is_source = is_ours && MATCHES(name, sources) && !MATCHES(name, not_sources);
    bool is_archive = is_ours && e->size > 0 && MATCHES(name, archives);
    if ((!is_context && !is_source && !is_archive) || pl_build_is_third_party(s->paths, e->node) ||
        is_owned(s, e->node))
        return NULL;
    if (is_archive)
        return "package-archive";
    return is_context ? "build-context" : source_kind(s, e->node, name);
}

static pl_rc look(struct finder *s, size_t place, const pl_entry *e, bool *ret_more, pl_err *err)
{
    bool is_in_folder = false;
    pl_file now;
    pl_rc rc = pl_build_folders_take(&s->folders, place, e, &s->list, &is_in_folder, err);
    const char *why = rc || is_in_folder ? NULL : kind_of(s, e);

    if (!why)
        return rc;
    bool is_there = pl_tree_at(s->f->tree, e->node, &now) && now.e == e;
    /* A folder's entry is written again whenever something in it changes. */
    if (e->type == PL_ENTRY_DIR && !is_there && pl_tree_at(s->f->tree, e->node, &now))
        return PL_OK;
    *ret_more = pl_fact_list_add(&s->list, pl_fact_entry(s->f, place, e, !is_there, why));
    return PL_OK;
}

static pl_rc look_at_layers(struct finder *s, pl_err *err)
{
    pl_layers *set = pl_tree_set(s->f->tree);
    bool more = true;
    pl_rc rc = PL_OK;

    for (size_t place = 0; !rc && more && place < pl_tree_layers(s->f->tree); place++) {
        const pl_layer *l = pl_layers_at(set, pl_tree_layer(s->f->tree, place));
        pl_build_folders_next(&s->folders);
        for (size_t i = 0; !rc && more && i < l->n; i++)
            rc = look(s, place, pl_layers_entry(set, l->first + i), &more, err);
    }
    return rc;
}

pl_rc pl_facts_build_files(pl_facts *f, pl_err *err)
{
    struct finder s = {.f = f, .paths = pl_layers_paths(pl_tree_set(f->tree))};
    pl_rc rc = pl_fact_list_init(f, &s.list, PL_IMAGE_LIST_MAX, err);

    if (rc)
        return rc;
    for (size_t i = 0; i < PL_COUNT(system_folders); i++)
        s.system[i] = pl_paths_lookup(s.paths, pl_str_c(system_folders[i]));
    pl_build_folders_init(&s.folders, f);
    rc = look_at_layers(&s, err);
    pl_build_folders_done(&s.folders);
    return rc ? rc
              : pl_fact_list_set(f, &s.list, PL_F_IMAGE_BUILD_FILES, &pl_image_file_kind,
                                 f->missing, err);
}
