/* SPDX-License-Identifier: Apache-2.0 */
/* A producer's record as bytes of an APPEND message (ledger/message.h); scribe.c reads them. */
#pragma once

#include "core/buf.h"
#include "ledger/client.h"

/* Empties out first. PL_LIMIT: too many parts or too long. PL_FORMAT: not of the profile. */
pl_rc pl_record_write(const pl_ledger_rec *r, pl_buf *out, pl_err *err) PL_MUST_USE;
