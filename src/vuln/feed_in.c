/* SPDX-License-Identifier: Apache-2.0 */
#include "vuln/feed_in.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

enum { IN_ROOM = 128 << 10, ZSTD_WINDOW_LOG = 27, GZIP_WINDOW = 15 + 16 };

enum form { UNSEEN, PLAIN, GZIP, ZSTD };

struct pl_feed_in {
    int fd;
    size_t left; /* bytes that may still come out */
    enum form form;
    bool is_eof;   /* of fd */
    bool is_whole; /* between two frames or members: the stream may end here */
    ZSTD_DStream *zstd;
    z_stream gzip;
    bool has_gzip;
    size_t at, n; /* of in */
    unsigned char in[IN_ROOM];
};

pl_feed_in *pl_feed_in_new(int fd, size_t max)
{
    pl_feed_in *u = calloc(1, sizeof(*u));

    if (u) {
        u->fd = fd;
        u->left = max;
    }
    return u;
}

void pl_feed_in_free(pl_feed_in *u)
{
    if (!u)
        return;
    (void)ZSTD_freeDStream(u->zstd);
    if (u->has_gzip)
        (void)inflateEnd(&u->gzip);
    free(u);
}

/* Makes sure that in holds something, unless the input has ended. */
static pl_rc fill(pl_feed_in *u, pl_err *err)
{
    if (u->at < u->n || u->is_eof)
        return PL_OK;
    ssize_t n;
    do
        n = read(u->fd, u->in, sizeof(u->in));
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return pl_fail_sys(err, errno, "read");
    u->at = 0;
    u->n = (size_t)n;
    u->is_eof = n == 0;
    return PL_OK;
}

static pl_rc begin_gzip(pl_feed_in *u, pl_err *err)
{
    u->form = GZIP;
    if (inflateInit2(&u->gzip, GZIP_WINDOW) != Z_OK)
        return pl_fail(err, PL_NOMEM, "out of memory");
    u->has_gzip = true;
    return PL_OK;
}

static pl_rc begin_zstd(pl_feed_in *u, pl_err *err)
{
    u->form = ZSTD;
    u->zstd = ZSTD_createDStream();
    if (!u->zstd ||
        ZSTD_isError(ZSTD_DCtx_setParameter(u->zstd, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG)))
        return pl_fail(err, PL_NOMEM, "out of memory");
    return PL_OK;
}

/* The first read of a file or pipe gives at least the four bytes that tell. */
static pl_rc begin(pl_feed_in *u, pl_err *err)
{
    static const unsigned char gzip[] = {0x1F, 0x8B}, zstd[] = {0x28, 0xB5, 0x2F, 0xFD};

    u->is_whole = true;
    if (u->n >= sizeof(zstd) && memcmp(u->in, zstd, sizeof(zstd)) == 0)
        return begin_zstd(u, err);
    if (u->n >= sizeof(gzip) && memcmp(u->in, gzip, sizeof(gzip)) == 0)
        return begin_gzip(u, err);
    u->form = PLAIN;
    return PL_OK;
}

static pl_rc step_plain(pl_feed_in *u, void *to, size_t room, size_t *ret)
{
    *ret = u->n - u->at < room ? u->n - u->at : room;
    memcpy(to, u->in + u->at, *ret);
    u->at += *ret;
    return PL_OK;
}

static pl_rc step_gzip(pl_feed_in *u, void *to, size_t room, size_t *ret, pl_err *err)
{
    u->gzip.next_in = u->in + u->at;
    u->gzip.avail_in = (uInt)(u->n - u->at);
    u->gzip.next_out = to;
    u->gzip.avail_out = room > UINT32_MAX ? UINT32_MAX : (uInt)room;
    uInt before = u->gzip.avail_out;
    int rc = inflate(&u->gzip, Z_NO_FLUSH);
    if (rc != Z_OK && rc != Z_STREAM_END && rc != Z_BUF_ERROR)
        return pl_fail(err, PL_FORMAT, "damaged gzip data");
    u->at = u->n - u->gzip.avail_in;
    *ret = before - u->gzip.avail_out;
    u->is_whole = rc == Z_STREAM_END;
    if (u->is_whole)
        (void)inflateReset(&u->gzip);
    return PL_OK;
}

static pl_rc step_zstd(pl_feed_in *u, void *to, size_t room, size_t *ret, pl_err *err)
{
    ZSTD_inBuffer in = {u->in, u->n, u->at};
    ZSTD_outBuffer out = {to, room, 0};

    size_t rc = ZSTD_decompressStream(u->zstd, &out, &in);
    if (ZSTD_isError(rc))
        return pl_fail(err, PL_FORMAT, "damaged zstd data: %s", ZSTD_getErrorName(rc));
    u->at = in.pos;
    *ret = out.pos;
    u->is_whole = rc == 0;
    return PL_OK;
}

static pl_rc step(pl_feed_in *u, void *to, size_t room, size_t *ret, pl_err *err)
{
    if (u->form == GZIP)
        return step_gzip(u, to, room, ret, err);
    if (u->form == ZSTD)
        return step_zstd(u, to, room, ret, err);
    return step_plain(u, to, room, ret);
}

pl_rc pl_feed_in_read(pl_feed_in *u, void *to, size_t room, size_t *ret, pl_err *err)
{
    *ret = 0;
    while (*ret == 0) {
        pl_rc rc = fill(u, err);
        if (rc == PL_OK && u->form == UNSEEN)
            rc = begin(u, err);
        if (rc == PL_OK && !(u->is_eof && u->is_whole))
            rc = step(u, to, room, ret, err);
        if (rc != PL_OK)
            return rc;
        if (*ret == 0 && u->is_eof)
            return u->is_whole ? PL_OK : pl_fail(err, PL_FORMAT, "cut off in the middle");
    }
    if (*ret > u->left)
        return pl_fail(err, PL_LIMIT, "unpacks to more than the limit");
    u->left -= *ret;
    return PL_OK;
}
