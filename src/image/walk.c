/* SPDX-License-Identifier: Apache-2.0 */
#include "image/walk.h"

#include "core/buf.h"
#include "core/io.h"
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

enum { BLOCK = 512, PIECE = 128 * 1024 };

struct walk {
    int root, out;
    bool is_read_on; /* the reader still reads */
    pl_buf path;     /* of what is being written, below the root; no slash at its start */
    pl_buf pax, head;
    char *piece;
};

/* ---- writing ---- */

static pl_rc put(struct walk *w, pl_str bytes, pl_err *err)
{
    pl_err why = {0};

    if (!w->is_read_on)
        return PL_OK;
    pl_rc rc = pl_write_all(w->out, bytes, &why);
    if (rc && why.sys == EPIPE) {
        w->is_read_on = false;
        return PL_OK;
    }
    if (rc && err)
        *err = why;
    return rc;
}

static pl_rc put_zeros(struct walk *w, uint64_t n, pl_err *err)
{
    static const char zeros[BLOCK * 8];

    while (n && w->is_read_on) {
        size_t some = n < sizeof(zeros) ? (size_t)n : sizeof(zeros);
        pl_rc rc = put(w, (pl_str){zeros, some}, err);
        if (rc)
            return rc;
        n -= some;
    }
    return PL_OK;
}

static pl_rc put_padding(struct walk *w, uint64_t n, pl_err *err)
{
    return put_zeros(w, -n & (BLOCK - 1), err);
}

/* "LENGTH KEY=VALUE\n", where the length counts its own digits. */
static void add_pax(pl_buf *out, const char *key, pl_str value)
{
    size_t body = strlen(key) + value.n + 3;
    size_t n = body + 1;
    char digits[24];

    while ((size_t)snprintf(digits, sizeof(digits), "%zu", n) + body != n)
        n++;
    pl_buf_fmt(out, "%zu %s=", n, key);
    pl_buf_str(out, value);
    pl_buf_ch(out, '\n');
}

static void add_pax_number(pl_buf *out, const char *key, uint64_t v)
{
    char digits[24];

    (void)snprintf(digits, sizeof(digits), "%llu", (unsigned long long)v);
    add_pax(out, key, pl_str_c(digits));
}

struct header {
    pl_str name, link;
    char type;
    unsigned mode;
    uint64_t uid, gid, size;
    int64_t mtime;
};

/* Numbers that do not fit stand in the pax header before; here they are cut. */
static pl_rc put_header(struct walk *w, const struct header *h, pl_err *err)
{
    char b[BLOCK] = {0};
    unsigned sum = 0;
    pl_str name = pl_str_sub(h->name, 0, 100);
    pl_str link = pl_str_sub(h->link, 0, 100);

    memcpy(b, name.p, name.n);
    (void)snprintf(b + 100, 8, "%07o", h->mode & 07777);
    (void)snprintf(b + 108, 8, "%07llo", (unsigned long long)(h->uid & 07777777));
    (void)snprintf(b + 116, 8, "%07llo", (unsigned long long)(h->gid & 07777777));
    (void)snprintf(b + 124, 12, "%011llo", (unsigned long long)(h->size & 077777777777));
    (void)snprintf(b + 136, 12, "%011llo",
                   h->mtime > 0 ? (unsigned long long)h->mtime & 077777777777 : 0);
    memset(b + 148, ' ', 8);
    b[156] = h->type;
    if (link.n)
        memcpy(b + 157, link.p, link.n);
    memcpy(b + 257, "ustar\00000", 8);
    for (size_t i = 0; i < BLOCK; i++)
        sum += (unsigned char)b[i];
    (void)snprintf(b + 148, 8, "%06o", sum);
    return put(w, (pl_str){b, BLOCK}, err);
}

static pl_rc put_entry(struct walk *w, const struct header *h, pl_err *err)
{
    pl_rc rc = PL_OK;

    if (h->name.n > 100)
        add_pax(&w->pax, "path", h->name);
    if (h->link.n > 100)
        add_pax(&w->pax, "linkpath", h->link);
    if (h->uid > 07777777)
        add_pax_number(&w->pax, "uid", h->uid);
    if (h->gid > 07777777)
        add_pax_number(&w->pax, "gid", h->gid);
    if (h->size > 077777777777)
        add_pax_number(&w->pax, "size", h->size);
    if (!pl_buf_ok(&w->pax))
        return pl_fail(err, PL_NOMEM, "%.*s", PL_F(h->name));
    if (w->pax.n) {
        struct header x = {.name = PL_S("pax"), .type = 'x', .mode = 0644, .size = w->pax.n};
        rc = put_header(w, &x, err);
        if (!rc)
            rc = put(w, pl_buf_view(&w->pax), err);
        if (!rc)
            rc = put_padding(w, w->pax.n, err);
        pl_buf_reset(&w->pax);
    }
    return rc ? rc : put_header(w, h, err);
}

/* What is at w->path could not be read. */
static pl_rc miss(struct walk *w, int eno, pl_err *err)
{
    pl_str path = pl_str_sub(pl_buf_view(&w->path), 0, PL_IMAGE_PATH_MAX);

    pl_buf_reset(&w->pax);
    add_pax_number(&w->pax, PL_TAR_UNREAD, (uint64_t)eno);
    struct header h = {.name = path.n ? path : PL_S("."), .link = {"", 0}, .type = '0'};
    return put_entry(w, &h, err);
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

static struct header header_of(pl_str path, const struct stat *st, char type)
{
    return (struct header){.name = path,
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

static void add_map(struct walk *w, const pl_tar_map *map, struct header *h)
{
    PL_AUTO_BUF pl_buf text = {0};

    add_pax(&w->pax, "GNU.sparse.name", h->name);
    add_pax_number(&w->pax, "GNU.sparse.size", h->size);
    h->size = 0;
    for (size_t i = 0; i < map->n; i++) {
        pl_buf_fmt(&text, "%s%llu,%llu", i ? "," : "", (unsigned long long)map->seg[i].at,
                   (unsigned long long)map->seg[i].n);
        h->size += map->seg[i].n;
    }
    add_pax(&w->pax, "GNU.sparse.map", pl_buf_view(&text));
}

/* n bytes from a place of the file; *eno tells what went wrong, zeros stand for what is missing. */
static pl_rc put_part(struct walk *w, int fd, uint64_t at, uint64_t n, int *eno, pl_err *err)
{
    while (n && w->is_read_on) {
        ssize_t got = pread(fd, w->piece, n < PIECE ? (size_t)n : PIECE, (off_t)at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            *eno = errno;
        if (got <= 0)
            return put_zeros(w, n, err);
        pl_rc rc = put(w, (pl_str){w->piece, (size_t)got}, err);
        if (rc)
            return rc;
        at += (uint64_t)got;
        n -= (uint64_t)got;
    }
    return PL_OK;
}

static pl_rc put_content(struct walk *w, int fd, const pl_tar_map *map, uint64_t size, pl_err *err)
{
    int eno = 0;
    pl_rc rc = map->n ? PL_OK : put_part(w, fd, 0, size, &eno, err);

    for (size_t i = 0; !rc && i < map->n; i++)
        rc = put_part(w, fd, map->seg[i].at, map->seg[i].n, &eno, err);
    if (!rc)
        rc = put_padding(w, size, err);
    return rc || !eno ? rc : miss(w, eno, err);
}

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
    ssize_t n = fgetxattr(fd, "security.capability", value, sizeof(value));
    if (n > 0)
        add_pax(&w->pax, "SCHILY.xattr.security.capability", (pl_str){value, (size_t)n});
    struct header h = header_of(pl_str_c(path), &st, '0');
    map_data(fd, &st, &map);
    if (map.n)
        add_map(w, &map, &h);
    pl_rc rc = put_entry(w, &h, err);
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
    struct header h = header_of(pl_str_c(path), st, '2');
    h.link = (pl_str){target, (size_t)n};
    return put_entry(w, &h, err);
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
    char type = S_ISDIR(st.st_mode)   ? '5'
                : S_ISCHR(st.st_mode) ? '3'
                : S_ISBLK(st.st_mode) ? '4'
                                      : '6';
    struct header h = header_of(pl_str_c(path), &st, type);
    pl_rc rc = put_entry(w, &h, err);
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

    for (size_t i = 0; !rc && w->is_read_on && i < names->n; i++) {
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
    rc = read_names(d, &names, err);
    (void)closedir(d);
    if (!rc)
        rc = put_names(w, &names, err);
    names_done(&names);
    return rc;
}

pl_rc pl_walk_tar(int folder_fd, int out_fd, pl_err *err)
{
    PL_AUTO_FREE char *piece = malloc(PIECE);
    struct walk w = {.root = folder_fd, .out = out_fd, .is_read_on = true, .piece = piece};

    if (!piece)
        return pl_fail(err, PL_NOMEM, "folder");
    pl_rc rc = put_folder(&w, err);
    if (!rc)
        rc = put_zeros(&w, 2 * (uint64_t)BLOCK, err);
    pl_buf_done(&w.path);
    pl_buf_done(&w.pax);
    return rc;
}
