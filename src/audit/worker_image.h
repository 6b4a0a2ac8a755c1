/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The jailed worker of kind "image": reads one image from descriptor 3 and answers with its
 * record and its problems (image/scan.h). It joins what the rooms below know about an image:
 * config, merged tree, distribution, packages.
 */
#pragma once

#include "core/err.h"
#include "core/str.h"

/* For the table of worker kinds: {"image", pl_worker_image}. */
pl_rc pl_worker_image(int in_fd, int out_fd, pl_str args, pl_err *err);

/* Before it gives up its files: loads libyara when there are rules. */
void pl_worker_image_prepare(pl_str args);
