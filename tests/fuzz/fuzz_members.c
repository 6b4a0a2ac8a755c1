/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as an archive in an image: what watchers are shown has a beginning and an end, a name
 * behind that of the file, and the size that was promised. */
#include "image/members.h"
#include "image/problems.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
    bool is_open;
    uint64_t size, n;
};

static bool begin(void *arg, const pl_passing_file *f)
{
    struct seen *s = arg;

    assert(!s->is_open && f->size > 0);
    assert(pl_str_starts(f->member, PL_S("!/")) && pl_str_ends(f->path, f->member) &&
           pl_str_starts(f->path, PL_S("/file!/")));
    *s = (struct seen){true, f->size, 0};
    return true;
}

static pl_rc count(void *arg, pl_str piece, pl_note_out *out, pl_err *err)
{
    struct seen *s = arg;

    (void)out, (void)err;
    s->n += piece.n;
    assert(s->is_open && piece.n && s->n <= s->size);
    return PL_OK;
}

static pl_rc end(void *arg, pl_note_out *out, pl_err *err)
{
    struct seen *s = arg;

    (void)out, (void)err;
    assert(s->is_open && (s->size == PL_SIZE_UNKNOWN || s->n == s->size));
    s->is_open = false;
    return PL_OK;
}

static bool refuse(void *arg, const pl_passing_file *f)
{
    (void)arg, (void)f;
    return true;
}

static pl_rc pass(void *arg, pl_str piece, pl_note_out *out, pl_err *err)
{
    (void)arg, (void)piece, (void)out, (void)err;
    return PL_OK;
}

static pl_rc over(void *arg, pl_note_out *out, pl_err *err)
{
    (void)arg, (void)out, (void)err;
    return PL_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(1 << 20);
    pl_problems problems = {.arena = a};
    struct seen seen = {0};
    static const pl_analyser *const none[] = {NULL};
    const pl_watcher inside = {
        .name = "seen", .arg = &seen, .begin = begin, .bytes = count, .end = end};
    const pl_watcher watcher = {
        .name = "seen", .begin = refuse, .bytes = pass, .end = over, .inside = &inside};
    PL_AUTO_ANALYSIS pl_analysis *analysis = pl_analysis_new(none);
    const pl_passing_file file = {.path = PL_S("/file"), .size = size};
    const pl_watch_place at = {.problems = &problems};
    const pl_str bytes = {(const char *)data, size};
    pl_in_mem in = pl_in_of_str(bytes);

    assert(a && analysis);
    if (!size || !pl_members_is_archive(bytes) || pl_analysis_watch(analysis, &watcher, NULL))
        return 0;
    assert(pl_analysis_watch_begin(analysis, &file, &at));
    pl_members *m = pl_analysis_members_begin(analysis, &file);
    assert(m && pl_members_file(m, &in.in, NULL) == PL_OK);
    assert(pl_analysis_members_end(analysis, NULL) == PL_OK && !seen.is_open);
    assert(problems.n <= 1 && pl_analysis_notes(analysis) <= 1);
    return 0;
}
