/* SPDX-License-Identifier: Apache-2.0 */
/* plimsoll waive: a risk that somebody accepts, bound to a finding and its evidence. */
#include "cli/outputs.h"
#include "cli/past.h"
#include "cli/said.h"
#include "cli/verbs.h"
#include "core/clock.h"
#include "core/log.h"
#include "govern/apply.h"
#include "govern/limits.h"

#include <string.h>

enum { REPORTS = 20 }; /* that are looked through for a finding */

static const pl_opt waive_opts[] = {
    {"scope", "KIND:NAME",
     "only this subject: container:web, image:app:1; else all it was found in", false},
    {"rationale", "TEXT", "why the risk is accepted", false},
    {"compensating", "TEXT", "the control that stands in: its id or words", false},
    {"approver", "NAME", "who accepts it", false},
    {"by", "NAME", "who asks for it; else the approver", false},
    {"expires", "WHEN", "2026-12-31 or 90d, at most 366 days from now", false},
    {0},
};

/* ---- the finding ---- */

typedef struct found {
    const pl_finding *first;
    size_t n;
    json_t *evidence; /* array of bindings */
} found;

static bool is_meant(const pl_finding *f, pl_str what, pl_str scope)
{
    bool is_named = pl_str_eq(pl_str_c(f->id), what) ||
                    pl_str_eq(f->check ? f->check->id : f->vuln->advisory, what);

    return is_named && pl_finding_judged(f) == PL_FAIL && f->evidence_hash[0] &&
           pl_govern_in_scope(scope, f->subject);
}

static pl_rc add_field(json_t *list, pl_str name, pl_str value, pl_err *err)
{
    json_t *field = json_object();
    pl_rc rc = pl_govern_put(field, "name", name, err);

    if (!rc)
        rc = pl_govern_put(field, "value", value, err);
    if (!rc && json_array_append(list, field) < 0)
        rc = pl_fail(err, PL_NOMEM, "evidence of a waiver");
    json_decref(field);
    return rc;
}

/* Bytes of a value may end within a character. */
static pl_str short_value(pl_str v)
{
    pl_str cut = pl_str_sub(v, 0, PL_GOVERN_VALUE);

    while (cut.n < v.n && cut.n && ((unsigned char)v.p[cut.n] & 0xc0) == 0x80)
        cut.n--;
    return cut;
}

static pl_rc add_fields(json_t *list, const pl_finding *f, pl_err *err)
{
    pl_rc rc = PL_OK;

    for (size_t i = 0; !rc && i < f->n_evidence && i < PL_GOVERN_FIELDS; i++)
        rc =
            add_field(list, pl_str_c(f->evidence[i].field), short_value(f->evidence[i].value), err);
    if (rc || !f->vuln)
        return rc;
    rc = add_field(list, PL_S(PL_GOVERN_VERSION), short_value(f->vuln->version), err);
    return rc ? rc
              : add_field(list, PL_S(PL_GOVERN_FIXED), short_value(f->vuln->fixed_version), err);
}

static bool is_bound_already(const json_t *evidence, const char *hash)
{
    for (size_t i = 0; i < json_array_size(evidence); i++) {
        const char *had = json_string_value(json_object_get(json_array_get(evidence, i), "sha256"));
        if (had && strcmp(had, hash) == 0)
            return true;
    }
    return false;
}

/* Occurrences whose evidence is the same are one. */
static pl_rc bind_to(found *to, const pl_finding *f, pl_err *err)
{
    json_auto_t *b = json_object();
    json_t *fields = json_array();

    to->n++;
    if (json_object_set_new(b, "fields", fields) < 0)
        return pl_fail(err, PL_NOMEM, "evidence of a waiver");
    if (is_bound_already(to->evidence, f->evidence_hash))
        return PL_OK;
    if (json_array_size(to->evidence) == PL_GOVERN_BINDINGS)
        return pl_fail(err, PL_LIMIT, "%s: more than %d different occurrences; --scope names one",
                       f->id, PL_GOVERN_BINDINGS);
    pl_rc rc = pl_govern_put(b, "subject", f->subject->key, err);
    if (!rc)
        rc = pl_govern_put(b, "sha256", pl_str_c(f->evidence_hash), err);
    if (!rc)
        rc = add_fields(fields, f, err);
    if (!rc && json_array_append(to->evidence, b) < 0)
        rc = pl_fail(err, PL_NOMEM, "evidence of a waiver");
    return rc;
}

static pl_rc look(const pl_assessment *a, pl_str what, pl_str scope, found *ret, pl_err *err)
{
    pl_rc rc = PL_OK;

    for (size_t i = 0; !rc && i < a->n_findings; i++) {
        const pl_finding *f = a->findings[i];
        if (!is_meant(f, what, scope))
            continue;
        if (ret->first && strcmp(ret->first->id, f->id) != 0)
            return pl_fail(err, PL_USAGE,
                           "%.*s: is more than one finding (%s of %.*s, %s of %.*s): name its id, "
                           "or one subject by --scope",
                           PL_F(what), ret->first->id, PL_F(ret->first->subject->name), f->id,
                           PL_F(f->subject->name));
        if (!ret->first)
            ret->first = f;
        rc = bind_to(ret, f, err);
    }
    return rc;
}

/* In the newest report that has it. */
static pl_rc find(pl_past *p, pl_str what, pl_str scope, found *ret, pl_err *err)
{
    pl_err why = {0};

    for (int i = 0; i < REPORTS && !ret->first; i++) {
        pl_rc rc = pl_past_next(p, &why);
        if (rc == PL_NOTFOUND)
            break;
        if (rc)
            return pl_fail(err, rc, "%s", why.text);
        rc = look(&p->a, what, scope, ret, err);
        if (rc)
            return rc;
    }
    return ret->first
               ? PL_OK
               : pl_fail(err, PL_USAGE,
                         "%.*s: none of the last %d reports has such a finding that failed%s",
                         PL_F(what), REPORTS, scope.n ? " in that scope" : "");
}

/* ---- waive ---- */

static pl_rc put_person(pl_said *s, const struct pl_args *args, pl_err *err)
{
    pl_rc rc = pl_said_option(s, args, "approver", "approver", true, err);

    if (!rc)
        rc = pl_said_option(s, args, pl_opt_value(args, "by") ? "by" : "approver", "by", true, err);
    if (!rc)
        rc = pl_said_option(s, args, "rationale", "rationale", true, err);
    return rc ? rc : pl_said_option(s, args, "compensating", "compensating", false, err);
}

static pl_rc put_finding(pl_said *s, const struct pl_args *args, const found *f, pl_err *err)
{
    const pl_finding *x = f->first;
    pl_rc rc = pl_govern_put(s->body, "act", PL_S("waive"), err);

    if (!rc)
        rc = pl_govern_put(s->body, "finding", pl_str_c(x->id), err);
    if (!rc)
        rc = pl_govern_put(s->body, "rule", x->check ? x->check->id : x->vuln->advisory, err);
    if (!rc)
        rc = pl_govern_put(s->body, "title", x->check ? x->check->title : x->vuln->package, err);
    if (!rc)
        rc = pl_govern_put(s->body, "class", x->subject->klass, err);
    if (!rc)
        rc = pl_govern_put(s->body, "kind", x->subject->kind, err);
    if (!rc && pl_opt_value(args, "scope"))
        rc = pl_govern_put(s->body, "scope", pl_str_c(pl_opt_value(args, "scope")), err);
    if (!rc && json_object_set(s->body, "evidence", f->evidence) < 0)
        rc = pl_fail(err, PL_NOMEM, "waiver");
    return rc;
}

static pl_rc until_of(const pl_cli *cli, const struct pl_args *args, int64_t *ret, pl_err *err)
{
    const int64_t most = PL_GOVERN_WAIVE_DAYS * INT64_C(86400) * 1000000;
    const char *word = pl_opt_value(args, "expires");

    if (!word)
        return pl_fail(err, PL_USAGE, "--expires is missing: no waiver holds for ever");
    pl_rc rc = pl_said_until(cli, "expires", word, ret, err);
    if (!rc && *ret - pl_now_us(cli->clock) > most)
        rc = pl_fail(err, PL_USAGE, "--expires %s: a waiver holds for at most 366 days", word);
    return rc;
}

static pl_rc check_scope(const char *scope, pl_err *err)
{
    pl_str rest = pl_str_c(scope), kind;

    if (scope && (!pl_str_cut(&rest, ':', &kind) || rest.n == 0 || rest.n > PL_GOVERN_NAME))
        return pl_fail(err, PL_USAGE, "--scope %s: KIND:NAME, as container:web", scope);
    return PL_OK;
}

static pl_rc write_waiver(pl_cli *cli, const struct pl_args *args, const found *f, pl_err *err)
{
    PL_AUTO_SAID pl_said s = {0};
    char until[PL_TIME_TEXT];
    int64_t until_us = 0;
    uint64_t number = 0;

    pl_rc rc = until_of(cli, args, &until_us, err);
    if (!rc)
        rc = pl_said_start(cli, &s, err);
    if (!rc)
        rc = put_person(&s, args, err);
    if (!rc)
        rc = put_finding(&s, args, f, err);
    if (!rc)
        rc = pl_govern_put_time(s.body, "until", until_us, err);
    if (!rc)
        rc = pl_said_write(&s, PL_GOVERN_WAIVE,
                           (pl_ledger_subject){PL_S("finding"), pl_str_c(f->first->id)}, NULL, 0,
                           &number, err);
    if (rc)
        return rc;
    pl_time_print(until_us, until);
    (void)fprintf(cli->out,
                  "waiver #%llu of %s: %zu occurrences, until %.16s UTC, while the evidence is "
                  "what it is\n",
                  (unsigned long long)number, f->first->id, f->n, until);
    return PL_OK;
}

static pl_rc run_waive(pl_cli *cli, const struct pl_args *args, int *ret_status, pl_err *err)
{
    PL_AUTO_PAST pl_past past = {0};
    json_auto_t *evidence = json_array();
    const char *scope = pl_opt_value(args, "scope");
    found f = {.evidence = evidence};

    (void)ret_status;
    if (pl_arg_count(args) != 1)
        return pl_fail(err, PL_USAGE, "waive: name one finding, as F-3KFEGFPSFLXPF2RL or CTR-013");
    pl_rc rc = check_scope(scope, err);
    if (!rc)
        rc = pl_past_open(cli, &past, err);
    if (!rc)
        rc = find(&past, pl_str_c(pl_arg(args, 0)), pl_str_c(scope), &f, err);
    return rc ? rc : write_waiver(cli, args, &f, err);
}

/* ---- list ---- */

/* Its own dates, or what the newest report that looked at it found. */
static const char *state_of(const pl_govern_row *row, const pl_assessment *last, int64_t now_us)
{
    pl_statement_state own = pl_govern_state_at(row, now_us);

    for (size_t i = 0; own == PL_STATEMENT_IN_FORCE && i < last->n_statements; i++)
        if (last->statements[i].number == row->s.number && last->statements[i].state)
            return last->statements[i].state;
    return pl_statement_state_word(own);
}

static void list_row(pl_grid *g, const pl_govern_row *row, const char *state)
{
    char number[24], until[PL_TIME_TEXT];

    (void)snprintf(number, sizeof(number), "#%lld", (long long)row->s.number);
    pl_time_print(row->s.until_us - 1, until);
    pl_grid_add(g, pl_arena_str(g->a, pl_str_c(number)));
    pl_grid_add(g, pl_str_c(state));
    pl_grid_add(g, pl_arena_str(g->a, pl_str_sub(pl_str_c(until), 0, 10)));
    pl_grid_add(g, row->s.what);
    pl_grid_add(g, row->s.scope.n ? row->s.scope : PL_S("-"));
    pl_grid_add(g, row->s.approver);
    pl_grid_add(g, row->s.text);
}

static pl_rc run_list(pl_cli *cli, const struct pl_args *args, int *ret_status, pl_err *err)
{
    static const char *const heads[] = {"WAIVER", "STATE",    "UNTIL",    "FINDING",
                                        "SCOPE",  "APPROVER", "RATIONALE"};
    PL_AUTO_PAST pl_past past = {0};
    PL_AUTO_BUF pl_buf out = {0};
    pl_grid g = pl_cli_grid(cli, PL_COUNT(heads));
    pl_govern said;
    size_t n = 0;

    (void)args;
    (void)ret_status;
    pl_rc rc = pl_past_open(cli, &past, err);
    if (!rc)
        rc = pl_said_read(cli, &said, err);
    if (rc)
        return rc;
    rc = pl_past_next(&past, err);
    if (rc && rc != PL_NOTFOUND)
        return rc;
    for (size_t i = 0; i < PL_COUNT(heads); i++)
        pl_grid_add(&g, pl_str_c(heads[i]));
    for (size_t i = 0; i < said.n; i++) {
        if (!pl_statement_is(&said.rows[i].s, PL_STATEMENT_WAIVER))
            continue;
        list_row(&g, &said.rows[i], state_of(&said.rows[i], &past.a, pl_now_us(cli->clock)));
        n++;
    }
    if (n)
        pl_grid_print(&g, &out);
    else
        pl_buf_c(&out, "No risk is waived here.\n");
    (void)fwrite(out.p ? out.p : "", 1, out.n, cli->out);
    return PL_OK;
}

/* ---- revoke ---- */

static const pl_opt revoke_opts[] = {
    {"by", "NAME", "who revokes it", false},
    {"reason", "TEXT", "why", false},
    {0},
};

static pl_rc read_number(const char *word, uint64_t *ret, pl_err *err)
{
    pl_str s = pl_str_c(word);

    if (pl_str_starts(s, PL_S("#")))
        s = pl_str_sub(s, 1, s.n);
    return pl_str_u64(s, ret) && *ret <= INT64_MAX
               ? PL_OK
               : pl_fail(err, PL_USAGE, "\"%s\" is no number of a waiver; plimsoll waive list",
                         word ? word : "");
}

static pl_rc run_revoke(pl_cli *cli, const struct pl_args *args, int *ret_status, pl_err *err)
{
    PL_AUTO_SAID pl_said s = {0};
    uint64_t number = 0, entry = 0;
    pl_govern said;

    (void)ret_status;
    if (pl_arg_count(args) != 1)
        return pl_fail(err, PL_USAGE, "waive revoke: name one waiver by its number");
    pl_rc rc = read_number(pl_arg(args, 0), &number, err);
    if (!rc)
        rc = pl_said_read(cli, &said, err);
    if (rc)
        return rc;
    const pl_govern_row *row = pl_govern_row_of(&said, (int64_t)number, PL_STATEMENT_WAIVER);
    if (!row || row->is_revoked)
        return pl_fail(err, PL_USAGE, "#%llu: %s; plimsoll waive list", (unsigned long long)number,
                       row ? "is revoked already" : "is no waiver");
    rc = pl_said_start(cli, &s, err);
    if (!rc)
        rc = pl_govern_put(s.body, "act", PL_S("revoke"), err);
    if (!rc)
        rc = pl_said_option(&s, args, "by", "by", true, err);
    if (!rc)
        rc = pl_said_option(&s, args, "reason", "reason", true, err);
    if (!rc && json_object_set_new(s.body, "waiver", json_integer((json_int_t)number)) < 0)
        rc = pl_fail(err, PL_NOMEM, "waiver");
    if (!rc)
        rc = pl_said_write(&s, PL_GOVERN_WAIVE, (pl_ledger_subject){PL_S("finding"), row->s.what},
                           NULL, 0, &entry, err);
    if (!rc)
        (void)fprintf(cli->out, "waiver #%llu is revoked (entry %llu)\n",
                      (unsigned long long)number, (unsigned long long)entry);
    return rc;
}

static const pl_verb subs[] = {
    {.name = "list",
     .summary = "all waivers and whether they hold",
     .examples = "  plimsoll waive list",
     .run = run_list},
    {.name = "revoke",
     .operands = "NUMBER",
     .summary = "end a waiver before its day",
     .help = "NUMBER is that of plimsoll waive list. Both stay in the log: the waiver and its end.",
     .examples = "  plimsoll waive revoke 12 --by 'C. Iso' --reason 'the cache has its own volume'",
     .opts = revoke_opts,
     .run = run_revoke},
    {0},
};

const pl_verb pl_verb_waive = {
    .name = "waive",
    .operands = "FINDING",
    .summary = "accept the risk of a finding until a day, while its evidence stays the same",
    .help = "FINDING is the id of a finding in a report, or a check or CVE that failed. Reports "
            "show it\n"
            "as waived with rationale and approver, the verdict under it stays fail; --fail-on "
            "does not\n"
            "count it. It lapses when the evidence changes. For vulnerabilities a line in\n"
            ".plimsollignore does the same (docs/formats/statements.md).",
    .examples = "  plimsoll waive CTR-013 --scope container:web --approver 'C. Iso' --expires 90d "
                "\\\n      --rationale 'writes its cache' --compensating CTR-043\n"
                "  plimsoll waive list",
    .opts = waive_opts,
    .subs = subs,
    .run = run_waive,
};
