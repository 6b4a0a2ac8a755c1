/* SPDX-License-Identifier: Apache-2.0 */
#include "package/origins.h"

#include <stdlib.h>

void pl_origins_done(pl_origins *o)
{
    free(o->versions);
    free(o->deletions);
}

/* ---- what lies where ---- */

static int compare_version(const void *x, const void *y)
{
    const pl_origin_version *a = x;
    const pl_origin_version *b = y;

    if (a->node != b->node)
        return a->node < b->node ? -1 : 1;
    return a->place < b->place ? -1 : a->place > b->place;
}

static int compare_deletion(const void *x, const void *y)
{
    const pl_origin_deletion *a = x;
    const pl_origin_deletion *b = y;

    if (a->node != b->node)
        return a->node < b->node ? -1 : 1;
    return a->place < b->place ? -1 : a->place > b->place;
}

static bool is_deletion(const pl_entry *e)
{
    return e->type == PL_ENTRY_WHITEOUT || e->type == PL_ENTRY_OPAQUE;
}

/* Twice: first to count, then to fill. */
static void walk_entries(pl_origins *o, bool fill)
{
    size_t versions = 0;
    size_t deletions = 0;

    for (size_t place = 0; place < pl_tree_layers(o->t); place++) {
        const pl_layer *l = pl_layers_at(o->ls, pl_tree_layer(o->t, place));
        for (size_t i = l->first; i < l->first + l->n; i++) {
            const pl_entry *e = pl_layers_entry(o->ls, i);
            if (e->flags & (PL_ENTRY_NOTED | PL_ENTRY_WATCHED)) {
                if (fill)
                    o->versions[versions] = (pl_origin_version){e->node, (uint32_t)place, e};
                versions++;
            } else if (is_deletion(e)) {
                if (fill)
                    o->deletions[deletions] = (pl_origin_deletion){e->node, (uint32_t)place};
                deletions++;
            }
        }
    }
    o->n_versions = versions;
    o->n_deletions = deletions;
}

pl_rc pl_origins_open(pl_origins *o, const pl_tree *t, pl_err *err)
{
    *o = (pl_origins){.t = t, .ls = pl_tree_set(t)};
    walk_entries(o, false);
    o->versions = calloc(o->n_versions + 1, sizeof(*o->versions));
    o->deletions = calloc(o->n_deletions + 1, sizeof(*o->deletions));
    if (!o->versions || !o->deletions)
        return pl_fail(err, PL_NOMEM, "packages");
    walk_entries(o, true);
    qsort(o->versions, o->n_versions, sizeof(*o->versions), compare_version);
    qsort(o->deletions, o->n_deletions, sizeof(*o->deletions), compare_deletion);
    return PL_OK;
}

/* ---- which layer ---- */

static bool is_deleted_at(const pl_origins *o, uint32_t node, size_t above, size_t upto)
{
    const pl_origin_deletion key = {node, (uint32_t)above + 1};
    size_t lo = 0;
    size_t hi = o->n_deletions;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (compare_deletion(&o->deletions[mid], &key) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < o->n_deletions && o->deletions[lo].node == node && o->deletions[lo].place <= upto;
}

/* Was the file, or a folder that it lies in, deleted in a layer above `above`, up to `upto`? */
static bool was_deleted(const pl_origins *o, uint32_t node, size_t above, size_t upto)
{
    const pl_paths *paths = pl_layers_paths(o->ls);

    for (;; node = pl_paths_parent(paths, node)) {
        if (is_deleted_at(o, node, above, upto))
            return true;
        if (node == PL_PATH_ROOT)
            return false;
    }
}

static bool says_the_same(const pl_origins *o, const pl_entry *a, const pl_entry *b)
{
    size_t n_a = 0;
    size_t n_b = 0;
    const pl_note *x = pl_layers_notes(o->ls, a, &n_a);
    const pl_note *y = pl_layers_notes(o->ls, b, &n_b);

    if (n_a != n_b)
        return false;
    for (size_t i = 0; i < n_a; i++)
        if (x[i].by != y[i].by || x[i].rc != y[i].rc || !pl_str_eq(x[i].bytes, y[i].bytes))
            return false;
    return true;
}

/* A file that was only copied up, by chown or chmod, is still of the layer that brought it. */
size_t pl_origin_of(const pl_origins *o, const pl_file *f)
{
    const pl_origin_version key = {f->node, (uint32_t)f->layer, NULL};
    const pl_origin_version *v =
        bsearch(&key, o->versions, o->n_versions, sizeof(*o->versions), compare_version);
    size_t place = f->layer;

    while (v && v > o->versions && v[-1].node == f->node && says_the_same(o, v[-1].e, f->e) &&
           !was_deleted(o, f->node, v[-1].place, place))
        place = (--v)->place;
    return place;
}
