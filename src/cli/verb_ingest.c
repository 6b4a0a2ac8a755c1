/* SPDX-License-Identifier: Apache-2.0 */
/* plimsoll ingest: what other tools found, as evidence. */
#include "cli/said.h"
#include "cli/verbs.h"
#include "core/clock.h"
#include "core/hash.h"
#include "core/log.h"
#include "core/text.h"
#include "core/yaml_tree.h"
#include "ingest/format.h"
#include "ingest/ingest.h"
#include "ingest/limits.h"
#include "ingest/record.h"
#include "ledger/state.h"
#include "model/period.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { STATUS_INCOMPLETE = 3, SHOWN = 100, FORMATS = 32 };

static const pl_opt opts[] = {
    {"format", "NAME", "what it is in, of those below; else its content tells", false},
    {"about", "TEXT", "what was looked at, where the document does not say it well", false},
    {"ran-at", "WHEN", "when the tool ran, where its document does not say", false},
    {"tool-version", "VERSION", "of the tool, where its document does not say", false},
    {"allow-incomplete", NULL, "a document of which a part could not be read is no error", false},
    {0},
};

/* What all files of one command share. */
struct ingesting {
    pl_cli *cli;
    const struct pl_args *args;
    pl_said said;
    pl_buf patterns;
    unsigned char key[PL_REDACT_KEY];
    pl_ingest_tools *tools;
    int64_t ran_us;
    bool is_incomplete;
};

/* ---- what was given ---- */

static pl_rc read_ran_at(struct ingesting *g, pl_err *err)
{
    const char *word = pl_opt_value(g->args, "ran-at");
    pl_str s = pl_str_c(word);

    if (!word || pl_day_parse(s, &g->ran_us) || pl_time_parse(s, &g->ran_us)) {
        if (word && g->ran_us > pl_now_us(g->cli->clock))
            return pl_fail(err, PL_USAGE, "--ran-at %s: is still to come", word);
        return PL_OK;
    }
    return pl_fail(err, PL_USAGE,
                   "--ran-at %s: a day (2026-12-31) or a moment (2026-12-31T12:00:00Z)", word);
}

static pl_rc check_format(const struct ingesting *g, pl_err *err)
{
    const char *name = pl_opt_value(g->args, "format");
    const char *words[FORMATS] = {0};
    size_t n = 0;

    if (!name || pl_ingest_format_named(pl_str_c(name)))
        return PL_OK;
    PL_AUTO_BUF pl_buf all = {0};
    pl_ingest_format_names(&all);
    for (const pl_ingest_format *f = pl_ingest_formats; f->name && n < FORMATS - 1; f++)
        words[n++] = f->name;
    const char *near = pl_nearest_word(pl_str_c(name), words);
    return pl_fail(err, PL_USAGE, "--format %s: is none of %.*s%s%s%s", name,
                   PL_F(pl_buf_view(&all)), near ? " (did you mean \"" : "", near ? near : "",
                   near ? "\"?)" : "");
}

static pl_rc worker_key(struct ingesting *g, pl_err *err)
{
    unsigned char own[PL_STATE_SECRET];
    PL_AUTO_FD int fd = -1;
    pl_rc rc = pl_state_open(g->said.state_dir, true, &fd, err);

    if (!rc)
        rc = pl_state_secret(fd, "redact", own, err);
    if (!rc)
        pl_redact_worker_key(own, g->key);
    explicit_bzero(own, sizeof(own));
    return rc;
}

static pl_rc prepare(struct ingesting *g, pl_err *err)
{
    const pl_content *content = NULL;
    const pl_content_file *files = NULL;
    pl_rc rc = check_format(g, err);

    if (!rc)
        rc = read_ran_at(g, err);
    if (!rc)
        rc = pl_cli_content(g->cli, &content, err);
    if (!rc)
        rc = pl_cli_content_files(g->cli, &files, err);
    if (!rc)
        rc = pl_ingest_tools_new(files, content, &g->tools, err);
    if (!rc)
        rc = pl_said_start(g->cli, &g->said, err);
    if (!rc)
        rc = worker_key(g, err);
    return rc ? rc : pl_redactor_write(g->said.redactor, &g->patterns, err);
}

static void done(struct ingesting *g)
{
    pl_said_done(&g->said);
    pl_buf_done(&g->patterns);
    pl_ingest_tools_free(g->tools);
    explicit_bzero(g->key, sizeof(g->key));
}

/* ---- one file ---- */

static pl_rc read_bytes(const char *path, pl_buf *ret, pl_err *err)
{
    bool is_stdin = strcmp(path, "-") == 0;
    PL_AUTO_FD int fd = is_stdin ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return pl_fail(err, PL_USAGE, "%s: %s", path, strerror(errno));
    ret->max = (size_t)PL_INGEST_BYTES + 1;
    pl_rc rc = pl_read_all(fd, PL_INGEST_BYTES, ret, err);
    if (rc == PL_LIMIT)
        return pl_fail(err, PL_LIMIT, "%s: is larger than %d bytes (limit PL_INGEST_BYTES)", path,
                       PL_INGEST_BYTES);
    return pl_wrap(err, rc, "%s", path);
}

/* What the command line says is redacted as everything else. */
static pl_rc redacted(struct ingesting *g, const char *text, pl_str *ret, pl_err *err)
{
    PL_AUTO_BUF pl_buf out = {0};
    pl_rc rc = text ? pl_redact_text(g->said.redactor, pl_str_c(text), &out, err) : PL_OK;

    *ret = pl_arena_str(g->cli->arena, pl_str_sub(pl_buf_view(&out), 0, PL_INGEST_PLACE));
    return !rc && !ret->p ? pl_fail(err, PL_NOMEM, "%s", text) : rc;
}

static pl_rc describe(struct ingesting *g, const char *path, pl_str bytes, pl_ingest_file *ret,
                      pl_err *err)
{
    const char *slash = strrchr(path, '/');
    unsigned char sum[PL_SHA256];
    char hex[PL_SHA256_HEX];

    pl_sha256_of(bytes, sum);
    pl_hex(sum, sizeof(sum), hex);
    *ret = (pl_ingest_file){.sha256 = pl_arena_str(g->cli->arena, pl_str_c(hex)),
                            .bytes = bytes.n,
                            .ran_us = g->ran_us};
    pl_rc rc = redacted(g, slash && slash[1] ? slash + 1 : path, &ret->name, err);
    if (!rc)
        rc = redacted(g, pl_opt_value(g->args, "about"), &ret->about, err);
    return rc ? rc : redacted(g, pl_opt_value(g->args, "tool-version"), &ret->version, err);
}

static size_t sum_of(const pl_ingest_run *run, pl_outcome o)
{
    size_t n = 0;

    for (size_t t = 0; t < PL_TOPIC_COUNT; t++)
        n += run->count[t][o];
    return n;
}

static void say_text(pl_cli *cli, pl_str text)
{
    PL_AUTO_BUF pl_buf line = {0};

    pl_text_visible(&line, text, SHOWN);
    (void)fprintf(cli->out, "%.*s", PL_F(pl_buf_view(&line)));
}

static void say_run(struct ingesting *g, const pl_ingest_document *doc, const pl_ingest_run *run,
                    const pl_ingest_file *file, uint64_t number)
{
    FILE *out = g->cli->out;
    pl_str version = run->version.n ? run->version : file->version;

    (void)fprintf(out, "E-%04llu  ", (unsigned long long)number);
    say_text(g->cli, run->tool.n ? run->tool : PL_S("a tool without a name"));
    (void)fprintf(out, " ");
    say_text(g->cli, version.n ? version : PL_S("(version not said)"));
    (void)fprintf(out, ": %zu failed, %zu passed, %zu other; ", sum_of(run, PL_OUTCOME_FAIL),
                  sum_of(run, PL_OUTCOME_PASS),
                  sum_of(run, PL_OUTCOME_UNKNOWN) + sum_of(run, PL_OUTCOME_SUPPRESSED) +
                      sum_of(run, PL_OUTCOME_NOT_APPLICABLE));
    say_text(g->cli, file->name);
    if (run->is_cut || doc->is_cut || run->end == PL_RUN_END_FAILED) {
        (void)fprintf(out, "; incomplete: ");
        say_text(g->cli, doc->is_cut ? doc->why : run->why);
        g->is_incomplete = true;
    }
    (void)fprintf(out, "\n");
    if (!run->ran_us && !file->ran_us)
        pl_log_say(PL_LOG_WARN, "ingest.undated",
                   "%.*s: does not say when %.*s ran, so the run supports no control; ingest it "
                   "again with --ran-at DAY",
                   PL_F(file->name), PL_F(run->tool.n ? run->tool : PL_S("the tool")));
}

static void say_problems(struct ingesting *g, const char *path, const pl_ingest_document *doc)
{
    for (size_t i = 0; i < doc->n_problems; i++)
        pl_log_say(PL_LOG_WARN, "ingest.problem", "%s: %.*s: %.*s", path,
                   PL_F(doc->problems[i].place), PL_F(doc->problems[i].what));
    if (doc->n_problems_all > doc->n_problems)
        pl_log_say(PL_LOG_WARN, "ingest.problem", "%s: and %zu more (limit PL_INGEST_PROBLEMS)",
                   path, doc->n_problems_all - doc->n_problems);
    g->is_incomplete |= doc->n_problems_all != 0;
}

static pl_rc ingest_bytes(struct ingesting *g, const char *path, pl_str bytes, pl_err *err)
{
    const pl_ledger_options o = {.state_dir = g->said.state_dir, .prog = g->said.prog};
    const pl_ingest_source source = {.bytes = bytes,
                                     .format = pl_str_c(pl_opt_value(g->args, "format")),
                                     .patterns = pl_buf_view(&g->patterns),
                                     .key = {(const char *)g->key, sizeof(g->key)}};
    const pl_content *content = NULL;
    uint64_t numbers[PL_INGEST_RUNS];
    pl_ingest_document doc = {0};
    pl_ingest_file file = {0};

    pl_rc rc = pl_ingest_read(&source, g->cli->arena, &doc, err);
    if (!rc && doc.n_runs == 0)
        rc = pl_fail(err, PL_FORMAT, "has no run of any tool");
    if (!rc)
        rc = describe(g, path, bytes, &file, err);
    if (!rc)
        rc = pl_cli_content(g->cli, &content, err);
    if (!rc)
        rc = pl_ingest_record(&o, g->tools, content->digest, &file, &doc, g->cli->arena, numbers,
                              err);
    if (rc)
        return pl_wrap(err, rc, "%s", path);
    for (size_t i = 0; i < doc.n_runs; i++)
        say_run(g, &doc, &doc.runs[i], &file, numbers[i]);
    say_problems(g, path, &doc);
    return PL_OK;
}

static pl_rc ingest_file(struct ingesting *g, const char *path, pl_err *err)
{
    PL_AUTO_BUF pl_buf bytes = {0};
    pl_rc rc = read_bytes(path, &bytes, err);

    return rc ? rc : ingest_bytes(g, path, pl_buf_view(&bytes), err);
}

static pl_rc run(pl_cli *cli, const struct pl_args *args, int *ret_status, pl_err *err)
{
    struct ingesting g = {.cli = cli, .args = args};
    pl_rc rc = PL_OK;

    if (pl_arg_count(args) == 0)
        return pl_fail(err, PL_USAGE, "ingest: name a file, or - for standard input");
    rc = prepare(&g, err);
    for (size_t i = 0; !rc && i < pl_arg_count(args); i++)
        rc = ingest_file(&g, pl_arg(args, i), err);
    if (!rc && g.is_incomplete && !pl_opt_on(args, "allow-incomplete"))
        *ret_status = STATUS_INCOMPLETE;
    done(&g);
    return rc;
}

static void help_formats(FILE *out)
{
    (void)fprintf(out, "\nFormats:\n");
    for (const pl_ingest_format *f = pl_ingest_formats; f->name; f++)
        (void)fprintf(out, "  %-14s %s\n", f->name, f->title);
}

const pl_verb pl_verb_ingest = {
    .name = "ingest",
    .operands = "FILE|-...",
    .summary = "what other tools found, as evidence with its source named",
    .help =
        "Each run of a tool goes into the log with tool, version and digest of the document, and\n"
        "stands in reports beside the controls that it bears on. It is another tool's word: no\n"
        "check passes by it. A document that breaks off, or of which a part could not be read, is\n"
        "recorded as incomplete and ends with status 3. A run of which nobody knows when it was\n"
        "supports no control: --ran-at says it.",
    .help_more = help_formats,
    .examples = "  bandit -r src -f sarif -o bandit.sarif; plimsoll ingest bandit.sarif\n"
                "  trivy image --format json web:1 | plimsoll ingest -\n"
                "  plimsoll ingest yara.log --format yara --ran-at 2026-11-20",
    .opts = opts,
    .run = run,
};
