/* SPDX-License-Identifier: Apache-2.0 */
/*
 * YAML in: libyaml's events as a small tree with line numbers.
 *
 * pl_yaml_parse is for our own content and configuration: anchors, aliases and merge keys are
 * refused. pl_yaml_stream is for what others write, and runs in a worker: it follows them, within
 * limits, and takes several documents. Duplicate keys are refused by both; depth and count are
 * limited. Everything lives in the caller's arena. Scalars keep their text: what is a number or a
 * boolean is the reader's business, so `1.10` stays what was written. JSON is YAML, too.
 */
#pragma once

#include "core/arena.h"
#include "core/err.h"

enum {
    PL_YAML_DEPTH = 24,
    PL_YAML_STREAM_DEPTH = 48,
    PL_YAML_NODES = 400000, /* aliases followed */
    PL_YAML_KEYS = 4096,
    PL_YAML_ANCHORS = 1024,
    PL_YAML_DOCUMENTS = 2048,
};

typedef enum pl_yaml_type { PL_YAML_SCALAR, PL_YAML_SEQUENCE, PL_YAML_MAPPING } pl_yaml_type;

typedef struct pl_yaml {
    pl_yaml_type type;
    int line, column;      /* 1-based; columns count characters */
    bool is_plain;         /* scalar without quotes: null, true and numbers can be meant */
    pl_str tag;            /* local tag such as "!absent"; else empty */
    pl_str text;           /* scalar */
    size_t n;              /* items of a sequence, pairs of a mapping */
    size_t weight;         /* nodes below, aliases followed, and itself */
    struct pl_yaml *items; /* n items, or 2n: key, value, key, value ... */
} pl_yaml;

/* One document; an empty input gives an empty mapping. Errors name the line. */
pl_rc pl_yaml_parse(pl_arena *a, pl_str text, pl_yaml **ret, pl_err *err) PL_MUST_USE;

/*
 * All documents of a stream, of which an alias and what it names share their items. `<<` puts the
 * pairs of other mappings behind a mapping's own. Empty documents are left out. What came before an
 * error is given with it.
 */
typedef struct pl_yaml_documents {
    const pl_yaml *v;
    size_t n;
} pl_yaml_documents;
pl_rc pl_yaml_stream(pl_arena *a, pl_str text, pl_yaml_documents *ret, pl_err *err) PL_MUST_USE;

/* Value of a key in a mapping, NULL when there is none or when it is no mapping. */
const pl_yaml *pl_yaml_get(const pl_yaml *map, const char *key);

bool pl_yaml_is_null(const pl_yaml *v);           /* plain empty, ~ or null */
bool pl_yaml_bool(const pl_yaml *v, bool *ret);   /* plain true or false */
bool pl_yaml_int(const pl_yaml *v, int64_t *ret); /* plain decimal, or 0o octal for file modes */

/* The word of the list (ends with NULL) that is nearest to what was written, for "did you mean";
 * NULL when none is near. */
const char *pl_nearest_word(pl_str written, const char *const *words);
