/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What reading layers costs, without processes and jails around it, so that a profiler sees it all:
 * the readers of a scan over files that hold layers. usage: layer WHAT FILE...; WHAT is packages,
 * secrets (and packages) or all. Prints bytes unpacked and seconds of CPU.
 */
#include "audit/image_readers.h"

#include "core/jail.h"
#include "malware/malware.h"
#include "model/content.h"
#include "package/classifiers.h"
#include "protected/protected.h"
#include "secrets/secrets.h"

#include <fcntl.h>
#include <string.h>
#include <time.h>

enum { PROBLEMS_BUDGET = 64 << 20 };

static double cpu_s(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* The readers take their forms from descriptors, in this order from PL_READERS_FD on. */
static pl_rc place(int *next, const pl_buf *form, pl_err *err)
{
    PL_AUTO_FD int fd = -1;
    pl_rc rc = pl_jail_memfd(pl_buf_view(form), &fd, err);

    if (!rc && dup2(fd, (*next)++) < 0)
        rc = pl_fail(err, PL_SYS, "dup2");
    return rc;
}

static pl_rc place_secrets(int *next, pl_err *err)
{
    PL_AUTO_SECRETS pl_secrets *s = NULL;
    PL_AUTO_BUF pl_buf form = {0};
    pl_rc rc = pl_secrets_new(pl_content_builtin, &s, err);

    if (!rc)
        rc = pl_secrets_write(s, &form, err);
    return rc ? rc : place(next, &form, err);
}

static pl_rc place_malware(int *next, pl_err *err)
{
    const pl_malware_sources from = {.content = pl_content_builtin};
    PL_AUTO_MALWARE pl_malware *m = NULL;
    PL_AUTO_BUF pl_buf form = {0};
    pl_rc rc = pl_malware_new(&from, &m, err);

    if (!rc)
        rc = pl_malware_write(m, &form, err);
    return rc ? rc : place(next, &form, err);
}

static pl_rc place_classifiers(int *next, pl_err *err)
{
    PL_AUTO_CLASSIFIERS pl_classifiers *c = NULL;
    PL_AUTO_BUF pl_buf form = {0};
    pl_rc rc = pl_classifiers_new(pl_content_builtin, &c, err);

    if (rc)
        return rc;
    pl_classifiers_write(c, &form);
    return place(next, &form, err);
}

static pl_rc prepare(const char *what, pl_image_needs *needs, pl_buf *protected, pl_err *err)
{
    bool has_all = strcmp(what, "all") == 0;
    int next = PL_READERS_FD;
    pl_rc rc = PL_OK;

    *needs = (pl_image_needs){.has_secrets = has_all || strcmp(what, "secrets") == 0,
                              .has_malware = has_all,
                              .has_classifiers = true};
    if (needs->has_secrets)
        rc = place_secrets(&next, err);
    if (!rc && has_all)
        rc = place_malware(&next, err);
    if (!rc)
        rc = place_classifiers(&next, err);
    if (!rc && has_all)
        rc = pl_protected_write(pl_content_builtin, protected, err);
    needs->protected = pl_buf_view(protected);
    return rc;
}

static pl_rc read_file(pl_layers *ls, const char *path, pl_err *err)
{
    PL_AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
    pl_in_fd in = pl_in_of_fd(fd);

    return fd < 0 ? pl_fail(err, PL_NOTFOUND, "%s", path)
                  : pl_layers_read(ls, pl_str_c(path), &in.in, err);
}

static pl_rc run(const char *what, char **files, pl_err *err)
{
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(PROBLEMS_BUDGET);
    PL_AUTO_BUF pl_buf protected = {0};
    pl_problems problems = {.arena = a};
    pl_image_readers readers = {0};
    pl_image_needs needs;
    uint64_t bytes = 0;
    pl_rc rc = a ? prepare(what, &needs, &protected, err) : pl_fail(err, PL_NOMEM, "bench");

    if (!rc)
        rc = pl_image_readers_open(&readers, &needs, err);
    if (!rc)
        rc = pl_image_readers_layers(&readers, &problems, err);
    double from = cpu_s();
    for (size_t i = 0; !rc && files[i]; i++) {
        rc = read_file(readers.layers, files[i], err);
        bytes += rc ? 0 : pl_layers_at(readers.layers, i)->bytes;
    }
    if (!rc)
        printf("%llu %.3f\n", (unsigned long long)bytes, cpu_s() - from);
    pl_image_readers_done(&readers);
    return rc;
}

int main(int argc, char **argv)
{
    pl_err err = {0};

    /* What is opened before the forms are placed must not take their descriptors. */
    for (int fd = 3; fd < PL_READERS_FD + 4; fd++)
        (void)fcntl(open("/dev/null", O_RDONLY | O_CLOEXEC), F_GETFD);
    if (argc < 3 || run(argv[1], argv + 2, &err)) {
        (void)fprintf(stderr, "layer: %s\n", err.text);
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
