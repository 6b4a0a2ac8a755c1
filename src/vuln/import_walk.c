/* SPDX-License-Identifier: Apache-2.0 */
#include "core/io.h"
#include "vuln/import_private.h"
#include "vuln/limits.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

PL_DEFINE_CLEANUP(auto_dir_, DIR *, closedir, NULL)

enum kind { NOTHING, LOOSE, FORM };

/* Names by how they begin and end; the first row that fits says what the file is. */
static const struct form_row {
    pl_str begin, end;
    enum kind kind;
    pl_feed_form form;
} form_rows[] = {
    {{"kev", 3}, {".json", 5}, FORM, PL_FEED_KEV},
    {{"known_exploited_vulnerabilities", 31}, {".json", 5}, FORM, PL_FEED_KEV},
    {{"epss", 4}, {".csv", 4}, FORM, PL_FEED_EPSS},
    {{"epss", 4}, {".csv.gz", 7}, FORM, PL_FEED_EPSS},
    {{"epss", 4}, {".csv.zst", 8}, FORM, PL_FEED_EPSS},
    {{"", 0}, {"updateinfo.xml", 14}, FORM, PL_FEED_UPDATEINFO},
    {{"", 0}, {"updateinfo.xml.gz", 17}, FORM, PL_FEED_UPDATEINFO},
    {{"", 0}, {"updateinfo.xml.bz2", 18}, FORM, PL_FEED_UPDATEINFO},
    {{"", 0}, {"updateinfo.xml.xz", 17}, FORM, PL_FEED_UPDATEINFO},
    {{"", 0}, {"updateinfo.xml.zst", 18}, FORM, PL_FEED_UPDATEINFO},
    {{"com.oracle.elsa", 15}, {".xml", 4}, FORM, PL_FEED_OVAL},
    {{"com.oracle.elsa", 15}, {".xml.gz", 7}, FORM, PL_FEED_OVAL},
    {{"com.oracle.elsa", 15}, {".xml.bz2", 8}, FORM, PL_FEED_OVAL},
    {{"com.oracle.elsa", 15}, {".xml.xz", 7}, FORM, PL_FEED_OVAL},
    {{"com.oracle.elsa", 15}, {".xml.zst", 8}, FORM, PL_FEED_OVAL},
    {{"oracle", 6}, {".xml", 4}, FORM, PL_FEED_OVAL},
    {{"oracle", 6}, {".xml.gz", 7}, FORM, PL_FEED_OVAL},
    {{"oracle", 6}, {".xml.bz2", 8}, FORM, PL_FEED_OVAL},
    {{"oracle", 6}, {".xml.xz", 7}, FORM, PL_FEED_OVAL},
    {{"oracle", 6}, {".xml.zst", 8}, FORM, PL_FEED_OVAL},
    {{"", 0}, {".jsonl", 6}, FORM, PL_FEED_LINES},
    {{"", 0}, {".jsonl.gz", 9}, FORM, PL_FEED_LINES},
    {{"", 0}, {".jsonl.zst", 10}, FORM, PL_FEED_LINES},
    {{"", 0}, {".zip", 4}, FORM, PL_FEED_ZIP},
    {{"", 0}, {".json", 5}, LOOSE, PL_FEED_PACK},
};

static const struct form_row *row_of(const char *name)
{
    const char *slash = strrchr(name, '/');
    pl_str base = pl_str_c(slash ? slash + 1 : name);

    for (size_t i = 0; i < PL_COUNT(form_rows); i++)
        if (pl_str_starts(base, form_rows[i].begin) && pl_str_ends(base, form_rows[i].end))
            return &form_rows[i];
    return NULL;
}

bool pl_import_form_of(const char *name, pl_feed_form *ret)
{
    const struct form_row *row = row_of(name);

    if (!row || row->kind != FORM)
        return false;
    *ret = row->form;
    return true;
}

static pl_rc pack(struct pl_importer *i, int fd, const char *name, pl_err *err)
{
    PL_AUTO_BUF pl_buf text = {0};

    pl_rc rc = pl_read_all(fd, PL_VULN_RECORD_MAX, &text, err);
    if (rc != PL_OK)
        return pl_wrap(err, rc, "%s", name);
    i->result->n_files++;
    pl_buf_lstr(&i->pack, pl_str_c(name));
    pl_buf_lstr(&i->pack, pl_buf_view(&text));
    return i->pack.n > PL_VULN_PACK_MAX ? pl_import_packed(i, err) : PL_OK;
}

static pl_rc take_file(struct pl_importer *i, int fd, const char *name, pl_err *err)
{
    const struct form_row *row = row_of(name);
    struct stat st;

    if (!row)
        return PL_OK;
    if (fstat(fd, &st) != 0)
        return pl_fail_sys(err, errno, "%s", name);
    if (!S_ISREG(st.st_mode))
        return pl_fail(err, PL_FORMAT, "%s: not a regular file", name);
    if ((uint64_t)st.st_size > PL_VULN_FILE_MAX)
        return pl_fail(err, PL_LIMIT, "%s: larger than %zu bytes", name, PL_VULN_FILE_MAX);
    return row->kind == LOOSE ? pack(i, fd, name, err)
                              : pl_import_file(i, fd, name, row->form, err);
}

struct names {
    char **v;
    size_t n, room;
};

static void names_done(struct names *names)
{
    for (size_t k = 0; k < names->n; k++)
        free(names->v[k]);
    free(names->v);
}

static int by_name(const void *x, const void *y)
{
    return strcmp(*(char *const *)x, *(char *const *)y);
}

static pl_rc add_name(struct names *names, const char *name, pl_err *err)
{
    if (names->n == names->room) {
        size_t room = names->room ? 2 * names->room : 64;
        char **v = room > PL_VULN_FILES_MAX ? NULL : reallocarray(names->v, room, sizeof(*v));
        if (!v)
            return pl_fail(err, PL_LIMIT, "too many files in one folder");
        names->v = v;
        names->room = room;
    }
    names->v[names->n] = strdup(name);
    if (!names->v[names->n])
        return pl_fail(err, PL_NOMEM, "out of memory");
    names->n++;
    return PL_OK;
}

/* Takes fd. Names that begin with a dot are left out. */
static pl_rc list(int fd, struct names *names, pl_err *err)
{
    PL_CLEANUP(auto_dir_) DIR *d = fdopendir(fd);
    pl_rc rc = PL_OK;

    if (!d) {
        rc = pl_fail_sys(err, errno, "list");
        (void)close(fd);
        return rc;
    }
    for (struct dirent *e; rc == PL_OK && (errno = 0, e = readdir(d));)
        if (e->d_name[0] != '.')
            rc = add_name(names, e->d_name, err);
    if (rc == PL_OK && errno)
        rc = pl_fail_sys(err, errno, "list");
    if (names->n)
        qsort(names->v, names->n, sizeof(*names->v), by_name);
    return rc;
}

static pl_rc walk(struct pl_importer *i, int dir_fd, const char *prefix, unsigned depth,
                  pl_err *err);

static pl_rc take_name(struct pl_importer *i, int dir_fd, const char *prefix, const char *name,
                       unsigned depth, pl_err *err)
{
    PL_AUTO_FREE char *path = NULL;
    struct stat st;

    if (asprintf(&path, "%s%s%s", prefix, *prefix ? "/" : "", name) < 0)
        return pl_fail(err, PL_NOMEM, "out of memory");
    if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return pl_fail_sys(err, errno, "%s", path);
    bool is_dir = S_ISDIR(st.st_mode);
    if (!is_dir && (!S_ISREG(st.st_mode) || !row_of(name)))
        return PL_OK;
    PL_AUTO_FD int fd = openat(
        dir_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | (is_dir ? O_DIRECTORY : 0));
    if (fd < 0)
        return pl_fail_sys(err, errno, "%s", path);
    return is_dir ? walk(i, fd, path, depth + 1, err) : take_file(i, fd, path, err);
}

/* The recursion ends at PL_VULN_FOLDER_DEPTH. */
static pl_rc walk(struct pl_importer *i, int dir_fd, const char *prefix, unsigned depth,
                  pl_err *err)
{
    PL_CLEANUP(names_done) struct names names = {0};

    if (depth > PL_VULN_FOLDER_DEPTH)
        return pl_fail(err, PL_LIMIT, "%s: more than %d folders deep", prefix,
                       PL_VULN_FOLDER_DEPTH);
    int copy = fcntl(dir_fd, F_DUPFD_CLOEXEC, 0);
    if (copy < 0)
        return pl_fail_sys(err, errno, "%s", prefix);
    pl_rc rc = list(copy, &names, err);
    if (rc != PL_OK)
        return pl_wrap(err, rc, "folder %s", prefix);
    for (size_t k = 0; k < names.n && rc == PL_OK; k++)
        rc = take_name(i, dir_fd, prefix, names.v[k], depth, err);
    return rc;
}

pl_rc pl_import_walk(struct pl_importer *i, const char *source, pl_err *err)
{
    PL_AUTO_FD int fd = open(source, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    struct stat st;

    if (fd < 0 || fstat(fd, &st) != 0)
        return pl_fail_sys(err, errno, "open");
    if (S_ISDIR(st.st_mode))
        return walk(i, fd, "", 0, err);
    return take_file(i, fd, source, err);
}
