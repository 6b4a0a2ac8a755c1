/* SPDX-License-Identifier: Apache-2.0 */
#include "image/source.h"

#include "image/walk.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
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

void pl_image_source_drop(pl_image_source *s)
{
    if (s->fd > STDIN_FILENO)
        (void)close(s->fd);
    s->fd = -1;
}

void pl_image_source_of_fd(int fd, const char *name, pl_image_form form, pl_image_source *ret)
{
    *ret = (pl_image_source){.form = form, .start = fd_start, .finish = fd_finish, .fd = fd};
    (void)snprintf(ret->name, sizeof(ret->name), "%s", name);
}

/* ---- a folder: a thread walks it into a pipe ---- */

struct feed {
    pthread_t thread;
    int folder, pipe_in, pipe_out;
    pl_rc rc;
    pl_err err;
};

static void *feed_run(void *arg)
{
    struct feed *f = arg;
    sigset_t broken;

    /* A reader that dies early must not end the program: the write says EPIPE then. */
    (void)sigemptyset(&broken);
    (void)sigaddset(&broken, SIGPIPE);
    (void)pthread_sigmask(SIG_BLOCK, &broken, NULL);
    f->rc = pl_walk_tar(f->folder, f->pipe_in, &f->err);
    (void)close(f->pipe_in);
    return NULL;
}

static pl_rc folder_start(pl_image_source *s, int *ret_fd, pl_err *err)
{
    int ends[2];
    struct feed *f = calloc(1, sizeof(*f));

    if (!f)
        return pl_fail(err, PL_NOMEM, "folder %s", s->name);
    if (pipe2(ends, O_CLOEXEC) < 0) {
        free(f);
        return pl_fail_sys(err, errno, "pipe");
    }
    f->folder = s->fd;
    f->pipe_out = ends[0];
    f->pipe_in = ends[1];
    int bad = pthread_create(&f->thread, NULL, feed_run, f);
    if (bad) {
        (void)close(ends[0]);
        (void)close(ends[1]);
        free(f);
        return pl_fail_sys(err, bad, "thread");
    }
    s->feed = f;
    *ret_fd = f->pipe_out;
    return PL_OK;
}

static pl_rc folder_finish(pl_image_source *s, pl_err *err)
{
    struct feed *f = s->feed;

    (void)close(f->pipe_out);
    (void)pthread_join(f->thread, NULL);
    pl_rc rc = f->rc;
    if (rc && err)
        *err = f->err;
    free(f);
    s->feed = NULL;
    pl_image_source_drop(s);
    return rc;
}

/* ---- by path ---- */

static bool is_layout(int folder)
{
    struct stat st;
    return fstatat(folder, "oci-layout", &st, AT_SYMLINK_NOFOLLOW) == 0 ||
           fstatat(folder, "manifest.json", &st, AT_SYMLINK_NOFOLLOW) == 0;
}

pl_rc pl_image_source_open(const char *path, pl_image_source *ret, pl_err *err)
{
    struct stat st;

    if (strcmp(path, "-") == 0) {
        pl_image_source_of_fd(STDIN_FILENO, "standard input", PL_IMAGE_ARCHIVE, ret);
        return PL_OK;
    }
    /* O_NONBLOCK: a FIFO without a writer must not hold us up; reading is done by the worker. */
    PL_AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &st) < 0)
        return errno == ENOENT ? pl_fail(err, PL_NOTFOUND, "%s: no such file", path)
                               : pl_fail_sys(err, errno, "%s", path);
    if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode) && !S_ISFIFO(st.st_mode))
        return pl_fail(err, PL_UNSUPPORTED, "%s: neither a file nor a folder", path);
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) < 0)
        return pl_fail_sys(err, errno, "%s", path);
    pl_image_source_of_fd(PL_TAKE(fd, -1), path, PL_IMAGE_ARCHIVE, ret);
    if (S_ISDIR(st.st_mode)) {
        ret->form = is_layout(ret->fd) ? PL_IMAGE_ARCHIVE : PL_IMAGE_ROOTFS;
        ret->start = folder_start;
        ret->finish = folder_finish;
    }
    return PL_OK;
}
