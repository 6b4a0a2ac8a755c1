/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/blob.h"

#include "core/rd.h"
#include "ledger/crc32c.h"
#include "ledger/io.h"
#include "ledger/sealed.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <zstd.h>

/* Level 1: JSON of ours comes out 6 % larger than by 3, and a fifth sooner. */
enum { NONCE = 12, TAG = 16, PART = 65536, LEVEL = 1, LENGTH = 2 };

static const char aad[] = "plimsoll blob 1";

PL_DEFINE_CLEANUP(auto_cipher_, EVP_CIPHER_CTX *, EVP_CIPHER_CTX_free, NULL)
PL_DEFINE_CLEANUP(auto_cctx_, ZSTD_CCtx *, ZSTD_freeCCtx, NULL)

/* ---- the rows of keys: "PLBK", address, class, wrapped key, CRC-32C ---- */

enum { ROW_SHA = 4, ROW_CLASS = 36, ROW_KEY = 52, ROW_CRC = 92 };

static const char row_magic[4] = {'P', 'L', 'B', 'K'};
static const char class_name[16] = "default";

static void put_crc(unsigned char row[PL_BLOB_KEY_ROW])
{
    uint32_t crc = pl_crc32c(0, row, ROW_CRC);

    for (size_t i = 0; i < 4; i++)
        row[ROW_CRC + i] = (unsigned char)(crc >> (8 * i));
}

static pl_rc add_key_row(pl_blob_store *s, const unsigned char sha[PL_SHA256],
                         const unsigned char key[32], pl_err *err)
{
    unsigned char row[PL_BLOB_KEY_ROW] = {0};

    memcpy(row, row_magic, sizeof(row_magic));
    memcpy(row + ROW_SHA, sha, PL_SHA256);
    memcpy(row + ROW_CLASS, class_name, sizeof(class_name));
    pl_rc rc = pl_key_wrap(s->class_key, key, row + ROW_KEY, err);
    put_crc(row);
    s->dirty = true;
    return rc ? rc
              : pl_io_write(s->keys_fd, (pl_str){(const char *)row, sizeof(row)}, PL_BLOB_KEYS,
                            err);
}

pl_rc pl_blob_keys_repair(int keys_fd, pl_err *err)
{
    struct stat st;

    if (fstat(keys_fd, &st) < 0)
        return pl_fail_sys(err, errno, "stat %s", PL_BLOB_KEYS);
    if (st.st_size % PL_BLOB_KEY_ROW == 0)
        return PL_OK;
    if (ftruncate(keys_fd, st.st_size - st.st_size % PL_BLOB_KEY_ROW) < 0)
        return pl_fail_sys(err, errno, "cut %s", PL_BLOB_KEYS);
    return PL_OK;
}

static pl_rc find_key(int log_dir, const unsigned char class_key[PL_SHA256],
                      const unsigned char sha[PL_SHA256], unsigned char ret[32], pl_err *err)
{
    unsigned char row[PL_BLOB_KEY_ROW];
    PL_AUTO_FD int fd = -1;
    off_t size;

    pl_rc rc = pl_io_open(log_dir, PL_BLOB_KEYS, &fd, &size, err);
    if (rc)
        return rc;
    for (off_t at = size - size % PL_BLOB_KEY_ROW; at > 0; at -= PL_BLOB_KEY_ROW) {
        unsigned char want[PL_BLOB_KEY_ROW];
        if (pread(fd, row, sizeof(row), at - PL_BLOB_KEY_ROW) != (ssize_t)sizeof(row))
            return pl_fail_sys(err, errno, "read %s", PL_BLOB_KEYS);
        if (memcmp(row + ROW_SHA, sha, PL_SHA256) != 0)
            continue;
        memcpy(want, row, sizeof(row));
        put_crc(want);
        if (memcmp(row, row_magic, sizeof(row_magic)) != 0 || memcmp(want, row, sizeof(row)) != 0)
            return pl_fail(err, PL_TAMPERED, "%s: the row of the blob is damaged", PL_BLOB_KEYS);
        return pl_key_unwrap(class_key, row + ROW_KEY, ret, err);
    }
    return pl_fail(err, PL_NOTFOUND, "%s has no key for the blob: it was destroyed", PL_BLOB_KEYS);
}

/* ---- making ---- */

/* Its buffers and zstd's are a megabyte, which costs more to have anew than a small blob does. */
typedef struct pl_blob_maker {
    EVP_CIPHER_CTX *cipher;
    ZSTD_CCtx *zstd;
    pl_sha256 *plain;  /* of the content */
    pl_sha256 *stored; /* of the file */
    int fd;
    uint64_t n; /* bytes of the file */
    unsigned char in[PART];
    unsigned char packed[PART];
    unsigned char out[PART + TAG];
} maker;

static void maker_free(maker *m)
{
    if (!m)
        return;
    EVP_CIPHER_CTX_free(m->cipher);
    (void)ZSTD_freeCCtx(m->zstd);
    pl_sha256_free(m->plain);
    pl_sha256_free(m->stored);
    OPENSSL_cleanse(m, sizeof(*m));
    free(m);
}

PL_DEFINE_CLEANUP(auto_maker_, maker *, maker_free, NULL)

void pl_blob_store_done(pl_blob_store *s)
{
    maker_free(PL_TAKE(s->maker, NULL));
}

static pl_rc maker_new(maker **ret, pl_err *err)
{
    PL_CLEANUP(auto_maker_) maker *m = calloc(1, sizeof(*m));

    if (!m)
        return pl_fail(err, PL_NOMEM, "blob");
    m->cipher = EVP_CIPHER_CTX_new();
    m->zstd = ZSTD_createCCtx();
    m->plain = pl_sha256_new();
    m->stored = pl_sha256_new();
    if (!m->cipher || !m->zstd || !m->plain || !m->stored)
        return pl_fail(err, PL_NOMEM, "blob");
    (void)ZSTD_CCtx_setParameter(m->zstd, ZSTD_c_compressionLevel, LEVEL);
    *ret = PL_TAKE(m, NULL);
    return PL_OK;
}

static pl_rc emit(maker *m, const unsigned char *p, size_t n, pl_err *err)
{
    pl_sha256_add(m->stored, p, n);
    m->n += n;
    return pl_io_write(m->fd, (pl_str){(const char *)p, n}, "blob", err);
}

static pl_rc encrypt(maker *m, const unsigned char *p, size_t n, pl_err *err)
{
    int got = 0;

    assert(n <= PART);
    if (n == 0)
        return PL_OK;
    if (EVP_EncryptUpdate(m->cipher, m->out, &got, p, (int)n) != 1)
        return pl_fail(err, PL_UNSUPPORTED, "AES-256-GCM");
    return emit(m, m->out, (size_t)got, err);
}

static pl_rc start(maker *m, int fd, uint64_t size, unsigned char ret_key[32], pl_err *err)
{
    unsigned char nonce[NONCE];
    int n;

    m->fd = fd;
    m->n = 0;
    pl_sha256_start(m->plain);
    pl_sha256_start(m->stored);
    (void)ZSTD_CCtx_reset(m->zstd, ZSTD_reset_session_only);
    (void)ZSTD_CCtx_setPledgedSrcSize(m->zstd, size);
    pl_rc rc = pl_random(ret_key, 32, err);
    if (!rc)
        rc = pl_random(nonce, sizeof(nonce), err);
    if (!rc &&
        (EVP_EncryptInit_ex(m->cipher, EVP_aes_256_gcm(), NULL, ret_key, nonce) != 1 ||
         EVP_EncryptUpdate(m->cipher, NULL, &n, (const unsigned char *)aad, sizeof(aad) - 1) != 1))
        rc = pl_fail(err, PL_UNSUPPORTED, "AES-256-GCM");
    return rc ? rc : emit(m, nonce, sizeof(nonce), err);
}

static pl_rc compress_part(maker *m, size_t n, bool last, pl_err *err)
{
    ZSTD_inBuffer in = {m->in, n, 0};
    size_t left;

    do {
        ZSTD_outBuffer out = {m->packed, sizeof(m->packed), 0};
        left = ZSTD_compressStream2(m->zstd, &out, &in, last ? ZSTD_e_end : ZSTD_e_continue);
        if (ZSTD_isError(left))
            return pl_fail(err, PL_NOMEM, "zstd: %s", ZSTD_getErrorName(left));
        pl_rc rc = encrypt(m, m->packed, out.pos, err);
        if (rc)
            return rc;
    } while (last ? left != 0 : in.pos < in.size);
    return PL_OK;
}

static pl_rc compress_all(maker *m, int in_fd, uint64_t size, pl_err *err)
{
    uint64_t at = 0;

    do {
        size_t want = size - at < PART ? (size_t)(size - at) : PART;
        ssize_t n = want ? pread(in_fd, m->in, want, (off_t)at) : 0;
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return pl_fail(err, PL_FORMAT, "blob cannot be read: %s", strerror(errno));
        if (n == 0 && want)
            return pl_fail(err, PL_FORMAT, "blob ends after %llu of %llu bytes",
                           (unsigned long long)at, (unsigned long long)size);
        pl_sha256_add(m->plain, m->in, (size_t)n);
        at += (size_t)n;
        pl_rc rc = compress_part(m, (size_t)n, at == size, err);
        if (rc)
            return rc;
    } while (at < size);
    return PL_OK;
}

/* The disclosure of the content's hash, its length, and the tag. */
static pl_rc finish(maker *m, pl_blob *b, pl_err *err)
{
    unsigned char digest[PL_SHA256];
    char hex[PL_SHA256_HEX + 2] = "\"";
    PL_AUTO_BUF pl_buf text = {0};
    PL_AUTO_BUF pl_buf src = {0};
    int n = 0;

    pl_sha256_end(m->plain, digest);
    pl_hex(digest, sizeof(digest), hex + 1);
    hex[PL_SHA256_HEX] = '"';
    pl_rc rc = pl_sealed_make("sha256", (pl_str){hex, PL_SHA256_HEX + 1}, &text, err);
    if (rc)
        return rc;
    pl_sealed_hash(pl_buf_view(&text), digest, &src);
    if (!pl_str_to_c(pl_buf_view(&src), b->src, sizeof(b->src)))
        return pl_fail(err, PL_NOMEM, "blob");
    size_t length = text.n;
    pl_buf_ch(&text, (char)(length >> 8));
    pl_buf_ch(&text, (char)(length & 0xff));
    rc = encrypt(m, (const unsigned char *)text.p, text.n, err);
    if (!rc && (EVP_EncryptFinal_ex(m->cipher, m->out, &n) != 1 ||
                EVP_CIPHER_CTX_ctrl(m->cipher, EVP_CTRL_GCM_GET_TAG, TAG, m->out) != 1))
        rc = pl_fail(err, PL_UNSUPPORTED, "AES-256-GCM");
    return rc ? rc : emit(m, m->out, TAG, err);
}

/* Under the name of its address, which is known only now. */
static pl_rc name_blob(const pl_blob_store *s, maker *m, const char *tmp,
                       unsigned char ret[PL_SHA256], pl_blob *b, pl_err *err)
{
    char to[96];

    pl_sha256_end(m->stored, ret);
    pl_hex(ret, PL_SHA256, b->sha256);
    b->n = m->n;
    (void)snprintf(to, sizeof(to), ".state/stage/%s", b->sha256);
    if (renameat(s->log_dir, tmp, s->log_dir, to) < 0)
        return pl_fail_sys(err, errno, "rename %s to %s", tmp, to);
    return PL_OK;
}

pl_rc pl_blob_store_fd(pl_blob_store *s, int in_fd, uint64_t size, pl_blob *ret, pl_err *err)
{
    static const char tmp[] = ".state/stage/new";
    unsigned char key[32];
    unsigned char sha[PL_SHA256];
    pl_blob b = {.fd = -1};

    if (size > PL_BLOB_MAX)
        return pl_fail(err, PL_LIMIT, "blob of %llu bytes; at most %llu", (unsigned long long)size,
                       (unsigned long long)PL_BLOB_MAX);
    PL_AUTO_FD int fd =
        openat(s->log_dir, tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return pl_fail_sys(err, errno, "make %s", tmp);
    pl_rc rc = s->maker ? PL_OK : maker_new(&s->maker, err);
    maker *m = s->maker;
    if (!rc)
        rc = start(m, fd, size, key, err);
    if (!rc)
        rc = compress_all(m, in_fd, size, err);
    if (!rc)
        rc = finish(m, &b, err);
    if (!rc)
        rc = name_blob(s, m, tmp, sha, &b, err);
    if (!rc)
        rc = add_key_row(s, sha, key, err);
    OPENSSL_cleanse(key, sizeof(key));
    if (rc) {
        (void)unlinkat(s->log_dir, tmp, 0);
        return rc;
    }
    b.fd = PL_TAKE(fd, -1);
    *ret = b;
    return PL_OK;
}

void pl_blob_row(const pl_blob *b, pl_str role, pl_str media, pl_buf *out)
{
    /* role and media were checked to need no escape; the other parts are ours */
    pl_buf_fmt(out,
               "{\"enc\":\"zstd\",\"key\":\"%s\",\"md\":\"%.*s\",\"n\":%llu,\"role\":\"%.*s\","
               "\"sha256\":\"%s\",\"src\":\"%s\"}",
               class_name, PL_F(media), (unsigned long long)b->n, PL_F(role), b->sha256, b->src);
}

/* ---- reading ---- */

static pl_rc decrypt(const unsigned char key[32], pl_buf *file, pl_str *ret, pl_err *err)
{
    PL_CLEANUP(auto_cipher_) EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    unsigned char *p = (unsigned char *)file->p;
    int n = 0;
    int rest = 0;

    if (file->n < NONCE + TAG + LENGTH)
        return pl_fail(err, PL_TAMPERED, "too short");
    size_t body = file->n - NONCE - TAG;
    if (!ctx || EVP_DecryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key, p) != 1 ||
        EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_TAG, TAG, p + NONCE + body) != 1 ||
        EVP_DecryptUpdate(ctx, NULL, &n, (const unsigned char *)aad, sizeof(aad) - 1) != 1 ||
        EVP_DecryptUpdate(ctx, p + NONCE, &n, p + NONCE, (int)body) != 1 ||
        EVP_DecryptFinal_ex(ctx, p + NONCE + n, &rest) != 1)
        return pl_fail(err, PL_TAMPERED, "does not decrypt");
    *ret = (pl_str){(const char *)p + NONCE, (size_t)(n + rest)};
    return PL_OK;
}

/* Cuts the disclosure off and compares it with the leaf. */
static pl_rc cut_disclosure(pl_str *content, pl_str src, pl_err *err)
{
    unsigned char digest[PL_SHA256];
    PL_AUTO_BUF pl_buf text = {0};

    if (content->n < LENGTH)
        return pl_fail(err, PL_TAMPERED, "has no disclosure");
    assert(content->p);
    const unsigned char *end = (const unsigned char *)content->p + content->n;
    size_t n = (size_t)end[-2] << 8 | end[-1];
    if (n > content->n - LENGTH)
        return pl_fail(err, PL_TAMPERED, "has no disclosure");
    pl_sealed_hash(pl_str_sub(*content, content->n - LENGTH - n, n), digest, &text);
    if (!pl_str_eq(pl_buf_view(&text), src))
        return pl_fail(err, PL_TAMPERED, "has another disclosure than the leaf names");
    content->n -= LENGTH + n;
    return PL_OK;
}

static pl_rc unpack(pl_str packed, pl_buf *ret, pl_err *err)
{
    char part[PART];
    ZSTD_inBuffer in = {packed.p, packed.n, 0};
    ZSTD_DCtx *d = ZSTD_createDCtx();
    size_t left = 1;
    bool grows = true;

    pl_buf_reset(ret);
    while (d && left && grows && !ZSTD_isError(left)) {
        ZSTD_outBuffer out = {part, sizeof(part), 0};
        size_t before = in.pos;
        left = ZSTD_decompressStream(d, &out, &in);
        grows = out.pos || in.pos > before;
        if (!ZSTD_isError(left))
            pl_buf_add(ret, part, out.pos);
        if (ret->n > PL_BLOB_MAX)
            left = (size_t)-1;
    }
    (void)ZSTD_freeDCtx(d);
    if (!d || !pl_buf_ok(ret))
        return pl_fail(err, PL_NOMEM, "blob");
    return left == 0 && in.pos == in.size ? PL_OK
                                          : pl_fail(err, PL_TAMPERED, "does not decompress");
}

pl_rc pl_blob_read(int log_dir, const unsigned char class_key[PL_SHA256], const pl_leaf_blob *row,
                   pl_buf *ret, pl_err *err)
{
    PL_AUTO_BUF pl_buf file = {0};
    unsigned char want[PL_SHA256];
    unsigned char got[PL_SHA256];
    unsigned char key[32];
    char path[96];
    pl_str content = {0};

    if (!pl_unhex(row->sha256, want, sizeof(want)))
        return pl_fail(err, PL_FORMAT, "blob digest is not 64 hex digits");
    (void)snprintf(path, sizeof(path), "blobs/%.2s/%.64s", row->sha256.p, row->sha256.p);
    pl_rc rc = pl_io_read(log_dir, path, PL_BLOB_MAX + PART, &file, err);
    if (rc)
        return rc;
    pl_sha256_of(pl_buf_view(&file), got);
    if (memcmp(want, got, sizeof(got)) != 0)
        return pl_fail(err, PL_TAMPERED, "%s does not have its digest", path);
    rc = find_key(log_dir, class_key, want, key, err);
    if (!rc)
        rc = decrypt(key, &file, &content, err);
    OPENSSL_cleanse(key, sizeof(key));
    if (!rc)
        rc = cut_disclosure(&content, row->src, err);
    if (!rc)
        rc = unpack(content, ret, err);
    return pl_wrap(err, rc, "%s", path);
}
