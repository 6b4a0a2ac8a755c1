/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dpkg's database: var/lib/dpkg/status, the one-package files of status.d (distroless images),
 * and the md5sums files beside them. Format: deb822(5), dpkg-query(1) for the states; opkg's is
 * the same.
 */
#pragma once

#include "package/package.h"

/*
 * Calls each for every package whose files are there: states installed, unpacked,
 * half-configured, triggers-awaited and triggers-pending. status_required false is for status.d,
 * where the field is often left out. Sets type, name, version, arch, source, source_version,
 * maintainer.
 */
pl_rc pl_dpkg_parse(pl_str text, bool status_required, pl_package_each each, void *arg,
                    pl_package_damage *ret_damage, pl_err *err) PL_MUST_USE;

/* One line of an md5sums file. */
typedef struct pl_dpkg_digest {
    pl_str path; /* without a leading slash */
    unsigned char md5[16];
} pl_dpkg_digest;

/* Cuts the next line that can be read off *rest. False: no more. */
bool pl_dpkg_next_digest(pl_str *rest, pl_dpkg_digest *ret);

/* "libc6" of "/var/lib/dpkg/info/libc6:amd64.md5sums". */
pl_str pl_dpkg_digests_package(pl_str path);
