/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The entries of a set of layers, in 24 bytes each: owners stand in a table once for the many
 * files that share them, digests of programs in as many bytes as they have. For layers.c and what
 * it shares layers_private.h with. One thread.
 */
#pragma once

#include "image/layers.h"

enum { PL_ENTRY_OWNERS_RECENT = 256 };

typedef struct pl_entries {
    pl_entry *items; /* owned, as what follows */
    size_t n, room;
    struct pl_owner_row {
        pl_entry_owner who;
        uint32_t first; /* entry that it was made for */
    } * owners;
    size_t n_owners, room_owners;
    uint32_t recent[PL_ENTRY_OWNERS_RECENT]; /* 1 + row, by hash of the owner */
    unsigned char *digests;                  /* which there are (PL_HAS_...), then each of them */
    size_t n_digests, room_digests;          /* bytes */
} pl_entries;

void pl_entries_done(pl_entries *s);

/* For the entry that is pushed next: what its owner or ref are to be. */
pl_rc pl_entries_owner(pl_entries *s, pl_entry_owner who, uint32_t *ret, pl_err *err) PL_MUST_USE;
pl_rc pl_entries_digests(pl_entries *s, const pl_file_digests *d, uint32_t *ret,
                         pl_err *err) PL_MUST_USE;

/* In a row of digests that has one, when it was not known before. */
void pl_entries_set_md5(pl_entries *s, uint32_t row, const unsigned char md5[16]);

/* PL_LIMIT: the set is full. */
pl_rc pl_entries_push(pl_entries *s, const pl_entry *e, pl_err *err) PL_MUST_USE;

/* Forgets the entries from this one on, and what was made for them alone. */
void pl_entries_drop(pl_entries *s, size_t first);

pl_entry_owner pl_entries_owner_of(const pl_entries *s, const pl_entry *e);
/* False: of this entry none were made. */
bool pl_entries_digests_of(const pl_entries *s, const pl_entry *e, pl_file_digests *ret);
