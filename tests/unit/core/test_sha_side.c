/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "core/sha_side.h"

#include <string.h>

enum { MOST = 1000 };

static unsigned char bytes[2][MOST];

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
static void assert_ends(pl_sha_side *s, pl_str whole)
{
    unsigned char got[PL_SHA256], want[PL_SHA256];

    pl_sha256_of(whole, want);
    pl_sha_side_end(s, got);
    assert_memory_equal(got, want, sizeof(want));
}

static void a_stream_of_any_length_in_any_pieces_has_its_digest(void **state)
{
    pl_sha_side *s = pl_sha_side_new();
    (void)state;

    fill();
    for (size_t n = 0; n < 300; n++)
        for (size_t piece = 1; piece <= 130; piece += 43) {
            for (size_t at = 0; at < n; at += piece)
                pl_sha_side_add(s, some(0, at, at + piece < n ? piece : n - at));
            assert_ends(s, some(0, 0, n));
        }
    pl_sha_side_free(s);
}

/* Of each length beside each other, with a block begun before or not. */
static void two_streams_side_by_side_have_their_digests(void **state)
{
    pl_sha_side *a = pl_sha_side_new();
    pl_sha_side *b = pl_sha_side_new();
    (void)state;

    fill();
    for (size_t before = 0; before < 70; before += 23)
        for (size_t n = 0; n < 600; n += 37)
            for (size_t m = 0; m < 600; m += 61) {
                pl_sha_side_add(a, some(0, 0, before));
                pl_sha_side_add_two(a, some(0, before, n), b, some(1, 0, m));
                pl_sha_side_add_two(b, some(1, m, n), a, some(0, before + n, 10));
                assert_ends(a, some(0, 0, before + n + 10));
                assert_ends(b, some(1, 0, m + n));
            }
    pl_sha_side_free(a);
    pl_sha_side_free(b);
}

static void what_was_added_is_forgotten_at_a_start(void **state)
{
    pl_sha_side *s = pl_sha_side_new();
    (void)state;

    fill();
    pl_sha_side_add(s, some(0, 0, 100));
    pl_sha_side_start(s);
    pl_sha_side_add(s, some(1, 0, 65));
    assert_ends(s, some(1, 0, 65));
    pl_sha_side_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stream_of_any_length_in_any_pieces_has_its_digest),
        cmocka_unit_test(two_streams_side_by_side_have_their_digests),
        cmocka_unit_test(what_was_added_is_forgotten_at_a_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
