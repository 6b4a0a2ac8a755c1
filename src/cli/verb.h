/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Verbs of the command line: one table row and one file each.
 *
 * Options are a table; help, completion and man page are made from it. Examples have a field of
 * their own, so that every help shows them in the same way. A verb with sub-verbs (db update) has a
 * table of them in `subs`. Global options (--quiet, --state-dir, ...) stand in cli/args.c and
 * are parsed before the verb runs.
 */
#pragma once

#include "core/err.h"
#include "core/str.h"

#include <stdio.h>

typedef struct pl_opt {
    const char *name;  /* "fail-on" */
    const char *value; /* placeholder "LIST", NULL for a switch */
    const char *help;
    bool repeat; /* may stand more than once */
} pl_opt;

struct pl_cli; /* cli/cli.h: schema, content, configuration, state directory, streams */
struct pl_args;

typedef struct pl_verb {
    const char *name;
    const char *operands;       /* "IMAGE|FILE|DIR", NULL: none */
    const char *summary;        /* one line for the table of verbs */
    const char *help;           /* paragraphs */
    void (*help_more)(FILE *);  /* behind them: what a table knows; NULL: nothing */
    const char *examples;       /* command lines, each behind two blanks; a heading is put above */
    const pl_opt *opts;         /* ends with a NULL name; NULL: none */
    const struct pl_verb *subs; /* ends with a NULL name; NULL: none */
    pl_rc (*run)(struct pl_cli *cli, const struct pl_args *args, int *ret_status, pl_err *err);
} pl_verb;

/* What was given: operands in order, options by name. Borrowed from argv. */
const char *pl_arg(const struct pl_args *a, size_t i); /* operand, NULL past the end */
size_t pl_arg_count(const struct pl_args *a);
const char *pl_opt_value(const struct pl_args *a, const char *name); /* last one given, or NULL */
const char *pl_opt_nth(const struct pl_args *a, const char *name, size_t nth);
bool pl_opt_on(const struct pl_args *a, const char *name);
