/* SPDX-License-Identifier: Apache-2.0 */
/* What import.c (frames) and import_walk.c (files) share. */
#pragma once

#include "vuln/feeds.h"
#include "vuln/import.h"

struct pl_importer {
    const pl_import *im;
    pl_import_result *result;
    pl_db_build *build;
    const char *name; /* of the file that the worker reads */
    pl_feed_form form;
    uint32_t n_bad;
    pl_buf pack; /* loose .json files, until they are enough for a worker */
};

void pl_import_say(struct pl_importer *i, const char *fmt, ...) PL_PRINTF(2, 3);

/* Every importable file below source, in the order of the names. */
pl_rc pl_import_walk(struct pl_importer *i, const char *source, pl_err *err) PL_MUST_USE;

/* The same for an https address: a mirror's root, one file, or the public export. */
pl_rc pl_import_fetch(struct pl_importer *i, const char *source, pl_err *err) PL_MUST_USE;

/* The form that a name stands for. False: none that can be read by itself. */
bool pl_import_form_of(const char *name, pl_feed_form *ret);

pl_rc pl_import_file(struct pl_importer *i, int fd, const char *name, pl_feed_form form,
                     pl_err *err) PL_MUST_USE;
pl_rc pl_import_packed(struct pl_importer *i, pl_err *err) PL_MUST_USE;
