/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/path.h"

#include "rules/glob.h"
#include "rules/limits.h"

/* One component of search paths; the children stand in a list, exact names first. */
struct pl_path_set {
    pl_str name;
    bool is_glob;
    bool is_end; /* a search path ends here: all below matches */
    struct pl_path_set *kids;
    struct pl_path_set *next;
};

pl_path_set *pl_path_set_new(pl_arena *a)
{
    return PL_NEW(a, pl_path_set);
}

/* The next component that is not empty; false when there is none. */
static bool component(pl_str *path, pl_str *ret)
{
    while (pl_str_cut(path, '/', ret))
        if (ret->n)
            return true;
    return false;
}

static pl_path_set *find_kid(pl_path_set *s, pl_str name)
{
    for (pl_path_set *k = s->kids; k; k = k->next)
        if (pl_str_eq(k->name, name))
            return k;
    return NULL;
}

static pl_path_set *add_kid(pl_path_set *s, pl_str name, pl_arena *a)
{
    pl_path_set *kid = PL_NEW(a, pl_path_set);
    pl_path_set **at = &s->kids;

    if (!kid)
        return NULL;
    *kid = (pl_path_set){.name = name, .is_glob = pl_glob_is(name)};
    while (*at && !(*at)->is_glob)
        at = &(*at)->next;
    while (kid->is_glob && *at)
        at = &(*at)->next;
    kid->next = *at;
    *at = kid;
    return kid;
}

pl_rc pl_path_set_add(pl_path_set *s, pl_str path, pl_arena *a, pl_err *err)
{
    pl_str rest = path;
    pl_str name;

    for (unsigned n = 0; component(&rest, &name); n++) {
        pl_path_set *kid = find_kid(s, name);
        if (n == PL_RULES_PATH_PARTS)
            return pl_fail(err, PL_LIMIT, "path of more than %d parts", PL_RULES_PATH_PARTS);
        if (!kid)
            kid = add_kid(s, name, a);
        if (!kid)
            return pl_fail(err, PL_LIMIT, "paths do not fit their memory");
        s = kid;
    }
    s->is_end = true;
    return PL_OK;
}

/* Every node belongs to one depth, so each is tried at most once: no blow-up by many globs. */
bool pl_path_set_covers(const pl_path_set *s, pl_str path, size_t *steps)
{
    pl_str name;

    if (s->is_end)
        return true;
    if (!component(&path, &name))
        return false;
    for (const pl_path_set *k = s->kids; k && *steps > 0; k = k->next) {
        --*steps;
        bool hit =
            k->is_glob ? pl_glob_match(k->name, name, false, steps) : pl_str_eq(k->name, name);
        if (hit && pl_path_set_covers(k, path, steps))
            return true;
    }
    return false;
}
