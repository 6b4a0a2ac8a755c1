/* SPDX-License-Identifier: Apache-2.0 */
#include "image/archive.h"

#include "core/rd.h"
#include "core/sha_side.h"
#include "image/blobs.h"
#include "image/js.h"
#include "image/limits.h"
#include "image/packed.h"
#include "image/pick.h"
#include "image/unpack.h"

enum { TAR_BLOCK = 512 };

struct pl_archive {
    pl_layers *ls;
    pl_blobs blobs;
    bool is_rootfs;
    bool has_changes;    /* of a container */
    bool is_kept;        /* only documents */
    uint64_t holes_left; /* of the archive itself */
    size_t *planned;     /* owned; by number in the plan: the blob */
    size_t n_planned;
    pl_rc broken_rc; /* PL_OK: it was read to its end */
    pl_str broken;   /* why it was not */
};

static pl_archive *new_archive(pl_layers *ls, pl_err *err)
{
    pl_archive *a = calloc(1, sizeof(*a));

    if (a && pl_blobs_init(&a->blobs, pl_layers_problems(ls)->arena, err) == PL_OK) {
        a->ls = ls;
        a->holes_left = PL_TAR_HOLES_MAX;
        return a;
    }
    (void)pl_fail(err, PL_NOMEM, "archive");
    free(a);
    return NULL;
}

void pl_archive_free(pl_archive *a)
{
    if (!a)
        return;
    pl_blobs_done(&a->blobs);
    free(a->planned);
    free(a);
}

static pl_rc read_entries(pl_archive *a, pl_tar *tar, pl_err *err)
{
    for (;;) {
        pl_tar_entry e;
        bool is_end = false;
        pl_rc rc = pl_tar_next(tar, &e, &is_end, err);
        if (rc || is_end)
            return rc;
        rc = pl_blobs_add(&a->blobs, a->ls, &e, pl_tar_data(tar), err);
        if (rc)
            return rc;
    }
}

static void note_broken(pl_archive *a, pl_rc rc, const pl_err *err)
{
    pl_problems *to = pl_layers_problems(a->ls);

    pl_problems_add(to, rc, PL_NO_LAYER, "%s", err ? err->text : "");
    a->broken_rc = rc;
    a->broken = pl_arena_str(to->arena, pl_str_c(err ? err->text : "?"));
}

/*
 * A cut archive is read as far as it goes: when the manifest stood before the cut, all that the
 * manifest does not find is named one by one.
 */
pl_rc pl_archive_read(pl_layers *ls, pl_in *in, pl_archive **ret, pl_err *err)
{
    PL_AUTO_ARCHIVE pl_archive *a = new_archive(ls, err);
    PL_AUTO_UNPACK pl_unpack *unpack = pl_unpack_new(in);
    PL_AUTO_TAR pl_tar *tar = unpack ? pl_tar_new(pl_unpack_in(unpack)) : NULL;

    if (!a || !tar)
        return pl_fail(err, PL_NOMEM, "archive");
    pl_tar_limit_holes(tar, &a->holes_left);
    pl_rc rc = read_entries(a, tar, err);
    if (!rc)
        rc = pl_in_drain(pl_unpack_in(unpack), err);
    if (rc && rc != PL_FORMAT && rc != PL_LIMIT)
        return rc;
    if (rc)
        note_broken(a, rc, err);
    *ret = PL_TAKE(a, NULL);
    return PL_OK;
}

/* ---- without the layers ---- */

static bool is_left_unread(const pl_archive *a)
{
    const pl_blob *last = a->blobs.n ? &a->blobs.items[a->blobs.n - 1] : NULL;
    return last && last->kind == PL_BLOB_LAYER && last->layer == PL_BLOB_UNREAD &&
           last->at == a->blobs.at;
}

/* Up to a layer that is left unread, where *at moves behind it, or to the end. */
static pl_rc index_some(pl_archive *a, int fd, uint64_t *at, uint64_t size, bool *ret_end,
                        pl_err *err)
{
    pl_in_at in = pl_in_of_part(fd, *at, size - *at);
    PL_AUTO_TAR pl_tar *tar = pl_tar_new(&in.in);
    pl_tar_entry e;

    if (!tar)
        return pl_fail(err, PL_NOMEM, "archive");
    in.piece = TAR_BLOCK;
    pl_tar_limit_holes(tar, &a->holes_left);
    for (;;) {
        pl_rc rc = pl_tar_next(tar, &e, ret_end, err);
        if (rc || *ret_end)
            return rc;
        a->blobs.at = in.at;
        rc = pl_blobs_add(&a->blobs, a->ls, &e, pl_tar_data(tar), err);
        if (rc)
            return rc;
        if (!is_left_unread(a))
            continue;
        if (e.size > size - a->blobs.at)
            return pl_fail(err, PL_FORMAT, "tar archive ends in the middle of a file");
        *at = a->blobs.at + e.size + (-e.size & (TAR_BLOCK - 1));
        *ret_end = *at >= size;
        return PL_OK;
    }
}

/* A reader that takes one block at a time leaves the place where an entry's data begin. */
pl_rc pl_archive_index(pl_layers *ls, int fd, uint64_t size, pl_archive **ret, pl_err *err)
{
    PL_AUTO_ARCHIVE pl_archive *a = new_archive(ls, err);
    bool is_end = false;
    uint64_t at = 0;
    pl_rc rc = PL_OK;

    if (!a)
        return PL_NOMEM;
    a->blobs.is_index = true;
    while (!rc && !is_end)
        rc = index_some(a, fd, &at, size, &is_end, err);
    if (rc && rc != PL_FORMAT && rc != PL_LIMIT)
        return rc;
    if (rc)
        note_broken(a, rc, err);
    *ret = PL_TAKE(a, NULL);
    return PL_OK;
}

pl_rc pl_archive_ask(pl_layers *ls, const pl_blob_source *source, pl_archive **ret, pl_err *err)
{
    pl_archive *a = new_archive(ls, err);

    if (!a)
        return PL_NOMEM;
    a->blobs.source = source;
    *ret = a;
    return PL_OK;
}

/* ---- the documents alone ---- */

/* No link led to what the image was picked by, and whether all layers are named by their digests.
 * Podman's archives have links for readers of old that nobody follows. */
static bool look_at_names(const pl_archive *a, bool *ret_promised)
{
    PL_AUTO_BUF pl_buf path = {0};

    *ret_promised = true;
    for (size_t i = 0; i < a->blobs.n; i++) {
        const pl_blob *b = &a->blobs.items[i];
        if (b->kind == PL_BLOB_LINK && b->is_followed)
            return false;
        if (b->kind != PL_BLOB_LAYER)
            continue;
        pl_buf_reset(&path);
        pl_paths_print(a->blobs.paths, b->node, &path);
        *ret_promised &= pl_str_starts(pl_buf_view(&path), PL_S("/blobs/sha256/"));
    }
    return true;
}

static bool is_complete(pl_archive *a, const pl_layers *ls, const pl_parts *parts)
{
    bool is_promised = false;

    if (a->broken_rc || parts->n_images != 1 || !parts->config ||
        (!pl_blobs_find(&a->blobs, PL_S("manifest.json")) &&
         !pl_blobs_find(&a->blobs, PL_S("index.json"))))
        return false;
    if (!look_at_names(a, &is_promised))
        return false;
    for (size_t i = 0; i < parts->n_layers; i++) {
        const pl_image_layer *l = &parts->layers[i];
        if (l->layer < 0 || !pl_layers_is_whole(ls, (size_t)l->layer) ||
            (!is_promised && !pl_str_eq(l->blob, l->diff_id)))
            return false;
    }
    return true;
}

/* Those that nobody parsed say nothing of the image. */
bool pl_archive_keep(pl_archive *a, const pl_layers *ls, const pl_parts *parts, pl_buf *out)
{
    PL_AUTO_BUF pl_buf path = {0};

    if (!is_complete(a, ls, parts))
        return false;
    for (size_t i = 0; i < a->blobs.n; i++) {
        const pl_blob *b = &a->blobs.items[i];
        if (!b->json)
            continue;
        pl_buf_reset(&path);
        pl_paths_print(a->blobs.paths, b->node, &path);
        pl_buf_lstr(out, pl_str_sub(pl_buf_view(&path), 1, path.n));
        pl_buf_lstr(out, b->text);
    }
    return pl_buf_ok(out) && out->n <= PL_IMAGE_KEPT_MAX;
}

pl_rc pl_archive_kept(pl_layers *ls, pl_str bytes, const pl_blob_source *source, pl_archive **ret,
                      pl_err *err)
{
    PL_AUTO_ARCHIVE pl_archive *a = new_archive(ls, err);
    pl_rd r = pl_rd_of(bytes.p, bytes.n);

    if (!a)
        return PL_NOMEM;
    while (!pl_rd_done(&r)) {
        pl_str name = pl_rd_lstr(&r);
        pl_str text = pl_rd_lstr(&r);
        if (!pl_rd_ok(&r))
            return pl_fail(err, PL_FORMAT, "kept documents are cut");
        pl_rc rc = pl_blobs_add_document(&a->blobs, name, text, err);
        if (rc)
            return rc;
    }
    a->is_kept = true;
    a->blobs.source = source;
    *ret = PL_TAKE(a, NULL);
    return PL_OK;
}

pl_rc pl_archive_read_rootfs(pl_layers *ls, pl_in *in, pl_archive **ret, pl_err *err)
{
    PL_AUTO_ARCHIVE pl_archive *a = new_archive(ls, err);

    if (!a)
        return pl_fail(err, PL_NOMEM, "archive");
    pl_rc rc = pl_layers_read(ls, PL_S("root file system"), in, err);
    if (rc)
        return rc;
    const pl_layer *l = pl_layers_at(ls, 0);
    if (l->n == 0 && !l->is_damaged && !l->unread)
        return pl_fail(
            err, PL_FORMAT,
            "there is nothing in it: neither a root file system nor an image; what files "
            "declare is scanned as declared:FILE");
    a->is_rootfs = true;
    *ret = PL_TAKE(a, NULL);
    return PL_OK;
}

void pl_archive_of_store(pl_archive *a)
{
    json_t *lines = NULL;

    if (pl_blobs_json(&a->blobs, PL_S(PL_STORE_PROBLEMS), &lines, NULL, NULL))
        return;
    for (size_t i = 0; i < json_array_size(lines); i++)
        pl_problems_add(pl_layers_problems(a->ls), PL_FORMAT, PL_NO_LAYER, "%.*s",
                        PL_F(pl_js_text(json_array_get(lines, i))));
}

void pl_archive_of_container(pl_archive *a)
{
    a->has_changes = true;
}

static pl_rc pick_rootfs(pl_archive *a, pl_parts *ret, pl_err *err)
{
    pl_image_layer *layer = PL_NEW(a->blobs.arena, pl_image_layer);

    if (!layer)
        return pl_fail(err, PL_LIMIT, "image takes too much memory");
    struct pl_pick p = {.blobs = &a->blobs, .ls = a->ls};
    layer->diff_id = pl_pick_digest(&p, pl_layers_at(a->ls, 0)->diff_id);
    layer->blob = layer->diff_id;
    layer->layer = pl_layers_at(a->ls, 0)->is_damaged ? -1 : 0;
    layer->found = 0;
    layer->why = pl_layers_at(a->ls, 0)->why;
    *ret = (pl_parts){.format = "rootfs", .layers = layer, .n_layers = 1, .n_images = 1};
    return PL_OK;
}

static pl_rc pick_archive(pl_archive *a, pl_str select, pl_plan *plan, pl_parts *ret, pl_err *err)
{
    struct pl_pick p = {.blobs = &a->blobs,
                        .ls = a->ls,
                        .select = select,
                        .has_changes = a->has_changes,
                        .is_kept = a->is_kept,
                        .plan = plan};
    if (pl_blobs_find(&a->blobs, PL_S("manifest.json")))
        return pl_pick_docker(&p, ret, err);
    if (pl_blobs_find(&a->blobs, PL_S("index.json")))
        return pl_pick_oci(&p, ret, err);
    if (pl_blobs_find(&a->blobs, PL_S("repositories")))
        return pl_pick_v1(&p, ret, err);
    return pl_fail(
        err, PL_FORMAT,
        "is no image archive: it has neither manifest.json nor index.json (a root "
        "file system, as docker export writes one, is unpacked and its folder scanned; what a "
        "file declares is scanned as declared:FILE, a bill of materials as JSON, also in gzip or "
        "xz)");
}

static pl_rc blame_the_archive(const pl_archive *a, pl_rc rc, pl_err *err)
{
    if (rc && a->broken_rc == PL_LIMIT)
        return pl_fail(err, PL_LIMIT, "%.*s", PL_F(pl_str_sub(a->broken, 0, 300)));
    if (rc && a->broken_rc)
        return pl_wrap(err, rc, "broken archive (%.*s)", PL_F(pl_str_sub(a->broken, 0, 200)));
    return rc;
}

pl_rc pl_archive_plan(pl_archive *a, pl_str select, pl_plan *ret, pl_err *err)
{
    pl_parts parts;
    pl_rc rc = pick_archive(a, select, ret, &parts, err);

    if (rc)
        return blame_the_archive(a, rc, err);
    a->planned = calloc(ret->n ? ret->n : 1, sizeof(*a->planned));
    if (!a->planned)
        return pl_fail(err, PL_NOMEM, "archive");
    a->n_planned = ret->n;
    for (size_t i = 0; i < a->blobs.n; i++)
        if (a->blobs.items[i].plan)
            a->planned[a->blobs.items[i].plan - 1] = i;
    return PL_OK;
}

static void add_text(pl_sha_side *h, pl_str s)
{
    const uint64_t n = s.n;

    pl_sha_side_add(h, (pl_str){(const char *)&n, sizeof(n)});
    pl_sha_side_add(h, s);
}

static void add_blob(pl_sha_side *h, const pl_archive *a, const pl_blob *b, pl_buf *path)
{
    const uint64_t numbers[] = {(uint64_t)b->kind, b->is_too_large, b->at, b->n, b->plan};

    pl_buf_reset(path);
    pl_paths_print(a->blobs.paths, b->node, path);
    pl_buf_ch(path, '\0');
    if (b->kind == PL_BLOB_LINK)
        pl_paths_print(a->blobs.paths, b->target, path);
    add_text(h, pl_buf_view(path));
    pl_sha_side_add(h, (pl_str){(const char *)numbers, sizeof(numbers)});
    add_text(h, pl_str_c(b->sha256));
}

bool pl_archive_identity(pl_archive *a, unsigned char ret[PL_SHA256])
{
    const pl_problems *problems = pl_layers_problems(a->ls);
    PL_AUTO_SHA_SIDE pl_sha_side *h = pl_sha_side_new();
    PL_AUTO_BUF pl_buf path = {0};

    if (!h || a->broken_rc || pl_layers_count(a->ls))
        return false;
    for (size_t i = 0; i < a->blobs.n; i++)
        add_blob(h, a, &a->blobs.items[i], &path);
    for (size_t i = 0; i < problems->n; i++)
        add_text(h, problems->items[i].text);
    pl_sha_side_end(h, ret);
    return pl_buf_ok(&path);
}

size_t pl_archive_parts(const pl_archive *a)
{
    return a->blobs.n;
}

void pl_archive_took(pl_archive *a, size_t i, long layer)
{
    if (layer >= 0)
        a->blobs.items[a->planned[i]].layer = (size_t)layer;
}

pl_str pl_archive_name(pl_archive *a, size_t i, pl_buf *ret)
{
    pl_buf_reset(ret);
    pl_paths_print(a->blobs.paths, a->blobs.items[a->planned[i]].node, ret);
    return pl_str_sub(pl_buf_view(ret), 1, ret->n);
}

pl_rc pl_archive_pick(pl_archive *a, pl_str select, pl_parts *ret, pl_err *err)
{
    return a->is_rootfs ? pick_rootfs(a, ret, err)
                        : blame_the_archive(a, pick_archive(a, select, NULL, ret, err), err);
}
