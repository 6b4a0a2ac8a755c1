/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/spawn.h"

#include "ledger/limits.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/socket.h>

enum { SOCKET_BYTES = 4 << 20, CLEAR_OF_TARGETS = 10, MAX_ENV = 8 };

/* Credentials travel in environments; the signer gets only what a sanitized build is run with. */
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

/* Clear of the numbers that the child's descriptors get. */
static pl_rc raise_fd(int fd, int *ret, pl_err *err)
{
    *ret = fcntl(fd, F_DUPFD_CLOEXEC, CLEAR_OF_TARGETS);
    return *ret >= 0 ? PL_OK : pl_fail_sys(err, errno, "descriptor for the signer");
}

static int spawn(int socket_fd, int state_fd, pid_t *ret_pid)
{
    char *argv[] = {(char *)(uintptr_t) "plimsoll", (char *)(uintptr_t) "signer", NULL};
    char *env[MAX_ENV + 1];
    posix_spawn_file_actions_t a;
    posix_spawnattr_t attr;
    sigset_t none;

    pick_environment(env);
    sigemptyset(&none);
    posix_spawn_file_actions_init(&a);
    posix_spawnattr_init(&attr);
    posix_spawnattr_setsigmask(&attr, &none);
    posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK);
    posix_spawn_file_actions_addopen(&a, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&a, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_adddup2(&a, socket_fd, 3);
    posix_spawn_file_actions_adddup2(&a, state_fd, 4);
    posix_spawn_file_actions_addclosefrom_np(&a, 5);
    int e = posix_spawn(ret_pid, "/proc/self/exe", &a, &attr, argv, env);
    posix_spawn_file_actions_destroy(&a);
    posix_spawnattr_destroy(&attr);
    return e;
}

pl_rc pl_signer_spawn(int state_fd, int *ret_socket, pid_t *ret_pid, pl_err *err)
{
    static const int bytes = SOCKET_BYTES;
    int pair[2];

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
        return pl_fail_sys(err, errno, "socket to the signer");
    PL_AUTO_FD int ours = pair[0];
    PL_AUTO_FD int theirs = pair[1];
    PL_AUTO_FD int high_socket = -1;
    PL_AUTO_FD int high_state = -1;
    /* A batch of the usual size fits; the kernel may grant less, then sending waits. */
    (void)setsockopt(ours, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));

    pl_rc rc = raise_fd(theirs, &high_socket, err);
    if (!rc)
        rc = raise_fd(state_fd, &high_state, err);
    if (rc)
        return rc;
    int e = spawn(high_socket, high_state, ret_pid);
    if (e)
        return pl_fail_sys(err, e, "start the signer");
    *ret_socket = PL_TAKE(ours, -1);
    return PL_OK;
}
