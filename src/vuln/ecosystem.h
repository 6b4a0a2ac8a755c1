/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ecosystem names: a distribution and its release, as OSV writes them.
 *
 * The canonical form drops what says nothing about the packages: "Ubuntu:22.04:LTS" becomes
 * "Ubuntu:22.04". "Ubuntu:Pro:22.04:LTS" stays apart, its fixes come from another archive.
 */
#pragma once

#include "core/arena.h"
#include "core/str.h"

pl_str pl_ecosystem_canonical(pl_str name);

/* What stands in front of the first ':'. */
pl_str pl_ecosystem_family(pl_str name);

/*
 * Advisories are filed under the source package that a maintainer fixes. A signed build is made
 * from a source of its own that no advisory names: "linux-signed-amd64" at "6.1.76+1" is "linux"
 * at "6.1.76-1". Replaces both, in the arena, where that is so.
 */
void pl_ecosystem_true_source(pl_arena *a, pl_str ecosystem, pl_str *source, pl_str *version);
