/* SPDX-License-Identifier: Apache-2.0 */
#include "host/recorded.h"

#include "host/limits.h"
#include "host/lines.h"

#include <string.h>
#include <sys/stat.h>

struct row {
    pl_str path, acl;
    uint32_t mode, uid, gid;
};

struct pl_host_manifest {
    struct row rows[PL_HOST_LIST];
    size_t n;
};

static bool number(pl_str s, unsigned base, uint32_t *ret)
{
    uint64_t v;
    if (!pl_str_u64_base(s, base, &v) || v > UINT32_MAX)
        return false;
    *ret = (uint32_t)v;
    return true;
}

/* "user:1000:rw-" */
static bool acl_entry(pl_str text, pl_buf *out)
{
    pl_str tag, id;
    uint32_t number_id;

    if (!pl_str_cut(&text, ':', &tag) || !pl_str_cut(&text, ':', &id) ||
        !number(id, 10, &number_id))
        return false;
    bool is_group = pl_str_eq(tag, PL_S("group"));
    if (!is_group && !pl_str_eq(tag, PL_S("user")))
        return false;
    pl_snap_acl_add(out, is_group,
                    (pl_str_has(text, PL_S("r")) ? 4u : 0u) |
                        (pl_str_has(text, PL_S("w")) ? 2u : 0u) |
                        (pl_str_has(text, PL_S("x")) ? 1u : 0u),
                    number_id);
    return true;
}

static bool acl_bytes(pl_str text, pl_arena *a, pl_str *ret)
{
    PL_AUTO_BUF pl_buf out = {0};
    pl_str one;

    while (pl_str_cut(&text, ',', &one))
        if (!acl_entry(one, &out))
            return false;
    *ret = pl_arena_str(a, pl_buf_view(&out));
    return pl_buf_ok(&out) && ret->p;
}

static bool parse_row(pl_str line, pl_arena *a, struct row *ret)
{
    pl_str mode, uid, gid, more;

    if (!pl_host_word(&line, &mode) || !pl_host_word(&line, &uid) || !pl_host_word(&line, &gid) ||
        !pl_host_word(&line, &ret->path))
        return false;
    ret->path = pl_arena_str(a, ret->path);
    if (!ret->path.p || ret->path.n == 0 || !number(mode, 8, &ret->mode) ||
        !number(uid, 10, &ret->uid) || !number(gid, 10, &ret->gid))
        return false;
    if (!pl_host_word(&line, &more))
        return true;
    return pl_str_starts(more, PL_S("acl=")) &&
           acl_bytes(pl_str_sub(more, 4, more.n), a, &ret->acl);
}

pl_rc pl_host_manifest_parse(pl_str text, pl_arena *a, pl_host_manifest **ret, pl_err *err)
{
    pl_host_manifest *m = PL_NEW(a, pl_host_manifest);
    pl_str line;

    if (!m)
        return pl_fail(err, PL_LIMIT, "%s: too large", PL_HOST_MANIFEST);
    for (size_t no = 1; pl_host_line(&text, &line); no++) {
        if (line.n == 0 || line.p[0] == '#')
            continue;
        if (m->n == PL_COUNT(m->rows))
            return pl_fail(err, PL_LIMIT, "%s: more than %zu files", PL_HOST_MANIFEST, m->n);
        if (!parse_row(line, a, &m->rows[m->n++]))
            return pl_fail(err, PL_FORMAT, "%s: line %zu: not MODE UID GID PATH [acl=...]",
                           PL_HOST_MANIFEST, no);
    }
    *ret = m;
    return PL_OK;
}

static const struct row *row_of(const pl_host_manifest *m, pl_str path)
{
    for (size_t i = 0; i < m->n; i++)
        if (pl_str_eq(m->rows[i].path, path))
            return &m->rows[i];
    return NULL;
}

bool pl_host_manifest_apply(const pl_host_manifest *m, pl_str path, pl_snap_meta *meta, pl_str *acl)
{
    const struct row *row = row_of(m, path);

    meta->uid = row ? row->uid : 0;
    meta->gid = row ? row->gid : 0;
    if (row)
        meta->mode = row->mode;
    else if (S_ISREG(meta->mode))
        meta->mode = S_IFREG | 0644;
    else if (S_ISDIR(meta->mode))
        meta->mode = S_IFDIR | 0755;
    if (row && acl)
        *acl = row->acl;
    return row != NULL;
}
