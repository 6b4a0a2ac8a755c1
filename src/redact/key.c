/* SPDX-License-Identifier: Apache-2.0 */
/* The key file of this installation. */
#include "redact/redact.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include <openssl/crypto.h>
#include <openssl/rand.h>

static const char file_name[] = "redact.key";

static pl_rc make_key(unsigned char ret[PL_REDACT_KEY], pl_err *err)
{
    return RAND_bytes(ret, PL_REDACT_KEY) == 1
               ? PL_OK
               : pl_fail(err, PL_SYS, "%s: no random bytes", file_name);
}

static pl_rc check_file(int fd, int state_fd, pl_err *err)
{
    struct stat st;
    struct stat folder;

    if (fstat(fd, &st) < 0 || fstat(state_fd, &folder) < 0)
        return pl_fail_sys(err, errno, "%s", file_name);
    if (!S_ISREG(st.st_mode) || st.st_size != PL_REDACT_KEY)
        return pl_fail(err, PL_TAMPERED, "%s is not a key file", file_name);
    if (st.st_uid != 0 && st.st_uid != geteuid() && st.st_uid != folder.st_uid)
        return pl_fail(err, PL_TAMPERED, "%s belongs to uid %u", file_name, (unsigned)st.st_uid);
    if (st.st_mode & 077)
        return pl_fail(err, PL_TAMPERED, "%s is open to others (mode %04o)", file_name,
                       (unsigned)st.st_mode & 07777);
    return PL_OK;
}

/* PL_NOTFOUND: there is none yet. */
static pl_rc read_key(int state_fd, unsigned char ret[PL_REDACT_KEY], pl_err *err)
{
    PL_AUTO_FD int fd = openat(state_fd, file_name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

    if (fd < 0 && errno == ENOENT)
        return pl_fail(err, PL_NOTFOUND, "%s is not there", file_name);
    if (fd < 0 && errno == ELOOP)
        return pl_fail(err, PL_TAMPERED, "%s is a symbolic link", file_name);
    if (fd < 0)
        return pl_fail_sys(err, errno, "%s", file_name);
    pl_rc rc = check_file(fd, state_fd, err);
    if (rc)
        return rc;
    ssize_t n = read(fd, ret, PL_REDACT_KEY);
    if (n < 0)
        return pl_fail_sys(err, errno, "%s", file_name);
    return n == PL_REDACT_KEY ? PL_OK : pl_fail(err, PL_TAMPERED, "%s is cut short", file_name);
}

/*
 * The file gets its name when it is whole, so nobody reads half a key; whoever comes second finds
 * EEXIST and takes the other's. Root gives it to the owner of the folder.
 */
static pl_rc write_key(int state_fd, const unsigned char key[PL_REDACT_KEY], pl_err *err)
{
    char path[32];
    struct stat folder;
    PL_AUTO_FD int fd = openat(state_fd, ".", O_WRONLY | O_TMPFILE | O_CLOEXEC, 0400);

    if (fd < 0)
        return pl_fail_sys(err, errno, "%s", file_name);
    pl_rc rc = pl_write_all(fd, (pl_str){(const char *)key, PL_REDACT_KEY}, err);
    if (rc)
        return pl_wrap(err, rc, "%s", file_name);
    if (fstat(state_fd, &folder) < 0 ||
        (geteuid() == 0 && fchown(fd, folder.st_uid, folder.st_gid) < 0) || fsync(fd) < 0)
        return pl_fail_sys(err, errno, "%s", file_name);
    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    if (linkat(AT_FDCWD, path, state_fd, file_name, AT_SYMLINK_FOLLOW) < 0 && errno != EEXIST)
        return pl_fail_sys(err, errno, "%s", file_name);
    return fsync(state_fd) < 0 ? pl_fail_sys(err, errno, "%s", file_name) : PL_OK;
}

pl_rc pl_redact_key(int state_fd, unsigned char ret[PL_REDACT_KEY], pl_err *err)
{
    pl_err missing = {0};
    pl_rc rc;

    if (state_fd < 0)
        return make_key(ret, err);
    rc = read_key(state_fd, ret, &missing);
    if (rc != PL_NOTFOUND) {
        if (rc && err)
            *err = missing;
        return rc;
    }
    if ((rc = make_key(ret, err)) || (rc = write_key(state_fd, ret, err)))
        return rc;
    return read_key(state_fd, ret, err);
}
