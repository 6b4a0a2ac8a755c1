/* SPDX-License-Identifier: Apache-2.0 */
/* The worker "vex": what its forms share. */
#pragma once

#include "vuln/vex.h"

#include "core/jail.h"

#include <jansson.h>

enum {
    PL_FRAME_VEX = PL_FRAME_USER, /* lstr id, product, component, reason; u8 status; u64 time,
                                     until; repeated */
    PL_FRAME_VEX_UNCLEAR,         /* u32: statements whose product could not be told */
};

struct pl_vex_out {
    int fd;
    pl_buf buf;
    size_t n;
    uint32_t n_unclear;
};

/* Slices are copied. Texts are cut to their limits and made one line. */
pl_rc pl_vex_put(struct pl_vex_out *out, const pl_vex_statement *s, pl_err *err) PL_MUST_USE;

/* The forms, of a document that is an object. */
pl_rc pl_vex_openvex(const json_t *doc, struct pl_vex_out *out, pl_err *err) PL_MUST_USE;
pl_rc pl_vex_csaf(const json_t *doc, struct pl_vex_out *out, pl_err *err) PL_MUST_USE;
pl_rc pl_vex_cyclonedx(const json_t *doc, struct pl_vex_out *out, pl_err *err) PL_MUST_USE;
pl_rc pl_vex_ignore(pl_str text, struct pl_vex_out *out, pl_err *err) PL_MUST_USE;

static inline pl_str pl_json_str_of(const json_t *v)
{
    return json_is_string(v) ? (pl_str){json_string_value(v), json_string_length(v)}
                             : (pl_str){"", 0};
}

static inline pl_str pl_json_get_str(const json_t *o, const char *key)
{
    return pl_json_str_of(json_object_get(o, key));
}

/* 0: not given, or no time. */
int64_t pl_vex_time(const json_t *o, const char *key);
