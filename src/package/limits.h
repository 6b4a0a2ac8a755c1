/* SPDX-License-Identifier: Apache-2.0 */
/* Every maximum of room package. */
#pragma once

enum {
    PL_PACKAGES_MAX = 100000,         /* packages of one image or host */
    PL_PACKAGE_FIELD_MAX = 1024,      /* bytes of a name, version or architecture */
    PL_PACKAGE_DIGESTS_MAX = 1000000, /* files with digests in one package database */
    PL_DIVERSIONS_MAX = 1000,         /* entries of dpkg's diversions */
};
