/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Laying what people said over what was judged.
 *
 * An attestation that holds makes "needs:attest" attested; one that ran out makes it unknown with
 * the reason attestation-expired. A waiver makes a failed finding waived while it is in force and
 * the evidence is what it was given for; a window does so for the checks and the container that it
 * names. What was judged stays in pl_finding.judged. Every statement gets its state, and why it
 * does not hold. Nothing becomes a pass.
 */
#pragma once

#include "govern/read.h"
#include "model/assessment.h"

/* Of a vulnerability, beside the fields of its evidence. */
#define PL_GOVERN_VERSION "package.version"
#define PL_GOVERN_FIXED "package.fixed_version"
/* Some of what the control wants a statement for has one that holds, and some has none. */
#define PL_ATTESTATION_PARTIAL "attestation-partial"
#define PL_ATTESTATION_EXPIRED "attestation-expired"

typedef struct pl_govern_scope {
    const pl_content *content;   /* NULL: no control decides about specifications */
    pl_finding *const *findings; /* changed */
    size_t n_findings;
    pl_subject *const *subjects;
    size_t n_subjects;
    bool is_audit; /* all hosts, engines and containers that can be seen are in scope */
    int64_t now_us;
} pl_govern_scope;

/* The statements that this report shows, each with its state. Revoked ones are left out. */
pl_rc pl_govern_apply(pl_govern *g, const pl_govern_scope *scope, pl_arena *a,
                      const pl_statement **ret, size_t *ret_n, pl_err *err) PL_MUST_USE;

/* The state at that moment of a statement by its own dates, whatever it speaks of. */
pl_statement_state pl_govern_state_at(const pl_govern_row *row, int64_t now_us);

/* Whether the waiver's scope ("", "KIND:NAME", with NAME a name or the beginning of an id) holds
 * the subject. */
bool pl_govern_in_scope(pl_str scope, const pl_subject *s);
