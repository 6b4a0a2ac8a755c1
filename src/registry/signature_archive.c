/* SPDX-License-Identifier: Apache-2.0 */
/* The documents of an OCI layout in a tar, which may be compressed: taken out of it in the jail. */
#include "core/rd.h"
#include "image/tar.h"
#include "image/unpack.h"
#include "registry/limits.h"
#include "registry/reference.h"
#include "registry/signatures.h"
#include "registry/worker.h"

#include <string.h>

#define BLOBS "blobs/sha256/"

enum { DOCUMENT = PL_FRAME_USER, CUT, TAR_BLOCK = 512 };

/* ---- the worker's side ---- */

struct taking {
    int out_fd;
    size_t n, bytes, n_indexes; /* sent */
    pl_buf body, frame;
};

static pl_str clean(pl_str path)
{
    return pl_str_starts(path, PL_S("./")) ? pl_str_sub(path, 2, path.n) : path;
}

static bool is_blob(pl_str path)
{
    const size_t n = strlen(BLOBS);
    char digest[sizeof("sha256:") + PL_SHA256_HEX];

    (void)snprintf(digest, sizeof(digest), "sha256:%.*s", PL_F(pl_str_sub(path, n, path.n)));
    return path.n == n + PL_SHA256_HEX - 1 && pl_str_starts(path, PL_S(BLOBS)) &&
           pl_registry_is_digest(pl_str_c(digest));
}

static bool may_be_wanted(const pl_tar_entry *e)
{
    const pl_str path = clean(e->path);

    return e->type == PL_TAR_FILE && (pl_str_eq(path, PL_S("index.json")) || is_blob(path));
}

static pl_rc send_cut(const struct taking *t, const char *limit, pl_err *err)
{
    return pl_jail_send(t->out_fd, CUT, pl_str_c(limit), err);
}

/* A layer begins with something else. */
static bool is_object(pl_str s)
{
    while (s.n && strchr(" \t\r\n", s.p[0]))
        s = pl_str_sub(s, 1, s.n);
    return s.n && s.p[0] == '{';
}

static pl_rc read_body(struct taking *t, pl_tar *tar, const pl_tar_entry *e, pl_err *err)
{
    size_t n = 0;

    pl_buf_reset(&t->body);
    char *room = pl_buf_more(&t->body, (size_t)e->size);
    if (!room)
        return pl_fail(err, PL_NOMEM, "document");
    return pl_in_fill(pl_tar_data(tar), room, (size_t)e->size, &n, err);
}

/* The index may stand behind all others and says whether any is missed. */
static bool is_one_too_many(struct taking *t, const pl_tar_entry *e)
{
    if (!is_blob(clean(e->path)))
        return t->n_indexes++ > 0;
    t->bytes += t->body.n;
    return ++t->n >= PL_LAYOUT_DOCUMENTS || t->bytes > PL_LAYOUT_BYTES;
}

static pl_rc take(struct taking *t, pl_tar *tar, const pl_tar_entry *e, pl_err *err)
{
    if (!may_be_wanted(e) || e->is_hole || e->size == 0)
        return PL_OK;
    if (e->size > PL_REGISTRY_DOC_MAX)
        return is_blob(clean(e->path)) ? PL_OK : send_cut(t, "PL_REGISTRY_DOC_MAX", err);
    pl_buf_reset(&t->frame);
    pl_buf_lstr(&t->frame, clean(e->path));
    pl_rc rc = read_body(t, tar, e, err);
    if (rc || !is_object(pl_buf_view(&t->body)))
        return rc;
    if (is_one_too_many(t, e))
        return send_cut(t, "PL_LAYOUT_DOCUMENTS", err);
    pl_buf_lstr(&t->frame, pl_buf_view(&t->body));
    if (!pl_buf_ok(&t->frame))
        return pl_fail(err, PL_NOMEM, "document");
    return pl_jail_send(t->out_fd, DOCUMENT, pl_buf_view(&t->frame), err);
}

/* A large file ends the round: what follows it is found by its place, without reading it. */
static pl_rc take_some(struct taking *t, int fd, uint64_t *at, uint64_t end, bool *ret_end,
                       pl_err *err)
{
    pl_in_at in = pl_in_of_part(fd, *at, end - *at);
    PL_AUTO_TAR pl_tar *tar = pl_tar_new(&in.in);
    pl_tar_entry e;

    if (!tar)
        return pl_fail(err, PL_NOMEM, "archive");
    in.piece = TAR_BLOCK;
    for (;;) {
        pl_rc rc = pl_tar_next(tar, &e, ret_end, err);
        if (rc || *ret_end)
            return rc;
        const bool is_large = e.type == PL_TAR_FILE && !e.holes && e.size > PL_REGISTRY_DOC_MAX;
        const uint64_t data = in.at;
        rc = take(t, tar, &e, err);
        if (rc)
            return rc;
        if (!is_large)
            continue;
        if (e.size > end - data)
            return pl_fail(err, PL_FORMAT, "tar archive ends in the middle of a file");
        *at = data + e.size + (-e.size & (TAR_BLOCK - 1));
        *ret_end = *at >= end;
        return PL_OK;
    }
}

static pl_rc take_plain(struct taking *t, int fd, uint64_t end, pl_err *err)
{
    bool is_end = false;
    uint64_t at = 0;
    pl_rc rc = PL_OK;

    while (!rc && !is_end)
        rc = take_some(t, fd, &at, end, &is_end, err);
    return rc;
}

static pl_rc take_packed(struct taking *t, pl_in *in, pl_err *err)
{
    PL_AUTO_UNPACK pl_unpack *unpack = pl_unpack_new(in);
    PL_AUTO_TAR pl_tar *tar = unpack ? pl_tar_new(pl_unpack_in(unpack)) : NULL;
    pl_tar_entry e;
    bool is_end = false;
    pl_rc rc = tar ? PL_OK : pl_fail(err, PL_NOMEM, "archive");

    while (!rc && !is_end) {
        rc = pl_tar_next(tar, &e, &is_end, err);
        if (!rc && !is_end)
            rc = take(t, tar, &e, err);
    }
    return rc;
}

pl_rc pl_layout_worker(int in_fd, int out_fd, pl_str args, pl_err *err)
{
    struct taking t = {.out_fd = out_fd};
    pl_rd r = pl_rd_of(args.p, args.n);
    uint64_t size = pl_rd_u64le(&r);
    char head[TAR_BLOCK];
    size_t n = 0;

    if (!pl_rd_done(&r))
        return pl_fail(err, PL_USAGE, "layout worker: arguments");
    pl_in_at in = pl_in_of_part(in_fd, 0, size);
    pl_rc rc = pl_in_fill(&in.in, head, sizeof(head), &n, err);
    in.at = 0;
    if (!rc)
        rc = pl_unpack_is_packed((pl_str){head, n}) ? take_packed(&t, &in.in, err)
                                                    : take_plain(&t, in_fd, size, err);
    pl_buf_done(&t.body);
    pl_buf_done(&t.frame);
    return rc;
}

/* ---- the parent's side ---- */

static pl_rc keep(pl_layout_archive *to, pl_str payload, pl_err *err)
{
    pl_rd r = pl_rd_of(payload.p, payload.n);
    pl_layout_document d = {.name = pl_rd_lstr(&r)};

    d.text = pl_rd_lstr(&r);
    if (!pl_rd_done(&r) || to->n >= PL_LAYOUT_DOCUMENTS ||
        (!is_blob(d.name) && !pl_str_eq(d.name, PL_S("index.json"))))
        return pl_fail(err, PL_WORKER, "worker sent a malformed document");
    d.name = pl_arena_str(to->arena, d.name);
    d.text = pl_arena_str(to->arena, d.text);
    if (!d.name.p || !d.text.p)
        return pl_fail(err, PL_LIMIT, "documents of a layout do not fit their budget");
    to->items[to->n++] = d;
    return PL_OK;
}

static pl_rc take_frame(uint32_t type, pl_str payload, void *arg, pl_err *err)
{
    pl_layout_archive *to = arg;

    if (type == DOCUMENT)
        return keep(to, payload, err);
    if (type != CUT)
        return pl_fail(err, PL_WORKER, "worker sent another frame than asked for");
    to->cut = pl_str_eq(payload, PL_S("PL_REGISTRY_DOC_MAX")) ? "PL_REGISTRY_DOC_MAX"
                                                              : "PL_LAYOUT_DOCUMENTS";
    return PL_OK;
}

pl_rc pl_layout_archive_read(int fd, uint64_t size, pl_layout_archive *ret, pl_err *err)
{
    PL_AUTO_BUF pl_buf args = {0};

    *ret = (pl_layout_archive){.arena = pl_arena_new(PL_LAYOUT_BUDGET)};
    ret->items =
        ret->arena ? pl_arena_calloc(ret->arena, PL_LAYOUT_DOCUMENTS, sizeof(*ret->items)) : NULL;
    pl_buf_u64le(&args, size);
    if (!ret->items || !pl_buf_ok(&args))
        return pl_fail(err, PL_NOMEM, "documents of a layout");
    return pl_jail_run(&(pl_jail_job){.kind = PL_LAYOUT_WORKER,
                                      .args = pl_buf_view(&args),
                                      .in_fd = fd,
                                      .limits = &pl_jail_layers,
                                      .frame = take_frame,
                                      .frame_arg = ret},
                       err);
}

void pl_layout_archive_done(pl_layout_archive *l)
{
    pl_arena_free(l->arena);
    *l = (pl_layout_archive){0};
}

/* What is not among them may be among those that were cut. */
static pl_rc read_kept(void *arg, pl_str name, pl_buf *ret, pl_err *err)
{
    const pl_layout_archive *from = arg;

    for (size_t i = 0; i < from->n; i++) {
        if (!pl_str_eq(from->items[i].name, name))
            continue;
        pl_buf_str(ret, from->items[i].text);
        return pl_buf_ok(ret) ? PL_OK : pl_fail(err, PL_NOMEM, "document");
    }
    if (from->cut)
        return pl_fail(err, PL_LIMIT, "%.*s: not among the documents that were read (%s)",
                       PL_F(name), from->cut);
    return pl_fail(err, PL_NOTFOUND, "%.*s: there is none in the archive", PL_F(name));
}

pl_layout_documents pl_layout_documents_of_archive(const pl_layout_archive *l)
{
    return (pl_layout_documents){read_kept, (void *)l};
}
