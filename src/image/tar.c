/* SPDX-License-Identifier: Apache-2.0 */
#include "image/tar.h"

#include "image/tar_pax.h"

#include <assert.h>
#include <string.h>

enum { BLOCK = 512, BUF = 256 * 1024, ZEROS = 16 * 1024 };

/* Fields of the header block: where they stand and how long they are. */
struct place {
    size_t at, n;
};
static const struct place NAME = {0, 100}, MODE = {100, 8}, UID = {108, 8}, GID = {116, 8},
                          SIZE = {124, 12}, MTIME = {136, 12}, CHKSUM = {148, 8}, LINK = {157, 100},
                          PREFIX = {345, 155}, STAR_PREFIX = {345, 131}, GNU_SPARSE = {386, 96},
                          GNU_REAL_SIZE = {483, 12};
enum { TYPE = 156, MAGIC = 257, GNU_MORE = 482, SPARSE_MORE = 504, STAR_TRAILER = 508 };

struct pl_tar {
    pl_in in; /* data of the current entry */
    pl_in *from;
    pl_tar_pax pax;
    pl_buf path, link, meta;
    pl_buf long_path, long_link; /* GNU L and K blocks before the entry */
    bool has_long_path, has_long_link;
    uint64_t raw_left; /* data of the entry that the archive still holds */
    unsigned pad;      /* bytes after it up to the next block */
    bool is_sparse;
    pl_tar_map map;
    size_t seg;
    uint64_t pos, size;   /* in the file that the entry describes */
    uint64_t *holes_left; /* bytes of holes that may still be read; borrowed, NULL: any */
    pl_str have;          /* bytes of the stream, and how many of them are used */
    size_t at;
    char *own; /* where they are, of a stream that lends none; owned */
};

/* ---- bytes ---- */

static pl_rc take(pl_tar *t, void *to, size_t n, size_t *ret_n, pl_err *err)
{
    if (t->at == t->have.n) {
        pl_rc rc = pl_in_next(t->from, t->own, BUF, &t->have, err);
        t->at = 0;
        if (rc)
            return rc;
    }
    if (n > t->have.n - t->at)
        n = t->have.n - t->at;
    if (to && n)
        memcpy(to, t->have.p + t->at, n);
    t->at += n;
    *ret_n = n;
    return PL_OK;
}

/* Exactly n bytes, to NULL to skip them. */
static pl_rc must_take(pl_tar *t, void *to, uint64_t n, const char *what, pl_err *err)
{
    while (n) {
        size_t got = 0;
        size_t want = n > BUF ? BUF : (size_t)n;
        pl_rc rc = take(t, to, want, &got, err);
        if (rc)
            return rc;
        if (got == 0)
            return pl_fail(err, PL_FORMAT, "tar archive ends in the middle of %s", what);
        if (to)
            to = (char *)to + got;
        n -= got;
    }
    return PL_OK;
}

/* ---- header fields ---- */

static pl_str field(const unsigned char *h, struct place f)
{
    return (pl_str){(const char *)h + f.at, strnlen((const char *)h + f.at, f.n)};
}

/* GNU: the first bit says that the rest is a big-endian number; negative ones are not read. */
static bool base256(const unsigned char *p, size_t n, uint64_t *ret)
{
    uint64_t v = p[0] & 0x3f;

    if (p[0] & 0x40)
        return false;
    for (size_t i = 1; i < n; i++) {
        if (v >> 55)
            return false;
        v = v << 8 | p[i];
    }
    *ret = v;
    return true;
}

/* Octal with blanks and NULs around it; empty is 0. */
static bool number(const unsigned char *h, struct place f, uint64_t *ret)
{
    const unsigned char *p = h + f.at;
    size_t n = f.n;

    if (p[0] & 0x80)
        return base256(p, n, ret);
    while (n && (*p == ' ' || *p == '\0'))
        p++, n--;
    size_t digits = strnlen((const char *)p, n);
    while (digits && p[digits - 1] == ' ')
        digits--;
    *ret = 0;
    return digits == 0 || pl_str_u64_base((pl_str){(const char *)p, digits}, 8, ret);
}

static bool is_zero(const unsigned char *h)
{
    return !h[0] && memcmp(h, h + 1, BLOCK - 1) == 0;
}

/* Some old programs added the bytes up as signed ones. */
static bool checksum_holds(const unsigned char *h)
{
    uint64_t want = 0;
    int64_t plain = 0;
    int64_t with_sign = 0;

    if (!number(h, CHKSUM, &want) || want > INT32_MAX)
        return false;
    for (size_t i = 0; i < BLOCK; i++) {
        unsigned char c = i >= CHKSUM.at && i < CHKSUM.at + CHKSUM.n ? ' ' : h[i];
        plain += c;
        with_sign += (signed char)c;
    }
    return plain == (int64_t)want || with_sign == (int64_t)want;
}

bool pl_tar_is_header(pl_str block)
{
    const unsigned char *h = (const unsigned char *)block.p;
    return block.n >= BLOCK && (is_zero(h) || checksum_holds(h));
}

static pl_rc plain_name(pl_tar *t, const unsigned char *h, pl_err *err)
{
    bool is_ustar = memcmp(h + MAGIC, "ustar\0", 6) == 0;
    bool is_star = is_ustar && memcmp(h + STAR_TRAILER, "tar\0", 4) == 0;
    pl_str prefix = is_ustar ? field(h, is_star ? STAR_PREFIX : PREFIX) : (pl_str){"", 0};

    pl_buf_reset(&t->path);
    pl_buf_reset(&t->link);
    if (prefix.n) {
        pl_buf_str(&t->path, prefix);
        pl_buf_ch(&t->path, '/');
    }
    pl_buf_str(&t->path, field(h, NAME));
    pl_buf_str(&t->link, field(h, LINK));
    return pl_buf_ok(&t->path) && pl_buf_ok(&t->link) ? PL_OK : pl_fail(err, PL_NOMEM, "tar name");
}

static pl_tar_type type_of(unsigned char c, pl_str path)
{
    switch (c) {
    case '\0':
        return pl_str_ends(path, PL_S("/")) ? PL_TAR_DIR : PL_TAR_FILE;
    case '0':
    case '7':
    case 'S':
        return PL_TAR_FILE;
    case '1':
        return PL_TAR_HARDLINK;
    case '2':
        return PL_TAR_SYMLINK;
    case '3':
        return PL_TAR_CHAR;
    case '4':
        return PL_TAR_BLOCK;
    case '5':
        return PL_TAR_DIR;
    case '6':
        return PL_TAR_FIFO;
    default:
        return PL_TAR_OTHER;
    }
}

static bool has_data(pl_tar_type type)
{
    return type == PL_TAR_FILE || type == PL_TAR_OTHER;
}

static void set_data(pl_tar *t, uint64_t n)
{
    t->raw_left = n;
    t->pad = (unsigned)(-n & (BLOCK - 1));
}

/* ---- extended headers ---- */

static pl_rc read_meta(pl_tar *t, uint64_t n, pl_err *err)
{
    if (n > PL_TAR_META_MAX)
        return pl_fail(err, PL_LIMIT, "tar header of %llu bytes; at most %d are read",
                       (unsigned long long)n, PL_TAR_META_MAX);
    pl_buf_reset(&t->meta);
    set_data(t, n);
    while (t->raw_left) {
        char some[4096];
        size_t want = t->raw_left > sizeof(some) ? sizeof(some) : (size_t)t->raw_left;
        pl_rc rc = must_take(t, some, want, "a header", err);
        if (rc)
            return rc;
        pl_buf_add(&t->meta, some, want);
        t->raw_left -= want;
    }
    pl_rc rc = must_take(t, NULL, t->pad, "a header", err);
    t->pad = 0;
    if (rc)
        return rc;
    return pl_buf_ok(&t->meta) ? PL_OK : pl_fail(err, PL_NOMEM, "tar header");
}

/* GNU long name: ends at the first NUL. */
static pl_rc read_long(pl_tar *t, uint64_t n, pl_buf *to, bool *has, pl_err *err)
{
    pl_rc rc = read_meta(t, n, err);
    pl_str s = pl_buf_view(&t->meta);

    if (rc)
        return rc;
    pl_buf_reset(to);
    pl_buf_add(to, s.p, strnlen(s.p, s.n));
    *has = to->n > 0;
    return pl_buf_ok(to) ? PL_OK : pl_fail(err, PL_NOMEM, "tar name");
}

/* ---- sparse files ---- */

static pl_rc add_old_segments(pl_tar *t, const unsigned char *p, size_t n, pl_err *err)
{
    for (size_t i = 0; i < n; i++, p += 24) {
        uint64_t at = 0;
        uint64_t len = 0;
        if (p[0] == 0)
            return PL_OK;
        if (!number(p, (struct place){0, 12}, &at) || !number(p, (struct place){12, 12}, &len))
            return pl_fail(err, PL_FORMAT, "sparse map: not a number");
        pl_rc rc = pl_tar_map_add(&t->map, at, len, err);
        if (rc)
            return rc;
    }
    return PL_OK;
}

static pl_rc old_sparse(pl_tar *t, const unsigned char *h, pl_err *err)
{
    bool more = h[GNU_MORE] != 0;
    pl_rc rc = add_old_segments(t, h + GNU_SPARSE.at, GNU_SPARSE.n / 24, err);

    if (!rc && !number(h, GNU_REAL_SIZE, &t->size))
        rc = pl_fail(err, PL_FORMAT, "sparse file: size is not a number");
    while (!rc && more) {
        unsigned char block[BLOCK];
        rc = must_take(t, block, BLOCK, "a sparse map", err);
        if (rc)
            return rc;
        more = block[SPARSE_MORE] != 0;
        rc = add_old_segments(t, block, 21, err);
    }
    t->is_sparse = true;
    return rc;
}

/* GNU.sparse 1.0: the data begin with a map of decimal lines, padded to a block. */
struct map_reader {
    pl_tar *t;
    unsigned char block[BLOCK];
    size_t at;
};

static pl_rc map_number(struct map_reader *m, uint64_t *ret, pl_err *err)
{
    char digits[24];
    size_t n = 0;

    for (;;) {
        if (m->at == BLOCK) {
            if (m->t->raw_left < BLOCK)
                return pl_fail(err, PL_FORMAT, "sparse map ends in the middle");
            pl_rc rc = must_take(m->t, m->block, BLOCK, "a sparse map", err);
            if (rc)
                return rc;
            m->t->raw_left -= BLOCK;
            m->at = 0;
        }
        char c = (char)m->block[m->at++];
        if (c == '\n')
            break;
        if (n == sizeof(digits))
            return pl_fail(err, PL_FORMAT, "sparse map: not a number");
        digits[n++] = c;
    }
    return pl_str_u64((pl_str){digits, n}, ret)
               ? PL_OK
               : pl_fail(err, PL_FORMAT, "sparse map: not a number");
}

static pl_rc map_in_data(pl_tar *t, pl_err *err)
{
    struct map_reader m = {.t = t, .at = BLOCK};
    uint64_t n = 0;
    pl_rc rc = map_number(&m, &n, err);

    for (uint64_t i = 0; !rc && i < n; i++) {
        uint64_t at = 0;
        uint64_t len = 0;
        rc = map_number(&m, &at, err);
        if (!rc)
            rc = map_number(&m, &len, err);
        if (!rc)
            rc = pl_tar_map_add(&t->map, at, len, err);
    }
    return rc;
}

static pl_rc pax_sparse(pl_tar *t, pl_err *err)
{
    t->is_sparse = true;
    if (t->pax.has_real_size)
        t->size = t->pax.real_size;
    if (t->pax.sparse_major >= 1)
        return map_in_data(t, err);
    t->map = t->pax.map;
    t->pax.map = (pl_tar_map){0};
    return PL_OK;
}

/* The parts must lie in the file, and their bytes in the archive. */
static pl_rc check_map(const pl_tar *t, pl_err *err)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < t->map.n; i++) {
        if (t->map.seg[i].at + t->map.seg[i].n > t->size)
            return pl_fail(err, PL_FORMAT, "sparse map passes the end of the file");
        sum += t->map.seg[i].n;
    }
    if (sum > t->raw_left)
        return pl_fail(err, PL_FORMAT, "sparse map needs more bytes than the archive holds");
    return PL_OK;
}

/* ---- entries ---- */

static void start_entry(pl_tar *t)
{
    pl_tar_pax_reset(&t->pax);
    pl_tar_map_done(&t->map);
    t->has_long_path = t->has_long_link = false;
    t->is_sparse = false;
    t->seg = 0;
    t->pos = t->size = 0;
}

/* The next block that is no padding. *ret_end after two zero blocks, or at a block edge. */
static pl_rc header_block(pl_tar *t, unsigned char *h, bool *ret_end, pl_err *err)
{
    for (int zeros = 0;; zeros++) {
        size_t have = 0;
        *ret_end = zeros == 2;
        while (!*ret_end && have < BLOCK) {
            size_t got = 0;
            pl_rc rc = take(t, h + have, BLOCK - have, &got, err);
            if (rc)
                return rc;
            if (got == 0 && have)
                return pl_fail(err, PL_FORMAT, "tar archive ends in the middle of a header");
            *ret_end = got == 0;
            have += got;
        }
        if (*ret_end)
            return PL_OK;
        if (is_zero(h))
            continue;
        if (zeros || !checksum_holds(h))
            return pl_fail(err, PL_FORMAT, "not a tar header (checksum)");
        return PL_OK;
    }
}

static pl_rc fill_numbers(const pl_tar *t, const unsigned char *h, pl_tar_entry *e, pl_err *err)
{
    uint64_t mode = 0;
    uint64_t mtime = 0;

    e->uid = e->gid = 0;
    if (!number(h, MODE, &mode))
        return pl_fail(err, PL_FORMAT, "tar header: mode is not a number");
    if ((!t->pax.has_uid && !number(h, UID, &e->uid)) ||
        (!t->pax.has_gid && !number(h, GID, &e->gid)))
        return pl_fail(err, PL_FORMAT, "tar header: owner is not a number");
    /* Times before 1970 are negative base-256; nobody asks for them. */
    if (!number(h, MTIME, &mtime) || mtime > INT64_MAX)
        mtime = 0;
    e->mode = (uint32_t)(mode & 07777);
    e->mtime_s = t->pax.has_mtime ? t->pax.mtime_s : (int64_t)mtime;
    if (t->pax.has_uid)
        e->uid = t->pax.uid;
    if (t->pax.has_gid)
        e->gid = t->pax.gid;
    return PL_OK;
}

/* h is the header of a real entry; what came before it in L, K and x blocks is in t. */
static pl_rc fill_names(pl_tar *t, const unsigned char *h, pl_tar_entry *e, pl_err *err)
{
    pl_rc rc = plain_name(t, h, err);
    const pl_buf *path = t->has_long_path ? &t->long_path : &t->path;
    const pl_buf *link = t->has_long_link ? &t->long_link : &t->link;

    if (rc)
        return rc;
    if (!t->has_long_path && t->pax.has_path)
        path = &t->pax.path;
    if (!t->has_long_link && t->pax.has_link)
        link = &t->pax.link;
    e->path = pl_buf_view(path);
    e->type = type_of(h[TYPE], e->path);
    e->has_filecap = t->pax.has_filecap;
    e->unread = t->pax.unread > INT32_MAX ? INT32_MAX : (int)t->pax.unread;
    e->link = (pl_str){"", 0};
    if (e->type == PL_TAR_HARDLINK || e->type == PL_TAR_SYMLINK)
        e->link = pl_buf_view(link);
    return PL_OK;
}

static pl_rc fill_entry(pl_tar *t, const unsigned char *h, pl_tar_entry *e, pl_err *err)
{
    uint64_t size = 0;
    pl_rc rc = fill_names(t, h, e, err);

    if (!rc)
        rc = fill_numbers(t, h, e, err);
    if (rc)
        return rc;
    if (t->pax.has_size)
        size = t->pax.size;
    else if (!number(h, SIZE, &size) || size > INT64_MAX)
        return pl_fail(err, PL_FORMAT, "tar header: size is not a number");
    set_data(t, has_data(e->type) ? size : 0);
    t->size = t->raw_left;
    if (e->type == PL_TAR_FILE && h[TYPE] == 'S')
        rc = old_sparse(t, h, err);
    else if (e->type == PL_TAR_FILE && t->pax.is_sparse)
        rc = pax_sparse(t, err);
    if (!rc && t->is_sparse)
        rc = check_map(t, err);
    e->size = t->size;
    e->holes = t->is_sparse ? t->size : 0;
    e->is_hole = t->is_sparse && t->raw_left == 0;
    return rc;
}

/* A block that says something about the entry after it. */
static pl_rc read_extension(pl_tar *t, const unsigned char *h, pl_err *err)
{
    uint64_t size = 0;

    if (!number(h, SIZE, &size))
        return pl_fail(err, PL_FORMAT, "tar header: size is not a number");
    if (h[TYPE] == 'L')
        return read_long(t, size, &t->long_path, &t->has_long_path, err);
    if (h[TYPE] == 'K')
        return read_long(t, size, &t->long_link, &t->has_long_link, err);
    pl_rc rc = read_meta(t, size, err);
    if (!rc && h[TYPE] == 'x')
        rc = pl_tar_pax_parse(&t->pax, pl_buf_view(&t->meta), err);
    return rc;
}

static pl_rc next(pl_tar *t, pl_tar_entry *ret, bool *ret_end, pl_err *err)
{
    unsigned char h[BLOCK];

    for (;;) {
        pl_rc rc = header_block(t, h, ret_end, err);
        if (rc || *ret_end)
            return rc;
        if (!h[TYPE] || !strchr("xgLK", h[TYPE]))
            return fill_entry(t, h, ret, err);
        rc = read_extension(t, h, err);
        if (rc)
            return rc;
    }
}

pl_rc pl_tar_next(pl_tar *t, pl_tar_entry *ret, bool *ret_end, pl_err *err)
{
    pl_rc rc = must_take(t, NULL, t->raw_left, "a file", err);

    t->raw_left = 0;
    if (!rc)
        rc = must_take(t, NULL, t->pad, "a file", err);
    t->pad = 0;
    if (rc)
        return rc;
    start_entry(t);
    return next(t, ret, ret_end, err);
}

/* ---- data ---- */

/* How many bytes follow at pos that are all hole (*ret_hole) or all data. */
static uint64_t run_length(pl_tar *t, bool *ret_hole)
{
    while (t->seg < t->map.n && t->pos >= t->map.seg[t->seg].at + t->map.seg[t->seg].n)
        t->seg++;
    if (t->seg == t->map.n) {
        *ret_hole = true;
        return t->size - t->pos;
    }
    const pl_tar_segment *s = &t->map.seg[t->seg];
    *ret_hole = t->pos < s->at;
    return *ret_hole ? s->at - t->pos : s->at + s->n - t->pos;
}

pl_rc pl_tar_lend(pl_tar *t, size_t n, pl_str *ret, pl_err *err)
{
    static const char zeros[ZEROS];
    bool is_hole = false;
    uint64_t run = t->is_sparse ? run_length(t, &is_hole) : t->size - t->pos;
    size_t got = n < run ? n : (size_t)run;

    *ret = (pl_str){zeros, 0};
    if (got && is_hole) {
        got = got < ZEROS ? got : ZEROS;
        if (t->holes_left && got > *t->holes_left)
            return pl_fail(err, PL_LIMIT, "sparse files: more than %d MiB of holes",
                           PL_TAR_HOLES_MAX >> 20);
        if (t->holes_left)
            *t->holes_left -= got;
    } else if (got) {
        pl_rc rc = take(t, NULL, got, &got, err);
        if (rc)
            return rc;
        if (got == 0)
            return pl_fail(err, PL_FORMAT, "tar archive ends in the middle of a file");
        t->raw_left -= got;
        ret->p = t->have.p + t->at - got;
    }
    t->pos += got;
    ret->n = got;
    return PL_OK;
}

static pl_rc data_read(pl_in *in, void *buf, size_t n, size_t *ret_n, pl_err *err)
{
    return pl_tar_read((pl_tar *)in, buf, n, ret_n, err);
}

pl_tar *pl_tar_new(pl_in *from)
{
    pl_tar *t = calloc(1, sizeof(*t));

    if (!t)
        return NULL;
    *t = (pl_tar){.in = {data_read}, .from = from, .own = from->lend ? NULL : malloc(BUF)};
    if (from->lend || t->own)
        return t;
    free(t);
    return NULL;
}

void pl_tar_limit_holes(pl_tar *t, uint64_t *left)
{
    t->holes_left = left;
}

void pl_tar_free(pl_tar *t)
{
    if (!t)
        return;
    pl_tar_pax_done(&t->pax);
    pl_tar_map_done(&t->map);
    pl_buf_done(&t->path);
    pl_buf_done(&t->link);
    pl_buf_done(&t->meta);
    pl_buf_done(&t->long_path);
    pl_buf_done(&t->long_link);
    free(t->own);
    free(t);
}

pl_in *pl_tar_data(pl_tar *t)
{
    return &t->in;
}
