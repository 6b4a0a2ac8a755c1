/* SPDX-License-Identifier: Apache-2.0 */
#include "image/members.h"

#include "image/analyser_private.h"
#include "image/limits.h"
#include "image/problems.h"
#include "image/tar.h"
#include "image/unpack.h"
#include "image/zip.h"

#include <string.h>

/* What was opened and not closed yet. */
struct opened {
    unsigned archives; /* in each other */
    unsigned packed;   /* of them compressed files */
};

struct pl_members {
    pl_analysis *a;
    const pl_passing_file *file;
    pl_buf path;          /* of the file, behind it that of the member */
    struct opened opened; /* on the way to it */
    size_t n;             /* members of this file */
    uint64_t bytes;       /* unpacked of this file */
    uint64_t layer_bytes; /* of all files of this layer before it */
    uint64_t holes;       /* of sparse files in it that may still be read */
    const char *cut;      /* limit that ended the reading of this file; NULL: none */
    size_t n_unread;      /* members that could not be read */
    pl_rc why;            /* of the first one that matters */
    char first[256];
    bool in_prefix;
    unsigned wanted; /* by watchers: the member that passes, a bit each */
    char block[PL_WATCH_WHOLE];
};

/* ---- names ---- */

static pl_str base_of(pl_str path)
{
    const char *slash = path.n ? memrchr(path.p, '/', path.n) : NULL;
    return slash ? pl_str_sub(path, (size_t)(slash + 1 - path.p), path.n) : path;
}

/* The name may stand in the path itself, which moves when it grows. */
size_t pl_members_enter(pl_members *m, pl_str name)
{
    char copy[PL_MEMBERS_NAME_MAX];
    size_t was = m ? m->path.n : 0;

    if (!m)
        return 0;
    while (pl_str_starts(name, PL_S("/")) || pl_str_starts(name, PL_S("./")))
        name = pl_str_sub(name, name.p[0] == '/' ? 1 : 2, name.n);
    name = pl_str_sub(name, 0, sizeof(copy));
    if (name.n)
        memcpy(copy, name.p, name.n);
    pl_buf_c(&m->path, "!/");
    pl_buf_add(&m->path, copy, name.n);
    return was;
}

void pl_members_leave(pl_members *m, size_t was)
{
    if (m && pl_buf_ok(&m->path))
        m->path.n = was;
}

static pl_str member_of(const pl_members *m)
{
    size_t n = m->file->path.n;
    return pl_str_sub(pl_buf_view(&m->path), n, m->path.n);
}

/* "dump.sql" of "dump.sql.gz" */
static pl_str unpacked_name(pl_str name)
{
    static const char *const ends[] = {".gz", ".xz", ".bz2", ".zst", ".z", ".Z", ".lzma"};

    for (size_t i = 0; i < PL_COUNT(ends); i++)
        if (name.n > strlen(ends[i]) && pl_str_ends(name, pl_str_c(ends[i])))
            return pl_str_sub(name, 0, name.n - strlen(ends[i]));
    return name;
}

/* ---- what is told ---- */

/* A member that is only damaged says nothing of others; what is more than we read may. */
static bool matters(pl_rc rc)
{
    return rc == PL_LIMIT || rc == PL_UNSUPPORTED;
}

static void unread(pl_members *m, pl_rc rc, const char *why)
{
    if (m->n_unread++ && (matters(m->why) || !matters(rc)))
        return;
    m->why = rc;
    (void)snprintf(m->first, sizeof(m->first), "%.*s: %s", PL_F(pl_str_sub(member_of(m), 0, 120)),
                   why);
}

void pl_members_broken(pl_members *m, pl_rc rc, const char *why)
{
    if (m && matters(rc))
        unread(m, rc, why);
}

static pl_rc cut(pl_members *m, const char *limit, pl_err *err)
{
    if (!m->cut)
        m->cut = limit;
    return pl_fail(err, PL_LIMIT, "limit %s", m->cut);
}

/* ---- what it may cost ---- */

struct counted {
    pl_in in;
    pl_in *from;
    pl_members *m;
};

static pl_rc counted_read(pl_in *in, void *buf, size_t n, size_t *ret_n, pl_err *err)
{
    struct counted *c = (struct counted *)in;
    pl_members *m = c->m;

    if (m->cut)
        return cut(m, m->cut, err);
    pl_rc rc = pl_in_read(c->from, buf, n, ret_n, err);
    if (rc)
        return rc;
    m->bytes += *ret_n;
    if (m->bytes > PL_MEMBERS_BYTES_MAX)
        return cut(m, "PL_MEMBERS_BYTES_MAX", err);
    if (m->layer_bytes + m->bytes > (uint64_t)PL_MEMBERS_LAYER_MIB << 20)
        return cut(m, "PL_MEMBERS_LAYER_MIB", err);
    if (m->bytes > PL_MEMBERS_FREE && m->bytes / PL_MEMBERS_RATIO > m->file->size)
        return cut(m, "PL_MEMBERS_RATIO", err);
    return PL_OK;
}

/* ---- a member that is no archive ---- */

static pl_note_out out_of(pl_members *m, size_t i)
{
    return (pl_note_out){m->a, m->a->watching.at.entry, (uint16_t)(m->a->n_list + i), NULL};
}

/* After an error a watcher is not asked again about this member. */
static pl_rc take_answer(pl_members *m, size_t i, pl_rc rc, const pl_err *why, pl_err *err)
{
    if (!rc)
        return PL_OK;
    m->wanted &= ~(1u << i);
    if (rc == PL_NOMEM)
        return pl_fail(err, rc, "%s", why->text);
    unread(m, rc, why->text);
    return PL_OK;
}

static void begin(pl_members *m, uint64_t size)
{
    pl_passing_file f = *m->file;

    f.path = pl_buf_view(&m->path);
    f.member = member_of(m);
    f.size = size;
    m->wanted = 0;
    for (size_t i = 0; i < m->a->n_watchers; i++) {
        const pl_watcher *w = m->a->watchers[i]->inside;
        if (w && w->begin(w->arg, &f))
            m->wanted |= 1u << i;
    }
}

static pl_rc give(pl_members *m, pl_str piece, pl_err *err)
{
    pl_rc rc = PL_OK;

    for (size_t i = 0; !rc && piece.n && i < m->a->n_watchers; i++) {
        pl_note_out out = out_of(m, i);
        pl_err why = {0};
        if (!(m->wanted & 1u << i))
            continue;
        const pl_watcher *w = m->a->watchers[i]->inside;
        rc = take_answer(m, i, w->bytes(w->arg, piece, &out, &why), &why, err);
    }
    return rc;
}

static pl_rc end(pl_members *m, pl_err *err)
{
    pl_rc rc = PL_OK;

    for (size_t i = 0; !rc && i < m->a->n_watchers; i++) {
        pl_note_out out = out_of(m, i);
        pl_err why = {0};
        if (!(m->wanted & 1u << i))
            continue;
        const pl_watcher *w = m->a->watchers[i]->inside;
        rc = take_answer(m, i, w->end(w->arg, &out, &why), &why, err);
    }
    m->wanted = 0;
    return rc;
}

/* A small member is shown whole. Of a larger one nobody knows the size before its end: what
 * archives say of it need not be true. What came before a break is searched to its end, too. */
static pl_rc show(pl_members *m, pl_in *in, pl_rc *ret_read, pl_err *why, pl_err *err)
{
    size_t n = 0;
    pl_rc rc = PL_OK;

    *ret_read = pl_in_fill_some(in, m->block, sizeof(m->block), &n, why);
    if (n == 0)
        return PL_OK;
    begin(m, n < sizeof(m->block) ? n : PL_SIZE_UNKNOWN);
    while (!rc && n && m->wanted) {
        rc = give(m, (pl_str){m->block, n}, err);
        if (rc || *ret_read || n < sizeof(m->block))
            break;
        *ret_read = pl_in_fill_some(in, m->block, sizeof(m->block), &n, why);
    }
    return rc ? rc : end(m, err);
}

/* ---- archives ---- */

static pl_rc read_any(pl_members *m, pl_in *in, bool is_named, pl_err *err);

// NOLINTNEXTLINE(misc-no-recursion)
static pl_rc read_zip(pl_members *m, pl_in *in, pl_err *err)
{
    uint64_t budget = UINT64_MAX;
    PL_AUTO_ZIP pl_zip *z = pl_zip_new(in, &budget);
    bool is_end = false;
    pl_err why = {0};
    pl_rc rc = z ? PL_OK : pl_fail(err, PL_NOMEM, "zip");

    while (!rc && !is_end && !m->cut) {
        pl_str name;
        pl_rc got = pl_zip_next(z, &name, &is_end, &why);
        if (got == PL_NOMEM)
            return pl_fail(err, got, "zip");
        if (got) {
            unread(m, got, why.text);
            return PL_OK;
        }
        if (!is_end)
            rc = pl_members_take(m, name, pl_zip_data(z), err);
    }
    return rc;
}

// NOLINTNEXTLINE(misc-no-recursion)
static pl_rc read_tar(pl_members *m, pl_in *in, pl_err *err)
{
    PL_AUTO_TAR pl_tar *tar = pl_tar_new(in);
    bool is_end = false;
    pl_err why = {0};
    pl_rc rc = tar ? PL_OK : pl_fail(err, PL_NOMEM, "tar");

    if (tar)
        pl_tar_limit_holes(tar, &m->holes);
    while (!rc && !is_end && !m->cut) {
        pl_tar_entry e;
        pl_rc got = pl_tar_next(tar, &e, &is_end, &why);
        if (got == PL_NOMEM)
            return pl_fail(err, got, "tar");
        if (got) {
            unread(m, got, why.text);
            return PL_OK;
        }
        if (!is_end && e.type == PL_TAR_FILE && e.size && !e.is_hole)
            rc = pl_members_take(m, e.path, pl_tar_data(tar), err);
    }
    return rc;
}

/* What it holds is mostly a tar, whose members need no name of the tar itself. */
// NOLINTNEXTLINE(misc-no-recursion)
static pl_rc read_packed(pl_members *m, pl_in *in, pl_err *err)
{
    PL_AUTO_UNPACK pl_unpack *u = pl_unpack_new(in);

    if (!u)
        return pl_fail(err, PL_NOMEM, "unpacking");
    struct counted c = {{counted_read}, pl_unpack_in(u), m};
    return read_any(m, &c.in, false, err);
}

static bool is_zip(pl_str head)
{
    return pl_str_starts(head, PL_S("PK\3\4")) || pl_str_starts(head, PL_S("PK\5\6"));
}

static bool is_tar(pl_str head)
{
    return pl_str_eq(pl_str_sub(head, 257, 5), PL_S("ustar")) && pl_tar_is_header(head);
}

bool pl_members_is_archive(pl_str head)
{
    return head.n >= 4 && (is_zip(head) || pl_unpack_is_packed(head) || is_tar(head));
}

// NOLINTNEXTLINE(misc-no-recursion)
static pl_rc open_archive(pl_members *m, pl_in *in, pl_str head, pl_err *err)
{
    const struct opened was = m->opened;
    bool is_packed = !is_zip(head) && !is_tar(head);
    pl_rc rc = PL_OK;

    m->opened.archives++;
    m->opened.packed += is_packed;
    if (m->opened.archives > PL_MEMBERS_DEPTH_MAX)
        unread(m, PL_LIMIT, "limit PL_MEMBERS_DEPTH_MAX");
    else if (m->opened.packed > PL_MEMBERS_PACKED_MAX)
        unread(m, PL_LIMIT, "limit PL_MEMBERS_PACKED_MAX");
    else if (is_packed)
        rc = read_packed(m, in, err);
    else
        rc = is_zip(head) ? read_zip(m, in, err) : read_tar(m, in, err);
    m->opened = was;
    return rc;
}

static pl_rc show_leaf(pl_members *m, pl_in *in, pl_err *err)
{
    pl_rc read = PL_OK;
    pl_err why = {0};
    pl_rc rc = show(m, in, &read, &why, err);

    if (!rc && read == PL_NOMEM)
        return pl_fail(err, read, "%s", why.text);
    if (!rc && read && !m->cut)
        unread(m, read, why.text);
    return rc;
}

/* is_named: the path is that of what is read here, else that of what it came out of. */
// NOLINTNEXTLINE(misc-no-recursion)
static pl_rc read_any(pl_members *m, pl_in *in, bool is_named, pl_err *err)
{
    pl_in_peek peek;
    pl_err why = {0};
    size_t was = m->path.n;
    pl_rc got = pl_in_peek_open(&peek, in, &why);

    if (got == PL_NOMEM)
        return pl_fail(err, got, "%s", why.text);
    const pl_str head = pl_in_peek_head(&peek);
    if (got && !head.n && !m->cut)
        unread(m, got, why.text);
    if (pl_members_is_archive(head))
        return open_archive(m, &peek.in, head, err);
    if (!is_named)
        (void)pl_members_enter(m, unpacked_name(base_of(pl_buf_view(&m->path))));
    pl_rc rc = got && !head.n ? PL_OK : show_leaf(m, &peek.in, err);
    pl_members_leave(m, was);
    return rc;
}

// NOLINTNEXTLINE(misc-no-recursion)
pl_rc pl_members_take(pl_members *m, pl_str name, pl_in *in, pl_err *err)
{
    if (!m || m->cut)
        return PL_OK;
    if (++m->n > PL_MEMBERS_MAX) {
        (void)cut(m, "PL_MEMBERS_MAX", NULL);
        return PL_OK;
    }
    struct counted c = {{counted_read}, in, m};
    size_t was = pl_members_enter(m, name);
    if (!pl_buf_ok(&m->path))
        return pl_fail(err, PL_NOMEM, "path of a member");
    pl_rc rc = read_any(m, &c.in, true, err);
    pl_members_leave(m, was);
    return rc;
}

pl_rc pl_members_text(pl_members *m, pl_str name, pl_str bytes, pl_err *err)
{
    pl_in_mem in = pl_in_of_str(bytes);

    return pl_members_take(m, name, &in.in, err);
}

pl_rc pl_members_prefix(pl_members *m, pl_str bytes, pl_err *err)
{
    if (!m || !bytes.n)
        return PL_OK;
    if (!m->in_prefix)
        begin(m, PL_SIZE_UNKNOWN);
    m->in_prefix = true;
    return give(m, bytes, err);
}

pl_rc pl_members_prefix_end(pl_members *m, pl_err *err)
{
    if (!m || !m->in_prefix)
        return PL_OK;
    m->in_prefix = false;
    return end(m, err);
}

/* ---- one file ---- */

pl_rc pl_members_file(pl_members *m, pl_in *in, pl_err *err)
{
    pl_in_peek peek;
    pl_rc rc = pl_in_peek_open(&peek, in, err);

    return rc ? rc : open_archive(m, &peek.in, pl_in_peek_head(&peek), err);
}

pl_members *pl_members_new(pl_analysis *a)
{
    pl_members *m = malloc(sizeof(*m));

    if (!m)
        return NULL;
    memset(m, 0, offsetof(pl_members, block));
    m->a = a;
    return m;
}

void pl_members_free(pl_members *m)
{
    if (!m)
        return;
    pl_buf_done(&m->path);
    free(m);
}

void pl_members_begin_layer(pl_members *m)
{
    m->layer_bytes = 0;
}

void pl_members_begin(pl_members *m, const pl_passing_file *f)
{
    m->file = f;
    pl_buf_reset(&m->path);
    pl_buf_str(&m->path, f->path);
    m->opened = (struct opened){0};
    m->n = 0;
    m->layer_bytes += m->bytes;
    m->bytes = 0;
    m->holes = PL_MEMBERS_FREE;
    m->cut = NULL;
    m->n_unread = 0;
    m->why = PL_OK;
    m->in_prefix = false;
}

static pl_rc note_all(pl_members *m, pl_rc why, pl_err *err)
{
    pl_rc rc = PL_OK;

    for (size_t i = 0; !rc && i < m->a->n_watchers; i++) {
        const pl_note note = {out_of(m, i).entry, out_of(m, i).by, (uint16_t)why, {"", 0}};
        if (m->a->watchers[i]->inside)
            rc = pl_analysis_push(m->a, &note, err);
    }
    return rc;
}

pl_rc pl_members_end(pl_members *m, pl_err *err)
{
    const pl_watch_place *at = &m->a->watching.at;
    pl_str path = pl_str_sub(m->file->path, 0, 200);
    pl_rc rc = PL_OK;

    if (m->cut)
        pl_problems_add(at->problems, PL_LIMIT, at->layer,
                        "%.*s: limit %s, not all that it holds was searched", PL_F(path), m->cut);
    else if (m->n_unread)
        pl_problems_add(at->problems, m->why, at->layer,
                        "%.*s: %zu of what it holds were not searched, the first: %s", PL_F(path),
                        m->n_unread, m->first);
    if (m->cut || matters(m->why))
        rc = note_all(m, m->cut ? PL_LIMIT : m->why, err);
    m->file = NULL;
    return rc;
}
