/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of classifiers: how programs outside of any package manager show their version in their
 * bytes. It is content (content/classifiers/, docs/formats/classifiers.md), compiled and checked
 * outside the jail; pl_classifiers_write makes bytes from which a worker gets its copy. Those bytes
 * are trusted. A table is not changed after it was made; any thread may read it.
 */
#pragma once

#include "model/bind.h"
#include "model/content.h"
#include "package/found.h"

typedef struct pl_classifier {
    pl_str id;      /* "node" */
    pl_lang lang;   /* of the purl */
    pl_str package; /* name in the purl */
    pl_strs files;  /* names of files; one "*" stands for any text */
    pl_str anchor;  /* bytes that stand near the version; "{*}" is what the star stood for */
    pl_str version; /* PCRE2 pattern; its first group is the version */
    pl_str cpe, advisories;
    bool is_text;  /* the file is no program */
    pl_strs proof; /* "PACKAGE=VERSION PATH NUMBER"; not in copies of workers */
} pl_classifier;

typedef struct pl_classifiers pl_classifiers;

/* PL_FORMAT: the content does not load (file and line). Other content is passed over. */
pl_rc pl_classifiers_new(const pl_content_file *files, pl_classifiers **ret,
                         pl_err *err) PL_MUST_USE;
void pl_classifiers_free(pl_classifiers *c); /* accepts NULL */

void pl_classifiers_write(const pl_classifiers *c, pl_buf *out);
pl_rc pl_classifiers_read(pl_str bytes, pl_classifiers **ret, pl_err *err) PL_MUST_USE;

size_t pl_classifiers_count(const pl_classifiers *c);
const pl_classifier *pl_classifiers_at(const pl_classifiers *c, size_t i);
/* Another number for another table: for keys of caches. */
uint64_t pl_classifiers_version(const pl_classifiers *c);

/* Does the name fit the pattern? *ret_star is what the star stands for, empty without one. */
bool pl_classifier_fits(pl_str pattern, pl_str name, pl_str *ret_star);

PL_DEFINE_CLEANUP(pl_auto_classifiers_, pl_classifiers *, pl_classifiers_free, NULL)
#define PL_AUTO_CLASSIFIERS PL_CLEANUP(pl_auto_classifiers_)
