/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "image/limits.h"
#include "image/unpack.h"
#include "tarmake.h"

#include <string.h>

#include <bzlib.h>
#include <lzma.h>
#include <zstd.h>

static pl_rc unpack_all(pl_str bytes, pl_buf *out, const char **ret_name, pl_err *err)
{
    pl_in_mem in = pl_in_of_str(bytes);
    PL_AUTO_UNPACK pl_unpack *u = pl_unpack_new(&in.in);
    char piece[100];
    size_t got = 0;

    do {
        pl_rc rc = pl_in_read(pl_unpack_in(u), piece, sizeof(piece), &got, err);
        if (rc)
            return rc;
        pl_buf_add(out, piece, got);
    } while (got);
    *ret_name = pl_unpack_name(u);
    return PL_OK;
}

#define assert_unpacks(packed, plain, method)                                                      \
    do {                                                                                           \
        PL_AUTO_BUF pl_buf got_ = {0};                                                             \
        pl_err err_ = {0};                                                                         \
        const char *name_ = NULL;                                                                  \
        assert_ok(unpack_all(pl_buf_view(&(packed)), &got_, &name_, &err_), err_);                 \
        assert_true(pl_str_eq(pl_buf_view(&got_), (plain)));                                       \
        assert_string_equal(name_, method);                                                        \
    } while (0)

#define assert_refused(packed, code, part)                                                         \
    do {                                                                                           \
        PL_AUTO_BUF pl_buf got_ = {0};                                                             \
        pl_err err_ = {0};                                                                         \
        const char *name_ = NULL;                                                                  \
        assert_int_equal(unpack_all(pl_buf_view(&(packed)), &got_, &name_, &err_), code);          \
        if (!strstr(err_.text, part))                                                              \
            fail_msg("got \"%s\", want \"%s\"", err_.text, part);                                  \
    } while (0)

static void mk_xz(pl_str in, uint32_t preset, pl_buf *out)
{
    size_t room = lzma_stream_buffer_bound(in.n);
    PL_AUTO_FREE uint8_t *bytes = malloc(room);
    size_t n = 0;

    assert_int_equal(lzma_easy_buffer_encode(preset, LZMA_CHECK_CRC64, NULL, (const uint8_t *)in.p,
                                             in.n, bytes, &n, room),
                     LZMA_OK);
    pl_buf_add(out, bytes, n);
}

static void mk_bzip2(pl_str in, pl_buf *out)
{
    PL_AUTO_FREE char *plain = malloc(in.n + 1);
    unsigned n = (unsigned)(in.n + in.n / 100 + 600);
    PL_AUTO_FREE char *bytes = malloc(n);

    memcpy(plain, in.p, in.n);
    assert_int_equal(BZ2_bzBuffToBuffCompress(bytes, &n, plain, (unsigned)in.n, 9, 0, 0), BZ_OK);
    pl_buf_add(out, bytes, n);
}

static void fill(pl_buf *b, size_t n)
{
    for (uint32_t x = 1; b->n < n; x = x * 1664525 + 1013904223)
        pl_buf_ch(b, (char)(x >> 24));
}

static void each_method_is_known_by_its_first_bytes(void **state)
{
    (void)state;
    PL_AUTO_BUF pl_buf plain = {0};
    PL_AUTO_BUF pl_buf gz = {0};
    PL_AUTO_BUF pl_buf zst = {0};

    fill(&plain, 300000);
    mk_gzip(pl_buf_view(&plain), &gz);
    mk_zstd(pl_buf_view(&plain), &zst);
    assert_unpacks(plain, pl_buf_view(&plain), "none");
    assert_unpacks(gz, pl_buf_view(&plain), "gzip");
    assert_unpacks(zst, pl_buf_view(&plain), "zstd");
    PL_AUTO_BUF pl_buf xz = {0};
    PL_AUTO_BUF pl_buf bz = {0};
    mk_xz(pl_buf_view(&plain), 6, &xz);
    mk_bzip2(pl_buf_view(&plain), &bz);
    assert_unpacks(xz, pl_buf_view(&plain), "xz");
    assert_unpacks(bz, pl_buf_view(&plain), "bzip2");
}

static void streams_of_xz_and_bzip2_follow_each_other(void **state)
{
    (void)state;
    PL_AUTO_BUF pl_buf plain = {0};
    PL_AUTO_BUF pl_buf xz = {0};
    PL_AUTO_BUF pl_buf bz = {0};

    fill(&plain, 300000);
    for (size_t at = 0; at < plain.n; at += 70001) {
        mk_xz(pl_str_sub(pl_buf_view(&plain), at, 70001), 0, &xz);
        mk_bzip2(pl_str_sub(pl_buf_view(&plain), at, 70001), &bz);
    }
    for (int i = 0; i < 400; i++) /* padding of whole words */
        pl_buf_ch(&xz, '\0');
    assert_unpacks(xz, pl_buf_view(&plain), "xz");
    assert_unpacks(bz, pl_buf_view(&plain), "bzip2");
    pl_buf_c(&xz, "junk behind the last stream");
    assert_refused(xz, PL_FORMAT, "xz data is damaged");
    pl_buf_c(&bz, "junk");
    assert_refused(bz, PL_FORMAT, "after the end of the bzip2 data");
}

static void a_decoder_of_xz_has_a_limit_on_its_memory(void **state)
{
    (void)state;
    PL_AUTO_BUF pl_buf nine = {0};
    uint8_t out[1024];
    size_t n = 0;
    lzma_options_lzma how;

    mk_xz(PL_S("small, and packed by a large window"), 9, &nine);
    assert_unpacks(nine, PL_S("small, and packed by a large window"), "xz");
    assert_false(lzma_lzma_preset(&how, 0));
    how.dict_size = 256 << 20;
    lzma_filter filters[] = {{LZMA_FILTER_LZMA2, &how}, {LZMA_VLI_UNKNOWN, NULL}};
    assert_int_equal(lzma_stream_buffer_encode(filters, LZMA_CHECK_CRC32, NULL,
                                               (const uint8_t *)"data", 4, out, &n, sizeof(out)),
                     LZMA_OK);
    const pl_buf large = {.p = (char *)out, .n = n};
    assert_refused(large, PL_LIMIT, "PL_UNPACK_XZ_MIB");
}

static void other_compressions_are_told_by_their_names(void **state)
{
    (void)state;
    static const struct {
        const char *head, *name;
    } rows[] = {
        {"\x04\x22\x4d\x18", "lz4"},  {"LZIP\x01", "lzip"},         {"\x89LZO", "lzop"},
        {"7z\xbc\xaf\x27\x1c", "7z"}, {"\x1f\x9d\x90", "compress"},
    };

    for (size_t i = 0; i < PL_COUNT(rows); i++) {
        PL_AUTO_BUF pl_buf b = {0};
        char want[64];
        pl_buf_c(&b, rows[i].head);
        pl_buf_c(&b, "and more");
        (void)snprintf(want, sizeof(want), "compression %s is not supported", rows[i].name);
        assert_true(pl_unpack_is_packed(pl_buf_view(&b)));
        assert_refused(b, PL_UNSUPPORTED, want);
    }
    assert_false(pl_unpack_is_packed(PL_S("BZh is how this text begins")));
    assert_true(pl_unpack_is_packed(PL_S("\x5d\0\0\x80\0\xff\xff\xff\xff\xff\xff\xff\xff")));
    assert_false(pl_unpack_is_packed(PL_S("\x5d\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0")));
}

static void nothing_is_nothing(void **state)
{
    (void)state;
    PL_AUTO_BUF pl_buf none = {0};
    assert_unpacks(none, PL_S(""), "none");
}

static void members_and_frames_follow_each_other(void **state)
{
    (void)state;
    PL_AUTO_BUF pl_buf gz = {0};
    PL_AUTO_BUF pl_buf zst = {0};

    mk_gzip(PL_S("one "), &gz);
    mk_gzip(PL_S(""), &gz);
    mk_gzip(PL_S("two"), &gz);
    assert_unpacks(gz, PL_S("one two"), "gzip");
    /* A skippable frame in front, as zstd:chunked has it at the end too. */
    pl_buf_add(&zst, "\x53\x2a\x4d\x18\x03\0\0\0abc", 11);
    mk_zstd(PL_S("one "), &zst);
    mk_zstd(PL_S("two"), &zst);
    pl_buf_add(&zst, "\x50\x2a\x4d\x18\x01\0\0\0x", 9);
    assert_unpacks(zst, PL_S("one two"), "zstd");
}

/* The decoder holds bits back: no byte of the next member may be lost with them. */
static void members_may_end_anywhere(void **state)
{
    (void)state;
    PL_AUTO_BUF pl_buf plain = {0};
    PL_AUTO_BUF pl_buf gz = {0};

    fill(&plain, 200000);
    for (size_t at = 0, n = 0; at < plain.n; at += n) {
        n = at % 211 + 1;
        mk_gzip(pl_str_sub(pl_buf_view(&plain), at, n), &gz);
    }
    assert_unpacks(gz, pl_buf_view(&plain), "gzip");
}

/* RFC 1952 section 2.3.1: extra field, name, comment and header checksum come before the data. */
static void optional_fields_of_a_gzip_header_are_passed_over(void **state)
{
    (void)state;
    static const char head[] = "\x1f\x8b\x08\x1c\0\0\0\0\0\xff\x04\0abcdname\0a comment";
    PL_AUTO_BUF pl_buf gz = {0};
    PL_AUTO_BUF pl_buf bare = {0};

    mk_gzip(PL_S("data"), &bare);
    pl_buf_add(&gz, head, sizeof(head));
    pl_buf_add(&gz, bare.p + 10, bare.n - 10);
    assert_unpacks(gz, PL_S("data"), "gzip");
}

static void zeros_after_gzip_are_padding(void **state)
{
    (void)state;
    PL_AUTO_BUF pl_buf gz = {0};

    mk_gzip(PL_S("data"), &gz);
    for (int i = 0; i < 100000; i++)
        pl_buf_ch(&gz, '\0');
    assert_unpacks(gz, PL_S("data"), "gzip");
    pl_buf_c(&gz, "junk");
    assert_refused(gz, PL_FORMAT, "after the end of the gzip data");
}

static void cut_data_are_refused_at_every_length(void **state)
{
    (void)state;
    PL_AUTO_BUF pl_buf plain = {0};

    fill(&plain, 2000);
    for (int method = 0; method < 4; method++) {
        PL_AUTO_BUF pl_buf packed = {0};
        switch (method) {
        case 0:
            mk_gzip(pl_buf_view(&plain), &packed);
            break;
        case 1:
            mk_zstd(pl_buf_view(&plain), &packed);
            break;
        case 2:
            mk_xz(pl_buf_view(&plain), 0, &packed);
            break;
        default:
            mk_bzip2(pl_buf_view(&plain), &packed);
        }
        for (size_t n = method < 2 ? 5 : 10; n < packed.n; n += 7) {
            pl_buf cut = {.p = packed.p, .n = n};
            assert_refused(cut, PL_FORMAT, "ends in the middle");
        }
    }
}

static void damaged_data_are_refused(void **state)
{
    (void)state;
    PL_AUTO_BUF pl_buf plain = {0};

    fill(&plain, 2000);
    PL_AUTO_BUF pl_buf gz = {0};
    mk_gzip(pl_buf_view(&plain), &gz);
    gz.p[gz.n - 6] = (char)~gz.p[gz.n - 6]; /* in the checksum */
    assert_refused(gz, PL_FORMAT, "gzip data is damaged (wrong checksum)");
    PL_AUTO_BUF pl_buf zst = {0};
    mk_zstd(pl_buf_view(&plain), &zst);
    pl_buf_c(&zst, "junk after the frame");
    assert_refused(zst, PL_FORMAT, "zstd data is damaged");
}

/* A stored block whose length is damaged: ISA-L 2.30 says then that it has more input than it got.
 */
static void counts_of_the_decoder_are_not_believed(void **state)
{
    (void)state;
    static const char bytes[] =
        "\x1f\x8b\x08\0\0\0\0\0\x02\x03\x2b\xce\xcf\x4d\x55\x28\x49\xad\x28\x51\x28\xa6\x19\x0b\0"
        "\xb4\xf9\xef\xc4\x64\0\0\0\0\x1f\x8b\x08\0\0\x01\x03\0\0\0\x02\xea\x7a\x7a\x7a\x7a\0\xbe\0"
        "\x3b\0"
        "\0\0\xef\0";
    const pl_buf gz = {.p = (char *)(uintptr_t)bytes, .n = sizeof(bytes)};

    assert_refused(gz, PL_FORMAT, "gzip data is damaged");
}

static void bombs_are_refused(void **state)
{
    (void)state;
    enum { PIECE = 1 << 20, PIECES = (PL_UNPACK_FREE >> 20) + 8 };
    PL_AUTO_BUF pl_buf zst = {0};
    PL_AUTO_FREE char *zeros = calloc(1, PIECE);

    for (int i = 0; i < PIECES; i++)
        mk_zstd((pl_str){zeros, PIECE}, &zst);
    pl_in_mem in = pl_in_of_str(pl_buf_view(&zst));
    PL_AUTO_UNPACK pl_unpack *u = pl_unpack_new(&in.in);
    pl_err err = {0};
    assert_int_equal(pl_in_drain(pl_unpack_in(u), &err), PL_LIMIT);
    assert_non_null(strstr(err.text, "expands more than"));
}

static void windows_above_the_limit_are_refused(void **state)
{
    (void)state;
    PL_AUTO_BUF pl_buf zst = {0};
    PL_AUTO_BUF pl_buf plain = {0};
    ZSTD_CCtx *c = ZSTD_createCCtx();
    char out[1024];

    fill(&plain, 4096);
    (void)ZSTD_CCtx_setParameter(c, ZSTD_c_windowLog, PL_UNPACK_WINDOW_LOG + 1);
    ZSTD_inBuffer in = {plain.p, plain.n, 0};
    size_t left = 0;
    /* Told of the end only later, the compressor cannot fit the window to the content. */
    for (ZSTD_EndDirective how = ZSTD_e_flush; how == ZSTD_e_flush || left;) {
        ZSTD_outBuffer o = {out, sizeof(out), 0};
        left = ZSTD_compressStream2(c, &o, &in, how);
        assert_false(ZSTD_isError(left));
        pl_buf_add(&zst, out, o.pos);
        if (how == ZSTD_e_flush && left == 0) {
            how = ZSTD_e_end;
            left = 1;
        }
    }
    (void)ZSTD_freeCCtx(c);
    assert_refused(zst, PL_LIMIT, "window is larger");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_method_is_known_by_its_first_bytes),
        cmocka_unit_test(streams_of_xz_and_bzip2_follow_each_other),
        cmocka_unit_test(a_decoder_of_xz_has_a_limit_on_its_memory),
        cmocka_unit_test(other_compressions_are_told_by_their_names),
        cmocka_unit_test(nothing_is_nothing),
        cmocka_unit_test(members_and_frames_follow_each_other),
        cmocka_unit_test(members_may_end_anywhere),
        cmocka_unit_test(optional_fields_of_a_gzip_header_are_passed_over),
        cmocka_unit_test(zeros_after_gzip_are_padding),
        cmocka_unit_test(cut_data_are_refused_at_every_length),
        cmocka_unit_test(damaged_data_are_refused),
        cmocka_unit_test(counts_of_the_decoder_are_not_believed),
        cmocka_unit_test(bombs_are_refused),
        cmocka_unit_test(windows_above_the_limit_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
