/* SPDX-License-Identifier: Apache-2.0 */
#include "image/store_names.h"

#include "core/attr.h"
#include "image/limits.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DEPTH_MAX = 200 }; /* folders in folders; each is an open descriptor */

void pl_store_names_done(pl_store_names *s)
{
    free(s->items);
    *s = (pl_store_names){0};
}

static pl_str clean(pl_str name)
{
    while (pl_str_starts(name, PL_S("./")) || pl_str_starts(name, PL_S("/")))
        name = pl_str_sub(name, name.p[0] == '/' ? 1 : 2, name.n);
    while (name.n && name.p[name.n - 1] == '/')
        name.n--;
    return name;
}

pl_rc pl_store_names_add(pl_store_names *s, pl_str name, pl_err *err)
{
    name = clean(name);
    if (s->n == PL_IMAGE_ENTRIES_MAX)
        return pl_fail(err, PL_LIMIT, "a layer with more than %d entries", PL_IMAGE_ENTRIES_MAX);
    if (s->n == s->room) {
        size_t room = s->room ? s->room * 2 : 1024;
        uint64_t *items = reallocarray(s->items, room, sizeof(*items));
        if (!items)
            return pl_fail(err, PL_NOMEM, "names of a layer");
        s->items = items;
        s->room = room;
    }
    s->items[s->n++] = pl_siphash(s->key, name.p, name.n);
    return PL_OK;
}

static int by_value(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

struct look {
    const pl_store_names *names;
    pl_buf path;
    size_t n;
    pl_buf *first;
};

static void look_at(struct look *l)
{
    pl_str path = pl_buf_view(&l->path);
    uint64_t key = pl_siphash(l->names->key, path.p, path.n);

    if (l->names->n &&
        bsearch(&key, l->names->items, l->names->n, sizeof(*l->names->items), by_value))
        return;
    if (l->n++ == 0)
        pl_buf_str(l->first, path);
}

static pl_rc look_below(struct look *l, int folder, unsigned depth, pl_err *err);

static pl_rc look_at_name(struct look *l, int folder, const char *name, unsigned depth, pl_err *err)
{
    size_t keep = l->path.n;
    struct stat st;
    pl_rc rc = PL_OK;

    if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return errno == ENOENT ? PL_OK : pl_fail_sys(err, errno, "%s", name);
    if (keep)
        pl_buf_ch(&l->path, '/');
    pl_buf_c(&l->path, name);
    if (S_ISREG(st.st_mode) || S_ISLNK(st.st_mode)) {
        look_at(l);
    } else if (S_ISDIR(st.st_mode)) {
        int fd = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        rc = fd < 0 ? pl_fail_sys(err, errno, "%s", name) : look_below(l, fd, depth + 1, err);
    }
    l->path.n = keep;
    return rc;
}

/* Takes the descriptor over. */
static pl_rc look_below(struct look *l, int folder, unsigned depth, pl_err *err)
{
    DIR *d = depth > DEPTH_MAX ? NULL : fdopendir(folder);
    pl_rc rc = PL_OK;

    if (!d) {
        (void)close(folder);
        return pl_fail(err, PL_LIMIT, "folders lie more than %d deep", DEPTH_MAX);
    }
    for (struct dirent *e; !rc && (e = readdir(d));)
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
            rc = look_at_name(l, folder, e->d_name, depth, err);
    (void)closedir(d);
    return rc;
}

pl_rc pl_store_names_extra(pl_store_names *s, int folder, size_t *ret_n, pl_buf *ret_path,
                           pl_err *err)
{
    struct look l = {.names = s, .first = ret_path};
    int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0)
        return pl_fail_sys(err, errno, "folder of a layer");
    if (s->n)
        qsort(s->items, s->n, sizeof(*s->items), by_value);
    pl_rc rc = look_below(&l, fd, 0, err);
    pl_buf_done(&l.path);
    *ret_n = l.n;
    return rc;
}
