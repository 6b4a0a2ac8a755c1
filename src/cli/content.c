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
    const char *path; /* as it was given */
    pl_arena *arena;
    pl_content_file files[FILES_MAX + 1];
    size_t n;
};

/* "DIR/checks/own.yaml" */
static const char *shown_name(const struct folder *to, const char *name)
{
    PL_AUTO_BUF pl_buf text = {0};

    pl_buf_fmt(&text, "%s/%s", to->path, name);
    pl_buf_ch(&text, '\0');
    return pl_buf_ok(&text) ? pl_arena_str(to->arena, pl_buf_view(&text)).p : NULL;
}

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
    to->files[to->n++] = (pl_content_file){kept.p, bytes, n, shown_name(to, kept.p)};
    return to->files[to->n - 1].shown ? PL_OK
                                      : pl_fail(err, PL_LIMIT, "%s: folder is too large", name);
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
        return pl_fail(err, PL_USAGE, "--content %s: %s", cli->content_dir, strerror(errno));
    to->arena = cli->arena;
    to->path = cli->content_dir;
    pl_rc rc = add_folder(to, fd, "", 0, err);
    return rc ? pl_wrap(err, rc, "--content %s", cli->content_dir) : PL_OK;
}

/* A folder that somebody wrote is their mistake: nothing was done. */
static pl_rc as_usage(const pl_cli *cli, pl_rc rc)
{
    return cli->content_dir && (rc == PL_FORMAT || rc == PL_LIMIT) ? PL_USAGE : rc;
}

/* Folders of which each item counts by its id (model/content.h). */
static bool is_by_id(pl_str name)
{
    static const char *const folders[] = {"checks/", "frameworks/", "containers/", "profiles/",
                                          "coverage/"};

    for (size_t i = 0; i < PL_COUNT(folders); i++)
        if (pl_str_starts(name, pl_str_c(folders[i])))
            return true;
    return false;
}

static bool has_folder_of(const struct folder *f, const char *name)
{
    const char *slash = strchr(name, '/');
    pl_str folder = {name, slash ? (size_t)(slash - name) + 1 : strlen(name)};

    for (size_t i = 0; i < f->n; i++)
        if (pl_str_starts(pl_str_c(f->files[i].name), folder))
            return true;
    return false;
}

/* Ours, but for those that the folder takes the place of; then the folder's. */
static const pl_content_file *joined(pl_arena *a, const struct folder *f)
{
    size_t n = 0;

    while (pl_content_builtin[n].name)
        n++;
    pl_content_file *all = pl_arena_calloc(a, n + f->n + 1, sizeof(*all));
    size_t k = 0;
    for (size_t i = 0; all && i < n; i++) {
        pl_str name = pl_str_c(pl_content_builtin[i].name);
        if (is_by_id(name) || !has_folder_of(f, pl_content_builtin[i].name))
            all[k++] = pl_content_builtin[i];
    }
    for (size_t i = 0; all && i < f->n; i++)
        all[k++] = f->files[i];
    return all;
}

/* The user's folder, once: what is judged and redacted by must be what the digest is of. */
static pl_rc own_files(pl_cli *cli, pl_err *err)
{
    struct folder *folder = NULL;

    if (cli->own_files || !cli->content_dir)
        return PL_OK;
    folder = PL_NEW(cli->arena, struct folder);
    pl_rc rc = folder ? read_folder(cli, folder, err) : pl_fail(err, PL_NOMEM, "--content");
    if (rc)
        return rc;
    if (folder->n == 0)
        return pl_fail(err, PL_USAGE,
                       "--content %s: no checks and nothing else: files lie in "
                       "%s/checks, frameworks, profiles, secrets, ...",
                       cli->content_dir, cli->content_dir);
    cli->own_files = folder->files;
    cli->files = joined(cli->arena, folder);
    return cli->files ? PL_OK : pl_fail(err, PL_NOMEM, "--content");
}

pl_rc pl_cli_content_files(pl_cli *cli, const pl_content_file **ret, pl_err *err)
{
    pl_rc rc = own_files(cli, err);

    if (!cli->files)
        cli->files = pl_content_builtin;
    *ret = cli->files;
    return as_usage(cli, rc);
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

/* Ours alone, as it lies in the program, needs no reading. */
static bool is_packed(const pl_cli *cli)
{
    return cli->packed.n && !cli->content_dir && !cli->needs_tests;
}

static pl_rc load_ours(pl_cli *cli, const pl_policy_value *policy, size_t n_policy, pl_content *ret,
                       pl_err *err)
{
    return cli->packed.n && !cli->needs_tests
               ? pl_content_unpack(cli->packed, policy, n_policy, ret, err)
               : pl_content_load(cli->schema, pl_content_builtin, policy, n_policy, ret, err);
}

/* What the configuration sets may be a parameter of the folder's. */
static pl_rc load(pl_cli *cli, pl_err *err)
{
    pl_policy_value *policy = NULL;
    size_t n_policy = 0;
    pl_rc rc = policy_of(cli, &policy, &n_policy, err);

    if (!rc)
        rc = own_files(cli, err);
    if (!rc && !cli->content_dir)
        rc = load_ours(cli, policy, n_policy, &cli->content, err);
    if (!rc && cli->content_dir)
        rc = load_ours(cli, NULL, 0, &cli->base, err);
    if (!rc && cli->content_dir)
        rc = pl_content_load_over(cli->schema, &cli->base, cli->own_files, policy, n_policy,
                                  &cli->content, err);
    if (!rc && cli->profile && !cli->has_no_policy)
        rc = pl_content_use_profile(&cli->content, pl_str_c(cli->profile), err);
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
