/* SPDX-License-Identifier: Apache-2.0 */
/* plimsoll review: what a day of the log holds, and the signature of whoever has read it. */
#include "cli/ledger_read.h"
#include "cli/said.h"
#include "cli/verbs.h"
#include "core/clock.h"
#include "core/hash.h"
#include "govern/due.h"
#include "govern/review.h"

#define CONTROL PL_S("ADM-001") /* daily review of audit logs */

static const pl_opt opts[] = {
    {"day", "DAY", "another day than yesterday: 2026-11-21", false},
    {"sign-off", NULL, "record that it was reviewed", false},
    {"by", "NAME", "who reviewed it", false},
    {"statement", "TEXT", "anomalies with their tickets, or none", false},
    {0},
};

typedef struct sheet {
    int64_t from_us;
    char day[PL_TIME_TEXT];
    pl_review r;
    pl_buf text;
} sheet;

static pl_rc find_day(const pl_cli *cli, const struct pl_args *args, sheet *s, pl_err *err)
{
    enum { DAY = 10 };
    const int64_t day_us = INT64_C(86400) * 1000000;
    int64_t today = pl_day_start(pl_now_us(cli->clock));
    const char *word = pl_opt_value(args, "day");

    s->from_us = today - day_us;
    if (word && !pl_day_parse(pl_str_c(word), &s->from_us))
        return pl_fail(err, PL_USAGE, "--day %s: a day as 2026-11-21", word);
    if (s->from_us > today)
        return pl_fail(err, PL_USAGE, "--day %s: is still to come", word);
    if (s->from_us == today && pl_opt_on(args, "sign-off"))
        return pl_fail(err, PL_USAGE, "--sign-off: the day is not over yet");
    pl_time_print(s->from_us, s->day);
    s->day[DAY] = '\0';
    return PL_OK;
}

static pl_rc make_sheet(pl_cli *cli, sheet *s, pl_err *err)
{
    PL_AUTO_LOG pl_log *log = NULL;
    const char *dir = NULL;

    pl_rc rc = pl_cli_ledger_dir(cli, &dir, err);
    if (!rc)
        rc = pl_log_open_state(dir, &log, err);
    if (rc)
        return rc == PL_NOTFOUND ? pl_cli_no_log_yet(dir, err) : rc;
    rc = pl_review_read(log, s->from_us, pl_day_end(s->from_us), &s->r, err);
    if (rc)
        return rc;
    pl_review_print(&s->r, pl_str_c(s->day), &s->text);
    return pl_buf_ok(&s->text) ? PL_OK : pl_fail(err, PL_NOMEM, "review");
}

/* ---- sign-off ---- */

static pl_rc put_counts(pl_said *said, const sheet *s, pl_err *err)
{
    unsigned char sum[PL_SHA256];
    char hex[PL_SHA256_HEX];

    pl_sha256_of(pl_buf_view(&s->text), sum);
    pl_hex(sum, sizeof(sum), hex);
    pl_rc rc = pl_govern_put(said->body, "sheet", pl_str_c(hex), err);
    for (int p = 0; !rc && p < PL_REVIEW_PARTS; p++)
        if (json_object_set_new(said->body, pl_review_member((pl_review_part)p),
                                json_integer((json_int_t)s->r.n[p])) < 0)
            rc = pl_fail(err, PL_NOMEM, "review");
    return rc;
}

static pl_rc record_day(pl_cli *cli, const struct pl_args *args, const sheet *s,
                        uint64_t *ret_number, pl_err *err)
{
    PL_AUTO_SAID pl_said said = {0};
    const pl_ledger_blob blob = {"sheet", "text/plain", pl_buf_view(&s->text)};

    pl_rc rc = pl_said_start(cli, &said, err);
    if (!rc)
        rc = pl_said_option(&said, args, "by", "by", true, err);
    if (!rc)
        rc = pl_said_option(&said, args, "statement", "statement", true, err);
    if (!rc)
        rc = pl_govern_put(said.body, "day", pl_str_c(s->day), err);
    if (!rc)
        rc = put_counts(&said, s, err);
    return rc ? rc
              : pl_said_write(&said, PL_GOVERN_REVIEW,
                              (pl_ledger_subject){PL_S("day"), pl_str_c(s->day)}, &blob, 1,
                              ret_number, err);
}

/* The control that asks for the review: this is the statement about it. */
static pl_rc attest(pl_cli *cli, const struct pl_args *args, const sheet *s, uint64_t review,
                    uint64_t *ret_number, pl_err *err)
{
    PL_AUTO_SAID pl_said said = {0};
    const pl_content *content = NULL;
    const pl_check *c = NULL;
    pl_period p = PL_PERIOD_DAILY;
    int64_t now = pl_now_us(cli->clock);

    pl_rc rc = pl_cli_content(cli, &content, err);
    if (!rc)
        rc = pl_due_control(content, CONTROL, &c, &p, err);
    if (!rc)
        rc = pl_said_start(cli, &said, err);
    if (!rc)
        rc = pl_said_option(&said, args, "by", "by", true, err);
    if (!rc)
        rc = pl_said_option(&said, args, "statement", "statement", true, err);
    if (!rc)
        rc = pl_govern_put(said.body, "control", c->id, err);
    if (!rc)
        rc = pl_govern_put(said.body, "title", c->title, err);
    if (!rc)
        rc = pl_govern_put(said.body, "owner", c->owner, err);
    if (!rc)
        rc = pl_govern_put(said.body, "day", pl_str_c(s->day), err);
    if (!rc)
        rc = pl_govern_put(said.body, "period", pl_str_c(pl_period_word(p)), err);
    if (!rc)
        rc = pl_govern_put_time(said.body, "until", pl_period_term(p, now).until_us, err);
    if (!rc && json_object_set_new(said.body, "review", json_integer((json_int_t)review)) < 0)
        rc = pl_fail(err, PL_NOMEM, "review");
    return rc ? rc
              : pl_said_write(&said, PL_GOVERN_ATTEST, (pl_ledger_subject){PL_S("control"), c->id},
                              NULL, 0, ret_number, err);
}

/* Of a day that is past the time in which it is to be signed, the review alone is recorded. */
static bool is_in_time(const pl_cli *cli, const sheet *s)
{
    const int64_t two_days_us = INT64_C(2) * 86400 * 1000000;

    return pl_now_us(cli->clock) < pl_day_end(s->from_us) + two_days_us;
}

static pl_rc sign(pl_cli *cli, const struct pl_args *args, const sheet *s, pl_err *err)
{
    uint64_t review = 0, number = 0;

    pl_rc rc = record_day(cli, args, s, &review, err);
    if (!rc)
        (void)fprintf(cli->out, "review #%llu of %s is recorded\n", (unsigned long long)review,
                      s->day);
    if (rc || !is_in_time(cli, s))
        return rc;
    rc = attest(cli, args, s, review, &number, err);
    if (!rc)
        (void)fprintf(cli->out, "attestation #%llu of %.*s\n", (unsigned long long)number,
                      PL_F(CONTROL));
    return rc;
}

static pl_rc run(pl_cli *cli, const struct pl_args *args, int *ret_status, pl_err *err)
{
    sheet s = {0};

    (void)ret_status;
    if (pl_arg_count(args))
        return pl_fail(err, PL_USAGE, "review: takes no operand; --day names another day");
    pl_rc rc = find_day(cli, args, &s, err);
    if (!rc)
        rc = make_sheet(cli, &s, err);
    if (!rc && pl_opt_on(args, "sign-off"))
        rc = sign(cli, args, &s, err);
    else if (!rc)
        (void)fwrite(s.text.p ? s.text.p : "", 1, s.text.n, cli->out);
    pl_review_done(&s.r);
    pl_buf_done(&s.text);
    return rc;
}

const pl_verb pl_verb_review = {
    .name = "review",
    .summary = "yesterday in the log, as a sheet to read and to sign",
    .help = "Findings that began to fail or are over, what could not be read, alerts, denials, "
            "changed\n"
            "settings, what people said. --sign-off records who has read it, with the sheet, and "
            "is the\n"
            "statement about ADM-001 when it comes within 48 hours after the day.",
    .examples = "  plimsoll review\n"
                "  plimsoll review --sign-off --by 'A. Operator' --statement none",
    .opts = opts,
    .run = run,
};
