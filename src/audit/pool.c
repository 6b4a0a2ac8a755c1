/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/pool.h"

#include <pthread.h>

enum { THREADS = 64, AHEAD = 2 };

struct state {
    const pl_pool *p;
    bool *is_done; /* one an index */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    size_t next, taken;
    bool is_over;
};

static bool claim(struct state *s, size_t *ret)
{
    while (!s->is_over && s->next < s->p->n && s->next >= s->taken + s->p->at_once * AHEAD)
        (void)pthread_cond_wait(&s->changed, &s->lock);
    if (s->is_over || s->next == s->p->n)
        return false;
    *ret = s->next++;
    return true;
}

static void *work(void *arg)
{
    struct state *s = arg;
    size_t i;

    (void)pthread_mutex_lock(&s->lock);
    while (claim(s, &i)) {
        (void)pthread_mutex_unlock(&s->lock);
        s->p->work(i, s->p->arg);
        (void)pthread_mutex_lock(&s->lock);
        s->is_done[i] = true;
        (void)pthread_cond_broadcast(&s->changed);
    }
    (void)pthread_mutex_unlock(&s->lock);
    return NULL;
}

/* Called and left with the lock held; taking is done without it. */
static pl_rc take_all(struct state *s, pl_err *err)
{
    pl_rc rc = PL_OK;

    while (!rc && s->taken < s->p->n) {
        if (!s->is_done[s->taken]) {
            (void)pthread_cond_wait(&s->changed, &s->lock);
            continue;
        }
        (void)pthread_mutex_unlock(&s->lock);
        rc = s->p->take ? s->p->take(s->taken, s->p->arg, err) : PL_OK;
        (void)pthread_mutex_lock(&s->lock);
        s->taken++;
        (void)pthread_cond_broadcast(&s->changed);
    }
    return rc;
}

pl_rc pl_pool_run(const pl_pool *p, pl_err *err)
{
    struct state s = {.p = p, .is_done = calloc(p->n ? p->n : 1, sizeof(bool))};
    pthread_t threads[THREADS];
    size_t n_threads = 0;
    pl_rc rc = PL_OK;
    int bad = 0;

    if (!s.is_done)
        return pl_fail(err, PL_NOMEM, "pool of threads");
    (void)pthread_mutex_init(&s.lock, NULL);
    (void)pthread_cond_init(&s.changed, NULL);
    while (!bad && n_threads < p->at_once && n_threads < p->n && n_threads < THREADS) {
        bad = pthread_create(&threads[n_threads], NULL, work, &s);
        n_threads += !bad;
    }
    (void)pthread_mutex_lock(&s.lock);
    rc = n_threads || !p->n ? take_all(&s, err) : pl_fail_sys(err, bad, "thread");
    s.is_over = true;
    (void)pthread_cond_broadcast(&s.changed);
    (void)pthread_mutex_unlock(&s.lock);
    for (size_t i = 0; i < n_threads; i++)
        (void)pthread_join(threads[i], NULL);
    (void)pthread_cond_destroy(&s.changed);
    (void)pthread_mutex_destroy(&s.lock);
    free(s.is_done);
    return rc;
}
