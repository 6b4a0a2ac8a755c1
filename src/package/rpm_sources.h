/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The version of the source package with its epoch. A header names the source by its file, which
 * has no epoch, and a sub-package may have another epoch and version than its source: most of
 * those that are built from perl do. The package that is called like its source has the source's
 * epoch, and else one of the same version and release most likely.
 */
#pragma once

#include "package/package.h"

/* Packages of one rpm database; sets source_version. Slices are shared among them. PL_NOMEM. */
pl_rc pl_rpm_settle_sources(pl_package *items, size_t n, pl_err *err) PL_MUST_USE;
