/* SPDX-License-Identifier: Apache-2.0 */
/* Extended headers of tar: records "LENGTH KEY=VALUE\n" (POSIX.1-2001, pax). For tar.c only. */
#pragma once

#include "core/buf.h"
#include "core/err.h"

#include "image/limits.h"

/* The key by which image/walk.h tells of what it could not read. */
#define PL_TAR_UNREAD "PLIMSOLL.unread"

typedef struct pl_tar_segment {
    uint64_t at, n; /* n bytes of data stand at this place of the file; the rest is zeros */
} pl_tar_segment;

typedef struct pl_tar_map {
    pl_tar_segment *seg; /* owned */
    size_t n;
    uint64_t offset; /* an offset whose length has not come yet (GNU.sparse 0.0) */
    bool has_offset;
} pl_tar_map;

void pl_tar_map_done(pl_tar_map *m);
pl_rc pl_tar_map_add(pl_tar_map *m, uint64_t at, uint64_t n, pl_err *err) PL_MUST_USE;

/* What extended headers say about the entry that follows; an unset buffer or flag says nothing. */
typedef struct pl_tar_pax {
    pl_buf path, link;
    bool has_path, has_link;
    bool has_sparse_name; /* GNU.sparse.name: then "path" is a made-up one */
    bool has_size, has_uid, has_gid, has_mtime, has_real_size;
    uint64_t size, uid, gid, real_size;
    int64_t mtime_s;
    bool has_filecap;
    uint64_t unread; /* errno of our own walker (image/walk.h); 0: it was read */
    unsigned sparse_major;
    bool is_sparse;
    pl_tar_map map;
} pl_tar_pax;

void pl_tar_pax_done(pl_tar_pax *x);
void pl_tar_pax_reset(pl_tar_pax *x);
pl_rc pl_tar_pax_parse(pl_tar_pax *x, pl_str records, pl_err *err) PL_MUST_USE;
