/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether entries with verdicts (check.result) name what a verdict is worth something by: when,
 * about what, by which program and content, and with which evidence. Evidence are the documents
 * that the same producer has recorded about the same subject before. The newest assessment counts:
 * what older ones lack cannot be mended any more.
 */
#include "core/hash.h"
#include "ledger/canon.h"
#include "ledger/leaf.h"
#include "ledger/verify_priv.h"

#include <string.h>

/* "plimsoll/0.1.0" */
static bool names_tool(const pl_leaf *leaf)
{
    pl_str rest = pl_verify_member(leaf->from, "prog");
    pl_str name = {0};

    return pl_str_cut(&rest, '/', &name) && name.n && rest.n;
}

static bool names_content(const pl_leaf *leaf)
{
    unsigned char digest[PL_SHA256];

    return pl_unhex(pl_verify_member(leaf->body, "content"), digest, sizeof(digest));
}

static bool has_verdicts(const pl_leaf *leaf)
{
    pl_canon_walk w = {.text = leaf->blobs};
    pl_leaf_blob b;

    while (leaf->blobs.n && pl_canon_next(&w))
        if (pl_leaf_blob_parse(w.value, &b, NULL) == PL_OK && pl_str_eq(b.role, PL_S("verdicts")))
            return true;
    return false;
}

static bool names_subject(const pl_leaf *leaf)
{
    pl_canon_walk w = {.text = leaf->subj};

    return pl_canon_next(&w);
}

static bool add(pl_run *r, const pl_about *about)
{
    pl_abouts *l = &r->abouts;
    bool ok = true;

    (void)pthread_mutex_lock(&r->lock);
    if (l->n == l->room) {
        size_t room = l->room ? 2 * l->room : 256;
        pl_about *more = reallocarray(l->p, room, sizeof(*more));
        ok = more != NULL;
        if (ok) {
            l->p = more;
            l->room = room;
        }
    }
    if (ok)
        l->p[l->n++] = *about;
    (void)pthread_mutex_unlock(&r->lock);
    return ok || pl_verify_no_memory(r);
}

bool pl_verify_about(pl_run *r, const pl_leaf *leaf, uint64_t index)
{
    bool is_verdict = pl_str_eq(leaf->type, PL_S("check.result"));

    if (!is_verdict && (leaf->blobs.n == 0 || !names_subject(leaf)))
        return true;
    uint64_t inst = pl_verify_hash(PL_HASH_START, leaf->inst);
    return add(r, &(pl_about){.inst = inst,
                              .what = pl_verify_hash(pl_verify_hash(inst, PL_S(" ")), leaf->subj),
                              .leaf = index,
                              .is_verdict = is_verdict,
                              .is_whole = is_verdict && leaf->t.n && names_subject(leaf) &&
                                          names_tool(leaf) && names_content(leaf) &&
                                          has_verdicts(leaf)});
}

/* Those about the same stand together, the oldest evidence first. */
static int by_what(const void *a, const void *b)
{
    const pl_about *x = a, *y = b;

    if (x->what != y->what)
        return x->what < y->what ? -1 : 1;
    if (x->is_verdict != y->is_verdict)
        return x->is_verdict ? 1 : -1;
    return x->leaf < y->leaf ? -1 : x->leaf > y->leaf;
}

static const pl_about *newest(const pl_abouts *l)
{
    const pl_about *ret = NULL;

    for (size_t i = 0; i < l->n; i++)
        if (l->p[i].is_verdict && (!ret || l->p[i].leaf > ret->leaf))
            ret = &l->p[i];
    return ret;
}

void pl_verify_verdicts(pl_run *r)
{
    const pl_abouts *l = &r->abouts;
    const pl_about *last = newest(l), *first = NULL;

    if (!last)
        return;
    uint64_t inst = last->inst;
    qsort(l->p, l->n, sizeof(*l->p), by_what);
    for (size_t i = 0; i < l->n; i++) {
        const pl_about *a = &l->p[i];
        if (!first || first->what != a->what)
            first = a;
        if (!a->is_verdict || a->inst != inst)
            continue;
        bool has_evidence = !first->is_verdict && first->leaf < a->leaf;
        r->v->verdicts++;
        r->v->verdicts_short += !a->is_whole || !has_evidence;
    }
}
