/* SPDX-License-Identifier: Apache-2.0 */
#include "core/attr.h"
#include "package/bytes.h"
#include "package/limits.h"
#include "package/rpm_db.h"

#include <stdlib.h>
#include <string.h>

enum { FILE_HEADER = 32, SLOT = 16, PAGE = 4096, BLOCK = 16, BLOB_HEAD = 16, BLOB_TAIL = 12 };

struct reader {
    const pl_pagefile *f;
    pl_rpm_each each;
    void *arg;
    uint64_t bytes; /* of all blobs so far: they cannot overlap, so never more than the file has */
};

static pl_rc read_head(const struct reader *r, uint32_t package, uint64_t at, uint32_t *ret_bytes,
                       pl_err *err)
{
    unsigned char h[BLOB_HEAD];

    if (!pl_pagefile_get(r->f, at, h, sizeof(h)) || memcmp(h, "BlbS", 4) != 0 ||
        pl_u32le(h + 4) != package)
        return pl_fail(err, PL_FORMAT, "ndb package %u: no blob at byte %llu", package,
                       (unsigned long long)at);
    *ret_bytes = pl_u32le(h + 12);
    return PL_OK;
}

static pl_rc read_blob(struct reader *r, uint32_t package, uint64_t at, uint64_t room, pl_err *err)
{
    uint32_t n = 0;
    pl_rc rc = read_head(r, package, at, &n, err);

    if (rc)
        return rc;
    if (n > PL_RPM_HEADER_MAX)
        return pl_fail(err, PL_LIMIT,
                       "ndb package %u: header of %u bytes, more than PL_RPM_HEADER_MAX (%d)",
                       package, n, PL_RPM_HEADER_MAX);
    r->bytes += BLOB_HEAD + (uint64_t)n + BLOB_TAIL;
    if (r->bytes > r->f->size || BLOB_HEAD + (uint64_t)n + BLOB_TAIL > room)
        return pl_fail(err, PL_FORMAT, "ndb package %u: blob of %u bytes leaves its blocks",
                       package, n);
    PL_AUTO_FREE char *blob = malloc(n ? n : 1);
    if (!blob)
        return pl_fail(err, PL_NOMEM, "rpm header");
    if (!pl_pagefile_get(r->f, at + BLOB_HEAD, blob, n))
        return pl_fail(err, PL_FORMAT, "ndb package %u: blob past the end of the file", package);
    return r->each((pl_str){blob, n}, r->arg, err);
}

static pl_rc read_slot(struct reader *r, const unsigned char *slot, pl_err *err)
{
    uint32_t package = pl_u32le(slot + 4);

    if (memcmp(slot, "Slot", 4) != 0)
        return pl_fail(err, PL_FORMAT, "ndb slot without its mark");
    if (package == 0)
        return PL_OK; /* free */
    return read_blob(r, package, (uint64_t)pl_u32le(slot + 8) * BLOCK,
                     (uint64_t)pl_u32le(slot + 12) * BLOCK, err);
}

pl_rc pl_rpm_ndb(const pl_pagefile *db, pl_rpm_each each, void *arg, pl_err *err)
{
    struct reader r = {.f = db, .each = each, .arg = arg};
    unsigned char h[FILE_HEADER];

    if (!pl_pagefile_get(db, 0, h, sizeof(h)) || memcmp(h, "RpmP", 4) != 0)
        return pl_fail(err, PL_FORMAT, "no ndb database");
    if (pl_u32le(h + 4) != 0)
        return pl_fail(err, PL_UNSUPPORTED, "ndb database of version %u", pl_u32le(h + 4));
    uint32_t pages = pl_u32le(h + 12);
    if (pages > PL_NDB_SLOT_PAGES_MAX)
        return pl_fail(err, PL_LIMIT,
                       "ndb database with %u pages of slots, more than PL_NDB_SLOT_PAGES_MAX (%d)",
                       pages, PL_NDB_SLOT_PAGES_MAX);
    pl_rc rc = PL_OK;
    for (uint64_t at = FILE_HEADER; !rc && at < (uint64_t)pages * PAGE; at += SLOT) {
        unsigned char slot[SLOT];
        if (!pl_pagefile_get(db, at, slot, sizeof(slot)))
            return pl_fail(err, PL_FORMAT, "ndb slot past the end of the file");
        rc = read_slot(&r, slot, err);
    }
    return rc;
}
