/* SPDX-License-Identifier: Apache-2.0 */
/* What the two halves of the configuration reader share. Nobody else includes this. */
#pragma once

#include "core/buf.h"
#include "core/config.h"
#include "core/yaml_tree.h"

typedef struct pl_conf_loading {
    const pl_conf_key *keys;
    pl_conf *conf;
    pl_arena *arena;
    size_t room_entries;
    const char *file; /* that is being read */
} pl_conf_loading;

/* config_tree.c: takes every value of a document. */
pl_rc pl_conf_take_document(pl_conf_loading *l, const pl_yaml *doc, pl_err *err);

/* Checks a text against a key's type and puts it into the value; where is for errors too. */
pl_rc pl_conf_put(pl_conf_loading *l, pl_conf_value *v, pl_str text, pl_conf_origin origin,
                  pl_str where, pl_err *err);

pl_conf_value *pl_conf_value_of(pl_conf *c, pl_str name); /* NULL: no such key */
