/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/confine.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/landlock.h>
#include <sched.h>
#include <seccomp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

static pl_rc empty_capabilities(pl_err *err)
{
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0}};

    for (unsigned long cap = 0; cap < 64; cap++)
        (void)prctl(PR_CAPBSET_DROP, cap, 0, 0, 0);
    (void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    if (syscall(SYS_capset, &head, none) < 0)
        return pl_fail_sys(err, errno, "capset");
    return PL_OK;
}

pl_rc pl_confine_identity(uid_t uid, gid_t gid, pl_confine *c, pl_err *err)
{
    /* Without a namespace the filter below still refuses every socket. */
    if (geteuid() == 0)
        (void)!unshare(CLONE_NEWNET | CLONE_NEWIPC);
    if (geteuid() == 0 && uid != 0 &&
        (setgroups(0, NULL) < 0 || setresgid(gid, gid, gid) < 0 || setresuid(uid, uid, uid) < 0))
        return pl_fail_sys(err, errno, "change to uid %u", (unsigned)uid);
    c->kept_root = geteuid() == 0;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return pl_fail_sys(err, errno, "no_new_privs");
    const struct rlimit none = {0, 0};
    if (setrlimit(RLIMIT_CORE, &none) < 0)
        return pl_fail_sys(err, errno, "no core files");
    /* The sanitizers' runtime traces its own threads. */
    if (!PL_SANITIZED && prctl(PR_SET_DUMPABLE, 0) < 0)
        return pl_fail_sys(err, errno, "not dumpable");
    return empty_capabilities(err);
}

/* ---- Landlock (Documentation/userspace-api/landlock.rst of the kernel) ---- */

struct ruleset {
    uint64_t fs;
    uint64_t net;    /* ABI 4 */
    uint64_t scoped; /* ABI 6 */
};

enum {
    FS_ABI_1 = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1,
    FS_REFER = 1 << 13,
    FS_TRUNCATE = 1 << 14,
    FS_IOCTL = 1 << 15,
    FS_READ = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR,
    FS_WRITE = FS_READ | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |
               LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_DIR |
               LANDLOCK_ACCESS_FS_MAKE_REG | FS_REFER | FS_TRUNCATE
};

static struct ruleset handled(long abi)
{
    struct ruleset r = {.fs = FS_ABI_1};

    if (abi >= 2)
        r.fs |= FS_REFER;
    if (abi >= 3)
        r.fs |= FS_TRUNCATE;
    if (abi >= 4)
        r.net = 3;
    if (abi >= 5)
        r.fs |= FS_IOCTL;
    if (abi >= 6)
        r.scoped = 3;
    return r;
}

pl_rc pl_confine_files(int dir, bool writable, pl_confine *c, pl_err *err)
{
    long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    /* Before ABI 2 no rename between directories is possible under Landlock. */
    if (abi < (writable ? 2 : 1)) {
        c->no_landlock = true;
        return PL_OK;
    }

    struct ruleset r = handled(abi);
    struct landlock_path_beneath_attr beneath = {
        .allowed_access = r.fs & (writable ? FS_WRITE : FS_READ), .parent_fd = dir};
    size_t size = abi >= 6 ? sizeof(r) : abi >= 4 ? 16 : 8;
    PL_AUTO_FD int fd = (int)syscall(SYS_landlock_create_ruleset, &r, size, 0);
    if (fd < 0)
        return pl_fail_sys(err, errno, "landlock_create_ruleset");
    if (syscall(SYS_landlock_add_rule, fd, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0) < 0)
        return pl_fail_sys(err, errno, "landlock_add_rule");
    if (syscall(SYS_landlock_restrict_self, fd, 0) < 0)
        return pl_fail_sys(err, errno, "landlock_restrict_self");
    return PL_OK;
}

/* ---- the filter ---- */

static const int reading[] = {
    SCMP_SYS(read),
    SCMP_SYS(readv),
    SCMP_SYS(pread64),
    SCMP_SYS(write),
    SCMP_SYS(writev),
    SCMP_SYS(lseek),
    SCMP_SYS(close),
    SCMP_SYS(fstat),
    SCMP_SYS(newfstatat),
    SCMP_SYS(statx),
    SCMP_SYS(openat),
    SCMP_SYS(openat2),
    SCMP_SYS(getdents64),
    SCMP_SYS(faccessat),
    SCMP_SYS(faccessat2),
    SCMP_SYS(fstatfs),
    SCMP_SYS(poll),
    SCMP_SYS(ppoll),
    SCMP_SYS(brk),
    SCMP_SYS(munmap),
    SCMP_SYS(mremap),
    SCMP_SYS(madvise),
    SCMP_SYS(futex),
    SCMP_SYS(sched_yield),
    SCMP_SYS(clock_gettime),
    SCMP_SYS(clock_nanosleep),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(getrandom),
    SCMP_SYS(getpid),
    SCMP_SYS(gettid),
    SCMP_SYS(getuid),
    SCMP_SYS(geteuid),
    SCMP_SYS(getgid),
    SCMP_SYS(getegid),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(sigaltstack),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
    SCMP_SYS(restart_syscall),
    SCMP_SYS(sysinfo),
    SCMP_SYS(fadvise64),
    SCMP_SYS(rseq),
    SCMP_SYS(set_robust_list),
    SCMP_SYS(flock),
    SCMP_SYS(fcntl),
    SCMP_SYS(sched_getaffinity),
};

static const int writing[] = {
    SCMP_SYS(pwrite64),  SCMP_SYS(recvmsg),   SCMP_SYS(sendmsg),         SCMP_SYS(ftruncate),
    SCMP_SYS(fallocate), SCMP_SYS(fsync),     SCMP_SYS(sync_file_range), SCMP_SYS(renameat),
    SCMP_SYS(fdatasync), SCMP_SYS(renameat2), SCMP_SYS(unlinkat),        SCMP_SYS(mkdirat),
};

/* What libraries try and can do without: these fail, any other call ends the process. */
static const int refused[] = {
    SCMP_SYS(open),   SCMP_SYS(stat),  SCMP_SYS(access), SCMP_SYS(ioctl),  SCMP_SYS(readlink),
    SCMP_SYS(socket), SCMP_SYS(uname), SCMP_SYS(prctl),  SCMP_SYS(getcwd), SCMP_SYS(clone3),
};

static int add_all(scmp_filter_ctx ctx, uint32_t action, const int *calls, size_t n)
{
    int bad = 0;

    for (size_t i = 0; !bad && i < n; i++)
        bad = seccomp_rule_add(ctx, action, calls[i], 0);
    return bad;
}

/* clone(2) with this flag makes a thread of this process; clone3 hides its flags from filters. */
enum { THREAD = CLONE_THREAD };

static int add_narrow(scmp_filter_ctx ctx)
{
    const struct {
        int call;
        struct scmp_arg_cmp only;
    } rows[] = {
        {SCMP_SYS(mmap), SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)},
        {SCMP_SYS(mprotect), SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)},
        {SCMP_SYS(clone), SCMP_A0(SCMP_CMP_MASKED_EQ, THREAD, THREAD)},
        {SCMP_SYS(tgkill), SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid())},
    };
    int bad = 0;

    for (size_t i = 0; !bad && i < PL_COUNT(rows); i++)
        bad = seccomp_rule_add_array(ctx, SCMP_ACT_ALLOW, rows[i].call, 1, &rows[i].only);
    return bad;
}

static int add_rules(scmp_filter_ctx ctx, bool writable)
{
    int bad = add_all(ctx, SCMP_ACT_ALLOW, reading, PL_COUNT(reading));

    if (!bad && writable)
        bad = add_all(ctx, SCMP_ACT_ALLOW, writing, PL_COUNT(writing));
    if (!bad)
        bad = add_narrow(ctx);
    if (!bad)
        bad = add_all(ctx, SCMP_ACT_ERRNO(ENOSYS), refused, PL_COUNT(refused));
    return bad;
}

pl_rc pl_confine_calls(bool writable, pl_confine *c, pl_err *err)
{
    /* The sanitizers' runtime makes calls of its own: in their builds all runs without a filter. */
    scmp_filter_ctx ctx = PL_SANITIZED ? NULL : seccomp_init(SCMP_ACT_KILL_PROCESS);

    c->no_seccomp = ctx == NULL;
    if (!ctx)
        return PL_OK;
    int bad = add_rules(ctx, writable);
    if (bad) {
        seccomp_release(ctx);
        return pl_fail_sys(err, -bad, "seccomp rules");
    }
    bad = seccomp_load(ctx);
    seccomp_release(ctx);
    if (bad && bad != -EINVAL && bad != -ENOSYS)
        return pl_fail_sys(err, -bad, "seccomp");
    c->no_seccomp = bad != 0;
    return PL_OK;
}

void pl_confine_text(const pl_confine *c, pl_buf *out)
{
    const struct {
        bool missing;
        const char *what;
    } rows[] = {{c->no_landlock, "no landlock"},
                {c->no_seccomp, "no seccomp"},
                {c->kept_root, "no user plimsoll"}};
    const char *before = "reduced: ";

    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        if (!rows[i].missing)
            continue;
        pl_buf_c(out, before);
        pl_buf_c(out, rows[i].what);
        before = ", ";
    }
    if (*before == 'r')
        pl_buf_c(out, "full");
}
