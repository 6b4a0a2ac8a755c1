/* SPDX-License-Identifier: Apache-2.0 */
/* What the leaves say: files they name, numbers of their producers, the log's own records. */
#include "ledger/canon.h"
#include "ledger/leaf.h"
#include "ledger/sealed.h"
#include "ledger/verify_priv.h"

#include <string.h>

bool pl_verify_no_memory(pl_run *r)
{
    __atomic_store_n(&r->stop, true, __ATOMIC_RELAXED);
    return false;
}

/* ---- files named by leaves ---- */

static bool add_ref(pl_run *r, pl_refs *refs, const unsigned char digest[PL_SHA256], uint64_t n,
                    uint64_t leaf)
{
    bool ok = true;

    (void)pthread_mutex_lock(&r->lock);
    if (refs->n == refs->room) {
        size_t room = refs->room ? 2 * refs->room : 256;
        pl_ref *more = reallocarray(refs->p, room, sizeof(*more));
        ok = more != NULL;
        if (ok) {
            refs->p = more;
            refs->room = room;
        }
    }
    if (ok) {
        pl_ref *ref = &refs->p[refs->n++];
        *ref = (pl_ref){.n = n, .leaf = leaf};
        memcpy(ref->digest, digest, PL_SHA256);
    }
    (void)pthread_mutex_unlock(&r->lock);
    return ok || pl_verify_no_memory(r);
}

static bool take_blobs(pl_run *r, uint64_t index, pl_str rows)
{
    pl_canon_walk w = {.text = rows};
    unsigned char digest[PL_SHA256];
    pl_leaf_blob b;
    pl_err e = {0};

    while (pl_canon_next(&w)) {
        if (pl_leaf_blob_parse(w.value, &b, &e) != PL_OK) {
            pl_problem_add(r, PL_PROBLEM_INCOMPLETE, "entry %llu: %s", (unsigned long long)index,
                           e.text);
            continue;
        }
        if (!pl_unhex(b.sha256, digest, sizeof(digest)) ||
            !add_ref(r, &r->blobs, digest, b.n, index))
            return false;
    }
    return true;
}

static bool take_sealed(pl_run *r, uint64_t index, pl_str digests)
{
    pl_canon_walk w = {.text = digests};
    unsigned char digest[PL_SHA256];

    while (pl_canon_next(&w)) {
        if (!pl_sealed_digest(pl_canon_plain(w.value), digest))
            pl_problem_add(r, PL_PROBLEM_INCOMPLETE, "entry %llu: a digest in _sd is none",
                           (unsigned long long)index);
        else if (!add_ref(r, &r->sealed, digest, 0, index))
            return false;
    }
    return true;
}

/* ---- numbers ---- */

uint64_t pl_verify_hash(uint64_t h, pl_str s)
{
    for (size_t i = 0; i < s.n; i++)
        h = (h ^ (unsigned char)s.p[i]) * 0x100000001b3u;
    return h ? h : 1;
}

static void broken_series(pl_run *r, uint64_t want, uint64_t got, uint64_t index)
{
    pl_problem_add(r, PL_PROBLEM_INCOMPLETE,
                   "entry %llu: its producer's record %llu stands where record %llu should",
                   (unsigned long long)index, (unsigned long long)got, (unsigned long long)want);
}

static bool take_number(pl_run *r, pl_chunk *c, const pl_leaf *leaf, uint64_t index)
{
    uint64_t inst = pl_verify_hash(PL_HASH_START, leaf->inst);

    /* The producer of the last record is nearly always that of this one, too. */
    for (size_t i = c->n_series; i--;) {
        pl_series *s = &c->series[i];
        if (s->inst != inst)
            continue;
        if (s->next != leaf->seq)
            broken_series(r, s->next, leaf->seq, index);
        s->next = leaf->seq + 1;
        return true;
    }
    if (c->n_series == c->room_series) {
        size_t room = c->room_series ? 2 * c->room_series : 8;
        pl_series *more = reallocarray(c->series, room, sizeof(*more));
        if (!more)
            return pl_verify_no_memory(r);
        c->series = more;
        c->room_series = room;
    }
    c->series[c->n_series++] = (pl_series){inst, leaf->seq, leaf->seq + 1};
    return true;
}

void pl_chunk_done(pl_chunk *c)
{
    free(c->series);
}

/* Open addressing over all producers; room is a power of two. */
static pl_series *find_series(pl_series *table, size_t room, uint64_t inst)
{
    size_t i = (size_t)(inst ^ inst >> 32) & (room - 1);

    while (table[i].inst && table[i].inst != inst)
        i = (i + 1) & (room - 1);
    return &table[i];
}

static void join_series(pl_run *r, pl_series *all, size_t room, const pl_series *part)
{
    pl_series *s = find_series(all, room, part->inst);

    if (!s->inst) {
        *s = (pl_series){part->inst, 0, 0};
        r->v->producers++;
    }
    if (s->next != part->first)
        pl_problem_add(r, PL_PROBLEM_INCOMPLETE,
                       "a producer's records go on with number %llu where %llu should stand",
                       (unsigned long long)part->first, (unsigned long long)s->next);
    s->next = part->next;
}

pl_rc pl_verify_series(pl_run *r, pl_err *err)
{
    size_t n = 0;
    size_t room = 16;

    for (uint64_t c = 0; c < r->n_chunks; c++)
        n += r->chunks[c].n_series;
    while (room < 2 * n)
        room *= 2;
    PL_AUTO_FREE pl_series *all = calloc(room, sizeof(*all));
    if (!all)
        return pl_fail(err, PL_NOMEM, "verification of %zu producers", n);
    for (uint64_t c = 0; c < r->n_chunks; c++)
        for (size_t i = 0; i < r->chunks[c].n_series; i++)
            join_series(r, all, room, &r->chunks[c].series[i]);
    return PL_OK;
}

/* ---- the log's own records ---- */

pl_str pl_verify_member(pl_str body, const char *name)
{
    pl_canon_walk w = {.text = body};

    while (pl_canon_next(&w))
        if (pl_str_eq(w.key, pl_str_c(name)))
            return pl_canon_plain(w.value);
    return (pl_str){NULL, 0};
}

/* Every opening names the same key and origin; the first one made the log. */
static void take_open(pl_run *r, const pl_leaf *leaf, uint64_t index)
{
    PL_AUTO_BUF pl_buf vkey = {0};
    pl_verified *v = r->v;

    pl_vkey_print(&v->key, &vkey);
    if (!pl_str_eq(pl_verify_member(leaf->body, "vkey"), pl_buf_view(&vkey)) ||
        !pl_str_eq(pl_verify_member(leaf->body, "origin"), pl_str_c(v->origin)))
        pl_problem_add(r, PL_PROBLEM_TAMPERED, "entry %llu names another key or origin",
                       (unsigned long long)index);
    (void)pthread_mutex_lock(&r->lock);
    if (index == 0) {
        (void)pl_str_to_c(pl_verify_member(leaf->body, "recovery"), v->recovery,
                          sizeof(v->recovery));
        (void)pl_str_to_c(pl_verify_member(leaf->body, "epochs"), v->epochs, sizeof(v->epochs));
    }
    v->opens++;
    (void)pthread_mutex_unlock(&r->lock);
}

static void take_own(pl_run *r, const pl_leaf *leaf, uint64_t index)
{
    pl_verified *v = r->v;
    uint64_t lost = 0;

    if (pl_str_eq(leaf->type, PL_S("ledger.open"))) {
        take_open(r, leaf, index);
        return;
    }
    (void)pthread_mutex_lock(&r->lock);
    v->closes += pl_str_eq(leaf->type, PL_S("ledger.close"));
    v->recovers += pl_str_eq(leaf->type, PL_S("ledger.recover"));
    if (pl_str_eq(leaf->type, PL_S("ledger.gap"))) {
        v->gaps++;
        if (pl_str_u64(pl_verify_member(leaf->body, "lost"), &lost))
            v->lost += lost;
    }
    (void)pthread_mutex_unlock(&r->lock);
}

static void take_edges(pl_run *r, const pl_leaf *leaf, uint64_t index)
{
    if (index == 0)
        (void)pl_str_to_c(leaf->t, r->v->first_t, sizeof(r->v->first_t));
    if (index + 1 == r->v->size)
        (void)pl_str_to_c(leaf->t, r->v->last_t, sizeof(r->v->last_t));
}

bool pl_verify_leaf(pl_run *r, pl_chunk *c, uint64_t index, pl_str text)
{
    pl_leaf leaf;

    if (pl_leaf_parse(text, &leaf, NULL) != PL_OK) {
        (void)__atomic_fetch_add(&r->v->not_records, 1, __ATOMIC_RELAXED);
        return true;
    }
    take_edges(r, &leaf, index);
    if (pl_str_starts(leaf.type, PL_S("ledger.")))
        take_own(r, &leaf, index);
    return take_number(r, c, &leaf, index) && pl_verify_about(r, &leaf, index) &&
           (leaf.blobs.n == 0 || take_blobs(r, index, leaf.blobs)) &&
           (leaf.sd.n == 0 || take_sealed(r, index, leaf.sd));
}
