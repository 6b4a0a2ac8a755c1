/* SPDX-License-Identifier: Apache-2.0 */
/* Shows the watchers the file that passes. */
#include "image/analyser_private.h"

#include "image/members.h"
#include "image/problems.h"

enum { STRAIGHT = 16 << 10 }; /* a smaller piece of a longer file is joined with the next */

pl_rc pl_analysis_watch(pl_analysis *a, const pl_watcher *w, pl_err *err)
{
    if (a->n_watchers == PL_IMAGE_WATCHERS_MAX)
        return pl_fail(err, PL_LIMIT, "more than %d watchers", PL_IMAGE_WATCHERS_MAX);
    if (w->inside && !a->members && !(a->members = pl_members_new(a)))
        return pl_fail(err, PL_NOMEM, "watchers");
    a->watchers[a->n_watchers++] = w;
    return PL_OK;
}

void pl_analysis_begin_layer(pl_analysis *a)
{
    if (a->members)
        pl_members_begin_layer(a->members);
}

pl_members *pl_analysis_members_begin(pl_analysis *a, const pl_passing_file *f)
{
    a->has_members = a->members != NULL;
    if (a->members)
        pl_members_begin(a->members, f);
    return a->members;
}

pl_rc pl_analysis_members_end(pl_analysis *a, pl_err *err)
{
    bool had = a->has_members;

    a->has_members = false;
    return had ? pl_members_end(a->members, err) : PL_OK;
}

pl_members *pl_note_members(pl_note_out *out)
{
    return out->members;
}

size_t pl_analysis_watchers(const pl_analysis *a)
{
    return a->n_watchers;
}

const pl_watcher *pl_analysis_watcher(const pl_analysis *a, size_t i)
{
    return a->watchers[i];
}

int pl_analysis_watcher_by(const pl_analysis *a, const pl_watcher *w)
{
    for (size_t i = 0; i < a->n_watchers; i++)
        if (a->watchers[i] == w)
            return (int)(a->n_list + i);
    return -1;
}

bool pl_analysis_is_watching(const pl_analysis *a)
{
    return a->watching.wanted != 0;
}

bool pl_analysis_watch_begin(pl_analysis *a, const pl_passing_file *f, const pl_watch_place *at)
{
    struct watching *w = &a->watching;

    pl_buf_reset(&w->held);
    w->at = *at;
    w->path = f->path;
    w->size = f->size;
    w->left = f->size;
    w->wanted = 0;
    for (size_t i = 0; i < a->n_watchers; i++)
        if (a->watchers[i]->begin(a->watchers[i]->arg, f))
            w->wanted |= 1u << i;
    return w->wanted != 0;
}

/* What one watcher said of the file: after an error it is not asked again about this one. */
static pl_rc take_answer(pl_analysis *a, size_t i, pl_rc rc, const pl_err *why, pl_err *err)
{
    struct watching *w = &a->watching;

    if (!rc)
        return PL_OK;
    w->wanted &= ~(1u << i);
    if (rc == PL_NOMEM)
        return pl_fail(err, rc, "%s", why->text);
    pl_problems_add(w->at.problems, rc, w->at.layer, "%.*s: %s", PL_F(pl_str_sub(w->path, 0, 200)),
                    why->text);
    const pl_note note = {w->at.entry, (uint16_t)(a->n_list + i), (uint16_t)rc, {"", 0}};
    return pl_analysis_push(a, &note, err);
}

static struct pl_note_out out_of(pl_analysis *a, size_t i)
{
    return (struct pl_note_out){a, a->watching.at.entry, (uint16_t)(a->n_list + i), NULL};
}

static pl_rc give(pl_analysis *a, pl_str piece, pl_err *err)
{
    pl_rc rc = PL_OK;

    for (size_t i = 0; !rc && piece.n && i < a->n_watchers; i++) {
        struct pl_note_out out = out_of(a, i);
        pl_err why = {0};
        if (a->watching.wanted & 1u << i)
            rc = take_answer(a, i, a->watchers[i]->bytes(a->watchers[i]->arg, piece, &out, &why),
                             &why, err);
    }
    return rc;
}

/* Readers may take a file in the smallest steps. */
static pl_rc hold(pl_analysis *a, pl_str *bytes, pl_err *err)
{
    pl_buf *held = &a->watching.held;
    pl_str part = pl_str_sub(*bytes, 0, PL_WATCH_WHOLE - held->n);

    pl_buf_str(held, part);
    *bytes = pl_str_sub(*bytes, part.n, bytes->n);
    if (!pl_buf_ok(held))
        return pl_fail(err, PL_NOMEM, "file contents");
    if (held->n < PL_WATCH_WHOLE && (a->watching.left || bytes->n))
        return PL_OK;
    pl_rc rc = give(a, pl_buf_view(held), err);
    pl_buf_reset(held);
    return rc;
}

static bool goes_straight(const struct watching *w, pl_str bytes)
{
    return w->held.n == 0 && (w->left == 0 || (bytes.n >= STRAIGHT && w->size > PL_WATCH_WHOLE));
}

pl_rc pl_analysis_watch_bytes(pl_analysis *a, pl_str bytes, pl_err *err)
{
    struct watching *w = &a->watching;
    pl_rc rc = PL_OK;

    w->left -= bytes.n < w->left ? bytes.n : w->left;
    while (!rc && bytes.n && w->wanted) {
        if (goes_straight(w, bytes))
            return give(a, bytes, err);
        rc = hold(a, &bytes, err);
    }
    return rc;
}

pl_rc pl_analysis_watch_end(pl_analysis *a, pl_err *err)
{
    pl_rc rc = PL_OK;

    for (size_t i = 0; !rc && i < a->n_watchers; i++) {
        struct pl_note_out out = out_of(a, i);
        pl_err why = {0};
        if (a->watching.wanted & 1u << i)
            rc = take_answer(a, i, a->watchers[i]->end(a->watchers[i]->arg, &out, &why), &why, err);
    }
    a->watching.wanted = 0;
    return rc;
}

pl_rc pl_analysis_watch_refuse(pl_analysis *a, pl_rc why, pl_err *err)
{
    pl_rc rc = PL_OK;

    for (size_t i = 0; !rc && i < a->n_watchers; i++)
        if (a->watching.wanted & 1u << i)
            rc = pl_analysis_push(
                a,
                &(pl_note){a->watching.at.entry, (uint16_t)(a->n_list + i), (uint16_t)why, {"", 0}},
                err);
    a->watching.wanted = 0;
    return rc;
}
