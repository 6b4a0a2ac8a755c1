/* SPDX-License-Identifier: Apache-2.0 */
#include "package/rpm_header.h"

#include "package/bytes.h"
#include "package/limits.h"

#include <string.h>

enum { INTRO = 8, ENTRY = 16 };
enum { INT8 = 2, INT16 = 3, INT32 = 4, STRING = 6, STRING_ARRAY = 8, I18N_STRING = 9 };

struct entry {
    uint32_t type, offset, count;
};

pl_rc pl_rpm_header_open(pl_str blob, pl_rpm_header *ret, pl_err *err)
{
    if (blob.n < INTRO)
        return pl_fail(err, PL_FORMAT, "rpm header of %zu bytes", blob.n);
    uint32_t entries = pl_u32be(blob.p);
    uint32_t bytes = pl_u32be(blob.p + 4);
    if (entries > PL_RPM_TAGS_MAX)
        return pl_fail(err, PL_LIMIT, "rpm header with %u tags, more than PL_RPM_TAGS_MAX (%d)",
                       entries, PL_RPM_TAGS_MAX);
    size_t index = (size_t)entries * ENTRY;
    if (entries == 0 || index > blob.n - INTRO || bytes > blob.n - INTRO - index)
        return pl_fail(err, PL_FORMAT, "rpm header of %zu bytes says %u tags and %u bytes", blob.n,
                       entries, bytes);
    *ret = (pl_rpm_header){pl_str_sub(blob, INTRO, index), pl_str_sub(blob, INTRO + index, bytes)};
    return PL_OK;
}

/* The last one of a tag: those after the region were added later and replace what is in it. */
static bool find(const pl_rpm_header *h, pl_rpm_tag tag, struct entry *ret)
{
    for (size_t at = h->index.n; at >= ENTRY; at -= ENTRY) {
        const char *p = h->index.p + at - ENTRY;
        if (pl_u32be(p) != (uint32_t)tag)
            continue;
        *ret = (struct entry){pl_u32be(p + 4), pl_u32be(p + 8), pl_u32be(p + 12)};
        return ret->offset < h->data.n && ret->count > 0 && ret->count <= h->data.n;
    }
    return false;
}

static bool is_text(uint32_t type)
{
    return type == STRING || type == STRING_ARRAY || type == I18N_STRING;
}

static size_t width_of(uint32_t type)
{
    switch (type) {
    case INT8:
    case 1: /* characters */
        return 1;
    case INT16:
        return 2;
    case INT32:
        return 4;
    default:
        return 0;
    }
}

pl_rpm_array pl_rpm_array_of(const pl_rpm_header *h, pl_rpm_tag tag)
{
    struct entry e;

    if (!find(h, tag, &e))
        return (pl_rpm_array){{"", 0}, 0, 0};
    pl_rpm_array a = {pl_str_sub(h->data, e.offset, h->data.n), e.count, e.type};
    size_t width = width_of(e.type);
    bool is_good = is_text(e.type) || (width && e.count <= a.left.n / width);
    return is_good ? a : (pl_rpm_array){{"", 0}, 0, 0};
}

bool pl_rpm_next_string(pl_rpm_array *a, pl_str *ret)
{
    const char *end = a->n && is_text(a->type) ? memchr(a->left.p, '\0', a->left.n) : NULL;

    if (!end) {
        a->n = 0;
        return false;
    }
    *ret = (pl_str){a->left.p, (size_t)(end - a->left.p)};
    a->left = pl_str_sub(a->left, ret->n + 1, a->left.n);
    a->n--;
    return true;
}

static uint32_t number_at(const char *p, size_t width)
{
    uint32_t v = 0;

    for (size_t i = 0; i < width; i++)
        v = v << 8 | (unsigned char)p[i];
    return v;
}

bool pl_rpm_next_number(pl_rpm_array *a, uint32_t *ret)
{
    size_t width = width_of(a->type);

    if (!a->n || !width) {
        a->n = 0;
        return false;
    }
    *ret = number_at(a->left.p, width);
    a->left = pl_str_sub(a->left, width, a->left.n);
    a->n--;
    return true;
}

pl_str pl_rpm_string(const pl_rpm_header *h, pl_rpm_tag tag)
{
    pl_rpm_array a = pl_rpm_array_of(h, tag);
    pl_str s;

    return pl_rpm_next_string(&a, &s) ? s : (pl_str){"", 0};
}

bool pl_rpm_number(const pl_rpm_header *h, pl_rpm_tag tag, uint32_t place, uint32_t *ret)
{
    pl_rpm_array a = pl_rpm_array_of(h, tag);
    size_t width = width_of(a.type);

    if (!width || place >= a.n)
        return false;
    *ret = number_at(a.left.p + place * width, width);
    return true;
}
