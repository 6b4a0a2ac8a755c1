/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Configuration: values by a table of keys, each with where it comes from.
 *
 * Precedence: flag, PLIMSOLL_* variable, file, default. Files are DIR/plimsoll.yaml and then
 * DIR/plimsoll.d/NAME.yaml in the order of their names; a later one overrides an earlier one. A key
 * "tls.ca" stands as `ca:` below `tls:` and as variable PLIMSOLL_TLS_CA. Secrets are not values of
 * keys: a key names the file that holds one.
 *
 * Everything that is wrong is PL_USAGE with file, line and, for an unknown key, the nearest known
 * one; so is a variable that is nearly a key's. A file that root reads by default must belong to
 * root and be writable by nobody else. Any thread; a pl_conf is read-only once loaded.
 */
#pragma once

#include "core/arena.h"
#include "core/err.h"

typedef enum pl_conf_type {
    PL_CONF_STR,
    PL_CONF_BOOL,  /* true or false */
    PL_CONF_WORDS, /* a list; kept as text with commas */
    PL_CONF_FREE,  /* a mapping of names to words or lists of words, in files only */
} pl_conf_type;

typedef struct pl_conf_key {
    const char *name; /* "tls.ca" */
    pl_conf_type type;
    const char *flag;      /* "tlscacert", without the hyphens; NULL: none */
    const char *otherwise; /* default; NULL: not set */
    const char *help;      /* one line */
} pl_conf_key;

typedef enum pl_conf_origin {
    PL_CONF_DEFAULT,
    PL_CONF_FILE,
    PL_CONF_ENV,
    PL_CONF_FLAG
} pl_conf_origin;

const char *pl_conf_origin_word(pl_conf_origin o); /* "default", "file", "environment", "flag" */

typedef struct pl_conf_value {
    const pl_conf_key *key;
    bool is_set;      /* false: no value and no default */
    const char *text; /* "" when it is not set; a C string, since file names are made of it */
    pl_conf_origin origin;
    pl_str where; /* "/etc/plimsoll/plimsoll.yaml:3", "PLIMSOLL_TLS_CA", "--tlscacert", "default" */
} pl_conf_value;

typedef struct pl_conf_entry {
    const pl_conf_key *key; /* of type PL_CONF_FREE */
    pl_str name;
    const pl_str *items;
    size_t n;
    pl_str where; /* FILE:LINE */
} pl_conf_entry;

typedef struct pl_conf {
    pl_conf_value *values; /* one a key that is not PL_CONF_FREE, in the order of the table */
    size_t n;
    pl_conf_entry *entries; /* of all PL_CONF_FREE keys, each name once */
    size_t n_entries;
    pl_str *files; /* that were read, in order */
    size_t n_files;
} pl_conf;

typedef struct pl_conf_source {
    const char *file;           /* in place of the usual files; NULL: those */
    const char *dir;            /* of the usual files; NULL: none */
    char *const *environ;       /* ends with NULL */
    bool is_strict_about_owner; /* usual files must be root's: for root */
} pl_conf_source;

/* keys ends with a NULL name. In the arena. */
pl_rc pl_conf_load(const pl_conf_key *keys, const pl_conf_source *from, pl_arena *a, pl_conf **ret,
                   pl_err *err) PL_MUST_USE;

/* What a flag says overrides all else. text is borrowed. */
void pl_conf_set_flag(pl_conf *c, const char *flag, const char *text, pl_arena *a);

const pl_conf_value *pl_conf_get(const pl_conf *c, const char *name);      /* NULL: no such key */
const pl_conf_value *pl_conf_get_flag(const pl_conf *c, const char *flag); /* NULL: no such key */

/* Where the usual files lie: /etc/plimsoll for root, else $XDG_CONFIG_HOME/plimsoll or
 * ~/.config/plimsoll; NULL without a home. In the arena. */
const char *pl_conf_usual_dir(pl_arena *a);
