/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ecosystem names: a distribution and its release, as OSV writes them, and package names.
 *
 * The canonical form drops what says nothing about the packages: "Ubuntu:22.04:LTS" becomes
 * "Ubuntu:22.04", "Red Hat:enterprise_linux:9::appstream" loses its repository, and SUSE's
 * products of one service pack become one "SUSE:Linux Enterprise 15 SP5". "Ubuntu:Pro:22.04:LTS"
 * stays apart, its fixes come from another archive.
 */
#pragma once

#include "core/arena.h"
#include "core/str.h"

pl_str pl_ecosystem_canonical(pl_str name); /* of name, or static */

/* What stands in front of the first ':'. */
pl_str pl_ecosystem_family(pl_str name);

/*
 * Advisories are filed under the source package that a maintainer fixes. A signed build is made
 * from a source of its own that no advisory names: "linux-signed-amd64" at "6.1.76+1" is "linux"
 * at "6.1.76-1". Replaces both, in the arena, where that is so.
 */
void pl_ecosystem_true_source(pl_arena *a, pl_str ecosystem, pl_str *source, pl_str *version);

/* True when a comma separated list names the ecosystem, or its distribution; an empty one names
 * all. */
bool pl_ecosystem_is_in(pl_str list, pl_str ecosystem);

/* True where advisories name binary packages; they name the source package elsewhere. */
bool pl_ecosystem_is_by_name(pl_str ecosystem);

/*
 * The form of a package's name under which the ecosystem's index knows it: Python's "Foo.Bar_x"
 * is "foo-bar-x", NuGet's and Composer's names have no case. The name itself where nothing is to
 * be done, else in the arena; the empty slice when that is used up.
 */
pl_str pl_ecosystem_package(pl_arena *a, pl_str ecosystem, pl_str name);
