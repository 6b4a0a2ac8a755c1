/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The summary for a terminal. Its parts have heights that sum up to at most 24 lines: head 2,
 * areas 7, unknown 2 or 3, worst 10, next 1 or 2, places 2; `forms` says what gives way when they
 * do not. Where they leave room, blank lines stand between the parts.
 */
#include "report/summary.h"

#include "core/clock.h"
#include "report/select.h"
#include "report/told.h"
#include "report/words.h"

#include <string.h>

#include "core/text.h"

enum { LINES = 24, WORST = 5, AREAS = 6 };

void pl_summary_label(pl_summary *s, const char *words)
{
    pl_line_cell(&s->l, PL_INK_BOLD, pl_str_c(words), PL_SUMMARY_LABEL);
}

/* --- head --- */

/* A rule set that is not as it was shipped. */
static void content(pl_summary *s)
{
    enum { INDENT = 4 };
    PL_AUTO_BUF pl_buf text = {0};

    pl_content_told(s->a, &text);
    if (!text.n)
        return;
    pl_line_c(&s->l, PL_INK_WARN, "Rule set: ");
    pl_line_wrap(&s->l, PL_INK_PLAIN, pl_buf_view(&text), s->l.columns, INDENT);
    pl_line_end(&s->l);
}

static void head(pl_summary *s)
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
    if (s->a->profile) {
        pl_line_c(&s->l, PL_INK_DIM, "; profile ");
        pl_line_text(&s->l, PL_INK_PLAIN, s->a->profile->id);
    }
    pl_line_end(&s->l);
    content(s);
}

/* --- areas --- */

enum { AREA = 18, COUNT = 9, WIDE_COUNT = 18 };

static void area_line(pl_summary *s, const pl_area_result *r)
{
    const char *name = pl_word_area(r->area);

    pl_line_cell(&s->l, PL_INK_PLAIN, name ? pl_str_c(name) : r->area, AREA);
    pl_line_count(&s->l, PL_INK_BAD, r->tally.fail, COUNT);
    pl_line_count(&s->l, PL_INK_WARN, pl_tally_unknown(&r->tally), COUNT);
    pl_line_count(&s->l, PL_INK_GOOD, r->tally.pass, COUNT);
    pl_line_count(&s->l, PL_INK_PLAIN, r->tally.not_applicable, WIDE_COUNT);
    pl_line_end(&s->l);
}

static void vulnerability_line(pl_summary *s)
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

static bool is_listed(const pl_area_result *r)
{
    return !pl_area_is_blank(r) && !pl_str_eq(r->area, PL_S("VULN"));
}

/* Which of two stands first: where more fails, then where more was judged, then as the content has
 * them. */
static bool goes_before(const pl_area_result *a, const pl_area_result *b)
{
    if (a->tally.fail != b->tally.fail)
        return a->tally.fail > b->tally.fail;
    return a->tally.pass > b->tally.pass;
}

static void add_tally(pl_tally *to, const pl_tally *t)
{
    to->fail += t->fail;
    to->unknown += pl_tally_unknown(t);
    to->pass += t->pass;
    to->not_applicable += t->not_applicable;
}

/* The areas with the most to do; the others in one line. */
static void areas(pl_summary *s)
{
    const pl_area_result *rows[AREAS] = {0};
    pl_area_result others = {.area = PL_S("Others")};
    size_t n = 0, n_listed = 0;

    for (size_t i = 0; i < s->d->n_areas; i++) {
        const pl_area_result *r = &s->d->areas[i];
        size_t at = n;
        if (!is_listed(r))
            continue;
        n_listed++;
        while (at && goes_before(r, rows[at - 1]))
            at--;
        if (n == AREAS - 1)
            add_tally(&others.tally, &(at < n ? rows[n - 1] : r)->tally);
        else
            n++;
        if (at < n) {
            memmove(&rows[at + 1], &rows[at], (n - 1 - at) * sizeof(rows[0]));
            rows[at] = r;
        }
    }
    if (n_listed > n)
        add_tally(&others.tally, &rows[--n]->tally);
    pl_line_cell(&s->l, PL_INK_DIM, PL_S("VERDICTS"), AREA);
    pl_line_c(&s->l, PL_INK_DIM, "     FAIL  UNKNOWN     PASS    NOT APPLICABLE");
    pl_line_end(&s->l);
    for (size_t i = 0; i < n; i++)
        area_line(s, rows[i]);
    if (n_listed > n)
        area_line(s, &others);
    vulnerability_line(s);
}

/* --- unknown --- */

/* Behind the last colon of a chain stands the cause; the links in front of it repeat the object. */
static pl_str last_link(pl_str chain)
{
    for (size_t i = chain.n; i > 1; i--)
        if (chain.p[i - 2] == ':' && chain.p[i - 1] == ' ')
            return pl_str_sub(chain, i, chain.n);
    return chain;
}

static pl_str first_link(pl_str chain)
{
    for (size_t i = 0; i + 1 < chain.n; i++)
        if (chain.p[i] == ':' && chain.p[i + 1] == ' ')
            return pl_str_sub(chain, 0, i);
    return chain;
}

/* Of a cause that is too long the first clause, then as many words as fit. */
static void print_cause(pl_str cause, size_t columns, pl_buf *out)
{
    pl_str rest = cause, clause = cause;

    if (pl_text_width(cause) > columns)
        (void)pl_str_cut(&rest, ';', &clause);
    pl_buf_c(out, " (");
    pl_words_cut(out, clause, columns);
    pl_buf_ch(out, ')');
}

/* "image redis:7 (more than 10,000 layers)"; of long chains the ends. */
static void print_gap(const pl_gap *g, size_t columns, pl_buf *out)
{
    pl_str what = g->what, why = g->detail;

    if (why.n == 0 && first_link(what).n < what.n) {
        why = pl_str_sub(what, first_link(what).n + 2, what.n);
        what = first_link(what);
    }
    if (pl_str_starts(why, what) && why.n > what.n + 1 && why.p[what.n] == ':')
        why = pl_str_sub(why, what.n + 2, why.n);
    enum { AROUND = 3 }; /* " (" and ")" */
    size_t room =
        columns > pl_text_width(what) + AROUND ? columns - pl_text_width(what) - AROUND : 0;
    pl_str first = first_link(why), last = last_link(why);

    pl_buf_str(out, what);
    if (why.n == 0)
        return;
    if (pl_text_width(why) <= room)
        pl_buf_fmt(out, " (%.*s)", PL_F(why));
    else if (last.n < why.n && pl_text_width(first) + 2 + pl_text_width(last) <= room)
        pl_buf_fmt(out, " (%.*s: %.*s)", PL_F(first), PL_F(last));
    else
        print_cause(last, room, out);
}

/* What could not be read comes first: whole kinds may be missing because of it. */
static void gaps_line(pl_summary *s)
{
    enum { MORE = 10 }; /* ", +99 more" */
    pl_line_list list = {.between = "; "};
    size_t n = 0;

    if (s->a->n_gaps)
        pl_summary_label(s, "Not read");
    for (int with_kind = 1; with_kind >= 0; with_kind--) {
        for (size_t i = 0; i < s->a->n_gaps; i++) {
            const pl_gap *g = &s->a->gaps[i];
            PL_AUTO_BUF pl_buf item = {0};
            if ((g->kind.n > 0) != (with_kind > 0))
                continue;
            size_t room = pl_line_room(&s->l), kept = ++n < s->a->n_gaps ? MORE : 0;
            print_gap(g, room > kept ? room - kept : 0, &item);
            pl_line_item(&s->l, &list, PL_INK_WARN, pl_buf_view(&item), n == s->a->n_gaps);
        }
    }
    if (n)
        pl_line_end(&s->l);
}

static void left_out_line(pl_summary *s)
{
    PL_AUTO_BUF pl_buf text = {0};

    if (!s->a->filters.n)
        return;
    pl_left_out_text(s->a, &text);
    pl_summary_label(s, "Left out");
    pl_line_words(&s->l, PL_INK_WARN, pl_buf_view(&text), pl_line_room(&s->l));
    pl_line_end(&s->l);
}

typedef struct why {
    pl_str reason;
    size_t n;
} why;

enum { WHYS = 64 };

/* Reasons for which checks are unknown, the commonest first; people are no part. */
static size_t collect_whys(const pl_summary *s, bool of_parts, why to[WHYS])
{
    size_t n = 0;

    for (size_t i = 0; i < s->d->n_checks && n < WHYS; i++) {
        bool is_part = false;
        if (s->d->checks[i].verdict != PL_UNKNOWN || !pl_is_first_unknown(s->d, i))
            continue;
        why w = {.reason = pl_unknown_reason(&s->d->checks[i], &is_part)};
        if (is_part != of_parts || (is_part && pl_str_eq(w.reason, PL_S("attest"))))
            continue;
        w.n = pl_count_unknown(s->d, i, w.reason, of_parts);
        size_t at = n++;
        for (; at > 0 && to[at - 1].n < w.n; at--)
            to[at] = to[at - 1];
        to[at] = w;
    }
    return n;
}

/* Behind a count: "policy not set", "wait for network zones", of parts "for network zones". A code
 * without words stands for itself. */
static void reason_words(pl_str reason, bool is_part, pl_buf *out)
{
    static const pl_str needs = {"needs:", 6};
    const char *brief = is_part ? NULL : pl_word_reason(reason)->brief;
    pl_str part =
        is_part || !pl_str_starts(reason, needs) ? reason : pl_str_sub(reason, needs.n, reason.n);
    const char *of_part = is_part || part.n < reason.n ? pl_word_part_brief(part) : NULL;

    if (!brief && of_part)
        pl_buf_c(out, is_part ? "for " : "wait for ");
    pl_buf_str(out, brief ? pl_str_c(brief) : of_part ? pl_str_c(of_part) : reason);
}

static void whys(pl_summary *s, pl_ink ink, bool of_parts)
{
    pl_line_list list = {.between = ", "};
    why found[WHYS];
    size_t n = collect_whys(s, of_parts, found);

    for (size_t i = 0; i < n; i++) {
        PL_AUTO_BUF pl_buf item = {0};
        pl_buf_fmt(&item, "%zu ", found[i].n);
        reason_words(found[i].reason, of_parts, &item);
        pl_line_item(&s->l, &list, ink, pl_buf_view(&item), i + 1 == n);
    }
}

static void undecided_line(pl_summary *s)
{
    pl_check_count c = pl_count_checks(s->d);

    pl_summary_label(s, "Unknown");
    if (c.unknown == 0) {
        pl_line_c(&s->l, PL_INK_GOOD,
                  s->a->n_gaps ? "every check could be decided"
                               : "everything in scope could be read and decided");
    } else {
        pl_line_fmt(&s->l, PL_INK_WARN, "%zu check%s undecided", c.unknown,
                    c.unknown == 1 ? "" : "s");
        pl_line_c(&s->l, PL_INK_PLAIN, ": ");
        whys(s, PL_INK_PLAIN, false);
    }
    pl_line_end(&s->l);
}

static void not_judged_line(pl_summary *s)
{
    pl_check_count c = pl_count_checks(s->d);

    if ((c.to_attest == 0 && c.waiting == 0) || s->has_no_outlook)
        return;
    pl_summary_label(s, "");
    if (c.to_attest)
        pl_line_fmt(&s->l, PL_INK_DIM, "%zu for people to attest%s", c.to_attest,
                    c.waiting ? ", " : " (plimsoll due lists them)");
    if (c.waiting) {
        pl_line_fmt(&s->l, PL_INK_DIM, "%zu wait%s: ", c.waiting, c.waiting == 1 ? "s" : "");
        whys(s, PL_INK_DIM, true);
    }
    pl_line_end(&s->l);
}

/* --- worst --- */

/* A remedy has a line of its own, indented little: most then stand there whole. */
static void remedy_line(pl_summary *s, pl_str remedy)
{
    pl_line_c(&s->l, PL_INK_PLAIN, "  ");
    pl_line_words(&s->l, PL_INK_PLAIN, remedy, pl_line_room(&s->l));
    pl_line_end(&s->l);
}

static void worst_check(pl_summary *s, const pl_finding *f)
{
    enum { NAME = 24 };
    const pl_check_result *r = pl_result_of(s->a, s->d, f->check);
    PL_AUTO_BUF pl_buf name = {0}, who = {0};

    pl_line_text(&s->l, PL_INK_BOLD, f->check->id);
    pl_line_c(&s->l, PL_INK_PLAIN, " ");
    pl_word_name(f->subject, &name);
    pl_text_visible(&who, pl_buf_view(&name), NAME);
    pl_line_text(&s->l, PL_INK_BOLD, pl_buf_view(&who));
    if (r->tally.fail > 1)
        pl_line_fmt(&s->l, PL_INK_BOLD, " +%zu", r->tally.fail - 1);
    pl_line_c(&s->l, PL_INK_DIM, " (");
    pl_line_text(&s->l, PL_INK_DIM, f->owner);
    pl_line_c(&s->l, PL_INK_DIM, ") fails: ");
    pl_line_words(&s->l, PL_INK_PLAIN, f->check->title, pl_line_room(&s->l));
    pl_line_end(&s->l);
    remedy_line(s, f->check->remedy);
}

static void worst_vuln(pl_summary *s, const pl_finding *f)
{
    enum { NAME = 40 };
    pl_vuln_count v = pl_count_vulns(s->a, f->subject);
    PL_AUTO_BUF pl_buf name = {0}, who = {0}, what = {0};

    pl_word_name(f->subject, &name);
    pl_text_visible(&who, pl_buf_view(&name), NAME);
    pl_line_text(&s->l, PL_INK_BOLD, pl_buf_view(&who));
    pl_line_c(&s->l, PL_INK_DIM, " (");
    pl_line_text(&s->l, PL_INK_DIM, f->owner);
    pl_line_c(&s->l, PL_INK_DIM, ") ");
    pl_line_fmt(&s->l, PL_INK_PLAIN, "has %zu vulnerabilit%s, %zu fixable", v.total,
                v.total == 1 ? "y" : "ies", v.fixable);
    pl_line_end(&s->l);
    pl_buf_fmt(&what, "%s; worst: %.*s in %.*s", pl_word_update(f->subject->kind),
               PL_F(f->vuln->advisory), PL_F(f->vuln->package));
    remedy_line(s, pl_buf_view(&what));
}

static void worst(pl_summary *s)
{
    pl_check_count c = pl_count_checks(s->d);

    for (size_t i = 0; i < s->d->n_worst && i < WORST; i++) {
        const pl_finding *f = s->d->worst[i];
        pl_line_cell(&s->l, pl_ink_of(f->severity), pl_str_c(pl_severity_word(f->severity)),
                     PL_SUMMARY_LABEL);
        if (f->check)
            worst_check(s, f);
        else
            worst_vuln(s, f);
    }
    if (s->d->n_worst)
        return;
    pl_summary_label(s, "Result");
    pl_line_fmt(&s->l, c.pass ? PL_INK_GOOD : PL_INK_WARN,
                c.pass ? "clean: all %zu checks that could be judged passed"
                       : "nothing could be judged (%zu checks passed)",
                c.pass);
    pl_line_end(&s->l);
}

/* --- all of it --- */

/* What people said beside it; what of it does not hold any more is told in full elsewhere. */
static void said_line(pl_summary *s)
{
    PL_AUTO_BUF pl_buf text = {0};

    pl_told_count(s->a, &text);
    bool is_signed = text.n != 0;
    pl_buf_c(&text, is_signed && s->a->n_ingested ? "; " : "");
    pl_told_tools(s->a, &text);
    if (!text.n)
        return;
    pl_summary_label(s, is_signed ? "Signed" : "Beside");
    pl_line_words(&s->l, PL_INK_PLAIN, pl_buf_view(&text), pl_line_room(&s->l));
    pl_line_end(&s->l);
}

static void unknown(pl_summary *s)
{
    said_line(s);
    gaps_line(s);
    left_out_line(s);
    undecided_line(s);
    not_judged_line(s);
}

static const struct {
    void (*write)(pl_summary *s);
} parts[] = {{head}, {areas}, {unknown}, {worst}, {pl_summary_next}, {pl_summary_places}};

/* The parts in order; a blank line stands before those that have one, while there is room. */
static size_t write_all(pl_summary *s, pl_buf *out, size_t n_blank)
{
    s->l.out = out;
    s->l.n = 0;
    for (size_t i = 0; i < PL_COUNT(parts); i++) {
        /* The places belong to what stands before them; they get a blank line last. */
        if (i > 0 && i <= n_blank)
            pl_line_end(&s->l);
        parts[i].write(s);
    }
    return s->l.n;
}

/* What is given up, in this order, until all fits. */
static const struct {
    size_t n_next;
    bool has_no_outlook;
} forms[] = {{2, false}, {2, true}, {1, true}, {0, true}};

void pl_report_summary(const pl_assessment *a, const pl_derived *d, const pl_report_style *style,
                       pl_buf *out)
{
    enum { MOST_BLANK = PL_COUNT(parts) - 2 };
    pl_summary s = {
        .a = a,
        .d = d,
        .l = {.columns = style->columns ? style->columns : 80, .has_color = style->has_color}};
    size_t n = 0;

    for (size_t i = 0; i < PL_COUNT(forms); i++) {
        PL_AUTO_BUF pl_buf trial = {0};
        s.n_next = forms[i].n_next;
        s.has_no_outlook = forms[i].has_no_outlook;
        n = write_all(&s, &trial, 0);
        if (n <= LINES)
            break;
    }
    size_t n_blank = n < LINES ? LINES - n : 0;
    (void)write_all(&s, out, n_blank < MOST_BLANK ? n_blank : MOST_BLANK);
    pl_lines_done(&s.l);
}
