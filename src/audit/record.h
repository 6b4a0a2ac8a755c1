/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an audit or a scan leaves in the evidence log: the documents that it read (redacted), and
 * for each subject one check.result leaf with the Merkle root over all its verdicts, the changed
 * ones in full, the whole list as a blob (ledger spec 11.5).
 *
 * Documents wait and are appended together, in their order: each append is a sync. They are stored
 * when too many wait (audit/limits.h), by pl_record_flush and before a report is recorded; what was
 * not stored when a run ends is not in the log.
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
    struct pl_queued *queue; /* documents that wait */
    size_t n_queued;
    size_t queued_bytes;
} pl_recorder;

#define PL_RECORD_ORIGINAL "original" /* role of the blob */

/* A document that was read: its redacted bytes become a blob of one leaf about the subject. */
typedef struct pl_record_doc {
    const char *type;      /* "docker.inspect", "host.facts", "scan.result" */
    const char *collector; /* "engine", "host", "image" */
    const char *role;      /* of the blob: "inspect" */
    const pl_subject *subject;
    pl_str bytes;
    pl_buf *given;   /* whose memory bytes are: it is taken over, not copied; may be NULL */
    pl_str original; /* before redaction: a blob of its own, "original"; usually empty */
    json_t *body;    /* more about it; may be NULL; not to be changed afterwards */
    pl_finding *const *findings; /* get its ledger_index; the array lives as long as the recorder */
    size_t n_findings;
} pl_record_doc;

/* bytes, where their buffer is not given, and original are copied; the subject's texts must live as
 * long as the recorder. */
pl_rc pl_record_document(pl_recorder *r, const pl_record_doc *doc, pl_err *err) PL_MUST_USE;

/* Stores what waits. On failure the items up to the failure have their ledger_index. */
pl_rc pl_record_flush(pl_recorder *r, pl_err *err) PL_MUST_USE;
/* The same, with a checkpoint over it in the same sync. */
pl_rc pl_record_flush_signed(pl_recorder *r, pl_err *err) PL_MUST_USE;

/* Drops what waits. */
void pl_recorder_done(pl_recorder *r);

/* Sets first_seen_us of the findings, which are all of this subject, and, once the record is
 * stored, their ledger_index. */
pl_rc pl_record_verdicts(pl_recorder *r, const pl_subject *subject, pl_finding *const *findings,
                         size_t n, pl_err *err) PL_MUST_USE;

/* The report as issued, the last record: closes the log. `plimsoll report` renders it again. */
pl_rc pl_record_report(pl_recorder *r, pl_str json, uint64_t *ret_index, pl_err *err) PL_MUST_USE;
