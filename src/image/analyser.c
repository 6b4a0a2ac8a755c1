/* SPDX-License-Identifier: Apache-2.0 */
#include "image/analyser_private.h"

#include "image/limits.h"
#include "image/members.h"

#include <string.h>

/* ---- which analyser ---- */

static int bucket_of(const pl_match *m)
{
    pl_str end = pl_str_c(m->suffix ? m->suffix : m->path);

    if (end.n == 0 || end.p[end.n - 1] == '/')
        return ANY;
    return (unsigned char)end.p[end.n - 1];
}

static size_t count_rows(const pl_analyser *const *list)
{
    size_t n = 0;

    for (; *list; list++)
        for (const pl_match *m = (*list)->matches;
             m->path || m->suffix || m->below || m->magic || m->mode; m++)
            n++;
    return n;
}

/* From the last row to the first, so that each bucket comes out in order. */
static void fill_rows(pl_analysis *a)
{
    size_t n = 0;

    for (int by = 0; a->list[by]; by++)
        for (const pl_match *m = a->list[by]->matches;
             m->path || m->suffix || m->below || m->magic || m->mode; m++)
            a->rows[n++] = (struct row){m, by, END};
    a->n_rows = n;
    for (size_t i = 0; i < BUCKETS; i++)
        a->bucket[i] = END;
    for (size_t i = n; i-- > 0;) {
        int *head = &a->bucket[bucket_of(a->rows[i].m)];
        a->rows[i].next = *head;
        *head = (int)i;
    }
}

static bool path_matches(const char *want, pl_str path, pl_str name)
{
    pl_str w = pl_str_c(want);
    pl_str folder = {path.p, path.n - name.n};

    if (pl_str_ends(w, PL_S("/")))
        return pl_str_eq(folder, w);
    return pl_str_eq(pl_str_starts(w, PL_S("/")) ? path : name, w);
}

/* All conditions but the magic. */
static bool row_matches(const pl_match *m, pl_str path, pl_str name, uint32_t mode)
{
    return (!m->suffix || pl_str_ends(path, pl_str_c(m->suffix))) &&
           (!m->path || path_matches(m->path, path, name)) && (!m->mode || (mode & m->mode)) &&
           (!m->below || pl_str_has(path, pl_str_c(m->below)));
}

static int pick_in(const pl_analysis *a, int bucket, pl_str path, pl_str name, uint32_t mode,
                   const pl_str *head)
{
    for (int i = a->bucket[bucket]; i != END; i = a->rows[i].next) {
        const pl_match *m = a->rows[i].m;
        if (!row_matches(m, path, name, mode))
            continue;
        if (m->magic && !head)
            return PL_PICK_NEEDS_HEAD;
        if (!m->magic || pl_str_starts(*head, pl_str_c(m->magic)))
            return a->rows[i].by;
    }
    return PL_PICK_NONE;
}

int pl_analysis_pick(const pl_analysis *a, pl_str path, pl_str name, uint32_t mode,
                     const pl_str *head)
{
    int by = PL_PICK_NONE;

    if (name.n)
        by = pick_in(a, (unsigned char)name.p[name.n - 1], path, name, mode, head);
    return by == PL_PICK_NONE ? pick_in(a, ANY, path, name, mode, head) : by;
}

/* ---- notes ---- */

pl_rc pl_analysis_push(pl_analysis *a, const pl_note *note, pl_err *err)
{
    if (a->n == a->room) {
        size_t room = a->room ? a->room * 2 : 256;
        pl_note *notes = reallocarray(a->notes, room, sizeof(*notes));
        if (!notes)
            return pl_fail(err, PL_NOMEM, "notes");
        a->notes = notes;
        a->room = room;
    }
    a->notes[a->n++] = *note;
    return PL_OK;
}

static pl_rc too_many(pl_err *err)
{
    return pl_fail(err, PL_LIMIT, "what is found takes more than %d notes or %d MiB",
                   PL_IMAGE_NOTES_MAX, PL_IMAGE_NOTES_BYTES_MAX >> 20);
}

pl_rc pl_note_add(pl_note_out *out, pl_str bytes, pl_err *err)
{
    pl_analysis *a = out->a;
    pl_note note = {out->entry, out->by, PL_OK, {"", 0}};

    if (a->n < PL_IMAGE_NOTES_MAX)
        note.bytes = pl_arena_str(a->bytes, bytes);
    if (a->n >= PL_IMAGE_NOTES_MAX || !note.bytes.p)
        return too_many(err);
    return pl_analysis_push(a, &note, err);
}

pl_rc pl_analysis_run(pl_analysis *a, int by, uint32_t entry, const pl_passing_file *f,
                      pl_str bytes, pl_in *in, pl_rc *ret_told, pl_err *err)
{
    const pl_analyser *an = a->list[by];
    struct pl_note_out out = {a, entry, (uint16_t)by, a->has_members ? a->members : NULL};
    pl_rc rc = PL_OK;

    if (f->size > an->max)
        rc = pl_fail(err, PL_LIMIT, "%llu bytes; at most %llu are read by %s",
                     (unsigned long long)f->size, (unsigned long long)an->max, an->name);
    else
        rc = an->whole ? an->whole(f, bytes, &out, err) : an->stream(f, in, &out, err);
    *ret_told = rc == PL_NOMEM ? PL_OK : rc;
    if (!rc || rc == PL_NOMEM)
        return rc;
    return pl_analysis_push(a, &(pl_note){entry, (uint16_t)by, (uint16_t)rc, {"", 0}}, err);
}

char *pl_analysis_room(pl_analysis *a, size_t n, pl_err *err)
{
    char *p = a->n < PL_IMAGE_NOTES_MAX ? pl_arena_calloc(a->bytes, n ? n : 1, 1) : NULL;

    if (!p)
        (void)too_many(err);
    return p;
}

pl_rc pl_analysis_put(pl_analysis *a, const pl_note *note, pl_err *err)
{
    if (note->by >= a->n_list + a->n_watchers)
        return pl_fail(err, PL_FORMAT, "a note of reader %u of %zu", note->by,
                       a->n_list + a->n_watchers);
    return pl_analysis_push(a, note, err);
}

void pl_analysis_drop(pl_analysis *a, uint32_t first_entry)
{
    while (a->n && a->notes[a->n - 1].entry >= first_entry)
        a->n--;
}

bool pl_analysis_has(const pl_analysis *a, uint32_t last_entry, bool of_watchers)
{
    for (size_t i = a->n; i > 0 && a->notes[i - 1].entry == last_entry; i--)
        if ((a->notes[i - 1].by >= a->n_list) == of_watchers)
            return true;
    return false;
}

size_t pl_analysis_notes(const pl_analysis *a)
{
    return a->n;
}

const pl_note *pl_analysis_note(const pl_analysis *a, size_t i)
{
    return &a->notes[i];
}

const pl_note *pl_analysis_of(const pl_analysis *a, uint32_t entry, size_t *ret_n)
{
    size_t lo = 0;
    size_t hi = a->n;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (a->notes[mid].entry < entry)
            lo = mid + 1;
        else
            hi = mid;
    }
    size_t n = 0;
    while (lo + n < a->n && a->notes[lo + n].entry == entry)
        n++;
    *ret_n = n;
    return n ? &a->notes[lo] : NULL;
}

/* ---- open and close ---- */

pl_analysis *pl_analysis_new(const pl_analyser *const *list)
{
    PL_AUTO_ANALYSIS pl_analysis *a = calloc(1, sizeof(*a));
    size_t rows = count_rows(list);

    if (!a)
        return NULL;
    a->list = list;
    while (list[a->n_list])
        a->n_list++;
    a->rows = calloc(rows ? rows : 1, sizeof(*a->rows));
    a->bytes = pl_arena_new(PL_IMAGE_NOTES_BYTES_MAX);
    if (!a->rows || !a->bytes)
        return NULL;
    fill_rows(a);
    return PL_TAKE(a, NULL);
}

void pl_analysis_free(pl_analysis *a)
{
    if (!a)
        return;
    pl_arena_free(a->bytes);
    free(a->rows);
    free(a->notes);
    pl_buf_done(&a->watching.held);
    pl_members_free(a->members);
    free(a);
}

const pl_analyser *pl_analysis_at(const pl_analysis *a, size_t i)
{
    return i < a->n_list ? a->list[i] : NULL;
}
