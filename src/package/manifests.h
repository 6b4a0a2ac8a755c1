/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Small files that tell of one installed package each, of languages that have one kind of them.
 * PL_FORMAT: it names no package or no version, unless the comment says that such files are
 * nothing special.
 */
#pragma once

#include "package/found.h"

#define PL_MANIFEST_PARSERS(X)                                                                     \
    X(gemspec)       /* specifications of RubyGems: the stub line, else the assignments */         \
    X(deps_json)     /* NAME.deps.json of .NET: packages and run-time packs, not projects */       \
    X(erlang_app)    /* NAME.app: OTP's own applications are told apart from those of Hex */       \
    X(cpan_meta)     /* MYMETA.json or install.json of CPAN clients */                             \
    X(r_description) /* DESCRIPTION of R; without "Built:" it is no installed package: nothing */  \
    X(rockspec)      /* NAME-VERSION.rockspec of LuaRocks */

#define X(name)                                                                                    \
    pl_rc pl_##name(pl_str text, pl_arena *a, pl_found_each each, void *arg, pl_err *err)          \
        PL_MUST_USE;
PL_MANIFEST_PARSERS(X)
#undef X

/* ".../auto/Foo/Bar/.packlist" is Foo-Bar: named, without a version. False: none. */
bool pl_packlist_name(pl_str path, pl_buf *ret);

/* The versions of such names stand in perllocal.pod: hints about this key. */
void pl_packlist_key(pl_str name, pl_buf *ret);
pl_rc pl_perllocal(pl_str text, pl_arena *a, pl_found_each each, void *arg,
                   pl_err *err) PL_MUST_USE;
