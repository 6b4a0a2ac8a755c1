/* SPDX-License-Identifier: Apache-2.0 */
#include "tarmake.h"

#include "core/hash.h"

#include <assert.h>
#include <string.h>

#include <zlib.h>
#include <zstd.h>

enum { BLOCK = 512 };

static void put_checksum(char *h)
{
    unsigned sum = 0;

    memset(h + 148, ' ', 8);
    for (size_t i = 0; i < BLOCK; i++)
        sum += (unsigned char)h[i];
    (void)snprintf(h + 148, 8, "%06o", sum);
}

static void pad(pl_buf *tar)
{
    static const char zeros[BLOCK];
    pl_buf_add(tar, zeros, (size_t)(-tar->n & (BLOCK - 1)));
}

static void put_text(char *to, const char *from, size_t max)
{
    size_t n = from ? strnlen(from, max) : 0;
    if (n)
        memcpy(to, from, n);
}

void mk_add(pl_buf *tar, const mk_entry *e)
{
    char h[BLOCK] = {0};
    size_t n = e->data_n ? e->data_n : e->data ? strlen(e->data) : 0;

    put_text(h, e->path, 100);
    (void)snprintf(h + 100, 8, "%07o", (e->mode ? e->mode : 0644) & 07777777);
    (void)snprintf(h + 108, 8, "%07o", e->uid & 07777777);
    (void)snprintf(h + 116, 8, "%07o", e->gid & 07777777);
    (void)snprintf(h + 124, 12, "%011o", (unsigned)n);
    if (e->size_text)
        memcpy(h + 124, e->size_text, 12);
    (void)snprintf(h + 136, 12, "%011o", 1);
    h[156] = e->type ? e->type : '0';
    put_text(h + 157, e->link, 100);
    memcpy(h + 257, e->magic ? e->magic : "ustar\00000", 8);
    put_text(h + 345, e->prefix, 155);
    put_checksum(h);
    pl_buf_add(tar, h, BLOCK);
    pl_buf_add(tar, e->data ? e->data : "", n);
    pad(tar);
}

void mk_end(pl_buf *tar)
{
    static const char zeros[2 * BLOCK];
    pl_buf_add(tar, zeros, sizeof(zeros));
}

void mk_meta(pl_buf *tar, char type, const char *data, size_t n)
{
    mk_add(tar, &(mk_entry){.path = "meta", .type = type, .data = data, .data_n = n});
}

void mk_pax(pl_buf *out, const char *key, const char *value)
{
    size_t body = strlen(key) + strlen(value) + 3;
    size_t n = body + 1;
    char digits[24];

    while ((size_t)snprintf(digits, sizeof(digits), "%zu", n) + body != n)
        n++;
    pl_buf_fmt(out, "%zu %s=%s\n", n, key, value);
}

void mk_patch(pl_buf *tar, size_t at, size_t offset, const char *bytes, size_t n)
{
    assert(at + BLOCK <= tar->n && offset + n <= BLOCK);
    memcpy(tar->p + at + offset, bytes, n);
    put_checksum(tar->p + at);
}

void mk_tar(pl_buf *tar, const mk_entry *list)
{
    for (; list->path; list++)
        mk_add(tar, list);
    mk_end(tar);
}

void mk_gzip(pl_str in, pl_buf *out)
{
    z_stream z = {.next_in = (unsigned char *)(uintptr_t)in.p, .avail_in = (unsigned)in.n};
    unsigned char some[4096];
    int rc = deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);

    assert(rc == Z_OK);
    do {
        z.next_out = some;
        z.avail_out = sizeof(some);
        rc = deflate(&z, Z_FINISH);
        pl_buf_add(out, some, sizeof(some) - z.avail_out);
    } while (rc == Z_OK);
    assert(rc == Z_STREAM_END);
    (void)deflateEnd(&z);
}

void mk_zstd(pl_str in, pl_buf *out)
{
    size_t room = ZSTD_compressBound(in.n);
    PL_AUTO_FREE char *packed = malloc(room);
    size_t n = packed ? ZSTD_compress(packed, room, in.p, in.n, 3) : 0;

    assert(n && !ZSTD_isError(n));
    pl_buf_add(out, packed, n);
}

void mk_digest(pl_str in, char ret[72])
{
    unsigned char raw[PL_SHA256];

    pl_sha256_of(in, raw);
    memcpy(ret, "sha256:", 7);
    pl_hex(raw, sizeof(raw), ret + 7);
}
