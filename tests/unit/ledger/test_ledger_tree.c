/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "ledger/proof.h"
#include "ledger/tile.h"

#include <stdlib.h>
#include <string.h>

/* Leaves and roots that the reference implementations of RFC 6962 publish. */
static const struct {
    const char *leaf;
    size_t n;
    const char *root; /* of the tree that ends with this leaf */
} published[] = {
    {"", 0, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"},
    {"\x00", 1, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"},
    {"\x10", 1, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"},
    {"\x20\x21", 2, "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"},
    {"\x30\x31", 2, "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"},
    {"\x40\x41\x42\x43", 4, "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"},
    {"\x50\x51\x52\x53\x54\x55\x56\x57", 8,
     "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"},
    {"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f", 16,
     "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"},
};

static void assert_node(const pl_node *got, const char *hex)
{
    char text[PL_SHA256_HEX];
    pl_hex(got->b, sizeof(got->b), text);
    assert_string_equal(text, hex);
}

static void published_roots_come_out(void **state)
{
    (void)state;
    PL_AUTO_SHA256 pl_sha256 *h = pl_sha256_new();
    pl_edge e = {0};
    pl_node node, tiled[8], root;

    pl_edge_root(&e, h, &root);
    assert_node(&root, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    for (size_t i = 0; i < PL_COUNT(published); i++) {
        pl_merkle_leaf(h, (pl_str){published[i].leaf, published[i].n}, &node);
        assert_int_equal(pl_edge_add(&e, h, &node, tiled), 1);
        pl_edge_root(&e, h, &root);
        assert_node(&root, published[i].root);
    }
}

/* ---- proofs over trees in memory, against the recursive definition of the RFC ---- */

enum { MOST = 140 };

typedef struct memory_tree {
    pl_node leaf[MOST];
    pl_sha256 *h;
} memory_tree;

/* MTH of section 2.1, as it is written there. */
static pl_node mth(const memory_tree *t, size_t lo, size_t hi)
{
    pl_node ret;
    if (hi - lo == 1)
        return t->leaf[lo];
    size_t k = 1;
    while (2 * k < hi - lo)
        k *= 2;
    pl_node left = mth(t, lo, lo + k);
    pl_node right = mth(t, lo + k, hi);
    pl_merkle_node(t->h, &left, &right, &ret);
    return ret;
}

static pl_rc memory_node(void *arg, unsigned level, uint64_t index, pl_node *ret, pl_err *err)
{
    (void)err;
    *ret = mth(arg, (size_t)index << level, (size_t)(index + 1) << level);
    return PL_OK;
}

static int make_tree(void **state)
{
    memory_tree *t = calloc(1, sizeof(*t));
    t->h = pl_sha256_new();
    for (size_t i = 0; i < MOST; i++) {
        bool known = i < PL_COUNT(published);
        unsigned char own = (unsigned char)i;
        pl_str leaf =
            known ? (pl_str){published[i].leaf, published[i].n} : (pl_str){(const char *)&own, 1};
        pl_merkle_leaf(t->h, leaf, &t->leaf[i]);
    }
    *state = t;
    return 0;
}

static int drop_tree(void **state)
{
    memory_tree *t = *state;
    pl_sha256_free(t->h);
    free(t);
    return 0;
}

static void published_proofs_come_out(void **state)
{
    memory_tree *t = *state;
    const pl_proof_tree tree = {memory_node, t, t->h};
    static const struct {
        uint64_t a, size;
        bool consistency;
        const char *path[4];
    } cases[] = {
        {1,
         8,
         false,
         {"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
          "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
          "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"}},
        {1,
         8,
         true,
         {"96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
          "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
          "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"}},
        {6,
         8,
         true,
         {"0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
          "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
          "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"}},
        {2,
         5,
         true,
         {"5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
          "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"}},
    };

    for (size_t i = 0; i < PL_COUNT(cases); i++) {
        pl_proof p;
        pl_err err = {0};
        pl_rc rc = cases[i].consistency
                       ? pl_proof_consistency(&tree, cases[i].a, cases[i].size, &p, &err)
                       : pl_proof_inclusion(&tree, cases[i].a, cases[i].size, &p, &err);
        assert_ok(rc, err);
        for (size_t k = 0; k < 4 && cases[i].path[k]; k++)
            assert_node(&p.node[k], cases[i].path[k]);
    }
}

static void every_inclusion_proof_holds_and_no_other_does(void **state)
{
    memory_tree *t = *state;
    const pl_proof_tree tree = {memory_node, t, t->h};

    for (uint64_t size = 1; size < MOST; size += size < 20 ? 1 : 13) {
        pl_node root = mth(t, 0, size);
        for (uint64_t m = 0; m < size; m++) {
            pl_proof p;
            pl_err err = {0};
            assert_ok(pl_proof_inclusion(&tree, m, size, &p, &err), err);
            assert_true(pl_inclusion_holds(t->h, &p, m, size, &t->leaf[m], &root));
            if (size > 1) {
                assert_false(
                    pl_inclusion_holds(t->h, &p, (m + 1) % size, size, &t->leaf[m], &root));
                p.n--;
                assert_false(pl_inclusion_holds(t->h, &p, m, size, &t->leaf[m], &root));
                p.n++;
                p.node[p.n - 1].b[5] ^= 1;
                assert_false(pl_inclusion_holds(t->h, &p, m, size, &t->leaf[m], &root));
                p.node[p.n - 1].b[5] ^= 1;
            }
            p.n++;
            assert_false(pl_inclusion_holds(t->h, &p, m, size, &t->leaf[m], &root));
        }
    }
}

static void every_consistency_proof_holds_and_no_other_does(void **state)
{
    memory_tree *t = *state;
    const pl_proof_tree tree = {memory_node, t, t->h};

    for (uint64_t size = 1; size < MOST; size += size < 20 ? 1 : 13) {
        pl_node root = mth(t, 0, size);
        for (uint64_t old = 1; old <= size; old++) {
            pl_node old_root = mth(t, 0, old);
            pl_proof p;
            pl_err err = {0};
            assert_ok(pl_proof_consistency(&tree, old, size, &p, &err), err);
            assert_true(pl_consistency_holds(t->h, &p, old, size, &old_root, &root));
            if (p.n) {
                p.node[0].b[0] ^= 1;
                assert_false(pl_consistency_holds(t->h, &p, old, size, &old_root, &root));
                p.node[0].b[0] ^= 1;
                p.n--;
                assert_false(pl_consistency_holds(t->h, &p, old, size, &old_root, &root));
                p.n++;
                assert_false(pl_consistency_holds(t->h, &p, old, size, &root, &root));
            }
            p.node[p.n++] = old_root;
            assert_false(pl_consistency_holds(t->h, &p, old, size, &old_root, &root));
        }
    }
}

static void proofs_of_what_is_not_there_are_refused(void **state)
{
    memory_tree *t = *state;
    const pl_proof_tree tree = {memory_node, t, t->h};
    pl_node root = mth(t, 0, 5);
    pl_proof p = {.n = 0};
    pl_err err = {0};

    assert_int_equal(pl_proof_inclusion(&tree, 5, 5, &p, &err), PL_USAGE);
    assert_int_equal(pl_proof_consistency(&tree, 0, 5, &p, &err), PL_USAGE);
    assert_int_equal(pl_proof_consistency(&tree, 6, 5, &p, &err), PL_USAGE);
    p.n = 0;
    assert_false(pl_inclusion_holds(t->h, &p, 0, 0, &root, &root));
    assert_false(pl_inclusion_holds(t->h, &p, 1, 1, &root, &root));
    assert_false(pl_consistency_holds(t->h, &p, 0, 5, &root, &root));
    assert_false(pl_consistency_holds(t->h, &p, 4, 5, &root, &root));
    assert_true(pl_consistency_holds(t->h, &p, 5, 5, &root, &root));
}

static void proof_files_read_back_and_nothing_else_does(void **state)
{
    memory_tree *t = *state;
    const pl_proof_tree tree = {memory_node, t, t->h};
    PL_AUTO_BUF pl_buf text = {0};
    pl_proof p, got;
    pl_str checkpoint;
    uint64_t index;
    pl_err err = {0};

    assert_ok(pl_proof_inclusion(&tree, 3, 9, &p, &err), err);
    pl_proof_print(&p, 3, PL_S("origin\n9\nroot\n\nsig\n"), &text);
    assert_ok(pl_proof_parse(pl_buf_view(&text), &got, &index, &checkpoint, &err), err);
    assert_int_equal(index, 3);
    assert_int_equal(got.n, p.n);
    assert_memory_equal(got.node, p.node, p.n * sizeof(p.node[0]));
    assert_str(checkpoint, "origin\n9\nroot\n\nsig\n");

    static const struct {
        const char *text;
        pl_rc rc;
    } bad[] = {
        {"", PL_FORMAT},
        {"c2sp.org/tlog-proof@v2\nindex 1\n\nx", PL_FORMAT},
        {"c2sp.org/tlog-proof@v1\nindex 01\n\nx", PL_FORMAT},
        {"c2sp.org/tlog-proof@v1\nindex -1\n\nx", PL_FORMAT},
        {"c2sp.org/tlog-proof@v1\nindex 1\nAAAA\n\nx", PL_FORMAT},
        {"c2sp.org/tlog-proof@v1\nindex 1\n", PL_FORMAT},
        {"c2sp.org/tlog-proof@v1\nextra eA==\nindex 1\n\nx", PL_OK},
        {"c2sp.org/tlog-proof@v1\nindex 0\n\n", PL_OK},
    };
    for (size_t i = 0; i < PL_COUNT(bad); i++) {
        pl_rc rc = pl_proof_parse(pl_str_c(bad[i].text), &got, &index, &checkpoint, &err);
        if (rc != bad[i].rc)
            fail_msg("case %zu: %s", i, pl_rc_text(rc));
    }
}

/* ---- tiles ---- */

static void tile_names_have_one_spelling(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        bool ok;
        pl_tile t;
    } cases[] = {
        {"tile/0/000", true, {0, 0, 256}},
        {"tile/0/x001/x234/067", true, {0, 1234067, 256}},
        {"tile/2/000.p/1", true, {2, 0, 1}},
        {"tile/entries/x001/000.p/255", true, {PL_TILE_ENTRIES, 1000, 255}},
        {"tile/entries/273.p/112", true, {PL_TILE_ENTRIES, 273, 112}},
        {"tile/00/000", false, {0}},
        {"tile/0/0", false, {0}},
        {"tile/0/0000", false, {0}},
        {"tile/0/x000/001", false, {0}},
        {"tile/0/001/002", false, {0}},
        {"tile/0/x001", false, {0}},
        {"tile/0/000.p/0", false, {0}},
        {"tile/0/000.p/256", false, {0}},
        {"tile/0/000.p/01", false, {0}},
        {"tile/0/000.p/", false, {0}},
        {"tile/0/000.p", false, {0}},
        {"tile/0/000.q/1", false, {0}},
        {"tile/9/000", false, {0}},
        {"tile/-1/000", false, {0}},
        {"tile/0/x999/x999/x999/x999/x999/x999/x999/999", false, {0}},
        {"tiles/0/000", false, {0}},
        {"", false, {0}},
    };
    for (size_t i = 0; i < PL_COUNT(cases); i++) {
        pl_tile t = {0};
        char text[PL_TILE_PATH];
        bool ok = pl_tile_parse(pl_str_c(cases[i].path), &t);
        if (ok != cases[i].ok)
            fail_msg("%s: %d", cases[i].path, ok);
        if (!ok)
            continue;
        assert_int_equal(t.level, cases[i].t.level);
        assert_int_equal(t.n, cases[i].t.n);
        assert_int_equal(t.width, cases[i].t.width);
        pl_tile_print(&t, text);
        assert_string_equal(text, cases[i].path);
    }
}

/* The example of the specification: 70,000 entries. */
static void widths_are_those_of_the_specification(void **state)
{
    (void)state;
    static const struct {
        int level;
        uint64_t n, size;
        unsigned width;
    } cases[] = {
        {0, 272, 70000, 256}, {0, 273, 70000, 112}, {0, 274, 70000, 0}, {1, 0, 70000, 256},
        {1, 1, 70000, 17},    {2, 0, 70000, 1},     {2, 1, 70000, 0},   {3, 0, 70000, 0},
        {0, 0, 256, 256},     {1, 0, 256, 1},       {0, 1, 256, 0},     {0, 0, 0, 0},
        {0, 0, 255, 255},     {1, 0, 255, 0},       {-1, 0, 257, 256},  {-1, 1, 257, 1},
        {1, 0, 65536, 256},   {2, 0, 65536, 1},     {1, 1, 65536, 0},
    };
    for (size_t i = 0; i < PL_COUNT(cases); i++)
        assert_int_equal(pl_tile_width(cases[i].level, cases[i].n, cases[i].size), cases[i].width);
}

static void a_bundle_is_cut_only_at_its_lengths(void **state)
{
    (void)state;
    PL_AUTO_BUF pl_buf b = {0};
    pl_str leaf;

    pl_bundle_add(&b, PL_S("one"));
    pl_bundle_add(&b, PL_S("x"));
    pl_str rest = pl_buf_view(&b);
    assert_true(pl_bundle_next(&rest, &leaf));
    assert_str(leaf, "one");
    assert_true(pl_bundle_next(&rest, &leaf));
    assert_str(leaf, "x");
    assert_false(pl_bundle_next(&rest, &leaf));
    rest = (pl_str){"\0\5four", 6};
    assert_false(pl_bundle_next(&rest, &leaf));
    rest = (pl_str){"\0", 1};
    assert_false(pl_bundle_next(&rest, &leaf));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_roots_come_out),
        cmocka_unit_test(published_proofs_come_out),
        cmocka_unit_test(every_inclusion_proof_holds_and_no_other_does),
        cmocka_unit_test(every_consistency_proof_holds_and_no_other_does),
        cmocka_unit_test(proofs_of_what_is_not_there_are_refused),
        cmocka_unit_test(proof_files_read_back_and_nothing_else_does),
        cmocka_unit_test(tile_names_have_one_spelling),
        cmocka_unit_test(widths_are_those_of_the_specification),
        cmocka_unit_test(a_bundle_is_cut_only_at_its_lengths),
    };
    return cmocka_run_group_tests(tests, make_tree, drop_tree);
}
