/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The elements behind a failed check, taken apart from the rows of its evidence: each is a run of
 * rows of one kind, and a field that was there already begins the next. Private to the report room.
 * Slices are borrowed from the finding.
 */
#pragma once

#include "core/buf.h"
#include "model/finding.h"

typedef struct pl_element {
    const pl_evidence *rows;
    size_t n;
    pl_str place; /* "/app/.env", "environment TOKEN"; else its first value */
    pl_str line;  /* number of a line there; may be empty */
} pl_element;

/* The next one from row *at on, which moves behind it. False: there is none. */
bool pl_element_next(const pl_finding *f, size_t *at, pl_element *ret);

/* It lies in a file of the image. */
bool pl_element_is_file(const pl_element *e);

/* "/app/.env:3 aws-access-key-id (application)" */
void pl_element_text(const pl_element *e, pl_buf *out);

/* How many there are beside those that the evidence names. */
size_t pl_elements_hidden(const pl_finding *f);

/* The row stands for the subject, not for an element of it. */
bool pl_element_is_subject(const pl_finding *f, const pl_evidence *row);
