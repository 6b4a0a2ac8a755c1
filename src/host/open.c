/* SPDX-License-Identifier: Apache-2.0 */
#include "host/open.h"

#include "host/limits.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/vfs.h>

pl_rc pl_host_code(int eno)
{
    switch (eno) {
    case ENOENT:
    case ENOTDIR:
        return PL_NOTFOUND;
    case EACCES:
    case EPERM:
        return PL_DENIED;
    default:
        return PL_SYS;
    }
}

static int open_in_root(int root, const char *path, uint64_t flags)
{
    struct open_how how = {
        .flags = flags | O_CLOEXEC | O_NOFOLLOW,
        .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
    };
    while (*path == '/')
        path++;
    return (int)syscall(SYS_openat2, root, *path ? path : ".", &how, sizeof(how));
}

static pl_rc refuse(int eno, const char *path, pl_err *err)
{
    return pl_fail_at(err, pl_host_code(eno), eno, __FILE__, __LINE__, "%s", path);
}

pl_rc pl_host_open_path(int root, const char *path, int *ret_fd, pl_err *err)
{
    int fd = open_in_root(root, path, O_PATH);
    if (fd < 0)
        return refuse(errno, path, err);
    *ret_fd = fd;
    return PL_OK;
}

static const char *kind_text(mode_t mode)
{
    switch (mode & S_IFMT) {
    case S_IFDIR:
        return "a directory";
    case S_IFIFO:
        return "a FIFO";
    case S_IFSOCK:
        return "a socket";
    case S_IFCHR:
    case S_IFBLK:
        return "a device";
    case S_IFLNK:
        return "a symbolic link";
    default:
        return "no regular file";
    }
}

static bool is_remote(int fd)
{
    static const unsigned long remote[] = {
        NFS_SUPER_MAGIC,  SMB_SUPER_MAGIC,         0xfe534d42 /* SMB2 */, 0xff534d42 /* CIFS */,
        V9FS_MAGIC,       CODA_SUPER_MAGIC,        AFS_SUPER_MAGIC,       0x00c36400 /* Ceph */,
        FUSE_SUPER_MAGIC, 0x0bd00bd0 /* Lustre */, AUTOFS_SUPER_MAGIC,
    };
    struct statfs fs;
    if (fstatfs(fd, &fs) != 0)
        return true;
    for (size_t i = 0; i < PL_COUNT(remote); i++)
        if ((unsigned long)fs.f_type == remote[i])
            return true;
    return false;
}

static pl_rc read_up_to(int fd, const char *path, size_t max, pl_buf *out, pl_err *err)
{
    char chunk[16384];

    for (;;) {
        ssize_t n = read(fd, chunk, sizeof(chunk));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return refuse(errno, path, err);
        if (n == 0)
            break;
        if (out->n + (size_t)n > max)
            return pl_fail(err, PL_LIMIT, "%s: larger than %zu bytes", path, max);
        pl_buf_add(out, chunk, (size_t)n);
    }
    return pl_buf_ok(out) ? PL_OK : pl_fail(err, PL_NOMEM, "%s: out of memory", path);
}

pl_rc pl_host_read_file(int root, const char *path, size_t max, pl_buf *out, struct stat *ret_st,
                        pl_err *err)
{
    /* The kind is looked at before the file is opened for reading: opening a device can act. */
    PL_AUTO_FD int at = -1;
    pl_rc rc = pl_host_open_path(root, path, &at, err);
    if (rc)
        return rc;
    if (fstat(at, ret_st) != 0)
        return refuse(errno, path, err);
    if (!S_ISREG(ret_st->st_mode))
        return pl_fail(err, PL_FORMAT, "%s: is %s", path, kind_text(ret_st->st_mode));
    if (ret_st->st_size > 0 && (uint64_t)ret_st->st_size > max)
        return pl_fail(err, PL_LIMIT, "%s: larger than %zu bytes", path, max);

    PL_AUTO_FD int fd = open_in_root(root, path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOATIME);
    if (fd < 0 && errno == EPERM)
        fd = open_in_root(root, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return refuse(errno, path, err);
    if (fstat(fd, ret_st) != 0)
        return refuse(errno, path, err);
    if (!S_ISREG(ret_st->st_mode))
        return pl_fail(err, PL_FORMAT, "%s: became %s while it was opened", path,
                       kind_text(ret_st->st_mode));
    if (is_remote(fd))
        return pl_fail(err, PL_UNSUPPORTED, "%s: not on a local file system", path);
    return read_up_to(fd, path, max, out, err);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

struct names {
    char **v;
    size_t n, room;
};

static void names_done(struct names *l)
{
    for (size_t i = 0; i < l->n; i++)
        free(l->v[i]);
    free(l->v);
}

static bool names_add(struct names *l, const char *name)
{
    if (l->n == l->room) {
        size_t room = l->room ? l->room * 2 : 64;
        char **v = realloc(l->v, room * sizeof(*v));
        if (!v)
            return false;
        l->v = v;
        l->room = room;
    }
    l->v[l->n] = strdup(name);
    return l->v[l->n] && ++l->n;
}

static pl_rc read_names(DIR *d, const char *path, struct names *l, pl_err *err)
{
    const struct dirent *e;

    while ((e = readdir(d))) {
        if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
            continue;
        if (l->n >= PL_HOST_DIR_NAMES)
            return pl_fail(err, PL_LIMIT, "%s: more than %d names", path, PL_HOST_DIR_NAMES);
        if (!names_add(l, e->d_name))
            return pl_fail(err, PL_NOMEM, "%s: out of memory", path);
    }
    return PL_OK;
}

pl_rc pl_host_list_dir(int root, const char *path, pl_buf *out, pl_err *err)
{
    PL_AUTO_FD int fd = open_in_root(root, path, O_RDONLY | O_DIRECTORY | O_NONBLOCK);
    if (fd < 0)
        return refuse(errno, path, err);
    DIR *d = fdopendir(fd);
    if (!d)
        return refuse(errno, path, err);
    (void)PL_TAKE(fd, -1);

    PL_CLEANUP(names_done) struct names l = {0};
    pl_rc rc = read_names(d, path, &l, err);
    closedir(d);
    if (rc)
        return rc;
    if (l.n)
        qsort(l.v, l.n, sizeof(*l.v), by_name);
    for (size_t i = 0; i < l.n; i++)
        pl_buf_add(out, l.v[i], strlen(l.v[i]) + 1);
    return pl_buf_ok(out) ? PL_OK : pl_fail(err, PL_NOMEM, "%s: out of memory", path);
}
