/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The summary for a terminal. Its parts have fixed heights that sum up to 24 lines:
 * head 2, areas 7, unknown 2, worst 10, next 1, places 2. A part that has less to say leaves the
 * rest to blank lines between the parts.
 */
#include "core/clock.h"
#include "report/lines.h"
#include "report/select.h"
#include "report/words.h"

#include <string.h>

#include "core/text.h"

enum { LINES = 24, WORST = 5, AREAS = 6, LABEL = 9 };

typedef struct summary {
    const pl_assessment *a;
    const pl_derived *d;
    pl_lines l;
} summary;

static void label(summary *s, const char *words)
{
    pl_line_cell(&s->l, PL_INK_BOLD, pl_str_c(words), LABEL);
}

/* --- head --- */

static void head(summary *s)
{
    enum { SYSTEM = 50 };
    char when[PL_TIME_TEXT] = "";
    PL_AUTO_BUF pl_buf system = {0};

    pl_time_print(s->a->generated_us, when);
    pl_text_visible(&system, s->a->system, SYSTEM);
    pl_line_c(&s->l, PL_INK_BOLD, pl_str_eq(s->a->verb, PL_S("scan")) ? "Scan of " : "Audit of ");
    pl_line_text(&s->l, PL_INK_BOLD, pl_buf_view(&system));
    pl_line_fmt(&s->l, PL_INK_PLAIN, ", %.10s %.5s UTC", when, when + 11);
    pl_line_end(&s->l);
    for (size_t i = 0; i < s->d->n_populations; i++) {
        const pl_population *p = &s->d->populations[i];
        const char *kind = pl_word_kind(p->kind, p->n);
        pl_line_fmt(&s->l, PL_INK_PLAIN, "%s%zu ", i ? ", " : "", p->n);
        if (kind)
            pl_line_c(&s->l, PL_INK_PLAIN, kind);
        else
            pl_line_text(&s->l, PL_INK_PLAIN, p->kind);
    }
    pl_line_fmt(&s->l, PL_INK_DIM, "; rule set %.8s", s->a->content->digest);
    if (!pl_str_eq(s->a->sandbox, PL_S("full"))) {
        pl_line_c(&s->l, PL_INK_WARN, "; sandbox ");
        pl_line_text(&s->l, PL_INK_WARN, s->a->sandbox.n ? s->a->sandbox : PL_S("unknown"));
    }
    pl_line_end(&s->l);
}

/* --- areas --- */

enum { AREA = 18, COUNT = 9, WIDE_COUNT = 18 };

static void area_line(summary *s, const pl_area_result *r)
{
    const char *name = pl_word_area(r->area);

    pl_line_cell(&s->l, PL_INK_PLAIN, name ? pl_str_c(name) : r->area, AREA);
    pl_line_count(&s->l, PL_INK_BAD, r->tally.fail, COUNT);
    pl_line_count(&s->l, PL_INK_WARN, pl_tally_unknown(&r->tally), COUNT);
    pl_line_count(&s->l, PL_INK_GOOD, r->tally.pass, COUNT);
    pl_line_count(&s->l, PL_INK_PLAIN, r->tally.not_applicable, WIDE_COUNT);
    pl_line_end(&s->l);
}

static void vulnerability_line(summary *s)
{
    pl_vuln_count v = pl_count_vulns(s->a, NULL);

    pl_line_cell(&s->l, PL_INK_PLAIN, PL_S("Vulnerabilities"), AREA);
    if (!s->a->advisories.present && v.total == 0) {
        pl_line_c(&s->l, PL_INK_WARN, "  unknown: no advisories are installed");
    } else {
        pl_line_count(&s->l, PL_INK_BAD, v.total, COUNT);
        if (v.total) {
            pl_line_fmt(&s->l, PL_INK_PLAIN, "  %zu critical, %zu high, ",
                        v.by_severity[PL_CRITICAL], v.by_severity[PL_HIGH]);
            pl_line_exploited(&s->l, &v);
            pl_line_fmt(&s->l, PL_INK_PLAIN, "; %zu fixable", v.fixable);
        }
    }
    pl_line_end(&s->l);
}

static void areas(summary *s)
{
    size_t n = 0;

    pl_line_cell(&s->l, PL_INK_DIM, PL_S("VERDICTS"), AREA);
    pl_line_c(&s->l, PL_INK_DIM, "     FAIL  UNKNOWN     PASS    NOT APPLICABLE");
    pl_line_end(&s->l);
    for (size_t i = 0; i < s->d->n_areas && n < AREAS - 1; i++) {
        if (pl_area_is_blank(&s->d->areas[i]) || pl_str_eq(s->d->areas[i].area, PL_S("VULN")))
            continue;
        area_line(s, &s->d->areas[i]);
        n++;
    }
    vulnerability_line(s);
}

/* --- unknown --- */

static void undecided_line(summary *s)
{
    pl_check_count c = pl_count_checks(s->d);
    const char *before = ": ";

    label(s, "Unknown");
    if (c.unknown == 0 && s->a->n_gaps == 0)
        pl_line_c(&s->l, PL_INK_GOOD, "everything in scope could be read and decided");
    else if (c.unknown)
        pl_line_fmt(&s->l, PL_INK_WARN, "%zu check%s undecided", c.unknown,
                    c.unknown == 1 ? "" : "s");
    for (size_t i = 0; i < s->d->n_checks; i++) {
        bool is_part = false;
        if (s->d->checks[i].verdict != PL_UNKNOWN || !pl_is_first_unknown(s->d, i))
            continue;
        pl_str reason = pl_unknown_reason(&s->d->checks[i], &is_part);
        if (is_part)
            continue;
        pl_line_c(&s->l, PL_INK_PLAIN, before);
        pl_line_fmt(&s->l, PL_INK_PLAIN, "%zu ", pl_count_unknown(s->d, i, reason, false));
        pl_line_text(&s->l, PL_INK_PLAIN, reason);
        before = ", ";
    }
    for (size_t i = 0; i < s->a->n_gaps; i++) {
        pl_line_c(&s->l, PL_INK_PLAIN, i ? ", " : c.unknown ? "; " : "");
        pl_line_text(&s->l, PL_INK_PLAIN, s->a->gaps[i].what);
        pl_line_c(&s->l, PL_INK_PLAIN, " ");
        pl_line_text(&s->l, PL_INK_PLAIN, s->a->gaps[i].reason);
    }
    pl_line_end(&s->l);
}

static void not_judged_line(summary *s)
{
    pl_check_count c = pl_count_checks(s->d);
    const char *before = ": ";

    if (c.not_judged == 0)
        return;
    label(s, "");
    pl_line_fmt(&s->l, PL_INK_DIM, "%zu controls not judged yet", c.not_judged);
    for (size_t i = 0; i < s->d->n_checks; i++) {
        bool is_part = false;
        if (s->d->checks[i].verdict != PL_UNKNOWN || !pl_is_first_unknown(s->d, i))
            continue;
        pl_str reason = pl_unknown_reason(&s->d->checks[i], &is_part);
        if (!is_part)
            continue;
        pl_line_c(&s->l, PL_INK_DIM, before);
        pl_line_fmt(&s->l, PL_INK_DIM, "%zu ", pl_count_unknown(s->d, i, reason, true));
        pl_line_text(&s->l, PL_INK_DIM, reason);
        before = ", ";
    }
    pl_line_end(&s->l);
}

/* --- worst --- */

/* The first line of one of the worst: what, cut so that who it concerns stays in sight. */
static void what_and_who(summary *s, pl_ink ink, pl_str what, pl_str who)
{
    PL_AUTO_BUF pl_buf cut = {0};
    size_t taken = LABEL + pl_text_width(who) + 1;

    pl_text_visible(&cut, what, s->l.columns > taken ? s->l.columns - taken : 0);
    pl_line_text(&s->l, ink, pl_buf_view(&cut));
    pl_line_c(&s->l, PL_INK_PLAIN, " ");
    pl_line_text(&s->l, PL_INK_DIM, who);
    pl_line_end(&s->l);
    pl_line_cell(&s->l, PL_INK_PLAIN, PL_S(""), LABEL);
}

static void worst_check(summary *s, const pl_finding *f)
{
    enum { NAME = 24 };
    const pl_check_result *r = pl_result_of(s->a, s->d, f->check);
    PL_AUTO_BUF pl_buf what = {0}, who = {0};

    pl_buf_str(&what, f->check->id);
    pl_buf_ch(&what, ' ');
    pl_buf_str(&what, f->check->title);
    pl_buf_ch(&who, '(');
    pl_text_visible(&who, f->subject->name, NAME);
    if (r->tally.fail > 1)
        pl_buf_fmt(&who, " +%zu", r->tally.fail - 1);
    pl_buf_fmt(&who, "; %.*s)", PL_F(f->owner));
    what_and_who(s, PL_INK_BOLD, pl_buf_view(&what), pl_buf_view(&who));
    pl_line_text(&s->l, PL_INK_PLAIN, f->check->remedy);
    pl_line_end(&s->l);
}

static void worst_vuln(summary *s, const pl_finding *f)
{
    pl_vuln_count v = pl_count_vulns(s->a, f->subject);
    PL_AUTO_BUF pl_buf what = {0}, who = {0};

    pl_buf_fmt(&what, "%zu vulnerabilit%s in ", v.total, v.total == 1 ? "y" : "ies");
    pl_text_visible(&what, f->subject->name, PL_REPORT_NAME_COLUMNS);
    pl_buf_fmt(&who, "(%.*s)", PL_F(f->owner));
    what_and_who(s, PL_INK_BOLD, pl_buf_view(&what), pl_buf_view(&who));
    pl_line_c(&s->l, PL_INK_PLAIN, pl_word_update(f->subject->kind));
    pl_line_fmt(&s->l, PL_INK_PLAIN, "; fixed versions for %zu; worst ", v.fixable);
    pl_line_text(&s->l, PL_INK_PLAIN, f->vuln->advisory);
    pl_line_c(&s->l, PL_INK_PLAIN, " in ");
    pl_line_text(&s->l, PL_INK_PLAIN, f->vuln->package);
    pl_line_end(&s->l);
}

static void worst(summary *s)
{
    pl_check_count c = pl_count_checks(s->d);

    for (size_t i = 0; i < s->d->n_worst && i < WORST; i++) {
        const pl_finding *f = s->d->worst[i];
        pl_line_cell(&s->l, pl_ink_of(f->severity), pl_str_c(pl_severity_word(f->severity)), LABEL);
        if (f->check)
            worst_check(s, f);
        else
            worst_vuln(s, f);
    }
    if (s->d->n_worst)
        return;
    label(s, "Result");
    pl_line_fmt(&s->l, c.pass ? PL_INK_GOOD : PL_INK_WARN,
                c.pass ? "clean: all %zu checks that could be judged passed"
                       : "nothing could be judged (%zu checks passed)",
                c.pass);
    pl_line_end(&s->l);
}

/* --- next, places --- */

static void next(summary *s)
{
    label(s, "Next");
    if (!s->a->advisories.present) {
        pl_line_c(&s->l, PL_INK_PLAIN, "plimsoll db update");
        if (s->a->advisories.how_to_get.n) {
            pl_line_c(&s->l, PL_INK_PLAIN, " (");
            pl_line_text(&s->l, PL_INK_PLAIN, s->a->advisories.how_to_get);
            pl_line_c(&s->l, PL_INK_PLAIN, ")");
        }
        pl_line_c(&s->l, PL_INK_PLAIN, "; ");
    }
    if (s->a->unprivileged)
        pl_line_c(&s->l, PL_INK_PLAIN, "repeat it as root; ");
    if (s->a->ledger.recorded)
        pl_line_c(&s->l, PL_INK_PLAIN, "plimsoll ledger verify; ");
    pl_line_c(&s->l, PL_INK_PLAIN, "plimsoll report --help");
    pl_line_end(&s->l);
}

/* A path below the state directory is short: "ledger". */
static pl_str below(pl_str path, pl_str base)
{
    if (base.n && path.n > base.n && pl_str_starts(path, base) && path.p[base.n] == '/')
        return pl_str_sub(path, base.n + 1, path.n);
    return path;
}

static pl_str place(const summary *s, const char *what)
{
    for (size_t i = 0; i < s->a->n_places; i++)
        if (pl_str_eq(s->a->places[i].what, pl_str_c(what)))
            return s->a->places[i].path;
    return (pl_str){0};
}

/* The report has a line of its own; the state directory and what lies in it share one. */
static void places(summary *s)
{
    pl_str page = place(s, "report"), state = place(s, "state");
    const char *before = "";

    if (page.n) {
        label(s, "Report");
        pl_line_text(&s->l, PL_INK_BOLD, page);
        pl_line_end(&s->l);
    }
    label(s, "Where");
    if (state.n) {
        pl_line_c(&s->l, PL_INK_DIM, "state ");
        pl_line_text(&s->l, PL_INK_PLAIN, state);
        before = ", ";
    }
    for (size_t i = 0; i < s->a->n_places; i++) {
        const pl_place *p = &s->a->places[i];
        if (pl_str_eq(p->what, PL_S("report")) || pl_str_eq(p->what, PL_S("state")))
            continue;
        pl_line_c(&s->l, PL_INK_PLAIN, before);
        pl_line_text(&s->l, PL_INK_DIM, p->what);
        pl_line_c(&s->l, PL_INK_PLAIN, " ");
        pl_line_text(&s->l, PL_INK_PLAIN, below(p->path, state));
        before = ", ";
    }
    if (!before[0])
        pl_line_c(&s->l, PL_INK_DIM, "nothing was kept: --state-dir none");
    pl_line_end(&s->l);
}

/* The parts in order; a blank line stands before those that have one, while there is room. */
static void unknown(summary *s)
{
    undecided_line(s);
    not_judged_line(s);
}

static const struct {
    void (*write)(summary *s);
} parts[] = {{head}, {areas}, {unknown}, {worst}, {next}, {places}};

static void write_parts(summary *s, size_t n_blank)
{
    for (size_t i = 0; i < PL_COUNT(parts); i++) {
        /* The places belong to what stands before them; they get a blank line last. */
        if (i > 0 && i <= n_blank)
            pl_line_end(&s->l);
        parts[i].write(s);
    }
}

static size_t write_all(summary *s, pl_buf *out, size_t n_blank)
{
    s->l.out = out;
    s->l.n = 0;
    write_parts(s, n_blank);
    return s->l.n;
}

void pl_report_summary(const pl_assessment *a, const pl_derived *d, const pl_report_style *style,
                       pl_buf *out)
{
    PL_AUTO_BUF pl_buf trial = {0};
    enum { MOST_BLANK = PL_COUNT(parts) - 2 };
    summary s = {
        .a = a,
        .d = d,
        .l = {.columns = style->columns ? style->columns : 80, .has_color = style->has_color}};

    size_t n = write_all(&s, &trial, 0);
    size_t n_blank = n < LINES ? LINES - n : 0;
    (void)write_all(&s, out, n_blank < MOST_BLANK ? n_blank : MOST_BLANK);
    pl_lines_done(&s.l);
}
