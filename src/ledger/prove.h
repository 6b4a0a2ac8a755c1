/* SPDX-License-Identifier: Apache-2.0 */
/* Proofs out of a log that is open for reading (forms: ledger/proof.h). */
#pragma once

#include "ledger/reader.h"

/* c2sp.org/tlog-proof@v1 of one entry. PL_USAGE: the log has no such entry. */
pl_rc pl_log_prove(pl_log *log, uint64_t index, pl_buf *out, pl_err *err) PL_MUST_USE;

/* That size grew out of old; size must be that of the current checkpoint. */
pl_rc pl_log_prove_between(pl_log *log, uint64_t old, uint64_t size, pl_buf *out,
                           pl_err *err) PL_MUST_USE;
