/* SPDX-License-Identifier: Apache-2.0 */
/* plimsoll window close: what was written and what runs now goes on record, and the window ends. */
#include "cli/window.h"

#include "cli/ledger_read.h"
#include "core/clock.h"
#include "core/log.h"
#include "govern/apply.h"
#include "govern/limits.h"
#include "redact/redact.h"

#include <string.h>

const pl_opt pl_window_close_opts[] = {
    {"by", "NAME", "who closes it", false},
    PL_WINDOW_ENGINE_OPTS,
    {0},
};

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
        rc = pl_window_line(s, now->written[i], &line, err);
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
        rc = pl_window_lines(s, now->written, now->n_written, &written, err);
    if (!rc)
        rc = pl_window_lines(s, now->executed, now->n_executed, &executed, err);
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

pl_rc pl_window_close(pl_cli *cli, const struct pl_args *args, int *ret_status, pl_err *err)
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
        rc = pl_window_check_id(row->s.what, id, err);
    if (!rc)
        rc = pl_window_engine(cli, args, &client, err);
    if (!rc)
        rc = pl_said_start(cli, &s, err);
    if (rc)
        return rc;
    pl_inside_look(client, id, cli->arena, &now);
    rc = leave_out_before(cli, &s, row->s.number, &now, err);
    return rc ? rc : write_close(cli, args, &s, row, &now, err);
}
