/* SPDX-License-Identifier: Apache-2.0 */
#include "core/cage.h"

#include "core/buf.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/landlock.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

/* ---- capabilities ---- */

/* Without CAP_SETPCAP the bounding set stays; nothing can be executed, so it gives nothing. */
static void empty_bounding_set(void)
{
    for (unsigned long cap = 0; cap < 64; cap++)
        (void)prctl(PR_CAPBSET_DROP, cap, 0, 0, 0);
    (void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
}

pl_rc pl_cage_capabilities(pl_err *err)
{
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0}};

    empty_bounding_set();
    if (syscall(SYS_capset, &head, none) < 0)
        return pl_fail_sys(err, errno, "capset");
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return pl_fail_sys(err, errno, "no_new_privs");
    return PL_OK;
}

/* ---- Landlock (Documentation/userspace-api/landlock.rst of the kernel) ---- */

/* The header of Debian 12 knows ABI 2. */
struct ruleset {
    uint64_t fs;
    uint64_t net;    /* ABI 4 */
    uint64_t scoped; /* ABI 6 */
};

enum {
    FS_ABI_1 = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1, /* bits 0 to 12 */
    FS_REFER = 1 << 13,
    FS_TRUNCATE = 1 << 14,
    FS_IOCTL = 1 << 15, /* on devices */
    FS_READ = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR,
    FS_WRITE = FS_READ | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |
               LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_DIR |
               LANDLOCK_ACCESS_FS_MAKE_REG | FS_REFER | FS_TRUNCATE,
    NET_BIND = 1 << 0,
    NET_CONNECT = 1 << 1,
    RULE_NET_PORT = 2
};

struct net_port {
    uint64_t allowed;
    uint64_t port;
};

static const struct {
    long abi;
    struct ruleset adds;
} rights[] = {
    {1, {.fs = FS_ABI_1}},    {2, {.fs = FS_REFER}},
    {3, {.fs = FS_TRUNCATE}}, {4, {.net = NET_BIND | NET_CONNECT}},
    {5, {.fs = FS_IOCTL}},    {6, {.scoped = 1 << 0 | 1 << 1}}, /* abstract sockets, signals */
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

static pl_rc add_rules(int fd, const struct ruleset *all, const pl_cage_files *f, pl_err *err)
{
    struct landlock_path_beneath_attr below = {
        .allowed_access = all->fs & (f->writable ? FS_WRITE : FS_READ), .parent_fd = f->dir};
    struct net_port port = {all->net & NET_CONNECT, f->port};

    if (f->dir >= 0 &&
        syscall(SYS_landlock_add_rule, fd, LANDLOCK_RULE_PATH_BENEATH, &below, 0) < 0)
        return pl_fail_sys(err, errno, "landlock_add_rule");
    if (f->port && port.allowed && syscall(SYS_landlock_add_rule, fd, RULE_NET_PORT, &port, 0) < 0)
        return pl_fail_sys(err, errno, "landlock_add_rule for port %u", f->port);
    return PL_OK;
}

pl_rc pl_cage_landlock(const pl_cage_files *f, bool *ret_done, pl_err *err)
{
    long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

    *ret_done = false;
    /* Before ABI 2 no rename between directories is possible under Landlock. */
    if (abi < (f->writable ? 2 : 1))
        return PL_OK;
    struct ruleset all = all_rights(abi);
    all.net &= f->any_port ? ~(uint64_t)NET_CONNECT : UINT64_MAX;
    size_t size = abi >= 6 ? sizeof(all) : abi >= 4 ? 16 : 8;
    PL_AUTO_FD int fd = (int)syscall(SYS_landlock_create_ruleset, &all, size, 0);
    if (fd < 0)
        return pl_fail_sys(err, errno, "landlock_create_ruleset");
    pl_rc rc = add_rules(fd, &all, f, err);
    if (rc)
        return rc;
    if (syscall(SYS_landlock_restrict_self, fd, 0) < 0)
        return pl_fail_sys(err, errno, "landlock_restrict_self");
    *ret_done = true;
    return PL_OK;
}

/* ---- the filter ---- */

/* What any process needs: read, write, memory, time, exit; what libc asks about this process. */
static const int base[] = {
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

static int add_calls(scmp_filter_ctx ctx, uint32_t action, const int *items, size_t n)
{
    int bad = 0;

    for (size_t i = 0; !bad && i < n; i++)
        bad = seccomp_rule_add(ctx, action, items[i], 0);
    return bad;
}

static int add_narrow(scmp_filter_ctx ctx, uint32_t refusal, const pl_cage_narrow *rows, size_t n)
{
    int bad = 0;

    for (size_t i = 0; !bad && i < n; i++) {
        const struct scmp_arg_cmp args[] = {rows[i].only, rows[i].also};
        bad = seccomp_rule_add_array(ctx, rows[i].refuse ? refusal : SCMP_ACT_ALLOW, rows[i].call,
                                     rows[i].also.op ? 2 : 1, args);
    }
    return bad;
}

static int fill_filter(scmp_filter_ctx ctx, const pl_cage_filter *f)
{
    const pl_cage_narrow own[] = {
        {SCMP_SYS(mmap), .only = SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)},
        {SCMP_SYS(mprotect), .only = SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)},
        /* abort() signals its own process. */
        {SCMP_SYS(tgkill), .only = SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid())},
    };
    uint32_t refusal = SCMP_ACT_ERRNO((unsigned)f->refused_errno);
    int bad = add_calls(ctx, SCMP_ACT_ALLOW, base, PL_COUNT(base));

    for (size_t i = 0; !bad && i < PL_CAGE_SETS; i++)
        bad = add_calls(ctx, SCMP_ACT_ALLOW, f->more[i].items, f->more[i].n);
    if (!bad)
        bad = add_narrow(ctx, refusal, own, PL_COUNT(own));
    if (!bad)
        bad = add_narrow(ctx, refusal, f->narrow, f->n_narrow);
    if (!bad && !PL_SANITIZED)
        bad = add_calls(ctx, refusal, f->refused.items, f->refused.n);
    return bad;
}

pl_rc pl_cage_seccomp(const pl_cage_filter *f, bool *ret_done, pl_err *err)
{
    scmp_filter_ctx ctx =
        seccomp_init(PL_SANITIZED ? SCMP_ACT_ERRNO(EPERM) : SCMP_ACT_KILL_PROCESS);
    int bad = ctx ? fill_filter(ctx, f) : -ENOMEM;

    *ret_done = false;
    if (bad) {
        seccomp_release(ctx);
        return pl_fail_sys(err, -bad, "seccomp rules");
    }
    if (f->has_threads)
        bad = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_TSYNC, 1);
    bad = bad ? bad : seccomp_load(ctx);
    seccomp_release(ctx);
    if (bad && bad != -EINVAL && bad != -ENOSYS)
        return pl_fail_sys(err, -bad, "seccomp");
    *ret_done = bad == 0;
    return PL_OK;
}

/* ---- identity and resources ---- */

enum { NOBODY = 65534 };

pl_rc pl_cage_nobody(bool *ret_done, pl_err *err)
{
    *ret_done = false;
    if (geteuid() == 0) {
        if (setgroups(0, NULL) < 0) /* root of a user namespace that may not */
            return PL_OK;
        if (setresgid(NOBODY, NOBODY, NOBODY) < 0 || setresuid(NOBODY, NOBODY, NOBODY) < 0)
            return pl_fail_sys(err, errno, "change to uid %d", NOBODY);
    }
    *ret_done = true;
    return PL_OK;
}

pl_rc pl_cage_limits(const pl_cage_limit *rows, size_t n, pl_err *err)
{
    for (size_t i = 0; i < n; i++) {
        const struct rlimit limit = {.rlim_cur = rows[i].max, .rlim_max = rows[i].max};
        if (setrlimit((__rlimit_resource_t)rows[i].resource, &limit) < 0)
            return pl_fail_sys(err, errno, "limit of resource %d", rows[i].resource);
    }
    return PL_OK;
}

void pl_cage_describe(uint32_t given, const pl_cage_loss *rows, size_t n, char *ret, size_t room)
{
    PL_AUTO_BUF pl_buf b = {0};

    for (size_t i = 0; i < n; i++)
        if (!(given & rows[i].bit))
            pl_buf_fmt(&b, "%s%s", b.n ? ", " : "reduced: ", rows[i].missing);
    (void)snprintf(ret, room, "%.*s", PL_F(b.n ? pl_buf_view(&b) : PL_S("full")));
}
