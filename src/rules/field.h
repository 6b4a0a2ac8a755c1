/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A field's name in a condition, looked up once, and its value in a record.
 *
 * A name is looked up in the element's kind (inside each), then in the subject's, exactly; then
 * through a relation: the longest prefix that is a field of one record, the rest in that record's
 * kind (container.image.user: field "user" of kind image, that is "image.user").
 */
#pragma once

#include "model/value.h"
#include "rules/limits.h"

/* Where a condition's fields may come from. */
typedef struct pl_scope {
    const pl_schema *schema;
    const pl_kind *subject;
    const pl_kind *element; /* NULL outside each and some */
} pl_scope;

typedef struct pl_field_ref {
    const char *name; /* as written, in canonical form: "t.kv[owner]" */
    bool in_element;
    bool is_item;  /* in_element: of an item inside some(), not of the element of each */
    size_t n_path; /* relations on the way */
    uint16_t path[PL_RULES_PATH];
    uint16_t field;
    const pl_field *row;   /* the field itself */
    const pl_field *value; /* what is read from it: row, or the value field of a keyed one */
    pl_type type;          /* of what is read: an item's with an index */
    bool has_key, has_index;
    pl_str key;
    uint64_t index;
} pl_field_ref;

/* PL_FORMAT: there is no such field, or its [argument] does not fit. */
pl_rc pl_field_resolve(const pl_scope *scope, pl_str name, bool has_arg, pl_str arg, pl_arena *a,
                       pl_field_ref *ret, pl_err *err) PL_MUST_USE;

/*
 * The value, borrowed from the record or made in *room. element may be NULL when the field is the
 * subject's. A related record that is absent makes its fields absent, one that is unreadable
 * makes them unreadable.
 */
const pl_value *pl_field_get(const pl_field_ref *f, const pl_record *subject,
                             const pl_record *element, pl_value *room);
