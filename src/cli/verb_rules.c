/* SPDX-License-Identifier: Apache-2.0 */
/* plimsoll rules check FILE..., plimsoll rules test */
#include "cli/cli.h"
#include "cli/verbs.h"

#include "core/buf.h"

#include <errno.h>
#include <string.h>

enum { FILES_MAX = 1024, FILE_MAX = 4 << 20 };

/* ---- check ---- */

/* Content in which some files are replaced by those of the command line, by their last name. */
struct mix {
    pl_content_file files[FILES_MAX + 1];
    size_t n;
};

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

/* "checks/NAME" for a file given as DIR/NAME, so that it counts as a file of checks. */
static const char *content_name(pl_cli *cli, const char *path)
{
    const char *last = last_name(path);
    size_t room = strlen(last) + sizeof("checks/.yaml");
    char *name = pl_arena_calloc(cli->arena, room, 1);
    bool has_suffix = pl_str_ends(pl_str_c(last), PL_S(".yaml"));

    if (name)
        (void)snprintf(name, room, "checks/%s%s", last, has_suffix ? "" : ".yaml");
    return name;
}

static pl_rc mix_in(pl_cli *cli, struct mix *m, const char *path, pl_err *err)
{
    const char *name = content_name(cli, path);
    size_t at = 0;

    if (!name)
        return pl_fail(err, PL_NOMEM, "%s", path);
    while (at < m->n && strcmp(m->files[at].name, name) != 0)
        at++;
    if (at == FILES_MAX)
        return pl_fail(err, PL_LIMIT, "more than %d files", FILES_MAX);
    if (at == m->n)
        m->n++;
    m->files[at].name = name;
    m->files[at].shown = path;
    return read_file(cli, path, &m->files[at], err);
}

static pl_rc make_mix(pl_cli *cli, const struct pl_args *args, struct mix *m, pl_err *err)
{
    const pl_content_file *base;

    pl_rc rc = pl_cli_content_files(cli, &base, err);
    if (rc)
        return rc;
    for (; base->name && m->n < FILES_MAX; base++)
        m->files[m->n++] = *base;
    for (size_t i = 0; i < pl_arg_count(args) && !rc; i++)
        rc = mix_in(cli, m, pl_arg(args, i), err);
    return rc;
}

static pl_rc check_mix(pl_cli *cli, const struct mix *m, pl_err *err)
{
    pl_content content = {0};
    PL_AUTO_RULES pl_rules *rules = NULL;

    pl_rc rc = pl_content_load(cli->schema, m->files, NULL, 0, &content, err);
    if (!rc)
        rc = pl_rules_compile(cli->schema, &content, &rules, err);
    if (!rc)
        (void)fprintf(cli->out, "%zu checks, %zu macros, %zu lists: loaded\n", content.n_checks,
                      content.n_macros, content.n_lists);
    pl_content_done(&content);
    return rc;
}

static pl_rc run_check(pl_cli *cli, const struct pl_args *args, int *ret_status, pl_err *err)
{
    (void)ret_status;
    if (pl_arg_count(args) == 0)
        return pl_fail(err, PL_USAGE, "rules check: which file?");
    struct mix *m = PL_NEW(cli->arena, struct mix);
    if (!m)
        return pl_fail(err, PL_NOMEM, "rules check");
    pl_rc rc = make_mix(cli, args, m, err);
    if (!rc)
        rc = check_mix(cli, m, err);
    /* What the caller wrote is wrong, not what the program met: exit code 2. */
    return rc == PL_FORMAT ? PL_USAGE : rc;
}

/* ---- test ---- */

static pl_rc run_test(pl_cli *cli, const struct pl_args *args, int *ret_status, pl_err *err)
{
    PL_AUTO_BUF pl_buf out = {0};
    pl_rules_test_result r;
    const pl_rules *rules;

    (void)args;
    cli->needs_tests = true;
    cli->has_no_policy = true; /* a test says itself which parameters it sets */
    pl_rc rc = pl_cli_rules(cli, &rules, err);
    if (!rc)
        rc = pl_rules_test(rules, &out, &r, err);
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
            "Each file is read as if it lay in content/checks/: it takes the place of the file of\n"
            "the same name there, or comes in addition. The lists and macros of the other files\n"
            "are known to it. The first thing that is wrong is printed with file and line.\n\n"
            "  plimsoll rules check my/container.yaml",
        .run = run_check,
    },
    {
        .name = "test",
        .summary = "run the test cases beside every check",
        .help = "One line for each case whose verdict differs. Exit code 1 when there is one.\n\n"
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
