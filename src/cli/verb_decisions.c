/* SPDX-License-Identifier: Apache-2.0 */
/* plimsoll decisions: why it is as it is, in files that reports collect. */
#include "cli/cli.h"
#include "cli/outputs.h"
#include "cli/verbs.h"
#include "core/buf.h"
#include "core/clock.h"
#include "core/text.h"
#include "govern/decisions.h"
#include "govern/limits.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#define USUAL "decisions"

#define DIR_OPT                                                                                    \
    {                                                                                              \
        "decisions", "DIR",                                                                        \
            "the folder with decisions; else that of the configuration, else " USUAL, false        \
    }

static const pl_opt new_opts[] = {
    {"author", "NAME", "who decided", false},
    {"why", "TEXT", "why", false},
    {"requirement", "FRAMEWORK/ID", "that it bears on: pci_dss_4_0_1/1.2.7", true},
    {"change", "NAME", "that it explains: policy.registries, engine.live_restore, waiver #12",
     true},
    DIR_OPT,
    {0},
};

static const pl_opt dir_opts[] = {DIR_OPT, {0}};

static const char *folder(const struct pl_args *args)
{
    const char *dir = pl_opt_value(args, "decisions");

    return dir ? dir : USUAL;
}

static pl_rc read_all(pl_cli *cli, const struct pl_args *args, pl_decisions *ret, pl_err *err)
{
    const pl_content *content = NULL;
    pl_err why = {0};
    pl_rc rc = pl_cli_content(cli, &content, err);

    if (rc)
        return rc;
    rc = pl_decisions_read(folder(args), content, cli->arena, ret, &why);
    return rc ? pl_fail(err, PL_USAGE, "%s", why.text) : PL_OK;
}

/* ---- new ---- */

/* "Allow one more registry!" as "allow-one-more-registry". */
static void slug(pl_str title, pl_buf *out)
{
    enum { LONGEST = 48 };
    bool is_gap = false;

    for (size_t i = 0; i < title.n && out->n < LONGEST; i++) {
        unsigned char c = (unsigned char)title.p[i];
        if (c < 0x80 && isalnum(c)) {
            if (is_gap && out->n)
                pl_buf_ch(out, '-');
            pl_buf_ch(out, (char)tolower(c));
        }
        is_gap = !(c < 0x80 && isalnum(c));
    }
    if (!out->n)
        pl_buf_c(out, "decision");
}

/* A YAML scalar in double quotes, on one line. */
static void quoted(pl_buf *out, pl_str s)
{
    pl_buf_ch(out, '"');
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c == '"' || c == '\\')
            pl_buf_fmt(out, "\\%c", c);
        else if (c == '\n')
            pl_buf_c(out, "\\n");
        else if (c < 0x20 || c == 0x7f)
            pl_buf_fmt(out, "\\x%02x", c);
        else
            pl_buf_ch(out, (char)c);
    }
    pl_buf_ch(out, '"');
}

static void put_requirements(const struct pl_args *args, pl_buf *out)
{
    const char *word;

    if (pl_opt_nth(args, "requirement", 0))
        pl_buf_c(out, "requirements:\n");
    for (size_t i = 0; (word = pl_opt_nth(args, "requirement", i)); i++) {
        pl_str id = pl_str_c(word), framework;
        (void)pl_str_cut(&id, '/', &framework);
        bool is_first = true;
        for (size_t k = 0; k < i; k++) /* each framework once */
            is_first &= !(pl_str_starts(pl_str_c(pl_opt_nth(args, "requirement", k)), framework) &&
                          pl_opt_nth(args, "requirement", k)[framework.n] == '/');
        if (!is_first)
            continue;
        pl_buf_fmt(out, "  %.*s: [", PL_F(framework));
        const char *other, *sep = "";
        for (size_t k = i; (other = pl_opt_nth(args, "requirement", k)); k++) {
            if (!pl_str_starts(pl_str_c(other), framework) || other[framework.n] != '/')
                continue;
            pl_buf_c(out, sep);
            quoted(out, pl_str_c(other + framework.n + 1));
            sep = ", ";
        }
        pl_buf_c(out, "]\n");
    }
}

static void put_file(const pl_cli *cli, const struct pl_args *args, pl_buf *out)
{
    char today[PL_TIME_TEXT];
    const char *why = pl_opt_value(args, "why"), *word;

    pl_time_print(pl_now_us(cli->clock), today);
    pl_buf_fmt(out, "---\ndate: %.10s\nauthor: ", today);
    quoted(out, pl_str_c(pl_opt_value(args, "author")));
    pl_buf_c(out, "\nwhat: ");
    quoted(out, pl_str_c(pl_arg(args, 0)));
    pl_buf_c(out, "\nwhy: ");
    quoted(out, pl_str_c(why));
    pl_buf_ch(out, '\n');
    put_requirements(args, out);
    if (pl_opt_nth(args, "change", 0))
        pl_buf_c(out, "changes:\n");
    for (size_t i = 0; (word = pl_opt_nth(args, "change", i)); i++) {
        pl_buf_c(out, "  - ");
        quoted(out, pl_str_c(word));
        pl_buf_ch(out, '\n');
    }
    pl_buf_c(out, "---\n\n");
    pl_buf_fmt(out, "# %s\n", pl_arg(args, 0));
}

static uint64_t number_of(pl_str file)
{
    pl_str head;
    uint64_t n = 0;

    return pl_str_cut(&file, '-', &head) && pl_str_u64(head, &n) && n < 1000000 ? n : 0;
}

/* The highest number that a file begins with, and one more. One that is wrong has its number, too:
 * it is not to be written over. */
static unsigned next_number(const pl_decisions *d)
{
    uint64_t most = 0;

    for (size_t i = 0; i < d->n + d->n_problems; i++) {
        uint64_t n = number_of(i < d->n ? d->v[i].file : d->problems[i - d->n]);
        most = n > most ? n : most;
    }
    return (unsigned)most + 1;
}

static pl_rc check_new(const struct pl_args *args, pl_err *err)
{
    const char *word;

    if (pl_arg_count(args) != 1 || !pl_arg(args, 0)[0])
        return pl_fail(err, PL_USAGE, "decisions new: say in one operand what was decided");
    if (!pl_opt_value(args, "author") || !pl_opt_value(args, "why"))
        return pl_fail(err, PL_USAGE, "decisions new: --author and --why are needed");
    for (size_t i = 0; (word = pl_opt_nth(args, "requirement", i)); i++)
        if (!strchr(word, '/'))
            return pl_fail(err, PL_USAGE, "--requirement %s: FRAMEWORK/ID, as pci_dss_4_0_1/1.2.7",
                           word);
    return PL_OK;
}

static pl_rc run_new(pl_cli *cli, const struct pl_args *args, int *ret_status, pl_err *err)
{
    PL_AUTO_BUF pl_buf text = {0}, name = {0}, path = {0};
    const pl_content *content = NULL;
    pl_decisions known = {0};
    pl_decision d;

    (void)ret_status;
    pl_rc rc = check_new(args, err);
    if (!rc && mkdir(folder(args), 0755) < 0 && errno != EEXIST)
        rc = pl_fail(err, PL_USAGE, "%s: %s", folder(args), strerror(errno));
    if (!rc)
        rc = read_all(cli, args, &known, err);
    if (!rc)
        rc = pl_cli_content(cli, &content, err);
    if (rc)
        return rc;
    slug(pl_str_c(pl_arg(args, 0)), &name);
    pl_buf_fmt(&path, "%s/%04u-%.*s.md", folder(args), next_number(&known),
               PL_F(pl_buf_view(&name)));
    pl_buf_ch(&path, '\0');
    put_file(cli, args, &text);
    if (!pl_buf_ok(&text) || !pl_buf_ok(&path))
        return pl_fail(err, PL_NOMEM, "decision");
    /* What would not be read is not written. */
    pl_err why = {0};
    rc = pl_decision_parse(PL_S("the decision"), pl_buf_view(&text), content, cli->arena, &d, &why);
    if (rc)
        return pl_fail(err, PL_USAGE, "%s", why.text);
    rc = pl_write_file(path.p, pl_buf_view(&text), err);
    if (!rc)
        (void)fprintf(cli->out, "%s\n", path.p);
    return rc;
}

/* ---- list, check ---- */

static pl_rc run_list(pl_cli *cli, const struct pl_args *args, int *ret_status, pl_err *err)
{
    static const char *const heads[] = {"FILE", "DATE", "AUTHOR", "REQUIREMENTS", "WHAT"};
    PL_AUTO_BUF pl_buf out = {0};
    pl_grid g = pl_cli_grid(cli, PL_COUNT(heads));
    pl_decisions d = {0};

    (void)ret_status;
    pl_rc rc = read_all(cli, args, &d, err);
    if (rc)
        return rc;
    for (size_t i = 0; i < PL_COUNT(heads); i++)
        pl_grid_add(&g, pl_str_c(heads[i]));
    for (size_t i = 0; i < d.n; i++) {
        PL_AUTO_BUF pl_buf ids = {0};
        for (size_t k = 0; k < d.v[i].n_requirements; k++)
            pl_buf_fmt(&ids, "%s%.*s/%.*s", k ? " " : "", PL_F(d.v[i].requirements[k].framework),
                       PL_F(d.v[i].requirements[k].id));
        pl_grid_add(&g, d.v[i].file);
        pl_grid_add(&g, d.v[i].date);
        pl_grid_add(&g, d.v[i].author);
        pl_grid_add(&g, ids.n ? pl_arena_str(cli->arena, pl_buf_view(&ids)) : PL_S("-"));
        pl_grid_add(&g, d.v[i].what);
    }
    pl_grid_print(&g, &out);
    (void)fwrite(out.p ? out.p : "", 1, out.n, cli->out);
    return PL_OK;
}

static pl_rc run_check(pl_cli *cli, const struct pl_args *args, int *ret_status, pl_err *err)
{
    PL_AUTO_BUF pl_buf out = {0};
    pl_decisions d = {0};

    pl_rc rc = read_all(cli, args, &d, err);
    if (rc)
        return rc;
    for (size_t i = 0; i < d.n_problems; i++) {
        pl_text_visible(&out, d.problems[i], PL_TEXT_ALL);
        pl_buf_ch(&out, '\n');
    }
    pl_buf_fmt(&out, "%zu decisions, %zu files that are wrong\n", d.n, d.n_problems);
    (void)fwrite(out.p ? out.p : "", 1, out.n, cli->out);
    *ret_status = d.n_problems ? 1 : 0;
    return PL_OK;
}

static const pl_verb subs[] = {
    {.name = "new",
     .operands = "WHAT",
     .summary = "write a decision into the folder",
     .help = "The file is named by a number and its first words; what stands behind its head is "
             "for people.",
     .examples = "  plimsoll decisions new 'Allow the mirror' --author A --why 'the registry is "
                 "slow' \\\n      --requirement pci_dss_4_0_1/1.2.7 --change policy.registries",
     .opts = new_opts,
     .run = run_new},
    {.name = "list",
     .summary = "all of them",
     .examples = "  plimsoll decisions list",
     .opts = dir_opts,
     .run = run_list},
    {.name = "check",
     .summary = "whether every file can be read and names requirements that exist",
     .help = "Exit code 1 when one is wrong: file, line and why are told.",
     .examples = "  plimsoll decisions check",
     .opts = dir_opts,
     .run = run_check},
    {0},
};

const pl_verb pl_verb_decisions = {
    .name = "decisions",
    .summary = "design decisions: why it is as it is, for reports",
    .help = "Files of Markdown with a head of YAML (docs/formats/decisions.md). An audit shows "
            "each beside\n"
            "the requirements that it names; a changed setting that no decision names is an\n"
            "unexplained change.",
    .subs = subs,
};
