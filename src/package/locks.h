/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lock files: what somebody wants to install, in which version. All give PL_FOUND_LOCKED, with
 * provenance and digest where the file has them, and development dependencies marked where it
 * says so, or where who needs whom tells it. What belongs to the project itself (workspaces, paths)
 * is left out. What requirements.txt and pom.xml want without a fixed version is PL_FOUND_UNPINNED.
 *
 * Formats: the documentation of each tool; yarn 1 and berry, pnpm 5 to 9, poetry 1 and 2, uv,
 * pdm, pylock.toml (PEP 751), pipenv, pip's requirements, Cargo 1 to 4, Go modules, Bundler,
 * Gradle, Maven, NuGet, bun 1, mix of Elixir, pub of Dart.
 */
#pragma once

#include "package/found.h"

#define PL_LOCK_PARSERS(X)                                                                         \
    X(yarn_lock)                                                                                   \
    X(pnpm_lock)                                                                                   \
    X(poetry_lock)                                                                                 \
    X(uv_lock)                                                                                     \
    X(pipfile_lock)                                                                                \
    X(requirements)                                                                                \
    X(cargo_lock)                                                                                  \
    X(go_mod)                                                                                      \
    X(gemfile_lock)                                                                                \
    X(composer_lock)                                                                               \
    X(gradle_lock)                                                                                 \
    X(pom_xml)                                                                                     \
    X(nuget_lock)                                                                                  \
    X(pdm_lock)                                                                                    \
    X(pylock)                                                                                      \
    X(bun_lock)                                                                                    \
    X(mix_lock)                                                                                    \
    X(pub_lock)

#define X(name)                                                                                    \
    pl_rc pl_##name(pl_str text, pl_arena *a, pl_found_each each, void *arg, pl_err *err)          \
        PL_MUST_USE;
PL_LOCK_PARSERS(X)
#undef X

/* go.sum at `path`: hints with the digest of each module of the go.mod beside it. */
pl_rc pl_go_sum(pl_str text, pl_str path, pl_arena *a, pl_found_each each, void *arg,
                pl_err *err) PL_MUST_USE;
