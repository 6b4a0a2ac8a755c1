/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From reports to the history of each vulnerability. A row is one episode: a finding's id, from
 * when it was first seen until a newer report looked where it was and did not have it.
 *
 * A class has several subjects (web:1, web:2), and one without the vulnerability says nothing of
 * another. So it is gone when each subject that had it was looked at again, whole; or when an audit
 * looked at all that the host has of the class. A scan says nothing of what an audit found: the
 * host may have another image under that name.
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

/* A subject of a class, and the oldest folded report that looked at all of it; without a name: the
 * oldest audit that looked at all subjects of the class. */
struct covered {
    pl_str klass, name;
    int64_t any_us, audit_us;
    uint64_t partly_in; /* report in which some of the class was not looked at whole */
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

/* ---- what was looked at ---- */

static uint64_t hash_names(pl_str klass, pl_str name)
{
    return hash_of(klass, (int64_t)hash_of(name, 0));
}

static uint64_t hash_class(const void *arg, size_t i)
{
    const struct covered *c = &((const struct pl_vdr_index *)arg)->covered[i];

    return hash_names(c->klass, c->name);
}

static struct covered *find_covered(const struct pl_vdr_index *x, pl_str klass, pl_str name)
{
    for (size_t at = hash_names(klass, name); x->classes.room; at++) {
        uint32_t slot = x->classes.slots[at & (x->classes.room - 1)];
        if (!slot)
            return NULL;
        struct covered *c = &x->covered[slot - 1];
        if (pl_str_eq(c->klass, klass) && pl_str_eq(c->name, name))
            return c;
    }
    return NULL;
}

/* NULL: the arena is used up. */
static struct covered *covered_of(pl_vdr_history *h, pl_str klass, pl_str name)
{
    struct pl_vdr_index *x = h->index;
    struct covered *c = find_covered(x, klass, name);

    if (c)
        return c;
    c = push(h->arena, (void **)&x->covered, &x->n_covered, &x->room_covered, sizeof(*c));
    if (!c)
        return NULL;
    c->klass = pl_arena_str(h->arena, klass);
    c->name = pl_arena_str(h->arena, name);
    if (!c->klass.p || !c->name.p || !widen(h->arena, &x->classes, x->n_covered, hash_class, x))
        return NULL;
    put(&x->classes, hash_names(klass, name), x->n_covered - 1);
    return c;
}

static bool is_whole(const pl_scope_subject *s)
{
    return s->matched && strcmp(s->matched, PL_MATCHED_WHOLE) == 0;
}

/* Subjects of its kind that the report could not come by may be of its class. */
static bool may_miss(const pl_assessment *a, pl_str kind)
{
    for (size_t i = 0; i < a->n_gaps; i++)
        if (pl_str_has(a->gaps[i].kind, kind))
            return true;
    return false;
}

static bool note_partly(pl_vdr_history *h, const pl_assessment *a, uint64_t entry)
{
    for (size_t i = 0; i < a->n_subjects; i++) {
        const pl_subject *s = a->subjects[i].subject;
        if (!a->subjects[i].matched || (is_whole(&a->subjects[i]) && !may_miss(a, s->kind)))
            continue;
        struct covered *c = covered_of(h, s->klass, (pl_str){"", 0});
        if (!c)
            return false;
        c->partly_in = entry;
    }
    return true;
}

static bool cover(pl_vdr_history *h, const pl_assessment *a, uint64_t entry)
{
    bool is_audit = pl_str_eq(a->verb, PL_S("audit"));

    for (size_t i = 0; i < a->n_subjects; i++) {
        const pl_subject *s = a->subjects[i].subject;
        if (!is_whole(&a->subjects[i]))
            continue;
        struct covered *all = covered_of(h, s->klass, (pl_str){"", 0});
        if (!all)
            return false;
        if (is_audit && all->partly_in != entry)
            all->audit_us = a->started_us;
        struct covered *own = covered_of(h, s->klass, s->name);
        if (!own)
            return false;
        own->any_us = a->started_us;
        if (is_audit)
            own->audit_us = a->started_us;
    }
    return true;
}

/* When the oldest newer report looked where this was found; 0: none did. */
static int64_t looked_since(const struct pl_vdr_index *x, const pl_finding *f, bool by_audit)
{
    const struct covered *all = find_covered(x, f->subject->klass, (pl_str){"", 0}),
                         *own = find_covered(x, f->subject->klass, f->subject->name);
    int64_t of_all = all ? all->audit_us : 0;
    int64_t of_own = !own ? 0 : by_audit ? own->audit_us : own->any_us;

    if (!of_all || !of_own)
        return of_all + of_own;
    return of_all < of_own ? of_all : of_own;
}

/* ---- rows ---- */

static uint64_t hash_row(const void *arg, size_t i)
{
    return hash_of(pl_str_c(((const pl_vdr_history *)arg)->rows[i].id), 0);
}

/* Its oldest episode until now: the table leads to the newest, that to those before it. */
static pl_vdr *find_row(const pl_vdr_history *h, const char *id)
{
    const struct table *t = &h->index->rows;

    for (size_t at = hash_of(pl_str_c(id), 0); t->room; at++) {
        uint32_t slot = t->slots[at & (t->room - 1)];
        if (!slot)
            return NULL;
        pl_vdr *v = &h->rows[slot - 1];
        if (strcmp(v->id, id) != 0)
            continue;
        while (v->before)
            v = &h->rows[v->before];
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

static bool is_waiver(const pl_finding *f)
{
    return f->statement || pl_str_eq(f->vuln->vex_status, PL_S("ignored"));
}

static void set_settled(pl_vdr_history *h, const pl_finding *f, pl_vdr *v, bool *ok)
{
    const pl_statement *s = f->statement;
    char number[32];

    v->is_settled = f->verdict == PL_WAIVED;
    if (!v->is_settled)
        return;
    v->is_waived = is_waiver(f);
    v->settled = keep(h, s ? s->text : f->vuln->vex_reason, ok);
    (void)snprintf(number, sizeof(number), "waiver #%lld", s ? (long long)s->number : -1LL);
    v->settled_by = keep(h, s && s->number >= 0 ? pl_str_c(number) : f->vuln->vex_source, ok);
    v->settled_us = s ? s->said_us : v->seen_us;
}

static void set_open(pl_vdr *v)
{
    v->is_settled = v->is_waived = false;
    v->settled = v->settled_by = (pl_str){"", 0};
    v->settled_us = 0;
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
    v->is_settled = f->verdict == PL_WAIVED;
    return ok;
}

/* Of several subjects of the class the one that can be reached counts, the one that nothing
 * settles, and the one that was looked at last. */
static bool join(pl_vdr_history *h, const pl_finding *f, int64_t since, pl_vdr *v)
{
    size_t rank = rank_of(f->vuln->reach);
    bool ok = true;

    if (v->n_where == 0 || rank > rank_of(v->reach))
        v->reach = reaches[rank];
    if (f->verdict != PL_WAIVED)
        set_open(v);
    else if (v->is_settled && !v->is_waived)
        set_settled(h, f, v, &ok);
    if (v->n_where == 0 || !since || (v->gone_us && since > v->gone_us))
        v->gone_us = since;
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

/* One that was there in an older report, too. */
static void extend(const pl_finding *f, int64_t detected, int64_t at_us, pl_vdr *v)
{
    if (detected < v->detected_us)
        v->detected_us = detected;
    v->oldest_us = at_us;
    /* A line of an ignore file has no time of its own: as far back as it was heeded. */
    if (f->verdict != PL_WAIVED)
        v->was_open = true;
    else if (!v->was_open && !f->statement && v->is_settled && at_us < v->settled_us)
        v->settled_us = at_us;
}

static pl_rc used_up(pl_err *err)
{
    return pl_fail(err, PL_LIMIT, "history of vulnerabilities: memory is used up");
}

static pl_rc add_row(pl_vdr_history *h, const pl_finding *f, pl_vdr *newer, pl_vdr **ret,
                     pl_err *err)
{
    size_t above = newer ? (size_t)(newer - h->rows) : 0;

    if (h->n == PL_GOVERN_VDR)
        return pl_fail(err, PL_LIMIT, "more than %d vulnerabilities", PL_GOVERN_VDR);
    pl_vdr *v = push(h->arena, (void **)&h->rows, &h->n, &h->room, sizeof(*v));
    if (!v || !fill(h, f, v))
        return used_up(err);
    memcpy(v->id, f->id, sizeof(v->id));
    if (newer)
        h->rows[above].before = h->n - 1; /* rows may have moved */
    if (!widen(h->arena, &h->index->rows, h->n, hash_row, h))
        return used_up(err);
    put(&h->index->rows, hash_of(pl_str_c(v->id), 0), h->n - 1);
    *ret = v;
    return PL_OK;
}

/* A report as it is folded. */
struct folded {
    uint64_t entry;
    int64_t at_us;
    bool by_audit;
    bool may_add; /* second round: what the newer rows do not go back to */
};

/* In the first round of a report, rows that are there go back to it; a subject that lost it in
 * between does not begin another one where one that kept it is found further on. */
static pl_rc fold_finding(pl_vdr_history *h, const pl_finding *f, const struct folded *r,
                          pl_err *err)
{
    int64_t first = f->first_seen_us, at_us = r->at_us;
    int64_t detected = first && first < at_us ? first : at_us;
    int64_t since = looked_since(h->index, f, r->by_audit);
    pl_vdr *v = find_row(h, f->id);
    bool is_there = v && (v->oldest_us == at_us || !since || since >= v->oldest_us);

    if (!is_there && !r->may_add)
        return PL_OK;
    if (!is_there) {
        pl_rc rc = add_row(h, f, v, &v, err);
        if (rc)
            return rc;
        v->detected_us = detected;
        v->seen_us = at_us;
        v->entry = r->entry;
    }
    extend(f, detected, at_us, v);
    if (v->entry == r->entry && !join(h, f, since, v))
        return used_up(err);
    return PL_OK;
}

static pl_rc fold_findings(pl_vdr_history *h, const pl_assessment *a, struct folded r, pl_err *err)
{
    pl_rc rc = PL_OK;

    for (size_t i = 0; !rc && i < a->n_findings; i++)
        if (a->findings[i]->vuln)
            rc = fold_finding(h, a->findings[i], &r, err);
    return rc;
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
        return used_up(err);
    *r = (pl_vdr_report){
        .entry = entry, .at_us = a->started_us, .verb = pl_arena_str(h->arena, a->verb)};
    for (int round = 0; !rc && round < 2; round++)
        rc = fold_findings(
            h, a,
            (struct folded){entry, a->started_us, pl_str_eq(a->verb, PL_S("audit")), round > 0},
            err);
    for (size_t i = 0; i < a->n_subjects; i++) {
        r->n_whole += is_whole(&a->subjects[i]);
        r->n_partly += a->subjects[i].matched && !is_whole(&a->subjects[i]);
    }
    if (!rc && (!note_partly(h, a, entry) || !cover(h, a, entry)))
        rc = used_up(err);
    return rc;
}
