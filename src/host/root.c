/* SPDX-License-Identifier: Apache-2.0 */
#include "host/root.h"

#include "host/limits.h"
#include "host/live.h"
#include "host/open.h"
#include "host/recorded.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

struct pl_host_root {
    int fd;
    bool is_live;
    pl_arena *arena;            /* of the manifest */
    pl_host_manifest *recorded; /* NULL: a plain tree */
};

bool pl_host_root_is_live(const pl_host_root *r)
{
    return r->is_live;
}

bool pl_host_root_is_recorded(const pl_host_root *r)
{
    return r->recorded != NULL;
}

void pl_host_root_close(pl_host_root *r)
{
    if (!r)
        return;
    if (r->fd >= 0)
        close(r->fd);
    pl_arena_free(r->arena);
    free(r);
}

static bool same_directory(int a, int b)
{
    struct stat x, y;
    return fstat(a, &x) == 0 && fstat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

static pl_rc load_manifest(pl_host_root *r, pl_err *err)
{
    PL_AUTO_BUF pl_buf text = {0};
    struct stat st;
    pl_rc rc = pl_host_read_file(r->fd, PL_HOST_MANIFEST, PL_HOST_FILE_MAX, &text, &st, err);
    if (rc == PL_NOTFOUND)
        return PL_OK;
    if (rc)
        return rc;
    return pl_host_manifest_parse(pl_buf_view(&text), r->arena, &r->recorded, err);
}

pl_rc pl_host_root_open(const char *path, pl_host_root **ret, pl_err *err)
{
    const char *shown = path ? path : "/";
    PL_AUTO_FD int slash = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    PL_AUTO_FD int fd = open(shown, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return pl_fail_at(err, pl_host_code(errno), errno, __FILE__, __LINE__, "root directory %s",
                          shown);

    PL_AUTO_HOST_ROOT pl_host_root *r = calloc(1, sizeof(*r));
    if (!r)
        return pl_fail(err, PL_NOMEM, "root directory %s: out of memory", shown);
    r->is_live = same_directory(fd, slash);
    r->fd = PL_TAKE(fd, -1);
    r->arena = pl_arena_new(PL_HOST_FILE_MAX * 8);
    if (!r->arena)
        return pl_fail(err, PL_NOMEM, "root directory %s: out of memory", shown);
    if (!r->is_live) {
        pl_rc rc = load_manifest(r, err);
        if (rc)
            return pl_wrap(err, rc, "root directory %s", shown);
    }
    *ret = PL_TAKE(r, NULL);
    return PL_OK;
}

/* ---- one look ---- */

static pl_snap_meta meta_of(const struct stat *st)
{
    return (pl_snap_meta){
        .mode = st->st_mode,
        .uid = st->st_uid,
        .gid = st->st_gid,
        .size = (uint64_t)st->st_size,
        .mtime_s = st->st_mtim.tv_sec,
    };
}

static pl_rc fill_meta(const pl_host_root *r, int fd, pl_str path, pl_snap_meta *ret, pl_err *err)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return pl_fail_sys(err, errno, "%.*s", PL_F(path));
    *ret = meta_of(&st);
    if (r->recorded)
        pl_host_manifest_apply(r->recorded, path, ret, NULL);
    return PL_OK;
}

/* O_PATH descriptors refuse fgetxattr, so the way leads over /proc/self/fd. */
static pl_str read_acl(const pl_host_root *r, int fd, pl_str path, char *room, size_t n)
{
    if (r->recorded) {
        pl_snap_meta ignored = {0};
        pl_str acl = {"", 0};
        pl_host_manifest_apply(r->recorded, path, &ignored, &acl);
        return acl;
    }
    char self[64];
    snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
    ssize_t got = getxattr(self, "system.posix_acl_access", room, n);
    return got > 0 ? (pl_str){room, (size_t)got} : (pl_str){"", 0};
}

/* The place that a link in `path` with this text leads to, as an absolute path below the root. */
static bool link_target(pl_str path, pl_str text, char ret[PL_HOST_PATH])
{
    size_t dir = path.n;
    while (dir && path.p[dir - 1] != '/')
        dir--;
    if (text.n == 0)
        return false;
    if (text.p[0] == '/')
        dir = 0;
    if (dir + text.n >= PL_HOST_PATH || memchr(text.p, '\0', text.n))
        return false;
    memcpy(ret, path.p, dir);
    memcpy(ret + dir, text.p, text.n);
    ret[dir + text.n] = '\0';
    return true;
}

struct look {
    pl_host_root *root;
    pl_snap_entry e;
    char path[PL_HOST_PATH];  /* as asked */
    char final[PL_HOST_PATH]; /* what is opened: the path or the target of the link there */
    char text[PL_HOST_PATH];  /* of the link */
    char acl[4096];
};

static pl_rc follow(struct look *l, int fd, pl_err *err)
{
    ssize_t n = readlinkat(fd, "", l->text, sizeof(l->text));
    if (n < 0 || (size_t)n >= sizeof(l->text))
        return pl_fail(err, PL_FORMAT, "%s: link cannot be read", l->path);
    l->e.is_link = true;
    l->e.target = (pl_str){l->text, (size_t)n};
    if (!link_target(l->e.path, l->e.target, l->final))
        return pl_fail(err, PL_FORMAT, "%s: link leads nowhere", l->path);
    if (l->e.link.uid != 0 && (pl_host_root_is_live(l->root) || l->root->recorded))
        return pl_fail(err, PL_FORMAT, "%s: is a symbolic link of user %u", l->path, l->e.link.uid);
    return PL_OK;
}

/* Metadata of the path and, behind a link, of the target. */
static pl_rc look_stat(struct look *l, pl_err *err)
{
    PL_AUTO_FD int fd = -1;
    pl_rc rc = pl_host_open_path(l->root->fd, l->path, &fd, err);
    if (!rc)
        rc = fill_meta(l->root, fd, l->e.path, &l->e.meta, err);
    if (rc)
        return rc;
    if (S_ISLNK(l->e.meta.mode)) {
        l->e.link = l->e.meta;
        l->e.meta = (pl_snap_meta){0};
        rc = follow(l, fd, err);
        if (rc)
            return rc;
        close(PL_TAKE(fd, -1));
        rc = pl_host_open_path(l->root->fd, l->final, &fd, err);
        if (!rc)
            rc = fill_meta(l->root, fd, pl_str_c(l->final), &l->e.meta, err);
        if (rc)
            return rc;
        if (S_ISLNK(l->e.meta.mode))
            return pl_fail(err, PL_FORMAT, "%s: leads to a further link", l->path);
    }
    l->e.acl = read_acl(l->root, fd, pl_str_c(l->final), l->acl, sizeof(l->acl));
    return PL_OK;
}

static size_t size_limit(pl_str path)
{
    return pl_str_eq(path, PL_S("/var/lib/dpkg/status")) ? PL_HOST_PACKAGE_DB_MAX
                                                         : PL_HOST_FILE_MAX;
}

static pl_rc look_inside(struct look *l, uint8_t ops, pl_buf *bytes, pl_err *err)
{
    struct stat st;

    if (!(ops & (PL_SNAP_READ | PL_SNAP_LIST)))
        return PL_OK;
    if (l->e.is_link && l->e.meta.uid != 0)
        return pl_fail(err, PL_FORMAT, "%s: link leads to a file of user %u", l->path,
                       l->e.meta.uid);
    if (ops & PL_SNAP_LIST)
        return pl_host_list_dir(l->root->fd, l->final, bytes, err);
    return pl_host_read_file(l->root->fd, l->final, size_limit(l->e.path), bytes, &st, err);
}

static pl_rc look_at_file(struct look *l, uint8_t ops, pl_buf *bytes, pl_err *err)
{
    pl_rc rc = look_stat(l, err);
    if (rc == PL_NOTFOUND && l->root->recorded &&
        pl_host_manifest_apply(l->root->recorded, l->e.path, &l->e.meta, &l->e.acl)) {
        /* A socket or device that a checkout cannot hold: its metadata is all there is. */
        return ops & PL_SNAP_READ ? pl_fail(err, PL_FORMAT, "%s: is no regular file", l->path)
                                  : PL_OK;
    }
    if (!rc)
        rc = look_inside(l, ops, bytes, err);
    return rc;
}

/* "@audit": asked of the kernel, or read from the tree. */
static pl_rc look_at_answer(struct look *l, pl_buf *bytes, pl_err *err)
{
    struct stat st;
    char place[PL_HOST_PATH];

    if (l->root->is_live)
        return pl_host_live_answer(l->path, bytes, err);
    if (snprintf(place, sizeof(place), "/.recorded/%s", l->path + 1) >= (int)sizeof(place))
        return pl_fail(err, PL_FORMAT, "%s: name is too long", l->path);
    pl_rc rc = pl_host_read_file(l->root->fd, place, PL_HOST_FILE_MAX * 4, bytes, &st, err);
    return rc == PL_NOTFOUND
               ? pl_fail(err, PL_UNSUPPORTED, "%s: not recorded in this tree", l->path)
               : rc;
}

pl_rc pl_host_look(pl_host_root *r, pl_str path, uint8_t ops, pl_snap *into, pl_err *err)
{
    PL_AUTO_BUF pl_buf bytes = {0};
    pl_err why = {0};
    struct look l = {.root = r, .e = {.path = path, .did = ops | PL_SNAP_STAT}};

    if (!pl_str_to_c(path, l.path, sizeof(l.path)) || (path.p[0] != '/' && path.p[0] != '@')) {
        l.e.rc = pl_fail(&why, PL_FORMAT, "not an absolute path");
    } else if (path.p[0] == '@') {
        l.e.rc = look_at_answer(&l, &bytes, &why);
    } else {
        memcpy(l.final, l.path, sizeof(l.final));
        l.e.rc = look_at_file(&l, ops, &bytes, &why);
    }
    if (l.e.rc == PL_OK)
        l.e.bytes = pl_buf_view(&bytes);
    else
        l.e.why = pl_str_c(why.text);
    return pl_snap_put(into, &l.e, err);
}
