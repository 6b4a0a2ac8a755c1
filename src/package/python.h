/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Python: METADATA of dist-info folders and PKG-INFO of eggs (Core metadata specifications),
 * direct_url.json (PEP 610), and the files of conda-meta.
 */
#pragma once

#include "image/members.h"
#include "package/found.h"

/* METADATA or PKG-INFO: installed. Licence: License-Expression, else a short License, else the
 * classifiers. PL_FORMAT: no name or no version. */
pl_rc pl_python_metadata(pl_str text, pl_arena *a, pl_found_each each, void *arg,
                         pl_err *err) PL_MUST_USE;

/* direct_url.json at `path`: a hint for the METADATA beside it. */
pl_rc pl_python_direct_url(pl_str json, pl_str path, pl_arena *a, pl_found_each each, void *arg,
                           pl_err *err) PL_MUST_USE;

/* conda-meta/NAME-VERSION-BUILD.json: installed, and which files it brought. */
pl_rc pl_conda_meta(pl_str json, pl_arena *a, pl_found_each each, void *arg,
                    pl_err *err) PL_MUST_USE;

/* A zipped egg: its EGG-INFO/PKG-INFO. */
pl_rc pl_python_egg(pl_in *in, pl_members *m, pl_found_each each, void *arg,
                    pl_err *err) PL_MUST_USE;
