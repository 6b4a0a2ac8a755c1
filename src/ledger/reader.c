/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/reader.h"

#include "ledger/blob.h"
#include "ledger/canon.h"
#include "ledger/io.h"
#include "ledger/note.h"
#include "ledger/proof.h"
#include "ledger/prove.h"
#include "ledger/state.h"
#include "ledger/store.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include <openssl/crypto.h>

struct pl_log {
    int dir;
    pl_vkey key;
    char vkey[PL_ORIGIN_MAX + 80];
    pl_buf note;
    pl_ledger_head head;
    pl_sha256 *h;
    pl_tile_nodes nodes; /* for proofs */
    pl_tile have;        /* what bundle and hashes hold; width 0: nothing */
    pl_buf bundle;
    pl_buf hashes;
    bool has_class_key;
    unsigned char class_key[PL_SHA256];
};

void pl_log_close(pl_log *log)
{
    if (!log)
        return;
    if (log->dir >= 0)
        (void)close(log->dir);
    pl_buf_done(&log->note);
    pl_buf_done(&log->bundle);
    pl_buf_done(&log->hashes);
    pl_buf_done(&log->nodes.bytes);
    pl_sha256_free(log->h);
    OPENSSL_cleanse(log->class_key, sizeof(log->class_key));
    free(log);
}

/* ---- opening ---- */

static pl_rc choose_key(pl_log *log, const char *vkey, pl_err *err)
{
    PL_AUTO_BUF pl_buf file = {0};
    pl_str text = pl_str_c(vkey);
    pl_rc rc = PL_OK;

    if (!vkey) {
        pl_str rest;
        rc = pl_io_read(log->dir, "vkeys", PL_KEY_FILE_MAX, &file, err);
        rest = pl_buf_view(&file);
        if (!rc)
            (void)pl_str_cut(&rest, '\n', &text);
    }
    if (!rc)
        rc = pl_vkey_parse(text, &log->key, err);
    if (!rc && !pl_str_to_c(text, log->vkey, sizeof(log->vkey)))
        rc = pl_fail(err, PL_LIMIT, "vkey is too long");
    return pl_wrap(err, rc, vkey ? "the given key" : "vkeys");
}

static pl_rc read_head(pl_log *log, pl_err *err)
{
    pl_checkpoint c;
    pl_str text;

    pl_rc rc = pl_io_read(log->dir, "checkpoint", PL_NOTE_MAX, &log->note, err);
    if (!rc)
        rc = pl_note_open(pl_buf_view(&log->note), &log->key, &text, err);
    if (!rc)
        rc = pl_checkpoint_parse(text, &c, err);
    if (!rc && !pl_str_eq(c.origin, pl_str_c(log->key.name)))
        rc = pl_fail(err, PL_TAMPERED, "it is of another log, %.*s", PL_F(c.origin));
    if (rc)
        return pl_wrap(err, rc, "checkpoint");
    log->head.size = c.size;
    memcpy(log->head.root, c.root.b, PL_SHA256);
    log->nodes = (pl_tile_nodes){.log_dir = log->dir, .size = c.size, .h = log->h};
    return PL_OK;
}

static pl_rc open_at(int dir, const char *vkey, pl_log **ret, pl_err *err)
{
    PL_AUTO_LOG pl_log *log = calloc(1, sizeof(*log));

    if (!log) {
        (void)close(dir);
        return pl_fail(err, PL_NOMEM, "log");
    }
    log->dir = dir;
    log->h = pl_sha256_new();
    if (!log->h)
        return pl_fail(err, PL_NOMEM, "log");
    pl_rc rc = choose_key(log, vkey, err);
    if (!rc)
        rc = read_head(log, err);
    if (!rc)
        *ret = PL_TAKE(log, NULL);
    return rc;
}

pl_rc pl_log_open(const char *dir, const char *vkey, pl_log **ret, pl_err *err)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
        return pl_fail(err, PL_NOTFOUND, "log %s is not there", dir);
    if (fd < 0)
        return pl_fail_sys(err, errno, "open log %s", dir);
    return pl_wrap(err, open_at(fd, vkey, ret, err), "log %s", dir);
}

/* The key that the state directory keeps, which the log's own files cannot change. */
static pl_rc open_own(int state, pl_log **ret, pl_err *err)
{
    PL_AUTO_BUF pl_buf vkey = {0};
    int dir = -1;

    pl_rc rc = pl_state_get(state, "log.vkey", &vkey, err);
    pl_buf_ch(&vkey, '\0');
    if (!rc)
        rc = pl_io_open_dir(state, "ledger", false, &dir, err);
    if (rc)
        return rc;
    for (char *p = vkey.p; *p; p++)
        if (*p == '\n')
            *p = '\0';
    rc = open_at(dir, vkey.p, ret, err);
    if (!rc && pl_state_has(state, "class-default"))
        (*ret)->has_class_key =
            pl_state_secret(state, "class-default", (*ret)->class_key, NULL) == PL_OK;
    return rc;
}

pl_rc pl_log_open_state(const char *state_dir, pl_log **ret, pl_err *err)
{
    PL_AUTO_FD int state = -1;

    pl_rc rc = pl_state_open(state_dir, false, &state, err);
    if (!rc)
        rc = open_own(state, ret, err);
    return pl_wrap(err, rc, "ledger of %s", state_dir);
}

pl_rc pl_log_use_class_key(pl_log *log, const char *path, pl_err *err)
{
    PL_AUTO_BUF pl_buf text = {0};

    pl_rc rc = pl_io_read_path(path, PL_KEY_FILE_MAX, &text, err);
    if (!rc)
        rc = pl_state_secret_parse(pl_buf_view(&text), log->class_key, err);
    if (text.p)
        OPENSSL_cleanse(text.p, text.room);
    log->has_class_key = !rc;
    return pl_wrap(err, rc, "class key %s", path);
}

/* ---- what it says ---- */

const pl_ledger_head *pl_log_head(const pl_log *log)
{
    return &log->head;
}

const char *pl_log_origin(const pl_log *log)
{
    return log->key.name;
}

const char *pl_log_vkey(const pl_log *log)
{
    return log->vkey;
}

pl_str pl_log_checkpoint(const pl_log *log)
{
    return pl_buf_view(&log->note);
}

int pl_log_dir(const pl_log *log)
{
    return log->dir;
}

/* ---- leaves ---- */

static pl_rc load_bundle(pl_log *log, uint64_t n, pl_err *err)
{
    pl_tile t = {.level = PL_TILE_ENTRIES, .n = n};

    t.width = pl_tile_width(t.level, n, log->head.size);
    if (log->have.width == t.width && log->have.n == n)
        return PL_OK;
    log->have.width = 0;
    pl_rc rc = pl_tile_read(log->dir, &t, &log->bundle, err);
    t.level = 0;
    if (!rc)
        rc = pl_tile_read(log->dir, &t, &log->hashes, err);
    if (!rc)
        log->have = t;
    return rc;
}

pl_rc pl_log_leaf(pl_log *log, uint64_t index, pl_str *ret, pl_err *err)
{
    pl_node hash;
    pl_str leaf = {0};

    if (index >= log->head.size)
        return pl_fail(err, PL_NOTFOUND, "entry %llu: the log has %llu", (unsigned long long)index,
                       (unsigned long long)log->head.size);
    pl_rc rc = load_bundle(log, index / PL_TILE_HASHES, err);
    if (rc)
        return pl_wrap(err, rc, "entry %llu", (unsigned long long)index);
    pl_str rest = pl_buf_view(&log->bundle);
    for (uint64_t i = 0; i <= index % PL_TILE_HASHES; i++)
        if (!pl_bundle_next(&rest, &leaf))
            return pl_fail(err, PL_TAMPERED, "entry %llu: its bundle is too short",
                           (unsigned long long)index);
    pl_merkle_leaf(log->h, leaf, &hash);
    if (memcmp(hash.b, log->hashes.p + index % PL_TILE_HASHES * PL_SHA256, PL_SHA256) != 0)
        return pl_fail(err, PL_TAMPERED, "entry %llu is not the one that was logged",
                       (unsigned long long)index);
    *ret = leaf;
    return PL_OK;
}

pl_rc pl_log_leaf_json(pl_log *log, uint64_t index, json_t **ret, pl_err *err)
{
    json_error_t e;
    pl_str leaf;

    pl_rc rc = pl_log_leaf(log, index, &leaf, err);
    if (rc)
        return rc;
    *ret = json_loadb(leaf.p, leaf.n, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &e);
    return *ret ? PL_OK
                : pl_fail(err, PL_FORMAT, "entry %llu: %s", (unsigned long long)index, e.text);
}

pl_rc pl_log_find_last(pl_log *log, pl_str type, uint64_t before, uint64_t *ret_index, pl_err *err)
{
    uint64_t end = before < log->head.size ? before : log->head.size;

    for (uint64_t i = end; i--;) {
        pl_leaf leaf;
        pl_str text;
        pl_rc rc = pl_log_leaf(log, i, &text, err);
        if (rc)
            return rc;
        if (pl_leaf_parse(text, &leaf, NULL) == PL_OK && pl_str_eq(leaf.type, type)) {
            *ret_index = i;
            return PL_OK;
        }
    }
    return pl_fail(err, PL_NOTFOUND, "no entry of type %.*s", PL_F(type));
}

static pl_rc find_row(pl_log *log, uint64_t index, pl_str role, pl_leaf_blob *ret, pl_err *err)
{
    pl_leaf leaf;
    pl_str text = {0};

    *ret = (pl_leaf_blob){0};
    pl_rc rc = pl_log_leaf(log, index, &text, err);
    if (!rc)
        rc = pl_leaf_parse(text, &leaf, err);
    if (rc)
        return rc;
    pl_canon_walk w = {.text = leaf.blobs};
    while (leaf.blobs.n && pl_canon_next(&w)) {
        rc = pl_leaf_blob_parse(w.value, ret, err);
        if (rc || pl_str_eq(ret->role, role))
            return rc;
    }
    return pl_fail(err, PL_NOTFOUND, "it has no blob \"%.*s\"", PL_F(role));
}

pl_rc pl_log_has_blob(pl_log *log, uint64_t index, pl_str role, bool *ret, pl_err *err)
{
    pl_leaf_blob row;
    pl_err why = {0};

    pl_rc rc = find_row(log, index, role, &row, &why);
    if (rc && rc != PL_NOTFOUND)
        return pl_fail(err, rc, "%s", why.text);
    *ret = rc == PL_OK;
    return PL_OK;
}

pl_rc pl_log_blob(pl_log *log, uint64_t index, pl_str role, pl_buf *ret, pl_err *err)
{
    pl_leaf_blob row = {0};

    pl_rc rc = find_row(log, index, role, &row, err);
    if (!rc && !log->has_class_key)
        rc = pl_fail(err, PL_DENIED, "the key of its blobs cannot be read");
    if (!rc)
        rc = pl_blob_read(log->dir, log->class_key, &row, ret, err);
    return pl_wrap(err, rc, "entry %llu", (unsigned long long)index);
}

/* ---- proofs ---- */

pl_rc pl_log_prove(pl_log *log, uint64_t index, pl_buf *out, pl_err *err)
{
    const pl_proof_tree tree = {pl_tile_node, &log->nodes, log->h};
    pl_proof p;

    pl_rc rc = pl_proof_inclusion(&tree, index, log->head.size, &p, err);
    if (!rc)
        pl_proof_print(&p, index, pl_buf_view(&log->note), out);
    return rc;
}

pl_rc pl_log_prove_between(pl_log *log, uint64_t old, uint64_t size, pl_buf *out, pl_err *err)
{
    const pl_proof_tree tree = {pl_tile_node, &log->nodes, log->h};
    pl_proof p;

    if (size != log->head.size)
        return pl_fail(err, PL_USAGE,
                       "the log keeps a signed checkpoint of size %llu, none of size %llu",
                       (unsigned long long)log->head.size, (unsigned long long)size);
    pl_rc rc = pl_proof_consistency(&tree, old, size, &p, err);
    if (!rc)
        pl_proof_print_consistency(&p, old, pl_buf_view(&log->note), out);
    return rc;
}
