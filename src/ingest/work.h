/* SPDX-License-Identifier: Apache-2.0 */
/* The worker's work on a text that is there, for tests and fuzz targets. */
#pragma once

#include "ingest/out.h"

/* format: empty, by its content. */
pl_rc pl_ingest_text_work(pl_str text, pl_str format, int out_fd, const pl_ingest_hook *hook,
                          pl_err *err) PL_MUST_USE;
