/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The configuration of an OCI bundle (config.json, OCI runtime specification, config.md and
 * config-linux.md): what runc, crun and their like are given to start. It says what the kernel is
 * asked for and little of why: what only an engine knows (ports, logs, restarts, health, which
 * image) stays unknown, but for what the engine wrote beside it as annotations.
 */
#pragma once

#include "declared/reading.h"

bool pl_oci_is(const pl_yaml *doc);

/* A file of its own: named by its annotations, or "container". */
pl_rc pl_oci_read(pl_reading *r, const pl_yaml *doc, pl_err *err) PL_MUST_USE;
/* One whose id is known. */
pl_rc pl_oci_read_as(pl_reading *r, const pl_yaml *doc, pl_str id, pl_err *err) PL_MUST_USE;

/*
 * Bundles of one host, one after the other: lstr id, lstr config. One that cannot be read is a gap
 * that hides a container, and the others go on.
 */
#define PL_DECLARED_BUNDLES "bundles"
pl_rc pl_oci_bundles_read(pl_reading *r, pl_str bytes, pl_err *err) PL_MUST_USE;

/*
 * What runtimes note of their containers (runc: state.json, crun: status), one after the other:
 * lstr document. Each is answered by pl_reading.state, in their order.
 */
#define PL_DECLARED_STATES "states of runtimes"
pl_rc pl_oci_states_read(pl_reading *r, pl_str bytes, pl_err *err) PL_MUST_USE;
