/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The jailed worker of kind "declared": reads a file that declares containers
 * (declared/declared.h) and redacts what it says of them before it leaves. The patterns, as
 * written, come in PL_ENGINE_HOOK_FD.
 */
#pragma once

#include "core/err.h"
#include "core/str.h"

pl_rc pl_worker_declared(int in_fd, int out_fd, pl_str args, pl_err *err);
