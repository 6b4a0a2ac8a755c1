/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/proof.h"

#include <assert.h>
#include <string.h>

/* Largest power of two below n, for n >= 2. */
static uint64_t split(uint64_t n)
{
    return (uint64_t)1 << (63 - (unsigned)__builtin_clzll(n - 1));
}

/* MTH(D[lo:hi]): lo is a multiple of the largest power of two that is <= hi - lo. */
static pl_rc range_root(const pl_proof_tree *t, uint64_t lo, uint64_t hi, pl_node *ret, pl_err *err)
{
    pl_node part[64];
    size_t n = 0;

    while (lo < hi) {
        unsigned level = 63 - (unsigned)__builtin_clzll(hi - lo);
        pl_rc rc = t->node(t->arg, level, lo >> level, &part[n], err);
        if (rc)
            return rc;
        n++;
        lo += (uint64_t)1 << level;
    }
    if (n == 0) {
        pl_sha256_end(t->h, ret->b);
        return PL_OK;
    }
    while (--n)
        pl_merkle_node(t->h, &part[n - 1], &part[n], &part[n - 1]);
    *ret = part[0];
    return PL_OK;
}

static pl_rc push(const pl_proof_tree *t, uint64_t lo, uint64_t hi, pl_proof *p, pl_err *err)
{
    assert(p->n < PL_COUNT(p->node));
    return range_root(t, lo, hi, &p->node[p->n++], err);
}

/* Going down from the root gives the hashes in the wrong order. */
static void reverse(pl_proof *p)
{
    for (size_t i = 0; i < p->n / 2; i++) {
        pl_node x = p->node[i];
        p->node[i] = p->node[p->n - 1 - i];
        p->node[p->n - 1 - i] = x;
    }
}

pl_rc pl_proof_inclusion(const pl_proof_tree *t, uint64_t index, uint64_t size, pl_proof *ret,
                         pl_err *err)
{
    uint64_t lo = 0;
    uint64_t hi = size;
    pl_rc rc = PL_OK;

    if (index >= size)
        return pl_fail(err, PL_USAGE, "entry %llu is not among the %llu of this checkpoint",
                       (unsigned long long)index, (unsigned long long)size);
    ret->n = 0;
    while (!rc && hi - lo > 1) {
        uint64_t mid = lo + split(hi - lo);
        if (index < mid) {
            rc = push(t, mid, hi, ret, err);
            hi = mid;
        } else {
            rc = push(t, lo, mid, ret, err);
            lo = mid;
        }
    }
    reverse(ret);
    return rc;
}

pl_rc pl_proof_consistency(const pl_proof_tree *t, uint64_t old, uint64_t size, pl_proof *ret,
                           pl_err *err)
{
    uint64_t lo = 0;
    uint64_t hi = size;
    pl_rc rc = PL_OK;

    if (old == 0 || old > size)
        return pl_fail(err, PL_USAGE, "no consistency proof from size %llu to size %llu",
                       (unsigned long long)old, (unsigned long long)size);
    ret->n = 0;
    while (!rc && old != hi) {
        uint64_t mid = lo + split(hi - lo);
        if (old <= mid) {
            rc = push(t, mid, hi, ret, err);
            hi = mid;
        } else {
            rc = push(t, lo, mid, ret, err);
            lo = mid;
        }
    }
    /* The old tree's last subtree is known to the verifier only when it is the whole old tree. */
    if (!rc && lo != 0)
        rc = push(t, lo, hi, ret, err);
    reverse(ret);
    return rc;
}

pl_rc pl_proof_root(const pl_proof_tree *t, uint64_t size, pl_node *ret, pl_err *err)
{
    return range_root(t, 0, size, ret, err);
}

bool pl_inclusion_holds(pl_sha256 *h, const pl_proof *p, uint64_t index, uint64_t size,
                        const pl_node *leaf, const pl_node *root)
{
    uint64_t fn = index;
    uint64_t sn = size - 1;
    pl_node r = *leaf;

    if (index >= size)
        return false;
    for (size_t i = 0; i < p->n; i++) {
        if (sn == 0)
            return false;
        if (fn & 1 || fn == sn) {
            pl_merkle_node(h, &p->node[i], &r, &r);
            while (!(fn & 1) && fn != 0)
                fn >>= 1, sn >>= 1;
        } else {
            pl_merkle_node(h, &r, &p->node[i], &r);
        }
        fn >>= 1;
        sn >>= 1;
    }
    return sn == 0 && pl_node_eq(&r, root);
}

/* RFC 9162 section 2.1.4.2 from step 3 on; the path already starts with the old root. */
static bool walk_consistency(pl_sha256 *h, const pl_node *path, size_t n, uint64_t old,
                             uint64_t size, const pl_node *old_root, const pl_node *root)
{
    uint64_t fn = old - 1;
    uint64_t sn = size - 1;

    while (fn & 1)
        fn >>= 1, sn >>= 1;

    pl_node fr = path[0];
    pl_node sr = path[0];
    for (size_t i = 1; i < n; i++) {
        if (sn == 0)
            return false;
        if (fn & 1 || fn == sn) {
            pl_merkle_node(h, &path[i], &fr, &fr);
            pl_merkle_node(h, &path[i], &sr, &sr);
            while (!(fn & 1) && fn != 0)
                fn >>= 1, sn >>= 1;
        } else {
            pl_merkle_node(h, &sr, &path[i], &sr);
        }
        fn >>= 1;
        sn >>= 1;
    }
    return sn == 0 && pl_node_eq(&fr, old_root) && pl_node_eq(&sr, root);
}

bool pl_consistency_holds(pl_sha256 *h, const pl_proof *p, uint64_t old, uint64_t size,
                          const pl_node *old_root, const pl_node *root)
{
    pl_node path[PL_PROOF_HASHES + 2];
    size_t n = 0;

    if (old == 0 || old > size)
        return false;
    if (old == size)
        return p->n == 0 && pl_node_eq(old_root, root);
    if (p->n == 0 || p->n > PL_PROOF_HASHES + 1)
        return false;
    if ((old & (old - 1)) == 0)
        path[n++] = *old_root;
    memcpy(path + n, p->node, p->n * sizeof(path[0]));
    return walk_consistency(h, path, n + p->n, old, size, old_root, root);
}

/* ---- text ---- */

static const char magic[] = "c2sp.org/tlog-proof@v1";

static void print_hashes(const pl_proof *p, pl_str checkpoint, pl_buf *out)
{
    for (size_t i = 0; i < p->n; i++) {
        pl_base64(p->node[i].b, sizeof(p->node[i].b), out);
        pl_buf_ch(out, '\n');
    }
    pl_buf_ch(out, '\n');
    pl_buf_str(out, checkpoint);
}

void pl_proof_print(const pl_proof *p, uint64_t index, pl_str checkpoint, pl_buf *out)
{
    pl_buf_fmt(out, "%s\nindex %llu\n", magic, (unsigned long long)index);
    print_hashes(p, checkpoint, out);
}

void pl_proof_print_consistency(const pl_proof *p, uint64_t old, pl_str checkpoint, pl_buf *out)
{
    pl_buf_fmt(out, "old %llu\n", (unsigned long long)old);
    print_hashes(p, checkpoint, out);
}

/* "WORD N" with the one decimal form of N. */
static bool numbered(pl_str line, pl_str word, uint64_t *ret)
{
    if (!pl_str_starts(line, word))
        return false;
    pl_str n = pl_str_sub(line, word.n, line.n);
    return pl_str_u64(n, ret) && (n.n == 1 || n.p[0] != '0');
}

/* A line with its newline; a last line without one is not a line. */
static bool next_line(pl_str *rest, pl_str *ret)
{
    if (!rest->n || !memchr(rest->p, '\n', rest->n))
        return false;
    return pl_str_cut(rest, '\n', ret);
}

static pl_rc parse_hashes(pl_str rest, pl_proof *p, pl_str *ret_checkpoint, pl_err *err)
{
    pl_str line;

    p->n = 0;
    while (next_line(&rest, &line)) {
        if (line.n == 0) {
            *ret_checkpoint = rest;
            return PL_OK;
        }
        if (p->n == PL_COUNT(p->node))
            return pl_fail(err, PL_LIMIT, "more than %zu hashes", PL_COUNT(p->node));
        PL_AUTO_BUF pl_buf raw = {.max = PL_SHA256};
        if (!pl_unbase64(line, &raw) || !pl_buf_ok(&raw) || raw.n != PL_SHA256)
            return pl_fail(err, PL_FORMAT, "hash %zu is not base64 of 32 bytes", p->n + 1);
        memcpy(p->node[p->n++].b, raw.p, PL_SHA256);
    }
    return pl_fail(err, PL_FORMAT, "no blank line after the hashes");
}

pl_rc pl_proof_parse(pl_str text, pl_proof *ret, uint64_t *ret_index, pl_str *ret_checkpoint,
                     pl_err *err)
{
    pl_str rest = text;
    pl_str line;

    if (text.n > PL_PROOF_FILE)
        return pl_fail(err, PL_LIMIT, "proof of %zu bytes, at most %d", text.n, PL_PROOF_FILE);
    if (!next_line(&rest, &line) || !pl_str_eq(line, pl_str_c(magic)))
        return pl_fail(err, PL_FORMAT, "the first line is not %s", magic);
    if (!next_line(&rest, &line))
        return pl_fail(err, PL_FORMAT, "no index line");
    if (pl_str_starts(line, PL_S("extra ")) && !next_line(&rest, &line))
        return pl_fail(err, PL_FORMAT, "no index line");
    if (!numbered(line, PL_S("index "), ret_index))
        return pl_fail(err, PL_FORMAT, "no index line");
    return parse_hashes(rest, ret, ret_checkpoint, err);
}

pl_rc pl_proof_parse_consistency(pl_str text, pl_proof *ret, uint64_t *ret_old,
                                 pl_str *ret_checkpoint, pl_err *err)
{
    pl_str rest = text;
    pl_str line;

    if (text.n > PL_PROOF_FILE)
        return pl_fail(err, PL_LIMIT, "proof of %zu bytes, at most %d", text.n, PL_PROOF_FILE);
    if (!next_line(&rest, &line) || !numbered(line, PL_S("old "), ret_old))
        return pl_fail(err, PL_FORMAT, "the first line is not \"old N\"");
    return parse_hashes(rest, ret, ret_checkpoint, err);
}
