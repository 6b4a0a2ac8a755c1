/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/io.h"

#include "ledger/limits.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <linux/openat2.h>

enum { PATH_ROOM = 512 };

static int open_beneath(int dir, const char *path, int flags, mode_t mode)
{
    struct open_how how = {.flags = (unsigned)flags | O_CLOEXEC | O_NOFOLLOW,
                           .mode = flags & O_CREAT ? mode : 0,
                           .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS};
    long fd;

    do
        fd = syscall(SYS_openat2, dir, path, &how, sizeof(how));
    while (fd < 0 && (errno == EINTR || errno == EAGAIN));
    return (int)fd;
}

static pl_rc open_failed(pl_err *err, const char *path)
{
    int e = errno;

    if (e == ENOENT || e == ENOTDIR)
        return pl_fail(err, PL_NOTFOUND, "%s: not there", path);
    if (e == EACCES || e == EPERM) {
        pl_fail_sys(err, e, "open %s", path);
        if (err)
            err->rc = PL_DENIED;
        return PL_DENIED;
    }
    if (e == ELOOP)
        return pl_fail(err, PL_FORMAT, "%s: a link where a file must be", path);
    return pl_fail_sys(err, e, "open %s", path);
}

bool pl_io_is_full(const pl_err *err)
{
    return err->rc == PL_SYS && (err->sys == ENOSPC || err->sys == EDQUOT);
}

pl_rc pl_io_open(int dir, const char *path, int *ret_fd, off_t *ret_size, pl_err *err)
{
    struct stat st;
    PL_AUTO_FD int fd = open_beneath(dir, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);

    if (fd < 0)
        return open_failed(err, path);
    if (fstat(fd, &st) < 0)
        return pl_fail_sys(err, errno, "stat %s", path);
    if (!S_ISREG(st.st_mode))
        return pl_fail(err, PL_FORMAT, "%s: not a regular file", path);
    *ret_size = st.st_size;
    *ret_fd = PL_TAKE(fd, -1);
    return PL_OK;
}

/* Makes the directories that PATH (or, with whole false, its last slash) names. */
static pl_rc make_dirs(int dir, const char *path, bool whole, bool *ret_made, pl_err *err)
{
    char part[PATH_ROOM];
    size_t n = strlen(path);

    if (n >= sizeof(part))
        return pl_fail(err, PL_LIMIT, "path %s is too long", path);
    for (size_t i = 1; i <= n; i++) {
        if (path[i] != '/' && !(whole && i == n))
            continue;
        memcpy(part, path, i);
        part[i] = '\0';
        if (mkdirat(dir, part, 0700) == 0)
            *ret_made = true;
        else if (errno != EEXIST)
            return pl_fail_sys(err, errno, "make directory %s", part);
    }
    return PL_OK;
}

pl_rc pl_io_open_dir(int dir, const char *path, bool create, int *ret_fd, pl_err *err)
{
    bool made = false;
    pl_rc rc = create ? make_dirs(dir, path, true, &made, err) : PL_OK;
    if (rc)
        return rc;
    int fd = open_beneath(dir, *path ? path : ".", O_RDONLY | O_DIRECTORY, 0);
    if (fd < 0)
        return open_failed(err, path);
    *ret_fd = fd;
    return PL_OK;
}

static pl_rc read_fd(int fd, const char *path, size_t max, pl_buf *ret, pl_err *err)
{
    char part[16384];

    for (;;) {
        ssize_t n = read(fd, part, sizeof(part));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return pl_fail_sys(err, errno, "read %s", path);
        if (n == 0)
            return pl_buf_ok(ret) ? PL_OK : pl_fail(err, PL_NOMEM, "%s", path);
        if ((size_t)n > max - ret->n)
            return pl_fail(err, PL_LIMIT, "%s is larger than %zu bytes", path, max);
        pl_buf_add(ret, part, (size_t)n);
        if (!pl_buf_ok(ret))
            return pl_fail(err, PL_NOMEM, "%s", path);
    }
}

pl_rc pl_io_read(int dir, const char *path, size_t max, pl_buf *ret, pl_err *err)
{
    PL_AUTO_FD int fd = -1;
    off_t size;

    pl_buf_reset(ret);
    pl_rc rc = pl_io_open(dir, path, &fd, &size, err);
    if (!rc && (uint64_t)size > max)
        rc = pl_fail(err, PL_LIMIT, "%s has %lld bytes, at most %zu", path, (long long)size, max);
    return rc ? rc : read_fd(fd, path, max, ret, err);
}

pl_rc pl_io_read_path(const char *path, size_t max, pl_buf *ret, pl_err *err)
{
    struct stat st;
    PL_AUTO_FD int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

    pl_buf_reset(ret);
    if (fd < 0)
        return open_failed(err, path);
    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
        return pl_fail(err, PL_FORMAT, "%s: not a regular file", path);
    return read_fd(fd, path, max, ret, err);
}

pl_rc pl_io_write(int fd, pl_str bytes, const char *name, pl_err *err)
{
    while (bytes.n) {
        ssize_t n = write(fd, bytes.p, bytes.n);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return pl_fail_sys(err, errno, "write %s", name);
        bytes = pl_str_sub(bytes, (size_t)n, bytes.n);
    }
    return PL_OK;
}

pl_rc pl_io_sync(int fd, const char *name, pl_err *err)
{
    return fsync(fd) == 0 ? PL_OK : pl_fail_sys(err, errno, "sync %s", name);
}

pl_rc pl_io_sync_dir(int dir, const char *path, pl_err *err)
{
    PL_AUTO_FD int fd = -1;

    pl_rc rc = pl_io_open_dir(dir, path, false, &fd, err);
    return rc ? rc : pl_io_sync(fd, path, err);
}

/* ---- many syncs ---- */

typedef struct syncs {
    const int *fds;
    size_t n;
    size_t next;
    int failed; /* errno of one that failed */
} syncs;

static void *sync_share(void *arg)
{
    syncs *s = arg;
    size_t i;

    while ((i = __atomic_fetch_add(&s->next, 1, __ATOMIC_RELAXED)) < s->n)
        if (fsync(s->fds[i]) < 0)
            __atomic_store_n(&s->failed, errno, __ATOMIC_RELAXED);
    return NULL;
}

pl_rc pl_io_sync_all(const int *fds, size_t n, const char *what, pl_err *err)
{
    pthread_t threads[PL_SYNC_THREADS - 1];
    syncs s = {.fds = fds, .n = n};
    size_t started = 0;

    /* What no thread could be had for is done here. */
    while (started < PL_COUNT(threads) && started + 1 < n &&
           pthread_create(&threads[started], NULL, sync_share, &s) == 0)
        started++;
    (void)sync_share(&s);
    while (started)
        (void)pthread_join(threads[--started], NULL);
    return s.failed ? pl_fail_sys(err, s.failed, "sync %s", what) : PL_OK;
}

void pl_io_start_write_back(int fd)
{
    /* Only a head start for the sync that follows later: its failure will be seen there. */
    (void)sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE);
}

pl_rc pl_io_move(int log_dir, const char *from, const char *to, bool *ret_made, pl_err *err)
{
    *ret_made = false;
    if (renameat(log_dir, from, log_dir, to) == 0)
        return PL_OK;
    if (errno != ENOENT)
        return pl_fail_sys(err, errno, "rename %s to %s", from, to);
    pl_rc rc = make_dirs(log_dir, to, false, ret_made, err);
    if (!rc && renameat(log_dir, from, log_dir, to) < 0)
        rc = pl_fail_sys(err, errno, "rename %s to %s", from, to);
    return rc;
}

static const char tmp[] = ".state/tmp/new";

static pl_rc write_tmp(int log_dir, const char *path, pl_str bytes, int *ret_fd, pl_err *err)
{
    PL_AUTO_FD int fd = open_beneath(log_dir, tmp, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    if (fd < 0)
        return open_failed(err, tmp);
    pl_rc rc = pl_io_write(fd, bytes, path, err);
    if (!rc)
        *ret_fd = PL_TAKE(fd, -1);
    return rc;
}

pl_rc pl_io_put(int log_dir, const char *path, pl_str bytes, int *ret_fd, bool *ret_made,
                pl_err *err)
{
    PL_AUTO_FD int fd = -1;

    pl_rc rc = write_tmp(log_dir, path, bytes, &fd, err);
    if (rc)
        return rc;
    pl_io_start_write_back(fd);
    rc = pl_io_move(log_dir, tmp, path, ret_made, err);
    if (!rc)
        *ret_fd = PL_TAKE(fd, -1);
    return rc;
}

/* The directory of PATH. */
static pl_rc sync_parent(int dir, const char *path, pl_err *err)
{
    char parent[PATH_ROOM] = "";
    const char *slash = strrchr(path, '/');

    if (slash)
        (void)pl_str_to_c((pl_str){path, (size_t)(slash - path)}, parent, sizeof(parent));
    return pl_io_sync_dir(dir, parent, err);
}

pl_rc pl_io_replace(int log_dir, const char *path, pl_str bytes, pl_err *err)
{
    PL_AUTO_FD int fd = -1;
    bool made = false;

    pl_rc rc = write_tmp(log_dir, path, bytes, &fd, err);
    if (!rc)
        rc = pl_io_sync(fd, path, err);
    if (!rc)
        rc = pl_io_move(log_dir, tmp, path, &made, err);
    return rc ? rc : sync_parent(log_dir, path, err);
}

pl_rc pl_io_remove(int dir, const char *path, pl_err *err)
{
    if (unlinkat(dir, path, 0) < 0 && errno != ENOENT)
        return pl_fail_sys(err, errno, "remove %s", path);
    return PL_OK;
}
