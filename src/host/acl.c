/* SPDX-License-Identifier: Apache-2.0 */
#include "host/acl.h"

#include "core/attr.h"
#include "core/rd.h"

enum { VERSION = 2, TAG_USER = 0x02, TAG_GROUP = 0x08, TAG_MASK = 0x10 };

bool pl_acl_parse(pl_str raw, pl_acl *ret)
{
    pl_rd r = pl_rd_of(raw.p, raw.n);
    unsigned mask = 7;

    *ret = (pl_acl){.n = 0};
    if (raw.n == 0)
        return true;
    if (pl_rd_u32le(&r) != VERSION)
        return false;
    while (pl_rd_ok(&r) && r.n) {
        uint32_t word = pl_rd_u32le(&r), id = pl_rd_u32le(&r);
        unsigned tag = word & 0xffff, perm = word >> 16 & 7;
        if (tag == TAG_MASK)
            mask = perm;
        if (tag != TAG_USER && tag != TAG_GROUP)
            continue;
        if (ret->n == PL_COUNT(ret->v))
            return false;
        ret->v[ret->n++] = (pl_acl_entry){tag == TAG_GROUP, perm, id};
    }
    for (size_t i = 0; i < ret->n; i++)
        ret->v[i].perm &= mask;
    return pl_rd_done(&r);
}
