/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/args.h"

#include "cli/exit_codes.h"
#include "core/yaml_tree.h"

#include <ctype.h>
#include <string.h>

enum { GIVEN_MAX = 256 };

struct given {
    const pl_opt *opt;
    const char *value;
};

struct pl_args {
    const char *operands[GIVEN_MAX];
    size_t n_operands;
    struct given options[GIVEN_MAX];
    size_t n_options;
    const pl_conf *conf; /* NULL: none was read */
};

enum { OPT_HELP, OPT_VERBOSE, OPT_QUIET }; /* index below */

const pl_opt pl_global_opts[] = {
    [OPT_HELP] = {"help", NULL, "show this help", false},
    [OPT_VERBOSE] = {"verbose", NULL, "tell more, and how long it takes (also -v)", false},
    [OPT_QUIET] = {"quiet", NULL, "say nothing but answers and errors (also -q)", false},
    {"log-format", "F", "lines on standard error: plain (default), text or json", false},
    {"log-level", "L", "the least that is told: error, warn, info (default), debug", false},
    {"state-dir", "DIR", "where log, advisories and state lie; \"none\" records nothing", false},
    {"content", "DIR", "checks, frameworks, profiles of your own, read over ours", false},
    {"profile", "NAME", "requirements in scope, with values of parameters: pci-cde, hipaa-ba, ...",
     false},
    {"config", "FILE", "configuration in place of the usual files", false},
    {0},
};

static const pl_opt *find_in(const pl_opt *table, pl_str name)
{
    for (; table && table->name; table++)
        if (pl_str_eq(pl_str_c(table->name), name))
            return table;
    return NULL;
}

static const pl_opt *find_opt(const pl_verb *verb, pl_str name)
{
    const pl_opt *o = find_in(verb->opts, name);
    return o ? o : find_in(pl_global_opts, name);
}

static pl_rc unknown_option(const pl_verb *verb, pl_str name, pl_err *err)
{
    const char *words[GIVEN_MAX] = {0};
    size_t n = 0;

    for (const pl_opt *o = verb->opts; o && o->name && n < GIVEN_MAX - 1; o++)
        words[n++] = o->name;
    for (const pl_opt *o = pl_global_opts; o->name && n < GIVEN_MAX - 1; o++)
        words[n++] = o->name;
    const char *near = pl_nearest_word(name, words);
    if (!near)
        return pl_fail(err, PL_USAGE, "%s: unknown option --%.*s; see plimsoll %s --help",
                       verb->name, PL_F(name), verb->name);
    return pl_fail(err, PL_USAGE, "%s: unknown option --%.*s (did you mean --%s?)", verb->name,
                   PL_F(name), near);
}

static pl_rc add_option(const pl_verb *verb, pl_args *a, const pl_opt *o, const char *value,
                        pl_err *err)
{
    for (size_t i = 0; i < a->n_options && !o->repeat; i++)
        if (a->options[i].opt == o)
            return pl_fail(err, PL_USAGE, "%s: --%s stands twice", verb->name, o->name);
    if (a->n_options == GIVEN_MAX)
        return pl_fail(err, PL_USAGE, "%s: more than %d options", verb->name, GIVEN_MAX);
    a->options[a->n_options++] = (struct given){o, value};
    return PL_OK;
}

/* --name, --name=value or --name value; *i moves past a value of its own. */
static pl_rc long_option(const pl_verb *verb, pl_args *a, int argc, char **argv, int *i,
                         pl_err *err)
{
    const char *equals = strchr(argv[*i], '=');
    pl_str name = pl_str_c(argv[*i] + 2);
    if (equals)
        name.n = (size_t)(equals - name.p);

    const pl_opt *o = find_opt(verb, name);
    if (!o)
        return unknown_option(verb, name, err);
    if (!o->value)
        return equals ? pl_fail(err, PL_USAGE, "%s: --%s takes no value", verb->name, o->name)
                      : add_option(verb, a, o, "", err);
    if (equals)
        return add_option(verb, a, o, equals + 1, err);
    /* An empty variable of a shell leaves the next option where the value should be. */
    bool is_option = *i + 1 < argc && strncmp(argv[*i + 1], "--", 2) == 0 &&
                     find_opt(verb, pl_str_c(argv[*i + 1] + 2));
    if (*i + 1 >= argc || is_option)
        return pl_fail(err, PL_USAGE, "%s: --%s needs a value (%s)", verb->name, o->name, o->value);
    return add_option(verb, a, o, argv[++*i], err);
}

/* One letter each, alone. */
static pl_rc short_option(const pl_verb *verb, pl_args *a, const char *given, pl_err *err)
{
    static const struct {
        const char *letter;
        int is;
    } letters[] = {{"-h", OPT_HELP}, {"-v", OPT_VERBOSE}, {"-q", OPT_QUIET}};

    for (size_t i = 0; i < PL_COUNT(letters); i++)
        if (strcmp(given, letters[i].letter) == 0)
            return add_option(verb, a, &pl_global_opts[letters[i].is], "", err);
    return pl_fail(err, PL_USAGE, "%s: unknown option %s (options begin with --)", verb->name,
                   given);
}

pl_rc pl_args_parse(const pl_verb *verb, int argc, char **argv, pl_arena *arena, pl_args **ret,
                    pl_err *err)
{
    pl_args *a = PL_NEW(arena, pl_args);
    bool only_operands = false;

    if (!a)
        return pl_fail(err, PL_NOMEM, "arguments");
    for (int i = 1; i < argc; i++) {
        pl_rc rc = PL_OK;
        if (!only_operands && strcmp(argv[i], "--") == 0) {
            only_operands = true;
        } else if (!only_operands && strncmp(argv[i], "--", 2) == 0) {
            rc = long_option(verb, a, argc, argv, &i, err);
        } else if (!only_operands && argv[i][0] == '-' && argv[i][1] != '\0') {
            rc = short_option(verb, a, argv[i], err);
        } else if (a->n_operands == GIVEN_MAX) {
            rc = pl_fail(err, PL_USAGE, "%s: more than %d operands", verb->name, GIVEN_MAX);
        } else {
            a->operands[a->n_operands++] = argv[i];
        }
        if (rc)
            return rc;
    }
    if (a->n_operands && !verb->operands && !pl_opt_on(a, "help"))
        return pl_fail(err, PL_USAGE, "%s: unexpected \"%s\"; see plimsoll %s --help", verb->name,
                       a->operands[0], verb->name);
    *ret = a;
    return PL_OK;
}

const char *pl_arg(const pl_args *a, size_t i)
{
    return i < a->n_operands ? a->operands[i] : NULL;
}

size_t pl_arg_count(const pl_args *a)
{
    return a->n_operands;
}

const char *pl_opt_nth(const pl_args *a, const char *name, size_t nth)
{
    for (size_t i = 0; i < a->n_options; i++)
        if (strcmp(a->options[i].opt->name, name) == 0 && nth-- == 0)
            return a->options[i].value;
    return NULL;
}

void pl_args_use_conf(pl_args *args, pl_conf *conf, pl_arena *a)
{
    for (size_t i = 0; i < args->n_options; i++)
        pl_conf_set_flag(conf, args->options[i].opt->name, args->options[i].value, a);
    args->conf = conf;
}

/* What the configuration says of an option that was not given; NULL: nothing. */
static const char *configured(const pl_args *a, const char *name)
{
    const pl_conf_value *v = a->conf ? pl_conf_get_flag(a->conf, name) : NULL;
    return v && v->is_set ? v->text : NULL;
}

const char *pl_opt_value(const pl_args *a, const char *name)
{
    const char *last = configured(a, name);
    for (size_t i = 0; i < a->n_options; i++)
        if (strcmp(a->options[i].opt->name, name) == 0)
            last = a->options[i].value;
    return last;
}

bool pl_opt_on(const pl_args *a, const char *name)
{
    const char *text = configured(a, name);
    return pl_opt_nth(a, name, 0) != NULL || (text && strcmp(text, "true") == 0);
}

/* ---- help ---- */

static void help_options(FILE *out, const pl_opt *o)
{
    for (; o && o->name; o++) {
        char left[64];
        (void)snprintf(left, sizeof(left), "--%s%s%s", o->name, o->value ? " " : "",
                       o->value ? o->value : "");
        (void)fprintf(out, "  %-24s %s%s\n", left, o->help, o->repeat ? " (repeatable)" : "");
    }
}

static void usage(FILE *out, const pl_verb *v, const char *path)
{
    (void)fprintf(out, "usage: plimsoll %s", path);
    for (const pl_verb *s = v->subs; s && s->name; s++)
        (void)fprintf(out, "%c%s", s == v->subs ? ' ' : '|', s->name);
    if (v->subs || v->opts)
        (void)fprintf(out, " [OPTION...]");
    if (v->subs && v->run)
        (void)fprintf(out, "; or plimsoll %s%s", path, v->opts ? " [OPTION...]" : "");
    if (v->operands && (!v->subs || v->run))
        (void)fprintf(out, " %s", v->operands);
    (void)fprintf(out, "\n\n%c%s.\n", toupper((unsigned char)v->summary[0]), v->summary + 1);
}

static void help_subs(FILE *out, const pl_verb *subs, const char *path)
{
    (void)fprintf(out, "\nVerbs:\n");
    for (const pl_verb *s = subs; s->name; s++)
        (void)fprintf(out, "  %-10s %s\n", s->name, s->summary);
    (void)fprintf(out, "\n`plimsoll %s VERB --help` teaches each, with examples.\n", path);
}

void pl_help_verb(FILE *out, const pl_verb *v, const char *path)
{
    usage(out, v, path);
    if (v->subs)
        help_subs(out, v->subs, path);
    if (v->opts)
        (void)fprintf(out, "\nOptions:\n");
    help_options(out, v->opts);
    (void)fprintf(out, "\nOptions of every verb:\n");
    help_options(out, pl_global_opts);
    if (v->help)
        (void)fprintf(out, "\n%s\n", v->help);
    if (v->help_more)
        v->help_more(out);
    if (v->examples)
        (void)fprintf(out, "\nExamples:\n%s\n", v->examples);
    pl_exit_codes_brief(out);
}

void pl_help_all(FILE *out, const pl_verb *const *verbs)
{
    (void)fprintf(out,
                  "usage: plimsoll VERB [OPTION...]\n\n"
                  "Container compliance: judges images, engines, hosts and containers, maps every\n"
                  "verdict to regulations, and keeps evidence that an auditor can verify alone.\n\n"
                  "Verbs:\n");
    for (; *verbs; verbs++)
        (void)fprintf(out, "  %-10s %s\n", (*verbs)->name, (*verbs)->summary);
    (void)fprintf(out,
                  "\nBegin with:\n"
                  "  sudo plimsoll audit                 judge this host and its containers\n"
                  "  plimsoll scan app.tar               one image, for CI: --fail-on high\n"
                  "  plimsoll VERB --help                what a verb does, with examples\n"
                  "  plimsoll config show                settings, and where each comes from\n");
    pl_exit_codes_brief(out);
}
