/* SPDX-License-Identifier: Apache-2.0 */
/* plimsoll attest: a person's signed statement about a control that no machine can judge. */
#include "cli/attest_scope.h"
#include "cli/said.h"
#include "cli/verbs.h"
#include "core/clock.h"
#include "core/io.h"
#include "core/log.h"
#include "govern/due.h"
#include "govern/limits.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

static const pl_opt opts[] = {
    {"requirement", "ID", "it counts for this requirement alone, else for all of the control",
     true},
    {"framework", "ID", "of the requirement, where several have that id: hipaa", false},
    {"decision", "WORD", "ADM-041, about the specification: adopted, alternative, neither", false},
    {"alternative", "TEXT", "what is done in place of the specification", false},
    {"by", "NAME", "who says so", false},
    {"statement", "TEXT", "what is said", false},
    {"file", "FILE", "a document that shows it: its bytes go into the log", true},
    {"owner", "NAME", "who has to renew it; else the control's owner", false},
    {"expires", "WHEN", "sooner than the control's period: 2026-12-31, 30d", false},
    {0},
};

/* ---- documents ---- */

typedef struct documents {
    pl_buf bytes[PL_GOVERN_FILES];
    pl_str names[PL_GOVERN_FILES];
    pl_ledger_blob blobs[PL_GOVERN_FILES];
    char roles[PL_GOVERN_FILES][16];
    size_t n;
} documents;

static void documents_done(documents *d)
{
    for (size_t i = 0; i < d->n; i++)
        pl_buf_done(&d->bytes[i]);
}

static pl_str base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return pl_str_sub(pl_str_c(slash && slash[1] ? slash + 1 : path), 0, PL_GOVERN_NAME);
}

static pl_rc read_one(documents *d, const char *path, pl_err *err)
{
    size_t at = d->n;
    PL_AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    if (at == PL_GOVERN_FILES)
        return pl_fail(err, PL_USAGE, "--file: at most %d documents", PL_GOVERN_FILES);
    if (fd < 0)
        return pl_fail(err, PL_USAGE, "--file %s: %s", path, strerror(errno));
    d->n++;
    pl_rc rc = pl_read_all(fd, PL_GOVERN_FILE, &d->bytes[at], err);
    if (rc)
        return pl_fail(err, PL_USAGE, "--file %s: is no file of at most %d bytes", path,
                       PL_GOVERN_FILE);
    d->names[at] = base_name(path);
    (void)snprintf(d->roles[at], sizeof(d->roles[at]), "file_%zu", at + 1);
    d->blobs[at] =
        (pl_ledger_blob){d->roles[at], "application/octet-stream", pl_buf_view(&d->bytes[at])};
    return PL_OK;
}

static pl_rc read_documents(const struct pl_args *args, documents *d, pl_err *err)
{
    const char *path;
    pl_rc rc = PL_OK;

    for (size_t i = 0; !rc && (path = pl_opt_nth(args, "file", i)); i++)
        rc = read_one(d, path, err);
    return rc;
}

/* ---- the statement ---- */

/* A named day may only make it shorter, except where the organisation's own analysis decides. */
static pl_rc until_of(const pl_cli *cli, const struct pl_args *args, const pl_check *c, pl_period p,
                      int64_t *ret_us, pl_err *err)
{
    const char *word = pl_opt_value(args, "expires");
    int64_t most = pl_period_term(p, pl_now_us(cli->clock)).until_us;
    char shown[PL_TIME_TEXT];

    *ret_us = most;
    if (!word && p == PL_PERIOD_ANALYSIS)
        return pl_fail(err, PL_USAGE,
                       "%.*s is repeated as often as your risk analysis says (ADM-039): --expires "
                       "names the day",
                       PL_F(c->id));
    if (!word)
        return PL_OK;
    pl_rc rc = pl_said_until(cli, "expires", word, ret_us, err);
    pl_time_print(most - 1, shown);
    if (!rc && most && *ret_us > most)
        rc = pl_fail(err, PL_USAGE, "--expires %s: a statement about %.*s holds until %.10s (%s)",
                     word, PL_F(c->id), shown, pl_period_word(p));
    return rc;
}

static pl_rc fill(const pl_cli *cli, pl_said *s, const struct pl_args *args, const pl_check *c,
                  pl_period p, int64_t *ret_until, pl_err *err)
{
    pl_rc rc = until_of(cli, args, c, p, ret_until, err);

    if (!rc)
        rc = pl_said_option(s, args, "by", "by", true, err);
    if (!rc)
        rc = pl_said_option(s, args, "statement", "statement", true, err);
    if (!rc && pl_opt_value(args, "owner"))
        rc = pl_said_option(s, args, "owner", "owner", true, err);
    else if (!rc)
        rc = pl_govern_put(s->body, "owner", c->owner, err);
    if (!rc)
        rc = pl_govern_put(s->body, "control", c->id, err);
    if (!rc)
        rc = pl_govern_put(s->body, "title", c->title, err);
    if (!rc)
        rc = pl_govern_put(s->body, "period", pl_str_c(pl_period_word(p)), err);
    return rc ? rc : pl_govern_put_time(s->body, "until", *ret_until, err);
}

/* What has to be named, and was not. */
static void tell_named(pl_cli *cli, const struct pl_args *args, const pl_check *c)
{
    if (c->named.n && !pl_opt_value(args, "requirement"))
        (void)fprintf(cli->out,
                      "it counts for no requirement of %.*s: name those with --requirement\n",
                      PL_F(c->named));
}

static pl_rc attest(pl_cli *cli, const struct pl_args *args, const pl_content *content,
                    const pl_check *c, pl_period p, documents *d, pl_err *err)
{
    PL_AUTO_SAID pl_said s = {0};
    char until[PL_TIME_TEXT];
    int64_t until_us = 0;
    uint64_t number = 0;

    pl_rc rc = read_documents(args, d, err);
    if (!rc)
        rc = pl_said_start(cli, &s, err);
    if (!rc)
        rc = fill(cli, &s, args, c, p, &until_us, err);
    if (!rc)
        rc = pl_attest_scope(content, &s, args, c, err);
    if (!rc)
        rc = pl_govern_put_files(s.body, d->names, d->blobs, d->n, err);
    if (!rc)
        rc = pl_said_write(&s, PL_GOVERN_ATTEST, (pl_ledger_subject){PL_S("control"), c->id},
                           d->blobs, d->n, &number, err);
    if (rc)
        return rc;
    pl_time_print(until_us, until);
    (void)fprintf(cli->out, "attestation #%llu of %.*s holds until %.16s UTC\n",
                  (unsigned long long)number, PL_F(c->id), until);
    tell_named(cli, args, c);
    return PL_OK;
}

static pl_rc run(pl_cli *cli, const struct pl_args *args, int *ret_status, pl_err *err)
{
    const pl_content *content = NULL;
    const pl_check *c = NULL;
    pl_period p = PL_PERIOD_DAILY;
    documents d = {0};

    (void)ret_status;
    if (pl_arg_count(args) != 1)
        return pl_fail(err, PL_USAGE, "attest: name one control, as ADM-001");
    pl_rc rc = pl_cli_content(cli, &content, err);
    if (!rc)
        rc = pl_due_control(content, pl_str_c(pl_arg(args, 0)), &c, &p, err);
    if (!rc)
        rc = attest(cli, args, content, c, p, &d, err);
    documents_done(&d);
    return rc;
}

const pl_verb pl_verb_attest = {
    .name = "attest",
    .operands = "CONTROL",
    .summary = "a person's statement about a control that no machine can judge",
    .help =
        "Goes into the evidence log with signer, time and documents, and holds for the control's\n"
        "period. Reports show it as attested, which is never a pass; when it has run out, the\n"
        "control is unknown (attestation-expired). plimsoll due lists what comes next. With\n"
        "--requirement it counts for these alone; some controls want each group of requirements\n"
        "named (ADM-027, ADM-063) or a decision about each specification (ADM-041).",
    .examples = "  plimsoll attest ADM-010 --by 'A. Operator' --statement 'plan 4 reviewed' \\\n   "
                "   --file plan-4.pdf\n"
                "  plimsoll attest ADM-063 --requirement 1.1.1 --by 'A. Operator' \\\n"
                "      --statement 'procedure N-1, version 4, of 2026-11-02'",
    .opts = opts,
    .run = run,
};
