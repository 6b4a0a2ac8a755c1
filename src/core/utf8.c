/* SPDX-License-Identifier: Apache-2.0 */
#include "core/utf8.h"

#include "core/attr.h"

/* RFC 3629 section 4, one row a form; the tail bytes that are not named are 80 to bf. */
static const struct {
    unsigned char lo, hi;   /* first byte */
    unsigned char lo2, hi2; /* second byte */
    unsigned char len;
    unsigned char bits; /* mask of the first byte's payload */
} forms[] = {
    {0x00, 0x7f, 0, 0, 1, 0x7f},       {0xc2, 0xdf, 0x80, 0xbf, 2, 0x1f},
    {0xe0, 0xe0, 0xa0, 0xbf, 3, 0x0f}, {0xe1, 0xec, 0x80, 0xbf, 3, 0x0f},
    {0xed, 0xed, 0x80, 0x9f, 3, 0x0f}, {0xee, 0xef, 0x80, 0xbf, 3, 0x0f},
    {0xf0, 0xf0, 0x90, 0xbf, 4, 0x07}, {0xf1, 0xf3, 0x80, 0xbf, 4, 0x07},
    {0xf4, 0xf4, 0x80, 0x8f, 4, 0x07},
};

size_t pl_utf8_next(pl_str s, uint32_t *ret)
{
    const unsigned char *p = (const unsigned char *)s.p;

    for (size_t i = 0; s.n && i < PL_COUNT(forms); i++) {
        if (p[0] < forms[i].lo || p[0] > forms[i].hi)
            continue;
        size_t len = forms[i].len;
        if (s.n < len || (len > 1 && (p[1] < forms[i].lo2 || p[1] > forms[i].hi2)))
            return 0;
        uint32_t c = p[0] & forms[i].bits;
        for (size_t k = 1; k < len; k++) {
            if ((p[k] & 0xc0) != 0x80)
                return 0;
            c = c << 6 | (p[k] & 0x3fu);
        }
        if (ret)
            *ret = c;
        return len;
    }
    return 0;
}

bool pl_utf8_valid(pl_str s)
{
    while (s.n) {
        size_t len = pl_utf8_next(s, NULL);
        if (len == 0)
            return false;
        s = pl_str_sub(s, len, s.n);
    }
    return true;
}
