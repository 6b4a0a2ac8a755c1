/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What archives hold, shown to watchers as if it lay in the image: members of zip (jar, war, ear,
 * whl, egg, docx and their kin), tar, and what gzip, xz, bzip2 and zstd compress, archives in
 * archives too. An archive is known by its first bytes, never by its name. Everything is read as a
 * stream, once; nothing is kept.
 *
 * A member's path is that of the file with its own behind "!/": "/app/x.jar!/config/a.properties".
 * Who opens archives itself (package/jar.c) hands its members on, so that nothing is unpacked
 * twice.
 *
 * Limits: PL_MEMBERS_... of image/limits.h. What one of them cut, and what could not be read, is
 * one problem a file that names it, and a note of every watcher. One thread.
 */
#pragma once

#include "image/analyser.h"

typedef struct pl_members pl_members;

/* Do bytes that begin so come from an archive or a compressor that is read? A tar needs 512. */
bool pl_members_is_archive(pl_str head);

/* The members of this file, which is an archive. Reads to the end of it, or as far as that has
 * sense. Errors: PL_NOMEM, and whatever in gives that is no fault of the archive. */
pl_rc pl_members_file(pl_members *m, pl_in *in, pl_err *err) PL_MUST_USE;

/* ---- for analysers that open archives themselves; m may be NULL: then nobody wants to see ---- */

/* The file's members, NULL when nobody wants them: see pl_note_members. */
pl_members *pl_note_members(pl_note_out *out);

/* One member, read to its end; an archive is opened. PL_NOMEM only: what is wrong with the member
 * is told, and the archive goes on. */
pl_rc pl_members_take(pl_members *m, pl_str name, pl_in *in, pl_err *err) PL_MUST_USE;
/* One that was read already. */
pl_rc pl_members_text(pl_members *m, pl_str name, pl_str bytes, pl_err *err) PL_MUST_USE;

/* What follows lies in this member, until it is left again with what was returned. */
size_t pl_members_enter(pl_members *m, pl_str name);
void pl_members_leave(pl_members *m, size_t was);
/* Bytes in front of the archive that was entered, in pieces; then its end, also when there were
 * none. */
pl_rc pl_members_prefix(pl_members *m, pl_str bytes, pl_err *err) PL_MUST_USE;
pl_rc pl_members_prefix_end(pl_members *m, pl_err *err) PL_MUST_USE;
/* The archive that the reader is in cannot be read on. Damage its reader tells itself. */
void pl_members_broken(pl_members *m, pl_rc rc, const char *why);

/* ---- for watch.c ---- */

pl_members *pl_members_new(pl_analysis *a); /* NULL: out of memory */
void pl_members_free(pl_members *m);
void pl_members_begin_layer(pl_members *m);
void pl_members_begin(pl_members *m, const pl_passing_file *f);
pl_rc pl_members_end(pl_members *m, pl_err *err) PL_MUST_USE;
