/* SPDX-License-Identifier: Apache-2.0 */
/* What the verbs below `window` share; closing one is in window_close.c, the others and the table
 * are in verb_window.c. */
#pragma once

#include "audit/inside.h"
#include "cli/said.h"
#include "cli/verb.h"

#define PL_WINDOW_ENGINE_OPTS                                                                      \
    {"engine", "ADDRESS", "unix:///PATH or tcp://HOST:PORT; else the usual places", false},        \
        {"tlscacert", "FILE", "authority of a TCP engine's certificate", false},                   \
        {"tlscert", "FILE", "client certificate", false},                                          \
    {                                                                                              \
        "tlskey", "FILE", "its key", false                                                         \
    }

pl_rc pl_window_engine(pl_cli *cli, const struct pl_args *args, pl_engine_client **ret,
                       pl_err *err) PL_MUST_USE;

/* Redacted as in the record; a line break in a name begins no line. Several: for the blob. */
pl_rc pl_window_line(pl_said *s, pl_str text, pl_buf *out, pl_err *err) PL_MUST_USE;
pl_rc pl_window_lines(pl_said *s, const pl_str *v, size_t n, pl_buf *out, pl_err *err) PL_MUST_USE;

/* PL_FORMAT: no id of a container. */
pl_rc pl_window_check_id(pl_str id, char ret[65], pl_err *err) PL_MUST_USE;

extern const pl_opt pl_window_close_opts[];
pl_rc pl_window_close(pl_cli *cli, const struct pl_args *args, int *ret_status, pl_err *err);
