/* SPDX-License-Identifier: Apache-2.0 */
/* What the readers of settings share. Nobody else includes this. */
#pragma once

#include "image/settings.h"

bool pl_setting_is_word(pl_str s, const char *word); /* whatever its case */
bool pl_setting_is_true(pl_str s);
bool pl_setting_is_false(pl_str s);
pl_str pl_setting_unquoted(pl_str s);

/* A file line by line, without comments. */
typedef struct pl_setting_lines {
    pl_setting_each each;
    void *arg;
    size_t number;
    bool is_indented; /* the line that was given last began with a blank */
} pl_setting_lines;

bool pl_setting_next_line(pl_str *rest, pl_setting_lines *l, pl_str *ret);
/* KEY as in apt.conf(5), or its last part. */
void pl_setting_apt(const pl_setting_lines *l, pl_str key, pl_str value);

void pl_setting_tell(const pl_setting_lines *l, unsigned classes, pl_str name);

/* ---- settings_language.c: what a key means to a program ---- */

typedef enum pl_setting_of {
    PL_OF_PIP = 1,
    PL_OF_NPM = 2,
    PL_OF_YARN = 4,
    PL_OF_GEM = 8,
    PL_OF_GO = 16,
    PL_OF_COMPOSER = 32,
    PL_OF_CONDA = 64,
    PL_OF_DOCKER = 128,
    PL_OF_ANY = 256, /* names that mean this wherever they stand */
} pl_setting_of;

/* Addresses, parted by blanks, commas, quotes or bars: over plain HTTP, or of other hosts than
 * those that everybody's packages come from. */
void pl_setting_addresses(pl_str value, pl_str name, const pl_setting_lines *l);

/* Tells the setting, under this name, if the value of the key is a bad one. */
void pl_setting_judge(unsigned of, pl_str key, pl_str name, pl_str value,
                      const pl_setting_lines *l);
