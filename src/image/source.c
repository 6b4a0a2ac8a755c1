/* SPDX-License-Identifier: Apache-2.0 */
#include "image/source.h"

#include "image/feed.h"
#include "image/store.h"
#include "image/walk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- an open descriptor ---- */

static pl_rc fd_start(pl_image_source *s, int *ret_fd, pl_err *err)
{
    (void)err;
    *ret_fd = s->fd;
    return PL_OK;
}

static pl_rc fd_finish(pl_image_source *s, pl_err *err)
{
    (void)err;
    pl_image_source_drop(s);
    return PL_OK;
}

void pl_image_source_of_fd(int fd, const char *name, pl_image_form form, pl_image_source *ret)
{
    *ret = (pl_image_source){.form = form, .start = fd_start, .finish = fd_finish, .fd = fd};
    (void)snprintf(ret->name, sizeof(ret->name), "%s", name);
}

/* ---- what a thread writes into a pipe ---- */

struct stream {
    pl_image_writer writer;
    pl_feed *feed;
    int from; /* while it is fed: the reader's end */
};

static pl_rc stream_start(pl_image_source *s, int *ret_fd, pl_err *err)
{
    struct stream *f = s->feed;
    pl_rc rc = pl_feed_start(f->writer.write, f->writer.arg, &f->feed, &f->from, err);

    if (!rc)
        *ret_fd = f->from;
    return rc;
}

static pl_rc stream_finish(pl_image_source *s, pl_err *err)
{
    struct stream *f = s->feed;

    (void)close(f->from);
    pl_rc rc = pl_feed_end(f->feed, err);
    pl_image_source_drop(s);
    return rc;
}

pl_rc pl_image_source_of_writer(const pl_image_writer *writer, const char *name, pl_image_form form,
                                pl_image_source *ret, pl_err *err)
{
    struct stream *f = calloc(1, sizeof(*f));

    if (!f) {
        writer->done(writer->arg);
        return pl_fail(err, PL_NOMEM, "%s", name);
    }
    f->writer = *writer;
    *ret = (pl_image_source){
        .form = form, .start = stream_start, .finish = stream_finish, .fd = -1, .feed = f};
    (void)snprintf(ret->name, sizeof(ret->name), "%s", name);
    return PL_OK;
}

void pl_image_source_drop(pl_image_source *s)
{
    struct stream *f = s->finish == stream_finish ? s->feed : NULL;

    if (f) {
        s->feed = NULL;
        f->writer.done(f->writer.arg);
        free(f);
    }
    if (s->fd > STDIN_FILENO)
        (void)close(s->fd);
    s->fd = -1;
}

/* ---- a folder ---- */

struct folder {
    int fd;
};

static pl_rc write_folder(void *arg, int out_fd, pl_err *err)
{
    const struct folder *f = arg;
    return pl_walk_tar(f->fd, out_fd, err);
}

static void close_folder(void *arg)
{
    struct folder *f = arg;

    (void)close(f->fd);
    free(f);
}

static pl_rc source_of_folder(int fd, const char *path, pl_image_form form, pl_image_source *ret,
                              pl_err *err)
{
    struct folder *f = calloc(1, sizeof(*f));

    if (!f) {
        (void)close(fd);
        return pl_fail(err, PL_NOMEM, "folder %s", path);
    }
    f->fd = fd;
    return pl_image_source_of_writer(
        &(pl_image_writer){.write = write_folder, .done = close_folder, .arg = f}, path, form, ret,
        err);
}

pl_rc pl_image_source_as_stream(pl_image_source *s, pl_err *err)
{
    pl_image_source was = *s;

    s->is_file = false;
    return was.form == PL_IMAGE_BLOBS
               ? source_of_folder(PL_TAKE(s->fd, -1), was.name, PL_IMAGE_ARCHIVE, s, err)
               : PL_OK;
}

pl_rc pl_image_blob_end(pl_image_source *s, pl_image_blob *b, pl_err *err)
{
    if (s->blob_end)
        return s->blob_end(s, b, err);
    (void)close(PL_TAKE(b->fd, -1));
    return PL_OK;
}

/* ---- by path ---- */

static bool is_layout(int folder)
{
    struct stat st;
    return fstatat(folder, "oci-layout", &st, AT_SYMLINK_NOFOLLOW) == 0 ||
           fstatat(folder, "manifest.json", &st, AT_SYMLINK_NOFOLLOW) == 0;
}

pl_rc pl_image_source_choose(const char *path, const pl_image_choice *choice, pl_image_source *ret,
                             pl_err *err)
{
    struct stat st;

    if (strcmp(path, "-") == 0) {
        pl_image_source_of_fd(STDIN_FILENO, "standard input", PL_IMAGE_ARCHIVE, ret);
        return PL_OK;
    }
    /* O_NONBLOCK: a FIFO without a writer must not hold us up; reading is done by the worker. */
    PL_AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 && errno == EACCES)
        return pl_fail(err, PL_DENIED, "%s: may not be read; run it as its owner or root", path);
    if (fd < 0 || fstat(fd, &st) < 0)
        return errno == ENOENT ? pl_fail(err, PL_NOTFOUND, "%s: no such file", path)
                               : pl_fail_sys(err, errno, "%s", path);
    if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode) && !S_ISFIFO(st.st_mode))
        return pl_fail(err, PL_UNSUPPORTED, "%s: neither a file nor a folder", path);
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) < 0)
        return pl_fail_sys(err, errno, "%s", path);
    bool is_folder = S_ISDIR(st.st_mode);
    bool is_store = is_folder && pl_store_is(fd);
    if (choice->container && !is_store)
        return pl_fail(err, PL_USAGE, "%s: is no folder in which an engine keeps its images", path);
    if (is_store)
        return pl_store_open(PL_TAKE(fd, -1), path, choice, ret, err);
    if (is_folder && is_layout(fd)) {
        pl_image_source_of_layout(PL_TAKE(fd, -1), path, ret);
        return PL_OK;
    }
    if (is_folder)
        return source_of_folder(PL_TAKE(fd, -1), path, PL_IMAGE_ROOTFS, ret, err);
    pl_image_source_of_fd(PL_TAKE(fd, -1), path, PL_IMAGE_ARCHIVE, ret);
    ret->is_file = S_ISREG(st.st_mode);
    return PL_OK;
}

pl_rc pl_image_source_open(const char *path, pl_image_source *ret, pl_err *err)
{
    return pl_image_source_choose(path, &(pl_image_choice){0}, ret, err);
}
