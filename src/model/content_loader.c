/* SPDX-License-Identifier: Apache-2.0 */
/* What all that load content share: growing arrays, ids, and what a folder of the user's changes.
 */
#include "model/content_private.h"

#include "core/buf.h"

#include <string.h>

enum { ID_MAX = 64 };

void *pl_loader_push(pl_arena *a, void **array, size_t *n, size_t *room, size_t size)
{
    if (*n == *room) {
        size_t more = *room ? *room * 2 : 64;
        void *p = pl_arena_calloc(a, more, size);
        if (!p)
            return NULL;
        if (*n)
            memcpy(p, *array, *n * size);
        *array = p;
        *room = more;
    }
    return (char *)*array + size * (*n)++;
}

static bool is_id_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
}

pl_rc pl_loader_check_id(const pl_loader *l, const pl_yaml *at, const char *kind, pl_str id,
                         pl_err *err)
{
    bool is_good = id.n > 0 && id.n <= ID_MAX;

    for (size_t i = 0; is_good && i < id.n; i++)
        is_good = is_id_letter(id.p[i]);
    return is_good ? PL_OK
                   : pl_bind_fail(err, &l->file, at,
                                  "\"%.*s\" is no id of a %s: letters, digits, - _ . and no more "
                                  "than %d of them",
                                  PL_F(pl_str_sub(id, 0, ID_MAX)), kind, ID_MAX);
}

static pl_str kept(pl_arena *a, const pl_buf *text)
{
    return pl_buf_ok(text) ? pl_arena_str(a, pl_buf_view(text)) : (pl_str){0};
}

pl_str pl_loader_where(const pl_loader *l, const pl_yaml *at)
{
    PL_AUTO_BUF pl_buf text = {0};

    pl_buf_fmt(&text, "%s:%d", l->file.name, at->line);
    return kept(l->file.arena, &text);
}

static const pl_content_change *changed_before(const pl_loader *l, pl_str what)
{
    for (size_t i = 0; i < l->n_changes; i++)
        if (pl_str_eq(l->changes[i].what, what))
            return &l->changes[i];
    return NULL;
}

static pl_str origin_of(pl_arena *a, const pl_content_change *c)
{
    PL_AUTO_BUF pl_buf text = {0};

    pl_buf_fmt(&text, "%.*s by %.*s", PL_F(c->how), PL_F(c->where));
    return kept(a, &text);
}

static pl_rc stands_twice(const pl_loader *l, const pl_yaml *at, const pl_loader_item *item,
                          const pl_content_change *before, pl_err *err)
{
    return pl_bind_fail(err, &l->file, at, "%s %.*s stands twice%s%.*s%s", item->kind,
                        PL_F(item->id), before ? " (first in " : "",
                        PL_F(before ? before->where : (pl_str){0}), before ? ")" : "");
}

pl_rc pl_loader_note(pl_loader *l, const pl_yaml *at, const pl_loader_item *item,
                     pl_str *ret_origin, pl_err *err)
{
    PL_AUTO_BUF pl_buf text = {0};

    if (item->is_there && !item->is_base)
        return stands_twice(l, at, item, NULL, err);
    if (!l->base)
        return PL_OK;
    pl_buf_fmt(&text, "%s %.*s", item->kind, PL_F(item->id));
    const pl_content_change *before = changed_before(l, pl_buf_view(&text));
    if (before)
        return stands_twice(l, at, item, before, err);
    if (item->is_equal)
        return PL_OK;
    pl_content_change *to = PL_LOADER_PUSH(l, changes);
    if (to)
        *to = (pl_content_change){kept(l->file.arena, &text),
                                  item->is_there ? PL_S("changed") : PL_S("added"),
                                  pl_loader_where(l, at)};
    pl_str origin = to ? origin_of(l->file.arena, to) : (pl_str){0};
    if (!origin.n)
        return pl_bind_fail(err, &l->file, at, "too much content");
    if (ret_origin)
        *ret_origin = origin;
    return PL_OK;
}
