/* SPDX-License-Identifier: Apache-2.0 */
#include "core/role.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CLEAR_OF_TARGETS = PL_ROLE_FIRST_FD + PL_ROLE_FDS, MAX_ENV = 8 };

/* Credentials travel in environments; a role gets only what a sanitized build is run with. */
static void pick_environment(char *ret[MAX_ENV + 1])
{
    static const char *const kept[] = {"ASAN_OPTIONS=", "UBSAN_OPTIONS=", "LSAN_OPTIONS="};
    size_t n = 0;

    for (char **e = environ; *e && n < MAX_ENV; e++)
        for (size_t i = 0; i < PL_COUNT(kept); i++)
            if (strncmp(*e, kept[i], strlen(kept[i])) == 0)
                ret[n++] = *e;
    ret[n] = NULL;
}

/* Where each descriptor goes; the copies are clear of the numbers that the child's get. */
struct moves {
    posix_spawn_file_actions_t actions;
    int high[1 + PL_ROLE_FDS];
    size_t n;
};

static void moves_done(struct moves *m)
{
    for (size_t i = 0; i < m->n; i++)
        (void)close(m->high[i]);
    (void)posix_spawn_file_actions_destroy(&m->actions);
}

static pl_rc move_fd(struct moves *m, int from, int to, pl_err *err)
{
    int high = fcntl(from, F_DUPFD_CLOEXEC, CLEAR_OF_TARGETS);

    if (high < 0)
        return pl_fail_sys(err, errno, "descriptor %d", from);
    m->high[m->n++] = high;
    int bad = posix_spawn_file_actions_adddup2(&m->actions, high, to);
    return bad ? pl_fail_sys(err, bad, "descriptors") : PL_OK;
}

static pl_rc plan_moves(struct moves *m, const pl_role_start *r, int socket_fd, pl_err *err)
{
    posix_spawn_file_actions_t *a = &m->actions;
    bool is_mute = !r->has_stderr && !PL_SANITIZED;
    pl_rc rc = move_fd(m, socket_fd, PL_ROLE_SOCKET, err);

    for (size_t i = 0; !rc && i < r->n_fds; i++)
        rc = move_fd(m, r->fds[i], PL_ROLE_FIRST_FD + (int)i, err);
    if (rc)
        return rc;
    int bad = posix_spawn_file_actions_addopen(a, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (!bad)
        bad = posix_spawn_file_actions_addopen(a, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    if (!bad && is_mute)
        bad = posix_spawn_file_actions_addopen(a, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    if (!bad)
        bad = posix_spawn_file_actions_addclosefrom_np(a, PL_ROLE_FIRST_FD + (int)r->n_fds);
    return bad ? pl_fail_sys(err, bad, "descriptors") : PL_OK;
}

static int spawn(const pl_role_start *r, const struct moves *m, pid_t *ret_pid)
{
    char name[] = "plimsoll", word[64];
    char *argv[] = {name, word, NULL};
    char *env[MAX_ENV + 1];
    posix_spawnattr_t attr;
    sigset_t none;

    (void)snprintf(word, sizeof(word), "%s", r->word);
    pick_environment(env);
    sigemptyset(&none);
    posix_spawnattr_init(&attr);
    posix_spawnattr_setsigmask(&attr, &none);
    posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK);
    int bad = posix_spawn(ret_pid, "/proc/self/exe", &m->actions, &attr, argv, env);
    posix_spawnattr_destroy(&attr);
    return bad;
}

static pl_rc start(const pl_role_start *r, int socket_fd, pid_t *ret_pid, pl_err *err)
{
    struct moves m = {.n = 0};

    if (posix_spawn_file_actions_init(&m.actions) != 0)
        return pl_fail(err, PL_NOMEM, "descriptors");
    pl_rc rc = plan_moves(&m, r, socket_fd, err);
    int bad = rc ? 0 : spawn(r, &m, ret_pid);
    moves_done(&m);
    return bad ? pl_fail_sys(err, bad, "/proc/self/exe") : rc;
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
