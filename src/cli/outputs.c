/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/outputs.h"

#include "core/json_write.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

/* FORMAT=FILE. */
static pl_rc split(const char *given, pl_report_format *ret, const char **ret_file, pl_err *err)
{
    const char *equals = strchr(given, '=');
    pl_str word = {given, equals ? (size_t)(equals - given) : 0};

    if (!equals || equals[1] == '\0')
        return pl_fail(err, PL_USAGE,
                       "--output %s: write it as FORMAT=FILE, for example html=report.html", given);
    if (!pl_report_format_parse(word, ret))
        return pl_fail(err, PL_USAGE, "--output %s: the format is one of " PL_REPORT_FORMAT_WORDS,
                       given);
    *ret_file = equals + 1;
    return PL_OK;
}

static pl_rc format_of(const struct pl_args *args, pl_report_format otherwise,
                       pl_report_format *ret, pl_err *err)
{
    const char *word = pl_opt_value(args, "format");

    *ret = otherwise;
    if (!word || pl_report_format_parse(pl_str_c(word), ret))
        return PL_OK;
    return pl_fail(err, PL_USAGE, "--format %s: it is one of " PL_REPORT_FORMAT_WORDS, word);
}

static pl_rc group_of(const struct pl_args *args, pl_report_group *ret, pl_err *err)
{
    const char *word = pl_opt_value(args, "group-by");

    *ret = PL_GROUP_NONE;
    if (!word || pl_report_group_parse(pl_str_c(word), ret))
        return PL_OK;
    return pl_fail(err, PL_USAGE, "--group-by %s: it is one of " PL_REPORT_GROUP_WORDS, word);
}

pl_rc pl_outputs_check(const struct pl_args *args, pl_err *err)
{
    pl_report_format format;
    pl_report_group group;
    const char *file;
    pl_rc rc = format_of(args, PL_REPORT_SUMMARY, &format, err);

    if (!rc)
        rc = group_of(args, &group, err);
    for (size_t i = 0; !rc && pl_opt_nth(args, "output", i); i++)
        rc = split(pl_opt_nth(args, "output", i), &format, &file, err);
    return rc;
}

static pl_rc write_all(int fd, pl_str bytes, const char *path, pl_err *err)
{
    while (bytes.n) {
        ssize_t n = write(fd, bytes.p, bytes.n);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return pl_fail_sys(err, errno, "write %s", path);
        bytes = pl_str_sub(bytes, (size_t)n, bytes.n);
    }
    return PL_OK;
}

pl_rc pl_write_file(const char *path, pl_str bytes, pl_err *err)
{
    char beside[4096];
    struct stat st;

    /* A pipe, a terminal or /dev/null is written to as it is. */
    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) {
        PL_AUTO_FD int there = open(path, O_WRONLY | O_CLOEXEC);
        return there < 0 ? pl_fail_sys(err, errno, "%s", path) : write_all(there, bytes, path, err);
    }
    if (snprintf(beside, sizeof(beside), "%s.XXXXXX", path) >= (int)sizeof(beside))
        return pl_fail(err, PL_USAGE, "%s: name is too long", path);
    PL_AUTO_FD int fd = mkostemp(beside, O_CLOEXEC);
    if (fd < 0)
        return pl_fail_sys(err, errno, "%s", path);
    mode_t mask = umask(0);
    (void)umask(mask);
    pl_rc rc = write_all(fd, bytes, path, err);
    if (!rc && (fchmod(fd, 0666 & ~mask) < 0 || rename(beside, path) < 0))
        rc = pl_fail_sys(err, errno, "%s", path);
    if (rc)
        (void)unlink(beside);
    return rc;
}

/* COLUMNS, where it is a number, goes before what the terminal says. */
pl_report_style pl_cli_style(const pl_cli *cli)
{
    enum { LEAST = 20 };
    struct winsize w = {0};
    pl_report_style style = {.has_color = cli->has_color};
    uint64_t columns = 0;

    if (pl_str_u64(pl_str_c(getenv("COLUMNS")), &columns) && columns >= LEAST &&
        columns <= UINT16_MAX)
        style.columns = (unsigned)columns;
    else if (ioctl(fileno(cli->out), TIOCGWINSZ, &w) == 0)
        style.columns = w.ws_col;
    return style;
}

pl_grid pl_cli_grid(const pl_cli *cli, size_t columns)
{
    pl_grid g = pl_grid_of(cli->arena, columns);

    g.within = pl_cli_style(cli).columns;
    return g;
}

/* One form: to the terminal with its style, to a file plain. */
static pl_rc render(const pl_cli *cli, const struct pl_args *args, const pl_output_source *source,
                    pl_report_format format, bool to_terminal, pl_buf *out, pl_err *err)
{
    const pl_report_style plain = {0};
    pl_report_style style = to_terminal ? pl_cli_style(cli) : plain;
    pl_rc rc = group_of(args, &style.group_by, err);

    if (!rc)
        rc = source->render(format, &style, source->arg, out, err);
    if (!rc && !pl_buf_ok(out))
        rc = pl_fail(err, PL_LIMIT, "report is too large");
    return rc;
}

static pl_rc write_files(pl_cli *cli, const struct pl_args *args, const pl_output_source *source,
                         pl_err *err)
{
    pl_report_format format;
    pl_rc rc = PL_OK;

    for (size_t i = 0; !rc && pl_opt_nth(args, "output", i); i++) {
        PL_AUTO_BUF pl_buf out = {.max = PL_REPORT_OUTPUT_MAX};
        const char *file;
        rc = split(pl_opt_nth(args, "output", i), &format, &file, err);
        if (!rc)
            rc = render(cli, args, source, format, false, &out, err);
        if (!rc)
            rc = pl_write_file(file, pl_buf_view(&out), err);
    }
    return rc;
}

/* In parts: a report is megabytes, and each page of a buffer that held it would have to be had. */
static pl_rc print_lines(FILE *to, pl_str json, pl_err *err)
{
    enum { PART = 64 << 10 };
    pl_json_lines lines = {.rest = json};
    PL_AUTO_BUF pl_buf part = {0};

    while (lines.rest.n && pl_buf_ok(&part)) {
        pl_buf_reset(&part);
        pl_json_lines_next(&lines, PART, &part);
        if (fwrite(part.p, 1, part.n, to) != part.n)
            return pl_fail_sys(err, errno, "standard output");
    }
    return pl_buf_ok(&part) ? PL_OK : pl_fail(err, PL_NOMEM, "report");
}

pl_rc pl_outputs_render(pl_cli *cli, const struct pl_args *args, pl_report_format otherwise,
                        const pl_output_source *source, pl_err *err)
{
    pl_report_format format;
    pl_rc rc = write_files(cli, args, source, err);

    if (!rc)
        rc = format_of(args, otherwise, &format, err);
    /* --quiet leaves only what was asked for by name. */
    if (rc || (cli->is_quiet && !pl_opt_on(args, "format")))
        return rc;
    if (format == PL_REPORT_JSON && source->json.n)
        return print_lines(cli->out, source->json, err);

    PL_AUTO_BUF pl_buf out = {.max = PL_REPORT_OUTPUT_MAX};
    rc = render(cli, args, source, format, true, &out, err);
    if (!rc && fwrite(out.p, 1, out.n, cli->out) != out.n)
        rc = pl_fail_sys(err, errno, "standard output");
    return rc;
}

static pl_rc render_held(pl_report_format format, const pl_report_style *style, void *arg,
                         pl_buf *out, pl_err *err)
{
    const pl_outputs_of *of = arg;

    (void)err;
    if (format == PL_REPORT_JSON && of->json.n)
        pl_json_indent(of->json, out);
    else
        pl_report_write(of->a, of->d, format, style, out);
    return PL_OK;
}

pl_rc pl_outputs_write(pl_cli *cli, const struct pl_args *args, pl_report_format otherwise,
                       const pl_outputs_of *of, pl_err *err)
{
    pl_outputs_of copy = *of;
    const pl_output_source source = {render_held, &copy, of->json};

    return pl_outputs_render(cli, args, otherwise, &source, err);
}
