/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ELF programs and libraries, read once from front to back in bounded memory: Go's build
 * information, cargo-auditable's list of crates, the table of classifiers (classifiers.h), packers.
 * Small text files that the table names are read by it, too.
 */
#pragma once

#include "image/analyser.h"
#include "package/classifiers.h"

/*
 * Notes of what is installed in a program (pl_found), and:
 *   PL_FOUND_OPAQUE  it holds more than can be told: name says why ("packed by UPX")
 *   PL_FOUND_PROGRAM it can be run, and nothing was found in it
 * PL_FORMAT: headers that are none. PL_LIMIT: a list in it is longer than its limit. What was found
 * before is told in both cases.
 */
typedef struct pl_program_watch pl_program_watch;

/* The table is borrowed. */
pl_rc pl_program_watch_open(const pl_classifiers *table, pl_program_watch **ret,
                            pl_err *err) PL_MUST_USE;
void pl_program_watch_close(pl_program_watch *p); /* accepts NULL */
const pl_watcher *pl_program_watch_watcher(const pl_program_watch *p);

/* One file by itself, as if it passed. */
pl_rc pl_program_read(pl_program_watch *p, const pl_passing_file *f, pl_str bytes,
                      pl_found_each each, void *arg, pl_err *err) PL_MUST_USE;
