/* SPDX-License-Identifier: Apache-2.0 */
#include "core/io.h"

#include <errno.h>

pl_rc pl_write_all(int fd, pl_str bytes, pl_err *err)
{
    while (bytes.n) {
        ssize_t w = write(fd, bytes.p, bytes.n);
        if (w < 0 && errno == EINTR)
            continue;
        if (w < 0)
            return pl_fail_sys(err, errno, "write");
        bytes.p += w;
        bytes.n -= (size_t)w;
    }
    return PL_OK;
}

pl_rc pl_read_all(int fd, size_t max, pl_buf *ret, pl_err *err)
{
    enum { CHUNK = 64 << 10 };
    PL_AUTO_FREE char *chunk = malloc(CHUNK);
    size_t total = 0;

    if (!chunk)
        return pl_fail(err, PL_NOMEM, "read buffer of %d bytes", CHUNK);
    for (;;) {
        /* One byte more than is allowed tells a full input from one that goes on. */
        size_t want = max - total < CHUNK ? max - total + 1 : CHUNK;
        ssize_t got = read(fd, chunk, want < CHUNK ? want : CHUNK);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return pl_fail_sys(err, errno, "read");
        if (got == 0)
            return PL_OK;
        if ((size_t)got > max - total)
            return pl_fail(err, PL_LIMIT, "input is over %zu bytes", max);
        total += (size_t)got;
        pl_buf_add(ret, chunk, (size_t)got);
        if (!pl_buf_ok(ret))
            return pl_fail(err, PL_NOMEM, "input of %zu bytes", total);
    }
}

pl_rc pl_read_copy(int fd, uint64_t length, size_t max, pl_buf *ret, pl_err *err)
{
    size_t n = 0;

    if (length > max)
        return pl_fail(err, PL_WORKER, "a body of %llu bytes", (unsigned long long)length);
    char *p = malloc(length ? length : 1);
    if (!p)
        return pl_fail(err, PL_NOMEM, "a body of %llu bytes", (unsigned long long)length);
    for (ssize_t got = 1; n < length && got > 0; n += got > 0 ? (size_t)got : 0)
        got = pread(fd, p + n, length - n, (off_t)n);
    if (n < length) {
        free(p);
        return pl_fail(err, PL_WORKER, "a body of another length");
    }
    pl_buf_done(ret);
    *ret = (pl_buf){.p = p, .n = n, .room = length ? length : 1};
    return PL_OK;
}
