/* SPDX-License-Identifier: Apache-2.0 */
#include "core/user_program.h"

#include "core/child.h"
#include "core/io.h"
#include "core/rd.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NOT_THERE = 127, VALUE_MAX = 8 << 10, STATUS_BYTES = 4 };

struct errand {
    const pl_user_program *p;
    int input_fd;
};

/* ---- the child, and the program below it ---- */

/* Whoever called us, for good: what runs is a program that a file in a home names. */
static pl_rc become(const pl_user_program *p, pl_err *err)
{
    if (geteuid() == 0 && (setgroups(1, &p->gid) != 0 || setresgid(p->gid, p->gid, p->gid) != 0 ||
                           setresuid(p->uid, p->uid, p->uid) != 0))
        return pl_fail_sys(err, errno, "cannot become user %u", (unsigned)p->uid);
    return geteuid() == 0 ? pl_fail(err, PL_DENIED, "not run as root") : PL_OK;
}

/* Words of others behind our own; false: too many. */
static bool add_words(char **to, size_t n, const char *const *words)
{
    for (; words && *words; words++) {
        if (n + 1 >= PL_PROGRAM_WORDS)
            return false;
        to[n++] = (char *)(uintptr_t)*words;
    }
    to[n] = NULL;
    return true;
}

static void be_program(const struct errand *e, int out_fd)
{
    static char path[VALUE_MAX], home[VALUE_MAX];
    const pl_user_program *p = e->p;
    char *argv[PL_PROGRAM_WORDS] = {(char *)(uintptr_t)p->program};
    char *env[PL_PROGRAM_WORDS] = {path, home};
    int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)signal(SIGPIPE, SIG_DFL);
    int n = snprintf(path, sizeof(path), "PATH=%s", p->path ? p->path : "/usr/bin:/bin");
    int m = snprintf(home, sizeof(home), "HOME=%s", p->home ? p->home : "/");
    if (n >= VALUE_MAX || m >= VALUE_MAX || null < 0 || !add_words(argv, 1, p->args) ||
        !add_words(env, 2, p->env) || dup2(e->input_fd, STDIN_FILENO) < 0 ||
        dup2(out_fd, STDOUT_FILENO) < 0 || dup2(null, STDERR_FILENO) < 0 || chdir("/") < 0)
        _exit(NOT_THERE);
    (void)close_range(STDERR_FILENO + 1, ~0U, 0);
    /* execvp looks along the PATH of this process. */
    environ = env;
    (void)execvp(p->program, argv);
    _exit(NOT_THERE);
}

/* What it said, with its status in front. */
static pl_rc listen_to(const pl_user_program *p, int from, pid_t pid, pl_buf *out, pl_err *err)
{
    PL_AUTO_BUF pl_buf said = {0};
    int status = 0;
    pl_rc rc = pl_read_all(from, p->max, &said, err);

    if (rc)
        (void)kill(pid, SIGKILL);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (rc)
        return rc;
    if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_THERE)
        return pl_fail(err, PL_NOTFOUND, "no such program along PATH");
    pl_buf_u32le(out, (uint32_t)(WIFEXITED(status) ? WEXITSTATUS(status) : -1));
    pl_buf_str(out, pl_buf_view(&said));
    if (said.p)
        explicit_bzero(said.p, said.n);
    return PL_OK;
}

static pl_rc run(const void *arg, pl_buf *out, pl_err *err)
{
    const struct errand *e = arg;
    int ends[2];
    pl_rc rc = become(e->p, err);

    if (rc)
        return rc;
    /* The end of this child, by its parent's deadline, is the program's too. */
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (pipe2(ends, O_CLOEXEC) < 0)
        return pl_fail_sys(err, errno, "pipe");
    pid_t pid = fork();
    if (pid < 0)
        return pl_fail_sys(err, errno, "fork");
    if (pid == 0)
        be_program(e, ends[1]);
    (void)close(ends[1]);
    return listen_to(e->p, ends[0], pid, out, err);
}

/* ---- the caller ---- */

static pl_rc write_input(pl_str input, int *ret_fd, pl_err *err)
{
    PL_AUTO_FD int fd = memfd_create("input", MFD_CLOEXEC);

    if (fd < 0)
        return pl_fail_sys(err, errno, "memfd_create");
    pl_rc rc = pl_write_all(fd, input, err);
    if (!rc && lseek(fd, 0, SEEK_SET) < 0)
        rc = pl_fail_sys(err, errno, "lseek");
    if (!rc)
        *ret_fd = PL_TAKE(fd, -1);
    return rc;
}

static void wipe(pl_buf *b)
{
    if (b->p)
        explicit_bzero(b->p, b->n);
    pl_buf_done(b);
}

pl_rc pl_user_program_run(const pl_user_program *p, pl_buf *out, int *ret_status, pl_err *err)
{
    PL_AUTO_FD int input_fd = -1;
    pl_buf answer = {0};

    if (p->uid == 0)
        return pl_fail(err, PL_DENIED, "is not run as root");
    pl_rc rc = write_input(p->input, &input_fd, err);
    const struct errand e = {.p = p, .input_fd = input_fd};
    if (!rc)
        rc = pl_in_child(&(pl_errand){.run = run,
                                      .arg = &e,
                                      .what = p->program,
                                      .max = p->max + STATUS_BYTES,
                                      .deadline_ms = p->deadline_ms},
                         &answer, err);
    pl_rd in = pl_rd_of(answer.p, answer.n);
    if (!rc) {
        *ret_status = (int)pl_rd_u32le(&in);
        pl_buf_str(out, pl_rd_bytes(&in, in.n));
    }
    if (!rc && !pl_rd_ok(&in))
        rc = pl_fail(err, PL_WORKER, "said nothing");
    wipe(&answer);
    return rc;
}
