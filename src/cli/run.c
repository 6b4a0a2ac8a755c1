/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/run.h"

#include "cli/bytes.h"

#include "cli/filter.h"
#include "core/log.h"
#include "ledger/state.h"
#include "malware/clamd.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

static pl_rc check_engine(const struct pl_args *args, pl_err *err)
{
    static const char *const schemes[] = {"unix://", "tcp://", "http://", "https://"};
    const char *given = pl_opt_value(args, "engine");

    for (size_t i = 0; given && i < PL_COUNT(schemes); i++)
        if (pl_str_starts(pl_str_c(given), pl_str_c(schemes[i])))
            return PL_OK;
    if (!given)
        return PL_OK;
    return pl_fail(err, PL_USAGE, "--engine %s: an address is unix:///PATH or tcp://HOST:PORT%s%s",
                   given, given[0] == '/' ? "; did you mean unix://" : "",
                   given[0] == '/' ? given : "");
}

pl_registry_scope pl_cli_registry_scope(const struct pl_args *args)
{
    return (pl_registry_scope){
        .platform = pl_opt_value(args, "platform"),
        .ca = pl_opt_value(args, "registry-ca"),
        .certs_dir = pl_opt_value(args, "certs-dir"),
        .auth_file = pl_opt_value(args, "auth-file"),
        .insecure = pl_opt_value(args, "insecure"),
        .mirrors = pl_opt_value(args, "mirror"),
    };
}

pl_probe_scope pl_cli_probe_scope(const struct pl_args *args)
{
    return (pl_probe_scope){.ca = pl_opt_value(args, "ca"),
                            .fingerprints = pl_opt_value(args, "ca-fingerprint"),
                            .targets = pl_opt_value(args, "probe-target")};
}

#define IGNORE_FILE ".plimsollignore"

/* A scan takes the ignore file of the folder that it is started in; an audit, which root runs
 * anywhere, only the one that is named. */
static pl_rc take_vex(pl_cli *cli, const struct pl_args *args, const char *verb,
                      pl_vex_sources *ret, pl_err *err)
{
    size_t n = 0;

    while (pl_opt_nth(args, "vex", n))
        n++;
    const char **files = pl_arena_calloc(cli->arena, n ? n : 1, sizeof(*files));
    if (!files)
        return pl_fail(err, PL_NOMEM, "list of VEX files");
    for (size_t i = 0; i < n; i++)
        files[i] = pl_opt_nth(args, "vex", i);
    *ret = (pl_vex_sources){
        .files = files, .n_files = n, .ignore_file = pl_opt_value(args, "ignore-file")};
    if (!ret->ignore_file && strcmp(verb, "scan") == 0) {
        ret->ignore_file = IGNORE_FILE;
        ret->ignore_file_is_usual = true;
    }
    return PL_OK;
}

static pl_rc read_filter(pl_cli *cli, const struct pl_args *args, pl_err *err)
{
    cli->filter = PL_NEW(cli->arena, pl_filter);
    return cli->filter ? pl_filter_read(cli, args, cli->filter, err)
                       : pl_fail(err, PL_NOMEM, "filters");
}

/* Words with commas as C strings. */
static pl_rc split(pl_cli *cli, const char *words, const char *const **ret, size_t *ret_n,
                   pl_err *err)
{
    pl_str rest = pl_str_c(words), word;
    const char **list = pl_arena_calloc(cli->arena, rest.n / 2 + 2, sizeof(*list));
    size_t n = 0;

    while (list && pl_str_cut(&rest, ',', &word)) {
        char *c = pl_arena_calloc(cli->arena, word.n + 1, 1);
        if (!c)
            return pl_fail(err, PL_NOMEM, "options");
        memcpy(c, word.p, word.n);
        if (word.n)
            list[n++] = c;
    }
    *ret = list;
    *ret_n = n;
    return list ? PL_OK : pl_fail(err, PL_NOMEM, "options");
}

static pl_rc take_malware(pl_cli *cli, const struct pl_args *args, pl_malware_options *ret,
                          pl_err *err)
{
    ret->is_off = pl_opt_on(args, "no-malware");
    ret->clamd = pl_opt_value(args, "clamd");
    pl_rc rc = split(cli, pl_opt_value(args, "malware-rules"), &ret->rules, &ret->n_rules, err);
    if (!rc)
        rc = split(cli, pl_opt_value(args, "malware-hashes"), &ret->hashes, &ret->n_hashes, err);
    return rc || !ret->clamd ? rc : pl_clamd_check_address(pl_str_c(ret->clamd), err);
}

/* What the words say. Nothing is read or made before all of them are known to be right. */
static pl_rc take_words(pl_cli *cli, const struct pl_args *args, pl_run_options *o, pl_err *err)
{
    pl_policy policy;
    pl_rc rc = pl_outputs_check(args, err);

    if (!rc)
        rc = check_engine(args, err);
    if (!rc)
        rc = take_vex(cli, args, o->verb, &o->vex, err);
    if (!rc)
        rc = take_malware(cli, args, &o->malware, err);
    if (!rc)
        rc = pl_cli_bytes("cache.max_bytes", pl_opt_value(args, "max-bytes"), &o->cache.max_bytes,
                          err);
    if (!rc)
        rc = pl_policy_parse(pl_opt_value(args, "fail-on"), pl_opt_on(args, "allow-incomplete"),
                             &policy, err);
    if (!rc)
        rc = read_filter(cli, args, err);
    o->cache.is_off = pl_opt_on(args, "no-cache") || o->cache.max_bytes == 0;
    o->no_secrets = pl_opt_on(args, "no-secrets");
    o->no_protected = pl_opt_on(args, "no-protected");
    o->decisions = pl_opt_value(args, "decisions");
    o->vendors = pl_opt_value(args, "vendors");
    o->signature_keys = pl_opt_value(args, "signature-key");
    return rc;
}

static pl_rc take_content(pl_cli *cli, const struct pl_args *args, pl_run_options *o, pl_err *err)
{
    const pl_rules *rules = NULL;
    pl_rc rc = pl_cli_state_dir(cli, &o->state_dir, err);

    if (!rc)
        rc = pl_cli_advisories_dir(cli, args, &o->advisories_dir, &o->must_have_advisories, err);
    if (!rc)
        rc = pl_cli_content(cli, &o->content, err);
    if (!rc)
        rc = pl_cli_content_files(cli, &o->content_files, err);
    if (!rc)
        rc = pl_cli_rules(cli, &rules, err);
    o->rules = cli->rules; /* the same, which a run may go on compiling */
    return rc;
}

pl_rc pl_cli_run_open(pl_cli *cli, const struct pl_args *args, const char *verb, pl_run **ret,
                      pl_err *err)
{
    pl_run_options o = {
        .verb = verb,
        .tool_version = cli->version,
        .schema = cli->schema,
        .clock = cli->clock,
        .log = pl_log_fields,
        .progress = pl_log_progress,
    };
    pl_rc rc = take_words(cli, args, &o, err);

    if (!rc)
        rc = take_content(cli, args, &o, err);
    return rc ? rc : pl_run_open(&o, cli->arena, ret, err);
}

/* The page that every audit leaves, for its owner alone. */
static pl_rc write_page(pl_cli *cli, pl_assessment *a, const pl_derived *d, pl_err *err)
{
    PL_AUTO_BUF pl_buf page = {.max = PL_REPORT_HTML_MAX};
    PL_AUTO_FD int fd = -1;
    const char *state_dir = NULL;

    pl_rc rc = pl_cli_state_dir(cli, &state_dir, err);
    if (rc || !state_dir)
        return rc;
    pl_report_html(a, d, &page);
    if (!pl_buf_ok(&page))
        return pl_fail(err, PL_LIMIT, "%s/report.html: report is too large", state_dir);
    rc = pl_state_open(state_dir, false, &fd, err);
    if (!rc)
        rc = pl_state_write(fd, "report.html", pl_buf_view(&page), err);
    return pl_wrap(err, rc, "%s", state_dir);
}

static pl_rc add_page_place(pl_cli *cli, pl_assessment *a, pl_err *err)
{
    const char *state_dir = NULL;
    pl_rc rc = pl_cli_state_dir(cli, &state_dir, err);
    if (rc || !state_dir)
        return rc;

    pl_place *places = pl_arena_calloc(cli->arena, a->n_places + 1, sizeof(*places));
    PL_AUTO_BUF pl_buf path = {0};
    pl_buf_fmt(&path, "%s/report.html", state_dir);
    pl_str kept = pl_arena_str(cli->arena, pl_buf_view(&path));
    if (!places || !kept.p)
        return pl_fail(err, PL_NOMEM, "report");
    places[0] = (pl_place){PL_S("report"), kept};
    if (a->n_places)
        memcpy(places + 1, a->places, a->n_places * sizeof(*places));
    a->places = places;
    a->n_places++;
    return PL_OK;
}

/* json: empty where nothing is recorded. */
static pl_rc issue(pl_run *run, const pl_assessment *a, const pl_derived *d, pl_buf *json,
                   pl_err *err)
{
    if (!a->ledger.recorded)
        return PL_OK;
    pl_report_json(a, d, false, json);
    if (pl_buf_ok(json))
        return pl_run_issue(run, pl_buf_view(json), err);
    pl_buf_done(json);
    return pl_fail(err, PL_LIMIT, "report is too large to be recorded");
}

pl_rc pl_cli_run_finish(pl_cli *cli, const struct pl_args *args, pl_run *run,
                        pl_report_format otherwise, int *ret_status, pl_err *err)
{
    pl_assessment a;
    pl_derived d;
    pl_policy policy;
    PL_AUTO_BUF pl_buf json = {.max = PL_REPORT_JSON_MAX};
    pl_err why = {0};
    pl_rc kept = PL_OK;
    bool is_audit = otherwise == PL_REPORT_SUMMARY;
    pl_rc rc = pl_run_finish(run, &a, err);

    if (!rc)
        rc = pl_filter_apply(cli->filter, cli->arena, &a, err);
    if (!rc && is_audit)
        rc = add_page_place(cli, &a, err);
    if (!rc)
        rc = pl_assessment_derive(&a, cli->arena, &d, err);
    /* What was found out is shown even when there is no room to keep it. */
    if (!rc)
        kept = issue(run, &a, &d, &json, &why);
    if (!rc && !kept && is_audit)
        kept = write_page(cli, &a, &d, &why);
    if (!rc)
        rc = pl_outputs_write(cli, args, otherwise, &(pl_outputs_of){&a, &d, pl_buf_view(&json)},
                              err);
    if (!rc && kept) {
        *err = why;
        rc = kept;
    }
    if (!rc)
        rc = pl_policy_parse(pl_opt_value(args, "fail-on"), pl_opt_on(args, "allow-incomplete"),
                             &policy, err);
    if (rc)
        return rc;

    pl_policy_result held = pl_policy_apply(&policy, &a);
    *ret_status = held.status;
    if (held.status == 1)
        pl_log_say(PL_LOG_WARN, "policy.failed", "policy: %zu findings at or above --fail-on %s",
                   held.n_hits, pl_opt_value(args, "fail-on"));
    if (held.status == 3)
        pl_log_say(
            PL_LOG_WARN, "policy.incomplete",
            "policy: %zu things in scope could not be judged (--allow-incomplete accepts that)",
            held.n_blind);
    return PL_OK;
}
