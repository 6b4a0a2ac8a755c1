/* SPDX-License-Identifier: Apache-2.0 */
/* The lists of a bundle's configuration, into a draft. */
#pragma once

#include "declared/reading.h"

void pl_oci_mounts(const pl_yaml *doc, pl_draft *d);
void pl_oci_devices(pl_reading *r, const pl_yaml *system, pl_draft *d);
void pl_oci_limits(const pl_yaml *process, pl_draft *d);
/* What it has in an engine's words: added to and taken from what Docker grants. */
void pl_oci_caps(pl_draft *d, uint64_t has, const pl_yaml *at);
/* Those that only a container with all of them has. */
bool pl_oci_has_telling_caps(uint64_t has);
/* Every device may be used: a rule without type or numbers allows all. */
bool pl_oci_allows_all_devices(const pl_yaml *system);
