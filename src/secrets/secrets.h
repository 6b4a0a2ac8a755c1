/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Secrets: finds credentials in bytes, and knows names whose value is one.
 *
 * The shapes are content (content/secrets/, docs/formats/secrets.md). vectorscan looks for all
 * candidates at once; PCRE2's interpreter, with limits on steps, depth and memory, confirms each
 * where it stands, and a named test (a checksum, a decoded token) may follow. The forms that base64
 * gives a credential's first letters are looked for too and confirmed after decoding.
 *
 * Compiled once outside the jail; pl_secrets_write makes bytes from which a worker gets its copy by
 * pl_secrets_read without compiling. Those bytes are trusted: hand them over in a descriptor that
 * nobody else could write.
 *
 * A pl_secrets belongs to one thread at a time. Everything that outside input can make grow has a
 * limit in secrets/limits.h; a scan that met one says so in is_cut and must not be taken for clean.
 */
#pragma once

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "model/content.h"

typedef struct pl_secrets pl_secrets;

/* PL_FORMAT: the content does not load (file and line). Other content than secrets/ is passed over.
 */
pl_rc pl_secrets_new(const pl_content_file *files, pl_secrets **ret, pl_err *err) PL_MUST_USE;
void pl_secrets_free(pl_secrets *s); /* accepts NULL */

pl_rc pl_secrets_write(const pl_secrets *s, pl_buf *out, pl_err *err) PL_MUST_USE;
pl_rc pl_secrets_read(pl_str bytes, pl_secrets **ret, pl_err *err) PL_MUST_USE;

/* What a written form depends on: the content, vectorscan, the processor, this version of the form.
 * Cheap: nothing is compiled. 32 bytes. */
pl_rc pl_secrets_key(const pl_content_file *files, unsigned char *ret, pl_err *err) PL_MUST_USE;

/* SHA-256 of the content that it was made from. */
pl_str pl_secrets_digest(const pl_secrets *s);

/* What people call a kind of secret; the kind itself when no pattern has it. */
pl_str pl_secrets_title(const pl_secrets *s, pl_str kind);

typedef struct pl_secret_hit {
    pl_str
        kind; /* "github-token"; "named-secret" when only the name told; lives as the pl_secrets */
    pl_str title; /* for people */
    pl_severity severity;
    size_t from;     /* where the secret itself starts in the bytes that were scanned */
    size_t n;        /* bytes */
    bool is_example; /* published by its maker for documents */
    bool is_base64;  /* stands there in base64 */
    bool is_generic; /* another kind in the same place says more */
    bool is_common;  /* manuals are full of this shape */
} pl_secret_hit;

typedef struct pl_secret_hits {
    pl_secret_hit *items; /* by from; they do not overlap. In the arena */
    size_t n;
    bool is_cut; /* a limit was met: there may be more */
} pl_secret_hits;

typedef enum pl_secrets_how {
    PL_SECRETS_SHAPES = 0, /* credentials by their shape: for files */
    PL_SECRETS_PAIRS = 1, /* and NAME=VALUE, name: value, --name value: for command lines, labels */
} pl_secrets_how;

pl_rc pl_secrets_find(pl_secrets *s, pl_str bytes, pl_secrets_how how, pl_arena *a,
                      pl_secret_hits *ret, pl_err *err) PL_MUST_USE;

/*
 * The same over bytes that come in pieces, in bounded memory: what stands across the ends of pieces
 * is found as well, and what is found does not depend on where they lie.
 */
typedef struct pl_secrets_stream pl_secrets_stream;

typedef struct pl_secret_seen {
    const pl_secret_hit *hit; /* from: of no meaning */
    pl_str secret;            /* its bytes; of this call only */
    uint64_t offset;          /* where it starts in the stream */
    uint64_t line;            /* from 1; 0: the stream is not text */
} pl_secret_seen;
typedef pl_rc (*pl_secret_sink)(void *arg, const pl_secret_seen *seen, pl_err *err);

pl_secrets_stream *pl_secrets_stream_new(pl_secrets *s); /* NULL: out of memory; borrows s */
void pl_secrets_stream_free(pl_secrets_stream *st);      /* accepts NULL */

/* Forgets what was before. size: how many bytes will come (UINT64_MAX: nobody knows); when they
 * come as one piece, they are not copied. */
void pl_secrets_stream_begin(pl_secrets_stream *st, pl_secrets_how how, uint64_t size,
                             pl_secret_sink sink, void *arg);
pl_rc pl_secrets_stream_add(pl_secrets_stream *st, pl_str piece, pl_err *err) PL_MUST_USE;
/* *ret_cut: a limit was met, there may be more. */
pl_rc pl_secrets_stream_end(pl_secrets_stream *st, bool *ret_cut, pl_err *err) PL_MUST_USE;

/*
 * Is this value of that name a secret? By the shape of the value, of NAME=VALUE, or by the name.
 * The hit tells the worst; from and n are the whole value. *ret_found is set only with PL_OK.
 */
pl_rc pl_secrets_pair(pl_secrets *s, pl_str name, pl_str value, bool *ret_found, pl_secret_hit *ret,
                      pl_err *err) PL_MUST_USE;

/* The value of such a name is a secret (DB_PASSWORD is, DB_PASSWORD_FILE is not). */
bool pl_secrets_is_name(const pl_secrets *s, pl_str name);

/* Nothing that could be a secret: empty, $VAR, {{ template }}, <fill in>, true, xxxx. */
bool pl_secrets_is_placeholder(const pl_secrets *s, pl_str value);

PL_DEFINE_CLEANUP(pl_auto_secrets_, pl_secrets *, pl_secrets_free, NULL)
#define PL_AUTO_SECRETS PL_CLEANUP(pl_auto_secrets_)
