/* SPDX-License-Identifier: Apache-2.0 */
#include "core/spawn.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

pl_rc pl_spawn_init(pl_spawn_plan *p, pl_err *err)
{
    p->n = 0;
    p->bad = 0;
    int bad = posix_spawn_file_actions_init(&p->actions);
    return bad ? pl_fail_sys(err, bad, "descriptors") : PL_OK;
}

void pl_spawn_done(pl_spawn_plan *p)
{
    for (size_t i = 0; i < p->n; i++)
        (void)close(p->held[i]);
    (void)posix_spawn_file_actions_destroy(&p->actions);
}

/* A copy out of the way first, so that no move lands on a descriptor that is still to be moved. */
void pl_spawn_fd(pl_spawn_plan *p, int from, int to)
{
    assert(to < PL_SPAWN_FDS && p->n < PL_SPAWN_FDS);
    if (p->bad)
        return;
    int high = fcntl(from, F_DUPFD_CLOEXEC, PL_SPAWN_FDS);
    if (high < 0) {
        p->bad = errno;
        return;
    }
    p->held[p->n++] = high;
    p->bad = posix_spawn_file_actions_adddup2(&p->actions, high, to);
}

void pl_spawn_null(pl_spawn_plan *p, int to, int flags)
{
    if (!p->bad)
        p->bad = posix_spawn_file_actions_addopen(&p->actions, to, "/dev/null", flags, 0);
}

void pl_spawn_close(pl_spawn_plan *p, int to)
{
    if (!p->bad)
        p->bad = posix_spawn_file_actions_addclose(&p->actions, to);
}

/* ---- start ---- */

static const char *const handed_on[] = {"ASAN_OPTIONS=", "UBSAN_OPTIONS=", "LSAN_OPTIONS="};

static void pick_environment(char *ret[PL_COUNT(handed_on) + 1])
{
    size_t n = 0;

    if (!PL_SANITIZED) {
        ret[0] = NULL;
        return;
    }
    for (char **e = environ; *e && n < PL_COUNT(handed_on); e++)
        for (size_t i = 0; i < PL_COUNT(handed_on); i++)
            if (strncmp(*e, handed_on[i], strlen(handed_on[i])) == 0)
                ret[n++] = *e;
    ret[n] = NULL;
}

static int spawn(const pl_spawn_plan *p, char *const argv[], pid_t *ret)
{
    char *env[PL_COUNT(handed_on) + 1];
    posix_spawnattr_t attr;
    sigset_t all, none;

    pick_environment(env);
    sigfillset(&all);
    sigemptyset(&none);
    (void)posix_spawnattr_init(&attr);
    (void)posix_spawnattr_setsigdefault(&attr, &all);
    (void)posix_spawnattr_setsigmask(&attr, &none);
    (void)posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    int bad = posix_spawn(ret, "/proc/self/exe", &p->actions, &attr, argv, env);
    (void)posix_spawnattr_destroy(&attr);
    return bad;
}

pl_rc pl_spawn_self(pl_spawn_plan *p, char *const argv[], int first_closed, pid_t *ret, pl_err *err)
{
    if (!p->bad)
        p->bad = posix_spawn_file_actions_addclosefrom_np(&p->actions, first_closed);
    if (p->bad)
        return pl_fail_sys(err, p->bad, "descriptors");
    int bad = spawn(p, argv, ret);
    return bad ? pl_fail_sys(err, bad, "/proc/self/exe") : PL_OK;
}
