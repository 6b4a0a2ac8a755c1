/* SPDX-License-Identifier: Apache-2.0 */
/* What a file declares to run, judged before it runs. */
#include "audit/run_private.h"

#include "core/jail.h"
#include "declared/declared.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A key of JSON: the word in quotes with a colon behind it. */
static bool has_key(pl_str text, const char *quoted)
{
    size_t n = strlen(quoted);

    for (const char *at = text.p;
         (at = memmem(at, text.n - (size_t)(at - text.p), quoted, n)) != NULL; at += n) {
        pl_str behind = pl_str_trim(pl_str_sub(text, (size_t)(at - text.p) + n, text.n));
        if (pl_str_starts(behind, PL_S(":")))
            return true;
    }
    return false;
}

/* JSON files have no names of their own, and one may be a bill of materials: the keys that only a
 * declaration has tell them apart. */
static bool is_json_declaration(const char *path)
{
    static const char *const keys[] = {"\"containerDefinitions\"", "\"docker\"", "\"ociVersion\"",
                                       "\"containers\"", "\"apiVersion\""};
    enum { HEAD_MAX = 64 << 10 };
    PL_AUTO_FREE char *head = malloc(HEAD_MAX);
    PL_AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    ssize_t n = head && fd >= 0 ? pread(fd, head, HEAD_MAX, 0) : -1;

    for (size_t i = 0; n > 0 && i < PL_COUNT(keys); i++)
        if (has_key((pl_str){head, (size_t)n}, keys[i]))
            return true;
    return false;
}

bool pl_run_is_declaration(const char *path)
{
    static const char *const names[] = {"*.yaml",          "*.yml",         "*.sh",
                                        "Dockerfile",      "Dockerfile.*",  "*.Dockerfile",
                                        "*.dockerfile",    "Containerfile", "Containerfile.*",
                                        "*.Containerfile", "daemon.json",   "docker.service"};
    const char *slash = strrchr(path, '/');
    pl_str name = pl_str_c(slash ? slash + 1 : path);
    struct stat st;
    bool is_named = false;

    for (size_t i = 0; i < PL_COUNT(names); i++)
        is_named |= pl_str_fits(name, names[i]);
    if (stat(path, &st) != 0 || !S_ISREG(st.st_mode))
        return false;
    return is_named || (pl_str_ends(name, PL_S(".json")) && is_json_declaration(path));
}

/* The folder that a file lies in, absolute; empty for standard input. */
static pl_str folder_of(pl_run *r, const char *path)
{
    PL_AUTO_FREE char *whole = strcmp(path, "-") == 0 ? NULL : realpath(path, NULL);
    pl_str folder = pl_str_c(whole);

    while (folder.n > 1 && folder.p[folder.n - 1] != '/')
        folder.n--;
    if (folder.n > 1)
        folder.n--;
    return pl_arena_str(r->arena, folder);
}

static const char *type_of(const pl_subject *s)
{
    return pl_str_eq(s->kind, PL_S("image"))    ? "declared.image"
           : pl_str_eq(s->kind, PL_S("engine")) ? "declared.engine"
                                                : "declared.container";
}

static pl_rc add_subject(pl_run *r, pl_subject *s, pl_str document, pl_err *err)
{
    pl_rc rc = pl_run_add_subject(r, s, err);

    if (!rc && pl_str_eq(s->kind, PL_S("ecs")))
        return pl_run_record_subject(r, s, "declared.ecs", "declared", err);
    if (!rc)
        rc = pl_record_document(&r->rec,
                                &(pl_record_doc){.type = type_of(s),
                                                 .collector = "declared",
                                                 .role = s->rec->kind->name,
                                                 .subject = s,
                                                 .bytes = document},
                                err);
    return rc;
}

static pl_rc add_facts(pl_run *r, pl_declared_facts *f, pl_err *err)
{
    pl_rc rc = PL_OK;

    for (size_t i = 0; !rc && i < f->n_subjects; i++)
        rc = add_subject(r, &f->subjects[i], i < f->n_documents ? f->documents[i] : PL_S("null"),
                         err);
    for (size_t i = 0; !rc && i < f->n_gaps; i++)
        rc = pl_run_add_gap(r, f->gaps[i].what, f->gaps[i].reason, f->gaps[i].detail,
                            f->gaps[i].hides ? "container" : NULL, err);
    return rc ? rc : pl_run_store(r, PL_S("declared subjects"), err);
}

/* What the worker is to know of any file. */
static pl_rc read_declared(pl_run *r, pl_declared_job *job, int fd, pl_err *err)
{
    pl_declared_facts *f = PL_NEW(r->arena, pl_declared_facts);

    if (!f)
        return pl_fail(err, PL_LIMIT, "%s", job->name);
    job->worker = "declared";
    job->redact_key = r->redact_key;
    job->now_us = pl_now_us(r->o.clock);
    pl_rc rc = pl_run_patterns(r, &job->worker_bytes, err);
    if (rc)
        return rc;
    pl_run_say(r, "reading %s", job->name);
    rc = pl_declared_read(job, fd, r->o.schema, r->arena, f, err);
    return rc ? rc : add_facts(r, f, err);
}

static pl_rc scan_folder(pl_run *r, const char *path, pl_err *err)
{
    PL_AUTO_BUF pl_buf files = {0};
    PL_AUTO_FD int fd = -1;
    pl_rc rc = pl_run_engine_files(path, &files, err);

    if (!rc)
        rc = pl_jail_memfd(pl_buf_view(&files), &fd, err);
    return rc ? rc
              : read_declared(
                    r, &(pl_declared_job){.name = path, .path = PL_S(PL_DECLARED_ENGINE_FILES)}, fd,
                    err);
}

static bool is_folder(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

pl_rc pl_run_scan_declared(pl_run *r, const pl_scan_scope *scope, const char *path, pl_err *err)
{
    bool is_stdin = strcmp(path, "-") == 0;
    PL_AUTO_FD int fd = is_stdin ? fcntl(scope->stdin_fd, F_DUPFD_CLOEXEC, 0)
                                 : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

    if (fd < 0)
        return pl_fail_sys(err, errno, "%s", path);
    if (!is_stdin && is_folder(path))
        return scan_folder(r, path, err);
    return read_declared(r,
                         &(pl_declared_job){.name = is_stdin ? "standard input" : path,
                                            .folder = folder_of(r, path),
                                            .path = pl_str_c(path),
                                            .target = pl_str_c(scope->stage)},
                         fd, err);
}

/* As a script of one line. */
pl_rc pl_run_scan_line(pl_run *r, const char *line, pl_err *err)
{
    PL_AUTO_FD int fd = -1;
    pl_rc rc = pl_jail_memfd(pl_str_c(line), &fd, err);

    r->as.system = PL_S("command line");
    return rc ? rc
              : read_declared(r,
                              &(pl_declared_job){.name = "command line", .path = PL_S("line.sh")},
                              fd, err);
}
