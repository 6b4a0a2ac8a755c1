/* SPDX-License-Identifier: Apache-2.0 */
/* The files of an engine in a folder, for a worker that reads them together. */
#include "audit/run_private.h"

#include "audit/limits.h"
#include "core/io.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Where they are, below a root folder, below /etc, or side by side; systemd's own order of folders.
 */
static const char *const daemon_files[] = {"daemon.json", "docker/daemon.json",
                                           "etc/docker/daemon.json"};
static const char *const unit_folders[] = {"",
                                           "systemd/system",
                                           "etc/systemd/system",
                                           "run/systemd/system",
                                           "usr/local/lib/systemd/system",
                                           "usr/lib/systemd/system",
                                           "lib/systemd/system"};

/* Of the unit alone, then of all services. */
static const char *const drop_in_folders[] = {"docker.service.d", "service.d"};

struct bundle {
    const char *root;
    pl_buf *bytes;
    size_t n;
};

/* PL_NOTFOUND: it is not there. */
static pl_rc add_file(struct bundle *b, const char *path, pl_err *err)
{
    PL_AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    PL_AUTO_BUF pl_buf text = {0};
    struct stat st;

    if (fd < 0 && errno == ENOENT)
        return PL_NOTFOUND;
    if (fd < 0 || fstat(fd, &st) < 0)
        return pl_fail_sys(err, errno, "%s", path);
    /* A unit that is masked leads to /dev/null. */
    if (!S_ISREG(st.st_mode))
        return PL_NOTFOUND;
    pl_rc rc = pl_read_all(fd, PL_DECLARED_ENGINE_FILE, &text, err);
    if (rc)
        return pl_wrap(err, rc, "%s", path);
    pl_buf_lstr(b->bytes, pl_str_c(path));
    pl_buf_lstr(b->bytes, pl_buf_view(&text));
    b->n++;
    return PL_OK;
}

static pl_rc path_below(const struct bundle *b, const char *folder, const char *name,
                        char ret[PATH_MAX], pl_err *err)
{
    int n = snprintf(ret, PATH_MAX, "%s%s%s/%s", b->root, *folder ? "/" : "", folder, name);

    return n < 0 || n >= PATH_MAX ? pl_fail(err, PL_LIMIT, "%s: too long", b->root) : PL_OK;
}

static pl_rc add_below(struct bundle *b, const char *folder, const char *name, pl_err *err)
{
    char path[PATH_MAX];
    pl_rc rc = path_below(b, folder, name, path, err);

    return rc ? rc : add_file(b, path, err);
}

static int is_drop_in(const struct dirent *e)
{
    return pl_str_ends(pl_str_c(e->d_name), PL_S(".conf"));
}

/* Names of drop-ins; each stands once, whichever folders have it. */
struct names {
    char v[PL_DECLARED_DROP_INS][NAME_MAX + 1];
    size_t n;
};

static pl_rc keep_name(struct names *names, const char *name, pl_err *err)
{
    for (size_t i = 0; i < names->n; i++)
        if (strcmp(names->v[i], name) == 0)
            return PL_OK;
    if (names->n == PL_DECLARED_DROP_INS)
        return pl_fail(err, PL_LIMIT, "more than %d drop-ins of docker.service",
                       PL_DECLARED_DROP_INS);
    (void)snprintf(names->v[names->n++], NAME_MAX + 1, "%s", name);
    return PL_OK;
}

static pl_rc names_in(struct bundle *b, const char *folder, const char *of, struct names *names,
                      pl_err *err)
{
    char path[PATH_MAX];
    struct dirent **list = NULL;
    pl_rc rc = path_below(b, folder, of, path, err);
    int n = rc ? 0 : scandir(path, &list, is_drop_in, NULL);

    for (int i = 0; i < n; i++) {
        if (!rc)
            rc = keep_name(names, list[i]->d_name, err);
        free(list[i]);
    }
    free(list);
    return rc;
}

/* False: the folder has none of this name. */
static pl_rc add_drop_in_of(struct bundle *b, const char *folder, const char *of,
                            const char *drop_in, bool *ret_found, pl_err *err)
{
    char path[PATH_MAX], name[NAME_MAX + 32];
    struct stat st;

    (void)snprintf(name, sizeof(name), "%s/%s", of, drop_in);
    pl_rc rc = path_below(b, folder, name, path, err);
    *ret_found = !rc && lstat(path, &st) == 0;
    if (rc || !*ret_found)
        return rc;
    rc = add_file(b, path, err);
    return rc == PL_NOTFOUND ? PL_OK : rc;
}

/* The one of the folder that weighs most hides those of the same name, also as a link to /dev/null.
 */
static pl_rc add_drop_in(struct bundle *b, const char *drop_in, pl_err *err)
{
    pl_rc rc = PL_OK;
    bool is_found = false;

    for (size_t d = 0; d < PL_COUNT(drop_in_folders); d++)
        for (size_t i = 0; !rc && !is_found && i < PL_COUNT(unit_folders); i++)
            rc = add_drop_in_of(b, unit_folders[i], drop_in_folders[d], drop_in, &is_found, err);
    return rc;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* In the order of their names, wherever they lie (systemd.unit(5)). */
static pl_rc add_drop_ins(struct bundle *b, pl_err *err)
{
    PL_AUTO_FREE struct names *names = calloc(1, sizeof(*names));
    pl_rc rc = names ? PL_OK : pl_fail(err, PL_NOMEM, "drop-ins");

    for (size_t d = 0; d < PL_COUNT(drop_in_folders); d++)
        for (size_t i = 0; !rc && i < PL_COUNT(unit_folders); i++)
            rc = names_in(b, unit_folders[i], drop_in_folders[d], names, err);
    if (!rc)
        qsort(names->v, names->n, sizeof(names->v[0]), by_name);
    for (size_t i = 0; !rc && i < names->n; i++)
        rc = add_drop_in(b, names->v[i], err);
    return rc;
}

/* The unit of the first folder that has one, and its drop-ins. */
static pl_rc add_units(struct bundle *b, pl_err *err)
{
    pl_rc rc = PL_NOTFOUND;

    for (size_t i = 0; rc == PL_NOTFOUND && i < PL_COUNT(unit_folders); i++)
        rc = add_below(b, unit_folders[i], "docker.service", err);
    return !rc || rc == PL_NOTFOUND ? add_drop_ins(b, err) : rc;
}

pl_rc pl_run_engine_files(const char *folder, pl_buf *ret, pl_err *err)
{
    struct bundle b = {.root = folder, .bytes = ret};
    pl_rc rc = PL_NOTFOUND;

    for (size_t i = 0; rc == PL_NOTFOUND && i < PL_COUNT(daemon_files); i++)
        rc = add_below(&b, "", daemon_files[i], err);
    if (!rc || rc == PL_NOTFOUND)
        rc = add_units(&b, err);
    if (!rc && !b.n)
        return pl_fail(err, PL_NOTFOUND,
                       "%s: holds neither daemon.json nor docker.service of an engine", folder);
    return rc || pl_buf_ok(ret) ? rc : pl_fail(err, PL_NOMEM, "%s", folder);
}
