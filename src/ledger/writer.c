/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/writer.h"

#include "ledger/io.h"
#include "ledger/writer_state.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>

static const char reserve_path[] = ".state/reserve";

uint64_t pl_writer_size(const pl_writer *w)
{
    return w->store->edge.size;
}

uint64_t pl_writer_stored(const pl_writer *w)
{
    return w->stored;
}

uint64_t pl_writer_published(const pl_writer *w)
{
    return w->published;
}

uint64_t pl_writer_pending(const pl_writer *w)
{
    return w->frames.n;
}

uint64_t pl_writer_journal(const pl_writer *w)
{
    return w->journal.end;
}

pl_str pl_writer_checkpoint(const pl_writer *w)
{
    return pl_buf_view(&w->note);
}

void pl_writer_root(const pl_writer *w, pl_node *ret)
{
    *ret = w->root;
}

/* ---- open ---- */

static pl_rc make_state_dirs(int log_dir, pl_err *err)
{
    static const char *const dirs[] = {".state/tmp", ".state/stage"};

    for (size_t i = 0; i < PL_COUNT(dirs); i++) {
        PL_AUTO_FD int fd = -1;
        pl_rc rc = pl_io_open_dir(log_dir, dirs[i], true, &fd, err);
        if (rc)
            return rc;
    }
    return PL_OK;
}

static pl_rc wait_for_lock(int fd, unsigned wait_ms, pl_err *err)
{
    const struct timespec pause = {0, PL_LOCK_RETRY_MS * 1000000L};

    for (unsigned waited = 0;; waited += PL_LOCK_RETRY_MS) {
        if (flock(fd, LOCK_EX | LOCK_NB) == 0)
            return PL_OK;
        if (errno != EWOULDBLOCK)
            return pl_fail_sys(err, errno, "lock .state/lock");
        if (waited >= wait_ms)
            return pl_fail(err, PL_DENIED, "another writer has the log open (.state/lock is held)");
        (void)clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, NULL);
    }
}

pl_rc pl_writer_lock(int log_dir, unsigned wait_ms, int *ret_fd, pl_err *err)
{
    pl_rc rc = make_state_dirs(log_dir, err);
    if (rc)
        return rc;
    PL_AUTO_FD int fd =
        openat(log_dir, ".state/lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return pl_fail_sys(err, errno, "open .state/lock");
    rc = wait_for_lock(fd, wait_ms, err);
    if (!rc)
        *ret_fd = PL_TAKE(fd, -1);
    return rc;
}

static pl_rc make_reserve(pl_writer *w, pl_err *err)
{
    if (w->o.reserve == 0)
        return PL_OK;
    PL_AUTO_FD int fd =
        openat(w->o.log_dir, reserve_path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return pl_fail_sys(err, errno, "make %s", reserve_path);
    int e = posix_fallocate(fd, 0, (off_t)w->o.reserve);
    if (e == 0)
        return PL_OK;
    (void)unlinkat(w->o.log_dir, reserve_path, 0);
    return pl_fail_sys(err, e, "%s: %llu MiB kept free for the log's last words", reserve_path,
                       (unsigned long long)w->o.reserve >> 20);
}

void pl_writer_release_reserve(pl_writer *w)
{
    (void)unlinkat(w->o.log_dir, reserve_path, 0);
}

static pl_rc new_writer(const pl_writer_options *o, pl_writer **ret, pl_err *err)
{
    PL_AUTO_WRITER pl_writer *w = calloc(1, sizeof(*w));

    if (!w)
        return pl_fail(err, PL_NOMEM, "writer");
    w->o = *o;
    w->lock_fd = -1;
    w->journal.fd = -1;
    w->h = pl_sha256_new();
    if (!w->h)
        return pl_fail(err, PL_NOMEM, "writer");
    pl_rc rc = pl_store_new(o->log_dir, &w->store, err);
    if (!rc)
        *ret = PL_TAKE(w, NULL);
    return rc;
}

pl_rc pl_writer_open(const pl_writer_options *o, pl_writer **ret, pl_recovered *ret_found,
                     pl_err *err)
{
    PL_AUTO_WRITER pl_writer *w = NULL;

    *ret_found = (pl_recovered){0};
    pl_rc rc = new_writer(o, &w, err);
    if (!rc && !o->has_lock)
        rc = pl_writer_lock(o->log_dir, o->wait_ms, &w->lock_fd, err);
    if (!rc)
        rc = make_reserve(w, err);
    if (!rc)
        rc = pl_recover(w, ret_found, err);
    if (!rc)
        *ret = PL_TAKE(w, NULL);
    return rc;
}

static void drop_staged(pl_writer *w)
{
    for (size_t i = 0; i < w->n_staged; i++)
        if (w->staged[i].fd >= 0)
            (void)close(w->staged[i].fd);
    w->n_staged = w->first_unsynced = 0;
}

void pl_writer_free(pl_writer *w)
{
    if (!w)
        return;
    drop_staged(w);
    free(w->staged);
    pl_journal_close(&w->journal);
    pl_store_free(w->store);
    pl_sha256_free(w->h);
    pl_buf_done(&w->frames);
    pl_buf_done(&w->note);
    if (w->lock_fd >= 0)
        (void)close(w->lock_fd);
    free(w);
}

/* ---- adding ---- */

pl_rc pl_writer_add(pl_writer *w, pl_str leaf, uint64_t *ret_index, pl_err *err)
{
    uint64_t index = w->store->edge.size;
    pl_node hash;

    if (leaf.n == 0 || leaf.n > PL_LEAF_MAX)
        return pl_fail(err, PL_LIMIT, "leaf of %zu bytes; 1 to %d are allowed", leaf.n,
                       PL_LEAF_MAX);
    pl_merkle_leaf(w->h, leaf, &hash);
    pl_journal_frame(&w->journal, w->h, PL_FRAME_LEAF, index, &hash, leaf, &w->frames);
    if (ret_index)
        *ret_index = index;
    return pl_store_add(w->store, leaf, &hash, err);
}

static pl_rc sync_staged(pl_writer *w, pl_err *err)
{
    int fds[PL_STAGED_OPEN];
    size_t n = w->n_staged - w->first_unsynced;

    assert(n <= PL_COUNT(fds));
    for (size_t i = 0; i < n; i++)
        fds[i] = w->staged[w->first_unsynced + i].fd;
    pl_rc rc = pl_io_sync_all(fds, n, "the batch's blobs and disclosures", err);
    for (; !rc && w->first_unsynced < w->n_staged; w->first_unsynced++)
        (void)close(PL_TAKE(w->staged[w->first_unsynced].fd, -1));
    return rc;
}

static pl_rc room_for_staged(pl_writer *w, pl_err *err)
{
    if (w->n_staged == w->room_staged) {
        size_t room = w->room_staged ? 2 * w->room_staged : 16;
        pl_staged *more = reallocarray(w->staged, room, sizeof(*more));
        if (!more)
            return pl_fail(err, PL_NOMEM, "staged files");
        w->staged = more;
        w->room_staged = room;
    }
    return w->n_staged - w->first_unsynced < PL_STAGED_OPEN ? PL_OK : sync_staged(w, err);
}

pl_rc pl_writer_stage(pl_writer *w, int fd, const char *name, const char *to, pl_err *err)
{
    PL_AUTO_FD int own = fd;

    pl_rc rc = room_for_staged(w, err);
    if (rc)
        return rc;
    pl_staged *s = &w->staged[w->n_staged];
    int n = snprintf(s->from, sizeof(s->from), ".state/stage/%s", name);
    int m = snprintf(s->to, sizeof(s->to), "%s", to);
    assert(n > 0 && (size_t)n < sizeof(s->from) && m > 0 && (size_t)m < sizeof(s->to));
    /* So that the first sync of the batch does nearly all the work of the others. */
    pl_io_start_write_back(own);
    s->fd = PL_TAKE(own, -1);
    w->n_staged++;
    return PL_OK;
}

size_t pl_writer_staged(const pl_writer *w)
{
    return w->n_staged;
}

void pl_writer_unstage(pl_writer *w, size_t mark)
{
    while (w->n_staged > mark) {
        pl_staged *s = &w->staged[--w->n_staged];
        if (s->fd >= 0)
            (void)close(s->fd);
        (void)unlinkat(w->o.log_dir, s->from, 0);
    }
    if (w->first_unsynced > mark)
        w->first_unsynced = mark;
}

/* ---- committing ---- */

static pl_rc place_staged(pl_writer *w, pl_err *err)
{
    for (size_t i = 0; i < w->n_staged; i++) {
        pl_rc rc = pl_store_move(w->store, w->staged[i].from, w->staged[i].to, err);
        if (rc)
            return rc;
    }
    w->n_staged = w->first_unsynced = 0;
    return PL_OK;
}

/* The signed note over all that was added, as a frame of the batch. */
static pl_rc sign_head(pl_writer *w, pl_err *err)
{
    PL_AUTO_BUF pl_buf text = {0};
    pl_checkpoint c = {.origin = pl_str_c(pl_skey_public(w->o.key)->name),
                       .size = w->store->edge.size};
    pl_node digest;

    pl_edge_root(&w->store->edge, w->h, &c.root);
    pl_checkpoint_print(&c, &text);
    pl_buf_reset(&w->note);
    pl_rc rc = pl_note_sign(pl_buf_view(&text), w->o.key, &w->note, err);
    if (rc)
        return rc;
    w->root = c.root;
    w->noted = c.size;
    w->has_note = w->has_unseen = true;
    pl_sha256_of(pl_buf_view(&w->note), digest.b);
    pl_journal_frame(&w->journal, w->h, PL_FRAME_NOTE, c.size, &digest, pl_buf_view(&w->note),
                     &w->frames);
    return PL_OK;
}

static pl_rc write_frames(pl_writer *w, pl_err *err)
{
    if (w->frames.n == 0)
        return PL_OK;
    if (!pl_buf_ok(&w->frames))
        return pl_fail(err, PL_NOMEM, "journal frames");
    pl_rc rc = pl_journal_commit(&w->journal, pl_buf_view(&w->frames), err);
    pl_buf_reset(&w->frames);
    return rc;
}

static pl_rc put_head_files(pl_writer *w, pl_err *err)
{
    pl_rc rc = pl_store_partial(w->store, err);
    if (!rc)
        rc = pl_store_put(w->store, "checkpoint", pl_buf_view(&w->note), err);
    if (!rc)
        rc = pl_signed_write(w->o.signed_fd, w->stored, &w->root, err);
    if (rc)
        return rc;
    w->published = w->stored;
    w->has_unseen = false;
    return PL_OK;
}

pl_rc pl_writer_commit(pl_writer *w, pl_commit level, pl_err *err)
{
    bool sign = level != PL_COMMIT_STORE && (!w->has_note || w->noted != w->store->edge.size);

    pl_rc rc = sync_staged(w, err);
    if (!rc && w->n_staged)
        rc = pl_io_sync_dir(w->o.log_dir, ".state/stage", err);
    if (!rc && sign)
        rc = sign_head(w, err);
    if (!rc)
        rc = write_frames(w, err);
    if (rc)
        return rc;
    w->stored = w->store->edge.size;
    rc = place_staged(w, err);
    if (!rc)
        rc = pl_store_flush(w->store, err);
    if (!rc && level == PL_COMMIT_PUBLISH && w->has_unseen)
        rc = put_head_files(w, err);
    return rc;
}

/* ---- making durable ---- */

/* A writer that lost its lock without knowing (a network file system) finds a newer fence. */
static pl_rc check_fence(pl_writer *w, pl_err *err)
{
    pl_head_file h;

    pl_rc rc = pl_head_read(w->o.log_dir, &h, err);
    if (!rc && h.fence != w->fence)
        rc = pl_fail(err, PL_DENIED, "another writer opened the log after this one (%llu, %llu)",
                     (unsigned long long)h.fence, (unsigned long long)w->fence);
    return rc;
}

static pl_rc drop_journals(pl_writer *w, uint64_t upto, pl_err *err)
{
    char name[PL_JOURNAL_NAME];

    for (; w->first_generation < upto; w->first_generation++) {
        pl_journal_name(w->first_generation, name);
        pl_rc rc = pl_io_remove(w->o.log_dir, name, err);
        if (rc)
            return rc;
    }
    return PL_OK;
}

static pl_rc fresh_journal(pl_writer *w, bool clean, pl_err *err)
{
    pl_journal next;

    pl_rc rc =
        pl_journal_create(w->o.log_dir, w->journal.generation + 1, w->o.journal_secret, &next, err);
    if (rc)
        return rc;
    pl_journal_close(&w->journal);
    w->journal = next;
    pl_head_file h = {.size = w->published,
                      .root = w->root,
                      .generation = next.generation,
                      .fence = w->fence,
                      .clean = clean};
    rc = pl_head_write(w->o.log_dir, &h, err);
    return rc ? rc : drop_journals(w, next.generation, err);
}

static pl_rc make_durable(pl_writer *w, bool clean, pl_err *err)
{
    pl_rc rc = pl_writer_commit(w, PL_COMMIT_PUBLISH, err);
    if (!rc)
        rc = check_fence(w, err);
    if (!rc)
        rc = pl_store_sync(w->store, err);
    if (!rc)
        rc = pl_io_sync(w->o.signed_fd, "keys/signed", err);
    if (!rc)
        rc = fresh_journal(w, clean, err);
    return rc;
}

pl_rc pl_writer_sync(pl_writer *w, pl_err *err)
{
    return make_durable(w, false, err);
}

pl_rc pl_writer_stop(pl_writer *w, pl_err *err)
{
    return make_durable(w, true, err);
}
