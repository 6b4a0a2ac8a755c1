/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Analysers: readers of single files, called while the files of a layer pass, so that no file has
 * to be kept. What one finds it writes down as notes of a few bytes. A note belongs to the entry
 * of its layer: when an upper layer deletes or replaces the file, the note is not in the merged
 * tree any more, and is still known for that layer.
 *
 * A room that wants to read files has a table of analysers (package/analysers.c). The rows of all
 * analysers are tried in their order, and the first that matches has the file. Watchers see all
 * files, beside it.
 */
#pragma once

#include "core/arena.h"
#include "image/stream.h"

/*
 * Which files: every condition that a row names must hold. A row names a path or a suffix, or it
 * is asked for every file.
 */
typedef struct pl_match {
    const char *path;   /* "/a/b": this one; "/a/b/": in that folder; "NAME": in any folder */
    const char *suffix; /* end of the path; may hold slashes: ".dist-info/METADATA" */
    const char *below;  /* stands in the path: "/node_modules/" */
    const char *magic;  /* the first bytes; none of them 0 */
    unsigned mode;      /* one of these permission bits is set; 0: any */
} pl_match;

#define PL_SIZE_UNKNOWN UINT64_MAX

/* One regular file as it passes, or a member of an archive (image/members.h). All slices are valid
 * until the call returns; for watchers until the end of the file. */
typedef struct pl_passing_file {
    pl_str path;  /* "/etc/passwd" */
    size_t layer; /* index of the layer in the set */
    uint32_t mode, uid, gid;
    uint64_t size; /* of a member perhaps PL_SIZE_UNKNOWN */
    pl_str member; /* "!/a.txt", which path ends with; empty: a file of the layer itself */
} pl_passing_file;

/* Where an analyser writes. */
typedef struct pl_note_out pl_note_out;
/* Notes of one file are kept in the order in which they are made. PL_LIMIT: too many in all. */
pl_rc pl_note_add(pl_note_out *out, pl_str bytes, pl_err *err) PL_MUST_USE;

typedef struct pl_analyser {
    const char *name;        /* "npm": unique; in messages and in keys of caches */
    unsigned version;        /* rises when its notes change, so that older ones are not used */
    const pl_match *matches; /* ends with an empty row */
    uint64_t max;            /* bytes of a file; a larger one is not read, which is told */
    /*
     * One of the two. whole gets all bytes of the file, which are in memory for this call: for
     * small files. stream reads them from in, as far as it wants, in bounded memory.
     *
     * What it returns concerns this file alone and is told as a problem: PL_FORMAT, the file is
     * not what its name says; PL_LIMIT or PL_UNSUPPORTED, there may be more in it than was found.
     * Only PL_NOMEM ends the reading.
     */
    pl_rc (*whole)(const pl_passing_file *f, pl_str bytes, pl_note_out *out, pl_err *err);
    pl_rc (*stream)(const pl_passing_file *f, pl_in *in, pl_note_out *out, pl_err *err);
} pl_analyser;

/*
 * A watcher sees the bytes of every regular file of every layer that it wants, those that upper
 * layers delete too, beside the analyser that may read the file. It writes notes as an analyser
 * does. Calls for one file: begin, bytes as often as needed, end. Where a file breaks off, or the
 * watcher gave an error, the next call is begin for another file.
 *
 * inside sees what archives hold in the same way, while the watcher itself sees the bytes of the
 * archive: it is another one, with an arg of its own. Its notes are those of the watcher.
 */
typedef struct pl_watcher pl_watcher;
struct pl_watcher {
    const char *name; /* unique, among analysers too */
    /* Rises when its notes change. Where they depend on rules that are content, or on a key, it is
     * made from those. Part of keys of caches. */
    uint64_t version;
    void *arg;
    bool (*begin)(void *arg, const pl_passing_file *f); /* does it want this file? */
    /* Pieces in order. A file of up to PL_WATCH_WHOLE bytes comes in one piece, straight from
     * where it was read; no piece is empty. What is returned: as for analysers. */
    pl_rc (*bytes)(void *arg, pl_str piece, pl_note_out *out, pl_err *err);
    pl_rc (*end)(void *arg, pl_note_out *out, pl_err *err);
    const pl_watcher *inside; /* NULL: does not want to see it. Has no inside itself */
};

enum { PL_WATCH_WHOLE = 64 << 10 };

/* ---- the notes of a set of layers ---- */

typedef struct pl_note {
    uint32_t entry; /* index of the entry in the set */
    uint16_t by;    /* index of the analyser in the list; behind them the watchers */
    uint16_t rc;    /* PL_OK, or why the file was not read to its end; bytes are then empty */
    pl_str bytes;
} pl_note;

typedef struct pl_analysis pl_analysis;

/* The list ends with NULL and is borrowed. NULL: out of memory. */
pl_analysis *pl_analysis_new(const pl_analyser *const *list);
void pl_analysis_free(pl_analysis *a);
const pl_analyser *pl_analysis_at(const pl_analysis *a, size_t i); /* NULL: a watcher's index */

/* Adds a watcher, borrowed, before the first layer is read. PL_LIMIT: too many. */
pl_rc pl_analysis_watch(pl_analysis *a, const pl_watcher *w, pl_err *err) PL_MUST_USE;
size_t pl_analysis_watchers(const pl_analysis *a);
const pl_watcher *pl_analysis_watcher(const pl_analysis *a, size_t i);
/* What pl_note.by is in the notes of this watcher; -1: it does not watch. */
int pl_analysis_watcher_by(const pl_analysis *a, const pl_watcher *w);

/* Notes in rising order of their entries. */
size_t pl_analysis_notes(const pl_analysis *a);
const pl_note *pl_analysis_note(const pl_analysis *a, size_t i);
/* First note of an entry; *ret_n is 0 when there is none. */
const pl_note *pl_analysis_of(const pl_analysis *a, uint32_t entry, size_t *ret_n);

/* ---- for layers.c ---- */

/*
 * Index of the analyser that has this file; PL_PICK_NONE: none has. head: its first bytes, up to
 * PL_MAGIC_MAX of them; NULL: not read yet, and when the choice depends on them the answer is
 * PL_PICK_NEEDS_HEAD.
 */
enum { PL_PICK_NONE = -1, PL_PICK_NEEDS_HEAD = -2, PL_MAGIC_MAX = 8 };
int pl_analysis_pick(const pl_analysis *a, pl_str path, pl_str name, uint32_t mode,
                     const pl_str *head);

/* Runs the analyser on the file. *ret_told: PL_OK, or what went wrong with this file alone. An
 * error is one that ends the reading. The text of both is in err. */
pl_rc pl_analysis_run(pl_analysis *a, int by, uint32_t entry, const pl_passing_file *f,
                      pl_str bytes, pl_in *in, pl_rc *ret_told, pl_err *err) PL_MUST_USE;

/* Before the first file of a layer. */
void pl_analysis_begin_layer(pl_analysis *a);

/* Members of the file that passes, for its reader; between the two calls. NULL: nobody wants
 * them. */
struct pl_members *pl_analysis_members_begin(pl_analysis *a, const pl_passing_file *f);
pl_rc pl_analysis_members_end(pl_analysis *a, pl_err *err) PL_MUST_USE;

/* What befalls single files goes to the problems, as of this layer. */
typedef struct pl_watch_place {
    uint32_t entry;
    int layer;
    struct pl_problems *problems;
} pl_watch_place;

/* The file that passes from now on. False: no watcher wants it. */
bool pl_analysis_watch_begin(pl_analysis *a, const pl_passing_file *f, const pl_watch_place *at);
/* The next bytes of it. PL_NOMEM only. */
pl_rc pl_analysis_watch_bytes(pl_analysis *a, pl_str bytes, pl_err *err) PL_MUST_USE;
pl_rc pl_analysis_watch_end(pl_analysis *a, pl_err *err) PL_MUST_USE;
/* Instead of bytes and end: it is not read. */
pl_rc pl_analysis_watch_refuse(pl_analysis *a, pl_rc why, pl_err *err) PL_MUST_USE;
/* Does one still want more? */
bool pl_analysis_is_watching(const pl_analysis *a);

/* Has the last entry notes of analysers, or of watchers? */
bool pl_analysis_has(const pl_analysis *a, uint32_t last_entry, bool of_watchers);
/* Notes that were made elsewhere, in rising order of their entries: room for n bytes first (NULL:
 * PL_LIMIT is in err), then the note that they are of. PL_FORMAT: by a reader that is none. */
char *pl_analysis_room(pl_analysis *a, size_t n, pl_err *err);
pl_rc pl_analysis_put(pl_analysis *a, const pl_note *note, pl_err *err) PL_MUST_USE;
/* Forgets the notes of this entry and of all after it. */
void pl_analysis_drop(pl_analysis *a, uint32_t first_entry);

PL_DEFINE_CLEANUP(pl_auto_analysis_, pl_analysis *, pl_analysis_free, NULL)
#define PL_AUTO_ANALYSIS PL_CLEANUP(pl_auto_analysis_)
