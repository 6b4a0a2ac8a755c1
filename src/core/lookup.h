/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of hosts to addresses, before a process gives up what a look-up needs. Blocks. Any thread.
 */
#pragma once

#include "core/buf.h"
#include "core/err.h"

/*
 * Appends "HOST:PORT:ADDRESS[,ADDRESS...]" with its NUL, as pl_http_options.resolved has it;
 * nothing for a host that is an address. host: without brackets. PL_NET: no such name.
 */
pl_rc pl_look_up(const char *host, uint16_t port, pl_buf *out, pl_err *err) PL_MUST_USE;
