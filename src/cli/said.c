/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/said.h"

#include "cli/state_dir.h"
#include "core/text.h"
#include "govern/limits.h"
#include "ledger/state.h"
#include "model/period.h"
#include "redact/redact.h"

#include <string.h>

static pl_rc open_redactor(pl_cli *cli, pl_said *s, pl_err *err)
{
    unsigned char key[PL_STATE_SECRET];
    const pl_content_file *files = NULL;
    PL_AUTO_FD int fd = -1;

    pl_rc rc = pl_cli_content_files(cli, &files, err);
    if (!rc)
        rc = pl_state_open(s->state_dir, true, &fd, err);
    if (!rc)
        rc = pl_state_secret(fd, "redact", key, err);
    if (!rc)
        rc = pl_redactor_new(files, key, &s->redactor, err);
    explicit_bzero(key, sizeof(key));
    return rc;
}

pl_rc pl_said_start(pl_cli *cli, pl_said *ret, pl_err *err)
{
    pl_said s = {.body = json_object()};
    pl_rc rc = pl_cli_state_dir(cli, &s.state_dir, err);

    if (!rc && !s.state_dir)
        rc = pl_fail(err, PL_USAGE, "--state-dir none has no log to write to");
    if (!rc && !s.body)
        rc = pl_fail(err, PL_NOMEM, "statement");
    if (!rc)
        rc = open_redactor(cli, &s, err);
    (void)snprintf(s.prog, sizeof(s.prog), "plimsoll/%s", cli->version);
    *ret = s;
    return rc;
}

void pl_said_done(pl_said *s)
{
    pl_redactor_free(s->redactor);
    json_decref(s->body);
    *s = (pl_said){0};
}

pl_rc pl_said_text(pl_said *s, const char *key, pl_str text, pl_err *err)
{
    PL_AUTO_BUF pl_buf out = {0};

    pl_rc rc = pl_redact_text(s->redactor, text, &out, err);
    if (!rc && !pl_buf_ok(&out))
        rc = pl_fail(err, PL_NOMEM, "%s", key);
    return rc ? rc : pl_govern_put(s->body, key, pl_buf_view(&out), err);
}

pl_rc pl_said_option(pl_said *s, const struct pl_args *args, const char *option, const char *key,
                     bool is_needed, pl_err *err)
{
    pl_str text = pl_str_trim(pl_str_c(pl_opt_value(args, option)));

    if (is_needed && text.n == 0)
        return pl_fail(err, PL_USAGE, "--%s is missing; the examples of --help show what is needed",
                       option);
    if (text.n > PL_GOVERN_TEXT)
        return pl_fail(err, PL_USAGE, "--%s: %zu bytes; at most %d, longer texts go into a --file",
                       option, text.n, PL_GOVERN_TEXT);
    for (pl_str rest = text; rest.n;)
        if (pl_text_next(&rest) < 0)
            return pl_fail(err, PL_USAGE, "--%s: is not UTF-8", option);
    return pl_said_text(s, key, text, err);
}

pl_rc pl_said_write(pl_said *s, const char *type, pl_ledger_subject about,
                    const pl_ledger_blob *blobs, size_t n_blobs, uint64_t *ret_number, pl_err *err)
{
    const pl_ledger_options o = {.state_dir = s->state_dir, .prog = s->prog};
    const pl_govern_note note = {
        .type = type, .about = about, .body = s->body, .blobs = blobs, .n_blobs = n_blobs};
    /* Whose hand it was is what the process says: there is no key of the person's. */
    pl_rc rc = pl_govern_put(s->body, "signature", PL_S("none"), err);

    return rc ? rc : pl_govern_write(&o, &note, 1, ret_number, err);
}

pl_rc pl_said_read(pl_cli *cli, pl_govern *ret, pl_err *err)
{
    PL_AUTO_LOG pl_log *log = NULL;
    const char *dir = NULL;

    *ret = (pl_govern){.last_change = UINT64_MAX};
    pl_rc rc = pl_cli_state_dir(cli, &dir, err);
    if (!rc && !dir)
        rc = pl_fail(err, PL_USAGE, "--state-dir none has no log to read");
    if (rc)
        return rc;
    rc = pl_log_open_state(dir, &log, err);
    if (rc == PL_NOTFOUND)
        return PL_OK;
    return rc ? rc : pl_statements_read(NULL, log, cli->arena, ret, err);
}

pl_rc pl_said_until(const pl_cli *cli, const char *option, const char *word, int64_t *ret_us,
                    pl_err *err)
{
    int64_t now = pl_now_us(cli->clock), seconds = 0;
    pl_str s = pl_str_c(word);

    if (pl_day_parse(s, ret_us))
        *ret_us = pl_day_end(*ret_us);
    else if (pl_duration_parse(s, &seconds))
        *ret_us = now + seconds * 1000000;
    else if (!pl_time_parse(s, ret_us))
        return pl_fail(err, PL_USAGE,
                       "--%s %s: a day (2026-12-31), a moment (2026-12-31T12:00:00Z) or a time "
                       "from now (30d, 2h)",
                       option, word);
    if (*ret_us - now > PL_GOVERN_ATTEST_DAYS * INT64_C(86400) * 1000000)
        return pl_fail(err, PL_USAGE, "--%s %s: is more than ten years from now", option, word);
    return *ret_us > now ? PL_OK : pl_fail(err, PL_USAGE, "--%s %s: has passed", option, word);
}
