/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "core/beside.h"
#include "core/jail.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>

static const pl_jail_limits roomy = {
    .ms = 120000, .cpu_s = 60, .memory = 256u << 20, .output = 1 << 20};

/* ---- jobs ---- */

static void append(void *arg, const void *p, size_t n)
{
    pl_buf_add(arg, p, n);
}

enum { JOBS = 1000 };

static bool are_done_in_order(void)
{
    char words[JOBS][8];
    PL_AUTO_BUF pl_buf want = {0};
    PL_AUTO_BUF pl_buf got = {0};
    uint64_t last = 0;

    for (size_t i = 0; i < JOBS; i++) {
        int n = snprintf(words[i], sizeof(words[i]), "%zu,", i);
        pl_buf_c(&want, words[i]);
        last = pl_beside_give(append, &got, words[i], (size_t)n);
    }
    pl_beside_wait(last);
    return pl_str_eq(pl_buf_view(&want), pl_buf_view(&got));
}

/* ---- workers ---- */

static pl_rc counts(int in, int out, pl_str args, pl_err *err)
{
    (void)in, (void)args;
    return pl_jail_send(out, PL_FRAME_USER,
                        are_done_in_order() ? PL_S("in order") : PL_S("in disorder"), err);
}

struct look {
    bool file, network;
};

static void look_around(void *arg, const void *p, size_t n)
{
    struct look *sees = arg;

    (void)n;
    sees->file = open(p, O_RDONLY | O_CLOEXEC) >= 0;
    sees->network = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) >= 0;
}

static pl_rc looks(int in, int out, pl_str args, pl_err *err)
{
    struct look sees = {0};

    (void)in, (void)args;
    pl_beside_wait(pl_beside_give(look_around, &sees, "/etc/passwd", 0));
    return pl_jail_send(out, PL_FRAME_USER,
                        sees.file || sees.network ? PL_S("something") : PL_S("nothing"), err);
}

static void call_fork(void *arg, const void *p, size_t n)
{
    (void)p, (void)n;
    *(bool *)arg = fork() >= 0;
}

static pl_rc forks(int in, int out, pl_str args, pl_err *err)
{
    bool has_forked = false;

    (void)in, (void)args;
    pl_beside_wait(pl_beside_give(call_fork, &has_forked, NULL, 0));
    return pl_jail_send(out, PL_FRAME_USER, has_forked ? PL_S("forked") : PL_S("refused"), err);
}

static const pl_worker_kind kinds[] = {
    {"counts", counts, .has_beside = true},
    {"looks", looks, .has_beside = true},
    {"forks", forks, .has_beside = true},
    {NULL, NULL},
};

/* ---- tests ---- */

static pl_rc hear(uint32_t type, pl_str payload, void *arg, pl_err *err)
{
    (void)type, (void)err;
    pl_buf_str(arg, payload);
    return PL_OK;
}

static pl_rc ask(const char *kind, pl_buf *said, pl_err *err)
{
    const pl_jail_job job = {.kind = kind, .limits = &roomy, .frame = hear, .frame_arg = said};

    return pl_jail_run_bytes(&job, PL_S(""), err);
}

static void assert_says(const char *kind, const char *text)
{
    PL_AUTO_BUF pl_buf said = {0};
    pl_err err = {0};

    assert_ok(ask(kind, &said, &err), err);
    assert_true(pl_str_eq(pl_buf_view(&said), pl_str_c(text)));
}

static void without_the_thread_a_job_is_done_when_it_is_given(void **state)
{
    (void)state;
    assert_false(pl_beside_is_there());
    assert_true(are_done_in_order());
}

static void jobs_of_a_worker_are_done_in_their_order(void **state)
{
    (void)state;
    assert_says("counts", "in order");
}

static void the_thread_beside_sees_no_files_and_no_network(void **state)
{
    (void)state;
    assert_says("looks", "nothing");
}

static void the_filter_holds_for_the_thread_beside(void **state)
{
    PL_AUTO_BUF pl_buf said = {0};
    pl_err err = {0};
    (void)state;

    /* In a build with sanitizers the call fails, else it ends the process. */
    if (ask("forks", &said, &err) == PL_OK)
        assert_true(pl_str_eq(pl_buf_view(&said), PL_S("refused")));
    else
        assert_non_null(strstr(err.text, "worker forks"));
}

static void with_the_thread_jobs_are_done_in_their_order(void **state)
{
    pl_err err = {0};
    (void)state;

    assert_ok(pl_beside_start(&err), err);
    assert_true(are_done_in_order());
}

int main(int argc, char **argv)
{
    pl_jail_main(argc, argv, kinds);

    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_the_thread_a_job_is_done_when_it_is_given),
        cmocka_unit_test(jobs_of_a_worker_are_done_in_their_order),
        cmocka_unit_test(the_thread_beside_sees_no_files_and_no_network),
        cmocka_unit_test(the_filter_holds_for_the_thread_beside),
        cmocka_unit_test(with_the_thread_jobs_are_done_in_their_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
