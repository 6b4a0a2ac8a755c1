/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order in which a worker gives up what it has. Each step needs what a later one takes away:
 * a namespace beside root's needs root, an empty bounding set needs CAP_SETPCAP, Landlock needs a
 * free descriptor, and after the filter none of these calls is left.
 */
#include "core/jail_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/landlock.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

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

/* Without CAP_SETPCAP the bounding set stays; nothing can be executed, so it gives nothing. */
static void empty_bounding_set(void)
{
    for (unsigned long cap = 0; cap < 64; cap++)
        (void)prctl(PR_CAPBSET_DROP, cap, 0, 0, 0);
    (void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
}

static pl_rc empty_capabilities(pl_err *err)
{
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0}};

    empty_bounding_set();
    if (syscall(SYS_capset, &head, none) < 0)
        return pl_fail_sys(err, errno, "capset");
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
    return has_user ? empty_capabilities(err) : PL_OK;
}

/* ---- Landlock ---- */

/* The header of Debian 12 knows ABI 2. Documentation/userspace-api/landlock.rst of the kernel. */
struct ruleset {
    uint64_t fs;
    uint64_t net;    /* ABI 4 */
    uint64_t scoped; /* ABI 6 */
};

static const struct {
    long abi;
    struct ruleset adds;
} rights[] = {
    {1, {.fs = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1}}, /* bits 0 to 12 */
    {2, {.fs = 1 << 13}},                                /* refer */
    {3, {.fs = 1 << 14}},                                /* truncate */
    {4, {.net = 1 << 0 | 1 << 1}},                       /* bind and connect, TCP */
    {5, {.fs = 1 << 15}},                                /* ioctl on devices */
    {6, {.scoped = 1 << 0 | 1 << 1}},                    /* abstract unix sockets, signals */
};

static struct ruleset all_rights(long abi)
{
    struct ruleset all = {0};

    for (size_t i = 0; i < PL_COUNT(rights) && rights[i].abi <= abi; i++) {
        all.fs |= rights[i].adds.fs;
        all.net |= rights[i].adds.net;
        all.scoped |= rights[i].adds.scoped;
    }
    return all;
}

/* Handles every right and allows none. */
static pl_rc deny_files(uint32_t *taken, pl_err *err)
{
    long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (abi < 1)
        return PL_OK;

    struct ruleset all = all_rights(abi);
    size_t size = abi >= 6 ? sizeof(all) : abi >= 4 ? 16 : 8;
    PL_AUTO_FD int fd = (int)syscall(SYS_landlock_create_ruleset, &all, size, 0);
    if (fd < 0)
        return pl_fail_sys(err, errno, "landlock_create_ruleset");
    if (syscall(SYS_landlock_restrict_self, fd, 0) < 0)
        return pl_fail_sys(err, errno, "landlock_restrict_self");
    *taken |= PL_TAKEN_LANDLOCK;
    return PL_OK;
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

/* What a parser needs: read, write, memory, time, exit; and what libc asks about this process. */
static const int allowed[] = {
    SCMP_SYS(read),           SCMP_SYS(readv),
    SCMP_SYS(pread64),        SCMP_SYS(write),
    SCMP_SYS(writev),         SCMP_SYS(lseek),
    SCMP_SYS(close),          SCMP_SYS(fstat),
    SCMP_SYS(newfstatat), /* fstat() of glibc */
    SCMP_SYS(poll),           SCMP_SYS(brk),
    SCMP_SYS(munmap),         SCMP_SYS(mremap),
    SCMP_SYS(madvise),        SCMP_SYS(futex),
    SCMP_SYS(sched_yield),    SCMP_SYS(sched_getaffinity),
    SCMP_SYS(sysinfo), /* qsort() of glibc */
    SCMP_SYS(clock_gettime),  SCMP_SYS(gettimeofday),
    SCMP_SYS(getrandom),      SCMP_SYS(getpid),
    SCMP_SYS(gettid),         SCMP_SYS(getuid),
    SCMP_SYS(geteuid),        SCMP_SYS(getgid),
    SCMP_SYS(getegid),        SCMP_SYS(rt_sigreturn),
    SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigaction),
    SCMP_SYS(sigaltstack),    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
};

/* Calls that libraries try and can do without: these fail, any other call kills the worker. */
static const int refused[] = {
    SCMP_SYS(open),   SCMP_SYS(openat), SCMP_SYS(openat2),    SCMP_SYS(stat),  SCMP_SYS(lstat),
    SCMP_SYS(access), SCMP_SYS(statx),  SCMP_SYS(faccessat2), SCMP_SYS(ioctl), SCMP_SYS(readlink),
    SCMP_SYS(socket), SCMP_SYS(getcwd), SCMP_SYS(readlinkat), SCMP_SYS(uname), SCMP_SYS(prctl),
};

static int add_all(scmp_filter_ctx ctx, uint32_t action, const int *calls, size_t n)
{
    int bad = 0;
    for (size_t i = 0; !bad && i < n; i++)
        bad = seccomp_rule_add(ctx, action, calls[i], 0);
    return bad;
}

/* Allowed with some arguments only. */
static int add_narrow(scmp_filter_ctx ctx)
{
    const struct {
        int call;
        struct scmp_arg_cmp only;
    } rows[] = {
        {SCMP_SYS(mmap), SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)},
        {SCMP_SYS(mprotect), SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)},
        {SCMP_SYS(fcntl), SCMP_A1(SCMP_CMP_EQ, F_GETFD)},
        {SCMP_SYS(fcntl), SCMP_A1(SCMP_CMP_EQ, F_GETFL)},
        /* abort() signals its own process. */
        {SCMP_SYS(tgkill), SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid())},
    };
    int bad = 0;

    for (size_t i = 0; !bad && i < PL_COUNT(rows); i++)
        bad = seccomp_rule_add_array(ctx, SCMP_ACT_ALLOW, rows[i].call, 1, &rows[i].only);
    return bad;
}

/* The sanitizers' runtime asks more of the kernel: in their builds all else fails, none kills. */
static pl_rc filter_calls(uint32_t *taken, pl_err *err)
{
    uint32_t otherwise = PL_SANITIZED ? SCMP_ACT_ERRNO(EPERM) : SCMP_ACT_KILL_PROCESS;
    scmp_filter_ctx ctx = seccomp_init(otherwise);
    int bad = ctx ? 0 : -ENOMEM;

    if (!bad)
        bad = add_all(ctx, SCMP_ACT_ALLOW, allowed, PL_COUNT(allowed));
    if (!bad)
        bad = add_narrow(ctx);
    if (!bad && !PL_SANITIZED)
        bad = add_all(ctx, SCMP_ACT_ERRNO(EACCES), refused, PL_COUNT(refused));
    if (bad) {
        seccomp_release(ctx);
        return pl_fail_sys(err, -bad, "seccomp rules");
    }
    bad = seccomp_load(ctx);
    seccomp_release(ctx);
    if (bad && bad != -EINVAL && bad != -ENOSYS)
        return pl_fail_sys(err, -bad, "seccomp");
    if (!bad)
        *taken |= PL_TAKEN_SECCOMP;
    return PL_OK;
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

pl_rc pl_jail_drop(const pl_jail_settings *s, uint32_t *ret_taken, pl_err *err)
{
    uint32_t taken = 0;
    pl_rc rc = close_others(s, err);

    if (rc)
        return rc;
    bool has_others = unshare_as_root();
    if ((rc = change_uid(&taken, err)) || (rc = empty_capabilities(err)) ||
        (rc = enter_namespaces(has_others, &taken, err)) || (rc = die_with_parent(s, err)))
        return rc;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return pl_fail_sys(err, errno, "no_new_privs");
    if ((rc = deny_files(&taken, err)) || (rc = set_limits(s, err)) ||
        (rc = filter_calls(&taken, err)))
        return rc;
    *ret_taken = taken;
    return PL_OK;
}
