/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What hides files of lower layers, by the path that it stands at: few paths of an image have such
 * a mark, so they are kept in a table of their own. Steps are those of tree.c, 0 is none. For
 * tree.c only.
 */
#pragma once

#include "core/siphash.h"
#include "image/paths.h"

typedef struct pl_mark {
    uint32_t node;  /* the root's own mark has PL_PATH_NONE here, as 0 is a free slot */
    uint32_t gone;  /* it and all below it from before this step is hidden */
    uint32_t below; /* all below it from before this step is hidden */
} pl_mark;

typedef struct pl_marks {
    pl_mark *slots; /* owned; NULL while there is none */
    size_t n, mask;
    pl_sipkey key; /* an image chooses which of its paths have marks */
} pl_marks;

void pl_marks_done(pl_marks *m);
/* What is there; all 0 when there is none. */
pl_mark pl_marks_get(const pl_marks *m, uint32_t node);
/* The mark of this path, made when it is new; valid until the next call. NULL: out of memory. */
pl_mark *pl_marks_of(pl_marks *m, uint32_t node);
