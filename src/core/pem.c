/* SPDX-License-Identifier: Apache-2.0 */
#include "core/pem.h"

#include "core/io.h"
#include "core/limits.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

pl_rc pl_pem_read(const char *path, pl_buf *ret, pl_err *err)
{
    PL_AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat st;
    size_t before = ret->n;

    if (fd < 0 || fstat(fd, &st) < 0)
        return pl_fail_at(err,
                          errno == ENOENT   ? PL_NOTFOUND
                          : errno == EACCES ? PL_DENIED
                                            : PL_SYS,
                          errno, __FILE__, __LINE__, "certificate file %s", path);
    if (!S_ISREG(st.st_mode))
        return pl_fail(err, PL_FORMAT, "certificate file %s: not a regular file", path);
    pl_rc rc = pl_read_all(fd, PL_PEM_FILE_MAX, ret, err);
    if (!rc && ret->n == before)
        rc = pl_fail(err, PL_FORMAT, "is empty");
    return pl_wrap(err, rc, "certificate file %s", path);
}

pl_rc pl_pem_read_system(pl_buf *ret, pl_err *err)
{
    static const char *const places[] = {
        "/etc/ssl/certs/ca-certificates.crt", /* Debian, Alpine, Arch */
        "/etc/pki/tls/certs/ca-bundle.crt",   /* Fedora and its kin */
        "/etc/ssl/ca-bundle.pem",             /* SUSE */
    };
    pl_rc rc = PL_NOTFOUND;

    for (size_t i = 0; rc == PL_NOTFOUND && i < PL_COUNT(places); i++)
        rc = pl_pem_read(places[i], ret, err);
    return rc;
}
