/* SPDX-License-Identifier: Apache-2.0 */
/* Words of an instruction, with quotes taken off and variables filled in (Dockerfile reference,
 * "Environment replacement"). */
#pragma once

#include "core/buf.h"
#include "core/str.h"

typedef enum pl_docker_known {
    PL_DOCKER_UNSET, /* nothing gives it a value */
    PL_DOCKER_OPEN,  /* only the build, or the base image, says */
    PL_DOCKER_KNOWN,
} pl_docker_known;

/* What a variable holds. */
typedef struct pl_docker_vars {
    pl_docker_known (*get)(const void *arg, pl_str name, pl_str *ret);
    const void *arg;
    char escape;
} pl_docker_vars;

/*
 * Takes the next word, parted by blanks outside of quotes. vars NULL: variables stay as they are.
 * *ret_open: a part of it is not known and is left out. False: there is none.
 */
bool pl_docker_word(pl_str *rest, const pl_docker_vars *vars, char escape, pl_buf *ret,
                    bool *ret_open);

/* The same of the whole text, blanks included. */
void pl_docker_expand(pl_str text, const pl_docker_vars *vars, char escape, pl_buf *ret,
                      bool *ret_open);
