/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as the documents of an engine's image that were kept. The first byte chooses which
 * image is asked for. The plan that they lead to is one that its reader takes; with the layers that
 * it asks for, all of them the same empty one, an image is put together, and what of it is kept
 * again leads to the same plan.
 */
#include "image/archive.h"
#include "image/limits.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct scene {
    pl_arena *a;
    pl_problems problems;
    pl_layers *ls;
    pl_archive *archive;
    pl_plan plan;
};

static pl_rc nothing(void *arg, pl_str name, pl_buf *ret, pl_err *err)
{
    (void)arg, (void)name, (void)ret;
    return pl_fail(err, PL_NOTFOUND, "there is none");
}

static const pl_blob_source source = {.document = nothing};

static void open_scene(struct scene *s)
{
    *s = (struct scene){.a = pl_arena_new(16 << 20)};
    s->problems.arena = s->a;
    s->ls = pl_layers_new(NULL, &s->problems);
    assert(s->a && s->ls);
}

static void close_scene(struct scene *s)
{
    pl_plan_done(&s->plan);
    pl_archive_free(s->archive);
    pl_layers_free(s->ls);
    pl_arena_free(s->a);
}

static bool plan(struct scene *s, pl_str bytes, pl_str select)
{
    PL_AUTO_BUF pl_buf wire = {0};
    PL_AUTO_PLAN pl_plan back = {0};

    if (pl_archive_kept(s->ls, bytes, &source, &s->archive, NULL) ||
        pl_archive_plan(s->archive, select, &s->plan, NULL))
        return false;
    pl_plan_encode(&s->plan, &wire);
    assert(pl_plan_decode(pl_buf_view(&wire), &back) && back.n == s->plan.n);
    return true;
}

static void give_layers(struct scene *s)
{
    static const char empty[1024];

    for (size_t i = 0; i < s->plan.n; i++) {
        pl_in_mem in = pl_in_of_str((pl_str){empty, sizeof(empty)});
        assert(pl_layers_read(s->ls, PL_S("layer"), &in.in, NULL) == PL_OK);
        pl_archive_took(s->archive, i, (long)i);
    }
}

static void keep_again(const struct scene *s, const pl_parts *parts, pl_str select)
{
    PL_AUTO_BUF pl_buf kept = {0};
    struct scene again;

    if (!pl_archive_keep(s->archive, s->ls, parts, &kept))
        return;
    open_scene(&again);
    assert(plan(&again, pl_buf_view(&kept), select) && again.plan.n == s->plan.n);
    for (size_t i = 0; i < s->plan.n; i++)
        assert(pl_str_eq(again.plan.items[i].name, s->plan.items[i].name));
    close_scene(&again);
}

static void look(const struct scene *s, const pl_parts *parts)
{
    assert(parts->n_layers <= PL_IMAGE_LAYERS_MAX);
    for (size_t i = 0; i < parts->n_layers; i++)
        assert(parts->layers[i].layer < (long)pl_layers_count(s->ls));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const selects[] = {"", "web:1", "linux/amd64"};
    struct scene s;
    pl_parts parts;

    if (size == 0)
        return 0;
    pl_str select = pl_str_c(selects[data[0] % PL_COUNT(selects)]);
    open_scene(&s);
    if (plan(&s, (pl_str){(const char *)data + 1, size - 1}, select) && s.plan.n < 100) {
        give_layers(&s);
        if (pl_archive_pick(s.archive, select, &parts, NULL) == PL_OK) {
            look(&s, &parts);
            keep_again(&s, &parts, select);
        }
    }
    close_scene(&s);
    return 0;
}
