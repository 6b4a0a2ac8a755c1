/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "core/beside.h"
#include "image/hashed.h"

#include <string.h>

#include <openssl/evp.h>

enum { PIECE = 1000, BYTES = 12345 };

/* A stream that breaks off after `good` bytes, and gives them seven at a time. */
struct broken {
    pl_in in;
    size_t good;
};

static pl_rc broken_read(pl_in *in, void *buf, size_t n, size_t *ret_n, pl_err *err)
{
    struct broken *b = (struct broken *)in;

    if (!b->good)
        return pl_fail(err, PL_FORMAT, "it breaks off");
    *ret_n = n < 7 ? n : 7;
    *ret_n = *ret_n < b->good ? *ret_n : b->good;
    memset(buf, 'x', *ret_n);
    b->good -= *ret_n;
    return PL_OK;
}

static void digest_of(pl_str s, char hex[PL_SHA256_HEX])
{
    unsigned char raw[PL_SHA256];

    pl_sha256_of(s, raw);
    pl_hex(raw, sizeof(raw), hex);
}

static void assert_hashes(pl_hashed *h, pl_str want)
{
    char hex[PL_SHA256_HEX], wanted[PL_SHA256_HEX];
    uint64_t bytes = 0;

    digest_of(want, wanted);
    pl_hashed_end(h, hex, &bytes);
    assert_string_equal(hex, wanted);
    assert_int_equal(bytes, want.n);
}

static void fill(pl_buf *b, size_t n)
{
    for (uint32_t x = 1; b->n < n; x = x * 1664525 + 1013904223)
        pl_buf_ch(b, (char)(x >> 24));
}

static void lent_and_read_bytes_are_hashed(void)
{
    PL_AUTO_BUF pl_buf all = {0};
    PL_AUTO_BUF pl_buf got = {0};
    pl_hashed *h = pl_hashed_new(PIECE);
    char some[333];
    pl_str lent = {"", 1};
    pl_err err = {0};

    fill(&all, BYTES);
    for (int round = 0; round < 2; round++) {
        pl_in_mem in = pl_in_of_str(pl_buf_view(&all));
        pl_buf_reset(&got);
        assert_ok(pl_hashed_begin(h, &in.in, &err), err);
        for (lent.n = 1; lent.n;) {
            size_t n = 0;
            assert_ok(pl_hashed_in(h)->lend(pl_hashed_in(h), &lent, &err), err);
            pl_buf_str(&got, lent);
            assert_ok(pl_in_read(pl_hashed_in(h), some, sizeof(some), &n, &err), err);
            pl_buf_add(&got, some, n);
        }
        assert_true(pl_str_eq(pl_buf_view(&got), pl_buf_view(&all)));
        assert_hashes(h, pl_buf_view(&all));
    }
    pl_hashed_free(h);
}

static void what_comes_before_an_error_is_seen_first(void)
{
    struct broken in = {{broken_read, NULL}, 2500};
    PL_AUTO_BUF pl_buf want = {0};
    pl_hashed *h = pl_hashed_new(PIECE);
    pl_str lent = {"", 0};
    pl_err err = {0};

    assert_ok(pl_hashed_begin(h, &in.in, &err), err);
    for (size_t i = 0; i < 3; i++) {
        assert_ok(pl_hashed_in(h)->lend(pl_hashed_in(h), &lent, &err), err);
        assert_int_equal(lent.n, i < 2 ? PIECE : 500);
        pl_buf_str(&want, lent);
    }
    for (int i = 0; i < 2; i++) {
        assert_int_equal(pl_hashed_in(h)->lend(pl_hashed_in(h), &lent, &err), PL_FORMAT);
        assert_non_null(strstr(err.text, "it breaks off"));
    }
    assert_hashes(h, pl_buf_view(&want));
    pl_hashed_free(h);
}

/* The rider's bytes are taken as a compressed layer's are: a piece whenever the reader needs one.
 */
static void read_both(pl_hashed *h, pl_hashed *rider, size_t every)
{
    pl_str lent = {"", 1};
    pl_err err = {0};

    for (size_t i = 0; lent.n; i++) {
        if (i % every == 0) {
            assert_ok(pl_hashed_in(rider)->lend(pl_hashed_in(rider), &lent, &err), err);
        }
        assert_ok(pl_hashed_in(h)->lend(pl_hashed_in(h), &lent, &err), err);
    }
    assert_ok(pl_in_drain(pl_hashed_in(rider), &err), err);
}

static void pieces_of_two_streams_are_hashed_side_by_side(void)
{
    PL_AUTO_BUF pl_buf all = {0};
    pl_err err = {0};

    fill(&all, BYTES);
    for (size_t every = 1; every < 6; every++) {
        pl_hashed *h = pl_hashed_new(PIECE);
        pl_hashed *rider = pl_hashed_new(PIECE / every + every);
        pl_hashed_ride(h, rider);
        for (int round = 0; round < 2; round++) {
            pl_str packed = pl_str_sub(pl_buf_view(&all), 0, BYTES / 2);
            pl_in_mem from = pl_in_of_str(packed);
            pl_in_mem in = pl_in_of_str(pl_buf_view(&all));
            assert_ok(pl_hashed_begin(rider, &from.in, &err), err);
            assert_ok(pl_hashed_begin(h, &in.in, &err), err);
            read_both(h, rider, every);
            assert_hashes(rider, packed);
            assert_hashes(h, pl_buf_view(&all));
        }
        pl_hashed_free(rider);
        pl_hashed_free(h);
    }
}

static void assert_md5(pl_md5 *m, pl_str want)
{
    unsigned char wanted[PL_MD5], got[PL_MD5];

    assert_int_equal(EVP_Digest(want.p, want.n, wanted, NULL, EVP_md5(), NULL), 1);
    pl_md5_end(m, got);
    assert_memory_equal(got, wanted, sizeof(got));
}

/* Every other run of `each` bytes is a file, be it in one piece or in several; each is shown in two
 * parts, and between them are zeros that stand elsewhere. */
static void md5_of_files_is_made_beside_a_stream(size_t each)
{
    enum { FILES = BYTES };
    static pl_md5 md5[FILES];
    static pl_buf want[FILES];
    PL_AUTO_BUF pl_buf all = {0};
    pl_hashed *h = pl_hashed_new(PIECE);
    pl_str lent = {"", 1};
    pl_err err = {0};
    size_t at = 0;

    fill(&all, BYTES);
    pl_in_mem in = pl_in_of_str(pl_buf_view(&all));
    assert_ok(pl_hashed_begin(h, &in.in, &err), err);
    for (size_t i = 0; i < FILES; i++)
        pl_md5_start(&md5[i]);
    for (;;) {
        assert_ok(pl_hashed_in(h)->lend(pl_hashed_in(h), &lent, &err), err);
        if (!lent.n)
            break;
        for (size_t i = 0; i < lent.n; at++, i++) {
            size_t file = at / each;
            if (file % 2)
                continue;
            pl_hashed_md5(h, &md5[file], pl_str_sub(lent, i, 1));
            pl_buf_str(&want[file], pl_str_sub(lent, i, 1));
            if (at % each == each / 2) {
                pl_hashed_md5(h, &md5[file], PL_S("\0\0\0"));
                pl_buf_str(&want[file], PL_S("\0\0\0"));
            }
        }
        assert_true(pl_hashed_done(h) <= pl_hashed_lent(h));
    }
    pl_hashed_settle(h);
    assert_int_equal(pl_hashed_done(h), pl_hashed_lent(h));
    for (size_t i = 0; i < FILES; i++) {
        assert_md5(&md5[i], pl_buf_view(&want[i]));
        pl_buf_done(&want[i]);
    }
    assert_hashes(h, pl_buf_view(&all));
    pl_hashed_free(h);
}

static void md5_of_small_and_of_large_files(void)
{
    static const size_t sizes[] = {1, 2, 7, 64, 333, 1000, 3001, BYTES};

    for (size_t i = 0; i < PL_COUNT(sizes); i++)
        md5_of_files_is_made_beside_a_stream(sizes[i]);
}

static void md5_of_the_files_of_a_stream_is_made_beside_it(void **state)
{
    (void)state;
    md5_of_small_and_of_large_files();
}

static void a_stream_may_ride_with_another(void **state)
{
    (void)state;
    pieces_of_two_streams_are_hashed_side_by_side();
}

static void what_passes_is_hashed_at_once(void **state)
{
    (void)state;
    assert_false(pl_beside_is_there());
    lent_and_read_bytes_are_hashed();
}

static void an_error_waits_until_the_bytes_before_it_were_seen(void **state)
{
    (void)state;
    what_comes_before_an_error_is_seen_first();
}

static void what_passes_is_hashed_by_the_thread_beside(void **state)
{
    pl_err err = {0};
    (void)state;

    assert_ok(pl_beside_start(&err), err);
    lent_and_read_bytes_are_hashed();
    what_comes_before_an_error_is_seen_first();
    pieces_of_two_streams_are_hashed_side_by_side();
    md5_of_small_and_of_large_files();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_passes_is_hashed_at_once),
        cmocka_unit_test(an_error_waits_until_the_bytes_before_it_were_seen),
        cmocka_unit_test(a_stream_may_ride_with_another),
        cmocka_unit_test(md5_of_the_files_of_a_stream_is_made_beside_it),
        cmocka_unit_test(what_passes_is_hashed_by_the_thread_beside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
