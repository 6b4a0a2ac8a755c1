/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What others say of a vulnerability in a product: OpenVEX 0.2 (github.com/openvex/spec), CSAF 2.0
 * of the VEX profile (docs.oasis-open.org/csaf), CycloneDX VEX (cyclonedx.org), and our own ignore
 * file. All are parsed in the jail (worker "vex") and come as the same statements.
 *
 * A product is a package URL, with or without version and qualifiers, or the name of an image; a
 * package within it may be named beside it. A statement without any product speaks of every
 * package: only the ignore file may say that.
 *
 * The ignore file has a line for each vulnerability, '#' begins a comment:
 *
 *     CVE-2024-1234 until=2026-12-31 by=jane package=openssl  why it is accepted
 *
 * until, by (who accepted it) and package (a name or a package URL) may be missing, the reason not.
 */
#pragma once

#include "core/arena.h"
#include "core/err.h"
#include "model/finding.h"

/* X(symbol, word, is_settled: the finding is no failure any more) */
#define PL_VEX_STATUS_LIST(X)                                                                      \
    X(AFFECTED, "affected", false)                                                                 \
    X(UNDER_INVESTIGATION, "under_investigation", false)                                           \
    X(FIXED, "fixed", true)                                                                        \
    X(NOT_AFFECTED, "not_affected", true)                                                          \
    X(IGNORED, "ignored", true)                                                                    \
    X(EXPIRED, "expired", false) /* was ignored until a day that has passed */

typedef enum pl_vex_status {
#define X(sym, word, is_settled) PL_VEX_##sym,
    PL_VEX_STATUS_LIST(X)
#undef X
} pl_vex_status;

const char *pl_vex_status_word(pl_vex_status s);

typedef struct pl_vex_statement {
    pl_str id;        /* CVE or another id of the vulnerability */
    pl_str product;   /* package URL or name; empty: every one */
    pl_str component; /* package URL of a package within the product; empty: none named */
    pl_str reason;
    pl_str approver;  /* who accepted what is ignored; empty: not said */
    int64_t time_us;  /* when it was said; 0 unknown */
    int64_t until_us; /* holds before that time; 0: without end */
    pl_vex_status status;
    pl_str source; /* the file's name */
} pl_vex_statement;

typedef struct pl_vex {
    pl_vex_statement *v;
    size_t n, room;
    uint32_t n_unclear; /* statements whose product could not be told: they are left out */
} pl_vex;

/*
 * Reads one document, detecting its form by its content, or one ignore file; appends to *vex what
 * it says. Everything lives in the arena. PL_FORMAT: not such a document, or a line that is none.
 */
pl_rc pl_vex_read(const char *path, bool is_ignore_file, pl_arena *a, pl_vex *vex,
                  pl_err *err) PL_MUST_USE;

/*
 * The statement that holds for a finding of that subject: what its owner ignores comes first, then
 * the latest of what VEX says, of equal ones the last read, then what has expired. NULL: none.
 */
const pl_vex_statement *pl_vex_find(const pl_vex *vex, const pl_vuln_facts *f,
                                    const pl_subject *subject, int64_t now_us);

/* Status now: an ignored one may have expired. */
pl_vex_status pl_vex_status_at(const pl_vex_statement *s, int64_t now_us);
bool pl_vex_settles(pl_vex_status s);

/* The worker of kind "vex": args are "vex" or "ignore". */
pl_rc pl_vex_worker(int in_fd, int out_fd, pl_str args, pl_err *err);
#define PL_VEX_WORKER "vex"
