/* SPDX-License-Identifier: Apache-2.0 */
#include "image/unpack.h"

#include "image/limits.h"

#include <limits.h>
#include <string.h>

#include <bzlib.h>
#include <isa-l/igzip_lib.h>
#include <lzma.h>
#include <zstd.h>
#include <zstd_errors.h>

enum { BUF = 128 * 1024 };

typedef enum { UNDECIDED, PLAIN, GZIP, ZSTD, XZ, BZIP2 } method;

struct pl_unpack {
    pl_in in;
    pl_in *from;
    method how;
    uint64_t total_in, total_out;
    bool at_end;                /* of from */
    bool is_ending;             /* it was told that nothing follows */
    bool in_member;             /* a gzip member or zstd frame has begun and not ended */
    struct inflate_state *gzip; /* ISA-L: three times as fast as zlib, checks the CRC too */
    ZSTD_DStream *zstd;
    lzma_stream xz;
    bz_stream bzip2;
    bool has_bzip2;
    size_t n, at; /* what buf holds and what of it is used */
    unsigned char *buf;
    unsigned char *own; /* buf, of a stream that lends none; owned */
};

static pl_rc refill(pl_unpack *u, pl_err *err)
{
    pl_str got = {(char *)u->own, 0};
    pl_rc rc =
        u->own ? pl_in_fill(u->from, u->own, BUF, &got.n, err) : u->from->lend(u->from, &got, err);

    u->at = 0;
    u->n = rc ? 0 : got.n;
    if (rc)
        return rc;
    u->buf = (unsigned char *)(uintptr_t)got.p; /* the libraries' pointers are not const */
    u->total_in += u->n;
    u->at_end = u->n == 0;
    return PL_OK;
}

/* ---- which method ---- */

/* 0x184D2A50 to 0x184D2A5F, little-endian: zstd frames that hold no data of ours. */
static bool is_skippable(pl_str head)
{
    return head.n >= 4 && (head.p[0] & 0xf0) == 0x50 &&
           pl_str_eq(pl_str_sub(head, 1, 3), PL_S("\x2a\x4d\x18"));
}

/* A first block, or the end of a stream that holds nothing. */
static bool is_bzip2(pl_str head)
{
    pl_str block = pl_str_sub(head, 4, 6);

    return pl_str_starts(head, PL_S("BZh")) && head.n >= 10 && head.p[3] >= '1' &&
           head.p[3] <= '9' &&
           (pl_str_eq(block, PL_S("1AY&SY")) || pl_str_eq(block, PL_S("\x17\x72\x45\x38\x50\x90")));
}

static method method_of(pl_str head)
{
    if (pl_str_starts(head, PL_S("\x1f\x8b")))
        return GZIP;
    if (pl_str_starts(head, PL_S("\x28\xb5\x2f\xfd")) || is_skippable(head))
        return ZSTD;
    if (pl_str_starts(head, PL_S("\xfd"
                                 "7zXZ\0")))
        return XZ;
    return is_bzip2(head) ? BZIP2 : PLAIN;
}

/* The older form of xz has no magic: properties, a window, and mostly an unknown length. */
static bool is_lzma(pl_str head)
{
    return pl_str_starts(head, PL_S("\x5d\0\0")) &&
           pl_str_eq(pl_str_sub(head, 5, 8), PL_S("\xff\xff\xff\xff\xff\xff\xff\xff"));
}

/* NULL: none that is known. */
static const char *unread_method(pl_str head)
{
    static const struct {
        const char *magic, *name;
    } others[] = {
        {"\x04\x22\x4d\x18", "lz4"}, {"\x02\x21\x4c\x18", "lz4"},  {"LZIP\x01", "lzip"},
        {"\x89LZO", "lzop"},         {"7z\xbc\xaf\x27\x1c", "7z"}, {"\x1f\x9d\x90", "compress"},
    };

    for (size_t i = 0; i < PL_COUNT(others); i++)
        if (pl_str_starts(head, pl_str_c(others[i].magic)))
            return others[i].name;
    return is_lzma(head) ? "lzma" : NULL;
}

bool pl_unpack_is_packed(pl_str head)
{
    return method_of(head) != PLAIN || unread_method(head);
}

/* ---- the methods ---- */

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

static pl_rc open_xz(pl_unpack *u, pl_err *err)
{
    u->xz = (lzma_stream)LZMA_STREAM_INIT;
    if (lzma_stream_decoder(&u->xz, (uint64_t)PL_UNPACK_XZ_MIB << 20, LZMA_CONCATENATED) != LZMA_OK)
        return pl_fail(err, PL_NOMEM, "xz");
    u->how = XZ;
    u->in_member = true;
    return PL_OK;
}

static pl_rc open_bzip2(pl_unpack *u, pl_err *err)
{
    u->bzip2 = (bz_stream){0};
    if (BZ2_bzDecompressInit(&u->bzip2, 0, 0) != BZ_OK)
        return pl_fail(err, PL_NOMEM, "bzip2");
    u->has_bzip2 = true;
    u->how = BZIP2;
    u->in_member = true;
    return PL_OK;
}

static pl_rc decide(pl_unpack *u, pl_err *err)
{
    pl_rc rc = refill(u, err);

    if (rc)
        return rc;
    const pl_str head = {(const char *)u->buf, u->n};
    switch (method_of(head)) {
    case GZIP:
        return open_gzip(u, err);
    case ZSTD:
        return open_zstd(u, err);
    case XZ:
        return open_xz(u, err);
    case BZIP2:
        return open_bzip2(u, err);
    case UNDECIDED:
    case PLAIN:
        break;
    }
    u->how = PLAIN;
    return unread_method(head) ? pl_fail(err, PL_UNSUPPORTED, "compression %s is not supported",
                                         unread_method(head))
                               : PL_OK;
}

static pl_rc read_plain(pl_unpack *u, void *buf, size_t n, size_t *ret_n, pl_err *err)
{
    pl_rc rc = u->at == u->n ? refill(u, err) : PL_OK;

    if (rc)
        return rc;
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
    const uint32_t given = (uint32_t)(u->n - u->at);

    z->next_in = u->buf + u->at;
    z->avail_in = given;
    z->next_out = buf;
    z->avail_out = room;
    int code = isal_inflate(z);
    /* Damaged data has made it count below zero (2.30). */
    if (z->avail_in > given || z->avail_out > room)
        return pl_fail(err, PL_FORMAT, "gzip data is damaged (counts)");
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

/* One stream after the other, with zeros between them, up to the end of the input. */
static pl_rc unxz_some(pl_unpack *u, void *buf, size_t n, size_t *ret_n, pl_err *err)
{
    u->xz.next_in = u->buf + u->at;
    u->xz.avail_in = u->n - u->at;
    u->xz.next_out = buf;
    u->xz.avail_out = n;
    lzma_ret code = lzma_code(&u->xz, u->at_end ? LZMA_FINISH : LZMA_RUN);
    u->at = u->n - u->xz.avail_in;
    *ret_n = n - u->xz.avail_out;
    u->in_member = code != LZMA_STREAM_END;
    if (code == LZMA_MEMLIMIT_ERROR)
        return pl_fail(err, PL_LIMIT, "xz needs more than %d MiB to unpack (PL_UNPACK_XZ_MIB)",
                       PL_UNPACK_XZ_MIB);
    if (code == LZMA_MEM_ERROR)
        return pl_fail(err, PL_NOMEM, "xz");
    bool is_stuck = code == LZMA_BUF_ERROR && u->at < u->n;
    if ((code != LZMA_OK && code != LZMA_STREAM_END && code != LZMA_BUF_ERROR) || is_stuck)
        return pl_fail(err, PL_FORMAT, "xz data is damaged (%d)", (int)code);
    return PL_OK;
}

static pl_rc next_bzip2(pl_unpack *u, pl_err *err)
{
    while (u->at < u->n && u->buf[u->at] == 0)
        u->at++;
    if (u->at == u->n)
        return PL_OK;
    (void)BZ2_bzDecompressEnd(&u->bzip2);
    u->has_bzip2 = false;
    return u->buf[u->at] == 'B' ? open_bzip2(u, err)
                                : pl_fail(err, PL_FORMAT, "bytes after the end of the bzip2 data");
}

static pl_rc unbzip2_some(pl_unpack *u, void *buf, size_t n, size_t *ret_n, pl_err *err)
{
    const unsigned room = n > INT_MAX ? INT_MAX : (unsigned)n;

    u->bzip2.next_in = (char *)u->buf + u->at;
    u->bzip2.avail_in = (unsigned)(u->n - u->at);
    u->bzip2.next_out = buf;
    u->bzip2.avail_out = room;
    int code = BZ2_bzDecompress(&u->bzip2);
    u->at = u->n - u->bzip2.avail_in;
    *ret_n = room - u->bzip2.avail_out;
    u->in_member = code != BZ_STREAM_END;
    if (code == BZ_MEM_ERROR)
        return pl_fail(err, PL_NOMEM, "bzip2");
    if (code != BZ_OK && code != BZ_STREAM_END)
        return pl_fail(err, PL_FORMAT, "bzip2 data is damaged (%d)", code);
    return PL_OK;
}

/* Between two members: *ret_go says whether another one follows in what is in the buffer. */
static pl_rc begin_member(pl_unpack *u, bool *ret_go, pl_err *err)
{
    pl_rc rc = PL_OK;

    if (!u->in_member && u->how == GZIP)
        rc = next_member(u, err);
    else if (!u->in_member && u->how == BZIP2)
        rc = next_bzip2(u, err);
    /* Between two frames zstd answers an empty input with what it wants next, as in a frame. */
    *ret_go = u->in_member || (u->how == ZSTD && u->at < u->n);
    return rc;
}

/* One step: may give nothing and still not be at the end. */
static pl_rc step(pl_unpack *u, void *buf, size_t n, size_t *ret_n, pl_err *err)
{
    static pl_rc (*const some[])(pl_unpack *, void *, size_t, size_t *, pl_err *) = {
        [GZIP] = inflate_some, [ZSTD] = unzstd_some, [XZ] = unxz_some, [BZIP2] = unbzip2_some};
    bool go = false;
    pl_rc rc = begin_member(u, &go, err);

    *ret_n = 0;
    return rc || !go ? rc : some[u->how](u, buf, n, ret_n, err);
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
        if (u->at_end && u->in_member && !u->is_ending) {
            u->is_ending = true; /* once more with nothing: some give their last bytes then */
            continue;
        }
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
    if (!u)
        return NULL;
    u->in.read = unpack_read;
    u->from = from;
    if (from->lend || (u->own = malloc(BUF)))
        return u;
    free(u);
    return NULL;
}

void pl_unpack_free(pl_unpack *u)
{
    if (!u)
        return;
    free(u->gzip);
    (void)ZSTD_freeDStream(u->zstd);
    if (u->how == XZ)
        lzma_end(&u->xz);
    if (u->has_bzip2)
        (void)BZ2_bzDecompressEnd(&u->bzip2);
    free(u->own);
    free(u);
}

pl_in *pl_unpack_in(pl_unpack *u)
{
    return &u->in;
}

const char *pl_unpack_name(const pl_unpack *u)
{
    static const char *const names[] = {"none", "none", "gzip", "zstd", "xz", "bzip2"};
    return names[u->how];
}
