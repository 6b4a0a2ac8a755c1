/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From JSON to records by tables: one row says where in a document a field's value lies.
 *
 * Strings of a record point into the parsed document, which has to outlive it. A value that is
 * null or not there makes the field absent, or leaves it unreadable where the row says that the
 * engine always sends it; a value of another type than the field's leaves it unreadable, and so
 * does a list of more than PL_ENGINE_ELEMENTS_MAX items (reason limit:elements).
 */
#pragma once

#include "model/value.h"

#include <jansson.h>

typedef struct pl_json_row {
    const char *path; /* keys joined by '/': "HostConfig/Privileged" */
    int field;
    bool always; /* an honest engine always sends it */
} pl_json_row;

/* The value below path, or NULL. */
const json_t *pl_json_at(const json_t *doc, const char *path);

/* Borrowed; empty for what is not a string. */
pl_str pl_json_text(const json_t *v);
static inline pl_str pl_json_text_at(const json_t *doc, const char *path)
{
    return pl_json_text(pl_json_at(doc, path));
}

/* INT takes a number or a string of digits, TIME an RFC 3339 string (year 1: absent). */
void pl_json_fill(pl_arena *a, pl_record *r, const json_t *doc, const pl_json_row *rows, size_t n);

/* One field from one value, as a row with `always` would. */
void pl_json_set(pl_arena *a, pl_record *r, int field, const json_t *v);

/*
 * Fills a list of element records: make gets each item of an array or each member of an object
 * (key then is its name, else empty) and a fresh record. null or nothing: the empty list.
 */
typedef void (*pl_json_make)(pl_arena *a, pl_record *r, pl_str key, const json_t *v);
void pl_json_elements(pl_arena *a, pl_record *r, int field, const json_t *v, const pl_kind *kind,
                      pl_json_make make);
