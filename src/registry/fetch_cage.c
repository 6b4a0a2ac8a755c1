/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the fetcher gives up. It keeps its descriptors, connecting over TCP to anywhere (redirects
 * and token servers are known only by name, later), look-ups of names, and reading below /etc,
 * where libc finds how to look them up. Root becomes nobody.
 */
#include "registry/fetch_priv.h"

#include "core/cage.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>

enum { OPEN_FILES = 256, ADDRESS_SPACE = 1 << 30 };

static const pl_cage_limit limits[] = {
    {RLIMIT_CORE, 0},
    {RLIMIT_NPROC, 0},
    {RLIMIT_NOFILE, OPEN_FILES},
    {RLIMIT_FSIZE, PL_REGISTRY_DOC_MAX}, /* of a body in memory; a pipe is no file */
    /* AddressSanitizer reserves terabytes of address space. */
    {RLIMIT_AS, PL_SANITIZED ? RLIM_INFINITY : ADDRESS_SPACE},
};

static const int more[] = {
    SCMP_SYS(connect),    SCMP_SYS(recvfrom),        SCMP_SYS(sendto),      SCMP_SYS(recvmsg),
    SCMP_SYS(sendmsg),    SCMP_SYS(recvmmsg),        SCMP_SYS(sendmmsg),    SCMP_SYS(getsockopt),
    SCMP_SYS(setsockopt), SCMP_SYS(getsockname),     SCMP_SYS(getpeername), SCMP_SYS(shutdown),
    SCMP_SYS(epoll_ctl),  SCMP_SYS(epoll_wait),      SCMP_SYS(epoll_pwait), SCMP_SYS(ppoll),
    SCMP_SYS(bind), /* of libc's netlink socket */
    SCMP_SYS(uname),      SCMP_SYS(restart_syscall), SCMP_SYS(ftruncate),
};

/* What libraries try and can do without. */
static const int refused[] = {
    SCMP_SYS(open),      SCMP_SYS(openat2),    SCMP_SYS(stat),       SCMP_SYS(lstat),
    SCMP_SYS(access),    SCMP_SYS(statx),      SCMP_SYS(readlink),   SCMP_SYS(readlinkat),
    SCMP_SYS(faccessat), SCMP_SYS(faccessat2), SCMP_SYS(getcwd),     SCMP_SYS(prctl),
    SCMP_SYS(clone3),    SCMP_SYS(clone),      SCMP_SYS(socketpair), SCMP_SYS(pipe2),
    SCMP_SYS(pipe),      SCMP_SYS(eventfd2),
};

enum { SOCKET_KIND = 0xf }; /* of socket()'s second argument; the rest are flags */

static pl_rc filter_calls(uint32_t *given, pl_err *err)
{
    const struct scmp_arg_cmp stream = SCMP_A1(SCMP_CMP_MASKED_EQ, SOCKET_KIND, SOCK_STREAM);
    const struct scmp_arg_cmp datagram = SCMP_A1(SCMP_CMP_MASKED_EQ, SOCKET_KIND, SOCK_DGRAM);
    const pl_cage_narrow narrow[] = {
        {SCMP_SYS(fcntl), .only = SCMP_A1(SCMP_CMP_EQ, F_GETFD)},
        {SCMP_SYS(fcntl), .only = SCMP_A1(SCMP_CMP_EQ, F_SETFD)},
        {SCMP_SYS(fcntl), .only = SCMP_A1(SCMP_CMP_EQ, F_GETFL)},
        {SCMP_SYS(fcntl), .only = SCMP_A1(SCMP_CMP_EQ, F_SETFL)},
        {SCMP_SYS(ioctl), .only = SCMP_A1(SCMP_CMP_EQ, FIONBIO)},
        {SCMP_SYS(ioctl), .only = SCMP_A1(SCMP_CMP_EQ, FIONREAD)},
        {SCMP_SYS(openat), .only = SCMP_A2(SCMP_CMP_MASKED_EQ, O_ACCMODE, O_RDONLY)},
        {SCMP_SYS(socket), SCMP_A0(SCMP_CMP_EQ, AF_INET), stream, false},
        {SCMP_SYS(socket), SCMP_A0(SCMP_CMP_EQ, AF_INET6), stream, false},
        {SCMP_SYS(socket), SCMP_A0(SCMP_CMP_EQ, AF_INET), datagram, false},
        {SCMP_SYS(socket), SCMP_A0(SCMP_CMP_EQ, AF_INET6), datagram, false},
        {SCMP_SYS(socket), SCMP_A0(SCMP_CMP_EQ, AF_NETLINK),
         SCMP_A1(SCMP_CMP_MASKED_EQ, SOCKET_KIND, SOCK_RAW), false},
        {SCMP_SYS(socket), .only = SCMP_A0(SCMP_CMP_EQ, AF_UNIX), .refuse = true},
    };
    const pl_cage_filter filter = {.more = {{more, PL_COUNT(more)}},
                                   .narrow = narrow,
                                   .n_narrow = PL_COUNT(narrow),
                                   .refused = {refused, PL_COUNT(refused)},
                                   .refused_errno = EACCES};
    bool is_done = false;
    pl_rc rc = pl_cage_seccomp(&filter, &is_done, err);

    *given |= is_done ? PL_FETCH_GAVE_SECCOMP : 0;
    return rc;
}

pl_rc pl_fetch_cage(int etc_fd, uint32_t *ret_given, pl_err *err)
{
    bool has_landlock = false, is_nobody = false;
    uint32_t given = 0;
    pl_rc rc = pl_cage_nobody(&is_nobody, err);

    given |= is_nobody ? PL_FETCH_GAVE_UID : 0;
    if (!rc)
        rc = pl_cage_capabilities(err);
    /* The sanitizers' runtime traces its own threads. */
    if (!rc && !PL_SANITIZED && prctl(PR_SET_DUMPABLE, 0) < 0)
        rc = pl_fail_sys(err, errno, "not dumpable");
    if (!rc)
        rc =
            pl_cage_landlock(&(pl_cage_files){.dir = etc_fd, .any_port = true}, &has_landlock, err);
    given |= has_landlock ? PL_FETCH_GAVE_LANDLOCK : 0;
    if (!rc)
        rc = pl_cage_limits(limits, PL_COUNT(limits), err);
    if (!rc)
        rc = filter_calls(&given, err);
    if (rc)
        return rc;
    *ret_given = given;
    return PL_OK;
}
