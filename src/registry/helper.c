/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/helper.h"

#include "core/child.h"
#include "core/io.h"
#include "registry/limits.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

enum { NOT_THERE = 127, VALUE_MAX = 8 << 10 };

struct errand {
    const pl_auth_caller *who;
    char program[32 + PL_REGISTRY_HELPER_NAME];
    int server_fd; /* what it reads */
};

/* ---- the child, and the helper below it ---- */

/* Whoever called us, for good: a helper is a program that a file in a home names. */
static pl_rc become(const pl_auth_caller *who, pl_err *err)
{
    if (geteuid() == 0 &&
        (setgroups(1, &who->gid) != 0 || setresgid(who->gid, who->gid, who->gid) != 0 ||
         setresuid(who->uid, who->uid, who->uid) != 0))
        return pl_fail_sys(err, errno, "cannot become user %u", (unsigned)who->uid);
    return geteuid() == 0 ? pl_fail(err, PL_DENIED, "not run as root") : PL_OK;
}

static void be_helper(const struct errand *e, int out_fd)
{
    static char path[VALUE_MAX], home[VALUE_MAX];
    char get[] = "get";
    char *argv[] = {(char *)(uintptr_t)e->program, get, NULL};
    char *env[] = {path, home, NULL};
    int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)signal(SIGPIPE, SIG_DFL);
    int n = snprintf(path, sizeof(path), "PATH=%s", e->who->path ? e->who->path : "/usr/bin:/bin");
    int m = snprintf(home, sizeof(home), "HOME=%s", e->who->home ? e->who->home : "/");
    if (n >= VALUE_MAX || m >= VALUE_MAX || null < 0 || dup2(e->server_fd, STDIN_FILENO) < 0 ||
        dup2(out_fd, STDOUT_FILENO) < 0 || dup2(null, STDERR_FILENO) < 0 || chdir("/") < 0)
        _exit(NOT_THERE);
    (void)close_range(STDERR_FILENO + 1, ~0U, 0);
    /* execvpe looks along the PATH of this process. */
    environ = env;
    (void)execvp(e->program, argv);
    _exit(NOT_THERE);
}

static pl_rc listen_to(int from, pid_t pid, pl_buf *out, pl_err *err)
{
    int status = 0;
    pl_rc rc = pl_read_all(from, PL_REGISTRY_HELPER_MAX, out, err);

    if (rc)
        (void)kill(pid, SIGKILL);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (rc)
        return rc;
    if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_THERE)
        return pl_fail(err, PL_NOTFOUND, "no such program along PATH");
    bool is_good = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    /* Its own words for "none" are for people; what counts is that it failed with words. */
    if (!is_good && !pl_str_has(pl_buf_view(out), PL_S("credentials not found")))
        return pl_fail(err, PL_DENIED, "ended with status %d: %.*s",
                       WIFEXITED(status) ? WEXITSTATUS(status) : -1,
                       PL_F(pl_str_sub(pl_str_trim(pl_buf_view(out)), 0, PL_REGISTRY_SAID_MAX)));
    if (!is_good)
        pl_buf_reset(out);
    return PL_OK;
}

static pl_rc run(const void *arg, pl_buf *out, pl_err *err)
{
    const struct errand *e = arg;
    int ends[2];
    pl_rc rc = become(e->who, err);

    if (rc)
        return rc;
    /* The end of this child, by its parent's deadline, is the helper's too. */
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (pipe2(ends, O_CLOEXEC) < 0)
        return pl_fail_sys(err, errno, "pipe");
    pid_t pid = fork();
    if (pid < 0)
        return pl_fail_sys(err, errno, "fork");
    if (pid == 0)
        be_helper(e, ends[1]);
    (void)close(ends[1]);
    return listen_to(ends[0], pid, out, err);
}

/* ---- the caller ---- */

static bool is_name(pl_str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool is_plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!is_plain && !(i > 0 && (c == '-' || c == '_' || c == '.')))
            return false;
    }
    return s.n > 0 && s.n <= PL_REGISTRY_HELPER_NAME;
}

static pl_rc write_server(pl_str server, int *ret_fd, pl_err *err)
{
    PL_AUTO_FD int fd = memfd_create("server", MFD_CLOEXEC);

    if (fd < 0)
        return pl_fail_sys(err, errno, "memfd_create");
    pl_rc rc = pl_write_all(fd, server, err);
    if (!rc && lseek(fd, 0, SEEK_SET) < 0)
        rc = pl_fail_sys(err, errno, "lseek");
    if (!rc)
        *ret_fd = PL_TAKE(fd, -1);
    return rc;
}

pl_rc pl_helper_run(const pl_auth_caller *who, pl_str name, pl_str server, pl_buf *ret,
                    bool *ret_has, pl_err *err)
{
    PL_AUTO_FD int server_fd = -1;
    struct errand e = {.who = who};

    if (!is_name(name))
        return pl_fail(err, PL_DENIED, "credential helper \"%.*s\": no such name can be",
                       PL_F(pl_str_sub(name, 0, 100)));
    (void)snprintf(e.program, sizeof(e.program), "docker-credential-%.*s", PL_F(name));
    if (who->uid == 0)
        return pl_fail(err, PL_DENIED,
                       "credential helper %s: is not run as root; run plimsoll as an ordinary user "
                       "or by sudo, or give a file with \"auths\" by --auth-file",
                       e.program);
    pl_rc rc = write_server(server, &server_fd, err);
    if (rc)
        return rc;
    e.server_fd = server_fd;
    rc = pl_in_child(&(pl_errand){.run = run,
                                  .arg = &e,
                                  .what = e.program,
                                  .max = PL_REGISTRY_HELPER_MAX,
                                  .deadline_ms = PL_REGISTRY_HELPER_MS},
                     ret, err);
    *ret_has = !rc && ret->n > 0;
    return pl_wrap(err, rc, "credential helper %s", e.program);
}
