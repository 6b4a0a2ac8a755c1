/* SPDX-License-Identifier: Apache-2.0 */
#include "package/rust_watch.h"

#include <string.h>

enum { PIECE = 16 * 1024, LOOK = 2 };

void pl_rust_watch_done(pl_rust_watch *r)
{
    if (r->has_z)
        (void)inflateEnd(&r->z);
    for (size_t i = 0; i < PL_RUST_AUDITS_MAX; i++)
        pl_buf_done(&r->lists[i].json);
}

/* Panics name the files of the standard library; .comment names the compiler. */
static void look_for_marks(pl_rust_watch *r, const pl_window *w)
{
    size_t i = w->from;
    size_t j = w->from;

    if (!r->is_rust)
        r->is_rust = pl_window_find(w, PL_S("library/core/src/"), &i) ||
                     pl_window_find(w, PL_S("rustc version "), &j);
}

/* ---- a list ---- */

static pl_rc open_z(pl_rust_watch *r, pl_err *err)
{
    if (r->has_z ? inflateReset(&r->z) != Z_OK : inflateInit(&r->z) != Z_OK)
        return pl_fail(err, PL_NOMEM, "list of crates");
    r->has_z = true;
    return PL_OK;
}

/* Unpacks what the window has of it. */
static void unpack(pl_rust_watch *r, const pl_window *w)
{
    pl_rust_list *l = &r->lists[r->n];
    unsigned char piece[PIECE];
    size_t from = (size_t)(r->next - w->at);
    int got = Z_OK;

    r->z.next_in = w->p + from;
    r->z.avail_in = (uInt)(w->n - from);
    while (got == Z_OK && l->json.n <= PL_RUST_AUDIT_MAX && (r->z.avail_in || !r->z.avail_out)) {
        r->z.next_out = piece;
        r->z.avail_out = sizeof(piece);
        got = inflate(&r->z, Z_NO_FLUSH);
        if (got == Z_OK || got == Z_STREAM_END)
            pl_buf_add(&l->json, piece, sizeof(piece) - r->z.avail_out);
    }
    r->next = w->at + w->n - r->z.avail_in;
    bool is_whole = got == Z_STREAM_END;
    bool is_long = l->json.n > PL_RUST_AUDIT_MAX;
    r->is_on = !is_whole && !is_long && (got == Z_OK || got == Z_BUF_ERROR) && !w->is_end;
    r->is_cut |= is_long;
    if (is_whole) {
        l->n = r->next - l->at;
        r->n++;
    }
}

/* Header of zlib (RFC 1950, deflate with a window of 32 KiB, no dictionary), behind it the head of
 * a block of deflate that is not stored. */
static bool is_zlib(const unsigned char *p)
{
    enum { BLOCK = 6, STORED = 0, RESERVED = 6 };

    return (p[1] == 0x01 || p[1] == 0x5E || p[1] == 0x9C || p[1] == 0xDA) &&
           (p[2] & BLOCK) != STORED && (p[2] & BLOCK) != RESERVED;
}

/* Does an object of JSON unpack from here? */
static pl_rc look(pl_rust_watch *r, const pl_window *w, size_t i, bool *ret, pl_err *err)
{
    unsigned char head[LOOK];
    pl_rc rc = open_z(r, err);

    if (rc)
        return rc;
    r->z.next_in = w->p + i;
    r->z.avail_in = (uInt)(w->n - i < PL_WINDOW_REACH ? w->n - i : PL_WINDOW_REACH);
    r->z.next_out = head;
    r->z.avail_out = sizeof(head);
    (void)inflate(&r->z, Z_SYNC_FLUSH);
    *ret = r->z.avail_out == 0 && head[0] == '{' && head[1] == '"';
    return PL_OK;
}

static pl_rc begin(pl_rust_watch *r, const pl_window *w, size_t i, pl_err *err)
{
    pl_rc rc = open_z(r, err);

    pl_buf_reset(&r->lists[r->n].json);
    r->lists[r->n].at = r->next = w->at + i;
    if (!rc)
        unpack(r, w);
    return rc;
}

/* A file that is made of beginnings would take for ever. */
static bool has_turns(pl_rust_watch *r)
{
    bool has = r->n_tried < PL_RUST_TRIES_MAX && r->n_begun < PL_RUST_BEGUN_MAX &&
               r->n < PL_RUST_AUDITS_MAX;

    r->is_cut |= !has;
    return has;
}

static pl_rc look_for_lists(pl_rust_watch *r, const pl_window *w, pl_err *err)
{
    size_t i = w->from;
    pl_rc rc = PL_OK;

    while (!rc && !r->is_on && i < w->to && w->n - i > 2) {
        const unsigned char *hit = memchr(w->p + i, 0x78, w->to - i);
        bool is_json = false;
        if (!hit)
            return PL_OK;
        i = (size_t)(hit - w->p);
        if (w->n - i > 2 && is_zlib(hit)) {
            if (!has_turns(r))
                return PL_OK;
            r->n_tried++;
            rc = look(r, w, i, &is_json, err);
        }
        if (!rc && is_json) {
            r->n_begun++;
            rc = begin(r, w, i, err);
        }
        i++;
    }
    return rc;
}

pl_rc pl_rust_watch_window(pl_rust_watch *r, const pl_window *w, pl_err *err)
{
    look_for_marks(r, w);
    if (r->is_on)
        unpack(r, w);
    pl_rc rc = look_for_lists(r, w, err);
    for (size_t i = 0; i <= r->n && i < PL_RUST_AUDITS_MAX; i++)
        if (!pl_buf_ok(&r->lists[i].json))
            return pl_fail(err, PL_NOMEM, "list of crates");
    return rc;
}
