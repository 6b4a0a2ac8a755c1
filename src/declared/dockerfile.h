/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Dockerfiles and Containerfiles: what the last stage, or the one that is asked for, says of its
 * image becomes a subject of kind image. Instructions are those of the Dockerfile reference
 * (docs.docker.com/reference/dockerfile); history is worded as BuildKit does.
 *
 * Arguments count as their default. What only the build knows (files, the base image, arguments
 * without a default) stays unreadable.
 */
#pragma once

#include "declared/reading.h"
#include "declared/stage.h"

/* By the name of the file, or by its first instruction. */
bool pl_dockerfile_is(pl_str path, pl_str text);

pl_rc pl_dockerfile_read(pl_reading *r, pl_str text, pl_err *err) PL_MUST_USE;

/* ---- between the files behind it ---- */

typedef struct pl_docker_step {
    pl_reading *r;
    pl_stage *s;
    const pl_docker_line *l;
    pl_str args; /* behind the flags */
    char escape;
    bool is_over_ports;             /* it exposes more than are kept */
    pl_stage_reference *references; /* of the whole file */
    size_t n_references;
} pl_docker_step;

/* dockerfile_config.c: an instruction that changes the configuration or the files; false: it is not
 * known. */
bool pl_docker_apply(pl_docker_step *t);

/* dockerfile_run.c: what is known of the files from the commands of a RUN. */
void pl_docker_run_facts(pl_docker_step *t, pl_str script);
/* From --chmod of COPY and ADD: 4755. */
void pl_docker_mode_facts(pl_docker_step *t, pl_str mode, pl_str path);

/* built_image.c: the record of what was built. */
pl_rc pl_docker_tell(pl_reading *r, const pl_stage *s, const pl_docker_line *at,
                     const pl_stage_reference *references, size_t n, pl_err *err) PL_MUST_USE;
