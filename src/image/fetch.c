/* SPDX-License-Identifier: Apache-2.0 */
#include "image/fetch_private.h"

#include "core/clock.h"
#include "core/io.h"
#include "core/rd.h"
#include "image/limits.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

enum { SEND_S = 60 /* a worker that waits for an answer reads it */ };

/* ---- a layer's result in frames ---- */

pl_rc pl_layer_frames_add(pl_layer_frames *l, uint32_t type, pl_str payload, pl_err *err)
{
    pl_rd r = pl_rd_of(payload.p, payload.n);

    if (type == PL_FRAME_LAYER && !l->has_end) {
        pl_buf_str(&l->packed, payload);
        return pl_buf_ok(&l->packed) ? PL_OK : pl_fail(err, PL_LIMIT, "layer's result");
    }
    if (type != PL_FRAME_LAYER_END || l->has_end)
        return pl_fail(err, PL_WORKER, "worker sent frame type %u", type);
    pl_rd_copy(&r, l->facts.diff_id, sizeof(l->facts.diff_id));
    pl_rd_copy(&r, l->facts.blob, sizeof(l->facts.blob));
    l->facts.blob_bytes = pl_rd_u64le(&r);
    l->facts.bytes = pl_rd_u64le(&r);
    l->is_whole = pl_rd_u8(&r) == 1;
    l->has_end = true;
    if (!pl_rd_done(&r) || l->facts.blob_bytes > INT64_MAX || l->facts.bytes > INT64_MAX)
        return pl_fail(err, PL_WORKER, "worker sent a malformed layer");
    return PL_OK;
}

/* ---- answers ---- */

/* Not write(): a worker that died must not end this program. */
static pl_rc send_bytes(pl_fetch *f, pl_str bytes, pl_err *err)
{
    while (bytes.n) {
        ssize_t n = send(f->ours, bytes.p, bytes.n, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno == EAGAIN ? pl_fail(err, PL_TIMEOUT, "worker image takes no answer")
                                   : pl_fail_sys(err, errno, "answer to worker image");
        bytes = pl_str_sub(bytes, (size_t)n, bytes.n);
    }
    return PL_OK;
}

static pl_rc answer(pl_fetch *f, pl_rc rc, pl_str before, pl_str bytes, pl_err *err)
{
    unsigned char head[PL_ANSWER_HEAD];

    pl_answer_head(rc, before.n + bytes.n, head);
    pl_rc sent = send_bytes(f, (pl_str){(char *)head, sizeof(head)}, err);
    if (!sent)
        sent = send_bytes(f, before, err);
    return sent ? sent : send_bytes(f, bytes, err);
}

/* ---- documents ---- */

static pl_rc read_document(pl_fetch *f, pl_str name, pl_buf *ret, pl_err *err)
{
    pl_image_blob blob = {.fd = -1};

    if (!f->src->blob || !pl_plan_is_name(name))
        return pl_fail(err, PL_NOTFOUND, "there is none");
    pl_rc rc = f->src->blob(f->src, name, &blob, err);
    if (rc)
        return rc;
    rc = pl_read_all(blob.fd, PL_IMAGE_DOCUMENT_MAX, ret, err);
    pl_rc fed = pl_image_blob_end(f->src, &blob, rc ? NULL : err);
    return rc ? rc : fed;
}

static pl_rc answer_document(pl_fetch *f, pl_str name, pl_err *err)
{
    PL_AUTO_BUF pl_buf text = {0};
    pl_err why = {0};
    pl_rc rc = read_document(f, name, &text, &why);
    const pl_str nothing = {"", 0};

    return answer(f, rc, nothing, rc ? pl_str_c(why.text) : pl_buf_view(&text), err);
}

/* ---- what is known ---- */

/* A blob that is not there, or not as long as it was, is read, so that it is told. */
static bool is_there(pl_image_source *src, const pl_plan_layer *l, const pl_layer_facts *facts)
{
    pl_image_blob blob = {.fd = -1};

    if (!src->has_local_blobs)
        return true;
    if (src->blob(src, l->name, &blob, NULL))
        return false;
    uint64_t n = blob.n;
    return pl_image_blob_end(src, &blob, NULL) == PL_OK &&
           (memcmp(l->blob, facts->blob, PL_SHA256) != 0 || n == facts->blob_bytes);
}

bool pl_fetch_is_known(pl_image_source *src, const pl_plan_layer *l, const pl_layer_facts *facts,
                       unsigned char *ret_blob)
{
    if (l->name.n && (!l->has_blob || !is_there(src, l, facts)))
        return false;
    if (!l->name.n && l->n != facts->bytes && l->n != facts->blob_bytes)
        if (!l->has_blob || memcmp(l->blob, facts->blob, PL_SHA256) == 0)
            return false;
    if (ret_blob && l->has_blob)
        memcpy(ret_blob, l->blob, PL_SHA256);
    else if (ret_blob)
        memcpy(ret_blob, l->n == facts->bytes ? facts->diff_id : facts->blob, PL_SHA256);
    return true;
}

/* What does not fit beside the others is had again when its turn comes. */
static void put_away(pl_fetch *f, struct item *it)
{
    it->is_away = it->got.packed.n > PL_IMAGE_AHEAD_MAX - f->waiting;
    if (it->is_away)
        pl_buf_done(&it->got.packed);
    it->counted = it->got.packed.n;
    f->waiting += it->counted;
}

static void look_up(pl_fetch *f, size_t i)
{
    const pl_plan_layer *l = &f->plan.items[i];
    const pl_layer_store *store = f->store;
    struct item *it = &f->items[i];

    if (!store || !l->has_diff_id || !store->get(store->arg, l->diff_id, &it->got))
        return;
    it->has_blob = pl_fetch_is_known(f->src, l, &it->got.facts, it->blob);
    it->is_known = it->is_done = it->has_blob;
    f->n_known += it->is_known;
    if (it->is_known) {
        put_away(f, it);
        return;
    }
    pl_buf_done(&it->got.packed);
    it->got = (pl_layer_frames){0};
}

/* Another program may have made room in the store meanwhile. */
static void get_again(pl_fetch *f, size_t i)
{
    struct item *it = &f->items[i];
    const pl_layer_facts had = it->got.facts;

    it->got = (pl_layer_frames){0};
    it->is_away = false;
    if (f->store->get(f->store->arg, f->plan.items[i].diff_id, &it->got) &&
        memcmp(&had, &it->got.facts, sizeof(had)) == 0)
        return;
    pl_buf_done(&it->got.packed);
    it->got = (pl_layer_frames){0};
    it->is_known = it->has_blob = false;
    f->n_known--;
    it->rc = pl_fetch_layer_read(f, i, &it->err);
}

/* Nothing is missing from it, and it is what the documents say. */
static bool is_whole(const pl_fetch *f, size_t i)
{
    const struct item *it = &f->items[i];
    const pl_plan_layer *l = &f->plan.items[i];

    return it->is_known || (!it->rc && it->got.is_whole && l->has_diff_id &&
                            memcmp(l->diff_id, it->got.facts.diff_id, PL_SHA256) == 0 &&
                            (!l->has_blob || memcmp(l->blob, it->got.facts.blob, PL_SHA256) == 0));
}

static void keep(pl_fetch *f, size_t i)
{
    const pl_layer_store *store = f->store;

    if (store && !f->items[i].is_known && is_whole(f, i))
        store->put(store->arg, &f->items[i].got);
}

bool pl_fetch_facts(const pl_fetch *f, pl_buf *out)
{
    if (!f || !f->items)
        return false;
    pl_buf_u32le(out, (uint32_t)f->plan.n);
    for (size_t i = 0; i < f->plan.n; i++) {
        const pl_layer_facts *facts = &f->items[i].got.facts;
        if (!is_whole(f, i))
            return false;
        pl_buf_add(out, facts->diff_id, sizeof(facts->diff_id));
        pl_buf_add(out, facts->blob, sizeof(facts->blob));
        pl_buf_u64le(out, facts->blob_bytes);
        pl_buf_u64le(out, facts->bytes);
    }
    return pl_buf_ok(out);
}

/* ---- the plan ---- */

static pl_rc answer_layer(pl_fetch *f, size_t i, pl_err *err)
{
    struct item *it = &f->items[i];
    char before[PL_ANSWER_LAYER] = {(char)it->has_blob};
    const pl_str nothing = {"", 0};

    if (it->rc)
        return answer(f, it->rc, nothing, pl_str_c(it->err.text), err);
    memcpy(before + 1, it->blob, PL_SHA256);
    pl_rc rc =
        answer(f, PL_OK, (pl_str){before, sizeof(before)}, pl_buf_view(&it->got.packed), err);
    keep(f, i);
    return rc;
}

static size_t count_processors(void)
{
    cpu_set_t set;
    int n = sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 1;

    return n < 1 ? 1 : n > PL_IMAGE_WORKERS_MAX ? PL_IMAGE_WORKERS_MAX : (size_t)n;
}

static pl_rc answer_plan(pl_fetch *f, pl_err *err)
{
    pthread_t threads[PL_IMAGE_WORKERS_MAX];
    size_t n = count_processors();
    size_t started = 0;
    pl_rc rc = PL_OK;

    for (size_t i = 0; i < f->plan.n; i++)
        look_up(f, i);
    if (f->src->form == PL_IMAGE_KEPT && f->n_known < f->plan.n)
        return pl_fail(err, PL_NOTFOUND, "%zu of its layers are not kept any more",
                       f->plan.n - f->n_known);
    if (n > f->plan.n - f->n_known)
        n = f->plan.n - f->n_known;
    while (started < n && pthread_create(&threads[started], NULL, pl_fetch_layers_work, f) == 0)
        started++;
    for (size_t i = 0; !rc && i < f->plan.n; i++) {
        struct item *it = &f->items[i];
        if (started)
            pl_fetch_layer_wait(f, i);
        else if (!it->is_known)
            it->rc = pl_fetch_layer_read(f, i, &it->err);
        if (it->is_away)
            get_again(f, i);
        rc = answer_layer(f, i, err);
        pl_fetch_layer_answered(f, i);
        if (f->progress.tell)
            f->progress.tell(f->progress.arg, i + 1, f->plan.n);
    }
    (void)pthread_mutex_lock(&f->lock);
    f->is_off = true;
    (void)pthread_mutex_unlock(&f->lock);
    for (size_t i = 0; i < started; i++)
        (void)pthread_join(threads[i], NULL);
    return rc;
}

void pl_fetch_tell(pl_fetch *f, const pl_image_progress *to)
{
    f->progress = *to;
}

static pl_rc take_plan(pl_fetch *f, pl_str payload, pl_err *err)
{
    if (f->items || !pl_plan_decode(payload, &f->plan))
        return pl_fail(err, PL_WORKER, "worker sent a malformed plan");
    f->items = calloc(f->plan.n ? f->plan.n : 1, sizeof(*f->items));
    if (!f->items)
        return pl_fail(err, PL_NOMEM, "layers");
    return answer_plan(f, err);
}

pl_rc pl_fetch_frame(pl_fetch *f, uint32_t type, pl_str payload, pl_err *err)
{
    return type == PL_FRAME_ASK ? answer_document(f, payload, err) : take_plan(f, payload, err);
}

void pl_fetch_counts(const pl_fetch *f, size_t *ret_known, size_t *ret_read)
{
    *ret_known = f->n_known;
    *ret_read = f->plan.n - f->n_known;
}

/* ---- open and close ---- */

int pl_fetch_worker_fd(const pl_fetch *f)
{
    return f->theirs;
}

pl_rc pl_fetch_open(pl_image_source *src, const pl_layer_store *store, const pl_image_given *given,
                    int in_fd, pl_fetch **ret, pl_err *err)
{
    const struct timeval patience = {.tv_sec = SEND_S};
    int ends[2];
    pl_fetch *f = calloc(1, sizeof(*f));

    if (!f)
        return pl_fail(err, PL_NOMEM, "image");
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0) {
        free(f);
        return pl_fail_sys(err, errno, "socketpair");
    }
    (void)setsockopt(ends[0], SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
    *f = (pl_fetch){.src = src,
                    .store = store,
                    .given = given,
                    .in_fd = in_fd,
                    .ours = ends[0],
                    .theirs = ends[1],
                    .deadline_ns =
                        pl_mono_ns(&pl_clock_system) + (uint64_t)PL_IMAGE_LAYERS_S * 1000000000,
                    .lock = PTHREAD_MUTEX_INITIALIZER,
                    .changed = PTHREAD_COND_INITIALIZER};
    *ret = f;
    return PL_OK;
}

void pl_fetch_close(pl_fetch *f)
{
    if (!f)
        return;
    (void)close(f->ours);
    (void)close(f->theirs);
    for (size_t i = 0; f->items && i < f->plan.n; i++)
        pl_buf_done(&f->items[i].got.packed);
    free(f->items);
    pl_plan_done(&f->plan);
    free(f);
}
