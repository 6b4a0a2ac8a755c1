/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A registry's image as a stream: an OCI layout in a tar, made while it is read. A thread writes
 * the heads and the documents; the fetcher writes each layer into the same pipe, so that a layer's
 * bytes go from the network into the jailed worker without passing through this process. The worker
 * compares every blob with the digest that is its name.
 */
#include "registry/image.h"

#include "core/io.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>

enum { BLOCK = 512 };

struct feed {
    pl_registry *c;
    const pl_remote_image *image;
    pthread_t thread;
    int from, to; /* the pipe */
    pl_rc rc;
    pl_err err;
};

/* ---- tar (POSIX.1-2017 ustar; a size above 8 GiB in base 256, as GNU tar has it) ---- */

static void put_size(char *at, uint64_t size)
{
    if (size < (uint64_t)1 << 33) {
        (void)snprintf(at, 12, "%011llo", (unsigned long long)size);
        return;
    }
    at[0] = (char)0x80;
    for (int i = 11; i > 0; i--, size >>= 8)
        at[i] = (char)(size & 0xff);
}

static pl_rc put_head(int fd, const char *name, uint64_t size, pl_err *err)
{
    char b[BLOCK] = {0};
    unsigned sum = 0;

    (void)snprintf(b, 100, "%s", name);
    (void)snprintf(b + 100, 8, "%07o", 0644);
    (void)snprintf(b + 108, 8, "%07o", 0);
    (void)snprintf(b + 116, 8, "%07o", 0);
    put_size(b + 124, size);
    (void)snprintf(b + 136, 12, "%011o", 0);
    memset(b + 148, ' ', 8);
    b[156] = '0';
    memcpy(b + 257, "ustar\00000", 8);
    for (size_t i = 0; i < BLOCK; i++)
        sum += (unsigned char)b[i];
    (void)snprintf(b + 148, 8, "%06o", sum);
    return pl_write_all(fd, (pl_str){b, BLOCK}, err);
}

static pl_rc put_zeros(int fd, size_t n, pl_err *err)
{
    static const char zeros[2 * BLOCK];

    return pl_write_all(fd, (pl_str){zeros, n}, err);
}

static pl_rc put_padding(int fd, uint64_t size, pl_err *err)
{
    return put_zeros(fd, (size_t)(-size & (BLOCK - 1)), err);
}

static pl_rc put_file(int fd, const char *name, pl_str bytes, pl_err *err)
{
    pl_rc rc = put_head(fd, name, bytes.n, err);

    if (!rc)
        rc = pl_write_all(fd, bytes, err);
    return rc ? rc : put_padding(fd, bytes.n, err);
}

/* ---- the layout ---- */

/* "blobs/sha256/<hex>" */
static void name_blob(pl_str digest, char ret[100])
{
    (void)snprintf(ret, 100, "blobs/sha256/%.*s", PL_F(pl_str_sub(digest, 7, digest.n)));
}

static pl_rc put_blob(int fd, pl_str digest, pl_str bytes, pl_err *err)
{
    char name[100];

    name_blob(digest, name);
    return put_file(fd, name, bytes, err);
}

/* Reference and digest are of a grammar that needs no escapes. */
static pl_rc put_index(const struct feed *f, pl_err *err)
{
    const pl_remote_image *i = f->image;
    PL_AUTO_BUF pl_buf b = {0};

    pl_buf_fmt(&b,
               "{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":"
               "\"application/vnd.oci.image.manifest.v1+json\",\"digest\":\"%.*s\",\"size\":%zu,"
               "\"annotations\":{\"io.containerd.image.name\":\"%s\"}}]}",
               PL_F(i->digest), i->manifest.n, i->name);
    if (!pl_buf_ok(&b))
        return pl_fail(err, PL_NOMEM, "index");
    return put_file(f->to, "index.json", pl_buf_view(&b), err);
}

/* An image may name the same layer twice. */
static bool was_before(const pl_remote_image *image, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (pl_str_eq(image->layers[k].blob.digest, image->layers[i].blob.digest))
            return true;
    return false;
}

static pl_rc put_layer(const struct feed *f, size_t i, pl_err *err)
{
    const pl_descriptor *d = &f->image->layers[i].blob;
    char name[100];

    if (was_before(f->image, i))
        return PL_OK;
    if (d->size == 0)
        return pl_fail(err, PL_FORMAT, "layer %.*s: manifest says no size", PL_F(d->digest));
    name_blob(d->digest, name);
    pl_rc rc = put_head(f->to, name, d->size, err);
    if (!rc)
        rc = pl_remote_layer(f->c, f->image, i, f->to, err);
    return rc ? rc : put_padding(f->to, d->size, err);
}

static pl_rc put_all(const struct feed *f, pl_err *err)
{
    const pl_remote_image *i = f->image;
    pl_rc rc = put_file(f->to, "oci-layout", PL_S("{\"imageLayoutVersion\":\"1.0.0\"}"), err);

    if (!rc)
        rc = put_index(f, err);
    if (!rc)
        rc = put_blob(f->to, i->digest, i->manifest, err);
    if (!rc)
        rc = put_blob(f->to, i->config_blob.digest, i->config, err);
    for (size_t k = 0; !rc && k < i->n_layers; k++)
        rc = put_layer(f, k, err);
    return rc ? rc : put_zeros(f->to, 2 * BLOCK, err);
}

/* ---- the thread ---- */

/* A reader that ended early has its reasons, which it tells itself. */
static bool is_reader_gone(pl_rc rc, const pl_err *err)
{
    return rc && err->sys == EPIPE;
}

static void *feed_run(void *arg)
{
    struct feed *f = arg;
    sigset_t broken;

    (void)sigemptyset(&broken);
    (void)sigaddset(&broken, SIGPIPE);
    (void)pthread_sigmask(SIG_BLOCK, &broken, NULL);
    f->rc = put_all(f, &f->err);
    if (is_reader_gone(f->rc, &f->err))
        f->rc = PL_OK;
    (void)close(f->to);
    return NULL;
}

static pl_rc start(pl_image_source *s, int *ret_fd, pl_err *err)
{
    struct feed *f = s->feed;
    int ends[2];

    if (!f)
        return pl_fail(err, PL_NOMEM, "image %s", s->name);
    if (pipe2(ends, O_CLOEXEC) < 0) {
        free(PL_TAKE(s->feed, NULL));
        return pl_fail_sys(err, errno, "pipe");
    }
    f->from = ends[0];
    f->to = ends[1];
    int bad = pthread_create(&f->thread, NULL, feed_run, f);
    if (bad) {
        (void)close(ends[0]);
        (void)close(ends[1]);
        free(PL_TAKE(s->feed, NULL));
        return pl_fail_sys(err, bad, "thread");
    }
    *ret_fd = f->from;
    return PL_OK;
}

/* Closing our end first ends a writer whose reader died. */
static pl_rc end(pl_image_source *s, pl_err *err)
{
    struct feed *f = s->feed;

    (void)close(f->from);
    (void)pthread_join(f->thread, NULL);
    pl_rc rc = f->rc;
    if (rc && err)
        *err = f->err;
    free(PL_TAKE(s->feed, NULL));
    return rc;
}

void pl_remote_source(pl_registry *c, const pl_remote_image *image, pl_image_source *ret)
{
    struct feed *f = calloc(1, sizeof(*f));

    if (f)
        *f = (struct feed){.c = c, .image = image, .from = -1, .to = -1};
    *ret = (pl_image_source){
        .form = PL_IMAGE_ARCHIVE, .start = start, .finish = end, .fd = -1, .feed = f};
    (void)snprintf(ret->name, sizeof(ret->name), "%.*s",
                   PL_F(pl_str_sub(pl_str_c(image->name), 0, sizeof(ret->name) - 1)));
}
