/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/confine.h"

#include "core/cage.h"

#include <errno.h>
#include <grp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>

pl_rc pl_confine_identity(uid_t uid, gid_t gid, pl_confine *c, pl_err *err)
{
    /* Without a namespace the filter below still refuses every socket. */
    if (geteuid() == 0)
        (void)!unshare(CLONE_NEWNET | CLONE_NEWIPC);
    if (geteuid() == 0 && uid != 0 &&
        (setgroups(0, NULL) < 0 || setresgid(gid, gid, gid) < 0 || setresuid(uid, uid, uid) < 0))
        return pl_fail_sys(err, errno, "change to uid %u", (unsigned)uid);
    c->kept_root = geteuid() == 0;
    const struct rlimit none = {0, 0};
    if (setrlimit(RLIMIT_CORE, &none) < 0)
        return pl_fail_sys(err, errno, "no core files");
    /* The sanitizers' runtime traces its own threads. */
    if (!PL_SANITIZED && prctl(PR_SET_DUMPABLE, 0) < 0)
        return pl_fail_sys(err, errno, "not dumpable");
    return pl_cage_capabilities(err);
}

pl_rc pl_confine_files(int dir, bool writable, pl_confine *c, pl_err *err)
{
    bool is_done = false;
    pl_rc rc = pl_cage_landlock(&(pl_cage_files){.dir = dir, .writable = writable}, &is_done, err);

    c->no_landlock = !is_done;
    return rc;
}

/* ---- the filter ---- */

static const int reading[] = {
    SCMP_SYS(statx),     SCMP_SYS(openat),          SCMP_SYS(openat2),         SCMP_SYS(getdents64),
    SCMP_SYS(faccessat), SCMP_SYS(faccessat2),      SCMP_SYS(fstatfs),         SCMP_SYS(ppoll),
    SCMP_SYS(rseq),      SCMP_SYS(flock),           SCMP_SYS(clock_nanosleep), SCMP_SYS(fcntl),
    SCMP_SYS(fadvise64), SCMP_SYS(set_robust_list), SCMP_SYS(restart_syscall),
};

static const int writing[] = {
    SCMP_SYS(pwrite64),  SCMP_SYS(recvmsg),   SCMP_SYS(sendmsg),         SCMP_SYS(ftruncate),
    SCMP_SYS(fallocate), SCMP_SYS(fsync),     SCMP_SYS(sync_file_range), SCMP_SYS(renameat),
    SCMP_SYS(fdatasync), SCMP_SYS(renameat2), SCMP_SYS(unlinkat),        SCMP_SYS(mkdirat),
};

/* What libraries try and can do without. */
static const int refused[] = {
    SCMP_SYS(open),   SCMP_SYS(stat),  SCMP_SYS(access), SCMP_SYS(ioctl),  SCMP_SYS(readlink),
    SCMP_SYS(socket), SCMP_SYS(uname), SCMP_SYS(prctl),  SCMP_SYS(getcwd), SCMP_SYS(clone3),
};

/* clone(2) with this flag makes a thread of this process; clone3 hides its flags from filters. */
enum { THREAD = CLONE_THREAD };

pl_rc pl_confine_calls(bool writable, pl_confine *c, pl_err *err)
{
    const pl_cage_narrow threads = {SCMP_SYS(clone),
                                    .only = SCMP_A0(SCMP_CMP_MASKED_EQ, THREAD, THREAD)};
    const pl_cage_filter filter = {
        .more = {{reading, PL_COUNT(reading)}, {writing, writable ? PL_COUNT(writing) : 0}},
        .narrow = &threads,
        .n_narrow = 1,
        .refused = {refused, PL_COUNT(refused)},
        .refused_errno = ENOSYS};
    bool is_done = false;
    /* The sanitizers' runtime makes calls of its own: in their builds all runs without a filter. */
    pl_rc rc = PL_SANITIZED ? PL_OK : pl_cage_seccomp(&filter, &is_done, err);

    c->no_seccomp = !is_done;
    return rc;
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
