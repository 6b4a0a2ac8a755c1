/* SPDX-License-Identifier: Apache-2.0 */
#include "image/facts.h"

#include "image/limits.h"
#include "model/common.h"

static bool has_node(const uint32_t *nodes, size_t n, uint32_t node)
{
    for (size_t i = 0; i < n; i++)
        if (nodes[i] == node)
            return true;
    return false;
}

static void add_dir(const pl_facts *f, pl_str path, uint32_t *nodes, size_t *n)
{
    if (*n == PL_PATH_DIRS || path.n == 0)
        return;
    uint32_t node = pl_tree_folder(f->tree, path);
    if (node != PL_PATH_NONE && !has_node(nodes, *n, node))
        nodes[(*n)++] = node;
}

static pl_str env_path(const pl_record *image)
{
    const pl_value *env = pl_get(image, PL_F_IMAGE_ENV);

    for (size_t i = 0; env->state == PL_PRESENT && i < env->n; i++) {
        const pl_value *name = pl_get(env->u.recs[i], PL_F_ENV_NAME);
        const pl_value *value = pl_get(env->u.recs[i], PL_F_ENV_VALUE);
        if (name->state == PL_PRESENT && value->state == PL_PRESENT &&
            pl_str_eq(name->u.s, PL_S("PATH")))
            return value->u.s;
    }
    return (pl_str){"", 0};
}

size_t pl_fact_path_dirs(const pl_facts *f, uint32_t ret[PL_PATH_DIRS])
{
    static const char *const usual[] = {"/usr/local/sbin", "/usr/local/bin", "/usr/sbin",
                                        "/usr/bin",        "/sbin",          "/bin"};
    pl_str path = env_path(f->image);
    pl_str one;
    size_t n = 0;

    for (size_t i = 0; i < PL_COUNT(usual); i++)
        add_dir(f, pl_str_c(usual[i]), ret, &n);
    while (pl_str_cut(&path, ':', &one))
        add_dir(f, one, ret, &n);
    return n;
}

/* The program itself, behind a link what it leads to. */
static bool is_executable(const pl_facts *f, const pl_file *file, pl_file *ret)
{
    *ret = *file;
    if (file->e->type == PL_ENTRY_SYMLINK) {
        PL_AUTO_BUF pl_buf path = {0};
        pl_paths_print(pl_layers_paths(pl_tree_set(f->tree)), file->node, &path);
        if (!pl_buf_ok(&path) || !pl_tree_find(f->tree, pl_buf_view(&path), true, ret))
            return false;
        ret->node = file->node;
    }
    return ret->e->type == PL_ENTRY_FILE && (ret->e->mode & 0111);
}

static const char *const package_managers[] = {
    "apt",  "apt-get", "dpkg", "apk",   "yum", "dnf",  "microdnf", "rpm", "zypper",   "pacman",
    "opkg", "pip",     "pip3", "conda", "npm", "yarn", "pnpm",     "gem", "composer", "cargo",
};

static void add_manager(pl_str name, pl_str *to, size_t *n)
{
    for (size_t i = 0; i < PL_COUNT(package_managers); i++)
        if (pl_str_eq(name, pl_str_c(package_managers[i])) && *n < PL_COUNT(package_managers))
            to[(*n)++] = pl_str_c(package_managers[i]);
}

pl_rc pl_facts_programs(pl_facts *f, pl_err *err)
{
    uint32_t dirs[PL_PATH_DIRS];
    size_t n_dirs = pl_fact_path_dirs(f, dirs);
    const pl_paths *paths = pl_layers_paths(pl_tree_set(f->tree));
    pl_str *managers = pl_arena_calloc(f->a, PL_COUNT(package_managers), sizeof(*managers));
    size_t n_managers = 0;
    pl_fact_list list;
    pl_file file;
    pl_file program;
    pl_rc rc = pl_fact_list_init(f, &list, PL_IMAGE_PROGRAMS_MAX, err);

    if (rc || !managers)
        return rc ? rc : pl_fail(err, PL_LIMIT, "image record does not fit its budget");
    for (uint32_t node = 1; node < pl_tree_size(f->tree); node++) {
        if (!has_node(dirs, n_dirs, pl_paths_parent(paths, node)) ||
            !pl_tree_at(f->tree, node, &file) || !is_executable(f, &file, &program))
            continue;
        add_manager(pl_paths_name(paths, node), managers, &n_managers);
        if (!pl_fact_list_add(&list, pl_fact_file(f, &program, "program")))
            break;
    }
    if (f->missing || list.is_cut)
        pl_set_unreadable(f->image, PL_F_IMAGE_PACKAGE_MANAGERS,
                          f->missing ? f->missing : "limit:elements");
    else
        pl_set_strs(f->image, PL_F_IMAGE_PACKAGE_MANAGERS, managers, n_managers);
    return pl_fact_list_set(f, &list, PL_F_IMAGE_PROGRAMS, &pl_image_file_kind, f->missing, err);
}
