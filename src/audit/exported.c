/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An engine's image: its export through a jailed worker, or nothing of the engine but two short
 * documents, when all of it is kept from an earlier scan.
 *
 * What an engine exports hangs on the engine's version, the name that it is asked for, and the
 * image with its tags, which the image's own document tells. The digest of all of them is the key
 * under which the documents of the export are kept, in the store of layers. None of them is parsed
 * here.
 */
#include "audit/run_private.h"

#include "core/jail.h"
#include "engine/client.h"
#include "image/scan.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* ---- an export as a source: the client writes into a pipe, the worker reads from it ---- */

struct feed {
    pl_engine_client *client;
    const char *id;
    pl_engine_ask ask;
};

static pl_rc feed_start(pl_image_source *s, int *ret_fd, pl_err *err)
{
    struct feed *f = s->feed;
    int fds[2];

    if (pipe2(fds, O_CLOEXEC) < 0)
        return pl_fail_sys(err, errno, "pipe");
    PL_AUTO_FD int write_fd = fds[1];
    s->fd = fds[0];
    *ret_fd = fds[0];
    pl_rc rc = pl_engine_export_start(f->client, f->id, write_fd, &f->ask, err);
    if (rc)
        (void)close(PL_TAKE(s->fd, -1));
    return rc;
}

/* Closing our end first ends a writer whose reader died. */
static pl_rc feed_finish(pl_image_source *s, pl_err *err)
{
    struct feed *f = s->feed;

    if (s->fd >= 0)
        (void)close(PL_TAKE(s->fd, -1));
    return pl_engine_export_finish(f->client, &f->ask, err);
}

static pl_rc scan_export(pl_run *r, pl_engine_client *c, const char *id, pl_str name,
                         const pl_image_options *o, pl_image_result *ret, pl_err *err)
{
    struct feed feed = {.client = c, .id = id};
    pl_image_source src = {.form = PL_IMAGE_ARCHIVE,
                           .start = feed_start,
                           .finish = feed_finish,
                           .fd = -1,
                           .feed = &feed};

    (void)snprintf(src.name, sizeof(src.name), "%.*s", PL_F(name));
    return pl_run_scan_source(r, &src, o, r->arena, ret, err);
}

/* ---- what is kept ---- */

static bool digest_of(const char *id, pl_str version, pl_str image, unsigned char ret[PL_SHA256])
{
    static const char mark[] = "documents of an export, form 1";
    const uint64_t lengths[] = {strlen(id), version.n, image.n};
    PL_AUTO_SHA256 pl_sha256 *sha = pl_sha256_new();

    if (!sha)
        return false;
    pl_sha256_add(sha, mark, sizeof(mark));
    pl_sha256_add(sha, lengths, sizeof(lengths));
    pl_sha256_add(sha, id, strlen(id));
    pl_sha256_add(sha, version.p, version.n);
    pl_sha256_add(sha, image.p, image.n);
    pl_sha256_end(sha, ret);
    return true;
}

/* PL_NOTFOUND: the engine knows no such image. */
static pl_rc ask_key(pl_engine_client *c, const char *id, unsigned char ret[PL_SHA256], pl_err *err)
{
    pl_engine_ask asks[] = {{.kind = PL_DOC_VERSION}, {.kind = PL_DOC_IMAGE, .id = id}};

    pl_engine_get(c, asks, PL_COUNT(asks));
    const pl_engine_ask *bad = asks[0].rc ? &asks[0] : asks[1].rc ? &asks[1] : NULL;
    pl_rc rc = bad ? bad->rc : PL_OK;
    if (bad && err)
        *err = bad->err;
    if (!rc && !digest_of(id, pl_buf_view(&asks[0].body), pl_buf_view(&asks[1].body), ret))
        rc = pl_fail(err, PL_NOMEM, "image");
    for (size_t i = 0; i < PL_COUNT(asks); i++)
        pl_engine_ask_done(&asks[i]);
    return rc;
}

/* PL_NOTFOUND: nothing is kept. */
static pl_rc scan_kept(pl_run *r, const unsigned char key[PL_SHA256], pl_str name,
                       const pl_image_options *o, pl_image_result *ret, pl_err *err)
{
    pl_layer_frames kept = {.has_end = false};
    pl_image_source src;
    char name_c[sizeof(src.name)];
    int fd = -1;

    if (!o->store->get(o->store->arg, key, &kept))
        return pl_fail(err, PL_NOTFOUND, "nothing is kept");
    pl_rc rc = pl_jail_memfd(pl_buf_view(&kept.packed), &fd, err);
    pl_buf_done(&kept.packed);
    if (rc)
        return rc;
    (void)snprintf(name_c, sizeof(name_c), "%.*s", PL_F(name));
    pl_image_source_of_fd(fd, name_c, PL_IMAGE_KEPT, &src);
    rc = pl_run_scan_source(r, &src, o, r->arena, ret, err);
    if (rc)
        pl_run_say(r, "image: %s is exported again: %s", name_c, err->text);
    else
        pl_run_say(r, "image: %s is known as a whole, the engine exports nothing", name_c);
    return rc;
}

/* A tag that moved while the image was read: it is not known what the documents belong to. */
static void keep(pl_engine_client *c, const char *id, const unsigned char key[PL_SHA256],
                 const pl_image_options *o, pl_buf *documents)
{
    unsigned char now[PL_SHA256];
    pl_layer_frames to = {.is_whole = true, .has_end = true};

    if (!documents->n || ask_key(c, id, now, NULL) || memcmp(key, now, sizeof(now)) != 0)
        return;
    memcpy(to.facts.diff_id, key, PL_SHA256);
    to.packed = *documents;
    o->store->put(o->store->arg, &to);
}

static bool is_hanging(pl_rc rc)
{
    return rc == PL_TIMEOUT || rc == PL_WORKER;
}

pl_rc pl_run_scan_exported(pl_run *r, pl_engine_client *c, const char *id, pl_str name,
                           const pl_image_options *o, pl_image_result *ret, pl_err *err)
{
    PL_AUTO_BUF pl_buf documents = {0};
    unsigned char key[PL_SHA256];
    pl_image_options with = *o;
    pl_err why = {0};

    if (!o->store)
        return scan_export(r, c, id, name, o, ret, err);
    pl_rc known = ask_key(c, id, key, &why);
    if (is_hanging(known)) {
        if (err)
            *err = why;
        return known;
    }
    if (!known && scan_kept(r, key, name, o, ret, &why) == PL_OK)
        return PL_OK;
    with.documents = &documents;
    pl_rc rc = scan_export(r, c, id, name, &with, ret, err);
    if (!rc && !known)
        keep(c, id, key, o, &documents);
    return rc;
}
