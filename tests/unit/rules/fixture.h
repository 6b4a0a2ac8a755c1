/* SPDX-License-Identifier: Apache-2.0 */
/* Records for tests from JSON, and the table of conditions as rows. */
#pragma once

#include "test.h"

#include "model/content.h"

#include <jansson.h>

pl_schema *fixture_schema(void);      /* the kinds of kinds.h */
const pl_kind *fixture_subject(void); /* kind t of them */

/* A file below the source root, NUL-terminated, in the arena. */
pl_str fixture_read(pl_arena *a, const char *path);

/* Sets one field: null is absent, {"!": reason} unreadable. Fails the test on a wrong type. */
void fixture_set(pl_arena *a, pl_record *r, pl_str field, const json_t *v);

/* NAME=JSON or NAME=!REASON, blanks between; "-" sets nothing. */
pl_record *fixture_record(pl_arena *a, const pl_kind *kind, pl_str fields);

typedef struct fixture_row {
    pl_str condition, fields, result;
    unsigned line;
} fixture_row;

/* The rows of a table and the names that it defines at its top. */
typedef struct fixture_table {
    fixture_row *rows;
    size_t n;
    pl_content content;
} fixture_table;

fixture_table fixture_table_read(pl_arena *a, const char *path);
