/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "core/clock.h"
#include "core/jail.h"
#include "core/rd.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

/* Generous, so that a busy machine does not fail a good worker; and one limit at a time. */
static const pl_jail_limits roomy = {
    .ms = 120000, .cpu_s = 60, .memory = 256u << 20, .output = 1 << 20};
static const pl_jail_limits little_time = {
    .ms = 300, .cpu_s = 60, .memory = 256u << 20, .output = 1 << 20};
static const pl_jail_limits little_cpu = {
    .ms = 120000, .cpu_s = 1, .memory = 256u << 20, .output = 1 << 20};

/* ---- what the workers do ---- */

static pl_rc says(int out, const char *text, pl_err *err)
{
    return pl_jail_send(out, PL_FRAME_USER, pl_str_c(text), err);
}

static pl_rc echoes(int in, int out, pl_str args, pl_err *err)
{
    PL_AUTO_BUF pl_buf b = {0};
    pl_buf_str(&b, args);
    pl_rc rc = pl_read_all(in, 1 << 20, &b, err);
    return rc ? rc : pl_jail_send(out, PL_FRAME_USER, pl_buf_view(&b), err);
}

static pl_rc complains(int in, int out, pl_str args, pl_err *err)
{
    (void)in, (void)out, (void)args;
    return pl_fail(err, PL_FORMAT, "line 7: \x1b[31mbad");
}

static pl_rc claims_tampering(int in, int out, pl_str args, pl_err *err)
{
    (void)in, (void)out, (void)args;
    return pl_fail(err, PL_TAMPERED, "believe me");
}

static pl_rc crashes(int in, int out, pl_str args, pl_err *err)
{
    (void)in, (void)out, (void)args, (void)err;
    abort();
}

static pl_rc spins(int in, int out, pl_str args, pl_err *err)
{
    (void)in, (void)out, (void)args, (void)err;
    volatile bool on = true;
    while (on)
        ;
    return PL_OK;
}

/* Nobody writes to the pipe that it reads. */
static pl_rc waits(int in, int out, pl_str args, pl_err *err)
{
    char c;
    (void)out, (void)args, (void)err;
    return read(in, &c, 1) == 1 ? PL_OK : PL_FORMAT;
}

static pl_rc floods(int in, int out, pl_str args, pl_err *err)
{
    static char page[65536];
    (void)in, (void)args;
    for (;;) {
        pl_rc rc = pl_jail_send(out, PL_FRAME_USER, (pl_str){page, sizeof(page)}, err);
        if (rc)
            return rc;
    }
}

static pl_rc floods_empty(int in, int out, pl_str args, pl_err *err)
{
    (void)in, (void)args;
    for (;;) {
        pl_rc rc = pl_jail_send(out, PL_FRAME_USER, PL_S(""), err);
        if (rc)
            return rc;
    }
}

static pl_rc stops_early(int in, int out, pl_str args, pl_err *err)
{
    (void)in, (void)args;
    (void)says(out, "half", err);
    _exit(0);
}

/* Each of these calls must fail; in a release build it must not even fail but kill. */
static pl_rc opens(int in, int out, pl_str args, pl_err *err)
{
    (void)in, (void)args;
    return says(out, open("/etc/passwd", O_RDONLY | O_CLOEXEC) < 0 ? "denied" : "open", err);
}

static pl_rc connects(int in, int out, pl_str args, pl_err *err)
{
    (void)in, (void)args;
    return says(out, socket(AF_INET, SOCK_STREAM, 0) < 0 ? "denied" : "socket", err);
}

static pl_rc stats(int in, int out, pl_str args, pl_err *err)
{
    struct stat st;
    (void)in, (void)args;
    return says(out, fstatat(AT_FDCWD, "/etc/passwd", &st, 0) < 0 ? "denied" : "stat", err);
}

static pl_rc forks(int in, int out, pl_str args, pl_err *err)
{
    (void)in, (void)args, (void)out;
    if (fork() < 0)
        abort();
    return says(out, "forked", err);
}

static pl_rc maps_code(int in, int out, pl_str args, pl_err *err)
{
    (void)in, (void)args;
    void *p =
        mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED)
        abort();
    return says(out, "mapped", err);
}

static pl_rc kills_parent(int in, int out, pl_str args, pl_err *err)
{
    (void)in, (void)args;
    if (kill(getppid(), SIGKILL) < 0)
        abort();
    return says(out, "killed", err);
}

static pl_rc writes_escapes(int in, int out, pl_str args, pl_err *err)
{
    static const char text[] = "\x1b]0;owned\x07\xe2\x80\xae evil";
    (void)in, (void)args;
    (void)!write(2, text, sizeof(text) - 1);
    return says(out, "all well", err);
}

static pl_rc floods_stderr(int in, int out, pl_str args, pl_err *err)
{
    static const char text[1000] = "oooooooooooooooooooooooooooooooooooooooooooooooooooooooooo";
    (void)in, (void)args, (void)out, (void)err;
    while (write(2, text, 50) == 50)
        ;
    return PL_OK;
}

static pl_rc writes_stdout(int in, int out, pl_str args, pl_err *err)
{
    (void)in, (void)args;
    return says(out, write(1, "x", 1) < 0 && errno == EBADF ? "closed" : "open", err);
}

static void raw(int out, uint32_t type, uint32_t n, const char *bytes)
{
    PL_AUTO_BUF pl_buf b = {0};
    pl_buf_u32le(&b, type);
    pl_buf_u32le(&b, n);
    pl_buf_c(&b, bytes);
    (void)!pl_write_all(out, pl_buf_view(&b), NULL);
}

static pl_rc lies_about_length(int in, int out, pl_str args, pl_err *err)
{
    (void)in, (void)args, (void)err;
    raw(out, PL_FRAME_USER, 1000, "short");
    _exit(0);
}

static pl_rc lies_wildly(int in, int out, pl_str args, pl_err *err)
{
    (void)in, (void)args, (void)err;
    raw(out, PL_FRAME_USER, UINT32_MAX, "short");
    _exit(0);
}

static pl_rc ends_twice(int in, int out, pl_str args, pl_err *err)
{
    (void)in, (void)args;
    return pl_jail_send(out, PL_FRAME_END, PL_S(""), err);
}

static pl_rc ends_with_bytes(int in, int out, pl_str args, pl_err *err)
{
    (void)in, (void)args;
    return pl_jail_send(out, PL_FRAME_END, PL_S("x"), err);
}

static pl_rc is_ready_again(int in, int out, pl_str args, pl_err *err)
{
    (void)in, (void)args;
    return pl_jail_send(out, PL_FRAME_READY, PL_S("\xff\xff\xff\xff"), err);
}

static pl_rc sends_a_reserved_type(int in, int out, pl_str args, pl_err *err)
{
    (void)in, (void)args;
    return pl_jail_send(out, PL_FRAME_USER - 1, PL_S(""), err);
}

static pl_rc ends_then_spins(int in, int out, pl_str args, pl_err *err)
{
    pl_rc rc = pl_jail_send(out, PL_FRAME_END, PL_S(""), err);
    return rc ? rc : spins(in, out, args, err);
}

static pl_rc closes_then_spins(int in, int out, pl_str args, pl_err *err)
{
    pl_rc rc = pl_jail_send(out, PL_FRAME_END, PL_S(""), err);
    close(2);
    close(out);
    return rc ? rc : spins(in, out, args, err);
}

static pl_rc fails_after_end(int in, int out, pl_str args, pl_err *err)
{
    (void)in, (void)args;
    (void)!pl_jail_send(out, PL_FRAME_END, PL_S(""), err);
    _exit(9);
}

/* "FD FD ...": which of 0 to 255 are open. */
static pl_rc lists_descriptors(int in, int out, pl_str args, pl_err *err)
{
    PL_AUTO_BUF pl_buf b = {0};
    (void)in, (void)args;
    for (int fd = 0; fd < 256; fd++)
        if (fcntl(fd, F_GETFD) >= 0)
            pl_buf_fmt(&b, "%d ", fd);
    return pl_jail_send(out, PL_FRAME_USER, pl_buf_view(&b), err);
}

static pl_rc reads_extra(int in, int out, pl_str args, pl_err *err)
{
    char c[3] = {0};
    (void)in, (void)args;
    if (read(5, c, 1) != 1 || read(6, c + 1, 1) != 1)
        return pl_fail_sys(err, errno, "read extra descriptor");
    return says(out, c, err);
}

static pl_rc tells_uid(int in, int out, pl_str args, pl_err *err)
{
    bool is_root = getuid() == 0 || geteuid() == 0 || getgid() == 0 || getegid() == 0;
    (void)in, (void)args;
    return says(out, is_root ? "root" : "not root", err);
}

static pl_rc tells_environment(int in, int out, pl_str args, pl_err *err)
{
    (void)in, (void)args;
    return says(out, getenv("PL_TEST_CREDENTIAL") ? "has it" : "empty", err);
}

static pl_rc fills_memory(int in, int out, pl_str args, pl_err *err)
{
    (void)in, (void)out, (void)args;
    char *volatile p = malloc((size_t)1 << 30); /* volatile: else the call is optimised away */
    return p ? PL_OK : pl_fail(err, PL_NOMEM, "1 GiB");
}

/* The word that the job before left in its heap, input and arguments. */
static pl_rc looks_for_leftovers(int in, int out, pl_str args, pl_err *err)
{
    PL_AUTO_FREE char *heap = malloc(8 << 20);
    PL_AUTO_BUF pl_buf b = {0};
    pl_rc rc = pl_read_all(in, 1 << 20, &b, err);
    pl_str all = {heap, heap ? 8 << 20 : 0};
    bool found = pl_str_has(all, args) || pl_str_has(pl_buf_view(&b), args);

    return rc ? rc : says(out, found ? "found" : "clean", err);
}

static const pl_worker_kind kinds[] = {
    {"echoes", echoes},
    {"complains", complains},
    {"claims_tampering", claims_tampering},
    {"crashes", crashes},
    {"spins", spins},
    {"waits", waits},
    {"floods", floods},
    {"floods_empty", floods_empty},
    {"stops_early", stops_early},
    {"opens", opens},
    {"connects", connects},
    {"stats", stats},
    {"forks", forks},
    {"maps_code", maps_code},
    {"kills_parent", kills_parent},
    {"writes_escapes", writes_escapes},
    {"floods_stderr", floods_stderr},
    {"writes_stdout", writes_stdout},
    {"lies_about_length", lies_about_length},
    {"lies_wildly", lies_wildly},
    {"ends_twice", ends_twice},
    {"ends_with_bytes", ends_with_bytes},
    {"is_ready_again", is_ready_again},
    {"sends_a_reserved_type", sends_a_reserved_type},
    {"ends_then_spins", ends_then_spins},
    {"closes_then_spins", closes_then_spins},
    {"fails_after_end", fails_after_end},
    {"lists_descriptors", lists_descriptors},
    {"reads_extra", reads_extra},
    {"tells_uid", tells_uid},
    {"tells_environment", tells_environment},
    {"fills_memory", fills_memory},
    {"looks_for_leftovers", looks_for_leftovers},
    {NULL, NULL},
};

/* ---- the tests ---- */

struct seen {
    char text[512];
    size_t frames;
};

static pl_rc remember(uint32_t type, pl_str payload, void *arg, pl_err *err)
{
    struct seen *s = arg;
    (void)type, (void)err;
    s->frames++;
    (void)snprintf(s->text, sizeof(s->text), "%.*s", PL_F(payload));
    return PL_OK;
}

static pl_rc refuse(uint32_t type, pl_str payload, void *arg, pl_err *err)
{
    (void)payload, (void)arg;
    return pl_fail(err, PL_FORMAT, "frame type %u is not for me", type);
}

static pl_rc run_within(const pl_jail_limits *l, const char *kind, struct seen *seen, pl_err *err)
{
    const pl_jail_job job = {.kind = kind, .limits = l, .frame = remember, .frame_arg = seen};
    return pl_jail_run_bytes(&job, PL_S("input"), err);
}

static pl_rc run(const char *kind, struct seen *seen, pl_err *err)
{
    return run_within(&roomy, kind, seen, err);
}

static void assert_says(const char *kind, const char *want)
{
    struct seen seen = {0};
    pl_err err = {0};
    assert_ok(run(kind, &seen, &err), err);
    assert_string_equal(seen.text, want);
    assert_int_equal(seen.frames, 1);
}

static void a_good_worker_is_heard(void **state)
{
    struct seen seen = {0};
    pl_err err = {0};
    const pl_jail_job job = {.kind = "echoes",
                             .args = PL_S("args "),
                             .limits = &roomy,
                             .frame = remember,
                             .frame_arg = &seen};
    (void)state;
    assert_ok(pl_jail_run_bytes(&job, PL_S("and input"), &err), err);
    assert_string_equal(seen.text, "args and input");
}

static pl_rc count(uint32_t type, pl_str payload, void *arg, pl_err *err)
{
    (void)type, (void)err;
    *(size_t *)arg += payload.n;
    return PL_OK;
}

static void large_input_arguments_and_answer_pass_whole(void **state)
{
    PL_AUTO_BUF pl_buf big = {0};
    size_t got = 0;
    pl_err err = {0};
    const pl_jail_limits wide = {
        .ms = 120000, .cpu_s = 60, .memory = 256u << 20, .output = 2 << 20};
    (void)state;

    for (size_t i = 0; i < 100000; i++)
        pl_buf_c(&big, "012345678\n");
    const pl_jail_job job = {.kind = "echoes",
                             .args = pl_str_sub(pl_buf_view(&big), 0, 64 << 10),
                             .limits = &wide,
                             .frame = count,
                             .frame_arg = &got};
    assert_ok(pl_jail_run_bytes(&job, pl_buf_view(&big), &err), err);
    assert_int_equal(got, big.n + (64 << 10));

    pl_jail_job talkative = job;
    talkative.args = pl_str_sub(pl_buf_view(&big), 0, (64 << 10) + 1);
    assert_int_equal(pl_jail_run_bytes(&talkative, PL_S(""), &err), PL_LIMIT);
}

static void a_workers_error_comes_through_escaped(void **state)
{
    struct seen seen = {0};
    pl_err err = {0};
    (void)state;
    assert_int_equal(run("complains", &seen, &err), PL_FORMAT);
    assert_string_equal(err.text, "line 7: \\x1b[31mbad");
}

static void a_worker_sees_no_files_and_no_network(void **state)
{
    (void)state;
    assert_says("opens", "denied");
    assert_says("connects", "denied");
}

static void a_worker_cannot_even_tell_that_a_file_is_there(void **state)
{
    struct seen seen = {0};
    pl_err err = {0};
    (void)state;
    assert_ok(run("stats", &seen, &err), err);
    if (strcmp(seen.text, "denied") != 0)
        skip(); /* no user namespaces here: the root folder could not be changed */
}

static void a_worker_is_not_root(void **state)
{
    (void)state;
    if (strstr(pl_jail_strength(), "uid kept"))
        skip(); /* root of a user namespace without another uid */
    assert_says("tells_uid", "not root");
}

static void a_worker_has_no_environment(void **state)
{
    (void)state;
    assert_int_equal(setenv("PL_TEST_CREDENTIAL", "hunter2", 1), 0);
    assert_says("tells_environment", "empty");
}

static void a_worker_holds_only_the_named_descriptors(void **state)
{
    int leaks[5];
    struct seen seen = {0};
    pl_err err = {0};
    (void)state;

    /* Without O_CLOEXEC, as a careless library opens them. */
    for (size_t i = 0; i < PL_COUNT(leaks); i++)
        leaks[i] = open("/etc/hostname", O_RDONLY); /* NOLINT(android-cloexec-open) */
    int high = fcntl(leaks[0], F_DUPFD, 200);
    assert_says("lists_descriptors", "2 3 4 ");

    const pl_jail_job job = {.kind = "lists_descriptors",
                             .in_fd = leaks[3],
                             .fds = (const int[]){leaks[1], high, leaks[1]},
                             .n_fds = 3,
                             .limits = &roomy,
                             .frame = remember,
                             .frame_arg = &seen};
    assert_ok(pl_jail_run(&job, &err), err);
    assert_string_equal(seen.text, "2 3 4 5 6 7 ");
    for (size_t i = 0; i < PL_COUNT(leaks); i++)
        close(leaks[i]);
    close(high);
}

static void extra_descriptors_come_in_their_order(void **state)
{
    int a[2];
    int b[2];
    struct seen seen = {0};
    pl_err err = {0};
    (void)state;

    assert_int_equal(pipe2(a, O_CLOEXEC) | pipe2(b, O_CLOEXEC), 0);
    assert_int_equal(write(a[1], "a", 1) + write(b[1], "b", 1), 2);
    const pl_jail_job job = {.kind = "reads_extra",
                             .in_fd = a[0],
                             .fds = (const int[]){b[0], a[0]},
                             .n_fds = 2,
                             .limits = &roomy,
                             .frame = remember,
                             .frame_arg = &seen};
    assert_ok(pl_jail_run(&job, &err), err);
    assert_string_equal(seen.text, "ba");
    close(a[0]), close(a[1]), close(b[0]), close(b[1]);
}

static void standard_output_is_closed(void **state)
{
    (void)state;
    assert_says("writes_stdout", "closed");
}

static void a_second_job_finds_nothing_of_the_first(void **state)
{
    static const char word[] = "xyzzy-the-first-jobs-secret";
    struct seen seen = {0};
    pl_err err = {0};
    pl_jail_job job = {.kind = "echoes",
                       .args = PL_S(word),
                       .limits = &roomy,
                       .frame = remember,
                       .frame_arg = &seen};
    (void)state;
    assert_ok(pl_jail_run_bytes(&job, PL_S(word), &err), err);
    job.kind = "looks_for_leftovers";
    assert_ok(pl_jail_run_bytes(&job, PL_S("other input"), &err), err);
    assert_string_equal(seen.text, "clean");
}

static void the_frame_reader_may_refuse(void **state)
{
    const pl_jail_job job = {.kind = "echoes", .limits = &roomy, .frame = refuse};
    pl_err err = {0};
    (void)state;
    assert_int_equal(pl_jail_run_bytes(&job, PL_S("x"), &err), PL_FORMAT);
    assert_string_equal(err.text, "frame type 16 is not for me");

    const pl_jail_job deaf = {.kind = "echoes", .limits = &roomy};
    assert_int_equal(pl_jail_run_bytes(&deaf, PL_S("x"), &err), PL_WORKER);
}

/* In a sanitizer build a forbidden call fails instead of killing, and the workers abort on it. */
#define FORBIDDEN(kind) (PL_SANITIZED ? "" : "worker " kind " made a forbidden system call")
#define OUT_OF_ORDER(kind, type) "worker " kind " sent a frame of type " type " out of order"

static void a_bad_worker_is_one_error_and_no_more(void **state)
{
    static const struct {
        const char *kind;
        const pl_jail_limits *within;
        pl_rc want;
        const char *text; /* of the start of the error */
    } cases[] = {
        {"crashes", &roomy, PL_WORKER, PL_SANITIZED ? "" : "worker crashes died: Aborted"},
        {"forks", &roomy, PL_WORKER, FORBIDDEN("forks")},
        {"maps_code", &roomy, PL_WORKER, FORBIDDEN("maps_code")},
        {"kills_parent", &roomy, PL_WORKER, FORBIDDEN("kills_parent")},
        {"stops_early", &roomy, PL_WORKER, "worker stops_early broke off its answer"},
        {"claims_tampering", &roomy, PL_WORKER,
         "worker claims_tampering sent an error that is none"},
        {"floods", &roomy, PL_LIMIT, "worker floods: answer is over 1048576 bytes"},
        {"floods_empty", &roomy, PL_LIMIT, "worker floods_empty: answer is over 1048576 bytes"},
        {"lies_about_length", &roomy, PL_WORKER, "worker lies_about_length broke off its answer"},
        {"lies_wildly", &roomy, PL_LIMIT, "worker lies_wildly: answer is over 1048576 bytes"},
        {"ends_twice", &roomy, PL_WORKER, "worker ends_twice went on after its last frame"},
        {"ends_with_bytes", &roomy, PL_WORKER, OUT_OF_ORDER("ends_with_bytes", "0")},
        {"is_ready_again", &roomy, PL_WORKER, OUT_OF_ORDER("is_ready_again", "2")},
        {"sends_a_reserved_type", &roomy, PL_WORKER, OUT_OF_ORDER("sends_a_reserved_type", "15")},
        {"fails_after_end", &roomy, PL_WORKER, "worker fails_after_end ended with status 9"},
        {"writes_escapes", &roomy, PL_WORKER,
         "worker writes_escapes wrote to stderr: \"\\x1b]0;owned\\x07\\u202e evil\""},
        {"floods_stderr", &roomy, PL_WORKER, "worker floods_stderr wrote to stderr: \"oooooo"},
        {"spins", &little_time, PL_TIMEOUT, "worker spins took over 300 ms"},
        {"ends_then_spins", &little_time, PL_TIMEOUT, "worker ends_then_spins took over 300 ms"},
        {"closes_then_spins", &little_time, PL_TIMEOUT,
         "worker closes_then_spins took over 300 ms"},
        {"spins", &little_cpu, PL_TIMEOUT, "worker spins used 1 s of CPU"},
    };
    (void)state;

    for (size_t i = 0; i < PL_COUNT(cases); i++) {
        struct seen seen = {0};
        pl_err err = {0};
        pl_rc rc = run_within(cases[i].within, cases[i].kind, &seen, &err);
        if (rc != cases[i].want || strncmp(err.text, cases[i].text, strlen(cases[i].text)) != 0)
            fail_msg("%s: %s: %s", cases[i].kind, pl_rc_text(rc), err.text);
    }
}

static void a_worker_that_waits_for_ever_is_stopped(void **state)
{
    int fds[2];
    pl_err err = {0};
    (void)state;
    assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
    const pl_jail_job job = {.kind = "waits", .in_fd = fds[0], .limits = &little_time};
    assert_int_equal(pl_jail_run(&job, &err), PL_TIMEOUT);
    close(fds[0]), close(fds[1]);
}

#if !PL_SANITIZED /* RLIMIT_AS is not applied there */
static void memory_has_its_limit(void **state)
{
    struct seen seen = {0};
    pl_err err = {0};
    (void)state;
    assert_int_equal(run("fills_memory", &seen, &err), PL_NOMEM);
}
#endif

static void no_worker_is_left_behind(void **state)
{
    (void)state;
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
}

static void strength_is_said(void **state)
{
    (void)state;
    const char *s = pl_jail_strength();
    assert_true(strcmp(s, "full") == 0 || strncmp(s, "reduced: ", 9) == 0);
    assert_null(strstr(s, "no workers"));
}

static int child_passes(void)
{
    pl_err err = {0};
    struct seen seen = {0};

    if (setgroups(0, NULL) || setresgid(1234, 1234, 1234) || setresuid(1234, 1234, 1234))
        return 2;
    return run("opens", &seen, &err) == PL_OK && strcmp(seen.text, "denied") == 0 ? 0 : 1;
}

static void an_ordinary_user_has_the_same_jail(void **state)
{
    int status = 0;
    (void)state;
    if (geteuid() != 0)
        skip(); /* the other tests are that user's */
    pid_t pid = fork();
    if (pid == 0)
        _exit(child_passes());
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 2)
        skip(); /* root without the right to become somebody else */
    assert_int_equal(status, 0);
}

int main(int argc, char **argv)
{
    pl_jail_main(argc, argv, kinds);

    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_worker_is_heard),
        cmocka_unit_test(large_input_arguments_and_answer_pass_whole),
        cmocka_unit_test(a_workers_error_comes_through_escaped),
        cmocka_unit_test(a_worker_sees_no_files_and_no_network),
        cmocka_unit_test(a_worker_cannot_even_tell_that_a_file_is_there),
        cmocka_unit_test(a_worker_is_not_root),
        cmocka_unit_test(a_worker_has_no_environment),
        cmocka_unit_test(a_worker_holds_only_the_named_descriptors),
        cmocka_unit_test(extra_descriptors_come_in_their_order),
        cmocka_unit_test(standard_output_is_closed),
        cmocka_unit_test(a_second_job_finds_nothing_of_the_first),
        cmocka_unit_test(the_frame_reader_may_refuse),
        cmocka_unit_test(a_bad_worker_is_one_error_and_no_more),
        cmocka_unit_test(a_worker_that_waits_for_ever_is_stopped),
#if !PL_SANITIZED
        cmocka_unit_test(memory_has_its_limit),
#endif
        cmocka_unit_test(no_worker_is_left_behind),
        cmocka_unit_test(strength_is_said),
        cmocka_unit_test(an_ordinary_user_has_the_same_jail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
