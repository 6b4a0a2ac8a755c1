/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What people say beside what was judged: attestations, waivers and troubleshooting windows (all
 * entries of the log), lines of an ignore file, design decisions, and the changes that decisions
 * explain. They are shown beside verdicts and requirements and never become a pass.
 *
 * Plain records; texts have passed the redactor and live in the arena of whoever made them.
 */
#pragma once

#include "core/str.h"

/* X(symbol, JSON word) */
#define PL_STATEMENT_KIND_LIST(X)                                                                  \
    X(ATTESTATION, "attestation") /* of a control that only a person can answer */                 \
    X(WAIVER, "waiver")           /* of a finding: accepted risk */                                \
    X(WINDOW, "window")           /* of a container: troubleshooting */                            \
    X(REVIEW, "review")           /* of a day of the log */                                        \
    X(EVALUATION, "evaluation")   /* of a vulnerability: what its use would do */                  \
    X(IGNORE, "ignore")           /* of a vulnerability, in an ignore file */

/* X(symbol, JSON word) */
#define PL_STATEMENT_STATE_LIST(X)                                                                 \
    X(IN_FORCE, "in-force")                                                                        \
    X(EXPIRED, "expired")     /* its day has passed */                                             \
    X(LAPSED, "lapsed")       /* the evidence that it was given for is another one now */          \
    X(UNMATCHED, "unmatched") /* nothing in scope is what it speaks of */                          \
    X(REVOKED, "revoked")                                                                          \
    X(CLOSED, "closed")          /* a window, in time */                                           \
    X(OVERRUN, "overrun")        /* a window that was open longer than it was to be */             \
    X(ELSEWHERE, "out-of-scope") /* about what this run did not look at */

typedef enum pl_statement_kind {
#define X(sym, word) PL_STATEMENT_##sym,
    PL_STATEMENT_KIND_LIST(X)
#undef X
} pl_statement_kind;

typedef enum pl_statement_state {
#define X(sym, word) PL_STATEMENT_##sym,
    PL_STATEMENT_STATE_LIST(X)
#undef X
} pl_statement_state;

/* A document that somebody attached: its digest; its bytes are in the log. */
typedef struct pl_statement_file {
    pl_str name;
    pl_str sha256;
    int64_t bytes;
} pl_statement_file;

/* A requirement of a framework, by both ids. */
typedef struct pl_requirement_id {
    pl_str framework; /* "pci_dss_4_0_1" */
    pl_str id;        /* "1.2.7" */
} pl_requirement_id;

typedef struct pl_statement {
    const char *kind;  /* pl_statement_kind_word */
    const char *state; /* pl_statement_state_word */
    int64_t number;    /* its entry of the log; -1: of a file */
    pl_str what;       /* control, finding or container that it speaks of */
    pl_str title;      /* the same for people */
    pl_str scope;      /* which subjects; empty: all of them */
    pl_str by;         /* who signed it */
    pl_str approver;
    pl_str text;         /* what was said: statement, rationale, reason */
    pl_str compensating; /* control or words that stand in */
    pl_str owner;        /* who has to renew it */
    pl_str why;          /* it does not hold, or what was found at its end */
    int64_t said_us;
    int64_t until_us; /* holds before that time; 0: without end */
    int64_t ended_us; /* revoked or closed; 0: it was not */
    int64_t uid;      /* of the process that recorded it; -1: not known */
    const pl_statement_file *files;
    size_t n_files;
    const pl_requirement_id *requirements; /* of an attestation: those that it counts for */
    size_t n_requirements;                 /* 0: all of the control */
    pl_str decision;       /* about these specifications: "adopted", "alternative", "neither" */
    const pl_str *written; /* of a window: files that were changed in it */
    size_t n_written;
    const pl_str *executed; /* processes that ran at its end */
    size_t n_executed;
} pl_statement;

const char *pl_statement_kind_word(pl_statement_kind k);
const char *pl_statement_state_word(pl_statement_state s);
bool pl_statement_is(const pl_statement *s, pl_statement_kind k);
bool pl_statement_has_state(const pl_statement *s, pl_statement_state is);

/* A design decision: one file of the folder with decisions (docs/formats/decisions.md). */
typedef struct pl_decision {
    pl_str file;
    pl_str what, why, author;
    pl_str date; /* "2026-11-22" */
    pl_str sha256;
    const pl_requirement_id *requirements;
    size_t n_requirements;
    const pl_str *changes; /* names of what it changes: "policy.max_age", "engine.live_restore" */
    size_t n_changes;
} pl_decision;

/* A setting that differs from the audit before. */
typedef struct pl_change {
    pl_str name; /* "engine.live_restore", "policy.registries", "waiver #12", "compose.app.yml" */
    pl_str was, is;  /* redacted; empty: it was not there */
    pl_str decision; /* file of the decision that names it; empty: unexplained */
    int64_t seen_us;
    int64_t number; /* entry of the log that records it */
} pl_change;
