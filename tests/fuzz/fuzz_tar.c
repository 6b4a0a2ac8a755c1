/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as one layer, compressed or not: what is kept, laid and found stays inside its limits,
 * and the tree holds only what can be reached.
 */
#include "image/tree.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const pl_want wants[] = {{"/etc/", NULL}, {"pip.conf", NULL}, {NULL, NULL}};

/* What a watcher is shown of a file is the file. */
struct seen {
    uint64_t size, n;
};

static bool begin(void *arg, const pl_passing_file *f)
{
    *(struct seen *)arg = (struct seen){f->size, 0};
    return true;
}

static pl_rc count(void *arg, pl_str piece, pl_note_out *out, pl_err *err)
{
    struct seen *s = arg;

    (void)out, (void)err;
    s->n += piece.n;
    assert(piece.n && s->n <= s->size);
    return PL_OK;
}

static pl_rc end(void *arg, pl_note_out *out, pl_err *err)
{
    struct seen *s = arg;

    assert(s->n == s->size);
    return pl_note_add(out, PL_S("seen"), err);
}

static void walk(const pl_tree *t)
{
    const pl_layers *ls = pl_tree_set(t);
    pl_file_digests digests;
    pl_file f;

    for (uint32_t node = 0; node < pl_tree_size(t); node++) {
        PL_AUTO_BUF pl_buf path = {0};
        PL_AUTO_BUF pl_buf text = {0};
        pl_file again;
        if (!pl_tree_at(t, node, &f))
            continue;
        assert(f.e->type == PL_ENTRY_FILE || f.e->type == PL_ENTRY_DIR ||
               f.e->type == PL_ENTRY_SYMLINK || f.e->type == PL_ENTRY_SPECIAL);
        pl_paths_print(pl_layers_paths(pl_tree_set(t)), node, &path);
        if (pl_tree_find(t, pl_buf_view(&path), false, &again))
            assert(again.node == node);
        if (pl_tree_content(t, pl_buf_view(&path), &text, &again, NULL) == PL_OK)
            assert(text.n <= again.e->size);
        (void)pl_layers_digests(ls, f.e, &digests);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    PL_AUTO_ARENA pl_arena *a = pl_arena_new(1 << 20);
    pl_problems problems = {.arena = a};
    struct seen seen = {0};
    const pl_watcher watcher = {
        .name = "seen", .arg = &seen, .begin = begin, .bytes = count, .end = end};
    static const pl_analyser *const none[] = {NULL};
    PL_AUTO_ANALYSIS pl_analysis *analysis = pl_analysis_new(none);
    PL_AUTO_LAYERS pl_layers *ls = pl_layers_new(wants, &problems);
    PL_AUTO_TREE pl_tree *t = ls ? pl_tree_new(ls) : NULL;

    assert(a && t && analysis);
    if (pl_analysis_watch(analysis, &watcher, NULL))
        return 0;
    pl_layers_analyse(ls, analysis);
    *pl_layers_holes(ls) = 64 << 10; /* a gibibyte of zeros teaches nothing */
    /* The input twice, as a lower and an upper layer: its first half below its second. */
    for (int i = 0; i < 2; i++) {
        size_t half = size / 2 & ~(size_t)511;
        pl_str part = {(const char *)data + (i ? half : 0), i ? size - half : half};
        pl_in_mem in = pl_in_of_str(part);
        if (pl_layers_read(ls, PL_S("layer"), &in.in, NULL) == PL_OK)
            assert(pl_tree_lay(t, pl_layers_count(ls) - 1, NULL) == PL_OK);
    }
    pl_tree_seal(t);
    walk(t);
    return 0;
}
