/* SPDX-License-Identifier: Apache-2.0 */
/*
 * opkg's database (OpenWrt, Yocto): usr/lib/opkg/status in the form of dpkg's, and a list of files
 * a package in usr/lib/opkg/info/NAME.list. Format: opkg's libopkg/pkg_parse.c.
 */
#pragma once

#include "package/package.h"

/* As pl_dpkg_parse; type is "opkg". */
pl_rc pl_opkg_parse(pl_str text, pl_package_each each, void *arg, pl_package_damage *ret_damage,
                    pl_err *err) PL_MUST_USE;
