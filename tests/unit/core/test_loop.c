/* SPDX-License-Identifier: Apache-2.0 */
/* The event loop with real timers, pipes, processes and signals. */
#include "test.h"

#include "core/loop.h"

#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>

/* What happened, one letter each, in order. */
struct story {
    pl_loop *loop;
    char text[64];
    size_t n;
    size_t until; /* letters after which the loop is stopped; 0: never */
    int what;     /* of the last event */
};

static void tell(struct story *s, char c)
{
    if (s->n < sizeof(s->text) - 1)
        s->text[s->n++] = c;
    if (s->until && s->n == s->until)
        pl_loop_stop(s->loop);
}

static pl_loop *loop(void)
{
    pl_err err = {0};
    pl_loop *l = NULL;
    pl_rc rc = pl_loop_new(&l, &err);
    assert_ok(rc, err);
    return l;
}

static void on_a(pl_loop_event *e, int what, void *arg)
{
    (void)e;
    assert_int_equal(what, 0);
    tell(arg, 'a');
}

static void on_b(pl_loop_event *e, int what, void *arg)
{
    (void)e;
    (void)what;
    tell(arg, 'b');
}

static pl_loop_event *timer(pl_loop *l, pl_loop_fn fn, void *arg)
{
    pl_err err = {0};
    pl_loop_event *e = NULL;
    pl_rc rc = pl_loop_timer(l, fn, arg, &e, &err);
    assert_ok(rc, err);
    return e;
}

static void timers_come_in_the_order_of_their_times(void **state)
{
    (void)state;
    PL_AUTO_LOOP pl_loop *l = loop();
    struct story s = {.loop = l};
    PL_AUTO_LOOP_EVENT pl_loop_event *late = timer(l, on_b, &s);
    PL_AUTO_LOOP_EVENT pl_loop_event *soon = timer(l, on_a, &s);
    PL_AUTO_LOOP_EVENT pl_loop_event *never = timer(l, on_a, &s);

    pl_loop_timer_set(late, 20, 0);
    pl_loop_timer_set(soon, 1, 0);
    pl_loop_timer_set(never, 5, 0);
    pl_loop_timer_stop(never);
    pl_loop_run(l);
    assert_string_equal(s.text, "ab");
    pl_loop_timer_set(soon, 0, 0); /* once is over; it can be set again */
    pl_loop_run(l);
    assert_string_equal(s.text, "aba");
}

static void a_timer_goes_on_until_the_loop_is_stopped(void **state)
{
    (void)state;
    PL_AUTO_LOOP pl_loop *l = loop();
    struct story s = {.loop = l, .until = 4};
    PL_AUTO_LOOP_EVENT pl_loop_event *e = timer(l, on_a, &s);

    pl_loop_timer_set(e, 1, 1);
    pl_loop_run(l);
    assert_string_equal(s.text, "aaaa");
}

static void a_loop_without_anything_to_wait_for_ends(void **state)
{
    (void)state;
    PL_AUTO_LOOP pl_loop *l = loop();
    struct story s = {.loop = l};
    PL_AUTO_LOOP_EVENT pl_loop_event *e = timer(l, on_a, &s);

    pl_loop_run(l);
    assert_string_equal(s.text, "");
    assert_non_null(e);
}

/* ---- descriptors ---- */

static void on_bytes(pl_loop_event *e, int what, void *arg)
{
    struct story *s = arg;
    char c;

    s->what = what;
    while (read(pl_loop_event_fd(e), &c, 1) == 1)
        tell(s, c);
    if (what & PL_LOOP_BROKEN || read(pl_loop_event_fd(e), &c, 1) == 0)
        assert_int_equal(pl_loop_fd_set(e, 0, NULL), PL_OK);
}

static void bytes_are_heard_of_when_they_come_and_so_is_their_end(void **state)
{
    (void)state;
    int fds[2];
    PL_AUTO_LOOP pl_loop *l = loop();
    struct story s = {.loop = l};
    pl_err err = {0};
    PL_AUTO_LOOP_EVENT pl_loop_event *e = NULL;

    assert_int_equal(pipe(fds), 0);
    pl_rc rc = pl_loop_fd(l, fds[0], PL_LOOP_READ, on_bytes, &s, &e, &err);
    assert_ok(rc, err);
    assert_int_equal(write(fds[1], "xyz", 3), 3);
    close(fds[1]);
    pl_loop_run(l);
    assert_string_equal(s.text, "xyz");
    close(fds[0]);
}

static void on_broken(pl_loop_event *e, int what, void *arg)
{
    struct story *s = arg;
    s->what = what;
    tell(s, write(pl_loop_event_fd(e), "x", 1) < 0 ? '!' : 'w');
}

static void a_pipe_without_a_reader_is_told_as_broken(void **state)
{
    (void)state;
    int fds[2];
    PL_AUTO_LOOP pl_loop *l = loop();
    struct story s = {.loop = l};
    PL_AUTO_LOOP_EVENT pl_loop_event *e = NULL;
    void (*before)(int) = signal(SIGPIPE, SIG_IGN);

    assert_int_equal(pipe(fds), 0);
    close(fds[0]);
    assert_int_equal(pl_loop_fd(l, fds[1], PL_LOOP_WRITE, on_broken, &s, &e, NULL), PL_OK);
    pl_loop_run(l);
    assert_string_equal(s.text, "!");
    assert_true(s.what & PL_LOOP_BROKEN);
    close(fds[1]);
    (void)signal(SIGPIPE, before);
}

static void what_cannot_be_polled_is_an_error(void **state)
{
    (void)state;
    PL_AUTO_LOOP pl_loop *l = loop();
    PL_AUTO_FILE FILE *f = tmpfile();
    pl_loop_event *e = NULL;
    pl_err err = {0};

    assert_int_equal(pl_loop_fd(l, fileno(f), PL_LOOP_READ, on_bytes, NULL, &e, &err), PL_SYS);
    assert_non_null(strstr(err.text, "watch descriptor: "));
    assert_int_equal(pl_loop_fd(l, 9999, PL_LOOP_READ, on_bytes, NULL, &e, &err), PL_SYS);
    assert_null(e);
}

static void free_itself(pl_loop_event *e, int what, void *arg)
{
    (void)what;
    tell(arg, 'f');
    pl_loop_event_free(e);
}

static void an_event_may_be_freed_in_its_own_callback(void **state)
{
    (void)state;
    int fds[2];
    PL_AUTO_LOOP pl_loop *l = loop();
    struct story s = {.loop = l};
    pl_loop_event *e = NULL;

    assert_int_equal(pipe(fds), 0);
    assert_int_equal(write(fds[1], "xx", 2), 2);
    assert_int_equal(pl_loop_fd(l, fds[0], PL_LOOP_READ, free_itself, &s, &e, NULL), PL_OK);
    pl_loop_timer_set(timer(l, free_itself, &s), 1, 1);
    pl_loop_run(l);
    assert_string_equal(s.text, "ff");
    close(fds[0]);
    close(fds[1]);
}

static void a_number_that_another_descriptor_got_can_be_watched_at_once(void **state)
{
    (void)state;
    PL_AUTO_LOOP pl_loop *l = loop();
    struct story s = {.loop = l};

    for (int round = 0; round < 3; round++) {
        int fds[2];
        PL_AUTO_LOOP_EVENT pl_loop_event *e = NULL;
        assert_int_equal(pipe(fds), 0);
        assert_int_equal(pl_loop_fd(l, fds[0], PL_LOOP_READ, on_bytes, &s, &e, NULL), PL_OK);
        assert_int_equal(write(fds[1], "n", 1), 1);
        close(fds[1]);
        if (round == 2)
            pl_loop_run(l);
        pl_loop_event_free(PL_TAKE(e, NULL));
        close(fds[0]);
    }
    assert_string_equal(s.text, "n");
}

/* ---- children and signals ---- */

static pid_t start(const char *script)
{
    char sh[] = "sh", c[] = "-c", text[64];
    char *argv[] = {sh, c, text, NULL};
    pid_t pid;

    (void)snprintf(text, sizeof(text), "%s", script);
    assert_int_equal(posix_spawn(&pid, "/bin/sh", NULL, NULL, argv, environ), 0);
    return pid;
}

static void on_end(pl_loop_event *e, int what, void *arg)
{
    struct story *s = arg;
    (void)e;
    s->what = what;
    tell(s, 'e');
}

static void the_end_of_a_child_comes_with_its_status(void **state)
{
    (void)state;
    PL_AUTO_LOOP pl_loop *l = loop();
    static const struct {
        const char *script;
        bool is_killed;
        int status; /* or signal */
    } rows[] = {{"exit 0", false, 0}, {"exit 7", false, 7}, {"kill -9 $$", true, SIGKILL}};

    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        struct story s = {.loop = l};
        PL_AUTO_LOOP_EVENT pl_loop_event *e = NULL;
        pid_t pid = start(rows[i].script);
        assert_int_equal(pl_loop_child(l, pid, on_end, &s, &e, NULL), PL_OK);
        pl_loop_run(l);
        assert_string_equal(s.text, "e");
        assert_int_equal(WIFSIGNALED(s.what), rows[i].is_killed);
        assert_int_equal(rows[i].is_killed ? WTERMSIG(s.what) : WEXITSTATUS(s.what),
                         rows[i].status);
        assert_int_equal(waitpid(pid, NULL, WNOHANG), -1); /* it was reaped */
    }
}

static void a_child_that_ended_before_it_was_watched_counts(void **state)
{
    (void)state;
    PL_AUTO_LOOP pl_loop *l = loop();
    struct story s = {.loop = l};
    PL_AUTO_LOOP_EVENT pl_loop_event *e = NULL;
    pid_t pid = start("exit 3");
    siginfo_t info;

    assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
    assert_int_equal(pl_loop_child(l, pid, on_end, &s, &e, NULL), PL_OK);
    pl_loop_run(l);
    assert_int_equal(WEXITSTATUS(s.what), 3);
}

static void on_signal(pl_loop_event *e, int what, void *arg)
{
    struct story *s = arg;
    (void)e;
    s->what = what;
    tell(s, 's');
}

static void a_signal_wakes_the_loop(void **state)
{
    (void)state;
    PL_AUTO_LOOP pl_loop *l = loop();
    struct story s = {.loop = l, .until = 1};
    PL_AUTO_LOOP_EVENT pl_loop_event *e = NULL;

    assert_int_equal(pl_loop_signal(l, SIGUSR1, on_signal, &s, &e, NULL), PL_OK);
    assert_int_equal(raise(SIGUSR1), 0);
    pl_loop_run(l);
    assert_string_equal(s.text, "s");
    assert_int_equal(s.what, SIGUSR1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(timers_come_in_the_order_of_their_times),
        cmocka_unit_test(a_timer_goes_on_until_the_loop_is_stopped),
        cmocka_unit_test(a_loop_without_anything_to_wait_for_ends),
        cmocka_unit_test(bytes_are_heard_of_when_they_come_and_so_is_their_end),
        cmocka_unit_test(a_pipe_without_a_reader_is_told_as_broken),
        cmocka_unit_test(what_cannot_be_polled_is_an_error),
        cmocka_unit_test(an_event_may_be_freed_in_its_own_callback),
        cmocka_unit_test(a_number_that_another_descriptor_got_can_be_watched_at_once),
        cmocka_unit_test(the_end_of_a_child_comes_with_its_status),
        cmocka_unit_test(a_child_that_ended_before_it_was_watched_counts),
        cmocka_unit_test(a_signal_wakes_the_loop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
