/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Domains of well-known providers, from content/vendors/ (docs/formats/vendors.md): what an image
 * may send data to without anybody having named the vendor. One thread.
 */
#pragma once

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "model/content.h"

/*
 * Adds each domain with a line feed, in the order of the files. a: for reading alone, nothing of it
 * is kept. PL_FORMAT: a file is wrong, with its line.
 */
pl_rc pl_providers_domains(const pl_content_file *files, pl_arena *a, pl_buf *out,
                           pl_err *err) PL_MUST_USE;
