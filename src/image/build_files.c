/* SPDX-License-Identifier: Apache-2.0 */
#include "image/facts.h"

#include "image/limits.h"

/* Patterns of pl_str_fits for the last part of a path. */
static const char *const version_control[] = {".git", ".svn", ".hg", ".bzr", "_darcs"};
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

/* Folders where other people's packages keep such files. */
static const char *const third_party[] = {
    "node_modules", "site-packages", "dist-packages", "gems", "vendor", "bower_components",
};
static const char *const system_folders[] = {
    "/usr/share",       "/usr/lib",          "/usr/include",       "/usr/src",
    "/usr/local/go",    "/usr/local/lib",    "/usr/local/include", "/usr/local/share",
    "/usr/local/cargo", "/usr/local/rustup", "/usr/libexec",
};

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
    pl_fact_list list;
};

static bool is_third_party(const struct finder *s, uint32_t node)
{
    while (node != PL_PATH_ROOT) {
        node = pl_paths_parent(s->paths, node);
        pl_str name = pl_paths_name(s->paths, node);
        for (size_t i = 0; i < PL_COUNT(third_party); i++)
            if (pl_str_eq(name, pl_str_c(third_party[i])))
                return true;
    }
    return false;
}

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

static const char *kind_of(const struct finder *s, const pl_entry *e)
{
    pl_str name = pl_paths_name(s->paths, e->node);

    if (e->type != PL_ENTRY_FILE && e->type != PL_ENTRY_DIR)
        return NULL;
    if (MATCHES(name, version_control))
        return "version-control";
    bool is_context = MATCHES(name, build_context) && !MATCHES(name, not_context);
    bool is_source = e->type == PL_ENTRY_FILE && MATCHES(name, sources) &&
                     !MATCHES(name, not_sources) && !is_system(s, e->node);
    if ((!is_context && !is_source) || is_third_party(s, e->node) || is_owned(s, e->node))
        return NULL;
    return is_context ? "build-context" : "source";
}

/* Inside a repository every name is its own business: only the repository is told. */
static bool is_in_repository(const struct finder *s, uint32_t node)
{
    for (node = pl_paths_parent(s->paths, node); node != PL_PATH_ROOT;
         node = pl_paths_parent(s->paths, node)) {
        pl_str name = pl_paths_name(s->paths, node);
        for (size_t i = 0; i < PL_COUNT(version_control); i++)
            if (pl_str_eq(name, pl_str_c(version_control[i])))
                return true;
    }
    return false;
}

static bool look(struct finder *s, size_t place, const pl_entry *e)
{
    const char *why = kind_of(s, e);
    pl_file now;

    if (!why || is_in_repository(s, e->node))
        return true;
    bool is_there = pl_tree_at(s->f->tree, e->node, &now) && now.e == e;
    /* A folder's entry is written again whenever something in it changes. */
    if (e->type == PL_ENTRY_DIR && !is_there && pl_tree_at(s->f->tree, e->node, &now))
        return true;
    return pl_fact_list_add(&s->list, pl_fact_entry(s->f, place, e, !is_there, why));
}

pl_rc pl_facts_build_files(pl_facts *f, pl_err *err)
{
    pl_layers *set = pl_tree_set(f->tree);
    struct finder s = {.f = f, .paths = pl_layers_paths(set)};
    pl_rc rc = pl_fact_list_init(f, &s.list, PL_IMAGE_LIST_MAX, err);
    bool more = true;

    if (rc)
        return rc;
    for (size_t i = 0; i < PL_COUNT(system_folders); i++)
        s.system[i] = pl_paths_lookup(s.paths, pl_str_c(system_folders[i]));
    for (size_t place = 0; more && place < pl_tree_layers(f->tree); place++) {
        const pl_layer *l = pl_layers_at(set, pl_tree_layer(f->tree, place));
        for (size_t i = 0; more && i < l->n; i++)
            more = look(&s, place, pl_layers_entry(set, l->first + i));
    }
    return pl_fact_list_set(f, &s.list, PL_F_IMAGE_BUILD_FILES, &pl_image_file_kind, f->missing,
                            err);
}
