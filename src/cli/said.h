/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a person says on the command line, on its way into the log: texts are bounded, must be UTF-8
 * and go through the redactor; documents are read and attached whole. And what is said there
 * already, for verbs that ask.
 */
#pragma once

#include "audit/statements.h"
#include "cli/cli.h"
#include "cli/verb.h"
#include "govern/write.h"

typedef struct pl_said {
    const char *state_dir;
    char prog[64];
    struct pl_redactor *redactor;
    json_t *body;
} pl_said;

/* Makes the state directory and its keys where there are none. */
pl_rc pl_said_start(pl_cli *cli, pl_said *ret, pl_err *err) PL_MUST_USE;
void pl_said_done(pl_said *s); /* accepts {0} */

/* The option as member `key` of the body. Missing and needed: PL_USAGE. */
pl_rc pl_said_option(pl_said *s, const struct pl_args *args, const char *option, const char *key,
                     bool is_needed, pl_err *err) PL_MUST_USE;

/* Any other text of a person's or of the outside, redacted and cut. */
pl_rc pl_said_text(pl_said *s, const char *key, pl_str text, pl_err *err) PL_MUST_USE;

/* The entry and a checkpoint. */
pl_rc pl_said_write(pl_said *s, const char *type, pl_ledger_subject about,
                    const pl_ledger_blob *blobs, size_t n_blobs, uint64_t *ret_number,
                    pl_err *err) PL_MUST_USE;

/* Everything that was said; empty where there is no log yet. */
pl_rc pl_said_read(pl_cli *cli, pl_govern *ret, pl_err *err) PL_MUST_USE;

/* A day ("2026-12-31": its end), a moment, or a duration from now ("30d"). */
pl_rc pl_said_until(const pl_cli *cli, const char *option, const char *word, int64_t *ret_us,
                    pl_err *err) PL_MUST_USE;

static inline void pl_auto_said_(pl_said *s)
{
    pl_said_done(s);
}
#define PL_AUTO_SAID PL_CLEANUP(pl_auto_said_)
