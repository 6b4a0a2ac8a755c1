/* SPDX-License-Identifier: Apache-2.0 */
/* plimsoll window: read-only unless somebody is looking for a fault, and then on record. */
#include "audit/inside.h"
#include "cli/ledger_read.h"
#include "cli/outputs.h"
#include "cli/said.h"
#include "cli/verbs.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/text.h"
#include "govern/apply.h"
#include "govern/limits.h"
#include "model/period.h"
#include "redact/redact.h"

#include <string.h>

enum { CONTAINERS = 64 }; /* of one workload */

#define ENGINE_OPTS                                                                                \
    {"engine", "ADDRESS", "unix:///PATH or tcp://HOST:PORT; else the usual places", false},        \
        {"tlscacert", "FILE", "authority of a TCP engine's certificate", false},                   \
        {"tlscert", "FILE", "client certificate", false},                                          \
    {                                                                                              \
        "tlskey", "FILE", "its key", false                                                         \
    }

static const pl_opt open_opts[] = {
    {"for", "TIME", "how long: 30m, 2h, at most 7d", false},
    {"reason", "TEXT", "what is looked for", false},
    {"by", "NAME", "who opens it", false},
    {"checks", "LIST", "only these checks, with commas; else all that a window may waive", false},
    ENGINE_OPTS,
    {0},
};

static const pl_opt close_opts[] = {
    {"by", "NAME", "who closes it", false},
    ENGINE_OPTS,
    {0},
};

static pl_rc open_engine(pl_cli *cli, const struct pl_args *args, pl_engine_client **ret,
                         pl_err *err)
{
    pl_engine_search search = pl_engine_search_environment(pl_opt_value(args, "engine"));

    search.flag_ca = pl_opt_value(args, "tlscacert");
    search.flag_cert = pl_opt_value(args, "tlscert");
    search.flag_key = pl_opt_value(args, "tlskey");
    pl_rc rc = pl_inside_open(&search, cli->arena, ret, err);
    return rc ? pl_wrap(err, rc, "window: --engine ADDRESS names the engine") : PL_OK;
}

/* ---- lists in a record ---- */

/* At most PL_GOVERN_LISTED of them, each through the redactor; the rest is counted. */
static pl_rc put_list(pl_said *s, const char *key, const pl_str *v, size_t n, pl_err *err)
{
    json_t *list = json_array();
    pl_rc rc = PL_OK;

    for (size_t i = 0; !rc && i < n && i < PL_GOVERN_LISTED; i++) {
        PL_AUTO_BUF pl_buf out = {0};
        rc = pl_redact_text(s->redactor, v[i], &out, err);
        if (!rc && (!pl_buf_ok(&out) ||
                    json_array_append_new(list, json_stringn(out.p ? out.p : "", out.n)) < 0))
            rc = pl_fail(err, PL_NOMEM, "%s", key);
    }
    if (!rc && n > PL_GOVERN_LISTED &&
        json_array_append_new(list, json_sprintf("and %zu more", n - PL_GOVERN_LISTED)) < 0)
        rc = pl_fail(err, PL_NOMEM, "%s", key);
    if (json_object_set_new(s->body, key, list) < 0 && !rc)
        rc = pl_fail(err, PL_NOMEM, "%s", key);
    return rc;
}

/* Redacted as in the record. A line break in a name would begin a line that nobody wrote. */
static pl_rc write_line(pl_said *s, pl_str text, pl_buf *out, pl_err *err)
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

/* All of them, one a line, for the blob. */
static pl_rc write_lines(pl_said *s, const pl_str *v, size_t n, pl_buf *out, pl_err *err)
{
    pl_rc rc = PL_OK;

    for (size_t i = 0; !rc && i < n; i++) {
        rc = write_line(s, v[i], out, err);
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

static pl_rc check_id(pl_str id, char ret[65], pl_err *err)
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

    pl_rc rc = check_id(c->id, id, err);
    if (!rc)
        rc = until_of(cli, args, &until_us, err);
    if (!rc)
        rc = pl_said_start(cli, &s, err);
    if (!rc)
        rc = fill_open(cli, args, c, &s, until_us, err);
    if (rc)
        return rc;
    pl_inside_look(client, id, cli->arena, &now);
    rc = write_lines(&s, now.written, now.n_written, &before, err);
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
    pl_rc rc = open_engine(cli, args, &client, err);
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

/* ---- close ---- */

static int by_text(const void *pa, const void *pb)
{
    const pl_str *a = pa, *b = pb;

    return pl_str_cmp(*a, *b);
}

/* The lines of a blob, in rising order; *ret is freed by the caller. */
static pl_rc sort_lines(pl_str text, pl_str **ret, size_t *ret_n, pl_err *err)
{
    size_t room = 1, n = 0;

    for (size_t i = 0; i < text.n; i++)
        room += text.p[i] == '\n';
    *ret = calloc(room, sizeof(**ret));
    if (!*ret)
        return pl_fail(err, PL_NOMEM, "window");
    while (n < room && pl_str_cut(&text, '\n', &(*ret)[n]))
        n++;
    qsort(*ret, n, sizeof(**ret), by_text);
    *ret_n = n;
    return PL_OK;
}

static pl_rc keep_new(pl_said *s, const pl_str *before, size_t n_before, pl_inside *now,
                      pl_err *err)
{
    size_t n = 0;
    pl_rc rc = PL_OK;

    for (size_t i = 0; !rc && i < now->n_written; i++) {
        PL_AUTO_BUF pl_buf line = {0};
        rc = write_line(s, now->written[i], &line, err);
        const pl_str key = pl_buf_view(&line);
        if (!bsearch(&key, before, n_before, sizeof(*before), by_text))
            now->written[n++] = now->written[i];
    }
    now->n_written = rc ? now->n_written : n;
    return rc;
}

/* What was there at the opening is not what was written in the window. */
static pl_rc leave_out_before(pl_cli *cli, pl_said *s, int64_t number, pl_inside *now, pl_err *err)
{
    PL_AUTO_LOG pl_log *log = NULL;
    PL_AUTO_BUF pl_buf before = {0};
    PL_AUTO_FREE pl_str *lines = NULL;
    const char *dir = NULL;
    size_t n = 0;

    pl_rc rc = pl_cli_ledger_dir(cli, &dir, err);
    if (!rc)
        rc = pl_log_open_state(dir, &log, err);
    if (!rc)
        rc = pl_log_blob(log, (uint64_t)number, PL_S("before"), &before, err);
    if (rc == PL_NOTFOUND)
        return PL_OK; /* nothing was changed then */
    if (!rc)
        rc = sort_lines(pl_buf_view(&before), &lines, &n, err);
    return rc ? rc : keep_new(s, lines, n, now, err);
}

static pl_rc put_found(pl_said *s, const pl_inside *now, bool is_late, pl_err *err)
{
    PL_AUTO_BUF pl_buf text = {0};

    pl_buf_fmt(&text, "%zu files written", now->n_written);
    if (now->written_gap)
        pl_buf_fmt(&text, " (not read: %s)", now->written_gap);
    pl_buf_fmt(&text, ", %zu processes at its end", now->n_executed);
    if (now->executed_gap)
        pl_buf_fmt(&text, " (not read: %s)", now->executed_gap);
    pl_buf_c(&text, "; what ran and ended before is not seen without run-time monitoring");
    if (is_late)
        pl_buf_c(&text, "; it was open longer than it was to be");
    return pl_buf_ok(&text) ? pl_said_text(s, "found", pl_buf_view(&text), err)
                            : pl_fail(err, PL_NOMEM, "window");
}

static pl_rc write_close(pl_cli *cli, const struct pl_args *args, pl_said *s,
                         const pl_govern_row *row, const pl_inside *now, pl_err *err)
{
    PL_AUTO_BUF pl_buf written = {0}, executed = {0};
    bool is_late = pl_now_us(cli->clock) > row->s.until_us;
    uint64_t entry = 0;

    pl_rc rc = pl_govern_put(s->body, "act", PL_S("close"), err);
    if (!rc)
        rc = pl_said_option(s, args, "by", "by", true, err);
    if (!rc && json_object_set_new(s->body, "window", json_integer(row->s.number)) < 0)
        rc = pl_fail(err, PL_NOMEM, "window");
    if (!rc)
        rc = put_found(s, now, is_late, err);
    if (!rc)
        rc = put_list(s, "written", now->written, now->n_written, err);
    if (!rc)
        rc = put_list(s, "executed", now->executed, now->n_executed, err);
    if (!rc)
        rc = write_lines(s, now->written, now->n_written, &written, err);
    if (!rc)
        rc = write_lines(s, now->executed, now->n_executed, &executed, err);
    if (rc)
        return rc;
    pl_ledger_blob blobs[2];
    size_t n = 0;
    if (written.n)
        blobs[n++] = (pl_ledger_blob){"written", "text/plain", pl_buf_view(&written)};
    if (executed.n)
        blobs[n++] = (pl_ledger_blob){"executed", "text/plain", pl_buf_view(&executed)};
    rc = pl_said_write(s, PL_GOVERN_WINDOW, (pl_ledger_subject){PL_S("container"), row->s.what},
                       blobs, n, &entry, err);
    if (rc)
        return rc;
    (void)fprintf(cli->out,
                  "window #%lld is closed%s: %zu files written, %zu processes "
                  "(entry %llu)\n",
                  (long long)row->s.number, is_late ? " late" : "", now->n_written, now->n_executed,
                  (unsigned long long)entry);
    return PL_OK;
}

static pl_rc find_open(const pl_govern *said, const char *word, const pl_govern_row **ret,
                       pl_err *err)
{
    pl_str s = pl_str_c(word);
    uint64_t number = 0;

    if (pl_str_starts(s, PL_S("#")))
        s = pl_str_sub(s, 1, s.n);
    if (!pl_str_u64(s, &number) || number > INT64_MAX)
        return pl_fail(err, PL_USAGE, "\"%s\" is no number of a window; plimsoll window list",
                       word);
    *ret = pl_govern_row_of(said, (int64_t)number, PL_STATEMENT_WINDOW);
    if (!*ret || (*ret)->s.ended_us)
        return pl_fail(err, PL_USAGE, "#%llu: %s; plimsoll window list", (unsigned long long)number,
                       *ret ? "is closed already" : "is no window");
    return PL_OK;
}

static pl_rc run_close(pl_cli *cli, const struct pl_args *args, int *ret_status, pl_err *err)
{
    PL_AUTO_ENGINE_CLIENT pl_engine_client *client = NULL;
    PL_AUTO_SAID pl_said s = {0};
    const pl_govern_row *row = NULL;
    pl_govern said;
    pl_inside now;
    char id[65];

    (void)ret_status;
    if (pl_arg_count(args) != 1)
        return pl_fail(err, PL_USAGE, "window close: name one window by its number");
    pl_rc rc = pl_said_read(cli, &said, err);
    if (!rc)
        rc = find_open(&said, pl_arg(args, 0), &row, err);
    if (!rc)
        rc = check_id(row->s.what, id, err);
    if (!rc)
        rc = open_engine(cli, args, &client, err);
    if (!rc)
        rc = pl_said_start(cli, &s, err);
    if (rc)
        return rc;
    pl_inside_look(client, id, cli->arena, &now);
    rc = leave_out_before(cli, &s, row->s.number, &now, err);
    return rc ? rc : write_close(cli, args, &s, row, &now, err);
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
     .opts = close_opts,
     .run = run_close},
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
