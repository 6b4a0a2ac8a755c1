/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records: what a collector found, as typed, named fields.
 *
 * A kind (container, host, mount ...) is a table of fields in the room of its collector. A record
 * holds one value a field. A value is present, absent (it was read, and there is none) or
 * unreadable with a reason code (ground-rules, "Words for what we do not know"). A new record is
 * unreadable throughout, so a field that a collector forgot can never make a check pass.
 *
 * A record, its values and all they point to live in one arena; setters borrow what they are
 * given. Records are built by one thread and then only read.
 */
#pragma once

#include "core/arena.h"
#include "core/err.h"

typedef enum pl_type {
    PL_T_BOOL,
    PL_T_INT,  /* 64 bits with sign; the unit stands in the field's name or help */
    PL_T_TIME, /* microseconds since 1970 UTC; ordered like PL_T_INT */
    PL_T_STR,
    PL_T_IP,   /* text form of an IPv4 or IPv6 address */
    PL_T_STRS, /* list of strings */
    PL_T_INTS,
    PL_T_RECS, /* list of element records of one kind */
    PL_T_REC,  /* one related record: container.image */
} pl_type;

const char *pl_type_name(pl_type t); /* "bool", "int", "time", "string", ... */

enum {
    PL_FIELD_SECRET = 1, /* never shown or stored as it stands: passes the redactor */
    PL_FIELD_KEYED = 2,  /* takes [key]: container.label[owner]; type is PL_T_RECS of a kind whose
                            first field is the key and second the value */
    PL_FIELD_OWNER = 4,  /* who has to mend what the record tells: gives a finding its owner */
};

typedef struct pl_field {
    const char *name; /* "container.privileged"; Falco's name where Falco has one */
    pl_type type;
    const char *of; /* kind of the elements or of the related record; NULL for plain types */
    unsigned flags;
    const char *help; /* one line: meaning and unit */
} pl_field;

typedef struct pl_kind {
    const char *name; /* "container", "mount" */
    const char *help;
    bool is_subject; /* has verdicts of its own; else an element */
    const pl_field *fields;
    size_t n;
} pl_kind;

/*
 * A field table is an X-macro file KIND.def of rows
 *     PL_FIELD(CONTAINER_PRIVILEGED, "container.privileged", BOOL, NULL, 0, "help")
 * included twice: with PL_FIELD_ENUM inside an enum (giving PL_F_CONTAINER_PRIVILEGED, the index)
 * and with PL_FIELD_ROW inside the pl_field table.
 */
#define PL_FIELD_ENUM(sym, name, type, of, flags, help) PL_F_##sym,
#define PL_FIELD_ROW(sym, name, type, of, flags, help) {name, PL_T_##type, of, flags, help},

typedef enum pl_state { PL_UNREADABLE, PL_ABSENT, PL_PRESENT } pl_state;

typedef struct pl_record pl_record;

typedef struct pl_value {
    pl_state state;
    const char
        *reason; /* PL_UNREADABLE: reason code, a literal or in the arena; NULL: "unreadable" */
    size_t n;    /* count of a list */
    union {
        bool b;
        int64_t i; /* PL_T_INT, PL_T_TIME */
        pl_str s;  /* PL_T_STR, PL_T_IP */
        const pl_str *strs;
        const int64_t *ints;
        pl_record *const *recs;
        pl_record *rec;
    } u;
} pl_value;

struct pl_record {
    const pl_kind *kind;
    pl_value *v; /* kind->n of them */
};

/* NULL: the arena is used up. */
pl_record *pl_record_new(pl_arena *a, const pl_kind *kind) PL_MUST_USE;

/* Setters; the field's type must be the setter's (asserted). A NULL record is let pass, so that
 * a collector checks pl_record_new once. */
void pl_set_bool(pl_record *r, int field, bool v);
void pl_set_int(pl_record *r, int field, int64_t v); /* PL_T_INT or PL_T_TIME */
void pl_set_str(pl_record *r, int field, pl_str v);  /* PL_T_STR or PL_T_IP */
void pl_set_strs(pl_record *r, int field, const pl_str *v, size_t n);
void pl_set_ints(pl_record *r, int field, const int64_t *v, size_t n);
void pl_set_recs(pl_record *r, int field, pl_record *const *v, size_t n);
void pl_set_rec(pl_record *r, int field, pl_record *v);
void pl_set_absent(pl_record *r, int field);
void pl_set_unreadable(pl_record *r, int field, const char *reason);

/* Borrowed; never NULL. */
static inline const pl_value *pl_get(const pl_record *r, int field)
{
    return &r->v[field];
}

/* Index of a field by its full name, or -1. */
int pl_kind_field(const pl_kind *k, pl_str name);

/* Index of its field with PL_FIELD_OWNER, or -1. */
int pl_kind_owner(const pl_kind *k);

/* Plain-text form of a value for tables and evidence: lists in brackets, times as RFC 3339,
 * "absent", "unreadable (reason)"; at most 1 KiB, cut with "...". A PL_FIELD_SECRET value prints as
 * "***". */
struct pl_buf;
void pl_value_print(const pl_field *f, const pl_value *v, struct pl_buf *out);

/*
 * Schema: the kinds that the program knows. Filled at start by the rooms' register functions,
 * read-only afterwards.
 */
typedef struct pl_schema pl_schema;

pl_schema *pl_schema_new(void);
void pl_schema_free(pl_schema *s);
void pl_schema_add(pl_schema *s, const pl_kind *k);             /* asserts that the name is new */
const pl_kind *pl_schema_kind(const pl_schema *s, pl_str name); /* NULL: unknown */
size_t pl_schema_count(const pl_schema *s);
const pl_kind *pl_schema_at(const pl_schema *s, size_t i);

PL_DEFINE_CLEANUP(pl_auto_schema_, pl_schema *, pl_schema_free, NULL)
#define PL_AUTO_SCHEMA PL_CLEANUP(pl_auto_schema_)
