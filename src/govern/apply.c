/* SPDX-License-Identifier: Apache-2.0 */
#include "govern/apply.h"

#include "core/clock.h"
#include "govern/attested.h"
#include "govern/limits.h"

#include <stdarg.h>
#include <string.h>

struct applying {
    pl_govern *g;
    const pl_govern_scope *scope;
    pl_arena *a;
    bool is_full;
};

static pl_str say(struct applying *p, const char *fmt, ...) PL_PRINTF(2, 3);

static pl_str say(struct applying *p, const char *fmt, ...)
{
    char line[1024];
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(line, sizeof(line), fmt, ap);
    va_end(ap);
    pl_str kept = pl_arena_str(p->a, pl_str_c(line));
    p->is_full |= !kept.p;
    return kept.p ? kept : (pl_str){"", 0};
}

static void set_state(pl_statement *s, pl_statement_state state)
{
    s->state = pl_statement_state_word(state);
}

/* Without a day that can be read it holds no more; nor longer than its kind may. Reviews are of a
 * day that is over and end never. */
static int64_t end_of(const pl_statement *s)
{
    static const struct {
        pl_statement_kind kind;
        int64_t days;
    } longest[] = {{PL_STATEMENT_ATTESTATION, PL_GOVERN_ATTEST_DAYS},
                   {PL_STATEMENT_WAIVER, PL_GOVERN_WAIVE_DAYS},
                   {PL_STATEMENT_WINDOW, PL_GOVERN_WINDOW_DAYS}};

    for (size_t i = 0; i < PL_COUNT(longest); i++) {
        int64_t last = s->said_us + longest[i].days * INT64_C(86400) * 1000000;
        if (pl_statement_is(s, longest[i].kind))
            return s->until_us < last ? s->until_us : last;
    }
    return INT64_MAX;
}

pl_statement_state pl_govern_state_at(const pl_govern_row *row, int64_t now_us)
{
    const pl_statement *s = &row->s;
    bool is_window = pl_statement_is(s, PL_STATEMENT_WINDOW);

    if (row->is_revoked)
        return PL_STATEMENT_REVOKED;
    if (is_window && s->ended_us)
        return s->ended_us > s->until_us ? PL_STATEMENT_OVERRUN : PL_STATEMENT_CLOSED;
    if (now_us >= end_of(s))
        return is_window ? PL_STATEMENT_OVERRUN : PL_STATEMENT_EXPIRED;
    return PL_STATEMENT_IN_FORCE;
}

/* ---- attestations ---- */

/* How many points rest on a statement that holds; the newest of those that hold, else of all. */
static size_t count_held(const struct applying *p, const pl_attested *w, pl_govern_row **ret)
{
    pl_govern_row *held = NULL, *any = NULL;
    size_t n = 0;

    for (size_t i = 0; i < w->n; i++) {
        pl_govern_row *row = w->points[i].row;
        if (!row)
            continue;
        row->is_current = true;
        any = !any || row->s.number > any->s.number ? row : any;
        if (pl_govern_state_at(row, p->scope->now_us) != PL_STATEMENT_IN_FORCE)
            continue;
        n++;
        held = !held || row->s.number > held->s.number ? row : held;
    }
    *ret = held ? held : any;
    return n;
}

static void fail_by(pl_finding *f, pl_govern_row *row, pl_str why)
{
    row->is_current = true;
    row->s.why = why;
    f->statement = &row->s;
    f->judged = f->verdict = PL_FAIL;
    f->reason = NULL;
}

static bool bears_on(const pl_check *c, const pl_requirement_id *id)
{
    for (size_t i = 0; i < c->n_controls; i++)
        for (size_t k = 0; k < c->controls[i].n; k++)
            if (pl_str_eq(c->controls[i].framework, id->framework) &&
                pl_str_eq(c->controls[i].ids[k], id->id))
                return true;
    return false;
}

/* The first check that fails and bears on it; NULL: none. */
static const pl_check *failing_check(const struct applying *p, const pl_requirement_id *id)
{
    for (size_t i = 0; i < p->scope->n_findings; i++) {
        const pl_finding *f = p->scope->findings[i];
        if (f->check && f->verdict == PL_FAIL && bears_on(f->check, id))
            return f->check;
    }
    return NULL;
}

/* What is said to be adopted, and fails. */
static bool is_contradicted(struct applying *p, const pl_attested *w, pl_finding *f)
{
    for (size_t i = 0; i < w->n; i++) {
        pl_govern_row *row = w->points[i].row;
        if (!row || !pl_str_eq(row->s.decision, PL_S(PL_DECISION_ADOPTED)) ||
            pl_govern_state_at(row, p->scope->now_us) != PL_STATEMENT_IN_FORCE)
            continue;
        const pl_check *c = failing_check(p, &w->points[i].id);
        if (!c)
            continue;
        fail_by(f, row,
                say(p, "%.*s is said to be adopted, and %.*s fails", PL_F(w->points[i].id.id),
                    PL_F(c->id)));
        return true;
    }
    return false;
}

static bool is_decided_wrongly(struct applying *p, const pl_attested *w, pl_finding *f)
{
    if (w->wrong && pl_govern_state_at(w->wrong, p->scope->now_us) == PL_STATEMENT_IN_FORCE) {
        fail_by(f, w->wrong,
                say(p, "%.*s is required: no decision takes its place", PL_F(w->wrong_id)));
        return true;
    }
    return f->check->decides.n && is_contradicted(p, w, f);
}

static pl_rc attest(struct applying *p, pl_finding *f, pl_err *err)
{
    pl_attested wanted;
    pl_govern_row *row = NULL;
    pl_rc rc = pl_attested_of(p->scope->content, p->g, f->check, p->a, &wanted, err);

    if (rc)
        return rc;
    size_t n_held = count_held(p, &wanted, &row);
    if (is_decided_wrongly(p, &wanted, f) || !row)
        return PL_OK;
    f->statement = &row->s;
    f->judged = f->verdict;
    if (n_held == wanted.n) {
        f->verdict = PL_ATTESTED;
        f->reason = NULL;
    } else {
        f->reason = n_held ? PL_ATTESTATION_PARTIAL : PL_ATTESTATION_EXPIRED;
    }
    return PL_OK;
}

/* ---- waivers ---- */

/* The digits of an id or a digest; keys that are no id (of declared files) have no beginnings. */
static pl_str digits_of(pl_str key)
{
    pl_str digits = pl_str_starts(key, PL_S("sha256:")) ? pl_str_sub(key, 7, key.n) : key;

    for (size_t i = 0; i < digits.n; i++)
        if (!digits.p[i] || !strchr("0123456789abcdef", digits.p[i]))
            return (pl_str){"", 0};
    return digits;
}

static bool begins_id(pl_str key, pl_str beginning)
{
    enum { SHORTEST = 8 };
    pl_str digits = digits_of(beginning);

    return digits.n >= SHORTEST && pl_str_starts(digits_of(key), digits);
}

bool pl_govern_in_scope(pl_str scope, const pl_subject *s)
{
    pl_str rest = scope, kind;

    if (scope.n == 0)
        return true;
    if (!pl_str_cut(&rest, ':', &kind) || !pl_str_eq(kind, s->kind))
        return false;
    return pl_str_eq(rest, s->name) || pl_str_eq(rest, s->key) || pl_str_eq(rest, s->klass) ||
           begins_id(s->key, rest);
}

static pl_str value_of(const pl_finding *f, pl_str name, bool *ret_has)
{
    for (size_t i = 0; i < f->n_evidence; i++) {
        if (pl_str_eq(pl_str_c(f->evidence[i].field), name)) {
            *ret_has = true;
            return f->evidence[i].value;
        }
    }
    *ret_has = f->vuln != NULL;
    if (f->vuln && pl_str_eq(name, PL_S(PL_GOVERN_VERSION)))
        return f->vuln->version;
    if (f->vuln && pl_str_eq(name, PL_S(PL_GOVERN_FIXED)))
        return f->vuln->fixed_version;
    *ret_has = false;
    return (pl_str){"", 0};
}

/* The first value that is another one now, in words. */
static pl_str what_differs(struct applying *p, const pl_govern_row *row, const pl_finding *f)
{
    const pl_waiver_binding *b = row->n_bindings ? &row->bindings[0] : NULL;

    for (size_t i = 0; i < row->n_bindings; i++)
        if (pl_str_eq(row->bindings[i].subject, f->subject->key))
            b = &row->bindings[i];
    for (size_t i = 0; b && i < b->n_fields; i++) {
        bool has = false;
        pl_str now = value_of(f, b->fields[i].name, &has);
        bool is_cut = b->fields[i].value.n > PL_GOVERN_VALUE - 4; /* within a character, too */
        bool is_same =
            is_cut ? pl_str_starts(now, b->fields[i].value) : pl_str_eq(now, b->fields[i].value);
        if (has && !is_same)
            return say(p, "the evidence changed: %.*s was %.*s, is %.*s", PL_F(b->fields[i].name),
                       PL_F(b->fields[i].value), PL_F(pl_str_sub(now, 0, PL_GOVERN_VALUE)));
    }
    return say(p, "the evidence changed (SHA-256 of it is now %.16s...)", f->evidence_hash);
}

static bool is_bound(const pl_govern_row *row, const pl_finding *f)
{
    for (size_t i = 0; f->evidence_hash[0] && i < row->n_bindings; i++)
        if (pl_str_eq(row->bindings[i].hash, pl_str_c(f->evidence_hash)))
            return true;
    return false;
}

/* For reports that know only what VEX and ignore files say of a vulnerability. */
static void settle_vuln(struct applying *p, pl_finding *f, const pl_govern_row *row)
{
    pl_vuln_facts *v = f->vuln ? PL_NEW(p->a, pl_vuln_facts) : NULL;

    if (!v) {
        p->is_full |= f->vuln != NULL;
        return;
    }
    *v = *f->vuln;
    v->vex_status = PL_S("ignored");
    v->vex_reason = row->s.text;
    v->vex_source = say(p, "waiver #%lld", (long long)row->s.number);
    v->is_settled = true;
    f->vuln = v;
}

/* How many findings a waiver speaks of, and how many of them are those that it was given for. */
struct met {
    size_t n, n_bound;
};

/* A waiver that holds goes before one that does not. What another statement waives already still
 * fails, so this one speaks of something. */
static void waive(struct applying *p, pl_govern_row *row, pl_finding *f, struct met *met)
{
    if (pl_finding_judged(f) != PL_FAIL || !pl_str_eq(row->s.what, pl_str_c(f->id)) ||
        !pl_govern_in_scope(row->s.scope, f->subject))
        return;
    bool is_free = f->verdict == PL_FAIL;
    met->n++;
    if (is_free) {
        f->statement = &row->s;
        f->judged = f->verdict;
    }
    if (pl_govern_state_at(row, p->scope->now_us) != PL_STATEMENT_IN_FORCE)
        return;
    if (is_bound(row, f)) {
        met->n_bound++;
        if (is_free) {
            f->verdict = PL_WAIVED;
            settle_vuln(p, f, row);
        }
    } else if (!row->s.why.n) {
        row->s.why = what_differs(p, row, f);
    }
}

static bool looked_at(const struct applying *p, const pl_govern_row *row)
{
    static const char *const seen[] = {"host", "engine", "container"};

    for (size_t i = 0; i < p->scope->n_subjects; i++)
        if (pl_str_eq(p->scope->subjects[i]->klass, row->klass))
            return true;
    for (size_t i = 0; p->scope->is_audit && i < PL_COUNT(seen); i++)
        if (pl_str_eq(row->kind, pl_str_c(seen[i])))
            return true;
    return false;
}

static void apply_waiver(struct applying *p, pl_govern_row *row)
{
    struct met met = {0};
    pl_statement_state state = pl_govern_state_at(row, p->scope->now_us);

    for (size_t i = 0; i < p->scope->n_findings; i++)
        waive(p, row, p->scope->findings[i], &met);
    if (met.n == 0 && !looked_at(p, row)) {
        state = PL_STATEMENT_ELSEWHERE;
    } else if (met.n == 0 && state == PL_STATEMENT_IN_FORCE) {
        state = PL_STATEMENT_UNMATCHED;
        row->s.why = say(p, "nothing that was looked at fails with this finding any more");
    } else if (state == PL_STATEMENT_IN_FORCE && met.n_bound == 0) {
        state = PL_STATEMENT_LAPSED;
    }
    set_state(&row->s, state);
}

/* ---- windows ---- */

static bool names_check(const pl_govern_row *row, const pl_check *c)
{
    for (size_t i = 0; i < row->n_checks; i++)
        if (pl_str_eq(row->checks[i], c->id))
            return true;
    return row->n_checks == 0;
}

static void apply_window(struct applying *p, pl_govern_row *row)
{
    pl_statement_state state = pl_govern_state_at(row, p->scope->now_us);

    set_state(&row->s, state);
    for (size_t i = 0; i < p->scope->n_findings && state == PL_STATEMENT_IN_FORCE; i++) {
        pl_finding *f = p->scope->findings[i];
        if (f->verdict != PL_FAIL || !f->check || !f->check->window.n ||
            !pl_str_eq(f->subject->key, row->s.what) || !names_check(row, f->check))
            continue;
        f->statement = &row->s;
        f->judged = f->verdict;
        f->verdict = PL_WAIVED;
    }
}

/* ---- lines of ignore files ---- */

static bool is_same_line(const pl_statement *s, const pl_vuln_facts *v)
{
    return pl_statement_is(s, PL_STATEMENT_IGNORE) && pl_str_eq(s->what, v->advisory) &&
           pl_str_eq(s->scope, v->vex_source) && pl_str_eq(s->text, v->vex_reason);
}

static pl_statement *line_of(struct applying *p, const pl_vuln_facts *v, pl_statement *last)
{
    if (last && is_same_line(last, v))
        return last;
    pl_statement *s = PL_NEW(p->a, pl_statement);
    if (!s) {
        p->is_full = true;
        return NULL;
    }
    *s = (pl_statement){.kind = pl_statement_kind_word(PL_STATEMENT_IGNORE),
                        .state = pl_statement_state_word(PL_STATEMENT_IN_FORCE),
                        .number = -1,
                        .what = v->advisory,
                        .title = v->package,
                        .scope = v->vex_source,
                        .text = v->vex_reason,
                        .uid = -1};
    return s;
}

static bool is_ignored(const pl_finding *f)
{
    return f->vuln && f->verdict == PL_WAIVED && !f->statement &&
           pl_str_eq(f->vuln->vex_status, PL_S("ignored"));
}

/* The same mechanism, written another way: a line is a waiver of every package that it names. */
static void apply_lines(struct applying *p)
{
    pl_statement *last = NULL;

    for (size_t i = 0; i < p->scope->n_findings; i++) {
        pl_finding *f = p->scope->findings[i];
        if (!is_ignored(f) || !(last = line_of(p, f->vuln, last)))
            continue;
        f->statement = last;
        f->judged = PL_FAIL;
    }
}

/* ---- all ---- */

/* Windows that were closed, and reviews, stay for a month. */
static bool is_shown(const pl_govern *g, const pl_govern_row *row, int64_t now_us)
{
    const int64_t month_us = INT64_C(31) * 86400 * 1000000;

    if (row->is_revoked || (row->s.ended_us && now_us - row->s.ended_us > month_us) ||
        pl_statement_has_state(&row->s, PL_STATEMENT_ELSEWHERE))
        return false;
    if (pl_statement_is(&row->s, PL_STATEMENT_REVIEW))
        return now_us - row->s.said_us < month_us;
    if (pl_statement_is(&row->s, PL_STATEMENT_ATTESTATION))
        return row->is_current || pl_govern_attestation(g, row->s.what) == row;
    return true;
}

/* Those of the log; then the lines of ignore files that findings point to. */
static void list(struct applying *p, pl_statement *to, size_t *n)
{
    const pl_statement *last = NULL;

    for (size_t i = 0; i < p->g->n; i++)
        if (is_shown(p->g, &p->g->rows[i], p->scope->now_us))
            to[(*n)++] = p->g->rows[i].s;
    for (size_t i = 0; i < p->scope->n_findings; i++) {
        const pl_statement *s = p->scope->findings[i]->statement;
        if (s && s != last && s->number < 0)
            to[(*n)++] = *s;
        if (s && s->number < 0)
            last = s;
    }
}

/* Findings point into the list that the report has. */
static void point(const struct applying *p, const pl_statement *all, size_t n)
{
    for (size_t i = 0; i < p->scope->n_findings; i++) {
        pl_finding *f = p->scope->findings[i];
        const pl_statement *was = f->statement;
        f->statement = NULL;
        for (size_t k = 0; was && k < n; k++) {
            bool is_it = was->number >= 0 ? all[k].number == was->number
                                          : f->vuln && is_same_line(&all[k], f->vuln);
            if (is_it)
                f->statement = &all[k];
        }
    }
}

static void apply_row(struct applying *p, pl_govern_row *row)
{
    if (pl_statement_is(&row->s, PL_STATEMENT_WAIVER) && !row->is_revoked)
        apply_waiver(p, row);
    else if (pl_statement_is(&row->s, PL_STATEMENT_WINDOW))
        apply_window(p, row);
    else
        set_state(&row->s, pl_govern_state_at(row, p->scope->now_us));
}

pl_rc pl_govern_apply(pl_govern *g, const pl_govern_scope *scope, pl_arena *a,
                      const pl_statement **ret, size_t *ret_n, pl_err *err)
{
    struct applying p = {.g = g, .scope = scope, .a = a};
    size_t n = 0;
    pl_rc rc = PL_OK;

    apply_lines(&p);
    for (size_t i = 0; i < g->n; i++)
        apply_row(&p, &g->rows[i]);
    for (size_t i = 0; !rc && i < scope->n_findings; i++) {
        pl_finding *f = scope->findings[i];
        if (f->check && f->verdict == PL_UNKNOWN && pl_str_eq(f->check->needs, PL_S("attest")))
            rc = attest(&p, f, err);
    }
    if (rc)
        return rc;
    pl_statement *all = pl_arena_calloc(a, g->n + scope->n_findings + 1, sizeof(*all));
    if (!all || p.is_full)
        return pl_fail(err, PL_LIMIT, "statements do not fit the memory of the run");
    list(&p, all, &n);
    point(&p, all, n);
    *ret = all;
    *ret_n = n;
    return PL_OK;
}
