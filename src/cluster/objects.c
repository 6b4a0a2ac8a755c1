/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/objects.h"

#include "declared/node.h"
#include "model/wire.h"

#include <stdarg.h>
#include <string.h>

/* ---- texts ---- */

pl_str pl_objects_text(pl_objects *o, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    pl_str text = pl_arena_vtext(o->arena, fmt, args);
    va_end(args);
    return text;
}

const pl_yaml *pl_object_meta(const pl_yaml *object)
{
    return pl_yaml_get(object, "metadata");
}

pl_str pl_object_name(pl_objects *o, const pl_yaml *object)
{
    const pl_yaml *meta = pl_object_meta(object);
    pl_str space = pl_node_text(meta, "namespace"), name = pl_node_text(meta, "name");

    return space.n ? pl_objects_text(o, "%.*s/%.*s", PL_F(space), PL_F(name)) : name;
}

int64_t pl_object_minor(pl_str version)
{
    pl_str rest = version, head;
    int64_t minor = 0;
    size_t n = 0;

    (void)pl_str_cut(&rest, '.', &head);
    while (n < rest.n && rest.p[n] >= '0' && rest.p[n] <= '9')
        n++;
    return head.n && n && n < 5 && pl_str_i64(pl_str_sub(rest, 0, n), &minor) ? minor : -1;
}

/* ---- values ---- */

void pl_object_set_text(pl_record *r, int field, pl_str text)
{
    if (text.n)
        pl_set_str(r, field, text);
    else
        pl_set_absent(r, field);
}

void pl_object_set_flag(pl_record *r, int field, const pl_yaml *v)
{
    bool b = false;

    if (!v || pl_yaml_is_null(v))
        pl_set_absent(r, field);
    else if (pl_yaml_bool(v, &b))
        pl_set_bool(r, field, b);
    else
        pl_set_unreadable(r, field, "unreadable");
}

void pl_object_set_labels(pl_objects *o, pl_record *r, int field, const pl_yaml *map)
{
    size_t n = map && map->type == PL_YAML_MAPPING ? map->n : 0;
    pl_record **v = pl_arena_calloc(o->arena, n + 1, sizeof(pl_record *));

    for (size_t i = 0; v && i < n; i++) {
        v[i] = pl_record_new(o->arena, &pl_kind_label);
        if (!v[i])
            return;
        pl_set_str(v[i], PL_F_LABEL_KEY, map->items[2 * i].text);
        pl_set_str(v[i], PL_F_LABEL_VALUE, map->items[2 * i + 1].text);
    }
    if (v)
        pl_set_recs(r, field, v, n);
}

/* ---- lists of texts ---- */

bool pl_words_has(const pl_words *w, pl_str word)
{
    for (size_t i = 0; i < w->n; i++)
        if (pl_str_eq(w->v[i], word))
            return true;
    return false;
}

void pl_words_add(pl_words *w, pl_str word)
{
    if (w->is_lost || pl_words_has(w, word))
        return;
    if (w->n == w->room) {
        size_t room = w->room ? 2 * w->room : 8;
        pl_str *more = pl_arena_calloc(w->arena, room, sizeof(*more));
        if (!more) {
            w->is_lost = true;
            return;
        }
        if (w->n)
            memcpy(more, w->v, w->n * sizeof(*more));
        w->v = more;
        w->room = room;
    }
    w->v[w->n++] = word;
}

void pl_words_set(const pl_words *w, pl_record *r, int field)
{
    if (w->is_lost)
        pl_set_unreadable(r, field, "limit:memory");
    else
        pl_set_strs(r, field, w->v, w->n);
}

/* ---- sending ---- */

pl_record *pl_objects_record(pl_objects *o, pl_cluster_element kind)
{
    return pl_record_new(o->arena, pl_cluster_element_kind(kind));
}

void pl_objects_begin(const pl_objects *o, pl_buf *out)
{
    pl_buf_u32le(out, o->list);
}

pl_rc pl_objects_send_with(pl_objects *o, uint32_t frame, pl_buf *out, pl_record *r, pl_err *err)
{
    if (!r)
        return pl_fail(err, PL_LIMIT, "object does not fit its budget");
    if (o->hooks) {
        pl_rc rc = o->hooks->record(r, o->arena, o->hooks->arg, err);
        if (rc)
            return rc;
    }
    pl_record_encode(r, out);
    if (!pl_buf_ok(out))
        return pl_fail(err, PL_NOMEM, "object");
    return pl_jail_send(o->out_fd, frame, pl_buf_view(out), err);
}

pl_rc pl_objects_send(pl_objects *o, pl_record *r, pl_err *err)
{
    PL_AUTO_BUF pl_buf b = {0};

    pl_objects_begin(o, &b);
    return pl_objects_send_with(o, PL_CLUSTER_FRAME_RECORD, &b, r, err);
}
