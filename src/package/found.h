/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packages of programming languages as a file tells of them, and their form in notes of analysers
 * (image/analyser.h).
 *
 * Parsers are pure: bytes in, one call a package, in the order of the file. Slices point into the
 * text or into the arena that the caller gave, and live until the call returns.
 */
#pragma once

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"

/* X(symbol, purl type, language, OSV ecosystem; empty: advisories have none) */
#define PL_LANG_LIST(X)                                                                            \
    X(NPM, "npm", "javascript", "npm")                                                             \
    X(PYPI, "pypi", "python", "PyPI")                                                              \
    X(CONDA, "conda", "", "")                                                                      \
    X(GEM, "gem", "ruby", "RubyGems")                                                              \
    X(MAVEN, "maven", "java", "Maven")                                                             \
    X(GO, "golang", "go", "Go")                                                                    \
    X(CARGO, "cargo", "rust", "crates.io")                                                         \
    X(COMPOSER, "composer", "php", "Packagist")                                                    \
    X(PEAR, "pear", "php", "")                                                                     \
    X(NUGET, "nuget", "dotnet", "NuGet")                                                           \
    X(HEX, "hex", "erlang", "Hex")                                                                 \
    X(OTP, "otp", "erlang", "")                                                                    \
    X(CPAN, "cpan", "perl", "")                                                                    \
    X(CRAN, "cran", "r", "CRAN")                                                                   \
    X(LUAROCKS, "luarocks", "lua", "")                                                             \
    X(PUB, "pub", "dart", "Pub")                                                                   \
    X(HACKAGE, "hackage", "haskell", "Hackage")                                                    \
    X(GENERIC, "generic", "", "")

typedef enum pl_lang {
#define X(sym, type, language, ecosystem) PL_LANG_##sym,
    PL_LANG_LIST(X)
#undef X
} pl_lang;

typedef enum pl_found_kind {
    PL_FOUND_INSTALLED, /* it is there */
    PL_FOUND_LOCKED,    /* a lock file names it */
    PL_FOUND_NAMED,     /* it is there, and this file does not say which version */
    PL_FOUND_STORED,    /* content of a store: installed where a hard link to it lies */
    PL_FOUND_HINT,      /* more about the package that the file `at` tells of; name may be empty */
    PL_FOUND_OPAQUE,    /* a program that holds more than can be told; name: why */
    PL_FOUND_PROGRAM,   /* a program that says nothing of itself */
    PL_FOUND_FILES,     /* what a package brought; at: a path a line (package/file_list.h) */
    PL_FOUND_UNPINNED,  /* a project wants it in a version that the file does not fix; name may be
                           empty */
} pl_found_kind;

typedef enum pl_found_scope {
    PL_SCOPE_NONE,
    PL_SCOPE_DEVELOPMENT,
    PL_SCOPE_BUNDLED, /* inside another package: shaded into a jar, vendored */
} pl_found_scope;

typedef struct pl_found {
    pl_found_kind kind;
    pl_lang lang;
    pl_found_scope scope;
    pl_str name, version; /* Maven: "group:artifact" */
    pl_str licence, provenance, integrity;
    pl_str at; /* place inside the file, empty: the file itself; of a hint: a path */
    pl_str
        advisories;   /* "ECOSYSTEM/NAME" that advisories are filed under, "none"; empty: by lang */
    pl_str cpe;       /* "vendor:product" of a program that no package manager brought */
    bool is_guessed;  /* the name, or part of it, is not what the file says of itself */
    bool is_optional; /* of a lock file: installed only where it fits the machine */
} pl_found;

/* What a parser calls. */
typedef pl_rc (*pl_found_each)(const pl_found *f, void *arg, pl_err *err);

void pl_found_encode(const pl_found *f, pl_buf *out);
bool pl_found_decode(pl_str note, pl_found *ret); /* slices point into note */

const char *pl_lang_type(pl_lang l);      /* purl type */
const char *pl_lang_language(pl_lang l);  /* "javascript"; "" when it has none */
const char *pl_lang_ecosystem(pl_lang l); /* as OSV names it; "" when advisories have none */

/*
 * The name that advisories are filed under: PyPI's normal form (PEP 503), Packagist's and Hex's
 * lower case, for others the name itself.
 */
void pl_lang_osv_name(pl_lang l, pl_str name, pl_buf *out);

/* pkg:npm/%40scope/name@1.0, pkg:maven/group/artifact@1, pkg:golang/host/path@v1 */
void pl_lang_purl(pl_lang l, pl_str name, pl_str version, pl_buf *out);

/* True for a name and a version that can be told: neither empty nor over PL_PACKAGE_FIELD_MAX,
 * without control characters. */
bool pl_found_is_whole(const pl_found *f);
