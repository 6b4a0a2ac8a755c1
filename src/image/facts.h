/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the merged tree and the layers say about an image beside its config: one file a subject
 * (accounts.c, programs.c, permissions.c, build_files.c, settings.c).
 *
 * A list says where it is not whole: its last element is then unreadable, with the reason, so
 * that a check that finds no failing element gives unknown and not pass. Everything lives in the
 * arena of the facts. One thread.
 */
#pragma once

#include "image/config.h"
#include "image/tree.h"

typedef struct pl_facts {
    const pl_tree *tree;
    const pl_parts *parts;
    pl_arena *a;
    pl_record *image;
    size_t base_layers;  /* the lowest ones that belong to the base image */
    const char *missing; /* NULL: the tree is whole; else reason code of what is missing */
    /* Package that owns a path, empty: none. NULL: no package database is known. */
    pl_str (*owner)(void *arg, uint32_t node);
    void *owner_arg;
    pl_str *layer_ids; /* by place in the tree: diff ids */
    /* Filled by pl_facts_accounts for those after it. */
    bool has_user; /* uid and gid are known */
    int64_t uid, gid;
} pl_facts;

/* Files of this room that pl_layers must keep; ends with a NULL path. */
extern const pl_want pl_image_wants[];
enum { PL_IMAGE_WANTS = 67 };

/* Sets layer_ids and base_layers, then fills all fields of this file. The distribution's id and
 * version must be in the record. PL_LIMIT: does not fit the arena. */
pl_rc pl_facts_fill(pl_facts *f, pl_err *err) PL_MUST_USE;

/* ---- for the files behind it, and for room package ---- */

typedef struct pl_fact_list {
    pl_record **items;
    size_t n, max;
    bool is_cut; /* there was more than max */
} pl_fact_list;

pl_rc pl_fact_list_init(pl_facts *f, pl_fact_list *l, size_t max, pl_err *err) PL_MUST_USE;
/* False: the list is full, or the arena is; pl_fact_list_set tells which. */
bool pl_fact_list_add(pl_fact_list *l, pl_record *r);
/* Ends the list in the field. missing: NULL, or why there may be more than it holds; then, or
 * when it was cut, its last element is unreadable. */
pl_rc pl_fact_list_set(pl_facts *f, const pl_fact_list *l, int field, const pl_kind *kind,
                       const char *missing, pl_err *err) PL_MUST_USE;

/* An image_file record of a file in the merged tree. NULL: the arena is used up. */
pl_record *pl_fact_file(pl_facts *f, const pl_file *file, const char *why);
/* The same of an entry of the layer at this place, whether upper layers delete it or not. */
pl_record *pl_fact_entry(pl_facts *f, size_t place, const pl_entry *e, bool is_deleted,
                         const char *why);

/* A note of a watcher, and where its file stands. */
typedef struct pl_fact_note {
    const pl_note *note;
    pl_str path;     /* of this call only */
    size_t place;    /* of its layer in the tree; the lowest, where a layer lies there twice */
    uint32_t node;   /* where the merged tree has the file, else where its layer has it */
    bool is_deleted; /* an upper layer deletes or replaces the file; its layer still holds it */
} pl_fact_note;

/* All notes of one watcher in the layers of this image, lowest first; until the function gives
 * false. by: pl_analysis_watcher_by. */
typedef bool (*pl_fact_noted)(void *arg, const pl_fact_note *n);
pl_rc pl_fact_notes(const pl_facts *f, int by, pl_fact_noted noted, void *arg,
                    pl_err *err) PL_MUST_USE;

/* Does a note of the same watcher about a member of the same file say the same? What lies plainly
 * in an archive is seen twice: in its bytes, and as its member. */
typedef bool (*pl_note_same)(pl_str of_file, pl_str of_member);
bool pl_fact_note_is_of_member(const pl_analysis *a, const pl_note *note, pl_note_same same);

/* Content of a kept file of the merged tree into the arena; empty when it is not there.
 * *ret_reason: NULL, or why it could not be read though it is there. */
pl_str pl_fact_content(pl_facts *f, const char *path, const char **ret_reason);

pl_rc pl_facts_accounts(pl_facts *f, pl_err *err) PL_MUST_USE;
pl_rc pl_facts_programs(pl_facts *f, pl_err *err) PL_MUST_USE;
pl_rc pl_facts_permissions(pl_facts *f, pl_err *err) PL_MUST_USE;
pl_rc pl_facts_build_files(pl_facts *f, pl_err *err) PL_MUST_USE;
pl_rc pl_facts_settings(pl_facts *f, pl_err *err) PL_MUST_USE;

/* Folders of PATH and the usual program folders, as nodes of the tree; each only once. */
enum { PL_PATH_DIRS = 64 };
size_t pl_fact_path_dirs(const pl_facts *f, uint32_t ret[PL_PATH_DIRS]);
