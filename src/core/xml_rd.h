/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Elements of one XML document, one after the other, in bounded memory, from bytes as they come.
 * For workers. One thread.
 *
 * A document type declaration ends the reading, so there are no entities but XML's own five. Names
 * come without their namespace prefix. The text of an element is what stands in it before its first
 * child and between the others, up to PL_XML_TEXT_MAX bytes; more is let pass.
 */
#pragma once

#include "core/attr.h"
#include "core/err.h"
#include "core/str.h"

typedef struct pl_xml_handler {
    /* attributes: name, value, ..., NULL. An error ends the reading. */
    pl_rc (*start)(void *arg, pl_str name, const char **attributes, pl_err *err);
    pl_rc (*end)(void *arg, pl_str name, pl_str text, pl_err *err);
    void *arg;
} pl_xml_handler;

typedef struct pl_xml pl_xml;

pl_rc pl_xml_open(const pl_xml_handler *h, pl_xml **ret, pl_err *err) PL_MUST_USE;
void pl_xml_close(pl_xml *x); /* accepts NULL */

/* PL_FORMAT: not well-formed, or cut off; PL_LIMIT: too deep. After an error nothing more is fed.
 */
pl_rc pl_xml_feed(pl_xml *x, pl_str bytes, bool is_last, pl_err *err) PL_MUST_USE;

unsigned long pl_xml_line(const pl_xml *x); /* where the reader stands */

/* The value of an attribute, empty when it is not there. */
pl_str pl_xml_attribute(const char **attributes, const char *name);

PL_DEFINE_CLEANUP(pl_auto_xml_, pl_xml *, pl_xml_close, NULL)
#define PL_AUTO_XML PL_CLEANUP(pl_auto_xml_)
