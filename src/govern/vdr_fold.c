/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From reports to the history of each vulnerability. A row is one episode: a finding's id and when
 * it was first seen. What a newer report looked at whole and does not have is gone since then.
 */
#include "govern/vdr.h"

#include "core/siphash.h"
#include "govern/limits.h"

#include <stdio.h>
#include <string.h>

enum { FIRST_ROOM = 1024 };

/* Open addressing: rows by id and detection, and classes by name; slots hold a number + 1. */
struct table {
    uint32_t *slots;
    size_t room;
};

/* A class of subjects, and the oldest folded report that looked at all of one of them. */
struct covered {
    pl_str klass;
    int64_t at_us;
};

struct pl_vdr_index {
    struct table rows, classes;
    struct covered *covered;
    size_t n_covered, room_covered;
};

static uint64_t hash_of(pl_str a, int64_t b)
{
    return pl_siphash(pl_sipkey_process(), a.p, a.n) ^ (uint64_t)b * UINT64_C(0x9e3779b97f4a7c15);
}

static void put(struct table *t, uint64_t hash, size_t number)
{
    size_t at = hash & (t->room - 1);

    while (t->slots[at])
        at = (at + 1) & (t->room - 1);
    t->slots[at] = (uint32_t)number + 1;
}

/* Twice as many slots as things. */
static bool widen(pl_arena *a, struct table *t, size_t things,
                  uint64_t (*hash)(const void *, size_t), const void *arg)
{
    if (t->room >= things * 2)
        return true;
    size_t room = t->room ? t->room * 2 : FIRST_ROOM;
    uint32_t *slots = pl_arena_calloc(a, room, sizeof(*slots));
    if (!slots)
        return false;
    *t = (struct table){slots, room};
    for (size_t i = 0; i + 1 < things; i++)
        put(t, hash(arg, i), i);
    return true;
}

/* One more at the end of an array in the arena; NULL: it is used up. */
static void *push(pl_arena *a, void **array, size_t *n, size_t *room, size_t size)
{
    if (*n == *room) {
        size_t more = *room ? *room * 2 : 64;
        void *p = pl_arena_calloc(a, more, size);
        if (!p)
            return NULL;
        if (*n)
            memcpy(p, *array, *n * size);
        *array = p;
        *room = more;
    }
    return (char *)*array + size * (*n)++;
}

/* ---- classes ---- */

static uint64_t hash_class(const void *arg, size_t i)
{
    return hash_of(((const struct pl_vdr_index *)arg)->covered[i].klass, 0);
}

static struct covered *find_class(const struct pl_vdr_index *x, pl_str klass)
{
    for (size_t at = hash_of(klass, 0); x->classes.room; at++) {
        uint32_t slot = x->classes.slots[at & (x->classes.room - 1)];
        if (!slot)
            return NULL;
        if (pl_str_eq(x->covered[slot - 1].klass, klass))
            return &x->covered[slot - 1];
    }
    return NULL;
}

static bool cover(pl_vdr_history *h, pl_str klass, int64_t at_us)
{
    struct pl_vdr_index *x = h->index;
    struct covered *c = find_class(x, klass);

    if (!c) {
        c = push(h->arena, (void **)&x->covered, &x->n_covered, &x->room_covered, sizeof(*c));
        if (!c)
            return false;
        c->klass = pl_arena_str(h->arena, klass);
        if (!c->klass.p || !widen(h->arena, &x->classes, x->n_covered, hash_class, x))
            return false;
        put(&x->classes, hash_of(klass, 0), x->n_covered - 1);
    }
    c->at_us = at_us;
    return true;
}

/* ---- rows ---- */

static uint64_t hash_row(const void *arg, size_t i)
{
    const pl_vdr *v = &((const pl_vdr_history *)arg)->rows[i];

    return hash_of(pl_str_c(v->id), v->detected_us);
}

static pl_vdr *find_row(const pl_vdr_history *h, const char *id, int64_t detected_us)
{
    const struct table *t = &h->index->rows;

    for (size_t at = hash_of(pl_str_c(id), detected_us); t->room; at++) {
        uint32_t slot = t->slots[at & (t->room - 1)];
        if (!slot)
            return NULL;
        pl_vdr *v = &h->rows[slot - 1];
        if (v->detected_us == detected_us && strcmp(v->id, id) == 0)
            return v;
    }
    return NULL;
}

static pl_str keep(pl_vdr_history *h, pl_str s, bool *ok)
{
    pl_str kept = pl_arena_str(h->arena, s);

    *ok = *ok && kept.p;
    return kept.p ? kept : (pl_str){"", 0};
}

/* From the best to the worst; what is not known may be worse than what runs unpublished. */
static const char *const reaches[] = {PL_REACH_NOT_RUNNING, PL_REACH_NOT_PUBLISHED, NULL,
                                      PL_REACH_PUBLISHED};

static size_t rank_of(const char *reach)
{
    size_t unknown = 2;

    for (size_t i = 0; reach && i < PL_COUNT(reaches); i++)
        if (reaches[i] && strcmp(reach, reaches[i]) == 0)
            return i;
    return unknown;
}

static void set_settled(pl_vdr_history *h, const pl_finding *f, pl_vdr *v, bool *ok)
{
    const pl_statement *s = f->statement;
    char number[32];

    v->is_settled = f->verdict == PL_WAIVED;
    if (!v->is_settled)
        return;
    v->is_waived = s || pl_str_eq(f->vuln->vex_status, PL_S("ignored"));
    v->settled = keep(h, s ? s->text : f->vuln->vex_reason, ok);
    (void)snprintf(number, sizeof(number), "waiver #%lld", s ? (long long)s->number : -1LL);
    v->settled_by = keep(h, s && s->number >= 0 ? pl_str_c(number) : f->vuln->vex_source, ok);
}

static bool fill(pl_vdr_history *h, const pl_finding *f, pl_vdr *v)
{
    const pl_vuln_facts *x = f->vuln;
    bool ok = true;
    pl_str *aliases = pl_arena_calloc(h->arena, x->n_aliases + 1, sizeof(*aliases));

    if (!aliases)
        return false;
    for (size_t i = 0; i < x->n_aliases; i++)
        aliases[i] = keep(h, x->aliases[i], &ok);
    v->aliases = aliases;
    v->n_aliases = x->n_aliases;
    v->klass = keep(h, f->subject->klass, &ok);
    v->kind = keep(h, f->subject->kind, &ok);
    v->advisory = keep(h, x->advisory, &ok);
    v->package = keep(h, x->package, &ok);
    v->version = keep(h, x->version, &ok);
    v->fixed_version = keep(h, x->fixed_version, &ok);
    v->ecosystem = keep(h, x->ecosystem, &ok);
    v->owner = keep(h, f->owner, &ok);
    v->kev_due = keep(h, x->kev_due, &ok);
    v->severity = f->severity;
    v->cvss_tenths = x->cvss_tenths;
    v->epss_ppm = x->epss_ppm;
    v->kev = x->kev;
    v->is_kev_known = x->kev || !x->kev_gap;
    v->is_epss_known = x->epss_ppm >= 0;
    set_settled(h, f, v, &ok);
    return ok;
}

/* Of several subjects of the class the one that can be reached counts, and the one that nothing
 * settles. */
static bool join(pl_vdr_history *h, const pl_finding *f, pl_vdr *v)
{
    size_t rank = rank_of(f->vuln->reach);
    bool ok = true;

    if (v->n_where == 0 || rank > rank_of(v->reach))
        v->reach = reaches[rank];
    if (f->verdict != PL_WAIVED)
        v->is_settled = v->is_waived = false;
    for (size_t i = 0; i < v->n_where; i++)
        if (pl_str_eq(v->where[i], f->subject->name))
            return true;
    pl_str *where = pl_arena_calloc(h->arena, v->n_where + 1, sizeof(*where));
    if (!where)
        return false;
    if (v->n_where)
        memcpy(where, v->where, v->n_where * sizeof(*where));
    where[v->n_where++] = keep(h, f->subject->name, &ok);
    v->where = where;
    return ok;
}

static pl_rc fold_finding(pl_vdr_history *h, const pl_finding *f, uint64_t entry, int64_t at_us,
                          pl_err *err)
{
    int64_t detected = f->first_seen_us && f->first_seen_us < at_us ? f->first_seen_us : at_us;
    pl_vdr *v = find_row(h, f->id, detected);
    const struct covered *c = find_class(h->index, f->subject->klass);

    if (!v) {
        if (h->n == PL_GOVERN_VDR)
            return pl_fail(err, PL_LIMIT, "more than %d vulnerabilities", PL_GOVERN_VDR);
        v = push(h->arena, (void **)&h->rows, &h->n, &h->room, sizeof(*v));
        if (!v || !fill(h, f, v))
            return pl_fail(err, PL_LIMIT, "history of vulnerabilities: memory is used up");
        memcpy(v->id, f->id, sizeof(v->id));
        v->detected_us = detected;
        v->seen_us = at_us;
        v->entry = entry;
        v->gone_us = c ? c->at_us : 0;
        if (!widen(h->arena, &h->index->rows, h->n, hash_row, h))
            return pl_fail(err, PL_LIMIT, "history of vulnerabilities: memory is used up");
        put(&h->index->rows, hash_of(pl_str_c(v->id), detected), h->n - 1);
    }
    if (v->entry == entry && !join(h, f, v))
        return pl_fail(err, PL_LIMIT, "history of vulnerabilities: memory is used up");
    return PL_OK;
}

pl_rc pl_vdr_fold(pl_vdr_history *h, const pl_assessment *a, uint64_t entry, pl_err *err)
{
    pl_rc rc = PL_OK;

    if (!h->index)
        h->index = PL_NEW(h->arena, struct pl_vdr_index);
    pl_vdr_report *r =
        h->index ? push(h->arena, (void **)&h->reports, &h->n_reports, &h->room_reports, sizeof(*r))
                 : NULL;
    if (!r)
        return pl_fail(err, PL_LIMIT, "history of vulnerabilities: memory is used up");
    *r = (pl_vdr_report){
        .entry = entry, .at_us = a->started_us, .verb = pl_arena_str(h->arena, a->verb)};
    for (size_t i = 0; !rc && i < a->n_findings; i++)
        if (a->findings[i]->vuln)
            rc = fold_finding(h, a->findings[i], entry, a->started_us, err);
    for (size_t i = 0; !rc && i < a->n_subjects; i++) {
        const char *matched = a->subjects[i].matched;
        bool is_whole = matched && strcmp(matched, PL_MATCHED_WHOLE) == 0;
        r->n_whole += is_whole;
        r->n_partly += matched && !is_whole;
        if (is_whole && !cover(h, a->subjects[i].subject->klass, a->started_us))
            rc = pl_fail(err, PL_LIMIT, "history of vulnerabilities: memory is used up");
    }
    return rc;
}
