/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/journal.h"

#include "core/rd.h"
#include "ledger/crc32c.h"
#include "ledger/crypto.h"
#include "ledger/io.h"
#include "ledger/limits.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include <openssl/crypto.h>

static const char magic[8] = "PLJRNL01";

enum {
    NONCE = 32,
    CRC_AT = 20,  /* of a frame */
    HASH_AT = 24, /* of a frame */
    MAC_AT = 56,  /* of a frame */
    MAC_INPUT = CRC_AT + PL_SHA256
};

void pl_journal_name(uint64_t generation, char ret[PL_JOURNAL_NAME])
{
    (void)snprintf(ret, PL_JOURNAL_NAME, ".state/journal-%016llx", (unsigned long long)generation);
}

static void put_u32(unsigned char *p, uint32_t v)
{
    for (size_t i = 0; i < 4; i++)
        p[i] = (unsigned char)(v >> (8 * i));
}

static void put_u64(unsigned char *p, uint64_t v)
{
    put_u32(p, (uint32_t)v);
    put_u32(p + 4, (uint32_t)(v >> 32));
}

/* ---- keys ---- */

static void first_key(const unsigned char secret[PL_SHA256],
                      const unsigned char header[PL_JOURNAL_HEADER], unsigned char ret[PL_SHA256])
{
    pl_hmac_sha256((pl_str){(const char *)secret, PL_SHA256},
                   (pl_str){(const char *)header, PL_JOURNAL_HEADER}, ret);
}

static void step_key(unsigned char key[PL_SHA256])
{
    unsigned char next[PL_SHA256];

    pl_hmac_sha256((pl_str){(const char *)key, PL_SHA256}, PL_S("plimsoll journal batch"), next);
    memcpy(key, next, PL_SHA256);
    OPENSSL_cleanse(next, sizeof(next));
}

/* HMAC (RFC 2104) through the lent context: one per frame, so without EVP's set-up cost. */
static void frame_mac(pl_sha256 *h, const unsigned char key[PL_SHA256], const unsigned char *frame,
                      unsigned char ret[PL_SHA256])
{
    unsigned char pad[64];

    for (size_t i = 0; i < sizeof(pad); i++)
        pad[i] = (unsigned char)((i < PL_SHA256 ? key[i] : 0) ^ 0x36);
    pl_sha256_add(h, pad, sizeof(pad));
    pl_sha256_add(h, frame, CRC_AT);
    pl_sha256_add(h, frame + HASH_AT, PL_SHA256);
    pl_sha256_end(h, ret);
    for (size_t i = 0; i < sizeof(pad); i++)
        pad[i] ^= 0x36 ^ 0x5c;
    pl_sha256_add(h, pad, sizeof(pad));
    pl_sha256_add(h, ret, PL_SHA256);
    pl_sha256_end(h, ret);
    OPENSSL_cleanse(pad, sizeof(pad));
}

/* ---- writing ---- */

static pl_rc make_header(uint64_t generation, unsigned char ret[PL_JOURNAL_HEADER], pl_err *err)
{
    memset(ret, 0, PL_JOURNAL_HEADER);
    memcpy(ret, magic, sizeof(magic));
    put_u64(ret + 8, generation);
    pl_rc rc = pl_random(ret + 16, NONCE, err);
    put_u32(ret + 48, pl_crc32c(0, ret, 48));
    return rc;
}

pl_rc pl_journal_create(int log_dir, uint64_t generation, const unsigned char secret[PL_SHA256],
                        pl_journal *ret, pl_err *err)
{
    unsigned char header[PL_JOURNAL_HEADER];
    char name[PL_JOURNAL_NAME];

    pl_journal_name(generation, name);
    PL_AUTO_FD int fd =
        openat(log_dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return pl_fail_sys(err, errno, "make %s", name);
    pl_rc rc = make_header(generation, header, err);
    if (!rc)
        rc = pl_io_write(fd, (pl_str){(const char *)header, sizeof(header)}, name, err);
    if (!rc)
        rc = pl_io_sync(fd, name, err);
    if (!rc)
        rc = pl_io_sync_dir(log_dir, ".state", err);
    if (rc) {
        (void)unlinkat(log_dir, name, 0);
        return rc;
    }
    *ret = (pl_journal){.fd = PL_TAKE(fd, -1), .generation = generation, .end = sizeof(header)};
    first_key(secret, header, ret->key);
    return PL_OK;
}

void pl_journal_close(pl_journal *j)
{
    if (j->fd >= 0)
        (void)close(j->fd);
    OPENSSL_cleanse(j->key, sizeof(j->key));
    j->fd = -1;
}

void pl_journal_frame(const pl_journal *j, pl_sha256 *h, pl_frame_kind kind, uint64_t index,
                      const pl_node *hash, pl_str payload, pl_buf *out)
{
    unsigned char f[PL_FRAME_HEADER] = {'P', 'L', 'J', (unsigned char)kind};

    put_u32(f + 4, (uint32_t)payload.n);
    put_u64(f + 8, index);
    put_u32(f + 16, j->batch);
    memcpy(f + HASH_AT, hash->b, PL_SHA256);
    frame_mac(h, j->key, f, f + MAC_AT);
    uint32_t crc = pl_crc32c(0, f, CRC_AT);
    crc = pl_crc32c(crc, f + HASH_AT, sizeof(f) - HASH_AT);
    put_u32(f + CRC_AT, pl_crc32c(crc, payload.p, payload.n));
    pl_buf_add(out, f, sizeof(f));
    pl_buf_str(out, payload);
}

pl_rc pl_journal_commit(pl_journal *j, pl_str frames, pl_err *err)
{
    char name[PL_JOURNAL_NAME];

    pl_journal_name(j->generation, name);
    pl_rc rc = pl_io_write(j->fd, frames, name, err);
    if (rc) {
        /* A frame that is only partly there would be found as a torn tail; take it away now. */
        (void)!ftruncate(j->fd, (off_t)j->end);
        return rc;
    }
    if (fdatasync(j->fd) < 0)
        return pl_fail_sys(err, errno, "sync %s", name);
    j->end += frames.n;
    j->batch++;
    step_key(j->key);
    return PL_OK;
}

/* ---- reading ---- */

static bool known_kind(uint8_t kind, uint32_t n)
{
    return (kind == PL_FRAME_LEAF && n >= 1 && n <= PL_LEAF_MAX) ||
           (kind == PL_FRAME_NOTE && n >= 1 && n <= PL_NOTE_MAX);
}

/* Header fields that can be true; *ret_n is the length of the whole frame. */
static bool plausible(pl_str bytes, size_t *ret_n)
{
    pl_rd r = pl_rd_of(bytes.p, bytes.n);
    pl_str m = pl_rd_bytes(&r, 3);
    uint8_t kind = pl_rd_u8(&r);
    uint32_t n = pl_rd_u32le(&r);

    *ret_n = PL_FRAME_HEADER + (size_t)n;
    return pl_rd_ok(&r) && pl_str_eq(m, PL_S("PLJ")) && known_kind(kind, n);
}

bool pl_frame_parse(pl_str bytes, pl_frame *ret)
{
    pl_rd r = pl_rd_of(bytes.p, bytes.n);
    size_t n;

    if (!plausible(bytes, &n) || n > bytes.n)
        return false;
    (void)pl_rd_bytes(&r, 3);
    ret->kind = (pl_frame_kind)pl_rd_u8(&r);
    uint32_t payload = pl_rd_u32le(&r);
    ret->index = pl_rd_u64le(&r);
    ret->batch = pl_rd_u32le(&r);
    uint32_t crc = pl_rd_u32le(&r);
    pl_rd_copy(&r, ret->hash.b, PL_SHA256);
    pl_rd_copy(&r, ret->mac, PL_SHA256);
    ret->payload = pl_rd_bytes(&r, payload);
    ret->n = n;
    uint32_t got = pl_crc32c(0, bytes.p, CRC_AT);
    return pl_rd_ok(&r) && pl_crc32c(got, bytes.p + HASH_AT, n - HASH_AT) == crc;
}

enum { WINDOW = 1 << 20 };

/* The buffer holds at least one whole frame of any size, or all that is left of the file. */
struct pl_journal_reader {
    int fd;
    char name[PL_JOURNAL_NAME];
    char *buf; /* WINDOW bytes */
    size_t at, n;
    uint64_t done; /* bytes of the file before buf[at] */
    bool eof;
    uint32_t batch;
    unsigned char key[PL_SHA256];
    pl_sha256 *h;
};

void pl_journal_reader_free(pl_journal_reader *r)
{
    if (!r)
        return;
    if (r->fd >= 0)
        (void)close(r->fd);
    OPENSSL_cleanse(r->key, sizeof(r->key));
    pl_sha256_free(r->h);
    free(r->buf);
    free(r);
}

static pl_rc fill(pl_journal_reader *r, pl_err *err)
{
    if (r->eof || r->n - r->at >= PL_FRAME_HEADER + PL_NOTE_MAX)
        return PL_OK;
    memmove(r->buf, r->buf + r->at, r->n - r->at);
    r->n -= r->at;
    r->at = 0;
    while (r->n < WINDOW) {
        ssize_t n = read(r->fd, r->buf + r->n, WINDOW - r->n);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return pl_fail_sys(err, errno, "read %s", r->name);
        if (n == 0) {
            r->eof = true;
            return PL_OK;
        }
        r->n += (size_t)n;
    }
    return PL_OK;
}

static pl_str window(const pl_journal_reader *r)
{
    return (pl_str){r->buf + r->at, r->n - r->at};
}

static void skip(pl_journal_reader *r, size_t n)
{
    r->at += n;
    r->done += n;
}

static pl_rc read_header(pl_journal_reader *r, uint64_t generation,
                         const unsigned char secret[PL_SHA256], pl_err *err)
{
    unsigned char raw[PL_JOURNAL_HEADER];
    pl_rc rc = fill(r, err);
    pl_str w = window(r);

    if (rc)
        return rc;
    if (w.n < PL_JOURNAL_HEADER)
        return pl_fail(err, PL_FORMAT, "%s: only %zu bytes", r->name, w.n);
    memcpy(raw, w.p, sizeof(raw));
    pl_rd rd = pl_rd_of(raw, sizeof(raw));
    pl_str m = pl_rd_bytes(&rd, sizeof(magic));
    uint64_t g = pl_rd_u64le(&rd);
    (void)pl_rd_bytes(&rd, NONCE);
    if (!pl_str_eq(m, (pl_str){magic, sizeof(magic)}) || g != generation ||
        pl_rd_u32le(&rd) != pl_crc32c(0, raw, 48))
        return pl_fail(err, PL_FORMAT, "%s: its header is damaged", r->name);
    first_key(secret, raw, r->key);
    skip(r, sizeof(raw));
    return PL_OK;
}

pl_rc pl_journal_open(int log_dir, uint64_t generation, const unsigned char secret[PL_SHA256],
                      pl_journal_reader **ret, pl_err *err)
{
    PL_AUTO_JOURNAL_READER pl_journal_reader *r = calloc(1, sizeof(*r));
    off_t size;

    if (!r)
        return pl_fail(err, PL_NOMEM, "journal");
    r->fd = -1;
    pl_journal_name(generation, r->name);
    r->buf = malloc(WINDOW);
    r->h = pl_sha256_new();
    if (!r->buf || !r->h)
        return pl_fail(err, PL_NOMEM, "%s", r->name);
    pl_rc rc = pl_io_open(log_dir, r->name, &r->fd, &size, err);
    if (!rc)
        rc = read_header(r, generation, secret, err);
    if (!rc)
        *ret = PL_TAKE(r, NULL);
    return rc;
}

/* Whether a good frame starts anywhere in what is left; *ret_left counts what is left. */
static pl_rc look_further(pl_journal_reader *r, bool *ret_found, uint64_t *ret_left, pl_err *err)
{
    pl_frame f;

    *ret_left = 0;
    *ret_found = false;
    for (;;) {
        pl_rc rc = fill(r, err);
        if (rc)
            return rc;
        pl_str w = window(r);
        if (w.n == 0)
            return PL_OK;
        if (*ret_left && pl_frame_parse(w, &f)) {
            *ret_found = true;
            return PL_OK;
        }
        const char *next = w.n > 1 ? memchr(w.p + 1, 'P', w.n - 1) : NULL;
        size_t n = next ? (size_t)(next - w.p) : w.n;
        skip(r, n);
        *ret_left += n;
    }
}

static pl_rc end_or_damage(pl_journal_reader *r, uint64_t *ret_cut, pl_err *err)
{
    uint64_t at = r->done;
    bool found = false;

    pl_rc rc = look_further(r, &found, ret_cut, err);
    if (!rc && found)
        rc = pl_fail(err, PL_TAMPERED,
                     "%s: damaged at byte %llu, and good frames follow it; nothing was changed",
                     r->name, (unsigned long long)at);
    return rc;
}

/* The frame belongs to the batch at hand or the next one, and its HMAC is right. */
static pl_rc check_mac(pl_journal_reader *r, const pl_frame *f, const char *bytes, pl_err *err)
{
    unsigned char mac[PL_SHA256];

    if (f->batch == r->batch + 1) {
        step_key(r->key);
        r->batch++;
    }
    if (f->batch != r->batch)
        return pl_fail(err, PL_TAMPERED, "%s: batch %u after batch %u", r->name, f->batch,
                       r->batch);
    frame_mac(r->h, r->key, (const unsigned char *)bytes, mac);
    if (CRYPTO_memcmp(mac, f->mac, sizeof(mac)) != 0)
        return pl_fail(err, PL_TAMPERED, "%s: the frame at byte %llu was edited", r->name,
                       (unsigned long long)r->done);
    return PL_OK;
}

pl_rc pl_journal_next(pl_journal_reader *r, pl_frame *ret, bool *ret_more, uint64_t *ret_cut,
                      pl_err *err)
{
    *ret_more = false;
    *ret_cut = 0;
    pl_rc rc = fill(r, err);
    pl_str w = window(r);
    if (rc || w.n == 0)
        return rc;
    if (!pl_frame_parse(w, ret))
        return end_or_damage(r, ret_cut, err);
    rc = check_mac(r, ret, w.p, err);
    if (rc)
        return rc;
    *ret_more = true;
    skip(r, ret->n);
    return PL_OK;
}
