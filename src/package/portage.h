/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Portage's database: a folder var/db/pkg/CATEGORY/NAME-VERSION a package, CONTENTS in it with
 * one line an installed object. Format: portage(5); names and versions: Gentoo's Package Manager
 * Specification, sections 3.1 and 3.2.
 */
#pragma once

#include "core/str.h"

/* "bash" and "5.1_p16-r6" of "bash-5.1_p16-r6". False: there is no version in it, or the folder
 * is one of a package that is being merged. */
bool pl_portage_split(pl_str folder, pl_str *ret_name, pl_str *ret_version);

typedef struct pl_portage_file {
    pl_str path; /* with its leading slash */
    bool has_md5;
    unsigned char md5[16];
} pl_portage_file;

/* Cuts the next file or link off *rest, the text of CONTENTS. False: no more. */
bool pl_portage_next_file(pl_str *rest, pl_portage_file *ret);
