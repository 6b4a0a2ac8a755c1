/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signed notes (c2sp.org/signed-note), Ed25519 only, and the checkpoint that a note carries
 * (c2sp.org/tlog-checkpoint).
 *
 * A note's text means nothing before pl_note_open says that a known key signed it. Signatures of
 * unknown keys are ignored; a wrong signature of a known key spoils the note. Any thread.
 */
#pragma once

#include "core/buf.h"
#include "core/err.h"
#include "ledger/limits.h"
#include "ledger/merkle.h"

enum { PL_ED25519_KEY = 32, PL_ED25519_SIGNATURE = 64 };

typedef struct pl_vkey {
    char name[PL_ORIGIN_MAX + 1];
    uint32_t id;
    unsigned char key[PL_ED25519_KEY];
} pl_vkey;

/* Fills in the id. PL_USAGE: the name is empty, too long, or holds blanks, '+' or controls. */
pl_rc pl_vkey_make(pl_str name, const unsigned char key[PL_ED25519_KEY], pl_vkey *ret,
                   pl_err *err) PL_MUST_USE;

/* <name>+<8 hex>+<base64 of 0x01 and the key>, without a newline. */
pl_rc pl_vkey_parse(pl_str text, pl_vkey *ret, pl_err *err) PL_MUST_USE;
void pl_vkey_print(const pl_vkey *k, pl_buf *out);

/* A private key: its vkey and an opaque handle. */
typedef struct pl_skey pl_skey;

pl_rc pl_skey_generate(pl_str name, pl_skey **ret, pl_err *err) PL_MUST_USE;

/* PRIVATE+KEY+<name>+<8 hex>+<base64 of 0x01 and the seed>: the form of Go's sumdb/note. */
pl_rc pl_skey_parse(pl_str text, pl_skey **ret, pl_err *err) PL_MUST_USE;
void pl_skey_print(const pl_skey *k, pl_buf *out);
const pl_vkey *pl_skey_public(const pl_skey *k);
void pl_skey_free(pl_skey *k); /* wipes; accepts NULL */

/*
 * The text of a note that every signature by `key` in it, at least one, confirms. PL_FORMAT: not
 * a note. PL_TAMPERED: not signed by the key, or a signature of it is wrong.
 */
pl_rc pl_note_open(pl_str note, const pl_vkey *key, pl_str *ret_text, pl_err *err) PL_MUST_USE;

/* Appends text, a blank line and the signature. The text ends in a newline. */
pl_rc pl_note_sign(pl_str text, const pl_skey *key, pl_buf *out, pl_err *err) PL_MUST_USE;

typedef struct pl_checkpoint {
    pl_str origin; /* points into the text */
    uint64_t size;
    pl_node root;
} pl_checkpoint;

/* No extension lines: they are refused. */
pl_rc pl_checkpoint_parse(pl_str text, pl_checkpoint *ret, pl_err *err) PL_MUST_USE;
void pl_checkpoint_print(const pl_checkpoint *c, pl_buf *out);

PL_DEFINE_CLEANUP(pl_auto_skey_, pl_skey *, pl_skey_free, NULL)
#define PL_AUTO_SKEY PL_CLEANUP(pl_auto_skey_)
