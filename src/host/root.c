/* SPDX-License-Identifier: Apache-2.0 */
#include "host/root.h"

#include "core/hostfile.h"
#include "host/limits.h"
#include "host/live.h"
#include "host/recorded.h"
#include "package/databases.h"

#include <string.h>

struct pl_host_root {
    pl_root files;
    pl_arena *arena;            /* of the manifest */
    pl_host_manifest *recorded; /* NULL: a plain tree */
};

bool pl_host_root_is_live(const pl_host_root *r)
{
    return pl_root_is_live(&r->files);
}

void pl_host_root_close(pl_host_root *r)
{
    if (!r)
        return;
    pl_root_close(&r->files);
    pl_arena_free(r->arena);
    free(r);
}

static pl_rc load_manifest(pl_host_root *r, pl_err *err)
{
    PL_AUTO_BUF pl_buf text = {0};
    pl_rc rc = pl_root_read(&r->files, PL_S(PL_HOST_MANIFEST), PL_HOST_FILE_MAX, &text, NULL, err);
    if (rc == PL_NOTFOUND)
        return PL_OK;
    if (rc)
        return rc;
    return pl_host_manifest_parse(pl_buf_view(&text), r->arena, &r->recorded, err);
}

pl_rc pl_host_root_open(const char *path, pl_host_root **ret, pl_err *err)
{
    const char *shown = path ? path : "/";
    PL_AUTO_HOST_ROOT pl_host_root *r = calloc(1, sizeof(*r));
    if (!r)
        return pl_fail(err, PL_NOMEM, "root directory %s: out of memory", shown);
    r->files.fd = -1;
    r->arena = pl_arena_new(PL_HOST_FILE_MAX * 8);
    if (!r->arena)
        return pl_fail(err, PL_NOMEM, "root directory %s: out of memory", shown);
    pl_rc rc = pl_root_open(shown, &r->files, err);
    if (!rc && !pl_root_is_live(&r->files))
        rc = load_manifest(r, err);
    if (rc)
        return pl_wrap(err, rc, "root directory %s", shown);
    *ret = PL_TAKE(r, NULL);
    return PL_OK;
}

/* ---- one look ---- */

struct look {
    pl_host_root *root;
    pl_arena *arena;
    pl_snap_entry e;
    pl_str end; /* the path, or where the link there leads */
    pl_buf acl;
    pl_buf bytes;
};

static pl_snap_meta meta_of(const struct look *l, pl_str path, const struct stat *st)
{
    pl_snap_meta m = {
        .mode = st->st_mode,
        .uid = st->st_uid,
        .gid = st->st_gid,
        .size = (uint64_t)st->st_size,
        .mtime_s = st->st_mtim.tv_sec,
    };
    if (l->root->recorded)
        pl_host_manifest_apply(l->root->recorded, path, &m, NULL);
    return m;
}

/* The place that a link in `path` with this text leads to, as a path from the root. */
static pl_str link_end(pl_arena *a, pl_str path, pl_str text)
{
    PL_AUTO_BUF pl_buf end = {.max = PL_HOST_PATH};
    size_t dir = path.n;

    if (text.n && text.p[0] == '/')
        return text;
    while (dir && path.p[dir - 1] != '/')
        dir--;
    pl_buf_str(&end, pl_str_sub(path, 0, dir));
    pl_buf_str(&end, text);
    return pl_arena_str(a, pl_buf_view(&end));
}

static pl_rc look_behind_link(struct look *l, pl_err *err)
{
    struct stat st;
    pl_rc rc = pl_root_readlink(&l->root->files, l->e.path, l->arena, &l->e.target, err);
    if (rc)
        return rc;
    l->e.is_link = true;
    l->e.link = l->e.meta;
    l->e.meta = (pl_snap_meta){0};
    l->end = link_end(l->arena, l->e.path, l->e.target);
    if (!l->end.p)
        return pl_fail(err, PL_LIMIT, "%.*s: link is too long", PL_F(l->e.path));
    rc = pl_root_stat(&l->root->files, l->e.path, &st, err);
    if (!rc)
        l->e.meta = meta_of(l, l->end, &st);
    return rc;
}

/* A file system without access lists says so; then the mode bits are all there is. */
static pl_rc look_at_acl(struct look *l, pl_err *err)
{
    pl_acl acl = {0};

    if (l->root->recorded) {
        pl_snap_meta ignored = {0};
        pl_host_manifest_apply(l->root->recorded, l->end, &ignored, &l->e.acl);
        return PL_OK;
    }
    pl_rc rc = pl_root_acl(&l->root->files, l->end, l->arena, &acl, err);
    if (rc == PL_NOTFOUND || rc == PL_UNSUPPORTED)
        return PL_OK;
    for (size_t i = 0; i < acl.n; i++)
        pl_snap_acl_add(&l->acl, acl.items[i].is_group, acl.items[i].perm, acl.items[i].id);
    l->e.acl = pl_buf_view(&l->acl);
    return rc;
}

/* Only what may be judged by its mode is asked for an access list: not /proc and /sys. */
static bool has_acl(pl_str path)
{
    return !pl_str_starts(path, PL_S("/proc/")) && !pl_str_starts(path, PL_S("/sys/"));
}

static pl_rc look_stat(struct look *l, pl_err *err)
{
    struct stat st;
    pl_rc rc = pl_root_lstat(&l->root->files, l->e.path, &st, err);
    if (rc)
        return rc;
    l->end = l->e.path;
    l->e.meta = meta_of(l, l->e.path, &st);
    if (S_ISLNK(st.st_mode)) {
        l->e.meta.mode = st.st_mode;
        rc = look_behind_link(l, err);
    }
    return !rc && has_acl(l->e.path) ? look_at_acl(l, err) : rc;
}

static bool is_package_database(pl_str path)
{
    const pl_database_source *s;

    for (size_t i = 0; (s = pl_database_source_at(i)); i++)
        if (pl_str_eq(path, pl_str_c(s->path)) || pl_str_eq(path, pl_str_c(s->beside)))
            return true;
    return false;
}

static pl_rc look_inside(struct look *l, uint8_t ops, pl_err *err)
{
    pl_names names;
    size_t max = is_package_database(l->e.path) ? PL_HOST_PACKAGE_DB_MAX : PL_HOST_FILE_MAX;

    if (ops & PL_SNAP_READ)
        return pl_root_read(&l->root->files, l->e.path, max, &l->bytes, NULL, err);
    if (!(ops & PL_SNAP_LIST))
        return PL_OK;
    pl_rc rc = pl_root_list(&l->root->files, l->end, PL_HOST_DIR_NAMES, l->arena, &names, err);
    for (size_t i = 0; !rc && i < names.n; i++) {
        pl_buf_str(&l->bytes, names.items[i]);
        pl_buf_ch(&l->bytes, '\0');
    }
    return rc;
}

static pl_rc look_at_file(struct look *l, uint8_t ops, pl_err *err)
{
    /* What is only read from proc and sys needs no second lookup. */
    bool only_content = !has_acl(l->e.path) && (ops & (PL_SNAP_READ | PL_SNAP_LIST));
    l->end = l->e.path;
    if (only_content && !(ops & PL_SNAP_STAT))
        return look_inside(l, ops, err);

    l->e.did |= PL_SNAP_STAT;
    pl_rc rc = look_stat(l, err);
    if (rc == PL_NOTFOUND && l->root->recorded &&
        pl_host_manifest_apply(l->root->recorded, l->e.path, &l->e.meta, &l->e.acl)) {
        /* A socket or device that a checkout cannot hold: its metadata is all there is. */
        return ops & PL_SNAP_READ
                   ? pl_fail(err, PL_FORMAT, "%.*s: is no regular file", PL_F(l->e.path))
                   : PL_OK;
    }
    return rc ? rc : look_inside(l, ops, err);
}

/* "@audit-rules": asked of the kernel, or read from the tree. */
static pl_rc look_at_answer(struct look *l, pl_err *err)
{
    char name[PL_HOST_PATH], place[PL_HOST_PATH + 16];

    if (!pl_str_to_c(l->e.path, name, sizeof(name)))
        return pl_fail(err, PL_FORMAT, "question is too long");
    if (pl_host_root_is_live(l->root))
        return pl_host_live_answer(name, &l->bytes, err);
    (void)snprintf(place, sizeof(place), "/.recorded/%s", name + 1);
    pl_rc rc =
        pl_root_read(&l->root->files, pl_str_c(place), PL_HOST_FILE_MAX * 4, &l->bytes, NULL, err);
    return rc == PL_NOTFOUND ? pl_fail(err, PL_UNSUPPORTED, "%s: not recorded in this tree", name)
                             : rc;
}

static void look_done(struct look *l)
{
    pl_buf_done(&l->acl);
    pl_buf_done(&l->bytes);
    pl_arena_free(l->arena);
}

pl_rc pl_host_look(pl_host_root *r, pl_str path, uint8_t ops, pl_snap *into, pl_err *err)
{
    pl_err why = {0};
    PL_CLEANUP(look_done)
    struct look l = {
        .root = r, .arena = pl_arena_new(PL_HOST_FILE_MAX), .e = {.path = path, .did = ops}};

    if (!l.arena)
        return pl_fail(err, PL_NOMEM, "%.*s: out of memory", PL_F(path));
    l.e.rc =
        pl_str_starts(path, PL_S("@")) ? look_at_answer(&l, &why) : look_at_file(&l, ops, &why);
    if (!l.e.rc && !pl_buf_ok(&l.bytes))
        l.e.rc = pl_fail(&why, PL_NOMEM, "%.*s: out of memory", PL_F(path));
    if (l.e.rc == PL_OK)
        l.e.bytes = pl_buf_view(&l.bytes);
    else
        l.e.why = pl_str_c(why.text);
    return pl_snap_put(into, &l.e, err);
}
