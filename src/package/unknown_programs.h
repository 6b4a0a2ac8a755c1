/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Programs of the merged tree that no package of the system owns and that do not say what they are
 * made of, from the notes of package/program.h.
 *
 * Opaque ones hold more than can be told: each is a problem, and the list of packages is then
 * incomplete (reason "opaque-program"). Ones that say nothing at all are listed in the image.
 * What a package of a language brought is part of that package.
 */
#pragma once

#include "image/facts.h"
#include "package/language_owners.h"

/* Fills image.unidentified_programs; c's reason says whether the list of packages is whole. */
pl_rc pl_unknown_programs_fill(const pl_language_job *job, const pl_language_owners *languages,
                               pl_catalog *c, pl_facts *f, pl_err *err) PL_MUST_USE;
