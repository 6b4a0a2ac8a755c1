/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What configures Docker's engine: daemon.json and the options of dockerd in its unit
 * (docs.docker.com/reference/cli/dockerd). Both are put into the words of daemon.json, then into
 * those of /info, so that the fields and the checks are those of an engine that answers.
 *
 * With daemon.json alone the engine counts as started without further options. What /info only
 * knows by running (AppArmor, the storage driver that was chosen, the swarm) stays unreadable.
 */
#pragma once

#include "declared/reading.h"

typedef struct pl_engine_place {
    const char *key; /* of daemon.json */
    int line, column;
    pl_str file; /* empty: that which is read */
} pl_engine_place;

typedef struct pl_engine_config {
    pl_reading *r;
    json_t *file, *options; /* in the words of daemon.json */
    json_t *refused;        /* keys whose value has another shape than dockerd takes */
    pl_engine_place *places;
    size_t n_places, room_places;
    pl_str at;        /* file that is read now; empty: the only one */
    int line, column; /* where it begins, and in which file */
    pl_str begins_in;
    bool has_unit; /* options are those that are there */
    bool has_file; /* daemon.json is */
    bool is_rootless;
    bool is_open; /* options that are not known may be set */
    bool is_bad;
} pl_engine_config;

/* By its name, or by keys that only daemon.json has. */
bool pl_daemon_is(pl_str path, const pl_yaml *doc);
pl_rc pl_daemon_read(pl_reading *r, const pl_yaml *doc, pl_err *err) PL_MUST_USE;

void pl_engine_config_start(pl_engine_config *c, pl_reading *r);
void pl_engine_config_done(pl_engine_config *c);
/* A gap when the bytes of daemon.json are none of JSON: a comment, a comma too many. */
pl_rc pl_daemon_text(pl_reading *r, pl_str text, pl_err *err) PL_MUST_USE;
/* daemon.json; what is not known is a gap. */
pl_rc pl_engine_config_file(pl_engine_config *c, const pl_yaml *doc, pl_err *err) PL_MUST_USE;

/* An option of dockerd: name without dashes, or its letter. *ret_known false: there is none. When
 * it takes a value and has none, nothing is set and true is returned: the next word is it. */
bool pl_engine_config_option(pl_engine_config *c, pl_str name, char letter, const pl_str *value,
                             int line, int column, bool *ret_known);

/* The subject. */
pl_rc pl_engine_config_tell(pl_engine_config *c, pl_err *err) PL_MUST_USE;

/* engine_info.c: the words of /info and of the list of networks. NULL: out of memory. */
json_t *pl_engine_info(const json_t *settings);
json_t *pl_engine_networks(const json_t *settings);

/* engine_listeners.c: fills engine.api_listeners from hosts and the settings of TLS. */
pl_rc pl_engine_listeners(pl_arena *a, pl_record *engine, pl_err *err) PL_MUST_USE;
