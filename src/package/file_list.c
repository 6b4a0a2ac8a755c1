/* SPDX-License-Identifier: Apache-2.0 */
#include "package/file_list.h"

#include "package/limits.h"

#include <string.h>

/* Most of what a list names; none of it is a program, or tells of a package. */
static bool is_no_program(pl_str path)
{
    static const char *const ends[] = {".py",  ".pyc", ".pyi", ".pyx",   ".pxd",  ".h",
                                       ".hpp", ".txt", ".md",  ".rst",   ".json", ".html",
                                       ".css", ".png", ".svg", ".ipynb", ".csv",  "/RECORD"};

    for (size_t i = 0; i < PL_COUNT(ends); i++)
        if (pl_str_ends(path, pl_str_c(ends[i])))
            return true;
    return false;
}

void pl_file_list_add(pl_buf *list, pl_str path)
{
    if (path.n == 0 || path.n > PL_PACKAGE_TEXT_MAX || memchr(path.p, '\n', path.n) ||
        memchr(path.p, '\0', path.n) || is_no_program(path))
        return;
    pl_buf_str(list, path);
    pl_buf_ch(list, '\n');
}

pl_rc pl_file_list_tell(pl_lang lang, const pl_buf *list, pl_found_each each, void *arg,
                        pl_err *err)
{
    const pl_found f = {.kind = PL_FOUND_FILES, .lang = lang, .at = pl_buf_view(list)};

    if (list->bad)
        return pl_fail(err, PL_NOMEM, "list of files");
    if (list->n > PL_FILE_LIST_MAX)
        return pl_fail(err, PL_LIMIT,
                       "programs in a list of files take more than PL_FILE_LIST_MAX (%d bytes)",
                       PL_FILE_LIST_MAX);
    return list->n ? each(&f, arg, err) : PL_OK;
}

/* A field in quotes doubles those within; names that hold one are left alone. */
static pl_str first_field(pl_str line)
{
    pl_str field;
    bool is_quoted = line.n && line.p[0] == '"';
    pl_str rest = is_quoted ? pl_str_sub(line, 1, line.n) : line;

    (void)pl_str_cut(&rest, is_quoted ? '"' : ',', &field);
    return field;
}

static pl_rc read_lines(pl_str text, bool is_csv, pl_found_each each, void *arg, pl_err *err)
{
    PL_AUTO_BUF pl_buf list = {0};
    pl_str line;

    while (pl_str_cut(&text, '\n', &line)) {
        pl_str path = pl_str_trim(line);
        pl_file_list_add(&list, is_csv ? first_field(path) : path);
    }
    return pl_file_list_tell(PL_LANG_PYPI, &list, each, arg, err);
}

pl_rc pl_python_record(pl_str text, pl_arena *a, pl_found_each each, void *arg, pl_err *err)
{
    (void)a;
    return read_lines(text, true, each, arg, err);
}

pl_rc pl_python_installed_files(pl_str text, pl_arena *a, pl_found_each each, void *arg,
                                pl_err *err)
{
    (void)a;
    return read_lines(text, false, each, arg, err);
}
