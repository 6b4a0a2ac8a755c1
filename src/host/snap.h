/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Snapshot: what the gatherer saw of a host, as bytes that can be handed to a worker.
 *
 * One entry a path: metadata of the path and, where it is a link, of its target; the bytes or the
 * names in it when they were asked for. Paths that begin with '@' are answers of the kernel or of
 * the name service in text form ("@audit", "@passwd"); the recorded form lies in the tree below
 * .recorded/ (docs/formats/host-tree.md).
 *
 * The reader asks by pl_snap_stat, pl_snap_read, pl_snap_list. What nobody gathered yet is noted
 * as wanted and gives NULL: the caller leaves its fields unreadable and is run again once the
 * gatherer has been there. One thread at a time.
 */
#pragma once

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/hostfile.h"

enum { PL_SNAP_STAT = 1, PL_SNAP_READ = 2, PL_SNAP_LIST = 4 };

typedef struct pl_snap_meta {
    uint32_t mode; /* st_mode; 0: there is none */
    uint32_t uid, gid;
    uint64_t size;
    int64_t mtime_s;
} pl_snap_meta;

typedef struct pl_snap_entry {
    pl_str path;
    uint8_t did; /* PL_SNAP_* that were done */
    pl_rc rc;    /* PL_OK, PL_NOTFOUND, or why not; holds for all that was done */
    pl_str why;  /* text of the failure */
    bool is_link;
    pl_snap_meta link; /* of the link itself */
    pl_str target;     /* text of the link */
    pl_snap_meta meta; /* of the file that it leads to */
    pl_str acl;        /* entries for named users and groups, see pl_snap_acl; empty: none */
    pl_str bytes;      /* READ: content; LIST: names, each ended by NUL, sorted */
} pl_snap_entry;

typedef struct pl_snap_want {
    pl_str path;
    uint8_t ops;
} pl_snap_want;

typedef struct pl_snap {
    pl_arena *arena;
    pl_snap_entry **entries; /* sorted by path */
    size_t n, room;
    pl_snap_want *wants;
    size_t n_wants, wants_room;
    bool full; /* a limit was met: what is missing stays unreadable */
} pl_snap;

pl_snap *pl_snap_new(pl_arena *a); /* NULL: arena used up */

/* The gatherer's side. Slices of e are copied. PL_LIMIT: too many or too large. */
pl_rc pl_snap_put(pl_snap *s, const pl_snap_entry *e, pl_err *err) PL_MUST_USE;
const pl_snap_entry *pl_snap_find(const pl_snap *s, pl_str path); /* NULL: never gathered */

void pl_snap_encode(const pl_snap *s, pl_buf *out);
/* Slices of the result point into the input. */
pl_rc pl_snap_decode(pl_str in, pl_arena *a, pl_snap **ret, pl_err *err) PL_MUST_USE;

/* The reader's side. NULL: not gathered yet, now wanted. Else look at rc first. */
const pl_snap_entry *pl_snap_stat(pl_snap *s, pl_str path);
const pl_snap_entry *pl_snap_read(pl_snap *s, pl_str path);
const pl_snap_entry *pl_snap_list(pl_snap *s, pl_str path);

/* One named user or group of an access list: u32le permission bits, with 8 for a group; u32le id.
 */
void pl_snap_acl_add(pl_buf *to, bool is_group, unsigned perm, uint32_t id);
bool pl_snap_acl(pl_str *rest, pl_acl_entry *ret);

/* True when the metadata was had, also of what could not be read (a FIFO, a socket). */
static inline bool pl_snap_has_meta(const pl_snap_entry *e)
{
    return e->meta.mode != 0;
}

/* Notes a wish as it came from a worker. */
void pl_snap_want_all(pl_snap *s, pl_str path, uint8_t ops);

/* Cuts the next name from a LIST entry's bytes. */
bool pl_snap_name(pl_str *rest, pl_str *name);
