/* SPDX-License-Identifier: Apache-2.0 */
/* plimsoll due: which statements people owe, overdue first. */
#include "cli/json_head.h"
#include "cli/outputs.h"
#include "cli/said.h"
#include "cli/verbs.h"
#include "core/clock.h"
#include "core/json_put.h"
#include "govern/due.h"

#include <string.h>

static const pl_opt opts[] = {
    {"within", "TIME", "what counts as due: 7d, 90d (default 30d)", false},
    {"all", NULL, "list what is due later, too", false},
    {"format", "FORMAT", "text (default) or json", false},
    {0},
};

static const int64_t usual_within_us = INT64_C(30) * 86400 * 1000000;

static bool is_wanted(const pl_due *d, bool all)
{
    return all || d->state != PL_DUE_LATER;
}

static pl_str owner_of(const pl_due *d)
{
    return d->last && d->last->s.owner.n ? d->last->s.owner : d->check->owner;
}

/* ---- text ---- */

static void day_cell(pl_grid *g, int64_t us)
{
    enum { DAY = 10 };
    char text[PL_TIME_TEXT];

    pl_time_print(us - 1, text); /* the last day on which it holds */
    pl_grid_add(g, us ? pl_arena_str(g->a, pl_str_sub(pl_str_c(text), 0, DAY)) : PL_S("-"));
}

/* What has no statement, where something else has one or each has to be named. */
static void put_open(pl_buf *title, const pl_due *d)
{
    enum { SHOWN = 6 };

    if (d->n_open == 0 || (d->n_open == d->n_wanted && !d->check->named.n && !d->check->decides.n))
        return;
    pl_buf_fmt(title, " (without one: %zu of %zu,", d->n_open, d->n_wanted);
    for (size_t i = 0; i < d->n_open && i < SHOWN; i++)
        pl_buf_fmt(title, " %.*s", PL_F(d->open[i].id));
    pl_buf_str(title, d->n_open > SHOWN ? PL_S(" ...)") : PL_S(")"));
}

static void row(pl_grid *g, const pl_due *d)
{
    PL_AUTO_BUF pl_buf title = {0};

    pl_grid_add(g, d->check->id);
    pl_grid_add(g, pl_str_c(pl_due_word(d->state)));
    day_cell(g, d->due_us);
    day_cell(g, d->until_us);
    pl_grid_add(g, pl_str_c(pl_period_word(d->period)));
    pl_grid_add(g, owner_of(d));
    pl_grid_add(g, d->last ? d->last->s.by : PL_S("-"));
    pl_buf_str(&title, d->check->title);
    if (d->missed)
        pl_buf_fmt(&title, " (%u days without one)", d->missed);
    put_open(&title, d);
    pl_grid_add(g, pl_arena_str(g->a, pl_buf_view(&title)));
}

static void print_text(pl_cli *cli, const pl_due *v, size_t n, bool all)
{
    static const char *const heads[] = {"CONTROL", "STATE", "DUE",       "HOLDS UNTIL",
                                        "PERIOD",  "OWNER", "SIGNED BY", "TITLE"};
    PL_AUTO_BUF pl_buf out = {0};
    pl_grid g = pl_cli_grid(cli, PL_COUNT(heads));
    size_t count[PL_DUE_LATER + 1] = {0};

    for (size_t i = 0; i < PL_COUNT(heads); i++)
        pl_grid_add(&g, pl_str_c(heads[i]));
    for (size_t i = 0; i < n; i++) {
        count[v[i].state]++;
        if (is_wanted(&v[i], all))
            row(&g, &v[i]);
    }
    pl_grid_print(&g, &out);
    pl_buf_fmt(&out, "\n%zu overdue, %zu late, %zu never said, %zu due, %zu later\n",
               count[PL_DUE_OVERDUE], count[PL_DUE_LATE], count[PL_DUE_NEVER], count[PL_DUE_DUE],
               count[PL_DUE_LATER]);
    (void)fwrite(out.p ? out.p : "", 1, out.n, cli->out);
}

/* ---- JSON ---- */

static void put_time(pl_jw *w, const char *key, int64_t us)
{
    char text[PL_TIME_TEXT];

    pl_time_print(us, text);
    pl_jput_c(w, key, us ? text : NULL);
}

static void put_open_json(pl_jw *w, const pl_due *d)
{
    pl_jopen_array(w, "open");
    for (size_t i = 0; i < d->n_open && d->open[i].id.n; i++) {
        pl_jw_object(w);
        pl_jput_str(w, "framework", d->open[i].framework);
        pl_jput_str(w, "id", d->open[i].id);
        pl_jw_end(w);
    }
    pl_jw_end(w);
}

static void put_row(pl_jw *w, const pl_due *d)
{
    pl_jw_object(w);
    pl_jput_str(w, "control", d->check->id);
    pl_jput_str(w, "title", d->check->title);
    pl_jput_c(w, "state", pl_due_word(d->state));
    pl_jput_c(w, "period", pl_period_word(d->period));
    pl_jput_str(w, "owner", owner_of(d));
    put_time(w, "due", d->due_us);
    put_time(w, "until", d->until_us);
    pl_jput_int(w, "days_missed", d->missed);
    pl_jput_int(w, "wanted", (int64_t)d->n_wanted);
    put_open_json(w, d);
    if (d->last) {
        pl_jput_int(w, "attestation", d->last->s.number);
        pl_jput_str(w, "by", d->last->s.by);
        put_time(w, "said", d->last->s.said_us);
    }
    pl_jw_end(w);
}

static void print_json(pl_cli *cli, const pl_due *v, size_t n, bool all)
{
    PL_AUTO_BUF pl_buf out = {0};
    pl_jw w = {.out = &out, .pretty = true};

    pl_cli_json_head(&w, cli, "plimsoll.due/1");
    pl_jopen_array(&w, "controls");
    for (size_t i = 0; i < n; i++)
        if (is_wanted(&v[i], all))
            put_row(&w, &v[i]);
    pl_jw_end(&w);
    pl_jw_end(&w);
    pl_buf_ch(&out, '\n');
    (void)fwrite(out.p ? out.p : "", 1, out.n, cli->out);
}

/* ---- */

static pl_rc read_within(const struct pl_args *args, int64_t *ret_us, pl_err *err)
{
    const char *word = pl_opt_value(args, "within");
    int64_t seconds = 0;

    *ret_us = usual_within_us;
    if (!word)
        return PL_OK;
    if (!pl_duration_parse(pl_str_c(word), &seconds))
        return pl_fail(err, PL_USAGE, "--within %s: a time such as 30d or 12h", word);
    *ret_us = seconds * 1000000;
    return PL_OK;
}

static pl_rc run(pl_cli *cli, const struct pl_args *args, int *ret_status, pl_err *err)
{
    const char *format = pl_opt_value(args, "format");
    bool is_json = format && strcmp(format, "json") == 0;
    const pl_content *content = NULL;
    int64_t within_us = 0;
    pl_govern said;
    pl_due *v = NULL;
    size_t n = 0;

    if (pl_arg_count(args))
        return pl_fail(err, PL_USAGE, "due: takes no operand");
    if (format && !is_json && strcmp(format, "text") != 0)
        return pl_fail(err, PL_USAGE, "--format %s: text or json", format);
    pl_rc rc = read_within(args, &within_us, err);
    if (!rc)
        rc = pl_cli_content(cli, &content, err);
    if (!rc)
        rc = pl_said_read(cli, &said, err);
    if (!rc)
        rc = pl_due_list(content, &said, pl_now_us(cli->clock), within_us, cli->arena, &v, &n, err);
    if (rc)
        return rc;
    (is_json ? print_json : print_text)(cli, v, n, pl_opt_on(args, "all"));
    for (size_t i = 0; i < n; i++)
        if (v[i].state == PL_DUE_OVERDUE)
            *ret_status = 1;
    return PL_OK;
}

const pl_verb pl_verb_due = {
    .name = "due",
    .summary = "which statements people owe and when, overdue first",
    .help =
        "One line for each control that only a person can answer (plimsoll attest). Overdue: the\n"
        "last statement holds no more. Late: it holds, but its day has passed. Never: nobody has\n"
        "said anything yet. Exit code 1 while something is overdue.",
    .examples = "  plimsoll due --within 7d\n"
                "  plimsoll due --all --format json",
    .opts = opts,
    .run = run,
};
