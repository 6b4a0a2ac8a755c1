/* SPDX-License-Identifier: Apache-2.0 */
#include "image/facts.h"

#include "image/limits.h"

enum { SETID = 06000, STICKY = 01000, ALL_WRITE = 0002, GROUP_WRITE = 0020, OWNER_WRITE = 0200 };

/* ---- setuid, setgid, capabilities ---- */

static const char *privilege_of(const pl_entry *e)
{
    if (e->type != PL_ENTRY_FILE)
        return NULL;
    if (e->mode & SETID)
        return e->mode & 04000 ? "setuid" : "setgid";
    return e->flags & PL_ENTRY_FILECAP ? "capabilities" : NULL;
}

static pl_rc set_setuid(pl_facts *f, pl_err *err)
{
    pl_fact_list list;
    pl_file file;
    pl_rc rc = pl_fact_list_init(f, &list, PL_IMAGE_LIST_MAX, err);

    for (uint32_t node = 1; !rc && node < pl_tree_size(f->tree); node++) {
        const char *why = pl_tree_at(f->tree, node, &file) ? privilege_of(file.e) : NULL;
        if (why && !pl_fact_list_add(&list, pl_fact_file(f, &file, why)))
            break;
    }
    return rc ? rc
              : pl_fact_list_set(f, &list, PL_F_IMAGE_SETUID_FILES, &pl_image_file_kind, f->missing,
                                 err);
}

/* ---- writable programs ---- */

/* Folders whose content is program text, as the nodes of the tree that they lead to. */
struct areas {
    uint32_t roots[PL_PATH_DIRS + 32];
    size_t n;
    uint32_t volumes[32]; /* declared ones hold data */
    size_t n_volumes;
};

static void add_node(uint32_t *to, size_t *n, size_t max, uint32_t node)
{
    if (node != PL_PATH_NONE && node != PL_PATH_ROOT && *n < max)
        to[(*n)++] = node;
}

/* The working folder is the application's, unless it is the root or some user's home. */
static bool is_application_root(pl_str path)
{
    static const char *const others[] = {"/", "/root", "/tmp", "/var", "/home", "/run", "/srv"};

    while (path.n > 1 && path.p[path.n - 1] == '/')
        path.n--;
    for (size_t i = 0; i < PL_COUNT(others); i++)
        if (pl_str_eq(path, pl_str_c(others[i])))
            return false;
    return pl_str_starts(path, PL_S("/")) && !pl_str_starts(path, PL_S("/home/")) &&
           !pl_str_starts(path, PL_S("/var/")) && !pl_str_starts(path, PL_S("/tmp/"));
}

static void add_words(const pl_facts *f, int field, struct areas *to)
{
    const pl_value *words = pl_get(f->image, field);

    for (size_t i = 0; words->state == PL_PRESENT && i < words->n && i < 8; i++)
        if (pl_str_starts(words->u.strs[i], PL_S("/"))) {
            pl_file file;
            if (pl_tree_find(f->tree, words->u.strs[i], true, &file) &&
                file.e->type == PL_ENTRY_FILE)
                add_node(to->roots, &to->n, PL_COUNT(to->roots), file.node);
        }
}

static void find_areas(const pl_facts *f, struct areas *to)
{
    static const char *const system_roots[] = {"/usr", "/lib", "/lib64", "/bin", "/sbin"};
    const pl_value *workdir = pl_get(f->image, PL_F_IMAGE_WORKDIR);
    const pl_value *volumes = pl_get(f->image, PL_F_IMAGE_VOLUMES);

    *to = (struct areas){.n = 0};
    to->n = pl_fact_path_dirs(f, to->roots);
    for (size_t i = 0; i < PL_COUNT(system_roots); i++)
        add_node(to->roots, &to->n, PL_COUNT(to->roots),
                 pl_tree_folder(f->tree, pl_str_c(system_roots[i])));
    if (workdir->state == PL_PRESENT && is_application_root(workdir->u.s))
        add_node(to->roots, &to->n, PL_COUNT(to->roots), pl_tree_folder(f->tree, workdir->u.s));
    add_words(f, PL_F_IMAGE_ENTRYPOINT, to);
    add_words(f, PL_F_IMAGE_CMD, to);
    for (size_t i = 0; volumes->state == PL_PRESENT && i < volumes->n; i++)
        add_node(to->volumes, &to->n_volumes, PL_COUNT(to->volumes),
                 pl_tree_folder(f->tree, volumes->u.strs[i]));
}

static bool is_below(const pl_paths *paths, uint32_t node, const uint32_t *roots, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (pl_paths_below(paths, node, roots[i]))
            return true;
    return false;
}

static const char *writer_of(const pl_facts *f, const pl_entry *e)
{
    pl_entry_owner who = pl_layers_owner(pl_tree_set(f->tree), e);
    bool is_dir = e->type == PL_ENTRY_DIR;

    if (e->type != PL_ENTRY_FILE && !is_dir)
        return NULL;
    if ((e->mode & ALL_WRITE) && !(is_dir && (e->mode & STICKY)))
        return "everyone";
    if (!f->has_user)
        return NULL;
    if (f->uid != 0 && who.uid == f->uid && (e->mode & OWNER_WRITE))
        return "user";
    if (f->gid != 0 && who.gid == f->gid && (e->mode & GROUP_WRITE))
        return "group";
    return NULL;
}

/* Without the default user's number only what everyone may write is certain. */
static const char *why_unsure(const pl_facts *f)
{
    if (f->missing || f->has_user || !f->parts->config)
        return f->missing;
    return "unreadable";
}

static pl_rc set_writable(pl_facts *f, pl_err *err)
{
    const pl_paths *paths = pl_layers_paths(pl_tree_set(f->tree));
    struct areas areas;
    pl_fact_list list;
    pl_file file;
    pl_rc rc = pl_fact_list_init(f, &list, PL_IMAGE_LIST_MAX, err);

    if (rc)
        return rc;
    find_areas(f, &areas);
    for (uint32_t node = 1; node < pl_tree_size(f->tree); node++) {
        const char *why = pl_tree_at(f->tree, node, &file) ? writer_of(f, file.e) : NULL;
        if (!why || !is_below(paths, node, areas.roots, areas.n) ||
            is_below(paths, node, areas.volumes, areas.n_volumes))
            continue;
        if (!pl_fact_list_add(&list, pl_fact_file(f, &file, why)))
            break;
    }
    return pl_fact_list_set(f, &list, PL_F_IMAGE_WRITABLE_PROGRAMS, &pl_image_file_kind,
                            why_unsure(f), err);
}

pl_rc pl_facts_permissions(pl_facts *f, pl_err *err)
{
    pl_rc rc = set_setuid(f, err);
    return rc ? rc : set_writable(f, err);
}
