/* SPDX-License-Identifier: Apache-2.0 */
#include "image/plan.h"

#include "core/rd.h"
#include "image/limits.h"

#include <stdlib.h>
#include <string.h>

enum { HAS_DIFF_ID = 1, HAS_BLOB = 2 };

void pl_plan_done(pl_plan *p)
{
    free(p->items);
    *p = (pl_plan){0};
}

bool pl_plan_add(pl_plan *p, const pl_plan_layer *l)
{
    if (p->n == PL_IMAGE_LAYERS_MAX)
        return false;
    if (p->n == p->room) {
        size_t room = p->room ? p->room * 2 : 32;
        pl_plan_layer *items = reallocarray(p->items, room, sizeof(*items));
        if (!items)
            return false;
        p->items = items;
        p->room = room;
    }
    p->items[p->n++] = *l;
    return true;
}

bool pl_plan_digest(pl_str text, unsigned char ret[PL_SHA256])
{
    return pl_str_starts(text, PL_S("sha256:")) &&
           pl_unhex(pl_str_sub(text, 7, text.n), ret, PL_SHA256);
}

void pl_plan_encode(const pl_plan *p, pl_buf *out)
{
    pl_buf_u32le(out, (uint32_t)p->n);
    for (size_t i = 0; i < p->n; i++) {
        const pl_plan_layer *l = &p->items[i];
        pl_buf_lstr(out, l->name);
        pl_buf_u64le(out, l->at);
        pl_buf_u64le(out, l->n);
        pl_buf_ch(out, (char)((l->has_diff_id ? HAS_DIFF_ID : 0) | (l->has_blob ? HAS_BLOB : 0)));
        pl_buf_add(out, l->diff_id, sizeof(l->diff_id));
        pl_buf_add(out, l->blob, sizeof(l->blob));
    }
}

static bool decode_layer(pl_rd *r, pl_plan_layer *ret)
{
    *ret = (pl_plan_layer){.name = pl_rd_lstr(r)};
    ret->at = pl_rd_u64le(r);
    ret->n = pl_rd_u64le(r);
    unsigned flags = pl_rd_u8(r);
    pl_rd_copy(r, ret->diff_id, sizeof(ret->diff_id));
    pl_rd_copy(r, ret->blob, sizeof(ret->blob));
    ret->has_diff_id = flags & HAS_DIFF_ID;
    ret->has_blob = flags & HAS_BLOB;
    return pl_rd_ok(r) && flags <= (HAS_DIFF_ID | HAS_BLOB) && ret->at <= INT64_MAX &&
           ret->n <= INT64_MAX && (ret->name.n == 0 || pl_plan_is_name(ret->name));
}

bool pl_plan_decode(pl_str bytes, pl_plan *ret)
{
    pl_rd r = pl_rd_of(bytes.p, bytes.n);
    uint32_t n = pl_rd_u32le(&r);
    pl_plan_layer l;

    *ret = (pl_plan){0};
    for (uint32_t i = 0; i < n; i++)
        if (!decode_layer(&r, &l) || !pl_plan_add(ret, &l)) {
            pl_plan_done(ret);
            return false;
        }
    if (pl_rd_done(&r))
        return true;
    pl_plan_done(ret);
    return false;
}

bool pl_plan_is_name(pl_str name)
{
    pl_str part;

    if (name.n == 0 || name.n > PL_IMAGE_PATH_MAX || name.p[0] == '/' ||
        memchr(name.p, '\0', name.n))
        return false;
    while (pl_str_cut(&name, '/', &part))
        if (pl_str_eq(part, PL_S("..")) || part.n > PL_IMAGE_NAME_MAX)
            return false;
    return true;
}

/* ---- answers ---- */

void pl_answer_head(pl_rc rc, uint64_t n, unsigned char ret[PL_ANSWER_HEAD])
{
    for (unsigned i = 0; i < 4; i++)
        ret[i] = (unsigned char)((uint32_t)rc >> (8 * i));
    for (unsigned i = 0; i < 8; i++)
        ret[4 + i] = (unsigned char)(n >> (8 * i));
}

static pl_rc answer_read(pl_in *in, void *buf, size_t n, size_t *ret_n, pl_err *err)
{
    pl_answer *a = (pl_answer *)in;
    pl_in_fd from = pl_in_of_fd(a->fd);

    *ret_n = 0;
    if (n > a->left)
        n = (size_t)a->left;
    if (n == 0)
        return PL_OK;
    pl_rc rc = pl_in_read(&from.in, buf, n, ret_n, err);
    if (!rc && *ret_n == 0)
        return pl_fail(err, PL_SYS, "an answer is cut");
    a->left -= *ret_n;
    return rc;
}

pl_rc pl_answer_next(int fd, pl_answer *ret, pl_err *err)
{
    unsigned char head[PL_ANSWER_HEAD];
    pl_in_fd in = pl_in_of_fd(fd);
    size_t got = 0;
    pl_rc rc = pl_in_fill(&in.in, head, sizeof(head), &got, err);

    if (rc)
        return rc;
    if (got < sizeof(head))
        return pl_fail(err, PL_SYS, "an answer does not come");
    pl_rd r = pl_rd_of(head, sizeof(head));
    uint32_t what = pl_rd_u32le(&r);
    *ret =
        (pl_answer){{answer_read}, fd, what > PL_USAGE ? PL_WORKER : (pl_rc)what, pl_rd_u64le(&r)};
    return PL_OK;
}
