/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the engine client gives up, in an order in which each step needs what a later one takes
 * away. What it keeps: its descriptors, and connecting to its engine.
 *
 * No Landlock of ours and no seccomp filter looks at the path of a unix socket. So the process
 * makes its own list of descriptors its root folder: the only paths that are left are "/N" for each
 * N that it holds, one of them the socket of its engine.
 */
#include "engine/client_priv.h"

#include "core/cage.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

enum { NOBODY = 65534, OPEN_FILES = 128, ADDRESS_SPACE = 1 << 30 };

/* ---- places ---- */

/* Root needs no user namespace for it. Who has neither that nor root keeps the file system's root.
 */
static pl_rc leave_root(bool is_unix, uint32_t *given, pl_err *err)
{
    int others = is_unix ? CLONE_NEWNET | CLONE_NEWIPC : CLONE_NEWIPC;
    bool may = geteuid() == 0;

    if (may)
        (void)!unshare(others);
    else
        may = unshare(CLONE_NEWUSER | others) == 0;
    if (may && chroot("/proc/self/fd") == 0)
        *given |= PL_GIVEN_ROOT;
    return chdir("/") == 0 ? PL_OK : pl_fail_sys(err, errno, "chdir /");
}

/* ---- identity ---- */

struct identity {
    uid_t uid;
    gid_t gid;
};

static bool may_write(int socket_fd)
{
    return socket_fd < 0 || faccessat(socket_fd, "", W_OK, AT_EMPTY_PATH | AT_EACCESS) == 0;
}

/* Tries it on: root can take it off again. */
static bool suffices(struct identity who, int socket_fd)
{
    bool is_enough = setegid(who.gid) == 0 && seteuid(who.uid) == 0 && may_write(socket_fd);

    return seteuid(0) == 0 && setegid(0) == 0 && is_enough;
}

/* Connecting needs the right to write to the socket: whoever has the least and still has that. */
static pl_rc change_identity(int socket_fd, uint32_t *given, pl_err *err)
{
    struct stat st = {.st_uid = NOBODY, .st_gid = NOBODY};

    if (geteuid() != 0) {
        *given |= PL_GIVEN_UID;
        return PL_OK;
    }
    if (socket_fd >= 0 && fstat(socket_fd, &st) < 0)
        return pl_fail_sys(err, errno, "stat of the socket");
    const struct identity candidates[] = {
        {NOBODY, NOBODY}, {NOBODY, st.st_gid}, {st.st_uid, st.st_gid}};
    if (setgroups(0, NULL) < 0) /* root of a user namespace that may not */
        return PL_OK;
    for (size_t i = 0; i < PL_COUNT(candidates); i++) {
        struct identity who = candidates[i];
        if (!suffices(who, socket_fd))
            continue;
        if (setresgid(who.gid, who.gid, who.gid) < 0 || setresuid(who.uid, who.uid, who.uid) < 0)
            return pl_fail_sys(err, errno, "change to uid %u", (unsigned)who.uid);
        *given |= PL_GIVEN_UID;
        return PL_OK;
    }
    return PL_OK;
}

/* ---- resources ---- */

static const pl_cage_limit limits[] = {
    {RLIMIT_CORE, 0},
    {RLIMIT_NPROC, 0},
    {RLIMIT_NOFILE, OPEN_FILES},
    {RLIMIT_FSIZE, PL_ENGINE_LIST_MAX}, /* of a body in memory; a pipe is no file */
    /* AddressSanitizer reserves terabytes of address space. */
    {RLIMIT_AS, PL_SANITIZED ? RLIM_INFINITY : ADDRESS_SPACE},
};

/* ---- calls ---- */

static const int more[] = {
    SCMP_SYS(connect),     SCMP_SYS(recvfrom),   SCMP_SYS(sendto),          SCMP_SYS(recvmsg),
    SCMP_SYS(sendmsg),     SCMP_SYS(getsockopt), SCMP_SYS(setsockopt),      SCMP_SYS(getsockname),
    SCMP_SYS(getpeername), SCMP_SYS(shutdown),   SCMP_SYS(epoll_ctl),       SCMP_SYS(epoll_wait),
    SCMP_SYS(epoll_pwait), SCMP_SYS(ppoll),      SCMP_SYS(restart_syscall),
};

/* What libraries try and can do without. */
static const int refused[] = {
    SCMP_SYS(open),       SCMP_SYS(openat), SCMP_SYS(openat2),    SCMP_SYS(stat),
    SCMP_SYS(lstat),      SCMP_SYS(access), SCMP_SYS(statx),      SCMP_SYS(readlink),
    SCMP_SYS(faccessat2), SCMP_SYS(getcwd), SCMP_SYS(readlinkat), SCMP_SYS(uname),
    SCMP_SYS(prctl),      SCMP_SYS(clone3), SCMP_SYS(clone),      SCMP_SYS(socketpair),
    SCMP_SYS(pipe2),      SCMP_SYS(pipe),   SCMP_SYS(eventfd2),
};

enum { SOCKET_KIND = 0xf }; /* of socket()'s second argument; the rest are flags */

/* Other sockets are refused, not deadly: libcurl asks for one to see whether there is IPv6. */
static pl_rc filter_calls(bool is_unix, uint32_t *given, pl_err *err)
{
    const struct scmp_arg_cmp stream = SCMP_A1(SCMP_CMP_MASKED_EQ, SOCKET_KIND, SOCK_STREAM);
    const pl_cage_narrow narrow[] = {
        {SCMP_SYS(fcntl), .only = SCMP_A1(SCMP_CMP_EQ, F_GETFD)},
        {SCMP_SYS(fcntl), .only = SCMP_A1(SCMP_CMP_EQ, F_SETFD)},
        {SCMP_SYS(fcntl), .only = SCMP_A1(SCMP_CMP_EQ, F_GETFL)},
        {SCMP_SYS(fcntl), .only = SCMP_A1(SCMP_CMP_EQ, F_SETFL)},
        {SCMP_SYS(ioctl), .only = SCMP_A1(SCMP_CMP_EQ, FIONBIO)},
        {SCMP_SYS(socket), SCMP_A0(SCMP_CMP_EQ, is_unix ? AF_UNIX : AF_INET), stream, false},
        {SCMP_SYS(socket), SCMP_A0(SCMP_CMP_EQ, is_unix ? AF_UNIX : AF_INET6), stream, false},
        {SCMP_SYS(socket), .only = SCMP_A1(SCMP_CMP_MASKED_EQ, SOCKET_KIND, SOCK_DGRAM),
         .refuse = true},
    };
    const pl_cage_filter filter = {.more = {{more, PL_COUNT(more)}},
                                   .narrow = narrow,
                                   .n_narrow = PL_COUNT(narrow),
                                   .refused = {refused, PL_COUNT(refused)},
                                   .refused_errno = EACCES};
    bool is_done = false;
    pl_rc rc = pl_cage_seccomp(&filter, &is_done, err);

    *given |= is_done ? PL_GIVEN_SECCOMP : 0;
    return rc;
}

pl_rc pl_engine_cage(int socket_fd, uint16_t port, uint32_t *ret_given, pl_err *err)
{
    bool is_unix = socket_fd >= 0, has_landlock = false;
    uint32_t given = 0;
    pl_rc rc = leave_root(is_unix, &given, err);

    if (!rc)
        rc = change_identity(socket_fd, &given, err);
    if (!rc)
        rc = pl_cage_capabilities(err);
    /* The sanitizers' runtime traces its own threads. */
    if (!rc && !PL_SANITIZED && prctl(PR_SET_DUMPABLE, 0) < 0)
        rc = pl_fail_sys(err, errno, "not dumpable");
    if (!rc)
        rc = pl_cage_landlock(&(pl_cage_files){.dir = -1, .port = is_unix ? 0 : port},
                              &has_landlock, err);
    given |= has_landlock ? PL_GIVEN_LANDLOCK : 0;
    if (!rc)
        rc = pl_cage_limits(limits, PL_COUNT(limits), err);
    if (!rc)
        rc = filter_calls(is_unix, &given, err);
    if (rc)
        return rc;
    *ret_given = given;
    return PL_OK;
}
