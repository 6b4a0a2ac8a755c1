/* SPDX-License-Identifier: Apache-2.0 */
/* Role processes, what is said to them, and what they can give up. */
#include "test.h"

#include "core/cage.h"
#include "core/io.h"
#include "core/packet.h"
#include "core/role.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

/* ---- a role of this program: answers each message with what it finds around it ---- */

static void look_around(char *text, size_t n)
{
    char link[256] = "";
    size_t n_env = 0;
    int open_fds = 0;
    ssize_t len = readlink("/proc/self/fd/1", link, sizeof(link) - 1);

    for (char **e = environ; *e; e++)
        n_env += strncmp(*e, "ASAN_", 5) != 0 && strncmp(*e, "UBSAN_", 6) != 0 &&
                 strncmp(*e, "LSAN_", 5) != 0;
    for (int fd = 5; fd < 256; fd++)
        open_fds += fcntl(fd, F_GETFD) >= 0;
    (void)snprintf(text, n, "env %zu, others %d, stdout %.*s", n_env, open_fds, (int)len, link);
}

static void be_echo(void)
{
    char buf[256], around[400], text[512], more[32] = "";
    pl_packet p = {.buf = buf, .room = sizeof(buf)};
    bool is_there = true;

    look_around(around, sizeof(around));
    while (pl_packet_receive(PL_ROLE_SOCKET, true, &p, &is_there, NULL) == PL_OK && is_there) {
        ssize_t n = read(PL_ROLE_FIRST_FD, more, sizeof(more) - 1);
        (void)snprintf(text, sizeof(text), "%s, said %.*s, given %.*s", around, (int)p.n, buf,
                       n > 0 ? (int)n : 0, more);
        if (p.n_fds)
            (void)!write(p.fds[0], "beside", 6);
        pl_packet_close_fds(&p);
        (void)!pl_packet_send(PL_ROLE_SOCKET, pl_str_c(text), NULL, 0, true, NULL);
    }
    _exit(5);
}

static void a_role_has_its_socket_and_what_it_was_given_and_nothing_else(void **state)
{
    (void)state;
    int given[2], beside[2], fd = -1, status;
    char buf[512], text[16] = "";
    pid_t pid;
    pl_err err = {0};
    bool is_there = false;
    pl_packet p = {.buf = buf, .room = sizeof(buf)};

    assert_int_equal(pipe(given), 0);
    assert_int_equal(pipe(beside), 0);
    assert_int_equal(write(given[1], "bytes", 5), 5);
    (void)setenv("PLIMSOLL_TEST_SECRET", "x", 1);
    pl_rc rc =
        pl_role_spawn(&(pl_role_start){.word = "echo", .fds = given, .n_fds = 1}, &fd, &pid, &err);
    assert_ok(rc, err);
    assert_ok(pl_packet_send(fd, PL_S("hello"), &beside[1], 1, true, &err), err);
    assert_ok(pl_packet_receive(fd, true, &p, &is_there, &err), err);
    assert_true(is_there);
    assert_str(((pl_str){buf, p.n}), "env 0, others 0, stdout /dev/null, said hello, given bytes");
    assert_int_equal(read(beside[0], text, sizeof(text)), 6);
    assert_string_equal(text, "beside");
    close(fd);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 5);
    for (int i = 0; i < 2; i++)
        close(given[i]), close(beside[i]);
}

static void a_role_that_a_person_starts_says_so(void **state)
{
    (void)state;
    pid_t pid = fork();
    int status;

    assert_true(pid >= 0);
    if (pid == 0) {
        int null = open("/dev/null", O_RDWR);
        dup2(null, STDERR_FILENO);
        dup2(null, PL_ROLE_SOCKET);
        execl("/proc/self/exe", "test", "echo", (char *)NULL);
        _exit(99);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == pl_rc_exit_status(PL_USAGE));
}

/* ---- messages ---- */

static void a_message_that_is_cut_off_leaves_no_descriptor(void **state)
{
    (void)state;
    int pair[2];
    char big[100] = {0}, small[10];
    pl_packet p = {.buf = small, .room = sizeof(small)};
    bool is_there = true;
    pl_err err = {0};

    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
    assert_int_equal(pl_packet_receive(pair[1], false, &p, &is_there, &err), PL_TIMEOUT);
    assert_int_equal(pl_packet_send(pair[0], (pl_str){big, sizeof(big)}, pair, 1, true, &err),
                     PL_OK);
    int next = dup(pair[0]);
    close(next);
    assert_int_equal(pl_packet_receive(pair[1], true, &p, &is_there, &err), PL_FORMAT);
    assert_false(is_there);
    assert_int_equal(p.n_fds, 0);
    int free_again = dup(pair[0]);
    assert_int_equal(free_again, next);
    close(free_again);
    close(pair[0]);
    assert_int_equal(pl_packet_receive(pair[1], true, &p, &is_there, &err), PL_OK);
    assert_false(is_there);
    assert_int_equal(pl_packet_send(pair[1], PL_S("x"), NULL, 0, true, &err), PL_WORKER);
    close(pair[1]);
}

static void a_message_is_waited_for_and_so_is_the_end(void **state)
{
    (void)state;
    int pair[2];
    char room[10];
    pl_packet p = {.buf = room, .room = sizeof(room)};
    bool is_there = false;
    pl_err err = {0};

    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
    assert_false(pl_packet_wait(pair[1], 0));
    assert_int_equal(pl_packet_send(pair[0], PL_S("x"), NULL, 0, true, &err), PL_OK);
    assert_true(pl_packet_wait(pair[1], 60000));
    assert_int_equal(pl_packet_receive(pair[1], false, &p, &is_there, &err), PL_OK);
    assert_false(pl_packet_wait(pair[1], 1));
    close(pair[0]);
    assert_true(pl_packet_wait(pair[1], 60000));
    close(pair[1]);
}

static void who_does_not_read_makes_nobody_wait(void **state)
{
    (void)state;
    int pair[2];
    pl_rc rc = PL_OK;

    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
    for (int i = 0; i < 100000 && rc == PL_OK; i++)
        rc = pl_packet_send(pair[0], PL_S("x"), NULL, 0, false, NULL);
    assert_int_equal(rc, PL_TIMEOUT);
    close(pair[0]);
    close(pair[1]);
}

/* ---- the cage ---- */

/* Runs in a child that confines itself; gives 0, an errno, or minus the signal that ended it. */
static int in_child(int (*deed)(void *arg), void *arg)
{
    int status;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        (void)signal(SIGSYS, SIG_DFL);
        _exit(deed(arg));
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static int open_path(const char *path, int flags)
{
    PL_AUTO_FD int fd = open(path, flags, 0600);
    return fd < 0 ? errno : 0;
}

struct files {
    const char *dir; /* NULL: none */
    bool writable;
    const char *path;
    int flags;
};

static int open_confined(void *arg)
{
    const struct files *f = arg;
    int dir = f->dir ? open(f->dir, O_RDONLY | O_DIRECTORY) : -1;
    bool is_done = false;

    if (pl_cage_capabilities(NULL) ||
        pl_cage_landlock(&(pl_cage_files){.dir = dir, .writable = f->writable}, &is_done, NULL))
        return 200;
    return is_done ? open_path(f->path, f->flags) : 201;
}

static void only_what_lies_below_the_folder_can_be_opened(void **state)
{
    (void)state;
    char dir[] = "/tmp/cage-XXXXXX", inside[64];
    assert_non_null(mkdtemp(dir));
    (void)snprintf(inside, sizeof(inside), "%s/file", dir);
    assert_int_equal(open_path(inside, O_CREAT | O_WRONLY), 0);
    const struct {
        struct files f;
        int want;
    } rows[] = {
        {{NULL, false, "/etc/passwd", O_RDONLY}, EACCES},
        {{NULL, false, "/", O_RDONLY}, EACCES},
        {{dir, false, inside, O_RDONLY}, 0},
        {{dir, false, inside, O_WRONLY}, EACCES},
        {{dir, true, inside, O_WRONLY}, 0},
        {{dir, true, "/etc/passwd", O_RDONLY}, EACCES},
    };
    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        struct files f = rows[i].f;
        int got = in_child(open_confined, &f);
        if (got != rows[i].want)
            fail_msg("row %zu: %d", i, got);
    }
    (void)unlink(inside);
    (void)rmdir(dir);
}

static int listener(uint16_t *ret_port)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t n = sizeof(a);
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    assert_int_equal(bind(fd, (struct sockaddr *)&a, n), 0);
    assert_int_equal(listen(fd, 4), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &n), 0);
    *ret_port = ntohs(a.sin_port);
    return fd;
}

struct ports {
    uint16_t allowed, asked;
};

static int connect_confined(void *arg)
{
    const struct ports *p = arg;
    struct sockaddr_in a = {
        .sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_port = htons(p->asked)};
    bool is_done = false;

    if (pl_cage_capabilities(NULL) ||
        pl_cage_landlock(&(pl_cage_files){.dir = -1, .port = p->allowed}, &is_done, NULL))
        return 200;
    PL_AUTO_FD int fd = socket(AF_INET, SOCK_STREAM, 0);
    return connect(fd, (struct sockaddr *)&a, sizeof(a)) < 0 ? errno : 0;
}

static void only_the_named_port_can_be_connected_to(void **state)
{
    (void)state;
    struct ports p;
    PL_AUTO_FD int one = listener(&p.allowed);
    PL_AUTO_FD int other = listener(&p.asked);
    long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, 1);

    assert_true(one >= 0 && other >= 0);
    assert_int_equal(in_child(connect_confined, &p), abi >= 4 ? EACCES : 0);
    p.asked = p.allowed;
    assert_int_equal(in_child(connect_confined, &p), 0);
    p.allowed = 0;
    assert_int_equal(in_child(connect_confined, &p), abi >= 4 ? EACCES : 0);
}

static int call_filtered(void *arg)
{
    static const int refused[] = {SCMP_SYS(openat)};
    static const int more[] = {SCMP_SYS(getppid)};
    const pl_cage_filter filter = {.more = {{more, PL_COUNT(more)}},
                                   .refused = {refused, PL_COUNT(refused)},
                                   .refused_errno = EACCES};
    bool is_done = false;

    if (pl_cage_capabilities(NULL) || pl_cage_seccomp(&filter, &is_done, NULL) || !is_done)
        return 200;
    return syscall(*(const long *)arg, 0, 0, 0, 0) < 0 ? errno : 0;
}

static void other_system_calls_end_the_process(void **state)
{
    (void)state;
    static const struct {
        long call;
        int want;
    } rows[] = {
        {SYS_getpid, 0},
        {SYS_getppid, 0},
        {SYS_openat, PL_SANITIZED ? EPERM : EACCES},
        {SYS_socket, PL_SANITIZED ? EPERM : -SIGSYS},
        {SYS_fork, PL_SANITIZED ? EPERM : -SIGSYS},
        {SYS_execve, PL_SANITIZED ? EPERM : -SIGSYS},
    };
    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        long call = rows[i].call;
        int got = in_child(call_filtered, &call);
        if (got != rows[i].want)
            fail_msg("row %zu: %d", i, got);
    }
}

static int count_capabilities(void *arg)
{
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3] = {{0}};

    (void)arg;
    if (pl_cage_capabilities(NULL) || syscall(SYS_capget, &head, sets) < 0)
        return 200;
    for (size_t i = 0; i < PL_COUNT(sets); i++)
        if (sets[i].effective || sets[i].permitted || sets[i].inheritable)
            return 1;
    return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? 0 : 2;
}

static void no_capability_is_left(void **state)
{
    (void)state;
    assert_int_equal(in_child(count_capabilities, NULL), 0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_role_has_its_socket_and_what_it_was_given_and_nothing_else),
        cmocka_unit_test(a_role_that_a_person_starts_says_so),
        cmocka_unit_test(a_message_that_is_cut_off_leaves_no_descriptor),
        cmocka_unit_test(a_message_is_waited_for_and_so_is_the_end),
        cmocka_unit_test(who_does_not_read_makes_nobody_wait),
        cmocka_unit_test(only_what_lies_below_the_folder_can_be_opened),
        cmocka_unit_test(only_the_named_port_can_be_connected_to),
        cmocka_unit_test(other_system_calls_end_the_process),
        cmocka_unit_test(no_capability_is_left),
    };
    if (pl_role_is(argc, argv, "echo", 1))
        be_echo();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
