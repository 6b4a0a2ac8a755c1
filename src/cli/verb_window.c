/* SPDX-License-Identifier: Apache-2.0 */
/* plimsoll window: read-only unless somebody is looking for a fault, and then on record. */
#include "audit/inside.h"
#include "cli/ledger_read.h"
#include "cli/outputs.h"
#include "cli/said.h"
#include "cli/verbs.h"
#include "cli/window.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/text.h"
#include "govern/apply.h"
#include "govern/limits.h"
#include "model/period.h"
#include "redact/redact.h"

#include <string.h>

enum { CONTAINERS = 64 }; /* of one workload */

static const pl_opt open_opts[] = {
    {"for", "TIME", "how long: 30m, 2h, at most 7d", false},
    {"reason", "TEXT", "what is looked for", false},
    {"by", "NAME", "who opens it", false},
    {"checks", "LIST", "only these checks, with commas; else all that a window may waive", false},
    PL_WINDOW_ENGINE_OPTS,
    {0},
};

pl_rc pl_window_engine(pl_cli *cli, const struct pl_args *args, pl_engine_client **ret, pl_err *err)
{
    pl_engine_search search = pl_engine_search_environment(pl_opt_value(args, "engine"));

    search.flag_ca = pl_opt_value(args, "tlscacert");
    search.flag_cert = pl_opt_value(args, "tlscert");
    search.flag_key = pl_opt_value(args, "tlskey");
    pl_rc rc = pl_inside_open(&search, cli->arena, ret, err);
    return rc ? pl_wrap(err, rc, "window: --engine ADDRESS names the engine") : PL_OK;
}

/* ---- lists in a record ---- */

pl_rc pl_window_line(pl_said *s, pl_str text, pl_buf *out, pl_err *err)
{
    PL_AUTO_BUF pl_buf clean = {0};

    pl_rc rc = pl_redact_text(s->redactor, text, &clean, err);
    for (size_t i = 0; !rc && i < clean.n; i++) {
        if (clean.p[i] == '\n')
            pl_buf_c(out, "\\n");
        else if (clean.p[i] == '\\')
            pl_buf_c(out, "\\\\");
        else
            pl_buf_ch(out, clean.p[i]);
    }
    return rc || (pl_buf_ok(&clean) && pl_buf_ok(out)) ? rc : pl_fail(err, PL_NOMEM, "window");
}

pl_rc pl_window_lines(pl_said *s, const pl_str *v, size_t n, pl_buf *out, pl_err *err)
{
    pl_rc rc = PL_OK;

    for (size_t i = 0; !rc && i < n; i++) {
        rc = pl_window_line(s, v[i], out, err);
        pl_buf_ch(out, '\n');
    }
    return rc || pl_buf_ok(out) ? rc : pl_fail(err, PL_NOMEM, "window");
}

/* ---- open ---- */

typedef bool (*matches)(const pl_inside_container *c, pl_str what);

static bool is_named(const pl_inside_container *c, pl_str what)
{
    return pl_str_eq(c->name, what);
}

static bool begins_with(const pl_inside_container *c, pl_str what)
{
    enum { SHORTEST = 12 };

    return what.n >= SHORTEST && pl_str_starts(c->id, what);
}

static bool is_part_of(const pl_inside_container *c, pl_str what)
{
    return c->workload.n && pl_str_eq(c->workload, what);
}

/* A name goes before the beginning of an id, and both before a workload: that one is a label, which
 * any container may claim. NULL: nothing is called so. */
static matches who_is_meant(const pl_inside_container *all, size_t n, pl_str what, size_t *ret_n)
{
    static const matches ways[] = {is_named, begins_with, is_part_of};

    for (size_t k = 0; k < PL_COUNT(ways); k++) {
        *ret_n = 0;
        for (size_t i = 0; i < n; i++)
            *ret_n += ways[k](&all[i], what);
        if (*ret_n)
            return ways[k];
    }
    return NULL;
}

/* Each must be a check that a window may waive. */
static pl_rc put_checks(pl_cli *cli, const struct pl_args *args, pl_said *s, pl_err *err)
{
    const pl_content *content = NULL;
    pl_str rest = pl_str_c(pl_opt_value(args, "checks")), word;
    json_t *list = json_array();
    pl_rc rc = pl_cli_content(cli, &content, err);

    /* An empty list in the entry is all of them. */
    if (!rc && pl_opt_value(args, "checks") && !pl_str_trim(rest).n)
        rc = pl_fail(err, PL_USAGE, "--checks: names no check");
    while (!rc && pl_str_cut(&rest, ',', &word)) {
        const pl_check *c = pl_content_check(content, pl_str_trim(word));
        if (!c || !c->window.n)
            rc = pl_fail(err, PL_USAGE,
                         "--checks: %.*s is no check that a window may waive (docs/formats/"
                         "statements.md lists them)",
                         PL_F(word));
        else if (json_array_append_new(list, json_stringn(c->id.p, c->id.n)) < 0)
            rc = pl_fail(err, PL_NOMEM, "checks");
    }
    if (json_object_set_new(s->body, "checks", list) < 0 && !rc)
        rc = pl_fail(err, PL_NOMEM, "checks");
    return rc;
}

static pl_rc until_of(const pl_cli *cli, const struct pl_args *args, int64_t *ret, pl_err *err)
{
    const char *word = pl_opt_value(args, "for");
    int64_t seconds = 0;

    if (!word || !pl_duration_parse(pl_str_c(word), &seconds) ||
        seconds > PL_GOVERN_WINDOW_DAYS * INT64_C(86400))
        return pl_fail(err, PL_USAGE, "--for %s: how long, as 30m or 2h; at most 7d",
                       word ? word : "");
    *ret = pl_now_us(cli->clock) + seconds * 1000000;
    return PL_OK;
}

pl_rc pl_window_check_id(pl_str id, char ret[65], pl_err *err)
{
    for (size_t i = 0; i < id.n; i++)
        if (!id.p[i] || !strchr("0123456789abcdef", id.p[i]))
            return pl_fail(err, PL_FORMAT, "the engine's id of a container is none");
    return id.n == 64 && pl_str_to_c(id, ret, 65)
               ? PL_OK
               : pl_fail(err, PL_FORMAT, "the engine's id of a container is none");
}

static pl_rc fill_open(pl_cli *cli, const struct pl_args *args, const pl_inside_container *c,
                       pl_said *s, int64_t until_us, pl_err *err)
{
    pl_rc rc = pl_govern_put(s->body, "act", PL_S("open"), err);

    if (!rc)
        rc = pl_said_option(s, args, "reason", "reason", true, err);
    if (!rc)
        rc = pl_said_option(s, args, "by", "by", true, err);
    if (!rc)
        rc = pl_govern_put(s->body, "container", c->id, err);
    if (!rc)
        rc = pl_said_text(s, "name", pl_str_sub(c->name, 0, PL_GOVERN_NAME), err);
    if (!rc)
        rc = pl_govern_put_time(s->body, "until", until_us, err);
    return rc ? rc : put_checks(cli, args, s, err);
}

static pl_rc open_one(pl_cli *cli, const struct pl_args *args, pl_engine_client *client,
                      const pl_inside_container *c, pl_err *err)
{
    PL_AUTO_SAID pl_said s = {0};
    PL_AUTO_BUF pl_buf before = {0};
    char id[65], until[PL_TIME_TEXT];
    int64_t until_us = 0;
    uint64_t number = 0;
    pl_inside now;

    pl_rc rc = pl_window_check_id(c->id, id, err);
    if (!rc)
        rc = until_of(cli, args, &until_us, err);
    if (!rc)
        rc = pl_said_start(cli, &s, err);
    if (!rc)
        rc = fill_open(cli, args, c, &s, until_us, err);
    if (rc)
        return rc;
    pl_inside_look(client, id, cli->arena, &now);
    rc = pl_window_lines(&s, now.written, now.n_written, &before, err);
    if (rc)
        return rc;
    const pl_ledger_blob blob = {"before", "text/plain", pl_buf_view(&before)};
    rc = pl_said_write(&s, PL_GOVERN_WINDOW, (pl_ledger_subject){PL_S("container"), c->id}, &blob,
                       before.n ? 1 : 0, &number, err);
    if (rc)
        return rc;
    pl_time_print(until_us, until);
    PL_AUTO_BUF pl_buf name = {0};
    pl_text_visible(&name, c->name, PL_GOVERN_NAME);
    (void)fprintf(cli->out, "window #%llu of %.*s (%.12s) is open until %.19s UTC\n",
                  (unsigned long long)number, PL_F(pl_buf_view(&name)), id, until);
    return PL_OK;
}

static pl_rc run_open(pl_cli *cli, const struct pl_args *args, int *ret_status, pl_err *err)
{
    PL_AUTO_ENGINE_CLIENT pl_engine_client *client = NULL;
    pl_inside_container *all = NULL;
    size_t n = 0, n_meant = 0;

    (void)ret_status;
    if (pl_arg_count(args) != 1)
        return pl_fail(err, PL_USAGE, "window open: name one container or workload");
    pl_str what = pl_str_c(pl_arg(args, 0));
    pl_rc rc = pl_window_engine(cli, args, &client, err);
    if (!rc)
        rc = pl_inside_list(client, cli->arena, &all, &n, err);
    matches is_meant = rc ? NULL : who_is_meant(all, n, what, &n_meant);
    if (!rc && (n_meant == 0 || n_meant > CONTAINERS))
        rc = pl_fail(err, PL_USAGE, "%.*s: %s", PL_F(what),
                     n_meant ? "is more than 64 containers"
                             : "the engine has no such container or workload");
    for (size_t i = 0; !rc && i < n; i++)
        if (is_meant && is_meant(&all[i], what))
            rc = open_one(cli, args, client, &all[i], err);
    return rc;
}

/* ---- list ---- */

static void list_row(pl_grid *g, const pl_govern_row *row, int64_t now_us)
{
    char number[24], from[PL_TIME_TEXT], until[PL_TIME_TEXT];
    pl_statement_state state = pl_govern_state_at(row, now_us);

    (void)snprintf(number, sizeof(number), "#%lld", (long long)row->s.number);
    pl_time_print(row->s.said_us, from);
    pl_time_print(row->s.until_us, until);
    pl_grid_add(g, pl_arena_str(g->a, pl_str_c(number)));
    pl_grid_add(g, state == PL_STATEMENT_IN_FORCE ? PL_S("open")
                                                  : pl_str_c(pl_statement_state_word(state)));
    pl_grid_add(g, pl_arena_str(g->a, pl_str_sub(pl_str_c(from), 0, 19)));
    pl_grid_add(g, pl_arena_str(g->a, pl_str_sub(pl_str_c(until), 0, 19)));
    pl_grid_add(g, row->name);
    pl_grid_add(g, row->s.by);
    pl_grid_add(g, row->s.text);
    pl_grid_add(g, row->s.why.n ? row->s.why : PL_S("-"));
}

static pl_rc run_list(pl_cli *cli, const struct pl_args *args, int *ret_status, pl_err *err)
{
    static const char *const heads[] = {"WINDOW",    "STATE",     "OPENED", "UNTIL",
                                        "CONTAINER", "OPENED BY", "REASON", "FOUND"};
    PL_AUTO_BUF pl_buf out = {0};
    pl_grid g = pl_cli_grid(cli, PL_COUNT(heads));
    pl_govern said;
    size_t n = 0;

    (void)args;
    pl_rc rc = pl_said_read(cli, &said, err);
    if (rc)
        return rc;
    for (size_t i = 0; i < PL_COUNT(heads); i++)
        pl_grid_add(&g, pl_str_c(heads[i]));
    for (size_t i = 0; i < said.n; i++) {
        const pl_govern_row *row = &said.rows[i];
        if (!pl_statement_is(&row->s, PL_STATEMENT_WINDOW))
            continue;
        list_row(&g, row, pl_now_us(cli->clock));
        if (!row->s.ended_us && pl_now_us(cli->clock) >= row->s.until_us)
            *ret_status = 1;
        n++;
    }
    if (n)
        pl_grid_print(&g, &out);
    else
        pl_buf_c(&out, "No window was opened here.\n");
    (void)fwrite(out.p ? out.p : "", 1, out.n, cli->out);
    return PL_OK;
}

static const pl_verb subs[] = {
    {.name = "open",
     .operands = "CONTAINER|WORKLOAD",
     .summary = "waive what a window may waive, for a while",
     .help = "A workload is a Compose service (project/service), a Swarm service or a pod\n"
             "(namespace/name): each of its containers gets a window.",
     .examples = "  plimsoll window open web --for 2h --reason 'heap dump' --by 'A. Operator'",
     .opts = open_opts,
     .run = run_open},
    {.name = "close",
     .operands = "NUMBER",
     .summary = "record what was written and what runs, and end it",
     .help = "NUMBER is that of plimsoll window list.",
     .examples = "  plimsoll window close 3 --by 'A. Operator'",
     .opts = pl_window_close_opts,
     .run = pl_window_close},
    {.name = "list",
     .summary = "all windows, and what was found at their end",
     .help = "Exit code 1 while one is open longer than it was to be.",
     .examples = "  plimsoll window list",
     .run = run_list},
    {0},
};

const pl_verb pl_verb_window = {
    .name = "window",
    .summary = "troubleshooting windows: read-only unless somebody looks for a fault",
    .help =
        "While a window is open, the checks that it names read \"waived: window #n\" for that\n"
        "container. At its end the written files and the processes are recorded. One that is open\n"
        "longer than it was to be is a finding (CTR-057).",
    .subs = subs,
};
