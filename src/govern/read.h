/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What people said, out of the entries of the log (docs/formats/statements.md).
 *
 * The caller says which entries may hold something (pl_govern_is_type tells by their type), in
 * rising order. Revocations and ends of windows are joined with what they end. Everything lives in
 * the arena. One thread.
 */
#pragma once

#include "core/arena.h"
#include "ledger/reader.h"
#include "model/statement.h"

#define PL_GOVERN_ATTEST "govern.attest"
#define PL_GOVERN_WAIVE "govern.waive"
#define PL_GOVERN_WINDOW "govern.window"
#define PL_GOVERN_EVALUATE "govern.evaluate"
#define PL_GOVERN_REVIEW "review.day"
#define PL_GOVERN_CHANGE "policy.change"
#define PL_GOVERN_INGESTED "ingest.result" /* no statement; remembered with them */

/* A field of the evidence that a waiver was given for. */
typedef struct pl_binding_field {
    pl_str name, value;
} pl_binding_field;

/* One occurrence of a finding: its evidence, by digest and in words. */
typedef struct pl_waiver_binding {
    pl_str subject; /* key */
    pl_str hash;
    const pl_binding_field *fields;
    size_t n_fields;
} pl_waiver_binding;

/* A statement with what only its own kind has. State words are set by govern/apply.h. */
typedef struct pl_govern_row {
    pl_statement s;
    bool is_revoked;
    bool is_current;    /* attestation: a requirement rests on it (set by govern/apply.h) */
    pl_str klass, kind; /* waiver: of the finding's subjects */
    const pl_waiver_binding *bindings; /* waiver */
    size_t n_bindings;
    pl_str name;          /* window: of the container */
    const pl_str *checks; /* window: that it speaks of; none: all that a window may waive */
    size_t n_checks;
    pl_str day;                    /* review: "2026-11-21" */
    pl_str impact;                 /* evaluation: "N1" to "N5" */
    pl_str reachable, exploitable; /* evaluation: "yes", "no"; empty: not said */
} pl_govern_row;

typedef struct pl_govern {
    pl_govern_row *rows; /* in the order of the log */
    size_t n, room;
    uint64_t last_change; /* entry of the newest policy.change; UINT64_MAX: none */
    pl_change *changes;   /* that were seen, oldest first; without decision */
    size_t n_changes, room_changes;
    uint64_t *ingested; /* entries with runs of other tools, in the order of the log */
    size_t n_ingested, room_ingested;
} pl_govern;

bool pl_govern_is_type(pl_str type);

/* PL_FORMAT names the entry that is none of these. PL_LIMIT: more than PL_GOVERN_ENTRIES. */
pl_rc pl_govern_read(pl_log *log, const uint64_t *entries, size_t n, pl_arena *a, pl_govern *ret,
                     pl_err *err) PL_MUST_USE;

/* All entries of a log that may hold something, found by reading it from `from` on. */
pl_rc pl_govern_find(pl_log *log, uint64_t from, void (*hit)(void *arg, uint64_t index), void *arg,
                     pl_err *err) PL_MUST_USE;

/* The row of that number and kind; NULL: there is none. */
const pl_govern_row *pl_govern_row_of(const pl_govern *g, int64_t number, pl_statement_kind kind);

/* The newest attestation of a control; NULL: there is none. */
const pl_govern_row *pl_govern_attestation(const pl_govern *g, pl_str control);
