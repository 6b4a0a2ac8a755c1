/* SPDX-License-Identifier: Apache-2.0 */
#include "host/attrs.h"

#include <linux/netlink.h>
#include <string.h>

bool pl_attr_next(pl_str *rest, unsigned *type, pl_str *value)
{
    struct nlattr a;

    if (rest->n < sizeof(a))
        return false;
    memcpy(&a, rest->p, sizeof(a));
    if (a.nla_len < sizeof(a) || a.nla_len > rest->n)
        return false;
    *type = a.nla_type & 0x3fffu; /* without the flags nested and byte order */
    *value = pl_str_sub(*rest, sizeof(a), a.nla_len - sizeof(a));
    *rest = pl_str_sub(*rest, NLA_ALIGN(a.nla_len), rest->n);
    return true;
}

bool pl_attr_find(pl_str attributes, unsigned type, pl_str *ret)
{
    unsigned t;
    pl_str value;

    while (pl_attr_next(&attributes, &t, &value))
        if (t == type) {
            *ret = value;
            return true;
        }
    return false;
}

bool pl_attr_be32(pl_str attributes, unsigned type, uint32_t *ret)
{
    pl_str v;

    if (!pl_attr_find(attributes, type, &v) || v.n != 4)
        return false;
    const unsigned char *b = (const unsigned char *)v.p;
    *ret = (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
    return true;
}

bool pl_attr_text(pl_str attributes, unsigned type, pl_str *ret)
{
    if (!pl_attr_find(attributes, type, ret))
        return false;
    const char *end = ret->n ? memchr(ret->p, '\0', ret->n) : NULL;
    if (end)
        ret->n = (size_t)(end - ret->p);
    return true;
}
