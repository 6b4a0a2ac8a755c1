/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files that a package of a language says it installed, as a note (PL_FOUND_FILES): one path a
 * line, of those files only that may be programs or libraries. Who resolves them:
 * package/language_owners.h.
 *
 * Formats: RECORD of dist-info folders (PyPA specification "Recording installed projects"),
 * installed-files.txt of egg-info folders, `files` of conda-meta.
 */
#pragma once

#include "package/found.h"

/* Adds the path unless its suffix says that it is neither a program nor a library, or it holds a
 * character that would end the line. */
void pl_file_list_add(pl_buf *list, pl_str path);

/* Calls back when there is a path. PL_LIMIT: longer than PL_FILE_LIST_MAX. */
pl_rc pl_file_list_tell(pl_lang lang, const pl_buf *list, pl_found_each each, void *arg,
                        pl_err *err) PL_MUST_USE;

/* RECORD: lines of CSV, the path first. */
pl_rc pl_python_record(pl_str text, pl_arena *a, pl_found_each each, void *arg,
                       pl_err *err) PL_MUST_USE;
/* installed-files.txt: a path a line. */
pl_rc pl_python_installed_files(pl_str text, pl_arena *a, pl_found_each each, void *arg,
                                pl_err *err) PL_MUST_USE;
