/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opening a log: from .state/head and the journal to the state that the writer had.
 *
 * Everything that was acknowledged is in the tiles up to head's size or in the journal after it.
 * A journal whose last frame is torn is cut there; everything else that does not fit stops the
 * writer and changes nothing.
 */
#include "ledger/canon.h"
#include "ledger/io.h"
#include "ledger/leaf.h"
#include "ledger/proof.h"
#include "ledger/sealed.h"
#include "ledger/writer_state.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

PL_DEFINE_CLEANUP(auto_dir_, DIR *, closedir, NULL)

pl_rc pl_own_note(const pl_skey *key, pl_str note, pl_checkpoint *ret, pl_err *err)
{
    const pl_vkey *k = pl_skey_public(key);
    pl_str text;

    pl_rc rc = pl_note_open(note, k, &text, err);
    if (!rc)
        rc = pl_checkpoint_parse(text, ret, err);
    if (!rc && !pl_str_eq(ret->origin, pl_str_c(k->name)))
        rc = pl_fail(err, PL_TAMPERED, "the checkpoint is of another log, %.*s", PL_F(ret->origin));
    return rc;
}

/* ---- staged files ---- */

/* Moves .state/stage/NAME into its place under DIR, when it is still there. */
static pl_rc place(pl_writer *w, const char *dir, pl_str name, pl_err *err)
{
    char from[PL_TILE_PATH];
    char to[PL_TILE_PATH];

    (void)snprintf(from, sizeof(from), ".state/stage/%.*s", PL_F(name));
    (void)snprintf(to, sizeof(to), "%s/%.2s/%.*s", dir, name.p, PL_F(name));
    if (faccessat(w->o.log_dir, from, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
        return PL_OK;
    return pl_store_move(w->store, from, to, err);
}

static pl_rc place_blobs(pl_writer *w, pl_str rows, pl_err *err)
{
    pl_canon_walk it = {.text = rows};
    pl_leaf_blob b;
    pl_rc rc = PL_OK;

    while (!rc && pl_canon_next(&it)) {
        rc = pl_leaf_blob_parse(it.value, &b, err);
        if (!rc)
            rc = place(w, "blobs", b.sha256, err);
    }
    return rc;
}

/* The digests in a leaf are base64url; the files are named in hex. */
static pl_rc place_sealed(pl_writer *w, pl_str digests, pl_err *err)
{
    pl_canon_walk it = {.text = digests};
    pl_rc rc = PL_OK;

    while (!rc && pl_canon_next(&it)) {
        unsigned char raw[PL_SHA256];
        char hex[PL_SHA256_HEX];
        if (!pl_sealed_digest(pl_canon_plain(it.value), raw))
            continue;
        pl_hex(raw, sizeof(raw), hex);
        rc = place(w, "sealed", pl_str_c(hex), err);
    }
    return rc;
}

static pl_rc place_files(pl_writer *w, pl_str text, pl_err *err)
{
    pl_leaf leaf;

    /* A leaf that this version cannot take apart has no staged files that it could know. */
    if (pl_leaf_parse(text, &leaf, NULL) != PL_OK)
        return PL_OK;
    pl_rc rc = leaf.blobs.n ? place_blobs(w, leaf.blobs, err) : PL_OK;
    if (!rc && leaf.sd.n)
        rc = place_sealed(w, leaf.sd, err);
    return rc;
}

static pl_rc sweep(int log_dir, const char *path, uint64_t *count, pl_err *err)
{
    PL_AUTO_FD int fd = -1;

    pl_rc rc = pl_io_open_dir(log_dir, path, false, &fd, err);
    PL_CLEANUP(auto_dir_) DIR *d = rc ? NULL : fdopendir(fd);
    if (!d)
        return rc ? rc : pl_fail_sys(err, errno, "list %s", path);
    int at = PL_TAKE(fd, -1); /* belongs to d now */
    for (struct dirent *e; !rc && (e = readdir(d));) {
        if (e->d_name[0] == '.')
            continue;
        rc = pl_io_remove(at, e->d_name, err);
        ++*count;
    }
    return rc;
}

/* ---- journal ---- */

static pl_rc replay_leaf(pl_writer *w, const pl_frame *f, pl_recovered *found, pl_err *err)
{
    uint64_t size = w->store->edge.size;
    pl_node hash;

    if (f->index != size)
        return pl_fail(err, PL_TAMPERED, "the journal goes from entry %llu to entry %llu",
                       (unsigned long long)size, (unsigned long long)f->index);
    pl_merkle_leaf(w->h, f->payload, &hash);
    if (!pl_node_eq(&hash, &f->hash))
        return pl_fail(err, PL_TAMPERED, "the journal's entry %llu does not have its hash",
                       (unsigned long long)f->index);
    pl_rc rc = pl_store_add(w->store, f->payload, &hash, err);
    if (!rc)
        rc = place_files(w, f->payload, err);
    if (!rc && w->store->ready.n > PL_BATCH_BYTES)
        rc = pl_store_flush(w->store, err);
    found->replayed++;
    return rc;
}

/* A head that was signed must come out again exactly. */
static pl_rc replay_note(pl_writer *w, const pl_frame *f, pl_err *err)
{
    pl_checkpoint c;
    pl_node root;

    pl_rc rc = pl_own_note(w->o.key, f->payload, &c, err);
    if (rc)
        return pl_wrap(err, rc, "journal: head of size %llu", (unsigned long long)f->index);
    pl_edge_root(&w->store->edge, w->h, &root);
    if (c.size != w->store->edge.size || !pl_node_eq(&root, &c.root))
        return pl_fail(err, PL_TAMPERED,
                       "the head of size %llu that was signed does not come out again",
                       (unsigned long long)c.size);
    if (c.size == w->signed_size) {
        if (!pl_node_eq(&root, &w->signed_root))
            return pl_fail(err, PL_TAMPERED,
                           "the head of %llu entries that was signed had another root",
                           (unsigned long long)c.size);
        w->signed_seen = true;
    }
    pl_buf_reset(&w->note);
    pl_buf_str(&w->note, f->payload);
    w->root = root;
    w->has_note = true;
    w->published = w->noted = c.size;
    w->has_unseen = true; /* the file checkpoint may show an older one */
    /* Its tiles may never have reached the disk whole; they are written again. */
    rc = pl_store_flush(w->store, err);
    return rc ? rc : pl_store_partial(w->store, err);
}

static pl_rc replay_file(pl_writer *w, uint64_t generation, pl_recovered *found, pl_err *err)
{
    PL_AUTO_JOURNAL_READER pl_journal_reader *r = NULL;
    bool more = true;
    pl_frame f;

    pl_rc rc = pl_journal_open(w->o.log_dir, generation, w->o.journal_secret, &r, err);
    while (!rc && more) {
        uint64_t cut = 0;
        rc = pl_journal_next(r, &f, &more, &cut, err);
        found->cut += cut;
        if (rc || !more)
            break;
        rc = f.kind == PL_FRAME_LEAF ? replay_leaf(w, &f, found, err) : replay_note(w, &f, err);
    }
    return rc;
}

/*
 * All journals from head's on. A torn tail may be followed by another file: then an earlier
 * recovery cut it there, and its first frame goes on with the right entry.
 */
static pl_rc replay(pl_writer *w, const pl_head_file *head, pl_recovered *found, pl_err *err)
{
    uint64_t g = head->generation;

    for (;; g++) {
        pl_rc rc = replay_file(w, g, found, err);
        if (rc == PL_NOTFOUND && g != head->generation)
            break;
        if (rc == PL_NOTFOUND)
            return pl_fail(err, PL_TAMPERED, "the journal that .state/head names is gone");
        if (rc == PL_FORMAT && g != head->generation) {
            /* It was being made when the writer died, so it never held a frame. */
            char name[PL_JOURNAL_NAME];
            pl_journal_name(g, name);
            rc = pl_io_remove(w->o.log_dir, name, err);
            if (!rc)
                break;
        }
        if (rc == PL_FORMAT) {
            if (err)
                err->rc = PL_TAMPERED;
            rc = PL_TAMPERED;
        }
        if (rc)
            return rc;
    }
    w->first_generation = head->generation;
    w->journal.generation = g - 1;
    return PL_OK;
}

/* ---- what else must fit ---- */

/* The checkpoint file may be older than the journal's last head, but of this same tree. */
static pl_rc check_checkpoint(pl_writer *w, const pl_head_file *head, pl_err *err)
{
    PL_AUTO_BUF pl_buf note = {0};
    pl_checkpoint c;

    pl_rc rc = pl_io_read(w->o.log_dir, "checkpoint", PL_NOTE_MAX, &note, err);
    if (!rc)
        rc = pl_own_note(w->o.key, pl_buf_view(&note), &c, err);
    /* The first writer died before it had signed anything. */
    if (rc == PL_NOTFOUND && !w->has_note && head->size == 0 && w->signed_size == 0)
        return PL_OK;
    /* The journal has a newer one, and this file was never synced: it is written again. */
    if (rc && w->has_note)
        return pl_store_put(w->store, "checkpoint", pl_buf_view(&w->note), err);
    if (rc) {
        if (err)
            err->rc = PL_TAMPERED;
        return pl_wrap(err, PL_TAMPERED, "checkpoint");
    }
    if (c.size > w->store->edge.size)
        return pl_fail(err, PL_TAMPERED, "checkpoint: it covers %llu entries, the log has %llu",
                       (unsigned long long)c.size, (unsigned long long)w->store->edge.size);
    if (!w->has_note || c.size >= w->published) {
        pl_buf_reset(&w->note);
        pl_buf_str(&w->note, pl_buf_view(&note));
        w->root = c.root;
        w->has_note = true;
        w->published = w->noted = c.size;
    }
    return PL_OK;
}

/*
 * The second lock: no head that is smaller than, or in conflict with, one that was signed. A head
 * above what .state/head names was compared when its note was replayed.
 */
static pl_rc check_signed(pl_writer *w, const pl_head_file *head, pl_err *err)
{
    uint64_t size = w->signed_size;
    pl_node got = head->root;
    pl_rc rc = PL_OK;

    if (size > w->store->edge.size)
        return pl_fail(err, PL_TAMPERED,
                       "a head of %llu entries was signed, the log has %llu: it was cut or is an "
                       "old copy",
                       (unsigned long long)size, (unsigned long long)w->store->edge.size);
    if (size == 0 || w->signed_seen)
        return PL_OK;
    if (size > head->size)
        return pl_fail(err, PL_TAMPERED,
                       "the head of %llu entries that was signed is not in the "
                       "journal",
                       (unsigned long long)size);
    if (size < head->size) {
        pl_tile_nodes tiles = {.log_dir = w->o.log_dir, .size = size, .h = w->h};
        const pl_proof_tree tree = {pl_tile_node, &tiles, w->h};
        rc = pl_proof_root(&tree, size, &got, err);
        pl_buf_done(&tiles.bytes);
    }
    if (!rc && !pl_node_eq(&got, &w->signed_root))
        rc = pl_fail(err, PL_TAMPERED, "the head of %llu entries that was signed had another root",
                     (unsigned long long)size);
    return rc;
}

/* ---- a log that is not there yet ---- */

static pl_rc remove_old_journals(int log_dir, pl_err *err)
{
    char name[PL_JOURNAL_NAME];

    pl_journal_name(1, name);
    return pl_io_remove(log_dir, name, err);
}

static pl_rc create(pl_writer *w, pl_recovered *found, pl_err *err)
{
    PL_AUTO_BUF pl_buf vkey = {0};
    PL_AUTO_BUF pl_buf policy = {0};

    if (w->signed_size)
        return pl_fail(err, PL_TAMPERED, "a head of %llu entries was signed, and the log is gone",
                       (unsigned long long)w->signed_size);
    pl_vkey_print(pl_skey_public(w->o.key), &vkey);
    pl_buf_ch(&vkey, '\n');
    pl_buf_fmt(&policy, "log %.*squorum none\n", PL_F(pl_buf_view(&vkey)));
    pl_rc rc = pl_store_put(w->store, "vkeys", pl_buf_view(&vkey), err);
    if (!rc)
        rc = pl_store_put(w->store, "policy", pl_buf_view(&policy), err);
    if (!rc)
        rc = pl_store_sync(w->store, err);
    if (!rc)
        rc = remove_old_journals(w->o.log_dir, err);
    found->created = true;
    w->fence = 0;
    w->first_generation = 1;
    w->journal.generation = 0;
    return rc;
}

static bool is_fresh(int log_dir)
{
    return faccessat(log_dir, ".state/head", F_OK, 0) < 0 && errno == ENOENT &&
           faccessat(log_dir, "checkpoint", F_OK, 0) < 0 && errno == ENOENT;
}

static pl_rc load(pl_writer *w, pl_recovered *found, pl_head_file *head, pl_err *err)
{
    pl_rc rc = pl_head_read(w->o.log_dir, head, err);
    if (rc == PL_NOTFOUND) {
        if (err)
            err->rc = PL_TAMPERED;
        return PL_TAMPERED;
    }
    if (!rc)
        rc = pl_store_load(w->store, head->size, &head->root, err);
    if (!rc)
        rc = replay(w, head, found, err);
    if (!rc)
        rc = pl_store_flush(w->store, err);
    if (!rc)
        rc = check_checkpoint(w, head, err);
    if (!rc)
        rc = check_signed(w, head, err);
    found->crashed = !head->clean || found->replayed || found->cut;
    w->fence = head->fence;
    return rc;
}

pl_rc pl_recover(pl_writer *w, pl_recovered *ret, pl_err *err)
{
    pl_head_file head = {.generation = 1};
    uint64_t swept = 0;

    pl_rc rc = pl_signed_read(w->o.signed_fd, &w->signed_size, &w->signed_root, err);
    if (!rc)
        rc = is_fresh(w->o.log_dir) ? create(w, ret, err) : load(w, ret, &head, err);
    if (!rc)
        rc = sweep(w->o.log_dir, ".state/stage", &ret->orphans, err);
    if (!rc)
        rc = sweep(w->o.log_dir, ".state/tmp", &swept, err);
    if (!rc)
        rc = pl_journal_create(w->o.log_dir, w->journal.generation + 1, w->o.journal_secret,
                               &w->journal, err);
    if (rc)
        return rc;
    w->stored = w->store->edge.size;
    head.fence = ret->fence = ++w->fence;
    head.clean = false;
    if (ret->created)
        pl_edge_root(&w->store->edge, w->h, &head.root);
    return pl_head_write(w->o.log_dir, &head, err);
}
