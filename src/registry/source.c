/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A registry's image as a source of blobs (image/source.h): the parts of an OCI layout, of which
 * the documents are at hand and each layer is fetched when it is asked for. The fetcher writes a
 * layer into the pipe that its jailed worker reads from, so its bytes do not pass through this
 * process. Whoever reads a part compares it with the digest that is its name.
 */
#include "registry/image.h"

#include "core/jail.h"
#include "image/feed.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

/* ---- documents ---- */

static pl_rc give_bytes(pl_str bytes, pl_image_blob *ret, pl_err *err)
{
    int fd = -1;
    pl_rc rc = pl_jail_memfd(bytes, &fd, err);

    if (!rc)
        *ret = (pl_image_blob){.fd = fd, .n = bytes.n};
    return rc;
}

/* Reference and digest are of a grammar that needs no escapes. */
static pl_rc give_index(const pl_remote_image *i, pl_image_blob *ret, pl_err *err)
{
    PL_AUTO_BUF pl_buf b = {0};

    pl_buf_fmt(&b,
               "{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":"
               "\"application/vnd.oci.image.manifest.v1+json\",\"digest\":\"%.*s\",\"size\":%zu,"
               "\"annotations\":{\"io.containerd.image.name\":\"%s\"}}]}",
               PL_F(i->digest), i->manifest.n, i->name);
    return pl_buf_ok(&b) ? give_bytes(pl_buf_view(&b), ret, err) : pl_fail(err, PL_NOMEM, "index");
}

/* ---- layers: a thread waits for the fetcher ---- */

struct layer {
    pl_registry *c;
    const pl_remote_image *image;
    size_t number;
    pl_feed *feed;
};

static pl_rc write_layer(void *arg, int out_fd, pl_err *err)
{
    const struct layer *l = arg;

    return pl_remote_layer(l->c, l->image, l->number, out_fd, err);
}

static pl_rc give_layer(pl_registry *c, const pl_remote_image *image, size_t number,
                        pl_image_blob *ret, pl_err *err)
{
    PL_AUTO_FREE struct layer *l = calloc(1, sizeof(*l));
    int fd = -1;

    if (!l)
        return pl_fail(err, PL_NOMEM, "layer");
    *l = (struct layer){.c = c, .image = image, .number = number};
    pl_rc rc = pl_feed_start(write_layer, l, &l->feed, &fd, err);
    if (!rc)
        *ret = (pl_image_blob){.fd = fd,
                               .n = PL_BLOB_STREAM,
                               .size = image->layers[number].blob.size,
                               .feed = PL_TAKE(l, NULL)};
    return rc;
}

/* Closing our end first ends a writer whose reader died. */
static pl_rc blob_end(pl_image_source *s, pl_image_blob *b, pl_err *err)
{
    PL_AUTO_FREE struct layer *l = PL_TAKE(b->feed, NULL);
    pl_err said = {0};

    (void)s;
    (void)close(PL_TAKE(b->fd, -1));
    pl_rc rc = l ? pl_feed_end(l->feed, &said) : PL_OK;
    /* A reader that ended early, or has a stream that ends early, tells that itself. */
    if (rc == PL_WORKER)
        return PL_OK;
    if (rc && err)
        *err = said;
    return rc;
}

/* ---- the source ---- */

struct remote {
    pl_registry *c;
    const pl_remote_image *image;
};

/* "sha256:<hex>" is the blob of that name. */
static bool is_named(pl_str digest, pl_str name)
{
    const pl_str folder = PL_S("blobs/sha256/");

    return pl_str_starts(name, folder) &&
           pl_str_eq(pl_str_sub(name, folder.n, name.n), pl_str_sub(digest, 7, digest.n));
}

static pl_rc blob(pl_image_source *s, pl_str name, pl_image_blob *ret, pl_err *err)
{
    const struct remote *r = s->feed;
    const pl_remote_image *i = r->image;

    if (pl_str_eq(name, PL_S("index.json")))
        return give_index(i, ret, err);
    if (is_named(i->digest, name))
        return give_bytes(i->manifest, ret, err);
    if (is_named(i->config_blob.digest, name))
        return give_bytes(i->config, ret, err);
    for (size_t k = 0; k < i->n_layers; k++)
        if (is_named(i->layers[k].blob.digest, name))
            return give_layer(r->c, i, k, ret, err);
    return pl_fail(err, PL_NOTFOUND, "%.*s: the manifest names no such blob", PL_F(name));
}

/* The worker has nothing to read but the answers. */
static pl_rc start(pl_image_source *s, int *ret_fd, pl_err *err)
{
    if (!s->feed)
        return pl_fail(err, PL_NOMEM, "image %s", s->name);
    s->fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (s->fd < 0)
        return pl_fail_sys(err, errno, "/dev/null");
    *ret_fd = s->fd;
    return PL_OK;
}

static pl_rc finish(pl_image_source *s, pl_err *err)
{
    (void)err;
    (void)close(PL_TAKE(s->fd, -1));
    free(PL_TAKE(s->feed, NULL));
    return PL_OK;
}

void pl_remote_source(pl_registry *c, const pl_remote_image *image, pl_image_source *ret)
{
    struct remote *r = malloc(sizeof(*r));

    if (r)
        *r = (struct remote){c, image};
    *ret = (pl_image_source){.form = PL_IMAGE_BLOBS,
                             .start = start,
                             .finish = finish,
                             .blob = blob,
                             .blob_end = blob_end,
                             .fd = -1,
                             .feed_fd = -1,
                             .feed = r};
    (void)snprintf(ret->name, sizeof(ret->name), "%.*s",
                   PL_F(pl_str_sub(pl_str_c(image->name), 0, sizeof(ret->name) - 1)));
}
