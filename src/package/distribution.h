/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which distribution a file system holds (os-release(5)), what OSV calls it, and package URLs.
 *
 * OSV's names: https://ossf.github.io/osv-schema/#defined-ecosystems. Oracle's and Amazon's
 * releases have none there; theirs are those under which this program imports their advisories.
 * A Red Hat and a SUSE product stand for all repositories of that release: OSV adds the
 * repository ("::baseos"), or files the packages under a module of the product.
 */
#pragma once

#include "core/buf.h"
#include "package/package.h"

typedef struct pl_distribution {
    pl_str id;       /* "debian", lower case; empty: not said */
    pl_str version;  /* VERSION_ID: "12", "22.04", "3.18.4"; empty: a rolling one, or not said */
    pl_str codename; /* VERSION_CODENAME */
    pl_str name;     /* PRETTY_NAME */
} pl_distribution;

/* Values are copied into the arena, quotes and escapes taken off. Lines that are no assignment
 * are passed over, as the shell's readers of this file do. */
pl_rc pl_os_release_parse(pl_str text, pl_arena *a, pl_distribution *ret, pl_err *err) PL_MUST_USE;

/* For file systems without os-release: the content of etc/debian_version, etc/alpine-release. */
bool pl_debian_version_parse(pl_str text, pl_distribution *ret);
bool pl_alpine_release_parse(pl_str text, pl_distribution *ret);

/* OSV's ecosystem for packages of this purl type: "Debian:12", "Ubuntu:22.04:LTS",
 * "Alpine:v3.18", "Rocky Linux:9", "Red Hat:enterprise_linux:9", "openSUSE:Leap 15.5". Nothing is
 * added for a distribution or release that OSV does not have. */
void pl_ecosystem(const pl_distribution *d, pl_str type, pl_buf *out);

/* pkg:deb/debian/libc6@2.36-9%2Bdeb12u4?arch=amd64&distro=debian-12
 * pkg:rpm/redhat/dbus@1.12.20-8.el9?arch=x86_64&distro=rhel-9.3&epoch=1 */
void pl_purl(const pl_package *p, const pl_distribution *d, pl_buf *out);

/* The part of a package URL that stands for s. */
void pl_purl_escape(pl_str s, pl_buf *out);
