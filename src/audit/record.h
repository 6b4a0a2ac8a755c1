/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an audit or a scan leaves in the evidence log: the documents that it read (redacted), and
 * for each subject one check.result leaf with the Merkle root over all its verdicts, the changed
 * ones in full, the whole list as a blob (ledger spec 11.5).
 *
 * Without a log (--state-dir none) every call succeeds and records nothing. One thread at a time.
 */
#pragma once

#include "audit/findings_db.h"
#include "core/clock.h"
#include "ledger/client.h"
#include "model/assessment.h"

typedef struct pl_recorder {
    pl_ledger *log;         /* NULL: nothing is recorded */
    pl_findings_db *states; /* NULL with it */
    const pl_clock *clock;
    pl_arena *arena;
    const char *content_digest;
    pl_str advisories_digest;
    pl_evidence_item *items; /* what was recorded, in order */
    size_t n_items, room_items;
} pl_recorder;

/* A document that was read: its redacted bytes become a blob of one leaf about the subject. */
typedef struct pl_record_doc {
    const char *type;      /* "docker.inspect", "host.facts", "scan.result" */
    const char *collector; /* "engine", "host", "image" */
    const char *role;      /* of the blob: "inspect" */
    const pl_subject *subject;
    pl_str bytes;
    json_t *body; /* more about it; borrowed, may be NULL */
} pl_record_doc;

pl_rc pl_record_document(pl_recorder *r, const pl_record_doc *doc, pl_err *err) PL_MUST_USE;

/* Sets ledger_index and first_seen_us of the findings, which are all of this subject. */
pl_rc pl_record_verdicts(pl_recorder *r, const pl_subject *subject, pl_finding *const *findings,
                         size_t n, pl_err *err) PL_MUST_USE;

/* The report as issued; `plimsoll report` renders it again. */
pl_rc pl_record_report(pl_recorder *r, pl_str json, uint64_t *ret_index, pl_err *err) PL_MUST_USE;
