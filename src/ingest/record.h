/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A run of another tool as an entry of the log (docs/formats/ingest.md), and back.
 *
 * The entry, of type PL_INGEST_ENTRY, says which tool it was, what its document's digest is, how it
 * ended and which of our controls it bears on. Its blob "results" has the results, worst first, one
 * JSON object a line. The document itself is not kept: it may hold what must not be stored.
 */
#pragma once

#include "ingest/tools.h"
#include "ledger/client.h"
#include "ledger/reader.h"
#include "model/ingested.h"

#define PL_INGEST_ENTRY "ingest.result"

typedef struct pl_ingest_file {
    pl_str name;   /* redacted */
    pl_str sha256; /* hex, of its bytes */
    size_t bytes;
    pl_str about;   /* who recorded it says what it is about; empty: as the document has it */
    pl_str version; /* likewise, where the document names no version of its tool */
    int64_t ran_us; /* likewise, where the document does not say when */
} pl_ingest_file;

/* One entry a run, then a checkpoint. ret_indices has room for them. o->role is set here. */
pl_rc pl_ingest_record(const pl_ledger_options *o, const pl_ingest_tools *t, const char *content,
                       const pl_ingest_file *file, const pl_ingest_document *doc, pl_arena *a,
                       uint64_t *ret_indices, pl_err *err) PL_MUST_USE;

/*
 * What stands in these entries, newest first: of several runs of the same tool about the same thing
 * from a file of the same name the newest. State words are of now_us. At most PL_INGEST_RECORDED,
 * ret_left_out says how many more there are. PL_FORMAT: an entry that is none.
 */
pl_rc pl_ingest_recorded(pl_log *log, const uint64_t *entries, size_t n, int64_t now_us,
                         pl_arena *a, pl_ingested **ret, size_t *ret_n, size_t *ret_left_out,
                         pl_err *err) PL_MUST_USE;
