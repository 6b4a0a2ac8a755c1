/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Protected data: finds card numbers and numbers that identify people in the bytes of files.
 *
 * The kinds are content (content/protected/, docs/formats/protected.md): shapes, tests, words that
 * must stand near, and how many different values make a finding. The numbers themselves are kept
 * nowhere: while a file passes, a few are compared in memory, which is wiped at its end. What is
 * told is kind, how many, and where the first one stands.
 *
 *     pl_protected_begin(scan, path);
 *     for each piece: pl_protected_bytes(scan, piece);
 *     n = pl_protected_end(scan, found);
 *
 * Tables by their first line (CSV), by the column names of SQL statements, and rows of SQLite
 * pages are understood, so that the name of a column counts as a word near its values. The kinds
 * may be used by any number of threads; a scan belongs to one.
 */
#pragma once

#include "core/buf.h"
#include "core/err.h"
#include "model/content.h"
#include "protected/limits.h"

typedef struct pl_protected pl_protected;

/* What rows of content/protected/ say of a kind; slices live as long as the pl_protected. */
typedef struct pl_protected_about {
    pl_str kind;  /* "card-number" */
    pl_str title; /* for people */
    pl_str group; /* "cardholder", "health", "personal", "financial" */
    pl_severity severity;
} pl_protected_about;

/* PL_FORMAT: the content does not load. Other content than protected/ is passed over. */
pl_rc pl_protected_new(const pl_content_file *files, pl_protected **ret, pl_err *err) PL_MUST_USE;
void pl_protected_free(pl_protected *p); /* accepts NULL */
size_t pl_protected_kinds(const pl_protected *p);
const pl_protected_about *pl_protected_about_kind(const pl_protected *p, size_t kind);

/* The content as one text for a worker, which reads it again. PL_LIMIT: too long. */
pl_rc pl_protected_write(const pl_content_file *files, pl_buf *out, pl_err *err) PL_MUST_USE;
pl_rc pl_protected_read(pl_str form, pl_protected **ret, pl_err *err) PL_MUST_USE;

/* What a file holds of one kind. */
typedef struct pl_protected_found {
    size_t kind;
    uint32_t n;      /* how many; the same number twice counts twice */
    uint64_t offset; /* of the first one in the file; of a database: of its page */
    uint64_t line;   /* from 1; 0: the file is no text */
    bool is_test;    /* all of them are published for tests */
} pl_protected_found;

typedef struct pl_protected_scan pl_protected_scan;

/* The kinds are borrowed. NULL: out of memory. */
pl_protected_scan *pl_protected_scan_new(const pl_protected *p);
void pl_protected_scan_free(pl_protected_scan *s); /* accepts NULL */

void pl_protected_begin(pl_protected_scan *s);
void pl_protected_bytes(pl_protected_scan *s, pl_str piece);
/* Ends the file. ret: one for each kind at most; returns how many were filled. */
size_t pl_protected_end(pl_protected_scan *s, pl_protected_found ret[PL_PROTECTED_KINDS]);

PL_DEFINE_CLEANUP(pl_auto_protected_, pl_protected *, pl_protected_free, NULL)
#define PL_AUTO_PROTECTED PL_CLEANUP(pl_auto_protected_)
PL_DEFINE_CLEANUP(pl_auto_protected_scan_, pl_protected_scan *, pl_protected_scan_free, NULL)
#define PL_AUTO_PROTECTED_SCAN PL_CLEANUP(pl_auto_protected_scan_)
