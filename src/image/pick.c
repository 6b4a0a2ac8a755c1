/* SPDX-License-Identifier: Apache-2.0 */
#include "image/pick.h"

#include "image/js.h"
#include "image/limits.h"

#include <string.h>

static pl_rc too_much(pl_err *err)
{
    return pl_fail(err, PL_LIMIT, "image takes too much memory");
}

static bool is_sha256(pl_str hex)
{
    unsigned char raw[PL_SHA256];
    return pl_unhex(hex, raw, sizeof(raw));
}

static pl_str join(pl_arena *a, pl_str one, pl_str two)
{
    char *p = pl_arena_calloc(a, one.n + two.n, 1);
    if (!p)
        return (pl_str){"", 0};
    memcpy(p, one.p, one.n);
    memcpy(p + one.n, two.p, two.n);
    return (pl_str){p, one.n + two.n};
}

pl_str pl_pick_digest(struct pl_pick *p, const char *hex)
{
    return join(p->blobs->arena, PL_S("sha256:"), pl_str_c(hex));
}

pl_str pl_pick_blob_name(struct pl_pick *p, pl_str digest)
{
    pl_str hex = pl_str_sub(digest, 7, digest.n);

    if (!pl_str_starts(digest, PL_S("sha256:")) || !is_sha256(hex))
        return (pl_str){"", 0};
    return join(p->blobs->arena, PL_S("blobs/sha256/"), hex);
}

pl_str pl_pick_promise(struct pl_pick *p, pl_str name)
{
    pl_str hex = {"", 0};

    if (pl_str_starts(name, PL_S("blobs/sha256/")))
        hex = pl_str_sub(name, 13, name.n);
    else if (pl_str_ends(name, PL_S(".json")))
        hex = pl_str_sub(name, 0, name.n - 5);
    return is_sha256(hex) ? join(p->blobs->arena, PL_S("sha256:"), hex) : (pl_str){"", 0};
}

pl_rc pl_pick_config(struct pl_pick *p, pl_str name, pl_str digest, pl_parts *ret, pl_err *err)
{
    pl_blob *blob = NULL;

    if (name.n == 0)
        return pl_fail(err, PL_FORMAT, "manifest names no image config");
    pl_rc rc = pl_blobs_json(p->blobs, name, &ret->config, &blob, err);

    if (rc)
        return pl_wrap(err, rc, "image config");
    ret->config_digest = pl_pick_digest(p, blob->sha256);
    if (digest.n && !pl_str_eq(digest, ret->config_digest))
        return pl_fail(err, PL_FORMAT, "image config %.*s: its bytes have the digest %.*s",
                       PL_F(pl_str_sub(digest, 0, 100)), PL_F(ret->config_digest));
    if (!json_is_object(ret->config))
        return pl_fail(err, PL_FORMAT, "image config %.*s: is not a JSON object",
                       PL_F(ret->config_digest));
    return PL_OK;
}

pl_rc pl_pick_diff_ids(struct pl_pick *p, size_t n, pl_parts *ret, pl_err *err)
{
    const json_t *ids = json_object_get(json_object_get(ret->config, "rootfs"), "diff_ids");

    if (n > PL_IMAGE_LAYERS_MAX)
        return pl_fail(err, PL_LIMIT,
                       "image has %zu layers; at most %d are read (PL_IMAGE_LAYERS_MAX)", n,
                       PL_IMAGE_LAYERS_MAX);
    if (json_array_size(ids) != n)
        return pl_fail(err, PL_FORMAT, "manifest names %zu layers, the config %zu", n,
                       json_array_size(ids));
    ret->layers = pl_arena_calloc(p->blobs->arena, n + 1, sizeof(*ret->layers));
    if (!ret->layers)
        return too_much(err);
    ret->n_layers = n;
    for (size_t i = 0; i < n; i++) {
        ret->layers[i].layer = ret->layers[i].found = -1;
        ret->layers[i].diff_id = pl_js_text(json_array_get(ids, i));
    }
    return PL_OK;
}

static void complain(struct pl_pick *p, const pl_image_layer *l, pl_str name, const char *what,
                     pl_str found)
{
    pl_problems_add(pl_layers_problems(p->ls), PL_FORMAT, PL_NO_LAYER, "layer %.*s (%.*s): %s%.*s",
                    PL_F(pl_str_sub(l->diff_id, 0, 80)), PL_F(pl_str_sub(name, 0, 100)), what,
                    PL_F(found));
}

/* A layer that two places of the image name is read once. */
static void plan_layer(struct pl_pick *p, pl_blob *blob, pl_str diff_id, pl_str name, pl_str digest)
{
    if (!blob || blob->kind != PL_BLOB_LAYER || blob->layer != PL_BLOB_UNREAD || blob->plan)
        return;
    /* One that leads out of the source is in none, and is told as such. */
    if (p->blobs->source && !pl_plan_is_name(name))
        return;
    pl_plan_layer l = {
        .name = p->blobs->source ? name : (pl_str){"", 0}, .at = blob->at, .n = blob->n};
    l.has_diff_id = pl_plan_digest(diff_id, l.diff_id);
    l.has_blob = pl_plan_digest(digest, l.blob);
    if (pl_plan_add(p->plan, &l))
        blob->plan = p->plan->n;
}

void pl_pick_layer(struct pl_pick *p, size_t i, pl_str name, pl_str digest, pl_parts *ret)
{
    pl_image_layer *to = &ret->layers[i];
    pl_blob *blob = pl_blobs_layer(p->blobs, name);
    const pl_str nothing = {"", 0};

    to->blob = digest;
    to->why = PL_FORMAT;
    if (p->plan) {
        pl_str promised = digest.n ? digest : pl_pick_promise(p, name);
        plan_layer(p, blob, to->diff_id, name, promised.n || !p->is_kept ? promised : to->diff_id);
        return;
    }
    if (blob && blob->layer == PL_BLOB_UNREAD)
        blob = NULL;
    if (!blob || blob->kind != PL_BLOB_LAYER) {
        complain(p, to, name, blob ? "is not a layer" : "is not in the archive", nothing);
        return;
    }
    const pl_layer *l = pl_layers_at(p->ls, blob->layer);
    pl_str is_blob = pl_pick_digest(p, l->blob);
    pl_str is_diff = pl_pick_digest(p, l->diff_id);
    to->found = (long)blob->layer;
    /* One whose reader failed has no digests. */
    if (l->is_damaged && !l->blob[0]) {
        to->why = l->why;
        return;
    }
    if (digest.n && !pl_str_eq(digest, is_blob))
        complain(p, to, name, "its bytes have the digest ", is_blob);
    else if (l->is_damaged)
        to->why = l->why; /* told when it was read */
    else if (!pl_str_eq(to->diff_id, is_diff))
        complain(p, to, name, "its files have the digest ", is_diff);
    else
        to->layer = to->found;
    to->blob = is_blob;
}

void pl_pick_unpromised(struct pl_pick *p, pl_str name, pl_parts *ret)
{
    pl_image_layer *to = &ret->layers[ret->n_layers];
    const pl_blob *blob = pl_blobs_layer(p->blobs, name);

    *to = (pl_image_layer){.layer = -1, .found = -1};
    if (blob && blob->kind == PL_BLOB_LAYER && blob->layer != PL_BLOB_UNREAD)
        to->diff_id = pl_pick_digest(p, pl_layers_at(p->ls, blob->layer)->diff_id);
    pl_pick_layer(p, ret->n_layers++, name, (pl_str){"", 0}, ret);
}

/* ---- docker save ---- */

static bool has_tag(const json_t *image, pl_str tag)
{
    const json_t *tags = json_object_get(image, "RepoTags");

    for (size_t i = 0; i < json_array_size(tags); i++)
        if (pl_str_eq(pl_js_text(json_array_get(tags, i)), tag))
            return true;
    return false;
}

static bool is_selected(struct pl_pick *p, const json_t *image)
{
    return p->select.n == 0 || has_tag(image, p->select) ||
           pl_str_eq(pl_pick_promise(p, pl_js_str(image, "Config")), p->select);
}

static pl_rc take_tags(struct pl_pick *p, const json_t *tags, pl_parts *ret, pl_err *err)
{
    size_t n = json_array_size(tags);
    pl_str *list = pl_arena_calloc(p->blobs->arena, n ? n : 1, sizeof(*list));

    if (!list)
        return too_much(err);
    for (size_t i = 0; i < n; i++)
        list[i] = pl_js_text(json_array_get(tags, i));
    ret->tags = list;
    ret->n_tags = n;
    return PL_OK;
}

static pl_rc join_docker(struct pl_pick *p, const json_t *image, pl_parts *ret, pl_err *err)
{
    const json_t *layers = json_object_get(image, "Layers");
    size_t n = json_array_size(layers);
    bool has_changes = p->has_changes && n;
    pl_str config = pl_js_str(image, "Config");
    pl_rc rc = pl_pick_config(p, config, pl_pick_promise(p, config), ret, err);

    if (!rc)
        rc = take_tags(p, json_object_get(image, "RepoTags"), ret, err);
    if (!rc)
        rc = pl_pick_diff_ids(p, n - has_changes, ret, err);
    for (size_t i = 0; !rc && i < n - has_changes; i++) {
        pl_str name = pl_js_text(json_array_get(layers, i));
        pl_pick_layer(p, i, name, pl_pick_promise(p, name), ret);
    }
    if (!rc && has_changes)
        pl_pick_unpromised(p, pl_js_text(json_array_get(layers, n - 1)), ret);
    ret->has_changes = has_changes;
    if (!rc)
        pl_pick_manifest(p, ret);
    return rc;
}

void pl_pick_tell_others(struct pl_pick *p)
{
    if (!p->n_others || p->select.n || p->plan)
        return;
    pl_problems_add(pl_layers_problems(p->ls), PL_UNSUPPORTED, PL_NO_LAYER,
                    "is one of %zu images there; the others, as %.*s, are not read: --image says "
                    "which one",
                    p->n_others + 1, PL_F(pl_str_sub(p->other, 0, 200)));
}

static void count_others(struct pl_pick *p, const json_t *list)
{
    const pl_str taken = pl_js_str(json_array_get(list, 0), "Config");

    for (size_t i = 1; i < json_array_size(list); i++) {
        const json_t *image = json_array_get(list, i);
        const pl_str config = pl_js_str(image, "Config");
        const pl_str tag = pl_js_text(json_array_get(json_object_get(image, "RepoTags"), 0));
        if (!config.n || pl_str_eq(config, taken))
            continue;
        if (!p->n_others++)
            p->other = tag.n ? tag : pl_pick_promise(p, config);
    }
    pl_pick_tell_others(p);
}

pl_rc pl_pick_docker(struct pl_pick *p, pl_parts *ret, pl_err *err)
{
    json_t *list = NULL;
    pl_rc rc = pl_blobs_json(p->blobs, PL_S("manifest.json"), &list, NULL, err);

    if (rc)
        return rc;
    size_t n = json_array_size(list);
    *ret = (pl_parts){.format = "docker-archive", .n_images = n};
    count_others(p, list);
    for (size_t i = 0; i < n; i++)
        if (is_selected(p, json_array_get(list, i)))
            return join_docker(p, json_array_get(list, i), ret, err);
    if (n)
        return pl_fail(err, PL_NOTFOUND, "the archive holds %zu images, but not %.*s", n,
                       PL_F(pl_str_sub(p->select, 0, 200)));
    return pl_fail(err, PL_FORMAT, "manifest.json names no image");
}
