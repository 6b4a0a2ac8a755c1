/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"
#include "core/config.h"
#include "model/content_packed.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>

#include "core/buf.h"

#include <fcntl.h>
#include <sys/stat.h>

enum { FILES_MAX = 512, FILE_MAX = 4 << 20, FOLDER_DEPTH = 4, NAME_ROOM = 512 };

PL_DEFINE_CLEANUP(auto_dir_, DIR *, closedir, NULL)

struct folder {
    pl_arena *arena;
    pl_content_file files[FILES_MAX + 1];
    size_t n;
};

static pl_rc add_file(struct folder *to, int dir_fd, const char *entry, const char *name,
                      pl_err *err)
{
    PL_AUTO_FD int fd = openat(dir_fd, entry, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    struct stat st;

    if (fd < 0 || fstat(fd, &st) < 0)
        return pl_fail_sys(err, errno, "%s", name);
    if (!S_ISREG(st.st_mode) || st.st_size > FILE_MAX || to->n == FILES_MAX)
        return pl_fail(err, PL_LIMIT, "%s: not a file of at most %d bytes", name, FILE_MAX);
    unsigned char *bytes = pl_arena_calloc(to->arena, (size_t)st.st_size + 1, 1);
    pl_str kept = pl_arena_str(to->arena, (pl_str){name, strlen(name) + 1});
    if (!bytes || !kept.p)
        return pl_fail(err, PL_LIMIT, "%s: content folder is too large", name);

    size_t n = 0;
    while (n < (size_t)st.st_size) {
        ssize_t got = read(fd, bytes + n, (size_t)st.st_size - n);
        if (got < 0)
            return pl_fail_sys(err, errno, "read %s", name);
        if (got == 0)
            break;
        n += (size_t)got;
    }
    to->files[to->n++] = (pl_content_file){kept.p, bytes, n};
    return PL_OK;
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as FOLDER_DEPTH */
static pl_rc add_folder(struct folder *to, int dir_fd, const char *prefix, unsigned depth,
                        pl_err *err)
{
    PL_CLEANUP(auto_dir_) DIR *d = fdopendir(dir_fd);
    if (!d || depth > FOLDER_DEPTH) {
        if (!d)
            close(dir_fd);
        return pl_fail(err, PL_LIMIT, "%s: cannot be listed", prefix);
    }
    for (struct dirent *e; (e = readdir(d));) {
        char name[NAME_ROOM];
        if (e->d_name[0] == '.')
            continue;
        if (snprintf(name, sizeof(name), "%s%s", prefix, e->d_name) >= (int)sizeof(name) - 1)
            return pl_fail(err, PL_LIMIT, "%s: name is too long", prefix);
        int sub = openat(dirfd(d), e->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
        pl_rc rc;
        if (sub >= 0) {
            size_t n = strlen(name); /* one byte is left: see above */
            name[n] = '/';
            name[n + 1] = '\0';
            rc = add_folder(to, sub, name, depth + 1, err);
        } else {
            rc = add_file(to, dirfd(d), e->d_name, name, err);
        }
        if (rc)
            return rc;
    }
    return PL_OK;
}

static pl_rc read_folder(pl_cli *cli, struct folder *to, pl_err *err)
{
    int fd = open(cli->content_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return pl_fail_sys(err, errno, "--content %s", cli->content_dir);
    to->arena = cli->arena;
    pl_rc rc = add_folder(to, fd, "", 0, err);
    return rc ? pl_wrap(err, rc, "--content %s", cli->content_dir) : PL_OK;
}

pl_rc pl_cli_content_files(pl_cli *cli, const pl_content_file **ret, pl_err *err)
{
    struct folder *folder = NULL;
    pl_rc rc = PL_OK;

    if (!cli->content_dir)
        cli->files = pl_content_builtin;
    /* Once: what is judged and redacted by must be what the digest is of. */
    if (!cli->files) {
        folder = PL_NEW(cli->arena, struct folder);
        rc = folder ? read_folder(cli, folder, err) : pl_fail(err, PL_NOMEM, "--content");
        if (!rc)
            cli->files = folder->files;
    }
    if (!rc)
        *ret = cli->files;
    return rc;
}

/* The policy: section of the configuration. */
static pl_rc policy_of(const pl_cli *cli, pl_policy_value **ret, size_t *ret_n, pl_err *err)
{
    size_t n = cli->conf && !cli->has_no_policy ? cli->conf->n_entries : 0;
    pl_policy_value *v = pl_arena_calloc(cli->arena, n + 1, sizeof(*v));

    if (!v)
        return pl_fail(err, PL_NOMEM, "policy");
    for (size_t i = 0; i < n; i++) {
        const pl_conf_entry *e = &cli->conf->entries[i];
        v[i] = (pl_policy_value){e->name, e->items, e->n, e->where};
    }
    *ret = v;
    *ret_n = n;
    return PL_OK;
}

/* A folder that somebody wrote is their mistake: nothing was done. */
static pl_rc as_usage(const pl_cli *cli, pl_rc rc)
{
    return cli->content_dir && rc == PL_FORMAT ? PL_USAGE : rc;
}

static bool is_packed(const pl_cli *cli)
{
    return cli->packed.n && !cli->content_dir && !cli->needs_tests;
}

static pl_rc load(pl_cli *cli, pl_err *err)
{
    const pl_content_file *files = NULL;
    pl_policy_value *policy = NULL;
    size_t n_policy = 0;
    pl_rc rc = policy_of(cli, &policy, &n_policy, err);

    if (!rc && is_packed(cli))
        return pl_content_unpack(cli->packed, policy, n_policy, &cli->content, err);
    if (!rc)
        rc = pl_cli_content_files(cli, &files, err);
    if (!rc)
        rc = pl_content_load(cli->schema, files, policy, n_policy, &cli->content, err);
    if (!rc && cli->content.n_checks == 0)
        rc = pl_fail(err, PL_USAGE, "--content %s: no checks: files of checks lie in %s/checks",
                     cli->content_dir, cli->content_dir);
    return rc;
}

pl_rc pl_cli_content(pl_cli *cli, const pl_content **ret, pl_err *err)
{
    pl_rc rc = cli->content.arena ? PL_OK : load(cli, err);

    if (!rc)
        *ret = &cli->content;
    return as_usage(cli, rc);
}

pl_rc pl_cli_rules(pl_cli *cli, const pl_rules **ret, pl_err *err)
{
    const pl_content *content;
    pl_rc rc = pl_cli_content(cli, &content, err);

    if (!rc && !cli->rules)
        rc = is_packed(cli) ? pl_rules_compile_later(cli->schema, content, &cli->rules, err)
                            : pl_rules_compile(cli->schema, content, &cli->rules, err);
    if (!rc)
        *ret = cli->rules;
    return as_usage(cli, rc);
}
