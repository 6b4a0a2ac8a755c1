/* SPDX-License-Identifier: Apache-2.0 */
#include "image/js.h"
#include "image/limits.h"
#include "image/pick.h"

enum { INDEX_DEPTH = 4 };

#if defined(__x86_64__)
static const char *const this_machine = "amd64";
#elif defined(__aarch64__)
static const char *const this_machine = "arm64";
#else
static const char *const this_machine = "";
#endif

/* A manifest that an index leads to, and how well it fits what was asked for. */
struct candidate {
    const json_t *descriptor;
    pl_str name; /* org.opencontainers.image.ref.name, of it or of the index above it */
    int rank;    /* 0: not asked for */
};

static pl_str ref_name(const json_t *descriptor)
{
    const json_t *notes = json_object_get(descriptor, "annotations");
    pl_str full = pl_js_str(notes, "io.containerd.image.name");

    return full.n ? full : pl_js_str(notes, "org.opencontainers.image.ref.name");
}

static bool is_attestation(const json_t *descriptor)
{
    const json_t *notes = json_object_get(descriptor, "annotations");
    const json_t *platform = json_object_get(descriptor, "platform");

    return pl_str_eq(pl_js_str(notes, "vnd.docker.reference.type"), PL_S("attestation-manifest")) ||
           pl_str_eq(pl_js_str(platform, "os"), PL_S("unknown"));
}

static bool is_index(const json_t *doc)
{
    return json_is_array(json_object_get(doc, "manifests"));
}

/* "linux/arm64" or "linux/arm/v7" */
static bool is_platform(const json_t *descriptor, pl_str want)
{
    const json_t *platform = json_object_get(descriptor, "platform");
    pl_str os;
    pl_str machine;

    if (!pl_str_cut(&want, '/', &os) || !pl_str_cut(&want, '/', &machine))
        return false;
    return pl_str_eq(os, pl_js_str(platform, "os")) &&
           pl_str_eq(machine, pl_js_str(platform, "architecture")) &&
           (want.n == 0 || pl_str_eq(want, pl_js_str(platform, "variant")));
}

/* Name and tag, whichever of them the layout's author wrote into the annotation. */
static bool is_named(pl_str name, pl_str want)
{
    return pl_str_eq(name, want) || (name.n && want.n > name.n && pl_str_ends(want, name) &&
                                     want.p[want.n - name.n - 1] == ':');
}

static int rank(const struct pl_pick *p, const json_t *descriptor, pl_str name, const json_t *doc)
{
    if (p->config.n)
        return pl_str_eq(p->config, pl_js_str(json_object_get(doc, "config"), "digest"));

    const json_t *platform = json_object_get(descriptor, "platform");
    bool is_ours = pl_str_eq(pl_js_str(platform, "os"), PL_S("linux")) &&
                   pl_str_eq(pl_js_str(platform, "architecture"), pl_str_c(this_machine));

    if (p->select.n && !is_named(name, p->select) && !is_platform(descriptor, p->select) &&
        !pl_str_eq(p->select, pl_js_str(descriptor, "digest")))
        return 0;
    return is_ours ? 3 : platform ? 1 : 2;
}

static pl_rc read_manifest(struct pl_pick *p, pl_str digest, json_t **ret, pl_err *err)
{
    pl_blob *blob = NULL;
    pl_str name = pl_pick_blob_name(p, digest);

    if (name.n == 0)
        return pl_fail(err, PL_UNSUPPORTED, "manifest digest \"%.*s\" is not sha256",
                       PL_F(pl_str_sub(digest, 0, 100)));
    pl_rc rc = pl_blobs_json(p->blobs, name, ret, &blob, err);
    if (rc)
        return pl_wrap(err, rc, "manifest");
    if (!pl_str_eq(pl_pick_digest(p, blob->sha256), digest))
        return pl_fail(err, PL_FORMAT, "manifest %.*s: its bytes have the digest sha256:%s",
                       PL_F(digest), blob->sha256);
    return PL_OK;
}

static void search(struct pl_pick *p, const json_t *index, pl_str above, int depth,
                   struct candidate *best, size_t *n);

/* Signatures and charts lie in layouts under manifests, too. */
static bool is_image(const json_t *manifest)
{
    const pl_str config = pl_js_str(json_object_get(manifest, "config"), "mediaType");
    const json_t *layers = json_object_get(manifest, "layers");

    for (size_t i = 0; i < json_array_size(layers); i++)
        if (!pl_str_has(pl_js_str(json_array_get(layers, i), "mediaType"), PL_S("tar")))
            return false;
    return !json_object_get(manifest, "subject") && json_array_size(layers) &&
           (pl_str_starts(config, PL_S("application/vnd.oci.image.config.")) ||
            pl_str_starts(config, PL_S("application/vnd.docker.container.image.")));
}

/* An image of its own that fits as well as the one that was taken; other platforms of that one, and
 * other names for it, are none. */
static bool is_other(const struct candidate *taken, const struct candidate *c, const json_t *doc)
{
    const bool has_platform = json_object_get(c->descriptor, "platform");

    return c->rank == taken->rank && is_image(doc) &&
           !pl_str_eq(pl_js_str(c->descriptor, "digest"), pl_js_str(taken->descriptor, "digest")) &&
           !(has_platform && pl_str_eq(c->name, taken->name));
}

/* An index below an index is looked into; one that is not in the archive is no candidate. */
static void consider(struct pl_pick *p, const json_t *descriptor, pl_str above, int depth,
                     struct candidate *best, size_t *n)
{
    json_t *doc = NULL;
    pl_str name = ref_name(descriptor);

    if (!json_is_object(descriptor) || is_attestation(descriptor) ||
        p->visited++ >= PL_IMAGE_BLOBS_MAX)
        return;
    if (name.n == 0)
        name = above;
    if (read_manifest(p, pl_js_str(descriptor, "digest"), &doc, NULL))
        doc = NULL; /* told when it is the one that is wanted */
    if (is_index(doc)) {
        search(p, doc, name, depth + 1, best, n);
        return;
    }
    ++*n;
    struct candidate c = {descriptor, name, rank(p, descriptor, name, doc)};
    if (c.rank > best->rank)
        *best = c;
    if (p->taken && is_other(p->taken, &c, doc) && !p->n_others++)
        p->other = name.n ? name : pl_js_str(descriptor, "digest");
}

static void search(struct pl_pick *p, const json_t *index, pl_str above, int depth,
                   struct candidate *best, size_t *n)
{
    const json_t *list = json_object_get(index, "manifests");

    for (size_t i = 0; depth < INDEX_DEPTH && i < json_array_size(list); i++)
        consider(p, json_array_get(list, i), above, depth, best, n);
}

/* ---- layers that are not plain bytes of this image ---- */

static void complain(struct pl_pick *p, const pl_image_layer *l, pl_str digest, const char *what,
                     pl_str media)
{
    pl_problems_add(pl_layers_problems(p->ls), PL_UNSUPPORTED, PL_NO_LAYER,
                    "layer %.*s (%.*s): %s (media type %.*s)", PL_F(pl_str_sub(l->diff_id, 0, 80)),
                    PL_F(pl_str_sub(digest, 0, 80)), what, PL_F(pl_str_sub(media, 0, 100)));
}

/* ocicrypt's layers: without the key there is nothing to read. */
static bool is_encrypted(pl_str media)
{
    return pl_str_ends(media, PL_S("+encrypted"));
}

/* Layers that their makers did not let anybody copy: they may lie at other addresses alone. */
static bool is_foreign(pl_str media)
{
    return pl_str_has(media, PL_S(".nondistributable.")) || pl_str_has(media, PL_S(".foreign."));
}

static void pick_described(struct pl_pick *p, size_t i, const json_t *descriptor, pl_parts *ret)
{
    pl_image_layer *to = &ret->layers[i];
    pl_str digest = pl_js_str(descriptor, "digest");
    pl_str media = pl_js_str(descriptor, "mediaType");

    if (is_encrypted(media)) {
        to->blob = digest;
        to->why = PL_UNSUPPORTED;
        if (!p->plan)
            complain(p, to, digest, "is encrypted, its files are not known", media);
        return;
    }
    pl_pick_layer(p, i, pl_pick_blob_name(p, digest), digest, ret);
    if (!p->plan && to->layer < 0 && is_foreign(media))
        complain(p, to, digest, "is one that need not be stored with the image", media);
}

static pl_rc join_oci(struct pl_pick *p, const struct candidate *c, pl_parts *ret, pl_err *err)
{
    json_t *manifest = NULL;

    ret->manifest_digest = pl_js_str(c->descriptor, "digest");
    pl_rc rc = read_manifest(p, ret->manifest_digest, &manifest, err);
    if (rc)
        return rc;
    pl_str config = pl_js_str(json_object_get(manifest, "config"), "digest");
    const json_t *layers = json_object_get(manifest, "layers");
    rc = pl_pick_config(p, pl_pick_blob_name(p, config), config, ret, err);
    if (!rc)
        rc = pl_pick_diff_ids(p, json_array_size(layers), ret, err);
    for (size_t i = 0; !rc && i < ret->n_layers; i++)
        pick_described(p, i, json_array_get(layers, i), ret);
    ret->annotations = json_object_get(manifest, "annotations");
    return rc;
}

void pl_pick_manifest(struct pl_pick *p, pl_parts *ret)
{
    struct pl_pick own = {.blobs = p->blobs, .ls = p->ls, .config = ret->config_digest};
    struct candidate best = {0};
    json_t *doc = NULL;
    size_t n = 0;

    if (pl_blobs_json(p->blobs, PL_S("index.json"), &doc, NULL, NULL))
        return;
    search(&own, doc, (pl_str){"", 0}, 0, &best, &n);
    if (!best.rank)
        return;
    ret->manifest_digest = pl_js_str(best.descriptor, "digest");
    if (read_manifest(p, ret->manifest_digest, &doc, NULL) == PL_OK)
        ret->annotations = json_object_get(doc, "annotations");
}

static void count_others(struct pl_pick *p, const json_t *index, const struct candidate *taken)
{
    struct candidate again = *taken;
    size_t n = 0;

    p->taken = taken;
    p->visited = 0;
    search(p, index, (pl_str){"", 0}, 0, &again, &n);
    p->taken = NULL;
    pl_pick_tell_others(p);
}

pl_rc pl_pick_oci(struct pl_pick *p, pl_parts *ret, pl_err *err)
{
    json_t *index = NULL;
    struct candidate best = {0};
    size_t n = 0;
    pl_rc rc = pl_blobs_json(p->blobs, PL_S("index.json"), &index, NULL, err);

    if (rc)
        return rc;
    search(p, index, (pl_str){"", 0}, 0, &best, &n);
    if (!best.rank && n && p->select.n)
        return pl_fail(err, PL_NOTFOUND, "the layout holds %zu images, but not %.*s", n,
                       PL_F(pl_str_sub(p->select, 0, 200)));
    if (!best.rank)
        return pl_fail(err, PL_FORMAT, "index.json leads to no image manifest");
    *ret = (pl_parts){.format = "oci", .n_images = n};
    if (!p->select.n && !p->plan)
        count_others(p, index, &best);
    rc = join_oci(p, &best, ret, err);
    if (rc || best.name.n == 0)
        return rc;
    pl_str *tag = PL_NEW(p->blobs->arena, pl_str);
    if (!tag)
        return pl_fail(err, PL_LIMIT, "image takes too much memory");
    *tag = best.name;
    ret->tags = tag;
    ret->n_tags = 1;
    return PL_OK;
}
