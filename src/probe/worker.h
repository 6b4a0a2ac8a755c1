/* SPDX-License-Identifier: Apache-2.0 */
/* The worker of kind "endpoint", and what it is told in its arguments. */
#pragma once

#include "probe/probe.h"

void pl_endpoint_about_put(pl_buf *out, const pl_endpoint_target *t, pl_str address,
                           const pl_endpoint_trust *trust, int64_t now_us);

/* transcripts: lstr of the endpoint's own, lstr of that of port 80 beside it, which may be empty.
 *
 * What the worker does, without the jail: for tests and the fuzzer. The record's text lives in the
 * arena or points into what is given. PL_FORMAT: it is no transcript. */
pl_rc pl_endpoint_read(pl_str transcripts, pl_str args, pl_str authorities, pl_arena *a,
                       pl_record **ret, pl_err *err) PL_MUST_USE;
