/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file below a user's home, read as that user by a short-lived child with a deadline: the user
 * decides what lies there, so root must neither follow his links nor wait for his FUSE mount.
 */
#include "core/hostfile.h"
#include "host/limits.h"
#include "host/lines.h"
#include "host/live.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

/* The child's answer: one byte with the pl_rc, then the content or the text of the error. */
static void child(uid_t uid, gid_t gid, const char *path, int out_fd)
{
    PL_AUTO_BUF pl_buf text = {0};
    pl_err err = {0};
    pl_rc rc;

    if (geteuid() == 0 && (setgroups(1, &gid) != 0 || setresgid(gid, gid, gid) != 0 ||
                           setresuid(uid, uid, uid) != 0)) {
        rc = pl_fail_sys(&err, errno, "%s: cannot become user %u", path, uid);
    } else {
        (void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        PL_AUTO_ROOT pl_root root = {.fd = -1};
        rc = pl_root_open("/", &root, &err);
        if (!rc)
            rc = pl_root_read(&root, pl_str_c(path), PL_HOST_HOME_FILE, &text, NULL, &err);
    }
    unsigned char code = (unsigned char)rc;
    const char *p = rc ? err.text : text.p;
    size_t n = rc ? err.len : text.n;
    if (write(out_fd, &code, 1) != 1)
        _exit(1);
    while (n) {
        ssize_t k = write(out_fd, p, n);
        if (k <= 0)
            _exit(1);
        p += k;
        n -= (size_t)k;
    }
    _exit(0);
}

static int ms_left(const struct timespec *start)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    int64_t gone =
        (int64_t)(now.tv_sec - start->tv_sec) * 1000 + (now.tv_nsec - start->tv_nsec) / 1000000;
    return gone >= PL_HOST_HOME_MS ? 0 : (int)(PL_HOST_HOME_MS - gone);
}

static pl_rc collect(int fd, const char *path, pl_buf *out, pl_err *err)
{
    struct timespec start;
    char chunk[4096];

    clock_gettime(CLOCK_MONOTONIC, &start);
    for (;;) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        int ready = poll(&p, 1, ms_left(&start));
        if (ready < 0 && errno == EINTR)
            continue;
        if (ready <= 0)
            return pl_fail(err, PL_TIMEOUT, "%s: no answer within %d ms", path, PL_HOST_HOME_MS);
        ssize_t n = read(fd, chunk, sizeof(chunk));
        if (n < 0)
            return pl_fail_sys(err, errno, "%s", path);
        if (n == 0)
            return PL_OK;
        if (out->n + (size_t)n > PL_HOST_HOME_FILE + PL_ERR_TEXT)
            return pl_fail(err, PL_LIMIT, "%s: too large", path);
        pl_buf_add(out, chunk, (size_t)n);
    }
}

static pl_rc read_as(uid_t uid, gid_t gid, const char *path, pl_buf *out, pl_err *err)
{
    PL_AUTO_FD int from = -1;
    PL_AUTO_FD int to = -1;
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return pl_fail_sys(err, errno, "%s: pipe", path);
    from = ends[0];
    to = ends[1];

    pid_t pid = fork();
    if (pid < 0)
        return pl_fail_sys(err, errno, "%s: fork", path);
    if (pid == 0)
        child(uid, gid, path, to);
    close(PL_TAKE(to, -1));
    pl_rc rc = collect(from, path, out, err);
    kill(pid, SIGKILL);
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        ;
    return rc;
}

/* spec: "UID/GID/path from the root" */
pl_rc pl_live_user_file(const char *spec, pl_buf *out, pl_err *err)
{
    PL_AUTO_BUF pl_buf answer = {0};
    pl_str rest = pl_str_c(spec), uid_text, gid_text;
    uint64_t uid, gid;
    char path[PL_HOST_PATH] = "/";

    if (!pl_str_cut(&rest, '/', &uid_text) || !pl_str_cut(&rest, '/', &gid_text) ||
        !pl_str_u64(uid_text, &uid) || !pl_str_u64(gid_text, &gid) || uid > UINT32_MAX ||
        gid > UINT32_MAX || !pl_str_to_c(rest, path + 1, sizeof(path) - 1))
        return pl_fail(err, PL_FORMAT, "%s: not UID/GID/PATH", spec);
    pl_rc rc = read_as((uid_t)uid, (gid_t)gid, path, &answer, err);
    if (rc)
        return rc;
    if (answer.n == 0)
        return pl_fail(err, PL_WORKER, "%s: reader died", path);
    pl_str text = pl_str_sub(pl_buf_view(&answer), 1, answer.n);
    rc = (pl_rc)(unsigned char)answer.p[0];
    if (rc)
        return pl_fail(err, rc, "%.*s", PL_F(text));
    pl_buf_str(out, text);
    return PL_OK;
}
