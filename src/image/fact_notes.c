/* SPDX-License-Identifier: Apache-2.0 */
#include "image/facts.h"

#include "image/limits.h"

#include <stdlib.h>

struct search {
    const pl_facts *f;
    const pl_layers *ls;
    int by;
    pl_fact_noted noted;
    void *arg;
    bool is_over;
};

/* Links on the way to the file are followed, as the tree does when it lays the entry. */
static bool place_file(const struct search *s, const pl_entry *e, pl_fact_note *n)
{
    pl_file now;

    n->node = e->node;
    n->is_deleted =
        !pl_tree_find(s->f->tree, n->path, false, &now) || now.e != e || now.layer < n->place;
    if (!n->is_deleted)
        n->node = now.node;
    return true;
}

static pl_rc show_entry(struct search *s, size_t place, const pl_entry *e, pl_err *err)
{
    PL_AUTO_BUF pl_buf path = {0};
    size_t n = 0;
    const pl_note *notes = pl_layers_notes(s->ls, e, &n);
    pl_fact_note at = {.place = place};
    bool is_placed = false;

    for (size_t i = 0; i < n && !s->is_over; i++) {
        if (notes[i].by != s->by)
            continue;
        if (!is_placed) {
            pl_paths_print(pl_layers_paths(pl_tree_set(s->f->tree)), e->node, &path);
            if (!pl_buf_ok(&path))
                return pl_fail(err, PL_NOMEM, "path");
            at.path = pl_buf_view(&path);
            is_placed = place_file(s, e, &at);
        }
        at.note = &notes[i];
        s->is_over = !s->noted(s->arg, &at);
    }
    return PL_OK;
}

/* A layer that lies in several places counts once, where it lies lowest. */
static bool is_first(bool *seen, size_t layer)
{
    bool was = seen[layer];

    seen[layer] = true;
    return !was;
}

pl_rc pl_fact_notes(const pl_facts *f, int by, pl_fact_noted noted, void *arg, pl_err *err)
{
    pl_layers *ls = pl_tree_set(f->tree);
    struct search s = {f, ls, by, noted, arg, false};
    bool *seen = calloc(pl_layers_count(ls) + 1, sizeof(*seen));
    pl_rc rc = seen ? PL_OK : pl_fail(err, PL_NOMEM, "layers");

    for (size_t place = 0; !rc && place < pl_tree_layers(f->tree); place++) {
        const pl_layer *l = pl_layers_at(ls, pl_tree_layer(f->tree, place));
        if (!is_first(seen, pl_tree_layer(f->tree, place)))
            continue;
        for (size_t i = l->first; !rc && !s.is_over && i < l->first + l->n; i++)
            if (pl_layers_entry(ls, i)->flags & PL_ENTRY_WATCHED)
                rc = show_entry(&s, place, pl_layers_entry(ls, i), err);
    }
    free(seen);
    return rc;
}

bool pl_fact_note_is_of_member(const pl_analysis *a, const pl_note *note, pl_note_same same)
{
    size_t n = 0;
    const pl_note *all = pl_analysis_of(a, note->entry, &n);

    /* All pairs of a file with very many would take for ever; it has enough findings then. */
    for (size_t i = 0; i < n && i < PL_IMAGE_SAME_MAX; i++)
        if (all[i].by == note->by && !all[i].rc && &all[i] != note &&
            same(note->bytes, all[i].bytes))
            return true;
    return false;
}
