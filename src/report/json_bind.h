/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Structs into JSON and back by tables: one row a member. Private to the report room.
 *
 * Written as null: an empty text, time 0, an index or share below 0. Read, null and a missing
 * member are the same again (the struct was zeroed; indexes and shares become -1); a member of the
 * wrong type or with a value that cannot be is an error that names its path
 * ("findings[12].verdict"). Texts are copied into the arena.
 */
#pragma once

#include "core/arena.h"
#include "core/err.h"
#include "core/json_write.h"

#include <jansson.h>

typedef enum pl_jbind_type {
    PL_JBIND_STR,      /* pl_str */
    PL_JBIND_CSTR,     /* const char *, in the arena; a text with NUL is refused */
    PL_JBIND_CHARS,    /* char[size] */
    PL_JBIND_BOOL,     /* bool */
    PL_JBIND_KNOWN,    /* bool, null while false and the text at `size` says why not known */
    PL_JBIND_INT,      /* int64_t */
    PL_JBIND_INDEX,    /* int64_t, -1: none */
    PL_JBIND_PPM,      /* int32_t, -1: not known */
    PL_JBIND_TIME,     /* int64_t microseconds, from RFC 3339 */
    PL_JBIND_VERDICT,  /* pl_verdict */
    PL_JBIND_SEVERITY, /* pl_severity */
} pl_jbind_type;

typedef struct pl_jbind {
    const char *key;
    pl_jbind_type type;
    size_t offset;
    size_t size; /* PL_JBIND_CHARS; PL_JBIND_KNOWN: offset of a const char * */
} pl_jbind;

#define PL_JBIND_ROW(key, type, T, member)                                                         \
    {                                                                                              \
        key, PL_JBIND_##type, offsetof(T, member), 0                                               \
    }
#define PL_JBIND_CHARS_ROW(key, T, member)                                                         \
    {                                                                                              \
        key, PL_JBIND_CHARS, offsetof(T, member), sizeof(((T *)NULL)->member)                      \
    }

#define PL_JBIND_KNOWN_ROW(key, T, member, reason)                                                 \
    {                                                                                              \
        key, PL_JBIND_KNOWN, offsetof(T, member), offsetof(T, reason)                              \
    }

/* All members of one kind of object. */
typedef struct pl_jtable {
    const pl_jbind *rows;
    size_t n;
    size_t size; /* of the struct */
} pl_jtable;

/* ---- out ---- */

/* The members, into the object that is open. */
void pl_jput(pl_jw *w, const pl_jtable *t, const void *from);

/* "key": [objects], from an array of n structs. */
void pl_jput_array(pl_jw *w, const char *key, const pl_jtable *t, const void *items, size_t n);

/* ---- in ---- */

/* Where we are, for errors. */
typedef struct pl_jpath {
    const struct pl_jpath *up;
    const char *key; /* member of the object above */
    size_t at;       /* index when key is NULL */
} pl_jpath;

typedef struct pl_jreader {
    pl_arena *arena;
    pl_err *err;
} pl_jreader;

pl_rc pl_jfail(const pl_jreader *r, const pl_jpath *path, const char *what) PL_MUST_USE;

pl_rc pl_jbind_object(const pl_jreader *r, const pl_jpath *path, const json_t *object,
                      const pl_jtable *t, void *to) PL_MUST_USE;

/* Reads one item of an array into `to`. */
typedef pl_rc (*pl_jitem)(const pl_jreader *r, const pl_jpath *path, const json_t *item, void *to,
                          const void *arg);

/* A pl_jitem whose arg is a pl_jtable. */
pl_rc pl_jtable_row(const pl_jreader *r, const pl_jpath *path, const json_t *item, void *to,
                    const void *arg);

/* object[key] into a new array of items; missing or null: none. */
pl_rc pl_jarray(const pl_jreader *r, const pl_jpath *path, const json_t *object, const char *key,
                size_t item_size, pl_jitem read, const void *arg, void *ret_items,
                size_t *ret_n) PL_MUST_USE;

/* The same of plain rows. */
pl_rc pl_jrows(const pl_jreader *r, const pl_jpath *path, const json_t *object, const char *key,
               const pl_jtable *t, void *ret_items, size_t *ret_n) PL_MUST_USE;

/* object[key] as texts. */
pl_rc pl_jstrs(const pl_jreader *r, const pl_jpath *path, const json_t *object, const char *key,
               pl_str **ret, size_t *ret_n) PL_MUST_USE;

/* object[key] when it is an object; NULL, which binds as an empty one, when missing or null. */
pl_rc pl_jobject(const pl_jreader *r, const pl_jpath *path, const json_t *object, const char *key,
                 const json_t **ret) PL_MUST_USE;
