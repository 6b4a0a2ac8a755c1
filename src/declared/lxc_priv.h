/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A configuration of LXC while its lines are read (lxc.container.conf(5)). One thread; slices are
 * borrowed from the text.
 */
#pragma once

#include "declared/draft.h"
#include "declared/reading.h"

typedef struct pl_lxc_config {
    pl_reading *r;
    pl_draft d;
    pl_yaml at; /* of the line that is read */
    int last_include;
    uint64_t caps;                 /* that it has */
    bool keeps_caps, has_odd_caps; /* odd: kept under a name that is not known */
    pl_yaml spaces_at;             /* the last line about them */
    unsigned cloned, kept, shared; /* namespaces, by their place in the table */
    bool clones_some, keeps_some;  /* the others are the host's; the others are its own */
    bool has_own_users, maps_root;
    bool has_root, is_host_root, is_root_readonly;
    bool has_profile, has_label, has_filter, has_gain, denies_devices;
} pl_lxc_config;

/* A key that ends in "." stands for all keys below it. */
typedef struct pl_lxc_key {
    const char *key;
    void (*take)(pl_lxc_config *c, pl_str key, pl_str value);
} pl_lxc_key;

/* Hands a line to each row that wants its key. */
void pl_lxc_take(pl_lxc_config *c, const pl_lxc_key *keys, size_t n, pl_str key, pl_str value);

/* The next of words between blanks and tabs, which *rest moves behind; empty at the end. */
pl_str pl_lxc_word(pl_str *rest);

/* Takes v over. What an included file further down may say again, or NULL, becomes open. */
void pl_lxc_set(pl_lxc_config *c, const char *path, json_t *v);

/* lxc_rights.c: before all lines, at each line, behind the last. */
void pl_lxc_own_spaces(pl_lxc_config *c);
void pl_lxc_take_right(pl_lxc_config *c, pl_str key, pl_str value);
void pl_lxc_put_spaces(pl_lxc_config *c);
void pl_lxc_put_caps(pl_lxc_config *c);
