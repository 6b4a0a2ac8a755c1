/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes that come in pieces are gathered into blocks. A candidate that starts within the last
 * window of a block is left to the next one, which starts where it, or the longest expression that
 * may have begun, needs it to. The last hit of a block waits too: the next block may have one that
 * overlaps it.
 */
#include "secrets/secrets_priv.h"

#include "secrets/limits.h"

#include <string.h>

enum {
    HITS_ARENA = 8 << 20,
    TEXT_HEAD = 8 << 10, /* a NUL in it: no text */
    HELD_MAX = 2 * PL_SECRETS_WINDOW,
};
_Static_assert(PL_SECRETS_BLOCK > 2 * (HELD_MAX + PL_SECRETS_WINDOW + PL_SECRETS_LOOKBACK),
               "a block holds more than what stays of the one before");

struct pl_secrets_stream {
    pl_secrets *s;
    pl_arena *arena; /* hits of one block */
    pl_secrets_how how;
    pl_secret_sink sink;
    void *arg;
    uint64_t size;  /* of the whole stream */
    uint64_t base;  /* where block starts in it */
    uint64_t lines; /* line ends before it */
    bool is_text, is_cut, is_over;
    size_t done; /* candidates that start before this are decided */
    bool is_holding;
    pl_secret_hit held; /* the last hit */
    size_t n;
    char block[PL_SECRETS_BLOCK];
};

pl_secrets_stream *pl_secrets_stream_new(pl_secrets *s)
{
    pl_secrets_stream *st = malloc(sizeof(*st));

    if (!st)
        return NULL;
    st->s = s;
    st->arena = pl_arena_new(HITS_ARENA);
    if (st->arena)
        return st;
    free(st);
    return NULL;
}

void pl_secrets_stream_free(pl_secrets_stream *st)
{
    if (!st)
        return;
    pl_arena_free(st->arena);
    free(st);
}

void pl_secrets_stream_begin(pl_secrets_stream *st, pl_secrets_how how, uint64_t size,
                             pl_secret_sink sink, void *arg)
{
    st->how = how;
    st->sink = sink;
    st->arg = arg;
    st->size = size;
    st->base = 0;
    st->lines = 0;
    st->is_text = true;
    st->is_cut = false;
    st->is_over = false;
    st->is_holding = false;
    st->done = 0;
    st->n = 0;
}

/* Eight bytes at a time: a byte of x is 0 where a line ends, and its high bit alone is then set. */
static uint64_t count_lines(pl_str text)
{
    const uint64_t low = 0x7f7f7f7f7f7f7f7fu;
    uint64_t n = 0;
    size_t i = 0;

    for (; i + 8 <= text.n; i += 8) {
        uint64_t x;
        memcpy(&x, text.p + i, 8);
        x ^= 0x0a0a0a0a0a0a0a0au;
        x = ~(((x & low) + low) | x | low);
        n += (x >> 7) * 0x0101010101010101u >> 56;
    }
    for (; i < text.n; i++)
        n += text.p[i] == '\n';
    return n;
}

/* Tells of the first n hits of a scan. */
static pl_rc tell(pl_secrets_stream *st, const pl_secrets_scan *c, size_t n, pl_err *err)
{
    uint64_t lines = st->lines;
    size_t counted = 0;
    pl_rc rc = PL_OK;

    for (size_t i = 0; !rc && i < n; i++) {
        const pl_secret_hit *hit = &c->hits[i];
        if (st->is_text)
            lines += count_lines(pl_str_sub(c->text, counted, hit->from - counted));
        counted = hit->from;
        const pl_secret_seen seen = {hit, pl_str_sub(c->text, hit->from, hit->n),
                                     st->base + hit->from, st->is_text ? lines + 1 : 0};
        rc = st->sink(st->arg, &seen, err);
    }
    return rc;
}

static void hold(pl_secrets_stream *st, const pl_secrets_scan *c, size_t *told)
{
    st->is_holding = c->n > 0 && c->text.n - c->hits[c->n - 1].from <= HELD_MAX;
    *told = c->n - st->is_holding;
    if (st->is_holding)
        st->held = c->hits[c->n - 1];
}

/* What the next block needs of this one moves to its start. */
static void carry(pl_secrets_stream *st, const pl_secrets_scan *c)
{
    size_t keep = st->n > st->s->widest ? st->n - st->s->widest : 0;

    keep = c->later < keep ? c->later : keep;
    keep = keep > PL_SECRETS_LOOKBACK ? keep - PL_SECRETS_LOOKBACK : 0;
    if (st->is_holding && st->held.from < keep)
        keep = st->held.from;
    if (st->is_text)
        st->lines += count_lines((pl_str){st->block, keep});
    st->base += keep;
    st->held.from -= keep;
    st->done = c->upto > keep ? c->upto - keep : 0;
    st->n -= keep;
    memmove(st->block, st->block + keep, st->n);
}

static pl_rc scan(pl_secrets_stream *st, pl_str text, bool is_last, pl_err *err)
{
    pl_secrets_scan c = {.s = st->s, .text = text, .arena = st->arena, .done = st->done};
    size_t told;

    pl_arena_reset(st->arena);
    c.upto = is_last ? SIZE_MAX : text.n - PL_SECRETS_WINDOW;
    if (st->base == 0)
        st->is_text = !memchr(text.p, 0, text.n < TEXT_HEAD ? text.n : TEXT_HEAD);
    if (st->is_holding && !pl_secrets_scan_add(&c, st->held))
        return pl_fail(err, PL_NOMEM, "search for secrets");
    st->is_holding = false;
    pl_rc rc = pl_secrets_scan_run(&c, st->how, err);
    if (rc)
        return rc;
    st->is_cut |= c.is_cut;
    told = c.n;
    if (!is_last)
        hold(st, &c, &told);
    rc = tell(st, &c, told, err);
    if (!rc && !is_last)
        carry(st, &c);
    return rc;
}

pl_rc pl_secrets_stream_add(pl_secrets_stream *st, pl_str piece, pl_err *err)
{
    pl_rc rc = PL_OK;

    if (st->n == 0 && st->base == 0 && piece.n == st->size && piece.n <= UINT32_MAX && piece.n) {
        st->is_over = true;
        return scan(st, piece, true, err);
    }
    while (!rc && piece.n) {
        pl_str part = pl_str_sub(piece, 0, sizeof(st->block) - st->n);
        memcpy(st->block + st->n, part.p, part.n);
        st->n += part.n;
        piece = pl_str_sub(piece, part.n, piece.n);
        if (st->n == sizeof(st->block) && piece.n)
            rc = scan(st, (pl_str){st->block, st->n}, false, err);
        else if (st->n == sizeof(st->block))
            break;
    }
    return rc;
}

pl_rc pl_secrets_stream_end(pl_secrets_stream *st, bool *ret_cut, pl_err *err)
{
    pl_rc rc = PL_OK;

    if (!st->is_over && st->n)
        rc = scan(st, (pl_str){st->block, st->n}, true, err);
    st->is_over = true;
    if (!rc)
        *ret_cut = st->is_cut;
    return rc;
}
