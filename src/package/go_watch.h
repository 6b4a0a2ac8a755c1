/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Go's build information in a program that passes once.
 *
 * The block lies in the first writable segment. In the older form it points to strings that have
 * passed by then: places where a version may stand are remembered while they pass, the list of
 * modules is known by its marks.
 */
#pragma once

#include "package/elf.h"
#include "package/go_build.h"
#include "package/window.h"

enum { PL_GO_TEXT = 48 }; /* bytes that are remembered of a place */

typedef struct pl_go_place {
    uint64_t at;
    char text[PL_GO_TEXT];
} pl_go_place;

/* Bytes of a place that a pointer leads to. */
typedef struct pl_go_want {
    uint64_t at;
    bool is_wanted, is_there;
    unsigned char bytes[16];
} pl_go_want;

typedef struct pl_go_watch {
    const pl_elf *elf;
    const pl_elf_segment *segments; /* borrowed */
    size_t n_segments;
    bool is_go;   /* it is a Go program, whatever it says of its build */
    bool is_done; /* version and modules are there, or why they are not */
    pl_rc rc;     /* of the block, with the text in why */
    pl_err why;
    pl_gather block, list;
    pl_str version, modules; /* in block, or in list and places */
    bool has_pointers;
    unsigned pointer; /* bytes of a pointer in the block */
    bool is_big;
    pl_go_want header;   /* string header of the version */
    pl_go_place *places; /* owned */
    size_t n_places, room_places;
} pl_go_watch;

void pl_go_watch_done(pl_go_watch *g);
pl_rc pl_go_watch_window(pl_go_watch *g, const pl_window *w, pl_err *err) PL_MUST_USE;
/* After the last window: resolves pointers. True: version and modules hold. */
bool pl_go_watch_end(pl_go_watch *g);
