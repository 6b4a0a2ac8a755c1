/* SPDX-License-Identifier: Apache-2.0 */
#include "declared/ecs_export_priv.h"

#include "core/attr.h"
#include "declared/ecs.h"
#include "declared/ecs_roles.h"
#include "declared/node.h"

#include <string.h>

/* ---- elements ---- */

static const int list_field[PL_EE_COUNT] = {
    [PL_EE_SERVICE] = PL_F_ECS_SERVICES, [PL_EE_PLATFORM] = PL_F_ECS_PLATFORMS,
    [PL_EE_CLUSTER] = PL_F_ECS_CLUSTERS, [PL_EE_TASK] = PL_F_ECS_TASKS,
    [PL_EE_LINK] = PL_F_ECS_LINKS,       [PL_EE_VOLUME] = PL_F_ECS_VOLUMES,
    [PL_EE_EXEC] = PL_F_ECS_EXEC,        [PL_EE_RUNNING] = PL_F_ECS_RUNNING,
};

/* Room for one more in an array of the arena; NULL: the budget is used up. */
static void *grow(pl_arena *a, void *old, size_t n, size_t *room, size_t size)
{
    if (n < *room)
        return old;
    size_t more = *room ? 2 * *room : 16;
    void *p = pl_arena_calloc(a, more, size);
    if (p && n)
        memcpy(p, old, n * size);
    *room = p ? more : *room;
    return p;
}

pl_record *pl_ecs_add(pl_ecs_export *e, pl_ecs_element kind, pl_str name, const pl_yaml *at)
{
    pl_ecs_list *list = &e->lists[kind];
    pl_record *r = pl_record_new(e->r->arena, pl_ecs_element_kind(kind));
    pl_record **v =
        (pl_record **)grow(e->r->arena, (void *)list->v, list->n, &list->room, sizeof(pl_record *));
    pl_source_place *places =
        grow(e->r->arena, e->places, e->n_places, &e->room_places, sizeof(*places));

    if (!r || !v || !places) {
        e->is_full = true;
        return r;
    }
    for (size_t i = 1; i < r->kind->n; i++)
        pl_set_unreadable(r, (int)i, "not-observed");
    pl_set_str(r, 0, name);
    list->v = v;
    e->places = places;
    if (at)
        places[e->n_places++] = (pl_source_place){.field = list_field[kind],
                                                  .element = {"", 0},
                                                  .at = (long)list->n,
                                                  .line = at->line,
                                                  .column = at->column,
                                                  .file = {"", 0}};
    v[list->n++] = r;
    return r;
}

/* ---- documents ---- */

pl_str pl_ecs_short(pl_str arn)
{
    while (pl_str_has(arn, PL_S("/"))) {
        pl_str head;
        (void)pl_str_cut(&arn, '/', &head);
    }
    return arn;
}

bool pl_ecs_same(pl_str a, pl_str b)
{
    bool are_arns = pl_str_starts(a, PL_S("arn:")) && pl_str_starts(b, PL_S("arn:"));
    return are_arns ? pl_str_eq(a, b) : pl_str_eq(pl_ecs_short(a), pl_ecs_short(b));
}

void pl_ecs_walk(pl_ecs_export *e, const char *list, pl_ecs_each each)
{
    for (size_t i = 0; i < e->docs->n; i++) {
        const pl_yaml *items = pl_node_list(&e->docs->v[i], list);
        for (size_t k = 0; k < items->n; k++)
            each(e, &items->items[k]);
    }
}

bool pl_ecs_has(const pl_ecs_export *e, const char *list)
{
    for (size_t i = 0; i < e->docs->n; i++) {
        const pl_yaml *v = pl_yaml_get(&e->docs->v[i], list);
        if (v && v->type == PL_YAML_SEQUENCE)
            return true;
    }
    return false;
}

const pl_yaml *pl_ecs_find(const pl_ecs_export *e, const char *list, const char *key, pl_str value)
{
    for (size_t i = 0; i < e->docs->n; i++) {
        const pl_yaml *items = pl_node_list(&e->docs->v[i], list);
        for (size_t k = 0; k < items->n; k++)
            if (pl_ecs_same(pl_node_text(&items->items[k], key), value))
                return &items->items[k];
    }
    return NULL;
}

/* ---- the subject ---- */

/* The lists by which an export is known; Compose has a mapping below services. */
static const char *const lists[] = {"services", "clusters",    "containerInstances",
                                    "tasks",    "FileSystems", "RoleDetailList"};

bool pl_ecs_export_is(const pl_yaml *doc)
{
    for (size_t i = 0; i < PL_COUNT(lists); i++) {
        const pl_yaml *v = pl_yaml_get(doc, lists[i]);
        if (v && v->type == PL_YAML_SEQUENCE)
            return !pl_yaml_get(doc, "apiVersion");
    }
    return false;
}

/* Asked for and not found, or not allowed: what it is nobody has seen. */
static void put_failure(pl_ecs_export *e, const pl_yaml *failure)
{
    pl_str arn = pl_node_text(failure, "arn");

    for (int kind = 0; kind < PL_EE_COUNT; kind++)
        if (kind != PL_EE_RUNNING)
            (void)pl_ecs_add(e, (pl_ecs_element)kind, arn, failure);
}

/* Task definitions alone have no services; an export without a list does not say that there are
 * none. */
static void put_lists(const pl_ecs_export *e, bool is_export, pl_record *to)
{
    const bool is_told[PL_EE_COUNT] = {
        [PL_EE_SERVICE] = pl_ecs_has(e, "services"),
        [PL_EE_PLATFORM] = pl_ecs_has(e, "services") || pl_ecs_has(e, "containerInstances"),
        [PL_EE_CLUSTER] = pl_ecs_has(e, "clusters"),
        [PL_EE_TASK] = e->lists[PL_EE_TASK].n > 0,
        [PL_EE_LINK] = pl_ecs_has(e, "services"),
        [PL_EE_VOLUME] = e->lists[PL_EE_TASK].n > 0,
        [PL_EE_EXEC] = pl_ecs_has(e, "services"),
    };

    for (int kind = 0; kind < PL_EE_COUNT; kind++) {
        if (is_told[kind] || !is_export || e->lists[kind].n)
            pl_set_recs(to, list_field[kind], e->lists[kind].v, e->lists[kind].n);
        else
            pl_set_unreadable(to, list_field[kind], "not-observed");
    }
}

pl_rc pl_ecs_tell(pl_ecs_export *e, pl_str name, bool is_export, pl_err *err)
{
    pl_record *to = pl_record_new(e->r->arena, &pl_ecs_kind);
    json_auto_t *document = json_object();

    if (!to || e->is_full || !document)
        return pl_fail(err, PL_LIMIT, "export of ECS does not fit its budget");
    pl_set_str(to, PL_F_ECS_NAME, name);
    put_lists(e, is_export, to);
    return e->r->tell(e->r,
                      &(pl_reading_subject){.record = to,
                                            .arena = e->r->arena,
                                            .name = name,
                                            .service = name,
                                            .places = e->places,
                                            .n_places = e->n_places,
                                            .document = document},
                      err);
}

pl_rc pl_ecs_export_read(pl_reading *r, const pl_yaml_documents *docs, pl_err *err)
{
    pl_ecs_export e = {.r = r, .docs = docs};
    bool is_export = false, is_task = false;

    for (size_t i = 0; i < docs->n; i++) {
        is_export |= pl_ecs_export_is(&docs->v[i]);
        is_task |= pl_ecs_is(&docs->v[i]);
    }
    if (!is_export && !is_task)
        return PL_OK;
    pl_ecs_put_services(&e);
    pl_ecs_put_tasks(&e);
    pl_ecs_walk(&e, "failures", put_failure);
    return pl_ecs_tell(&e, PL_S("ECS"), is_export, err);
}
