/* SPDX-License-Identifier: Apache-2.0 */
/*
 * npm: package.json (npm's package.json page), package-lock.json of lockfileVersion 1 to 3 and
 * the hidden lock file node_modules/.package-lock.json (npm's package-lock.json page).
 */
#pragma once

#include "image/members.h"
#include "package/found.h"

/*
 * One package.json: installed, when it has a name and a version and is not private. Licence:
 * "license", or the first of the old "licenses"; provenance: "_resolved", which npm before 7
 * wrote there. PL_FORMAT: no JSON object.
 */
pl_rc pl_npm_package(pl_str json, pl_arena *a, pl_found_each each, void *arg,
                     pl_err *err) PL_MUST_USE;

/* package-lock.json and npm-shrinkwrap.json: locked, development dependencies marked. */
pl_rc pl_npm_lock(pl_str json, pl_arena *a, pl_found_each each, void *arg, pl_err *err) PL_MUST_USE;

/* The hidden lock file of `folder` ("/app", where node_modules lies): a hint for each
 * package.json. */
pl_rc pl_npm_hidden_lock(pl_str json, pl_str folder, pl_arena *a, pl_found_each each, void *arg,
                         pl_err *err) PL_MUST_USE;

/* An archive of yarn's cache (.yarn/cache), from which programs run without node_modules. */
pl_rc pl_yarn_zip(pl_in *in, pl_members *m, pl_found_each each, void *arg, pl_err *err) PL_MUST_USE;

/* True where npm installs: ".../node_modules/NAME/package.json", or with "@scope/NAME". */
bool pl_npm_is_installed_at(pl_str path);
/* True for files below a folder of tests or examples, whose package.json is nobody's package. */
bool pl_npm_is_sample(pl_str path);
