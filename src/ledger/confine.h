/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the signer and the verifier give up: identity, network, files outside the log, system
 * calls. Both need files, so the jail of core, which has none, is not for them.
 *
 * What the kernel does not offer is not an error; it is named in the sandbox text that goes into
 * output and evidence: "full", or "reduced: no landlock" and the like. Main thread, before any
 * other is made.
 */
#pragma once

#include "core/buf.h"
#include "core/err.h"

#include <sys/types.h>

typedef struct pl_confine {
    bool no_landlock;
    bool no_seccomp;
    bool kept_root;
} pl_confine;

/* Takes another uid when root (uid 0 stays, and is told), empties capabilities. */
pl_rc pl_confine_identity(uid_t uid, gid_t gid, pl_confine *c, pl_err *err) PL_MUST_USE;

/* From here on only what lies below dir can be opened. */
pl_rc pl_confine_files(int dir, bool writable, pl_confine *c, pl_err *err) PL_MUST_USE;

/* From here on only the calls that file work needs: no sockets, no programs, no new processes. */
pl_rc pl_confine_calls(bool writable, pl_confine *c, pl_err *err) PL_MUST_USE;

void pl_confine_text(const pl_confine *c, pl_buf *out);
