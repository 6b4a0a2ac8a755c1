/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The list of crates that cargo-auditable builds into a program: section .dep-v0, JSON behind zlib
 * (cargo-auditable: PARSING.md, cargo-auditable.schema.json).
 */
#pragma once

#include "package/found.h"

/*
 * {"packages": [{"name", "version", "source", "kind", "root"}]}. Crates that only building needs
 * are left out. provenance is the source: "crates.io", "git", "local", "registry" or what else the
 * file says; crates of "local" and of other registries are not what crates.io has under that name.
 * PL_FORMAT: no such JSON.
 */
pl_rc pl_rust_audit(pl_str json, pl_arena *a, pl_found_each each, void *arg,
                    pl_err *err) PL_MUST_USE;
