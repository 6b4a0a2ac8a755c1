/* SPDX-License-Identifier: Apache-2.0 */
#include "image/tree.h"

#include "image/limits.h"
#include "image/tree_history.h"
#include "image/tree_marks.h"

#include <assert.h>
#include <string.h>

/*
 * Steps number everything that is laid, across all layers, from 1: the entries of a layer have
 * steps one after the other, so that four bytes a path say which entry lies there, and since when.
 * It is to be seen when its step is not smaller than those that hid it or a folder above it: marks
 * say so, and whatever is no folder hides all that lay below it before. Once sealed, what is hidden
 * has no step any more.
 */
struct laid {
    size_t layer;   /* number in the set */
    uint32_t step;  /* its first step */
    uint32_t first; /* its first entry */
};

/* A hard link, and the content that it was laid as a name of. */
struct linked {
    uint32_t step, entry;
};

struct pl_tree {
    pl_layers *ls;
    pl_paths *paths;
    uint32_t *steps; /* by path number; 0: nothing lies there */
    size_t n, room;
    pl_marks marks;
    struct linked *linked; /* by step */
    size_t n_linked, room_linked;
    struct laid *laid;
    size_t n_laid, room_laid;
    uint32_t step;
    bool is_short; /* of memory */
    pl_mark spare; /* takes what there is no memory for */
    bool is_sealed;
    pl_file_history *history; /* owned */
};

/* ---- what lies where ---- */

static bool cover(pl_tree *t, uint32_t node)
{
    if (node >= t->room) {
        size_t want = pl_paths_count(t->paths);
        size_t room = t->room * 2 > want ? t->room * 2 : want + 64;
        uint32_t *steps = reallocarray(t->steps, room, sizeof(*steps));
        if (!steps)
            return false;
        memset(steps + t->room, 0, (room - t->room) * sizeof(*steps));
        t->steps = steps;
        t->room = room;
    }
    if (node >= t->n)
        t->n = node + 1;
    return true;
}

static uint32_t step_of(const pl_tree *t, uint32_t node)
{
    return node < t->n ? t->steps[node] : 0;
}

static uint32_t max32(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

static size_t layer_of_step(const pl_tree *t, uint32_t step)
{
    size_t lo = 0;
    size_t hi = t->n_laid;

    while (hi - lo > 1) {
        size_t mid = lo + (hi - lo) / 2;
        if (t->laid[mid].step <= step)
            lo = mid;
        else
            hi = mid;
    }
    return lo;
}

/* As the layer has it: maybe a hard link. */
static const pl_entry *laid_at(const pl_tree *t, uint32_t step, uint32_t *ret_number)
{
    const struct laid *l = &t->laid[layer_of_step(t, step)];

    *ret_number = l->first + (step - l->step);
    return pl_layers_entry(t->ls, *ret_number);
}

/* The content that a hard link was laid as a name of. */
static uint32_t linked_at(const pl_tree *t, uint32_t step)
{
    size_t lo = 0;
    size_t hi = t->n_linked;

    while (hi - lo > 1) {
        size_t mid = lo + (hi - lo) / 2;
        if (t->linked[mid].step <= step)
            lo = mid;
        else
            hi = mid;
    }
    assert(lo < t->n_linked && t->linked[lo].step == step);
    return t->linked[lo].entry;
}

static uint32_t number_at(const pl_tree *t, uint32_t step)
{
    uint32_t number = 0;

    return laid_at(t, step, &number)->type == PL_ENTRY_HARDLINK ? linked_at(t, step) : number;
}

/* The step from before which all is hidden that lies below what was laid in it. */
static uint32_t hides_below(const pl_tree *t, uint32_t step)
{
    uint32_t number = 0;
    return step && laid_at(t, step, &number)->type != PL_ENTRY_DIR ? step : 0;
}

static bool is_visible(const pl_tree *t, uint32_t node)
{
    uint32_t step = step_of(t, node);
    uint32_t hidden = t->is_sealed ? 0 : pl_marks_get(&t->marks, node).gone;

    if (!step || t->is_sealed)
        return step;
    while (node != PL_PATH_ROOT && step >= hidden) {
        node = pl_paths_parent(t->paths, node);
        pl_mark up = pl_marks_get(&t->marks, node);
        hidden = max32(hidden, max32(up.gone, up.below));
        hidden = max32(hidden, hides_below(t, step_of(t, node)));
    }
    return step >= hidden;
}

static const pl_entry *entry_of(const pl_tree *t, uint32_t node)
{
    return is_visible(t, node) ? pl_layers_entry(t->ls, number_at(t, t->steps[node])) : NULL;
}

static bool is_symlink(const pl_tree *t, uint32_t node)
{
    uint32_t step = step_of(t, node);
    return step && pl_layers_entry(t->ls, number_at(t, step))->type == PL_ENTRY_SYMLINK &&
           is_visible(t, node);
}

static pl_str target_of(const pl_tree *t, uint32_t node)
{
    const pl_entry *e = pl_layers_entry(t->ls, number_at(t, t->steps[node]));
    return pl_paths_kept(t->paths, e->ref, (size_t)e->size);
}

/* ---- walking a path ---- */

struct walk {
    const pl_tree *t;
    pl_paths *add_to; /* NULL: what has no number is not there */
    bool follow_last;
    unsigned links;
    uint32_t at;
    pl_buf rest; /* what is still to be walked */
};

/* Puts the link's target in front of the rest. */
static bool follow(struct walk *w, uint32_t link, pl_str rest)
{
    PL_AUTO_BUF pl_buf next = {.max = (size_t)PL_IMAGE_PATH_MAX * 4};
    pl_str target = target_of(w->t, link);

    if (++w->links > PL_IMAGE_SYMLINKS_MAX)
        return false;
    if (pl_str_starts(target, PL_S("/")))
        w->at = PL_PATH_ROOT;
    pl_buf_str(&next, target);
    pl_buf_ch(&next, '/');
    pl_buf_str(&next, rest);
    pl_buf_done(&w->rest);
    w->rest = next;
    next = (pl_buf){0};
    return pl_buf_ok(&w->rest);
}

static bool step_to(struct walk *w, pl_str part, uint32_t *ret)
{
    if (w->add_to)
        return pl_paths_child(w->add_to, w->at, part, ret, NULL) == PL_OK;
    *ret = pl_paths_find(w->t->paths, w->at, part);
    return *ret != PL_PATH_NONE;
}

static bool is_blank(pl_str s)
{
    while (s.n && *s.p == '/')
        s = pl_str_sub(s, 1, s.n);
    return s.n == 0;
}

/* w->rest to w->at. False: not there, or more links than the kernel follows. */
static bool walk(struct walk *w)
{
    size_t used = 0;

    for (;;) {
        pl_str rest = pl_str_sub(pl_buf_view(&w->rest), used, w->rest.n);
        pl_str part;
        uint32_t next = 0;
        if (!pl_str_cut(&rest, '/', &part))
            return true;
        used = w->rest.n - rest.n;
        if (part.n == 0 || pl_str_eq(part, PL_S(".")))
            continue;
        if (pl_str_eq(part, PL_S(".."))) {
            w->at = pl_paths_parent(w->t->paths, w->at);
            continue;
        }
        if (!step_to(w, part, &next))
            return false;
        if (is_symlink(w->t, next) && (w->follow_last || !is_blank(rest))) {
            if (!follow(w, next, rest))
                return false;
            used = 0;
            continue;
        }
        w->at = next;
    }
}

/* ---- laying ---- */

static bool has_linked_parent(const pl_tree *t, uint32_t node)
{
    while (node != PL_PATH_ROOT) {
        node = pl_paths_parent(t->paths, node);
        if (is_symlink(t, node))
            return true;
    }
    return false;
}

/* Where a path really lies: links in its folders resolved, its last part left as it is. */
static bool resolve(pl_tree *t, uint32_t node, uint32_t *ret)
{
    struct walk w = {.t = t, .add_to = t->paths};

    if (!has_linked_parent(t, node)) {
        *ret = node;
        return true;
    }
    pl_paths_print(t->paths, node, &w.rest);
    bool ok = pl_buf_ok(&w.rest) && walk(&w);
    *ret = w.at;
    pl_buf_done(&w.rest);
    return ok;
}

static void complain(pl_tree *t, size_t i, uint32_t node, const char *what)
{
    PL_AUTO_BUF pl_buf path = {0};
    pl_layer *l = pl_layers_at(t->ls, i);

    pl_paths_print(t->paths, node, &path);
    l->unread++;
    l->why = PL_FORMAT;
    pl_problems_add(pl_layers_problems(t->ls), PL_FORMAT, (int)i, "%.*s: %s",
                    PL_F(pl_str_sub(pl_buf_view(&path), 0, 200)), what);
}

static pl_mark *mark_at(pl_tree *t, uint32_t node)
{
    static const pl_mark none;
    pl_mark *m = pl_marks_of(&t->marks, node);

    t->is_short |= !m;
    t->spare = none;
    return m ? m : &t->spare;
}

/* What is no folder goes on hiding what lay below it, when something else takes its place. */
static void keep_hiding(pl_tree *t, uint32_t node)
{
    uint32_t step = hides_below(t, t->steps[node]);

    if (step) {
        pl_mark *m = mark_at(t, node);
        m->below = max32(m->below, step);
    }
}

/* A file over a folder hides the folder's content, that of the same layer too. */
static void put(pl_tree *t, uint32_t node, bool is_dir)
{
    if (is_dir)
        keep_hiding(t, node);
    t->steps[node] = t->step;
}

/* Something that is no folder but has something below it becomes a folder that no entry names. */
static void clear_way(pl_tree *t, uint32_t node)
{
    while (node != PL_PATH_ROOT) {
        node = pl_paths_parent(t->paths, node);
        if (hides_below(t, step_of(t, node))) {
            keep_hiding(t, node);
            t->steps[node] = 0;
        }
    }
}

static bool push_linked(pl_tree *t, uint32_t entry)
{
    if (t->n_linked == t->room_linked) {
        size_t room = t->room_linked ? t->room_linked * 2 : 64;
        struct linked *linked = reallocarray(t->linked, room, sizeof(*linked));
        if (!linked)
            return false;
        t->linked = linked;
        t->room_linked = room;
    }
    t->linked[t->n_linked++] = (struct linked){t->step, entry};
    return true;
}

static void lay_hardlink(pl_tree *t, size_t i, const pl_entry *e, uint32_t node)
{
    uint32_t target = 0;

    if (!resolve(t, e->ref, &target) || !is_visible(t, target)) {
        complain(t, i, e->node, "hard link to a file that is not there");
        return;
    }
    uint32_t entry = number_at(t, t->steps[target]);
    if (pl_layers_entry(t->ls, entry)->type == PL_ENTRY_DIR) {
        complain(t, i, e->node, "hard link to a folder");
        return;
    }
    if (!push_linked(t, entry)) {
        t->is_short = true;
        return;
    }
    clear_way(t, node);
    put(t, node, false);
}

static void lay_entry(pl_tree *t, size_t i, const pl_entry *e, uint32_t first_step)
{
    uint32_t node = 0;

    if (!resolve(t, e->node, &node)) {
        complain(t, i, e->node, "symbolic links in its folders lead nowhere");
        return;
    }
    if (!cover(t, node)) {
        t->is_short = true;
        return;
    }
    switch ((pl_entry_type)e->type) {
    case PL_ENTRY_WHITEOUT:
        mark_at(t, node)->gone = first_step;
        break;
    case PL_ENTRY_OPAQUE:
        mark_at(t, node)->below = max32(pl_marks_get(&t->marks, node).below, first_step);
        break;
    case PL_ENTRY_HARDLINK:
        lay_hardlink(t, i, e, node);
        break;
    case PL_ENTRY_FILE:
    case PL_ENTRY_DIR:
    case PL_ENTRY_SYMLINK:
    case PL_ENTRY_SPECIAL:
        if (node == PL_PATH_ROOT && e->type != PL_ENTRY_DIR)
            break;
        clear_way(t, node);
        put(t, node, e->type == PL_ENTRY_DIR);
        break;
    }
}

pl_rc pl_tree_lay(pl_tree *t, size_t i, pl_err *err)
{
    const pl_layer *l = pl_layers_at(t->ls, i);
    size_t first = l->first;
    size_t n = l->n;

    assert(!t->is_sealed);
    if (n > UINT32_MAX - t->step || t->n_laid == PL_IMAGE_LAYERS_MAX)
        return pl_fail(err, PL_LIMIT, "layers repeat themselves too often");
    if (t->n_laid == t->room_laid) {
        size_t room = t->room_laid ? t->room_laid * 2 : 16;
        struct laid *laid = reallocarray(t->laid, room, sizeof(*laid));
        if (!laid)
            return pl_fail(err, PL_NOMEM, "tree");
        t->laid = laid;
        t->room_laid = room;
    }
    uint32_t first_step = t->step + 1;
    t->laid[t->n_laid++] = (struct laid){i, first_step, (uint32_t)first};
    for (size_t k = first; k < first + n && !t->is_short; k++) {
        t->step++;
        lay_entry(t, i, pl_layers_entry(t->ls, k), first_step);
    }
    return t->is_short ? pl_fail(err, PL_NOMEM, "tree") : PL_OK;
}

/* Without memory for it, what hides a file is looked up whenever somebody asks. */
void pl_tree_seal(pl_tree *t)
{
    PL_AUTO_FREE uint32_t *below = reallocarray(NULL, t->n ? t->n : 1, sizeof(*below));

    for (uint32_t node = 0; below && node < t->n; node++) {
        pl_mark m = pl_marks_get(&t->marks, node);
        uint32_t above = node == PL_PATH_ROOT ? 0 : below[pl_paths_parent(t->paths, node)];
        uint32_t gone = max32(m.gone, above);
        below[node] = max32(gone, max32(m.below, hides_below(t, t->steps[node])));
        if (t->steps[node] < gone)
            t->steps[node] = 0;
    }
    t->is_sealed = below;
    if (below)
        pl_marks_done(&t->marks);
}

/* ---- asking ---- */

pl_tree *pl_tree_new(pl_layers *ls)
{
    pl_tree *t = calloc(1, sizeof(*t));

    if (!t)
        return NULL;
    t->ls = ls;
    t->paths = pl_layers_paths(ls);
    t->history = pl_history_new(ls);
    if (t->history)
        return t;
    free(t);
    return NULL;
}

void pl_tree_free(pl_tree *t)
{
    if (!t)
        return;
    pl_marks_done(&t->marks);
    free(t->steps);
    free(t->linked);
    free(t->laid);
    pl_history_free(t->history);
    free(t);
}

size_t pl_tree_layers(const pl_tree *t)
{
    return t->n_laid;
}

size_t pl_tree_layer(const pl_tree *t, size_t place)
{
    return t->laid[place].layer;
}

size_t pl_tree_size(const pl_tree *t)
{
    return t->n;
}

bool pl_tree_at(const pl_tree *t, uint32_t node, pl_file *ret)
{
    const pl_entry *e = entry_of(t, node);

    if (!e)
        return false;
    *ret = (pl_file){.node = node, .e = e, .layer = layer_of_step(t, t->steps[node])};
    if (e->type == PL_ENTRY_SYMLINK)
        ret->link = pl_paths_kept(t->paths, e->ref, (size_t)e->size);
    return true;
}

bool pl_tree_find(const pl_tree *t, pl_str path, bool follow_last, pl_file *ret)
{
    struct walk w = {.t = t, .follow_last = follow_last};

    pl_buf_str(&w.rest, path);
    bool ok = pl_buf_ok(&w.rest) && walk(&w) && pl_tree_at(t, w.at, ret);
    pl_buf_done(&w.rest);
    return ok;
}

uint32_t pl_tree_folder(const pl_tree *t, pl_str path)
{
    struct walk w = {.t = t, .follow_last = true};

    pl_buf_str(&w.rest, path);
    bool ok = pl_buf_ok(&w.rest) && walk(&w);
    pl_buf_done(&w.rest);
    if (!ok)
        return PL_PATH_NONE;
    const pl_entry *e = entry_of(t, w.at);
    return !e || e->type == PL_ENTRY_DIR ? w.at : PL_PATH_NONE;
}

const pl_entry *pl_tree_entry_in(const pl_tree *t, size_t place, uint32_t node)
{
    return pl_history_find(t->history, t->laid[place].layer, node);
}

pl_layers *pl_tree_set(const pl_tree *t)
{
    return t->ls;
}

pl_rc pl_tree_content(const pl_tree *t, pl_str path, pl_buf *ret, pl_file *ret_file, pl_err *err)
{
    pl_file f;

    if (!pl_tree_find(t, path, true, &f))
        return pl_fail(err, PL_NOTFOUND, "%.*s is not there", PL_F(path));
    if (f.e->type != PL_ENTRY_FILE)
        return pl_fail(err, PL_FORMAT, "%.*s is no regular file", PL_F(path));
    pl_rc rc = pl_layers_content(t->ls, f.e, ret, err);
    if (rc)
        return pl_wrap(err, rc, "%.*s", PL_F(path));
    *ret_file = f;
    return PL_OK;
}
