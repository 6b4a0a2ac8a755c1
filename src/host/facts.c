/* SPDX-License-Identifier: Apache-2.0 */
#include "host/facts.h"

#include "host/limits.h"

#include <string.h>

typedef pl_record *record_ref;

pl_record *pl_host_recs_new(pl_host_recs *l, pl_host_element kind)
{
    if (l->n == l->room && l->n < PL_HOST_LIST) {
        size_t room = l->room ? l->room * 2 : 16;
        record_ref *v = pl_arena_calloc(l->arena, room, sizeof(record_ref));
        if (v) {
            if (l->n)
                memcpy(v, l->v, l->n * sizeof(record_ref));
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

void pl_host_recs_set(const pl_host_recs *l, pl_record *r, int field)
{
    if (l->lost)
        pl_set_unreadable(r, field, "limit:elements");
    else
        pl_set_recs(r, field, l->v, l->n);
}

void pl_host_strs_set(const pl_host_strs *l, pl_record *r, int field)
{
    if (l->lost)
        pl_set_unreadable(r, field, "limit:elements");
    else
        pl_set_strs(r, field, l->v, l->n);
}

const char *pl_host_reason(const pl_snap_entry *e)
{
    const char *reason = pl_rc_reason(e->rc);
    return *reason ? reason : "unreadable";
}

void pl_host_missing(pl_record *r, int field, const pl_snap_entry *e)
{
    if (!e || e->rc == PL_OK)
        return;
    if (e->rc == PL_NOTFOUND)
        pl_set_absent(r, field);
    else
        pl_set_unreadable(r, field, pl_host_reason(e));
}

bool pl_host_text(pl_host_reading *f, pl_str path, const int *fields, pl_str *ret)
{
    const pl_snap_entry *e = pl_snap_read(f->snap, path);

    if (pl_host_state(e) == PL_SEEN_OK) {
        *ret = e->bytes;
        return true;
    }
    for (; fields && *fields >= 0; fields++)
        pl_host_missing(f->host, *fields, e);
    return false;
}

bool pl_host_text_of(pl_host_reading *f, pl_str path, bool *is_waiting, const char **reason,
                     pl_str *ret)
{
    const pl_snap_entry *e = pl_snap_read(f->snap, path);
    pl_host_seen seen = pl_host_state(e);

    if (seen == PL_SEEN_OK)
        *ret = e->bytes;
    else if (seen == PL_SEEN_WAIT)
        *is_waiting = true;
    else if (seen == PL_SEEN_FAILED)
        *reason = pl_host_reason(e);
    return seen == PL_SEEN_OK;
}

bool pl_host_first_line(pl_host_reading *f, pl_str path, int field, pl_str *ret)
{
    const int fields[] = {field, -1};
    pl_str text;

    if (!pl_host_text(f, path, fields, &text))
        return false;
    if (!pl_host_line(&text, ret))
        *ret = (pl_str){"", 0};
    *ret = pl_str_trim(*ret);
    return true;
}
