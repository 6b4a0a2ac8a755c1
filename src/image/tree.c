/* SPDX-License-Identifier: Apache-2.0 */
#include "image/tree.h"

#include "image/limits.h"

#include <assert.h>
#include <string.h>

/*
 * Steps number everything that is laid, across all layers, from 1. A place in the tree is to be
 * seen when its own step is not smaller than those that hid it or a folder above it. Once sealed,
 * `gone` and `below` take in what the folders above say, so no walk up is needed.
 */
struct place {
    uint32_t entry; /* 1 + number of the entry, 0: none */
    uint32_t step;  /* when it was laid */
    uint32_t gone;  /* it and all below it from before this step is hidden */
    uint32_t below; /* all below it from before this step is hidden */
};

struct laid {
    size_t layer;  /* number in the set */
    uint32_t step; /* its first step */
};

/* The files of all layers by path, made when somebody asks for the first time. */
struct history {
    bool is_made;
    uint32_t *entries; /* owned; by path, then by number */
    size_t n;
};

struct pl_tree {
    pl_layers *ls;
    pl_paths *paths;
    struct place *places; /* by path number */
    size_t n, room;
    struct laid *laid;
    size_t n_laid, room_laid;
    uint32_t step;
    bool is_sealed;
    struct history *history; /* owned */
};

static bool cover(pl_tree *t, uint32_t node)
{
    if (node >= t->room) {
        size_t want = pl_paths_count(t->paths);
        size_t room = t->room * 2 > want ? t->room * 2 : want + 64;
        struct place *places = reallocarray(t->places, room, sizeof(*places));
        if (!places)
            return false;
        memset(places + t->room, 0, (room - t->room) * sizeof(*places));
        t->places = places;
        t->room = room;
    }
    if (node >= t->n)
        t->n = node + 1;
    return true;
}

static struct place place_of(const pl_tree *t, uint32_t node)
{
    return node < t->n ? t->places[node] : (struct place){0};
}

static uint32_t max32(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

static bool is_visible(const pl_tree *t, uint32_t node)
{
    struct place p = place_of(t, node);
    uint32_t hidden = p.gone;

    if (!p.entry)
        return false;
    while (!t->is_sealed && node != PL_PATH_ROOT && p.step >= hidden) {
        node = pl_paths_parent(t->paths, node);
        struct place up = place_of(t, node);
        hidden = max32(hidden, max32(up.gone, up.below));
    }
    return p.step >= hidden;
}

static const pl_entry *entry_of(const pl_tree *t, uint32_t node)
{
    return is_visible(t, node) ? pl_layers_entry(t->ls, t->places[node].entry - 1) : NULL;
}

static bool is_symlink(const pl_tree *t, uint32_t node)
{
    struct place p = place_of(t, node);
    return p.entry && pl_layers_entry(t->ls, p.entry - 1)->type == PL_ENTRY_SYMLINK &&
           is_visible(t, node);
}

static pl_str target_of(const pl_tree *t, uint32_t node)
{
    const pl_entry *e = pl_layers_entry(t->ls, t->places[node].entry - 1);
    return pl_paths_kept(t->paths, e->link, (size_t)e->size);
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

/* A file over a folder hides the folder's content, that of the same layer too. */
static void put(pl_tree *t, uint32_t node, uint32_t entry, bool is_dir)
{
    struct place *p = &t->places[node];

    p->entry = entry + 1;
    p->step = t->step;
    if (!is_dir)
        p->below = t->step;
}

/* Something that is no folder but has something below it becomes a folder that no entry names. */
static void clear_way(pl_tree *t, uint32_t node)
{
    while (node != PL_PATH_ROOT) {
        node = pl_paths_parent(t->paths, node);
        struct place p = place_of(t, node);
        if (p.entry && pl_layers_entry(t->ls, p.entry - 1)->type != PL_ENTRY_DIR)
            t->places[node].entry = 0;
    }
}

static void lay_hardlink(pl_tree *t, size_t i, const pl_entry *e, uint32_t node)
{
    uint32_t target = 0;

    if (!resolve(t, e->link, &target) || !is_visible(t, target)) {
        complain(t, i, e->node, "hard link to a file that is not there");
        return;
    }
    uint32_t entry = t->places[target].entry - 1;
    if (pl_layers_entry(t->ls, entry)->type == PL_ENTRY_DIR) {
        complain(t, i, e->node, "hard link to a folder");
        return;
    }
    clear_way(t, node);
    put(t, node, entry, false);
}

static bool lay_entry(pl_tree *t, size_t i, size_t number, uint32_t first_step)
{
    const pl_entry *e = pl_layers_entry(t->ls, number);
    uint32_t node = 0;

    if (!resolve(t, e->node, &node)) {
        complain(t, i, e->node, "symbolic links in its folders lead nowhere");
        return true;
    }
    if (!cover(t, node))
        return false;
    t->step++;
    switch ((pl_entry_type)e->type) {
    case PL_ENTRY_WHITEOUT:
        t->places[node].gone = first_step;
        break;
    case PL_ENTRY_OPAQUE:
        t->places[node].below = max32(t->places[node].below, first_step);
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
        put(t, node, (uint32_t)number, e->type == PL_ENTRY_DIR);
        break;
    }
    return true;
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
    t->laid[t->n_laid++] = (struct laid){i, first_step};
    for (size_t k = first; k < first + n; k++)
        if (!lay_entry(t, i, k, first_step))
            return pl_fail(err, PL_NOMEM, "tree");
    return PL_OK;
}

void pl_tree_seal(pl_tree *t)
{
    for (uint32_t node = 1; node < t->n; node++) {
        struct place *p = &t->places[node];
        uint32_t above = t->places[pl_paths_parent(t->paths, node)].below;
        p->gone = max32(p->gone, above);
        p->below = max32(p->below, p->gone);
    }
    t->is_sealed = true;
}

/* ---- asking ---- */

pl_tree *pl_tree_new(pl_layers *ls)
{
    pl_tree *t = calloc(1, sizeof(*t));
    struct history *h = calloc(1, sizeof(*h));

    if (!t || !h) {
        free(t);
        free(h);
        return NULL;
    }
    t->ls = ls;
    t->paths = pl_layers_paths(ls);
    t->history = h;
    return t;
}

void pl_tree_free(pl_tree *t)
{
    if (!t)
        return;
    free(t->places);
    free(t->laid);
    free(t->history->entries);
    free(t->history);
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

bool pl_tree_at(const pl_tree *t, uint32_t node, pl_file *ret)
{
    const pl_entry *e = entry_of(t, node);

    if (!e)
        return false;
    *ret = (pl_file){.node = node, .e = e, .layer = layer_of_step(t, t->places[node].step)};
    if (e->type == PL_ENTRY_SYMLINK)
        ret->link = pl_paths_kept(t->paths, e->link, (size_t)e->size);
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

static int compare_entries(const void *a, const void *b, void *arg)
{
    const pl_layers *ls = arg;
    uint32_t x = *(const uint32_t *)a;
    uint32_t y = *(const uint32_t *)b;
    uint32_t node_x = pl_layers_entry(ls, x)->node;
    uint32_t node_y = pl_layers_entry(ls, y)->node;

    if (node_x != node_y)
        return node_x < node_y ? -1 : 1;
    return x < y ? -1 : x > y;
}

static bool make_history(const pl_tree *t)
{
    struct history *h = t->history;
    size_t n = 0;

    for (size_t i = 0; i < pl_layers_count(t->ls); i++)
        n += pl_layers_at(t->ls, i)->n;
    h->entries = calloc(n ? n : 1, sizeof(*h->entries));
    if (!h->entries)
        return false;
    for (size_t i = 0; i < pl_layers_count(t->ls); i++) {
        const pl_layer *l = pl_layers_at(t->ls, i);
        for (size_t k = l->first; k < l->first + l->n; k++)
            if (pl_layers_entry(t->ls, k)->type == PL_ENTRY_FILE)
                h->entries[h->n++] = (uint32_t)k;
    }
    if (h->n)
        qsort_r(h->entries, h->n, sizeof(*h->entries), compare_entries, t->ls);
    h->is_made = true;
    return true;
}

/* How many of the history stand before this entry of this path. */
static size_t count_before(const pl_tree *t, uint32_t node, size_t entry)
{
    size_t lo = 0;
    size_t hi = t->history->n;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        uint32_t at = t->history->entries[mid];
        uint32_t its = pl_layers_entry(t->ls, at)->node;
        if (its < node || (its == node && at < entry))
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

const pl_entry *pl_tree_entry_in(const pl_tree *t, size_t place, uint32_t node)
{
    const pl_layer *l = pl_layers_at(t->ls, t->laid[place].layer);

    if (!t->history->is_made && !make_history(t))
        return NULL;
    /* The last one of the layer counts. */
    size_t end = count_before(t, node, l->first + l->n);
    uint32_t entry = end ? t->history->entries[end - 1] : 0;
    const pl_entry *e = pl_layers_entry(t->ls, entry);
    return end && e->node == node && entry >= l->first ? e : NULL;
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
