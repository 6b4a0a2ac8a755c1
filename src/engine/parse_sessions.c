/* SPDX-License-Identifier: Apache-2.0 */
/* What has changed in a container since it was made, and the sessions that were opened in it. */
#include "engine/parse.h"

#include "engine/fields.h"
#include "engine/json_rows.h"
#include "engine/limits.h"

#include <stdlib.h>

static int by_text(const void *a, const void *b)
{
    return pl_str_cmp(*(const pl_str *)a, *(const pl_str *)b);
}

/* Where programs, libraries and their settings lie: bin, sbin, lib, lib64, ..., usr, etc. */
static bool is_of_the_system(pl_str path)
{
    static const char *const folders[] = {"bin", "sbin", "usr", "etc"};
    pl_str rest = path, first;

    if (!pl_str_starts(path, PL_S("/")) || !pl_str_cut(&rest, '/', &first) ||
        !pl_str_cut(&rest, '/', &first))
        return false;
    for (size_t i = 0; i < PL_COUNT(folders); i++)
        if (pl_str_eq(first, pl_str_c(folders[i])))
            return true;
    return pl_str_starts(first, PL_S("lib"));
}

/* A folder is listed as changed because of what lies in it. Paths are sorted. */
static bool has_child(const pl_str *v, size_t n, size_t at)
{
    for (size_t i = at + 1; i < n && pl_str_starts(v[i], v[at]); i++)
        if (v[i].n > v[at].n && v[i].p[v[at].n] == '/')
            return true;
    return false;
}

/* The answer is null, or an array of {Path, Kind}. */
bool pl_changes_parse(pl_arena *a, const json_t *doc, pl_record *r)
{
    size_t n_all = json_array_size(doc), n = 0, n_kept = 0;
    pl_str *paths = pl_arena_calloc(a, n_all + 1, sizeof(*paths));
    const json_t *item;
    size_t i;

    if (!json_is_array(doc) && !json_is_null(doc))
        return false;
    if (!paths)
        return true; /* the field stays unreadable */
    json_array_foreach(doc, i, item)
    {
        pl_str path = pl_json_text_at(item, "Path");
        if (is_of_the_system(path))
            paths[n++] = path;
    }
    qsort(paths, n, sizeof(*paths), by_text);
    for (i = 0; i < n && n_kept < PL_ENGINE_CHANGES_MAX; i++)
        if (!has_child(paths, n, i))
            paths[n_kept++] = paths[i];
    pl_set_strs(r, PL_F_CONTAINER_CHANGED_FILES, paths, n_kept);
    return true;
}

/* User of the session as the engine settled it: a name or number, perhaps with a group. */
static bool is_root(pl_str user)
{
    pl_str name;
    return pl_str_cut(&user, ':', &name) &&
           (pl_str_eq(name, PL_S("0")) || pl_str_eq(name, PL_S("root")));
}

bool pl_exec_parse(const json_t *doc, pl_record *r)
{
    bool runs = json_is_true(pl_json_at(doc, "Running"));

    if (!json_is_object(pl_json_at(doc, "ProcessConfig")))
        return false;
    pl_set_int(r, PL_F_CONTAINER_EXECS_PRIVILEGED,
               runs && json_is_true(pl_json_at(doc, "ProcessConfig/privileged")));
    pl_set_int(r, PL_F_CONTAINER_EXECS_AS_ROOT,
               runs && is_root(pl_json_text_at(doc, "ProcessConfig/user")));
    return true;
}
