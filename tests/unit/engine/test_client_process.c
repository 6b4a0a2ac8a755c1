/* SPDX-License-Identifier: Apache-2.0 */
/* The engine client's process: what it cannot do, what it refuses, what its death looks like. */
#include "test.h"

#include "core/packet.h"
#include "core/role.h"
#include "engine/client_priv.h"
#include "fake_engine.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

static pl_engine_client *open_client(const char *address)
{
    pl_engine_client *c = NULL;
    pl_err err = {0};
    pl_rc rc = pl_engine_open(&(pl_engine_endpoint){.address = address}, &c, &err);
    assert_ok(rc, err);
    return c;
}

/* A line of /proc/PID/status, from behind its name. */
static void status_line(pid_t pid, const char *name, char *ret, size_t n)
{
    char path[64], line[256];

    (void)snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
    PL_AUTO_FILE FILE *f = fopen(path, "re");
    ret[0] = '\0';
    while (f && fgets(line, sizeof(line), f))
        if (strncmp(line, name, strlen(name)) == 0 && line[strlen(name)] == ':')
            (void)snprintf(ret, n, "%s", line + strlen(name) + 2);
    ret[strcspn(ret, "\n")] = '\0';
}

/* The only child of this program is the client. */
static pid_t client_pid(void)
{
    char want[32], ppid[64];
    DIR *proc = opendir("/proc");
    pid_t found = 0;

    (void)snprintf(want, sizeof(want), "%d", (int)getpid());
    for (struct dirent *d; proc && (d = readdir(proc));) {
        uint64_t pid;
        if (!pl_str_u64(pl_str_c(d->d_name), &pid))
            continue;
        status_line((pid_t)pid, "PPid", ppid, sizeof(ppid));
        if (strcmp(ppid, want) == 0)
            found = (pid_t)pid;
    }
    closedir(proc);
    assert_int_not_equal(found, 0);
    return found;
}

/* ---- what it is ---- */

static void the_process_has_no_privilege_and_no_folder(void **state)
{
    (void)state;
    fake_engine e = {.api = "1.41"};
    char text[256], path[64], root[64] = "", want[64];

    fake_start(&e);
    PL_AUTO_ENGINE_CLIENT pl_engine_client *c = open_client(e.address);
    assert_string_equal(pl_engine_sandbox(c), "full");
    pid_t pid = client_pid();
    static const char *const sets[] = {"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"};
    for (size_t i = 0; i < PL_COUNT(sets); i++) {
        status_line(pid, sets[i], text, sizeof(text));
        if (geteuid() == 0 || i != 3) /* who is not root keeps a bounding set that gives nothing */
            assert_string_equal(text, "0000000000000000");
    }
    status_line(pid, "NoNewPrivs", text, sizeof(text));
    assert_string_equal(text, "1");
    status_line(pid, "Seccomp", text, sizeof(text));
    assert_string_equal(text, "2");
    status_line(pid, "Groups", text, sizeof(text));
    if (geteuid() == 0)
        assert_true(pl_str_trim(pl_str_c(text)).n == 0);
    (void)snprintf(path, sizeof(path), "/proc/%d/root", (int)pid);
    (void)snprintf(want, sizeof(want), "/proc/%d/fd", (int)pid);
    if (geteuid() == 0) {
        assert_true(readlink(path, root, sizeof(root) - 1) > 0);
        assert_string_equal(root, want);
    }
    fake_stop(&e);
}

static void root_becomes_whoever_may_just_connect(void **state)
{
    (void)state;
    static const struct {
        mode_t mode;
        uid_t uid;
        gid_t gid;
        const char *uids, *gids;
    } rows[] = {
        {0666, 0, 0, "65534", "65534"},   {0660, 0, 0, "65534", "0"},
        {0660, 0, 4711, "65534", "4711"}, {0600, 4711, 4712, "4711", "4712"},
        {0700, 0, 0, "0", "0"},
    };
    if (geteuid() != 0)
        return;
    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        fake_engine e = {.api = "1.41"};
        char uids[64], gids[64];
        fake_start(&e);
        assert_int_equal(chown(e.path, rows[i].uid, rows[i].gid), 0);
        assert_int_equal(chmod(e.path, rows[i].mode), 0);
        pl_engine_client *c = open_client(e.address);
        pid_t pid = client_pid();
        status_line(pid, "Uid", uids, sizeof(uids));
        status_line(pid, "Gid", gids, sizeof(gids));
        uids[strcspn(uids, "\t")] = gids[strcspn(gids, "\t")] = '\0';
        if (strcmp(uids, rows[i].uids) != 0 || strcmp(gids, rows[i].gids) != 0)
            fail_msg("row %zu: %s:%s", i, uids, gids);
        pl_engine_close(c);
        fake_stop(&e);
    }
}

/* ---- what it cannot do ---- */

struct deed {
    int socket_fd; /* of the cage; -1: TCP */
    uint16_t port; /* of the cage */
    int (*run)(const struct deed *d);
    const char *path;
    uint16_t other;
};

/* In a child that is confined as the process is: 0, an errno, or minus a signal. */
static int confined(const struct deed *d)
{
    int status;
    uint32_t given = 0;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        (void)signal(SIGSYS, SIG_DFL);
        if (pl_engine_cage(d->socket_fd, d->port, &given, NULL) != PL_OK)
            _exit(200);
        _exit(d->run(d));
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static int connect_path(const struct deed *d)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    memcpy(a.sun_path, d->path, strlen(d->path) + 1);
    return fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof(a)) < 0 ? errno : 0;
}

static int connect_port(const struct deed *d)
{
    struct sockaddr_in a = {
        .sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_port = htons(d->other)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    return fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof(a)) < 0 ? errno : 0;
}

static int make_datagram(const struct deed *d)
{
    return socket(d->socket_fd < 0 ? AF_INET : AF_UNIX, SOCK_DGRAM, 0) < 0 ? errno : 0;
}

static int open_file(const struct deed *d)
{
    return open(d->path, O_RDONLY) < 0 ? errno : 0;
}

static int fork_once(const struct deed *d)
{
    (void)d;
    return fork() < 0 ? errno : 0;
}

static int signal_parent(const struct deed *d)
{
    (void)d;
    return kill(getppid(), 0) < 0 ? errno : 0;
}

static int listen_on(uint16_t *ret_port)
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

static void it_reaches_its_engine_and_nothing_else(void **state)
{
    (void)state;
    enum { KILLED = PL_SANITIZED ? EPERM : -SIGSYS };
    fake_engine mine = {.api = "1.41"}, other = {.api = "1.41"};
    uint16_t port, other_port;
    char by_number[16];

    fake_start(&mine);
    fake_start(&other);
    PL_AUTO_FD int tcp = listen_on(&port);
    PL_AUTO_FD int other_tcp = listen_on(&other_port);
    PL_AUTO_FD int fd = open(mine.path, O_PATH | O_CLOEXEC);
    assert_true(tcp >= 0 && other_tcp >= 0 && fd >= 0);
    (void)snprintf(by_number, sizeof(by_number), "/%d", fd);
    const struct {
        struct deed d;
        int want;
    } rows[] = {
        {{fd, 0, connect_path, by_number, 0}, 0},
        {{fd, 0, connect_path, mine.path, 0}, ENOENT},
        {{fd, 0, connect_path, other.path, 0}, ENOENT},
        {{fd, 0, connect_path, "/..", 0}, ECONNREFUSED},
        {{fd, 0, connect_port, NULL, port}, KILLED},
        {{fd, 0, make_datagram, NULL, 0}, EACCES},
        {{fd, 0, open_file, "/etc/passwd", 0}, PL_SANITIZED ? EPERM : EACCES},
        {{fd, 0, open_file, by_number, 0}, PL_SANITIZED ? EPERM : EACCES},
        {{fd, 0, fork_once, NULL, 0}, PL_SANITIZED ? EPERM : EACCES},
        {{fd, 0, signal_parent, NULL, 0}, KILLED},
        {{-1, port, connect_port, NULL, port}, 0},
        {{-1, port, connect_port, NULL, other_port}, EACCES},
        {{-1, port, connect_path, mine.path, 0}, KILLED},
        {{-1, port, make_datagram, NULL, 0}, EACCES},
        {{-1, port, open_file, "/etc/passwd", 0}, PL_SANITIZED ? EPERM : EACCES},
    };
    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        int got = confined(&rows[i].d);
        if (got != rows[i].want)
            fail_msg("row %zu: %d, want %d", i, got, rows[i].want);
    }
    fake_stop(&mine);
    fake_stop(&other);
}

/* ---- what it refuses ---- */

struct raw {
    int fd;
    pid_t pid;
    pl_packet p;
    char buf[4096];
};

static void send_raw(struct raw *r, const pl_engine_msg *m, const int *fds, size_t n_fds)
{
    PL_AUTO_BUF pl_buf b = {0};
    pl_err err = {0};

    pl_engine_msg_write(m, &b);
    assert_ok(pl_packet_send(r->fd, pl_buf_view(&b), fds, n_fds, true, &err), err);
}

/* False: the process has closed. */
static bool hear_raw(struct raw *r, pl_engine_msg *ret)
{
    bool is_there = false;
    pl_err err = {0};

    r->p = (pl_packet){.buf = r->buf, .room = sizeof(r->buf)};
    assert_ok(pl_packet_receive(r->fd, true, &r->p, &is_there, &err), err);
    if (is_there)
        assert_ok(pl_engine_msg_parse((pl_str){r->buf, r->p.n}, 0, ret, &err), err);
    return is_there;
}

static void start_raw(struct raw *r, const char *address)
{
    pl_err err = {0};
    pl_engine_msg m = {.kind = PL_ENGINE_MSG_SETUP, .address = pl_str_c(address)};
    pl_rc rc = pl_role_spawn(&(pl_role_start){.word = "engine-client"}, &r->fd, &r->pid, &err);

    assert_ok(rc, err);
    send_raw(r, &m, NULL, 0);
    assert_true(hear_raw(r, &m));
    assert_int_equal(m.kind, PL_ENGINE_MSG_READY);
    assert_str(m.api, "1.41");
}

static int end_raw(struct raw *r)
{
    int status = 0;
    close(r->fd);
    assert_int_equal(waitpid(r->pid, &status, 0), r->pid);
    return status;
}

static void a_question_outside_the_table_is_refused_in_the_process(void **state)
{
    (void)state;
    static const fake_answer answers[] = {{.path = "/v1.41/info", .body = "{}"}};
    fake_engine e = {.api = "1.41", .answers = answers, .n = PL_COUNT(answers)};
    static const struct {
        uint32_t what;
        const char *id;
        pl_rc rc; /* PL_OK: DONE */
    } rows[] = {
        {PL_DOC_INFO, "", PL_OK},
        {PL_DOC_INFO, "x", PL_DENIED}, /* this kind has no place for an id */
        {0, "", PL_DENIED},
        {99, "", PL_DENIED},
        {PL_DOC_CONTEXT, "", PL_DENIED},
        {PL_DOC_DAEMON_JSON, "", PL_DENIED},
        {PL_DOC_CONTAINER, "", PL_DENIED},
        {PL_DOC_CONTAINER, "../../info", PL_DENIED},
        {PL_DOC_CONTAINER, "a/start?x=", PL_DENIED},
        {PL_DOC_CONTAINER, "a HTTP/1.1\r\nX: y", PL_DENIED},
        {PL_DOC_EXEC, "%2e%2e", PL_DENIED},
        {PL_DOC_EXPORT, "../containers/a", PL_DENIED},
        {PL_DOC_EXPORT, "a//b", PL_DENIED},
        {PL_DOC_EXPORT, "a?b", PL_DENIED},
        {PL_DOC_CONTAINER, "abc", PL_NOTFOUND}, /* asked, and the engine does not know it */
    };
    struct raw r;
    uint32_t tag = 0;

    fake_start(&e);
    start_raw(&r, e.address);
    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        PL_AUTO_FILE FILE *f = tmpfile();
        int fd = fileno(f);
        pl_engine_msg m = {.kind = PL_ENGINE_MSG_ASK,
                           .tag = ++tag,
                           .what = rows[i].what,
                           .id = pl_str_c(rows[i].id)};
        send_raw(&r, &m, &fd, 1);
        assert_true(hear_raw(&r, &m));
        if (m.tag != tag || (m.kind == PL_ENGINE_MSG_FAILED ? m.rc : PL_OK) != rows[i].rc)
            fail_msg("row %zu: kind %d, rc %d", i, (int)m.kind, (int)m.rc);
    }
    assert_true(WIFEXITED(end_raw(&r)));
    fake_stop(&e);
}

static void a_caller_that_breaks_the_protocol_is_left(void **state)
{
    (void)state;
    fake_engine e = {.api = "1.41"};
    static const char *const bad[] = {"", "x", "12345678",
                                      "\2\0\0\0\1\0\0\0\1\0\0\0\377\377\377\377"};
    static const size_t bad_n[] = {1, 1, 8, 16};

    fake_start(&e);
    for (size_t i = 0; i < PL_COUNT(bad) + 2; i++) {
        struct raw r;
        pl_engine_msg m = {0};
        start_raw(&r, e.address);
        if (i < PL_COUNT(bad)) {
            assert_int_equal(pl_packet_send(r.fd, (pl_str){bad[i], bad_n[i]}, NULL, 0, true, NULL),
                             PL_OK);
        } else { /* a question without its descriptor, and a second beginning */
            m = (pl_engine_msg){.kind = i % 2 ? PL_ENGINE_MSG_SETUP : PL_ENGINE_MSG_ASK,
                                .tag = i % 2 ? 0 : 1,
                                .what = PL_DOC_INFO};
            send_raw(&r, &m, NULL, 0);
        }
        assert_true(hear_raw(&r, &m));
        assert_int_equal(m.kind, PL_ENGINE_MSG_FAILED);
        assert_int_equal(m.tag, 0);
        assert_false(hear_raw(&r, &m));
        assert_true(WIFEXITED(end_raw(&r)));
    }
    fake_stop(&e);
}

static void a_body_goes_to_files_and_pipes_only(void **state)
{
    (void)state;
    static const fake_answer answers[] = {{.path = "/v1.41/info", .body = "{}"}};
    fake_engine e = {.api = "1.41", .answers = answers, .n = PL_COUNT(answers)};
    struct raw r;
    pl_engine_msg m = {.kind = PL_ENGINE_MSG_ASK, .tag = 1, .what = PL_DOC_INFO};
    PL_AUTO_FD int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);

    fake_start(&e);
    start_raw(&r, e.address);
    send_raw(&r, &m, &fd, 1);
    assert_true(hear_raw(&r, &m));
    assert_int_equal(m.kind, PL_ENGINE_MSG_FAILED);
    assert_int_equal(m.rc, PL_DENIED);
    (void)end_raw(&r);
    fake_stop(&e);
}

/* ---- its death ---- */

static void a_process_that_dies_fails_what_was_asked_and_what_comes_after(void **state)
{
    (void)state;
    static const fake_answer answers[] = {{.path = "/v1.41/info"},
                                          {.path = "/v1.41/images/sha256:0/get"}}; /* silence */
    fake_engine e = {.api = "1.41", .answers = answers, .n = PL_COUNT(answers)};
    pl_engine_ask export, asks[] = {{.kind = PL_DOC_INFO}, {.kind = PL_DOC_VERSION}};
    pl_err err = {0};
    int pipe_fds[2];
    char c1;

    fake_start(&e);
    PL_AUTO_ENGINE_CLIENT pl_engine_client *c = open_client(e.address);
    assert_int_equal(pipe(pipe_fds), 0);
    assert_ok(pl_engine_export_start(c, "sha256:0", pipe_fds[1], &export, &err), err);
    close(pipe_fds[1]);
    assert_int_equal(kill(client_pid(), SIGKILL), 0);
    pl_engine_get(c, asks, PL_COUNT(asks));
    for (size_t i = 0; i < PL_COUNT(asks); i++) {
        assert_int_equal(asks[i].rc, PL_WORKER);
        assert_non_null(strstr(asks[i].err.text, e.address));
        assert_non_null(strstr(asks[i].err.text, "the engine client died: Killed"));
    }
    assert_int_equal(read(pipe_fds[0], &c1, 1), 0); /* the reader sees an end */
    assert_int_equal(pl_engine_export_finish(c, &export, &err), PL_WORKER);
    assert_non_null(strstr(err.text, e.address));
    pl_engine_get(c, asks, 1);
    assert_int_equal(asks[0].rc, PL_WORKER);
    close(pipe_fds[0]);
    fake_stop(&e);
}

/* ---- images ---- */

static const fake_answer images[] = {
    {.path = "/v1.41/images/sha256:ab/get", .body = "tar", .padding = 3 << 20},
    {.path = "/v1.41/images/reg.example:5000/a/b:1.0/get", .body = "named"},
    {.path = "/v1.41/images/sha256:bad/get",
     .body = "{\"message\":\"no such image\"}",
     .status = 404},
    {.path = "/v1.41/info", .body = "{}"},
};

static void an_image_streams_while_documents_are_asked_for(void **state)
{
    (void)state;
    fake_engine e = {.api = "1.41", .answers = images, .n = PL_COUNT(images)};
    pl_engine_ask export, info = {.kind = PL_DOC_INFO};
    pl_err err = {0};
    int fds[2];
    static char block[1 << 16];
    size_t n = 0;

    fake_start(&e);
    PL_AUTO_ENGINE_CLIENT pl_engine_client *c = open_client(e.address);
    assert_int_equal(pipe(fds), 0);
    assert_ok(pl_engine_export_start(c, "sha256:ab", fds[1], &export, &err), err);
    close(fds[1]);
    pl_engine_get(c, &info, 1); /* the pipe is full by now, or will be */
    assert_ok(info.rc, info.err);
    assert_str(pl_buf_view(&info.body), "{}");
    pl_engine_ask_done(&info);
    for (ssize_t got; (got = read(fds[0], block, sizeof(block))) > 0; n += (size_t)got)
        if (n == 0)
            assert_memory_equal(block, "tar ", 4);
    assert_int_equal(n, (3 << 20) + 3);
    assert_ok(pl_engine_export_finish(c, &export, &err), err);
    close(fds[0]);
    fake_stop(&e);
}

static void an_image_can_be_named(void **state)
{
    (void)state;
    fake_engine e = {.api = "1.41", .answers = images, .n = PL_COUNT(images)};
    pl_engine_ask export;
    pl_err err = {0};
    int fds[2];
    char text[16] = "";

    fake_start(&e);
    PL_AUTO_ENGINE_CLIENT pl_engine_client *c = open_client(e.address);
    assert_int_equal(pipe(fds), 0);
    assert_ok(pl_engine_export_start(c, "reg.example:5000/a/b:1.0", fds[1], &export, &err), err);
    close(fds[1]);
    assert_ok(pl_engine_export_finish(c, &export, &err), err);
    assert_int_equal(read(fds[0], text, sizeof(text)), 5);
    assert_string_equal(text, "named");
    close(fds[0]);
    fake_stop(&e);
}

static void a_reader_that_goes_ends_the_export(void **state)
{
    (void)state;
    fake_engine e = {.api = "1.41", .answers = images, .n = PL_COUNT(images)};
    pl_engine_ask export, info = {.kind = PL_DOC_INFO};
    pl_err err = {0};
    int fds[2];
    char first;

    fake_start(&e);
    PL_AUTO_ENGINE_CLIENT pl_engine_client *c = open_client(e.address);
    assert_int_equal(pipe(fds), 0);
    assert_ok(pl_engine_export_start(c, "sha256:ab", fds[1], &export, &err), err);
    close(fds[1]);
    assert_int_equal(read(fds[0], &first, 1), 1);
    close(fds[0]);
    assert_int_not_equal(pl_engine_export_finish(c, &export, &err), PL_OK);
    assert_non_null(strstr(err.text, "reader"));
    pl_engine_get(c, &info, 1); /* the client goes on */
    assert_ok(info.rc, info.err);
    pl_engine_ask_done(&info);
    fake_stop(&e);
}

static void an_image_that_is_not_there_writes_nothing(void **state)
{
    (void)state;
    fake_engine e = {.api = "1.41", .answers = images, .n = PL_COUNT(images)};
    pl_engine_ask export;
    pl_err err = {0};
    int fds[2];
    char c1;

    fake_start(&e);
    PL_AUTO_ENGINE_CLIENT pl_engine_client *c = open_client(e.address);
    assert_int_equal(pipe(fds), 0);
    assert_ok(pl_engine_export_start(c, "sha256:bad", fds[1], &export, &err), err);
    close(fds[1]);
    assert_int_equal(read(fds[0], &c1, 1), 0);
    assert_int_equal(pl_engine_export_finish(c, &export, &err), PL_NOTFOUND);
    assert_non_null(strstr(err.text, "HTTP status 404: {\"message\":\"no such image\"}"));
    close(fds[0]);
    fake_stop(&e);
}

/* ---- messages ---- */

static void every_message_is_read_back_and_no_part_of_it_is(void **state)
{
    (void)state;
    const pl_engine_msg rows[] = {
        {.kind = PL_ENGINE_MSG_SETUP, .address = PL_S("tcp://h:1"), .ca = PL_S("/ca"), .tls = true},
        {.kind = PL_ENGINE_MSG_ASK, .tag = 7, .what = PL_DOC_IMAGE, .id = PL_S("sha256:1")},
        {.kind = PL_ENGINE_MSG_READY, .api = PL_S("1.41"), .given = 15},
        {.kind = PL_ENGINE_MSG_DONE, .tag = 7, .length = UINT64_MAX},
        {.kind = PL_ENGINE_MSG_FAILED, .tag = 7, .rc = PL_NET, .sys = 2, .text = PL_S("why")},
    };
    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        PL_AUTO_BUF pl_buf b = {0};
        pl_engine_msg m = {0};
        size_t n_fds = rows[i].kind == PL_ENGINE_MSG_ASK;
        pl_engine_msg_write(&rows[i], &b);
        assert_int_equal(pl_engine_msg_parse(pl_buf_view(&b), n_fds, &m, NULL), PL_OK);
        assert_int_equal(m.kind, rows[i].kind);
        assert_int_equal(m.tag, rows[i].tag);
        assert_true(pl_str_eq(m.address, rows[i].address) && pl_str_eq(m.ca, rows[i].ca));
        assert_true(pl_str_eq(m.id, rows[i].id) && pl_str_eq(m.api, rows[i].api));
        assert_true(pl_str_eq(m.text, rows[i].text) && m.length == rows[i].length);
        assert_true(m.what == rows[i].what && m.given == rows[i].given && m.tls == rows[i].tls);
        assert_true(m.rc == rows[i].rc && m.sys == rows[i].sys);
        assert_int_equal(pl_engine_msg_parse(pl_buf_view(&b), n_fds + 1, &m, NULL), PL_FORMAT);
        for (size_t cut = 0; cut < b.n; cut++)
            assert_int_equal(pl_engine_msg_parse((pl_str){b.p, cut}, n_fds, &m, NULL), PL_FORMAT);
        pl_buf_ch(&b, 'x');
        assert_int_equal(pl_engine_msg_parse(pl_buf_view(&b), n_fds, &m, NULL), PL_FORMAT);
    }
}

static void what_a_message_may_not_say_is_no_message(void **state)
{
    (void)state;
    static char long_id[PL_ENGINE_ID_MAX + 1], long_path[PL_ENGINE_PATH_MAX];
    memset(long_id, 'a', sizeof(long_id));
    memset(long_path, 'a', sizeof(long_path));
    const pl_engine_msg rows[] = {
        {.kind = PL_ENGINE_MSG_SETUP, .tag = 1, .address = PL_S("/s")},
        {.kind = PL_ENGINE_MSG_SETUP, .address = PL_S("/s\0/t")},
        {.kind = PL_ENGINE_MSG_SETUP, .address = PL_S("/s"), .key = {long_path, sizeof(long_path)}},
        {.kind = PL_ENGINE_MSG_ASK, .tag = 0, .what = PL_DOC_INFO},
        {.kind = PL_ENGINE_MSG_ASK, .tag = 1, .id = {long_id, sizeof(long_id)}},
        {.kind = PL_ENGINE_MSG_ASK, .tag = 1, .id = PL_S("ab\0/start")},
        {.kind = PL_ENGINE_MSG_READY, .tag = 1, .api = PL_S("1.41")},
        {.kind = PL_ENGINE_MSG_READY, .api = PL_S("1.41\n")},
        {.kind = PL_ENGINE_MSG_READY, .api = PL_S("one")},
        {.kind = PL_ENGINE_MSG_DONE, .tag = 0},
        {.kind = PL_ENGINE_MSG_FAILED, .rc = PL_OK, .text = PL_S("all is well")},
        {.kind = PL_ENGINE_MSG_FAILED, .rc = PL_TAMPERED, .text = PL_S("x")},
    };
    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        PL_AUTO_BUF pl_buf b = {0};
        pl_engine_msg m = {0};
        pl_engine_msg_write(&rows[i], &b);
        if (pl_engine_msg_parse(pl_buf_view(&b), rows[i].kind == PL_ENGINE_MSG_ASK, &m, NULL) !=
            PL_FORMAT)
            fail_msg("row %zu", i);
    }
}

static void addresses_are_taken_apart(void **state)
{
    (void)state;
    static const struct {
        const char *address;
        bool has_tls;
        pl_rc rc;
        const char *socket, *host, *base;
        uint16_t port;
    } rows[] = {
        {"unix:///run/d.sock", false, PL_OK, "/run/d.sock", "", "http://engine", 0},
        {"/run/d.sock", true, PL_OK, "/run/d.sock", "", "http://engine", 0},
        {"tcp://10.0.0.1:2375", false, PL_OK, "", "10.0.0.1", "http://10.0.0.1:2375", 2375},
        {"tcp://h.example:2376/", true, PL_OK, "", "h.example", "https://h.example:2376", 2376},
        {"https://h", false, PL_OK, "", "h", "https://h", 443},
        {"http://h", false, PL_OK, "", "h", "http://h", 80},
        {"tcp://[::1]:2376", true, PL_OK, "", "::1", "https://[::1]:2376", 2376},
        {"tcp://h:0", false, PL_UNSUPPORTED, "", "", "", 0},
        {"tcp://h:65536", false, PL_UNSUPPORTED, "", "", "", 0},
        {"tcp://h:1x", false, PL_UNSUPPORTED, "", "", "", 0},
        {"tcp://user@h:1", false, PL_UNSUPPORTED, "", "", "", 0},
        {"tcp://", false, PL_UNSUPPORTED, "", "", "", 0},
        {"tcp://h\r\nX:1", false, PL_UNSUPPORTED, "", "", "", 0},
    };
    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        pl_engine_place p;
        pl_rc rc = pl_engine_place_of(rows[i].address, rows[i].has_tls, &p, NULL);
        if (rc != rows[i].rc)
            fail_msg("%s: %d", rows[i].address, (int)rc);
        if (rc != PL_OK)
            continue;
        assert_true(pl_str_eq(p.socket, pl_str_c(rows[i].socket)));
        assert_true(pl_str_eq(p.host, pl_str_c(rows[i].host)));
        assert_string_equal(p.base, rows[i].base);
        assert_int_equal(p.port, rows[i].port);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_process_has_no_privilege_and_no_folder),
        cmocka_unit_test(root_becomes_whoever_may_just_connect),
        cmocka_unit_test(it_reaches_its_engine_and_nothing_else),
        cmocka_unit_test(a_question_outside_the_table_is_refused_in_the_process),
        cmocka_unit_test(a_caller_that_breaks_the_protocol_is_left),
        cmocka_unit_test(a_body_goes_to_files_and_pipes_only),
        cmocka_unit_test(a_process_that_dies_fails_what_was_asked_and_what_comes_after),
        cmocka_unit_test(an_image_streams_while_documents_are_asked_for),
        cmocka_unit_test(an_image_can_be_named),
        cmocka_unit_test(a_reader_that_goes_ends_the_export),
        cmocka_unit_test(an_image_that_is_not_there_writes_nothing),
        cmocka_unit_test(every_message_is_read_back_and_no_part_of_it_is),
        cmocka_unit_test(what_a_message_may_not_say_is_no_message),
        cmocka_unit_test(addresses_are_taken_apart),
    };
    pl_engine_client_main(argc, argv);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
