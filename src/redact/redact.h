/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one redactor: for evidence, for output, for logs.
 *
 * A value in which a secret's shape is found, or whose name announces one, is replaced by
 * {"redacted":KIND,"ref":REF}; in the middle of text by [redacted:KIND:REF]. REF is 16 hexadecimal
 * digits: the first 64 bits of HMAC-SHA-256 under a key of this installation (32 bytes, kept with
 * the other keys of the state directory), so that the same secret can be recognised in two places
 * and nobody without the key can try values against it.
 * A value with card numbers becomes {"redacted":"pan","n":COUNT}, in text [redacted:pan]: no
 * digest. A value that could not be searched to the end becomes
 * {"redacted":"unsearched","ref":REF}.
 *
 * A key of zeros is nobody's: all refs are zeros then, since a digest under a key that is known, or
 * that changes from run to run, would tell too much or make the same input give other output.
 *
 * Redacting what is redacted changes nothing. Numbers, true, false and null stay, except a number
 * whose name announces a secret. Published test cards stay.
 *
 * A redactor belongs to one thread at a time.
 */
#pragma once

#include "core/jail.h"
#include "model/value.h"
#include "secrets/secrets.h"

#include <jansson.h>

enum { PL_REDACT_KEY = 32, PL_REDACT_REF = 17 /* 16 digits and a NUL */ };

typedef struct pl_redactor pl_redactor;

/* The key is copied. files: the content (its secrets/ are used). */
pl_rc pl_redactor_new(const pl_content_file *files, const unsigned char key[PL_REDACT_KEY],
                      pl_redactor **ret, pl_err *err) PL_MUST_USE;
void pl_redactor_free(pl_redactor *r); /* accepts NULL; wipes the key */

/* A key for workers: derived, so that the installation's own never reaches a process that reads
 * hostile bytes. */
void pl_redact_worker_key(const unsigned char own[PL_REDACT_KEY], unsigned char ret[PL_REDACT_KEY]);

/* The key is somebody's: refs tell secrets apart. */
bool pl_redact_has_refs(pl_str key);

/* For a worker that redacts by itself: the compiled patterns (trusted bytes, without the key) come
 * to it in a descriptor, and it need not compile them again. */
pl_rc pl_redactor_write(const pl_redactor *r, pl_buf *out, pl_err *err) PL_MUST_USE;
pl_rc pl_redactor_read(pl_str form, const unsigned char key[PL_REDACT_KEY], pl_redactor **ret,
                       pl_err *err) PL_MUST_USE;

/* Free text: what is secret is replaced where it stands. */
pl_rc pl_redact_text(pl_redactor *r, pl_str text, pl_buf *out, pl_err *err) PL_MUST_USE;

typedef struct pl_redaction {
    bool is_redacted; /* else the value may be shown as it is */
    pl_str kind;      /* "aws-access-key-id", "named-secret", "pan", "unsearched" */
    size_t n_pans;
    char ref[PL_REDACT_REF]; /* empty for card numbers */
} pl_redaction;

/* One value of that name (environment, label, option); the name may be empty. */
pl_rc pl_redact_pair(pl_redactor *r, pl_str name, pl_str value, pl_redaction *ret,
                     pl_err *err) PL_MUST_USE;

/*
 * A document, as one line of JSON, keys in their order. Strings in objects are judged with their
 * key as name. In arrays, "NAME=VALUE" is judged by that name and becomes
 * {"name":NAME,"redacted":KIND,"ref":REF}, an argument is judged with the option in front of it,
 * and all arguments together as a command line. PL_LIMIT: deeper than 64 levels.
 */
pl_rc pl_redact_json(pl_redactor *r, const json_t *doc, pl_buf *out, pl_err *err) PL_MUST_USE;

/* The same, in place: doc (an object or an array) holds what was left over. */
pl_rc pl_redact_tree(pl_redactor *r, json_t *doc, pl_err *err) PL_MUST_USE;

/*
 * The same for bytes from outside: they are parsed and searched in a worker of the kind
 * pl_redact_worker, which the program must have in its table; the key stays here. PL_FORMAT: not
 * JSON.
 */
pl_rc pl_redact_document(pl_redactor *r, pl_str json, pl_buf *out, pl_err *err) PL_MUST_USE;

extern const pl_worker_kind pl_redact_worker; /* "redact" */

/* For the table of worker kinds, of each whose workers redact. */
void pl_redact_prepare(pl_str args);

/*
 * A copy of a record in the arena whose strings went through the redactor. A field with
 * PL_FIELD_SECRET is replaced as a whole when anything is found in it, others where it stands; the
 * value of an element with a key is judged with its key as name.
 */
pl_rc pl_redact_record(pl_redactor *r, const pl_record *in, pl_arena *a, pl_record **ret,
                       pl_err *err) PL_MUST_USE;

PL_DEFINE_CLEANUP(pl_auto_redactor_, pl_redactor *, pl_redactor_free, NULL)
#define PL_AUTO_REDACTOR PL_CLEANUP(pl_auto_redactor_)
