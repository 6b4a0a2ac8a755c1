/* SPDX-License-Identifier: Apache-2.0 */
/* The jailed worker of kind "image-layer": reads one layer, sends its result (image/packed.h). */
#pragma once

#include "core/err.h"
#include "core/str.h"

pl_rc pl_worker_layer(int in_fd, int out_fd, pl_str args, pl_err *err) PL_MUST_USE;

/* Before the jail is closed, as for the worker of an image. */
void pl_worker_layer_prepare(pl_str args);
