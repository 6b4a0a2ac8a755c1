/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/image.h"

#include "core/hash.h"
#include "registry/worker.h"

#include <string.h>

#if defined(__x86_64__)
#define THIS_PLATFORM "linux/amd64"
#elif defined(__aarch64__)
#define THIS_PLATFORM "linux/arm64"
#else
#define THIS_PLATFORM "linux/unknown"
#endif

/* ---- names ---- */

/* Docker's own registry goes without saying, as engines print it. */
static void name_image(pl_remote_image *i)
{
    pl_reference r = i->reference;
    char full[PL_REFERENCE_TEXT];

    pl_reference_text(&r, full);
    pl_str shown = pl_str_c(full);
    if (pl_str_starts(shown, PL_S("docker.io/")))
        shown = pl_str_sub(shown, strlen("docker.io/"), shown.n);
    if (shown.n != strlen(full) && pl_str_starts(shown, PL_S("library/")))
        shown = pl_str_sub(shown, strlen("library/"), shown.n);
    (void)pl_str_to_c(shown, i->name, sizeof(i->name));
}

/* ---- documents ---- */

static pl_rc compare(pl_str bytes, pl_str digest, const char *what, pl_err *err)
{
    unsigned char sum[PL_SHA256];
    char hex[PL_SHA256_HEX];

    pl_sha256_of(bytes, sum);
    pl_hex(sum, sizeof(sum), hex);
    if (pl_str_eq(pl_str_sub(digest, 7, digest.n), pl_str_c(hex)))
        return PL_OK;
    return pl_fail(err, PL_FORMAT, "%s %.*s: its bytes have the digest sha256:%s", what,
                   PL_F(digest), hex);
}

static pl_str digest_of(pl_str bytes, pl_arena *a)
{
    unsigned char sum[PL_SHA256];
    char text[8 + PL_SHA256_HEX] = "sha256:";

    pl_sha256_of(bytes, sum);
    pl_hex(sum, sizeof(sum), text + 7);
    return pl_arena_str(a, pl_str_c(text));
}

static pl_rc no_room(pl_err *err)
{
    return pl_fail(err, PL_LIMIT, "manifest and config do not fit their budget");
}

struct resolving {
    pl_registry *c;
    uint32_t host;
    pl_str repository;
    pl_str platform;
    pl_arena *a;
};

/* digest: empty when it was asked for by tag. */
static pl_rc fetch(struct resolving *s, pl_fetch_what what, pl_str name, pl_str digest,
                   uint64_t size, pl_str *ret, pl_err *err)
{
    PL_AUTO_BUF pl_buf body = {0};
    pl_registry_answer answer;
    const pl_registry_question q = {
        .what = what, .host = s->host, .repository = s->repository, .name = name, .size = size};
    pl_rc rc = pl_registry_get(s->c, &q, &body, &answer, err);

    if (!rc && digest.n)
        rc =
            compare(pl_buf_view(&body), digest, what == PL_FETCH_BLOB ? "config" : "manifest", err);
    if (rc)
        return rc;
    *ret = pl_arena_str(s->a, pl_buf_view(&body));
    return ret->p ? PL_OK : no_room(err);
}

/* ---- index, manifest, config ---- */

static pl_rc none_fits(const struct resolving *s, const pl_manifest *m, pl_err *err)
{
    return pl_fail(err, PL_NOTFOUND, "no image for %.*s%s; it is there for: %.*s",
                   PL_F(s->platform.n ? s->platform : PL_S(THIS_PLATFORM)),
                   s->platform.n ? "" : " (name another by --platform)",
                   PL_F(pl_str_sub(m->platforms, 0, 200)));
}

/* The one platform of an index that holds no more. */
static bool is_only_one(const pl_manifest *m)
{
    return m->platforms.n && !memchr(m->platforms.p, ' ', m->platforms.n);
}

static pl_rc read_manifest(struct resolving *s, pl_str bytes, pl_manifest *ret, pl_err *err)
{
    pl_str wanted = s->platform.n ? s->platform : PL_S(THIS_PLATFORM);
    pl_rc rc = pl_jailed_manifest(bytes, wanted, s->a, ret, err);

    if (!rc && ret->is_index && !ret->chosen.digest.n && !s->platform.n && is_only_one(ret))
        rc = pl_jailed_manifest(bytes, ret->platforms, s->a, ret, err);
    if (!rc && ret->is_index && !ret->chosen.digest.n)
        rc = none_fits(s, ret, err);
    return rc;
}

static pl_rc keep_digest(const struct resolving *s, pl_remote_image *i, pl_err *err)
{
    i->digest = digest_of(i->manifest, s->a);
    if (!i->digest.p)
        return no_room(err);
    i->digests[i->n_digests++] = i->digest;
    return PL_OK;
}

/* From a tag or digest through the indexes to the manifest. */
static pl_rc walk(struct resolving *s, const pl_reference *r, pl_remote_image *i, pl_manifest *m,
                  pl_err *err)
{
    pl_str digest = pl_str_c(r->digest);
    pl_str name = digest.n ? digest : pl_str_c(r->tag);
    pl_rc rc = PL_OK;

    for (int depth = 0; !rc && depth < PL_REMOTE_DEPTH; depth++) {
        rc = fetch(s, PL_FETCH_MANIFEST, name, digest, 0, &i->manifest, err);
        if (!rc)
            rc = keep_digest(s, i, err);
        if (!rc)
            rc = read_manifest(s, i->manifest, m, err);
        if (rc || !m->is_index)
            return rc;
        name = digest = m->chosen.digest;
    }
    return rc ? rc : pl_fail(err, PL_LIMIT, "indexes in indexes, over %d deep", PL_REMOTE_DEPTH);
}

static bool is_image_type(pl_str type)
{
    return type.n == 0 || pl_str_eq(type, PL_S("application/vnd.oci.image.config.v1+json")) ||
           pl_str_eq(type, PL_S("application/vnd.docker.container.image.v1+json"));
}

/* Signatures and other attachments call their config an image's, but their layers no tar. */
static bool is_layer_type(pl_str type)
{
    return type.n == 0 || pl_str_starts(type, PL_S("application/vnd.oci.image.layer.")) ||
           pl_str_starts(type, PL_S("application/vnd.docker.image.rootfs."));
}

static bool is_image(const pl_manifest *m)
{
    bool is = is_image_type(m->config.type);

    for (size_t i = 0; i < m->n_layers; i++)
        is = is && is_layer_type(m->layers[i].type);
    return is;
}

static pl_rc set_layers(pl_arena *a, const pl_manifest *m, const pl_image_config_head *head,
                        pl_remote_image *i, pl_err *err)
{
    if (head->n_diff_ids != m->n_layers)
        return pl_fail(err, PL_FORMAT, "manifest has %zu layers, its config %zu", m->n_layers,
                       head->n_diff_ids);
    i->layers = pl_arena_calloc(a, m->n_layers ? m->n_layers : 1, sizeof(*i->layers));
    if (!i->layers)
        return no_room(err);
    i->n_layers = m->n_layers;
    for (size_t k = 0; k < m->n_layers; k++)
        i->layers[k] = (pl_remote_layer_info){m->layers[k], head->diff_ids[k]};
    return PL_OK;
}

static pl_rc read_config(struct resolving *s, const pl_manifest *m, pl_remote_image *i, pl_err *err)
{
    pl_image_config_head head = {0};
    pl_rc rc = fetch(s, PL_FETCH_BLOB, m->config.digest, m->config.digest, m->config.size,
                     &i->config, err);

    if (!rc)
        rc = pl_jailed_config(i->config, s->a, &head, err);
    if (rc)
        return rc;
    i->config_blob = m->config;
    i->platform = head.platform;
    if (s->platform.n && !pl_platform_fits(head.platform, s->platform))
        return pl_fail(err, PL_NOTFOUND, "no image for %.*s; it is there for: %.*s",
                       PL_F(s->platform), PL_F(head.platform));
    return set_layers(s->a, m, &head, i, err);
}

static pl_rc resolve_at(struct resolving *s, const pl_reference *r, pl_remote_image *ret,
                        pl_err *err)
{
    pl_remote_image i = {.reference = *r, .host = s->host};
    pl_manifest m = {0};

    name_image(&i);
    pl_rc rc = walk(s, r, &i, &m, err);
    if (rc)
        return rc;
    i.is_image = is_image(&m);
    if (i.is_image)
        rc = read_config(s, &m, &i, err);
    if (!rc)
        *ret = i;
    return rc;
}

pl_rc pl_remote_resolve(pl_registry *c, const uint32_t *hosts, size_t n_hosts,
                        const pl_reference *r, pl_str platform, pl_arena *a, pl_remote_image *ret,
                        pl_err *err)
{
    pl_rc rc = PL_NOTFOUND;

    /* The last one, the registry itself, says why when none has it. */
    for (size_t i = 0; i < n_hosts; i++) {
        struct resolving s = {.c = c,
                              .host = hosts[i],
                              .repository = pl_str_c(r->repository),
                              .platform = platform,
                              .a = a};
        pl_err why = {0};
        rc = resolve_at(&s, r, ret, &why);
        if (rc && err)
            *err = why;
        if (!rc)
            break;
    }
    return rc;
}

pl_rc pl_remote_layer(pl_registry *c, const pl_remote_image *image, size_t i, int fd, pl_err *err)
{
    const pl_descriptor *d = &image->layers[i].blob;
    const pl_registry_question q = {.what = PL_FETCH_BLOB,
                                    .host = image->host,
                                    .repository = pl_str_c(image->reference.repository),
                                    .name = d->digest,
                                    .size = d->size};
    pl_registry_answer answer;

    return pl_wrap(err, pl_registry_stream(c, &q, fd, &answer, err), "layer %.*s",
                   PL_F(pl_str_sub(d->digest, 0, 19)));
}
