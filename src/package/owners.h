/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which package owns a file, and which programs and libraries are not what their package shipped.
 *
 * Owners come from what each manager keeps: dpkg's info/NAME.md5sums (and status.d/NAME.md5sums of
 * distroless images) with diversions taken into account, the F:, R: and Z: lines of apk's
 * database, the file lists of rpm's headers, pacman's files, Portage's CONTENTS, opkg's NAME.list,
 * chisel's manifest; in a nix store the folder itself. Compared are the files that image/layers.h
 * made digests of (what can be executed, and shared libraries) where the database has MD5, SHA-1
 * or SHA-256, as dpkg's, apk's, Portage's and rpm's have. A file that several packages list
 * is right when it is what one of them shipped.
 */
#pragma once

#include "image/facts.h"
#include "package/catalog.h"

/* Files that pl_layers must keep for this; ends with a NULL path. */
extern const pl_want pl_owner_wants[];
enum { PL_OWNER_WANTS = 6 };

typedef struct pl_owners pl_owners;

/* Names of packages live in the arena. What cannot be read goes to the problems. */
pl_rc pl_owners_read(const pl_tree *t, pl_arena *a, pl_owners **ret, pl_err *err) PL_MUST_USE;
void pl_owners_free(pl_owners *o);

/* For pl_facts.owner; arg is the pl_owners. */
pl_str pl_owners_of(void *arg, uint32_t node);

/* Fills image.changed_package_files and image.package_digests. */
pl_rc pl_owners_fill(const pl_owners *o, const pl_catalog *c, pl_facts *f, pl_err *err) PL_MUST_USE;

PL_DEFINE_CLEANUP(pl_auto_owners_, pl_owners *, pl_owners_free, NULL)
#define PL_AUTO_OWNERS PL_CLEANUP(pl_auto_owners_)
