/* SPDX-License-Identifier: Apache-2.0 */
#include "image/archive.h"

#include "image/blobs.h"
#include "image/js.h"
#include "image/limits.h"
#include "image/pick.h"
#include "image/unpack.h"

struct pl_archive {
    pl_layers *ls;
    pl_blobs blobs;
    bool is_rootfs;
    bool has_changes; /* of a container */
    pl_rc broken_rc;  /* PL_OK: it was read to its end */
    pl_str broken;    /* why it was not */
};

static pl_archive *new_archive(pl_layers *ls, pl_err *err)
{
    pl_archive *a = calloc(1, sizeof(*a));

    if (a && pl_blobs_init(&a->blobs, pl_layers_problems(ls)->arena, err) == PL_OK) {
        a->ls = ls;
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
    pl_tar_limit_holes(tar, pl_layers_holes(ls));
    pl_rc rc = read_entries(a, tar, err);
    if (!rc)
        rc = pl_in_drain(pl_unpack_in(unpack), err);
    if (rc && rc != PL_FORMAT && rc != PL_LIMIT)
        return rc;
    if (rc) {
        pl_problems_add(pl_layers_problems(ls), rc, PL_NO_LAYER, "%s", err ? err->text : "");
        a->broken_rc = rc;
        a->broken = pl_arena_str(pl_layers_problems(ls)->arena, pl_str_c(err ? err->text : "?"));
    }
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

static pl_rc pick_archive(pl_archive *a, pl_str select, pl_parts *ret, pl_err *err)
{
    struct pl_pick p = {
        .blobs = &a->blobs, .ls = a->ls, .select = select, .has_changes = a->has_changes};
    if (pl_blobs_find(&a->blobs, PL_S("manifest.json")))
        return pl_pick_docker(&p, ret, err);
    if (pl_blobs_find(&a->blobs, PL_S("index.json")))
        return pl_pick_oci(&p, ret, err);
    if (pl_blobs_find(&a->blobs, PL_S("repositories")))
        return pl_pick_v1(&p, ret, err);
    return pl_fail(err, PL_FORMAT,
                   "is no image archive: it has neither manifest.json nor index.json (a root "
                   "file system is scanned as a folder)");
}

pl_rc pl_archive_pick(pl_archive *a, pl_str select, pl_parts *ret, pl_err *err)
{
    pl_rc rc = a->is_rootfs ? pick_rootfs(a, ret, err) : pick_archive(a, select, ret, err);

    if (rc && a->broken_rc == PL_LIMIT)
        return pl_fail(err, PL_LIMIT, "%.*s", PL_F(pl_str_sub(a->broken, 0, 300)));
    if (rc && a->broken_rc)
        return pl_wrap(err, rc, "broken archive (%.*s)", PL_F(pl_str_sub(a->broken, 0, 200)));
    return rc;
}
