/* SPDX-License-Identifier: Apache-2.0 */
#include "image/walk.h"

#include "core/buf.h"
#include "image/limits.h"
#include "image/tar_pax.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>

struct walk {
    int root;
    bool is_upper; /* the upper folder of an overlay: whiteouts as the kernel writes them */
    pl_tar_out *out;
    pl_buf path; /* of what is being written, below the root; no slash at its start */
};

/* What is at w->path could not be read. */
static pl_rc miss(struct walk *w, int eno, pl_err *err)
{
    pl_str path = pl_str_sub(pl_buf_view(&w->path), 0, PL_IMAGE_PATH_MAX);

    pl_buf_reset(&w->out->pax);
    pl_tar_out_pax_number(w->out, PL_TAR_UNREAD, (uint64_t)eno);
    pl_tar_header h = {.name = path.n ? path : PL_S("."), .link = {"", 0}, .type = '0'};
    return pl_tar_out_entry(w->out, &h, err);
}

/* ---- reading ---- */

static int open_below(const struct walk *w, const char *path, int flags)
{
    struct open_how how = {
        .flags = (unsigned)(flags | O_CLOEXEC | O_NOFOLLOW),
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV,
    };
    return (int)syscall(SYS_openat2, w->root, path, &how, sizeof(how));
}

static pl_tar_header header_of(pl_str path, const struct stat *st, char type)
{
    return (pl_tar_header){.name = path,
                           .link = {"", 0},
                           .type = type,
                           .mode = st->st_mode & 07777,
                           .uid = st->st_uid,
                           .gid = st->st_gid,
                           .size = type == '0' ? (uint64_t)st->st_size : 0,
                           .mtime = st->st_mtime};
}

/* Where the data of a file with large holes lie; an empty map: take it as it is. */
static void map_data(int fd, const struct stat *st, pl_tar_map *map)
{
    const off_t worth = 1 << 20; /* bytes of holes */
    off_t at = 0;

    if (st->st_size - st->st_blocks * 512 < worth)
        return;
    while (at < st->st_size && (at = lseek(fd, at, SEEK_DATA)) >= 0 && at < st->st_size) {
        off_t end = lseek(fd, at, SEEK_HOLE);
        if (end <= at || pl_tar_map_add(map, (uint64_t)at, (uint64_t)(end - at), NULL)) {
            pl_tar_map_done(map);
            return;
        }
        at = end < st->st_size ? end : st->st_size;
        map->seg[map->n - 1].n = (uint64_t)at - map->seg[map->n - 1].at;
    }
    /* Ends with the size, so that a file of one hole has a map, too. */
    if (pl_tar_map_add(map, (uint64_t)st->st_size, 0, NULL))
        pl_tar_map_done(map);
}

static void add_map(struct walk *w, const pl_tar_map *map, pl_tar_header *h)
{
    PL_AUTO_BUF pl_buf text = {0};

    pl_tar_out_pax(w->out, "GNU.sparse.name", h->name);
    pl_tar_out_pax_number(w->out, "GNU.sparse.size", h->size);
    h->size = 0;
    for (size_t i = 0; i < map->n; i++) {
        pl_buf_fmt(&text, "%s%llu,%llu", i ? "," : "", (unsigned long long)map->seg[i].at,
                   (unsigned long long)map->seg[i].n);
        h->size += map->seg[i].n;
    }
    pl_tar_out_pax(w->out, "GNU.sparse.map", pl_buf_view(&text));
}

static pl_rc put_content(struct walk *w, int fd, const pl_tar_map *map, uint64_t size, pl_err *err)
{
    int eno = 0;
    pl_rc rc = map->n ? PL_OK : pl_tar_out_file(w->out, fd, 0, size, &eno, err);

    for (size_t i = 0; !rc && i < map->n; i++)
        rc = pl_tar_out_file(w->out, fd, map->seg[i].at, map->seg[i].n, &eno, err);
    if (!rc)
        rc = pl_tar_out_pad(w->out, size, err);
    return rc || !eno ? rc : miss(w, eno, err);
}

/* ---- what overlayfs writes into its upper folder ---- */

/* An attribute of overlayfs, as the kernel calls it with and without rights, or as the program
 * fuse-overlayfs does. */
static bool has_mark(int fd, const char *name)
{
    static const char *const prefixes[] = {"trusted.overlay.", "user.overlay.",
                                           "user.fuseoverlayfs."};
    char key[64], value[4];

    for (size_t i = 0; i < PL_COUNT(prefixes); i++) {
        (void)snprintf(key, sizeof(key), "%s%s", prefixes[i], name);
        if (fgetxattr(fd, key, value, sizeof(value)) >= 0 || errno == ERANGE)
            return true;
    }
    return false;
}

/* A device with the number 0:0 says that a lower folder's file of this name is deleted. */
static bool is_whiteout(const struct walk *w, const struct stat *st)
{
    return w->is_upper && S_ISCHR(st->st_mode) && st->st_rdev == 0;
}

/* folder/.wh.NAME, or with a name of its own folder/.wh..wh..opq. */
static pl_rc put_whiteout(struct walk *w, pl_str folder, pl_str name, pl_err *err)
{
    PL_AUTO_BUF pl_buf path = {0};

    pl_buf_str(&path, folder);
    if (folder.n)
        pl_buf_ch(&path, '/');
    pl_buf_c(&path, ".wh.");
    pl_buf_str(&path, name);
    if (!pl_buf_ok(&path))
        return pl_fail(err, PL_NOMEM, "path");
    return pl_tar_out_entry(
        w->out, &(pl_tar_header){.name = pl_buf_view(&path), .link = {"", 0}, .type = '0'}, err);
}

static pl_rc put_deleted(struct walk *w, pl_err *err)
{
    pl_str path = pl_buf_view(&w->path);
    size_t slash = path.n;

    while (slash && path.p[slash - 1] != '/')
        slash--;
    return put_whiteout(w, pl_str_sub(path, 0, slash ? slash - 1 : 0),
                        pl_str_sub(path, slash, path.n), err);
}

static pl_rc put_marks(struct walk *w, int folder, pl_err *err)
{
    if (!w->is_upper)
        return PL_OK;
    /* It stands for a lower folder of another name, whose files are not here. */
    if (has_mark(folder, "redirect"))
        return miss(w, EOPNOTSUPP, err);
    return has_mark(folder, "opaque")
               ? put_whiteout(w, pl_buf_view(&w->path), PL_S(".wh..opq"), err)
               : PL_OK;
}

/* ---- one name ---- */

static pl_rc put_file(struct walk *w, const char *path, pl_err *err)
{
    PL_AUTO_FD int fd = open_below(w, path, O_RDONLY | O_NONBLOCK);
    pl_tar_map map = {0};
    struct stat st;
    char value[64];

    if (fd < 0 || fstat(fd, &st) < 0)
        return miss(w, errno, err);
    if (!S_ISREG(st.st_mode))
        return miss(w, ESTALE, err);
    /* Only its name and rights were changed; the bytes are those of a lower folder. */
    if (w->is_upper && has_mark(fd, "metacopy"))
        return miss(w, EOPNOTSUPP, err);
    ssize_t n = fgetxattr(fd, "security.capability", value, sizeof(value));
    if (n > 0)
        pl_tar_out_pax(w->out, "SCHILY.xattr.security.capability", (pl_str){value, (size_t)n});
    pl_tar_header h = header_of(pl_str_c(path), &st, '0');
    map_data(fd, &st, &map);
    if (map.n)
        add_map(w, &map, &h);
    pl_rc rc = pl_tar_out_entry(w->out, &h, err);
    if (!rc)
        rc = put_content(w, fd, &map, h.size, err);
    pl_tar_map_done(&map);
    return rc;
}

static pl_rc put_symlink(struct walk *w, const char *path, const struct stat *st, pl_err *err)
{
    PL_AUTO_FD int fd = open_below(w, path, O_PATH);
    char target[PL_IMAGE_PATH_MAX];
    ssize_t n = fd < 0 ? -1 : readlinkat(fd, "", target, sizeof(target));

    if (n < 0)
        return miss(w, errno, err);
    pl_tar_header h = header_of(pl_str_c(path), st, '2');
    h.link = (pl_str){target, (size_t)n};
    return pl_tar_out_entry(w->out, &h, err);
}

static pl_rc put_folder(struct walk *w, pl_err *err);

/* w->path is the name, with a NUL after it. */
static pl_rc put_name(struct walk *w, pl_err *err)
{
    const char *path = w->path.p;
    PL_AUTO_FD int fd = open_below(w, path, O_PATH);
    struct stat st;

    /* Another file system below the root is not part of the image. */
    if (fd < 0 || fstat(fd, &st) < 0)
        return errno == EXDEV ? PL_OK : miss(w, errno, err);
    if (S_ISREG(st.st_mode))
        return put_file(w, path, err);
    if (S_ISLNK(st.st_mode))
        return put_symlink(w, path, &st, err);
    if (is_whiteout(w, &st))
        return put_deleted(w, err);
    char type = S_ISDIR(st.st_mode)   ? '5'
                : S_ISCHR(st.st_mode) ? '3'
                : S_ISBLK(st.st_mode) ? '4'
                                      : '6';
    pl_tar_header h = header_of(pl_str_c(path), &st, type);
    pl_rc rc = pl_tar_out_entry(w->out, &h, err);
    return rc || type != '5' ? rc : put_folder(w, err);
}

/* ---- folders ---- */

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

struct names {
    char **list; /* owned, as are the names */
    size_t n, room;
};

static void names_done(struct names *s)
{
    for (size_t i = 0; i < s->n; i++)
        free(s->list[i]);
    free(s->list);
}

static pl_rc read_names(DIR *d, struct names *to, pl_err *err)
{
    for (struct dirent *e; (e = readdir(d));) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        if (to->n == PL_IMAGE_ENTRIES_MAX)
            return pl_fail(err, PL_LIMIT, "a folder with more than %d entries",
                           PL_IMAGE_ENTRIES_MAX);
        if (to->n == to->room) {
            size_t room = to->room ? to->room * 2 : 32;
            char **list = reallocarray(to->list, room, sizeof(*list));
            if (!list)
                return pl_fail(err, PL_NOMEM, "folder");
            to->list = list;
            to->room = room;
        }
        if (!(to->list[to->n] = strdup(e->d_name)))
            return pl_fail(err, PL_NOMEM, "folder");
        to->n++;
    }
    if (to->n)
        qsort(to->list, to->n, sizeof(*to->list), by_name);
    return PL_OK;
}

static void set_path(struct walk *w, size_t keep, const char *name)
{
    w->path.n = keep;
    if (keep)
        pl_buf_ch(&w->path, '/');
    pl_buf_c(&w->path, name);
    pl_buf_ch(&w->path, '\0');
    w->path.n--;
}

static pl_rc put_names(struct walk *w, const struct names *names, pl_err *err)
{
    size_t keep = w->path.n;
    pl_rc rc = PL_OK;

    for (size_t i = 0; !rc && !w->out->is_stopped && i < names->n; i++) {
        set_path(w, keep, names->list[i]);
        if (!pl_buf_ok(&w->path))
            rc = pl_fail(err, PL_NOMEM, "path");
        else if (w->path.n >= PL_IMAGE_PATH_MAX)
            rc = miss(w, ENAMETOOLONG, err);
        else
            rc = put_name(w, err);
    }
    w->path.n = keep;
    return rc;
}

/* No descriptor stays open on the way down, so depth is bounded by the path's length alone. */
static pl_rc put_folder(struct walk *w, pl_err *err)
{
    struct names names = {0};
    pl_rc rc = PL_OK;
    int fd = open_below(w, w->path.n ? w->path.p : ".", O_RDONLY | O_DIRECTORY);
    DIR *d = fd < 0 ? NULL : fdopendir(fd);

    if (!d) {
        rc = miss(w, errno, err);
        if (fd >= 0)
            (void)close(fd);
        return rc;
    }
    rc = put_marks(w, fd, err);
    if (!rc)
        rc = read_names(d, &names, err);
    (void)closedir(d);
    if (!rc)
        rc = put_names(w, &names, err);
    names_done(&names);
    return rc;
}

static pl_rc walk(int folder_fd, bool is_upper, pl_tar_out *out, pl_err *err)
{
    struct walk w = {.root = folder_fd, .is_upper = is_upper, .out = out};

    pl_rc rc = put_folder(&w, err);
    pl_buf_done(&w.path);
    return rc;
}

pl_rc pl_walk_tar(int folder_fd, int out_fd, pl_err *err)
{
    pl_tar_out out = {.fd = out_fd};
    pl_rc rc = walk(folder_fd, false, &out, err);

    if (!rc)
        rc = pl_tar_out_end(&out, err);
    pl_tar_out_done(&out);
    return rc;
}

pl_rc pl_walk_upper(int folder_fd, pl_tar_out *out, pl_err *err)
{
    return walk(folder_fd, true, out, err);
}

pl_rc pl_walk_miss(pl_tar_out *out, int eno, pl_err *err)
{
    struct walk w = {.out = out};
    return miss(&w, eno, err);
}
