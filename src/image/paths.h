/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Paths as numbers: each different path of an image is stored once, as a name and the number of
 * the folder that it is in. A parent's number is always smaller than its children's.
 *
 * Names are bytes from outside; the table is keyed (core/siphash.h), so nobody can make them
 * collide. Slices that functions return live until the next name is added. One thread.
 */
#pragma once

#include "core/buf.h"
#include "core/err.h"

enum { PL_PATH_ROOT = 0 };
#define PL_PATH_NONE UINT32_MAX

typedef struct pl_paths pl_paths;

pl_paths *pl_paths_new(void); /* holds the root; NULL: out of memory */
void pl_paths_free(pl_paths *p);
size_t pl_paths_count(const pl_paths *p);

/* The number of NAME below parent, made when it is new. PL_LIMIT: too many, or too long. */
pl_rc pl_paths_child(pl_paths *p, uint32_t parent, pl_str name, uint32_t *ret,
                     pl_err *err) PL_MUST_USE;
uint32_t pl_paths_find(const pl_paths *p, uint32_t parent, pl_str name); /* or PL_PATH_NONE */
uint32_t pl_paths_parent(const pl_paths *p, uint32_t node);              /* root: root */
pl_str pl_paths_name(const pl_paths *p, uint32_t node);
bool pl_paths_below(const pl_paths *p, uint32_t node, uint32_t folder); /* or the folder itself */

/*
 * The number of a whole path as tar writes it: ".", empty parts and leading slashes fall away,
 * ".." goes up and stays at the root (*ret_left_root says that it tried to go higher).
 */
pl_rc pl_paths_add(pl_paths *p, pl_str path, uint32_t *ret, bool *ret_left_root,
                   pl_err *err) PL_MUST_USE;
uint32_t pl_paths_lookup(const pl_paths *p, pl_str path); /* the same without adding */

/* "/usr/bin/env"; the root is "/". */
void pl_paths_print(const pl_paths *p, uint32_t node, pl_buf *out);

/* Other text that is kept beside the names (link targets); not shared. */
pl_rc pl_paths_keep(pl_paths *p, pl_str text, uint32_t *ret, pl_err *err) PL_MUST_USE;
pl_str pl_paths_kept(const pl_paths *p, uint32_t at, size_t n);

PL_DEFINE_CLEANUP(pl_auto_paths_, pl_paths *, pl_paths_free, NULL)
#define PL_AUTO_PATHS PL_CLEANUP(pl_auto_paths_)
