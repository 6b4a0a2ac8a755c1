/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who has to mend what is found in an image: whoever made its base image, or the application team.
 *
 * Known from, in this order: the longest chain of layers that a base image of the index has; the
 * history, where no label names a base image. A label (org.opencontainers.image.base.digest, .name)
 * that names a base image which the index does not have makes everything above the known layers
 * unknown, with a hint what to add; nothing is guessed.
 *
 * A thing belongs to whoever made the layer that it lies in; a part of the configuration to whoever
 * wrote the last step of the history that set it.
 */
#pragma once

#include "audit/inventory.h"

/* Fills image.base.*, image.owner, is_base where the index knows, and the owner of each element of
 * the image's lists. Texts live in the arena. PL_LIMIT: it is used up. */
pl_rc pl_owners_mark(const pl_inventory *known, pl_arena *a, pl_record *image,
                     pl_err *err) PL_MUST_USE;

/* Of an image that was marked; "unknown" for no layer or one that it does not have. */
pl_str pl_owner_of_layer(const pl_record *image, pl_str layer);
