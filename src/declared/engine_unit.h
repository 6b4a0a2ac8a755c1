/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The unit of Docker's engine and its drop-ins (systemd.unit(5), systemd.service(5)): what dockerd
 * is started with. And units that start containers by docker run.
 */
#pragma once

#include "declared/engine_config.h"

/* Has the section of a unit. */
bool pl_unit_is(pl_str path, pl_str text);

/* One unit: options of dockerd, or docker run lines. */
pl_rc pl_unit_read(pl_reading *r, pl_str text, pl_err *err) PL_MUST_USE;

/* What several files give together. */
typedef struct pl_unit {
    pl_engine_config *config;
    pl_str start; /* ExecStart; empty: none */
    int line, column;
    pl_str file;
    json_t *environment;
    bool has_environment_file;
    bool is_twice; /* ExecStart, without being emptied between */
} pl_unit;

pl_rc pl_unit_start(pl_unit *u, pl_engine_config *c, pl_err *err) PL_MUST_USE;
void pl_unit_done(pl_unit *u);
/* The unit, and then its drop-ins in their order. */
void pl_unit_add(pl_unit *u, pl_str text, pl_str file);
/* Puts the options of what is started into the configuration. *ret_engine: it is dockerd. */
pl_rc pl_unit_finish(pl_unit *u, bool *ret_engine, pl_err *err) PL_MUST_USE;

/*
 * Files of an engine, one after the other: lstr path, lstr bytes. The unit comes before its
 * drop-ins.
 */
pl_rc pl_engine_files_read(pl_reading *r, pl_str bytes, pl_err *err) PL_MUST_USE;
