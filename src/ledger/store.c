/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/store.h"

#include "ledger/io.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

pl_rc pl_store_new(int log_dir, pl_store **ret, pl_err *err)
{
    pl_store *s = calloc(1, sizeof(*s));

    if (!s || !(s->h = pl_sha256_new())) {
        free(s);
        return pl_fail(err, PL_NOMEM, "right edge of the log");
    }
    s->log_dir = log_dir;
    *ret = s;
    return PL_OK;
}

static void close_files(pl_store *s)
{
    while (s->n_fds)
        (void)close(s->fds[--s->n_fds]);
}

void pl_store_free(pl_store *s)
{
    if (!s)
        return;
    close_files(s);
    pl_buf_done(&s->bundle);
    pl_buf_done(&s->ready);
    pl_sha256_free(s->h);
    free(s->full);
    free(s);
}

/* ---- adding ---- */

static void push_ready(pl_store *s, int level, uint64_t n, pl_str bytes)
{
    pl_tile t = {.level = level, .n = n, .width = PL_TILE_HASHES};

    pl_buf_add(&s->ready, &t, sizeof(t));
    pl_buf_lstr(&s->ready, bytes);
}

static void add_node(pl_store *s, unsigned level, const pl_node *node)
{
    pl_open_tile *o = &s->open[level];

    o->node[o->n++] = *node;
    if (o->n < PL_TILE_HASHES)
        return;
    push_ready(s, (int)level, o->tile, (pl_str){(const char *)o->node, sizeof(o->node)});
    o->n = 0;
    o->written = 0;
    o->tile++;
}

pl_rc pl_store_add(pl_store *s, pl_str leaf, const pl_node *hash, pl_err *err)
{
    pl_node tiled[8];

    pl_bundle_add(&s->bundle, leaf);
    unsigned n = pl_edge_add(&s->edge, s->h, hash, tiled);
    for (unsigned level = 0; level < n; level++)
        add_node(s, level, &tiled[level]);
    if (s->edge.size % PL_TILE_HASHES == 0) {
        push_ready(s, PL_TILE_ENTRIES, s->edge.size / PL_TILE_HASHES - 1, pl_buf_view(&s->bundle));
        pl_buf_reset(&s->bundle);
    }
    return pl_buf_ok(&s->bundle) && pl_buf_ok(&s->ready)
               ? PL_OK
               : pl_fail(err, PL_NOMEM, "entry %llu", (unsigned long long)s->edge.size - 1);
}

/* ---- writing ---- */

/* The last directories of the list, as many as may be open at once, behind the files. */
static pl_rc open_dirs(pl_store *s, size_t *ret_n, pl_err *err)
{
    pl_rc rc = PL_OK;
    size_t n = 0;

    while (!rc && n < PL_SYNC_DIRS && n < s->n_dirs) {
        rc = pl_io_open_dir(s->log_dir, s->dirs[s->n_dirs - 1 - n], false, &s->fds[s->n_fds], err);
        n += !rc;
        s->n_fds += !rc;
    }
    *ret_n = n;
    return rc;
}

/*
 * All files, and directories: side by side, since none of them has to be durable before another.
 * The journal can make each again until .state/head says that it is not needed any more.
 */
static pl_rc sync_some(pl_store *s, pl_err *err)
{
    size_t n_dirs = 0;
    pl_rc rc = open_dirs(s, &n_dirs, err);

    if (!rc)
        rc = pl_io_sync_all(s->fds, s->n_fds, "tiles and directories of the log", err);
    if (!rc)
        s->n_dirs -= n_dirs;
    close_files(s);
    return rc;
}

static pl_rc sync_all(pl_store *s, pl_err *err)
{
    pl_rc rc = PL_OK;

    while (!rc && (s->n_fds || s->n_dirs))
        rc = sync_some(s, err);
    return rc;
}

/* Remembers a directory; neighbours in time are neighbours in the list. */
static pl_rc remember_dir(pl_store *s, pl_str dir, pl_err *err)
{
    for (size_t i = s->n_dirs; i; i--)
        if (pl_str_eq(dir, pl_str_c(s->dirs[i - 1])))
            return PL_OK;
    if (s->n_dirs == PL_STORE_DIRS) {
        pl_rc rc = sync_all(s, err);
        if (rc)
            return rc;
    }
    bool fits = pl_str_to_c(dir, s->dirs[s->n_dirs], PL_TILE_PATH);
    assert(fits);
    s->n_dirs += fits;
    return PL_OK;
}

/* The directory of PATH and, when directories were made for it, those above. */
static pl_rc remember_dirs(pl_store *s, const char *path, bool made, pl_err *err)
{
    pl_str dir = pl_str_c(path);
    pl_rc rc = PL_OK;

    do {
        while (dir.n && dir.p[dir.n - 1] != '/')
            dir.n--;
        if (dir.n)
            dir.n--;
        rc = remember_dir(s, dir, err);
    } while (!rc && made && dir.n);
    return rc;
}

static pl_rc remember_file(pl_store *s, int fd, pl_err *err)
{
    if (s->n_fds == PL_UNSYNCED_FILES) {
        pl_rc rc = sync_some(s, err);
        if (rc) {
            (void)close(fd);
            return rc;
        }
    }
    s->fds[s->n_fds++] = fd;
    return PL_OK;
}

pl_rc pl_store_put(pl_store *s, const char *path, pl_str bytes, pl_err *err)
{
    bool made = false;
    int fd = -1;

    pl_rc rc = pl_io_put(s->log_dir, path, bytes, &fd, &made, err);
    if (!rc)
        rc = remember_file(s, fd, err);
    if (!rc)
        rc = remember_dirs(s, path, made, err);
    return rc;
}

pl_rc pl_store_move(pl_store *s, const char *from, const char *to, pl_err *err)
{
    bool made = false;

    pl_rc rc = pl_io_move(s->log_dir, from, to, &made, err);
    return rc ? rc : remember_dirs(s, to, made, err);
}

static pl_rc remember_full(pl_store *s, const pl_tile *t, pl_err *err)
{
    if (s->n_full == s->room_full) {
        size_t room = s->room_full ? 2 * s->room_full : 64;
        pl_tile *more = reallocarray(s->full, room, sizeof(*more));
        if (!more)
            return pl_fail(err, PL_NOMEM, "list of full tiles");
        s->full = more;
        s->room_full = room;
    }
    s->full[s->n_full++] = *t;
    return PL_OK;
}

pl_rc pl_store_flush(pl_store *s, pl_err *err)
{
    const char *p = pl_buf_view(&s->ready).p;
    const char *end = p + s->ready.n;

    while (p < end) {
        char path[PL_TILE_PATH];
        pl_tile t;
        uint32_t n;
        memcpy(&t, p, sizeof(t));
        memcpy(&n, p + sizeof(t), sizeof(n));
        p += sizeof(t) + sizeof(n);
        pl_tile_print(&t, path);
        pl_rc rc = pl_store_put(s, path, (pl_str){p, n}, err);
        if (!rc)
            rc = remember_full(s, &t, err);
        if (rc)
            return rc;
        p += n;
    }
    pl_buf_reset(&s->ready);
    return PL_OK;
}

static pl_rc put_partial(pl_store *s, int level, uint64_t n, unsigned width, pl_str bytes,
                         pl_err *err)
{
    pl_tile t = {.level = level, .n = n, .width = width};
    char path[PL_TILE_PATH];

    pl_tile_print(&t, path);
    return pl_store_put(s, path, bytes, err);
}

pl_rc pl_store_partial(pl_store *s, pl_err *err)
{
    for (unsigned level = 0; level < PL_TILE_LEVELS; level++) {
        pl_open_tile *o = &s->open[level];
        if (o->n == 0 || o->written == o->n)
            continue;
        pl_str hashes = {(const char *)o->node, o->n * sizeof(o->node[0])};
        pl_rc rc = put_partial(s, (int)level, o->tile, o->n, hashes, err);
        if (!rc && level == 0)
            rc = put_partial(s, PL_TILE_ENTRIES, o->tile, o->n, pl_buf_view(&s->bundle), err);
        if (rc)
            return rc;
        o->written = o->n;
    }
    return PL_OK;
}

/* ---- partial tiles that are not needed any more ---- */

PL_DEFINE_CLEANUP(auto_dir_, DIR *, closedir, NULL)

static pl_rc empty_dir(int log_dir, const char *path, pl_err *err)
{
    PL_AUTO_FD int fd = -1;

    pl_rc rc = pl_io_open_dir(log_dir, path, false, &fd, err);
    if (rc == PL_NOTFOUND)
        return PL_OK;
    PL_CLEANUP(auto_dir_) DIR *d = rc ? NULL : fdopendir(fd);
    if (!d)
        return rc ? rc : pl_fail_sys(err, errno, "list %s", path);
    int at = PL_TAKE(fd, -1); /* belongs to d now */
    for (struct dirent *e; !rc && (e = readdir(d));)
        if (e->d_name[0] != '.')
            rc = pl_io_remove(at, e->d_name, err);
    if (!rc && unlinkat(log_dir, path, AT_REMOVEDIR) < 0)
        rc = pl_fail_sys(err, errno, "remove %s", path);
    return rc;
}

static pl_rc drop_partials(pl_store *s, pl_err *err)
{
    while (s->n_full) {
        char path[PL_TILE_PATH + 4];
        pl_tile_print(&s->full[s->n_full - 1], path);
        memcpy(path + strlen(path), ".p", 3);
        pl_rc rc = empty_dir(s->log_dir, path, err);
        if (rc)
            return rc;
        s->n_full--;
    }
    return PL_OK;
}

pl_rc pl_store_sync(pl_store *s, pl_err *err)
{
    pl_rc rc = sync_all(s, err);
    return rc ? rc : drop_partials(s, err);
}

/* ---- reading ---- */

/* Cuts a full bundle down to its first entries. */
static bool clip_bundle(pl_buf *b, unsigned width)
{
    pl_str rest = pl_buf_view(b);
    pl_str leaf;

    for (unsigned i = 0; i < width; i++)
        if (!pl_bundle_next(&rest, &leaf))
            return false;
    b->n -= rest.n;
    return true;
}

static bool clip(pl_buf *b, const pl_tile *t)
{
    if (t->level == PL_TILE_ENTRIES)
        return clip_bundle(b, t->width);
    size_t want = (size_t)t->width * PL_SHA256;
    if (b->n < want)
        return false;
    b->n = want;
    return true;
}

pl_rc pl_tile_read(int log_dir, const pl_tile *t, pl_buf *ret, pl_err *err)
{
    size_t max = t->level == PL_TILE_ENTRIES ? PL_BUNDLE_MAX : PL_TILE_BYTES;
    char path[PL_TILE_PATH];
    pl_tile full = *t;

    full.width = PL_TILE_HASHES;
    pl_tile_print(t, path);
    pl_rc rc = pl_io_read(log_dir, path, max, ret, err);
    if (rc == PL_NOTFOUND && t->width < PL_TILE_HASHES) {
        pl_tile_print(&full, path);
        rc = pl_io_read(log_dir, path, max, ret, err);
    }
    if (!rc && !clip(ret, t))
        rc = pl_fail(err, PL_TAMPERED, "%s is too short", path);
    return rc;
}

pl_rc pl_tile_node(void *tile_nodes, unsigned level, uint64_t index, pl_node *ret, pl_err *err)
{
    pl_tile_nodes *t = tile_nodes;
    unsigned below = level % 8; /* levels of hashing inside the tile */
    uint64_t first = index << below;
    pl_tile want = {.level = (int)(level / 8), .n = first / PL_TILE_HASHES};

    want.width = pl_tile_width(want.level, want.n, t->size);
    if (want.width == 0 || first % PL_TILE_HASHES + ((uint64_t)1 << below) > want.width)
        return pl_fail(err, PL_NOTFOUND, "node %u/%llu is not in a tree of %llu entries", level,
                       (unsigned long long)index, (unsigned long long)t->size);
    if (t->have.width != want.width || t->have.level != want.level || t->have.n != want.n) {
        t->have.width = 0;
        pl_rc rc = pl_tile_read(t->log_dir, &want, &t->bytes, err);
        if (rc)
            return rc;
        t->have = want;
    }
    pl_node part[PL_TILE_HASHES];
    memcpy(part, t->bytes.p, (size_t)want.width * PL_SHA256);
    pl_merkle_root(t->h, part + first % PL_TILE_HASHES, (size_t)1 << below, ret);
    return PL_OK;
}

/* The perfect subtrees that the bits of width name, highest first, fill the slots of a level. */
static void fill_slots(pl_store *s, unsigned level, const pl_open_tile *o)
{
    unsigned at = 0;

    for (unsigned bit = 8; bit--;) {
        if (!(o->n >> bit & 1))
            continue;
        pl_merkle_root(s->h, o->node + at, (size_t)1 << bit, &s->edge.slot[8 * level + bit]);
        at += 1u << bit;
    }
}

static pl_rc load_level(pl_store *s, unsigned level, uint64_t size, pl_err *err)
{
    uint64_t hashes = pl_tile_hashes((int)level, size);
    pl_tile t = {.level = (int)level, .n = hashes / PL_TILE_HASHES};
    pl_open_tile *o = &s->open[level];
    PL_AUTO_BUF pl_buf bytes = {0};

    o->tile = t.n;
    t.width = (unsigned)(hashes % PL_TILE_HASHES);
    if (t.width == 0)
        return PL_OK;
    pl_rc rc = pl_tile_read(s->log_dir, &t, &bytes, err);
    if (rc)
        return rc;
    memcpy(o->node, bytes.p, bytes.n);
    o->n = t.width;
    fill_slots(s, level, o);
    return PL_OK;
}

static pl_rc load_bundle(pl_store *s, uint64_t size, pl_err *err)
{
    pl_tile t = {.level = PL_TILE_ENTRIES,
                 .n = size / PL_TILE_HASHES,
                 .width = (unsigned)(size % PL_TILE_HASHES)};
    pl_rc rc = t.width ? pl_tile_read(s->log_dir, &t, &s->bundle, err) : PL_OK;
    pl_str rest = pl_buf_view(&s->bundle);
    pl_str leaf;

    for (unsigned i = 0; !rc && i < t.width; i++) {
        pl_node hash;
        if (!pl_bundle_next(&rest, &leaf))
            return pl_fail(err, PL_TAMPERED, "the last bundle is too short");
        pl_merkle_leaf(s->h, leaf, &hash);
        if (!pl_node_eq(&hash, &s->open[0].node[i]))
            return pl_fail(err, PL_TAMPERED, "entry %llu is not the one that was logged",
                           (unsigned long long)(size - t.width + i));
    }
    return rc;
}

pl_rc pl_store_load(pl_store *s, uint64_t size, const pl_node *root, pl_err *err)
{
    pl_node got;

    for (unsigned level = 0; level < PL_TILE_LEVELS; level++) {
        pl_rc rc = load_level(s, level, size, err);
        if (rc)
            return rc;
    }
    s->edge.size = size;
    pl_edge_root(&s->edge, s->h, &got);
    if (!pl_node_eq(&got, root))
        return pl_fail(err, PL_TAMPERED,
                       "the tiles of the right edge do not give the root of size %llu",
                       (unsigned long long)size);
    return load_bundle(s, size, err);
}
