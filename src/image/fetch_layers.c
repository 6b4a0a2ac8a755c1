/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The workers of layers. A process costs more than a small layer does, so small ones that follow
 * each other are handed to one worker, which reads them in turn, each as if it were alone. When it
 * fails, those that it had not finished get a worker each.
 */
#include "image/fetch_private.h"

#include "core/clock.h"
#include "core/io.h"
#include "core/jail.h"
#include "image/limits.h"

#include <errno.h>
#include <sys/mman.h>

/* ---- one at a time ---- */

static pl_rc limits_for(const pl_fetch *f, pl_jail_limits *ret, pl_err *err)
{
    uint64_t now = pl_mono_ns(&pl_clock_system);

    *ret = pl_jail_layers;
    if (now >= f->deadline_ns)
        return pl_fail(err, PL_TIMEOUT, "the layers before it took over %d s (PL_IMAGE_LAYERS_S)",
                       PL_IMAGE_LAYERS_S);
    uint64_t left_ms = (f->deadline_ns - now) / 1000000 + 1;
    ret->ms = left_ms < ret->ms ? (unsigned)left_ms : ret->ms;
    return PL_OK;
}

static pl_rc run_worker(const pl_fetch *f, const pl_image_layer_job *job, int fd,
                        pl_jail_frame frame, void *arg, pl_err *err)
{
    PL_AUTO_BUF pl_buf args = {0};
    PL_AUTO_HANDED pl_image_handed handed = {.n = 0};
    pl_jail_limits limits;
    pl_rc rc = limits_for(f, &limits, err);

    pl_image_layer_job_encode(job, &args);
    if (!rc)
        rc = pl_image_hand_over(f->given, &handed, err);
    return rc ? rc
              : pl_jail_run(&(pl_jail_job){.kind = "image-layer",
                                           .args = pl_buf_view(&args),
                                           .in_fd = fd,
                                           .fds = handed.fds,
                                           .n_fds = handed.n,
                                           .limits = &limits,
                                           .frame = frame,
                                           .frame_arg = arg},
                            err);
}

static pl_rc take_frame(uint32_t type, pl_str payload, void *arg, pl_err *err)
{
    return pl_layer_frames_add(arg, type, payload, err);
}

static pl_rc read_part(const pl_fetch *f, int fd, pl_image_part part, pl_layer_frames *got,
                       pl_err *err)
{
    const pl_image_layer_job job = {.parts = {part}, .n_parts = 1, .needs = f->given->needs};
    pl_rc rc = run_worker(f, &job, fd, take_frame, got, err);

    return rc || got->has_end ? rc : pl_fail(err, PL_WORKER, "worker sent no layer");
}

static pl_rc open_blob(const pl_fetch *f, size_t i, pl_image_blob *ret, pl_err *err)
{
    return f->src->blob ? f->src->blob(f->src, f->plan.items[i].name, ret, err)
                        : pl_fail(err, PL_NOTFOUND, "there is none");
}

/* Takes the blob over. */
static pl_rc read_blob(pl_fetch *f, size_t i, pl_image_blob *blob, pl_err *err)
{
    pl_rc rc = read_part(f, blob->fd, (pl_image_part){0, blob->n}, &f->items[i].got, err);
    /* What broke on the writing side says more than what the worker made of the cut stream. */
    pl_err why = {0};
    pl_rc fed = pl_image_blob_end(f->src, blob, &why);

    if (fed && err)
        *err = why;
    return fed ? fed : rc;
}

pl_rc pl_fetch_layer_read(pl_fetch *f, size_t i, pl_err *err)
{
    const pl_plan_layer *l = &f->plan.items[i];
    pl_image_blob blob = {.fd = -1};

    if (!l->name.n)
        return read_part(f, f->in_fd, (pl_image_part){l->at, l->n}, &f->items[i].got, err);
    pl_rc rc = open_blob(f, i, &blob, err);
    return rc ? rc : read_blob(f, i, &blob, err);
}

static void finish(pl_fetch *f, size_t i)
{
    (void)pthread_mutex_lock(&f->lock);
    f->items[i].is_done = true;
    f->items[i].counted = f->items[i].got.packed.n;
    f->waiting += f->items[i].counted;
    (void)pthread_cond_broadcast(&f->changed);
    (void)pthread_mutex_unlock(&f->lock);
}

static void read_alone(pl_fetch *f, size_t i)
{
    struct item *it = &f->items[i];

    pl_buf_done(&it->got.packed);
    it->got = (pl_layer_frames){0};
    it->rc = pl_fetch_layer_read(f, i, &it->err);
    finish(f, i);
}

/* ---- which ---- */

/* Far ahead of what is answered; whoever has begun others must not wait, as they may be the next to
 * be answered. */
static bool is_far_ahead(const pl_fetch *f)
{
    return !f->is_off && f->next < f->plan.n && f->next > f->answers &&
           f->waiting > PL_IMAGE_AHEAD_MAX;
}

/* The next one that nobody has begun; false: there is none, or none yet. */
static bool begin_next(pl_fetch *f, bool may_wait, size_t *ret)
{
    bool is_one = true;

    (void)pthread_mutex_lock(&f->lock);
    for (;;) {
        while (f->next < f->plan.n && f->items[f->next].is_known)
            f->next++;
        is_one = !f->is_off && f->next < f->plan.n && !is_far_ahead(f);
        if (is_one || !may_wait || !is_far_ahead(f))
            break;
        (void)pthread_cond_wait(&f->changed, &f->lock);
    }
    if (is_one)
        *ret = f->next++;
    (void)pthread_mutex_unlock(&f->lock);
    return is_one;
}

/* ---- small ones ---- */

struct batch {
    pl_fetch *f;
    pl_image_layer_job job;
    size_t items[PL_IMAGE_BATCH_MAX]; /* by part */
    size_t n_got;                     /* parts whose results came */
    int fd;                           /* of blobs: a file in memory that holds them; else -1 */
    uint64_t bytes;
    /* One that was begun and is too large. */
    bool has_large;
    size_t large;
    pl_image_blob blob; /* of it; fd -1: none was opened */
};

static void batch_add(struct batch *b, size_t i, pl_image_part part)
{
    b->items[b->job.n_parts] = i;
    b->job.parts[b->job.n_parts++] = part;
    b->bytes += part.n;
}

/* Puts the blob's bytes behind those before it. False: they are more than they should be, or
 * cannot be had; its own worker will find out. */
static bool copy_blob(struct batch *b, pl_image_blob *blob, uint64_t *ret_n)
{
    PL_AUTO_BUF pl_buf bytes = {0};
    pl_rc rc = pl_read_all(blob->fd, PL_IMAGE_SMALL_LAYER, &bytes, NULL);
    pl_rc fed = pl_image_blob_end(b->f->src, blob, NULL);

    if (b->fd < 0)
        b->fd = memfd_create("plimsoll-layers", MFD_CLOEXEC);
    if (rc || fed || b->fd < 0 || lseek(b->fd, (off_t)b->bytes, SEEK_SET) < 0 ||
        pl_write_all(b->fd, pl_buf_view(&bytes), NULL))
        return false;
    *ret_n = bytes.n;
    return true;
}

static bool is_small(const pl_image_blob *b)
{
    return b->n == PL_BLOB_STREAM ? b->size && b->size <= PL_IMAGE_SMALL_LAYER
                                  : b->n <= PL_IMAGE_SMALL_LAYER;
}

static void set_large(struct batch *b, size_t i, const pl_image_blob *blob)
{
    b->has_large = true;
    b->large = i;
    b->blob = *blob;
}

static void gather_blob(struct batch *b, size_t i)
{
    pl_image_blob blob = {.fd = -1};
    uint64_t n = 0;
    struct item *it = &b->f->items[i];

    it->rc = open_blob(b->f, i, &blob, &it->err);
    if (it->rc) {
        finish(b->f, i);
        return;
    }
    if (!is_small(&blob))
        set_large(b, i, &blob);
    else if (copy_blob(b, &blob, &n))
        batch_add(b, i, (pl_image_part){b->bytes, n});
    else
        set_large(b, i, &(pl_image_blob){.fd = -1});
}

/* On from this one until there are enough, or one is too large. */
static void gather(struct batch *b, size_t i)
{
    pl_fetch *f = b->f;

    do {
        const pl_plan_layer *l = &f->plan.items[i];
        if (l->name.n)
            gather_blob(b, i);
        else if (l->n <= PL_IMAGE_SMALL_LAYER)
            batch_add(b, i, (pl_image_part){l->at, l->n});
        else
            set_large(b, i, &(pl_image_blob){.fd = -1});
    } while (!b->has_large && b->job.n_parts < PL_IMAGE_BATCH_MAX &&
             b->bytes < PL_IMAGE_BATCH_BYTES && begin_next(f, false, &i));
}

static pl_rc take_batch_frame(uint32_t type, pl_str payload, void *arg, pl_err *err)
{
    struct batch *b = arg;

    if (b->n_got == b->job.n_parts)
        return pl_fail(err, PL_WORKER, "worker sent more layers than it was given");
    struct item *it = &b->f->items[b->items[b->n_got]];
    pl_rc rc = pl_layer_frames_add(&it->got, type, payload, err);
    if (!rc && it->got.has_end)
        finish(b->f, b->items[b->n_got++]);
    return rc;
}

/* The bytes of a blob were had already. */
static void read_copied(struct batch *b)
{
    struct item *it = &b->f->items[b->items[0]];

    it->rc = read_part(b->f, b->fd, b->job.parts[0], &it->got, &it->err);
    finish(b->f, b->items[0]);
}

static void read_batch(struct batch *b)
{
    int fd = b->fd >= 0 ? b->fd : b->f->in_fd;
    size_t n = b->job.n_parts;

    if (n == 1 && b->fd >= 0) {
        read_copied(b);
        return;
    }
    if (n > 1)
        (void)!run_worker(b->f, &b->job, fd, take_batch_frame, b, NULL);
    while (b->n_got < n)
        read_alone(b->f, b->items[b->n_got++]);
}

static void read_large(struct batch *b)
{
    struct item *it = &b->f->items[b->large];

    if (b->blob.fd < 0) {
        read_alone(b->f, b->large);
        return;
    }
    it->rc = read_blob(b->f, b->large, &b->blob, &it->err);
    finish(b->f, b->large);
}

void *pl_fetch_layers_work(void *arg)
{
    pl_fetch *f = arg;
    size_t i = 0;

    while (begin_next(f, true, &i)) {
        struct batch b = {.f = f, .job = {.needs = f->given->needs}, .fd = -1};
        gather(&b, i);
        read_batch(&b);
        if (b.has_large)
            read_large(&b);
        if (b.fd >= 0)
            (void)close(b.fd);
    }
    return NULL;
}

/* ---- waiting ---- */

void pl_fetch_layer_wait(pl_fetch *f, size_t i)
{
    (void)pthread_mutex_lock(&f->lock);
    f->answers = i;
    (void)pthread_cond_broadcast(&f->changed);
    while (!f->items[i].is_done)
        (void)pthread_cond_wait(&f->changed, &f->lock);
    (void)pthread_mutex_unlock(&f->lock);
}

void pl_fetch_layer_answered(pl_fetch *f, size_t i)
{
    struct item *it = &f->items[i];

    (void)pthread_mutex_lock(&f->lock);
    f->waiting -= it->counted;
    it->counted = 0;
    pl_buf_done(&it->got.packed);
    (void)pthread_cond_broadcast(&f->changed);
    (void)pthread_mutex_unlock(&f->lock);
}
