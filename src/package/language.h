/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packages of programming languages in the merged tree, from the notes of package/analysers.h.
 *
 * Each has the file that tells of it, the layer that brought it (the lowest one from which on this
 * file says the same without being deleted in between), and the package of the system that owns
 * the file. What a lock file names counts when a folder is scanned, and is left out when the same
 * name and version is installed; in an image it counts only when nothing else of that language is
 * installed, and has the scope "declared".
 */
#pragma once

#include "package/catalog.h"
#include "package/owners.h"

typedef struct pl_language_job {
    const pl_tree *tree;
    const pl_analysis *analysis;
    const pl_owners *owners;    /* NULL: not known */
    const pl_watcher *programs; /* package/program.h; NULL: programs were not read */
    bool is_folder;             /* a folder that somebody pointed at, not an image */
} pl_language_job;

/* Is this note one of pl_found? */
bool pl_language_is_note(const pl_language_job *job, const pl_note *note);

/* Adds to the catalog. What makes the list incomplete is in its reason. */
pl_rc pl_language_read(const pl_language_job *job, pl_arena *a, pl_catalog *c,
                       pl_err *err) PL_MUST_USE;
