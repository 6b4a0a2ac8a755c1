/* SPDX-License-Identifier: Apache-2.0 */
#include "core/beside.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>

enum { QUEUE = 16, STACK = 256 << 10 };

struct job {
    pl_beside_work work;
    void *arg;
    const void *p;
    size_t n;
};

/* One a process: it is there before the worker knows what it will do. */
static struct {
    bool is_there;
    pthread_mutex_t lock;
    pthread_cond_t given, done;
    uint64_t n_given, n_done;
    struct job jobs[QUEUE]; /* those between n_done and n_given */
} beside = {.lock = PTHREAD_MUTEX_INITIALIZER,
            .given = PTHREAD_COND_INITIALIZER,
            .done = PTHREAD_COND_INITIALIZER};

static void *work_on(void *arg)
{
    (void)pthread_mutex_lock(&beside.lock);
    for (;;) {
        while (beside.n_done == beside.n_given)
            (void)pthread_cond_wait(&beside.given, &beside.lock);
        struct job job = beside.jobs[beside.n_done % QUEUE];
        (void)pthread_mutex_unlock(&beside.lock);
        job.work(job.arg, job.p, job.n);
        (void)pthread_mutex_lock(&beside.lock);
        beside.n_done++;
        (void)pthread_cond_signal(&beside.done);
    }
    return arg;
}

static bool has_processors(void)
{
    cpu_set_t set;

    return sched_getaffinity(0, sizeof(set), &set) != 0 || CPU_COUNT(&set) > 1;
}

static void do_nothing(void *arg, const void *p, size_t n)
{
    (void)arg, (void)p, (void)n;
}

pl_rc pl_beside_start(pl_err *err)
{
    pthread_attr_t how;
    pthread_t thread;

    if (beside.is_there || !has_processors())
        return PL_OK;
    int eno = pthread_attr_init(&how);
    if (eno)
        return pl_fail_sys(err, eno, "thread beside");
    (void)pthread_attr_setstacksize(&how, STACK);
    (void)pthread_attr_setdetachstate(&how, PTHREAD_CREATE_DETACHED);
    eno = pthread_create(&thread, &how, work_on, NULL);
    (void)pthread_attr_destroy(&how);
    if (eno)
        return pl_fail_sys(err, eno, "thread beside");
    beside.is_there = true;
    /* Once it has done something it has made all the calls that a thread begins with. */
    pl_beside_wait(pl_beside_give(do_nothing, NULL, NULL, 0));
    return PL_OK;
}

bool pl_beside_is_there(void)
{
    return beside.is_there;
}

uint64_t pl_beside_give(pl_beside_work work, void *arg, const void *p, size_t n)
{
    if (!beside.is_there) {
        work(arg, p, n);
        return 0;
    }
    (void)pthread_mutex_lock(&beside.lock);
    while (beside.n_given - beside.n_done == QUEUE)
        (void)pthread_cond_wait(&beside.done, &beside.lock);
    beside.jobs[beside.n_given % QUEUE] = (struct job){work, arg, p, n};
    uint64_t job = ++beside.n_given;
    (void)pthread_cond_signal(&beside.given);
    (void)pthread_mutex_unlock(&beside.lock);
    return job;
}

void pl_beside_wait(uint64_t job)
{
    if (!job)
        return;
    (void)pthread_mutex_lock(&beside.lock);
    while (beside.n_done < job)
        (void)pthread_cond_wait(&beside.done, &beside.lock);
    (void)pthread_mutex_unlock(&beside.lock);
}
