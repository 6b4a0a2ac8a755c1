/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine's own settings: one table says by which key of daemon.json and by which option of
 * the command line each is set, and which field of an engine record it fills.
 *
 * Both readers fill the fields of their own engine record: present where the setting was given,
 * absent where not. running.h merges them with what the API says.
 */
#pragma once

#include "model/value.h"

#include <jansson.h>

typedef struct pl_setting {
    const char *key;    /* in daemon.json */
    const char *option; /* on the command line, without dashes; NULL: only in the file */
    char letter;        /* short option, 0: none */
    int field;
    int source_field;        /* -1: nobody asks where it came from */
    const char *otherwise;   /* value when nothing is set: "info", "true"; NULL: absent */
    bool is_read_when_asked; /* the API says it as well; the file and the options only explain */
} pl_setting;

extern const pl_setting pl_settings[];
extern const size_t pl_settings_n;

/* From daemon.json, in the worker. */
void pl_settings_parse(pl_arena *a, const json_t *doc, pl_record *file);

/* From the arguments of the engine's process, NUL-separated as in /proc/PID/cmdline. The last of
 * several wins; --default-ulimit, --log-opt and --host add up. Slices point into cmdline.
 * ret_config: value of --config-file, empty when there is none. */
void pl_settings_arguments(pl_arena *a, pl_str cmdline, pl_record *arguments, pl_str *ret_config);
