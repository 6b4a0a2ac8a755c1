/* SPDX-License-Identifier: Apache-2.0 */
/*
 * XML of a feed (core/xml_rd.h): plain bytes and what gzip, bzip2, xz and zstd have made of them.
 * For workers. One thread.
 */
#pragma once

#include "core/xml_rd.h"

/* fd is borrowed. PL_FORMAT: not well-formed, damaged or cut off; PL_LIMIT: see limits.h. */
pl_rc pl_xml_read(int fd, const pl_xml_handler *h, pl_err *err) PL_MUST_USE;
