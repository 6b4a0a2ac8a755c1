/* SPDX-License-Identifier: Apache-2.0 */
/* Layers that are made in memory, laid as a merged tree, and what shows of it as text. */
#pragma once

#include "test.h"

#include "image/tree.h"
#include "tarmake.h"

#include <stdlib.h>
#include <string.h>

struct scene {
    pl_arena *a;
    pl_problems problems;
    pl_layers *ls;
    pl_tree *t;
};

static void open_scene(struct scene *s, const pl_want *wants)
{
    *s = (struct scene){.a = pl_arena_new(1 << 20)};
    s->problems.arena = s->a;
    s->ls = pl_layers_new(wants, &s->problems);
    s->t = pl_tree_new(s->ls);
    assert_non_null(s->t);
}

static void close_scene(struct scene *s)
{
    pl_tree_free(s->t);
    pl_layers_free(s->ls);
    pl_arena_free(s->a);
}

static void add_layer(struct scene *s, const mk_entry *list)
{
    PL_AUTO_BUF pl_buf tar = {0};
    pl_err err = {0};

    mk_tar(&tar, list);
    pl_in_mem in = pl_in_of_str(pl_buf_view(&tar));
    assert_ok(pl_layers_read(s->ls, PL_S("layer.tar"), &in.in, &err), err);
    assert_ok(pl_tree_lay(s->t, pl_layers_count(s->ls) - 1, &err), err);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Paths in order, each with its layer's number: "/a0 /b1"; a symlink as "/l0>target". */
static void list(const struct scene *s, pl_buf *out)
{
    char *lines[200] = {NULL};
    size_t n = 0;

    for (uint32_t node = 1; node < pl_tree_size(s->t); node++) {
        PL_AUTO_BUF pl_buf line = {0};
        pl_file f;
        if (!pl_tree_at(s->t, node, &f))
            continue;
        pl_paths_print(pl_layers_paths(s->ls), node, &line);
        pl_buf_fmt(&line, "%s%zu", f.e->type == PL_ENTRY_DIR ? "/" : "", f.layer);
        if (f.link.n)
            pl_buf_fmt(&line, ">%.*s", PL_F(f.link));
        pl_buf_ch(&line, '\0');
        assert_true(n < PL_COUNT(lines));
        lines[n++] = strdup(line.p);
    }
    if (n)
        qsort(lines, n, sizeof(lines[0]), by_text);
    for (size_t i = 0; i < n; i++) {
        pl_buf_fmt(out, "%s%s", i ? " " : "", lines[i]);
        free(lines[i]);
    }
}
