/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON in, as the tree of yaml_tree.h, for documents that are read by the same functions whether
 * they come as a file (YAML) or from an API. A string counts as quoted, everything else as plain;
 * null is the plain text "null". There are no lines and columns: both are 0.
 *
 * Duplicate keys are refused, as in YAML; depth is that of json_rd.h. Text without escapes is
 * borrowed from the input; the rest lives in the arena. Runs in a worker.
 */
#pragma once

#include "core/yaml_tree.h"

/* PL_FORMAT: no JSON; PL_LIMIT: more than max nodes, or the arena is used up. */
pl_rc pl_json_tree(pl_arena *a, pl_str json, size_t max, pl_yaml *ret, pl_err *err) PL_MUST_USE;
