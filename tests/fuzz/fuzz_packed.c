/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as the result of a layer. An even first byte: the rest is what is inside the zstd
 * frame, which is made here; an odd one: the whole form after its head. What is taken is laid as a
 * tree, and packed again it gives the same layer.
 */
#include "image/limits.h"
#include "image/packed.h"
#include "image/tree.h"

#include <assert.h>
#include <stdlib.h>

#include <zstd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const pl_want wants[] = {{NULL, NULL}};
static const unsigned char readers[PL_FINGERPRINT];

static pl_rc note(const pl_passing_file *f, pl_str bytes, pl_note_out *out, pl_err *err)
{
    (void)f;
    return pl_note_add(out, bytes, err);
}

static const pl_match matches[] = {{.suffix = ".note"}, {0}};
static const pl_analyser noter = {"noter", 1, matches, 1 << 10, note, NULL};
static const pl_analyser *const analysers[] = {&noter, &noter, &noter, &noter, NULL};

struct set {
    pl_arena *a;
    pl_problems problems;
    pl_analysis *analysis;
    pl_layers *ls;
};

static void open_set(struct set *s)
{
    *s = (struct set){.a = pl_arena_new(1 << 20), .analysis = pl_analysis_new(analysers)};
    s->problems.arena = s->a;
    s->ls = pl_layers_new(wants, &s->problems);
    assert(s->a && s->analysis && s->ls);
    pl_layers_analyse(s->ls, s->analysis);
}

static void close_set(struct set *s)
{
    pl_layers_free(s->ls);
    pl_analysis_free(s->analysis);
    pl_arena_free(s->a);
}

static void frame(pl_str inside, pl_buf *out)
{
    size_t room = ZSTD_compressBound(inside.n);
    char *packed = malloc(room);

    assert(packed);
    size_t n = ZSTD_compress(packed, room, inside.p, inside.n, 1);
    assert(!ZSTD_isError(n));
    pl_buf_add(out, packed, n);
    free(packed);
}

static pl_rc unpack(struct set *s, pl_str form)
{
    pl_in_mem in = pl_in_of_str(form);
    return pl_layers_unpack(s->ls, PL_S("layer"), &in.in, readers, NULL);
}

static pl_rc put(void *arg, pl_str bytes, pl_err *err)
{
    (void)err;
    pl_buf_str(arg, bytes);
    return PL_OK;
}

static void look(struct set *s)
{
    PL_AUTO_TREE pl_tree *t = pl_tree_new(s->ls);
    pl_file_digests digests;
    pl_file f;

    assert(t && pl_layers_count(s->ls) == 1 && pl_tree_lay(t, 0, NULL) == PL_OK);
    pl_tree_seal(t);
    for (uint32_t node = 0; node < pl_tree_size(t); node++) {
        PL_AUTO_BUF pl_buf content = {0};
        size_t n = 0;
        if (!pl_tree_at(t, node, &f))
            continue;
        if (pl_layers_content(s->ls, f.e, &content, NULL) == PL_OK)
            assert(content.n <= (size_t)PL_IMAGE_CAPTURE_WHOLE_MAX);
        (void)pl_layers_digests(s->ls, f.e, &digests);
        (void)pl_layers_notes(s->ls, f.e, &n);
    }
}

static void pack(const struct set *s, pl_buf *ret)
{
    PL_AUTO_PACKER pl_packer *p = pl_packer_new(s->ls, readers);
    const pl_packed_out out = {put, ret};

    assert(p && pl_packer_put(p, 0, &out, NULL) == PL_OK);
}

static void pack_again(const struct set *s)
{
    PL_AUTO_BUF pl_buf one = {0};
    PL_AUTO_BUF pl_buf two = {0};
    struct set again;

    open_set(&again);
    pack(s, &one);
    assert(unpack(&again, pl_buf_view(&one)) == PL_OK);
    pack(&again, &two);
    assert(pl_str_eq(pl_buf_view(&one), pl_buf_view(&two)));
    close_set(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    pl_str rest = {(const char *)data + 1, size ? size - 1 : 0};
    PL_AUTO_BUF pl_buf form = {0};
    struct set s;

    if (size == 0)
        return 0;
    pl_buf_c(&form, "PLLY");
    pl_buf_u32le(&form, 1);
    pl_buf_add(&form, readers, sizeof(readers));
    if (data[0] & 1)
        pl_buf_str(&form, rest);
    else
        frame(rest, &form);
    open_set(&s);
    if (unpack(&s, pl_buf_view(&form)) == PL_OK) {
        pack_again(&s);
        look(&s);
    } else {
        assert(pl_layers_count(s.ls) == 0);
    }
    close_set(&s);
    return 0;
}
