/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What processes really run: digests of the open file behind /proc/PID/exe, whatever its name leads
 * to by now, and the package that lists its path. The lists of dpkg are root's own and are only
 * searched for whole lines; MD5 is what dpkg has to compare with, SHA-256 what an allow list names.
 */
#include "host/live.h"

#include "core/child.h"
#include "core/hash.h"
#include "core/io.h"
#include "host/limits.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define LISTS "/var/lib/dpkg/info"

enum { PIDS = 200, MD5 = 16, CHUNK = 1 << 16, NAME = 128 };

struct program {
    char pid[16];
    char path[PL_HOST_PATH];
    size_t n; /* bytes of path; 0: the process has ended, or is not ours to see */
    bool is_self;
    int fd; /* of the program file until it is digested; -1: none */
    dev_t dev;
    ino_t ino;
    const struct program *same; /* an earlier process runs the same file */
    const char *gap;            /* NULL: digests are there */
    unsigned char md5[MD5], sha256[PL_SHA256];
    char owner[NAME]; /* empty: no package lists it */
};

struct programs {
    struct program v[PIDS];
    size_t n;
    _Atomic uint64_t bytes; /* read so far */
    _Atomic size_t next;    /* the first that no thread has taken */
    dev_t self_dev;
    ino_t self_ino;
    bool has_lists;
};

/* ---- digests ---- */

static void free_md(EVP_MD_CTX *c)
{
    EVP_MD_CTX_free(c);
}

PL_DEFINE_CLEANUP(auto_md, EVP_MD_CTX *, free_md, NULL)

static const char *digest(int fd, struct programs *all, struct program *p)
{
    PL_CLEANUP(auto_md) EVP_MD_CTX *md5 = EVP_MD_CTX_new();
    PL_AUTO_SHA256 pl_sha256 *sha = pl_sha256_new();
    PL_AUTO_FREE char *chunk = malloc(CHUNK);
    ssize_t n;

    /* A provider may refuse MD5 (FIPS). */
    if (!md5 || !sha || !chunk || EVP_DigestInit_ex(md5, EVP_md5(), NULL) != 1)
        return "unsupported";
    while ((n = read(fd, chunk, CHUNK)) > 0) {
        if (atomic_fetch_add(&all->bytes, (uint64_t)n) > PL_HOST_PROGRAM_BYTES)
            return "limit:program-bytes";
        pl_sha256_add(sha, chunk, (size_t)n);
        if (EVP_DigestUpdate(md5, chunk, (size_t)n) != 1)
            return "unsupported";
    }
    pl_sha256_end(sha, p->sha256);
    return n == 0 && EVP_DigestFinal_ex(md5, p->md5, NULL) == 1 ? NULL : "unreadable";
}

static void look(const struct programs *all, struct program *p)
{
    char link[64];
    struct stat st;

    (void)snprintf(link, sizeof(link), "/proc/%s/exe", p->pid);
    ssize_t n = readlink(link, p->path, sizeof(p->path) - 1);
    if (n <= 0)
        return;
    p->n = (size_t)n;
    PL_AUTO_FD int fd = open(link, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        p->gap = errno == EACCES || errno == EPERM ? "denied" : "unreadable";
        return;
    }
    p->is_self = st.st_dev == all->self_dev && st.st_ino == all->self_ino;
    p->dev = st.st_dev;
    p->ino = st.st_ino;
    for (const struct program *q = all->v; q < p && !p->same; q++)
        if (q->fd >= 0 && q->dev == p->dev && q->ino == p->ino)
            p->same = q;
    if (!p->is_self && !p->same)
        p->fd = PL_TAKE(fd, -1);
}

static void *digest_rest(void *arg)
{
    struct programs *all = arg;

    for (size_t i; (i = atomic_fetch_add(&all->next, 1)) < all->n;)
        if (all->v[i].fd >= 0)
            all->v[i].gap = digest(all->v[i].fd, all, &all->v[i]);
    return NULL;
}

/* Digests are most of what a look at the host costs: each file gets them once, however many
 * processes run it (every container has its shim), and a second thread takes half of the files. */
static void look_at_all(struct programs *all)
{
    pthread_t helper;

    for (size_t i = 0; i < all->n; i++) {
        all->v[i].fd = -1;
        look(all, &all->v[i]);
    }
    bool has_helper = pthread_create(&helper, NULL, digest_rest, all) == 0;
    (void)digest_rest(all);
    if (has_helper)
        (void)pthread_join(helper, NULL);
    for (size_t i = 0; i < all->n; i++)
        if (all->v[i].fd >= 0)
            (void)close(all->v[i].fd);
}

/* ---- owners ---- */

static int by_path(const void *a, const void *b)
{
    const struct program *x = *(const struct program *const *)a,
                         *y = *(const struct program *const *)b;
    return pl_str_cmp((pl_str){x->path, x->n}, (pl_str){y->path, y->n});
}

static struct program *find(struct program **sorted, size_t n, pl_str path)
{
    struct program key;
    const struct program *k = &key;

    if (path.n >= sizeof(key.path))
        return NULL;
    memcpy(key.path, path.p, path.n);
    key.n = path.n;
    struct program **at = bsearch(&k, sorted, n, sizeof(*sorted), by_path);
    return at ? *at : NULL;
}

/* Since /bin, /sbin and /lib lead into /usr, a list may have either name. */
static struct program *find_line(struct program **sorted, size_t n, pl_str line)
{
    char usr[PL_HOST_PATH];
    struct program *p = find(sorted, n, line);

    if (p || line.n + 5 > sizeof(usr))
        return p;
    int m = snprintf(usr, sizeof(usr), "/usr%.*s", PL_F(line));
    return m > 0 ? find(sorted, n, (pl_str){usr, (size_t)m}) : NULL;
}

static void search_list(int dir, const char *name, struct program **sorted, size_t n)
{
    PL_AUTO_BUF pl_buf text = {.max = PL_HOST_PACKAGE_DB_MAX};
    PL_AUTO_FD int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    pl_str line;

    if (fd < 0 || pl_read_all(fd, PL_HOST_PACKAGE_DB_MAX, &text, NULL) != PL_OK)
        return;
    for (pl_str rest = pl_buf_view(&text); pl_str_cut(&rest, '\n', &line);) {
        struct program *p = find_line(sorted, n, line);
        if (p && !p->owner[0])
            (void)snprintf(p->owner, sizeof(p->owner), "%.*s", (int)(strlen(name) - 5), name);
    }
}

static void close_dir(DIR *d)
{
    closedir(d);
}

PL_DEFINE_CLEANUP(auto_dir, DIR *, close_dir, NULL)

static void find_owners(struct programs *all)
{
    struct program *sorted[PIDS];
    PL_CLEANUP(auto_dir) DIR *dir = opendir(LISTS);
    const struct dirent *e;
    size_t n = 0;

    all->has_lists = dir;
    for (size_t i = 0; i < all->n; i++)
        if (all->v[i].n)
            sorted[n++] = &all->v[i];
    qsort(sorted, n, sizeof(*sorted), by_path);
    while (dir && (e = readdir(dir))) {
        pl_str name = pl_str_c(e->d_name);
        if (pl_str_ends(name, PL_S(".list")) && name.n < NAME)
            search_list(dirfd(dir), e->d_name, sorted, n);
    }
}

/* ---- the answer ---- */

static void write_one(const struct programs *all, const struct program *p, pl_buf *out)
{
    char md5[2 * MD5 + 1], sha256[PL_SHA256_HEX];

    if (!p->n)
        return;
    const struct program *d = p->same ? p->same : p;
    pl_hex(d->md5, MD5, md5);
    pl_hex(d->sha256, PL_SHA256, sha256);
    pl_buf_fmt(out, "%s\t%s\t%s\t%s\t%s\n", p->pid,
               p->is_self ? "self"
               : d->gap   ? d->gap
                          : "read",
               d->gap || p->is_self ? "" : md5, d->gap || p->is_self ? "" : sha256,
               all->has_lists ? p->owner : "?");
}

static bool take_pids(struct programs *all, const char *pids)
{
    pl_str rest = pl_str_c(pids), pid;
    uint64_t number;

    while (pl_str_cut(&rest, ',', &pid)) {
        if (all->n == PIDS || !pl_str_u64(pid, &number) ||
            !pl_str_to_c(pid, all->v[all->n].pid, sizeof(all->v->pid)))
            return false;
        all->n++;
    }
    return true;
}

static pl_rc read_programs(const void *arg, pl_buf *out, pl_err *err)
{
    PL_AUTO_FREE struct programs *all = calloc(1, sizeof(*all));
    struct stat self;

    if (!all)
        return pl_fail(err, PL_NOMEM, "programs: out of memory");
    if (!take_pids(all, arg))
        return pl_fail(err, PL_FORMAT, "programs: %s: not process ids", (const char *)arg);
    if (stat("/proc/self/exe", &self) == 0) {
        all->self_dev = self.st_dev;
        all->self_ino = self.st_ino;
    }
    look_at_all(all);
    find_owners(all);
    for (size_t i = 0; i < all->n; i++)
        write_one(all, &all->v[i], out);
    return pl_buf_ok(out) ? PL_OK : pl_fail(err, PL_NOMEM, "programs: out of memory");
}

/* In a child with a deadline, since a user's own file system may lie behind a program. */
pl_rc pl_live_programs(const char *pids, pl_buf *out, pl_err *err)
{
    return pl_in_child(&(pl_errand){.run = read_programs,
                                    .arg = pids,
                                    .what = "running programs",
                                    .max = PL_HOST_FILE_MAX,
                                    .deadline_ms = PL_HOST_PROGRAMS_MS},
                       out, err);
}
