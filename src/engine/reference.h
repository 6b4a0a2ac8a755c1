/* SPDX-License-Identifier: Apache-2.0 */
/* Image references as engines write them: [host[:port]/]path[:tag][@digest], or a bare id. */
#pragma once

#include "core/buf.h"

typedef struct pl_image_name {
    pl_str repository; /* empty for a bare id */
    pl_str tag;        /* empty: none written */
    pl_str digest;     /* "sha256:...", empty: none written */
} pl_image_name;

/*
 * The repository with what engines leave out: "nginx" is "docker.io/library/nginx". Appended; empty
 * for none.
 */
void pl_image_origin(pl_str repository, pl_buf *ret);

/* Slices point into s. A bare id (64 hex digits, sha256: or not) comes back as a digest. */
pl_image_name pl_image_name_of(pl_str s);
