/* SPDX-License-Identifier: Apache-2.0 */
/* The formats that are read, and which of them a text is in. Any thread. */
#pragma once

#include "ingest/readers.h"

typedef struct pl_ingest_format {
    const char *name;  /* "sarif" */
    const char *title; /* "SARIF 2.1.0" */
    pl_ingest_reader read;
} pl_ingest_format;

/* Ends with a NULL name. */
extern const pl_ingest_format pl_ingest_formats[];

const pl_ingest_format *pl_ingest_format_named(pl_str name); /* NULL: none */
void pl_ingest_format_names(pl_buf *out);                    /* all of them, with commas */

/* By what the text says of itself, as far as it can be read. NULL: none that is known. */
const pl_ingest_format *pl_ingest_format_of(pl_str text);
