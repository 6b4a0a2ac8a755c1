/* SPDX-License-Identifier: Apache-2.0 */
/* Credential helpers: docker-credential-NAME get (docker-credential-helpers). */
#pragma once

#include "core/buf.h"
#include "registry/auth.h"

/*
 * What the helper wrote to standard output when asked for server. *ret_has: false when it says that
 * it knows no credentials. PL_DENIED: as root, or a name that is none; PL_NOTFOUND: no such
 * program; PL_TIMEOUT, PL_LIMIT. What it writes to standard error is thrown away.
 */
pl_rc pl_helper_run(const pl_auth_caller *who, pl_str name, pl_str server, pl_buf *ret,
                    bool *ret_has, pl_err *err) PL_MUST_USE;
