/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The jailed worker of kind "engine-redact": reads the engine's JSON (engine/worker.h) and redacts
 * records and documents before they leave it. args: the redactor's key;
 * the patterns, as written, come in PL_ENGINE_HOOK_FD.
 */
#pragma once

#include "engine/worker.h"
#include "redact/redact.h"

pl_rc pl_worker_engine(int in_fd, int out_fd, pl_str args, pl_err *err);

/* A redactor, and the hooks that use it, for other workers of such documents. The key is args, or
 * what the worker takes from them. */
pl_rc pl_worker_redactor(pl_str key_bytes, pl_redactor **ret, pl_engine_hooks *ret_hooks,
                         pl_err *err) PL_MUST_USE;
