/* SPDX-License-Identifier: Apache-2.0 */
#include "patch/plan.h"

#include "patch/limits.h"

#include <stdlib.h>
#include <string.h>

/* An image by the chain id of its highest layer. */
typedef struct top {
    pl_str chain_id;
    size_t image;
} top;

typedef struct planner {
    const pl_plan_image *images;
    size_t n;
    top *tops; /* by chain id */
    size_t n_tops;
    long *parent;
    unsigned *depth;
} planner;

static int by_chain(const void *pa, const void *pb)
{
    const top *a = pa, *b = pb;
    int order = pl_str_cmp(a->chain_id, b->chain_id);

    return order ? order : (a->image > b->image) - (a->image < b->image);
}

static void list_tops(planner *p)
{
    for (size_t i = 0; i < p->n; i++)
        if (p->images[i].n_layers)
            p->tops[p->n_tops++] = (top){p->images[i].chain_ids[p->images[i].n_layers - 1], i};
    qsort(p->tops, p->n_tops, sizeof(*p->tops), by_chain);
}

/* The first image whose highest layer has that chain id. */
static long image_of_chain(const planner *p, pl_str chain_id)
{
    size_t low = 0, high = p->n_tops;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (pl_str_cmp(p->tops[middle].chain_id, chain_id) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < p->n_tops && pl_str_eq(p->tops[low].chain_id, chain_id) ? (long)p->tops[low].image
                                                                         : PL_PLAN_NONE;
}

/* Proper beginnings only: two images with the same layers are no base of each other. */
static void find_parent(planner *p, size_t i)
{
    const pl_plan_image *image = &p->images[i];

    p->parent[i] = PL_PLAN_NONE;
    for (size_t k = image->n_layers; k-- > 1 && p->parent[i] == PL_PLAN_NONE;)
        p->parent[i] = image_of_chain(p, image->chain_ids[k - 1]);
}

/* Chains get shorter towards a base, so there is no circle. */
static unsigned depth_of(const planner *p, size_t i)
{
    unsigned depth = 0;

    for (long at = p->parent[i]; at != PL_PLAN_NONE; at = p->parent[at])
        depth++;
    return depth;
}

static bool comes_with_parent(const planner *p, size_t i)
{
    long parent = p->parent[i];

    return parent != PL_PLAN_NONE && p->images[parent].is_affected &&
           p->images[i].layer < p->images[parent].n_layers;
}

static int by_order(const void *pa, const void *pb)
{
    const pl_plan_step *a = pa, *b = pb;

    if (a->depth != b->depth)
        return a->depth < b->depth ? -1 : 1;
    return (a->image > b->image) - (a->image < b->image);
}

static void list_steps(const planner *p, pl_plan *ret)
{
    for (size_t i = 0; i < p->n; i++) {
        if (!p->images[i].is_affected)
            continue;
        bool follows = p->parent[i] != PL_PLAN_NONE && p->images[p->parent[i]].is_affected;
        ret->steps[ret->n_steps++] = (pl_plan_step){.image = i,
                                                    .parent = p->parent[i],
                                                    .depth = p->depth[i],
                                                    .updates = !comes_with_parent(p, i),
                                                    .follows = follows};
    }
    qsort(ret->steps, ret->n_steps, sizeof(*ret->steps), by_order);
}

static pl_rc take_memory(planner *p, pl_arena *a, pl_plan *ret, pl_err *err)
{
    p->tops = pl_arena_calloc(a, p->n + 1, sizeof(*p->tops));
    p->parent = pl_arena_calloc(a, p->n + 1, sizeof(*p->parent));
    p->depth = pl_arena_calloc(a, p->n + 1, sizeof(*p->depth));
    ret->steps = pl_arena_calloc(a, p->n + 1, sizeof(*ret->steps));
    return p->tops && p->parent && p->depth && ret->steps
               ? PL_OK
               : pl_fail(err, PL_LIMIT, "rebuild plan of %zu images", p->n);
}

/* A container and the step after which it is replaced. */
typedef struct turn {
    size_t step, container;
} turn;

static int by_turn(const void *pa, const void *pb)
{
    const turn *a = pa, *b = pb;

    if (a->step != b->step)
        return a->step < b->step ? -1 : 1;
    return (a->container > b->container) - (a->container < b->container);
}

/* In the order of the steps, so that a container is replaced when its image is there. */
static pl_rc order_containers(size_t n_images, const pl_plan_container *c, size_t n, pl_arena *a,
                              pl_plan *ret, pl_err *err)
{
    pl_plan_container *list = pl_arena_calloc(a, n + 1, sizeof(*list));
    turn *turns = pl_arena_calloc(a, n + 1, sizeof(*turns));
    size_t *step_of = pl_arena_calloc(a, n_images + 1, sizeof(*step_of)); /* 0: none */

    if (!list || !turns || !step_of)
        return pl_fail(err, PL_LIMIT, "rebuild plan of %zu containers", n);
    for (size_t s = 0; s < ret->n_steps; s++)
        step_of[ret->steps[s].image] = s + 1;
    for (size_t i = 0; i < n; i++)
        turns[i] = (turn){step_of[c[i].image], i};
    qsort(turns, n, sizeof(*turns), by_turn);
    for (size_t i = 0; i < n; i++)
        if (turns[i].step)
            list[ret->n_containers++] = c[turns[i].container];
    ret->containers = list;
    return PL_OK;
}

pl_rc pl_plan_make(const pl_plan_image *images, size_t n, const pl_plan_container *containers,
                   size_t n_containers, pl_arena *a, pl_plan *ret, pl_err *err)
{
    planner p = {.images = images, .n = n};

    *ret = (pl_plan){.images = images};
    if (n > PL_PLAN_IMAGES || n_containers > PL_PLAN_CONTAINERS)
        return pl_fail(err, PL_LIMIT, "rebuild plan: at most %d images and %d containers",
                       PL_PLAN_IMAGES, PL_PLAN_CONTAINERS);
    pl_rc rc = take_memory(&p, a, ret, err);
    if (rc)
        return rc;
    list_tops(&p);
    for (size_t i = 0; i < n; i++)
        find_parent(&p, i);
    for (size_t i = 0; i < n; i++)
        p.depth[i] = depth_of(&p, i);
    list_steps(&p, ret);
    return order_containers(n, containers, n_containers, a, ret, err);
}
