/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The config of an image as fields: OCI image specification 1.1, "config.md"; Docker writes the
 * same keys. Values of a wrong type are unreadable, and the rest goes on.
 */
#pragma once

#include "image/archive.h"
#include "image/fields.h"

/*
 * Fills everything that the config, the manifest and the archive say. Slices are borrowed from
 * the parts. parts->config NULL (a root file system): the config's fields are absent.
 * Ages are set by image/ages.h. PL_LIMIT: does not fit the arena.
 */
pl_rc pl_image_config(const pl_parts *parts, pl_problems *problems, pl_arena *a, pl_record *image,
                      pl_err *err) PL_MUST_USE;

/* How many of the lowest layers belong to the base image, by the history. */
size_t pl_image_base_layers(const pl_record *image);
