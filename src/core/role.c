/* SPDX-License-Identifier: Apache-2.0 */
#include "core/role.h"

#include "core/spawn.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* What it may not write to, nobody can make it write to. */
static void plan(pl_spawn_plan *p, const pl_role_start *r, int socket_fd)
{
    bool is_mute = !r->has_stderr && !PL_SANITIZED;

    pl_spawn_fd(p, socket_fd, PL_ROLE_SOCKET);
    for (size_t i = 0; i < r->n_fds; i++)
        pl_spawn_fd(p, r->fds[i], PL_ROLE_FIRST_FD + (int)i);
    pl_spawn_null(p, STDIN_FILENO, O_RDONLY);
    pl_spawn_null(p, STDOUT_FILENO, O_WRONLY);
    if (is_mute)
        pl_spawn_null(p, STDERR_FILENO, O_WRONLY);
}

static pl_rc start(const pl_role_start *r, int socket_fd, pid_t *ret_pid, pl_err *err)
{
    char name[] = "plimsoll", word[64];
    char *argv[] = {name, word, NULL};
    pl_spawn_plan p;
    pl_rc rc = pl_spawn_init(&p, err);

    if (rc)
        return rc;
    (void)snprintf(word, sizeof(word), "%s", r->word);
    plan(&p, r, socket_fd);
    rc = pl_spawn_self(&p, argv, PL_ROLE_FIRST_FD + (int)r->n_fds, ret_pid, err);
    pl_spawn_done(&p);
    return rc;
}

pl_rc pl_role_spawn(const pl_role_start *r, int *ret_socket, pid_t *ret_pid, pl_err *err)
{
    int pair[2];

    assert(r->n_fds <= PL_ROLE_FDS);
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
        return pl_fail_sys(err, errno, "start %s: socket", r->word);
    PL_AUTO_FD int ours = pair[0];
    PL_AUTO_FD int theirs = pair[1];
    /* The kernel may grant less, then sending waits. */
    if (r->send_bytes)
        (void)setsockopt(ours, SOL_SOCKET, SO_SNDBUF, &r->send_bytes, sizeof(r->send_bytes));
    pl_rc rc = start(r, theirs, ret_pid, err);
    if (rc)
        return pl_wrap(err, rc, "start %s", r->word);
    *ret_socket = PL_TAKE(ours, -1);
    return PL_OK;
}

bool pl_role_is(int argc, char **argv, const char *word, size_t n_fds)
{
    static const int ignored[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE};

    if (argc != 2 || strcmp(argv[1], word) != 0)
        return false;
    int kind = 0;
    socklen_t n = sizeof(kind);
    bool is_ours =
        getsockopt(PL_ROLE_SOCKET, SOL_SOCKET, SO_TYPE, &kind, &n) == 0 && kind == SOCK_SEQPACKET;
    for (size_t i = 0; i < n_fds; i++)
        is_ours = is_ours && fcntl(PL_ROLE_FIRST_FD + (int)i, F_GETFD) >= 0;
    if (!is_ours) {
        (void)fprintf(stderr, "%s: only the program itself starts this\n", word);
        _exit(pl_rc_exit_status(PL_USAGE));
    }
    for (size_t i = 0; i < PL_COUNT(ignored); i++)
        (void)signal(ignored[i], SIG_IGN);
    (void)close_range((unsigned)PL_ROLE_FIRST_FD + (unsigned)n_fds, ~0U, 0);
    return true;
}

int pl_role_reap(pid_t *pid, unsigned ms)
{
    PL_AUTO_FD int pidfd = *pid > 0 ? (int)syscall(SYS_pidfd_open, *pid, 0) : -1;
    struct pollfd p = {.fd = pidfd, .events = POLLIN};
    int status = 0;

    if (pidfd >= 0)
        (void)poll(&p, 1, (int)ms);
    if (*pid > 0)
        (void)waitpid(*pid, &status, WNOHANG);
    *pid = 0;
    return status;
}

void pl_role_end(pid_t *pid, unsigned ms)
{
    if (*pid > 0)
        (void)kill(*pid, SIGKILL);
    (void)pl_role_reap(pid, ms);
}

pl_rc pl_role_death(int status, const char *name, pl_err *err)
{
    if (WIFSIGNALED(status))
        return pl_fail(err, PL_WORKER, "%s died: %s", name, strsignal(WTERMSIG(status)));
    return pl_fail(err, PL_WORKER, "%s ended with status %d", name, WEXITSTATUS(status));
}
