/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a build step says that it did. Builders record it in their own ways:
 *   classic     "/bin/sh -c #(nop) ADD file:5f70... in / ", "/bin/sh -c apt-get update",
 *               "|1 NAME=value /bin/sh -c ..." (build arguments with their values)
 *   BuildKit    "RUN /bin/sh -c ... # buildkit", "ADD https://... /x # buildkit"
 *   others      "COPY a b", "# debian.sh ...", a sentence, nothing
 */
#pragma once

#include "core/str.h"

typedef enum pl_add_source {
    PL_ADD_NONE,
    PL_ADD_ROOT,
    PL_ADD_LOCAL,
    PL_ADD_REMOTE,
    PL_ADD_VERIFIED
} pl_add_source;

typedef struct pl_step {
    pl_str
        instruction; /* "RUN", "ADD", ...; empty: not recognised; points into text or a literal */
    pl_str command;  /* what follows it, build arguments taken off */
    pl_add_source add;
    bool is_root;         /* it lays down the root file system of a base image */
    bool refreshes_index; /* apt-get update and the like */
    bool installs;        /* installs or upgrades packages */
    bool downloads;       /* curl, wget, git clone, remote ADD */
    bool verifies;        /* checks a digest or signature */
} pl_step;

/* is_first: no step before it made a layer. Slices point into text. */
void pl_step_parse(pl_str text, bool is_first, pl_step *ret);

enum { PL_STEP_NAMES = 32 };

/* Names that the words of ENV or LABEL give a value: "A=b C=d" or, the old way, "A b". Returns how
 * many, at most PL_STEP_NAMES; slices of command. */
size_t pl_step_names(pl_str command, pl_str ret[PL_STEP_NAMES]);

/* The words of a shell command, without quotes, blanks and what parts commands. */
typedef struct pl_words {
    pl_str rest;
    bool is_separated; /* a command ended before the word that was given last */
} pl_words;

bool pl_words_next(pl_words *w, pl_str *ret);

/* One entry of a history, as far as finding the base needs it. */
typedef struct pl_step_brief {
    bool is_cmd, is_empty, is_root;
} pl_step_brief;

/*
 * How many of the first steps belong to the base image: a base ends with its own CMD, and what is
 * built on it adds at least one layer after that. Without such a CMD only the step that laid
 * down the root file system counts. 0: no base is to be seen.
 */
size_t pl_history_base(const pl_step_brief *steps, size_t n);
