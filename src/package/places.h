/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The layer that brought a package whose version is in the path of its file or folder: the lowest
 * one that holds it, counted from the last time that it was deleted. One walk over the layers
 * for all packages. For the files catalog*.c only.
 */
#pragma once

#include "package/catalog_priv.h"

typedef struct pl_place {
    uint32_t node;   /* the file or folder that says that the package is there */
    uint32_t folder; /* when this one goes the package goes; may be the node itself */
    size_t item;     /* its number in the catalog */
    size_t layer;    /* place of the layer in the tree */
    size_t since;    /* number of the entry that set it; 0: none has */
} pl_place;

typedef struct pl_places {
    pl_place *list; /* owned; by rising nodes */
    size_t n, room;
} pl_places;

void pl_places_done(pl_places *p);
/* The last package of the catalog; file is what says that it is there. Nodes come in rising order.
 */
pl_rc pl_places_add(pl_places *p, const pl_collect *col, const pl_file *file, uint32_t folder,
                    pl_err *err) PL_MUST_USE;
/* Sets the layers of all of them. root: all packages lie below this folder. */
pl_rc pl_places_settle(pl_places *p, pl_collect *col, uint32_t root, pl_err *err) PL_MUST_USE;
