/* SPDX-License-Identifier: Apache-2.0 */
/* A bounded number of threads over a list, taken in its order. */
#include "test.h"

#include "audit/pool.h"

#include <pthread.h>
#include <sched.h>

enum { N = 200 };

struct seen {
    pthread_mutex_t lock;
    size_t worked[N], running, most, ahead;
    size_t taken[N], n_taken;
    size_t fail_at;
};

static void work(size_t i, void *arg)
{
    struct seen *s = arg;

    (void)pthread_mutex_lock(&s->lock);
    s->worked[i]++;
    s->running++;
    s->most = s->running > s->most ? s->running : s->most;
    if (i >= s->n_taken && i - s->n_taken > s->ahead)
        s->ahead = i - s->n_taken;
    (void)pthread_mutex_unlock(&s->lock);
    (void)sched_yield();
    (void)pthread_mutex_lock(&s->lock);
    s->running--;
    (void)pthread_mutex_unlock(&s->lock);
}

static pl_rc take(size_t i, void *arg, pl_err *err)
{
    struct seen *s = arg;

    if (i == s->fail_at)
        return pl_fail(err, PL_LIMIT, "number %zu", i);
    (void)pthread_mutex_lock(&s->lock);
    s->taken[s->n_taken++] = i;
    (void)pthread_mutex_unlock(&s->lock);
    return PL_OK;
}

static void each_is_worked_once_and_taken_in_order(void **state)
{
    (void)state;
    for (size_t at_once = 1; at_once <= 8; at_once *= 2) {
        struct seen s = {.lock = PTHREAD_MUTEX_INITIALIZER, .fail_at = N};
        pl_err err = {0};
        pl_rc rc = pl_pool_run(
            &(pl_pool){.n = N, .at_once = at_once, .work = work, .take = take, .arg = &s}, &err);
        assert_ok(rc, err);
        assert_int_equal(s.n_taken, N);
        for (size_t i = 0; i < N; i++) {
            assert_int_equal(s.worked[i], 1);
            assert_int_equal(s.taken[i], i);
        }
        assert_true(s.most <= at_once);
        assert_true(s.ahead <= 2 * at_once);
    }
}

static void an_error_of_the_taker_ends_the_rest(void **state)
{
    (void)state;
    struct seen s = {.lock = PTHREAD_MUTEX_INITIALIZER, .fail_at = 3};
    pl_err err = {0};
    assert_int_equal(
        pl_pool_run(&(pl_pool){.n = N, .at_once = 2, .work = work, .take = take, .arg = &s}, &err),
        PL_LIMIT);
    assert_string_equal(err.text, "number 3");
    assert_int_equal(s.n_taken, 3);
    assert_int_equal(s.worked[N - 1], 0);
}

static void an_empty_list_is_done_at_once(void **state)
{
    (void)state;
    assert_int_equal(pl_pool_run(&(pl_pool){.n = 0, .at_once = 2, .work = work}, NULL), PL_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_is_worked_once_and_taken_in_order),
        cmocka_unit_test(an_error_of_the_taker_ends_the_rest),
        cmocka_unit_test(an_empty_list_is_done_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
