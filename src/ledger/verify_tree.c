/* SPDX-License-Identifier: Apache-2.0 */
/* Leaves and tiles: everything is hashed again from the bottom. */
#include "ledger/io.h"
#include "ledger/verify_priv.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ---- level 0: bundles, in threads ---- */

typedef struct worker {
    pl_run *run;
    pl_sha256 *h;
    pl_buf bundle;
    pl_buf tile;
    pthread_t thread;
    bool started;
} worker;

static void add_counts(pl_run *r, uint64_t entries, uint64_t bytes, bool bundle)
{
    (void)pthread_mutex_lock(&r->lock);
    r->v->entries += entries;
    r->v->bytes += bytes;
    r->v->bundles += bundle;
    r->v->tiles += bundle;
    r->done += entries;
    if (r->o->progress && bundle)
        r->o->progress(r->o->progress_arg, r->done, r->v->size);
    (void)pthread_mutex_unlock(&r->lock);
}

/* Exactly this width: a full file in the place of a partial one would hold bytes nobody signed. */
static bool read_exact(pl_run *r, const pl_tile *t, pl_buf *ret)
{
    size_t max = t->level == PL_TILE_ENTRIES ? PL_BUNDLE_MAX : PL_TILE_BYTES;
    char path[PL_TILE_PATH];
    pl_err e = {0};

    pl_tile_print(t, path);
    pl_rc rc = pl_io_read(r->dir, path, max, ret, &e);
    if (rc)
        pl_problem_read(r, rc, &e);
    return rc == PL_OK;
}

static void different(pl_run *r, const pl_tile *t)
{
    char path[PL_TILE_PATH];

    pl_tile_print(t, path);
    pl_problem_add(r, PL_PROBLEM_TAMPERED, "%s does not hold what its entries hash to", path);
}

static bool check_leaves(worker *w, pl_chunk *c, const pl_tile *t, pl_node *hashes)
{
    pl_str rest = pl_buf_view(&w->bundle);
    pl_run *r = w->run;
    char path[PL_TILE_PATH];

    for (unsigned i = 0; i < t->width; i++) {
        uint64_t index = t->n * PL_TILE_HASHES + i;
        pl_str leaf;
        if (!pl_bundle_next(&rest, &leaf)) {
            pl_problem_add(r, PL_PROBLEM_TAMPERED, "entry %llu is cut off in its bundle",
                           (unsigned long long)index);
            return false;
        }
        pl_merkle_leaf(w->h, leaf, &hashes[i]);
        if (!pl_verify_leaf(r, c, index, leaf))
            return false;
    }
    pl_tile_print(t, path);
    if (rest.n)
        pl_problem_add(r, PL_PROBLEM_TAMPERED, "%s holds %zu bytes after its last entry", path,
                       rest.n);
    return true;
}

static void name_wrong_leaves(worker *w, const pl_tile *t, const pl_node *hashes)
{
    for (size_t i = 0; i < t->width && (i + 1) * PL_SHA256 <= w->tile.n; i++)
        if (memcmp(hashes[i].b, w->tile.p + i * PL_SHA256, PL_SHA256) != 0)
            pl_problem_add(w->run, PL_PROBLEM_TAMPERED, "entry %llu and its hash do not fit",
                           (unsigned long long)t->n * PL_TILE_HASHES + i);
}

static void check_bundle(worker *w, pl_chunk *c, uint64_t n)
{
    pl_run *r = w->run;
    pl_node hashes[PL_TILE_HASHES];
    pl_tile t = {.level = PL_TILE_ENTRIES, .n = n};

    memset(hashes, 0, sizeof(hashes));
    t.width = pl_tile_width(t.level, n, r->v->size);
    bool read = read_exact(r, &t, &w->bundle) && check_leaves(w, c, &t, hashes);
    t.level = 0;
    if (read_exact(r, &t, &w->tile) && read) {
        size_t want = (size_t)t.width * PL_SHA256;
        if (w->tile.n != want || memcmp(w->tile.p, hashes, want) != 0) {
            different(r, &t);
            name_wrong_leaves(w, &t, hashes);
        }
    }
    if (t.width == PL_TILE_HASHES)
        pl_merkle_root(w->h, hashes, PL_TILE_HASHES, &r->roots[n]);
    else
        memcpy(r->edge, hashes, sizeof(hashes));
    add_counts(r, t.width, w->bundle.n, true);
}

/* A checkpoint can claim any size: after so many problems the verdict is clear. */
static bool worth_it(pl_run *r)
{
    (void)pthread_mutex_lock(&r->lock);
    bool worth = r->v->n_tampered + r->v->n_incomplete < PL_VERIFY_PROBLEMS;
    (void)pthread_mutex_unlock(&r->lock);
    return worth;
}

static void *work(void *arg)
{
    worker *w = arg;
    pl_run *r = w->run;

    for (;;) {
        uint64_t c = __atomic_fetch_add(&r->next_chunk, 1, __ATOMIC_RELAXED);
        if (c >= r->n_chunks || __atomic_load_n(&r->stop, __ATOMIC_RELAXED))
            return NULL;
        uint64_t end = (c + 1) * PL_CHUNK_BUNDLES;
        for (uint64_t n = c * PL_CHUNK_BUNDLES; n < end && n < r->n_bundles && worth_it(r); n++)
            check_bundle(w, &r->chunks[c], n);
    }
}

static void worker_done(worker *w)
{
    if (w->started)
        (void)pthread_join(w->thread, NULL);
    pl_sha256_free(w->h);
    pl_buf_done(&w->bundle);
    pl_buf_done(&w->tile);
}

enum { MAX_THREADS = 8 };

static unsigned thread_count(const pl_run *r)
{
    long cpus = r->o->threads ? (long)r->o->threads : sysconf(_SC_NPROCESSORS_ONLN);

    if (cpus > MAX_THREADS)
        cpus = MAX_THREADS;
    if ((uint64_t)cpus > r->n_chunks)
        cpus = (long)r->n_chunks;
    return cpus > 1 ? (unsigned)cpus : 1;
}

/* The caller's thread is one of them, so a thread that cannot be made costs only time. */
static pl_rc check_bundles(pl_run *r, pl_err *err)
{
    worker w[MAX_THREADS] = {0};
    unsigned n = thread_count(r);
    pl_rc rc = PL_OK;

    for (unsigned i = 0; i < n; i++) {
        w[i].run = r;
        w[i].h = pl_sha256_new();
        if (!w[i].h)
            r->stop = true;
    }
    for (unsigned i = 1; i < n && !r->stop; i++)
        w[i].started = pthread_create(&w[i].thread, NULL, work, &w[i]) == 0;
    if (!r->stop)
        (void)work(&w[0]);
    for (unsigned i = 0; i < n; i++)
        worker_done(&w[i]);
    if (r->stop)
        rc = pl_fail(err, PL_NOMEM, "verification of %llu entries", (unsigned long long)r->v->size);
    return rc;
}

/* ---- levels above ---- */

static void check_tile(pl_run *r, const pl_tile *t, const pl_node *want, pl_buf *scratch)
{
    size_t n = (size_t)t->width * PL_SHA256;

    if (!read_exact(r, t, scratch))
        return;
    if (scratch->n != n || memcmp(scratch->p, want, n) != 0)
        different(r, t);
    add_counts(r, 0, n, false);
    r->v->tiles++;
}

/* The last bits of each level's count name the perfect subtrees of the right edge. */
static void add_edge(pl_edge *e, pl_sha256 *h, unsigned level, const pl_node *rest, unsigned n)
{
    unsigned at = 0;

    for (unsigned bit = 8; bit--;) {
        if (!(n >> bit & 1))
            continue;
        pl_merkle_root(h, rest + at, (size_t)1 << bit, &e->slot[8 * level + bit]);
        at += 1u << bit;
    }
}

/* Level by level: nodes holds the hashes of this one and becomes those of the next. */
static void check_levels(pl_run *r, pl_sha256 *h, pl_edge *e)
{
    PL_AUTO_BUF pl_buf scratch = {0};
    pl_node *nodes = r->roots;
    uint64_t count = r->v->size / PL_TILE_HASHES;

    add_edge(e, h, 0, r->edge, (unsigned)(r->v->size % PL_TILE_HASHES));
    for (unsigned level = 1; count && level < PL_TILE_LEVELS; level++) {
        uint64_t full = count / PL_TILE_HASHES;
        unsigned rest = (unsigned)(count % PL_TILE_HASHES);
        for (uint64_t n = 0; n < full + (rest != 0) && worth_it(r); n++) {
            const pl_node *here = nodes + n * PL_TILE_HASHES;
            pl_tile t = {.level = (int)level, .n = n, .width = n < full ? PL_TILE_HASHES : rest};
            check_tile(r, &t, here, &scratch);
        }
        add_edge(e, h, level, nodes + full * PL_TILE_HASHES, rest);
        for (uint64_t n = 0; n < full; n++)
            pl_merkle_root(h, nodes + n * PL_TILE_HASHES, PL_TILE_HASHES, &nodes[n]);
        count = full;
    }
}

static pl_rc check_root(pl_run *r, pl_err *err)
{
    PL_AUTO_SHA256 pl_sha256 *h = pl_sha256_new();
    pl_edge e = {.size = r->v->size};
    pl_node root;

    if (!h)
        return pl_fail(err, PL_NOMEM, "verification");
    check_levels(r, h, &e);
    pl_edge_root(&e, h, &root);
    if (!pl_node_eq(&root, &r->v->root))
        pl_problem_add(r, PL_PROBLEM_TAMPERED,
                       "the %llu entries do not give the root that was signed",
                       (unsigned long long)r->v->size);
    return PL_OK;
}

pl_rc pl_verify_tree(pl_run *r, pl_err *err)
{
    uint64_t size = r->v->size;

    r->n_bundles = size / PL_TILE_HASHES + (size % PL_TILE_HASHES != 0);
    r->n_chunks = (r->n_bundles + PL_CHUNK_BUNDLES - 1) / PL_CHUNK_BUNDLES;
    r->roots = calloc(size / PL_TILE_HASHES + 1, sizeof(*r->roots));
    r->chunks = calloc(r->n_chunks + 1, sizeof(*r->chunks));
    if (!r->roots || !r->chunks)
        return pl_fail(err, PL_NOMEM, "verification of %llu entries", (unsigned long long)size);
    pl_rc rc = check_bundles(r, err);
    return rc ? rc : check_root(r, err);
}
