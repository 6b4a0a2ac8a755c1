/* SPDX-License-Identifier: Apache-2.0 */
/* Facts that need all containers at once. */
#include "engine/join.h"

#include "engine/limits.h"

#include <string.h>

static bool same_service(const pl_live_container *a, const pl_live_container *b)
{
    return pl_str_eq(pl_record_text(a->rec, PL_F_CONTAINER_SERVICE),
                     pl_record_text(b->rec, PL_F_CONTAINER_SERVICE));
}

/* ---- shared namespaces ---- */

static bool shares(const pl_live *l, const pl_live_container *a, const pl_live_container *b)
{
    return (a->ns_net && a->ns_net == b->ns_net && a->ns_net != l->ns_net &&
            a->ns_net != l->ns_engine_net) ||
           (a->ns_pid && a->ns_pid == b->ns_pid && a->ns_pid != l->ns_pid) ||
           (a->ns_ipc && a->ns_ipc == b->ns_ipc && a->ns_ipc != l->ns_ipc);
}

static void set_shared(pl_live *l, pl_live_container *all, size_t n, size_t at)
{
    size_t found = 0;
    pl_str *names;

    for (size_t i = 0; i < n; i++)
        found += i != at && shares(l, &all[at], &all[i]) && !same_service(&all[at], &all[i]);
    names = pl_arena_calloc(l->c->arena, found + 1, sizeof(*names));
    if (!names)
        return;
    found = 0;
    for (size_t i = 0; i < n; i++)
        if (i != at && shares(l, &all[at], &all[i]) && !same_service(&all[at], &all[i]))
            names[found++] = pl_record_text(all[i].rec, PL_F_CONTAINER_NAME);
    pl_set_strs(all[at].rec, PL_F_CONTAINER_NS_SHARED_WITH, names, found);
}

/* ---- SELinux categories ---- */

/* "system_u:system_r:container_t:s0:c1,c2": what follows the fourth colon. */
static pl_str categories(const pl_record *r)
{
    pl_str label = pl_record_text(r, PL_F_CONTAINER_PROC_LSM_LABEL), part;

    for (int i = 0; i < 4; i++)
        if (!pl_str_cut(&label, ':', &part))
            return (pl_str){"", 0};
    return label;
}

/* A label that could not be read may be the same. */
static void set_mcs(pl_live_container *all, size_t n, size_t at)
{
    pl_str own = categories(all[at].rec);
    bool shared = false, hidden = false;

    if (!own.n)
        return;
    for (size_t i = 0; i < n; i++) {
        if (i == at || same_service(&all[at], &all[i]))
            continue;
        shared |= pl_str_eq(own, categories(all[i].rec));
        hidden |= pl_get(all[i].rec, PL_F_CONTAINER_PROC_LSM_LABEL)->state == PL_UNREADABLE;
    }
    if (hidden && !shared)
        pl_set_unreadable(all[at].rec, PL_F_CONTAINER_PROC_MCS_SHARED, "unreadable");
    else
        pl_set_bool(all[at].rec, PL_F_CONTAINER_PROC_MCS_SHARED, shared);
}

/* ---- what nothing uses ---- */

static int64_t days_since(const pl_live *l, int64_t us)
{
    enum { DAY_S = 24 * 60 * 60 };
    int64_t age;
    return __builtin_sub_overflow(l->c->now_us, us, &age) ? 0 : age / 1000000 / DAY_S;
}

static bool uses_volume(const pl_record *container, pl_str name)
{
    const pl_value *mounts = pl_get(container, PL_F_CONTAINER_MOUNTS);

    for (size_t i = 0; mounts->state == PL_PRESENT && i < mounts->n; i++)
        if (pl_str_eq(pl_record_text(mounts->u.recs[i], PL_F_MOUNT_NAME), name))
            return true;
    return mounts->state != PL_PRESENT; /* it might */
}

static void set_volume_use(pl_live *l, const pl_live_container *all, size_t n)
{
    const pl_value *volumes = pl_get(l->c->engine, PL_F_ENGINE_VOLUMES);

    for (size_t i = 0; volumes->state == PL_PRESENT && i < volumes->n; i++) {
        pl_record *v = volumes->u.recs[i];
        bool used = false;
        for (size_t k = 0; k < n && !used; k++)
            used = uses_volume(all[k].rec, pl_record_text(v, PL_F_ENGINE_VOLUME_NAME));
        pl_set_bool(v, PL_F_ENGINE_VOLUME_IN_USE, used);
    }
}

static void set_image_use(pl_live *l, const pl_live_container *all, size_t n)
{
    const pl_value *images = pl_get(l->c->engine, PL_F_ENGINE_IMAGES);

    for (size_t i = 0; images->state == PL_PRESENT && i < images->n; i++) {
        pl_str id = pl_record_text(images->u.recs[i], PL_F_STORED_IMAGE_ID);
        int64_t count = 0;
        for (size_t k = 0; k < n; k++)
            count += pl_str_eq(id, pl_record_text(all[k].rec, PL_F_CONTAINER_IMAGE_ID));
        pl_set_int(images->u.recs[i], PL_F_STORED_IMAGE_CONTAINERS, count);
    }
}

/* created, exited and dead containers; a created one has no end, its age counts from creation. */
static pl_record *leftover_container(pl_live *l, const pl_record *r)
{
    static const char *const stopped[] = {"created", "exited", "dead"};
    pl_str state = pl_record_text(r, PL_F_CONTAINER_STATE);
    const pl_value *end = pl_get(r, PL_F_CONTAINER_FINISHED);
    bool is_stopped = false;

    for (size_t i = 0; i < PL_COUNT(stopped); i++)
        is_stopped |= pl_str_eq(state, pl_str_c(stopped[i]));
    pl_record *o = is_stopped ? pl_record_new(l->c->arena, &pl_kind_leftover) : NULL;
    if (!o)
        return NULL;
    if (end->state != PL_PRESENT)
        end = pl_get(r, PL_F_CONTAINER_CREATED);
    o->v[PL_F_LEFTOVER_NAME] = *pl_get(r, PL_F_CONTAINER_NAME);
    o->v[PL_F_LEFTOVER_LABEL] = *pl_get(r, PL_F_CONTAINER_LABEL);
    pl_set_str(o, PL_F_LEFTOVER_TYPE, PL_S("container"));
    if (end->state == PL_PRESENT)
        pl_set_int(o, PL_F_LEFTOVER_AGE_DAYS, days_since(l, end->u.i));
    return o;
}

static pl_record *leftover_volume(pl_live *l, const pl_record *v)
{
    const pl_value *created = pl_get(v, PL_F_ENGINE_VOLUME_CREATED);

    if (pl_record_true(v, PL_F_ENGINE_VOLUME_IN_USE))
        return NULL;
    pl_record *o = pl_record_new(l->c->arena, &pl_kind_leftover);
    if (!o)
        return NULL;
    o->v[PL_F_LEFTOVER_NAME] = *pl_get(v, PL_F_ENGINE_VOLUME_NAME);
    o->v[PL_F_LEFTOVER_LABEL] = *pl_get(v, PL_F_ENGINE_VOLUME_LABEL);
    pl_set_str(o, PL_F_LEFTOVER_TYPE, PL_S("volume"));
    if (created->state == PL_PRESENT)
        pl_set_int(o, PL_F_LEFTOVER_AGE_DAYS, days_since(l, created->u.i));
    return o;
}

static void set_leftovers(pl_live *l, const pl_live_container *all, size_t n)
{
    const pl_value *volumes = pl_get(l->c->engine, PL_F_ENGINE_VOLUMES);
    const pl_value *ids = pl_get(l->c->engine, PL_F_ENGINE_CONTAINER_IDS);
    size_t n_volumes = volumes->state == PL_PRESENT ? volumes->n : 0, found = 0;
    pl_record **items = pl_arena_calloc(l->c->arena, n + n_volumes + 1, sizeof(pl_record *));

    if (!items || volumes->state != PL_PRESENT || ids->state != PL_PRESENT)
        return; /* a list with holes would pass */
    for (size_t i = 0; i < n; i++) {
        items[found] = leftover_container(l, all[i].rec);
        found += items[found] != NULL;
    }
    for (size_t i = 0; i < n_volumes; i++) {
        items[found] = leftover_volume(l, volumes->u.recs[i]);
        found += items[found] != NULL;
    }
    pl_set_recs(l->c->engine, PL_F_ENGINE_LEFTOVERS, items, found);
}

void pl_join_all(pl_live *l, pl_live_container *all, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!all[i].pid)
            continue;
        set_shared(l, all, n, i);
        set_mcs(all, n, i);
    }
    pl_join_peers(l, all, n);
    set_volume_use(l, all, n);
    set_image_use(l, all, n);
    set_leftovers(l, all, n);
}
