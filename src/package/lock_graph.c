/* SPDX-License-Identifier: Apache-2.0 */
#include "package/lock_graph.h"

#include "core/arena.h"
#include "package/limits.h"

#include <stdlib.h>
#include <string.h>

/* "from needs to"; what a root asks for has no from. */
struct edge {
    pl_str from, to;
    unsigned mark;
};

/* Every key that something needs, once. */
struct reached {
    pl_str key;
    unsigned marks, waits;
};

struct pl_lock_graph {
    pl_arena *arena;
    struct edge *edges;
    size_t n, room;
    pl_str from;
    bool is_full;
    struct reached *reached; /* sorted by key */
    size_t n_reached;
};

pl_lock_graph *pl_lock_graph_new(void)
{
    pl_lock_graph *g = calloc(1, sizeof(*g));

    if (g)
        g->arena = pl_arena_new(PL_LOCK_GRAPH);
    if (g && !g->arena) {
        free(g);
        return NULL;
    }
    return g;
}

void pl_lock_graph_free(pl_lock_graph *g)
{
    if (!g)
        return;
    pl_arena_free(g->arena);
    free(g);
}

static pl_str keep(pl_lock_graph *g, pl_str key)
{
    pl_str kept = pl_arena_str(g->arena, key);

    g->is_full |= !kept.p;
    return kept;
}

static void add(pl_lock_graph *g, pl_str from, pl_str to, unsigned mark)
{
    if (g->n == g->room) {
        size_t room = g->room ? g->room * 2 : 256;
        struct edge *more = pl_arena_calloc(g->arena, room, sizeof(*more));
        g->is_full |= !more;
        if (!more)
            return;
        if (g->n)
            memcpy(more, g->edges, g->n * sizeof(*more));
        g->edges = more;
        g->room = room;
    }
    g->edges[g->n++] = (struct edge){from, keep(g, to), mark};
}

void pl_lock_graph_node(pl_lock_graph *g, pl_str key)
{
    g->from = keep(g, key);
}

void pl_lock_graph_edge(pl_lock_graph *g, pl_str key)
{
    add(g, g->from, key, 0);
}

void pl_lock_graph_root(pl_lock_graph *g, pl_str key, pl_lock_mark mark)
{
    add(g, (pl_str){"", 0}, key, mark);
}

/* ---- the walk ---- */

static int by_from(const void *a, const void *b)
{
    return pl_str_cmp(((const struct edge *)a)->from, ((const struct edge *)b)->from);
}

static int by_key(const void *a, const void *b)
{
    return pl_str_cmp(((const struct reached *)a)->key, ((const struct reached *)b)->key);
}

static struct reached *find(const pl_lock_graph *g, pl_str key)
{
    const struct reached wanted = {.key = key};

    return g->n_reached ? bsearch(&wanted, g->reached, g->n_reached, sizeof(wanted), by_key) : NULL;
}

static void list_keys(pl_lock_graph *g)
{
    size_t n = 0;

    g->reached = pl_arena_calloc(g->arena, g->n ? g->n : 1, sizeof(*g->reached));
    g->is_full |= !g->reached;
    if (g->is_full)
        return;
    for (size_t i = 0; i < g->n; i++)
        g->reached[i].key = g->edges[i].to;
    qsort(g->reached, g->n, sizeof(*g->reached), by_key);
    for (size_t i = 0; i < g->n; i++)
        if (!n || !pl_str_eq(g->reached[n - 1].key, g->reached[i].key))
            g->reached[n++] = g->reached[i];
    g->n_reached = n;
}

/* The first edge of the node. */
static size_t first_of(const pl_lock_graph *g, pl_str key)
{
    size_t low = 0, high = g->n;

    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (pl_str_cmp(g->edges[mid].from, key) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

/* Each key waits at most once a mark. */
static void mark(struct reached *r, unsigned marks, struct reached **stack, size_t *n)
{
    if (!(marks & ~r->marks))
        return;
    r->marks |= marks;
    if (!r->waits)
        stack[(*n)++] = r;
    r->waits = 1;
}

bool pl_lock_graph_walk(pl_lock_graph *g)
{
    size_t n = 0;

    if (g->n)
        qsort(g->edges, g->n, sizeof(*g->edges), by_from);
    list_keys(g);
    struct reached **stack =
        pl_arena_calloc(g->arena, g->n_reached ? g->n_reached : 1, sizeof(*stack));
    if (g->is_full || !stack)
        return false;
    for (size_t i = 0; i < g->n; i++)
        if (g->edges[i].mark)
            mark(find(g, g->edges[i].to), g->edges[i].mark, stack, &n);
    while (n) {
        struct reached *r = stack[--n];
        r->waits = 0;
        for (size_t i = first_of(g, r->key); i < g->n && pl_str_eq(g->edges[i].from, r->key); i++)
            mark(find(g, g->edges[i].to), r->marks, stack, &n);
    }
    return true;
}

bool pl_lock_graph_is_development(const pl_lock_graph *g, pl_str key)
{
    const struct reached *r = find(g, key);

    return r && r->marks == PL_LOCK_DEVELOPMENT;
}
