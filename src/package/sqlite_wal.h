/* SPDX-License-Identifier: Apache-2.0 */
/* Which pages a write-ahead log holds. For sqlite.c only. */
#pragma once

#include "core/err.h"
#include "package/pagefile.h"

typedef struct pl_wal_page {
    uint32_t page;
    uint32_t frame; /* the last committed one that holds it, from 0 */
} pl_wal_page;

typedef struct pl_wal {
    pl_wal_page *pages; /* owned; sorted by page */
    size_t n;
    uint32_t db_pages; /* size of the database after the last commit; 0: nothing was committed */
} pl_wal;

enum { PL_WAL_HEADER = 32, PL_WAL_FRAME = 24 };

/* Takes the frames up to the last commit whose salts and checksums are right: what follows was
 * never committed, or is left over from an earlier round. A log that is none is empty. */
pl_rc pl_wal_open(const pl_pagefile *f, uint32_t page_bytes, pl_wal *ret, pl_err *err) PL_MUST_USE;
void pl_wal_done(pl_wal *w);
/* False: the log does not hold the page. *ret_at: where its bytes begin in the log. */
bool pl_wal_find(const pl_wal *w, uint32_t page, uint32_t page_bytes, uint64_t *ret_at);
