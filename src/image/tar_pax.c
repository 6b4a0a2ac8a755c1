/* SPDX-License-Identifier: Apache-2.0 */
#include "image/tar_pax.h"

#include <string.h>

void pl_tar_map_done(pl_tar_map *m)
{
    free(m->seg);
    *m = (pl_tar_map){0};
}

pl_rc pl_tar_map_add(pl_tar_map *m, uint64_t at, uint64_t n, pl_err *err)
{
    uint64_t end;
    uint64_t from = m->n ? m->seg[m->n - 1].at + m->seg[m->n - 1].n : 0;

    if (at < from || __builtin_add_overflow(at, n, &end))
        return pl_fail(err, PL_FORMAT, "sparse map runs backwards");
    if (m->n == PL_TAR_SPARSE_MAX)
        return pl_fail(err, PL_LIMIT, "sparse map has more than %d parts", PL_TAR_SPARSE_MAX);
    if ((m->n & (m->n - 1)) == 0) {
        size_t room = m->n ? m->n * 2 : 8;
        pl_tar_segment *seg = reallocarray(m->seg, room, sizeof(*seg));
        if (!seg)
            return pl_fail(err, PL_NOMEM, "sparse map");
        m->seg = seg;
    }
    m->seg[m->n++] = (pl_tar_segment){at, n};
    return PL_OK;
}

void pl_tar_pax_done(pl_tar_pax *x)
{
    pl_buf_done(&x->path);
    pl_buf_done(&x->link);
    pl_tar_map_done(&x->map);
    *x = (pl_tar_pax){0};
}

void pl_tar_pax_reset(pl_tar_pax *x)
{
    pl_buf path = x->path;
    pl_buf link = x->link;

    pl_tar_map_done(&x->map);
    pl_buf_reset(&path);
    pl_buf_reset(&link);
    *x = (pl_tar_pax){.path = path, .link = link};
}

static pl_rc set_text(pl_buf *to, bool *has, pl_str v, pl_err *err)
{
    pl_buf_reset(to);
    pl_buf_str(to, v);
    *has = v.n > 0;
    return pl_buf_ok(to) ? PL_OK : pl_fail(err, PL_NOMEM, "pax header");
}

static pl_rc set_path(pl_tar_pax *x, pl_str v, pl_err *err)
{
    return x->has_sparse_name ? PL_OK : set_text(&x->path, &x->has_path, v, err);
}

static pl_rc set_sparse_name(pl_tar_pax *x, pl_str v, pl_err *err)
{
    x->has_sparse_name = v.n > 0;
    return set_text(&x->path, &x->has_path, v, err);
}

static pl_rc set_link(pl_tar_pax *x, pl_str v, pl_err *err)
{
    return set_text(&x->link, &x->has_link, v, err);
}

/* An empty value takes back what a global header said. */
static pl_rc set_number(uint64_t *to, bool *has, pl_str v, pl_err *err)
{
    *has = v.n > 0;
    if (*has && (!pl_str_u64(v, to) || *to > INT64_MAX))
        return pl_fail(err, PL_FORMAT, "pax header: \"%.*s\" is no number",
                       PL_F(pl_str_sub(v, 0, 40)));
    return PL_OK;
}

static pl_rc set_size(pl_tar_pax *x, pl_str v, pl_err *err)
{
    return set_number(&x->size, &x->has_size, v, err);
}

static pl_rc set_uid(pl_tar_pax *x, pl_str v, pl_err *err)
{
    return set_number(&x->uid, &x->has_uid, v, err);
}

static pl_rc set_gid(pl_tar_pax *x, pl_str v, pl_err *err)
{
    return set_number(&x->gid, &x->has_gid, v, err);
}

/* Seconds with an optional fraction and sign; what cannot be read is left to the plain header. */
static pl_rc set_mtime(pl_tar_pax *x, pl_str v, pl_err *err)
{
    pl_str whole;

    (void)err;
    x->has_mtime = pl_str_cut(&v, '.', &whole) && pl_str_i64(whole, &x->mtime_s);
    return PL_OK;
}

static pl_rc set_filecap(pl_tar_pax *x, pl_str v, pl_err *err)
{
    (void)err;
    x->has_filecap = v.n > 0;
    return PL_OK;
}

static pl_rc set_unread(pl_tar_pax *x, pl_str v, pl_err *err)
{
    bool has = false;
    return set_number(&x->unread, &has, v, err);
}

static pl_rc set_real_size(pl_tar_pax *x, pl_str v, pl_err *err)
{
    x->is_sparse = true;
    return set_number(&x->real_size, &x->has_real_size, v, err);
}

static pl_rc set_major(pl_tar_pax *x, pl_str v, pl_err *err)
{
    uint64_t n = 0;
    bool has = false;
    pl_rc rc = set_number(&n, &has, v, err);

    x->is_sparse = true;
    x->sparse_major = n > 9 ? 9 : (unsigned)n;
    return rc;
}

static pl_rc set_offset(pl_tar_pax *x, pl_str v, pl_err *err)
{
    x->is_sparse = true;
    return set_number(&x->map.offset, &x->map.has_offset, v, err);
}

static pl_rc set_numbytes(pl_tar_pax *x, pl_str v, pl_err *err)
{
    uint64_t n = 0;
    bool has = false;
    pl_rc rc = set_number(&n, &has, v, err);

    if (rc)
        return rc;
    if (!has || !x->map.has_offset)
        return pl_fail(err, PL_FORMAT, "sparse map: length without an offset");
    x->map.has_offset = false;
    return pl_tar_map_add(&x->map, x->map.offset, n, err);
}

/* "offset,length,offset,length,..." */
static pl_rc set_map(pl_tar_pax *x, pl_str v, pl_err *err)
{
    pl_str part;

    x->is_sparse = true;
    while (pl_str_cut(&v, ',', &part)) {
        pl_rc rc = x->map.has_offset ? set_numbytes(x, part, err) : set_offset(x, part, err);
        if (rc)
            return rc;
        if (part.n == 0)
            return pl_fail(err, PL_FORMAT, "sparse map: empty number");
    }
    return PL_OK;
}

static pl_rc set_record(pl_tar_pax *x, pl_str key, pl_str value, pl_err *err)
{
    static const struct {
        const char *key;
        pl_rc (*set)(pl_tar_pax *x, pl_str value, pl_err *err);
    } keys[] = {
        {"path", set_path},
        {"linkpath", set_link},
        {"size", set_size},
        {"uid", set_uid},
        {"gid", set_gid},
        {"mtime", set_mtime},
        {"SCHILY.xattr.security.capability", set_filecap},
        {"LIBARCHIVE.xattr.security.capability", set_filecap},
        {PL_TAR_UNREAD, set_unread},
        {"GNU.sparse.name", set_sparse_name},
        {"GNU.sparse.size", set_real_size},
        {"GNU.sparse.realsize", set_real_size},
        {"GNU.sparse.major", set_major},
        {"GNU.sparse.offset", set_offset},
        {"GNU.sparse.numbytes", set_numbytes},
        {"GNU.sparse.map", set_map},
    };

    for (size_t i = 0; i < PL_COUNT(keys); i++)
        if (pl_str_eq(key, pl_str_c(keys[i].key)))
            return keys[i].set(x, value, err);
    return PL_OK;
}

/* A value may hold anything, newlines too: only the length says where it ends. */
pl_rc pl_tar_pax_parse(pl_tar_pax *x, pl_str s, pl_err *err)
{
    while (s.n) {
        pl_str rest = s;
        pl_str number;
        uint64_t n = 0;

        (void)pl_str_cut(&rest, ' ', &number);
        if (!pl_str_u64(number, &n) || n > s.n || n < number.n + 3 || s.p[n - 1] != '\n')
            return pl_fail(err, PL_FORMAT, "pax header: a record's length is wrong");
        pl_str record = pl_str_sub(s, number.n + 1, (size_t)n - number.n - 2);
        pl_str value = record;
        pl_str key;
        (void)pl_str_cut(&value, '=', &key);
        if (key.n == 0 || key.n == record.n)
            return pl_fail(err, PL_FORMAT, "pax header: a record without a key");
        pl_rc rc = set_record(x, key, value, err);
        if (rc)
            return rc;
        s = pl_str_sub(s, (size_t)n, s.n);
    }
    return PL_OK;
}
