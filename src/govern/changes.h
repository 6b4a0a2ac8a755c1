/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was set in one audit and is set otherwise in the next: names and values, compared.
 *
 * A run speaks for some names only (their beginnings: "engine.", "policy."); the others stay as
 * they were last seen. The whole state is a JSON object of texts, sorted by name, a blob of the
 * entry policy.change. Any thread.
 */
#pragma once

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "model/statement.h"

typedef struct pl_setting {
    pl_str name, value;
    bool is_unknown; /* could not be read: it is taken to be what it was */
} pl_setting;

typedef struct pl_settings {
    pl_setting *v;
    size_t n, room;
    bool is_bad; /* memory ran out */
} pl_settings;

/* value: a long one becomes its digest. Both are copied. */
void pl_settings_add(pl_settings *s, pl_arena *a, pl_str name, pl_str value);
void pl_settings_add_unknown(pl_settings *s, pl_arena *a, pl_str name);

/* Names that a run speaks for: those that begin so. */
typedef struct pl_settings_scope {
    pl_str names;
    bool is_first; /* nobody spoke for them before: what is there is no change */
} pl_settings_scope;

bool pl_settings_has(const pl_settings *s, pl_str names); /* any that begins so */

/* Of the blob. PL_FORMAT: no object of texts. */
pl_rc pl_settings_read(pl_str json, pl_arena *a, pl_settings *ret, pl_err *err) PL_MUST_USE;
void pl_settings_write(const pl_settings *s, pl_buf *out);

/*
 * now gets sorted. ret_all: what is known after it. Changes have name, was and is; at most
 * PL_GOVERN_CHANGES of them, the last of which then says how many more there are.
 */
pl_rc pl_settings_compare(const pl_settings *was, pl_settings *now, const pl_settings_scope *scopes,
                          size_t n_scopes, pl_arena *a, pl_settings *ret_all, pl_change **ret,
                          size_t *ret_n, pl_err *err) PL_MUST_USE;
