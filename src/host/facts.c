/* SPDX-License-Identifier: Apache-2.0 */
#include "host/facts.h"

#include "host/limits.h"

#include <string.h>

pl_record *pl_recs_new(pl_recs *l, pl_host_element kind)
{
    if (l->n == l->room && l->n < PL_HOST_LIST) {
        size_t room = l->room ? l->room * 2 : 16;
        pl_record **v = pl_arena_calloc(l->arena, room, sizeof(*v));
        if (v) {
            if (l->n)
                memcpy(v, l->v, l->n * sizeof(*v));
            l->v = v;
            l->room = room;
        }
    }
    pl_record *r = l->n < l->room ? pl_record_new(l->arena, pl_host_element_kind(kind)) : NULL;
    if (!r) {
        l->lost = true;
        return NULL;
    }
    l->v[l->n++] = r;
    return r;
}

void pl_recs_set(const pl_recs *l, pl_record *r, int field)
{
    if (l->lost)
        pl_set_unreadable(r, field, "limit:elements");
    else
        pl_set_recs(r, field, l->v, l->n);
}

void pl_strs_set(const pl_strs *l, pl_record *r, int field)
{
    if (l->lost)
        pl_set_unreadable(r, field, "limit:elements");
    else
        pl_set_strs(r, field, l->v, l->n);
}

const char *pl_fact_reason(const pl_snap_entry *e)
{
    const char *reason = pl_rc_reason(e->rc);
    return *reason ? reason : "unreadable";
}

void pl_fact_missing(pl_record *r, int field, const pl_snap_entry *e)
{
    if (!e || e->rc == PL_OK)
        return;
    if (e->rc == PL_NOTFOUND)
        pl_set_absent(r, field);
    else
        pl_set_unreadable(r, field, pl_fact_reason(e));
}

pl_look pl_fact_look(const pl_snap_entry *e)
{
    if (!e)
        return PL_LOOK_WAIT;
    if (e->rc == PL_OK)
        return PL_LOOK_OK;
    return e->rc == PL_NOTFOUND ? PL_LOOK_NONE : PL_LOOK_FAILED;
}

bool pl_fact_text(pl_facts *f, pl_str path, const int *fields, pl_str *ret)
{
    const pl_snap_entry *e = pl_snap_read(f->snap, path);

    if (pl_fact_look(e) == PL_LOOK_OK) {
        *ret = e->bytes;
        return true;
    }
    for (; fields && *fields >= 0; fields++)
        pl_fact_missing(f->host, *fields, e);
    return false;
}

bool pl_fact_line(pl_facts *f, pl_str path, int field, pl_str *ret)
{
    const int fields[] = {field, -1};
    pl_str text;

    if (!pl_fact_text(f, path, fields, &text))
        return false;
    if (!pl_line(&text, ret))
        *ret = (pl_str){"", 0};
    *ret = pl_str_trim(*ret);
    return true;
}
