/* SPDX-License-Identifier: Apache-2.0 */
#include "image/build_folders.h"

#include "core/attr.h"
#include "image/limits.h"

enum { DEPTH = 64 }; /* parts of a path that are looked at, from the root */

static const char repository[] = "version-control";
static const char cache[] = "build-cache";
static const char packages[] = "package-cache";
static const char tests[] = "test-data";

/* By the folder's name, and the name of the folder that it lies in. */
static const struct {
    const char *parent, *name, *why;
} names[] = {
    {NULL, ".git", repository},     {NULL, ".svn", repository},    {NULL, ".hg", repository},
    {NULL, ".bzr", repository},     {NULL, "_darcs", repository},  {NULL, ".cache", cache},
    {NULL, ".pytest_cache", cache}, {NULL, ".mypy_cache", cache},  {NULL, ".ruff_cache", cache},
    {NULL, ".tox", cache},          {NULL, ".nox", cache},         {NULL, ".ccache", cache},
    {NULL, ".parcel-cache", cache}, {NULL, ".turbo", cache},       {".m2", "repository", cache},
    {".gradle", "caches", cache},   {".ivy2", "cache", cache},     {".sbt", "boot", cache},
    {".cargo", "registry", cache},  {".cargo", "git", cache},      {"cargo", "registry", cache},
    {"cargo", "git", cache},        {"pkg", "mod", cache},         {".npm", "_cacache", cache},
    {".yarn", "cache", cache},      {".next", "cache", cache},     {".composer", "cache", cache},
    {".bundle", "cache", cache},    {".nuget", "packages", cache}, {"apt", "lists", packages},
    {NULL, "testdata", tests},      {NULL, "test-data", tests},    {NULL, "test_data", tests},
    {NULL, "test", tests},          {NULL, "tests", tests},        {NULL, "__tests__", tests},
    {NULL, "fixtures", tests},      {NULL, "__fixtures__", tests}, {NULL, "e2e", tests},
};

/* Below var/cache and var/lib. */
static const char *const package_caches[] = {"apt", "yum", "dnf", "apk", "zypp", "pacman"};

/* What compilers leave in their folder of products, by which it is told from another "target". */
static const char *const target_signs[] = {".rustc_info.json", "maven-status", "maven-archiver"};

static const char *const third_party[] = {
    "node_modules", "site-packages", "dist-packages", "gems", "vendor", "bower_components",
};
static const char *const system_folders[] = {
    "usr", "etc", "lib", "lib64", "bin", "sbin", "boot", "proc", "sys", "dev", "run", "conda",
};

/* Sum of a folder in the layer that is read now. */
struct pl_build_sum {
    uint32_t node;
    uint64_t bytes;
    pl_record *record;
};

void pl_build_folders_init(pl_build_folders *b, pl_facts *f)
{
    *b = (pl_build_folders){.f = f,
                            .paths = pl_layers_paths(pl_tree_set(f->tree)),
                            .of = PL_PATH_NONE,
                            .mark = {PL_PATH_NONE, NULL}};
}

void pl_build_folders_done(pl_build_folders *b)
{
    free(b->sums);
    b->sums = NULL;
}

void pl_build_folders_next(pl_build_folders *b)
{
    b->n = 0;
}

static bool is_one_of(pl_str name, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (pl_str_fits(name, list[i]))
            return true;
    return false;
}

bool pl_build_is_third_party(const pl_paths *paths, uint32_t node)
{
    for (; node != PL_PATH_ROOT; node = pl_paths_parent(paths, node))
        if (is_one_of(pl_paths_name(paths, pl_paths_parent(paths, node)), third_party,
                      PL_COUNT(third_party)))
            return true;
    return false;
}

/* The folders of the system, without usr/src/NAME and usr/local/NAME, where people put theirs. */
bool pl_build_is_system(const pl_paths *paths, uint32_t node)
{
    uint32_t below = node;

    while (pl_paths_parent(paths, node) != PL_PATH_ROOT) {
        below = node;
        node = pl_paths_parent(paths, node);
    }
    pl_str top = pl_paths_name(paths, node);
    pl_str second = below == node ? (pl_str){"", 0} : pl_paths_name(paths, below);
    if (pl_str_fits(top, "usr") && pl_str_fits(second, "src"))
        return false;
    return is_one_of(top, system_folders, PL_COUNT(system_folders)) ||
           (pl_str_fits(top, "opt") && pl_str_fits(second, "conda")) ||
           (pl_str_fits(top, "var") && pl_str_fits(second, "lib"));
}

/* ---- marks ---- */

static bool is_target(const pl_build_folders *b, uint32_t node)
{
    for (size_t i = 0; i < PL_COUNT(target_signs); i++)
        if (pl_paths_find(b->paths, node, pl_str_c(target_signs[i])) != PL_PATH_NONE)
            return true;
    return false;
}

/* var/cache/apt and its like; var/lib/apt/lists is in the table. */
static bool is_package_cache(const pl_build_folders *b, uint32_t node, pl_str parent)
{
    uint32_t above = pl_paths_parent(b->paths, pl_paths_parent(b->paths, node));

    return pl_str_fits(parent, "cache") && pl_str_fits(pl_paths_name(b->paths, above), "var") &&
           is_one_of(pl_paths_name(b->paths, node), package_caches, PL_COUNT(package_caches));
}

static const char *why_of(const pl_build_folders *b, uint32_t node)
{
    pl_str name = pl_paths_name(b->paths, node);
    pl_str parent = pl_paths_name(b->paths, pl_paths_parent(b->paths, node));

    if (pl_str_fits(name, "target") && is_target(b, node))
        return cache;
    if (is_package_cache(b, node, parent))
        return packages;
    for (size_t i = 0; i < PL_COUNT(names); i++) {
        if (!pl_str_fits(name, names[i].name) ||
            (names[i].parent && !pl_str_fits(parent, names[i].parent)))
            continue;
        if (names[i].why == tests &&
            (pl_build_is_third_party(b->paths, node) || pl_build_is_system(b->paths, node)))
            return NULL;
        return names[i].why;
    }
    return NULL;
}

/* The highest such folder that this one is or lies in. */
static pl_build_mark find_mark(const pl_build_folders *b, uint32_t folder)
{
    uint32_t chain[DEPTH];
    size_t n = 0;

    for (; folder != PL_PATH_ROOT; folder = pl_paths_parent(b->paths, folder))
        chain[n++ % DEPTH] = folder;
    for (size_t i = 0; i < n && i < DEPTH; i++) {
        uint32_t node = chain[(n - 1 - i) % DEPTH];
        const char *why = why_of(b, node);
        if (why)
            return (pl_build_mark){node, why};
    }
    return (pl_build_mark){PL_PATH_NONE, NULL};
}

/* Files come folder by folder. */
static pl_build_mark mark_of(pl_build_folders *b, uint32_t folder)
{
    if (folder != b->of) {
        b->mark = find_mark(b, folder);
        b->of = folder;
    }
    return b->mark;
}

/* ---- sums ---- */

static struct pl_build_sum *sum_of(pl_build_folders *b, uint32_t node)
{
    for (size_t i = b->n; i-- > 0;)
        if (b->sums[i].node == node)
            return &b->sums[i];
    return NULL;
}

/* The folder as it stands in this layer, else as upper or lower ones have it. */
static pl_record *folder_record(const pl_build_folders *b, size_t place, pl_build_mark m)
{
    const pl_entry *own = pl_tree_entry_in(b->f->tree, place, m.node);
    pl_entry e = {.node = m.node, .mode = 0755, .type = PL_ENTRY_DIR};
    pl_file now;

    if (own && own->type == PL_ENTRY_DIR)
        e = *own;
    else if (pl_tree_at(b->f->tree, m.node, &now) && now.e->type == PL_ENTRY_DIR)
        e = *now.e;
    e.node = m.node;
    return pl_fact_entry(b->f, place, &e, true, m.why);
}

static pl_rc add_sum(pl_build_folders *b, size_t place, pl_build_mark m, pl_fact_list *list,
                     struct pl_build_sum **ret, pl_err *err)
{
    if (b->n == b->room) {
        size_t room = b->room ? b->room * 2 : 16;
        struct pl_build_sum *sums = reallocarray(b->sums, room, sizeof(*sums));
        if (!sums)
            return pl_fail(err, PL_NOMEM, "folders of a build");
        b->sums = sums;
        b->room = room;
    }
    *ret = NULL;
    struct pl_build_sum sum = {.node = m.node};
    if (list->n == list->max || !(sum.record = folder_record(b, place, m))) {
        (void)pl_fact_list_add(list, NULL); /* tells that it is cut */
        return PL_OK;
    }
    (void)pl_fact_list_add(list, sum.record);
    b->sums[b->n] = sum;
    *ret = &b->sums[b->n++];
    return PL_OK;
}

pl_rc pl_build_folders_take(pl_build_folders *b, size_t place, const pl_entry *e,
                            pl_fact_list *list, bool *ret, pl_err *err)
{
    bool is_folder = e->type == PL_ENTRY_DIR;
    pl_build_mark m = mark_of(b, is_folder ? e->node : pl_paths_parent(b->paths, e->node));
    struct pl_build_sum *sum = m.node == PL_PATH_NONE ? NULL : sum_of(b, m.node);
    pl_file now;

    *ret = m.node != PL_PATH_NONE;
    /* Empty files keep a place: the lock of a cache is no cache. */
    if (!*ret || e->type != PL_ENTRY_FILE || (e->size == 0 && m.why != repository))
        return PL_OK;
    pl_rc rc = sum ? PL_OK : add_sum(b, place, m, list, &sum, err);
    if (rc || !sum)
        return rc;
    sum->bytes += e->size;
    pl_set_int(sum->record, PL_F_IMAGE_FILE_SIZE, (int64_t)sum->bytes);
    if (pl_tree_at(b->f->tree, e->node, &now) && now.e == e)
        pl_set_bool(sum->record, PL_F_IMAGE_FILE_IS_DELETED, false);
    return PL_OK;
}
