/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/args.h"
#include "cli/config.h"
#include "cli/content_packed.h"
#include "cli/exit_codes.h"
#include "cli/roles.h"
#include "cli/verbs.h"
#include "core/log.h"
#include "core/yaml_tree.h"

#include <locale.h>
#include <malloc.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

enum { VERB_BUDGET = 512 << 20 };

/* clang-format off */
static const pl_verb *const verbs[] = {
    &pl_verb_audit,
    &pl_verb_scan,
    &pl_verb_affected,
    &pl_verb_base,
    &pl_verb_report,
    &pl_verb_ledger,
    &pl_verb_db,
    &pl_verb_checks,
    &pl_verb_fields,
    &pl_verb_rules,
    &pl_verb_config,
    &pl_verb_cache,
    &pl_verb_attest,
    &pl_verb_due,
    &pl_verb_fedramp,
    &pl_verb_waive,
    &pl_verb_window,
    &pl_verb_decisions,
    &pl_verb_review,
    &pl_verb_ingest,
    &pl_verb_probe,
    &pl_verb_remedy,
    NULL,
};
/* clang-format on */

static const pl_verb *find_verb(const char *name, pl_err *err)
{
    const char *words[PL_COUNT(verbs)] = {0};

    for (size_t i = 0; verbs[i]; i++) {
        if (strcmp(verbs[i]->name, name) == 0)
            return verbs[i];
        words[i] = verbs[i]->name;
    }
    if (name[0] == '-') {
        (void)pl_fail(err, PL_USAGE,
                      "%s: options stand behind the verb, as in plimsoll audit --quiet", name);
        return NULL;
    }
    const char *near = pl_nearest_word(pl_str_c(name), words);
    (void)pl_fail(err, PL_USAGE, "unknown verb \"%s\"%s%s%s; see plimsoll --help", name,
                  near ? " (did you mean \"" : "", near ? near : "", near ? "\"?)" : "");
    return NULL;
}

/* The verb below a verb: `db update`. Moves *argc and *argv on to it. */
static pl_rc find_sub(const pl_verb **verb, int *argc, char ***argv, pl_err *err)
{
    const char *words[32] = {0};
    const char *given = *argc > 1 ? (*argv)[1] : NULL;

    if (!(*verb)->subs || !given || given[0] == '-')
        return PL_OK;
    size_t n = 0;
    for (const pl_verb *s = (*verb)->subs; s->name; s++) {
        if (strcmp(s->name, given) == 0) {
            *verb = s;
            --*argc;
            ++*argv;
            return PL_OK;
        }
        if (n < PL_COUNT(words) - 1)
            words[n++] = s->name;
    }
    if ((*verb)->run) /* it has an operand of its own */
        return PL_OK;
    const char *near = pl_nearest_word(pl_str_c(given), words);
    return pl_fail(err, PL_USAGE, "%s: unknown verb \"%s\"%s%s%s; see plimsoll %s --help",
                   (*verb)->name, given, near ? " (did you mean \"" : "", near ? near : "",
                   near ? "\"?)" : "", (*verb)->name);
}

static void read_globals(pl_cli *cli, const pl_args *a)
{
    cli->is_quiet = pl_opt_on(a, "quiet");
    cli->state_dir = pl_opt_value(a, "state-dir");
    cli->content_dir = pl_opt_value(a, "content");
    cli->profile = pl_opt_value(a, "profile");
    const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
    cli->has_color =
        isatty(STDOUT_FILENO) && !(no_color && no_color[0]) && term && strcmp(term, "dumb") != 0;
}

/* --quiet before --verbose before --log-level. */
static pl_rc set_up_log(const pl_cli *cli, const pl_args *a, pl_err *err)
{
    const char *format_word = pl_opt_value(a, "log-format");
    const char *level_word = pl_opt_value(a, "log-level");
    pl_log_format format = PL_LOG_PLAIN;
    pl_log_level level = PL_LOG_INFO;

    if (format_word && !pl_log_format_parse(pl_str_c(format_word), &format))
        return pl_fail(err, PL_USAGE, "--log-format %s: plain, text or json", format_word);
    if (level_word && !pl_log_level_parse(pl_str_c(level_word), &level))
        return pl_fail(err, PL_USAGE, "--log-level %s: error, warn, info or debug", level_word);
    if (pl_opt_on(a, "verbose"))
        level = PL_LOG_DEBUG;
    if (pl_opt_on(a, "quiet"))
        level = PL_LOG_ERROR;
    pl_log_setup(level, format, STDERR_FILENO, cli->clock);
    return PL_OK;
}

static pl_rc run_verb(pl_cli *cli, int argc, char **argv, int *ret_status, pl_err *err)
{
    const pl_verb *verb = find_verb(argv[0], err);
    const pl_verb *top = verb;
    pl_args *args = NULL;
    char path[64];

    if (!verb)
        return PL_USAGE;
    pl_rc rc = find_sub(&verb, &argc, &argv, err);
    (void)snprintf(path, sizeof(path), "%s%s%s", top->name, verb == top ? "" : " ",
                   verb == top ? "" : verb->name);
    pl_verb named = *verb; /* as people call it */
    named.name = path;
    if (!rc)
        rc = pl_args_parse(&named, argc, argv, cli->arena, &args, err);
    if (rc)
        return rc;

    if (pl_opt_on(args, "help")) {
        pl_help_verb(cli->out, verb, path);
        return PL_OK;
    }
    if (!verb->run) {
        pl_help_verb(stderr, verb, path);
        return pl_fail(err, PL_USAGE, "%s: which verb?", path);
    }
    /* What is wrong with the configuration is told as the flags ask for. */
    rc = set_up_log(cli, args, err);
    if (!rc)
        rc = pl_cli_configure(cli, args, err);
    if (!rc)
        rc = set_up_log(cli, args, err);
    if (rc)
        return rc;
    read_globals(cli, args);
    return verb->run(cli, args, ret_status, err);
}

static int finish(pl_cli *cli, pl_rc rc, int status, const pl_err *err)
{
    bool is_written = fflush(cli->out) == 0 && !ferror(cli->out);

    if (!is_written && rc == PL_OK) {
        pl_log_say(PL_LOG_ERROR, "verb.failed", "standard output: write failed");
        return 4;
    }
    if (rc == PL_OK)
        return status;
    status = pl_rc_exit_status(rc);
    pl_log(PL_LOG_ERROR, "verb.failed", PL_LOG_ERR("message", err),
           PL_LOG_C("error", pl_rc_text(rc)), PL_LOG_I64("exit_status", status));
    return status;
}

static int run(int argc, char **argv)
{
    PL_AUTO_SCHEMA pl_schema *schema = pl_schema_new();
    PL_AUTO_ARENA pl_arena *arena = pl_arena_new(VERB_BUDGET);
    if (!schema || !arena)
        return 4;
    pl_register_kinds(schema);

    pl_cli cli = {.version = PL_VERSION,
                  .schema = schema,
                  .clock = &pl_clock_system,
                  .out = stdout,
                  .packed = pl_content_packed(),
                  .arena = arena};
    pl_err err = {0};
    int status = 0;
    pl_rc rc = run_verb(&cli, argc, argv, &status, &err);
    status = finish(&cli, rc, status, &err);
    pl_rules_free(cli.rules);
    pl_content_done(&cli.content);
    pl_content_done(&cli.base);
    return status;
}

/* What was recorded stays: the signer is a process of its own and finishes what it was given. */
static void interrupted(int signal)
{
    static const char words[] = "\nplimsoll: interrupted; what was recorded stays\n";

    (void)signal;
    (void)!write(STDERR_FILENO, words, sizeof(words) - 1);
    _exit(130);
}

/* A signal that whoever started us wants ignored stays ignored. */
static void watch_signal(int which)
{
    const struct sigaction act = {.sa_handler = interrupted};
    struct sigaction was;

    if (sigaction(which, NULL, &was) == 0 && was.sa_handler != SIG_IGN)
        (void)sigaction(which, &act, NULL);
}

/* `plimsoll help VERB...` is `plimsoll VERB... --help`; one topic is no verb. */
static int help(int argc, char **argv)
{
    static char option[] = "--help";
    char *words[4] = {NULL};
    int n = 0;

    if (argc < 1) {
        pl_help_all(stdout, verbs);
        return 0;
    }
    if (strcmp(argv[0], "exit-codes") == 0) {
        pl_exit_codes_print(stdout);
        return 0;
    }
    for (; n < argc && n < 2; n++)
        words[n] = argv[n];
    words[n] = option;
    return run(n + 1, words);
}

static bool is_one_of(const char *word, const char *a, const char *b, const char *c)
{
    return strcmp(word, a) == 0 || strcmp(word, b) == 0 || strcmp(word, c) == 0;
}

/* A command is short: what it frees it soon needs again, and each page that it gets back from the
 * system costs a fault. The heap is given back before workers start (audit/images.c). */
static void keep_heap(void)
{
    (void)mallopt(M_MMAP_THRESHOLD, 32 << 20);
    (void)mallopt(M_TRIM_THRESHOLD, 256 << 20);
    (void)mallopt(M_TOP_PAD, 4 << 20);
}

int main(int argc, char **argv)
{
    pl_become_role(argc, argv);
    keep_heap();
    watch_signal(SIGINT);
    watch_signal(SIGTERM);
    /* Only the character type: messages stay English, columns align by display width. */
    if (!setlocale(LC_CTYPE, "C.UTF-8"))
        (void)setlocale(LC_CTYPE, "");

    if (argc < 2) {
        pl_help_all(stderr, verbs);
        return 2;
    }
    if (is_one_of(argv[1], "help", "--help", "-h"))
        return help(argc - 2, argv + 2);
    if (is_one_of(argv[1], "version", "--version", "-V")) {
        (void)printf("plimsoll %s\n", PL_VERSION);
        return 0;
    }
    return run(argc - 1, argv + 1);
}
