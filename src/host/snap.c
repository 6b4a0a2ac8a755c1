/* SPDX-License-Identifier: Apache-2.0 */
#include "host/snap.h"

#include "core/rd.h"
#include "host/limits.h"

#include <string.h>

pl_snap *pl_snap_new(pl_arena *a)
{
    pl_snap *s = PL_NEW(a, pl_snap);
    if (s)
        s->arena = a;
    return s;
}

/* Where path is, or would stand. */
static size_t place(const pl_snap *s, pl_str path, bool *ret_found)
{
    size_t lo = 0, hi = s->n;

    *ret_found = false;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        int c = pl_str_cmp(s->entries[mid]->path, path);
        if (c == 0) {
            *ret_found = true;
            return mid;
        }
        if (c < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

const pl_snap_entry *pl_snap_find(const pl_snap *s, pl_str path)
{
    bool found;
    size_t at = place(s, path, &found);
    return found ? s->entries[at] : NULL;
}

/* Doubles an array of pointers or structs in the arena. */
static void *grown(pl_arena *a, const void *old, size_t n, size_t *room, size_t size)
{
    size_t more = *room ? *room * 2 : 64;
    void *p = pl_arena_calloc(a, more, size);
    if (!p)
        return NULL;
    if (n)
        memcpy(p, old, n * size);
    *room = more;
    return p;
}

typedef pl_snap_entry *entry_ref;

static pl_rc insert(pl_snap *s, pl_snap_entry *e, pl_err *err)
{
    bool found;
    size_t at = place(s, e->path, &found);

    if (found) {
        s->entries[at] = e;
        return PL_OK;
    }
    if (s->n >= PL_HOST_SNAP_ENTRIES)
        return pl_fail(err, PL_LIMIT, "more than %d paths of the host", PL_HOST_SNAP_ENTRIES);
    if (s->n == s->room) {
        entry_ref *p = grown(s->arena, s->entries, s->n, &s->room, sizeof(entry_ref));
        if (!p)
            return pl_fail(err, PL_LIMIT, "facts of the host take too much memory");
        s->entries = p;
    }
    memmove(s->entries + at + 1, s->entries + at, (s->n - at) * sizeof(entry_ref));
    s->entries[at] = e;
    s->n++;
    return PL_OK;
}

pl_rc pl_snap_put(pl_snap *s, const pl_snap_entry *e, pl_err *err)
{
    pl_snap_entry *copy = PL_NEW(s->arena, pl_snap_entry);
    if (!copy)
        return pl_fail(err, PL_LIMIT, "facts of the host take too much memory");
    *copy = *e;

    pl_str *slices[] = {&copy->path, &copy->why, &copy->target, &copy->acl, &copy->bytes};
    for (size_t i = 0; i < PL_COUNT(slices); i++) {
        *slices[i] = pl_arena_str(s->arena, *slices[i]);
        if (!slices[i]->p)
            return pl_fail(err, PL_LIMIT, "%.*s: facts of the host take too much memory",
                           PL_F(e->path));
    }
    return insert(s, copy, err);
}

/* ---- as bytes ---- */

static void encode_meta(const pl_snap_meta *m, pl_buf *out)
{
    pl_buf_u32le(out, m->mode);
    pl_buf_u32le(out, m->uid);
    pl_buf_u32le(out, m->gid);
    pl_buf_u64le(out, m->size);
    pl_buf_u64le(out, (uint64_t)m->mtime_s);
}

static pl_snap_meta decode_meta(pl_rd *r)
{
    pl_snap_meta m = {0};
    m.mode = pl_rd_u32le(r);
    m.uid = pl_rd_u32le(r);
    m.gid = pl_rd_u32le(r);
    m.size = pl_rd_u64le(r);
    m.mtime_s = (int64_t)pl_rd_u64le(r);
    return m;
}

void pl_snap_encode(const pl_snap *s, pl_buf *out)
{
    pl_buf_u32le(out, (uint32_t)s->n);
    for (size_t i = 0; i < s->n; i++) {
        const pl_snap_entry *e = s->entries[i];
        pl_buf_lstr(out, e->path);
        pl_buf_ch(out, (char)e->did);
        pl_buf_ch(out, (char)e->rc);
        pl_buf_ch(out, (char)e->is_link);
        pl_buf_lstr(out, e->why);
        encode_meta(&e->link, out);
        pl_buf_lstr(out, e->target);
        encode_meta(&e->meta, out);
        pl_buf_lstr(out, e->acl);
        pl_buf_lstr(out, e->bytes);
    }
}

#define X(sym, text, status, reason) +1
enum { RC_COUNT = 0 PL_RC_LIST(X) };
#undef X

static pl_rc decode_entry(pl_rd *r, pl_snap *s, pl_err *err)
{
    pl_snap_entry *e = PL_NEW(s->arena, pl_snap_entry);
    if (!e)
        return pl_fail(err, PL_LIMIT, "host snapshot takes too much memory");
    e->path = pl_rd_lstr(r);
    e->did = pl_rd_u8(r);
    unsigned rc = pl_rd_u8(r);
    e->is_link = pl_rd_u8(r) != 0;
    e->why = pl_rd_lstr(r);
    e->link = decode_meta(r);
    e->target = pl_rd_lstr(r);
    e->meta = decode_meta(r);
    e->acl = pl_rd_lstr(r);
    e->bytes = pl_rd_lstr(r);
    if (!pl_rd_ok(r) || rc >= RC_COUNT)
        return pl_fail(err, PL_FORMAT, "host snapshot is cut short or malformed");
    e->rc = (pl_rc)rc;
    return insert(s, e, err);
}

pl_rc pl_snap_decode(pl_str in, pl_arena *a, pl_snap **ret, pl_err *err)
{
    pl_rd r = pl_rd_of(in.p, in.n);
    pl_snap *s = pl_snap_new(a);
    if (!s)
        return pl_fail(err, PL_LIMIT, "host snapshot takes too much memory");

    uint32_t n = pl_rd_u32le(&r);
    for (uint32_t i = 0; i < n; i++) {
        pl_rc rc = decode_entry(&r, s, err);
        if (rc)
            return rc;
    }
    if (!pl_rd_done(&r))
        return pl_fail(err, PL_FORMAT, "host snapshot has bytes left over");
    *ret = s;
    return PL_OK;
}

/* ---- asking ---- */

void pl_snap_want_all(pl_snap *s, pl_str path, uint8_t ops)
{
    for (size_t i = 0; i < s->n_wants; i++)
        if (pl_str_eq(s->wants[i].path, path)) {
            s->wants[i].ops |= ops;
            return;
        }
    if (s->n_wants == s->wants_room) {
        pl_snap_want *p = s->n_wants < PL_HOST_SNAP_ENTRIES
                              ? grown(s->arena, s->wants, s->n_wants, &s->wants_room, sizeof(*p))
                              : NULL;
        if (!p) {
            s->full = true;
            return;
        }
        s->wants = p;
    }
    pl_str own = pl_arena_str(s->arena, path);
    if (own.p)
        s->wants[s->n_wants++] = (pl_snap_want){own, ops};
}

static const pl_snap_entry *ask(pl_snap *s, pl_str path, uint8_t op)
{
    const pl_snap_entry *e = pl_snap_find(s, path);
    if (e && ((e->did & op) || e->rc != PL_OK))
        return e;
    pl_snap_want_all(s, path, op | (e ? e->did : 0));
    return NULL;
}

const pl_snap_entry *pl_snap_stat(pl_snap *s, pl_str path)
{
    return ask(s, path, PL_SNAP_STAT);
}

const pl_snap_entry *pl_snap_read(pl_snap *s, pl_str path)
{
    return ask(s, path, PL_SNAP_READ);
}

const pl_snap_entry *pl_snap_list(pl_snap *s, pl_str path)
{
    return ask(s, path, PL_SNAP_LIST);
}

bool pl_snap_name(pl_str *rest, pl_str *name)
{
    return pl_str_cut(rest, '\0', name);
}

void pl_snap_acl_add(pl_buf *to, bool is_group, unsigned perm, uint32_t id)
{
    pl_buf_u32le(to, (perm & 7) | (is_group ? 8u : 0u));
    pl_buf_u32le(to, id);
}

bool pl_snap_acl(pl_str *rest, pl_acl_entry *ret)
{
    pl_rd r = pl_rd_of(rest->p, rest->n);
    uint32_t bits = pl_rd_u32le(&r);

    *ret = (pl_acl_entry){.is_group = (bits & 8) != 0, .id = pl_rd_u32le(&r), .perm = bits & 7};
    *rest = (pl_str){(const char *)r.p, r.n};
    return pl_rd_ok(&r);
}
