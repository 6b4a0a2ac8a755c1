/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bill of materials in place of an image: its packages are the catalog, and everything that only
 * the files of an image could tell is unreadable with the reason "unsupported". In the image
 * worker.
 */
#pragma once

#include "image/problems.h"
#include "image/scan.h"
#include "image/stream.h"
#include "package/catalog.h"

/* Whether a document begins so: as JSON, or compressed JSON. */
bool pl_image_sbom_is(pl_str head);

/* Decompresses it where it is packed. At most PL_SBOM_MAX bytes. */
pl_rc pl_image_sbom_read(pl_in *in, const pl_image_job *job, pl_arena *a, pl_problems *problems,
                         pl_catalog *ret_catalog, pl_record **ret_image, pl_err *err) PL_MUST_USE;
