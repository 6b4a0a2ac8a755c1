/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order in which a worker gives up what it has. Each step needs what a later one takes away:
 * a namespace beside root's needs root, an empty bounding set needs CAP_SETPCAP, Landlock needs a
 * free descriptor, and after the filter none of these calls is left.
 */
#include "core/beside.h"
#include "core/cage.h"
#include "core/jail_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>

enum { NOBODY = 65534 }; /* the kernel's overflow uid; owns no file */

static pl_rc close_others(const pl_jail_settings *s, pl_err *err)
{
    (void)close(STDOUT_FILENO);
    if (close_range(PL_JAIL_FIRST_FD + s->n_fds, ~0U, 0) < 0)
        return pl_fail_sys(err, errno, "close_range");
    return PL_OK;
}

/* Root may do this without a user namespace, also where those are switched off. */
static bool unshare_as_root(void)
{
    return geteuid() == 0 && unshare(CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWNS) == 0;
}

/* EPERM and EINVAL: root of a user namespace that has no other uid. */
static pl_rc change_uid(uint32_t *taken, pl_err *err)
{
    if (geteuid() == 0 && (setgroups(0, NULL) < 0 || setresgid(NOBODY, NOBODY, NOBODY) < 0 ||
                           setresuid(NOBODY, NOBODY, NOBODY) < 0)) {
        if (errno != EPERM && errno != EINVAL)
            return pl_fail_sys(err, errno, "change to uid %d", NOBODY);
        return PL_OK;
    }
    *taken |= PL_TAKEN_UID;
    return PL_OK;
}

/* A new user namespace comes with all capabilities in it: they are used once, then emptied too. */
static pl_rc enter_namespaces(bool has_others, uint32_t *taken, pl_err *err)
{
    int others = has_others ? 0 : CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWNS;
    bool has_user = unshare(CLONE_NEWUSER | others) == 0;

    if (has_user || has_others)
        *taken |= PL_TAKEN_NAMESPACES;
    /* stat() is asked of neither Landlock nor the filter: a folder without files hides the rest. */
    if (has_user && chroot("/proc/self/fdinfo") == 0)
        *taken |= PL_TAKEN_ROOT;
    if (chdir("/") < 0)
        return pl_fail_sys(err, errno, "chdir /");
    return has_user ? pl_cage_capabilities(err) : PL_OK;
}

/* ---- resource limits ---- */

static pl_rc limit(int resource, rlim_t soft, rlim_t hard, pl_err *err)
{
    struct rlimit r = {soft, hard};
    if (setrlimit((__rlimit_resource_t)resource, &r) < 0)
        return pl_fail_sys(err, errno, "setrlimit %d to %ju", resource, (uintmax_t)hard);
    return PL_OK;
}

static pl_rc set_limits(const pl_jail_settings *s, pl_err *err)
{
    const struct {
        int resource;
        rlim_t soft, hard;
    } rows[] = {
        /* Soft below hard: the worker dies of SIGXCPU and the parent can tell why. */
        {RLIMIT_CPU, s->cpu_s, s->cpu_s + 1},
        {RLIMIT_CORE, 0, 0},
        {RLIMIT_FSIZE, 0, 0},
        {RLIMIT_NPROC, 0, 0},
        {RLIMIT_NOFILE, PL_JAIL_FIRST_FD + s->n_fds, PL_JAIL_FIRST_FD + s->n_fds},
        /* AddressSanitizer reserves terabytes of address space. */
        {RLIMIT_AS, PL_SANITIZED ? RLIM_INFINITY : s->memory,
         PL_SANITIZED ? RLIM_INFINITY : s->memory},
    };
    pl_rc rc = PL_OK;

    for (size_t i = 0; !rc && i < PL_COUNT(rows); i++)
        rc = limit(rows[i].resource, rows[i].soft, rows[i].hard, err);
    return rc;
}

/* ---- the filter ---- */

/* Calls that libraries try and can do without. */
static const int refused[] = {
    SCMP_SYS(open),   SCMP_SYS(openat), SCMP_SYS(openat2),    SCMP_SYS(stat),  SCMP_SYS(lstat),
    SCMP_SYS(access), SCMP_SYS(statx),  SCMP_SYS(faccessat2), SCMP_SYS(ioctl), SCMP_SYS(readlink),
    SCMP_SYS(socket), SCMP_SYS(getcwd), SCMP_SYS(readlinkat), SCMP_SYS(uname), SCMP_SYS(prctl),
};

static pl_rc deny_rest(uint32_t *taken, pl_err *err)
{
    const pl_cage_narrow narrow[] = {
        {SCMP_SYS(fcntl), .only = SCMP_A1(SCMP_CMP_EQ, F_GETFD)},
        {SCMP_SYS(fcntl), .only = SCMP_A1(SCMP_CMP_EQ, F_GETFL)},
    };
    const pl_cage_filter filter = {.narrow = narrow,
                                   .n_narrow = PL_COUNT(narrow),
                                   .refused = {refused, PL_COUNT(refused)},
                                   .refused_errno = EACCES,
                                   .has_threads = pl_beside_is_there()};
    bool is_done = false;
    pl_rc rc = pl_cage_seccomp(&filter, &is_done, err);

    *taken |= is_done ? PL_TAKEN_SECCOMP : 0;
    return rc;
}

static pl_rc deny_files(uint32_t *taken, pl_err *err)
{
    bool is_done = false;
    pl_rc rc = pl_cage_landlock(&(pl_cage_files){.dir = -1}, &is_done, err);

    *taken |= is_done ? PL_TAKEN_LANDLOCK : 0;
    return rc;
}

/* The kernel forgets the death signal at a change of uid, so this comes after. */
static pl_rc die_with_parent(const pl_jail_settings *s, pl_err *err)
{
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || prctl(PR_SET_DUMPABLE, 0) < 0)
        return pl_fail_sys(err, errno, "prctl");
    if ((uint32_t)getppid() != s->parent)
        return pl_fail(err, PL_WORKER, "parent is gone");
    return PL_OK;
}

/* A second thread has what this one has at that moment: all is given up by then but what is the
 * whole process's, and the filter, which closes over both. */
pl_rc pl_jail_drop(const pl_jail_settings *s, bool has_beside, uint32_t *ret_taken, pl_err *err)
{
    uint32_t taken = 0;
    pl_rc rc = close_others(s, err);

    if (rc)
        return rc;
    bool has_others = unshare_as_root();
    if ((rc = change_uid(&taken, err)) || (rc = pl_cage_capabilities(err)) ||
        (rc = enter_namespaces(has_others, &taken, err)) || (rc = die_with_parent(s, err)))
        return rc;
    if ((rc = deny_files(&taken, err)) || (has_beside && (rc = pl_beside_start(err))) ||
        (rc = set_limits(s, err)) || (rc = deny_rest(&taken, err)))
        return rc;
    *ret_taken = taken;
    return PL_OK;
}
