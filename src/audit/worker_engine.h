/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The jailed worker of kind "engine-redact": reads the engine's JSON (engine/worker.h) and redacts
 * records and documents before they leave it. args: the redactor's key;
 * the patterns, as written, come in PL_ENGINE_HOOK_FD.
 */
#pragma once

#include "core/err.h"
#include "core/str.h"

pl_rc pl_worker_engine(int in_fd, int out_fd, pl_str args, pl_err *err);
