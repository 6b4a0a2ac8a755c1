/* SPDX-License-Identifier: Apache-2.0 */
/* A sweep of /proc: which processes there are, and which sockets they hold. */
#include "host/live.h"

#include "host/limits.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

static void close_dir(DIR *d)
{
    closedir(d);
}

PL_DEFINE_CLEANUP(auto_dir, DIR *, close_dir, NULL)

static bool is_pid(const char *name)
{
    return *name >= '1' && *name <= '9';
}

static DIR *dir_at(int at, const char *name)
{
    int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    DIR *d = fd < 0 ? NULL : fdopendir(fd);
    if (fd >= 0 && !d)
        close(fd);
    return d;
}

/* Control characters would split the lines of our answer. */
static void add_clean(pl_buf *out, const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        pl_buf_add(out, (unsigned char)s[i] < ' ' ? "?" : s + i, 1);
}

static void add_small_file(int dir, const char *name, pl_buf *out)
{
    char text[PL_HOST_PATH];
    PL_AUTO_FD int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text));
    if (n > 0 && text[n - 1] == '\n')
        n--;
    if (n > 0)
        add_clean(out, text, (size_t)n);
}

/* The unified hierarchy's line ("0::/path") when there is one, else that of name=systemd. */
static void add_cgroup(int dir, pl_buf *out)
{
    char text[4096];
    PL_AUTO_FD int fd = openat(dir, "cgroup", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text));
    pl_str rest = {text, n > 0 ? (size_t)n : 0}, line, best = {"", 0};

    while (pl_str_cut(&rest, '\n', &line)) {
        pl_str id, names;
        if (!pl_str_cut(&line, ':', &id) || !pl_str_cut(&line, ':', &names))
            continue;
        bool is_systemd = pl_str_eq(names, PL_S("name=systemd"));
        if (is_systemd || (pl_str_eq(id, PL_S("0")) && best.n <= 1))
            best = line;
    }
    add_clean(out, best.p, best.n);
}

static void add_process(int proc, const char *pid, pl_buf *out)
{
    char exe[PL_HOST_PATH];
    PL_AUTO_FD int dir = openat(proc, pid, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (dir < 0)
        return;
    pl_buf_fmt(out, "%s\t", pid);
    add_small_file(dir, "comm", out);
    pl_buf_ch(out, '\t');
    add_cgroup(dir, out);
    pl_buf_ch(out, '\t');
    ssize_t n = readlinkat(dir, "exe", exe, sizeof(exe));
    if (n > 0)
        add_clean(out, exe, (size_t)n);
    else if (errno == EACCES || errno == EPERM)
        pl_buf_c(out, "\tdenied");
    pl_buf_ch(out, '\n');
}

typedef pl_rc (*each_pid)(int proc, const char *pid, pl_buf *out, pl_err *err);

static pl_rc sweep(each_pid each, pl_buf *out, pl_err *err)
{
    PL_CLEANUP(auto_dir) DIR *proc = dir_at(AT_FDCWD, "/proc");
    const struct dirent *e;
    size_t n = 0;

    if (!proc)
        return pl_fail_sys(err, errno, "/proc");
    while ((e = readdir(proc))) {
        if (!is_pid(e->d_name))
            continue;
        if (++n > PL_HOST_PIDS)
            return pl_fail(err, PL_LIMIT, "/proc: more than %d processes", PL_HOST_PIDS);
        pl_rc rc = each(dirfd(proc), e->d_name, out, err);
        if (rc)
            return rc;
    }
    return pl_buf_ok(out) ? PL_OK : pl_fail(err, PL_NOMEM, "/proc: out of memory");
}

static pl_rc one_process(int proc, const char *pid, pl_buf *out, pl_err *err)
{
    (void)err;
    add_process(proc, pid, out);
    return PL_OK;
}

pl_rc pl_live_processes(pl_buf *out, pl_err *err)
{
    return sweep(one_process, out, err);
}

/*
 * "socket:[12345]" gives the inode; a process that ends meanwhile has none. A process that we may
 * not look into gives a line with "?": sockets whose holder is not found may be its.
 */
static pl_rc process_sockets(int proc, const char *pid, pl_buf *out, pl_err *err)
{
    char place[PL_HOST_PATH], link[64];
    const struct dirent *e;
    bool is_closed = false;

    (void)err;
    snprintf(place, sizeof(place), "%s/fd", pid);
    PL_CLEANUP(auto_dir) DIR *fds = dir_at(proc, place);
    if (!fds)
        is_closed = errno == EACCES || errno == EPERM;
    while (fds && (e = readdir(fds))) {
        ssize_t n = readlinkat(dirfd(fds), e->d_name, link, sizeof(link));
        pl_str s = {link, n > 0 ? (size_t)n : 0};
        is_closed |= n < 0 && (errno == EACCES || errno == EPERM);
        if (pl_str_starts(s, PL_S("socket:[")) && s.n > 9)
            pl_buf_fmt(out, "%.*s\t%s\n", (int)(s.n - 9), s.p + 8, pid);
    }
    if (is_closed)
        pl_buf_fmt(out, "?\t%s\n", pid);
    return PL_OK;
}

pl_rc pl_live_sockets(pl_buf *out, pl_err *err)
{
    return sweep(process_sockets, out, err);
}
