/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Vulnerabilities under FedRAMP's Consolidated Rules for 2026 (2026.07.14.01), families VDR and
 * VER: when each was detected and evaluated, whether it can be reached from the internet and is
 * likely to be exploited, what its use would do (N1 to N5), and until when it is to be evaluated
 * (VER-TFR-EVU), mitigated (VDR-TFR-PVR), remedied when it is on the list of known exploited ones
 * (VDR-TFR-KEV), or marked as accepted (VER-TFR-MAV).
 *
 * What is not known counts as the worse: reachable, likely. An impact that nobody estimated gives
 * no time for mitigation, and the time for evaluation runs. Records are folded from reports of the
 * log, the newest first (govern/vdr_fold.c). Everything lives in the arena. One thread.
 */
#pragma once

#include "core/arena.h"
#include "core/err.h"
#include "govern/read.h"
#include "model/assessment.h"

typedef enum pl_vdr_word { PL_VDR_UNKNOWN, PL_VDR_NO, PL_VDR_YES } pl_vdr_word;

const char *pl_vdr_word_text(pl_vdr_word w); /* "unknown", "no", "yes" */
bool pl_vdr_word_parse(pl_str text, pl_vdr_word *ret);

enum { PL_VDR_IMPACT_MOST = 5, PL_VDR_SEVERITIES = PL_UNKNOWN_SEVERITY + 1 };

/* What the provider's configuration says. */
typedef struct pl_vdr_terms {
    char klass;                    /* 'a', 'b' (Low), 'c' (Moderate), 'd' (High) */
    int likely_ppm;                /* EPSS from which on exploitation is likely, in millionths */
    int impact[PL_VDR_SEVERITIES]; /* by severity; 0: a person estimates each */
    int64_t now_us;                /* or the end of the time that is told */
} pl_vdr_terms;

/* X(symbol, JSON word, heading) */
#define PL_VDR_STATE_LIST(X)                                                                       \
    X(OPEN, "open", "Open")                                                                        \
    X(ACCEPTED, "accepted", "Accepted")                                                            \
    X(NOT_AFFECTED, "not-affected", "Not affected, by VEX")                                        \
    X(REMEDIED, "remedied", "Remedied")

typedef enum pl_vdr_state {
#define X(sym, word, heading) PL_VDR_##sym,
    PL_VDR_STATE_LIST(X)
#undef X
        PL_VDR_STATES
} pl_vdr_state;

const char *pl_vdr_state_word(pl_vdr_state s);
const char *pl_vdr_state_heading(pl_vdr_state s);

/* One evaluation of a person's, or the provider's rule for its severity. */
typedef struct pl_vdr_evaluation {
    int impact; /* 1 to 5 */
    int64_t at_us;
    pl_str by, reason;
    int64_t number;         /* entry of the log; -1: by the rule */
    int64_t mitigate_by_us; /* as it stood then; 0: no such time */
} pl_vdr_evaluation;

/* A vulnerability of a class of subjects, from its detection until it was gone. */
typedef struct pl_vdr {
    /* What reports say: the newest that has it. */
    char id[PL_FINDING_ID];
    pl_str klass, kind;
    pl_str advisory, package, version, fixed_version, ecosystem, owner;
    pl_severity severity;
    const pl_str *aliases, *where; /* where: names of subjects */
    size_t n_aliases, n_where;
    int32_t cvss_tenths, epss_ppm;
    bool kev, is_kev_known, is_epss_known;
    pl_str kev_due;
    const char *reach;          /* PL_REACH_..., or NULL */
    pl_str settled, settled_by; /* by VEX, an ignore file or a waiver: why, and where it says so */
    bool is_settled, is_waived; /* by VEX as not affected; as an accepted risk */
    int64_t settled_us;         /* since when */
    int64_t detected_us, seen_us; /* first, last */
    int64_t gone_us;              /* of the report that looked and did not find it; 0: none did */
    uint64_t entry;               /* of the log: that newest report */
    int64_t oldest_us;            /* of the oldest folded report that has it */
    bool was_open;                /* in an older one of these, where it is settled now */
    size_t before;                /* while folding: number of the row of the episode before */

    /* What follows: pl_vdr_judge. */
    pl_vdr_state state;
    pl_vdr_word reachable, exploitable;
    pl_str why_reachable, why_exploitable;
    const pl_vdr_evaluation *evaluations; /* oldest first */
    size_t n_evaluations;
    int impact;                                                         /* 0: not estimated */
    int64_t evaluated_us;                                               /* 0: not yet */
    int64_t evaluate_by_us, mitigate_by_us, remedy_by_us, accept_by_us; /* 0: no such time */
    bool is_late_evaluation, is_late_mitigation, is_late_remedy, is_late_acceptance;
} pl_vdr;

/* A report of the log that was folded. */
typedef struct pl_vdr_report {
    uint64_t entry;
    int64_t at_us;
    pl_str verb;
    size_t n_whole, n_partly; /* subjects by pl_scope_subject.matched */
} pl_vdr_report;

typedef struct pl_vdr_history {
    pl_arena *arena;
    pl_vdr *rows;
    size_t n, room;
    pl_vdr_report *reports; /* newest first */
    size_t n_reports, room_reports;
    struct pl_vdr_index *index;
} pl_vdr_history;

/* Folds one report into the history; each must be older than the one before. PL_LIMIT: more than
 * PL_GOVERN_VDR rows, or the arena is used up. */
pl_rc pl_vdr_fold(pl_vdr_history *h, const pl_assessment *a, uint64_t entry,
                  pl_err *err) PL_MUST_USE;

/* What follows for each row; then sorts: late ones first, then by detection. PL_LIMIT. */
pl_rc pl_vdr_judge(pl_vdr_history *h, const pl_govern *said, const pl_vdr_terms *t,
                   pl_err *err) PL_MUST_USE;

bool pl_vdr_is_late(const pl_vdr *v);
