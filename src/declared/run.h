/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Command lines that make containers: `docker run`, `docker create` and the same of Podman, in a
 * shell script, in what is handed to another shell (sh -c, ssh), or alone. Options are those of
 * docker run (docs.docker.com/reference/cli/docker/container/run) and of podman-run(1).
 *
 * A word that is not known (a variable, what a command prints) leaves open what it stands for;
 * where it could be any option, all that was not written is open.
 */
#pragma once

#include "declared/reading.h"
#include "declared/shell.h"

/* Does a line of the text begin like a script that runs containers? */
bool pl_run_is(pl_str text);

/* PL_FORMAT: no such command is there. */
pl_rc pl_run_read(pl_reading *r, pl_str text, pl_err *err) PL_MUST_USE;

/* ---- for run_options.c ---- */

typedef struct pl_run_line {
    pl_reading *r;
    pl_draft *d;
    bool is_podman;
    pl_str name;         /* --name; empty: none */
    pl_str networks[16]; /* that it names */
    size_t n_networks;
    bool has_mode; /* of the network */
} pl_run_line;

typedef struct pl_run_option pl_run_option;

/* The option of that name (without dashes) or letter; NULL: not known. */
const pl_run_option *pl_run_option_find(pl_str wanted, char letter);
bool pl_run_option_is_switch(const pl_run_option *o);
/* value: of a switch "true" or "false". */
void pl_run_option_put(pl_run_line *l, const pl_run_option *o, const pl_shell_word *value);
