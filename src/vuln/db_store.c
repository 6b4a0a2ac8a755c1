/* SPDX-License-Identifier: Apache-2.0 */
#include "core/io.h"
#include "vuln/db_build.h"
#include "vuln/dbfile.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

/* The lock is the folder itself, so nothing is left behind. */
static pl_rc open_locked(const char *dir, int *ret, pl_err *err)
{
    if (mkdir(dir, 0700) != 0 && errno != EEXIST)
        return pl_fail_sys(err, errno, "make folder");
    PL_AUTO_FD int fd = open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return pl_fail_sys(err, errno, "open folder");
    while (flock(fd, LOCK_EX) != 0)
        if (errno != EINTR)
            return pl_fail_sys(err, errno, "lock folder");
    *ret = PL_TAKE(fd, -1);
    return PL_OK;
}

static pl_rc write_new(int dir_fd, pl_str bytes, pl_err *err)
{
    /* Left by an import that was killed; the lock says that nobody writes it now. */
    if (unlinkat(dir_fd, PL_DB_TMP_NAME, 0) != 0 && errno != ENOENT)
        return pl_fail_sys(err, errno, "remove %s", PL_DB_TMP_NAME);
    PL_AUTO_FD int fd =
        openat(dir_fd, PL_DB_TMP_NAME, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return pl_fail_sys(err, errno, "create %s", PL_DB_TMP_NAME);
    pl_rc rc = pl_write_all(fd, bytes, err);
    if (rc == PL_OK && (fchmod(fd, 0400) != 0 || fsync(fd) != 0))
        rc = pl_fail_sys(err, errno, "sync %s", PL_DB_TMP_NAME);
    return rc;
}

pl_rc pl_db_store(const char *dir, pl_str bytes, pl_err *err)
{
    PL_AUTO_FD int dir_fd = -1;

    pl_rc rc = open_locked(dir, &dir_fd, err);
    if (rc != PL_OK)
        return pl_wrap(err, rc, "%s", dir);
    rc = write_new(dir_fd, bytes, err);
    if (rc == PL_OK && renameat(dir_fd, PL_DB_TMP_NAME, dir_fd, PL_DB_NAME) != 0)
        rc = pl_fail_sys(err, errno, "rename %s to %s", PL_DB_TMP_NAME, PL_DB_NAME);
    if (rc == PL_OK && fsync(dir_fd) != 0)
        rc = pl_fail_sys(err, errno, "sync folder");
    if (rc != PL_OK)
        (void)unlinkat(dir_fd, PL_DB_TMP_NAME, 0);
    return rc == PL_OK ? rc : pl_wrap(err, rc, "%s", dir);
}
