/* SPDX-License-Identifier: Apache-2.0 */
/* Short ways into a parsed JSON document. Slices live as long as the document. */
#pragma once

#include "core/str.h"

#include <jansson.h>

/* Of a string; empty for anything else, NULL too. */
static inline pl_str pl_js_text(const json_t *v)
{
    return json_is_string(v) ? (pl_str){json_string_value(v), json_string_length(v)}
                             : (pl_str){"", 0};
}

static inline pl_str pl_js_str(const json_t *object, const char *key)
{
    return pl_js_text(json_object_get(object, key));
}
