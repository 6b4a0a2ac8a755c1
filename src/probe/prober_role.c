/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The prober's process: one endpoint, named in the first message. It looks the name up, gives up
 * files, privileges and every port but that one, asks, and ends.
 */
#include "probe/probe.h"

#include "core/cage.h"
#include "core/late.h"
#include "core/packet.h"
#include "core/role.h"
#include "probe/limits.h"
#include "probe/prober_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

const char pl_prober_word[] = "prober";

enum { OPEN_FILES = 16, ADDRESS_SPACE = 512 << 20, NS_PER_MS = 1000000 };

/* ---- giving up ---- */

static const pl_cage_limit limits[] = {
    {RLIMIT_CORE, 0},
    {RLIMIT_NPROC, 0},
    {RLIMIT_NOFILE, OPEN_FILES},
    {RLIMIT_FSIZE, 0},
    /* AddressSanitizer reserves terabytes of address space. */
    {RLIMIT_AS, PL_SANITIZED ? RLIM_INFINITY : ADDRESS_SPACE},
};

static const int more[] = {
    SCMP_SYS(connect),     SCMP_SYS(sendto),          SCMP_SYS(recvfrom),
    SCMP_SYS(sendmsg),     SCMP_SYS(recvmsg),         SCMP_SYS(setsockopt),
    SCMP_SYS(getsockopt),  SCMP_SYS(shutdown),        SCMP_SYS(getsockname),
    SCMP_SYS(getpeername), SCMP_SYS(restart_syscall), SCMP_SYS(clock_nanosleep),
};

/* What libraries try and can do without. */
static const int refused[] = {
    SCMP_SYS(open),  SCMP_SYS(openat), SCMP_SYS(stat),  SCMP_SYS(readlink),
    SCMP_SYS(ioctl), SCMP_SYS(uname),  SCMP_SYS(prctl), SCMP_SYS(access),
};

static pl_rc filter_calls(int family, uint32_t *given, pl_err *err)
{
    const struct scmp_arg_cmp stream = SCMP_A1(SCMP_CMP_MASKED_EQ, 0xf, SOCK_STREAM);
    const pl_cage_narrow narrow[] = {
        {SCMP_SYS(socket), SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)family), stream, false},
        {SCMP_SYS(fcntl), .only = SCMP_A1(SCMP_CMP_EQ, F_GETFL)},
        {SCMP_SYS(fcntl), .only = SCMP_A1(SCMP_CMP_EQ, F_SETFL)},
    };
    const pl_cage_filter filter = {.more = {{more, PL_COUNT(more)}},
                                   .narrow = narrow,
                                   .n_narrow = PL_COUNT(narrow),
                                   .refused = {refused, PL_COUNT(refused)},
                                   .refused_errno = EACCES};
    bool is_done = false;
    pl_rc rc = pl_cage_seccomp(&filter, &is_done, err);

    *given |= is_done ? PL_PROBER_GAVE_SECCOMP : 0;
    return rc;
}

static pl_rc confine(const pl_prober *p, uint32_t *ret_given, pl_err *err)
{
    const pl_cage_files files = {.dir = -1, .port = (uint16_t)p->job.port};
    bool is_nobody = false, has_landlock = false;
    uint32_t given = 0;
    pl_rc rc = pl_cage_nobody(&is_nobody, err);

    given |= is_nobody ? PL_PROBER_GAVE_UID : 0;
    if (!rc)
        rc = pl_cage_capabilities(err);
    /* The sanitizers' runtime traces its own threads. */
    if (!rc && !PL_SANITIZED && prctl(PR_SET_DUMPABLE, 0) < 0)
        rc = pl_fail_sys(err, errno, "not dumpable");
    if (!rc)
        rc = pl_cage_landlock(&files, &has_landlock, err);
    given |= has_landlock ? PL_PROBER_GAVE_LANDLOCK : 0;
    if (!rc)
        rc = pl_cage_limits(limits, PL_COUNT(limits), err);
    if (!rc)
        rc = filter_calls(p->peer.to.ss_family, &given, err);
    if (!rc)
        *ret_given = given;
    return rc;
}

/* ---- where to ---- */

static pl_rc find_peer(pl_prober *p, pl_err *err)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    char host[256], port[16], text[NI_MAXHOST];
    struct addrinfo *found = NULL;

    if (!pl_str_to_c(p->job.host, host, sizeof(host)) ||
        (p->job.server_name.n && !pl_str_to_c(p->job.server_name, p->name, sizeof(p->name))))
        return pl_fail(err, PL_FORMAT, "name of the endpoint");
    (void)snprintf(port, sizeof(port), "%u", p->job.port);
    int bad = getaddrinfo(host, port, &hints, &found);
    if (bad)
        return pl_fail(err, PL_NET, "host %s: %s", host, gai_strerror(bad));
    memcpy(&p->peer.to, found->ai_addr, found->ai_addrlen);
    p->peer.n = found->ai_addrlen;
    bad =
        getnameinfo(found->ai_addr, found->ai_addrlen, text, sizeof(text), NULL, 0, NI_NUMERICHOST);
    freeaddrinfo(found);
    if (bad)
        return pl_fail(err, PL_NET, "host %s: %s", host, gai_strerror(bad));
    pl_talk_put(&p->told, &(pl_talk_note){.kind = PL_NOTE_ADDRESS, .text = pl_str_c(text)});
    return PL_OK;
}

/* ---- the process ---- */

static bool say(pl_prober_says kind, uint32_t number, pl_str text)
{
    PL_AUTO_BUF pl_buf b = {0};

    pl_buf_ch(&b, (char)kind);
    if (kind != PL_PROBER_PIECE)
        pl_buf_u32le(&b, number);
    pl_buf_str(&b, text);
    return pl_buf_ok(&b) &&
           pl_packet_send(PL_ROLE_SOCKET, pl_buf_view(&b), NULL, 0, true, NULL) == PL_OK;
}

static bool say_transcript(pl_str all)
{
    for (size_t at = 0; at < all.n; at += PL_PROBE_MSG / 2)
        if (!say(PL_PROBER_PIECE, 0, pl_str_sub(all, at, PL_PROBE_MSG / 2)))
            return false;
    return say(PL_PROBER_DONE, 0, (pl_str){"", 0});
}

static pl_rc set_up(pl_prober *p, pl_packet *packet, pl_arena *a, uint32_t *ret_given, pl_err *err)
{
    bool is_there = false;
    pl_rc rc = pl_packet_receive(PL_ROLE_SOCKET, true, packet, &is_there, err);

    pl_packet_close_fds(packet);
    if (!rc && !is_there)
        rc = pl_fail(err, PL_WORKER, "nobody is there");
    if (!rc)
        rc = pl_probe_job_read((pl_str){packet->buf, packet->n}, a, &p->job, err);
    if (!rc)
        rc = find_peer(p, err);
    if (!rc && !pl_late_ssl())
        rc = pl_fail(err, PL_UNSUPPORTED, "libssl is not there");
    if (rc)
        return rc;
    /* OpenSSL reads its configuration now, while there are files. */
    SSL_CTX_free(SSL_CTX_new(TLS_client_method()));
    return confine(p, ret_given, err);
}

static bool run(pl_prober *p)
{
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(PL_PROBE_ARENA);
    PL_AUTO_FREE char *buf = malloc(PL_PROBE_MSG);
    pl_packet packet = {.buf = buf, .room = PL_PROBE_MSG};
    uint32_t given = 0;
    pl_err err = {0};

    if (!a || !buf)
        return false;
    p->told.max = PL_PROBE_TRANSCRIPT;
    pl_rc rc = set_up(p, &packet, a, &given, &err);
    if (rc)
        return say(PL_PROBER_FAILED, rc, pl_str_c(err.text)) && false;
    if (!say(PL_PROBER_READY, given, (pl_str){"", 0}))
        return false;
    p->until_ns = pl_line_now() + (uint64_t)p->job.all_ms * NS_PER_MS;
    pl_prober_ask(p);
    pl_talk_put(&p->told, &(pl_talk_note){.kind = PL_NOTE_END});
    if (!pl_buf_ok(&p->told))
        return say(PL_PROBER_FAILED, PL_LIMIT, PL_S("it told more than is taken")) && false;
    return say_transcript(pl_buf_view(&p->told));
}

void pl_prober_main(int argc, char **argv)
{
    if (!pl_role_is(argc, argv, pl_prober_word, 0))
        return;
    pl_prober *p = calloc(1, sizeof(*p));
    _exit(p && run(p) ? EXIT_SUCCESS : EXIT_FAILURE);
}
