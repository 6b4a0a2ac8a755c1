/* SPDX-License-Identifier: Apache-2.0 */
/* Every name below the log directory: what is it, and does it hold what it must. */
#include "ledger/io.h"
#include "ledger/verify_priv.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_ROOM = 512, MAX_DEPTH = 12, PART = 65536 };

typedef struct walk {
    pl_run *run;
    pl_sha256 *h;
    pl_buf a, b;
    char path[PATH_ROOM]; /* of the entry at hand, below the log */
    char part[PART];
} walk;

PL_DEFINE_CLEANUP(auto_dir_, DIR *, closedir, NULL)

static void stray(walk *w)
{
    pl_problem_add(w->run, PL_PROBLEM_TAMPERED, "%s belongs to nothing", w->path);
}

/* ---- tiles ---- */

/* A writer that holds the lock may have written files that no checkpoint covers yet. */
bool pl_log_is_written(int dir)
{
    PL_AUTO_FD int fd = -1;
    off_t size;

    if (pl_io_open(dir, ".state/lock", &fd, &size, NULL) != PL_OK)
        return false;
    return flock(fd, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK;
}

static void newer(walk *w)
{
    w->run->v->newer_files++;
    if (!pl_log_is_written(w->run->dir))
        pl_problem_add(w->run, PL_PROBLEM_INCOMPLETE,
                       "%s is newer than the checkpoint, and nobody is writing the log", w->path);
}

/* A partial tile that a wider one replaced must be its beginning. */
static void check_stale(walk *w, const pl_tile *t, unsigned width)
{
    pl_tile now = {.level = t->level, .n = t->n, .width = width};
    size_t max = t->level == PL_TILE_ENTRIES ? PL_BUNDLE_MAX : PL_TILE_BYTES;
    pl_run *r = w->run;
    char path[PL_TILE_PATH];
    pl_err e = {0};

    pl_tile_print(&now, path);
    r->v->stale_tiles++;
    pl_rc rc = pl_io_read(r->dir, w->path, max, &w->a, &e);
    if (!rc)
        rc = pl_io_read(r->dir, path, max, &w->b, &e);
    if (rc) {
        pl_problem_read(r, rc, &e);
        return;
    }
    pl_str old = pl_buf_view(&w->a);
    pl_str rest = old;
    pl_str leaf;
    unsigned n = 0;
    if (t->level == PL_TILE_ENTRIES)
        while (pl_bundle_next(&rest, &leaf))
            n++;
    else
        n = (unsigned)(old.n / PL_SHA256), rest.n = old.n % PL_SHA256;
    if (n != t->width || rest.n || !pl_str_starts(pl_buf_view(&w->b), old))
        pl_problem_add(r, PL_PROBLEM_TAMPERED, "%s is not the beginning of %s", w->path, path);
}

static void check_tile_file(walk *w)
{
    pl_tile t;

    if (!pl_tile_parse(pl_str_c(w->path), &t)) {
        stray(w);
        return;
    }
    unsigned width = pl_tile_width(t.level, t.n, w->run->v->size);
    if (t.width > width)
        newer(w);
    else if (t.width < width)
        check_stale(w, &t, width);
}

/* ---- files named by their digest ---- */

static int by_digest(const void *a, const void *b)
{
    return memcmp(((const pl_ref *)a)->digest, ((const pl_ref *)b)->digest, PL_SHA256);
}

static pl_rc hash_file(walk *w, uint64_t *ret_n, unsigned char ret[PL_SHA256], pl_err *err)
{
    const long long max = 2 * (long long)PL_BLOB_MAX; /* as stored; whatever it is, it is no blob */
    PL_AUTO_FD int fd = -1;
    off_t size;
    ssize_t n;

    *ret_n = 0;
    pl_rc rc = pl_io_open(w->run->dir, w->path, &fd, &size, err);
    if (rc)
        return rc;
    if (size > max)
        return pl_fail(err, PL_TAMPERED, "%s has %lld bytes, at most %lld", w->path,
                       (long long)size, max);
    while ((n = read(fd, w->part, sizeof(w->part))) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            pl_sha256_start(w->h);
            return pl_fail_sys(err, errno, "read %s", w->path);
        }
        pl_sha256_add(w->h, w->part, (size_t)n);
        *ret_n += (uint64_t)n;
    }
    pl_sha256_end(w->h, ret);
    return PL_OK;
}

/* DIR/<aa>/<64 hex> whose two first digits are aa. */
static bool digest_of_path(const walk *w, size_t dir, unsigned char ret[PL_SHA256])
{
    pl_str rest = pl_str_sub(pl_str_c(w->path), dir, PATH_ROOM);

    return rest.n == 3 + 64 && rest.p[2] == '/' && memcmp(rest.p, rest.p + 3, 2) == 0 &&
           pl_unhex(pl_str_sub(rest, 3, 64), ret, PL_SHA256);
}

/* All leaves that name it; the same file may be named twice. */
static bool mark_seen(pl_refs *refs, const unsigned char digest[PL_SHA256], uint64_t *ret_n)
{
    pl_ref key = {.n = 0};

    memcpy(key.digest, digest, PL_SHA256);
    pl_ref *at = refs->n ? bsearch(&key, refs->p, refs->n, sizeof(key), by_digest) : NULL;
    if (!at)
        return false;
    *ret_n = at->n;
    for (pl_ref *p = at; p < refs->p + refs->n && by_digest(p, &key) == 0; p++)
        p->seen = true;
    for (pl_ref *p = at; p-- > refs->p && by_digest(p, &key) == 0;)
        p->seen = true;
    return true;
}

static void check_digest_file(walk *w, size_t dir, pl_refs *refs, uint64_t *count)
{
    unsigned char want[PL_SHA256];
    unsigned char got[PL_SHA256];
    pl_run *r = w->run;
    uint64_t named = 0;
    uint64_t n = 0;
    pl_err e = {0};

    if (!digest_of_path(w, dir, want)) {
        stray(w);
        return;
    }
    bool has_leaf = mark_seen(refs, want, &named);
    pl_rc rc = hash_file(w, &n, got, &e);
    if (rc) {
        pl_problem_read(r, rc, &e);
        return;
    }
    ++*count;
    r->v->bytes += n;
    if (memcmp(want, got, sizeof(got)) != 0)
        pl_problem_add(r, PL_PROBLEM_TAMPERED, "%s does not have its digest", w->path);
    else if (!has_leaf)
        pl_problem_add(r, PL_PROBLEM_TAMPERED, "%s is named by no entry", w->path);
    else if (named && named != n)
        pl_problem_add(r, PL_PROBLEM_TAMPERED, "%s has %llu bytes, its entry says %llu", w->path,
                       (unsigned long long)n, (unsigned long long)named);
}

/* ---- the walk ---- */

static void check_file(walk *w)
{
    static const char *const small[] = {"checkpoint", "vkeys", "policy"};
    pl_str path = pl_str_c(w->path);

    for (size_t i = 0; i < PL_COUNT(small); i++)
        if (pl_str_eq(path, pl_str_c(small[i])))
            return;
    if (pl_str_starts(path, PL_S("tile/")))
        check_tile_file(w);
    else if (pl_str_starts(path, PL_S("blobs/")))
        check_digest_file(w, 6, &w->run->blobs, &w->run->v->blobs);
    else if (pl_str_starts(path, PL_S("sealed/")))
        check_digest_file(w, 7, &w->run->sealed, &w->run->v->sealed);
    else
        stray(w);
}

static void walk_dir(walk *w, int fd, size_t at, unsigned depth);

static void walk_entry(walk *w, int dir, const char *name, size_t at, unsigned depth)
{
    int n = snprintf(w->path + at, PATH_ROOM - at, "%s%s", at ? "/" : "", name);
    struct stat st;

    if (n < 0 || (size_t)n >= PATH_ROOM - at || depth == MAX_DEPTH) {
        w->path[at] = '\0';
        pl_problem_add(w->run, PL_PROBLEM_TAMPERED, "%s holds a name that belongs to nothing",
                       at ? w->path : "the log");
        return;
    }
    if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
        /* A writer at work moves files in and out. */
        if (errno != ENOENT)
            pl_problem_add(w->run, PL_PROBLEM_INCOMPLETE, "%s cannot be looked at", w->path);
        return;
    }
    if (S_ISREG(st.st_mode)) {
        check_file(w);
        return;
    }
    PL_AUTO_FD int sub = S_ISDIR(st.st_mode)
                             ? openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
                             : -1;
    if (sub >= 0)
        walk_dir(w, PL_TAKE(sub, -1), at + (size_t)n, depth + 1);
    else if (S_ISDIR(st.st_mode))
        pl_problem_add(w->run, PL_PROBLEM_INCOMPLETE, "%s cannot be opened", w->path);
    else
        stray(w);
}

static bool is_dot(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* Takes fd. */
static void walk_dir(walk *w, int fd, size_t at, unsigned depth)
{
    PL_CLEANUP(auto_dir_) DIR *d = fdopendir(fd);

    if (!d) {
        (void)close(fd);
        pl_problem_add(w->run, PL_PROBLEM_INCOMPLETE, "%s cannot be listed", at ? w->path : ".");
        return;
    }
    for (;;) {
        errno = 0;
        const struct dirent *e = readdir(d);
        if (!e)
            break;
        if (is_dot(e->d_name) || (depth == 0 && strcmp(e->d_name, ".state") == 0))
            continue;
        walk_entry(w, fd, e->d_name, at, depth);
        w->path[at] = '\0';
    }
    if (errno)
        pl_problem_add(w->run, PL_PROBLEM_INCOMPLETE, "%s cannot be listed", at ? w->path : ".");
}

pl_rc pl_verify_files(pl_run *r, pl_err *err)
{
    PL_AUTO_FREE walk *w = calloc(1, sizeof(*w));
    PL_AUTO_SHA256 pl_sha256 *h = pl_sha256_new();
    int fd = -1;

    if (!w || !h)
        return pl_fail(err, PL_NOMEM, "verification");
    w->run = r;
    w->h = h;
    if (r->blobs.n)
        qsort(r->blobs.p, r->blobs.n, sizeof(*r->blobs.p), by_digest);
    if (r->sealed.n)
        qsort(r->sealed.p, r->sealed.n, sizeof(*r->sealed.p), by_digest);
    pl_rc rc = pl_io_open_dir(r->dir, "", false, &fd, err);
    if (rc)
        return rc;
    walk_dir(w, fd, 0, 0);
    pl_buf_done(&w->a);
    pl_buf_done(&w->b);
    return PL_OK;
}
