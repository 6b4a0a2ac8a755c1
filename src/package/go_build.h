/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the Go linker writes into a program: the version of Go and the list of modules (Go:
 * debug/buildinfo, runtime/debug.BuildInfo, cmd/link).
 *
 * The block is 32 bytes: "\xff Go buildinf:", the size of a pointer, flags. Since Go 1.18 the two
 * texts follow it, each behind its length as a varint; before, two pointers to string headers do.
 * The list of modules stands between two marks of 16 bytes.
 */
#pragma once

#include "package/found.h"

#define PL_GO_MAGIC "\xff Go buildinf:"
#define PL_GO_MODULES_BEGIN "\x30\x77\xaf\x0c\x92\x74\x08\x02\x41\xe1\xc1\x07\xe6\xd6\x18\xe6"
#define PL_GO_MODULES_END "\xf9\x32\x43\x31\x86\x18\x20\x72\x00\x82\x42\x10\x41\x16\xd8\xf2"
enum { PL_GO_BLOCK = 32, PL_GO_MARK = 16, PL_GO_INLINE = 2, PL_GO_BIG = 1 };

/*
 * The two texts behind a block of the newer form. PL_OK: they are there. PL_NOTFOUND: *ret_need
 * bytes of the file are needed to say more. PL_FORMAT: this is no such block. PL_LIMIT: longer than
 * PL_GO_MODULES_MAX.
 */
pl_rc pl_go_inline(pl_str block, pl_str *ret_version, pl_str *ret_modules, size_t *ret_need,
                   pl_err *err) PL_MUST_USE;

/* The version of the standard library that "go1.19.8 X:something" stands for: "1.19.8", for
 * "go1.21rc2" "1.21.0-rc.2". False: a build from between two releases. */
bool pl_go_release(pl_str version, pl_buf *ret);

/*
 * Standard library, main module and the modules that it needs. A replaced module is told under the
 * name and version that were built, with "replaces NAME@VERSION" as provenance; one that was
 * replaced by a folder, and a main module that says "(devel)" without a version from -ldflags,
 * have an empty version: it is there, and nobody knows which. Programs of Go itself are
 * "toolchain". *ret_is_whole: the list has all that the program is made of; without modules
 * (GOPATH) it has only the program.
 */
pl_rc pl_go_modules(pl_str version, pl_str modules, pl_arena *a, pl_found_each each, void *arg,
                    bool *ret_is_whole, pl_err *err) PL_MUST_USE;
