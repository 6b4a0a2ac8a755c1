/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one opener for files of the host.
 *
 * A pl_root is "/" or a recorded tree (--root DIR); no path leads out of it, whatever links and
 * ".." it holds (openat2 with RESOLVE_IN_ROOT and RESOLVE_NO_MAGICLINKS). Paths are absolute
 * within the root.
 *
 * A file is looked up once. What was found is looked at before it is opened for reading (a device
 * or FIFO is never opened) and is judged by that same descriptor: it must be a regular file on a
 * file system that is known to be local, or on proc or sys, and no larger than the cap. A symbolic
 * link as the last part is followed once, when link and target belong to root (in a recorded tree:
 * to the owner of its top folder). Reading does not touch the access time where the kernel lets us.
 *
 * Errors name the path. PL_NOTFOUND: not there; PL_DENIED: no right to it; PL_LIMIT: over the cap;
 * PL_FORMAT: not what it must be (FIFO, device, folder, link of another user, changed while it was
 * read); PL_UNSUPPORTED: remote file system, or a kernel before 5.6.
 *
 * Any thread.
 */
#pragma once

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"

#include <sys/stat.h>

#define PL_HOSTFILE_MAX ((size_t)1 << 20)     /* any file, bytes */
#define PL_HOSTFILE_DB_MAX ((size_t)64 << 20) /* a package database */

typedef struct pl_root {
    int fd;
    uid_t owner;      /* whose links are followed beside root's */
    uint64_t resolve; /* of openat2 */
    char *name;       /* for messages; "" for the live root */
} pl_root;

pl_rc pl_root_open(const char *dir, pl_root *ret, pl_err *err) PL_MUST_USE;

/* A folder below r as a root of its own that ends at mount points: the layers of a container. */
pl_rc pl_root_below(const pl_root *r, pl_str path, pl_root *ret, pl_err *err) PL_MUST_USE;

void pl_root_close(pl_root *r); /* accepts {.fd = -1} */

static inline bool pl_root_is_live(const pl_root *r)
{
    return r->name[0] == '\0';
}

/* Appends the whole file, at most max bytes. ret_st may be NULL. */
pl_rc pl_root_read(const pl_root *r, pl_str path, size_t max, pl_buf *ret, struct stat *ret_st,
                   pl_err *err) PL_MUST_USE;

/* The file itself under the same rules, to be handed to a worker. */
pl_rc pl_root_file(const pl_root *r, pl_str path, size_t max, int *ret_fd, struct stat *ret_st,
                   pl_err *err) PL_MUST_USE;

/* About a path of any type (socket, device, folder), without opening it; a link is a link. */
pl_rc pl_root_lstat(const pl_root *r, pl_str path, struct stat *ret, pl_err *err) PL_MUST_USE;

/* As pl_root_lstat about what the path leads to in the end, inside the root. */
pl_rc pl_root_stat(const pl_root *r, pl_str path, struct stat *ret, pl_err *err) PL_MUST_USE;

/* Text of a symbolic link, also of a magic one (/proc/PID/exe, /proc/PID/ns/net). In the arena. */
pl_rc pl_root_readlink(const pl_root *r, pl_str path, pl_arena *a, pl_str *ret,
                       pl_err *err) PL_MUST_USE;

typedef struct pl_names {
    pl_str *items; /* sorted by bytes; without "." and ".." */
    size_t n;
} pl_names;

/* A folder's names, in the arena. PL_LIMIT when there are more than max. */
pl_rc pl_root_list(const pl_root *r, pl_str path, size_t max, pl_arena *a, pl_names *ret,
                   pl_err *err) PL_MUST_USE;

/* Appends an extended attribute of a path (not of what a link leads to). PL_NOTFOUND: there is
 * none of that name. */
pl_rc pl_root_xattr(const pl_root *r, pl_str path, const char *name, pl_buf *ret,
                    pl_err *err) PL_MUST_USE;

/* One entry of a POSIX access list that the mode bits do not show: a named user or group. */
typedef struct pl_acl_entry {
    bool is_group;
    uint32_t id;
    unsigned perm; /* 4 read, 2 write, 1 execute; what the mask takes away is taken away */
} pl_acl_entry;

typedef struct pl_acl {
    pl_acl_entry *items;
    size_t n; /* 0: the mode bits say all */
} pl_acl;

/* linux/posix_acl_xattr.h, version 2. In the arena. */
pl_rc pl_root_acl(const pl_root *r, pl_str path, pl_arena *a, pl_acl *ret, pl_err *err) PL_MUST_USE;

#define PL_AUTO_ROOT PL_CLEANUP(pl_root_close)
