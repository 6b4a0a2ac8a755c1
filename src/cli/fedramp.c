/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/fedramp.h"

#include "cli/json_head.h"
#include "cli/outputs.h"
#include "core/json_put.h"
#include "core/text.h"

#include <string.h>

enum { DAY_TEXT = 10 };

/* ---- what both have ---- */

static bool is_of_time(const pl_vdr *v, const pl_fedramp_time *time)
{
    return !v->gone_us || v->gone_us >= time->from_us;
}

static const char *class_name(char klass)
{
    static const char *const names[] = {"A", "B (Low)", "C (Moderate)", "D (High)"};

    return names[klass - 'a'];
}

/* X(member, JSON word, words for people) */
#define LATE_LIST(X)                                                                               \
    X(is_late_evaluation, "evaluation", "evaluation")                                              \
    X(is_late_mitigation, "mitigation", "mitigation")                                              \
    X(is_late_remedy, "known-exploited", "known exploited")                                        \
    X(is_late_acceptance, "acceptance", "to be marked as accepted")

/* ---- text ---- */

struct text {
    const pl_vdr_history *h;
    const pl_vdr_terms *t;
    const pl_fedramp_time *time;
    const pl_cli *cli;
    pl_arena *a;
    pl_buf *out;
};

static pl_str day_of(pl_arena *a, int64_t us)
{
    char text[PL_TIME_TEXT];

    pl_time_print(us, text);
    return us ? pl_arena_str(a, pl_str_sub(pl_str_c(text), 0, DAY_TEXT)) : PL_S("-");
}

/* The last day on which it is in time. */
static pl_str last_day(pl_arena *a, int64_t by_us)
{
    return day_of(a, by_us ? by_us - 1 : 0);
}

static pl_str late_of(pl_arena *a, const pl_vdr *v)
{
    PL_AUTO_BUF pl_buf b = {0};

#define X(member, word, words)                                                                     \
    if (v->member)                                                                                 \
        pl_buf_fmt(&b, "%s%s", b.n ? ", " : "", words);
    LATE_LIST(X)
#undef X
    return b.n ? pl_arena_str(a, pl_buf_view(&b)) : PL_S("-");
}

static pl_str and_more(pl_arena *a, pl_str first, size_t n)
{
    PL_AUTO_BUF pl_buf b = {0};

    if (n < 2)
        return first;
    pl_buf_fmt(&b, "%.*s +%zu", PL_F(first), n - 1);
    return pl_arena_str(a, pl_buf_view(&b));
}

static pl_str impact_of(pl_arena *a, const pl_vdr *v)
{
    char text[8];

    (void)snprintf(text, sizeof(text), "N%d", v->impact);
    return v->impact ? pl_arena_str(a, pl_str_c(text)) : PL_S("not said");
}

static bool is_wanted(const struct text *x, const pl_vdr *v, pl_vdr_state state, bool late)
{
    return is_of_time(v, x->time) && v->state == state &&
           (state != PL_VDR_OPEN || pl_vdr_is_late(v) == late);
}

static int64_t next_step(const pl_vdr *v)
{
    return v->evaluated_us ? v->mitigate_by_us : v->evaluate_by_us;
}

/* Packages of one vulnerability in one place that stand alike are a group (VER-EVA-GRV). */
static bool is_alike(const pl_vdr *a, const pl_vdr *b)
{
    return pl_str_eq(a->advisory, b->advisory) && pl_str_eq(a->klass, b->klass) &&
           a->detected_us == b->detected_us && a->gone_us == b->gone_us && a->impact == b->impact &&
           a->reachable == b->reachable && a->exploitable == b->exploitable &&
           next_step(a) == next_step(b) && pl_vdr_is_late(a) == pl_vdr_is_late(b);
}

static void print_row(const struct text *x, pl_grid *g, const pl_vdr *v, size_t n)
{
    pl_grid_add(g, v->advisory);
    pl_grid_add(g, and_more(x->a, v->package, n));
    pl_grid_add(g, and_more(x->a, v->n_where ? v->where[0] : PL_S("-"), v->n_where));
    pl_grid_add(g, day_of(x->a, v->detected_us));
    pl_grid_add(g, impact_of(x->a, v));
    pl_grid_add(g, pl_str_c(pl_vdr_word_text(v->reachable)));
    pl_grid_add(g, pl_str_c(pl_vdr_word_text(v->exploitable)));
    pl_grid_add(g, v->gone_us ? day_of(x->a, v->gone_us) : last_day(x->a, next_step(v)));
    pl_grid_add(g, late_of(x->a, v));
}

static void print_part(const struct text *x, pl_vdr_state state, bool late)
{
    const char *const heads[] = {
        "VULNERABILITY", "PACKAGE",   "WHERE",  "DETECTED",
        "IMPACT",        "REACHABLE", "LIKELY", state == PL_VDR_REMEDIED ? "GONE ON" : "STEP BY",
        "LATE"};
    pl_grid g = pl_cli_grid(x->cli, PL_COUNT(heads));
    const pl_vdr *rows = x->h->rows;
    size_t n = 0, all = x->h->n;

    for (size_t i = 0; i < PL_COUNT(heads); i++)
        pl_grid_add(&g, pl_str_c(heads[i]));
    for (size_t i = 0, group = 1; i < all; i += group, group = 1) {
        if (!is_wanted(x, &rows[i], state, late))
            continue;
        while (i + group < all && is_wanted(x, &rows[i + group], state, late) &&
               is_alike(&rows[i], &rows[i + group]))
            group++;
        print_row(x, &g, &rows[i], group);
        n += group;
    }
    pl_buf_fmt(x->out, "\n%s: %zu\n",
               state != PL_VDR_OPEN ? pl_vdr_state_heading(state)
               : late               ? "Open and late"
                                    : "Open, in time",
               n);
    if (n) {
        pl_buf_ch(x->out, '\n');
        pl_grid_print(&g, x->out);
    }
}

static void print_accepted(const struct text *x)
{
    for (size_t i = 0; i < x->h->n; i++) {
        const pl_vdr *v = &x->h->rows[i];
        if (!is_wanted(x, v, PL_VDR_ACCEPTED, false))
            continue;
        pl_buf_fmt(x->out, "  %s: ", v->id);
        pl_text_visible(x->out, v->settled, PL_TEXT_ALL);
        pl_buf_c(x->out, " (");
        pl_text_visible(x->out, v->settled_by, PL_TEXT_ALL);
        pl_buf_c(x->out, ")\n");
    }
}

static void print_counts(const struct text *x)
{
    size_t came = 0, evaluated = 0, gone = 0, late = 0, open = 0;

    for (size_t i = 0; i < x->h->n; i++) {
        const pl_vdr *v = &x->h->rows[i];
        came += v->detected_us >= x->time->from_us;
        evaluated += v->evaluated_us >= x->time->from_us;
        gone += v->gone_us >= x->time->from_us;
        open += v->state == PL_VDR_OPEN;
        late += v->state == PL_VDR_OPEN && pl_vdr_is_late(v);
    }
    pl_buf_fmt(x->out,
               "In this time   %zu detected, %zu evaluated, %zu remedied\n"
               "At its end     %zu open, %zu of them late\n",
               came, evaluated, gone, open, late);
}

/* What stands on too little is said before it is read. */
static void print_base(const struct text *x)
{
    size_t n = 0, partly = 0;
    int64_t last = x->h->n_reports ? x->h->reports[0].at_us : 0;

    for (size_t i = 0; i < x->h->n_reports; i++)
        if (x->h->reports[i].at_us >= x->time->from_us) {
            n++;
            partly += x->h->reports[i].n_partly;
        }
    pl_buf_fmt(x->out, "Reports        %zu of this time, %zu in all; the last of %.*s\n", n,
               x->h->n_reports, PL_F(day_of(x->a, last)));
    if (!n)
        pl_buf_c(x->out,
                 "               NOTHING WAS LOOKED AT IN THIS TIME: what is new or gone is "
                 "not known\n");
    if (partly)
        pl_buf_fmt(x->out,
                   "               %zu times a subject was not compared whole: it may have more\n",
                   partly);
}

/* The rule stands in the configuration of today, which the log does not hold. */
static void print_rule(const pl_vdr_terms *t, pl_buf *out)
{
    bool is_set = false;

    for (size_t i = 0; i < PL_COUNT(t->impact); i++)
        is_set |= t->impact[i] > 0;
    if (is_set)
        pl_buf_c(out, "               impact by severity counts as said at detection; that it was "
                      "the rule then is not shown here\n");
}

void pl_fedramp_text(const pl_vdr_history *h, const pl_vdr_terms *t, const pl_fedramp_time *time,
                     const pl_cli *cli, pl_buf *out)
{
    const struct text x = {h, t, time, cli, cli->arena, out};

    pl_buf_fmt(out, "Vulnerabilities of %s under FedRAMP's rules of 2026, class %s%s\n\n",
               time->month, class_name(t->klass), time->is_over ? "" : ", the month so far");
    print_base(&x);
    print_counts(&x);
    pl_buf_fmt(
        out,
        "Rules          VDR-TFR-PVR, VDR-TFR-KEV, VER-TFR-EVU, VER-TFR-MAV; an EPSS of %d %% "
        "counts as likely;\n"
        "               what is not known counts as reachable and as likely\n",
        t->likely_ppm / 10000);
    print_rule(t, out);
    print_part(&x, PL_VDR_OPEN, true);
    print_part(&x, PL_VDR_OPEN, false);
    print_part(&x, PL_VDR_ACCEPTED, false);
    print_accepted(&x);
    print_part(&x, PL_VDR_NOT_AFFECTED, false);
    print_part(&x, PL_VDR_REMEDIED, false);
}

/* ---- JSON ---- */

static void put_time(pl_jw *w, const char *key, int64_t us)
{
    char text[PL_TIME_TEXT];

    pl_time_print(us, text);
    pl_jput_c(w, key, us ? text : NULL);
}

static void put_texts(pl_jw *w, const char *key, const pl_str *v, size_t n)
{
    pl_jopen_array(w, key);
    for (size_t i = 0; i < n; i++)
        pl_jw_str(w, v[i]);
    pl_jw_end(w);
}

static void put_impact(pl_jw *w, int impact)
{
    char text[8];

    (void)snprintf(text, sizeof(text), "N%d", impact);
    pl_jput_c(w, "impact", impact ? text : NULL);
}

static void put_judged(pl_jw *w, const char *key, pl_vdr_word word, pl_str why)
{
    pl_jopen_object(w, key);
    pl_jput_c(w, "is", pl_vdr_word_text(word));
    pl_jput_str(w, "why", why);
    pl_jw_end(w);
}

static void put_evaluations(pl_jw *w, const pl_vdr *v)
{
    pl_jopen_array(w, "evaluations");
    for (size_t i = 0; i < v->n_evaluations; i++) {
        const pl_vdr_evaluation *e = &v->evaluations[i];
        pl_jw_object(w);
        put_impact(w, e->impact);
        put_time(w, "at", e->at_us);
        pl_jput_str(w, "by", e->by);
        pl_jput_str(w, "reason", e->reason);
        if (e->number >= 0)
            pl_jput_int(w, "ledger_index", e->number);
        pl_jw_end(w);
    }
    pl_jw_end(w);
}

static void put_late(pl_jw *w, const pl_vdr *v)
{
    pl_jopen_array(w, "late");
#define X(member, word, words)                                                                     \
    if (v->member)                                                                                 \
        pl_jw_c(w, word);
    LATE_LIST(X)
#undef X
    pl_jw_end(w);
}

static void put_facts(pl_jw *w, const pl_vdr *v)
{
    pl_jput_c(w, "id", v->id);
    pl_jput_str(w, "advisory", v->advisory);
    put_texts(w, "aliases", v->aliases, v->n_aliases);
    pl_jput_str(w, "package", v->package);
    pl_jput_str(w, "version", v->version);
    pl_jput_str(w, "ecosystem", v->ecosystem);
    pl_jput_str(w, "fixed_version", v->fixed_version);
    pl_jput_c(w, "severity", pl_severity_word(v->severity));
    pl_jput_str(w, "owner", v->owner);
    pl_jput_str(w, "kind", v->kind);
    pl_jput_str(w, "class", v->klass);
    put_texts(w, "where", v->where, v->n_where);
}

static void put_row(pl_jw *w, const pl_vdr *v)
{
    pl_jw_object(w);
    put_facts(w, v);
    pl_jput_c(w, "state", pl_vdr_state_word(v->state));
    put_time(w, "detected_at", v->detected_us);
    put_time(w, "seen_at", v->seen_us);
    pl_jput_int(w, "seen_in", (int64_t)v->entry);
    put_time(w, "evaluated_at", v->evaluated_us);
    put_impact(w, v->impact);
    put_evaluations(w, v);
    put_judged(w, "internet_reachable", v->reachable, v->why_reachable);
    put_judged(w, "likely_exploitable", v->exploitable, v->why_exploitable);
    put_time(w, "evaluate_by", v->evaluate_by_us);
    put_time(w, "mitigate_by", v->mitigate_by_us);
    put_time(w, "known_exploited_by", v->remedy_by_us);
    put_time(w, "accept_by", v->accept_by_us);
    put_late(w, v);
    put_time(w, "remedied_at", v->gone_us);
    pl_jput_str(w, "settled", v->settled);
    pl_jput_str(w, "settled_by", v->settled_by);
    pl_jw_end(w);
}

static void put_report(pl_jw *w, const pl_vdr_report *r)
{
    pl_jw_object(w);
    pl_jput_int(w, "ledger_index", (int64_t)r->entry);
    put_time(w, "at", r->at_us);
    pl_jput_str(w, "verb", r->verb);
    pl_jput_int(w, "matched_whole", (int64_t)r->n_whole);
    pl_jput_int(w, "matched_partly", (int64_t)r->n_partly);
    pl_jw_end(w);
}

void pl_fedramp_json(const pl_vdr_history *h, const pl_vdr_terms *t, const pl_fedramp_time *time,
                     const pl_cli *cli, pl_buf *out)
{
    const char klass[2] = {t->klass, '\0'};
    pl_jw w = {.out = out, .pretty = true};

    pl_cli_json_head(&w, cli, "plimsoll.fedramp/1");
    pl_jput_c(&w, "rules", "FedRAMP Consolidated Rules for 2026, 2026.07.14.01");
    pl_jput_c(&w, "class", klass);
    pl_jput_int(&w, "likely_epss_ppm", t->likely_ppm);
    pl_jput_c(&w, "month", time->month);
    put_time(&w, "from", time->from_us);
    put_time(&w, "to", time->to_us);
    pl_jopen_array(&w, "reports");
    for (size_t i = 0; i < h->n_reports; i++)
        put_report(&w, &h->reports[i]);
    pl_jw_end(&w);
    pl_jopen_array(&w, "vulnerabilities");
    for (size_t i = 0; i < h->n; i++)
        put_row(&w, &h->rows[i]);
    pl_jw_end(&w);
    pl_jw_end(&w);
    pl_buf_ch(out, '\n');
}
