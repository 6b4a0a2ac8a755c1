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

static pl_rc add_drop_ins(struct bundle *b, const char *folder, pl_err *err)
{
    char path[PATH_MAX], name[NAME_MAX + 32];
    struct dirent **list = NULL;
    pl_rc rc = path_below(b, folder, "docker.service.d", path, err);
    int n = rc ? 0 : scandir(path, &list, is_drop_in, alphasort);

    for (int i = 0; i < n; i++) {
        (void)snprintf(name, sizeof(name), "docker.service.d/%s", list[i]->d_name);
        if (!rc)
            rc = add_below(b, folder, name, err);
        rc = rc == PL_NOTFOUND ? PL_OK : rc;
        free(list[i]);
    }
    free(list);
    return rc;
}

/* The unit of the first folder that has one; drop-ins of all, those that weigh most last. */
static pl_rc add_units(struct bundle *b, pl_err *err)
{
    pl_rc rc = PL_NOTFOUND;

    for (size_t i = 0; rc == PL_NOTFOUND && i < PL_COUNT(unit_folders); i++)
        rc = add_below(b, unit_folders[i], "docker.service", err);
    rc = rc == PL_NOTFOUND ? PL_OK : rc;
    for (size_t i = PL_COUNT(unit_folders); !rc && i-- > 0;)
        rc = add_drop_ins(b, unit_folders[i], err);
    return rc;
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
