/* SPDX-License-Identifier: Apache-2.0 */
#include "image/unpack.h"

#include "image/limits.h"

#include <limits.h>
#include <string.h>

#include <isa-l/igzip_lib.h>
#include <zstd.h>
#include <zstd_errors.h>

enum { BUF = 128 * 1024 };

typedef enum { UNDECIDED, PLAIN, GZIP, ZSTD } method;

struct pl_unpack {
    pl_in in;
    pl_in *from;
    method how;
    uint64_t total_in, total_out;
    bool at_end;                /* of from */
    bool in_member;             /* a gzip member or zstd frame has begun and not ended */
    struct inflate_state *gzip; /* ISA-L: three times as fast as zlib, checks the CRC too */
    ZSTD_DStream *zstd;
    size_t n, at; /* what buf holds and what of it is used */
    unsigned char buf[BUF];
};

static pl_rc refill(pl_unpack *u, pl_err *err)
{
    pl_rc rc = pl_in_read(u->from, u->buf, sizeof(u->buf), &u->n, err);

    u->at = 0;
    if (rc)
        return rc;
    u->total_in += u->n;
    u->at_end = u->n == 0;
    return PL_OK;
}

static bool has_magic(const pl_unpack *u, const char *magic, size_t n)
{
    return u->n - u->at >= n && memcmp(u->buf + u->at, magic, n) == 0;
}

/* 0x184D2A50 to 0x184D2A5F, little-endian: zstd frames that hold no data of ours. */
static bool is_skippable(const pl_unpack *u)
{
    const unsigned char *b = u->buf + u->at;
    return u->n - u->at >= 4 && (b[0] & 0xf0) == 0x50 && b[1] == 0x2a && b[2] == 0x4d &&
           b[3] == 0x18;
}

static pl_rc open_gzip(pl_unpack *u, pl_err *err)
{
    u->gzip = calloc(1, sizeof(*u->gzip));
    if (!u->gzip)
        return pl_fail(err, PL_NOMEM, "gzip");
    isal_inflate_init(u->gzip);
    u->gzip->crc_flag = ISAL_GZIP;
    u->how = GZIP;
    u->in_member = true;
    return PL_OK;
}

static pl_rc open_zstd(pl_unpack *u, pl_err *err)
{
    u->zstd = ZSTD_createDStream();
    if (!u->zstd)
        return pl_fail(err, PL_NOMEM, "zstd");
    (void)ZSTD_DCtx_setParameter(u->zstd, ZSTD_d_windowLogMax, PL_UNPACK_WINDOW_LOG);
    u->how = ZSTD;
    u->in_member = true;
    return PL_OK;
}

static pl_rc decide(pl_unpack *u, pl_err *err)
{
    pl_rc rc = pl_in_fill(u->from, u->buf, sizeof(u->buf), &u->n, err);

    if (rc)
        return rc;
    u->total_in = u->n;
    u->at_end = u->n < sizeof(u->buf);
    if (has_magic(u, "\x1f\x8b", 2))
        return open_gzip(u, err);
    if (has_magic(u, "\x28\xb5\x2f\xfd", 4) || is_skippable(u))
        return open_zstd(u, err);
    u->how = PLAIN;
    return PL_OK;
}

static pl_rc read_plain(pl_unpack *u, void *buf, size_t n, size_t *ret_n, pl_err *err)
{
    if (u->at == u->n) {
        u->n = u->at = 0;
        return pl_in_read(u->from, buf, n, ret_n, err);
    }
    if (n > u->n - u->at)
        n = u->n - u->at;
    memcpy(buf, u->buf + u->at, n);
    u->at += n;
    *ret_n = n;
    return PL_OK;
}

/* Between two members: another one, padding zeros, or nothing. */
static pl_rc next_member(pl_unpack *u, pl_err *err)
{
    while (u->at < u->n && u->buf[u->at] == 0)
        u->at++;
    if (u->at == u->n)
        return PL_OK;
    if (u->buf[u->at] != 0x1f)
        return pl_fail(err, PL_FORMAT, "bytes after the end of the gzip data");
    isal_inflate_reset(u->gzip); /* forgets the flag too */
    u->gzip->crc_flag = ISAL_GZIP;
    u->in_member = true;
    return PL_OK;
}

static const char *gzip_error(int code)
{
    static const struct {
        int code;
        const char *text;
    } names[] = {
        {ISAL_INVALID_BLOCK, "invalid block"},       {ISAL_INVALID_SYMBOL, "invalid symbol"},
        {ISAL_INVALID_LOOKBACK, "invalid distance"}, {ISAL_INVALID_WRAPPER, "invalid header"},
        {ISAL_UNSUPPORTED_METHOD, "unknown method"}, {ISAL_INCORRECT_CHECKSUM, "wrong checksum"},
    };

    for (size_t i = 0; i < PL_COUNT(names); i++)
        if (names[i].code == code)
            return names[i].text;
    return "?";
}

static pl_rc inflate_some(pl_unpack *u, void *buf, size_t n, size_t *ret_n, pl_err *err)
{
    struct inflate_state *z = u->gzip;
    const uint32_t room = n > INT_MAX ? INT_MAX : (uint32_t)n;

    z->next_in = u->buf + u->at;
    z->avail_in = (uint32_t)(u->n - u->at);
    z->next_out = buf;
    z->avail_out = room;
    int code = isal_inflate(z);
    u->at = u->n - z->avail_in;
    *ret_n = room - z->avail_out;
    if (code < 0)
        return pl_fail(err, PL_FORMAT, "gzip data is damaged (%s)", gzip_error(code));
    u->in_member = z->block_state != ISAL_BLOCK_FINISH;
    return PL_OK;
}

static pl_rc unzstd_some(pl_unpack *u, void *buf, size_t n, size_t *ret_n, pl_err *err)
{
    ZSTD_inBuffer in = {u->buf, u->n, u->at};
    ZSTD_outBuffer out = {buf, n, 0};
    size_t left = ZSTD_decompressStream(u->zstd, &out, &in);

    if (ZSTD_isError(left) && ZSTD_getErrorCode(left) == ZSTD_error_frameParameter_windowTooLarge)
        return pl_fail(err, PL_LIMIT, "zstd window is larger than %d MiB",
                       1 << (PL_UNPACK_WINDOW_LOG - 20));
    if (ZSTD_isError(left))
        return pl_fail(err, PL_FORMAT, "zstd data is damaged (%s)", ZSTD_getErrorName(left));
    u->at = in.pos;
    u->in_member = left != 0;
    *ret_n = out.pos;
    return PL_OK;
}

/* One step: may give nothing and still not be at the end. */
static pl_rc step(pl_unpack *u, void *buf, size_t n, size_t *ret_n, pl_err *err)
{
    pl_rc rc = PL_OK;

    *ret_n = 0;
    if (u->how == GZIP && !u->in_member) {
        rc = next_member(u, err);
        if (rc || !u->in_member)
            return rc;
    }
    /* Between two frames zstd answers an empty input with what it wants next, as in a frame. */
    if (u->how == ZSTD && !u->in_member && u->at == u->n)
        return PL_OK;
    return u->how == GZIP ? inflate_some(u, buf, n, ret_n, err)
                          : unzstd_some(u, buf, n, ret_n, err);
}

static pl_rc check_ratio(const pl_unpack *u, pl_err *err)
{
    if (u->total_out > PL_UNPACK_FREE && u->total_out / PL_UNPACK_RATIO > u->total_in)
        return pl_fail(err, PL_LIMIT, "expands more than %d-fold (PL_UNPACK_RATIO)",
                       PL_UNPACK_RATIO);
    return PL_OK;
}

static pl_rc unpack_read(pl_in *in, void *buf, size_t n, size_t *ret_n, pl_err *err)
{
    pl_unpack *u = (pl_unpack *)in;
    pl_rc rc = u->how == UNDECIDED ? decide(u, err) : PL_OK;

    if (rc)
        return rc;
    if (u->how == PLAIN)
        return read_plain(u, buf, n, ret_n, err);
    for (;;) {
        rc = step(u, buf, n, ret_n, err);
        if (rc)
            return rc;
        u->total_out += *ret_n;
        if (*ret_n)
            return check_ratio(u, err);
        if (u->at < u->n)
            continue;
        if (u->at_end && u->in_member)
            return pl_fail(err, PL_FORMAT, "%s data ends in the middle", pl_unpack_name(u));
        if (u->at_end)
            return PL_OK;
        rc = refill(u, err);
        if (rc)
            return rc;
    }
}

pl_unpack *pl_unpack_new(pl_in *from)
{
    pl_unpack *u = calloc(1, sizeof(*u));
    if (u) {
        u->in.read = unpack_read;
        u->from = from;
    }
    return u;
}

void pl_unpack_free(pl_unpack *u)
{
    if (!u)
        return;
    free(u->gzip);
    (void)ZSTD_freeDStream(u->zstd);
    free(u);
}

pl_in *pl_unpack_in(pl_unpack *u)
{
    return &u->in;
}

const char *pl_unpack_name(const pl_unpack *u)
{
    static const char *const names[] = {"none", "none", "gzip", "zstd"};
    return names[u->how];
}
