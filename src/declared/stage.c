/* SPDX-License-Identifier: Apache-2.0 */
#include "declared/stage.h"

#include "declared/limits.h"
#include "image/fields.h"

#include <string.h>

void pl_stage_start(pl_stage *s, pl_arena *a)
{
    *s = (pl_stage){.arena = a,
                    .base = {"", 0},
                    .config = json_object(),
                    .history = json_array(),
                    .triggers = json_array()};
    s->is_bad = !s->config || !s->history || !s->triggers;
}

void pl_stage_done(pl_stage *s)
{
    json_decref(s->config);
    json_decref(s->history);
    json_decref(s->triggers);
    s->config = s->history = s->triggers = NULL;
}

static bool copy_list(pl_arena *a, pl_list *l, size_t size)
{
    void *v = l->n ? pl_arena_calloc(a, l->n, size) : NULL;

    if (l->n && !v)
        return false;
    if (l->n)
        memcpy(v, l->v, l->n * size);
    l->v = v;
    l->room = l->n;
    return true;
}

/* Arguments end with their stage. */
static void drop_args(pl_stage *s)
{
    pl_stage_var *vars = s->vars.v;
    size_t kept = 0;

    for (size_t i = 0; i < s->vars.n; i++)
        if (!vars[i].is_arg)
            vars[kept++] = vars[i];
    s->vars.n = kept;
}

void pl_stage_copy(pl_stage *s, const pl_stage *from)
{
    *s = *from;
    s->config = json_deep_copy(from->config);
    s->history = json_copy(from->history);
    s->triggers = json_array();
    s->name = (pl_str){"", 0};
    s->is_bad |= !s->config || !s->history || !s->triggers ||
                 !copy_list(s->arena, &s->vars, sizeof(pl_stage_var)) ||
                 !copy_list(s->arena, &s->places, sizeof(pl_stage_place)) ||
                 !copy_list(s->arena, &s->files, sizeof(pl_stage_file)) ||
                 !copy_list(s->arena, &s->open_steps, sizeof(size_t));
    if (!s->is_bad)
        drop_args(s);
}

void *pl_stage_push(pl_stage *s, pl_list *l, size_t size)
{
    if (l->n == l->room) {
        size_t room = l->room ? 2 * l->room : 16;
        void *more = room > PL_DECLARED_PLACES_MAX ? NULL : pl_arena_calloc(s->arena, room, size);
        if (!more) {
            s->is_bad = true;
            return NULL;
        }
        if (l->n)
            memcpy(more, l->v, l->n * size);
        l->v = more;
        l->room = room;
    }
    return (char *)l->v + l->n++ * size;
}

/* ---- variables ---- */

static pl_stage_var *find_var(const pl_stage *s, pl_str name)
{
    pl_stage_var *vars = s->vars.v;

    for (size_t i = 0; i < s->vars.n; i++)
        if (pl_str_eq(vars[i].name, name))
            return &vars[i];
    return NULL;
}

pl_docker_known pl_stage_get(const void *stage, pl_str name, pl_str *ret)
{
    const pl_stage *s = stage;
    const pl_stage_var *v = find_var(s, name);

    *ret = (pl_str){"", 0};
    if (!v)
        return s->is_on_base || s->open_env ? PL_DOCKER_OPEN : PL_DOCKER_UNSET;
    if (v->is_open || v->is_unset)
        return PL_DOCKER_OPEN;
    *ret = v->value;
    return PL_DOCKER_KNOWN;
}

void pl_stage_set(pl_stage *s, const pl_stage_var *var)
{
    pl_stage_var *v = find_var(s, var->name);

    if (v && !v->is_arg && var->is_arg)
        return;
    if (!v)
        v = pl_stage_push(s, &s->vars, sizeof(*v));
    if (v)
        *v = *var;
}

/* ---- places, history, configuration ---- */

void pl_stage_place_at(pl_stage *s, int field, pl_str element, const pl_docker_line *l,
                       const char *p)
{
    pl_stage_place *place = pl_stage_push(s, &s->places, sizeof(*place));

    if (!place)
        return;
    *place = (pl_stage_place){.field = field, .element = element, .at = -1};
    pl_docker_place(l, p ? p : l->word.p, &place->line, &place->column);
}

void pl_stage_step(pl_stage *s, pl_str created_by, bool is_empty, const pl_docker_line *l)
{
    json_t *text = json_stringn(created_by.p, created_by.n);
    json_t *step = json_pack("{so,sb}", "created_by", text, "empty_layer", is_empty);
    pl_stage_place *place = pl_stage_push(s, &s->places, sizeof(*place));

    if (!text || !step || json_array_append_new(s->history, step) || !place) {
        s->is_bad = true;
        return;
    }
    *place = (pl_stage_place){.field = PL_F_IMAGE_HISTORY,
                              .element = {"", 0},
                              .at = (long)json_array_size(s->history) - 1,
                              .line = l ? l->line : 0,
                              .column = l ? l->column : 0};
}

void pl_stage_open_step(pl_stage *s)
{
    size_t *at = pl_stage_push(s, &s->open_steps, sizeof(*at));

    if (at)
        *at = json_array_size(s->history);
}

void pl_stage_config(pl_stage *s, const char *key, json_t *v)
{
    if (!v || json_object_set_new(s->config, key, v))
        s->is_bad = true;
}
