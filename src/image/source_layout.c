/* SPDX-License-Identifier: Apache-2.0 */
/* A folder that holds an OCI layout, or docker save unpacked: its parts are opened one by one. */
#include "image/limits.h"
#include "image/source.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

/* Links inside the folder are followed, as docker save of old makes them. */
static pl_rc layout_blob(pl_image_source *s, pl_str name, pl_image_blob *ret, pl_err *err)
{
    struct open_how how = {.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY,
                           .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS};
    char path[PL_IMAGE_PATH_MAX + 1];
    struct stat st;

    if (!pl_str_to_c(name, path, sizeof(path)))
        return pl_fail(err, PL_NOTFOUND, "a name that is none");
    PL_AUTO_FD int fd = (int)syscall(SYS_openat2, s->fd, path, &how, sizeof(how));
    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
        return pl_fail(err, PL_NOTFOUND, "%s: is not in the folder", path);
    if (fd < 0 || fstat(fd, &st) < 0)
        return errno == EACCES ? pl_fail(err, PL_DENIED, "%s: %s", path, strerror(errno))
                               : pl_fail_sys(err, errno, "%s", path);
    if (!S_ISREG(st.st_mode))
        return pl_fail(err, PL_FORMAT, "%s: is not a regular file", path);
    *ret = (pl_image_blob){.fd = PL_TAKE(fd, -1), .n = (uint64_t)st.st_size};
    return PL_OK;
}

/* The worker has nothing to read but the answers. */
static pl_rc layout_start(pl_image_source *s, int *ret_fd, pl_err *err)
{
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return pl_fail_sys(err, errno, "/dev/null");
    s->feed_fd = fd;
    *ret_fd = fd;
    return PL_OK;
}

static pl_rc layout_finish(pl_image_source *s, pl_err *err)
{
    (void)err;
    (void)close(PL_TAKE(s->feed_fd, -1));
    pl_image_source_drop(s);
    return PL_OK;
}

void pl_image_source_of_layout(int fd, const char *name, pl_image_source *ret)
{
    *ret = (pl_image_source){.form = PL_IMAGE_BLOBS,
                             .start = layout_start,
                             .finish = layout_finish,
                             .blob = layout_blob,
                             .has_local_blobs = true,
                             .fd = fd,
                             .feed_fd = -1};
    (void)snprintf(ret->name, sizeof(ret->name), "%s", name);
}
