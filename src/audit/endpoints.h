/* SPDX-License-Identifier: Apache-2.0 */
/* Endpoints of a run: how they are named, and with what they are judged. */
#pragma once

#include "audit/audit.h"
#include "core/char.h"
#include "probe/limits.h"
#include "probe/probe.h"

/* https://HOST[:PORT], http://HOST[:PORT], HOST:PORT; text points into `text`. PL_USAGE. */
pl_rc pl_endpoint_target_read(const char *text, pl_endpoint_target *ret, pl_err *err) PL_MUST_USE;

/* The system's authorities, those of the scope's file, and its fingerprints. */
pl_rc pl_run_endpoint_trust(pl_run *r, const pl_probe_scope *s, pl_endpoint_trust *ret,
                            pl_err *err) PL_MUST_USE;
