/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "core/sha_side.h"

#include <string.h>

#include <openssl/evp.h>

enum { FILES = 6, MOST = 4000 };

static unsigned char bytes[FILES + 2][MOST];

static void fill(void)
{
    uint32_t x = 1;

    for (size_t i = 0; i < sizeof(bytes); i++) {
        x = x * 1664525 + 1013904223;
        bytes[i / MOST][i % MOST] = (unsigned char)(x >> 24);
    }
}

static pl_str some(size_t of, size_t from, size_t n)
{
    return pl_str_sub((pl_str){(const char *)bytes[of], MOST}, from, n);
}

/* OpenSSL says what is right. */
static void assert_ends(pl_md5 *m, pl_str whole)
{
    unsigned char got[PL_MD5], want[PL_MD5];

    assert_int_equal(EVP_Digest(whole.p, whole.n, want, NULL, EVP_md5(), NULL), 1);
    pl_md5_end(m, got);
    assert_memory_equal(got, want, sizeof(want));
}

static void assert_sha_ends(pl_sha_side *s, pl_str whole)
{
    unsigned char got[PL_SHA256], want[PL_SHA256];

    pl_sha256_of(whole, want);
    pl_sha_side_end(s, got);
    assert_memory_equal(got, want, sizeof(want));
}

static void bytes_of_any_length_in_any_pieces_have_their_digest(void **state)
{
    pl_md5 m;
    (void)state;

    fill();
    pl_md5_start(&m);
    for (size_t n = 0; n < 300; n++)
        for (size_t piece = 1; piece <= 130; piece += 43) {
            for (size_t at = 0; at < n; at += piece)
                pl_md5_add(&m, some(0, at, at + piece < n ? piece : n - at));
            assert_ends(&m, some(0, 0, n));
        }
}

static void two_at_a_time_have_their_digests(void **state)
{
    pl_md5 a, b;
    (void)state;

    fill();
    pl_md5_start(&a);
    pl_md5_start(&b);
    for (size_t before = 0; before < 70; before += 23)
        for (size_t n = 0; n < 600; n += 37)
            for (size_t m = 0; m < 600; m += 61) {
                pl_md5_add(&a, some(0, 0, before));
                pl_md5_add_two(&a, some(0, before, n), &b, some(1, 0, m));
                pl_md5_add_two(&b, some(1, m, n), &a, some(0, before + n, 10));
                assert_ends(&a, some(0, 0, before + n + 10));
                assert_ends(&b, some(1, 0, m + n));
            }
}

/* Files of lengths around a block, several of them or one that is longer than all else, beside one
 * stream or two. Each file comes in two parts, the second with the first of the next file. */
static void assert_all(pl_sha_side *a, pl_sha_side *b, const size_t sizes[FILES], size_t n_a,
                       size_t n_b)
{
    pl_md5 md5[FILES];
    pl_md5_part parts[FILES + 1];
    size_t n = 0;

    for (size_t i = 0; i < FILES; i++) {
        pl_md5_start(&md5[i]);
        parts[n++] = (pl_md5_part){&md5[i], some(i, 0, i + 1 < FILES ? sizes[i] : sizes[i] / 2)};
    }
    pl_sha_side_add_all(a, some(FILES, 0, n_a), b, some(FILES + 1, 0, n_b), parts, n);
    parts[0] =
        (pl_md5_part){&md5[FILES - 1], some(FILES - 1, sizes[FILES - 1] / 2, sizes[FILES - 1] / 4)};
    parts[1] = (pl_md5_part){&md5[FILES - 1],
                             some(FILES - 1, sizes[FILES - 1] / 2 + parts[0].bytes.n,
                                  sizes[FILES - 1] - sizes[FILES - 1] / 2 - parts[0].bytes.n)};
    pl_sha_side_add_all(a, some(FILES, n_a, 700), NULL, (pl_str){0}, parts, 2);
    for (size_t i = 0; i < FILES; i++)
        assert_ends(&md5[i], some(i, 0, sizes[i]));
    assert_sha_ends(a, some(FILES, 0, n_a + 700));
    if (b)
        assert_sha_ends(b, some(FILES + 1, 0, n_b));
}

static void files_beside_streams_have_their_digests_and_so_have_the_streams(void **state)
{
    static const size_t rows[][FILES] = {
        {0, 0, 0, 0, 0, 0},         {1, 63, 64, 65, 128, 129},       {MOST, 1, 700, 0, 2, 300},
        {10, 20, MOST, 30, 40, 64}, {64, 1000, 64, 2000, 500, MOST}, {900, 901, 902, 903, 904, 905},
    };
    pl_sha_side *a = pl_sha_side_new();
    pl_sha_side *b = pl_sha_side_new();
    (void)state;

    fill();
    for (size_t i = 0; i < PL_COUNT(rows); i++)
        for (size_t n = 0; n < MOST - 700; n += 173) {
            assert_all(a, b, rows[i], n, n / 3);
            assert_all(a, b, rows[i], n / 3, n);
            assert_all(a, NULL, rows[i], n, 0);
        }
    pl_sha_side_free(a);
    pl_sha_side_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_of_any_length_in_any_pieces_have_their_digest),
        cmocka_unit_test(two_at_a_time_have_their_digests),
        cmocka_unit_test(files_beside_streams_have_their_digests_and_so_have_the_streams),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
