/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/scribe.h"

#include "core/json_write.h"
#include "ledger/canon.h"
#include "ledger/io.h"
#include "ledger/sealed.h"
#include "ledger/tile.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A record as it stands in a message. */
typedef struct record {
    pl_str type, ret, subj, body;
    uint32_t n_sealed;
    pl_str sealed_name[PL_RECORD_SEALED];
    pl_str sealed_value[PL_RECORD_SEALED];
    uint32_t n_blobs;
    pl_str blob_role[PL_RECORD_BLOBS];
    pl_str blob_media[PL_RECORD_BLOBS];
    uint64_t blob_size[PL_RECORD_BLOBS];
} record;

pl_rc pl_producer_start(pl_producer *p, pl_err *err)
{
    unsigned char raw[8];

    pl_rc rc = pl_random(raw, sizeof(raw), err);
    pl_hex(raw, sizeof(raw), p->inst);
    return rc;
}

static pl_rc read_record(pl_rd *rd, record *r, pl_err *err)
{
    r->type = pl_rd_lstr(rd);
    r->ret = pl_rd_lstr(rd);
    r->subj = pl_rd_lstr(rd);
    r->body = pl_rd_lstr(rd);
    r->n_sealed = pl_rd_u32le(rd);
    if (r->n_sealed > PL_RECORD_SEALED)
        return pl_fail(err, PL_LIMIT, "%u sealed values; at most %d", r->n_sealed,
                       PL_RECORD_SEALED);
    for (uint32_t i = 0; i < r->n_sealed; i++) {
        r->sealed_name[i] = pl_rd_lstr(rd);
        r->sealed_value[i] = pl_rd_lstr(rd);
    }
    r->n_blobs = pl_rd_u32le(rd);
    if (r->n_blobs > PL_RECORD_BLOBS)
        return pl_fail(err, PL_LIMIT, "%u blobs; at most %d", r->n_blobs, PL_RECORD_BLOBS);
    for (uint32_t i = 0; i < r->n_blobs; i++) {
        r->blob_role[i] = pl_rd_lstr(rd);
        r->blob_media[i] = pl_rd_lstr(rd);
        r->blob_size[i] = pl_rd_u64le(rd);
    }
    return pl_rd_ok(rd) ? PL_OK : pl_fail(err, PL_FORMAT, "a record that is cut off");
}

/* ---- blobs ---- */

/* type/subtype of RFC 2045 tokens, so that it needs no escape. */
static bool is_media(pl_str s)
{
    size_t slashes = 0;

    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool token = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                     (c && strchr("!#$&^_.+-", c));
        slashes += c == '/';
        if (!token && c != '/')
            return false;
    }
    return slashes == 1 && s.n >= 3 && s.n <= 128;
}

static pl_rc store_blob(pl_scribe *s, int fd, pl_str role, pl_str media, uint64_t size,
                        pl_buf *rows, pl_err *err)
{
    pl_blob b;
    char to[PL_TILE_PATH];

    if (!pl_canon_is_key(role) || !is_media(media))
        return pl_fail(err, PL_USAGE, "blob role or media type cannot be used");
    pl_rc rc = pl_blob_store_fd(&s->blobs, fd, size, &b, err);
    if (rc)
        return rc;
    (void)snprintf(to, sizeof(to), "blobs/%.2s/%s", b.sha256, b.sha256);
    rc = pl_writer_stage(s->w, b.fd, b.sha256, to, err);
    pl_buf_ch(rows, rows->n ? ',' : '[');
    pl_blob_row(&b, role, media, rows);
    return rc;
}

static pl_rc store_blobs(pl_scribe *s, const record *r, const pl_message *m, size_t *fd_at,
                         pl_buf *rows, pl_err *err)
{
    for (uint32_t i = 0; i < r->n_blobs; i++) {
        if (*fd_at == m->packet.n_fds)
            return pl_fail(err, PL_FORMAT, "fewer blobs than announced");
        pl_rc rc = store_blob(s, m->packet.fds[(*fd_at)++], r->blob_role[i], r->blob_media[i],
                              r->blob_size[i], rows, err);
        if (rc)
            return pl_wrap(err, rc, "blob %.*s", PL_F(r->blob_role[i]));
    }
    if (r->n_blobs)
        pl_buf_ch(rows, ']');
    return PL_OK;
}

/* ---- disclosures ---- */

typedef struct digest_text {
    char c[44];
} digest_text;

static int by_text(const void *a, const void *b)
{
    return strcmp(((const digest_text *)a)->c, ((const digest_text *)b)->c);
}

static pl_rc stage_sealed(pl_scribe *s, pl_str disclosure, digest_text *ret, pl_err *err)
{
    unsigned char digest[PL_SHA256];
    char hex[PL_SHA256_HEX];
    char from[PL_TILE_PATH];
    char to[PL_TILE_PATH];
    PL_AUTO_BUF pl_buf text = {0};

    pl_sealed_hash(disclosure, digest, &text);
    pl_hex(digest, sizeof(digest), hex);
    if (!pl_str_to_c(pl_buf_view(&text), ret->c, sizeof(ret->c)))
        return pl_fail(err, PL_NOMEM, "disclosure");
    (void)snprintf(from, sizeof(from), ".state/stage/%s", hex);
    (void)snprintf(to, sizeof(to), "sealed/%.2s/%s", hex, hex);
    PL_AUTO_FD int fd =
        openat(s->blobs.log_dir, from, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return pl_fail_sys(err, errno, "make %s", from);
    pl_rc rc = pl_io_write(fd, disclosure, from, err);
    return rc ? rc : pl_writer_stage(s->w, PL_TAKE(fd, -1), hex, to, err);
}

static pl_rc seal_one(pl_scribe *s, const record *r, uint32_t i, digest_text *ret, pl_err *err)
{
    PL_AUTO_BUF pl_buf disclosure = {.max = PL_SEALED_MAX};
    char name[PL_LEAF_KEY_MAX + 1];
    bool decoy = i >= r->n_sealed;
    pl_rc rc = PL_OK;

    if (!decoy) {
        if (!pl_canon_is_key(r->sealed_name[i]) ||
            !pl_str_to_c(r->sealed_name[i], name, sizeof(name)))
            return pl_fail(err, PL_USAGE, "the name of a sealed value cannot be used");
        rc = pl_canon_check(r->sealed_value[i], NULL, err);
    }
    if (!rc)
        rc = pl_sealed_make(decoy ? NULL : name, decoy ? PL_S("") : r->sealed_value[i], &disclosure,
                            err);
    return rc ? rc : stage_sealed(s, pl_buf_view(&disclosure), ret, err);
}

static pl_rc seal(pl_scribe *s, const record *r, pl_buf *list, pl_err *err)
{
    digest_text digests[PL_RECORD_SEALED + PL_SEALED_PAD];
    uint32_t n = (r->n_sealed + PL_SEALED_PAD - 1) / PL_SEALED_PAD * PL_SEALED_PAD;

    for (uint32_t i = 0; i < n; i++) {
        pl_rc rc = seal_one(s, r, i, &digests[i], err);
        if (rc)
            return pl_wrap(err, rc, "sealed value %u", i);
    }
    if (n == 0)
        return PL_OK;
    /* In order of the digests, so that the place says nothing about the name. */
    qsort(digests, n, sizeof(digests[0]), by_text);
    for (uint32_t i = 0; i < n; i++)
        pl_buf_fmt(list, "%c\"%s\"", i ? ',' : '[', digests[i].c);
    pl_buf_ch(list, ']');
    return PL_OK;
}

/* ---- leaves ---- */

static pl_rc write_leaf(pl_scribe *s, const pl_producer *p, pl_leaf_parts *parts, pl_err *err)
{
    if (s->n == PL_BATCH_RECORDS)
        return pl_fail(err, PL_LIMIT, "more than %d records in a message", PL_BATCH_RECORDS);
    parts->agent = s->agent;
    parts->inst = pl_str_c(p->inst);
    parts->prog = pl_str_c(p->prog);
    parts->via = pl_str_c(p->role ? p->role->name : "signer");
    parts->uid = p->uid;
    parts->seq = p->seq + s->n;
    parts->boot = pl_str_c(s->boot);
    parts->mono_ns = pl_mono_ns(s->clock);
    parts->t_us = pl_now_us(s->clock);
    pl_rc rc = pl_random(parts->id, sizeof(parts->id), err);
    if (!rc)
        rc = pl_leaf_build(parts, &s->text, err);
    if (!rc)
        s->end[s->n++] = s->text.n;
    return rc;
}

/* Adds what the message made; from here on it is part of the batch. */
static pl_rc add_leaves(pl_scribe *s, pl_producer *p, uint64_t *ret_first, pl_err *err)
{
    size_t from = 0;

    *ret_first = pl_writer_size(s->w);
    for (size_t i = 0; i < s->n; i++) {
        pl_str leaf = pl_str_sub(pl_buf_view(&s->text), from, s->end[i] - from);
        pl_rc rc = pl_writer_add(s->w, leaf, NULL, err);
        if (rc)
            return rc;
        from = s->end[i];
    }
    p->seq += s->n;
    return PL_OK;
}

static void start_message(pl_scribe *s)
{
    pl_buf_reset(&s->text);
    s->n = 0;
}

static pl_rc take_record(pl_scribe *s, const pl_producer *p, pl_message *m, size_t *fd_at,
                         pl_err *err)
{
    PL_AUTO_BUF pl_buf blobs = {0};
    PL_AUTO_BUF pl_buf sd = {0};
    record r = {0};

    pl_rc rc = read_record(&m->rd, &r, err);
    if (!rc && !pl_role_may(p->role, r.type))
        rc = pl_fail(err, PL_DENIED, "role %s may not write records of type \"%.*s\"",
                     p->role->name, PL_F(r.type));
    if (!rc)
        rc = store_blobs(s, &r, m, fd_at, &blobs, err);
    if (!rc)
        rc = seal(s, &r, &sd, err);
    pl_leaf_parts parts = {.type = r.type,
                           .ret = r.ret,
                           .subj = r.subj,
                           .body = r.body,
                           .blobs = pl_buf_view(&blobs),
                           .sd = pl_buf_view(&sd)};
    return rc ? rc : write_leaf(s, p, &parts, err);
}

pl_rc pl_scribe_append(pl_scribe *s, pl_producer *p, pl_message *m, uint64_t *ret_first,
                       uint32_t *ret_n, bool *ret_publish, pl_err *err)
{
    size_t mark = pl_writer_staged(s->w);
    size_t fd_at = 0;
    bool more = pl_rd_u8(&m->rd) != 0;
    bool publish = pl_rd_u8(&m->rd) != 0;
    uint32_t n = pl_rd_u32le(&m->rd);
    pl_rc rc = PL_OK;

    start_message(s);
    for (uint32_t i = 0; !rc && i < n; i++) {
        rc = take_record(s, p, m, &fd_at, err);
        if (rc && n > 1)
            (void)pl_wrap(err, rc, "record %u of %u", i + 1, n);
    }
    if (!rc && !pl_rd_done(&m->rd))
        rc = pl_fail(err, PL_FORMAT, "a message with bytes too many or too few");
    if (rc) {
        pl_writer_unstage(s->w, mark);
        return rc;
    }
    p->more = more;
    *ret_n = n;
    *ret_publish = publish;
    return add_leaves(s, p, ret_first, err);
}

static pl_rc one_record(pl_scribe *s, pl_producer *p, pl_str type, pl_str body, uint64_t *ret_index,
                        pl_err *err)
{
    pl_leaf_parts parts = {.type = type, .ret = PL_S("pci"), .subj = PL_S("[]"), .body = body};
    uint64_t first;

    start_message(s);
    pl_rc rc = write_leaf(s, p, &parts, err);
    if (!rc)
        rc = add_leaves(s, p, &first, err);
    if (!rc && ret_index)
        *ret_index = first;
    return rc;
}

pl_rc pl_scribe_own(pl_scribe *s, const char *type, pl_str body, uint64_t *ret_index, pl_err *err)
{
    return one_record(s, &s->self, pl_str_c(type), body, ret_index, err);
}

pl_rc pl_scribe_gap(pl_scribe *s, pl_producer *p, pl_message *m, uint64_t *ret_index, pl_err *err)
{
    pl_str why = pl_rd_lstr(&m->rd);
    uint64_t lost = pl_rd_u64le(&m->rd);
    PL_AUTO_BUF pl_buf body = {0};

    if (!pl_rd_done(&m->rd))
        return pl_fail(err, PL_FORMAT, "a message with bytes too many or too few");
    pl_buf_fmt(&body, "{\"lost\":\"%llu\",\"why\":", (unsigned long long)lost);
    pl_json_quote(&body, why);
    pl_buf_ch(&body, '}');
    return one_record(s, p, PL_S("ledger.gap"), pl_buf_view(&body), ret_index, err);
}

pl_rc pl_scribe_commit(pl_scribe *s, pl_commit level, pl_err *err)
{
    if (s->blobs.dirty && fdatasync(s->blobs.keys_fd) < 0)
        return pl_fail_sys(err, errno, "sync %s", PL_BLOB_KEYS);
    s->blobs.dirty = false;
    return pl_writer_commit(s->w, level, err);
}
