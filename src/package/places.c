/* SPDX-License-Identifier: Apache-2.0 */
#include "package/places.h"

#include <stdlib.h>

struct by_folder {
    uint32_t folder;
    uint32_t place; /* index in the list */
};

struct walk {
    pl_places *p;
    struct by_folder *folders; /* owned; sorted */
    const pl_paths *paths;
    uint32_t root;
    size_t step;    /* entries seen */
    size_t cleared; /* the step at which the whole root was deleted last */
};

void pl_places_done(pl_places *p)
{
    free(p->list);
    *p = (pl_places){0};
}

pl_rc pl_places_add(pl_places *p, const pl_collect *col, const pl_file *file, uint32_t folder,
                    pl_err *err)
{
    if (p->n == p->room) {
        size_t room = p->room ? p->room * 2 : 256;
        pl_place *list = reallocarray(p->list, room, sizeof(*list));
        if (!list)
            return pl_fail(err, PL_NOMEM, "packages");
        p->list = list;
        p->room = room;
    }
    p->list[p->n++] = (pl_place){
        .node = file->node, .folder = folder, .item = col->c->n - 1, .layer = file->layer};
    return PL_OK;
}

static int compare_folders(const void *a, const void *b)
{
    uint32_t x = ((const struct by_folder *)a)->folder;
    uint32_t y = ((const struct by_folder *)b)->folder;
    return x < y ? -1 : x > y;
}

static int compare_nodes(const void *a, const void *b)
{
    uint32_t x = ((const pl_place *)a)->node;
    uint32_t y = ((const pl_place *)b)->node;
    return x < y ? -1 : x > y;
}

static void appear(struct walk *w, uint32_t node, size_t layer)
{
    pl_place key = {.node = node};
    pl_place *at = bsearch(&key, w->p->list, w->p->n, sizeof(key), compare_nodes);

    if (!at || at->since > w->cleared)
        return;
    at->since = w->step;
    at->layer = layer;
}

static void vanish(struct walk *w, uint32_t node)
{
    struct by_folder key = {.folder = node};

    if (pl_paths_below(w->paths, w->root, node)) {
        w->cleared = w->step;
        return;
    }
    struct by_folder *at = bsearch(&key, w->folders, w->p->n, sizeof(key), compare_folders);
    if (at)
        w->p->list[at->place].since = 0;
}

static void walk_layer(struct walk *w, const pl_tree *t, size_t place)
{
    const pl_layers *ls = pl_tree_set(t);
    const pl_layer *l = pl_layers_at(pl_tree_set(t), pl_tree_layer(t, place));

    /* What a layer deletes is of the layers below it, wherever the deletion stands. */
    for (size_t i = l->first; i < l->first + l->n; i++) {
        const pl_entry *e = pl_layers_entry(ls, i);
        w->step++;
        if (e->type == PL_ENTRY_WHITEOUT || e->type == PL_ENTRY_OPAQUE)
            vanish(w, e->node);
    }
    for (size_t i = l->first; i < l->first + l->n; i++) {
        const pl_entry *e = pl_layers_entry(ls, i);
        w->step++;
        if (e->type == PL_ENTRY_FILE || e->type == PL_ENTRY_DIR)
            appear(w, e->node, place);
    }
}

static pl_rc name_layers(const pl_places *p, pl_collect *col, pl_err *err)
{
    size_t n = pl_tree_layers(col->t);
    PL_AUTO_FREE pl_str *names = calloc(n ? n : 1, sizeof(*names));

    if (!names)
        return pl_fail(err, PL_NOMEM, "packages");
    for (size_t i = 0; i < p->n; i++) {
        const pl_place *at = &p->list[i];
        if (!names[at->layer].n)
            names[at->layer] = pl_collect_layer(col, at->layer);
        col->c->items[at->item].layer = names[at->layer];
    }
    return PL_OK;
}

pl_rc pl_places_settle(pl_places *p, pl_collect *col, uint32_t root, pl_err *err)
{
    struct walk w = {.p = p, .paths = pl_layers_paths(pl_tree_set(col->t)), .root = root};

    if (!p->n)
        return PL_OK;
    w.folders = calloc(p->n, sizeof(*w.folders));
    if (!w.folders)
        return pl_fail(err, PL_NOMEM, "packages");
    for (size_t i = 0; i < p->n; i++)
        w.folders[i] = (struct by_folder){p->list[i].folder, (uint32_t)i};
    qsort(w.folders, p->n, sizeof(*w.folders), compare_folders);
    for (size_t place = 0; place < pl_tree_layers(col->t); place++)
        walk_layer(&w, col->t, place);
    free(w.folders);
    return name_layers(p, col, err);
}
