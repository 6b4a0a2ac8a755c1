/* SPDX-License-Identifier: Apache-2.0 */
/* Members of an open JSON object, a line each. One thread at a time. */
#pragma once

#include "core/json_write.h"

void pl_jput_str(pl_jw *w, const char *key, pl_str s); /* an empty text as null */
void pl_jput_c(pl_jw *w, const char *key, const char *s);
void pl_jput_some(pl_jw *w, const char *key, pl_str s); /* nothing for an empty text */
void pl_jput_int(pl_jw *w, const char *key, int64_t v);
void pl_jput_bool(pl_jw *w, const char *key, bool v);

/* pl_jw_end closes them. */
void pl_jopen_object(pl_jw *w, const char *key);
void pl_jopen_array(pl_jw *w, const char *key);
