/* SPDX-License-Identifier: Apache-2.0 */
/* Which entries of the log hold what people said: remembered in state.db, so that no run reads the
 * whole log for them. What is remembered is only a place to look: the entries are read each time.
 */
#pragma once

#include "audit/state_db.h"
#include "govern/read.h"

/* Everything that people said. d: NULL reads the whole log. */
pl_rc pl_statements_read(pl_state_db *d, pl_log *log, pl_arena *a, pl_govern *ret,
                         pl_err *err) PL_MUST_USE;
