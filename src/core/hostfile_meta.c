/* SPDX-License-Identifier: Apache-2.0 */
/* What can be known of a path without reading the file: state, link text, names, attributes. */
#include "core/hostfile_priv.h"

#include "core/limits.h"
#include "core/rd.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/xattr.h>

PL_DEFINE_CLEANUP(auto_dir_, DIR *, closedir, NULL)

static pl_rc stat_at(const pl_root *r, pl_str path, int flags, struct stat *ret, pl_err *err)
{
    PL_AUTO_FD int fd = -1;
    pl_rc rc = pl_root_find(r, path, flags, &fd, err);

    if (rc)
        return rc;
    return fstat(fd, ret) < 0 ? pl_root_fail(r, path, errno, err) : PL_OK;
}

pl_rc pl_root_lstat(const pl_root *r, pl_str path, struct stat *ret, pl_err *err)
{
    return stat_at(r, path, O_NOFOLLOW, ret, err);
}

pl_rc pl_root_stat(const pl_root *r, pl_str path, struct stat *ret, pl_err *err)
{
    return stat_at(r, path, 0, ret, err);
}

pl_rc pl_root_readlink(const pl_root *r, pl_str path, pl_arena *a, pl_str *ret, pl_err *err)
{
    char text[PATH_MAX];
    PL_AUTO_FD int fd = -1;
    pl_rc rc = pl_root_find(r, path, O_NOFOLLOW, &fd, err);

    if (rc)
        return rc;
    ssize_t n = readlinkat(fd, "", text, sizeof(text));
    /* ENOENT is the kernel's word for "not a link" here; EINVAL an older one's. */
    if (n < 0 && (errno == EINVAL || errno == ENOENT))
        return pl_root_say(r, path, PL_FORMAT, err, "is not a symbolic link");
    if (n < 0)
        return pl_root_fail(r, path, errno, err);
    if ((size_t)n == sizeof(text))
        return pl_root_say(r, path, PL_LIMIT, err, "is a symbolic link that is too long");
    *ret = pl_arena_str(a, (pl_str){text, (size_t)n});
    return ret->p ? PL_OK : pl_root_say(r, path, PL_LIMIT, err, "link text is over the budget");
}

static int by_bytes(const void *a, const void *b)
{
    return pl_str_cmp(*(const pl_str *)a, *(const pl_str *)b);
}

static bool is_dots(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* Reads the folder once into chunks of the arena that double, since the number is not known. */
static pl_rc read_names(const pl_root *r, pl_str path, DIR *d, size_t max, pl_arena *a,
                        pl_names *names, pl_err *err)
{
    size_t room = 0;

    for (struct dirent *e; errno = 0, (e = readdir(d));) {
        if (is_dots(e->d_name))
            continue;
        if (names->n == max)
            return pl_root_say(r, path, PL_LIMIT, err, "holds more than %zu names", max);
        if (names->n == room) {
            room = room ? room * 2 : 16;
            pl_str *more = pl_arena_calloc(a, room, sizeof(*more));
            if (!more)
                return pl_root_say(r, path, PL_LIMIT, err, "names are over the budget");
            if (names->n)
                memcpy(more, names->items, names->n * sizeof(*more));
            names->items = more;
        }
        pl_str s = pl_arena_str(a, pl_str_c(e->d_name));
        if (!s.p)
            return pl_root_say(r, path, PL_LIMIT, err, "names are over the budget");
        names->items[names->n++] = s;
    }
    return errno ? pl_root_fail(r, path, errno, err) : PL_OK;
}

pl_rc pl_root_list(const pl_root *r, pl_str path, size_t max, pl_arena *a, pl_names *ret,
                   pl_err *err)
{
    PL_AUTO_FD int found = -1;
    pl_names names = {0};
    pl_rc rc = pl_root_find(r, path, O_DIRECTORY, &found, err);

    if (rc)
        return rc;
    PL_AUTO_FD int fd = openat(found, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return pl_root_fail(r, path, errno, err);
    PL_CLEANUP(auto_dir_) DIR *d = fdopendir(fd);
    if (!d)
        return pl_root_fail(r, path, errno, err);
    (void)PL_TAKE(fd, -1); /* the DIR closes it */
    if ((rc = read_names(r, path, d, max, a, &names, err)))
        return rc;
    if (names.n)
        qsort(names.items, names.n, sizeof(*names.items), by_bytes);
    *ret = names;
    return PL_OK;
}

pl_rc pl_root_xattr(const pl_root *r, pl_str path, const char *name, pl_buf *ret, pl_err *err)
{
    char by_fd[PL_PROC_FD_PATH];
    PL_AUTO_FD int fd = -1;
    pl_rc rc = pl_root_find(r, path, O_NOFOLLOW, &fd, err);

    if (rc)
        return rc;
    PL_AUTO_FREE char *value = malloc(PL_HOSTFILE_XATTR_MAX);
    if (!value)
        return pl_root_say(r, path, PL_NOMEM, err, "out of memory");
    pl_proc_fd_path(fd, by_fd);
    ssize_t n = getxattr(by_fd, name, value, PL_HOSTFILE_XATTR_MAX);
    if (n < 0 && (errno == ENODATA || errno == EOPNOTSUPP))
        return pl_root_say(r, path, PL_NOTFOUND, err, "has no attribute %s", name);
    if (n < 0)
        return pl_root_fail(r, path, errno, err);
    pl_buf_add(ret, value, (size_t)n);
    return pl_buf_ok(ret) ? PL_OK : pl_root_say(r, path, PL_NOMEM, err, "attribute %s", name);
}

/* ---- access lists ---- */

enum acl_tag { ACL_USER = 0x02, ACL_GROUP = 0x08, ACL_MASK = 0x10 };

static uint16_t u16le(pl_rd *rd)
{
    uint16_t lo = pl_rd_u8(rd);
    return (uint16_t)(lo | pl_rd_u8(rd) << 8);
}

static bool parse_acl(pl_str bytes, pl_acl_entry *items, size_t *ret_n)
{
    pl_rd rd = pl_rd_of(bytes.p, bytes.n);
    unsigned mask = 7;
    size_t n = 0;

    if (pl_rd_u32le(&rd) != 2)
        return false;
    while (rd.n) {
        uint16_t tag = u16le(&rd);
        uint16_t perm = u16le(&rd);
        uint32_t id = pl_rd_u32le(&rd);
        if (tag == ACL_MASK)
            mask = perm;
        if (tag == ACL_USER || tag == ACL_GROUP)
            items[n++] = (pl_acl_entry){tag == ACL_GROUP, id, perm};
    }
    for (size_t i = 0; i < n; i++)
        items[i].perm &= mask & 7;
    *ret_n = n;
    return pl_rd_ok(&rd);
}

pl_rc pl_root_acl(const pl_root *r, pl_str path, pl_arena *a, pl_acl *ret, pl_err *err)
{
    PL_AUTO_BUF pl_buf raw = {0};
    pl_err cause = {0};
    pl_rc rc = pl_root_xattr(r, path, "system.posix_acl_access", &raw, &cause);
    pl_acl acl = {0};

    if (rc == PL_NOTFOUND && cause.sys == 0) {
        *ret = acl;
        return PL_OK;
    }
    if (rc) {
        if (err)
            *err = cause;
        return rc;
    }
    if (!(acl.items = pl_arena_calloc(a, raw.n / 8 + 1, sizeof(*acl.items))))
        return pl_root_say(r, path, PL_LIMIT, err, "access list is over the budget");
    if (!parse_acl(pl_buf_view(&raw), acl.items, &acl.n))
        return pl_root_say(r, path, PL_FORMAT, err, "access list of an unknown form");
    *ret = acl;
    return PL_OK;
}
