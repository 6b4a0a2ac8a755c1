/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Elements of one XML document, one after the other, in bounded memory. For workers. One thread.
 *
 * Reads plain bytes and what gzip, bzip2, xz and zstd have made of them. A document type
 * declaration ends the reading, so there are no entities but XML's own five. Names come without
 * their namespace prefix. The text of an element is what stands in it before its first child and
 * between the others, up to PL_XML_TEXT_MAX bytes; more is let pass.
 */
#pragma once

#include "core/err.h"
#include "core/str.h"

typedef struct pl_xml_handler {
    /* attributes: name, value, ..., NULL. An error ends the reading. */
    pl_rc (*start)(void *arg, pl_str name, const char **attributes, pl_err *err);
    pl_rc (*end)(void *arg, pl_str name, pl_str text, pl_err *err);
    void *arg;
} pl_xml_handler;

/* fd is borrowed. PL_FORMAT: not well-formed, damaged or cut off; PL_LIMIT: see limits.h. */
pl_rc pl_xml_read(int fd, const pl_xml_handler *h, pl_err *err) PL_MUST_USE;

/* The value of an attribute, empty when it is not there. */
pl_str pl_xml_attribute(const char **attributes, const char *name);
