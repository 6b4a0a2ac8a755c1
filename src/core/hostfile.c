/* SPDX-License-Identifier: Apache-2.0 */
#include "core/hostfile_priv.h"

#include "core/io.h"
#include "core/limits.h"
#include "core/text.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdarg.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/vfs.h>

/* statfs(2) f_type of file systems whose files cannot hang on a network or another process. */
static const uint32_t local_file_systems[] = {
    0x0000ef53, /* ext2, ext3, ext4 */
    0x58465342, /* xfs */
    0x9123683e, /* btrfs */
    0x2fc12fc1, /* zfs */
    0xca451a4e, /* bcachefs */
    0xf2f52010, /* f2fs */
    0x3153464a, /* jfs */
    0x52654973, /* reiserfs */
    0x01021994, /* tmpfs */
    0x858458f6, /* ramfs */
    0x794c7630, /* overlay */
    0x73717368, /* squashfs */
    0xe0f5e1e2, /* erofs */
    0x28cd3d45, /* cramfs */
    0x00009660, /* iso9660 */
    0x00004d44, /* vfat */
    0x2011bab0, /* exfat */
    0x7366746e, /* ntfs3 */
    0x00009fa0, /* proc */
    0x62656572, /* sysfs */
    0x63677270, /* cgroup2 */
    0x0027e0eb, /* cgroup */
    0x73636673, /* securityfs */
    0x64626720, /* debugfs */
    0x74726163, /* tracefs */
    0xde5e81e4, /* efivarfs */
    0x6e736673, /* nsfs */
    0xcafe4a11, /* bpf */
    0xf97cff8c, /* selinuxfs */
    0x62656570, /* configfs */
};

pl_rc pl_root_say(const pl_root *r, pl_str path, pl_rc rc, pl_err *err, const char *fmt, ...)
{
    PL_AUTO_BUF pl_buf shown = {0};
    char why[160];
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(why, sizeof(why), fmt, ap);
    va_end(ap);
    pl_text_visible(&shown, pl_str_c(r->name), PL_TEXT_ALL);
    pl_text_visible(&shown, path, PL_HOSTFILE_SHOWN);
    return pl_fail(err, rc, "%.*s: %s", PL_F(pl_buf_view(&shown)), why);
}

pl_rc pl_root_fail(const pl_root *r, pl_str path, int eno, pl_err *err)
{
    static const struct {
        int eno;
        pl_rc rc;
    } rows[] = {
        {ENOENT, PL_NOTFOUND}, {ENOTDIR, PL_NOTFOUND},   {ESRCH, PL_NOTFOUND}, {EACCES, PL_DENIED},
        {EPERM, PL_DENIED},    {ENOSYS, PL_UNSUPPORTED}, {ELOOP, PL_FORMAT},
    };
    pl_rc rc = PL_SYS;

    for (size_t i = 0; i < PL_COUNT(rows); i++)
        if (rows[i].eno == eno)
            rc = rows[i].rc;
    rc = pl_root_say(r, path, rc, err, "%s", strerror(eno));
    if (err)
        err->sys = eno;
    return rc;
}

/* EAGAIN: a rename elsewhere made the kernel unsure that the path stayed in the root. */
static int open_in_root(const pl_root *r, const char *path, int flags)
{
    struct open_how how = {.flags = (uint64_t)(unsigned)flags | O_CLOEXEC, .resolve = r->resolve};
    long fd = -1;

    for (int tries = 0; tries < PL_HOSTFILE_TRIES; tries++) {
        fd = syscall(SYS_openat2, r->fd, path, &how, sizeof(how));
        if (fd >= 0 || (errno != EAGAIN && errno != EINTR))
            break;
    }
    return (int)fd;
}

pl_rc pl_root_find(const pl_root *r, pl_str path, int flags, int *ret_fd, pl_err *err)
{
    char c[PATH_MAX];

    if (!pl_str_starts(path, PL_S("/")))
        return pl_root_say(r, path, PL_USAGE, err, "path is not absolute");
    if (!pl_str_to_c(path, c, sizeof(c)))
        return pl_root_say(r, path, PL_FORMAT, err, "path is too long or holds NUL");
    int fd = open_in_root(r, c, O_PATH | flags);
    if (fd < 0)
        return pl_root_fail(r, path, errno, err);
    *ret_fd = fd;
    return PL_OK;
}

void pl_proc_fd_path(int fd, char ret[PL_PROC_FD_PATH])
{
    (void)snprintf(ret, PL_PROC_FD_PATH, "/proc/self/fd/%d", fd);
}

static const char *type_name(mode_t mode)
{
    static const struct {
        mode_t type;
        const char *name;
    } rows[] = {
        {S_IFDIR, "a folder"},        {S_IFIFO, "a FIFO"},           {S_IFSOCK, "a socket"},
        {S_IFCHR, "a device (char)"}, {S_IFBLK, "a device (block)"}, {S_IFLNK, "a symbolic link"},
    };

    for (size_t i = 0; i < PL_COUNT(rows); i++)
        if ((mode & S_IFMT) == rows[i].type)
            return rows[i].name;
    return "of unknown type";
}

static pl_rc check_file(const pl_root *r, pl_str path, int fd, const struct stat *st, size_t max,
                        pl_err *err)
{
    struct statfs fs;
    bool is_local = false;

    if (!S_ISREG(st->st_mode))
        return pl_root_say(r, path, PL_FORMAT, err, "is %s, not a regular file",
                           type_name(st->st_mode));
    if (fstatfs(fd, &fs) < 0)
        return pl_root_fail(r, path, errno, err);
    for (size_t i = 0; i < PL_COUNT(local_file_systems); i++)
        is_local |= (uint32_t)fs.f_type == local_file_systems[i];
    if (!is_local)
        return pl_root_say(r, path, PL_UNSUPPORTED, err,
                           "is on a file system that is not known to be local (type 0x%x)",
                           (unsigned)fs.f_type);
    if (st->st_size > 0 && (uint64_t)st->st_size > max)
        return pl_root_say(r, path, PL_LIMIT, err, "is %jd bytes long, over the limit of %zu",
                           (intmax_t)st->st_size, max);
    return PL_OK;
}

static pl_rc find_and_stat(const pl_root *r, pl_str path, int flags, int *ret_fd, struct stat *st,
                           pl_err *err)
{
    PL_AUTO_FD int fd = -1;
    pl_rc rc = pl_root_find(r, path, flags, &fd, err);

    if (rc)
        return rc;
    if (fstat(fd, st) < 0)
        return pl_root_fail(r, path, errno, err);
    *ret_fd = PL_TAKE(fd, -1);
    return PL_OK;
}

static bool is_trusted(const pl_root *r, const struct stat *st)
{
    return st->st_uid == 0 || st->st_uid == r->owner;
}

/* The path that a link at `path` with this text leads to: text, or the link's folder and text. */
static bool join(pl_str path, pl_str text, pl_buf *out)
{
    size_t folder = path.n;

    while (folder && path.p[folder - 1] != '/')
        folder--;
    if (!pl_str_starts(text, PL_S("/")))
        pl_buf_add(out, path.p, folder);
    pl_buf_str(out, text);
    return pl_buf_ok(out);
}

/* Goes on from the link that link_fd is to the file behind it. */
static pl_rc follow_once(const pl_root *r, pl_str path, int link_fd, int *ret_fd, struct stat *st,
                         pl_err *err)
{
    char text[PATH_MAX];
    PL_AUTO_BUF pl_buf target = {0};
    PL_AUTO_FD int fd = -1;

    if (!is_trusted(r, st))
        return pl_root_say(r, path, PL_FORMAT, err, "is a symbolic link of uid %u",
                           (unsigned)st->st_uid);
    ssize_t n = readlinkat(link_fd, "", text, sizeof(text));
    if (n < 0)
        return pl_root_fail(r, path, errno, err);
    if ((size_t)n == sizeof(text) || !join(path, (pl_str){text, (size_t)n}, &target))
        return pl_root_say(r, path, PL_FORMAT, err, "is a symbolic link that is too long");

    pl_rc rc = find_and_stat(r, pl_buf_view(&target), O_NOFOLLOW, &fd, st, err);
    if (rc)
        return pl_wrap(err, rc, "%s%.*s is a symbolic link", r->name, PL_F(path));
    if (!is_trusted(r, st))
        return pl_root_say(r, path, PL_FORMAT, err, "is a symbolic link to a file of uid %u",
                           (unsigned)st->st_uid);
    *ret_fd = PL_TAKE(fd, -1);
    return PL_OK;
}

/* The file is known by now; opening it through its descriptor cannot meet another one. */
static int open_found(int found)
{
    char path[PL_PROC_FD_PATH];
    const int flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;

    pl_proc_fd_path(found, path);
    int fd = open(path, flags | O_NOATIME);
    return fd < 0 && errno == EPERM ? open(path, flags) : fd;
}

pl_rc pl_root_file(const pl_root *r, pl_str path, size_t max, int *ret_fd, struct stat *ret_st,
                   pl_err *err)
{
    PL_AUTO_FD int found = -1;
    struct stat st;
    pl_rc rc = find_and_stat(r, path, O_NOFOLLOW, &found, &st, err);

    if (!rc && S_ISLNK(st.st_mode)) {
        PL_AUTO_FD int link_fd = PL_TAKE(found, -1);
        rc = follow_once(r, path, link_fd, &found, &st, err);
    }
    if (rc || (rc = check_file(r, path, found, &st, max, err)))
        return rc;

    int fd = open_found(found);
    if (fd < 0)
        return pl_root_fail(r, path, errno, err);
    *ret_fd = fd;
    if (ret_st)
        *ret_st = st;
    return PL_OK;
}

static bool is_same_state(const struct stat *a, const struct stat *b)
{
    return a->st_size == b->st_size && a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
           a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

pl_rc pl_root_read(const pl_root *r, pl_str path, size_t max, pl_buf *ret, struct stat *ret_st,
                   pl_err *err)
{
    PL_AUTO_FD int fd = -1;
    struct stat before = {0};
    struct stat after = {0};
    pl_err cause = {0};
    pl_rc rc = pl_root_file(r, path, max, &fd, &before, err);

    if (rc)
        return rc;
    if ((rc = pl_read_all(fd, max, ret, &cause)))
        return cause.sys ? pl_root_fail(r, path, cause.sys, err)
                         : pl_root_say(r, path, rc, err, "%s", cause.text);
    if (fstat(fd, &after) < 0)
        return pl_root_fail(r, path, errno, err);
    /* Files of proc and sys say 0 bytes or a page, and the time of the question. */
    if (before.st_blocks && !is_same_state(&before, &after))
        return pl_root_say(r, path, PL_FORMAT, err, "changed while it was read");
    if (ret_st)
        *ret_st = before;
    return PL_OK;
}

static pl_rc make_root(int fd, uint64_t resolve, pl_str name, pl_str more, pl_root *ret,
                       pl_err *err)
{
    PL_AUTO_FD int own = fd;
    struct stat st;
    char *text = NULL;

    if (fstat(own, &st) < 0)
        return pl_fail_sys(err, errno, "root %.*s%.*s", PL_F(name), PL_F(more));
    if (asprintf(&text, "%.*s%.*s", PL_F(name), PL_F(more)) < 0)
        return pl_fail(err, PL_NOMEM, "root %.*s", PL_F(name));
    *ret = (pl_root){PL_TAKE(own, -1), st.st_uid, resolve, text};
    return PL_OK;
}

pl_rc pl_root_open(const char *dir, pl_root *ret, pl_err *err)
{
    pl_str name = pl_str_c(dir);

    int fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return pl_fail_sys(err, errno, "root %s", dir);
    while (pl_str_ends(name, PL_S("/")))
        name.n--;
    return make_root(fd, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS, name, PL_S(""), ret, err);
}

pl_rc pl_root_below(const pl_root *r, pl_str path, pl_root *ret, pl_err *err)
{
    int fd = -1;
    pl_rc rc = pl_root_find(r, path, O_DIRECTORY, &fd, err);

    if (rc)
        return rc;
    return make_root(fd, r->resolve | RESOLVE_NO_XDEV, pl_str_c(r->name), path, ret, err);
}

void pl_root_close(pl_root *r)
{
    if (r->fd >= 0)
        (void)close(r->fd);
    free(r->name);
    *r = (pl_root){.fd = -1};
}
