/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "image/limits.h"
#include "image/packed.h"
#include "image/tree.h"
#include "tarmake.h"

#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 60, LAYERS = 4, ENTRIES = 40 };

static const pl_want wants[] = {{"/etc/", NULL}, {"keep", NULL}, {NULL, NULL}};
static const unsigned char readers[PL_FINGERPRINT] = "these readers";

/* Notes what stands in a file, line by line; one that begins with '!' is broken. */
static pl_rc note_lines(const pl_passing_file *f, pl_str bytes, pl_note_out *out, pl_err *err)
{
    pl_str line;

    (void)f;
    if (pl_str_starts(bytes, PL_S("!")))
        return pl_fail(err, PL_FORMAT, "is broken");
    while (pl_str_cut(&bytes, '\n', &line)) {
        pl_rc rc = pl_note_add(out, line, err);
        if (rc)
            return rc;
    }
    return PL_OK;
}

static const pl_match note_matches[] = {{.suffix = ".note"}, {0}};
static const pl_analyser noter = {"noter", 1, note_matches, 1 << 20, note_lines, NULL};
static const pl_analyser *const analysers[] = {&noter, NULL};

struct set {
    pl_arena *a;
    pl_problems problems;
    pl_analysis *analysis;
    pl_layers *ls;
};

static void open_set(struct set *s)
{
    *s = (struct set){.a = pl_arena_new(4 << 20), .analysis = pl_analysis_new(analysers)};
    s->problems.arena = s->a;
    s->ls = pl_layers_new(wants, &s->problems);
    assert_non_null(s->ls);
    pl_layers_analyse(s->ls, s->analysis);
}

static void close_set(struct set *s)
{
    pl_layers_free(s->ls);
    pl_analysis_free(s->analysis);
    pl_arena_free(s->a);
}

static void read_layer(struct set *s, pl_str tar)
{
    pl_in_mem in = pl_in_of_str(tar);
    pl_err err = {0};

    assert_ok(pl_layers_read(s->ls, PL_S("layer"), &in.in, &err), err);
}

static pl_rc put(void *arg, pl_str bytes, pl_err *err)
{
    (void)err;
    pl_buf_str(arg, bytes);
    return PL_OK;
}

static void pack(const struct set *s, size_t i, pl_buf *ret)
{
    PL_AUTO_PACKER pl_packer *p = pl_packer_new(s->ls, readers);
    const pl_packed_out out = {put, ret};
    pl_err err = {0};

    assert_non_null(p);
    assert_ok(pl_packer_put(p, i, &out, &err), err);
    assert_true(pl_buf_ok(ret));
}

static pl_rc unpack(struct set *s, pl_str packed, pl_err *err)
{
    pl_in_mem in = pl_in_of_str(packed);
    return pl_layers_unpack(s->ls, PL_S("layer"), &in.in, readers, err);
}

/* ---- layers by chance ---- */

static uint32_t chance(uint32_t *seed, uint32_t n)
{
    *seed = *seed * 1664525 + 1013904223;
    return (*seed >> 8) % n;
}

static const char *one_of(uint32_t *seed, const char *const *list, uint32_t n)
{
    return list[chance(seed, n)];
}

static void make_layer(uint32_t *seed, pl_buf *tar)
{
    static const char *const folders[] = {"",     "etc/",          "usr/bin/",  "opt/a/b/c/",
                                          "opt/", "var/lib/dpkg/", "./x/../y/", "link/"};
    static const char *const names[] = {"keep",   "a.note",   "prog", ".wh.keep", ".wh..wh..opq",
                                        "b.note", "lib.so.1", "c",    ".wh.c",    "link"};
    static const char *const bytes[] = {"", "one\ntwo\nthree", "!broken", "x", "\n\n"};
    static const char types[] = "0000005512";

    for (uint32_t i = chance(seed, ENTRIES); i > 0; i--) {
        char path[64], link[64];
        (void)snprintf(path, sizeof(path), "%s%s", one_of(seed, folders, PL_COUNT(folders)),
                       one_of(seed, names, PL_COUNT(names)));
        (void)snprintf(link, sizeof(link), "%s%s", one_of(seed, folders, PL_COUNT(folders)),
                       one_of(seed, names, PL_COUNT(names)));
        mk_entry e = {.path = path,
                      .type = types[chance(seed, sizeof(types) - 1)],
                      .link = link,
                      .mode = chance(seed, 2) ? 04755 : 0600,
                      .uid = chance(seed, 3) ? 0 : 70000,
                      .gid = chance(seed, 1000)};
        if (e.type == '0')
            e.data = one_of(seed, bytes, PL_COUNT(bytes));
        mk_add(tar, &e);
    }
    mk_end(tar);
}

/* ---- what is seen of a set ---- */

static void show_entry(pl_layers *ls, size_t i, pl_buf *out)
{
    const pl_entry *e = pl_layers_entry(ls, i);
    pl_entry_owner who = pl_layers_owner(ls, e);
    pl_file_digests d = {0};
    PL_AUTO_BUF pl_buf content = {0};
    size_t n = 0;

    pl_paths_print(pl_layers_paths(ls), e->node, out);
    pl_buf_fmt(out, " %u %o %u %u %llu %u", e->type, e->mode, who.uid, who.gid,
               (unsigned long long)e->size, e->flags);
    if (e->type == PL_ENTRY_HARDLINK)
        pl_paths_print(pl_layers_paths(ls), e->ref, out);
    if (e->type == PL_ENTRY_SYMLINK)
        pl_buf_str(out, pl_paths_kept(pl_layers_paths(ls), e->ref, (size_t)e->size));
    if (pl_layers_digests(ls, e, &d))
        pl_buf_add(out, &d, sizeof(d));
    pl_buf_fmt(out, " %d:", pl_layers_content(ls, e, &content, NULL));
    pl_buf_str(out, pl_buf_view(&content));
    const pl_note *notes = pl_layers_notes(ls, e, &n);
    for (size_t k = 0; k < n; k++)
        pl_buf_fmt(out, " [%u %u %.*s]", notes[k].by, notes[k].rc, PL_F(notes[k].bytes));
    pl_buf_ch(out, '\n');
}

static void show_layer(pl_layers *ls, size_t i, pl_buf *out)
{
    const pl_layer *l = pl_layers_at(ls, i);

    pl_buf_fmt(out, "%s %s %s %llu %llu %zu %d %d\n", l->blob, l->diff_id, l->compression,
               (unsigned long long)l->blob_bytes, (unsigned long long)l->bytes, l->unread,
               l->is_damaged, l->why);
    for (size_t k = l->first; k < l->first + l->n; k++)
        show_entry(ls, k, out);
    for (size_t k = 0; k < pl_layers_problems(ls)->n; k++)
        if (pl_layers_problems(ls)->items[k].layer == (int)i)
            pl_buf_fmt(out, "problem %.*s\n", PL_F(pl_layers_problems(ls)->items[k].text));
}

static void show_tree(pl_layers *ls, pl_buf *out)
{
    PL_AUTO_TREE pl_tree *t = pl_tree_new(ls);
    pl_err err = {0};
    pl_file f;

    for (size_t i = 0; i < pl_layers_count(ls); i++)
        assert_ok(pl_tree_lay(t, i, &err), err);
    pl_tree_seal(t);
    for (uint32_t node = 1; node < pl_tree_size(t); node++)
        if (pl_tree_at(t, node, &f)) {
            pl_paths_print(pl_layers_paths(ls), node, out);
            pl_buf_fmt(out, " %zu of %zu\n", pl_layers_entry_index(ls, f.e), f.layer);
        }
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Numbers of paths may differ between two sets, so the tree is compared by its sorted lines. */
static void sort_lines(pl_buf *b)
{
    static char *lines[LAYERS * ENTRIES * 8];
    PL_AUTO_BUF pl_buf sorted = {0};
    size_t n = 0;

    pl_buf_ch(b, '\0');
    for (char *at = b->p, *end; (end = strchr(at, '\n')); at = end + 1) {
        *end = '\0';
        assert_true(n < PL_COUNT(lines));
        lines[n++] = at;
    }
    if (n)
        qsort(lines, n, sizeof(lines[0]), by_text);
    for (size_t i = 0; i < n; i++)
        pl_buf_fmt(&sorted, "%s\n", lines[i]);
    pl_buf_done(b);
    *b = sorted;
    sorted = (pl_buf){0};
}

static void compare_sets(struct set *a, struct set *b)
{
    PL_AUTO_BUF pl_buf x = {0};
    PL_AUTO_BUF pl_buf y = {0};

    assert_int_equal(pl_layers_count(a->ls), pl_layers_count(b->ls));
    for (size_t i = 0; i < pl_layers_count(a->ls); i++) {
        show_layer(a->ls, i, &x);
        show_layer(b->ls, i, &y);
    }
    assert_true(pl_str_eq(pl_buf_view(&x), pl_buf_view(&y)));
    pl_buf_reset(&x);
    pl_buf_reset(&y);
    show_tree(a->ls, &x);
    show_tree(b->ls, &y);
    sort_lines(&x);
    sort_lines(&y);
    assert_true(pl_str_eq(pl_buf_view(&x), pl_buf_view(&y)));
}

/* ---- tests ---- */

static void layers_that_were_packed_give_the_same_tree(void **state)
{
    (void)state;
    for (uint32_t round = 0; round < ROUNDS; round++) {
        struct set straight, through;
        uint32_t seed = round;
        open_set(&straight);
        open_set(&through);
        for (size_t i = 0; i < LAYERS; i++) {
            PL_AUTO_BUF pl_buf tar = {0};
            PL_AUTO_BUF pl_buf alone_packed = {0};
            PL_AUTO_BUF pl_buf packed = {0};
            struct set alone;
            pl_err err = {0};
            make_layer(&seed, &tar);
            open_set(&alone);
            read_layer(&straight, pl_buf_view(&tar));
            read_layer(&alone, pl_buf_view(&tar));
            pack(&alone, 0, &alone_packed);
            pack(&straight, i, &packed);
            /* read among others or alone: the same bytes */
            assert_true(pl_str_eq(pl_buf_view(&packed), pl_buf_view(&alone_packed)));
            assert_ok(unpack(&through, pl_buf_view(&packed), &err), err);
            close_set(&alone);
        }
        compare_sets(&straight, &through);
        close_set(&straight);
        close_set(&through);
    }
}

static void fill_one(struct set *s, pl_buf *packed)
{
    PL_AUTO_BUF pl_buf tar = {0};
    static char content[3 * 65536 + 17];
    uint32_t seed = 7;

    for (size_t i = 0; i < sizeof(content); i++)
        content[i] = (char)chance(&seed, 256);
    mk_add(&tar, &(mk_entry){.path = "etc/large", .data = content, .data_n = sizeof(content)});
    mk_add(&tar, &(mk_entry){.path = "bin/sh", .data = "#!", .mode = 0755});
    mk_add(&tar, &(mk_entry){.path = "a.note", .data = "one\ntwo"});
    mk_add(&tar, &(mk_entry){.path = "l", .type = '2', .link = "bin/sh"});
    mk_add(&tar, &(mk_entry){.path = "h", .type = '1', .link = "bin/sh"});
    mk_end(&tar);
    open_set(s);
    read_layer(s, pl_buf_view(&tar));
    assert_true(pl_layers_is_whole(s->ls, 0));
    pack(s, 0, packed);
}

static void what_is_kept_of_large_files_comes_through(void **state)
{
    (void)state;
    struct set one, other;
    PL_AUTO_BUF pl_buf packed = {0};
    pl_err err = {0};

    fill_one(&one, &packed);
    open_set(&other);
    assert_ok(unpack(&other, pl_buf_view(&packed), &err), err);
    compare_sets(&one, &other);
    close_set(&one);
    close_set(&other);
}

static void results_that_are_cut_or_changed_leave_the_set_as_it_was(void **state)
{
    (void)state;
    struct set one, other;
    PL_AUTO_BUF pl_buf packed = {0};
    PL_AUTO_BUF pl_buf longer = {0};
    pl_err err = {0};

    fill_one(&one, &packed);
    open_set(&other);
    for (size_t n = 0; n < packed.n; n += n < 600 ? 1 : 4099) {
        assert_int_not_equal(unpack(&other, (pl_str){packed.p, n}, &err), PL_OK);
        assert_int_equal(pl_layers_count(other.ls), 0);
    }
    for (size_t n = 0; n < packed.n; n += n < 600 ? 1 : 997) {
        struct set changed;
        open_set(&changed);
        packed.p[n] ^= 0x21;
        /* a few bits of a zstd frame mean nothing */
        if (unpack(&changed, pl_buf_view(&packed), &err) == PL_OK)
            compare_sets(&one, &changed);
        else
            assert_int_equal(pl_layers_count(changed.ls), 0);
        packed.p[n] ^= 0x21;
        close_set(&changed);
    }
    pl_buf_str(&longer, pl_buf_view(&packed));
    pl_buf_ch(&longer, 'x');
    assert_int_not_equal(unpack(&other, pl_buf_view(&longer), &err), PL_OK);
    assert_int_equal(pl_layers_count(other.ls), 0);
    assert_int_equal(other.problems.n, 0);
    assert_ok(unpack(&other, pl_buf_view(&packed), &err), err);
    compare_sets(&one, &other);
    close_set(&one);
    close_set(&other);
}

static void results_of_other_readers_are_refused(void **state)
{
    (void)state;
    static const pl_analyser newer = {"noter", 2, note_matches, 1 << 20, note_lines, NULL};
    static const pl_analyser *const newer_list[] = {&newer, NULL};
    static const pl_want *const lists[] = {wants};
    unsigned char a[PL_FINGERPRINT], b[PL_FINGERPRINT], c[PL_FINGERPRINT], d[PL_FINGERPRINT];
    struct set one, other;
    PL_AUTO_BUF pl_buf packed = {0};
    pl_err err = {0};

    fill_one(&one, &packed);
    open_set(&other);
    pl_in_mem in = pl_in_of_str(pl_buf_view(&packed));
    const unsigned char others[PL_FINGERPRINT] = "other readers";
    assert_int_equal(pl_layers_unpack(other.ls, PL_S("x"), &in.in, others, &err), PL_UNSUPPORTED);
    close_set(&one);
    close_set(&other);

    pl_layers_fingerprint(lists, 1, analysers, PL_S("secrets"), a);
    pl_layers_fingerprint(lists, 1, analysers, PL_S("secrets"), b);
    assert_memory_equal(a, b, sizeof(a));
    pl_layers_fingerprint(lists, 1, newer_list, PL_S("secrets"), b);
    pl_layers_fingerprint(lists, 1, analysers, PL_S("no secrets"), c);
    pl_layers_fingerprint(lists, 0, analysers, PL_S("secrets"), d);
    assert_memory_not_equal(a, b, sizeof(a));
    assert_memory_not_equal(a, c, sizeof(a));
    assert_memory_not_equal(a, d, sizeof(a));
}

static void a_damaged_layer_comes_through_as_damaged_and_is_not_whole(void **state)
{
    (void)state;
    struct set one, other;
    PL_AUTO_BUF pl_buf tar = {0};
    PL_AUTO_BUF pl_buf packed = {0};
    pl_err err = {0};

    mk_add(&tar, &(mk_entry){.path = "etc/x", .data = "content"});
    tar.n -= 100;
    open_set(&one);
    open_set(&other);
    read_layer(&one, pl_buf_view(&tar));
    assert_false(pl_layers_is_whole(one.ls, 0));
    pack(&one, 0, &packed);
    assert_ok(unpack(&other, pl_buf_view(&packed), &err), err);
    assert_true(pl_layers_at(other.ls, 0)->is_damaged);
    assert_int_equal(pl_layers_at(other.ls, 0)->why, PL_FORMAT);
    compare_sets(&one, &other);
    assert_ok(pl_layers_add_damaged(other.ls, PL_S("y"), PL_TIMEOUT, PL_S("too slow"), &err), err);
    assert_int_equal(pl_layers_at(other.ls, 1)->why, PL_TIMEOUT);
    assert_false(pl_layers_is_whole(other.ls, 1));
    close_set(&one);
    close_set(&other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(layers_that_were_packed_give_the_same_tree),
        cmocka_unit_test(what_is_kept_of_large_files_comes_through),
        cmocka_unit_test(results_that_are_cut_or_changed_leave_the_set_as_it_was),
        cmocka_unit_test(results_of_other_readers_are_refused),
        cmocka_unit_test(a_damaged_layer_comes_through_as_damaged_and_is_not_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
