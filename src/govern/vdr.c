/* SPDX-License-Identifier: Apache-2.0 */
#include "govern/vdr.h"

#include "core/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const int64_t hour_us = INT64_C(3600) * 1000000, day_us = INT64_C(86400) * 1000000;

/* VER-TFR-EVU: days from detection to evaluation. VER-TFR-MAV: days from evaluation until what is
 * left is an accepted vulnerability. */
static const struct {
    char klass;
    int days;
} evaluate_within[] = {{'a', 14}, {'b', 7}, {'c', 5}, {'d', 2}};

enum { ACCEPT_DAYS = 192 };

static const struct {
    char klass;
    int impact;
    int hours[3]; /* reachable and likely, likely, not likely */
} mitigate_within[] = {
#define X(klass, impact, both, likely, neither) {klass, impact, {both, likely, neither}},
#include "govern/vdr.def"
#undef X
};

static const struct {
    const char *word, *heading;
} states[] = {
#define X(sym, word, heading) [PL_VDR_##sym] = {word, heading},
    PL_VDR_STATE_LIST(X)
#undef X
};

const char *pl_vdr_state_word(pl_vdr_state s)
{
    return states[s].word;
}

const char *pl_vdr_state_heading(pl_vdr_state s)
{
    return states[s].heading;
}

const char *pl_vdr_word_text(pl_vdr_word w)
{
    return w == PL_VDR_YES ? "yes" : w == PL_VDR_NO ? "no" : "unknown";
}

bool pl_vdr_word_parse(pl_str text, pl_vdr_word *ret)
{
    for (int w = PL_VDR_UNKNOWN; w <= PL_VDR_YES; w++)
        if (pl_str_eq(text, pl_str_c(pl_vdr_word_text((pl_vdr_word)w)))) {
            *ret = (pl_vdr_word)w;
            return true;
        }
    return false;
}

/* ---- what the facts say ---- */

static void say_reachable(pl_vdr *v)
{
    static const struct {
        const char *reach;
        pl_vdr_word word;
        const char *why;
    } rows[] = {
        {PL_REACH_PUBLISHED, PL_VDR_YES, "a container publishes a port beyond loopback"},
        {PL_REACH_NOT_PUBLISHED, PL_VDR_UNKNOWN,
         "no port is published; another container may hand on what comes from outside"},
        {PL_REACH_NOT_RUNNING, PL_VDR_NO, "no container of the image runs here"},
    };

    v->reachable = PL_VDR_UNKNOWN;
    v->why_reachable = PL_S("what runs it was not seen");
    for (size_t i = 0; i < PL_COUNT(rows); i++)
        if (v->reach && strcmp(rows[i].reach, v->reach) == 0) {
            v->reachable = rows[i].word;
            v->why_reachable = pl_str_c(rows[i].why);
        }
}

static void say_exploitable(pl_vdr *v, const pl_vdr_terms *t)
{
    bool is_likely = v->is_epss_known && v->epss_ppm >= t->likely_ppm;

    v->exploitable = v->kev || is_likely                   ? PL_VDR_YES
                     : v->is_kev_known && v->is_epss_known ? PL_VDR_NO
                                                           : PL_VDR_UNKNOWN;
    v->why_exploitable = v->kev      ? PL_S("on CISA's list of known exploited vulnerabilities")
                         : is_likely ? PL_S("EPSS is at or above the threshold")
                         : v->exploitable == PL_VDR_NO
                             ? PL_S("not on CISA's list, and EPSS is below the threshold")
                         : v->is_kev_known ? PL_S("there is no EPSS score")
                                           : PL_S("CISA's list is not installed, or too old");
}

/* ---- evaluations ---- */

/* Those of people, by what they speak of (the id of a finding, or of an advisory), then by time. */
struct said {
    const pl_govern_row **v;
    size_t n;
};

static int compare_said(const void *x, const void *y)
{
    const pl_govern_row *a = *(const pl_govern_row *const *)x,
                        *b = *(const pl_govern_row *const *)y;
    int by = pl_str_cmp(a->s.what, b->s.what);

    return by ? by : (a->s.number > b->s.number) - (a->s.number < b->s.number);
}

static bool gather(pl_arena *a, const pl_govern *g, struct said *ret)
{
    ret->v = pl_arena_calloc(a, g->n + 1, sizeof(*ret->v));
    for (size_t i = 0; ret->v && i < g->n; i++)
        if (pl_statement_is(&g->rows[i].s, PL_STATEMENT_EVALUATION))
            ret->v[ret->n++] = &g->rows[i];
    if (ret->n)
        qsort(ret->v, ret->n, sizeof(pl_govern_row *), compare_said);
    return ret->v != NULL;
}

/* Those about it: n of them from *ret_first on. */
static size_t about(const struct said *all, pl_str what, size_t *ret_first)
{
    size_t from = 0, to = all->n, n = 0;

    while (from < to) {
        size_t mid = from + (to - from) / 2;
        if (pl_str_cmp(all->v[mid]->s.what, what) < 0)
            from = mid + 1;
        else
            to = mid;
    }
    while (from + n < all->n && pl_str_eq(all->v[from + n]->s.what, what))
        n++;
    *ret_first = from;
    return n;
}

static int impact_of(pl_str word)
{
    bool is_one = word.n == 2 && word.p[0] == 'N' && word.p[1] >= '1' &&
                  word.p[1] <= '0' + PL_VDR_IMPACT_MOST;

    return is_one ? word.p[1] - '0' : 0;
}

/* One from before this episode speaks of another occurrence of the same thing. */
static bool is_in_time(const pl_govern_row *row, const pl_vdr *v, const pl_vdr_terms *t)
{
    return row->s.said_us >= v->detected_us && row->s.said_us < t->now_us &&
           (!v->gone_us || row->s.said_us < v->gone_us);
}

static void take_words(const pl_govern_row *row, pl_vdr *v)
{
    pl_vdr_word w;

    if (row->reachable.n && pl_vdr_word_parse(row->reachable, &w)) {
        v->reachable = w;
        v->why_reachable = row->s.text;
    }
    if (row->exploitable.n && pl_vdr_word_parse(row->exploitable, &w)) {
        v->exploitable = w;
        v->why_exploitable = row->s.text;
    }
}

static int by_time(const void *x, const void *y)
{
    const pl_govern_row *a = *(const pl_govern_row *const *)x,
                        *b = *(const pl_govern_row *const *)y;

    return (a->s.number > b->s.number) - (a->s.number < b->s.number);
}

static int hours_of(const pl_vdr *v, char klass)
{
    size_t column = v->exploitable == PL_VDR_NO ? 2 : v->reachable == PL_VDR_NO ? 1 : 0;

    for (size_t i = 0; i < PL_COUNT(mitigate_within); i++)
        if (mitigate_within[i].klass == klass && mitigate_within[i].impact == v->impact)
            return mitigate_within[i].hours[column];
    return 0;
}

/* The time for mitigation runs from the first one; its length is that of the newest. */
static void take(pl_vdr *v, const pl_vdr_terms *t, pl_vdr_evaluation *to,
                 const pl_vdr_evaluation *one)
{
    pl_vdr_evaluation *e = &to[v->n_evaluations++];

    *e = *one;
    v->impact = e->impact;
    v->evaluated_us = to[0].at_us;
    int hours = hours_of(v, t->klass);
    e->mitigate_by_us = hours ? v->evaluated_us + hours * hour_us : 0;
}

static bool evaluate(pl_arena *a, const struct said *all, const pl_vdr_terms *t, pl_vdr *v)
{
    int by_rule = (int)v->severity < PL_VDR_SEVERITIES ? t->impact[v->severity] : 0;
    size_t own = 0, general = 0;
    size_t n_own = about(all, pl_str_c(v->id), &own), n = n_own;
    n += about(all, v->advisory, &general);
    const pl_govern_row **rows = pl_arena_calloc(a, n + 1, sizeof(*rows));
    pl_vdr_evaluation *to = pl_arena_calloc(a, n + 2, sizeof(*to));

    if (!rows || !to)
        return false;
    for (size_t i = 0; i < n; i++)
        rows[i] = i < n_own ? all->v[own + i] : all->v[general + i - n_own];
    if (n)
        qsort(rows, n, sizeof(pl_govern_row *), by_time);
    v->evaluations = to;
    v->n_evaluations = 0;
    v->impact = 0;
    v->evaluated_us = 0;
    if (by_rule)
        take(v, t, to,
             &(pl_vdr_evaluation){.impact = by_rule,
                                  .at_us = v->detected_us,
                                  .by = PL_S("the rule for its severity"),
                                  .reason = PL_S(""),
                                  .number = -1});
    for (size_t i = 0; i < n; i++) {
        const pl_govern_row *row = rows[i];
        if (!is_in_time(row, v, t) || !impact_of(row->impact))
            continue;
        take_words(row, v);
        take(v, t, to,
             &(pl_vdr_evaluation){.impact = impact_of(row->impact),
                                  .at_us = row->s.said_us,
                                  .by = row->s.by,
                                  .reason = row->s.text,
                                  .number = row->s.number});
    }
    return true;
}

/* ---- times ---- */

static void set_times(pl_vdr *v, const pl_vdr_terms *t)
{
    int64_t due = 0;

    for (size_t i = 0; i < PL_COUNT(evaluate_within); i++)
        if (evaluate_within[i].klass == t->klass)
            v->evaluate_by_us = v->detected_us + evaluate_within[i].days * day_us;
    v->mitigate_by_us = v->accept_by_us = 0;
    if (v->evaluated_us) {
        v->mitigate_by_us = v->evaluations[v->n_evaluations - 1].mitigate_by_us;
        v->accept_by_us = v->evaluated_us + ACCEPT_DAYS * day_us;
    }
    /* Dates of the catalog are days; the day itself is in time. */
    if (v->kev && v->kev_due.n == 10) {
        char text[24];
        (void)snprintf(text, sizeof(text), "%.10sT00:00:00Z", v->kev_due.p);
        v->remedy_by_us = pl_time_parse(pl_str_c(text), &due) ? due + day_us : 0;
    }
}

static bool passed(int64_t by_us, int64_t end_us)
{
    return by_us && end_us >= by_us;
}

/* A lower impact that was said after the time of the higher one had passed does not undo that. */
static bool is_mitigated_late(const pl_vdr *v, int64_t end_us)
{
    for (size_t i = 0; i < v->n_evaluations; i++) {
        int64_t until = i + 1 < v->n_evaluations ? v->evaluations[i + 1].at_us : end_us;
        if (passed(v->evaluations[i].mitigate_by_us, until < end_us ? until : end_us))
            return true;
    }
    return false;
}

static void set_state(pl_vdr *v, const pl_vdr_terms *t)
{
    int64_t end = v->gone_us ? v->gone_us : t->now_us;
    /* What was accepted ends the times for mitigation and acceptance then, not before. */
    int64_t answered =
        v->is_settled && v->is_waived && v->settled_us && v->settled_us < end ? v->settled_us : end;

    v->state = v->gone_us                      ? PL_VDR_REMEDIED
               : v->is_settled && v->is_waived ? PL_VDR_ACCEPTED
               : v->is_settled                 ? PL_VDR_NOT_AFFECTED
                                               : PL_VDR_OPEN;
    if (v->state == PL_VDR_NOT_AFFECTED)
        return;
    v->is_late_evaluation = passed(v->evaluate_by_us, v->evaluated_us ? v->evaluated_us : end);
    v->is_late_remedy = passed(v->remedy_by_us, end);
    v->is_late_mitigation = is_mitigated_late(v, answered);
    v->is_late_acceptance = passed(v->accept_by_us, answered);
}

bool pl_vdr_is_late(const pl_vdr *v)
{
    return v->is_late_evaluation || v->is_late_mitigation || v->is_late_remedy ||
           v->is_late_acceptance;
}

static int64_t first_due(const pl_vdr *v)
{
    const int64_t all[] = {v->evaluated_us ? 0 : v->evaluate_by_us, v->mitigate_by_us,
                           v->remedy_by_us};
    int64_t first = INT64_MAX;

    for (size_t i = 0; i < PL_COUNT(all); i++)
        if (all[i] && all[i] < first)
            first = all[i];
    return first;
}

static int compare(const void *x, const void *y)
{
    const pl_vdr *a = x, *b = y;
    int64_t due_a = first_due(a), due_b = first_due(b);

    if (pl_vdr_is_late(a) != pl_vdr_is_late(b))
        return pl_vdr_is_late(a) ? -1 : 1;
    if (due_a != due_b)
        return due_a < due_b ? -1 : 1;
    if (a->detected_us != b->detected_us)
        return a->detected_us < b->detected_us ? -1 : 1;
    int by = pl_str_cmp(a->advisory, b->advisory);
    if (!by)
        by = pl_str_cmp(a->klass, b->klass);
    return by ? by : strcmp(a->id, b->id);
}

pl_rc pl_vdr_judge(pl_vdr_history *h, const pl_govern *said, const pl_vdr_terms *t, pl_err *err)
{
    struct said all = {0};

    if (!gather(h->arena, said, &all))
        return pl_fail(err, PL_LIMIT, "history of vulnerabilities: memory is used up");
    for (size_t i = 0; i < h->n; i++) {
        pl_vdr *v = &h->rows[i];
        say_reachable(v);
        say_exploitable(v, t);
        if (!evaluate(h->arena, &all, t, v))
            return pl_fail(err, PL_LIMIT, "history of vulnerabilities: memory is used up");
        set_times(v, t);
        set_state(v, t);
    }
    if (h->n)
        qsort(h->rows, h->n, sizeof(*h->rows), compare);
    h->index = NULL; /* rows have moved */
    return PL_OK;
}
