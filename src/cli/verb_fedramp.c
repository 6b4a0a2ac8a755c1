/* SPDX-License-Identifier: Apache-2.0 */
/* plimsoll fedramp: vulnerabilities of a month under FedRAMP's rules, and what people say of them.
 */
#include "cli/fedramp.h"
#include "cli/past.h"
#include "cli/said.h"
#include "cli/verbs.h"
#include "core/clock.h"
#include "model/period.h"

#include <string.h>

enum { REPORTS = 20, BUDGET = 1 << 30, MONTH_TEXT = 7, CLOCK_DAYS = 192 };

static const int64_t day_us = INT64_C(86400) * 1000000;

static const pl_opt report_opts[] = {
    {"month", "MONTH", "2026-11; else this month so far", false},
    {"class", "LETTER", "of the offering: a, b (Low), c (Moderate, default) or d (High)", false},
    {"likely", "PERCENT", "EPSS from which on exploitation is likely (default 10)", false},
    {"impact-of", "SEVERITY=N", "your rule: critical=N4,high=N3; else a person says it of each",
     true},
    {"format", "FORMAT", "text (default) or json", false},
    {0},
};

/* ---- terms ---- */

static pl_rc read_month(const pl_cli *cli, const char *word, pl_fedramp_time *ret, pl_err *err)
{
    char day[PL_TIME_TEXT + 4];
    int64_t now = pl_now_us(cli->clock), after = 0;

    pl_time_print(now, ret->month);
    ret->month[MONTH_TEXT] = '\0';
    if (word && strlen(word) == MONTH_TEXT)
        memcpy(ret->month, word, MONTH_TEXT);
    (void)snprintf(day, sizeof(day), "%s-01", ret->month);
    if ((word && strlen(word) != MONTH_TEXT) || !pl_day_parse(pl_str_c(day), &ret->from_us))
        return pl_fail(err, PL_USAGE, "--month %s: a month as 2026-11", word);
    if (ret->from_us > now)
        return pl_fail(err, PL_USAGE, "--month %s: is still to come", word);
    after = pl_period_term(PL_PERIOD_MONTHLY, ret->from_us).due_us - day_us;
    ret->is_over = after <= now;
    ret->to_us = ret->is_over ? after : now;
    return PL_OK;
}

static pl_rc read_rule(pl_str word, pl_vdr_terms *t, pl_err *err)
{
    pl_str rest = word, name;
    pl_severity severity;
    bool is_rule = pl_str_cut(&rest, '=', &name) && pl_severity_parse(name, &severity) &&
                   rest.n == 2 && rest.p[0] == 'N' && rest.p[1] >= '1' &&
                   rest.p[1] <= '0' + PL_VDR_IMPACT_MOST;

    if (!is_rule)
        return pl_fail(err, PL_USAGE, "--impact-of %.*s: SEVERITY=N1 to N5, as critical=N4",
                       PL_F(word));
    t->impact[severity] = rest.p[1] - '0';
    return PL_OK;
}

static pl_rc read_terms(const struct pl_args *args, pl_vdr_terms *t, pl_err *err)
{
    const char *klass = pl_opt_value(args, "class"), *likely = pl_opt_value(args, "likely");
    uint64_t percent = 10;
    pl_rc rc = PL_OK;

    if (klass && (strlen(klass) != 1 || !strchr("abcdABCD", klass[0])))
        return pl_fail(err, PL_USAGE, "--class %s: a, b, c or d", klass);
    t->klass = klass ? (char)(klass[0] | 0x20) : 'c';
    if (likely && (!pl_str_u64(pl_str_c(likely), &percent) || percent > 100))
        return pl_fail(err, PL_USAGE, "--likely %s: whole percents, 0 to 100", likely);
    t->likely_ppm = (int)percent * 10000;
    for (size_t i = 0; !rc && pl_opt_nth(args, "impact-of", i); i++) {
        pl_str rest = pl_str_c(pl_opt_nth(args, "impact-of", i)), word;
        while (!rc && pl_str_cut(&rest, ',', &word))
            rc = read_rule(pl_str_trim(word), t, err);
    }
    return rc;
}

/* ---- history ---- */

/* As far back as the longest of the clocks. */
static pl_rc read_reports(pl_cli *cli, pl_fedramp_time *time, pl_vdr_history *h, pl_err *err)
{
    int64_t since = time->from_us - CLOCK_DAYS * day_us;
    PL_AUTO_PAST pl_past past = {0};
    pl_err why = {0};
    pl_rc rc = pl_past_open(cli, &past, err);

    while (!rc) {
        rc = pl_past_next(&past, &why);
        if (rc == PL_NOTFOUND)
            return PL_OK;
        if (!rc && past.a.started_us < since) {
            time->since_us = since;
            return PL_OK;
        }
        if (rc)
            return pl_fail(err, rc, "%s", why.text);
        if (past.a.started_us < time->to_us)
            rc = pl_vdr_fold(h, &past.a, past.entry, err);
    }
    return rc;
}

static pl_rc run_report(pl_cli *cli, const struct pl_args *args, int *ret_status, pl_err *err)
{
    PL_AUTO_ARENA pl_arena *arena = pl_arena_new(BUDGET);
    PL_AUTO_BUF pl_buf out = {0};
    const char *format = pl_opt_value(args, "format");
    bool is_json = format && strcmp(format, "json") == 0;
    pl_vdr_history h = {.arena = arena};
    pl_fedramp_time time = {0};
    pl_vdr_terms terms = {0};
    pl_govern said;

    if (!arena)
        return pl_fail(err, PL_NOMEM, "fedramp");
    if (pl_arg_count(args))
        return pl_fail(err, PL_USAGE, "fedramp: takes no operand; --month names another month");
    if (format && !is_json && strcmp(format, "text") != 0)
        return pl_fail(err, PL_USAGE, "--format %s: text or json", format);
    pl_rc rc = read_month(cli, pl_opt_value(args, "month"), &time, err);
    if (!rc)
        rc = read_terms(args, &terms, err);
    if (!rc)
        rc = read_reports(cli, &time, &h, err);
    if (!rc)
        rc = pl_said_read(cli, &said, err);
    terms.now_us = time.to_us;
    if (!rc)
        rc = pl_vdr_judge(&h, &said, &terms, err);
    if (rc)
        return rc;
    if (is_json)
        pl_fedramp_json(&h, &terms, &time, cli, &out);
    else
        pl_fedramp_text(&h, &terms, &time, cli, &out);
    if (!pl_buf_ok(&out))
        return pl_fail(err, PL_NOMEM, "fedramp");
    (void)fwrite(out.p, 1, out.n, cli->out);
    *ret_status = 0;
    return PL_OK;
}

/* ---- evaluate ---- */

static const pl_opt evaluate_opts[] = {
    {"impact", "N", "what its use would do to the agencies: N1 (negligible) to N5", false},
    {"reachable", "WORD", "yes or no: from the internet; else what the audit saw", false},
    {"exploitable", "WORD", "yes or no: likely; else by CISA's list and EPSS", false},
    {"by", "NAME", "who evaluated it", false},
    {"reason", "TEXT", "why", false},
    {0},
};

/* In one of the newest reports. */
static pl_rc look_for(pl_cli *cli, pl_str what, pl_str *ret_title, pl_err *err)
{
    PL_AUTO_PAST pl_past past = {0};
    pl_err why = {0};
    pl_rc rc = pl_past_open(cli, &past, err);

    if (rc)
        return rc;
    for (int i = 0; i < REPORTS; i++) {
        rc = pl_past_next(&past, &why);
        if (rc == PL_NOTFOUND)
            break;
        if (rc)
            return pl_fail(err, rc, "%s", why.text);
        for (size_t k = 0; k < past.a.n_findings; k++) {
            const pl_finding *f = past.a.findings[k];
            if (!f->vuln ||
                (!pl_str_eq(pl_str_c(f->id), what) && !pl_str_eq(f->vuln->advisory, what)))
                continue;
            *ret_title = pl_arena_str(cli->arena, f->vuln->package);
            return PL_OK;
        }
    }
    return pl_fail(err, PL_USAGE, "%.*s: none of the last %d reports has such a vulnerability",
                   PL_F(what), REPORTS);
}

static pl_rc put_words(pl_said *s, const struct pl_args *args, pl_err *err)
{
    static const char *const names[] = {"reachable", "exploitable"};
    const char *impact = pl_opt_value(args, "impact");
    pl_rc rc = PL_OK;

    if (!impact || strlen(impact) != 2 || impact[0] != 'N' || impact[1] < '1' ||
        impact[1] > '0' + PL_VDR_IMPACT_MOST)
        return pl_fail(err, PL_USAGE, "--impact %s: N1, N2, N3, N4 or N5", impact ? impact : "");
    rc = pl_govern_put(s->body, "impact", pl_str_c(impact), err);
    for (size_t i = 0; !rc && i < PL_COUNT(names); i++) {
        const char *word = pl_opt_value(args, names[i]);
        if (word && strcmp(word, "yes") != 0 && strcmp(word, "no") != 0)
            return pl_fail(err, PL_USAGE, "--%s %s: yes or no", names[i], word);
        if (word)
            rc = pl_govern_put(s->body, names[i], pl_str_c(word), err);
    }
    return rc;
}

static pl_rc run_evaluate(pl_cli *cli, const struct pl_args *args, int *ret_status, pl_err *err)
{
    PL_AUTO_SAID pl_said s = {0};
    pl_str what, title = {"", 0};
    uint64_t number = 0;

    (void)ret_status;
    if (pl_arg_count(args) != 1)
        return pl_fail(err, PL_USAGE,
                       "fedramp evaluate: name one vulnerability, as F-3KFEGFPSFLXPF2RL or a CVE");
    what = pl_str_c(pl_arg(args, 0));
    pl_rc rc = look_for(cli, what, &title, err);
    if (!rc)
        rc = pl_said_start(cli, &s, err);
    if (!rc)
        rc = pl_govern_put(s.body, "finding", what, err);
    if (!rc)
        rc = pl_govern_put(s.body, "title", title, err);
    if (!rc)
        rc = put_words(&s, args, err);
    if (!rc)
        rc = pl_said_option(&s, args, "by", "by", true, err);
    if (!rc)
        rc = pl_said_option(&s, args, "reason", "reason", true, err);
    if (!rc)
        rc = pl_said_write(&s, PL_GOVERN_EVALUATE, (pl_ledger_subject){PL_S("finding"), what}, NULL,
                           0, &number, err);
    if (!rc)
        (void)fprintf(cli->out, "evaluation #%llu of %.*s: %s\n", (unsigned long long)number,
                      PL_F(what), pl_opt_value(args, "impact"));
    return rc;
}

static const pl_verb subs[] = {
    {.name = "evaluate",
     .operands = "FINDING|CVE",
     .summary = "record what the use of a vulnerability would do",
     .help = "From then on the month's report counts by what was said, with who said it and why. "
             "What was\nnot said is taken from the audit, and counts as the worse where that does "
             "not know it.",
     .examples = "  plimsoll fedramp evaluate CVE-2024-3094 --impact N5 --by 'S. Owner' \\\n"
                 "      --reason 'serves every agency'\n"
                 "  plimsoll fedramp evaluate F-3KFEGFPSFLXPF2RL --impact N2 --reachable no \\\n"
                 "      --by 'S. Owner' --reason 'behind the VPN'",
     .opts = evaluate_opts,
     .run = run_evaluate},
    {0},
};

const pl_verb pl_verb_fedramp = {
    .name = "fedramp",
    .summary = "a month's vulnerabilities under FedRAMP's rules of 2026: what is late, open, gone",
    .help = "Reads the reports of the log. For each vulnerability: detected, evaluated, reachable, "
            "likely to\n"
            "be exploited, impact (N1 to N5), until when it is to be evaluated (VER-TFR-EVU), "
            "mitigated\n"
            "(VDR-TFR-PVR), remedied as a known exploited one (VDR-TFR-KEV), marked as accepted\n"
            "(VER-TFR-MAV). What is not known counts as the worse. --format json is the history.",
    .examples = "  plimsoll fedramp --class c --impact-of critical=N4,high=N4,medium=N3,low=N2\n"
                "  plimsoll fedramp --month 2026-10 --format json\n"
                "  plimsoll fedramp evaluate CVE-2024-3094 --impact N5 --by 'S. Owner' \\\n      "
                "--reason 'serves every agency'",
    .opts = report_opts,
    .subs = subs,
    .run = run_report,
};
