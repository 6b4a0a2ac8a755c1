/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading a log directory: the signed checkpoint, leaves by index, blobs.
 *
 * Every leaf handed out was hashed and found in the level-0 tile; the tile itself is compared
 * with the checkpoint by `ledger verify`, not here. Nothing is written, no lock is needed; a log
 * that is being written can be read. One thread at a time.
 */
#pragma once

#include "core/buf.h"
#include "core/err.h"
#include "ledger/client.h"

typedef struct pl_log pl_log;

/*
 * Opens a log directory (the one that holds "checkpoint"). vkey NULL: the key that the log itself
 * names in `vkeys`, which proves only that the log agrees with itself. PL_NOTFOUND: no log here.
 */
pl_rc pl_log_open(const char *dir, const char *vkey, pl_log **ret, pl_err *err) PL_MUST_USE;

/* The log of a state directory, with the key to its blobs when it can be read. */
pl_rc pl_log_open_state(const char *state_dir, pl_log **ret, pl_err *err) PL_MUST_USE;

/* Another key to its blobs: a file as keys/class-default. The blobs' own keys, wrapped by it, are
 * in .state/blobkeys of the log. */
pl_rc pl_log_use_class_key(pl_log *log, const char *path, pl_err *err) PL_MUST_USE;

void pl_log_close(pl_log *log); /* accepts NULL */

const pl_ledger_head *pl_log_head(const pl_log *log);
const char *pl_log_origin(const pl_log *log);
const char *pl_log_vkey(const pl_log *log);
pl_str pl_log_checkpoint(const pl_log *log); /* the note as it was read */

int pl_log_dir(const pl_log *log); /* borrowed descriptor of the directory */

/* The exact bytes of a leaf. The slice lives until the next call with this log. */
pl_rc pl_log_leaf(pl_log *log, uint64_t index, pl_str *ret, pl_err *err) PL_MUST_USE;

/* As pl_log_leaf, parsed. The caller owns the reference. */
pl_rc pl_log_leaf_json(pl_log *log, uint64_t index, json_t **ret, pl_err *err) PL_MUST_USE;

/* The newest leaf of this type below `before` (UINT64_MAX: from the end). PL_NOTFOUND: none. */
pl_rc pl_log_find_last(pl_log *log, pl_str type, uint64_t before, uint64_t *ret_index,
                       pl_err *err) PL_MUST_USE;

/*
 * The content of a leaf's blob, decrypted and decompressed, by its role. PL_NOTFOUND: the leaf
 * has no such blob, or the file is gone. PL_DENIED: no key. PL_TAMPERED: it is not what the leaf
 * says.
 */
pl_rc pl_log_blob(pl_log *log, uint64_t index, pl_str role, pl_buf *ret, pl_err *err) PL_MUST_USE;

/* Whether the leaf has a blob of that role; nothing is opened. */
pl_rc pl_log_has_blob(pl_log *log, uint64_t index, pl_str role, bool *ret, pl_err *err) PL_MUST_USE;

PL_DEFINE_CLEANUP(pl_auto_log_, pl_log *, pl_log_close, NULL)
#define PL_AUTO_LOG PL_CLEANUP(pl_auto_log_)
