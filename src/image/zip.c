/* SPDX-License-Identifier: Apache-2.0 */
#include "image/zip.h"

#include "core/siphash.h"
#include "image/limits.h"

#include <string.h>

#include <isa-l/igzip_lib.h>

/* A header with the longest name and extra field fits. BEHIND: bytes that were used and may be
 * given back, for the decoder takes some more than it needs. */
enum { BUF = 160 * 1024, LOCAL = 30, CENTRAL = 46, DESCRIPTOR_MAX = 24, BEHIND = 8 };
enum { STORED = 0, DEFLATED = 8, ENCRYPTED = 1, HAS_DESCRIPTOR = 8, ZIP64 = 1 };

struct pl_zip {
    pl_in data;
    pl_in *from;
    uint64_t *budget;
    pl_zip_prefix prefix; /* NULL: nobody wants to see it */
    void *prefix_arg;
    size_t n, at;                   /* bytes of buf that are filled, and of these used */
    bool is_cut;                    /* nothing follows what is in buf */
    uint64_t entries;               /* local headers so far */
    uint64_t base;                  /* where buf begins in the archive */
    uint64_t first;                 /* where the first entry does */
    uint64_t listed;                /* entries of the directory */
    uint64_t listed_sum[2], sum[3]; /* see add_name */
    bool has_far;                   /* the directory has offsets of more than 32 bits */
    pl_sipkey key;
    /* the entry */
    bool in_entry, has_sizes, has_z, is_read; /* is_read: its data came to its end */
    unsigned method, flags;
    uint64_t left;     /* packed bytes that are not used, when has_sizes */
    uint64_t packed;   /* packed bytes that were used */
    uint64_t unpacked; /* bytes given */
    unsigned char buf[BEHIND + BUF];
    struct inflate_state z;
};

/* ---- bytes ---- */

static uint16_t u16(const unsigned char *p)
{
    return (uint16_t)(p[0] | p[1] << 8);
}

static uint32_t u32(const unsigned char *p)
{
    return (uint32_t)u16(p) | (uint32_t)u16(p + 2) << 16;
}

static uint64_t u64(const unsigned char *p)
{
    return (uint64_t)u32(p) | (uint64_t)u32(p + 4) << 32;
}

static size_t have(const pl_zip *z)
{
    return z->n - z->at;
}

static const unsigned char *here(const pl_zip *z)
{
    return z->buf + z->at;
}

/* At least want bytes in the buffer, unless the archive ends before. */
static pl_rc fill(pl_zip *z, size_t want, pl_err *err)
{
    if (have(z) >= want || z->is_cut)
        return PL_OK;
    size_t behind = z->at < BEHIND ? z->at : BEHIND;
    memmove(z->buf, here(z) - behind, have(z) + behind);
    z->base += z->at - behind;
    z->n = have(z) + behind;
    z->at = behind;
    while (have(z) < want && !z->is_cut) {
        size_t got = 0;
        pl_rc rc = pl_in_read(z->from, z->buf + z->n, sizeof(z->buf) - z->n, &got, err);
        if (rc)
            return rc;
        z->n += got;
        z->is_cut = got == 0;
    }
    return PL_OK;
}

static pl_rc need(pl_zip *z, size_t want, pl_err *err)
{
    pl_rc rc = fill(z, want, err);

    if (!rc && have(z) < want)
        return pl_fail(err, PL_FORMAT, "zip: ends in the middle");
    return rc;
}

static pl_rc skip(pl_zip *z, uint64_t n, pl_err *err)
{
    pl_rc rc = PL_OK;

    while (!rc && n) {
        rc = need(z, 1, err);
        size_t take = have(z) < n ? have(z) : (size_t)n;
        z->at += take;
        n -= take;
    }
    return rc;
}

static bool is_signature(const unsigned char *p, unsigned char a, unsigned char b)
{
    return p[0] == 'P' && p[1] == 'K' && p[2] == a && p[3] == b;
}

/* ---- behind data whose length nobody said before ---- */

/* How long the descriptor at p is that says these sizes; 0: there is none. */
static size_t descriptor_at(const unsigned char *p, size_t n, uint64_t packed)
{
    size_t mark = n >= 4 && is_signature(p, 7, 8) ? 4 : 0;

    if (n >= mark + 12 && u32(p + mark + 4) == (uint32_t)packed && packed <= UINT32_MAX)
        return mark + 12;
    if (n >= mark + 20 && u64(p + mark + 4) == packed)
        return mark + 20;
    return 0;
}

static bool begins_header(const unsigned char *p)
{
    return is_signature(p, 3, 4) || is_signature(p, 1, 2);
}

/* Does a descriptor without a mark end just before this header? passed: bytes from the start of
 * the data up to it. */
static bool ends_bare(const pl_zip *z, const unsigned char *header, uint64_t passed)
{
    static const size_t sizes[] = {12, 20};

    if ((size_t)(z->buf + z->n - header) < 4 || !begins_header(header))
        return false;
    for (size_t i = 0; i < PL_COUNT(sizes); i++)
        if (passed >= sizes[i] && (size_t)(header - z->buf) >= sizes[i] &&
            descriptor_at(header - sizes[i], sizes[i], passed - sizes[i]) == sizes[i])
            return true;
    return false;
}

/* Packed data is not unpacked for its length alone: it ends where a descriptor says just the
 * number of bytes that came before it. Here stands a 'P', or the data begins. */
static pl_rc find_descriptor(pl_zip *z, pl_err *err)
{
    for (uint64_t passed = z->packed;;) {
        pl_rc rc = need(z, 12, err);
        if (!rc)
            rc = fill(z, DESCRIPTOR_MAX + 4, err);
        if (rc)
            return rc;
        const unsigned char *p = here(z);
        if (is_signature(p, 7, 8)) {
            size_t size = descriptor_at(p, have(z), passed);
            if (size)
                return skip(z, size, err);
        } else if (ends_bare(z, p, passed)) {
            return PL_OK;
        }
        const unsigned char *next = memchr(p + 1, 'P', have(z) - 1);
        /* A mark or a descriptor may lie across the end of the buffer. */
        size_t step = next                       ? (size_t)(next - p)
                      : have(z) > DESCRIPTOR_MAX ? have(z) - DESCRIPTOR_MAX
                                                 : 1;
        z->at += step;
        passed += step;
    }
}

static pl_rc take_descriptor(pl_zip *z, pl_err *err)
{
    pl_rc rc = fill(z, DESCRIPTOR_MAX, err);
    size_t size = rc ? 0 : descriptor_at(here(z), have(z), z->packed);

    if (rc)
        return rc;
    return size ? skip(z, size, err)
                : pl_fail(err, PL_FORMAT, "zip: an entry's length is not what it says");
}

/* ---- data of an entry ---- */

static pl_rc read_stored(pl_zip *z, void *buf, size_t n, size_t *ret_n, pl_err *err)
{
    *ret_n = 0;
    if (z->left == 0)
        return PL_OK;
    pl_rc rc = need(z, 1, err);
    if (rc)
        return rc;
    size_t take = have(z) < n ? have(z) : n;
    if (take > z->left)
        take = (size_t)z->left;
    memcpy(buf, here(z), take);
    z->at += take;
    z->left -= take;
    *ret_n = take;
    return PL_OK;
}

/* The decoder has read whole words: what of them lies behind the end of the data. */
static size_t overshoot(const pl_zip *z)
{
    return z->z.block_state == ISAL_BLOCK_FINISH ? (size_t)z->z.read_in_length / 8 : 0;
}

/* One step of inflate over what the buffer holds. */
static pl_rc inflate_some(pl_zip *z, pl_err *err)
{
    bool is_empty = z->has_sizes && z->left == 0;
    pl_rc rc = is_empty ? PL_OK : need(z, 1, err);
    if (rc)
        return rc;
    size_t in = have(z);
    if (z->has_sizes && in > z->left)
        in = (size_t)z->left;
    z->z.next_in = z->buf + z->at;
    z->z.avail_in = (uint32_t)in;
    uint32_t room = z->z.avail_out;
    int code = isal_inflate(&z->z);
    /* Damaged data has made it count below zero (2.30). */
    if (z->z.avail_in > in || z->z.avail_out > room)
        return pl_fail(err, PL_FORMAT, "zip: damaged deflate data");
    size_t used = in - z->z.avail_in;
    size_t back = overshoot(z);
    if (code < 0 || back > z->packed + used || back > z->at + used ||
        (used == 0 && room == z->z.avail_out && z->z.block_state != ISAL_BLOCK_FINISH))
        return pl_fail(err, PL_FORMAT, "zip: damaged deflate data");
    z->at += used - back;
    z->packed += used - back;
    z->left -= z->has_sizes ? used - back : 0;
    if (z->z.block_state != ISAL_BLOCK_FINISH)
        return PL_OK;
    z->is_read = true;
    z->has_z = false;
    return z->has_sizes ? PL_OK : take_descriptor(z, err);
}

static pl_rc read_deflated(pl_zip *z, void *buf, size_t n, size_t *ret_n, pl_err *err)
{
    uint32_t room = n > INT32_MAX ? INT32_MAX : (uint32_t)n;
    pl_rc rc = PL_OK;

    *ret_n = 0;
    if (!z->has_z && !z->is_read) {
        isal_inflate_init(&z->z);
        z->has_z = true;
    }
    z->z.next_out = buf;
    z->z.avail_out = room;
    while (!rc && !z->is_read && z->z.avail_out == room)
        rc = inflate_some(z, err);
    *ret_n = rc ? 0 : room - z->z.avail_out;
    return rc;
}

static pl_rc data_read(pl_in *in, void *buf, size_t n, size_t *ret_n, pl_err *err)
{
    pl_zip *z = (pl_zip *)in;
    pl_rc rc = PL_OK;

    *ret_n = 0;
    if (!z->in_entry)
        return PL_OK;
    if ((z->flags & ENCRYPTED) || (z->method != STORED && z->method != DEFLATED) ||
        (z->method == STORED && !z->has_sizes))
        return pl_fail(err, PL_UNSUPPORTED, "zip: an entry is encrypted or packed by method %u",
                       z->method);
    rc = z->method == STORED ? read_stored(z, buf, n, ret_n, err)
                             : read_deflated(z, buf, n, ret_n, err);
    if (!rc && *ret_n > *z->budget)
        return pl_fail(err, PL_LIMIT, "zip: unpacks to more than PL_ZIP_UNPACKED_MAX (%d MiB)",
                       (int)(PL_ZIP_UNPACKED_MAX >> 20));
    *z->budget -= rc ? 0 : *ret_n;
    return rc;
}

void pl_zip_on_prefix(pl_zip *z, pl_zip_prefix each, void *arg)
{
    z->prefix = each;
    z->prefix_arg = arg;
}

void pl_zip_charge(pl_zip *z, uint64_t *budget)
{
    z->budget = budget;
}

pl_in *pl_zip_data(pl_zip *z)
{
    return &z->data;
}

pl_rc pl_zip_text(pl_zip *z, size_t max, pl_buf *ret, pl_err *err)
{
    char piece[4096];
    size_t got = 1;
    pl_rc rc = PL_OK;

    while (!rc && got && ret->n <= max && pl_buf_ok(ret)) {
        rc = pl_in_read(&z->data, piece, sizeof(piece), &got, err);
        if (!rc)
            pl_buf_add(ret, piece, got);
    }
    if (rc)
        return rc;
    if (!pl_buf_ok(ret))
        return pl_fail(err, PL_NOMEM, "zip");
    return ret->n > max ? pl_fail(err, PL_LIMIT, "zip: an entry of more than %zu bytes", max)
                        : PL_OK;
}

static pl_rc end_entry(pl_zip *z, pl_err *err)
{
    pl_rc rc = PL_OK;

    if (!z->in_entry)
        return PL_OK;
    z->in_entry = false;
    if (z->has_sizes)
        rc = skip(z, z->left, err);
    else if (!z->is_read)
        rc = find_descriptor(z, err);
    z->has_z = false;
    return rc;
}

/* ---- headers ---- */

/*
 * Entries and the directory come in orders of their own, so sums of digests are compared: of name,
 * method and place. Places are counted from the file's start or from that of the first entry, as
 * their writers liked; sums without them are what is left for archives of more than 4 GiB.
 */
static uint64_t digest_of(const pl_zip *z, pl_str name, unsigned method, uint64_t place)
{
    char b[16];

    for (unsigned i = 0; i < 8; i++) {
        b[i] = (char)(place >> (8 * i));
        b[8 + i] = (char)(i < 2 ? method >> (8 * i) : 0);
    }
    return pl_siphash(z->key, b, sizeof(b)) ^ pl_siphash(z->key, name.p, name.n);
}

static void add_entry(pl_zip *z, pl_str name, uint64_t at)
{
    if (!z->entries)
        z->first = at;
    z->sum[0] += digest_of(z, name, z->method, at);
    z->sum[1] += digest_of(z, name, z->method, at - z->first);
    z->sum[2] += digest_of(z, name, z->method, 0);
}

static void add_listed(pl_zip *z, pl_str name, unsigned method, uint32_t at)
{
    z->has_far |= at == UINT32_MAX;
    z->listed_sum[0] += digest_of(z, name, method, at);
    z->listed_sum[1] += digest_of(z, name, method, 0);
    z->listed++;
}

static bool is_as_listed(const pl_zip *z)
{
    if (z->listed != z->entries)
        return false;
    return z->has_far ? z->listed_sum[1] == z->sum[2]
                      : z->listed_sum[0] == z->sum[0] || z->listed_sum[0] == z->sum[1];
}

/* Sizes over 4 GiB stand in an extra field. */
static void read_zip64(pl_zip *z, const unsigned char *extra, size_t n, uint64_t unpacked)
{
    while (n >= 4) {
        size_t size = u16(extra + 2);
        if (size > n - 4)
            return;
        if (u16(extra) == ZIP64) {
            size_t at = unpacked == UINT32_MAX ? 8 : 0;
            if (z->left == UINT32_MAX && size >= at + 8)
                z->left = u64(extra + 4 + at);
            return;
        }
        extra += 4 + size;
        n -= 4 + size;
    }
}

static pl_rc read_local(pl_zip *z, pl_str *ret_name, pl_err *err)
{
    pl_rc rc = need(z, LOCAL, err);
    if (rc)
        return rc;
    size_t name = u16(here(z) + 26);
    size_t extra = u16(here(z) + 28);
    rc = need(z, LOCAL + name + extra, err);
    if (rc)
        return rc;
    const unsigned char *p = here(z);
    z->flags = u16(p + 6);
    z->method = u16(p + 8);
    z->left = u32(p + 18);
    read_zip64(z, p + LOCAL + name, extra, u32(p + 22));
    z->has_sizes = !(z->flags & HAS_DESCRIPTOR) || z->left;
    z->packed = z->unpacked = 0;
    z->in_entry = true;
    z->is_read = false;
    *ret_name = (pl_str){(const char *)p + LOCAL, name};
    add_entry(z, *ret_name, z->base + z->at);
    z->at += LOCAL + name + extra;
    if (++z->entries > PL_ZIP_ENTRIES_MAX)
        return pl_fail(err, PL_LIMIT, "zip: more than PL_ZIP_ENTRIES_MAX (%d) entries",
                       PL_ZIP_ENTRIES_MAX);
    /* A descriptor that repeats sizes which were said before. */
    return PL_OK;
}

static pl_rc read_central(pl_zip *z, pl_err *err)
{
    pl_rc rc = need(z, CENTRAL, err);
    if (rc)
        return rc;
    size_t name = u16(here(z) + 28);
    rc = need(z, CENTRAL + name, err);
    if (rc)
        return rc;
    size_t rest = (size_t)u16(here(z) + 30) + u16(here(z) + 32);
    const pl_str listed = {(const char *)here(z) + CENTRAL, name};
    add_listed(z, listed, u16(here(z) + 10), u32(here(z) + 42));
    return skip(z, CENTRAL + name + rest, err);
}

static pl_rc end_archive(const pl_zip *z, pl_err *err)
{
    if (!is_as_listed(z))
        return pl_fail(err, PL_UNSUPPORTED,
                       "zip: its directory names other entries than it holds (%llu and %llu)",
                       (unsigned long long)z->listed, (unsigned long long)z->entries);
    return PL_OK;
}

/* Programs that unpack themselves have a script or another program in front. */
static pl_rc find_first(pl_zip *z, pl_err *err)
{
    for (size_t passed = 0; passed < PL_ZIP_PREFIX_MAX;) {
        pl_rc rc = fill(z, 4, err);
        if (rc || have(z) < 4)
            break;
        if (is_signature(here(z), 3, 4) || is_signature(here(z), 5, 6))
            return PL_OK;
        const unsigned char *next = memchr(here(z) + 1, 'P', have(z) - 1);
        size_t step = next ? (size_t)(next - here(z)) : have(z);
        const pl_str before = {(const char *)here(z), step};
        rc = z->prefix ? z->prefix(z->prefix_arg, before, err) : PL_OK;
        if (rc)
            return rc;
        z->at += step;
        passed += step;
    }
    return pl_fail(err, PL_FORMAT, "no zip archive");
}

/* Some writers repeat the sizes behind the data though they said them before it. */
static pl_rc skip_repeated_descriptor(pl_zip *z, pl_err *err)
{
    size_t n = have(z);

    if (n < 16 || !is_signature(here(z), 7, 8))
        return PL_OK;
    bool is_long = n >= DESCRIPTOR_MAX + 4 && !begins_header(here(z) + 16) &&
                   begins_header(here(z) + DESCRIPTOR_MAX);
    return skip(z, is_long ? DESCRIPTOR_MAX : 16, err);
}

pl_rc pl_zip_next(pl_zip *z, pl_str *ret_name, bool *ret_end, pl_err *err)
{
    pl_rc rc = z->entries || z->listed ? end_entry(z, err) : find_first(z, err);

    *ret_end = false;
    while (!rc) {
        rc = fill(z, DESCRIPTOR_MAX + 4, err);
        if (!rc && z->entries && (z->flags & HAS_DESCRIPTOR) && z->has_sizes && !z->listed)
            rc = skip_repeated_descriptor(z, err);
        if (!rc)
            rc = need(z, 4, err);
        if (rc)
            return rc;
        const unsigned char *p = here(z);
        if (is_signature(p, 3, 4) && !z->listed)
            return read_local(z, ret_name, err);
        if (is_signature(p, 1, 2)) {
            rc = read_central(z, err);
            continue;
        }
        *ret_end = true;
        if (is_signature(p, 5, 6) || is_signature(p, 6, 6) || is_signature(p, 5, 5))
            return end_archive(z, err);
        return pl_fail(err, PL_UNSUPPORTED, "zip: other bytes between its entries");
    }
    return rc;
}

pl_zip *pl_zip_new(pl_in *from, uint64_t *budget)
{
    pl_zip *z = malloc(sizeof(*z));

    if (!z)
        return NULL;
    memset(z, 0, offsetof(pl_zip, buf));
    z->data.read = data_read;
    z->from = from;
    z->budget = budget;
    z->key = pl_sipkey_process();
    return z;
}

void pl_zip_free(pl_zip *z)
{
    if (!z)
        return;
    free(z);
}
