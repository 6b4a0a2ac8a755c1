/* SPDX-License-Identifier: Apache-2.0 */
/* plimsoll rules check FILE..., plimsoll rules test [FILE...] */
#include "cli/cli.h"
#include "cli/verbs.h"

#include "core/buf.h"

#include <errno.h>
#include <string.h>

enum { FILES_MAX = 1024, FILE_MAX = 4 << 20 };

/* ---- files of the command line ---- */

static const char *last_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static pl_rc read_file(pl_cli *cli, const char *path, pl_content_file *ret, pl_err *err)
{
    PL_AUTO_FILE FILE *f = fopen(path, "rbe");
    PL_AUTO_BUF pl_buf text = {.max = FILE_MAX};
    char part[4096];

    if (!f)
        return pl_fail_sys(err, errno, "%s", path);
    for (size_t n; (n = fread(part, 1, sizeof(part), f)) > 0 && pl_buf_ok(&text);)
        pl_buf_add(&text, part, n);
    if (ferror(f))
        return pl_fail_sys(err, errno, "read %s", path);
    if (!pl_buf_ok(&text))
        return pl_fail(err, PL_LIMIT, "%s: larger than %d bytes", path, FILE_MAX);
    pl_str kept = pl_arena_str(cli->arena, pl_buf_view(&text));
    if (!kept.p)
        return pl_fail(err, PL_NOMEM, "%s", path);
    ret->p = (const unsigned char *)kept.p;
    ret->n = kept.n;
    return PL_OK;
}

/* As which kind of content a file is read: by the folder that it lies in, else checks. */
static const char *folder_of(const char *path)
{
    static const char *const folders[] = {"checks", "frameworks", "containers", "profiles"};
    pl_str dir = {path, (size_t)(last_name(path) - path)};

    for (size_t i = 0; i < PL_COUNT(folders); i++) {
        char end[32];
        (void)snprintf(end, sizeof(end), "%s/", folders[i]);
        if (pl_str_eq(dir, pl_str_c(end)) ||
            (pl_str_ends(dir, pl_str_c(end)) && dir.p[dir.n - strlen(end) - 1] == '/'))
            return folders[i];
    }
    return folders[0];
}

static const char *content_name(pl_cli *cli, const char *path)
{
    const char *last = last_name(path);
    size_t room = strlen(last) + sizeof("frameworks/.yaml");
    char *name = pl_arena_calloc(cli->arena, room, 1);
    bool has_suffix = pl_str_ends(pl_str_c(last), PL_S(".yaml"));

    if (name)
        (void)snprintf(name, room, "%s/%s%s", folder_of(path), last, has_suffix ? "" : ".yaml");
    return name;
}

/* The files read over the content at hand. */
static pl_rc load_given(pl_cli *cli, const struct pl_args *args, pl_content *ret, pl_err *err)
{
    const pl_content *base = NULL;
    pl_content_file *files = pl_arena_calloc(cli->arena, FILES_MAX + 1, sizeof(*files));
    size_t n = pl_arg_count(args);
    pl_rc rc = files ? pl_cli_content(cli, &base, err) : pl_fail(err, PL_NOMEM, "rules");

    if (!rc && n > FILES_MAX)
        rc = pl_fail(err, PL_LIMIT, "more than %d files", FILES_MAX);
    for (size_t i = 0; !rc && i < n; i++) {
        files[i].shown = pl_arg(args, i);
        files[i].name = content_name(cli, files[i].shown);
        rc = files[i].name ? read_file(cli, files[i].shown, &files[i], err)
                           : pl_fail(err, PL_NOMEM, "%s", files[i].shown);
    }
    return rc ? rc : pl_content_load_over(cli->schema, base, files, NULL, 0, ret, err);
}

/* Checks that stand in one of the files. */
static size_t count_given(const pl_content *c, const struct pl_args *args)
{
    size_t n = 0;

    for (size_t i = 0; i < c->n_checks; i++)
        for (size_t k = 0; k < pl_arg_count(args); k++)
            if (pl_str_eq(c->checks[i].file, pl_str_c(pl_arg(args, k)))) {
                n++;
                break;
            }
    return n;
}

/* ---- check ---- */

static pl_rc run_check(pl_cli *cli, const struct pl_args *args, int *ret_status, pl_err *err)
{
    pl_content content = {0};
    PL_AUTO_RULES pl_rules *rules = NULL;

    (void)ret_status;
    if (pl_arg_count(args) == 0)
        return pl_fail(err, PL_USAGE, "rules check: which file?");
    cli->has_no_policy = true;
    pl_rc rc = load_given(cli, args, &content, err);
    if (!rc)
        rc = pl_rules_compile(cli->schema, &content, &rules, err);
    if (!rc) {
        (void)fprintf(cli->out, "%zu checks, %zu changes of the content: loaded\n",
                      count_given(&content, args), content.n_changes);
        for (size_t i = 0; i < content.n_changes; i++)
            (void)fprintf(cli->out, "%.*s %.*s by %.*s\n", PL_F(content.changes[i].what),
                          PL_F(content.changes[i].how), PL_F(content.changes[i].where));
    }
    pl_content_done(&content);
    /* What the caller wrote is wrong, not what the program met: exit code 2. */
    return rc == PL_FORMAT ? PL_USAGE : rc;
}

/* ---- test ---- */

static pl_rc test_all(pl_cli *cli, pl_buf *out, pl_rules_test_result *ret, pl_err *err)
{
    const pl_rules *rules;

    cli->needs_tests = true;
    pl_rc rc = pl_cli_rules(cli, &rules, err);
    return rc ? rc : pl_rules_test(rules, out, ret, err);
}

/* The cases in the files alone; those of our own checks are not in the program's packed form. */
static pl_rc test_given(pl_cli *cli, const struct pl_args *args, pl_buf *out,
                        pl_rules_test_result *ret, pl_err *err)
{
    pl_content content = {0};
    PL_AUTO_RULES pl_rules *rules = NULL;
    pl_rc rc = load_given(cli, args, &content, err);

    if (!rc && count_given(&content, args) == 0)
        rc = pl_fail(err, PL_USAGE, "rules test %s: there is no check in it", pl_arg(args, 0));
    if (!rc)
        rc = pl_rules_compile(cli->schema, &content, &rules, err);
    if (!rc)
        rc = pl_rules_test(rules, out, ret, err);
    pl_content_done(&content);
    return rc == PL_FORMAT ? PL_USAGE : rc;
}

static pl_rc run_test(pl_cli *cli, const struct pl_args *args, int *ret_status, pl_err *err)
{
    PL_AUTO_BUF pl_buf out = {0};
    pl_rules_test_result r = {0};

    cli->has_no_policy = true; /* a test says itself which parameters it sets */
    pl_rc rc =
        pl_arg_count(args) ? test_given(cli, args, &out, &r, err) : test_all(cli, &out, &r, err);
    if (rc)
        return rc;
    (void)fwrite(out.p ? out.p : "", 1, out.n, cli->out);
    (void)fprintf(cli->out, "%zu checks, %zu test cases, %zu failed\n", r.n_checks, r.n_cases,
                  r.n_failed);
    *ret_status = r.n_failed ? 1 : 0;
    return PL_OK;
}

static const pl_verb subs[] = {
    {
        .name = "check",
        .operands = "FILE...",
        .summary = "say whether files of checks load",
        .help =
            "Each file is read over the content: an item with an id that is there takes its "
            "place,\n"
            "others come in addition, and what changes is listed. It is read as checks, or as "
            "what\n"
            "its folder says: frameworks, containers, profiles. The first thing that is wrong is\n"
            "printed with file and line.",
        .examples = "  plimsoll rules check my/checks/container.yaml",
        .run = run_check,
    },
    {
        .name = "test",
        .operands = "[FILE...]",
        .summary = "run the test cases beside every check, or beside those of the files",
        .help = "One line for each case whose verdict differs. Exit code 1 when there is one.",
        .examples = "  plimsoll rules test my/checks/container.yaml\n"
                    "  plimsoll rules test --content ./content",
        .run = run_test,
    },
    {0},
};

const pl_verb pl_verb_rules = {
    .name = "rules",
    .summary = "whether checks load, and whether their tests hold",
    .subs = subs,
};
