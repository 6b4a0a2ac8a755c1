/* SPDX-License-Identifier: Apache-2.0 */
#include "secrets/secrets_priv.h"

#include "secrets/limits.h"

#include <string.h>

static bool cut(pl_secrets_scan *c)
{
    c->is_cut = true;
    return false;
}

bool pl_secrets_scan_add(pl_secrets_scan *c, pl_secret_hit hit)
{
    if (c->n == PL_SECRETS_HITS)
        return cut(c);
    if (c->n == c->room) {
        size_t room = c->room ? c->room * 2 : 8;
        pl_secret_hit *more = pl_arena_calloc(c->arena, room, sizeof(*more));
        if (!more)
            return cut(c);
        if (c->n)
            memcpy(more, c->hits, c->n * sizeof(*more));
        c->hits = more;
        c->room = room;
    }
    c->hits[c->n++] = hit;
    return true;
}

/*
 * Does the pattern stand at text[at]? Gives the secret in it. A match that ran into a limit is
 * neither yes nor no: the scan is cut.
 */
static bool confirm(pl_secrets_scan *c, pl_secret_pattern *p, pl_str text, size_t at, pl_str *ret)
{
    size_t from = at < PL_SECRETS_BEFORE ? 0 : at - PL_SECRETS_BEFORE;
    pl_str window = pl_str_sub(text, from, at - from + PL_SECRETS_WINDOW);
    if (!p->code && !pl_secrets_compile_confirm(p))
        return cut(c);
    int n = pcre2_match(p->code, (PCRE2_SPTR)window.p, window.n, at - from, 0, c->s->match,
                        c->s->limits);

    if (n < 0) {
        c->is_cut |= n != PCRE2_ERROR_NOMATCH;
        return false;
    }
    const size_t *v = pcre2_get_ovector_pointer(c->s->match);
    size_t group = 0;
    for (size_t i = 1; i < (size_t)n; i++)
        if (v[2 * i] != PCRE2_UNSET)
            group = i;
    *ret = pl_str_sub(window, v[2 * group], v[2 * group + 1] - v[2 * group]);
    return true;
}

/* What is known of a confirmed secret but its place; false when it is none after all. */
static bool describe(const pl_secrets_scan *c, const pl_secret_pattern *p, pl_str secret,
                     pl_secret_hit *ret)
{
    bool is_good = pl_secrets_test(p->test, secret);

    *ret = (pl_secret_hit){.kind = p->kind,
                           .title = p->title,
                           .severity = p->severity,
                           .is_generic = p->is_generic,
                           .is_common = p->is_common};
    if (secret.n == 0 || (!is_good && p->is_required) || pl_secrets_is_placeholder(c->s, secret) ||
        !pl_secrets_has_entropy(secret, p->entropy))
        return false;
    ret->is_example = pl_secrets_in_list(p->ignore, secret, true) || pl_secrets_is_sample(secret);
    if (!is_good || ret->is_example)
        ret->severity = PL_LOW;
    return true;
}

static bool take_plain(pl_secrets_scan *c, size_t id, size_t at)
{
    pl_secret_pattern *p = &c->s->patterns[id];
    pl_secret_hit hit;
    pl_str secret;

    if (p->is_near && (at = pl_secrets_value_near(c->text, at)) == SIZE_MAX)
        return true;
    if (!confirm(c, p, c->text, at, &secret) || !describe(c, p, secret, &hit))
        return true;
    hit.from = (size_t)(secret.p - c->text.p);
    hit.n = secret.n;
    c->s->next_from[id] = hit.from + hit.n;
    return pl_secrets_scan_add(c, hit);
}

static bool take_wrapped(pl_secrets_scan *c, size_t id, size_t at)
{
    const pl_secret_wrapped *w = &c->s->wrapped[id - c->s->n];
    pl_secret_pattern *p = &c->s->patterns[w->pattern];
    pl_secret_run run = {0};
    pl_secret_hit hit;
    pl_str secret;
    bool go_on = true;

    if (pl_secrets_unwrap(w, c->text, at, &run) &&
        confirm(c, p, pl_buf_view(&run.bytes), run.at, &secret) && describe(c, p, secret, &hit)) {
        hit.from = run.from;
        hit.n = run.n;
        hit.is_base64 = true;
        c->s->next_from[id] = hit.from + hit.n;
        go_on = pl_secrets_scan_add(c, hit);
    }
    c->decoded += run.bytes.n;
    pl_buf_done(&run.bytes);
    return c->decoded > PL_SECRETS_DECODED ? cut(c) : go_on;
}

/* 0: it varies. */
static unsigned width_of(const pl_secrets *s, unsigned id)
{
    return id < s->n ? s->patterns[id].width : (unsigned)s->wrapped[id - s->n].literal.n;
}

/* Is it for this block to look at what starts here? */
static bool is_due(pl_secrets_scan *c, size_t at)
{
    if (at >= c->upto && at < c->later)
        c->later = at;
    return at >= c->done && at < c->upto;
}

/* Called by vectorscan for each end that a pattern can have; one look at each start will do. For a
 * word of a name, what counts is where it ends. */
static int on_candidate(unsigned id, unsigned long long from, unsigned long long to, unsigned flags,
                        void *arg)
{
    pl_secrets_scan *c = arg;
    bool is_near = id < c->s->n && c->s->patterns[id].is_near;
    unsigned width = width_of(c->s, id);
    size_t at = (size_t)(is_near ? to : width ? to - width : from);
    (void)flags;

    if (at < c->s->next_from[id] || !is_due(c, at))
        return 0;
    c->s->next_from[id] = at + 1;
    if (++c->candidates > PL_SECRETS_CANDIDATES)
        return !cut(c);
    return id < c->s->n ? !take_plain(c, id, at) : !take_wrapped(c, id, at);
}

static const pl_str named_title = {"Value of a secret's name", 24};

pl_str pl_secrets_title(const pl_secrets *s, pl_str kind)
{
    for (size_t i = 0; i < s->n; i++)
        if (pl_str_eq(s->patterns[i].kind, kind))
            return s->patterns[i].title;
    return pl_str_eq(kind, PL_S("named-secret")) ? named_title : kind;
}

static pl_secret_hit named_hit(size_t from, size_t n)
{
    return (pl_secret_hit){.kind = PL_S("named-secret"),
                           .title = named_title,
                           .severity = PL_HIGH,
                           .is_common = true,
                           .from = from,
                           .n = n};
}

static bool on_pair(void *arg, size_t from, size_t n)
{
    if (!is_due(arg, from))
        return true;
    return pl_secrets_scan_add(arg, named_hit(from, n));
}

static int by_place(const void *a, const void *b)
{
    const pl_secret_hit *x = a;
    const pl_secret_hit *y = b;
    if (x->from != y->from)
        return x->from < y->from ? -1 : 1;
    return (x->n < y->n) - (x->n > y->n);
}

/* The kind that tells more: a name says less than a shape of many, that less than a shape of one;
 * and the worse one what it opens. */
static int rank(const pl_secret_hit *h)
{
    if (pl_str_eq(h->kind, PL_S("named-secret")))
        return 0;
    return h->is_generic ? 1 : 2;
}

static bool tells_more(const pl_secret_hit *a, const pl_secret_hit *b)
{
    if (a->is_example != b->is_example)
        return b->is_example;
    if (rank(a) != rank(b))
        return rank(a) > rank(b);
    if (a->severity != b->severity)
        return a->severity > b->severity;
    return b->is_base64 && !a->is_base64;
}

/* Hits that overlap become one that covers both. */
static void merge(pl_secrets_scan *c)
{
    size_t kept = 0;

    if (c->n)
        qsort(c->hits, c->n, sizeof(*c->hits), by_place);
    for (size_t i = 1; i < c->n; i++) {
        pl_secret_hit *last = &c->hits[kept];
        const pl_secret_hit *next = &c->hits[i];
        size_t end = last->from + last->n;
        if (next->from >= end) {
            c->hits[++kept] = *next;
            continue;
        }
        size_t from = last->from;
        if (next->from + next->n > end)
            end = next->from + next->n;
        if (tells_more(next, last))
            *last = *next;
        last->from = from;
        last->n = end - from;
    }
    if (c->n)
        c->n = kept + 1;
}

static pl_rc search(pl_secrets_scan *c, pl_err *err)
{
    pl_secrets *s = c->s;

    if (c->text.n > UINT32_MAX)
        return pl_fail(err, PL_LIMIT, "%zu bytes to be searched for secrets", c->text.n);
    memset(s->next_from, 0, (s->n + s->n_wrapped) * sizeof(*s->next_from));
    if (c->text.n == 0)
        return PL_OK;
    hs_error_t bad = hs_scan(s->db, c->text.p, (unsigned)c->text.n, 0, s->scratch, on_candidate, c);
    if (bad != HS_SUCCESS && bad != HS_SCAN_TERMINATED)
        return pl_fail(err, PL_SYS, "search for secrets failed (%d)", bad);
    return PL_OK;
}

pl_rc pl_secrets_scan_run(pl_secrets_scan *c, pl_secrets_how how, pl_err *err)
{
    c->later = SIZE_MAX;
    pl_rc rc = search(c, err);
    if (rc)
        return rc;
    if (how == PL_SECRETS_PAIRS && !c->is_cut)
        pl_secrets_pairs(c->s, c->text, on_pair, c);
    merge(c);
    return PL_OK;
}

pl_rc pl_secrets_find(pl_secrets *s, pl_str bytes, pl_secrets_how how, pl_arena *a,
                      pl_secret_hits *ret, pl_err *err)
{
    pl_secrets_scan c = {.s = s, .text = bytes, .arena = a, .upto = SIZE_MAX};
    pl_rc rc = pl_secrets_scan_run(&c, how, err);

    if (rc)
        return rc;
    *ret = (pl_secret_hits){c.hits, c.n, c.is_cut};
    return PL_OK;
}

/* The shapes see NAME=VALUE, the pairs only the value: what the name says is known already. */
static pl_rc search_pair(pl_secrets_scan *c, pl_str joined, pl_str value, pl_err *err)
{
    const size_t name = joined.n - value.n;
    size_t kept = 0;

    c->text = joined;
    pl_rc rc = search(c, err);
    /* A secret in the name alone says nothing about the value. */
    for (size_t i = 0; i < c->n; i++)
        if (c->hits[i].from + c->hits[i].n > name)
            c->hits[kept++] = c->hits[i];
    c->n = kept;
    if (!rc && !c->is_cut)
        pl_secrets_pairs(c->s, value, on_pair, c);
    return rc;
}

pl_rc pl_secrets_pair(pl_secrets *s, pl_str name, pl_str value, bool *ret_found, pl_secret_hit *ret,
                      pl_err *err)
{
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(PL_SECRETS_HITS * sizeof(pl_secret_hit) * 4);
    PL_AUTO_BUF pl_buf joined = {0};
    pl_secrets_scan c = {.s = s, .arena = a, .upto = SIZE_MAX};
    bool found = pl_secrets_is_name(s, name) && !pl_secrets_is_placeholder(s, value);
    pl_secret_hit worst = named_hit(0, value.n);

    pl_buf_str(&joined, name);
    pl_buf_ch(&joined, '=');
    pl_buf_str(&joined, value);
    if (!a || !pl_buf_ok(&joined))
        return pl_fail(err, PL_NOMEM, "value of %.*s", PL_F(name));
    pl_rc rc = search_pair(&c, pl_buf_view(&joined), value, err);
    if (rc)
        return rc;

    for (size_t i = 0; i < c.n; i++)
        if (!found || tells_more(&c.hits[i], &worst)) {
            worst = c.hits[i];
            found = true;
        }
    /* What was not looked at to the end cannot be called harmless. */
    if (!found && c.is_cut) {
        worst.kind = PL_S("unsearched");
        worst.title = PL_S("Value that could not be searched to its end");
    }
    *ret_found = found || c.is_cut;
    worst.from = 0;
    worst.n = value.n;
    *ret = worst;
    return PL_OK;
}
