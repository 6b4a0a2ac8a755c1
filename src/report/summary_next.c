/* SPDX-License-Identifier: Apache-2.0 */
/* The end of the summary: next commands, ready to be copied, and where things lie. */
#include "report/summary.h"
#include "report/words.h"

#include "core/text.h"

static pl_str place(const pl_summary *s, const char *what)
{
    for (size_t i = 0; i < s->a->n_places; i++)
        if (pl_str_eq(s->a->places[i].what, pl_str_c(what)))
            return s->a->places[i].path;
    return (pl_str){0};
}

/* --- next --- */

enum { COMMANDS = 6 };

typedef struct commands {
    pl_summary *s;
    pl_buf text[COMMANDS];
    size_t n;
} commands;

/* The option without which a command would look into another state directory. */
static void state_option(pl_buf *out, pl_str state)
{
    if (state.n == 0 || pl_str_eq(state, PL_S("/var/lib/plimsoll")) ||
        pl_str_ends(state, PL_S("/.local/state/plimsoll")))
        return;
    pl_buf_c(out, " --state-dir ");
    pl_word_shell(out, state);
}

static pl_buf *add(commands *c, const char *words)
{
    pl_buf *b = &c->text[c->n++];

    pl_buf_c(b, words);
    return b;
}

/* What is good to know about a command, where a line has room for both. */
static void remark(const pl_summary *s, pl_buf *command, pl_str words)
{
    enum { AROUND = 3 }; /* " (" and ")" */
    size_t needs = PL_SUMMARY_LABEL + pl_text_width(pl_buf_view(command)) + AROUND;

    if (words.n && needs + pl_text_width(words) <= s->l.columns)
        pl_buf_fmt(command, " (%.*s)", PL_F(words));
}

static bool lacks_engine(const pl_assessment *a)
{
    for (size_t i = 0; i < a->n_gaps; i++)
        if (pl_str_starts(a->gaps[i].kind, PL_S("engine")))
            return true;
    return false;
}

static bool is_stale(const pl_advisory_state *s)
{
    for (size_t i = 0; i < s->n_feeds; i++)
        if (s->feeds[i].is_stale)
            return true;
    return false;
}

/* The most useful first: those behind may find no room. */
static void collect(commands *c)
{
    const pl_assessment *a = c->s->a;
    const pl_derived *d = c->s->d;
    pl_str state = place(c->s, "state");

    if (a->unprivileged)
        (void)add(c, "sudo plimsoll audit (root sees more)");
    if (!a->advisories.present || is_stale(&a->advisories)) {
        pl_buf *b = add(c, "plimsoll db update");
        state_option(b, state);
        remark(c->s, b, a->advisories.how_to_get);
    }
    if (lacks_engine(a))
        (void)add(c, "plimsoll audit --engine ADDRESS");
    for (size_t i = 0; i < d->n_worst; i++) {
        if (!d->worst[i]->check)
            continue;
        pl_buf_str(add(c, "plimsoll checks "), d->worst[i]->check->id);
        break;
    }
    if (a->ledger.recorded) {
        state_option(add(c, "plimsoll ledger verify"), state);
        state_option(add(c, "plimsoll report --format table"), state);
    } else {
        (void)add(c, "plimsoll report --help");
    }
}

void pl_summary_next(pl_summary *s)
{
    commands c = {.s = s};
    size_t n_lines = 1;
    bool is_begun = false;

    collect(&c);
    pl_summary_label(s, "Next");
    for (size_t i = 0; i < c.n; i++) {
        pl_str text = pl_buf_view(&c.text[i]);
        size_t room = pl_line_room(&s->l), needs = pl_text_width(text) + (is_begun ? 2 : 0);
        if (is_begun && needs > room && n_lines < s->n_next) {
            pl_line_end(&s->l);
            pl_summary_label(s, "");
            n_lines++;
            is_begun = false;
        } else if (is_begun && needs > room) {
            continue;
        }
        if (is_begun)
            pl_line_c(&s->l, PL_INK_PLAIN, "; ");
        pl_line_text(&s->l, PL_INK_PLAIN, text);
        is_begun = true;
    }
    pl_line_end(&s->l);
    for (size_t i = 0; i < c.n; i++)
        pl_buf_done(&c.text[i]);
}

/* --- places --- */

/* A path below the state directory is short: "ledger". */
static pl_str below(pl_str path, pl_str base)
{
    if (base.n && path.n > base.n && pl_str_starts(path, base) && path.p[base.n] == '/')
        return pl_str_sub(path, base.n + 1, path.n);
    return path;
}

/* What lies in the state directory: "evidence log ledger, log key keys/log.key". */
static void contents(pl_summary *s, pl_str state, const char *before)
{
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
}

/* The report has a line of its own; what lies beside it need not name the folder again. */
void pl_summary_places(pl_summary *s)
{
    pl_str page = place(s, "report"), state = place(s, "state");

    if (page.n) {
        pl_summary_label(s, "Report");
        pl_line_text(&s->l, PL_INK_BOLD, page);
        pl_line_end(&s->l);
    }
    pl_summary_label(s, "Where");
    if (state.n == 0) {
        pl_line_c(&s->l, PL_INK_DIM, "nothing was kept: --state-dir none");
    } else if (page.n && below(page, state).n < page.n) {
        pl_line_c(&s->l, PL_INK_DIM, "state in the same folder");
    } else {
        pl_line_c(&s->l, PL_INK_DIM, "state ");
        pl_line_text(&s->l, PL_INK_PLAIN, state);
    }
    contents(s, state, ": ");
    pl_line_end(&s->l);
}
