/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a command line by the tables of cli/verb.h, and printing help from the same tables. */
#pragma once

#include "cli/cli.h"
#include "cli/verb.h"
#include "core/config.h"

/* Options of every verb: --help, --quiet, --state-dir, --content, --config. */
extern const pl_opt pl_global_opts[];

typedef struct pl_args pl_args;

/*
 * Reads argv[1..] (argv[0] is the verb's name). PL_USAGE names the word that is wrong and the
 * nearest known option. Borrowed from argv.
 */
pl_rc pl_args_parse(const pl_verb *verb, int argc, char **argv, pl_arena *a, pl_args **ret,
                    pl_err *err) PL_MUST_USE;

/* Options that were given override the configuration; the others are answered with it. */
void pl_args_use_conf(pl_args *args, pl_conf *conf, pl_arena *a);

void pl_help_verb(FILE *out, const pl_verb *verb, const char *path);
void pl_help_all(FILE *out, const pl_verb *const *verbs);
