/* SPDX-License-Identifier: Apache-2.0 */
/* Package URLs taken apart. Source: https://github.com/package-url/purl-spec, PURL-SPECIFICATION.
 */
#pragma once

#include "core/arena.h"
#include "package/distribution.h"

typedef struct pl_purl_parts {
    pl_str type; /* lower case */
    pl_str space, name, version;
    pl_str qualifiers; /* still escaped: "arch=amd64&distro=debian-12" */
} pl_purl_parts;

/* Parts are unescaped into the arena. PL_FORMAT: it is no package URL. */
pl_rc pl_purl_parse(pl_str purl, pl_arena *a, pl_purl_parts *ret, pl_err *err) PL_MUST_USE;

/* Value of a qualifier, unescaped into the arena; empty: it is not there. */
pl_str pl_purl_qualifier(const pl_purl_parts *p, const char *key, pl_arena *a);

/*
 * The package that it names, as advisories want it: type, name, version, architecture, source and
 * ecosystem. d: the distribution where the URL names none; may be empty. PL_LIMIT: the arena.
 */
pl_rc pl_purl_package(const pl_purl_parts *p, pl_str purl, const pl_distribution *d, pl_arena *a,
                      pl_package *ret, pl_err *err) PL_MUST_USE;
