/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Strict reading of a YAML mapping into a struct, by a table of keys.
 *
 * A key that is not in the table, a value of the wrong shape and a required key that is missing
 * are errors that name file, line and the nearest known key. Slices point into the tree's arena.
 */
#pragma once

#include "core/yaml_tree.h"

typedef struct pl_bind_file {
    const char *name; /* for errors: "checks/container.yaml" */
    pl_arena *arena;
} pl_bind_file;

typedef enum pl_bind_shape {
    PL_BIND_STR,  /* pl_str */
    PL_BIND_STRS, /* struct { const pl_str *v; size_t n; } */
    PL_BIND_BOOL, /* bool */
    PL_BIND_NODE, /* const pl_yaml *: read by the caller */
} pl_bind_shape;

typedef struct pl_strs {
    const pl_str *v;
    size_t n;
} pl_strs;

typedef struct pl_binding {
    const char *key;
    pl_bind_shape shape;
    bool is_required;
    size_t offset; /* of the member in the struct */
} pl_binding;

/* table ends with a NULL key. */
pl_rc pl_bind(const pl_bind_file *f, const pl_yaml *map, const pl_binding *table, void *ret,
              pl_err *err) PL_MUST_USE;

/* A sequence of scalars, or one scalar as a sequence of one. */
pl_rc pl_bind_strs(const pl_bind_file *f, const pl_yaml *v, pl_strs *ret, pl_err *err) PL_MUST_USE;

/* "FILE:LINE: ..." */
#define pl_bind_fail(err, f, node, fmt, ...)                                                       \
    pl_fail((err), PL_FORMAT, "%s:%d: " fmt, (f)->name, (node)->line, ##__VA_ARGS__)
