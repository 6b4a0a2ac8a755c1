/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Secrets of an image: in the files of every layer, as they pass, and in its metadata. Part of the
 * worker "image".
 *
 * Files whose lines are pairs of a name and a value (.env, credentials, .netrc, ...) are searched
 * for names that announce a secret too. What could not be searched to the end leaves an element
 * that cannot be read.
 */
#pragma once

#include "image/facts.h"
#include "secrets/secrets.h"

typedef struct pl_image_secrets pl_image_secrets;

/* form: the patterns as pl_secrets_write made them. key: for image_secret.ref, borrowed; may be
 * empty. */
pl_rc pl_image_secrets_open(pl_str form, pl_str key, pl_image_secrets **ret,
                            pl_err *err) PL_MUST_USE;
void pl_image_secrets_close(pl_image_secrets *s); /* accepts NULL */

/* Borrowed; for pl_analysis_watch. */
const pl_watcher *pl_image_secrets_watcher(const pl_image_secrets *s);

/* Fills image.metadata_secrets and env.secret alone: of an image whose files nobody has. */
pl_rc pl_image_secrets_metadata(pl_str form, pl_str key, pl_facts *f, pl_err *err) PL_MUST_USE;

/* Fills image.file_secrets from the watcher's notes, image.metadata_secrets and env.secret. */
pl_rc pl_image_secrets_fill(pl_image_secrets *s, const pl_analysis *a, pl_facts *f,
                            pl_err *err) PL_MUST_USE;
