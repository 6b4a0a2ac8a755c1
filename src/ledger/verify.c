/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/verify.h"

#include "ledger/io.h"
#include "ledger/proof.h"
#include "ledger/verify_priv.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void pl_verified_free(pl_verified *v)
{
    if (!v)
        return;
    free(v->problems);
    free(v);
}

pl_rc pl_verified_result(const pl_verified *v)
{
    if (v->n_tampered)
        return PL_TAMPERED;
    return v->n_incomplete ? PL_INCOMPLETE : PL_OK;
}

void pl_problem_add(pl_run *r, pl_problem_kind kind, const char *fmt, ...)
{
    pl_verified *v = r->v;
    va_list ap;

    (void)pthread_mutex_lock(&r->lock);
    if (kind == PL_PROBLEM_TAMPERED)
        v->n_tampered++;
    else
        v->n_incomplete++;
    if (v->n_problems < PL_VERIFY_NOTES) {
        pl_problem *p = &v->problems[v->n_problems++];
        p->kind = kind;
        va_start(ap, fmt);
        (void)vsnprintf(p->text, sizeof(p->text), fmt, ap);
        va_end(ap);
    }
    (void)pthread_mutex_unlock(&r->lock);
}

void pl_problem_read(pl_run *r, pl_rc rc, const pl_err *e)
{
    bool unread = rc == PL_DENIED || rc == PL_SYS || rc == PL_NOMEM;

    pl_problem_add(r, unread ? PL_PROBLEM_INCOMPLETE : PL_PROBLEM_TAMPERED, "%s", e->text);
}

/* ---- checkpoint and keys ---- */

static pl_rc choose_key(pl_run *r, pl_err *err)
{
    PL_AUTO_BUF pl_buf file = {0};
    pl_verified *v = r->v;
    pl_err e = {0};

    if (r->o->vkey)
        v->key_from = r->o->vkey_from ? r->o->vkey_from : "given by you";
    if (r->o->vkey)
        return pl_wrap(err, pl_vkey_parse(pl_str_c(r->o->vkey), &v->key, err), "the given key");
    pl_rc rc = pl_io_read(r->dir, "vkeys", PL_KEY_FILE_MAX, &file, &e);
    pl_str rest = pl_buf_view(&file);
    pl_str line = {0};
    if (!rc) {
        (void)pl_str_cut(&rest, '\n', &line);
        rc = pl_wrap(&e, pl_vkey_parse(line, &v->key, &e), "vkeys");
    }
    if (rc)
        pl_problem_read(r, rc, &e);
    return PL_OK;
}

static pl_rc open_head(pl_run *r, pl_str note, pl_err *err)
{
    pl_verified *v = r->v;
    pl_checkpoint c;
    pl_str text;

    pl_rc rc = pl_note_open(note, &v->key, &text, err);
    if (!rc)
        rc = pl_checkpoint_parse(text, &c, err);
    if (!rc && !pl_str_eq(c.origin, pl_str_c(v->key.name)))
        rc = pl_fail(err, PL_TAMPERED, "it is of another log, %.*s", PL_F(c.origin));
    if (rc)
        return pl_wrap(err, rc, "checkpoint");
    (void)pl_str_to_c(c.origin, v->origin, sizeof(v->origin));
    v->size = c.size;
    v->root = c.root;
    v->has_head = true;
    return PL_OK;
}

/*
 * A first writer that died, of a full disk say: tiles are written before a head is signed, and the
 * signer remembers the head before it lets go of it. Whoever can empty that memory holds the key
 * beside it, too, and could have signed; without the memory, or with tiles, there is no excuse.
 */
static bool never_began(const pl_run *r)
{
    PL_AUTO_FD int fd = -1;

    return r->o->never_signed && pl_io_open_dir(r->dir, "tile", false, &fd, NULL) == PL_NOTFOUND;
}

static void check_head(pl_run *r, pl_buf *note)
{
    pl_err e = {0};

    pl_rc rc = pl_io_read(r->dir, "checkpoint", PL_NOTE_MAX, note, &e);
    if (rc == PL_NOTFOUND && never_began(r)) {
        pl_problem_add(r, PL_PROBLEM_INCOMPLETE,
                       "no head was signed yet: the first writer did not come to its end; the next "
                       "run goes on from what it stored");
        return;
    }
    if (!rc && r->v->key.name[0])
        rc = open_head(r, pl_buf_view(note), &e);
    if (rc)
        pl_problem_read(r, rc, &e);
}

/* vkeys and policy follow from the key, byte for byte. */
static void check_small_file(pl_run *r, const char *name, pl_str want)
{
    PL_AUTO_BUF pl_buf file = {0};
    pl_err e = {0};

    pl_rc rc = pl_io_read(r->dir, name, PL_KEY_FILE_MAX, &file, &e);
    if (rc)
        pl_problem_read(r, rc, &e);
    else if (!pl_str_eq(pl_buf_view(&file), want))
        pl_problem_add(r, PL_PROBLEM_TAMPERED, "%s does not say what follows from the key", name);
}

static void check_small_files(pl_run *r)
{
    PL_AUTO_BUF pl_buf vkey = {0};
    PL_AUTO_BUF pl_buf policy = {0};

    pl_vkey_print(&r->v->key, &vkey);
    pl_buf_ch(&vkey, '\n');
    pl_buf_fmt(&policy, "log %.*squorum none\n", PL_F(pl_buf_view(&vkey)));
    check_small_file(r, "vkeys", pl_buf_view(&vkey));
    check_small_file(r, "policy", pl_buf_view(&policy));
}

/* ---- what the signer remembers outside the log ---- */

static void check_signed(pl_run *r)
{
    PL_AUTO_SHA256 pl_sha256 *h = pl_sha256_new();
    uint64_t size = r->o->signed_size;
    pl_tile_nodes tiles = {.log_dir = r->dir, .size = r->v->size, .h = h};
    const pl_proof_tree tree = {pl_tile_node, &tiles, h};
    pl_node root;
    pl_err e = {0};

    if (size == 0 || (size > r->v->size && pl_log_is_written(r->dir)))
        return;
    if (size > r->v->size) {
        pl_problem_add(
            r, PL_PROBLEM_INCOMPLETE,
            "a head of %llu entries was signed: the last writer did not stop cleanly, or "
            "the log was cut or is an old copy",
            (unsigned long long)size);
        return;
    }
    pl_rc rc = h ? pl_proof_root(&tree, size, &root, &e) : pl_fail(&e, PL_NOMEM, "SHA-256");
    pl_buf_done(&tiles.bytes);
    if (rc)
        pl_problem_read(r, rc, &e);
    else if (!pl_node_eq(&root, &r->o->signed_root))
        pl_problem_add(r, PL_PROBLEM_TAMPERED,
                       "the head of %llu entries that was signed here had "
                       "another root",
                       (unsigned long long)size);
}

/* ---- the whole ---- */

static void count_missing(pl_run *r, const pl_refs *refs, const char *what, uint64_t *count)
{
    for (size_t i = 0; i < refs->n; i++) {
        char hex[PL_SHA256_HEX];
        if (refs->p[i].seen)
            continue;
        ++*count;
        pl_hex(refs->p[i].digest, PL_SHA256, hex);
        pl_problem_add(r, PL_PROBLEM_INCOMPLETE, "%s %s of entry %llu is missing", what, hex,
                       (unsigned long long)refs->p[i].leaf);
    }
}

static void run_done(pl_run *r)
{
    for (uint64_t i = 0; r->chunks && i < r->n_chunks; i++)
        pl_chunk_done(&r->chunks[i]);
    free(r->chunks);
    free(r->roots);
    free(r->blobs.p);
    free(r->sealed.p);
    free(r->abouts.p);
    (void)pthread_mutex_destroy(&r->lock);
}

static pl_rc check_all(pl_run *r, pl_buf *note, pl_err *err)
{
    pl_rc rc = choose_key(r, err);

    if (rc)
        return rc;
    check_head(r, note);
    if (!r->v->has_head)
        return PL_OK;
    check_small_files(r);
    rc = pl_verify_tree(r, err);
    if (!rc)
        check_signed(r);
    if (!rc)
        rc = pl_verify_series(r, err);
    if (!rc)
        rc = pl_verify_files(r, err);
    if (rc)
        return rc;
    pl_verify_verdicts(r);
    if (r->v->not_records)
        pl_problem_add(r, PL_PROBLEM_INCOMPLETE,
                       "%llu entries are no records of this program: hashed, not understood",
                       (unsigned long long)r->v->not_records);
    else if (r->v->size && !r->v->epochs[0])
        pl_problem_add(r, PL_PROBLEM_INCOMPLETE, "the first entry is not the log's opening");
    count_missing(r, &r->blobs, "blob", &r->v->blobs_missing);
    count_missing(r, &r->sealed, "disclosure", &r->v->sealed_missing);
    return PL_OK;
}

static pl_rc run_once(int dir, const pl_verify_options *o, pl_buf *note, pl_verified **ret,
                      pl_err *err)
{
    PL_AUTO_VERIFIED pl_verified *v = calloc(1, sizeof(*v));
    pl_run r = {.dir = dir, .o = o, .v = v};

    if (!v || !(v->problems = calloc(PL_VERIFY_NOTES, sizeof(*v->problems))))
        return pl_fail(err, PL_NOMEM, "report of the verification");
    if (pthread_mutex_init(&r.lock, NULL) != 0)
        return pl_fail(err, PL_NOMEM, "lock");
    pl_rc rc = check_all(&r, note, err);
    run_done(&r);
    if (!rc)
        *ret = PL_TAKE(v, NULL);
    return rc;
}

/* A log that is being written: the checkpoint moved on while its files were looked at. */
static bool has_moved(int dir, pl_str note)
{
    PL_AUTO_BUF pl_buf now = {0};

    return pl_io_read(dir, "checkpoint", PL_NOTE_MAX, &now, NULL) == PL_OK &&
           !pl_str_eq(pl_buf_view(&now), note);
}

pl_rc pl_verify(int log_dir, const pl_verify_options *o, pl_verified **ret, pl_err *err)
{
    enum { TRIES = 3 };
    PL_AUTO_BUF pl_buf note = {0};

    for (int i = 1;; i++) {
        PL_AUTO_VERIFIED pl_verified *v = NULL;
        pl_rc rc = run_once(log_dir, o, &note, &v, err);
        if (rc)
            return rc;
        if (i == TRIES || pl_verified_result(v) == PL_OK ||
            !has_moved(log_dir, pl_buf_view(&note))) {
            *ret = PL_TAKE(v, NULL);
            return PL_OK;
        }
    }
}
